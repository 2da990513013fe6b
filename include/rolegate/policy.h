// A Policy is one document that you read, check and decide with by itself,
// without a registry.
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
// reference").  docs/semantics.md says where Rolegate had to choose.

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
// which it must not have.
enum class PolicyKind : std::uint8_t {
  // Says what a user or a role may do.  A permissions boundary is an identity
  // policy that limits instead of granting.  Has no `Principal`.
  kIdentity,
  // Limits one session.  The caller of AssumeRole passes it.  Has no
  // `Principal`.
  kSession,
  // Says who may use a resource.  A statement without a `Principal` or
  // `NotPrincipal` loads, and matches nobody.
  kResource,
  // Says who may assume a role.  Each statement has a `Principal` or
  // `NotPrincipal`, and none has a `Resource`, because that is the role.
  kTrust,
  // A service control policy limits the principals of an account.  Has no
  // `Principal`.
  kScp,
  // A resource control policy limits the use of an account's resources.  Its
  // statements deny, and their `Principal` is `*`.  Only one that allows
  // everything, as AWS's RCPFullAWSAccess does, may allow.
  kRcp,
};

// A compiled document.  A Policy is a handle: it is cheap to copy, what it
// refers to never changes, and any number of threads may use it at once.  It
// keeps nothing of the text that it was read from.
class Policy {
 public:
  // Reads and compiles a document of at most 1 MiB, nested at most 16 deep.
  // `name` is what explanations call the policy.  It need not be unique.
  //
  // kInvalidArgument if the document does not load; the message is the first
  // fault in the form of ToString (diagnostic.h).  A document loads as a whole
  // or not at all, because to leave out one statement that denies would allow.
  //
  // If `diagnostics` is not null, every fault and every finding of the linter
  // is added to it, whether or not this function succeeds: at most 250 of each
  // severity, and one more that says how many are not listed.
  static absl::StatusOr<Policy> Parse(absl::string_view document,
                                      PolicyKind kind, absl::string_view name,
                                      Diagnostics* diagnostics = nullptr);

  // Returns the kind that Parse received.
  PolicyKind kind() const { return kind_; }

 private:
  friend class Internals;
  Policy(std::shared_ptr<const rolegate::Policy> policy, PolicyKind kind);

  std::shared_ptr<const rolegate::Policy> policy_;
  PolicyKind kind_;
};

// The policies of a decision without a registry.  A layer that is not set takes
// no part in the decision.  A layer that is set and empty allows nothing.
// Trust policies have no place here, because only a registry knows roles.
struct Policies {
  // What the subject may do: policies of kIdentity.
  std::vector<Policy> identity;
  // The most that the subject may do: policies of kIdentity.
  std::optional<std::vector<Policy>> boundary;
  // The most that the subject's session may do: policies of kSession.
  std::optional<std::vector<Policy>> session;
  // What the resource grants and denies: policies of kResource.
  std::vector<Policy> resource;
  // The most that the subject's account may do: policies of kScp, which form
  // one level of an organization.
  std::optional<std::vector<Policy>> scps;
  // What the resource's account denies: policies of kRcp, which form one level.
  std::optional<std::vector<Policy>> rcps;
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_POLICY_H_
