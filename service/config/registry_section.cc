#include "service/config/registry_section.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/registry/file_references.h"
#include "service/config/fence_settings.h"

namespace rolegate::service {
namespace {

class SectionReader {
 public:
  SectionReader(const std::string& file, RegistryOptions* options)
      : file_(file), options_(*options) {}

  Diagnostics Read() && {
    std::ifstream in(file_);
    in.peek();  // a directory opens, and fails when it is read
    if (!in.is_open() || in.bad()) {
      Fault({}, "", absl::StrCat("cannot be read: ", std::strerror(errno)));
      return std::move(faults_);
    }
    std::ostringstream text;
    text << in.rdbuf();
    try {
      const YAML::Node root = YAML::Load(text.str());
      if (!root.IsMap()) {
        Fault(root.Mark(), "", "expected a mapping of settings to values");
      } else if (const YAML::Node section = root["registry"]) {
        ReadSection(section);
      }
    } catch (const YAML::Exception& error) {
      Fault(error.mark, "", absl::StrCat("is not YAML: ", error.msg));
    }
    Normalize(faults_);
    return std::move(faults_);
  }

 private:
  void Fault(const YAML::Mark& mark, std::string path, std::string message) {
    const Position position =
        mark.is_null() ? Position() : Position{mark.line + 1, mark.column + 1};
    faults_.push_back({Severity::kError, file_, std::move(path), position,
                       "InvalidConfiguration", std::move(message)});
  }

  void ReadSection(const YAML::Node& section) {
    if (!section.IsMap()) {
      Fault(section.Mark(), "registry", "expected a mapping");
      return;
    }
    Choose(section, "missing_policies", "fault", MissingPolicies::kFault,
           "deny", MissingPolicies::kDeny, &options_.missing_policies);
    Choose(section, "unknown_keys", "fault", UnknownKeys::kFault, "warn",
           UnknownKeys::kWarn, &options_.unknown_keys);
    Choose(section, "allow_empty", "true", true, "false", false,
           &options_.allow_empty);
    if (const YAML::Node folder = section["aws_managed_dir"]) {
      const YAML::Node dir = section["dir"];
      absl::StatusOr<std::string> name =
          FolderInRegistry(dir && dir.IsScalar() ? dir.Scalar() : "",
                           folder.IsScalar() ? folder.Scalar() : "/");
      if (name.ok()) {
        options_.aws_managed_dir = *std::move(name);
      } else {
        Fault(folder.Mark(), "registry.aws_managed_dir",
              std::string(name.status().message()));
      }
    }
    if (const YAML::Node fences = section["fences"]) {
      std::vector<SettingFault> faults;
      options_.fences = ReadFences(fences, &faults);
      for (SettingFault& fault : faults) {
        Fault(fault.mark, std::move(fault.path), std::move(fault.message));
      }
    }
    const YAML::Node limits = section["limits"];
    if (!limits || !limits.IsMap()) return;
    RegistryLimits& all = options_.limits;
    Number(limits, "max_policy_bytes", &all.max_policy_bytes);
    Number(limits, "max_policy_depth", &all.max_policy_depth);
    Number(limits, "max_policy_steps", &all.max_policy_steps);
    Number(limits, "max_file_bytes", &all.max_file_bytes);
    Number(limits, "max_file_depth", &all.max_file_depth);
  }

  template <typename T>
  void Choose(const YAML::Node& section, const char* name,
              absl::string_view first, T first_value, absl::string_view second,
              T second_value, T* value) {
    const YAML::Node node = section[name];
    if (!node) return;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != first && text != second) {
      Fault(node.Mark(), absl::StrCat("registry.", name),
            absl::StrCat("expected `", first, "` or `", second, "`"));
      return;
    }
    *value = text == first ? first_value : second_value;
  }

  template <typename T>
  void Number(const YAML::Node& limits, const char* name, T* value) {
    const YAML::Node node = limits[name];
    if (!node) return;
    if (!node.IsScalar() || !absl::SimpleAtoi(node.Scalar(), value) ||
        *value < 1) {
      Fault(node.Mark(), absl::StrCat("registry.limits.", name),
            "expected a whole number from 1 on");
    }
  }

  const std::string& file_;
  RegistryOptions& options_;
  Diagnostics faults_;
};

}  // namespace

Diagnostics ReadRegistrySection(const std::string& file,
                                RegistryOptions* options) {
  return SectionReader(file, options).Read();
}

}  // namespace rolegate::service
