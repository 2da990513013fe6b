// Values by name, of which those stay that were asked for last.

#ifndef ROLEGATE_CLIENT_CLI_RECENT_MAP_H_
#define ROLEGATE_CLIENT_CLI_RECENT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace rolegate::cli {

// Holds at most `max_bytes`, as its users count them, and at least one value.
// Not thread-safe.
template <typename Value>
class RecentMap {
 public:
  explicit RecentMap(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Returns the value of that name.  Null if the map never held it, or has
  // dropped it to make room.
  Value* Find(absl::string_view name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    nodes_.splice(nodes_.begin(), nodes_, found->second);
    return &found->second->value;
  }

  // Takes the place of a value of that name.
  void Insert(absl::string_view name, Value value, std::size_t bytes) {
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
      Drop(found->second);
    }
    nodes_.push_front({std::string(name), std::move(value), bytes});
    by_name_.emplace(nodes_.front().name, nodes_.begin());
    bytes_ += bytes;
    while (bytes_ > max_bytes_ && nodes_.size() > 1) {
      Drop(std::prev(nodes_.end()));
      ++dropped_;
    }
  }

  // How many values had to go.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Node {
    std::string name;
    Value value;
    std::size_t bytes;
  };
  using Place = typename std::list<Node>::iterator;

  void Drop(Place place) {
    bytes_ -= place->bytes;
    by_name_.erase(place->name);
    nodes_.erase(place);
  }

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::list<Node> nodes_;  // the one that was asked for last comes first
  absl::flat_hash_map<absl::string_view, Place> by_name_;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_RECENT_MAP_H_
