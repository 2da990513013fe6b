// Readers of the kinds of values that settings have: each makes a reader that
// puts what it reads into one field of the configuration.

#ifndef ROLEGATE_SERVICE_CONFIG_SETTING_READERS_H_
#define ROLEGATE_SERVICE_CONFIG_SETTING_READERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/config/listen_address.h"
#include "service/config/setting.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {

template <typename T>
using FieldOf = T& (*)(Config&);  // where the value goes

// `expected WHAT, found VALUE`: what every reader says of a value that it does
// not take.
inline std::string Expected(absl::string_view what, const YAML::Node& node) {
  if (!node.IsScalar()) return absl::StrCat("expected ", what);
  return absl::StrCat("expected ", what, ", found `",
                      absl::string_view(node.Scalar()).substr(0, 128), "`");
}

inline SettingReader Text(FieldOf<std::string> field) {
  return [field](const YAML::Node& node, Config* config) -> std::string {
    if (!node.IsScalar()) return Expected("a text", node);
    field(*config) = node.Scalar();
    return "";
  };
}

inline SettingReader Flag(FieldOf<bool> field) {
  return [field](const YAML::Node& node, Config* config) -> std::string {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != "true" && text != "false") {
      return Expected("`true` or `false`", node);
    }
    field(*config) = text == "true";
    return "";
  };
}

inline SettingReader Time(FieldOf<absl::Duration> field, absl::Duration low,
                          absl::Duration high) {
  return [=](const YAML::Node& node, Config* config) -> std::string {
    absl::Duration value;
    if (!node.IsScalar() || !absl::ParseDuration(node.Scalar(), &value) ||
        value < low || value > high) {
      return Expected(
          absl::StrCat("a duration from ", absl::FormatDuration(low), " to ",
                       absl::FormatDuration(high), ", as `500ms` or `2m`"),
          node);
    }
    field(*config) = value;
    return "";
  };
}

template <typename T>
SettingReader Number(FieldOf<T> field, std::uint64_t low, std::uint64_t high) {
  return [=](const YAML::Node& node, Config* config) -> std::string {
    std::uint64_t value = 0;
    if (!node.IsScalar() || !absl::SimpleAtoi(node.Scalar(), &value) ||
        value < low || value > high) {
      return Expected(absl::StrCat("a whole number from ", low, " to ", high),
                      node);
    }
    field(*config) = static_cast<T>(value);
    return "";
  };
}

inline SettingReader Share(FieldOf<double> field) {
  return [field](const YAML::Node& node, Config* config) -> std::string {
    double value = 0;
    if (!node.IsScalar() || !absl::SimpleAtod(node.Scalar(), &value) ||
        !(value >= 0 && value <= 1)) {
      return Expected("a number from 0 to 1", node);
    }
    field(*config) = value;
    return "";
  };
}

inline SettingReader Texts(FieldOf<std::vector<std::string>> field) {
  return [field](const YAML::Node& node, Config* config) -> std::string {
    if (!node.IsSequence()) return Expected("a list of texts", node);
    field(*config).clear();
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) return Expected("a text", item);
      field(*config).push_back(item.Scalar());
    }
    return "";
  };
}

template <typename T>
using Names = std::vector<std::pair<const char*, T>>;

template <typename T>
std::string JoinNames(const Names<T>& names) {
  std::string joined;
  for (const auto& [name, value] : names) {
    absl::StrAppend(&joined, joined.empty() ? "" : " or ", "`", name, "`");
  }
  return joined;
}

template <typename T>
SettingReader OneOf(Names<T> names, FieldOf<T> field) {
  return [=](const YAML::Node& node, Config* config) -> std::string {
    for (const auto& [name, value] : names) {
      if (node.IsScalar() && node.Scalar() == name) {
        field(*config) = value;
        return "";
      }
    }
    return Expected(JoinNames(names), node);
  };
}

inline SettingReader Address(FieldOf<std::optional<ListenAddress>> field) {
  return [field](const YAML::Node& node, Config* config) -> std::string {
    if (!node.IsScalar()) return Expected("an address", node);
    absl::StatusOr<ListenAddress> address = ListenAddress::Parse(node.Scalar());
    if (!address.ok()) return std::string(address.status().message());
    field(*config) = *std::move(address);
    return "";
  };
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_SETTING_READERS_H_
