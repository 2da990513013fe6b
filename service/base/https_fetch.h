// Gets one small document by HTTPS.

#ifndef ROLEGATE_SERVICE_BASE_HTTPS_FETCH_H_
#define ROLEGATE_SERVICE_BASE_HTTPS_FETCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

struct FetchOptions {
  // Servers that may be asked: `HOST`, or `HOST:PORT` if it is not 443.
  std::vector<std::string> hosts;
  std::string ca;  // certificates in PEM; empty: the system's

  // Whether plain HTTP may be spoken to this machine, under --dev.
  bool plain_loopback = false;
};

// kFailedPrecondition, saying why, for a URL that the options do not allow.
absl::Status CheckUrl(const FetchOptions& options, const std::string& url);

struct Fetched {
  std::string body;
  absl::Duration max_age;  // of Cache-Control; negative: it says nothing
};

// kFailedPrecondition for a URL that the options do not allow; kUnavailable for
// anything else that fails: another status than 200 (a redirect is not
// followed), a certificate that does not hold, more than `max_bytes`, or no
// answer by the deadline.  Blocks.
absl::StatusOr<Fetched> Fetch(const FetchOptions& options,
                              const std::string& url, std::size_t max_bytes,
                              absl::Time deadline);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_HTTPS_FETCH_H_
