// The name of an action that is asked for: `s3:GetObject`.

#ifndef ROLEGATE_ENGINE_POLICY_ACTION_NAME_H_
#define ROLEGATE_ENGINE_POLICY_ACTION_NAME_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// A number for a service prefix, folded to lower case, never 0.  Services that
// differ nearly always differ in it, so that most statements need no look at
// their actions' texts.
std::uint16_t ServiceNumber(absl::string_view folded_prefix);

// An action that is asked for: `prefix:name`, compared without regard to
// case.  Holds its folded copy inline, so that asking allocates nothing.
class ActionName {
 public:
  static constexpr std::size_t kMaxBytes = 256;

  // kInvalidArgument unless `text` is `prefix:name` with exactly one colon,
  // no wildcard, no white space, and at most kMaxBytes long.
  static absl::StatusOr<ActionName> Parse(absl::string_view text);

  ActionName(const ActionName& other) { *this = other; }
  ActionName& operator=(const ActionName& other);

  // Folded to lower case.
  absl::string_view folded() const { return {folded_.data(), size_}; }
  absl::string_view folded_name() const {
    return folded().substr(prefix_size_ + 1);
  }
  absl::string_view folded_prefix() const {
    return folded().substr(0, prefix_size_);
  }
  std::uint16_t service_number() const { return service_number_; }

 private:
  ActionName() = default;

  std::array<char, kMaxBytes> folded_;
  std::size_t size_ = 0;
  std::size_t prefix_size_ = 0;
  std::uint16_t service_number_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_ACTION_NAME_H_
