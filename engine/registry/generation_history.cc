#include "engine/registry/generation_history.h"

#include <algorithm>
#include <utility>

namespace rolegate {
namespace {

void CopyFaults(const Diagnostics& faults, GenerationRecord* record) {
  const std::size_t kept =
      std::min(faults.size(), GenerationHistory::kMaxFaults);
  record->faults.assign(faults.begin(),
                        faults.begin() + static_cast<std::ptrdiff_t>(kept));
  record->fault_count = faults.size();
}

}  // namespace

void GenerationHistory::Note(const RegistryStatus& status,
                             const Snapshot* snapshot, absl::Time now) {
  GenerationRecord record;
  record.in_force =
      status.loaded && !status.held_back && !status.from_last_good;
  record.time = now;
  record.last_read = now;
  record.revision = status.revision;
  record.counts = status.counts;
  record.from_last_good = status.from_last_good;
  CopyFaults(status.faults, &record);

  std::lock_guard<std::mutex> lock(mu_);
  const bool first = !in_force_.has_value();
  GenerationRecord* const last = records_.empty() ? nullptr : &records_.front();
  if (!record.in_force) {
    // The generation that an earlier run kept is what the next one changes.
    if (first && snapshot != nullptr) in_force_ = snapshot->content();
    if (last != nullptr && !last->in_force) {
      record.time = last->time;
      record.times = last->times + 1;
      *last = std::move(record);
      return;
    }
  } else if (snapshot != nullptr) {
    const ContentTree& content = snapshot->content();
    record.time = status.loaded_at;
    record.first = first;
    if (!first) {
      record.changes = ChangesBetween(*in_force_, content, kMaxNames);
    }
    in_force_ = content;
    if (last != nullptr && last->in_force && record.changes.empty() &&
        last->revision == record.revision &&
        last->fault_count == record.fault_count) {
      return;
    }
  }
  records_.push_front(std::move(record));
  if (records_.size() > kMaxRecords) records_.pop_back();
}

std::vector<GenerationRecord> GenerationHistory::Recent() const {
  std::lock_guard<std::mutex> lock(mu_);
  return {records_.begin(), records_.end()};
}

}  // namespace rolegate
