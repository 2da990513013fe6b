// Writes a Program: gathers its records and texts, and packs them into one
// block of memory.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/memory/counted_ptr.h"
#include "engine/program/program.h"
#include "engine/program/program_records.h"

namespace rolegate {

// The parts of a text that have a meaning of their own.
struct TemplateSyntax {
  bool wildcards = false;  // `*` and `?`
  bool variables = false;  // `${key}`, `${key, 'default'}`, `${*}`

  // Before this offset variables are plain text.
  std::size_t variables_from = 0;
};

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

  // Each is for conditions of one type only, as in ConditionView.
  void AddTemplate(absl::string_view text, const TemplateSyntax& syntax);
  void AddDecimal(const Decimal& decimal);
  void AddInstant(const Instant& instant);
  void AddCidr(const CidrBlock& block);
  void AddBytes(absl::string_view bytes);
  void AddFlag(bool flag);

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
  // Adds a value to the last condition.
  template <typename Values, typename T>
  void AddValue(Values& values, const T& value);

  std::size_t SizeOfArrays() const;
  CountedPtr<Program> Pack() const;

  // The arrays of the program.
  Array<KeyRecord, 8> keys_;
  Array<Instant, 2> instants_;
  Array<StatementRecord, 8> statements_;
  Array<ActionRecord, 64> actions_;
  Array<ResourceRecord, 32> resources_;
  Array<PrincipalRecord, 4> principals_;
  Array<ConditionRecord, 8> conditions_;
  Array<TemplateRecord, 16> templates_;
  Array<PieceRecord, 64> pieces_;
  Array<VariableRecord, 4> variables_;
  Array<DecimalRecord, 2> decimals_;
  Array<TextRef, 2> texts_of_values_;
  Array<std::uint16_t, 8> services_;
  Array<CidrBlock, 4> cidrs_;
  Array<bool, 8> flags_;
  std::string pool_;

  absl::flat_hash_set<KnownText, HashOf, Equal> known_texts_;
  absl::flat_hash_map<std::string, std::uint16_t> known_keys_;  // lower case

  // Kept for the memory that they have.
  std::string literal_;
  std::string folded_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
