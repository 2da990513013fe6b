// Builds a StatementIndex of the statements of programs.

#ifndef ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_BUILDER_H_
#define ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_BUILDER_H_

#include <memory>

#include "absl/types/span.h"
#include "engine/program/program.h"
#include "engine/program/statement_index.h"

namespace rolegate {

// Whether trying the program's statements in turn takes longer than walking an
// index: it has more than StatementIndex::kMaxStatements, or a request can be
// of the service of more than kMaxOfOneService.
bool IsWorthIndexing(const Program& program);

// Statements are numbered from 0 through all programs.  The index refers to
// texts of the programs, which must outlive it and stay where they are.
std::unique_ptr<const StatementIndex> BuildStatementIndex(
    absl::Span<const Program* const> programs);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_BUILDER_H_
