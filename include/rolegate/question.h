// Who wants to do what, with what, under which circumstances.
//
//   rolegate::engine::Question question{
//       *rolegate::engine::Subject::ByName(
//           "arn:aws:iam::123456789012:role/Reader", snapshot),
//       "s3:GetObject", "arn:aws:s3:::reports/2026.csv"};
//   question.context["aws:SourceIp"] = {"203.0.113.9"};

#ifndef ROLEGATE_QUESTION_H_
#define ROLEGATE_QUESTION_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rolegate/registry.h"

namespace rolegate {
struct Subject;
}

namespace rolegate::engine {

// Whom a question is about.  A handle that is cheap to copy and never changes.
class Subject {
 public:
  // A principal by its name:
  //
  //   arn:aws:iam::123456789012:user/alice              a user
  //   arn:aws:iam::123456789012:root, or 123456789012   an account's root user
  //   arn:aws:iam::123456789012:role/Reader             a session of the role,
  //                                     issued at `now`, without tags
  //   arn:aws:sts::123456789012:assumed-role/Reader/s   the same by its name
  //   service:ec2.amazonaws.com                         a service
  //
  // kNotFound for a role that `snapshot` does not hold, kInvalidArgument for
  // anything else that is none of these.
  static absl::StatusOr<Subject> ByName(absl::string_view name,
                                        const Snapshot& snapshot,
                                        absl::Time now = absl::Now());

  // As policies see it: a role's session by its assumed-role ARN.
  std::string arn() const;

 private:
  friend class Internals;
  explicit Subject(std::shared_ptr<const rolegate::Subject> subject);

  std::shared_ptr<const rolegate::Subject> subject_;  // never null
};

struct Question {
  Subject subject;
  std::string action;    // "s3:GetObject": one action, no pattern
  std::string resource;  // an ARN, or "*" for an action that has no resource

  // The account that owns the resource, as twelve digits.  Empty: the one in
  // its ARN, or the subject's where that names none.
  std::string resource_account = {};

  // Condition keys that whoever asks vouches for, with their values.  Those of
  // the subject, the resource and the time are Rolegate's to set.
  std::map<std::string, std::vector<std::string>> context = {};

  absl::Time time = absl::Now();  // aws:CurrentTime
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_QUESTION_H_
