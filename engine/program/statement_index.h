// Finds the statements of a large policy that may bear on a request, so that
// ten thousand statements cost little more than the few that matter.
// statement_index_builder.h makes an index of programs; the index itself knows
// nothing but the numbers of their statements.

#ifndef ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_H_
#define ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/text/step_costs.h"
#include "engine/text/steps.h"

namespace rolegate {

// Statements by what their Action and Resource patterns begin with: a tree of
// prefixes of actions, and below each of its texts that has many statements, a
// tree of prefixes of resources.  A statement that it leaves out cannot match;
// one that it calls may still not match.
//
// For each prefix of the action, a walk takes no more steps than the request's
// action and resource have bytes.  Immutable.
class StatementIndex {
 public:
  // A program with no more statements is tried as quickly in turn: so many of
  // one service, each of which must be looked at, and so many of all services,
  // most of which are passed over.
  static constexpr std::size_t kMaxOfOneService = 24;
  static constexpr std::size_t kMaxStatements = 128;

  // Calls `f(statement)` with the numbers of all statements that may match, in
  // no order, each once.  Charges the walk to `budget`.
  template <typename F>
  void ForEachCandidate(absl::string_view folded_action,
                        absl::string_view resource, StepBudget* budget,
                        F f) const {
    Walk(root_, folded_action, budget, [&](Value by_action) {
      if (by_action.kind == Value::Kind::kTree) {
        Walk(by_action.number, resource, budget,
             [&](Value by_resource) { Call(by_resource, f); });
      } else {
        Call(by_action, f);
      }
    });
  }

  // The nodes of all trees together; no walk goes through more.
  std::size_t nodes() const { return nodes_.size(); }

  // Bytes held on the heap.
  std::size_t memory_bytes() const;

 private:
  friend class StatementIndexBuilder;

  // The value of a node.
  struct Value {
    enum class Kind : std::uint32_t {
      kNothing,
      kStatement,  // `number` is the statement's
      kList,       // of `lists_`, at `number`
      kTree,       // of resources, with its root at `number`
    };
    Kind kind : 2 = Kind::kNothing;
    std::uint32_t number : 30 = 0;
  };

  // A node stands for the text that the labels on the way to it make, with its
  // own label.
  struct Node {
    const char* label = "";
    std::uint32_t label_size = 0;
    std::uint32_t children_begin = 0;  // into nodes_, ordered by first byte
    std::uint32_t children_count = 0;
    Value begun;  // patterns that begin so and may go on
    Value whole;  // patterns that are just so
  };

  // Calls `f(value)` for every node on the way along `text`.
  template <typename F>
  void Walk(std::uint32_t root, absl::string_view text, StepBudget* budget,
            F f) const {
    for (std::uint32_t at = root;;) {
      const Node& node = nodes_[at];
      budget->Spend(step_costs::kIndexNode +
                    step_costs::Bytes(node.label_size));
      if (text.size() < node.label_size ||
          std::memcmp(text.data(), node.label, node.label_size) != 0) {
        return;
      }
      text.remove_prefix(node.label_size);
      if (node.begun.kind != Value::Kind::kNothing) f(node.begun);
      if (text.empty()) {
        if (node.whole.kind != Value::Kind::kNothing) f(node.whole);
        return;
      }
      const char* const first = first_bytes_.data() + node.children_begin;
      const void* const child =
          std::memchr(first, text.front(), node.children_count);
      if (child == nullptr) return;
      at = node.children_begin +
           static_cast<std::uint32_t>(static_cast<const char*>(child) - first);
    }
  }

  template <typename F>
  void Call(Value value, F& f) const {
    if (value.kind == Value::Kind::kStatement) {
      f(value.number);
      return;
    }
    // A list is its size, and then its members.
    const std::uint32_t* const list = lists_.data() + value.number;
    for (std::uint32_t i = 1; i <= list[0]; ++i) f(list[i]);
  }

  std::uint32_t root_ = 0;
  std::vector<Node> nodes_;
  std::vector<char> first_bytes_;  // of the label of each node
  std::vector<std::uint32_t> lists_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_STATEMENT_INDEX_H_
