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

  void AddAction(ActionPattern action) { Add(actions_, action); }
  void AddResource(ResourcePattern r) { Add(resources_, r); }
  void AddPrincipal(PrincipalPattern p) { Add(principals_, p); }
  void AddCondition(ConditionTest test) { Add(conditions_, test); }
  void AddTemplateValue(TextTemplate t) { Add(templates_, t); }
  void AddDecimal(DecimalLiteral d) { Add(decimals_, d); }
  void AddInstant(Instant i) { Add(instants_, i); }
  void AddCidr(CidrBlock c) { Add(cidrs_, c); }
  void AddBinary(TextRef bytes) { Add(binaries_, bytes); }
  void AddFlag(bool flag) { Add(flags_, std::uint8_t{flag}); }
  void AddStatement(StatementCode s) { Add(statements_, s); }

  // Where the next record of each kind will stand, to make Ranges.
  std::uint32_t actions() const { return Size(actions_); }
  std::uint32_t resources() const { return Size(resources_); }
  std::uint32_t principals() const { return Size(principals_); }
  std::uint32_t conditions() const { return Size(conditions_); }
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

  template <typename... T>
  static void Pack(Program* program, const std::vector<T>&... arrays);

  void AddWildcard(Piece::Kind kind);
  // Reads `${…}` at the beginning of `text` and returns its size; 0 if there
  // is no closing brace, which makes it plain text.
  std::size_t AddVariable(absl::string_view text, std::string* literal);
  void FlushLiteral(std::string* literal);

  // The arrays of the program.
  std::vector<Program::KeyName> key_names_;
  std::vector<Instant> instants_;
  std::vector<StatementCode> statements_;
  std::vector<ActionPattern> actions_;
  std::vector<ResourcePattern> resources_;
  std::vector<PrincipalPattern> principals_;
  std::vector<ConditionTest> conditions_;
  std::vector<Piece> pieces_;
  std::vector<TextTemplate> templates_;
  std::vector<DecimalLiteral> decimals_;
  std::vector<TextRef> binaries_;
  std::vector<CidrBlock> cidrs_;
  std::vector<std::uint8_t> flags_;
  std::vector<char> pool_;

  absl::flat_hash_map<std::string, TextRef> texts_;
  absl::flat_hash_map<std::string, std::uint32_t> keys_;
  std::uint32_t template_begin_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_WRITER_H_
