#include "client/cli/audit_filter.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/resource_name.h"
#include "engine/text/glob_match.h"
#include "engine/text/printable.h"
#include "engine/text/steps.h"

namespace rolegate::cli {
namespace {

// A pattern as text, for the engine's matching.
class PatternText {
 public:
  using Cursor = std::size_t;

  explicit PatternText(absl::string_view pattern) : pattern_(pattern) {}

  GlobPart Take(Cursor* cursor) const {
    GlobPart part;
    if (*cursor == pattern_.size()) return part;
    const char first = pattern_[*cursor];
    if (first == '*' || first == '?') {
      ++*cursor;
      part.kind =
          first == '*' ? GlobPart::Kind::kAnyRun : GlobPart::Kind::kAnyOne;
      return part;
    }
    const std::size_t end =
        std::min(pattern_.find_first_of("*?", *cursor), pattern_.size());
    part.kind = GlobPart::Kind::kLiteral;
    part.literal = pattern_.substr(*cursor, end - *cursor);
    *cursor = end;
    return part;
  }

 private:
  const absl::string_view pattern_;
};

bool MatchesAny(const std::vector<std::string>& patterns,
                std::initializer_list<absl::string_view> texts) {
  if (patterns.empty()) return true;
  return std::any_of(
      patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return std::any_of(
            texts.begin(), texts.end(), [&](absl::string_view text) {
              return !text.empty() && MatchesPattern(pattern, text);
            });
      });
}

bool MatchesAction(const std::vector<std::string>& patterns,
                   absl::string_view action) {
  if (patterns.empty()) return true;
  const std::string folded = absl::AsciiStrToLower(action);
  return std::any_of(
      patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return MatchesPattern(absl::AsciiStrToLower(pattern), folded);
      });
}

bool IsOneOf(const std::vector<std::string>& words, absl::string_view word) {
  return words.empty() ||
         std::any_of(words.begin(), words.end(), [&](absl::string_view each) {
           return absl::EqualsIgnoreCase(each, word);
         });
}

bool MatchesDecision(const std::vector<std::string>& decisions,
                     const std::optional<Verdict>& decision) {
  if (decisions.empty()) return true;
  if (!decision.has_value()) return false;
  return IsOneOf(decisions, VerdictName(*decision)) ||
         (*decision != Verdict::kAllow && IsOneOf(decisions, "DENY"));
}

absl::Status ReadMoment(const char* flag, const std::string& text,
                        absl::Time now, std::optional<absl::Time>* moment) {
  if (text.empty()) return absl::OkStatus();
  *moment = ParseMoment(text, now);
  if (moment->has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`", flag, "`: `", Printable(text.substr(0, 64)),
      "` is no time: expected one as `2026-11-02T10:00:00Z`, a day as "
      "`2026-11-02`, or how long ago as `90s`, `1h30m` or `7d`"));
}

}  // namespace

bool MatchesPattern(absl::string_view pattern, absl::string_view text) {
  std::size_t guarded = 0;
  if (absl::StartsWith(pattern, "arn:")) {
    const auto name = ResourceName::Parse(text);
    if (name.ok()) guarded = name->last_part();
  }
  StepBudget budget(StepBudget::kUnlimited);
  PatternText source(pattern);
  return GlobMatch<PatternText>(&source, 0, GlobText(text, guarded), &budget)
      .Match();
}

std::optional<absl::Time> ParseMoment(absl::string_view text, absl::Time now) {
  if (const auto time = ParseTimestamp(text)) return time;
  absl::Time day;
  if (absl::ParseTime("%Y-%m-%d", text, &day, nullptr)) return day;
  absl::Duration ago;
  double days = 0;
  if (absl::EndsWith(text, "d") &&
      absl::SimpleAtod(text.substr(0, text.size() - 1), &days) && days >= 0 &&
      days < 1e6) {
    return now - days * absl::Hours(24);
  }
  if (absl::ParseDuration(text, &ago) && ago >= absl::ZeroDuration() &&
      ago < absl::InfiniteDuration()) {
    return now - ago;
  }
  return std::nullopt;
}

bool AuditFilter::Matches(const AuditEntry& entry) const {
  if (since.has_value() && entry.time < *since) return false;
  if (until.has_value() && entry.time >= *until) return false;
  const auto is = [](const std::string& wanted, absl::string_view found) {
    return wanted.empty() || wanted == found;
  };
  return is(decision_id, entry.decision_id) && is(trace_id, entry.trace_id) &&
         (access_key_id.empty() ||
          access_key_id == entry.session.access_key_id ||
          access_key_id == entry.principal_session.access_key_id ||
          access_key_id == entry.issued.access_key_id) &&
         IsOneOf(kinds, entry.kind_name) &&
         MatchesDecision(decisions, entry.decision) &&
         MatchesAction(actions, entry.action) &&
         MatchesAny(resources, {entry.resource}) &&
         MatchesAny(principals,
                    {entry.caller, entry.principal, entry.session.role_arn,
                     entry.principal_session.role_arn});
}

void FilterFlags::AddTo(CLI::App* command) {
  const auto add = [&](const char* flag, std::vector<std::string>* values,
                       const char* text) {
    return command->add_option(flag, *values, text)->allow_extra_args(false);
  };
  add("--principal", &filter.principals,
      "Who asked, a pattern with `*` and `?`: the caller, its role, or for "
      "whom "
      "was decided; repeats");
  add("--action", &filter.actions, "An action's pattern; repeats");
  add("--resource", &filter.resources, "A resource's pattern; repeats");
  add("--decision", &filter.decisions,
      "ALLOW, DENY, IMPLICIT_DENY or EXPLICIT_DENY; repeats")
      ->check(CLI::IsMember({"ALLOW", "DENY", "IMPLICIT_DENY", "EXPLICIT_DENY"},
                            CLI::ignore_case));
  add("--kind", &filter.kinds, "A kind of record, such as assume_role; repeats")
      ->check(
          CLI::IsMember({"authorize", "batch", "assume_role", "administration",
                         "authentication", "audit_loss"}));
  command->add_option("--since", since,
                      "Not before: a time, a day, or how long ago, as `1h`");
  command->add_option("--until", until,
                      "Before: a time, a day, or how long ago");
  command->add_option("--decision-id", filter.decision_id,
                      "The decision_id that a caller was told");
  command->add_option("--trace-id", filter.trace_id,
                      "The trace_id of a W3C traceparent");
  command->add_option("--access-key-id", filter.access_key_id,
                      "The session that asked, or that was issued");
}

absl::Status FilterFlags::Settle(absl::Time now) {
  absl::Status status = ReadMoment("--since", since, now, &filter.since);
  status.Update(ReadMoment("--until", until, now, &filter.until));
  return status;
}

}  // namespace rolegate::cli
