// A request to a page, and who makes it.

#ifndef ROLEGATE_SERVICE_OPERATIONS_VISIT_H_
#define ROLEGATE_SERVICE_OPERATIONS_VISIT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "service/answer/call.h"
#include "service/http1/message.h"

namespace rolegate::service {

// For one request, while its handler runs.
class Visit {
 public:
  // All of them must outlive the visit.
  Visit(Core* core, const http1::Request* request)
      : core_(core), request_(*request) {}

  const http1::Request& request() const { return request_; }
  absl::string_view query() const { return request_.query; }

  // Whether `operations_listen` asks who its callers are.  Off loopback it
  // always does.  If not, everybody who reaches it is an unnamed user of this
  // machine, or under --dev who it says.
  bool guarded() const { return core_->config.operations.demands_proof(); }

  // The visit as a call of the API: who calls (Identify), and what it may
  // administer (RequireAdministration), by the same code and with the same
  // audit records.
  Call& call();

  // Whether a permitted use of an action leaves an audit record, too.
  enum class Record : std::uint8_t { kAll, kRefusalsOnly };

  // Nothing if the caller may take the administration action on the registry.
  // Otherwise the answer to give: 401 if nobody knows who calls, 403 if it may
  // not, 429 or 503 if it is to try again.
  std::optional<http1::Answer> Refuse(absl::string_view action,
                                      Record record = Record::kAll);

 private:
  Core* const core_;
  const http1::Request& request_;
  std::optional<Call> call_;
};

// The page that tells of an error.
http1::Answer ErrorPage(const ApiError& error);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OPERATIONS_VISIT_H_
