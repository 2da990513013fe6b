#include "engine/program/policy_cost.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/policy/action_name.h"
#include "engine/policy/resource_name.h"
#include "engine/program/operands.h"
#include "engine/program/program.h"
#include "engine/text/case_folding.h"
#include "engine/text/glob_match.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

namespace cost = step_costs;

// The cost of trying one place after the other until the search by bits takes
// over, and the cost of that search at each position.  The windows in which it
// works overlap by less than half.
constexpr std::uint64_t kFixedTries = 80;
constexpr std::uint64_t kDisappointments = 12;
constexpr std::uint64_t kTryByte = 2 * cost::kPlace + 2;

// The cost of sixteen bytes in a search for a literal: it goes back for a
// quarter of them at most, and looks ahead for the rest.
constexpr std::uint64_t kSearch16Bytes = 16 * cost::kSearchByte + 4 + 1;
constexpr std::uint64_t kBitByte = 3 * cost::kBitPosition / 2 + 1;

// A cost of which a part grows with the length of the text.  That part is of
// sixteen bytes, as some work costs less than a step for each byte.
struct Cost {
  std::uint64_t fixed = 0;
  std::uint64_t by_16_bytes = 0;

  void Add(const Cost& other) {
    fixed += other.fixed;
    by_16_bytes += other.by_16_bytes;
  }
};

// Reckons what a match with one template costs.
class TemplateCost {
 public:
  explicit TemplateCost(TemplateView pattern) {
    if (pattern.IsOnly(PieceKind::kLiteral)) {
      fixed_ = cost::kPart + cost::Bytes((*pattern.begin()).text().size());
      return;
    }
    for (const PieceView piece : pattern) Add(piece);
    // The last segment has one place where it may begin.
    EndSegment(/*is_last=*/true);
  }

  Cost Take() const { return {fixed_ + search_, by_16_bytes_}; }

  // Reckons the cost for many texts that share the length of one.  A search is
  // made ready only after so many bytes of a text have not matched.
  Cost TakeForMany() const {
    return {fixed_, by_16_bytes_ + 16 * most_search_ / kDisappointments + 1};
  }

 private:
  void Add(PieceView piece) {
    // Every part is read to resolve variables, to measure its segment and to
    // match it.
    fixed_ += 3 * kTakenPart;
    switch (piece.kind()) {
      case PieceKind::kAnyRun:
        EndSegment(/*is_last=*/false);
        behind_star_ = true;
        return;
      case PieceKind::kAnyOne:
        ++any_ones_;
        return;
      case PieceKind::kVariable:
        // The value of the one that was met last is remembered.
        fixed_ += (variables_ == 0 ? 1 : 3) * cost::kLookUp;
        if (variables_ == 1) fixed_ += 2 * cost::kLookUp;
        fixed_ += 3 * cost::Bytes(kVariableBytes);
        ++variables_;
        literals_ += kVariableBytes;
        return;
      case PieceKind::kLiteral:
        break;
    }
    fixed_ += 3 * cost::Bytes(piece.text().size());
    literals_ += piece.text().size();
  }

  void EndSegment(bool is_last) {
    const std::uint64_t units = literals_ + any_ones_;
    if (behind_star_ && units > 0) {
      if (any_ones_ > 0) fixed_ += 2 * cost::kPlace * units;
      fixed_ += kTakenPart + cost::kCandidate;
      if (!is_last) AddSearch(units);
    }
    literals_ = any_ones_ = 0;
  }

  void AddSearch(std::uint64_t units) {
    const std::uint64_t before = search_;
    AddSearchOf(units);
    most_search_ = std::max(most_search_, search_ - before);
  }

  void AddSearchOf(std::uint64_t units) {
    if (any_ones_ == 0) {
      search_ += kFixedTries + cost::kBitTable + units * cost::kPrepareByte;
      by_16_bytes_ = std::max(by_16_bytes_, kSearch16Bytes);
      return;
    }
    const std::uint64_t blocks = units / BitBlock::kMaxUnits + 1;
    const std::uint64_t span =
        literals_ + GlobText::kMaxCharacter * any_ones_ + 256;
    search_ += kFixedTries +
               blocks * (cost::kBitTable + cost::kBitPosition * 4 * span);
    by_16_bytes_ = std::max(by_16_bytes_, 16 * (kTryByte + blocks * kBitByte));
  }

  // The length that is reckoned for the value of a variable.  Tags are no
  // longer, nor are most names.  A longer value takes steps from the other half
  // of the check's budget.
  static constexpr std::uint64_t kVariableBytes = 256;

  std::uint64_t fixed_ = 0;
  std::uint64_t search_ = 0;       // making searches ready
  std::uint64_t most_search_ = 0;  // that of one segment
  std::uint64_t by_16_bytes_ = 0;  // segments share the text
  // The literals of the segment so far.
  std::uint64_t literals_ = 0;
  std::uint64_t any_ones_ = 0;
  std::uint64_t variables_ = 0;  // of all segments
  bool behind_star_ = false;
};

std::uint64_t OfAction(ActionView pattern) {
  const absl::string_view text = pattern.text();
  std::uint64_t steps = cost::kAction + text.size();
  if (pattern.kind() != ActionKind::kGlob) return steps;
  const std::size_t wild = text.find_first_of("*?");
  if (wild + 1 == text.size()) return steps;
  // The segments cost what those of a template do.
  const std::uint64_t size = text.size();
  const std::uint64_t blocks = size / BitBlock::kMaxUnits + 1;
  const auto segments =
      static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '*'));
  steps +=
      segments * kFixedTries + size * (cost::kPrepareByte + 2 * kTakenPart);
  steps += std::min<std::uint64_t>(blocks, 5) *
           (cost::kBitTable + kBitByte * 2 * ActionName::kMaxBytes);
  return steps + ActionName::kMaxBytes * kTryByte;
}

// Returns the cost of folding a template's literals.
std::uint64_t OfFolding(TemplateView pattern) {
  std::uint64_t bytes = 0;
  for (const PieceView piece : pattern) {
    bytes += piece.kind() == PieceKind::kLiteral ? piece.text().size() : 1;
  }
  return cost::kFoldedByte * bytes;
}

// Returns the cost of comparing one value of the request with all values of a
// condition.
Cost OfValues(ConditionView condition) {
  Cost all;
  all.fixed = cost::kValue * condition.value_count();
  const ConditionOperator& op = condition.op();
  switch (VisitOperand(op.type, [](auto operand) { return operand.kCost; })) {
    case OperandCost::kTemplate:
      for (const TemplateView pattern : condition.values<TemplateView>()) {
        const TemplateCost match(pattern);
        all.Add(op.quantifier != SetQuantifier::kNone ? match.TakeForMany()
                                                      : match.Take());
        if (op.comparison == Comparison::kEqualIgnoreCase) {
          all.fixed += OfFolding(pattern);
        }
      }
      break;
    case OperandCost::kLength:
      all.by_16_bytes = 16 * cost::kParsedByte * condition.value_count();
      break;
    case OperandCost::kLookUp:
      all.fixed += cost::kLookUp * condition.value_count();
      break;
    case OperandCost::kFixed:
      break;
  }
  return all;
}

Cost OfCondition(ConditionView condition) {
  const ConditionOperator& op = condition.op();
  Cost all;
  all.fixed = cost::kParsed;
  if (VisitOperand(op.type,
                   [](auto operand) { return operand.kReadsByLength; })) {
    all.by_16_bytes = 16 * cost::kParsedByte;
  }
  all.Add(OfValues(condition));
  // The request's values share the length of the context, and each of them is
  // compared.
  if (op.quantifier != SetQuantifier::kNone) {
    all.fixed = (all.fixed + 1) * kMostContextValues;
  }
  all.fixed += cost::kLookUp;
  return all;
}

// The cost of one statement, or of one of its conditions.
struct Row {
  std::uint16_t service = 0;  // of the statement; 0: of any
  std::uint32_t key = 0;      // a number for the condition's key
  std::uint64_t fixed = 0;
  std::uint64_t by_16_bytes = 0;
};

// Numbers condition keys, equal ones of all programs alike.
class KeyNumbers {
 public:
  std::uint32_t NumberOf(const ContextKey& key) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.emplace(FoldedName(key.name), next).first->second;
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

void AddStatement(StatementView statement, std::uint16_t service,
                  KeyNumbers* keys, std::vector<Row>* rows) {
  Cost cost;
  cost.fixed = cost::kStatement;
  for (const ActionView action : statement.actions()) {
    cost.fixed += OfAction(action);
  }
  cost.fixed +=
      statement.principals().size() * (cost::kPrincipal + cost::Bytes(2048));
  for (const ResourceView resource : statement.resources()) {
    cost.fixed += cost::kValue;
    if (resource.kind() == ResourceKind::kArn) {
      cost.Add(TemplateCost(resource.arn()).Take());
    }
  }
  rows->push_back(
      {service, 0,
       cost.fixed + cost.by_16_bytes * (ResourceName::kMaxBytes / 16), 0});
  for (const ConditionView condition : statement.conditions()) {
    const Cost tested = OfCondition(condition);
    const std::uint32_t key =
        tested.by_16_bytes == 0 ? 0 : keys->NumberOf(condition.key());
    rows->push_back({service, key, tested.fixed, tested.by_16_bytes});
  }
}

// Returns the cost of the rows of one service.  Keys share the length of one
// context.
std::uint64_t OfService(const Row* begin, const Row* end) {
  std::uint64_t fixed = 0;
  std::uint64_t most = 0;
  std::uint64_t of_key = 0;
  for (const Row* row = begin; row != end; ++row) {
    if (row == begin || row->key != (row - 1)->key) of_key = 0;
    fixed += row->fixed;
    of_key += row->by_16_bytes;
    most = std::max(most, of_key);
  }
  return fixed + most * (kLongestContext / 16);
}

}  // namespace

std::uint64_t ReckonPatternSteps(absl::string_view pattern) {
  // The pattern is matched as a template, and once more with `/*` behind it.
  // Any part of it may mix literals and `?`.
  const std::uint64_t size = pattern.size() + 2;
  const bool mixed = pattern.find('?') != absl::string_view::npos;
  const std::uint64_t blocks =
      mixed ? size / BitBlock::kMaxUnits + 1 : std::uint64_t{0};
  const std::uint64_t by_16_bytes =
      mixed ? 16 * (kTryByte + blocks * kBitByte) : kSearch16Bytes;
  const auto stars = static_cast<std::uint64_t>(
      std::count(pattern.begin(), pattern.end(), '*') + 1);
  const std::uint64_t fixed =
      stars * (kFixedTries + cost::kBitTable) +
      size * (4 * kTakenPart + cost::kPrepareByte) +
      blocks * (cost::kBitTable + cost::kBitPosition * 4 * (4 * size + 256));
  return 2 * (cost::kStatement + fixed +
              by_16_bytes * (ResourceName::kMaxBytes / 16));
}

std::uint64_t ReckonMaxSteps(absl::Span<const Program* const> programs) {
  std::vector<Row> rows;
  KeyNumbers keys;
  std::uint64_t walk = 0;
  for (const Program* program : programs) {
    const auto statements = program->statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      AddStatement(statements[i], program->services()[i], &keys, &rows);
    }
    // Statements are passed over by their services, or found by an index.
    walk += statements.size();
    if (program->index() != nullptr) {
      walk += std::min(kMaxIndexSteps,
                       cost::kIndexNode * program->index()->nodes());
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.service != b.service ? a.service < b.service : a.key < b.key;
  });
  std::uint64_t of_any = 0;
  std::uint64_t of_one = 0;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && rows[end].service == rows[begin].service) ++end;
    const std::uint64_t steps =
        OfService(rows.data() + begin, rows.data() + end);
    if (rows[begin].service == 0) {
      of_any = steps;
    } else {
      of_one = std::max(of_one, steps);
    }
    begin = end;
  }
  return walk + of_any + of_one;
}

}  // namespace rolegate
