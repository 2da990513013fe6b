// Whether it is allowed, and why.
//
//   absl::StatusOr<rolegate::engine::Decision> decision =
//       rolegate::engine::Decide(question, snapshot);
//   if (decision.ok() && decision->allowed()) return true;
//   absl::StatusOr<rolegate::engine::Explanation> why =
//       rolegate::engine::Explain(question, snapshot);
//   if (why.ok()) std::cerr << why->lacking << "\n";
//
// Every function here is thread-safe and bounded: a question that would take
// more than a fixed number of steps is an implicit denial that says so.

#ifndef ROLEGATE_DECISION_H_
#define ROLEGATE_DECISION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rolegate/policy.h"
#include "rolegate/question.h"
#include "rolegate/registry.h"

namespace rolegate::engine {

// A denial is the zero value: a forgotten assignment refuses.
enum class Outcome : std::uint8_t {
  kImplicitDeny = 0,  // nothing that had to allow did
  kExplicitDeny,      // a statement denies
  kAllow,
};

// One statement of a policy, and where it stands.
struct Statement {
  std::string layer;   // "trust", "identity", "resource", "boundary",
                       // "session", "scp" or "rcp"
  std::string policy;  // its name
  std::string sid;     // empty if it has none
  int index = 0;       // in its document, from 0
  std::string file;    // empty if it did not come from a file
  Position position;   // in the file
};

struct Decision {
  Outcome outcome = Outcome::kImplicitDeny;

  // A sentence in AWS's form: "User: ARN is not authorized to perform: ACTION
  // on resource: ARN because no identity-based policy allows the ACTION
  // action".
  std::string reason;

  // The statement that settled it; none for an implicit denial.
  std::optional<Statement> statement;

  bool allowed() const { return outcome == Outcome::kAllow; }
};

// A statement about the action that did not match.
struct NearMiss {
  Statement statement;
  std::string cause;  // "`aws:SourceIp` is missing, IpAddress needs …"
};

struct Explanation {
  Decision decision;

  // The statements that decided: all that deny if one does, all that allow if
  // the question is allowed, none for an implicit denial.
  std::vector<Statement> matched;
  // The nearest first, at most ten.
  std::vector<NearMiss> near_misses;
  // Keys that statements for this action and resource read and that the
  // question does not have.  Sorted.
  std::vector<std::string> missing_context_keys;
  // For a denial, one sentence: the least that would have to change.
  std::string lacking;
};

// Decides by all that the snapshot knows.
//
// kInvalidArgument, naming the field, for an action, a resource, an account or
// a context key that is malformed or not the caller's to set.  kUnauthenticated
// for a subject whose role is gone or whose session was revoked.
absl::StatusOr<Decision> Decide(const Question& question,
                                const Snapshot& snapshot);

// Decides by these policies alone.  kInvalidArgument also for a policy that
// stands in a layer of another kind.
absl::StatusOr<Decision> Decide(const Question& question,
                                const Policies& policies);

// Decides once more, and tells why.  Fails as Decide does, and with
// kResourceExhausted if an explanation would take too many steps.
absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Snapshot& snapshot);
absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Policies& policies);

}  // namespace rolegate::engine

#endif  // ROLEGATE_DECISION_H_
