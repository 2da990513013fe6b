#include "engine/json/json_document.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/json/json_mistakes.h"
#include "engine/text/fault_text.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"
#include "rapidjson/stream.h"

namespace rolegate {
namespace {

// Objects up to this many members are searched for duplicates pairwise.
constexpr std::size_t kSmallObject = 16;
constexpr std::size_t kMaxContinuationBytes = 3;  // of a UTF-8 character

constexpr unsigned kParseFlags = rapidjson::kParseInsituFlag |
                                 rapidjson::kParseIterativeFlag |
                                 rapidjson::kParseValidateEncodingFlag |
                                 rapidjson::kParseNumbersAsStringsFlag;

std::vector<std::uint32_t> FindLineStarts(absl::string_view text) {
  std::vector<std::uint32_t> starts = {0};
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const char* p = begin; p < end; ++p) {
    p = static_cast<const char*>(std::memchr(p, '\n', end - p));
    if (p == nullptr) break;
    starts.push_back(static_cast<std::uint32_t>(p + 1 - begin));
  }
  return starts;
}

// Names the mistake if it is a common one, and gives RapidJSON's own text in
// the form of ours if not.
std::string SyntaxErrorText(rapidjson::ParseErrorCode code,
                            absl::string_view source, std::size_t offset) {
  const bool in_string = code == rapidjson::kParseErrorStringInvalidEncoding ||
                         code == rapidjson::kParseErrorStringEscapeInvalid;
  if (in_string && offset < source.size() &&
      static_cast<unsigned char>(source[offset]) < 0x20) {
    return "a string holds a line break or another control character: write "
           "`\\n`, or `\\u` and its number";
  }
  if (code == rapidjson::kParseErrorStringEscapeInvalid) {
    return "a string holds a backslash that begins no escape: write `\\\\` "
           "for a backslash";
  }
  if (code == rapidjson::kParseErrorStringInvalidEncoding) {
    return "a string is not UTF-8: save the file as UTF-8";
  }
  if (code == rapidjson::kParseErrorDocumentRootNotSingular &&
      offset < source.size() &&
      (source[offset] == '{' || source[offset] == '[')) {
    return "a second value begins here, and a file holds one: put all of them "
           "into one list, `[...]`";
  }
  if (std::string known = SyntaxMistake(source, offset); !known.empty()) {
    return known;
  }
  std::string text = rapidjson::GetParseError_En(code);
  if (!text.empty() && text.back() == '.') text.pop_back();
  if (!text.empty()) text.front() = absl::ascii_tolower(text.front());
  return text;
}

}  // namespace

// Receives RapidJSON's events and builds the tree bottom up: the children of
// open arrays and objects wait on `values_` and `keys_` until their end comes,
// and are then laid side by side in the document's chunks.
class JsonTreeBuilder {
 public:
  JsonTreeBuilder(JsonDocument* document, rapidjson::InsituStringStream* input,
                  int max_depth)
      : document_(document), input_(input), max_depth_(max_depth) {}

  bool Null() { return AddWord(JsonType::kNull, "", 4); }
  bool Bool(bool value) {
    return value ? AddWord(JsonType::kBool, "true", 4)
                 : AddWord(JsonType::kBool, "false", 5);
  }
  // With kParseNumbersAsStringsFlag all numbers arrive here.
  bool RawNumber(const char* text, unsigned size, bool) {
    return Add(JsonType::kNumber, text, size, OffsetOf(text));
  }
  bool String(const char* text, unsigned size, bool) {
    return Add(JsonType::kString, text, size, OffsetOf(text) - 1);
  }
  bool Key(const char* text, unsigned size, bool) {
    keys_.push_back({absl::string_view(text, size), OffsetOf(text) - 1});
    return true;
  }
  bool StartObject() { return Open(JsonType::kObject); }
  bool StartArray() { return Open(JsonType::kArray); }

  bool EndObject(unsigned count) {
    const KeyText* const keys = keys_.data() + (keys_.size() - count);
    if (!CheckDuplicates(absl::MakeConstSpan(keys, count))) return false;
    const JsonNode* const values = values_.data() + (values_.size() - count);
    auto* const members = Allocate<JsonMember>(count);
    for (unsigned i = 0; i < count; ++i) {
      members[i] = {keys[i].text, keys[i].offset, values[i]};
    }
    keys_.resize(keys_.size() - count);
    return Close(members, count);
  }
  bool EndArray(unsigned count) {
    auto* const elements = Allocate<JsonNode>(count);
    std::copy(values_.end() - count, values_.end(), elements);
    return Close(elements, count);
  }

  // Never called under kParseNumbersAsStringsFlag; the reader's template
  // wants them all the same.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  const JsonNode& root() const { return values_.front(); }
  const std::string& message() const { return message_; }
  std::uint32_t failed_offset() const { return failed_offset_; }

  // The JSON path of the value that is being read.
  std::string Path() const {
    std::string path;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const bool innermost = i + 1 == open_.size();
      if (open_[i].type == JsonType::kArray) {
        const std::size_t end =
            innermost ? values_.size() : open_[i + 1].first_value;
        absl::StrAppend(&path, "[", end - open_[i].first_value, "]");
      } else {
        const std::size_t end =
            innermost ? keys_.size() : open_[i + 1].first_key;
        if (end == open_[i].first_key) break;
        absl::StrAppend(&path, path.empty() ? "" : ".",
                        Echo(keys_[end - 1].text));
      }
    }
    return path;
  }

 private:
  // An array or object whose end has not come yet.
  struct Frame {
    JsonType type;
    std::uint32_t offset;
    std::size_t first_value;
    std::size_t first_key;
  };
  struct KeyText {
    absl::string_view text;
    std::uint32_t offset;
  };

  // A chunk of a small text is small, for a registry may have many of them.
  static constexpr std::size_t kMinChunkBytes = 1024;
  static constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 20;

  template <typename T>
  T* Allocate(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return nullptr;
    const std::size_t bytes = count * sizeof(T);
    if (bytes > chunk_left_) {
      chunk_left_ = std::max(bytes, std::clamp(2 * document_->text_.size(),
                                               kMinChunkBytes, kMaxChunkBytes));
      document_->chunks_.push_back(
          std::make_unique_for_overwrite<std::byte[]>(chunk_left_));
      chunk_ = document_->chunks_.back().get();
    }
    T* const begin = new (chunk_) T[count];
    chunk_ += bytes;
    chunk_left_ -= bytes;
    return begin;
  }

  std::uint32_t OffsetOf(const char* text) const {
    return static_cast<std::uint32_t>(text - document_->text_.data());
  }
  std::uint32_t Tell() const {
    return static_cast<std::uint32_t>(input_->Tell());
  }

  bool Open(JsonType type) {
    if (static_cast<int>(open_.size()) >= max_depth_) {
      return Fail(absl::StrCat("nesting deeper than ", max_depth_, " levels"),
                  Tell());
    }
    open_.push_back({type, Tell(), values_.size(), keys_.size()});
    return true;
  }

  bool Close(const void* children, unsigned count) {
    const Frame frame = open_.back();
    open_.pop_back();
    values_.resize(frame.first_value);
    Add(frame.type, children, count, frame.offset);
    return true;
  }

  // A word that the reader has just passed.
  bool AddWord(JsonType type, const char* text, std::uint32_t width) {
    const auto size = static_cast<std::uint32_t>(std::strlen(text));
    return Add(type, text, size, Tell() - width);
  }

  bool Add(JsonType type, const void* data, std::uint32_t size,
           std::uint32_t offset) {
    JsonNode node;
    node.type_ = type;
    node.data_ = data;
    node.size_ = size;
    node.offset_ = offset;
    values_.push_back(node);
    return true;
  }

  bool CheckDuplicates(absl::Span<const KeyText> keys) {
    if (keys.size() <= kSmallObject) {
      for (std::size_t i = 1; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (keys[i].text == keys[j].text) return FailDuplicate(keys[i]);
        }
      }
      return true;
    }
    absl::flat_hash_set<absl::string_view> seen;
    for (const KeyText& key : keys) {
      if (!seen.insert(key.text).second) return FailDuplicate(key);
    }
    return true;
  }
  bool FailDuplicate(const KeyText& key) {
    return Fail(absl::StrCat("duplicate key `", Echo(key.text), "`"),
                key.offset);
  }
  bool Fail(std::string message, std::uint32_t offset) {
    message_ = std::move(message);
    failed_offset_ = offset;
    return false;
  }

  JsonDocument* const document_;
  rapidjson::InsituStringStream* const input_;
  const int max_depth_;
  std::byte* chunk_ = nullptr;
  std::size_t chunk_left_ = 0;
  std::vector<Frame> open_;
  std::vector<JsonNode> values_;
  std::vector<KeyText> keys_;
  std::string message_;
  std::uint32_t failed_offset_ = 0;
};

std::unique_ptr<JsonDocument> JsonDocument::Parse(std::string text,
                                                  const JsonLimits& limits,
                                                  JsonParseError* error) {
  const std::size_t max_bytes =
      std::min(limits.max_bytes, std::size_t{0xffff'fff0});  // 32-bit offsets
  if (text.size() > max_bytes) {
    *error = {{}, "", absl::StrCat("larger than ", max_bytes, " bytes")};
    return nullptr;
  }
  std::unique_ptr<JsonDocument> document(new JsonDocument);
  document->line_starts_ = FindLineStarts(text);
  if (const absl::string_view mistake = EncodingMistake(text);
      !mistake.empty()) {
    *error = {document->PositionOf(std::uint32_t{0}), "",
              absl::StrCat("not JSON: the text ", mistake)};
    return nullptr;
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
    // The in-place reader takes it for the end of the input.
    *error = {document->PositionOf(static_cast<std::uint32_t>(nul)), "",
              "NUL character"};
    return nullptr;
  }
  document->text_ = std::move(text);
  // RapidJSON reads on over the terminating NUL when the input ends within a
  // character of several bytes: three continuation bytes at most.
  document->text_.append(kMaxContinuationBytes, '\0');
  rapidjson::InsituStringStream input(document->text_.data());
  JsonTreeBuilder builder(document.get(), &input, limits.max_depth);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result =
      reader.Parse<kParseFlags>(input, builder);
  if (result.IsError()) {
    const bool ours = !builder.message().empty();
    *error = {document->PositionOf(
                  ours ? builder.failed_offset()
                       : static_cast<std::uint32_t>(result.Offset())),
              builder.Path(),
              ours ? builder.message()
                   : absl::StrCat("not JSON: ",
                                  SyntaxErrorText(
                                      result.Code(),
                                      absl::string_view(document->text_)
                                          .substr(0, document->text_.size() -
                                                         kMaxContinuationBytes),
                                      result.Offset()))};
    return nullptr;
  }
  document->root_ = builder.root();
  return document;
}

Position JsonDocument::PositionOf(std::uint32_t offset) const {
  const auto next =
      std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = next - line_starts_.begin();
  return {static_cast<int>(line), static_cast<int>(offset - *(next - 1)) + 1};
}

absl::string_view JsonTypeName(JsonType type) {
  switch (type) {
    case JsonType::kNull:
      return "null";
    case JsonType::kBool:
      return "a boolean";
    case JsonType::kNumber:
      return "a number";
    case JsonType::kString:
      return "a string";
    case JsonType::kArray:
      return "an array";
    case JsonType::kObject:
      return "an object";
  }
  return "null";
}

absl::Span<const JsonNode> JsonNode::elements() const {
  if (!is_array()) return {};
  return {static_cast<const JsonNode*>(data_), size_};
}

absl::Span<const JsonMember> JsonNode::members() const {
  if (!is_object()) return {};
  return {static_cast<const JsonMember*>(data_), size_};
}

const JsonNode* JsonNode::Find(absl::string_view key) const {
  for (const JsonMember& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

}  // namespace rolegate
