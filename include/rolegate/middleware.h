// RpcGuard protects a C++ gRPC service.  It asks Rolegate whether a caller may
// make a call, by a table of rules:
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
// A C++ server can refuse a call before its handler runs in one place only: the
// metadata processor of its credentials, which Gate returns.  The gate sees the
// method and the metadata of a call, but not the request.  It decides the rules
// without placeholders, such as the first one, and refuses calls that no rule
// matches.  A rule with a placeholder, such as `{order_id}`, needs the request.
// Decide it in the first lines of the handler:
//
//   auto authorized = guard->Check(*context, "/shop.v1.Orders/GetOrder",
//                                  *request);
//   if (!authorized.ok()) return rolegate::RefusalOf(authorized.status());
//
// client/conformance/middleware.md defines what the rules mean, for the clients
// of all languages alike.

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

// A rule maps a gRPC method to the question that the guard asks about a call.
struct RpcRule {
  std::string rpc;     // "/package.Service/Method", or "/package.Service/*"
  std::string action;  // "service:Name", without wildcards

  // An ARN or "*".  The placeholder `{order_id}` stands for the field
  // `order_id` of the request message, and `{customer.id}` for the field `id`
  // of the message in its field `customer`.  The names are those of the proto
  // file.  The field holds a text or an integer.  A text may not be empty or
  // contain control characters.
  std::string resource;
  // Condition keys and their values, which may have placeholders.
  std::map<std::string, std::string> context = {};

  // If true, everybody may call.  Such a rule has no other member but `rpc`.
  bool is_public = false;

  // Declares that the method's handler begins with RpcGuard::Check.  A rule
  // with placeholders must declare it, because the gate lets its calls pass
  // with any token.  A handler without that check would be open to everybody.
  bool checked_by_handler = false;
};

struct RpcGuardOptions {
  // The name of the metadata that carries the session's token.  The value of
  // "authorization" is `Bearer TOKEN`; the value of any other name is the token
  // alone.
  std::string header = "authorization";
  // The guard calls this function with the error if Rolegate gives no decision.
  // Callers do not learn that error.  Many threads may call the function at
  // once.  If it is null, the guard writes a line to std::clog.
  std::function<void(const absl::Status&)> on_error = nullptr;
};

// The question to which Rolegate said yes, and its answer.  The guard does not
// ask about a public rule: the texts are then empty and there is no session.
struct Authorized {
  std::string action;
  std::string resource;
  Decision decision;
  // The caller's session.  Use it to ask further questions about the caller.
  std::optional<Session> session;
};

// RpcGuard is thread-safe.  Copies share their rules.
class RpcGuard {
 public:
  // For each call the first rule that matches it holds.  `asker` is the session
  // by which the guard asks: Session::FromEnvironment or
  // Session::OfCaller(client) gives one.
  //
  // kInvalidArgument if a rule is wrong or there is none.  The message names a
  // wrong rule by its number, from 1.
  static absl::StatusOr<RpcGuard> Create(Session asker,
                                         std::vector<RpcRule> rules,
                                         RpcGuardOptions options = {});

  // Succeeds if the caller may call `rpc` with `request`.  Asks Rolegate and
  // waits for the answer, unless the gate has asked for this call within the
  // last second.
  //
  // kUnauthenticated if the call carries no token that Rolegate accepts.
  // kPermissionDenied if Rolegate says no, if no rule matches, if the field of
  // a placeholder is empty, or if the question is malformed.  kUnavailable if
  // the guard cannot ask Rolegate.
  // ErrorReason gives the error's name.
  absl::StatusOr<Authorized> Check(
      const grpc::ServerContextBase& context, absl::string_view rpc,
      const google::protobuf::Message& request) const;

  // Give the gate to grpc::ServerCredentials::SetAuthMetadataProcessor, which
  // works with TLS and local credentials.  If a rule has placeholders, the gate
  // lets its calls pass without asking Rolegate about their token, so the
  // handler must call Check.
  std::shared_ptr<grpc::AuthMetadataProcessor> Gate() const;

 private:
  class Rules;
  class MetadataGate;

  explicit RpcGuard(std::shared_ptr<const Rules> rules)
      : rules_(std::move(rules)) {}

  std::shared_ptr<const Rules> rules_;
};

// Converts an error of RpcGuard::Check to the status that a handler returns.
grpc::Status RefusalOf(const absl::Status& status);

// Returns the question that the guard asks about a call, so that you can test a
// table of rules without a server.  The fields of the request replace the
// placeholders of the rule.  For a public rule all members are empty.
//
// kPermissionDenied if no rule matches, or if a field is missing, is neither a
// text nor an integer, is empty or has a control character.  kInvalidArgument
// if a rule is wrong or there is none.
absl::StatusOr<rolegate::Check> QuestionOf(
    const std::vector<RpcRule>& rules, absl::string_view rpc,
    const google::protobuf::Message& request);

}  // namespace rolegate

#endif  // ROLEGATE_MIDDLEWARE_H_
