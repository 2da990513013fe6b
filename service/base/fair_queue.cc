#include "service/base/fair_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rolegate::service {

void FairQueue::Push(Waiting* waiting, Holder holder) {
  // No peer's name begins so.
  std::string key =
      holder.peer.empty() ? absl::StrCat("\n", holder.principal) : holder.peer;
  const auto [group, new_group] = by_key_.try_emplace(std::move(key));
  if (new_group) {
    groups_.push_back({group->first, {}, {}});
    group->second = std::prev(groups_.end());
  }
  waiting->group_ = group->second;
  const auto [line, new_line] =
      waiting->group_->by_principal.try_emplace(holder.principal);
  if (new_line) {
    waiting->group_->lines.push_back({holder, {}});
    line->second = std::prev(waiting->group_->lines.end());
  }
  waiting->line_ = line->second;
  waiting->holder_ = std::move(holder);
  waiting->line_->waiting.push_back(waiting);
  waiting->at_ = std::prev(waiting->line_->waiting.end());
  ++size_;
}

Waiting* FairQueue::Pop() {
  if (groups_.empty()) return nullptr;
  const auto group = groups_.begin();
  const auto line = group->lines.begin();
  Waiting* const next = line->waiting.front();
  // Both go to the end, and away if they are empty then.
  group->lines.splice(group->lines.end(), group->lines, line);
  groups_.splice(groups_.end(), groups_, group);
  Remove(next);
  return next;
}

void FairQueue::Remove(Waiting* waiting) {
  const auto group = waiting->group_;
  const auto line = waiting->line_;
  line->waiting.erase(waiting->at_);
  --size_;
  if (!line->waiting.empty()) return;
  group->by_principal.erase(line->holder.principal);
  group->lines.erase(line);
  if (!group->lines.empty()) return;
  by_key_.erase(group->key);
  groups_.erase(group);
}

Waiting* FairQueue::NewestLike(const Waiting& other) {
  return other.line_->waiting.back();
}

void FairQueue::AddOneOfEach(std::vector<Waiting*>* all) const {
  for (const Waiting::Group& group : groups_) {
    for (const Waiting::Line& line : group.lines) {
      all->push_back(line.waiting.front());
    }
  }
}

}  // namespace rolegate::service
