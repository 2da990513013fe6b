// Snapshots and questions for measuring decisions in this process.

#ifndef ROLEGATE_BENCH_QUESTIONS_H_
#define ROLEGATE_BENCH_QUESTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/decide/request.h"
#include "engine/decide/request_context.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/question.h"
#include "engine/sts/subject.h"

namespace rolegate::bench {

// Loads texts as files of a registry; ends the program if they have faults.
std::shared_ptr<const Snapshot> LoadTexts(std::vector<std::string> texts);

// `count` typical roles, in exports.
std::shared_ptr<const Snapshot> LoadTypicalRoles(int count);

// One principal asking one question again and again.  The session is verified
// and the names are parsed: what is left is what the policy engine does.
class Question {
 public:
  // `principal` is a role of the snapshot.
  Question(std::shared_ptr<const Snapshot> snapshot, const std::string& role,
           const std::string& action, std::string resource);

  // One whole decision, with everything that a request by itself needs.
  bool Ask() const {
    const Circumstances circumstances(*snapshot_, options_, subject_, context_,
                                      now_);
    return Decide(rolegate::Question(circumstances, action_, resource_, ""))
        .allowed();
  }
  const Snapshot& snapshot() const { return *snapshot_; }
  const Subject& subject() const { return subject_; }
  const RequestContext& context() const { return context_; }
  const ActionName& action() const { return action_; }
  const ResourceName& resource() const { return resource_; }
  const AccessOptions& options() const { return options_; }
  absl::Time now() const { return now_; }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
  const AccessOptions options_;
  const absl::Time now_;
  const Subject subject_;
  const std::string resource_text_;
  const ActionName action_;
  const ResourceName resource_;
  RequestContext context_;
};

// Questions of many roles in the order in which they come, drawn beforehand.
class Crowd {
 public:
  // Asks for the first `roles` roles: by Zipf's law with exponent 1, or all
  // alike.
  Crowd(std::shared_ptr<const Snapshot> snapshot, int roles, bool zipf,
        int questions);

  bool Ask(int i) const;
  int size() const { return static_cast<int>(order_.size()); }

 private:
  struct Member {
    Subject subject;
    std::string resource_text;
    ResourceName resource;
  };

  const std::shared_ptr<const Snapshot> snapshot_;
  const AccessOptions options_;
  const absl::Time now_;
  const ActionName action_;
  RequestContext context_;
  std::vector<std::unique_ptr<const Member>> members_;
  std::vector<const Member*> order_;
};

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_QUESTIONS_H_
