// What the headers of a request say.

#ifndef ROLEGATE_SERVICE_HTTP2_REQUEST_HEAD_H_
#define ROLEGATE_SERVICE_HTTP2_REQUEST_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service::http2 {

enum class Encoding : std::uint8_t { kIdentity, kGzip, kUnknown };

class RequestHead {
 public:
  // `max_bytes` of names and values, each pair with kOverhead beside.
  explicit RequestHead(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  static constexpr std::size_t kOverhead = 32;  // RFC 9113, 6.5.2

  // One field, as it comes.  What is too much is counted and not kept.
  void Add(absl::string_view name, absl::string_view value);

  bool too_large() const { return bytes_ > max_bytes_; }
  std::size_t bytes() const { return bytes_; }

  bool is_post() const { return is_post_; }
  bool is_grpc() const { return is_grpc_; }
  const std::string& path() const { return path_; }
  Encoding encoding() const { return encoding_; }
  const std::optional<absl::Duration>& timeout() const { return timeout_; }
  // A field that gRPC defines is not as it defines it; empty if all are.
  absl::string_view malformed() const { return malformed_; }

  // Values of names that end in `-bin` are decoded.
  MetadataValues Metadata(absl::string_view name) const;

 private:
  void AddBinary(absl::string_view name, absl::string_view value);

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  bool is_post_ = false;
  bool is_grpc_ = false;
  Encoding encoding_ = Encoding::kIdentity;
  std::string path_;
  std::optional<absl::Duration> timeout_;
  absl::string_view malformed_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_REQUEST_HEAD_H_
