// assume-role-with-web-identity.

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/client_commands.h"
#include "client/cli/commands.h"
#include "client/cli/session_flags.h"
#include "client/cli/session_output.h"

namespace rolegate::cli {
namespace {

struct WebIdentityFlags {
  ServerFlags server;
  std::string role_arn;
  std::string session_name;
  std::string token;
  SessionFlags session;
};

// The flag, or the file that AWS_WEB_IDENTITY_TOKEN_FILE names, as the AWS SDKs
// read it.
absl::StatusOr<std::string> ReadToken(const std::string& flag) {
  std::string argument = flag;
  if (argument.empty()) {
    const char* const file = std::getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (file == nullptr || *file == '\0') {
      return absl::InvalidArgumentError(
          "expected --web-identity-token, or AWS_WEB_IDENTITY_TOKEN_FILE in "
          "the environment");
    }
    argument = absl::StrCat("file://", file);
  }
  absl::StatusOr<std::string> token = TextOrFile(argument);
  if (!token.ok()) return token.status();
  return std::string(absl::StripAsciiWhitespace(*token));
}

absl::StatusOr<v1::AssumeRoleWithWebIdentityRequest> ToRequest(
    const WebIdentityFlags& flags) {
  v1::AssumeRoleWithWebIdentityRequest request;
  request.set_role_arn(flags.role_arn);
  request.set_role_session_name(flags.session_name);
  absl::StatusOr<std::string> token = ReadToken(flags.token);
  if (!token.ok()) return token.status();
  request.set_web_identity_token(*std::move(token));
  if (absl::Status status = flags.session.Fill(&request); !status.ok()) {
    return status;
  }
  return request;
}

// As `aws sts assume-role-with-web-identity` prints it.
std::string ToAwsJson(const v1::AssumeRoleWithWebIdentityResponse& response) {
  return SessionAsAwsJson(response, [&](JsonPage& writer) {
    WriteMember(writer, "SubjectFromWebIdentityToken",
                response.subject_from_web_identity_token());
    WriteMember(writer, "Provider", response.provider());
    WriteMember(writer, "Audience", response.audience());
  });
}

int RunWebIdentity(WebIdentityFlags& flags) {
  return AskForSession(
      flags.server, ToRequest(flags),
      [](const Client& client, const auto& request) {
        return client.AssumeRoleWithWebIdentity(request);
      },
      [](const v1::AssumeRoleWithWebIdentityResponse& response) {
        return ToAwsJson(response);
      });
}

}  // namespace

void AddAssumeRoleWithWebIdentity(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "assume-role-with-web-identity",
      "Assume a role with a token of an OpenID Connect provider, as Kubernetes "
      "mounts them");
  command->footer(
      "Example:\n"
      "  eval \"$(rolegate assume-role-with-web-identity \\\n"
      "      --role-arn arn:aws:iam::123456789012:role/Frontend \\\n"
      "      --role-session-name \"$HOSTNAME\" \\\n"
      "      --web-identity-token file:///var/run/secrets/rolegate/token)\"\n"
      "\n"
      "No other caller is needed. A token on the command line can be seen by\n"
      "others on the machine; one in a file cannot.");
  auto flags = std::make_shared<WebIdentityFlags>();
  command->add_option("--role-arn", flags->role_arn, "The role")
      ->envname("AWS_ROLE_ARN")
      ->required();
  command
      ->add_option("--role-session-name", flags->session_name,
                   "The session's name, 2 to 64 characters")
      ->envname("AWS_ROLE_SESSION_NAME")
      ->required();
  command->add_option("--web-identity-token", flags->token,
                      "The token, or file://PATH; else what is in the file "
                      "that AWS_WEB_IDENTITY_TOKEN_FILE names");
  flags->session.AddTo(command);
  flags->server.AddTo(command, ExportedSession::kUnneeded);
  command->callback(
      [flags, exit_code] { *exit_code = RunWebIdentity(*flags); });
}

}  // namespace rolegate::cli
