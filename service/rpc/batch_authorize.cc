#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/rpc/authorizer.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

// Up to so many checks, with so many bytes of names and contexts, are answered
// on the transport's own thread.
constexpr int kMaxSmallBatch = 100;
constexpr std::uint64_t kMaxSmallBatchBytes = std::uint64_t{32} << 10;

}  // namespace

// The number of checks alone says whether other calls would wait too long.  The
// handler finds out about their bytes, which cost as much to count as to
// translate.
Admission AdmitBatchAuthorize(const v1::BatchAuthorizeRequest& request) {
  Admission admission;
  if (!request.explain() && request.checks_size() <= kMaxSmallBatch) {
    admission.lane = std::nullopt;
  }
  admission.session_token = request.session_token();
  admission.principal = request.principal();
  return admission;
}

Outcome HandleBatchAuthorize(Call& call,
                             const v1::BatchAuthorizeRequest& request,
                             v1::BatchAuthorizeResponse* response) {
  Authorizer authorizer(call);
  if (auto refusal = authorizer.Begin(request)) return refusal;
  const int limit = call.core().config.limits.max_batch_checks;
  if (request.checks_size() == 0 || request.checks_size() > limit) {
    return InvalidField("checks",
                        absl::StrCat("expected 1 to ", limit, " checks, found ",
                                     request.checks_size()));
  }
  // All are parsed before the first is decided: a batch is refused whole.
  std::vector<Check> checks;
  std::vector<RequestContext> contexts;  // of the checks that have one
  std::vector<const RequestContext*> context_of;
  checks.reserve(static_cast<std::size_t>(request.checks_size()));
  context_of.reserve(checks.capacity());
  const std::string* const common_tag = FindResourceTag(request.context());
  std::uint64_t name_bytes = 0;
  for (int i = 0; i < request.checks_size(); ++i) {
    const v1::AuthorizationCheck& each = request.checks(i);
    const CheckPath path(i);
    auto check = authorizer.Parse(each.action(), each.resource(),
                                  each.resource_account(), path);
    if (!check.ok()) return std::move(check).error();
    checks.push_back(*check);
    if (auto refusal = authorizer.CheckTag(checks.back(), common_tag)) {
      return refusal;
    }
    context_of.push_back(nullptr);
    if (!each.context().empty()) {
      if (auto refusal = authorizer.CheckTag(checks.back(),
                                             FindResourceTag(each.context()))) {
        return refusal;
      }
      contexts.reserve(checks.capacity());  // where they are, they stay
      context_of.back() = &contexts.emplace_back();
      if (auto refusal =
              authorizer.AddContext(each.context(), path, &contexts.back())) {
        return refusal;
      }
    }
    name_bytes += each.action().size() + each.resource().size();
    if (call.hurries() &&
        name_bytes + authorizer.context_bytes() > kMaxSmallBatchBytes) {
      return Outcome::GoOnIn(Lane::kCompute);
    }
  }
  for (int i = 0; i < request.checks_size(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    // In a hurry all checks together take too little for anybody to give up.
    if (!call.hurries()) {
      if (auto refusal = call.RequireWaiting()) return refusal;
    }
    if (!authorizer.Decide(checks[index], AuditKind::kBatch, context_of[index],
                           request.explain(), response->add_results())) {
      response->clear_results();
      return Outcome::GoOnIn(Lane::kCompute);
    }
    if (auto refusal = authorizer.RefuseIfExhausted()) return refusal;
  }
  response->set_registry_revision(call.snapshot()->revision());
  return Outcome::Answered();
}

}  // namespace rolegate::service
