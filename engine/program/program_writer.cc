#include "engine/program/program_writer.h"

#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/memory/varint.h"
#include "engine/policy/context_keys.h"
#include "engine/program/policy_cost.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxPool = std::size_t{1} << 31;
constexpr std::size_t kMaxKeys = std::size_t{1} << 16;
constexpr std::size_t kMaxSizeBytes = 5;  // of a text there, as a varint
constexpr std::size_t kUsualPool = 1024;

template <typename T>
void AppendBytes(const T& value, std::string* bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// How many characters from `begin` on are themselves, whatever follows.
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

ProgramWriter::ProgramWriter(WordStore* words)
    : words_(words), pool_(1, '\0'), texts_(0, HashOf(), Equal{&pool_}) {
  pool_.reserve(kUsualPool);
}

bool ProgramWriter::Equal::operator()(const KnownText& a,
                                      const WantedText& b) const {
  if (a.hash != b.hash) return false;
  const char* at = pool->data() + a.begin;
  const std::uint64_t size = ReadVarint(&at);
  return absl::string_view(at, size) == b.text;
}

TextRef ProgramWriter::AddText(absl::string_view text) {
  TextRef ref;
  if (text.empty()) return ref;
  const WantedText wanted = {text,
                             static_cast<std::uint32_t>(absl::HashOf(text))};
  const auto known = texts_.find(wanted);
  ref.begin = (known != texts_.end() ? known->begin : pool_.size()) % kMaxPool;
  if (known != texts_.end()) return ref;
  AppendVarint(text.size(), &pool_);
  pool_.append(text.data(), text.size());
  texts_.insert(KnownText{ref.begin, wanted.hash});
  return ref;
}

TextRef ProgramWriter::AddWord(std::size_t begin) {
  if (words_ == nullptr) {
    const TextRef own = AddText(absl::string_view(word_texts_).substr(begin));
    word_texts_.resize(begin);
    return own;
  }
  TextRef ref;
  ref.is_word = 1;
  ref.begin = Size(word_ends_) % kMaxPool;
  word_ends_.push_back(word_texts_.size());
  return ref;
}

void ProgramWriter::PlaceWords() {
  if (words_ == nullptr) return;
  Array<WordStore::Word, 64> words;
  words.reserve(word_ends_.size());
  std::size_t begin = 0;
  for (const std::size_t end : word_ends_) {
    const absl::string_view all = word_texts_;
    words.push_back({all.substr(begin, end - begin), {}});
    begin = end;
  }
  words_->Add(absl::MakeSpan(words));
  const auto place = [&](TextRef& ref) {
    const WordStore::Word& word = words[ref.begin];
    if (word.begin) {
      ref.begin = *word.begin;
    } else {
      ref = AddText(word.text);
    }
  };
  for (TextRef& action : actions_) place(action);
  for (Program::KeyName& key : key_names_) place(key.name);
}

std::uint32_t ProgramWriter::AddKey(absl::string_view key) {
  std::string folded = absl::AsciiStrToLower(key);
  const auto known = keys_.find(folded);
  if (known != keys_.end()) return known->second;
  const std::uint32_t index = Size(key_names_);
  const std::uint64_t hash = HashContextKey(key);
  // Kept as it was written first, for explanations.
  const std::size_t begin = word_texts_.size();
  word_texts_.append(key.data(), key.size());
  key_names_.push_back({AddWord(begin), static_cast<std::uint32_t>(hash >> 32),
                        static_cast<std::uint32_t>(hash)});
  keys_.emplace(std::move(folded), index);
  return index;
}

void ProgramWriter::AddStatement(StatementCode statement,
                                 std::uint16_t service) {
  services_.push_back(service);
  PlaceStatement(statement);
}

void ProgramWriter::PlaceStatement(StatementCode statement) {
  statement.principals = Size(principals_);
  statement.actions = Size(actions_);
  statement.resources = Size(resources_);
  statement.conditions = Size(conditions_);
  statements_.push_back(statement);
}

// As Program::action reads it.
void ProgramWriter::AddAction(const ActionPattern& action) {
  const std::size_t begin = word_texts_.size();
  word_texts_.push_back(static_cast<char>(action.kind));
  word_texts_.push_back(static_cast<char>(action.prefix_size));
  const std::size_t text = word_texts_.size();
  word_texts_.append(action.text.data(), action.text.size());
  for (std::size_t i = text; i < word_texts_.size(); ++i) {
    word_texts_[i] =
        absl::ascii_tolower(static_cast<unsigned char>(word_texts_[i]));
  }
  actions_.push_back(AddWord(begin));
}

void ProgramWriter::AddResource(ResourcePattern::Kind kind) {
  const char head = static_cast<char>(kind);
  resources_.push_back(AddText(absl::string_view(&head, 1)));
}

void ProgramWriter::AddArn(absl::string_view arn,
                           const TemplateSyntax& syntax) {
  template_.assign(1, static_cast<char>(ResourcePattern::Kind::kArn));
  Cut(arn, syntax, &template_);
  resources_.push_back(AddText(template_));
}

void ProgramWriter::AddCondition(const ConditionOperator& op,
                                 absl::string_view key) {
  PlaceCondition(op, AddKey(key));
}

void ProgramWriter::PlaceCondition(const ConditionOperator& op,
                                   std::uint32_t key) {
  conditions_.push_back(
      {op, static_cast<std::uint16_t>(key % kMaxKeys), Size(values_)});
}

void ProgramWriter::AddValue(TextRef value) { values_.push_back(value); }

// As Program::decimal reads it.
void ProgramWriter::AddDecimal(const Decimal& decimal) {
  AddValue(AddText(absl::StrCat(decimal.negative ? "-" : "", decimal.integer,
                                ".", decimal.fraction)));
}

void ProgramWriter::AddInstant(const Instant& instant) {
  std::string bytes;
  AppendBytes(instant.seconds, &bytes);
  AppendBytes(instant.nanos, &bytes);
  AddValue(AddText(bytes));
}

void ProgramWriter::AddCidr(const CidrBlock& block) {
  static_assert(alignof(CidrBlock) == 1, "there is no padding");
  std::string bytes;
  AppendBytes(block, &bytes);
  AddValue(AddText(bytes));
}

void ProgramWriter::AddFlag(bool flag) { AddValue(AddText(flag ? "1" : "")); }

void ProgramWriter::Cutting::Add(const Piece& piece) {
  Template::Append(piece, bytes);
  ++pieces;
  has_variables = has_variables || piece.kind == Piece::Kind::kVariable;
}

void ProgramWriter::Cutting::FlushLiteral() {
  if (literal->empty()) return;
  Piece piece;
  piece.text = *literal;
  Add(piece);
  literal->clear();
}

std::size_t ProgramWriter::CutVariable(std::size_t at, VariableSearch* text,
                                       Cutting* cutting) {
  constexpr auto npos = absl::string_view::npos;
  const std::size_t close = absl::StartsWith(text->text.substr(at), "${")
                                ? text->closes.At(at)
                                : npos;
  if (close == npos) {
    cutting->literal->push_back('$');
    return at + 1;
  }
  const std::size_t begin = at + 2;
  absl::string_view body = text->text.substr(begin, close - begin);
  std::size_t end = close + 1;
  if (body == "*" || body == "?" || body == "$") {
    cutting->literal->append(body.data(), body.size());
    return end;
  }
  Piece piece;
  piece.kind = Piece::Kind::kVariable;
  // A default may hold a brace, so its end is its closing quote and brace.
  const std::size_t comma = text->defaults.At(at);
  if (comma != npos && comma < close) {
    const std::size_t value = comma + 3;
    const std::size_t quote = text->ends.At(value);
    if (quote != npos) {
      body = text->text.substr(begin, comma - begin);
      piece.has_default = true;
      piece.text = text->text.substr(value, quote - value);
      end = quote + 2;
    }
  }
  cutting->FlushLiteral();
  // A key that can hold several values is resolved while it holds one, and has
  // no default.
  if (IsMultiValuedKey(body)) piece.has_default = false;
  piece.key = AddKey(body);
  cutting->Add(piece);
  return end;
}

void ProgramWriter::Cut(absl::string_view text, const TemplateSyntax& syntax,
                        std::string* bytes) {
  const std::size_t begin = bytes->size();
  literal_.clear();
  Cutting cutting{.bytes = bytes, .literal = &literal_};
  VariableSearch search(text);
  bool after_run = false;  // of `*`
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t plain = PlainSize(text, i, syntax);
    if (plain > 0) {
      literal_.append(text.data() + i, plain);
      after_run = false;
      i += plain;
      continue;
    }
    const char c = text[i];
    if (c == '$') {
      after_run = false;
      i = CutVariable(i, &search, &cutting);
      continue;
    }
    cutting.FlushLiteral();
    Piece piece;
    piece.kind = c == '*' ? Piece::Kind::kAnyRun : Piece::Kind::kAnyOne;
    // `**` is `*`.
    if (c == '?' || !after_run) cutting.Add(piece);
    after_run = c == '*';
    ++i;
  }
  cutting.FlushLiteral();
  Template::Finish(cutting.pieces, cutting.has_variables, &(*bytes)[begin]);
}

TextRef ProgramWriter::AddTemplate(absl::string_view text,
                                   const TemplateSyntax& syntax) {
  template_.clear();
  Cut(text, syntax, &template_);
  return AddText(template_);
}

bool ProgramWriter::fits() const {
  // At most.
  const std::size_t pool =
      pool_.size() + word_texts_.size() + word_ends_.size() * kMaxSizeBytes;
  const std::size_t bytes =
      key_names_.size() * sizeof(Program::KeyName) +
      (statements_.size() + 1) * sizeof(StatementCode) +
      actions_.size() * sizeof(TextRef) + resources_.size() * sizeof(TextRef) +
      principals_.size() * sizeof(PrincipalPattern) +
      (conditions_.size() + 1) * sizeof(ConditionTest) +
      values_.size() * sizeof(TextRef) +
      services_.size() * sizeof(std::uint16_t) + pool + sizeof(Program);
  return key_names_.size() <= kMaxKeys && pool < kMaxPool &&
         bytes < std::numeric_limits<std::uint32_t>::max();
}

CountedPtr<const Program> ProgramWriter::Finish(
    const ProgramSource& source) && {
  PlaceWords();
  PlaceStatement(StatementCode());  // where the last one ends
  PlaceCondition(ConditionOperator(), 0);
  Program* const program =
      Pack(key_names_, statements_, actions_, resources_, principals_,
           conditions_, values_, services_, pool_);
  CountedPtr<const Program> owner(program);
  program->source_ = source;
  if (words_ != nullptr) program->words_ = words_->block();
  if (StatementIndex::PaysFor(*program)) {
    program->index_ = StatementIndex::Build({program});
  }
  program->max_steps_ = ReckonMaxSteps({program});
  return owner;
}

template <typename... T>
Program* ProgramWriter::Pack(const T&... arrays) {
  static_assert(sizeof...(arrays) == Program::kArrayCount);
  static_assert((std::is_trivially_copyable_v<typename T::value_type> && ...));
  const std::array<std::size_t, sizeof...(arrays)> sizes = {
      (arrays.size() * sizeof(typename T::value_type))...};
  const std::size_t size =
      std::accumulate(sizes.begin(), sizes.end(), sizeof(Program));
  auto* const block = static_cast<std::byte*>(::operator new(size));
  auto* const program = new (block) Program;
  std::uint32_t at = sizeof(Program);
  std::size_t i = 0;
  program->begins_[0] = at;
  const auto copy = [&](const void* from) {
    if (sizes[i] > 0) std::memcpy(block + at, from, sizes[i]);
    at += static_cast<std::uint32_t>(sizes[i]);
    program->begins_[++i] = at;
  };
  (copy(arrays.data()), ...);
  return program;
}

}  // namespace rolegate
