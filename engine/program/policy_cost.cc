#include "engine/program/policy_cost.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "engine/policy/action_name.h"
#include "engine/policy/resource_name.h"
#include "engine/program/program.h"
#include "engine/text/glob_match.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

namespace cost = step_costs;

// What trying one place after the other costs before the search by bits takes
// over, and that search at each position: the windows in which it works
// overlap by less than half.
constexpr std::uint64_t kFixedTries = 80;
constexpr std::uint64_t kDisappointments = 12;
constexpr std::uint64_t kTryByte = 2 * cost::kPlace + 2;

// Sixteen bytes of a search for a literal, which goes back for a quarter of
// them at most and looks ahead for the rest.
constexpr std::uint64_t kSearch16Bytes = 16 * cost::kSearchByte + 4 + 1;
constexpr std::uint64_t kBitByte = 3 * cost::kBitPosition / 2 + 1;

// A cost of which a part grows with the length of the text: that of sixteen
// bytes, as some work costs less than a step for each.
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
  explicit TemplateCost(Template pattern) {
    if (pattern.IsOnly(Piece::Kind::kLiteral)) {
      fixed_ = cost::kPart + cost::Bytes((*pattern.begin()).text.size());
      return;
    }
    for (const Piece& piece : pattern) Add(piece);
    // The last segment has one place where it may begin.
    EndSegment(/*is_last=*/true);
  }

  Cost Take() const { return {fixed_ + search_, by_16_bytes_}; }

  // The same for many texts that share the length of one: a search is made
  // ready only once so many bytes of a text have disappointed it.
  Cost TakeForMany() const {
    return {fixed_, by_16_bytes_ + 16 * most_search_ / kDisappointments + 1};
  }

 private:
  void Add(const Piece& piece) {
    // Every part is read to resolve variables, to measure its segment and to
    // match it.
    fixed_ += 3 * kTakenPart;
    switch (piece.kind) {
      case Piece::Kind::kAnyRun:
        EndSegment(/*is_last=*/false);
        behind_star_ = true;
        return;
      case Piece::Kind::kAnyOne:
        ++any_ones_;
        return;
      case Piece::Kind::kVariable:
        // The value of the one that was met last is remembered.
        fixed_ += (variables_ == 0 ? 1 : 3) * cost::kLookUp;
        if (variables_ == 1) fixed_ += 2 * cost::kLookUp;
        fixed_ += 3 * cost::Bytes(kVariableBytes);
        ++variables_;
        literals_ += kVariableBytes;
        return;
      case Piece::Kind::kLiteral:
        break;
    }
    fixed_ += 3 * cost::Bytes(piece.text.size());
    literals_ += piece.text.size();
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

  // What a variable's value is reckoned at: tags are no longer, nor most names.
  // One that is leaves the other half of the check's budget less.
  static constexpr std::uint64_t kVariableBytes = 256;

  std::uint64_t fixed_ = 0;
  std::uint64_t search_ = 0;       // making searches ready
  std::uint64_t most_search_ = 0;  // that of one segment
  std::uint64_t by_16_bytes_ = 0;  // segments share the text
  // Of the segment so far.
  std::uint64_t literals_ = 0;
  std::uint64_t any_ones_ = 0;
  std::uint64_t variables_ = 0;  // of all segments
  bool behind_star_ = false;
};

std::uint64_t OfAction(const ActionPattern& pattern) {
  std::uint64_t steps = cost::kAction + pattern.text.size();
  if (pattern.kind != ActionPattern::Kind::kGlob) return steps;
  const std::size_t wild = pattern.text.find_first_of("*?");
  if (wild + 1 == pattern.text.size()) return steps;
  // As the segments of a template.
  const std::uint64_t size = pattern.text.size();
  const std::uint64_t blocks = size / BitBlock::kMaxUnits + 1;
  const auto segments = static_cast<std::uint64_t>(
      std::count(pattern.text.begin(), pattern.text.end(), '*'));
  steps +=
      segments * kFixedTries + size * (cost::kPrepareByte + 2 * kTakenPart);
  steps += std::min<std::uint64_t>(blocks, 5) *
           (cost::kBitTable + kBitByte * 2 * ActionName::kMaxBytes);
  return steps + ActionName::kMaxBytes * kTryByte;
}

// What each of a condition's values costs for one value of the request.
Cost OfValue(const Program& program, const ConditionTest& test, TextRef ref) {
  Cost value;
  value.fixed = cost::kValue;
  const bool many = test.op.quantifier != SetQuantifier::kNone;
  switch (test.op.type) {
    case OperandType::kString:
    case OperandType::kArn: {
      const Template pattern = program.pieces(ref);
      const TemplateCost match(pattern);
      value.Add(many ? match.TakeForMany() : match.Take());
      if (test.op.comparison == Comparison::kEqualIgnoreCase) {
        value.fixed += cost::kFoldedByte * program.text(ref).size();
      }
      return value;
    }
    case OperandType::kBinary:
      value.by_16_bytes = 16 * cost::kParsedByte;
      return value;
    case OperandType::kBool:
      value.fixed += cost::kLookUp;
      return value;
    case OperandType::kNumeric:
    case OperandType::kDate:
    case OperandType::kIpAddress:
    case OperandType::kNull:
      break;
  }
  return value;
}

Cost OfCondition(const Program& program, const ConditionTest& test) {
  Cost all;
  all.fixed = cost::kParsed;
  if (test.op.type == OperandType::kNumeric ||
      test.op.type == OperandType::kBinary ||
      test.op.type == OperandType::kArn) {
    all.by_16_bytes = 16 * cost::kParsedByte;
  }
  for (const TextRef value : program.values(test)) {
    all.Add(OfValue(program, test, value));
  }
  // Values share the length of the context, and each of them is compared.
  if (test.op.quantifier != SetQuantifier::kNone) {
    all.fixed = (all.fixed + 1) * kMostContextValues;
  }
  all.fixed += cost::kLookUp;
  return all;
}

// What one statement costs, or one of its conditions.
struct Row {
  std::uint16_t service = 0;  // of the statement; 0: of any
  std::uint32_t key = 0;      // of the condition
  std::uint64_t fixed = 0;
  std::uint64_t by_16_bytes = 0;
};

void AddStatement(const Program& program, const StatementCode& statement,
                  std::uint16_t service, std::vector<Row>* rows) {
  Cost cost;
  cost.fixed = cost::kStatement;
  for (const TextRef ref : program.actions(statement)) {
    cost.fixed += OfAction(program.action(ref));
  }
  cost.fixed += program.principals(statement).size() *
                (cost::kPrincipal + cost::Bytes(2048));
  for (const TextRef ref : program.resources(statement)) {
    cost.fixed += cost::kValue;
    const ResourcePattern pattern = program.resource(ref);
    if (pattern.kind == ResourcePattern::Kind::kArn) {
      cost.Add(TemplateCost(pattern.arn).Take());
    }
  }
  rows->push_back(
      {service, 0,
       cost.fixed + cost.by_16_bytes * (ResourceName::kMaxBytes / 16), 0});
  for (const ConditionTest& test : program.conditions(statement)) {
    const Cost condition = OfCondition(program, test);
    rows->push_back(
        {service, test.key, condition.fixed, condition.by_16_bytes});
  }
}

// Of rows of one service: keys share the length of one context.
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
  // As a template, and once more with `/*` behind it.  Any part may be mixed.
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
  std::map<std::string, std::uint32_t> keys;
  std::uint64_t walk = 0;
  for (const Program* program : programs) {
    const auto statements = program->statements();
    const std::size_t begin = rows.size();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      AddStatement(*program, statements[i], program->services()[i], &rows);
    }
    // Programs number their keys each for itself.
    for (std::size_t i = begin; programs.size() > 1 && i < rows.size(); ++i) {
      if (rows[i].by_16_bytes == 0) continue;
      const auto number = static_cast<std::uint32_t>(keys.size());
      rows[i].key =
          keys.emplace(absl::AsciiStrToLower(program->key(rows[i].key).name),
                       number)
              .first->second;
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
