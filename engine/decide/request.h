// A question to the evaluator: who, what, on what, under which circumstances.

#ifndef ROLEGATE_ENGINE_DECIDE_REQUEST_H_
#define ROLEGATE_ENGINE_DECIDE_REQUEST_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/decide/principal.h"
#include "engine/decide/request_context.h"
#include "engine/text/steps.h"

namespace rolegate {

// A number for a service prefix, folded to lower case, never 0.  Services that
// differ nearly always differ in it, so that most statements need no look at
// their actions' texts.
std::uint16_t ServiceNumber(absl::string_view folded_prefix);

class ConditionMemo;

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
  // Where the ARN's sixth part begins.
  std::size_t last_part() const { return last_part_; }

 private:
  ResourceName() = default;

  absl::string_view text_;
  absl::string_view account_;
  std::size_t last_part_ = 0;
};

// Views only: everything must outlive the decision.
struct Request {
  Principal principal;
  const ActionName* action = nullptr;
  const ResourceName* resource = nullptr;

  // The account that owns the resource.  See ResolveResourceAccount.
  absl::string_view resource_account;

  const ContextKeySource* context = nullptr;

  // What answering may cost and does cost.  Null: it may cost what one check
  // usually may, kMaxCheckSteps.
  StepBudget* budget = nullptr;

  // What it may cost in all, if `budget` is for a first try alone: one whose
  // answer is thrown away if it exhausts the budget.
  std::uint64_t max_steps = 0;

  // What conditions came to in other questions of the same call; may be null.
  ConditionMemo* memo = nullptr;
};

// The account that owns a resource: `named` if it is given, else the one in
// the resource's ARN, else the principal's own.
absl::string_view ResolveResourceAccount(absl::string_view named,
                                         const ResourceName& resource,
                                         const Principal& principal);

// Whether the action on this resource is governed by a role's trust policy:
// one of the five `sts:` actions, on an IAM role's ARN.
bool IsTrustRequest(const ActionName& action, const ResourceName& resource);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_REQUEST_H_
