// Writes a Program: gathers its records and texts, and packs them into one
// block of memory.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/memory/counted_ptr.h"
#include "engine/program/operands.h"
#include "engine/program/program.h"
#include "engine/program/program_records.h"

namespace rolegate {

// The calls follow the document.  Principals, actions, resources and conditions
// belong to the statement that was added last, and values to the condition that
// was added last.  All texts are copied.
class ProgramWriter {
 public:
  ProgramWriter();
  ProgramWriter(const ProgramWriter&) = delete;  // texts_ looks into pool_
  ProgramWriter& operator=(const ProgramWriter&) = delete;

  // Overwrites the fields of `statement` that refer to other records.
  // `service` is what Program::services says of the statement.
  void AddStatement(StatementRecord statement, absl::string_view sid,
                    std::uint16_t service);
  void AddPrincipal(PrincipalPatternKind kind, absl::string_view text);
  // The text is folded to lower case.  It is no longer than
  // ActionRecord::kMaxText.
  void AddAction(ActionKind kind, std::size_t prefix_size,
                 absl::string_view text);
  void AddResource(ResourceKind kind);
  void AddArn(absl::string_view arn, const TemplateSyntax& syntax);
  void AddCondition(const ConditionOperator& op, absl::string_view key);

  // Adds a value to the last condition: what Operand<...>::Read makes of a text
  // for the condition's type, and nothing else (operands.h).
  void AddValue(const TemplateText& value);
  void AddValue(const Decimal& value);
  void AddValue(const Bytes& value);
  template <typename T>  // a type that is kept as it is
  void AddValue(const T& value) {
    Keep(value);
  }

  // Whether offsets and numbers reach all that was added.
  bool fits() const;

  // May be called only if the program fits.
  CountedPtr<const Program> Finish(const ProgramSource& source = {}) &&;

 private:
  class TemplateBuilder;

  // Policies have few statements, so that most programs are gathered without
  // taking memory from the heap.
  template <typename T, std::size_t kInlined>
  using Array = absl::InlinedVector<T, kInlined>;
  template <typename Record>
  using ValueArray =
      Array<Record, std::is_same_v<Record, TemplateRecord> ? 16 : 4>;
  template <typename... Records>
  static std::tuple<ValueArray<Records>...> ArraysOf(TypeList<Records...>);

  // A text of pool_.
  struct KnownText {
    TextRef text;
    std::uint32_t hash;
  };
  struct WantedText {
    absl::string_view text;
    std::uint32_t hash;
  };
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const KnownText& text) const { return text.hash; }
    std::size_t operator()(const WantedText& text) const { return text.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const std::string* pool;
    bool operator()(const KnownText& a, const WantedText& b) const;
    bool operator()(const KnownText& a, const KnownText& b) const {
      return a.text.begin == b.text.begin;
    }
  };

  // Keeps equal texts once.
  TextRef AddText(absl::string_view text);
  // Keeps keys once that differ in nothing but letter case.
  std::uint16_t AddKey(absl::string_view key);
  // Says where what is added next stands.
  void PlaceStatement(StatementRecord statement);
  // Adds the record of a value to the last condition.
  template <typename Record>
  void Keep(const Record& record);
  // Calls `f(array, pointer)` with each array and with the member of `to` that
  // is to point to it.
  template <typename F>
  void ForEachArray(ProgramArrays* to, F f) const;

  std::size_t SizeOfArrays() const;
  CountedPtr<Program> Pack() const;

  // The arrays of the program.
  Array<KeyRecord, 8> keys_;
  Array<StatementRecord, 8> statements_;
  Array<ActionRecord, 64> actions_;
  Array<ResourceRecord, 32> resources_;
  Array<PrincipalRecord, 4> principals_;
  Array<ConditionRecord, 8> conditions_;
  decltype(ArraysOf(ValueRecords())) values_;
  Array<PieceRecord, 64> pieces_;
  Array<VariableRecord, 4> variables_;
  Array<std::uint16_t, 8> services_;
  std::string pool_;

  absl::flat_hash_set<KnownText, HashOf, Equal> known_texts_;
  absl::flat_hash_map<std::string, std::uint16_t> known_keys_;  // lower case

  // Kept for the memory that they have.
  std::string literal_;
  std::string folded_;
};

template <typename Record>
void ProgramWriter::Keep(const Record& record) {
  auto& values = std::get<ValueArray<Record>>(values_);
  Range& range = conditions_.back().values;
  const auto end = static_cast<std::uint32_t>(values.size());
  if (range.size() == 0) range = {end, end};
  values.push_back(record);
  ++range.end;
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
