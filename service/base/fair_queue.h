// A queue that serves those who wait in it in turns, and not by who came first:
// one peer after the other, and of one peer one principal after the other.

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

  // All that waits of one holder.
  struct Line {
    Holder holder;
    std::list<Waiting*> waiting;
  };
  // All lines of one peer; or the line of somebody whom a peer carries that is
  // counted by its principals.
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

// Every operation but Holders takes the same time however many wait.  Holds no
// ownership.  Not thread-safe.
class FairQueue {
 public:
  // Lets it wait, last of its holder.
  void Push(Waiting* waiting, Holder holder);
  // The first of the line whose turn it is; null if nothing waits.
  Waiting* Pop();
  // Takes out what waits here.
  void Remove(Waiting* waiting);
  // Returns what came last from the holder of `other`, which waits here.
  static Waiting* NewestLike(const Waiting& other);
  // Adds one that waits of each holder.
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
