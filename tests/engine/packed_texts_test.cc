#include "engine/memory/packed_texts.h"

#include <cstdint>
#include <string>
#include <vector>

#include "engine/memory/varint.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

TEST(PackedTexts, GivesBackWhatWasPacked) {
  const std::string large(100'000, 'x');
  const std::vector<std::vector<absl::string_view>> lists = {
      {"one"},
      {"", "two", ""},
      {large, "a", large},
      {absl::string_view("\0b", 2)}};
  for (const auto& list : lists) {
    PackedTexts packed{absl::MakeConstSpan(list)};
    const PackedTexts copy = packed;
    const PackedTexts moved = std::move(packed);
    ASSERT_EQ(moved.size(), list.size());
    EXPECT_EQ(moved, copy);
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(moved[i], list[i]);
      EXPECT_EQ(copy[i], list[i]);
    }
    EXPECT_EQ(moved[list.size()], "");
  }
}

TEST(PackedTexts, TakesNoMemoryForNothing) {
  EXPECT_EQ(sizeof(PackedTexts), sizeof(void*));
  EXPECT_EQ(PackedTexts("").size(), 0u);
  EXPECT_EQ(PackedTexts()[0], "");
  EXPECT_EQ(PackedTexts(""), PackedTexts());
}

TEST(Varint, GivesBackWhatWasWritten) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
        std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    std::string bytes;
    AppendVarint(number, &bytes);
    const char* at = bytes.data();
    EXPECT_EQ(ReadVarint(&at), number);
    EXPECT_EQ(at, bytes.data() + bytes.size());
  }
}

}  // namespace
}  // namespace rolegate
