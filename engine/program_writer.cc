#include "engine/program_writer.h"

#include <array>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/context_keys.h"

namespace rolegate {

TextRef ProgramWriter::AddText(absl::string_view text) {
  const auto known = texts_.find(text);
  if (known != texts_.end()) return known->second;
  const TextRef ref = {static_cast<std::uint32_t>(pool_.size()),
                       static_cast<std::uint32_t>(text.size())};
  pool_.insert(pool_.end(), text.begin(), text.end());
  texts_.emplace(text, ref);
  return ref;
}

std::uint32_t ProgramWriter::AddKey(absl::string_view key) {
  std::string folded = absl::AsciiStrToLower(key);
  const auto known = keys_.find(folded);
  if (known != keys_.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(key_names_.size());
  // Kept as it was written first, for explanations.
  key_names_.push_back({AddText(key), HashContextKey(key)});
  keys_.emplace(std::move(folded), index);
  return index;
}

void ProgramWriter::FlushLiteral(std::string* literal) {
  if (literal->empty()) return;
  Piece piece;
  piece.text = AddText(*literal);
  pieces_.push_back(piece);
  literal->clear();
}

void ProgramWriter::AddWildcard(Piece::Kind kind) {
  // `**` is `*`.
  if (kind == Piece::Kind::kAnyRun && pieces_.size() > template_begin_ &&
      pieces_.back().kind == Piece::Kind::kAnyRun) {
    return;
  }
  Piece piece;
  piece.kind = kind;
  pieces_.push_back(piece);
}

std::size_t ProgramWriter::AddVariable(absl::string_view text,
                                       std::string* literal) {
  const std::size_t close = text.find('}');
  if (close == absl::string_view::npos) return 0;
  absl::string_view body = text.substr(2, close - 2);
  std::size_t size = close + 1;
  if (body == "*" || body == "?" || body == "$") {
    literal->append(body.data(), body.size());
    return size;
  }
  Piece piece;
  piece.kind = Piece::Kind::kVariable;
  // A default may hold a brace, so its end is its closing quote and brace.
  const std::size_t comma = text.find(", '");
  if (comma != absl::string_view::npos && comma < close) {
    const std::size_t end = text.find("'}", comma + 3);
    if (end != absl::string_view::npos) {
      FlushLiteral(literal);
      body = text.substr(2, comma - 2);
      piece.has_default = true;
      piece.text = AddText(text.substr(comma + 3, end - comma - 3));
      size = end + 2;
    }
  }
  FlushLiteral(literal);
  // A key that can hold several values is resolved while it holds one, and has
  // no default.
  if (IsMultiValuedKey(body)) piece.has_default = false;
  piece.key = AddKey(body);
  pieces_.push_back(piece);
  return size;
}

TextTemplate ProgramWriter::AddTemplate(absl::string_view text,
                                        const TemplateSyntax& syntax) {
  template_begin_ = Size(pieces_);
  std::string literal;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (syntax.wildcards && (c == '*' || c == '?')) {
      FlushLiteral(&literal);
      AddWildcard(c == '*' ? Piece::Kind::kAnyRun : Piece::Kind::kAnyOne);
      ++i;
      continue;
    }
    if (syntax.variables && i >= syntax.variables_from && c == '$' &&
        absl::StartsWith(text.substr(i), "${")) {
      const std::size_t size = AddVariable(text.substr(i), &literal);
      if (size > 0) {
        i += size;
        continue;
      }
    }
    literal.push_back(c);
    ++i;
  }
  FlushLiteral(&literal);
  return {{template_begin_, Size(pieces_)}};
}

std::uint32_t ProgramWriter::values(OperandType type) const {
  switch (type) {
    case OperandType::kString:
    case OperandType::kArn:
    case OperandType::kBool:
      return Size(templates_);
    case OperandType::kNumeric:
      return Size(decimals_);
    case OperandType::kDate:
      return Size(instants_);
    case OperandType::kBinary:
      return Size(binaries_);
    case OperandType::kIpAddress:
      return Size(cidrs_);
    case OperandType::kNull:
      return Size(flags_);
  }
  return 0;
}

Program ProgramWriter::Finish() && {
  Program program;
  Pack(&program, key_names_, instants_, statements_, actions_, resources_,
       principals_, conditions_, pieces_, templates_, decimals_, binaries_,
       cidrs_, flags_, pool_);
  program.index_ = StatementIndex::Build(program);
  return program;
}

// In the order of Program::Array.
template <typename... T>
void ProgramWriter::Pack(Program* program, const std::vector<T>&... arrays) {
  static_assert(sizeof...(arrays) == Program::kArrayCount);
  static_assert((std::is_trivially_copyable_v<T> && ...));
  const std::array<std::size_t, sizeof...(arrays)> sizes = {
      (arrays.size() * sizeof(T))...};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    program->begins_[i + 1] =
        program->begins_[i] + static_cast<std::uint32_t>(sizes[i]);
  }
  auto block = std::make_unique_for_overwrite<std::byte[]>(
      program->begins_[sizes.size()]);
  std::size_t i = 0;
  const auto copy = [&](const void* from) {
    if (sizes[i] > 0) {
      std::memcpy(block.get() + program->begins_[i], from, sizes[i]);
    }
    ++i;
  };
  (copy(arrays.data()), ...);
  program->block_ = std::move(block);
}

}  // namespace rolegate
