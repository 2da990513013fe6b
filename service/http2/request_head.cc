#include "service/http2/request_head.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "service/http2/grpc_text.h"

namespace rolegate::service::http2 {

void RequestHead::Add(absl::string_view name, absl::string_view value) {
  bytes_ += name.size() + value.size() + kOverhead;
  if (too_large()) return;
  if (absl::StartsWith(name, ":")) {
    if (name == ":method") is_post_ = value == "POST";
    if (name == ":path") path_ = std::string(value);
  } else if (name == "content-type") {
    is_grpc_ = IsGrpcContentType(value);
  } else if (name == "grpc-timeout") {
    timeout_ = ParseTimeout(value);
    if (!timeout_.has_value()) malformed_ = "grpc-timeout";
  } else if (name == "grpc-encoding") {
    encoding_ = value == "identity" ? Encoding::kIdentity
                : value == "gzip"   ? Encoding::kGzip
                                    : Encoding::kUnknown;
  } else if (name == "te" || name == "grpc-accept-encoding") {
    // Answers are not compressed, and always have trailers.
  } else if (absl::EndsWith(name, "-bin")) {
    AddBinary(name, value);
  } else {
    metadata_.emplace_back(name, value);
  }
}

void RequestHead::AddBinary(absl::string_view name, absl::string_view value) {
  bool first = true;
  for (const absl::string_view part : absl::StrSplit(value, ',')) {
    // Each is a pair of its own, however short it is.
    if (!first) bytes_ += name.size() + kOverhead;
    first = false;
    if (too_large()) return;
    std::optional<std::string> bytes = DecodeBinary(part);
    if (bytes.has_value()) {
      metadata_.emplace_back(name, *std::move(bytes));
    } else {
      malformed_ = "binary metadata";
    }
  }
}

MetadataValues RequestHead::Metadata(absl::string_view name) const {
  MetadataValues values;
  for (const auto& [key, value] : metadata_) {
    if (key != name) continue;
    if (values.count++ == 0) values.first = value;
  }
  return values;
}

}  // namespace rolegate::service::http2
