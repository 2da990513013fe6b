// Reads the roles of an account's export: of thousands, in blocks, by several
// threads, and while the rest of the export is being parsed.

#ifndef ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/json/json_document.h"
#include "engine/memory/work_queue.h"
#include "engine/registry/entities.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// The members that hold the roles of an account's export.
inline constexpr absl::string_view kRoleDetailList = "RoleDetailList";
inline constexpr absl::string_view kRoles = "Roles";

// Of one file.  Documents that it is told of live as long as it does.
class RoleListReader : public JsonListListener {
 public:
  RoleListReader(SharedText file, const RegistryOptions& options)
      : file_(std::move(file)), options_(options) {}

  // Lists of roles that an object at the root has are read at once.
  void OnElements(const JsonDocument& document, absl::string_view member,
                  absl::Span<const JsonNode> elements) override;

  void OnFailure() override;

  // Appends the roles of the list at `path`, and what is wrong with them.
  void Read(const JsonDocument& document, const std::string& path,
            absl::Span<const JsonNode> elements, std::vector<RoleEntity>* roles,
            Diagnostics* diagnostics);

 private:
  struct Block {
    std::vector<JsonNode> nodes;
    std::size_t begin = 0;  // in the list
    std::vector<RoleEntity> roles;
    Diagnostics diagnostics;
  };
  struct List {
    std::size_t size = 0;  // of elements that are in a block
    std::vector<std::unique_ptr<Block>> blocks;

    // Blocks that were read and keep all their diagnostics, by where they
    // begin, and how many these are.
    std::map<std::size_t, Block*> reporting;
    std::size_t reported = 0;
  };

  // Called when a block was read.  Blocks are read in no order, and the list
  // reports what comes first in the file: this drops what cannot be among it.
  void BoundDiagnostics(List& list, Block& block);

  void Add(const JsonDocument& document, const std::string& path,
           absl::Span<const JsonNode> elements);

  const SharedText file_;
  const RegistryOptions& options_;
  std::map<std::string, List, std::less<>> lists_;  // by path
  std::mutex mu_;  // of the diagnostics of blocks that were read
  std::unique_ptr<WorkQueue> queue_;  // null: nothing to do; the last to live
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ROLE_LIST_READER_H_
