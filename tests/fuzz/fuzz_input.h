// Takes a fuzzer's bytes apart.

#ifndef ROLEGATE_TESTS_FUZZ_FUZZ_INPUT_H_
#define ROLEGATE_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace rolegate::fuzz {

// What is asked for beyond the end is zero, or empty.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  std::size_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  std::size_t TwoBytes() {
    const std::size_t high = Byte();
    return high << 8 | Byte();
  }

  absl::string_view Bytes(std::size_t size) {
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

  absl::string_view Rest() { return Bytes(rest_.size()); }

 private:
  absl::string_view rest_;
};

}  // namespace rolegate::fuzz

#endif  // ROLEGATE_TESTS_FUZZ_FUZZ_INPUT_H_
