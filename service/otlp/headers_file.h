// Headers for a collector, such as a token, in a file.

#ifndef ROLEGATE_SERVICE_OTLP_HEADERS_FILE_H_
#define ROLEGATE_SERVICE_OTLP_HEADERS_FILE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Lines `NAME: VALUE`; empty ones, and those that begin with `#`, say nothing.
// Names are returned in lower case.  kInvalidArgument, naming the line and
// never what stands in it, for a name or a value that gRPC's metadata cannot
// carry and for names that gRPC keeps for itself.
absl::StatusOr<Headers> ParseHeaders(absl::string_view text);

// The same of a file, of at most 16 KiB.  The errors name the file:
// kPermissionDenied also if others can read it.
absl::StatusOr<Headers> ReadHeadersFile(const std::string& path);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OTLP_HEADERS_FILE_H_
