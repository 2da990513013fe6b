#include "engine/program/program_writer.h"

#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/policy/context_keys.h"
#include "engine/program/policy_cost.h"
#include "engine/program/statement_index_builder.h"
#include "engine/text/case_folding.h"
#include "engine/text/text.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxKeys = std::size_t{1} << 16;
constexpr std::size_t kUsualPool = 1024;

// A number of elements or bytes as records hold it.  fits() refuses a program
// in which one is cut.
template <typename T>
std::uint32_t Size(const T& all) {
  return static_cast<std::uint32_t>(all.size());
}

template <typename T>
std::size_t BytesOf(const T& array) {
  return array.size() * sizeof(typename T::value_type);
}

// Copies an array to `*at` and moves `*at` behind it.
template <typename T>
const typename T::value_type* Place(const T& array, std::byte** at) {
  using Element = typename T::value_type;
  static_assert(std::is_trivially_copyable_v<Element>);
  const auto* const placed = reinterpret_cast<const Element*>(*at);
  if (!array.empty()) std::memcpy(*at, array.data(), BytesOf(array));
  *at += BytesOf(array);
  return placed;
}

// How many characters from `begin` on stand for themselves.
std::size_t PlainSize(absl::string_view text, std::size_t begin,
                      const TemplateSyntax& syntax) {
  std::size_t i = begin;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (syntax.wildcards && (c == '*' || c == '?')) break;
    if (c == '$' && syntax.variables && i >= syntax.variables_from) break;
  }
  return i - begin;
}

}  // namespace

// Splits one text into pieces.
class ProgramWriter::TemplateBuilder {
 public:
  TemplateBuilder(absl::string_view text, const TemplateSyntax& syntax,
                  ProgramWriter* writer)
      : text_(text),
        syntax_(syntax),
        writer_(*writer),
        literal_(writer->literal_),
        closes_(text, "}"),
        defaults_(text, ", '"),
        default_ends_(text, "'}") {
    literal_.clear();
  }

  TemplateRecord Build() && {
    built_.pieces.begin = Size(writer_.pieces_);
    bool after_run = false;  // directly behind a `*`
    for (std::size_t i = 0; i < text_.size();) {
      const std::size_t plain = PlainSize(text_, i, syntax_);
      if (plain > 0) {
        literal_.append(text_.data() + i, plain);
        after_run = false;
        i += plain;
        continue;
      }
      const char c = text_[i];
      if (c == '$') {
        after_run = false;
        i = AddVariable(i);
        continue;
      }
      FinishLiteral();
      // `**` means the same as `*`.
      if (c == '?' || !after_run) {
        AddPiece(c == '*' ? PieceKind::kAnyRun : PieceKind::kAnyOne);
      }
      after_run = c == '*';
      ++i;
    }
    FinishLiteral();
    built_.pieces.end = Size(writer_.pieces_);
    return built_;
  }

 private:
  PieceRecord& AddPiece(PieceKind kind) {
    PieceRecord& piece = writer_.pieces_.emplace_back();
    piece.kind = kind;
    return piece;
  }

  // Adds the piece of the plain text that was read since the last piece.
  void FinishLiteral() {
    if (literal_.empty()) return;
    const TextRef text = writer_.AddText(literal_);
    PieceRecord& piece = AddPiece(PieceKind::kLiteral);
    piece.begin = text.begin;
    piece.size = text.size & PieceRecord::kMaxText;
    literal_.clear();
  }

  // Reads `${…}` at `at`, which is a `$`, and returns where it ends.  A `$`
  // without braces is plain text.
  std::size_t AddVariable(std::size_t at) {
    constexpr auto npos = absl::string_view::npos;
    const std::size_t close =
        absl::StartsWith(text_.substr(at), "${") ? closes_.At(at) : npos;
    if (close == npos) {
      literal_.push_back('$');
      return at + 1;
    }
    const std::size_t begin = at + 2;
    absl::string_view key = text_.substr(begin, close - begin);
    std::size_t end = close + 1;
    if (key == "*" || key == "?" || key == "$") {
      literal_.append(key.data(), key.size());
      return end;
    }
    bool has_default = false;
    absl::string_view default_text;
    // A default may hold a brace, so it ends at its closing quote and brace.
    const std::size_t comma = defaults_.At(at);
    if (comma != npos && comma < close) {
      const std::size_t value = comma + 3;
      const std::size_t quote = default_ends_.At(value);
      if (quote != npos) {
        key = text_.substr(begin, comma - begin);
        has_default = true;
        default_text = text_.substr(value, quote - value);
        end = quote + 2;
      }
    }
    FinishLiteral();
    VariableRecord variable;
    variable.key = writer_.AddKey(key);
    // A key that can hold several values has no default: it is resolved only
    // while it holds one.
    if (has_default && !IsMultiValuedKey(key)) {
      variable.has_default = true;
      variable.default_text = writer_.AddText(default_text);
    }
    AddPiece(PieceKind::kVariable).begin = Size(writer_.variables_);
    writer_.variables_.push_back(variable);
    built_.has_variables = true;
    return end;
  }

  const absl::string_view text_;
  const TemplateSyntax& syntax_;
  ProgramWriter& writer_;
  std::string& literal_;
  TemplateRecord built_;

  // They remember what they found, so that a text of half a million `${` is
  // searched once and not once for each of them.
  ForwardSearch closes_;
  ForwardSearch defaults_;
  ForwardSearch default_ends_;
};

ProgramWriter::ProgramWriter() : known_texts_(0, HashOf(), Equal{&pool_}) {
  pool_.reserve(kUsualPool);
}

bool ProgramWriter::Equal::operator()(const KnownText& a,
                                      const WantedText& b) const {
  return a.hash == b.hash &&
         absl::string_view(*pool).substr(a.text.begin, a.text.size) == b.text;
}

TextRef ProgramWriter::AddText(absl::string_view text) {
  if (text.empty()) return {};
  const WantedText wanted = {text,
                             static_cast<std::uint32_t>(absl::HashOf(text))};
  const auto known = known_texts_.find(wanted);
  if (known != known_texts_.end()) return known->text;
  const TextRef added = {Size(pool_), Size(text)};
  pool_.append(text.data(), text.size());
  known_texts_.insert(KnownText{added, wanted.hash});
  return added;
}

std::uint16_t ProgramWriter::AddKey(absl::string_view key) {
  std::string folded = FoldedName(key);
  const auto known = known_keys_.find(folded);
  if (known != known_keys_.end()) return known->second;
  const auto number = static_cast<std::uint16_t>(keys_.size() % kMaxKeys);
  keys_.push_back({HashContextKey(key), AddText(key)});
  known_keys_.emplace(std::move(folded), number);
  return number;
}

void ProgramWriter::AddStatement(StatementRecord statement,
                                 absl::string_view sid, std::uint16_t service) {
  statement.sid = AddText(sid);
  PlaceStatement(statement);
  services_.push_back(service);
}

void ProgramWriter::PlaceStatement(StatementRecord statement) {
  statement.principals = Size(principals_);
  statement.actions = Size(actions_);
  statement.resources = Size(resources_);
  statement.conditions = Size(conditions_);
  statements_.push_back(statement);
}

void ProgramWriter::AddPrincipal(PrincipalPatternKind kind,
                                 absl::string_view text) {
  principals_.push_back({kind, AddText(text)});
}

void ProgramWriter::AddAction(ActionKind kind, std::size_t prefix_size,
                              absl::string_view text) {
  folded_.assign(text.data(), text.size());
  absl::AsciiStrToLower(&folded_);
  const TextRef kept = AddText(folded_);
  actions_.push_back({kind, static_cast<std::uint8_t>(prefix_size),
                      static_cast<std::uint16_t>(kept.size), kept.begin});
}

void ProgramWriter::AddResource(ResourceKind kind) {
  resources_.push_back({kind, {}});
}

void ProgramWriter::AddArn(absl::string_view arn,
                           const TemplateSyntax& syntax) {
  resources_.push_back(
      {ResourceKind::kArn, TemplateBuilder(arn, syntax, this).Build()});
}

void ProgramWriter::AddCondition(const ConditionOperator& op,
                                 absl::string_view key) {
  conditions_.push_back({op, AddKey(key), {}});
}

void ProgramWriter::AddValue(const TemplateText& value) {
  Keep(TemplateBuilder(value.text, value.syntax, this).Build());
}

void ProgramWriter::AddValue(const Decimal& value) {
  Keep(DecimalRecord{value.negative, AddText(value.integer),
                     AddText(value.fraction)});
}

void ProgramWriter::AddValue(const Bytes& value) { Keep(AddText(value.bytes)); }

template <typename F>
void ProgramWriter::ForEachArray(ProgramArrays* to, F f) const {
  f(keys_, to->keys);
  f(statements_, to->statements);
  f(actions_, to->actions);
  f(resources_, to->resources);
  f(principals_, to->principals);
  f(conditions_, to->conditions);
  std::apply(
      [&]<typename... Arrays>(const Arrays&... arrays) {
        (f(arrays, std::get<const typename Arrays::value_type*>(to->values)),
         ...);
      },
      values_);
  f(pieces_, to->pieces);
  f(variables_, to->variables);
  f(services_, to->services);
  f(pool_, to->pool);
}

std::size_t ProgramWriter::SizeOfArrays() const {
  std::size_t size = 0;
  ProgramArrays none;
  ForEachArray(&none,
               [&](const auto& array, const auto*) { size += BytesOf(array); });
  return size;
}

bool ProgramWriter::fits() const {
  return keys_.size() <= kMaxKeys && pool_.size() <= PieceRecord::kMaxText &&
         SizeOfArrays() < std::numeric_limits<std::uint32_t>::max();
}

// The arrays stand in the order of their alignment, the largest first, so that
// each of them is aligned without gaps.
CountedPtr<Program> ProgramWriter::Pack() const {
  constexpr std::size_t kLargest = alignof(KeyRecord);
  static_assert(sizeof(Program) % kLargest == 0);
  auto* const block =
      static_cast<std::byte*>(::operator new(sizeof(Program) + SizeOfArrays()));
  auto* const program = new (block) Program;
  std::byte* at = block + sizeof(Program);
  for (std::size_t alignment = kLargest; alignment > 0; alignment /= 2) {
    ForEachArray(
        &program->arrays_,
        [&]<typename Element>(const auto& array, const Element*& pointer) {
          static_assert(alignof(Element) <= kLargest);
          if (alignof(Element) == alignment) {
            pointer = Place(array, &at);
          }
        });
  }
  program->statement_count_ = Size(services_);
  return CountedPtr<Program>(program);
}

CountedPtr<const Program> ProgramWriter::Finish(
    const ProgramSource& source) && {
  PlaceStatement(StatementRecord());  // the last statement ends here
  const CountedPtr<Program> program = Pack();
  program->source_ = source;
  if (IsWorthIndexing(*program)) {
    program->index_ = BuildStatementIndex({program.get()});
  }
  program->max_steps_ = ReckonMaxSteps({program.get()});
  return CountedPtr<const Program>(program.get());
}

}  // namespace rolegate
