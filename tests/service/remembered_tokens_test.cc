#include "service/base/remembered_tokens.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

TEST(RememberedTokens, FindsTheWholeTokenOnly) {
  RememberedTokens<int> memory(1 << 20);
  const std::string end(64, 'x');
  memory.Insert("a" + end, std::make_shared<const int>(1));
  memory.Insert("b" + end, std::make_shared<const int>(2));
  memory.Insert("", std::make_shared<const int>(3));
  EXPECT_EQ(*memory.Find("a" + end), 1);
  EXPECT_EQ(*memory.Find("b" + end), 2);
  EXPECT_EQ(*memory.Find(""), 3);
  for (const std::string& other : {"c" + end, end, "a" + end + "x"}) {
    EXPECT_EQ(memory.Find(other), nullptr) << other;
  }
}

TEST(RememberedTokens, ANewValueTakesTheOldOnesPlace) {
  RememberedTokens<int> memory(1 << 20);
  memory.Insert("token", std::make_shared<const int>(1));
  const std::size_t bytes = memory.bytes();
  memory.Insert("token", std::make_shared<const int>(2));
  EXPECT_EQ(*memory.Find("token"), 2);
  EXPECT_EQ(memory.bytes(), bytes);
}

TEST(RememberedTokens, IsBoundedAndForgetsTheOldestFirst) {
  constexpr std::size_t kBytes = 1 << 18;
  RememberedTokens<int> memory(kBytes);
  const auto token = [](int i) {
    return absl::StrCat(std::string(400, 'h'), ".", i);
  };
  constexpr int kTokens = 1000;
  for (int i = 0; i < kTokens; ++i) {
    memory.Insert(token(i), std::make_shared<const int>(i));
    EXPECT_LE(memory.bytes(), kBytes);
    ASSERT_NE(memory.Find(token(i)), nullptr) << i;
  }
  EXPECT_GT(memory.bytes(), kBytes / 2);
  EXPECT_EQ(memory.Find(token(0)), nullptr);
}

}  // namespace
}  // namespace rolegate::service
