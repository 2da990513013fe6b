// Short texts that are kept for long and read seldom.

#ifndef ROLEGATE_ENGINE_MEMORY_PACKED_TEXTS_H_
#define ROLEGATE_ENGINE_MEMORY_PACKED_TEXTS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/memory/counted_ptr.h"

namespace rolegate {

// A list of texts in one allocation, itself no larger than a pointer.  Reading
// one passes over those before it.  Immutable but by assignment.
class PackedTexts {
 public:
  PackedTexts() = default;
  explicit PackedTexts(absl::Span<const absl::string_view> texts);
  explicit PackedTexts(absl::string_view text)
      : PackedTexts(absl::MakeConstSpan(&text, 1)) {}

  PackedTexts(const PackedTexts& other);
  PackedTexts& operator=(const PackedTexts& other);
  PackedTexts(PackedTexts&&) = default;
  PackedTexts& operator=(PackedTexts&&) = default;

  // 0 also for a list of nothing but empty texts, which takes no memory.
  std::size_t size() const;

  // Empty for an index that is not below size().
  absl::string_view operator[](std::size_t index) const;

  friend bool operator==(const PackedTexts& a, const PackedTexts& b) {
    return a.bytes() == b.bytes();
  }

 private:
  absl::string_view bytes() const;

  // The size of what follows, the number of texts, and for each its size and
  // the text.
  std::unique_ptr<const char[]> bytes_;
};

// A text that several owners share.  Null while empty.
class SharedText {
 public:
  SharedText() = default;
  // NOLINTBEGIN(google-explicit-constructor): it takes a string's place.
  SharedText(std::string text)
      : text_(text.empty() ? nullptr : new Text(std::move(text))) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}
  // NOLINTEND(google-explicit-constructor)

  const std::string& str() const {
    static const std::string kEmpty;
    return text_ ? text_->text : kEmpty;
  }
  bool empty() const { return !text_; }

 private:
  struct Text : Counted<Text> {
    explicit Text(std::string t) : text(std::move(t)) {}
    const std::string text;
  };

  CountedPtr<const Text> text_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_PACKED_TEXTS_H_
