// assume-role, authorize, whoami.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/client_commands.h"
#include "client/cli/commands.h"
#include "client/cli/context_flags.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/proto_json.h"
#include "client/cli/session_flags.h"
#include "client/cli/session_output.h"
#include "client/cli/terminal.h"
#include "client/cli/token_text.h"

namespace rolegate::cli {
namespace {

// `Key=a,Value=b`, as the AWS CLI takes it.
absl::Status AddTag(const std::string& argument, v1::AssumeRoleRequest* to) {
  absl::string_view rest = argument;
  std::size_t comma = rest.find(",Value=");
  if (!absl::ConsumePrefix(&rest, "Key=") || comma == rest.npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tags `", argument, "`: expected Key=NAME,Value=TEXT"));
  }
  comma -= 4;
  v1::Tag* const tag = to->add_tags();
  tag->set_key(std::string(rest.substr(0, comma)));
  tag->set_value(std::string(rest.substr(comma + 7)));
  return absl::OkStatus();
}

struct AssumeRoleFlags {
  ServerFlags server;
  ContextFlags context;
  std::string role_arn;
  std::string session_name;
  SessionFlags session;
  std::vector<std::string> tags;
  std::vector<std::string> transitive;
  CLI::Option* external_id_option = nullptr;
  std::string external_id;
  CLI::Option* serial_number_option = nullptr;
  std::string serial_number;
  CLI::Option* token_code_option = nullptr;
  std::string token_code;
  CLI::Option* source_identity_option = nullptr;
  std::string source_identity;
  std::string bind_to;
};

absl::StatusOr<v1::AssumeRoleRequest> ToRequest(const AssumeRoleFlags& flags) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(flags.role_arn);
  request.set_role_session_name(flags.session_name);
  if (absl::Status status = flags.session.Fill(&request); !status.ok()) {
    return status;
  }
  for (const std::string& tag : flags.tags) {
    if (absl::Status status = AddTag(tag, &request); !status.ok()) {
      return status;
    }
  }
  for (const std::string& key : flags.transitive) {
    request.add_transitive_tag_keys(key);
  }
  if (!flags.external_id_option->empty()) {
    request.set_external_id(flags.external_id);
  }
  if (!flags.serial_number_option->empty()) {
    request.set_serial_number(flags.serial_number);
  }
  if (!flags.token_code_option->empty()) {
    request.set_token_code(flags.token_code);
  }
  if (!flags.source_identity_option->empty()) {
    request.set_source_identity(flags.source_identity);
  }
  if (flags.bind_to == "SPIFFE") request.set_bind_to(v1::BIND_TO_SPIFFE);
  if (flags.bind_to == "CERTIFICATE") {
    request.set_bind_to(v1::BIND_TO_CERTIFICATE);
  }
  absl::StatusOr<ClientContext> context = flags.context.Read();
  if (!context.ok()) return context.status();
  FillContext(*context, request.mutable_context());
  return request;
}

// As `aws sts assume-role` prints it.
std::string ToAwsJson(const v1::AssumeRoleResponse& response) {
  return SessionAsAwsJson(response, [](JsonPage&) {});
}

int RunAssumeRole(AssumeRoleFlags& flags) {
  return AskForSession(
      flags.server, ToRequest(flags),
      [](const Client& client, const auto& request) {
        return client.AssumeRole(request);
      },
      [](const v1::AssumeRoleResponse& response) {
        return ToAwsJson(response);
      });
}

struct AuthorizeFlags {
  ServerFlags server;
  ContextFlags context;
  std::string action;
  std::string resource;
  std::string resource_account;
  std::string subject;
  std::string presenter;
  bool explain = false;
};

template <typename Enum>
std::string EnumText(const google::protobuf::EnumDescriptor* type, Enum value) {
  return ShortName(*type->FindValueByNumber(value));
}

// "identity `ReadLogs` of `reader` (roles/reader.json:14)".
std::string ReferenceText(const v1::StatementReference& statement) {
  const std::string name = statement.sid().empty()
                               ? absl::StrCat("statement ", statement.index())
                               : absl::StrCat("`", statement.sid(), "`");
  const std::string place =
      statement.file().empty()
          ? std::string()
          : absl::StrCat(" (", statement.file(), ":", statement.line(), ")");
  return absl::StrCat(absl::AsciiStrToLower(
                          EnumText(v1::Layer_descriptor(), statement.layer())),
                      " ", name, " of `", statement.policy(), "`", place);
}

void PrintExplanation(const v1::Explanation& explanation) {
  for (const v1::LayerResult& layer : explanation.layers()) {
    std::cout << "  " << EnumText(v1::Layer_descriptor(), layer.layer()) << ": "
              << EnumText(v1::Decision_descriptor(), layer.decision()) << "\n";
  }
  for (const auto& statement : explanation.matched_statements()) {
    std::cout << "  decided by " << ReferenceText(statement) << "\n";
  }
  if (!explanation.lacking().empty()) {
    std::cout << "  lacking: " << explanation.lacking() << "\n";
  }
  for (const v1::NearMiss& miss : explanation.near_misses()) {
    std::cout << "  nearly: " << ReferenceText(miss.statement()) << ": "
              << miss.cause() << "\n";
  }
}

void PrintDecision(const v1::AuthorizeResponse& response) {
  const bool allowed = response.decision() == v1::DECISION_ALLOW;
  std::cout << InColour(
                   allowed ? Colour::kGreen : Colour::kRed,
                   EnumText(v1::Decision_descriptor(), response.decision()))
            << "\n"
            << response.reason() << "\n";
  PrintExplanation(response.explanation());
}

// The request calls `principal` what the command line calls --subject.
absl::Status NamedByFlag(const absl::Status& status) {
  absl::string_view rest = status.message();
  if (!absl::ConsumePrefix(&rest, "`principal`")) return status;
  absl::Status named(status.code(), absl::StrCat("`--subject`", rest));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    named.SetPayload(type, payload);
  });
  return named;
}

int RunAuthorize(AuthorizeFlags& flags) {
  v1::AuthorizeRequest request;
  const ClientOptions& options = flags.server.options;
  if (!flags.subject.empty()) {
    request.set_principal(flags.subject);
    // To ask about others is administration.
    flags.server.exported = ExportedSession::kStaysOut;
  }
  if (absl::Status status = flags.server.FindCaller(); !status.ok()) {
    return flags.server.Fail(status);
  }
  // With a principal given too, that calls and the session is what is asked
  // about; so it is where an explanation is wanted, which no session may have.
  const bool by_principal =
      flags.server.names_principal() && !options.session_token.empty();
  if (by_principal && !flags.subject.empty()) {
    return Fail(absl::InvalidArgumentError(
        "expected one subject: --subject, or a session with --principal; found "
        "both"));
  }
  if (by_principal || (flags.explain && flags.subject.empty() &&
                       IsSession(options.session_token))) {
    request.set_session_token(flags.server.TakeSession());
  }
  absl::StatusOr<Client> client = flags.server.Connect();
  if (!client.ok()) return flags.server.Fail(client.status());
  request.set_action(flags.action);
  request.set_resource(flags.resource);
  request.set_resource_account(flags.resource_account);
  request.set_presenter(flags.presenter);
  request.set_explain(flags.explain);
  const absl::StatusOr<ClientContext> context = flags.context.Read();
  if (!context.ok()) return Fail(context.status());
  FillContext(*context, request.mutable_context());
  const auto response = client->Authorize(request);
  if (!response.ok()) {
    return flags.server.Fail(NamedByFlag(response.status()));
  }
  if (flags.server.json()) {
    std::cout << ToJson(*response) << "\n";
  } else {
    PrintDecision(*response);
  }
  return response->decision() == v1::DECISION_ALLOW ? kDone : kDenied;
}

int RunWhoAmI(ServerFlags& flags) {
  absl::StatusOr<Client> client = flags.Connect();
  if (!client.ok()) return flags.Fail(client.status());
  const auto response = client->GetCallerIdentity();
  if (!response.ok()) return flags.Fail(response.status());
  if (!flags.json()) {
    std::cout << response->arn() << "\n";
    return kDone;
  }
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  WriteMember(writer, "UserId", response->user_id());
  WriteMember(writer, "Account", response->account());
  WriteMember(writer, "Arn", response->arn());
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
  return kDone;
}

}  // namespace

void AddAssumeRole(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "assume-role", "Assume a role and print the session's credentials");
  command->footer(
      "Examples:\n"
      "  eval \"$(rolegate assume-role --principal service:ec2.amazonaws.com "
      "\\\n"
      "      --role-arn arn:aws:iam::123456789012:role/Reader \\\n"
      "      --role-session-name i-0abc)\"\n"
      "  rolegate assume-role --output json --duration-seconds 900 \\\n"
      "      --role-arn arn:aws:iam::123456789012:role/Partner \\\n"
      "      --role-session-name audit --external-id 7f3a \\\n"
      "      --policy file://narrow.json --tags Key=Team,Value=red");
  auto flags = std::make_shared<AssumeRoleFlags>();
  command->add_option("--role-arn", flags->role_arn, "The role")->required();
  command
      ->add_option("--role-session-name", flags->session_name,
                   "The session's name, 2 to 64 characters")
      ->required();
  flags->session.AddTo(command);
  command->add_option("--tags", flags->tags, "Key=NAME,Value=TEXT …");
  command->add_option("--transitive-tag-keys", flags->transitive,
                      "Tags that sessions made from this one inherit");
  flags->external_id_option = command->add_option(
      "--external-id", flags->external_id, "What the trust policy may ask for");
  flags->serial_number_option = command->add_option(
      "--serial-number", flags->serial_number, "The caller's MFA device");
  flags->token_code_option = command->add_option(
      "--token-code", flags->token_code, "The six digits that it shows");
  flags->source_identity_option =
      command->add_option("--source-identity", flags->source_identity,
                          "Who is behind it; stays along the chain");
  command
      ->add_option("--bind-to", flags->bind_to,
                   "What the session needs beside its token: the SPIFFE ID or "
                   "the certificate of this connection")
      ->check(CLI::IsMember({"SPIFFE", "CERTIFICATE"}));
  flags->context.AddTo(command);
  flags->server.AddTo(command);
  command->callback([flags, exit_code] { *exit_code = RunAssumeRole(*flags); });
}

void AddAuthorize(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "authorize", "Ask whether the caller may do an action on a resource");
  command->footer(
      "Examples:\n"
      "  rolegate authorize --action s3:GetObject \\\n"
      "      --resource arn:aws:s3:::example-bucket/a.txt\n"
      "  rolegate authorize --action s3:GetObject --resource '*' --explain \\\n"
      "      --principal service:ops --context aws:SourceIp=10.0.0.7\n"
      "\n"
      "A session calls for itself. With --principal besides, that principal\n"
      "calls and asks about the session. With --explain the caller that the\n"
      "connection proves does, because no session may ask for an explanation.");
  auto flags = std::make_shared<AuthorizeFlags>();
  command->add_option("--action", flags->action, "`service:Name`")->required();
  command->add_option("--resource", flags->resource, "An ARN, or `*`")
      ->required();
  command->add_option("--resource-account", flags->resource_account,
                      "The account that owns it");
  command
      ->add_option("--subject", flags->subject,
                   "Ask about this principal instead of the caller")
      ->type_name("PRINCIPAL");
  command->add_option("--presenter", flags->presenter,
                      "Who brought the session, if it is bound: a SPIFFE ID, "
                      "or `x5t#S256:DIGEST`");
  command->add_flag("--explain", flags->explain, "Say why, layer by layer");
  flags->context.AddTo(command);
  flags->server.AddTo(command);
  command->callback([flags, exit_code] { *exit_code = RunAuthorize(*flags); });
}

void AddWhoAmI(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "whoami", "Print who the server takes the caller for");
  command->footer("Example:\n  rolegate whoami --output json");
  auto flags = std::make_shared<ServerFlags>();
  flags->AddTo(command);
  command->callback([flags, exit_code] { *exit_code = RunWhoAmI(*flags); });
}

}  // namespace rolegate::cli
