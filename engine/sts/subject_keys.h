// The condition keys that tell of a subject and of the moment: what the
// registry, the session and the clock know, whatever is asked.

#ifndef ROLEGATE_ENGINE_STS_SUBJECT_KEYS_H_
#define ROLEGATE_ENGINE_STS_SUBJECT_KEYS_H_

#include <array>
#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/principal.h"
#include "engine/decide/request_context.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/role_session.h"

namespace rolegate {

// The known facts about a subject.  A pointer is null for a fact that it does
// not have.  These are views only.
struct SubjectFacts {
  Principal principal;
  const RoleSession* session = nullptr;
  const Role* role = nullptr;  // of the session
  const User* user = nullptr;
  absl::Span<const Tag> tags;  // of a principal that was identified with some
  const OrganizationMember* member = nullptr;  // of the principal's account
};

// Works a key out when it is asked for, as most never are, and allocates
// nothing for it.  For one thread, as it remembers the texts that it made.
class SubjectKeys {
 public:
  // `facts` must outlive it.
  SubjectKeys(const SubjectFacts& facts, absl::Time now)
      : facts_(facts), now_(now) {}

  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;

  // Whether the subject or the clock has a value for the key.
  bool Get(const ContextKey& key, ContextValues* values) const;

  // Forgets what time it is and when the session was issued.
  void RemoveClock() { has_clock_ = false; }

 private:
  // A text that was made here.
  class Text {
   public:
    bool empty() const { return size_ == 0; }
    absl::string_view view() const { return {bytes_.data(), size_}; }
    void SetTime(absl::Time time);   // "2024-05-01T10:00:00Z"
    void SetEpoch(absl::Time time);  // "1714557600"

   private:
    std::array<char, 32> bytes_;
    std::size_t size_ = 0;
  };

  class Table;

  // The value of a key that has one; empty if the subject has none.
  absl::string_view ValueOf(const ContextKey& key) const;
  bool BelongsToAccount() const;
  absl::string_view PrincipalArn() const;
  absl::string_view PrincipalAccount() const;
  absl::string_view PrincipalType() const;
  absl::string_view IsAwsService() const;
  absl::string_view ServiceName() const;
  absl::string_view OrganizationId() const;
  absl::string_view OrganizationPath() const;
  absl::string_view UserId() const;
  absl::string_view JoinedId(absl::string_view first,
                             absl::string_view second) const;
  absl::string_view UserName() const;
  absl::string_view SourceIdentity() const;
  absl::string_view FederatedProvider() const;
  absl::string_view CurrentTime() const;
  absl::string_view EpochTime() const;
  absl::string_view TokenIssueTime() const;
  bool GetTag(absl::string_view tag_key, ContextValues* values) const;
  bool GetIdentityKey(const ContextKey& key, ContextValues* values) const;

  const SubjectFacts& facts_;
  const absl::Time now_;
  bool has_clock_ = true;

  // Made when they were first asked for.
  mutable Text current_time_;
  mutable Text epoch_time_;
  mutable Text issue_time_;
  mutable absl::InlinedVector<char, 128> user_id_;
  mutable absl::InlinedVector<absl::string_view, 8> identity_values_;
};

// The path of an account in its organisation, of which there is one; empty for
// null.
absl::string_view OrganizationPathOf(const OrganizationMember* member);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_SUBJECT_KEYS_H_
