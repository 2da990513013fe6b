// What all commands that ask a server share: its address, the caller, the form
// of the output.

#ifndef ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
#define ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/profile.h"
#include "rolegate/client.h"
#include "service/base/server_address.h"

namespace rolegate::cli {

// The group of the flags that every command has that asks a server.
inline constexpr char kCommonFlags[] = "Server and caller";

// What a session in ROLEGATE_SESSION_TOKEN, or of a profile's role, is to a
// command.
enum class ExportedSession {
  kCalls,     // the caller
  kStaysOut,  // nothing: the command administers, which no session may
  kUnneeded,  // nothing: a token in the request says who is calling
};

// The flags, and where they are silent the environment and the profile.  What
// is typed beats the environment, and the environment beats a profile that
// nobody typed.
struct ServerFlags {
  ClientOptions options;  // complete after FindCaller
  std::string session_token_file;
  bool no_session = false;
  ExportedSession exported = ExportedSession::kCalls;
  std::string profile;
  std::string output = "text";
  double timeout = 5;

  // Adds --server, --session-token, --principal, --output and the like.
  void AddTo(CLI::App* command, ExportedSession use = ExportedSession::kCalls);

  bool json() const { return output == "json"; }
  // Whether --principal was typed.
  bool names_principal() const { return !principal_option_->empty(); }

  // Decides who calls: afterwards `options.session_token` is what is sent.
  // Assumes the roles of the profile.  kInvalidArgument if flags contradict
  // each other or a file cannot be read; else what the server said.
  absl::Status FindCaller();
  // FindCaller, unless it was called, and then a client.
  absl::StatusOr<Client> Connect();
  // Sends the session as what is asked about, and no longer as the caller.
  std::string TakeSession();

  // Says what failed on standard error, whom the command called as, and what
  // to do.  The exit code.
  int Fail(const absl::Status& status) const;

 private:
  // A setting of the connection: its flag, its variable if it has one, and its
  // name in a profile.
  struct Setting {
    CLI::Option* option;
    const char* variable;
    const char* key;
    std::string* value;
  };

  void AddConnectionTo(CLI::App* command);
  // Takes server, TLS, principal, timeout and output from where they stand.
  absl::Status Settle();
  absl::Status SettleNumbers();
  absl::Status SettleAddress();
  // Takes the profile's session or its roles.
  absl::Status TakeProfile();
  absl::Status AssumeRoles();
  // Says what to do with the sealed reason of a refusal.
  void OfferSealed(const std::string& sealed) const;
  void AdviseOnToken(absl::string_view reason) const;

  std::vector<Setting> settings_;
  CLI::Option* session_token_option_ = nullptr;
  CLI::Option* principal_option_ = nullptr;
  CLI::Option* server_option_ = nullptr;
  CLI::Option* profile_option_ = nullptr;
  CLI::Option* timeout_option_ = nullptr;
  CLI::Option* output_option_ = nullptr;

  bool found_caller_ = false;
  Profile settings_of_profile_;
  service::ServerAddress address_;
  std::string server_from_;         // "ROLEGATE_SERVER"; empty: a flag
  std::string principal_;           // typed, or of the profile
  std::string called_as_;           // "as `service:ops`"
  bool token_is_exported_ = false;  // it is that of ROLEGATE_SESSION_TOKEN
};

// A text, or with `file://` what the file holds.
absl::StatusOr<std::string> TextOrFile(const std::string& argument);

// Says what failed on standard error; the exit code for it.
int Fail(const absl::Status& status);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
