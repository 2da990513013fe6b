// The answer to a request, layer by layer.

#ifndef ROLEGATE_ENGINE_DECIDE_DECISION_H_
#define ROLEGATE_ENGINE_DECIDE_DECISION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

class Policy;
class StatementView;

// Deny is the zero value: a forgotten assignment refuses.
enum class Verdict : std::uint8_t { kImplicitDeny = 0, kExplicitDeny, kAllow };

// "ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY".
absl::string_view VerdictName(Verdict verdict);

// The kinds of policy that take part in a decision.  A role's trust policy
// takes the resource policy's place when the request is to assume the role.
enum class Layer : std::uint8_t {
  kTrust,
  kIdentity,
  kResource,
  kBoundary,
  kSession,
  kScp,
  kRcp,
};
inline constexpr std::size_t kLayerCount = 7;

// "trust", "identity", "resource", "boundary", "session", "scp", "rcp".
absl::string_view LayerName(Layer layer);

// How closely the principal element of a resource policy named the caller,
// the strongest last.  What a grant is worth depends on it (combine.cc).
enum class MatchLevel : std::uint8_t {
  kNone,
  kAccount,  // its account: delegates to the account's identity policies
  kEntity,   // the role behind a session, the user behind a federated one
  kDirect,   // the very caller, or everyone
};

// A statement of a policy.  Points into the policy, which must outlive it.
struct StatementRef {
  const Policy* policy = nullptr;
  int index = -1;  // in the order of the document

  explicit operator bool() const { return policy != nullptr; }

  // The statement itself, and where it stands in its file.  The reference must
  // be set.
  StatementView view() const;
  Position position() const;

  friend bool operator==(const StatementRef&, const StatementRef&) = default;
};

// The outcome of one layer.
struct LayerOutcome {
  bool present = false;  // whether the layer took part at all
  Verdict verdict = Verdict::kImplicitDeny;
  MatchLevel level = MatchLevel::kNone;  // of the strongest matching Allow;
                                         // trust and resource layers only
  StatementRef deciding;  // the first that denies, else the first that allows

  friend bool operator==(const LayerOutcome&, const LayerOutcome&) = default;
};

// Why the verdict is what it is.
enum class Reason : std::uint8_t {
  kNoAllow,           // no policy that had to allow did
  kExplicitDeny,      // `layer` denies
  kAllowed,           // `layer` granted
  kLimited,           // `layer`, which must allow too, did not
  kRootMayNotAssume,  // roles may not be assumed by root accounts
  kMissingPolicy,     // a policy attached to the principal is not held
  kForeignPresenter,  // the session is bound to somebody else
  kBudgetExceeded,    // answering takes more steps than a check may
};

// The client's answer is called rolegate::Decision too.  This namespace keeps
// the two apart in programs that link both, such as the command line.
inline namespace decide {

struct Decision {
  Verdict verdict = Verdict::kImplicitDeny;
  Reason reason = Reason::kNoAllow;
  Layer layer = Layer::kIdentity;  // the one that `reason` speaks of
  bool cross_account = false;
  std::array<LayerOutcome, kLayerCount> layers;

  bool allowed() const { return verdict == Verdict::kAllow; }
  const LayerOutcome& operator[](Layer which) const {
    return layers[static_cast<std::size_t>(which)];
  }
  LayerOutcome& operator[](Layer which) {
    return layers[static_cast<std::size_t>(which)];
  }

  // The statement that settled the verdict; none for an implicit deny.
  StatementRef deciding() const;
};

}  // namespace decide

// One sentence in AWS's form: "User: ARN is not authorized to perform: ACTION
// on resource: ARN because no identity-based policy allows the ACTION action".
// Takes the place of `text`.
void DescribeDecision(const Decision& decision, absl::string_view principal,
                      absl::string_view action, absl::string_view resource,
                      std::string* text);

// Says in words which kind of policy allows: "allowed by an identity-based
// policy".  Takes the place of `text`.
void DescribeGrant(const Decision& decision, std::string* text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_DECISION_H_
