// Counts of records by what was decided for whom.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_GROUPS_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "client/cli/audit_entry.h"

namespace rolegate::cli {

// Groups by decision, principal and action; sessions of one role belong
// together.  At most 100,000 groups: what is in none is counted as `others`.
class AuditGroups {
 public:
  explicit AuditGroups(std::size_t max_groups = 100'000)
      : max_groups_(max_groups) {}

  void Add(const AuditEntry& entry);
  std::uint64_t total() const { return total_; }

  // A line for each group, the largest first, and the total.
  std::string Text() const;
  // A JSON array with an object for each group, and a line end.
  std::string Json() const;

 private:
  struct Group {
    std::string decision;  // the kind, of records without one
    std::string principal;
    std::string action;
    std::uint64_t count = 0;
    double estimate = 0;
  };
  std::vector<Group> Sorted() const;

  const std::size_t max_groups_;
  std::uint64_t total_ = 0;
  bool is_sampled_ = false;
  absl::flat_hash_map<std::string, Group> groups_;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_GROUPS_H_
