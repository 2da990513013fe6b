#include "engine/program/policy.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/memory/varint.h"
#include "engine/policy/document_faults.h"
#include "engine/policy/parse.h"
#include "engine/policy/validate.h"
#include "engine/program/compile.h"
#include "engine/text/sha256.h"

namespace rolegate {
namespace {

// The value of a hexadecimal digit, or -1.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986, so `+` stays `+`.  What is no escape stays as it is; the JSON
// parser has the last word.
std::string PercentDecode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

// JSON text begins with a brace; its percent-encoded form cannot.
std::string TextOfDocument(absl::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != absl::string_view::npos && text[first] == '%') {
    return PercentDecode(text);
  }
  return std::string(text);
}

void AppendText(absl::string_view text, std::string* out) {
  const auto size = static_cast<std::uint32_t>(text.size());
  out->append(reinterpret_cast<const char*>(&size), sizeof(size));
  out->append(text.data(), text.size());
}

// The first bytes of a text as a number that orders as they do; a text that
// ends before goes before what goes on.
std::uint64_t BeginningOf(absl::string_view text) {
  std::uint64_t beginning = 0;
  for (std::size_t i = 0; i < sizeof(beginning); ++i) {
    beginning = beginning << 8 |
                (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
  }
  return beginning;
}

// A member with the beginning of its key, which mostly decides an order.
struct KeyedMember {
  std::uint64_t beginning;
  const JsonMember* member;

  friend bool operator<(const KeyedMember& a, const KeyedMember& b) {
    return a.beginning != b.beginning ? a.beginning < b.beginning
                                      : a.member->key < b.member->key;
  }
};

// Writes a value so that equal content gives equal bytes: a letter for the
// type, sizes before texts and lists, keys sorted, no white space.
void AppendCanonical(const JsonNode& node, std::string* out) {
  switch (node.type()) {
    case JsonType::kArray: {
      out->push_back('[');
      const auto size = static_cast<std::uint32_t>(node.elements().size());
      out->append(reinterpret_cast<const char*>(&size), sizeof(size));
      for (const JsonNode& element : node.elements()) {
        AppendCanonical(element, out);
      }
      return;
    }
    case JsonType::kObject: {
      absl::InlinedVector<KeyedMember, 8> members;
      for (const JsonMember& member : node.members()) {
        members.push_back({BeginningOf(member.key), &member});
      }
      std::sort(members.begin(), members.end());
      out->push_back('{');
      const auto size = static_cast<std::uint32_t>(members.size());
      out->append(reinterpret_cast<const char*>(&size), sizeof(size));
      for (const KeyedMember& keyed : members) {
        AppendText(keyed.member->key, out);
        AppendCanonical(keyed.member->value, out);
      }
      return;
    }
    case JsonType::kNull:
    case JsonType::kBool:
    case JsonType::kNumber:
    case JsonType::kString:
      out->push_back('"');
      AppendText(node.text(), out);
      return;
  }
}

Sha256Digest DigestOf(const JsonNode& root) {
  std::string canonical;
  canonical.reserve(1024);
  AppendCanonical(root, &canonical);
  return Sha256Digest(canonical);
}

// The positions of the statements of a document that loads, as
// Policy::PositionOf reads them: how many lines further, and the column.
std::string PositionsOf(const JsonNode& root, const DocumentFaults& faults) {
  const JsonNode* const statements = root.Find("Statement");
  std::string positions;
  int line = 0;
  const auto add = [&](const JsonNode& statement) {
    const Position position = faults.PositionOf(statement.offset());
    AppendVarint(static_cast<std::uint64_t>(position.line - line), &positions);
    AppendVarint(static_cast<std::uint64_t>(position.column), &positions);
    line = position.line;
  };
  if (statements->is_object()) add(*statements);
  for (const JsonNode& statement : statements->elements()) add(statement);
  return positions;
}

// Returns the last part of a JSON path.
absl::string_view LastPart(absl::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

Diagnostic TooManySteps(const PolicySource& source, Position position) {
  return {Severity::kError,
          source.file.str(),
          source.path,
          position,
          std::string(kEvaluationBudgetExceeded),
          "too large for the steps that are left"};
}

std::shared_ptr<const Policy> Share(std::optional<Policy> policy) {
  return policy ? std::make_shared<const Policy>(*std::move(policy)) : nullptr;
}

// Returns the depth of an array or object.
int DepthOf(const JsonNode& node) {
  // Bounded by the depth that the JSON parser let pass.
  int deepest = 0;
  const auto look = [&deepest](const JsonNode& child) {
    if (!child.is_array() && !child.is_object()) return;
    deepest = std::max(deepest, DepthOf(child));
  };
  if (node.is_array()) {
    for (const JsonNode& element : node.elements()) look(element);
  } else {
    for (const JsonMember& member : node.members()) look(member.value);
  }
  return deepest + 1;
}

}  // namespace

std::optional<Policy> Policy::CompileTree(const JsonNode& root, PolicyKind kind,
                                          PolicySource source,
                                          DocumentFaults& faults,
                                          const CompileOptions& options) {
  if ((root.is_array() || root.is_object()) &&
      DepthOf(root) > options.max_depth) {
    const std::string depth = absl::StrCat(options.max_depth);
    faults.Add(root.offset(), "",
               FaultText("nesting deeper than ", depth, " levels"));
    return std::nullopt;
  }
  ProgramSource content = {kind, {}};
  CountedPtr<const Program> program;
  if (options.pool != nullptr) {
    content.digest = DigestOf(root);
    program = options.pool->Find(content);
  }
  // A document that was compiled before has no faults, but may deserve a look
  // each time.
  if (!program || options.inspector != nullptr) {
    const PolicyDocument tree = ParsePolicy(root, faults);
    if (faults.count() > 0) return std::nullopt;
    if (!program) {
      if (options.pool == nullptr) content.digest = DigestOf(root);
      ValidatePolicy(tree, kind, faults);
      program = CompileProgram(tree, content, faults);
      if (faults.count() > 0) return std::nullopt;
      if (options.pool != nullptr) {
        program = options.pool->Add(std::move(program));
      }
    }
    if (options.inspector != nullptr) {
      options.inspector({tree, root, kind, options.steps}, faults);
    }
  }

  Policy policy;
  policy.program_ = std::move(program);
  policy.file_ = std::move(source.file);
  const std::string positions = PositionsOf(root, faults);
  const absl::string_view texts[] = {source.path, positions, source.name};
  const bool named_by_path =
      !source.name.empty() && LastPart(source.path) == source.name;
  policy.texts_ = PackedTexts(
      absl::MakeConstSpan(texts).first(named_by_path ? kName : kName + 1));
  return policy;
}

absl::string_view Policy::name() const {
  return texts_.size() == kName ? LastPart(path()) : texts_[kName];
}

Position Policy::PositionOf(int statement) const {
  const absl::string_view positions = texts_[kPositions];
  Position position;
  const char* at = positions.data();
  for (int i = 0; i <= statement; ++i) {
    position.line += static_cast<int>(ReadVarint(&at));
    position.column = static_cast<int>(ReadVarint(&at));
  }
  return position;
}

std::optional<Policy> Policy::CompileInPlace(const JsonDocument& document,
                                             const JsonNode& node,
                                             PolicyKind kind,
                                             PolicySource source,
                                             Diagnostics* diagnostics,
                                             const CompileOptions& options) {
  if (!node.is_string()) {
    DocumentFaults faults(document, source.file.str(), source.path, Position(),
                          diagnostics);
    std::optional<Policy> policy =
        CompileTree(node, kind, std::move(source), faults, options);
    faults.ReportMore();
    return policy;
  }
  return CompileEmbedded(node.text(), document.PositionOf(node), kind,
                         std::move(source), diagnostics, options);
}

std::shared_ptr<const Policy> Policy::Compile(const JsonDocument& document,
                                              const JsonNode& node,
                                              PolicyKind kind,
                                              PolicySource source,
                                              Diagnostics* diagnostics,
                                              const CompileOptions& options) {
  return Share(CompileInPlace(document, node, kind, std::move(source),
                              diagnostics, options));
}

std::shared_ptr<const Policy> Policy::CompileText(
    absl::string_view json, PolicyKind kind, PolicySource source,
    Diagnostics* diagnostics, const CompileOptions& options) {
  return Share(CompileEmbedded(json, Position(), kind, std::move(source),
                               diagnostics, options));
}

std::optional<Policy> Policy::CompileEmbedded(absl::string_view text,
                                              Position fixed_position,
                                              PolicyKind kind,
                                              PolicySource source,
                                              Diagnostics* diagnostics,
                                              const CompileOptions& options) {
  if (options.steps != nullptr &&
      !options.steps->Spend(kCompileStepsPerByte * text.size())) {
    AddToFile(TooManySteps(source, fixed_position), diagnostics);
    return std::nullopt;
  }
  JsonLimits json_limits;
  json_limits.max_bytes = options.max_bytes;
  json_limits.max_depth = options.max_depth;
  JsonParseError error;
  const std::unique_ptr<JsonDocument> document =
      JsonDocument::Parse(TextOfDocument(text), json_limits, &error);
  if (document == nullptr) {
    AddToFile({Severity::kError, source.file.str(),
               DocumentFaults::JoinPath(source.path, error.path),
               fixed_position.line > 0 ? fixed_position : error.position,
               std::string(kMalformedPolicyDocument), error.message},
              diagnostics);
    return std::nullopt;
  }
  DocumentFaults faults(*document, source.file.str(), source.path,
                        fixed_position, diagnostics);
  std::optional<Policy> policy =
      CompileTree(document->root(), kind, std::move(source), faults, options);
  faults.ReportMore();
  return policy;
}

}  // namespace rolegate
