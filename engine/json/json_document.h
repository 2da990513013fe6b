// JSON text as a tree that remembers where everything stood.
//
// Policies and registry files are both read through this tree.  It differs
// from a plain DOM in three ways that policies need: every value and key has
// its position, a duplicate key is an error (the last one would silently win
// elsewhere), and numbers keep their source text.
//
//   JsonParseError error;
//   std::unique_ptr<JsonDocument> doc =
//       JsonDocument::Parse(std::move(text), JsonLimits{}, &error);
//   if (doc == nullptr) Report(error.position, error.message);
//   for (const JsonMember& m : doc->root().members()) ...
//
// Immutable after Parse.  Views and nodes live as long as the document.

#ifndef ROLEGATE_ENGINE_JSON_JSON_DOCUMENT_H_
#define ROLEGATE_ENGINE_JSON_JSON_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

enum class JsonType : std::uint8_t {
  kNull,
  kBool,
  kNumber,
  kString,
  kArray,
  kObject,
};

// "null", "a boolean", "a number", ... for messages.
absl::string_view JsonTypeName(JsonType type);

struct JsonMember;

// One value.  Small and trivially copyable; a view into its document.
class JsonNode {
 public:
  JsonType type() const { return type_; }
  bool is_object() const { return type_ == JsonType::kObject; }
  bool is_array() const { return type_ == JsonType::kArray; }
  bool is_string() const { return type_ == JsonType::kString; }

  // A string's decoded text, a number exactly as written, "true" or "false"
  // for a boolean; empty otherwise.
  absl::string_view text() const {
    return is_scalar()
               ? absl::string_view(static_cast<const char*>(data_), size_)
               : absl::string_view();
  }
  bool bool_value() const { return type_ == JsonType::kBool && size_ == 4; }

  // Empty for anything but an array.
  absl::Span<const JsonNode> elements() const;

  // In the order of the source.  Empty for anything but an object.
  absl::Span<const JsonMember> members() const;

  // The member of that exact name, or null.
  const JsonNode* Find(absl::string_view key) const;

  // Byte offset of the value's first character in the source.
  std::uint32_t offset() const { return offset_; }

 private:
  friend class JsonTreeBuilder;

  bool is_scalar() const {
    return type_ != JsonType::kArray && type_ != JsonType::kObject;
  }

  const void* data_ = nullptr;  // text, elements or members
  std::uint32_t size_ = 0;
  std::uint32_t offset_ = 0;
  JsonType type_ = JsonType::kNull;
};

struct JsonMember {
  absl::string_view key;
  std::uint32_t key_offset = 0;
  JsonNode value;
};

struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 30;
  int max_depth = 64;  // nesting of arrays and objects
};

struct JsonParseError {
  Position position;
  std::string path;     // of the innermost value known, for a duplicate key
  std::string message;  // "duplicate key `Effect`"
};

class JsonDocument {
 public:
  // Null on failure, with `*error` set: not JSON, invalid UTF-8, a duplicate
  // key in any object, or a limit exceeded.  Never recurses, whatever the
  // depth of the input.
  static std::unique_ptr<JsonDocument> Parse(std::string text,
                                             const JsonLimits& limits,
                                             JsonParseError* error);

  JsonDocument(const JsonDocument&) = delete;  // nodes point into it
  JsonDocument& operator=(const JsonDocument&) = delete;

  const JsonNode& root() const { return root_; }
  Position PositionOf(std::uint32_t offset) const;
  Position PositionOf(const JsonNode& node) const {
    return PositionOf(node.offset());
  }

 private:
  friend class JsonTreeBuilder;
  JsonDocument() = default;

  std::string text_;                        // decoded in place
  std::vector<std::uint32_t> line_starts_;  // offsets, ascending
  // Arrays and objects lie in chunks that are freed together.
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  JsonNode root_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_JSON_JSON_DOCUMENT_H_
