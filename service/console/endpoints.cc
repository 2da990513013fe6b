#include "service/console/endpoints.h"

#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "rolegate/v1/policy.pb.h"
#include "rolegate/v1/registry.pb.h"
#include "service/base/message_json.h"
#include "service/console/history_json.h"
#include "service/console/json_writer.h"
#include "service/console/query.h"
#include "service/console/registry_views.h"
#include "service/identity/administration.h"

namespace rolegate::service {
namespace {

// The bounds of one search, and of one graph.
constexpr std::size_t kDefaultPage = 100;
constexpr std::size_t kMaxPage = 500;
constexpr std::size_t kMaxDepth = 4;
constexpr std::size_t kMaxNodes = 100;

// The API's own status, with what is in force since when and why.
Outcome Status(const Asked& asked, std::string* json) {
  v1::GetStatusResponse status;
  Outcome outcome = asked.method.handle(
      asked.call, v1::GetStatusRequest::default_instance(), &status);
  if (!outcome.answered()) return outcome;
  JsonWriter writer(json);
  writer.StartObject();
  writer.Text("version", ROLEGATE_VERSION);
  MessageJson<JsonWriter>(writer).WriteMembers(status);
  writer.Key("generations");
  WriteHistory(asked.call.core().history.Recent(), &writer);
  writer.EndObject();
  return outcome;
}

// Who asks, and what else it may ask.
Outcome About(const Asked& asked, std::string* json) {
  const Call& call = asked.call;
  const auto may = [&](absl::string_view action) {
    return call.core().administration.Allows(call.caller(), action,
                                             kRegistryResource,
                                             call.snapshot().get(), call.now());
  };
  JsonWriter writer(json);
  writer.StartObject();
  writer.Text("version", ROLEGATE_VERSION);
  writer.Text("caller", DisplayName(call.caller().subject));
  writer.Flag("may_explain", may(kExplain));
  writer.EndObject();
  return Outcome::Answered();
}

Outcome Roles(const Asked& asked, std::string* json) {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  *json =
      RolesJson(*asked.call.snapshot(),
                {QueryText(asked.query, "q"),
                 QueryNumber(asked.query, "offset", 0, 0, kAny),
                 QueryNumber(asked.query, "limit", kDefaultPage, 1, kMaxPage)});
  return Outcome::Answered();
}

// What GetRole says of the role that the query names.
Outcome GetRole(const Asked& asked, v1::GetRoleResponse* response) {
  v1::GetRoleRequest request;
  request.set_role_arn(QueryText(asked.query, "arn"));
  return asked.method.handle(asked.call, request, response);
}

Outcome OneRole(const Asked& asked, std::string* json) {
  v1::GetRoleResponse response;
  Outcome outcome = GetRole(asked, &response);
  if (!outcome.answered()) return outcome;
  const auto graph = asked.graphs.Of(asked.call.snapshot());
  *json = RoleJson(*graph, *graph->snapshot().FindRole(response.role().arn()),
                   response);
  return outcome;
}

Outcome Graph(const Asked& asked, std::string* json) {
  v1::GetRoleResponse response;
  Outcome outcome = GetRole(asked, &response);
  if (!outcome.answered()) return outcome;
  const auto graph = asked.graphs.Of(asked.call.snapshot());
  TrustNeighbourhoodOptions options;
  options.depth =
      static_cast<int>(QueryNumber(asked.query, "depth", 2, 1, kMaxDepth));
  options.max_nodes =
      QueryNumber(asked.query, "nodes", options.max_nodes, 2, kMaxNodes);
  *json = GraphJson(*graph, *graph->snapshot().FindRole(response.role().arn()),
                    options);
  return outcome;
}

Outcome Assumes(const Asked& asked, std::string* json) {
  const auto kind = PrincipalKindOf(QueryText(asked.query, "kind"));
  if (!kind.has_value()) {
    return InvalidField("kind", "expected a kind of principal, such as `role`");
  }
  *json = AssumesJson(*asked.graphs.Of(asked.call.snapshot()), *kind,
                      QueryText(asked.query, "principal"));
  return Outcome::Answered();
}

// The question is a SimulateRequest in Protobuf's JSON.
Outcome May(const Asked& asked, std::string* json) {
  v1::SimulateRequest request;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(asked.body, &request);
  if (!parsed.ok()) {
    return InvalidField("body", absl::StrCat("expected a SimulateRequest: ",
                                             std::string(parsed.message())));
  }
  v1::SimulateResponse response;
  Outcome outcome = asked.method.handle(asked.call, request, &response);
  if (!outcome.answered()) return outcome;
  JsonWriter writer(json);
  MessageJson<JsonWriter>(writer).Write(response);
  return outcome;
}

constexpr Endpoint kEndpoints[] = {
    {"/status", false, false, "/rolegate.v1.RegistryService/GetStatus",
     &Status},
    {"/console/api/about", false, true,
     "/rolegate.v1.RegistryService/GetStatus", &About},
    {"/console/api/roles", false, true,
     "/rolegate.v1.RegistryService/ListRoles", &Roles},
    {"/console/api/role", false, true, "/rolegate.v1.RegistryService/GetRole",
     &OneRole},
    {"/console/api/graph", false, true, "/rolegate.v1.RegistryService/GetRole",
     &Graph},
    {"/console/api/assumes", false, true,
     "/rolegate.v1.RegistryService/ListRoles", &Assumes},
    {"/console/api/may", true, true, "/rolegate.v1.PolicyService/Simulate",
     &May},
};

}  // namespace

absl::Span<const Endpoint> ConsoleEndpoints() { return kEndpoints; }

}  // namespace rolegate::service
