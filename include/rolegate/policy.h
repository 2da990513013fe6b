// Policy documents by themselves: read, checked, and decided with.
//
//   rolegate::Diagnostics faults;
//   absl::StatusOr<rolegate::engine::Policy> policy =
//       rolegate::engine::Policy::Parse(
//           R"({"Version": "2012-10-17", "Statement": {
//                 "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}})",
//           rolegate::engine::PolicyKind::kIdentity, "reader", &faults);
//   if (!policy.ok()) std::cerr << policy.status() << "\n";
//
// The language is that of AWS (IAM User Guide, "IAM JSON policy elements
// reference"); docs/semantics.md says where Rolegate had to choose.

#ifndef ROLEGATE_POLICY_H_
#define ROLEGATE_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rolegate/diagnostic.h"

namespace rolegate {
class Policy;
}

namespace rolegate::engine {

class Internals;

// What a document is for.  It decides which elements the document must have and
// must not have.  A permissions boundary is an identity policy that is used
// otherwise.
enum class PolicyKind : std::uint8_t {
  kIdentity,  // of a user or a role
  kSession,   // passed to AssumeRole
  kResource,  // of a resource; names principals
  kTrust,     // says who may assume a role
  kScp,       // a service control policy
  kRcp,       // a resource control policy
};

// A document that loads, compiled.  A handle that is cheap to copy; what it
// refers to never changes and may be used by any number of threads at once.
class Policy {
 public:
  // Reads a document of at most 1 MiB.  `name` stands in explanations.
  //
  // kInvalidArgument, with the first fault as its message, if the document does
  // not load: what is not understood is refused whole, for to leave out one
  // statement that denies would allow.  `diagnostics` may be null; otherwise it
  // receives every fault and what the linter finds, also when this succeeds.
  static absl::StatusOr<Policy> Parse(absl::string_view document,
                                      PolicyKind kind, absl::string_view name,
                                      Diagnostics* diagnostics = nullptr);

  PolicyKind kind() const { return kind_; }

 private:
  friend class Internals;
  Policy(std::shared_ptr<const rolegate::Policy> policy, PolicyKind kind);

  std::shared_ptr<const rolegate::Policy> policy_;
  PolicyKind kind_;
};

// The policies that a decision without a registry is made by.  A layer that is
// not set takes no part; one that is set and empty allows nothing.  Each holds
// policies of the kind of its name, and `boundary` holds identity policies.
struct Policies {
  std::vector<Policy> identity;
  std::optional<std::vector<Policy>> boundary;
  std::optional<std::vector<Policy>> session;
  std::vector<Policy> resource;
  std::optional<std::vector<Policy>> scps;  // one level of an organization
  std::optional<std::vector<Policy>> rcps;  // the same
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_POLICY_H_
