// A policy document's compiled form.  Literals are typed and parsed, so that
// nothing is left to parse when a request comes.  compile.cc makes a program of
// a document, the evaluator reads it through the views of program_views.h, and
// docs and tests read Dump().

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/types/span.h"
#include "engine/memory/counted_ptr.h"
#include "engine/policy/policy_kind.h"
#include "engine/program/program_records.h"
#include "engine/program/program_views.h"
#include "engine/program/statement_index.h"
#include "engine/text/sha256.h"

namespace rolegate {

// The source of a program.  Equal documents of one kind share the program.
struct ProgramSource {
  PolicyKind kind = PolicyKind::kIdentity;
  Sha256Digest digest;  // Policy::content_digest

  friend bool operator==(const ProgramSource&, const ProgramSource&) = default;
};

// Immutable once compiled, so threads may share it without locks.  It is one
// block of memory that begins with this object (program_records.h).
class Program : public Counted<Program> {
 public:
  ~Program() = default;
  // The size of the block is not that of the object.
  static void operator delete(void* block) { ::operator delete(block); }

  const ProgramSource& source() const { return source_; }

  ViewList<StatementView> statements() const {
    return {&arrays_, arrays_.statements, {0, statement_count_}};
  }
  // For each statement, the ServiceNumber of all its actions, or 0 if they are
  // not of one service.  A request's service passes over most statements by
  // this array alone.
  absl::Span<const std::uint16_t> services() const {
    return {arrays_.services, statement_count_};
  }

  // Returns the most that evaluating the program costs, in steps
  // (policy_cost.h).
  std::uint64_t max_steps() const { return max_steps_; }

  // Null if only few statements can be of one request: they are tried in turn.
  const StatementIndex* index() const { return index_.get(); }

  // The compiled form, for people: a line for each statement, and below it one
  // for each action, resource, principal and condition.
  //
  //   0 allow `ReadHome`, service s3
  //     action glob s3:get*
  //     resource [arn:aws:s3:::home/][$aws:username][/][*]
  //     if StringEquals app:team [red] [blue]
  std::string Dump() const;

 private:
  friend class ProgramWriter;

  Program() = default;

  ProgramArrays arrays_;
  std::uint32_t statement_count_ = 0;
  ProgramSource source_;
  std::uint64_t max_steps_ = 0;
  std::unique_ptr<const StatementIndex> index_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_
