#include "engine/registry/role_list_reader.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/role_reader.h"

namespace rolegate {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocksForAThread = 16;

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

}  // namespace

void RoleListReader::OnElements(const JsonDocument& document,
                                absl::string_view member,
                                absl::Span<const JsonNode> elements) {
  if (member == kRoleDetailList || member == kRoles) {
    Add(document, std::string(member), elements);
  }
}

void RoleListReader::OnFailure() {
  queue_ = nullptr;
  lists_.clear();
}

void RoleListReader::Read(const JsonDocument& document, const std::string& path,
                          absl::Span<const JsonNode> elements,
                          std::vector<RoleEntity>* roles,
                          Diagnostics* diagnostics) {
  Add(document, path, elements.subspan(lists_[path].size));
  if (queue_ != nullptr) queue_->Finish();
  queue_ = nullptr;
  roles->reserve(roles->size() + elements.size());
  for (const auto& block : lists_[path].blocks) {
    std::move(block->roles.begin(), block->roles.end(),
              std::back_inserter(*roles));
    for (Diagnostic& diagnostic : block->diagnostics) {
      AddToFile(std::move(diagnostic), diagnostics);
    }
  }
  lists_.erase(path);
}

void RoleListReader::Add(const JsonDocument& document, const std::string& path,
                         absl::Span<const JsonNode> elements) {
  const auto at = lists_.try_emplace(path).first;
  List& list = at->second;
  while (!elements.empty()) {
    const auto some = elements.subspan(0, std::min(kBlock, elements.size()));
    elements.remove_prefix(some.size());
    auto block = std::make_unique<Block>();
    block->nodes.assign(some.begin(), some.end());
    block->begin = list.size;
    list.size += some.size();
    if (queue_ == nullptr) {
      queue_ = std::make_unique<WorkQueue>(kBlocksForAThread);
    }
    queue_->Add([this, &document, &path = at->first, &list, b = block.get()] {
      FileFaults faults(file_, document, &b->diagnostics);
      b->roles.reserve(b->nodes.size());
      for (std::size_t i = 0; i < b->nodes.size(); ++i) {
        std::optional<RoleEntity> role =
            ReadRole(b->nodes[i], absl::StrCat(path, "[", b->begin + i, "]"),
                     options_, faults);
        if (role) b->roles.push_back(*std::move(role));
      }
      if (!b->diagnostics.empty()) BoundDiagnostics(list, *b);
    });
    list.blocks.push_back(std::move(block));
  }
}

void RoleListReader::BoundDiagnostics(List& list, Block& block) {
  const std::lock_guard<std::mutex> lock(mu_);
  list.reporting.emplace(block.begin, &block);
  list.reported += block.diagnostics.size();
  while (!list.reporting.empty()) {
    const auto last = std::prev(list.reporting.end());
    Diagnostics& diagnostics = last->second->diagnostics;
    const std::size_t before = list.reported - diagnostics.size();
    if (before < kMaxDiagnosticsOfFile) return;
    list.reported = before;
    KeepFirstOfEach(&diagnostics);
    list.reporting.erase(last);
  }
}

}  // namespace rolegate
