// A session that was given out, as the AWS CLI and a shell read it.

#ifndef ROLEGATE_CLIENT_CLI_SESSION_OUTPUT_H_
#define ROLEGATE_CLIENT_CLI_SESSION_OUTPUT_H_

#include <iostream>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/client_commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "rolegate/v1/security_token.pb.h"

namespace rolegate::cli {

// `Credentials` and `AssumedRoleUser`.
void WriteCredentials(JsonPage& writer, const v1::Credentials& credentials,
                      const v1::AssumedRoleUser& user);

// What the answers of all ways to assume a role have.
template <typename Response>
void WriteSession(JsonPage& writer, const Response& response) {
  WriteCredentials(writer, response.credentials(),
                   response.assumed_role_user());
  if (response.has_packed_policy_size()) {
    writer.Key("PackedPolicySize");
    writer.Int(response.packed_policy_size());
  }
  if (!response.source_identity().empty()) {
    WriteMember(writer, "SourceIdentity", response.source_identity());
  }
}

// As the AWS CLI prints it: what WriteSession writes, and then `write_more`.
template <typename Response, typename WriteMore>
std::string SessionAsAwsJson(const Response& response, WriteMore write_more) {
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  WriteSession(writer, response);
  write_more(writer);
  writer.EndObject();
  return buffer.GetString();
}

// `export ROLEGATE_SESSION_TOKEN=…`, and whose it is until when.
void PrintExport(const v1::Credentials& credentials,
                 const v1::AssumedRoleUser& user);

// What all ways to assume a role do with a request: `call(client, request)`
// sends it, `to_json(response)` is what --output json prints.  The exit code.
template <typename Request, typename Call, typename ToJson>
int AskForSession(ServerFlags& server, const absl::StatusOr<Request>& request,
                  Call call, ToJson to_json) {
  if (!request.ok()) return Fail(request.status());
  absl::StatusOr<Client> client = server.Connect();
  if (!client.ok()) return server.Fail(client.status());
  const auto response = call(*client, *request);
  if (!response.ok()) return server.Fail(response.status());
  if (server.json()) {
    std::cout << to_json(*response) << "\n";
  } else {
    PrintExport(response->credentials(), response->assumed_role_user());
  }
  return kDone;
}

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_SESSION_OUTPUT_H_
