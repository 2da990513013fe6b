#include "engine/registry/role_list_reader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/memory/parallel.h"
#include "engine/registry/role_reader.h"

namespace rolegate {
namespace {

// A thread takes this many roles at a time, and none is started for fewer
// blocks than these.
constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocksForAThread = 16;

// The roles of one block and what is wrong with them.
struct Block {
  std::vector<RoleEntity> roles;
  Diagnostics diagnostics;
};

bool IsFault(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::kError;
}

// Keeps the first fault and the first finding, in their order.
void KeepFirstOfEach(Diagnostics* diagnostics) {
  const auto other = std::find_if(
      diagnostics->begin(), diagnostics->end(), [&](const Diagnostic& each) {
        return IsFault(each) != IsFault(diagnostics->front());
      });
  Diagnostics kept;
  kept.push_back(std::move(diagnostics->front()));
  if (other != diagnostics->end()) kept.push_back(std::move(*other));
  *diagnostics = std::move(kept);
}

// Bounds the memory of what blocks report.  Threads read the blocks in no
// order, and the file reports what comes first in it: once there is enough, the
// last block that reported something keeps only what shows that something is
// wrong in it.
class ReportBound {
 public:
  // The block at `index` was read.
  void Add(std::size_t index, Block* block) {
    if (block->diagnostics.empty()) return;
    const std::lock_guard<std::mutex> lock(mu_);
    reporting_.emplace(index, block);
    reported_ += block->diagnostics.size();
    while (!reporting_.empty()) {
      const auto last = std::prev(reporting_.end());
      Diagnostics& diagnostics = last->second->diagnostics;
      const std::size_t before = reported_ - diagnostics.size();
      if (before < kMaxDiagnosticsOfFile) return;
      reported_ = before;
      KeepFirstOfEach(&diagnostics);
      reporting_.erase(last);
    }
  }

 private:
  std::mutex mu_;
  // The blocks that keep all their diagnostics, and how many these are.
  std::map<std::size_t, Block*> reporting_;
  std::size_t reported_ = 0;
};

}  // namespace

void ReadRoleList(absl::Span<const JsonNode> elements, const std::string& path,
                  const RegistryOptions& options, FileFaults& faults,
                  std::vector<RoleEntity>* roles) {
  std::vector<Block> blocks((elements.size() + kBlock - 1) / kBlock);
  ReportBound bound;
  ForEachInParallel(blocks.size(), kBlocksForAThread, [&](std::size_t index) {
    Block& block = blocks[index];
    FileFaults block_faults(faults.file(), faults.json(), &block.diagnostics);
    const std::size_t begin = index * kBlock;
    const std::size_t end = std::min(begin + kBlock, elements.size());
    block.roles.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      std::optional<RoleEntity> role = ReadRole(
          elements[i], absl::StrCat(path, "[", i, "]"), options, block_faults);
      if (role) block.roles.push_back(*std::move(role));
    }
    bound.Add(index, &block);
  });
  roles->reserve(roles->size() + elements.size());
  for (Block& block : blocks) {
    std::move(block.roles.begin(), block.roles.end(),
              std::back_inserter(*roles));
    for (Diagnostic& diagnostic : block.diagnostics) {
      AddToFile(std::move(diagnostic), faults.diagnostics());
    }
  }
}

}  // namespace rolegate
