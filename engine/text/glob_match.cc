#include "engine/text/glob_match.h"

namespace rolegate {

bool BitBlock::Advance(const GlobText& text, std::size_t begin, std::size_t end,
                       std::uint64_t* ends) const {
  constexpr std::size_t kWordBits = 64;
  const std::uint64_t done = std::uint64_t{1} << size_;
  // The characters of the pattern that match at this position and, through
  // characters of several bytes, at the next three.
  std::uint64_t here = 0;
  std::array<std::uint64_t, GlobText::kMaxCharacter> later = {};
  bool ends_anywhere = false;
  for (std::size_t word_begin = begin; word_begin <= end;
       word_begin += kWordBits, ++ends) {
    const std::uint64_t begins = *ends;
    std::uint64_t found = 0;
    const std::size_t bits = std::min(kWordBits, end - word_begin + 1);
    for (std::size_t bit = 0; bit < bits; ++bit) {
      const std::size_t at = word_begin + bit;
      here |= begins >> bit & 1;
      if ((here & done) != 0) found |= std::uint64_t{1} << bit;
      if (at == text.size()) break;
      const std::uint64_t by_any_one =
          text.MayTake(at) ? (here & any_ones_) << 1 : 0;
      const auto byte = static_cast<unsigned char>(text[at]);
      later[0] |= (here & bytes_[byte]) << 1;
      if (byte < 0x80 || by_any_one == 0) {
        later[0] |= by_any_one;
      } else {
        later[text.CharacterSizeAt(at) - 1] |= by_any_one;
      }
      here = later[0];
      later = {later[1], later[2], later[3], 0};
    }
    *ends = found;
    ends_anywhere = ends_anywhere || found != 0;
  }
  return ends_anywhere;
}

}  // namespace rolegate
