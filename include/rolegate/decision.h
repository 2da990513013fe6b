// Decide says whether a question is allowed.  Explain also says why.
//
//   absl::StatusOr<rolegate::engine::Decision> decision =
//       rolegate::engine::Decide(question, snapshot);
//   if (decision.ok() && decision->allowed()) return true;
//   absl::StatusOr<rolegate::engine::Explanation> why =
//       rolegate::engine::Explain(question, snapshot);
//   if (why.ok()) std::cerr << why->lacking << "\n";
//
// The order of precedence is AWS's (IAM User Guide, "Policy evaluation logic"
// and "Cross-account policy evaluation logic").  docs/semantics.md lists each
// rule with the test that holds it.
//
// Every function here is thread-safe, takes no locks, and keeps nothing of its
// arguments.  The answers are plain values that own all their texts, so they
// outlive the question and the snapshot.
//
// The work is bounded.  It is counted in steps of about a nanosecond and never
// in time, so a busy machine gives the same answers as an idle one.  A decision
// may take sixteen million steps, an explanation forty million.

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

// What the policies say.  The zero value denies, so that a variable which
// nobody assigned refuses.
enum class Outcome : std::uint8_t {
  // No statement denies, but a layer that had to allow does not.  A decision
  // that exceeds its budget of steps has this outcome, too.
  kImplicitDeny = 0,
  // A statement with `"Effect": "Deny"` matches.  No Allow overrides it.
  kExplicitDeny,
  // Every layer that must allow does, and no statement denies.
  kAllow,
};

// One statement of a policy, and where it stands.
struct Statement {
  // The kind of policy: "trust", "identity", "resource", "boundary",
  // "session", "scp" or "rcp".
  std::string layer;
  // The name of an inline policy, the ARN of a managed policy, or the name that
  // Policy::Parse received.
  std::string policy;
  // The statement's `Sid`.  Empty if it has none.
  std::string sid;
  // The statement's number in its document, from 0.
  int index = 0;
  // The file, as a path in the registry's directory.  Empty for a policy that
  // did not come from a file.
  std::string file;
  // The place of the statement in its file, or in the text that Policy::Parse
  // read.
  Position position;
};

// The answer to a question.
struct Decision {
  Outcome outcome = Outcome::kImplicitDeny;

  // A sentence in AWS's form: "User: ARN is not authorized to perform: ACTION
  // on resource: ARN because no identity-based policy allows the ACTION
  // action".  It names "EvaluationBudgetExceeded" if the policies that apply
  // take more steps than a decision may.
  std::string reason;

  // The statement that settled the answer: the first that denies, or else the
  // first that allows.  Not set for an implicit denial.
  std::optional<Statement> statement;

  // Whether the subject may act.  Anything else than kAllow is a denial.
  bool allowed() const { return outcome == Outcome::kAllow; }
};

// A statement about the action that did not match.
struct NearMiss {
  Statement statement;
  // What did not match, and what the statement needs: "`aws:SourceIp` is
  // missing, IpAddress needs `10.0.0.0/8`".
  std::string cause;
};

// A decision with its reasons.  An explanation repeats texts of policies and of
// the question, so show it only to somebody who may read both.
struct Explanation {
  // What Decide returns for the same question.
  Decision decision;

  // The statements that decided: all that deny if one denies, all that allow if
  // the question is allowed, and none for an implicit denial.
  std::vector<Statement> matched;
  // For an implicit denial the statements that would have allowed; for an
  // allowed question those that would have denied if a condition had held.  The
  // nearest come first.  There are at most ten.  Empty for an explicit denial.
  std::vector<NearMiss> near_misses;
  // The condition keys that statements for this action and resource read, and
  // for which the question has no value.  Sorted, each once.  AWS's policy
  // simulator calls them MissingContextValues.
  std::vector<std::string> missing_context_keys;
  // For a denial, the least that would have to change, in one sentence.  Empty
  // if the question is allowed.
  std::string lacking;
};

// Decides by all that the snapshot knows.  A denial is an answer and not an
// error.  If an error occurs, you have no decision; refuse.
//
// kInvalidArgument if the action, the resource, the account or a context key is
// malformed, or if the caller may not set that key.  The message begins with
// the name of the field: "`action`: …".
// kUnauthenticated if the subject is a role's session that has expired or was
// revoked, or whose role is not the one in the snapshot any more.
absl::StatusOr<Decision> Decide(const Question& question,
                                const Snapshot& snapshot);

// Decides by these policies alone, as if there were no registry.  The subject
// is a user, an account's root user or a service.
//
// Fails as the function above does.  kInvalidArgument also if a policy stands
// in a layer of another kind.  kUnauthenticated for each role's session,
// because nothing here knows the role.
absl::StatusOr<Decision> Decide(const Question& question,
                                const Policies& policies);

// Decides, and tells why.  This looks at every statement and allocates, so it
// takes many times as long as Decide.
//
// Fails as Decide does.  kResourceExhausted if the explanation would take too
// many steps; Decide still answers such a question.
absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Snapshot& snapshot);
absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Policies& policies);

}  // namespace rolegate::engine

#endif  // ROLEGATE_DECISION_H_
