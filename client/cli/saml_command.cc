// assume-role-with-saml.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/cli/client_commands.h"
#include "client/cli/commands.h"
#include "client/cli/session_flags.h"
#include "client/cli/session_output.h"

namespace rolegate::cli {
namespace {

struct SamlFlags {
  ServerFlags server;
  std::string role_arn;
  std::string principal_arn;
  std::string assertion;
  SessionFlags session;
};

absl::StatusOr<v1::AssumeRoleWithSAMLRequest> ToRequest(
    const SamlFlags& flags) {
  v1::AssumeRoleWithSAMLRequest request;
  request.set_role_arn(flags.role_arn);
  request.set_principal_arn(flags.principal_arn);
  absl::StatusOr<std::string> assertion = TextOrFile(flags.assertion);
  if (!assertion.ok()) return assertion.status();
  request.set_saml_assertion(
      std::string(absl::StripAsciiWhitespace(*assertion)));
  if (absl::Status status = flags.session.Fill(&request); !status.ok()) {
    return status;
  }
  return request;
}

// As `aws sts assume-role-with-saml` prints it.
std::string ToAwsJson(const v1::AssumeRoleWithSAMLResponse& response) {
  return SessionAsAwsJson(response, [&](JsonPage& writer) {
    WriteMember(writer, "Subject", response.subject());
    WriteMember(writer, "SubjectType", response.subject_type());
    WriteMember(writer, "Issuer", response.issuer());
    WriteMember(writer, "Audience", response.audience());
    WriteMember(writer, "NameQualifier", response.name_qualifier());
  });
}

int RunSaml(SamlFlags& flags) {
  return AskForSession(
      flags.server, ToRequest(flags),
      [](const Client& client, const auto& request) {
        return client.AssumeRoleWithSAML(request);
      },
      [](const v1::AssumeRoleWithSAMLResponse& response) {
        return ToAwsJson(response);
      });
}

}  // namespace

void AddAssumeRoleWithSaml(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "assume-role-with-saml",
      "Assume a role with the response of a SAML identity provider");
  command->footer(
      "Example:\n"
      "  eval \"$(rolegate assume-role-with-saml \\\n"
      "      --role-arn arn:aws:iam::123456789012:role/Reader \\\n"
      "      --principal-arn arn:aws:iam::123456789012:saml-provider/Corp \\\n"
      "      --saml-assertion file://response.b64)\"\n"
      "\n"
      "No other caller is needed. An assertion on the command line can be "
      "seen\n"
      "by others on the machine; one in a file cannot.");
  auto flags = std::make_shared<SamlFlags>();
  command->add_option("--role-arn", flags->role_arn, "The role")->required();
  command
      ->add_option("--principal-arn", flags->principal_arn,
                   "The identity provider, as the registry names it")
      ->required();
  command
      ->add_option("--saml-assertion", flags->assertion,
                   "The response in base64, or file://PATH")
      ->required();
  flags->session.AddTo(command);
  flags->server.AddTo(command, ExportedSession::kUnneeded);
  command->callback([flags, exit_code] { *exit_code = RunSaml(*flags); });
}

}  // namespace rolegate::cli
