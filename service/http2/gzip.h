// Messages that were compressed by gzip.

#ifndef ROLEGATE_SERVICE_HTTP2_GZIP_H_
#define ROLEGATE_SERVICE_HTTP2_GZIP_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service::http2 {

// kInternal for what is no whole gzip; kResourceExhausted as soon as more than
// `max_bytes` come out.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes,
                                   std::size_t max_bytes);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_GZIP_H_
