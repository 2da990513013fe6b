// Asks Rolegate before the handlers of a C++ gRPC service.
//
//   auto guard = rolegate::RpcGuard::Create(
//       *session, {{.rpc = "/shop.v1.Orders/ListOrders",
//                 .action = "orders:ListOrders",
//                 .resource = "*"},
//                {.rpc = "/shop.v1.Orders/GetOrder",
//                 .action = "orders:GetOrder",
//                 .resource = "arn:aws:orders:::order/{order_id}",
//                 .checked_by_handler = true}});
//   credentials->SetAuthMetadataProcessor(guard->Gate());
//
// A C++ server can refuse a call before its handler runs in one place only, its
// credentials' metadata processor, which sees the method and the metadata but
// not the request.  The gate therefore decides rules without placeholders, and
// refuses calls that no rule matches.  Rules with placeholders are decided
// where the request is known, in the first line of the handler:
//
//   auto authorized = guard->Check(*context, "/shop.v1.Orders/GetOrder",
//                                  *request);
//   if (!authorized.ok()) return rolegate::RefusalOf(authorized.status());
//
// client/conformance/middleware.md has the rules' meaning, which is the same
// for all languages.

#ifndef ROLEGATE_MIDDLEWARE_H_
#define ROLEGATE_MIDDLEWARE_H_

#include <google/protobuf/message.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rolegate/client.h"
#include "rolegate/session.h"

namespace rolegate {

// What a call of a method asks for.
struct RpcRule {
  std::string rpc;     // "/package.Service/Method", or "/package.Service/*"
  std::string action;  // "service:Name", without wildcards

  // An ARN or "*".  `{field}` stands for a field of the request message by its
  // name in the proto file, `{customer.id}` for one of a message in it: a text
  // or an integer, which may not be empty.
  std::string resource;
  // Condition keys; placeholders are replaced in their values.
  std::map<std::string, std::string> context = {};

  // Everybody may call.  Such a rule has nothing but its `rpc`.
  bool is_public = false;

  // Says that the method's handler begins with RpcGuard::Check.  A rule with
  // placeholders must say so, for the gate lets its calls pass: a handler that
  // forgets would be open to whoever brings any token.
  bool checked_by_handler = false;
};

struct RpcGuardOptions {
  // The metadata that has the session's token.  "authorization" has it as
  // `Bearer TOKEN`; any other name has the token alone.
  std::string header = "authorization";
  // Hears why Rolegate could not be asked, which callers are not told.  Called
  // by many threads at once.  By default a line goes to std::clog.
  std::function<void(const absl::Status&)> on_error = nullptr;
};

// What the caller was found to be allowed to do.
struct Authorized {
  std::string action;
  std::string resource;
  Decision decision;
  // The caller's session, to ask more about it.  None for a public rule.
  std::optional<Session> session;
};

// Thread-safe.  Copies share their rules.
class RpcGuard {
 public:
  // The first rule that matches a call holds.  `asker` is who asks: what
  // Session::FromEnvironment gave, or Session::OfCaller(client).
  // kInvalidArgument, which names the rule by its number, if one is wrong.
  static absl::StatusOr<RpcGuard> Create(Session asker,
                                         std::vector<RpcRule> rules,
                                         RpcGuardOptions options = {});

  // Whether the caller may call `rpc` with `request`; waits for the answer, or
  // takes the one that the gate has had in the last second.
  //
  // kUnauthenticated without a token that Rolegate takes; kPermissionDenied if
  // the session may not, if no rule matches, or if a placeholder's field is
  // empty; kUnavailable if Rolegate cannot be asked.  ErrorReason tells more.
  absl::StatusOr<Authorized> Check(
      const grpc::ServerContextBase& context, absl::string_view rpc,
      const google::protobuf::Message& request) const;

  // For grpc::ServerCredentials::SetAuthMetadataProcessor, which takes TLS and
  // local credentials.  A method whose rule has placeholders passes with a
  // token that is not looked at: its handler must call Check.
  std::shared_ptr<grpc::AuthMetadataProcessor> Gate() const;

 private:
  class Rules;
  class MetadataGate;

  explicit RpcGuard(std::shared_ptr<const Rules> rules)
      : rules_(std::move(rules)) {}

  std::shared_ptr<const Rules> rules_;
};

// The error as a handler returns it.
grpc::Status RefusalOf(const absl::Status& status);

// The question that a rule asks about a call: the rule's action, and its
// resource and context with the request's fields in place of the placeholders.
// kPermissionDenied if no rule matches or a field cannot be taken.  Without
// an action for a public rule.  For tests of a table of rules.
absl::StatusOr<rolegate::Check> QuestionOf(
    const std::vector<RpcRule>& rules, absl::string_view rpc,
    const google::protobuf::Message& request);

}  // namespace rolegate

#endif  // ROLEGATE_MIDDLEWARE_H_
