#include "service/config/fence_settings.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kSetting = "registry.fences";
constexpr absl::string_view kMembers[] = {"path", "accounts", "resources",
                                          "kinds"};

// "`role`, `user` or `group`", of all kinds.
std::string AllKinds() {
  std::string all;
  for (std::size_t i = 0; i < std::size(kFencedKinds); ++i) {
    const bool is_last = i + 1 == std::size(kFencedKinds);
    absl::StrAppend(&all,
                    i == 0    ? ""
                    : is_last ? " or "
                              : ", ",
                    "`", kFencedKinds[i].singular, "`");
  }
  return all;
}

class FenceListReader {
 public:
  explicit FenceListReader(std::vector<SettingFault>* faults)
      : faults_(faults) {}

  std::vector<Fence> Read(const YAML::Node& node) {
    std::vector<Fence> fences;
    if (!node.IsSequence()) {
      Fault(node, kSetting, "expected a list of fences");
      return fences;
    }
    const std::size_t faults_before = faults_->size();
    for (const YAML::Node& item : node) {
      fences.push_back(ReadOne(item, PathOf(fences.size(), "")));
    }
    // Only a list of the right form can be checked for its meaning.
    if (faults_->size() > faults_before) return fences;
    for (const FenceFault& fault : CheckFences(&fences)) {
      const YAML::Node item = node[fault.fence];
      Fault(MemberOf(item, fault.member), PathOf(fault.fence, fault.member),
            fault.message);
    }
    return fences;
  }

 private:
  static std::string PathOf(std::size_t index, absl::string_view member) {
    return absl::StrCat(kSetting, "[", index, "]", member.empty() ? "" : ".",
                        member);
  }

  // Returns the place of a member such as "accounts[2]".
  static YAML::Node MemberOf(const YAML::Node& fence,
                             absl::string_view member) {
    const std::size_t bracket = member.find('[');
    const YAML::Node list = fence[std::string(member.substr(0, bracket))];
    if (!list) return fence;
    if (bracket == absl::string_view::npos) return list;
    std::size_t index = 0;
    for (const char c : member.substr(bracket + 1)) {
      if (c == ']') break;
      index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    return list[index];
  }

  Fence ReadOne(const YAML::Node& node, const std::string& path) {
    Fence fence;
    if (!node.IsMap()) {
      Fault(node, path, "expected a mapping with `path`");
      return fence;
    }
    for (const auto& member : node) {
      const std::string name =
          member.first.IsScalar() ? member.first.Scalar() : "";
      if (std::find(std::begin(kMembers), std::end(kMembers), name) ==
          std::end(kMembers)) {
        Fault(member.first, path, absl::StrCat("unknown setting `", name, "`"));
      }
    }
    const YAML::Node folder = node["path"];
    if (!folder) {
      Fault(node, absl::StrCat(path, ".path"), "is missing");
    } else if (!folder.IsScalar()) {
      Fault(folder, absl::StrCat(path, ".path"), "expected a text");
    } else {
      fence.path = folder.Scalar();
    }
    fence.accounts = ReadTexts(node["accounts"],
                               absl::StrCat(path, ".accounts"), "accounts");
    fence.resources =
        ReadTexts(node["resources"], absl::StrCat(path, ".resources"),
                  "beginnings of ARNs");
    if (const YAML::Node kinds = node["kinds"]) {
      fence.kinds = ReadKinds(kinds, absl::StrCat(path, ".kinds"));
    }
    return fence;
  }

  std::vector<std::string> ReadTexts(const YAML::Node& node,
                                     const std::string& path,
                                     absl::string_view what) {
    std::vector<std::string> texts;
    if (!node) return texts;
    if (!node.IsSequence()) {
      Fault(node, path, absl::StrCat("expected a list of ", what));
      return texts;
    }
    for (const YAML::Node& item : node) {
      if (item.IsScalar()) {
        texts.push_back(item.Scalar());
      } else {
        Fault(item, absl::StrCat(path, "[", texts.size(), "]"),
              "expected a text");
        texts.emplace_back();
      }
    }
    return texts;
  }

  FencedKinds ReadKinds(const YAML::Node& node, const std::string& path) {
    FencedKinds kinds = FencedKinds::None();
    std::size_t index = 0;
    for (const std::string& name : ReadTexts(node, path, "kinds")) {
      const std::string at = absl::StrCat(path, "[", index, "]");
      const YAML::Node item = node[index++];
      const auto* const found =
          std::find_if(std::begin(kFencedKinds), std::end(kFencedKinds),
                       [&](const FencedKindNames& kind) {
                         return name == kind.singular || name == kind.plural;
                       });
      if (found == std::end(kFencedKinds)) {
        Fault(item, at,
              absl::StrCat("unknown kind `", name, "`: expected ", AllKinds()));
      } else {
        kinds.Add(found->kind);
      }
    }
    return kinds;
  }

  void Fault(const YAML::Node& node, absl::string_view path,
             std::string message) {
    faults_->push_back({node.Mark(), std::string(path), std::move(message)});
  }

  std::vector<SettingFault>* const faults_;
};

}  // namespace

std::vector<Fence> ReadFences(const YAML::Node& node,
                              std::vector<SettingFault>* faults) {
  return FenceListReader(faults).Read(node);
}

}  // namespace rolegate::service
