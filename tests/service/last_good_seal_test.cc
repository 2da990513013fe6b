// MACs of last good generations, by the sealing keys of a folder.

#include "service/sessions/last_good_seal.h"

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/sessions/key_commands.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;

class LastGoodSealTest : public ::testing::Test {
 protected:
  LastGoodSealTest() {
    EXPECT_TRUE(NewKey(dir_.path(), "k1", KeyKind::kSigning).ok());
  }
  void WriteKey(const std::string& kid, char byte) {
    dir_.Write(kid + ".seal",
               absl::Base64Escape(std::string(SealingKeys::kKeyBytes, byte)));
    std::filesystem::permissions(dir_.path(kid + ".seal"),
                                 std::filesystem::perms::owner_read |
                                     std::filesystem::perms::owner_write);
  }
  std::string MacOf(absl::string_view key_id,
                    absl::Span<const absl::string_view> texts,
                    const std::string& issuer = "urn:issuer") {
    const auto store = ServiceKeys::Open(dir_.path());
    const auto mac = KeyedLastGoodSeal(store->get(), issuer).Mac(key_id, texts);
    return mac.ok() ? absl::BytesToHexString(*mac)
                    : std::string(mac.status().message());
  }
  TempDir dir_;
};

// Computed by another implementation (Python's hmac, and HKDF of RFC 5869).
TEST_F(LastGoodSealTest, IsHmacUnderAKeyByHkdf) {
  WriteKey("s1", 'k');
  EXPECT_EQ(MacOf("s1", {"abc"}),
            "2d13ee8757b6761ed90ce2dd56d48f2cf7075d2704f64cc424c93ce04a17ee4e");
  EXPECT_EQ(MacOf("s1", {"a", "", "bc"}), MacOf("s1", {"abc"}));
}

TEST_F(LastGoodSealTest, DependsOnKeyTextAndIssuer) {
  WriteKey("s1", 'k');
  WriteKey("s2", 'l');
  const std::string mac = MacOf("s1", {"abc"});
  EXPECT_EQ(mac.size(), 64u);
  EXPECT_NE(MacOf("s2", {"abc"}), mac);
  EXPECT_NE(MacOf("s1", {"abd"}), mac);
  EXPECT_NE(MacOf("s1", {"abc"}, "urn:other"), mac);
  EXPECT_EQ(MacOf("s3", {"abc"}), "no such sealing key");
}

TEST_F(LastGoodSealTest, SignsByTheKeyInForceAndByNoneOfTheServersLife) {
  auto store = *ServiceKeys::Open(dir_.path());
  const KeyedLastGoodSeal seal(store.get(), "urn:issuer");
  EXPECT_TRUE(absl::IsFailedPrecondition(seal.KeyId().status()));
  EXPECT_TRUE(absl::IsNotFound(seal.Mac("ephemeral", {"abc"}).status()));
  WriteKey("s1", 'k');
  ASSERT_TRUE(store->Reload().ok());
  EXPECT_EQ(*seal.KeyId(), "s1");
  WriteKey("s2", 'l');
  ASSERT_TRUE(store->Reload().ok());
  EXPECT_EQ(*seal.KeyId(), "s2");
  EXPECT_TRUE(seal.Mac("s1", {"abc"}).ok()) << "verifies still";
  dir_.Remove("s1.seal");
  ASSERT_TRUE(store->Reload().ok());
  EXPECT_FALSE(seal.Mac("s1", {"abc"}).ok());
}

TEST_F(LastGoodSealTest, ComparesWhole) {
  const KeyedLastGoodSeal seal(nullptr, "");
  EXPECT_TRUE(seal.Equal("abc", "abc"));
  EXPECT_FALSE(seal.Equal("abc", "abd"));
  EXPECT_FALSE(seal.Equal("abc", "ab"));
  EXPECT_FALSE(seal.Equal("", "a"));
}

}  // namespace
}  // namespace rolegate::service
