// The facts on which the next reading of a registry's directory can build.

#ifndef ROLEGATE_ENGINE_REGISTRY_READING_BASIS_H_
#define ROLEGATE_ENGINE_REGISTRY_READING_BASIS_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/registry/snapshot.h"

namespace rolegate {

// Three states:
//
//                    Set
//     kNothing --------------> kCurrent
//        ^                      |    ^
//        |                      |    | Set
//        | Lose         Outdate |    |
//        |                      v    |
//        +-------------------- kOutdated
//                  Lose (from any state)
//
// A value; used by one thread.
class ReadingBasis {
 public:
  enum class State : std::uint8_t {
    // No snapshot is of the known files: nothing was read yet, files changed
    // while they were read, some have faults, or the snapshot in force holds
    // back folders and so is of other files.  The next reading joins all files.
    kNothing,

    // Something may have changed since the snapshot was built, and nobody named
    // it.  The next reading lists the directory; if it finds every file
    // unchanged, the snapshot is its result.
    kOutdated,

    // The snapshot is of the known files.  If all that changes has a name, the
    // snapshot can be updated by those files alone.
    kCurrent,
  };

  State state() const { return state_; }
  bool is_current() const { return state_ == State::kCurrent; }

  // Null in the state kNothing, and only there.
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

  // `snapshot` is of exactly the known files; not null.
  void Set(std::shared_ptr<const Snapshot> snapshot) {
    snapshot_ = std::move(snapshot);
    state_ = State::kCurrent;
  }

  // Something may have changed that nobody named.
  void Outdate() {
    if (state_ == State::kCurrent) state_ = State::kOutdated;
  }

  // The known files are others than those of the snapshot.
  void Lose() {
    snapshot_ = nullptr;
    state_ = State::kNothing;
  }

 private:
  State state_ = State::kNothing;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_READING_BASIS_H_
