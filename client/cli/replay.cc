#include "client/cli/replay.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/program/policy.h"
#include "engine/text/text.h"

namespace rolegate::cli {
namespace {

// What a group takes beside its texts, which it has twice.
constexpr std::size_t kGroupOwnBytes = 512;
constexpr std::size_t kMaxShownName = 2048;

bool IsDecision(EntryKind kind) {
  return kind == EntryKind::kAuthorize || kind == EntryKind::kBatch ||
         kind == EntryKind::kAssumeRole;
}

FlipSide LoggedSide(const AuditEntry& entry) {
  FlipSide side;
  side.verdict = *entry.decision;
  if (entry.statement.index < 0) return side;
  side.policy = std::string(entry.statement.policy);
  side.sid = std::string(entry.statement.sid);
  side.index = entry.statement.index;
  side.file = std::string(entry.statement.file);
  return side;
}

FlipSide NewSide(const Redecision& now) {
  FlipSide side;
  side.verdict = now.verdict;
  side.note = now.note;
  if (!now.statement) return side;
  const Policy& policy = *now.statement.policy;
  side.policy = std::string(policy.name());
  side.sid = std::string(now.statement.view().sid());
  side.index = now.statement.index;
  side.file = policy.file();
  side.line = now.statement.position().line;
  return side;
}

// Sessions of one role belong together, whatever their names.
absl::string_view PrincipalOf(const AuditEntry& entry) {
  if (entry.kind != EntryKind::kAssumeRole && !entry.principal.empty()) {
    return entry.principal_session.role_arn.empty()
               ? entry.principal
               : entry.principal_session.role_arn;
  }
  return entry.session.role_arn.empty() ? entry.caller : entry.session.role_arn;
}

void AppendSide(const FlipSide& side, std::string* key) {
  constexpr char kEnd = '\0';
  absl::StrAppend(key, static_cast<int>(side.verdict), ",", side.index, ",",
                  side.policy);
  key->push_back(kEnd);
  absl::StrAppend(key, side.sid);
  key->push_back(kEnd);
  absl::StrAppend(key, side.file);
  key->push_back(kEnd);
  absl::StrAppend(key, side.note);
  key->push_back(kEnd);
}

std::string KeyOf(const Flip& flip) {
  std::string key = absl::StrCat(static_cast<int>(flip.cause), flip.principal);
  key.push_back('\0');
  absl::StrAppend(&key, flip.action);
  key.push_back('\0');
  absl::StrAppend(&key, flip.resource);
  key.push_back('\0');
  AppendSide(flip.was, &key);
  AppendSide(flip.is, &key);
  return key;
}

}  // namespace

absl::string_view FlipCauseName(FlipCause cause) {
  switch (cause) {
    case FlipCause::kRegistry:
      return "registry";
    case FlipCause::kRevision:
      return "revision";
    case FlipCause::kEnvironment:
      break;
  }
  return "environment";
}

std::string SideText(const FlipSide& side) {
  if (side.index < 0) return side.note.empty() ? "no statement" : side.note;
  return absl::StrCat(
      side.sid.empty() ? absl::StrCat("statement ", side.index)
                       : absl::StrCat("`", side.sid, "`"),
      " of `", side.policy, "`",
      side.file.empty()
          ? ""
          : absl::StrCat(" (", side.file,
                         side.line > 0 ? absl::StrCat(":", side.line) : "",
                         ")"));
}

std::uint64_t ReplayTotals::not_decided() const {
  std::uint64_t sum = 0;
  for (const Undecided& each : undecided) sum += each.count;
  return sum;
}

Replay::Replay(const Snapshot& registry, const Snapshot* baseline,
               AccessOptions options, std::size_t max_group_bytes)
    : options_(std::move(options)),
      now_(registry, 0, options_, &memory_),
      max_group_bytes_(max_group_bytes) {
  if (baseline != nullptr) {
    baseline_ =
        std::make_unique<Reconstruction>(*baseline, 1, options_, &memory_);
  }
}

void Replay::Take(PlacedEntry placed) {
  const AuditEntry& entry = placed.entry;
  totals_.is_sampled = totals_.is_sampled || entry.is_sampled;
  if (IsDecision(entry.kind)) {
    Compare(placed);
  } else {
    ++totals_.other_kinds[entry.kind == EntryKind::kUnknown
                              ? "unknown"
                              : std::string(entry.kind_name)];
    if (entry.lost > 0) {
      totals_.lost += static_cast<std::uint64_t>(entry.lost);
    }
  }
  memory_.Learn(std::move(placed.entry));
}

void Replay::Compare(const PlacedEntry& placed) {
  const AuditEntry& entry = placed.entry;
  if (entry.decision == Verdict::kAllow) ++totals_.allows;
  const Redecision now = now_.Decide(entry);
  if (now.obstacle != Obstacle::kNone) return CountUndecided(placed, now);
  ++totals_.decided;
  totals_.decided_estimate += entry.weight;
  FlipCause cause = entry.registry_revision == now_.registry().revision()
                        ? FlipCause::kEnvironment
                        : FlipCause::kRegistry;
  if (baseline_ != nullptr && !now.is_settled) {
    const Redecision before = baseline_->Decide(entry);
    const bool agrees =
        before.obstacle == Obstacle::kNone && before.verdict == *entry.decision;
    if (!agrees) ++totals_.unlike_baseline;
    if (!agrees && before.verdict == now.verdict) {
      cause = entry.registry_revision == baseline_->registry().revision()
                  ? FlipCause::kEnvironment
                  : FlipCause::kRevision;
    }
  }
  if (now.is_settled || now.verdict == *entry.decision) {
    ++totals_.same;
    if (now.is_settled) ++totals_.settled;
    return;
  }
  AddFlip(entry, now, cause);
}

void Replay::CountUndecided(const PlacedEntry& placed, const Redecision& now) {
  Undecided& undecided =
      totals_.undecided[static_cast<std::size_t>(now.obstacle)];
  if (undecided.count++ > 0) return;
  undecided.first_place = placed.place();
  undecided.first_missing = now.missing;
}

void Replay::AddFlip(const AuditEntry& entry, const Redecision& now,
                     FlipCause cause) {
  const bool widens = now.verdict == Verdict::kAllow;
  if (widens) {
    ++totals_.newly_allowed;
    totals_.newly_allowed_estimate += entry.weight;
  } else if (*entry.decision == Verdict::kAllow) {
    ++totals_.newly_denied;
    totals_.newly_denied_estimate += entry.weight;
  } else {
    ++totals_.otherwise_denied;
    totals_.otherwise_denied_estimate += entry.weight;
  }
  if (cause == FlipCause::kRegistry) {
    ++totals_.by_registry;
    if (widens) ++totals_.widened_by_registry;
  }
  Flip flip;
  flip.principal = std::string(CutToBytes(PrincipalOf(entry), kMaxShownName));
  flip.action = std::string(CutToBytes(entry.action, kMaxShownName));
  flip.resource = std::string(CutToBytes(entry.resource, kMaxShownName));
  flip.was = LoggedSide(entry);
  flip.is = NewSide(now);
  flip.cause = cause;
  std::string key = KeyOf(flip);
  auto found = flips_.find(key);
  const auto fits = [&](std::size_t bound) {
    return found != flips_.end() ||
           group_bytes_ + 2 * key.size() + kGroupOwnBytes <= bound;
  };
  // A quarter is kept for groups without a resource, which are few.
  if (!fits(max_group_bytes_ / 4 * 3)) {
    flip.resource.clear();
    key = KeyOf(flip);
    found = flips_.find(key);
    if (!fits(max_group_bytes_)) {
      flip.principal.clear();
      flip.action.clear();
      flip.was = {flip.was.verdict};
      flip.is = {flip.is.verdict};
      key = KeyOf(flip);
      found = flips_.find(key);
    }
  }
  if (found == flips_.end()) {
    group_bytes_ += 2 * key.size() + kGroupOwnBytes;
    flip.first = flip.last = entry.time;
    flip.example = std::string(CutToBytes(entry.decision_id, kMaxShownName));
    found =
        flips_.emplace(std::move(key), std::make_unique<Flip>(std::move(flip)))
            .first;
  }
  Flip& group = *found->second;
  ++group.count;
  group.estimate += entry.weight;
  group.first = std::min(group.first, entry.time);
  group.last = std::max(group.last, entry.time);
}

std::vector<const Flip*> Replay::Flips() const {
  std::vector<std::pair<const std::string*, const Flip*>> sorted;
  sorted.reserve(flips_.size());
  for (const auto& [key, flip] : flips_) sorted.emplace_back(&key, flip.get());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    if (a.second->estimate != b.second->estimate) {
      return a.second->estimate > b.second->estimate;
    }
    return *a.first < *b.first;
  });
  std::vector<const Flip*> flips;
  flips.reserve(sorted.size());
  for (const auto& [key, flip] : sorted) flips.push_back(flip);
  return flips;
}

}  // namespace rolegate::cli
