// A queue that serves those who wait in turns, and not in the order in which
// they came: one peer after the other, and within a peer one principal after
// the other.

#ifndef ROLEGATE_SERVICE_BASE_FAIR_QUEUE_H_
#define ROLEGATE_SERVICE_BASE_FAIR_QUEUE_H_

#include <cstddef>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "service/base/places.h"

namespace rolegate::service {

// Something that can wait in a queue.
class Waiting {
 public:
  Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  const Holder& holder() const { return holder_; }

 protected:
  ~Waiting() = default;

 private:
  friend class FairQueue;

  // Everything that waits and belongs to one holder.
  struct Line {
    Holder holder;
    std::list<Waiting*> waiting;
  };
  // The lines of one peer.  If a peer is counted by its principals, each of
  // them has a group of its own.
  struct Group {
    std::string key;
    std::list<Line> lines;
    absl::flat_hash_map<std::string, std::list<Line>::iterator> by_principal;
  };

  Holder holder_;
  std::list<Group>::iterator group_;
  std::list<Line>::iterator line_;
  std::list<Waiting*>::iterator at_;
};

// Every operation except Holders takes the same time, however many wait.  The
// queue does not own what waits in it.  Not thread-safe.
class FairQueue {
 public:
  // Adds something at the end of its holder's line.
  void Push(Waiting* waiting, Holder holder);
  // Takes the first of the line whose turn it is; null if nothing waits.
  Waiting* Pop();
  // Takes out something that waits here.
  void Remove(Waiting* waiting);
  // Returns what came last from the holder of `other`, which waits here.
  static Waiting* NewestLike(const Waiting& other);
  // Appends for each holder one of those that wait.
  void AddOneOfEach(std::vector<Waiting*>* all) const;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::list<Waiting::Group> groups_;  // whose turn it is first
  absl::flat_hash_map<std::string, std::list<Waiting::Group>::iterator> by_key_;
  std::size_t size_ = 0;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_FAIR_QUEUE_H_
