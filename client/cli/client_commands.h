// What all commands that ask a server share: its address, the caller, the form
// of the output.

#ifndef ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
#define ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rolegate/client.h"

namespace rolegate::cli {

// The group of the flags that every command has that asks a server.
inline constexpr char kCommonFlags[] = "Server and caller";

// What a session in ROLEGATE_SESSION_TOKEN is to a command.
enum class ExportedSession {
  kCalls,     // the caller
  kStaysOut,  // nothing: the command administers, which no session may
};

struct ServerFlags {
  ClientOptions options;
  CLI::Option* session_token_option = nullptr;
  std::string session_token_file;
  bool no_session = false;
  ExportedSession exported = ExportedSession::kCalls;
  std::string output = "text";
  double timeout = 5;

  // Adds --server, --session-token, --principal, --output and the like.
  void AddTo(CLI::App* command, ExportedSession use = ExportedSession::kCalls);

  bool json() const { return output == "json"; }

  // Decides who calls, by flags and environment: afterwards
  // `options.session_token` is what is sent.  kInvalidArgument if they
  // contradict each other or a file cannot be read.
  absl::Status FindCaller();
  // FindCaller, unless it was called, and then a client.
  absl::StatusOr<Client> Connect();
  // Sends the session as what is asked about, and no longer as the caller.
  std::string TakeSession();

  // As Fail below.  Where the server refused the caller, it adds whom the
  // command called as.
  int Fail(const absl::Status& status) const;

 private:
  bool found_caller_ = false;
  std::string called_as_;  // "with the token of --session-token"
};

// Whether a bearer token is one of Rolegate's sessions, by its header alone.
bool IsSession(absl::string_view token);

// A text, or with `file://` what the file holds.
absl::StatusOr<std::string> TextOrFile(const std::string& argument);

// Says what failed on standard error; the exit code for it.
int Fail(const absl::Status& status);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
