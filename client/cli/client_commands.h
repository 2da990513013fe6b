// What all commands that ask a server share: its address, the caller, the form
// of the output.

#ifndef ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
#define ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/client.h"

namespace rolegate::cli {

// A command: its parser, and what runs when it was given.
using Run = std::function<int()>;

struct ServerFlags {
  ClientOptions options;
  CLI::Option* session_token_option = nullptr;
  std::string session_token_file;
  std::string output = "text";
  double timeout = 5;

  // Adds --server, --session-token, --principal, --output and the like.
  void AddTo(CLI::App* command);

  bool json() const { return output == "json"; }
  absl::StatusOr<Client> Connect();
};

// A text, or with `file://` what the file holds.
absl::StatusOr<std::string> TextOrFile(const std::string& argument);

// Says what failed on standard error; the exit code for it.
int Fail(const absl::Status& status);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CLIENT_COMMANDS_H_
