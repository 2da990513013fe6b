// Condition keys that AWS defines are known by their names, whatever the case,
// and nothing else is.

#include "engine/policy/context_keys.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

TEST(KnownKeys, AreFoundByName) {
  ASSERT_GE(KnownKeys().size(), 90u);
  for (const KnownKey& key : KnownKeys()) {
    SCOPED_TRACE(key.name);
    const bool takes_tag = key.name.back() == '/';
    const std::string name = absl::StrCat(key.name, takes_tag ? "a/b" : "");
    EXPECT_EQ(FindKnownKey(name), &key);
    EXPECT_EQ(FindKnownKey(absl::AsciiStrToUpper(name)), &key);
    EXPECT_EQ(FindKnownKey(absl::AsciiStrToLower(name)), &key);
    if (takes_tag) {
      EXPECT_EQ(FindKnownKey(key.name), nullptr) << "without a tag's key";
    } else {
      EXPECT_EQ(FindKnownKey(absl::StrCat(name, "/a")), nullptr);
      EXPECT_EQ(FindKnownKey(absl::StrCat(name, "x")), nullptr);
    }
  }
}

TEST(KnownKeys, AreNoOthers) {
  for (const char* const name :
       {"", "/", "aws:", "aws:/", "aws:ResourceTag", "ResourceTag/team",
        "app:SourceIp", "aws:SourceI", " aws:SourceIp"}) {
    EXPECT_EQ(FindKnownKey(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace rolegate
