// Writes a Program: interns its texts and keys, and cuts texts into templates.

#ifndef ROLEGATE_ENGINE_PROGRAM_WRITER_H_
#define ROLEGATE_ENGINE_PROGRAM_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/program.h"

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
  // Equal texts are kept once.
  TextRef AddText(absl::string_view text);

  // Keys are kept folded to lower case, equal ones once.
  std::uint32_t AddKey(absl::string_view key);

  TextTemplate AddTemplate(absl::string_view text,
                           const TemplateSyntax& syntax);

  void AddAction(ActionPattern action) { Add(program_.actions_, action); }
  void AddResource(ResourcePattern r) { Add(program_.resources_, r); }
  void AddPrincipal(PrincipalPattern p) { Add(program_.principals_, p); }
  void AddCondition(ConditionTest test) { Add(program_.conditions_, test); }
  void AddTemplateValue(TextTemplate t) { Add(program_.templates_, t); }
  void AddDecimal(DecimalLiteral d) { Add(program_.decimals_, d); }
  void AddInstant(Instant i) { Add(program_.instants_, i); }
  void AddCidr(CidrBlock c) { Add(program_.cidrs_, c); }
  void AddBinary(TextRef bytes) { Add(program_.binaries_, bytes); }
  void AddFlag(bool flag) { Add(program_.flags_, std::uint8_t{flag}); }
  void AddStatement(StatementCode s) { Add(program_.statements_, s); }

  // Where the next record of each kind will stand, to make Ranges.
  std::uint32_t actions() const { return Size(program_.actions_); }
  std::uint32_t resources() const { return Size(program_.resources_); }
  std::uint32_t principals() const { return Size(program_.principals_); }
  std::uint32_t conditions() const { return Size(program_.conditions_); }
  std::uint32_t values(OperandType type) const;

  Program Finish() &&;

 private:
  template <typename T>
  static void Add(std::vector<T>& all, const T& record) {
    all.push_back(record);
  }
  template <typename T>
  static std::uint32_t Size(const std::vector<T>& all) {
    return static_cast<std::uint32_t>(all.size());
  }

  void AddWildcard(Piece::Kind kind);
  // Reads `${…}` at the beginning of `text` and returns its size; 0 if there
  // is no closing brace, which makes it plain text.
  std::size_t AddVariable(absl::string_view text, std::string* literal);
  void FlushLiteral(std::string* literal);

  Program program_;
  absl::flat_hash_map<std::string, TextRef> texts_;
  absl::flat_hash_map<std::string, std::uint32_t> keys_;
  std::uint32_t template_begin_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_WRITER_H_
