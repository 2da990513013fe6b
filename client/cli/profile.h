// Profiles: named sets of settings in a file, shaped as ~/.aws/config is.

#ifndef ROLEGATE_CLIENT_CLI_PROFILE_H_
#define ROLEGATE_CLIENT_CLI_PROFILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::cli {

// A role that a profile's commands act in.
struct ProfileRole {
  std::string profile;  // whose it is, for messages
  std::string role_arn;
  std::string session_name = "rolegate-cli";
  std::string external_id;
  std::string web_identity_token_file;  // empty: the caller assumes the role
  int duration_seconds = 0;             // 0: the server's default
};

struct Profile {
  std::string name;
  // `server`, `tls_ca`, `tls_cert`, `tls_key`, `principal`,
  // `session_token_file`, `timeout`, `output`: its own, and else those of its
  // source profile.
  std::map<std::string, std::string> values;
  std::vector<ProfileRole> roles;  // in the order in which they are assumed
};

// ROLEGATE_CONFIG_FILE, else `rolegate/config` in XDG_CONFIG_HOME, else in
// ~/.config.  Empty if none of the three is set.
std::string ProfileFile();

// The profile `name` in the text of `file`.  An empty name is `default`, which
// need not be there.  kInvalidArgument, with the line, if the file has a fault
// anywhere, because a setting that is not understood could change who calls.
absl::StatusOr<Profile> ParseProfile(absl::string_view text,
                                     const std::string& file,
                                     const std::string& name);

// Reads ProfileFile().  A file that is not there has no profiles.
absl::StatusOr<Profile> ReadProfile(const std::string& name);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_PROFILE_H_
