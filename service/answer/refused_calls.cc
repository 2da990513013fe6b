#include "service/answer/refused_calls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace rolegate::service {
namespace {

// A message repeats what the caller has brought.
constexpr std::size_t kMaxMessage = 1024;

}  // namespace

void RefusedCalls::AddUnknownCaller(const Refused& refused, absl::Time now,
                                    absl::FunctionRef<AuditRecord()> record) {
  if (!Count(Why::kUnknownCaller, refused, now)) return;
  const AuditRecord line = record();
  log_->Warning("a caller cannot be identified",
                {{"peer", line.peer.empty() ? refused.peer
                                            : absl::string_view(line.peer)},
                 {"listener", refused.listener},
                 {"error", ErrorName(refused.error.code)},
                 {"reason", refused.error.message},
                 {"trace_id", LogValue::UnlessEmpty(line.trace_id)}});
  if (audit_ != nullptr) audit_->Write(line);
}

void RefusedCalls::AddLimited(const Refused& refused, absl::string_view caller,
                              absl::Time now,
                              absl::FunctionRef<std::string()> trace_id) {
  if (!Count(Why::kLimit, refused, now)) return;
  log_->Warning("a call is refused by load or by a limit",
                {{"peer", refused.peer},
                 {"listener", refused.listener},
                 {"caller", caller},
                 {"error", ErrorName(refused.error.code)},
                 {"reason", refused.error.message},
                 {"trace_id", LogValue::UnlessEmpty(trace_id())}});
}

bool RefusedCalls::Count(Why why, const Refused& refused, absl::Time now) {
  const std::size_t hash = absl::HashOf(refused.error.message);
  absl::MutexLock lock(&mu_);
  Table& table = tables_[static_cast<std::size_t>(why)];
  auto found = table.find(refused.peer);
  if (found == table.end()) {
    // One place is kept for all others.
    const bool fits = table.size() + 1 < kMaxPeers;
    const absl::string_view peer = fits ? refused.peer : kOthers;
    found = table.try_emplace(std::string(peer)).first;
    Counted& fresh = found->second;
    if (fresh.peer.empty()) {
      fresh.since = MonotonicNow();
      fresh.peer = std::string(peer);
      fresh.listener = std::string(fits ? refused.listener : "");
      if (!fits) fresh.told_count = kToldOneByOne;  // none is told by itself
    }
  }
  Counted& counted = found->second;
  const auto told = absl::MakeConstSpan(counted.told).first(counted.told_count);
  if (told.size() < kToldOneByOne &&
      std::find(told.begin(), told.end(), hash) == told.end()) {
    counted.told[counted.told_count++] = hash;
    return true;
  }
  if (counted.untold++ == 0) counted.first = now;
  counted.last = now;
  counted.code = refused.error.code;
  counted.message.assign(refused.error.message, 0, kMaxMessage);
  return false;
}

void RefusedCalls::TellSums(MonotonicTime now, bool all) {
  std::vector<std::pair<Why, Counted>> sums;
  {
    absl::MutexLock lock(&mu_);
    for (const Why why : {Why::kUnknownCaller, Why::kLimit}) {
      Table& table = tables_[static_cast<std::size_t>(why)];
      absl::erase_if(table, [&](Table::value_type& entry) {
        Counted& counted = entry.second;
        if (!all && now < counted.since + ToMonotonic(kInterval)) return false;
        if (counted.untold > 0) sums.emplace_back(why, std::move(counted));
        return true;
      });
    }
  }
  for (const auto& [why, counted] : sums) TellSum(why, counted);
}

void RefusedCalls::TellSum(Why why, const Counted& counted) {
  log_->Warning(why == Why::kLimit
                    ? "more calls were refused by load or by a limit"
                    : "more callers could not be identified",
                {{"calls", counted.untold},
                 {"peer", counted.peer},
                 {"listener", counted.listener},
                 {"error", ErrorName(counted.code)},
                 {"reason", counted.message}});
  if (why != Why::kUnknownCaller || audit_ == nullptr) return;
  AuditRecord record;
  record.kind = AuditKind::kAuthentication;
  record.time = counted.last;
  record.first_time = counted.first;
  record.count = counted.untold;
  record.peer = counted.peer;
  record.listener = counted.listener;
  record.error = counted.code;
  record.reason = counted.message;
  audit_->Write(record);
}

}  // namespace rolegate::service
