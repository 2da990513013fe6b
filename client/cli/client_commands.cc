#include "client/cli/client_commands.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/exit_code.h"

namespace rolegate::cli {

void ServerFlags::AddTo(CLI::App* command) {
  constexpr char kGroup[] = "Server and caller";
  command
      ->add_option("--server", options.server,
                   "`HOST:PORT` or `unix:/path`; else ROLEGATE_SERVER, else "
                   "127.0.0.1:8470")
      ->type_name("ADDR")
      ->envname("ROLEGATE_SERVER")
      ->group(kGroup);
  session_token_option =
      command
          ->add_option("--session-token", options.session_token,
                       "The session that calls; else ROLEGATE_SESSION_TOKEN")
          ->type_name("TOKEN")
          ->group(kGroup);
  command
      ->add_option("--session-token-file", session_token_file,
                   "A file with it, so that it stands in no process list")
      ->type_name("FILE")
      ->group(kGroup);
  command
      ->add_option("--principal", options.principal,
                   "Who calls, where the server lets callers say so: a user's "
                   "ARN or `service:NAME`")
      ->type_name("PRINCIPAL")
      ->group(kGroup);
  command->add_option("--tls-ca", options.tls_ca, "Certificates in PEM")
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--tls-cert", options.tls_cert, "For mTLS")
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--tls-key", options.tls_key, "For mTLS")
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--timeout", timeout, "Seconds; default 5")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86400.0))
      ->group(kGroup);
  command->add_option("--output", output, "`text` or `json`")
      ->check(CLI::IsMember({"text", "json"}))
      ->group(kGroup);
}

absl::StatusOr<Client> ServerFlags::Connect() {
  if (!session_token_file.empty()) {
    if (!options.session_token.empty()) {
      return absl::InvalidArgumentError(
          "--session-token and --session-token-file are both given");
    }
    std::ifstream in(session_token_file);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read `", session_token_file, "`"));
    }
    options.session_token = std::string(absl::StripAsciiWhitespace(text.str()));
  }
  // An empty session must not become a call under another name.
  if (options.session_token.empty() &&
      (!session_token_file.empty() || !session_token_option->empty())) {
    return absl::InvalidArgumentError("the session token is empty");
  }
  // A flag that names the caller beats the environment.
  if (options.session_token.empty() && options.principal.empty()) {
    if (const char* token = std::getenv("ROLEGATE_SESSION_TOKEN")) {
      options.session_token = token;
    }
  }
  options.deadline = absl::Seconds(timeout);
  return Client::Connect(options);
}

absl::StatusOr<std::string> TextOrFile(const std::string& argument) {
  absl::string_view path = argument;
  if (!absl::ConsumePrefix(&path, "file://")) return argument;
  std::ifstream in{std::string(path)};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read `", path, "`"));
  }
  return text.str();
}

int Fail(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  std::cerr << "rolegate: "
            << (reason.empty() ? absl::StatusCodeToString(status.code())
                               : reason)
            << ": " << std::string(status.message()) << "\n";
  if (const std::string sealed = EncodedMessage(status); !sealed.empty()) {
    std::cerr << "rolegate: Encoded authorization failure message: " << sealed
              << "\n";
  }
  if (reason == "AccessDenied") return kDenied;
  // Without a reason the fault was found here, in what was given.
  return reason.empty() && absl::IsInvalidArgument(status) ? kUsage : kFailed;
}

}  // namespace rolegate::cli
