#include "engine/sts/subject_keys.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "engine/policy/context_keys.h"
#include "engine/text/case_folding.h"

namespace rolegate {
namespace {

constexpr absl::string_view kAnonymous = "anonymous";

// Rule 167.  AWS: the table of principal key values in "IAM policy elements:
// Variables and tags", IAM User Guide.
absl::string_view PrincipalTypeOf(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
      return "Account";
    case PrincipalKind::kUser:
      return "User";
    case PrincipalKind::kFederatedUser:
      return "FederatedUser";
    case PrincipalKind::kRoleSession:
      return "AssumedRole";
    case PrincipalKind::kAnonymous:
      return "Anonymous";
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return "";
}

absl::string_view NameInArn(absl::string_view arn) {
  return arn.substr(arn.rfind('/') + 1);
}

// Writes `value` with leading zeros and moves on.
void AppendDigits(std::int64_t value, int digits, char** at) {
  for (int i = digits - 1; i >= 0; --i) {
    (*at)[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  *at += digits;
}

}  // namespace

// Writes the time by hand, because absl::FormatTime makes a string and asks for
// the time zone.
void SubjectKeys::Text::SetTime(absl::Time time) {
  const absl::CivilSecond t =
      absl::CivilSecond(1970) + absl::ToUnixSeconds(time);
  if (t.year() < 0 || t.year() > 9999) {
    const std::string text = absl::FormatTime(time, absl::UTCTimeZone());
    size_ = text.copy(bytes_.data(), bytes_.size());
    return;
  }
  char* at = bytes_.data();
  AppendDigits(t.year(), 4, &at);
  for (const auto& [mark, value] :
       {std::pair('-', t.month()), std::pair('-', t.day()),
        std::pair('T', t.hour()), std::pair(':', t.minute()),
        std::pair(':', t.second())}) {
    *at++ = mark;
    AppendDigits(value, 2, &at);
  }
  *at++ = 'Z';
  size_ = static_cast<std::size_t>(at - bytes_.data());
}

void SubjectKeys::Text::SetEpoch(absl::Time time) {
  char* const begin = bytes_.data();
  const std::to_chars_result result =
      std::to_chars(begin, begin + bytes_.size(), absl::ToUnixSeconds(time));
  size_ = static_cast<std::size_t>(result.ptr - begin);
}

absl::string_view OrganizationPathOf(const OrganizationMember* member) {
  return member == nullptr || member->org_paths.empty()
             ? absl::string_view()
             : member->org_paths.front();
}

// The keys that have one value, each with the function that works it out, found
// by a few bits of their hash: every key of every condition is looked for.
class SubjectKeys::Table {
 public:
  struct Row {
    ContextKey key;
    absl::string_view (SubjectKeys::*value)() const = nullptr;
  };

  constexpr Table() {
    for (const Row& row : {
             Row{keys::kPrincipalArn, &SubjectKeys::PrincipalArn},
             Row{keys::kPrincipalAccount, &SubjectKeys::PrincipalAccount},
             Row{keys::kPrincipalType, &SubjectKeys::PrincipalType},
             Row{keys::kPrincipalIsAwsService, &SubjectKeys::IsAwsService},
             Row{keys::kPrincipalServiceName, &SubjectKeys::ServiceName},
             // A list of one.
             Row{keys::kPrincipalServiceNamesList, &SubjectKeys::ServiceName},
             Row{keys::kPrincipalOrgId, &SubjectKeys::OrganizationId},
             // A list of one, too: an account stands at one place.
             Row{keys::kPrincipalOrgPaths, &SubjectKeys::OrganizationPath},
             Row{keys::kUserId, &SubjectKeys::UserId},
             Row{keys::kUserName, &SubjectKeys::UserName},
             Row{keys::kSourceIdentity, &SubjectKeys::SourceIdentity},
             Row{keys::kFederatedProvider, &SubjectKeys::FederatedProvider},
             Row{keys::kCurrentTime, &SubjectKeys::CurrentTime},
             Row{keys::kEpochTime, &SubjectKeys::EpochTime},
             Row{keys::kTokenIssueTime, &SubjectKeys::TokenIssueTime},
         }) {
      Row& slot = rows_[SlotOf(row.key)];
      if (slot.value != nullptr) collides_ = true;
      slot = row;
    }
  }

  constexpr bool collides() const { return collides_; }

  // Null for a key of others.
  const Row* Find(const ContextKey& key) const {
    const Row& row = rows_[SlotOf(key)];
    return row.value != nullptr && row.key == key ? &row : nullptr;
  }

 private:
  static constexpr int kBits = 8;

  static constexpr std::size_t SlotOf(const ContextKey& key) {
    return key.hash >> (64 - kBits);
  }

  std::array<Row, std::size_t{1} << kBits> rows_;
  bool collides_ = false;
};

absl::string_view SubjectKeys::ValueOf(const ContextKey& key) const {
  static constexpr Table kTable;
  static_assert(!kTable.collides(), "take other bits of the hash");
  const Table::Row* const row = kTable.Find(key);
  return row == nullptr ? absl::string_view() : (this->*row->value)();
}

bool SubjectKeys::Get(const ContextKey& key, ContextValues* values) const {
  if (const absl::string_view value = ValueOf(key); !value.empty()) {
    *values = ContextValues(value);
    return true;
  }
  absl::string_view name = key.name;
  if (ConsumeKeyFamily(keys::kPrincipalTag, &name)) return GetTag(name, values);
  return facts_.session != nullptr && !facts_.session->identity_keys.empty() &&
         GetIdentityKey(key, values);
}

bool SubjectKeys::BelongsToAccount() const {
  return facts_.principal.kind != PrincipalKind::kAnonymous &&
         facts_.principal.kind != PrincipalKind::kService &&
         !facts_.principal.account.empty();
}

absl::string_view SubjectKeys::PrincipalArn() const {
  return BelongsToAccount() ? facts_.principal.entity_arn : absl::string_view();
}

absl::string_view SubjectKeys::PrincipalAccount() const {
  if (facts_.principal.kind == PrincipalKind::kAnonymous) return kAnonymous;
  return BelongsToAccount() ? facts_.principal.account : absl::string_view();
}

absl::string_view SubjectKeys::PrincipalType() const {
  return PrincipalTypeOf(facts_.principal.kind);
}

absl::string_view SubjectKeys::IsAwsService() const {
  switch (facts_.principal.kind) {
    case PrincipalKind::kAnonymous:
      return {};
    case PrincipalKind::kService:
      return "true";
    default:
      return "false";
  }
}

absl::string_view SubjectKeys::ServiceName() const {
  return facts_.principal.kind == PrincipalKind::kService ? facts_.principal.arn
                                                          : absl::string_view();
}

absl::string_view SubjectKeys::OrganizationId() const {
  return facts_.member != nullptr ? facts_.member->organization_id
                                  : absl::string_view();
}

absl::string_view SubjectKeys::OrganizationPath() const {
  return OrganizationPathOf(facts_.member);
}

absl::string_view SubjectKeys::UserId() const {
  if (facts_.session != nullptr) {
    return JoinedId(facts_.session->role_id, facts_.session->session_name);
  }
  if (facts_.principal.kind == PrincipalKind::kAnonymous) return kAnonymous;
  if (!BelongsToAccount()) return {};
  switch (facts_.principal.kind) {
    case PrincipalKind::kRoot:
      return facts_.principal.account;
    case PrincipalKind::kUser:
      return facts_.user != nullptr ? facts_.user->user_id
                                    : absl::string_view();
    case PrincipalKind::kFederatedUser:
      return JoinedId(facts_.principal.account,
                      NameInArn(facts_.principal.arn));
    default:
      return {};
  }
}

// "AROA…:session"
absl::string_view SubjectKeys::JoinedId(absl::string_view first,
                                        absl::string_view second) const {
  if (user_id_.empty()) {
    user_id_.insert(user_id_.end(), first.begin(), first.end());
    user_id_.push_back(':');
    user_id_.insert(user_id_.end(), second.begin(), second.end());
  }
  return {user_id_.data(), user_id_.size()};
}

absl::string_view SubjectKeys::UserName() const {
  return facts_.principal.kind == PrincipalKind::kUser
             ? NameInArn(facts_.principal.arn)
             : absl::string_view();
}

absl::string_view SubjectKeys::SourceIdentity() const {
  return facts_.session != nullptr ? facts_.session->source_identity
                                   : absl::string_view();
}

absl::string_view SubjectKeys::FederatedProvider() const {
  return facts_.session != nullptr ? facts_.session->federated_provider
                                   : absl::string_view();
}

// Returns what the session's identity provider said.  The values of all keys
// lie in one row.  The row is made once, so that values which were given out
// stay valid.
bool SubjectKeys::GetIdentityKey(const ContextKey& key,
                                 ContextValues* values) const {
  const std::vector<SessionKey>& keys = facts_.session->identity_keys;
  if (identity_values_.empty()) {
    for (const SessionKey& each : keys) {
      identity_values_.insert(identity_values_.end(), each.values.begin(),
                              each.values.end());
    }
  }
  std::size_t begin = 0;
  for (const SessionKey& each : keys) {
    if (absl::EqualsIgnoreCase(each.name, key.name)) {
      *values = ContextValues(absl::MakeConstSpan(identity_values_)
                                  .subspan(begin, each.values.size()));
      return true;
    }
    begin += each.values.size();
  }
  return false;
}

absl::string_view SubjectKeys::CurrentTime() const {
  if (has_clock_ && current_time_.empty()) current_time_.SetTime(now_);
  return has_clock_ ? current_time_.view() : absl::string_view();
}

absl::string_view SubjectKeys::EpochTime() const {
  if (has_clock_ && epoch_time_.empty()) epoch_time_.SetEpoch(now_);
  return has_clock_ ? epoch_time_.view() : absl::string_view();
}

// Rule 131: what denies older sessions compares this moment.
absl::string_view SubjectKeys::TokenIssueTime() const {
  if (facts_.session == nullptr || !has_clock_) return {};
  if (issue_time_.empty()) issue_time_.SetTime(facts_.session->issued_at);
  return issue_time_.view();
}

// Rule 168: the session's tags are over those of its role, and of two whose
// keys differ in letter case only the later one counts.
bool SubjectKeys::GetTag(absl::string_view tag_key,
                         ContextValues* values) const {
  const auto find = [&](absl::Span<const Tag> tags) {
    const auto tag = std::find_if(
        tags.rbegin(), tags.rend(),
        [&](const Tag& each) { return EqualNames(each.key, tag_key); });
    if (tag == tags.rend()) return false;
    *values = ContextValues(absl::string_view(tag->value));
    return true;
  };
  return (facts_.session != nullptr && find(facts_.session->tags)) ||
         find(facts_.tags) ||
         (facts_.role != nullptr && find(facts_.role->tags())) ||
         (facts_.user != nullptr && find(facts_.user->tags));
}

}  // namespace rolegate
