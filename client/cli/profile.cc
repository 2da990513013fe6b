#include "client/cli/profile.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/text/printable.h"
#include "engine/text/spelling.h"

namespace rolegate::cli {
namespace {

constexpr char kDefault[] = "default";
constexpr std::size_t kMaxSources = 8;  // as long as a chain of roles may be

constexpr absl::string_view kKeys[] = {
    "server",           "tls_ca",
    "tls_cert",         "tls_key",
    "principal",        "session_token_file",
    "timeout",          "output",
    "role_arn",         "source_profile",
    "external_id",      "role_session_name",
    "duration_seconds", "web_identity_token_file"};
// A profile takes these from its source.
constexpr absl::string_view kInherited[] = {
    "server",    "tls_ca",  "tls_cert", "tls_key",
    "principal", "timeout", "output",   "session_token_file"};
constexpr absl::string_view kFiles[] = {"tls_ca", "tls_cert", "tls_key",
                                        "session_token_file",
                                        "web_identity_token_file"};

using Section = std::map<std::string, std::string>;

template <std::size_t kSize>
bool Holds(const absl::string_view (&names)[kSize], absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// `~/x` is in the home directory, `x` beside the file that names it.
std::string PathOf(absl::string_view named, const std::string& file) {
  absl::string_view rest = named;
  if (absl::ConsumePrefix(&rest, "~/")) {
    return absl::StrCat(Variable("HOME"), "/", rest);
  }
  const std::size_t slash = file.rfind('/');
  if (absl::StartsWith(named, "/") || slash == file.npos) {
    return std::string(named);
  }
  return absl::StrCat(file.substr(0, slash + 1), named);
}

class File {
 public:
  explicit File(std::string path) : path_(std::move(path)) {}

  absl::Status Read(absl::string_view text) {
    int number = 0;
    Section* section = nullptr;
    absl::ConsumePrefix(&text, "\xEF\xBB\xBF");  // editors put it there
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      ++number;
      line = absl::StripAsciiWhitespace(line);
      if (line.empty() || line[0] == '#' || line[0] == ';') continue;
      absl::Status status = line[0] == '[' ? ReadHead(number, line, &section)
                                           : ReadSetting(number, line, section);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Profile> Resolve(const std::string& name,
                                  std::size_t depth = 0) const {
    const auto found = sections_.find(name);
    if (found == sections_.end()) {
      if (name == kDefault && depth == 0) return Profile{kDefault, {}, {}};
      return Unknown(name);
    }
    const Section& own = found->second;
    Profile profile;
    if (const std::string source = Get(own, "source_profile");
        !source.empty()) {
      if (Get(own, "role_arn").empty()) {
        return Fault(name, "`source_profile` needs `role_arn`");
      }
      if (!Get(own, "web_identity_token_file").empty()) {
        return Fault(name,
                     "`source_profile` and `web_identity_token_file` both say "
                     "who assumes the role; leave one out");
      }
      if (depth + 1 >= kMaxSources || source == name) {
        return Fault(name,
                     "the source profiles lead in a circle, or are more "
                     "than 8");
      }
      absl::StatusOr<Profile> from = Resolve(source, depth + 1);
      if (!from.ok()) return from;
      profile = *std::move(from);
    }
    profile.name = name;
    for (const auto& [key, value] : own) {
      if (Holds(kInherited, key)) profile.values[key] = value;
    }
    if (absl::Status status = AddRole(own, &profile); !status.ok()) {
      return status;
    }
    return profile;
  }

 private:
  absl::Status Fault(int line, absl::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", line, ": ", message));
  }
  absl::Status Fault(const std::string& profile,
                     absl::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": profile `", profile, "`: ", message));
  }

  absl::Status Unknown(const std::string& name) const {
    if (sections_.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no profile `", name, "`, because `", path_,
                       "` is not there or has none"));
    }
    std::vector<absl::string_view> names;
    for (const auto& [each, section] : sections_) names.push_back(each);
    return absl::InvalidArgumentError(
        absl::StrCat("there is no profile `", name, "` in `", path_,
                     "`; it has `", absl::StrJoin(names, "`, `"), "`"));
  }

  // `[default]` or `[profile NAME]`.
  absl::Status ReadHead(int number, absl::string_view line, Section** section) {
    absl::string_view name = line;
    absl::ConsumePrefix(&name, "[");
    if (!absl::ConsumeSuffix(&name, "]")) {
      return Fault(number, "expected `[profile NAME]`");
    }
    name = absl::StripAsciiWhitespace(name);
    if (name != kDefault) {
      if (!absl::ConsumePrefix(&name, "profile ") &&
          !absl::ConsumePrefix(&name, "profile\t")) {
        return Fault(number,
                     absl::StrCat("expected `[", kDefault, "]` or `[profile ",
                                  Printable(name), "]`"));
      }
      name = absl::StripAsciiWhitespace(name);
    }
    const auto [at, fresh] = sections_.try_emplace(std::string(name));
    if (name.empty() || !fresh) {
      return Fault(number, absl::StrCat("profile `", Printable(name),
                                        "` stands there twice, or has no "
                                        "name"));
    }
    *section = &at->second;
    return absl::OkStatus();
  }

  absl::Status ReadSetting(int number, absl::string_view line,
                           Section* section) const {
    const std::size_t equals = line.find('=');
    if (equals == line.npos) return Fault(number, "expected `NAME = VALUE`");
    const absl::string_view key =
        absl::StripAsciiWhitespace(line.substr(0, equals));
    const absl::string_view value =
        absl::StripAsciiWhitespace(line.substr(equals + 1));
    if (section == nullptr) {
      return Fault(number,
                   absl::StrCat("`", Printable(key),
                                "` stands before the first `[profile NAME]`"));
    }
    if (!Holds(kKeys, key)) {
      const absl::string_view near = NearestName(key, kKeys, 3);
      return Fault(number,
                   absl::StrCat("there is no setting `", Printable(key), "`",
                                near.empty() ? "; there are " : "",
                                near.empty() ? absl::StrJoin(kKeys, ", ")
                                             : absl::StrCat(": did you mean `",
                                                            near, "`?")));
    }
    const std::string text = value.empty() || !Holds(kFiles, key)
                                 ? std::string(value)
                                 : PathOf(value, path_);
    if (!section->emplace(std::string(key), text).second) {
      return Fault(number, absl::StrCat("`", key, "` stands there twice"));
    }
    return absl::OkStatus();
  }

  static std::string Get(const Section& section, const std::string& key) {
    const auto found = section.find(key);
    return found == section.end() ? "" : found->second;
  }

  absl::Status AddRole(const Section& own, Profile* profile) const {
    ProfileRole role;
    role.profile = profile->name;
    role.role_arn = Get(own, "role_arn");
    if (role.role_arn.empty()) {
      for (const char* key : {"web_identity_token_file", "external_id",
                              "role_session_name", "duration_seconds"}) {
        if (own.contains(key)) {
          return Fault(profile->name,
                       absl::StrCat("`", key, "` needs `role_arn`"));
        }
      }
      return absl::OkStatus();
    }
    if (const std::string name = Get(own, "role_session_name"); !name.empty()) {
      role.session_name = name;
    }
    role.external_id = Get(own, "external_id");
    role.web_identity_token_file = Get(own, "web_identity_token_file");
    if (const std::string seconds = Get(own, "duration_seconds");
        !seconds.empty() &&
        (!absl::SimpleAtoi(seconds, &role.duration_seconds) ||
         role.duration_seconds <= 0)) {
      return Fault(profile->name, absl::StrCat("duration_seconds `", seconds,
                                               "`: expected seconds"));
    }
    profile->roles.push_back(std::move(role));
    return absl::OkStatus();
  }

  const std::string path_;
  std::map<std::string, Section> sections_;
};

}  // namespace

std::string ProfileFile() {
  if (std::string file = Variable("ROLEGATE_CONFIG_FILE"); !file.empty()) {
    return file;
  }
  if (const std::string folder = Variable("XDG_CONFIG_HOME"); !folder.empty()) {
    return absl::StrCat(folder, "/rolegate/config");
  }
  const std::string home = Variable("HOME");
  return home.empty() ? "" : absl::StrCat(home, "/.config/rolegate/config");
}

absl::StatusOr<Profile> ParseProfile(absl::string_view text,
                                     const std::string& file,
                                     const std::string& name) {
  File profiles(file);
  if (absl::Status status = profiles.Read(text); !status.ok()) return status;
  return profiles.Resolve(name.empty() ? kDefault : name);
}

absl::StatusOr<Profile> ReadProfile(const std::string& name) {
  const std::string path = ProfileFile();
  std::ifstream in(path);
  if (!in && errno != ENOENT && !path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read `", path, "`: ", std::strerror(errno)));
  }
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return ParseProfile(text.str(), path, name);
}

}  // namespace rolegate::cli
