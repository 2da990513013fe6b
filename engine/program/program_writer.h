// Writes a Program: interns its texts and keys, and cuts texts into templates.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/memory/word_store.h"
#include "engine/program/program.h"
#include "engine/text/text.h"

namespace rolegate {

// What in a text is more than itself.
struct TemplateSyntax {
  bool wildcards = false;  // `*` and `?`
  bool variables = false;  // `${key}`, `${key, 'default'}`, `${*}`

  // Variables are known from this offset on; before it they are plain text.
  std::size_t variables_from = 0;
};

class ProgramWriter {
 public:
  // Actions and keys, which other programs have, too, stand in `words`; null:
  // in this program.
  explicit ProgramWriter(WordStore* words = nullptr);
  ProgramWriter(const ProgramWriter&) = delete;  // texts_ looks into pool_
  ProgramWriter& operator=(const ProgramWriter&) = delete;

  // Equal texts are kept once.
  TextRef AddText(absl::string_view text);

  // Keys are kept folded to lower case, equal ones once.
  std::uint32_t AddKey(absl::string_view key);

  TextRef AddTemplate(absl::string_view text, const TemplateSyntax& syntax);

  // A statement begins; those that follow, up to the next one, are its.
  // `statement` says all but where they stand; `service` is as in
  // Program::services.
  void AddStatement(StatementCode statement, std::uint16_t service);
  void AddPrincipal(PrincipalPattern p) { principals_.push_back(p); }
  // Folds the text to lower case.
  void AddAction(const ActionPattern& action);
  void AddResource(ResourcePattern::Kind kind);
  void AddArn(absl::string_view arn, const TemplateSyntax& syntax);
  // So for a condition and its values.
  void AddCondition(const ConditionOperator& op, absl::string_view key);
  void AddValue(TextRef value);
  void AddDecimal(const Decimal& decimal);
  void AddInstant(const Instant& instant);
  void AddCidr(const CidrBlock& block);
  void AddFlag(bool flag);

  // Whether all of it can be referred to.
  bool fits() const;

  // Of what fits.
  CountedPtr<const Program> Finish(const ProgramSource& source = {}) &&;

 private:
  // Policies have few statements, so that all of a program mostly has room
  // here, and takes memory once it is packed.
  template <typename T, std::size_t kInlined>
  using Array = absl::InlinedVector<T, kInlined>;

  template <typename T>
  static std::uint32_t Size(const T& all) {
    return static_cast<std::uint32_t>(all.size());
  }

  // A text of pool_, by where it begins.
  struct KnownText {
    std::uint32_t begin;
    std::uint32_t hash;
  };
  // One that is looked for.
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
      return a.begin == b.begin;
    }
  };

  // A program of these arrays, in the order of Program::Array.
  template <typename... T>
  static Program* Pack(const T&... arrays);

  // A template that is being cut.
  struct Cutting {
    std::string* bytes;
    std::string* literal;  // what of one was read so far
    std::size_t pieces = 0;
    bool has_variables = false;

    void Add(const Piece& piece);
    void FlushLiteral();
  };

  // Where in a text the ends of its variables are.  A text of half a million
  // `${` is searched once and not once for each of them.
  struct VariableSearch {
    explicit VariableSearch(absl::string_view all)
        : text(all), closes(all, "}"), defaults(all, ", '"), ends(all, "'}") {}

    absl::string_view text;
    ForwardSearch closes;
    ForwardSearch defaults;
    ForwardSearch ends;  // of defaults
  };

  // Appends the template's bytes.
  void Cut(absl::string_view text, const TemplateSyntax& syntax,
           std::string* bytes);
  // Reads `${…}` at `at` in the text, which is `$`, and returns where it ends;
  // without braces it is plain text.
  std::size_t CutVariable(std::size_t at, VariableSearch* text,
                          Cutting* cutting);

  // Say where what follows stands.
  void PlaceStatement(StatementCode statement);
  void PlaceCondition(const ConditionOperator& op, std::uint32_t key);

  // A word is put together behind word_texts_, from `begin` on.  Until
  // PlaceWords, its reference is its number.
  TextRef AddWord(std::size_t begin);
  // Gives actions and keys the places of their texts.
  void PlaceWords();

  // The arrays of the program.
  Array<Program::KeyName, 8> key_names_;
  Array<StatementCode, 8> statements_;
  Array<TextRef, 64> actions_;
  Array<TextRef, 32> resources_;
  Array<PrincipalPattern, 4> principals_;
  Array<ConditionTest, 8> conditions_;
  Array<TextRef, 16> values_;
  Array<std::uint16_t, 8> services_;

  WordStore* const words_;
  std::string word_texts_;  // one behind the other
  Array<std::size_t, 64> word_ends_;
  std::string pool_;  // begins with the empty text
  absl::flat_hash_set<KnownText, HashOf, Equal> texts_;
  absl::flat_hash_map<std::string, std::uint32_t> keys_;

  // Kept for the memory that they have.
  std::string template_;
  std::string literal_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_WRITER_H_
