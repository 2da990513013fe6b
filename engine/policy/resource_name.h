// The name of a resource that is asked about: its ARN.

#ifndef ROLEGATE_ENGINE_POLICY_RESOURCE_NAME_H_
#define ROLEGATE_ENGINE_POLICY_RESOURCE_NAME_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// A resource that is asked about: an ARN, or `*` for an action that has none.
class ResourceName {
 public:
  static constexpr std::size_t kMaxBytes = 8192;

  // kInvalidArgument unless `text` is `*` or an ARN of six parts without a
  // wildcard in its first five (AWS never authorizes a pattern), at most
  // kMaxBytes long.  A view: `text` must outlive the name.
  static absl::StatusOr<ResourceName> Parse(absl::string_view text);

  absl::string_view text() const { return text_; }
  bool is_none() const { return text_ == "*"; }
  // The ARN's account part; empty for `*` and for ARNs without one (S3).
  absl::string_view account() const { return account_; }
  // The offset in `text()` at which the ARN's sixth part begins.
  std::size_t last_part() const { return last_part_; }

 private:
  ResourceName() = default;

  absl::string_view text_;
  absl::string_view account_;
  std::size_t last_part_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_RESOURCE_NAME_H_
