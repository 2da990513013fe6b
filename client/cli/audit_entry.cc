#include "client/cli/audit_entry.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/log_reader.h"
#include "engine/text/printable.h"
#include "service/base/redact.h"

namespace rolegate::cli {
namespace {

constexpr absl::string_view kMasked = "[masked]";
constexpr int kMaxDepth = 16;  // records have three levels
// Sums of weights must stay numbers, which JSON has no infinity for.
constexpr double kMaxWeight = 1e12;

using Text = absl::string_view AuditEntry::*;
using Keys = EntryKeys AuditEntry::*;
using Session = EntrySession AuditEntry::*;

const absl::flat_hash_map<absl::string_view, Text>& Texts() {
  static const auto* const texts =
      new absl::flat_hash_map<absl::string_view, Text>{
          {"decision_id", &AuditEntry::decision_id},
          {"trace_id", &AuditEntry::trace_id},
          {"caller", &AuditEntry::caller},
          {"presenter", &AuditEntry::presenter},
          {"peer", &AuditEntry::peer},
          {"principal", &AuditEntry::principal},
          {"action", &AuditEntry::action},
          {"resource", &AuditEntry::resource},
          {"resource_account", &AuditEntry::resource_account},
          {"common_context_in", &AuditEntry::common_context_in},
          {"reason", &AuditEntry::reason},
          {"lacking", &AuditEntry::lacking},
          {"refused_action", &AuditEntry::refused_action},
          {"error", &AuditEntry::error},
          {"source_identity", &AuditEntry::source_identity},
          {"registry_revision", &AuditEntry::registry_revision}};
  return *texts;
}

EntryKind KindOf(absl::string_view name) {
  constexpr std::pair<absl::string_view, EntryKind> kKinds[] = {
      {"authorize", EntryKind::kAuthorize},
      {"batch", EntryKind::kBatch},
      {"assume_role", EntryKind::kAssumeRole},
      {"administration", EntryKind::kAdministration},
      {"authentication", EntryKind::kAuthentication},
      {"audit_loss", EntryKind::kAuditLoss}};
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  return EntryKind::kUnknown;
}

std::optional<Verdict> VerdictOf(absl::string_view name) {
  for (const Verdict verdict :
       {Verdict::kAllow, Verdict::kImplicitDeny, Verdict::kExplicitDeny}) {
    if (VerdictName(verdict) == name) return verdict;
  }
  return std::nullopt;
}

// Fills an entry; keeps the first fault.
class EntryParser {
 public:
  explicit EntryParser(AuditEntry* entry) : entry_(*entry) {}

  absl::Status Parse() {
    const JsonNode& root = entry_.json->root();
    if (!root.is_object()) return Fault("is no audit record: no object");
    if (root.Find("Records") != nullptr ||
        (root.Find("eventVersion") != nullptr &&
         root.Find("eventSource") != nullptr)) {
      return absl::UnimplementedError(
          "is CloudTrail's format (`audit.format: cloudtrail`), which does not "
          "hold what a decision follows from; expected the server's own "
          "records, one JSON object a line");
    }
    if (const JsonNode* const masked = root.Find("masked")) {
      ReadMasked(*masked);
    }
    for (const JsonMember& member : root.members()) Read(member);
    if (!status_.ok()) return status_;
    if (entry_.kind_name.empty()) {
      return Fault("is no audit record: it has no `kind`");
    }
    if (!has_time_ && !IsMasked(entry_, "/timestamp")) {
      return Fault("is no audit record: it has no `timestamp`");
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Fault(absl::string_view message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(message);
    return status_;
  }
  void WrongType(absl::string_view member, absl::string_view expected) {
    Fault(absl::StrCat("is no audit record: `", Printable(member.substr(0, 64)),
                       "` is not ", expected))
        .IgnoreError();
  }

  // Whether a mask stands in the place of an object.
  static bool IsMask(const JsonNode& node) {
    return node.is_string() && node.text() == kMasked;
  }

  void ReadText(absl::string_view member, const JsonNode& node,
                absl::string_view* out) {
    if (node.is_string()) {
      *out = node.text();
    } else {
      WrongType(member, "a text");
    }
  }

  void ReadMasked(const JsonNode& node) {
    if (!node.is_array()) return WrongType("masked", "a list");
    for (const JsonNode& pointer : node.elements()) {
      if (!pointer.is_string()) return WrongType("masked", "a list of texts");
      entry_.masked.emplace_back(pointer.text());
    }
  }

  void ReadTime(absl::string_view member, const JsonNode& node,
                absl::Time* out) {
    if (IsMask(node)) return;
    const std::optional<absl::Time> time =
        node.is_string() ? ParseTimestamp(node.text()) : std::nullopt;
    if (!time) return WrongType(member, "an RFC 3339 time");
    *out = *time;
  }

  void ReadSession(absl::string_view member, const JsonNode& node,
                   EntrySession* out) {
    if (IsMask(node)) return;
    if (!node.is_object()) return WrongType(member, "an object");
    for (const JsonMember& each : node.members()) {
      if (each.key == "access_key_id") {
        ReadText(each.key, each.value, &out->access_key_id);
      } else if (each.key == "role_arn") {
        ReadText(each.key, each.value, &out->role_arn);
      } else if (each.key == "session_name") {
        ReadText(each.key, each.value, &out->session_name);
      }
    }
  }

  void ReadKeys(absl::string_view member, const JsonNode& node,
                EntryKeys* out) {
    if (IsMask(node)) return;
    if (!node.is_object()) return WrongType(member, "an object");
    out->reserve(node.members().size());
    for (const JsonMember& each : node.members()) {
      EntryKey& key = out->emplace_back();
      key.name = each.key;
      const auto values = each.value.is_string()
                              ? absl::MakeConstSpan(&each.value, 1)
                              : each.value.elements();
      if (!each.value.is_string() && !each.value.is_array()) {
        return WrongType(member, "an object of lists");
      }
      key.values.reserve(values.size());
      for (const JsonNode& value : values) {
        if (!value.is_string()) return WrongType(member, "an object of lists");
        key.values.push_back(value.text());
      }
    }
  }

  void ReadStatement(const JsonNode& node) {
    if (IsMask(node)) return;
    if (!node.is_object()) return WrongType("statement", "an object");
    EntryStatement& out = entry_.statement;
    for (const JsonMember& each : node.members()) {
      if (each.key == "index") {
        if (!absl::SimpleAtoi(each.value.text(), &out.index)) out.index = 0;
      } else if (each.key == "policy") {
        ReadText(each.key, each.value, &out.policy);
      } else if (each.key == "sid") {
        ReadText(each.key, each.value, &out.sid);
      } else if (each.key == "file") {
        ReadText(each.key, each.value, &out.file);
      }
    }
  }

  void ReadIssued(const JsonNode& node) {
    ReadSession("issued", node, &entry_.issued);
    for (const JsonMember& each : node.members()) {
      if (each.key == "expires_at") {
        ReadTime(each.key, each.value, &entry_.issued_until);
      } else if (each.key == "tags") {
        ReadKeys(each.key, each.value, &entry_.issued_tags);
      } else if (each.key == "identity_keys") {
        ReadKeys(each.key, each.value, &entry_.issued_identity_keys);
      } else if (each.key == "policy") {
        ReadText(each.key, each.value, &entry_.issued_policy);
      } else if (each.key == "policy_arns") {
        ReadText(each.key, each.value, &entry_.issued_policy_arns);
      } else if (each.key == "transitive_tag_keys") {
        ReadText(each.key, each.value, &entry_.issued_transitive_tag_keys);
      } else if (each.key == "binding") {
        ReadText(each.key, each.value, &entry_.issued_binding);
      }
    }
  }

  void ReadSampleRate(const JsonNode& node) {
    double rate = 0;
    if (node.type() != JsonType::kNumber ||
        !absl::SimpleAtod(node.text(), &rate) || !std::isfinite(rate) ||
        rate <= 0 || rate > 1) {
      return WrongType("sample_rate", "a number above 0 and up to 1");
    }
    entry_.weight = std::min(1 / rate, kMaxWeight);
    entry_.is_sampled = rate < 1;
  }

  void ReadDecision(const JsonNode& node) {
    if (IsMask(node)) return;
    entry_.decision = VerdictOf(node.text());
    if (!entry_.decision) WrongType("decision", "a decision");
  }

  void Read(const JsonMember& member) {
    const absl::string_view key = member.key;
    const JsonNode& node = member.value;
    if (const auto text = Texts().find(key); text != Texts().end()) {
      ReadText(key, node, &(entry_.*(text->second)));
    } else if (key == "timestamp") {
      ReadTime(key, node, &entry_.time);
      has_time_ = true;
    } else if (key == "kind") {
      ReadText(key, node, &entry_.kind_name);
      entry_.kind = KindOf(entry_.kind_name);
    } else if (key == "decision") {
      ReadDecision(node);
    } else if (key == "session") {
      ReadSession(key, node, &entry_.session);
    } else if (key == "principal_session") {
      ReadSession(key, node, &entry_.principal_session);
    } else if (key == "context") {
      ReadKeys(key, node, &entry_.context);
    } else if (key == "common_context") {
      ReadKeys(key, node, &entry_.common_context);
    } else if (key == "caller_tags") {
      ReadKeys(key, node, &entry_.caller_tags);
    } else if (key == "statement") {
      ReadStatement(node);
    } else if (key == "layers") {
      entry_.has_layers = !node.members().empty() || IsMask(node);
    } else if (key == "issued") {
      ReadIssued(node);
    } else if (key == "sample_rate") {
      ReadSampleRate(node);
    } else if (key == "lost") {
      if (!absl::SimpleAtoi(node.text(), &entry_.lost)) entry_.lost = 1;
    }
  }

  AuditEntry& entry_;
  absl::Status status_;
  bool has_time_ = false;
};

// A part of a JSON pointer as it is meant (RFC 6901).
std::string Unescaped(absl::string_view part) {
  return absl::StrReplaceAll(part, {{"~1", "/"}, {"~0", "~"}});
}

}  // namespace

absl::StatusOr<AuditEntry> ParseAuditEntry(std::string line) {
  AuditEntry entry;
  entry.line_bytes = line.size();
  JsonParseError error;
  entry.json = JsonDocument::Parse(std::move(line),
                                   {kMaxLogLine + 1, kMaxDepth}, &error);
  if (entry.json == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("column ", error.position.column, ": ",
                     Printable(error.message.substr(0, 256))));
  }
  const absl::Status status = EntryParser(&entry).Parse();
  if (!status.ok()) return status;
  return entry;
}

bool IsMasked(const AuditEntry& entry, absl::string_view pointer) {
  return std::any_of(entry.masked.begin(), entry.masked.end(),
                     [&](absl::string_view masked) {
                       return absl::StartsWithIgnoreCase(pointer, masked) &&
                              (pointer.size() == masked.size() ||
                               pointer[masked.size()] == '/');
                     });
}

std::vector<std::string> MaskedMembers(const AuditEntry& entry,
                                       absl::string_view object) {
  std::vector<std::string> members;
  for (absl::string_view masked : entry.masked) {
    if (!absl::StartsWithIgnoreCase(masked, object) ||
        masked.size() <= object.size() || masked[object.size()] != '/') {
      continue;
    }
    masked.remove_prefix(object.size() + 1);
    members.push_back(Unescaped(masked.substr(0, masked.find('/'))));
  }
  return members;
}

bool IsReplaced(absl::string_view text) {
  return absl::StrContains(text, service::kRedacted) || text == kMasked;
}

std::optional<absl::Time> ParseTimestamp(absl::string_view text) {
  absl::Time time;
  if (text.size() < 10 ||
      !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return std::nullopt;
  }
  return time;
}

std::string ShowTime(absl::Time time) {
  const bool whole = absl::ToUnixMillis(time) % 1000 == 0;
  return absl::FormatTime(whole ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%E3SZ",
                          time, absl::UTCTimeZone());
}

}  // namespace rolegate::cli
