// decode-authorization-message.

#include <iostream>
#include <memory>
#include <string>

#include "client/cli/client_commands.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/sealed_message.h"

namespace rolegate::cli {
namespace {

struct DecodeFlags {
  ServerFlags server;
  std::string encoded_message;
};

int RunDecode(DecodeFlags& flags) {
  const absl::StatusOr<std::string> sealed =
      ReadSealedMessage(flags.encoded_message);
  if (!sealed.ok()) return Fail(sealed.status());
  absl::StatusOr<Client> client = flags.server.Connect();
  if (!client.ok()) return flags.server.Fail(client.status());
  const auto response = client->DecodeAuthorizationMessage(*sealed);
  if (!response.ok()) return flags.server.Fail(response.status());
  if (!flags.server.json()) {
    std::cout << response->decoded_message() << "\n";
    return kDone;
  }
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  WriteMember(writer, "DecodedMessage", response->decoded_message());
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
  return kDone;
}

}  // namespace

void AddDecodeAuthorizationMessage(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "decode-authorization-message", "Open the sealed record of a refusal");
  command->footer(
      "Example:\n"
      "  rolegate decode-authorization-message --principal service:ops \\\n"
      "      --encoded-message AQly…\n"
      "\n"
      "No session may administer, so this ignores one in\n"
      "ROLEGATE_SESSION_TOKEN.");
  auto flags = std::make_shared<DecodeFlags>();
  command
      ->add_option("--encoded-message", flags->encoded_message,
                   "What the refusal carried: the text, file://PATH, or `-` "
                   "for standard input")
      ->required()
      ->type_name("TEXT");
  flags->server.AddTo(command, ExportedSession::kStaysOut);
  command->callback([flags, exit_code] { *exit_code = RunDecode(*flags); });
}

}  // namespace rolegate::cli
