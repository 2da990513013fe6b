#include "client/cli/audit_memory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/policy/context_keys.h"
#include "engine/text/case_folding.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kSessionBytes = std::size_t{256} << 20;
constexpr std::size_t kContextBytes = std::size_t{64} << 20;
constexpr std::size_t kPolicyBytes = std::size_t{64} << 20;

// What a session takes beside its texts, and how much more than its text a
// policy takes once it is compiled.
constexpr std::size_t kSessionOwnBytes = 1024;
constexpr std::size_t kCompiledFactor = 8;

bool IsReplacedAnywhere(const std::vector<absl::string_view>& values) {
  return std::any_of(values.begin(), values.end(), IsReplaced);
}

std::vector<std::string> SplitList(absl::string_view text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

BindingKind BindingOf(absl::string_view name) {
  for (const BindingKind kind :
       {BindingKind::kSpiffe, BindingKind::kCertificate}) {
    if (BindingKindName(kind) == name) return kind;
  }
  return BindingKind::kNone;
}

void TakeTags(const AuditEntry& entry, KnownSession* known) {
  const absl::string_view family = keys::kPrincipalTag.name;
  if (IsMasked(entry, "/issued/tags")) {
    known->unknown_keys.emplace_back(family);
  }
  for (const std::string& tag : MaskedMembers(entry, "/issued/tags")) {
    known->unknown_keys.push_back(absl::StrCat(family, tag));
  }
  for (const EntryKey& tag : entry.issued_tags) {
    if (IsReplacedAnywhere(tag.values)) {
      known->unknown_keys.push_back(absl::StrCat(family, tag.name));
    }
    known->session.tags.push_back(
        {std::string(tag.name),
         tag.values.empty() ? "" : std::string(tag.values.front())});
  }
}

void TakeIdentityKeys(const AuditEntry& entry, KnownSession* known) {
  if (entry.action != "sts:AssumeRole") {
    known->session.federated_provider = std::string(entry.caller);
  }
  if (IsMasked(entry, "/issued/identity_keys")) known->lacks_policy = true;
  for (std::string& key : MaskedMembers(entry, "/issued/identity_keys")) {
    known->unknown_keys.push_back(std::move(key));
  }
  for (const EntryKey& key : entry.issued_identity_keys) {
    if (IsReplacedAnywhere(key.values)) {
      known->unknown_keys.emplace_back(key.name);
    }
    known->session.identity_keys.push_back(
        {std::string(key.name), {key.values.begin(), key.values.end()}});
  }
}

// The keys of tags that the session hands on: those of the record, or with a
// record of an older server those that were asked for and the parent's.
std::vector<std::string> TransitiveKeys(const AuditEntry& entry,
                                        const KnownSession* parent) {
  if (!entry.issued_transitive_tag_keys.empty()) {
    return SplitList(entry.issued_transitive_tag_keys);
  }
  std::vector<std::string> found;
  if (parent != nullptr) found = parent->session.transitive_tag_keys;
  for (const EntryKey& key : entry.context) {
    if (ContextKey(key.name) == keys::kTransitiveTagKeys) {
      for (const absl::string_view tag : key.values) found.emplace_back(tag);
    }
  }
  return found;
}

std::size_t BytesOf(const KnownSession& known) {
  std::size_t bytes = kSessionOwnBytes + known.session.policy.size();
  for (const Tag& tag : known.session.tags) {
    bytes += 2 * (sizeof(Tag) + tag.key.size() + tag.value.size());
  }
  for (const SessionKey& key : known.session.identity_keys) {
    bytes += 2 * (sizeof(SessionKey) + key.name.size());
    for (const std::string& value : key.values) bytes += 2 * value.size();
  }
  // Each registry has a copy.
  return KnownSession::kRegistries * bytes;
}

}  // namespace

AuditMemory::AuditMemory()
    : sessions_(kSessionBytes),
      contexts_(kContextBytes),
      policies_(kPolicyBytes) {}

void AuditMemory::Learn(AuditEntry entry) {
  if (entry.kind == EntryKind::kAssumeRole &&
      !entry.issued.access_key_id.empty()) {
    LearnSession(entry);
  }
  // A mask may have taken the common context, whole or key by key.
  const bool has_common_context =
      entry.common_context_in.empty() &&
      (!entry.common_context.empty() || !entry.masked.empty());
  if (entry.kind != EntryKind::kBatch || !has_common_context) return;
  // The tree of a line takes some times as much as its text.
  const std::size_t bytes = 2048 + 4 * entry.line_bytes;
  const std::string name(entry.decision_id);
  contexts_.Insert(name, std::move(entry), bytes);
}

void AuditMemory::LearnSession(const AuditEntry& entry) {
  KnownSession known;
  RoleSession& session = known.session;
  const KnownSession* const parent =
      entry.session.access_key_id.empty()
          ? nullptr
          : sessions_.Find(entry.session.access_key_id);
  session.access_key_id = std::string(entry.issued.access_key_id);
  session.role_arn = std::string(entry.issued.role_arn);
  session.session_name = std::string(entry.issued.session_name);
  session.issued_at = absl::FromUnixSeconds(absl::ToUnixSeconds(entry.time));
  session.expires_at = entry.issued_until;
  TakeTags(entry, &known);
  session.transitive_tag_keys = TransitiveKeys(entry, parent);
  session.source_identity = std::string(entry.source_identity);
  if (IsMasked(entry, "/source_identity") ||
      IsReplaced(entry.source_identity)) {
    known.unknown_keys.emplace_back(keys::kSourceIdentity.name);
  }
  TakeIdentityKeys(entry, &known);
  session.binding = {BindingOf(entry.issued_binding), "not recorded"};
  session.policy = std::string(entry.issued_policy);
  session.policy_arns = SplitList(entry.issued_policy_arns);
  if (!session.policy.empty())
    session.compiled_policy = Compile(session.policy);
  known.lacks_policy =
      known.lacks_policy || IsMasked(entry, "/issued/policy") ||
      IsMasked(entry, "/issued/policy_arns") ||
      IsMasked(entry, "/issued/role_arn") ||
      IsMasked(entry, "/issued/session_name") ||
      IsReplaced(session.session_name) || IsReplaced(session.role_arn) ||
      (!session.policy.empty() && session.compiled_policy == nullptr) ||
      IsReplaced(session.policy);
  if (parent != nullptr) session.chain = parent->session.chain;
  if (entry.session.is_named()) {
    session.chain.emplace_back(entry.session.access_key_id);
  }
  const std::size_t bytes = BytesOf(known);
  const std::string name = session.access_key_id;
  sessions_.Insert(name, std::move(known), bytes);
}

// Callers tend to give each session the same policy.
std::shared_ptr<const Policy> AuditMemory::Compile(absl::string_view text) {
  if (const auto* const known = policies_.Find(text)) return *known;
  Diagnostics faults;
  std::shared_ptr<const Policy> compiled =
      Policy::CompileText(std::string(text), PolicyKind::kSession,
                          {"session policy", "", ""}, &faults);
  policies_.Insert(text, compiled, kCompiledFactor * text.size() + 256);
  return compiled;
}

const Subject* SubjectOf(KnownSession* session, const Snapshot& registry,
                         std::size_t which) {
  std::optional<Subject>& subject = session->subjects.at(which);
  if (!subject.has_value()) {
    const Role* const role = registry.FindRole(session->session.role_arn);
    if (role == nullptr) return nullptr;
    auto copy = std::make_shared<RoleSession>(session->session);
    copy->role_id = std::string(role->role_id());
    subject = Subject::OfSession(std::move(copy));
  }
  return &*subject;
}

}  // namespace rolegate::cli
