// A Question says who wants to do what, on which resource, and under which
// circumstances.
//
//   rolegate::engine::Question question{
//       *rolegate::engine::Subject::ByName(
//           "arn:aws:iam::123456789012:role/Reader", snapshot),
//       "s3:GetObject", "arn:aws:s3:::reports/2026.csv"};
//   question.context["aws:SourceIp"] = {"203.0.113.9"};
//
// Making a question checks nothing but the subject's name.  Decide and Explain
// (decision.h) check the other fields and say which of them is wrong.

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

// Whom a question is about.  A Subject is a handle: it is cheap to copy, what
// it refers to never changes, and any number of threads may use it at once.  It
// holds names and no rights: Decide looks up what the subject may do in the
// snapshot that you give it.
class Subject {
 public:
  // Returns the principal of this name:
  //
  //   arn:aws:iam::123456789012:user/alice              a user
  //   arn:aws:iam::123456789012:root, or 123456789012   an account's root user
  //   arn:aws:iam::123456789012:role/Reader             a session of the role
  //                                     that is named `principal`
  //   arn:aws:sts::123456789012:assumed-role/Reader/s   the same, named `s`
  //   arn:aws:sts::123456789012:federated-user/bob      a federated user
  //   service:ec2.amazonaws.com                         a service
  //
  // A session begins at `now` and lasts one hour.  It has no tags, no source
  // identity and no session policies.
  //
  // This function does not ask whether anybody may be that principal; make sure
  // of it before you ask on its behalf.  The registry need not hold a user: one
  // that it does not hold has no identity policies.
  //
  // kNotFound if `snapshot` does not hold the role.  kInvalidArgument if `name`
  // has none of these forms or is longer than 2048 bytes.
  static absl::StatusOr<Subject> ByName(absl::string_view name,
                                        const Snapshot& snapshot,
                                        absl::Time now = absl::Now());

  // Returns the name that policies compare with `aws:PrincipalArn`.  For a
  // role's session it is the ARN of the assumed role, for a service its name
  // without `service:`.
  std::string arn() const;

 private:
  friend class Internals;
  explicit Subject(std::shared_ptr<const rolegate::Subject> subject);

  std::shared_ptr<const rolegate::Subject> subject_;  // never null
};

// One question.  It is a plain value: fill it, keep it, and ask it of as many
// snapshots as you like.
struct Question {
  Subject subject;

  // One action, "s3:GetObject", of at most 256 bytes and without wildcards.
  // Upper and lower case make no difference.
  std::string action;

  // The ARN of one resource, of at most 8192 bytes, or "*" for an action that
  // has no resource.  Upper and lower case make a difference.
  std::string resource;

  // The account that owns the resource, as twelve digits.  If it is empty, the
  // owner is the account in the resource's ARN, or the subject's own account if
  // that ARN names none.  Set it for services whose ARNs have no account, such
  // as S3: a question across accounts needs an Allow on both sides.
  std::string resource_account = {};

  // The condition keys that you vouch for, with their values.  Names ignore
  // upper and lower case.  A key of your own, such as "shop:Department", may
  // not begin with one of AWS's prefixes: "aws:", "sts:", "saml:" and "iam:".
  // A key without values counts as missing.
  //
  // Rolegate itself sets the keys of the subject, the resource's owner and the
  // time, and refuses a question that sets one of them.  docs/condition-keys.md
  // lists who sets which key.  Never copy a key from what your caller sent
  // without checking it.
  std::map<std::string, std::vector<std::string>> context = {};

  // The moment of the question: aws:CurrentTime, aws:EpochTime, and the time at
  // which the subject's session must still be good.
  absl::Time time = absl::Now();
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_QUESTION_H_
