#include "engine/registry/content_tree.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/memory/parallel.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/parsed_file.h"

namespace rolegate {
namespace {

// Work on fewer of them takes less time than starting a thread.
constexpr std::size_t kNamesForAThread = 4096;
constexpr std::size_t kLeavesForAThread = 64;

bool NameBefore(const std::shared_ptr<const ParsedFile>& file,
                absl::string_view name) {
  return file->name() < name;
}

}  // namespace

ContentTree::ContentTree(
    const std::vector<std::shared_ptr<const ParsedFile>>& files)
    : leaves_(kLeaves), size_(files.size()) {
  std::vector<std::uint16_t> numbers(files.size());
  ForEachInParallel(files.size(), kNamesForAThread, [&](std::size_t i) {
    numbers[i] = static_cast<std::uint16_t>(LeafOf(files[i]->name()));
  });
  std::vector<std::shared_ptr<Leaf>> leaves(kLeaves);
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::shared_ptr<Leaf>& leaf = leaves[numbers[i]];
    if (leaf == nullptr) leaf = std::make_shared<Leaf>();
    leaf->files.push_back(files[i]);
  }
  // If there are few files, a leaf holds few.
  const std::size_t worth =
      files.size() < kNamesForAThread ? kLeaves : kLeavesForAThread;
  ForEachInParallel(kLeaves, worth, [&](std::size_t i) {
    if (leaves[i] == nullptr) return;
    std::sort(
        leaves[i]->files.begin(), leaves[i]->files.end(),
        [](const auto& a, const auto& b) { return a->name() < b->name(); });
    leaves[i]->files.shrink_to_fit();
    Sign(*leaves[i]);
    leaves_[i] = std::move(leaves[i]);
  });
}

void ContentTree::Put(std::shared_ptr<const ParsedFile> file) {
  std::shared_ptr<const Leaf>& old = leaves_[LeafOf(file->name())];
  auto leaf = old ? std::make_shared<Leaf>(*old) : std::make_shared<Leaf>();
  const auto at = std::lower_bound(leaf->files.begin(), leaf->files.end(),
                                   file->name(), NameBefore);
  if (at != leaf->files.end() && (*at)->name() == file->name()) {
    *at = std::move(file);
  } else {
    leaf->files.insert(at, std::move(file));
    ++size_;
  }
  Sign(*leaf);
  old = std::move(leaf);
}

void ContentTree::Remove(absl::string_view name) {
  std::shared_ptr<const Leaf>& old = leaves_[LeafOf(name)];
  if (old == nullptr) return;
  auto leaf = std::make_shared<Leaf>(*old);
  const auto at = std::lower_bound(leaf->files.begin(), leaf->files.end(), name,
                                   NameBefore);
  if (at == leaf->files.end() || (*at)->name() != name) return;
  leaf->files.erase(at);
  --size_;
  Sign(*leaf);
  old = leaf->files.empty() ? nullptr : std::move(leaf);
}

const ParsedFile* ContentTree::Find(absl::string_view name) const {
  const std::shared_ptr<const Leaf>& leaf = leaves_[LeafOf(name)];
  if (leaf == nullptr) return nullptr;
  const auto at = std::lower_bound(leaf->files.begin(), leaf->files.end(), name,
                                   NameBefore);
  return at == leaf->files.end() || (*at)->name() != name ? nullptr : at->get();
}

std::vector<std::shared_ptr<const ParsedFile>> ContentTree::Files() const {
  std::vector<std::shared_ptr<const ParsedFile>> files;
  files.reserve(size_);
  for (const auto& leaf : leaves_) {
    if (leaf == nullptr) continue;
    files.insert(files.end(), leaf->files.begin(), leaf->files.end());
  }
  return files;
}

void ContentTree::ForEachDifference(
    const ContentTree& after,
    absl::FunctionRef<void(const ParsedFile*, const ParsedFile*)> f) const {
  static const Leaf* const kNone = new Leaf;
  for (std::size_t i = 0; i < kLeaves; ++i) {
    if (leaves_[i] == after.leaves_[i]) continue;
    const Leaf& old = leaves_[i] == nullptr ? *kNone : *leaves_[i];
    const Leaf& now = after.leaves_[i] == nullptr ? *kNone : *after.leaves_[i];
    auto a = old.files.begin();
    auto b = now.files.begin();
    while (a != old.files.end() || b != now.files.end()) {
      const bool came = a == old.files.end() ||
                        (b != now.files.end() && (*b)->name() < (*a)->name());
      const bool went = b == now.files.end() ||
                        (a != old.files.end() && (*a)->name() < (*b)->name());
      const ParsedFile* const file_before = came ? nullptr : (a++)->get();
      const ParsedFile* const file_after = went ? nullptr : (b++)->get();
      if (came || went ||
          !(file_before->content_digest == file_after->content_digest)) {
        f(file_before, file_after);
      }
    }
  }
}

std::string ContentTree::Digest() const {
  DigestWriter digest;
  for (const auto& leaf : leaves_) {
    digest.Add(leaf ? absl::string_view(leaf->digest) : absl::string_view());
  }
  return digest.Finish();
}

// Replicas must agree, so this is the same on every machine.
std::size_t ContentTree::LeafOf(absl::string_view name) {
  const std::string digest = Sha256(name);
  const auto high = static_cast<unsigned char>(digest[0]);
  const auto low = static_cast<unsigned char>(digest[1]);
  return (std::size_t{high} << 8 | low) % kLeaves;
}

void ContentTree::Sign(Leaf& leaf) {
  DigestWriter digest;
  for (const auto& file : leaf.files) {
    digest.Add(file->name(), file->content_digest.bytes());
  }
  leaf.digest = digest.Finish();
}

}  // namespace rolegate
