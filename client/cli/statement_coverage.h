// Which statements of a registry ever decided a case.

#ifndef ROLEGATE_CLIENT_CLI_STATEMENT_COVERAGE_H_
#define ROLEGATE_CLIENT_CLI_STATEMENT_COVERAGE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "engine/decide/explain.h"
#include "engine/registry/snapshot.h"

namespace rolegate::cli {

class StatementCoverage {
 public:
  explicit StatementCoverage(const Snapshot& registry);

  // Counts the statements that decided.
  void Add(const Explanation& explanation);

  std::size_t total() const { return statements_.size(); }
  std::size_t decisive() const { return decisive_.size(); }
  // "roles/reader.json:27 `Get` of `read-example`", in the order of files.
  std::vector<std::string> NeverDecisive() const;

 private:
  std::vector<StatementRef> statements_;
  absl::flat_hash_set<std::pair<const Policy*, int>> decisive_;
};

// "roles/reader.json:27 `Get` of `read-example`".
std::string StatementText(const StatementRef& statement);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_STATEMENT_COVERAGE_H_
