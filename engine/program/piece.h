// Templates: texts in which wildcards and policy variables are told apart, as
// the bytes that a Program keeps them in.

#ifndef ROLEGATE_ENGINE_PROGRAM_PIECE_H_
#define ROLEGATE_ENGINE_PROGRAM_PIECE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "engine/memory/varint.h"

namespace rolegate {

// A part of a template.
struct Piece {
  enum class Kind : std::uint8_t {
    kLiteral,   // `text`
    kAnyRun,    // `*`: any characters, none too
    kAnyOne,    // `?`: exactly one character
    kVariable,  // the value of context key `key`; `text` is the default
  };
  Kind kind = Kind::kLiteral;
  bool has_default = false;
  std::uint32_t key = 0;  // into the program's keys
  absl::string_view text;
};

// The compiled form of every resource and of every value of String*, Arn* and
// Bool: pieces one behind the other.  A view.
class Template {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Piece;
    using difference_type = std::ptrdiff_t;
    using pointer = const Piece*;
    using reference = Piece;

    Iterator() = default;
    explicit Iterator(const char* at) : at_(at) {}

    Piece operator*() const {
      const char* at = at_;
      return Read(&at);
    }
    Iterator& operator++() {
      Read(&at_);
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    // What the piece is, without reading it.
    Piece::Kind kind() const {
      return static_cast<Piece::Kind>(static_cast<unsigned char>(*at_) &
                                      kKindMask);
    }
    // Reads the piece and goes on to the next.
    ABSL_ATTRIBUTE_ALWAYS_INLINE Piece Take() { return Read(&at_); }

    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const char* at_ = nullptr;
  };

  Template() = default;
  explicit Template(absl::string_view bytes) : bytes_(bytes) {}

  Iterator begin() const { return Iterator(bytes_.data()); }
  Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
  bool empty() const { return bytes_.empty(); }

  // Whether it is one piece, of this kind.
  bool IsOnly(Piece::Kind kind) const {
    return (first() & (kKindMask | kIsOnly)) ==
           (static_cast<unsigned>(kind) | kIsOnly);
  }
  bool has_variables() const { return (first() & kHasVariables) != 0; }

  static void Append(const Piece& piece, std::string* bytes);

  // Of the template that begins at `*first` and consists of `pieces` pieces.
  static void Finish(std::size_t pieces, bool has_variables, char* first);

 private:
  // The first byte of a piece: its kind, and whether it has a default.
  static constexpr unsigned kKindMask = 3;
  static constexpr unsigned kHasDefault = 4;
  // Of the first piece: what is known of all.
  static constexpr unsigned kIsOnly = 8;
  static constexpr unsigned kHasVariables = 16;

  unsigned first() const {
    return bytes_.empty() ? 0 : static_cast<unsigned char>(bytes_.front());
  }

  // Then a variable's key, then, where there is one, a text behind its size.
  ABSL_ATTRIBUTE_ALWAYS_INLINE static Piece Read(const char** at) {
    const auto first = static_cast<unsigned char>(*(*at)++);
    Piece piece;
    piece.kind = static_cast<Piece::Kind>(first & kKindMask);
    piece.has_default = (first & kHasDefault) != 0;
    if (piece.kind == Piece::Kind::kVariable) {
      piece.key = static_cast<std::uint32_t>(ReadVarint(at));
    }
    if (piece.kind == Piece::Kind::kLiteral || piece.has_default) {
      const std::uint64_t size = ReadVarint(at);
      piece.text = absl::string_view(*at, size);
      *at += size;
    }
    return piece;
  }

  absl::string_view bytes_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PIECE_H_
