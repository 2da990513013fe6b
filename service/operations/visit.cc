#include "service/operations/visit.h"

#include "absl/strings/str_cat.h"
#include "service/identity/administration.h"

namespace rolegate::service {
namespace {

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

http1::Answer ErrorPage(const ApiError& error) {
  http1::Answer answer;
  answer.status = HttpStatusOf(StatusCodeOf(error.code));
  answer.body = absl::StrCat(ErrorName(error.code), ": ", error.message, "\n");
  // RFC 9110 demands it.  A certificate has no scheme of HTTP.
  if (answer.status == 401) answer.headers = "www-authenticate: Bearer\r\n";
  return answer;
}

Call& Visit::call() {
  if (!call_.has_value()) {
    call_.emplace(core_, &core_->config.operations, request_.incoming);
  }
  return *call_;
}

std::optional<http1::Answer> Visit::Refuse(absl::string_view action,
                                           Record record) {
  if (Refusal refusal = call().Identify()) return ErrorPage(*refusal);
  if (record == Record::kRefusalsOnly &&
      call().MayAdminister(action, kRegistryResource)) {
    return std::nullopt;
  }
  Refusal refusal = call().RequireAdministration(action, kRegistryResource);
  if (!refusal.has_value()) return std::nullopt;
  return ErrorPage(*refusal);
}

}  // namespace rolegate::service
