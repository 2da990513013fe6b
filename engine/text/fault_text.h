// The message of a fault, in parts until somebody wants to read it.

#ifndef ROLEGATE_ENGINE_TEXT_FAULT_TEXT_H_
#define ROLEGATE_ENGINE_TEXT_FAULT_TEXT_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/text/text.h"

namespace rolegate {

// The most bytes of an input that a message or a path repeats.  Longer inputs
// end with `…`.  Otherwise a document with a name of half a megabyte and a
// hundred thousand faults below it would be answered with fifty gigabytes.
inline constexpr std::size_t kMaxEchoBytes = 256;

inline std::string Echo(absl::string_view input) {
  const absl::string_view shown = CutToBytes(input, kMaxEchoBytes);
  return absl::StrCat(shown, shown.size() < input.size() ? "…" : "");
}

// Most faults of a hostile document are counted and not reported, so that a
// message is put together only when it is asked for.  Its parts are views,
// which must outlive it.
class FaultText {
 public:
  FaultText() = default;  // empty: there is no fault

  template <typename... Parts>
  explicit FaultText(const Parts&... parts)
      : parts_{absl::string_view(parts)...}, count_(sizeof...(parts)) {
    static_assert(sizeof...(parts) <= kMaxParts);
  }

  bool empty() const { return count_ == 0; }

  // Each part is cut as Echo cuts.
  std::string str() const {
    std::string text;
    for (std::size_t i = 0; i < count_; ++i) text += Echo(parts_[i]);
    return text;
  }

 private:
  static constexpr std::size_t kMaxParts = 6;

  std::array<absl::string_view, kMaxParts> parts_;
  std::size_t count_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_FAULT_TEXT_H_
