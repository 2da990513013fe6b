// The files of a generation, with a digest of them all.

#ifndef ROLEGATE_ENGINE_REGISTRY_CONTENT_TREE_H_
#define ROLEGATE_ENGINE_REGISTRY_CONTENT_TREE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace rolegate {

struct ParsedFile;

// A tree of digests, two levels deep.  The digest of a file's name says in
// which leaf it stands; a leaf has the digest of the names and contents of its
// files, and the root that of its leaves.  A change of one file therefore costs
// the digests of its leaf and of the root, and the digest depends on what is
// there and not on how it came about.  Copies share their leaves.
class ContentTree {
 public:
  ContentTree() : leaves_(kLeaves) {}
  explicit ContentTree(
      const std::vector<std::shared_ptr<const ParsedFile>>& files);

  // Adds the file, or replaces the one that has its name.
  void Put(std::shared_ptr<const ParsedFile> file);
  void Remove(absl::string_view name);

  std::size_t size() const { return size_; }

  // The file of this name; null if there is none.
  const ParsedFile* Find(absl::string_view name) const;

  // Returns every file, in an order that means nothing.
  std::vector<std::shared_ptr<const ParsedFile>> Files() const;

  // Calls `f` with each file that is not the same in `after`: as it was and as
  // it is, null where it is not there.  The order means nothing.  What the two
  // trees share costs nothing.
  void ForEachDifference(
      const ContentTree& after,
      absl::FunctionRef<void(const ParsedFile* before, const ParsedFile* after)>
          f) const;

  // 32 bytes.  Equal names and contents have equal digests.
  std::string Digest() const;

 private:
  struct Leaf {
    std::vector<std::shared_ptr<const ParsedFile>> files;  // by name
    std::string digest;
  };

  static constexpr std::size_t kLeaves = 1024;
  static std::size_t LeafOf(absl::string_view name);
  static void Sign(Leaf& leaf);

  std::vector<std::shared_ptr<const Leaf>> leaves_;  // null: no files
  std::size_t size_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_CONTENT_TREE_H_
