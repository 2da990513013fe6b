// Views of the parts of a compiled policy, for the evaluator, the linter and
// explanations.
//
// A view is as small as two pointers and is passed by value.  It is valid as
// long as its Program.  Lists of views are read like any range:
//
//   for (const StatementView statement : program.statements()) {
//     for (const ActionView action : statement.actions()) Show(action.text());
//   }

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_VIEWS_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_VIEWS_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <tuple>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/condition_operator.h"
#include "engine/policy/context_key.h"
#include "engine/policy/effect.h"
#include "engine/program/program_records.h"
#include "engine/text/cidr.h"
#include "engine/text/decimal.h"
#include "engine/text/instant.h"

namespace rolegate {

// A record together with the arrays that it refers to.
template <typename R>
class RecordView {
 public:
  using Record = R;

  RecordView(const ProgramArrays* arrays, const Record* record)
      : arrays_(arrays), record_(record) {}

 protected:
  const ProgramArrays& arrays() const { return *arrays_; }
  const Record& record() const { return *record_; }
  absl::string_view TextOf(TextRef ref) const {
    return {arrays_->pool + ref.begin, ref.size};
  }

 private:
  const ProgramArrays* arrays_;
  const Record* record_;
};

// Views of consecutive elements.  A forward range with random access.
template <typename View>
class ViewList {
 public:
  using Record = typename View::Record;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    using pointer = const View*;
    using reference = View;

    Iterator() = default;
    Iterator(const ProgramArrays* arrays, const Record* at)
        : arrays_(arrays), at_(at) {}

    View operator*() const { return View(arrays_, at_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++at_;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.at_ == b.at_;
    }

   private:
    const ProgramArrays* arrays_ = nullptr;
    const Record* at_ = nullptr;
  };

  // `all` is the array that holds the elements of `range`.
  ViewList(const ProgramArrays* arrays, const Record* all, Range range)
      : arrays_(arrays), begin_(all + range.begin), end_(all + range.end) {}

  Iterator begin() const { return Iterator(arrays_, begin_); }
  Iterator end() const { return Iterator(arrays_, end_); }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  // `index` is below size().
  View operator[](std::size_t index) const {
    return View(arrays_, begin_ + index);
  }

 private:
  const ProgramArrays* arrays_;
  const Record* begin_;
  const Record* end_;
};

// A part of a template.
class PieceView : public RecordView<PieceRecord> {
 public:
  using RecordView::RecordView;

  PieceKind kind() const { return record().kind; }
  // Requires a literal.
  absl::string_view text() const {
    return TextOf({record().begin, record().size});
  }

  // Requires a variable.  Returns the key whose value takes its place;
  // default_text() takes its place if the key has no value.
  ContextKey key() const {
    const KeyRecord& known = arrays().keys[variable().key];
    return ContextKey(TextOf(known.name), known.hash);
  }
  bool has_default() const { return variable().has_default; }
  absl::string_view default_text() const {
    return TextOf(variable().default_text);
  }

 private:
  const VariableRecord& variable() const {
    return arrays().variables[record().begin];
  }
};

// A text in which wildcards and policy variables are told apart: the compiled
// form of ARNs, and of the values of String*, Arn* and Bool conditions.
class TemplateView : public RecordView<TemplateRecord> {
 public:
  using RecordView::RecordView;
  using Iterator = ViewList<PieceView>::Iterator;

  ViewList<PieceView> pieces() const {
    return {&arrays(), arrays().pieces, record().pieces};
  }
  Iterator begin() const { return pieces().begin(); }
  Iterator end() const { return pieces().end(); }
  std::size_t size() const { return record().pieces.size(); }
  bool empty() const { return size() == 0; }
  bool has_variables() const { return record().has_variables; }

  // Whether it is one piece, which is of this kind.
  bool IsOnly(PieceKind kind) const {
    return size() == 1 && (*begin()).kind() == kind;
  }
};

class ActionView : public RecordView<ActionRecord> {
 public:
  using RecordView::RecordView;

  ActionKind kind() const { return record().kind; }
  // The whole pattern in lower case, "s3:get*"; empty for kAll and kNothing.
  absl::string_view text() const {
    return TextOf({record().begin, record().size});
  }
  absl::string_view prefix() const {
    return text().substr(0, record().prefix_size);
  }
};

// In the first five parts of an ARN, wildcards stop at colons.
class ResourceView : public RecordView<ResourceRecord> {
 public:
  using RecordView::RecordView;

  ResourceKind kind() const { return record().kind; }
  TemplateView arn() const { return {&arrays(), &record().arn}; }
};

class PrincipalView : public RecordView<PrincipalRecord> {
 public:
  using RecordView::RecordView;

  PrincipalPatternKind kind() const { return record().kind; }
  absl::string_view text() const { return TextOf(record().text); }
};

// A number that a Numeric* condition compares with.
class DecimalView : public RecordView<DecimalRecord> {
 public:
  using RecordView::RecordView;

  Decimal value() const {
    return {record().negative, TextOf(record().integer),
            TextOf(record().fraction)};
  }
};

// Bytes that a Binary* condition compares with.
class BytesView : public RecordView<TextRef> {
 public:
  using RecordView::RecordView;

  absl::string_view bytes() const { return TextOf(record()); }
};

// One operator applied to one key.
class ConditionView : public RecordView<ConditionRecord> {
 public:
  using RecordView::RecordView;

  const ConditionOperator& op() const { return record().op; }
  ContextKey key() const {
    const KeyRecord& known = arrays().keys[record().key];
    return ContextKey(TextOf(known.name), known.hash);
  }

  // The policy's values.  They are of the Value type of the operator's operand
  // (operands.h), and of no other: a view of a record each, or values that the
  // program keeps as they are.
  template <typename Value>
  auto values() const {
    const Range range = record().values;
    if constexpr (requires { typename Value::Record; }) {
      return ViewList<Value>(
          &arrays(), std::get<const typename Value::Record*>(arrays().values),
          range);
    } else {
      return absl::MakeConstSpan(
          std::get<const Value*>(arrays().values) + range.begin, range.size());
    }
  }
  std::size_t value_count() const { return record().values.size(); }

  // Tells this condition from every other one while its program lives.
  const void* identity() const { return &record(); }
};

class StatementView : public RecordView<StatementRecord> {
 public:
  using RecordView::RecordView;

  Effect effect() const { return record().effect; }
  // Empty if the statement has none.
  absl::string_view sid() const { return TextOf(record().sid); }

  // Whether the statement has Principal or NotPrincipal, Resource or
  // NotResource; and whether it is the element with `Not`.
  bool has_principal() const { return record().has_principal; }
  bool has_resource() const { return record().has_resource; }
  bool not_principal() const { return record().not_principal; }
  bool not_action() const { return record().not_action; }
  bool not_resource() const { return record().not_resource; }

  ViewList<PrincipalView> principals() const {
    return {&arrays(), arrays().principals,
            PartOf(&StatementRecord::principals)};
  }
  ViewList<ActionView> actions() const {
    return {&arrays(), arrays().actions, PartOf(&StatementRecord::actions)};
  }
  ViewList<ResourceView> resources() const {
    return {&arrays(), arrays().resources, PartOf(&StatementRecord::resources)};
  }
  ViewList<ConditionView> conditions() const {
    return {&arrays(), arrays().conditions,
            PartOf(&StatementRecord::conditions)};
  }

 private:
  // Returns the part of an array that belongs to this statement.  It ends where
  // the part of the next record begins, and there is a record behind the last
  // statement.
  Range PartOf(std::uint32_t StatementRecord::*begin) const {
    const StatementRecord* const next = &record() + 1;
    return {record().*begin, next->*begin};
  }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_VIEWS_H_
