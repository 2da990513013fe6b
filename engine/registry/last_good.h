// Keeps the last clean generation of a registry on disk.

#ifndef ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_
#define ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// Authenticates what is kept, so that somebody who can write the folder cannot
// make a registry.  The engine knows no keys; the service has them.
// Thread-safe.
class LastGoodSeal {
 public:
  virtual ~LastGoodSeal() = default;

  // The key that signs now.  kFailedPrecondition, and why, if there is none
  // that another start of the server will have.
  virtual absl::StatusOr<std::string> KeyId() const = 0;

  // The MAC of the texts, one behind the other, under a key.  The same bytes
  // have the same MAC, wherever one text ends and the next begins.  kNotFound
  // if there is no such key.
  virtual absl::StatusOr<std::string> Mac(
      absl::string_view key_id,
      absl::Span<const absl::string_view> texts) const = 0;

  // Whether the two are equal, in a time that does not tell where they differ.
  virtual bool Equal(absl::string_view mac, absl::string_view other) const = 0;
};

// A file as it was read.
struct RegistryFileText {
  std::string name;
  std::string text;
};

// The folder in which one generation is kept.  Replicas may share it: the
// generation that was written last is kept.
class LastGoodStore {
 public:
  // If `seal` is null, nothing is kept or loaded, and the errors say so.  No
  // more than `max_bytes` are kept or loaded.
  LastGoodStore(std::string dir, std::shared_ptr<const LastGoodSeal> seal,
                std::uint64_t max_bytes)
      : dir_(std::move(dir)), seal_(std::move(seal)), max_bytes_(max_bytes) {}

  // Writes the generation, whole or not at all: after a crash at any time the
  // folder holds the previous generation or this one.  Makes the folder,
  // private, if it is not there.  kFailedPrecondition if others can look into
  // the folder.
  absl::Status Save(const std::vector<RegistryFileText>& files);

  // Reads the generation that is kept.  kNotFound if none was ever kept;
  // kFailedPrecondition if an older release kept it or others can look into the
  // folder; kDataLoss if it is damaged, or was not written under one of the
  // seal's keys.
  absl::StatusOr<std::vector<RegistryFileText>> Load();

  // Signs the kept generation again if another key signs now, so that the old
  // key can be taken away.  Does nothing if nothing is kept.  After an error of
  // Load the generation must be saved anew; the next call does nothing.
  absl::Status Renew();

 private:
  const std::string dir_;
  const std::shared_ptr<const LastGoodSeal> seal_;
  const std::uint64_t max_bytes_;
  std::string key_id_;  // under which it was kept or loaded last
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_
