// Sealed refusals: what is sealed is opened, and nothing else is.

#include "service/sessions/encoded_message.h"

#include <sys/stat.h>

#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "engine/json/json_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/jws.h"
#include "service/sessions/key_commands.h"
#include "service/sessions/service_keys.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const char kIssuer[] = "urn:issuer";

class EncodedMessage : public ::testing::Test {
 protected:
  EncodedMessage() : keys_(*SealingKeys::Ephemeral()) {}

  std::string Seal(const SealingKeys& keys, RefusalSize size,
                   absl::string_view resource, int conditions = 1) {
    const auto each = [&](ConditionSink sink) {
      for (int i = 0; i < conditions; ++i) {
        sink(absl::StrCat("k", i),
             ContextValues(absl::string_view("10.0.0.7")));
      }
    };
    return SealRefusal({.time = kNow,
                        .decision_id = "d1",
                        .registry_revision = "r1",
                        .caller = "arn:aws:iam::123456789012:user/a",
                        .principal_arn = "arn:aws:iam::123456789012:user/a",
                        .principal_id = "AIDAX",
                        .action = "s3:GetObject",
                        .resource = resource,
                        .reason = "no",
                        .conditions = each},
                       size, keys, kIssuer);
  }
  std::string Open(const std::string& message, absl::Time now = kNow,
                   absl::string_view issuer = kIssuer) {
    auto opened = OpenRefusal(message, *keys_, issuer, now);
    return opened.ok() ? *opened : opened.error().message;
  }

  std::shared_ptr<const SealingKeys> keys_;
};

TEST_F(EncodedMessage, OpensAsJsonInAwsShape) {
  const std::string json = Open(Seal(*keys_, RefusalSize::kSteps, "arn:x"));
  JsonParseError error;
  ASSERT_NE(JsonDocument::Parse(json, {}, &error), nullptr) << json;
  EXPECT_THAT(
      json,
      HasSubstr(R"("allowed":false,"explicitDeny":false,)"
                R"("matchedStatements":{"items":[]},"failures":{"items":[]},)"
                R"("context":{"principal":{"id":"AIDAX","arn":)"
                R"("arn:aws:iam::123456789012:user/a"},)"
                R"("action":"s3:GetObject","resource":"arn:x",)"
                R"("conditions":{"items":[{"key":"k0","values":{"items":)"
                R"([{"value":"10.0.0.7"}]}}]}})"));
}

TEST_F(EncodedMessage, NothingElseOpens) {
  const std::string message = Seal(*keys_, RefusalSize::kFixed, "arn:x");
  ASSERT_THAT(Open(message), HasSubstr("arn:x"));
  const std::string bytes = *DecodeBase64Url(message);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_THAT(Open(EncodeBase64Url(altered)), HasSubstr("is not valid"))
        << "byte " << i;
  }
  for (std::size_t size : {0u, 1u, 2u, 20u, 60u}) {
    EXPECT_THAT(Open(EncodeBase64Url(bytes.substr(0, size))),
                HasSubstr("is not valid"));
  }
  EXPECT_THAT(Open("§"), HasSubstr("is not valid"));
  EXPECT_THAT(Open(message, kNow, "urn:other"), HasSubstr("is not valid"));
  EXPECT_THAT(Open(Seal(**SealingKeys::Ephemeral(), RefusalSize::kFixed, "x")),
              HasSubstr("is not valid"));
  // And after its time not even itself.
  EXPECT_THAT(Open(message, kNow + kSealedFor - absl::Seconds(1)),
              HasSubstr("arn:x"));
  EXPECT_THAT(Open(message, kNow + kSealedFor), HasSubstr("has expired"));
}

TEST_F(EncodedMessage, FixedOnesHaveOneSizeAndAllFit) {
  std::set<std::size_t> sizes;
  for (const std::string& resource :
       {std::string("x"), std::string(2048, 'x'), std::string(100'000, '\1'),
        std::string(2000, '\xff')}) {
    for (int conditions : {0, 1, 50, 5000}) {
      const std::string fixed =
          Seal(*keys_, RefusalSize::kFixed, resource, conditions);
      sizes.insert(fixed.size());
      const std::string steps =
          Seal(*keys_, RefusalSize::kSteps, resource, conditions);
      EXPECT_LE(steps.size(), kMaxEncodedMessage);
      for (const std::string& message : {fixed, steps}) {
        JsonParseError error;
        EXPECT_NE(JsonDocument::Parse(Open(message), {}, &error), nullptr)
            << Open(message);
      }
    }
  }
  EXPECT_EQ(sizes.size(), 1u);
}

TEST_F(EncodedMessage, NoTwoAreAlike) {
  std::set<std::string> messages;
  for (int i = 0; i < 100; ++i) {
    messages.insert(Seal(*keys_, RefusalSize::kFixed, "x"));
  }
  EXPECT_EQ(messages.size(), 100u);
}

class SealingKeyFiles : public EncodedMessage {
 protected:
  std::shared_ptr<const SealingKeys> Load() {
    auto keys = SealingKeys::Load(dir_.path());
    EXPECT_TRUE(keys.ok()) << keys.status();
    return *keys;
  }
  std::string Error() {
    const auto keys = SealingKeys::Load(dir_.path());
    return keys.ok() ? "" : std::string(keys.status().message());
  }
  TempDir dir_;
};

TEST_F(SealingKeyFiles, AreRotatedWithOverlap) {
  ASSERT_TRUE(NewKey(dir_.path(), "2026-10", KeyKind::kSealing).ok());
  const auto first = Load();
  const std::string old = Seal(*first, RefusalSize::kSteps, "x");
  // On every replica the new key opens before any seals with it.
  ASSERT_TRUE(NewKey(dir_.path(), "2026-11", KeyKind::kSealing).ok());
  dir_.Write("active-seal", "2026-10\n");
  keys_ = Load();
  EXPECT_EQ(keys_->sealer(), "2026-10");
  EXPECT_THAT(Open(old), HasSubstr("s3:GetObject"));
  dir_.Remove("active-seal");
  const auto second = Load();
  EXPECT_EQ(second->sealer(), "2026-11");
  EXPECT_THAT(Open(Seal(*second, RefusalSize::kSteps, "x")),
              HasSubstr("s3:GetObject"));
  // Retired.
  dir_.Remove("2026-10.seal");
  keys_ = Load();
  EXPECT_THAT(Open(old), HasSubstr("is not valid"));
}

TEST_F(SealingKeyFiles, WhatIsWrongIsSaidWithTheFile) {
  EXPECT_TRUE(Load()->ephemeral());
  const std::string key = absl::Base64Escape(std::string(32, 'k'));
  const struct {
    const char* name;
    std::string text;
    mode_t mode;
    const char* error;
  } kCases[] = {
      {"a.seal", key, 0644, "a.seal: others can read"},
      {"a.seal", "short", 0600,
       "a.seal: is no sealing key: expected 32 bytes in base64, which "
       "`rolegated "
       "keys new --sealing` writes"},
      {"a.seal", "", 0600,
       "a.seal: is no sealing key: expected 32 bytes in base64, which "
       "`rolegated "
       "keys new --sealing` writes"},
      {"a b.seal", key, 0600, "the name of a key file is its key ID: "},
      {"active-seal", "b", 0600,
       "active-seal: names the sealing key `b`, which is not in the folder"},
  };
  for (const auto& c : kCases) {
    chmod(dir_.Write(c.name, c.text).c_str(), c.mode);
    EXPECT_THAT(Error(), HasSubstr(c.error)) << c.name;
    EXPECT_THAT(Error(), ::testing::Not(HasSubstr(key)));
    dir_.Remove(c.name);
  }
}

TEST_F(SealingKeyFiles, AReloadKeepsWhatDidNotChange) {
  ASSERT_TRUE(NewKey(dir_.path(), "k1").ok());
  auto store = *ServiceKeys::Open(dir_.path());
  keys_ = store->sealing();
  const std::string message = Seal(*keys_, RefusalSize::kSteps, "x");
  const auto signing = store->signing();
  EXPECT_FALSE(*store->Reload());
  keys_ = store->sealing();
  EXPECT_THAT(Open(message), HasSubstr("s3:GetObject"));
  ASSERT_TRUE(NewKey(dir_.path(), "s1", KeyKind::kSealing).ok());
  EXPECT_TRUE(*store->Reload());
  EXPECT_EQ(store->sealing()->sealer(), "s1");
  EXPECT_EQ(store->signing(), signing);
  // All or nothing.
  dir_.Write("s2.seal", "oops");
  EXPECT_FALSE(store->Reload().ok());
  EXPECT_EQ(store->sealing()->sealer(), "s1");
}

TEST_F(SealingKeyFiles, AreListedWithoutTheirSecret) {
  ASSERT_TRUE(NewKey(dir_.path(), "k1").ok());
  ASSERT_TRUE(NewKey(dir_.path(), "s1", KeyKind::kSealing).ok());
  ASSERT_TRUE(NewKey(dir_.path(), "s2", KeyKind::kSealing).ok());
  const std::string list = *ListKeys(dir_.path());
  EXPECT_THAT(list, ::testing::ContainsRegex("k1 +signs "));
  EXPECT_THAT(list, ::testing::ContainsRegex("s1 +opens +[0-9a-f]{16}\n"));
  EXPECT_THAT(list, ::testing::ContainsRegex("s2 +seals +[0-9a-f]{16}\n"));
  EXPECT_FALSE(NewKey(dir_.path(), "s1", KeyKind::kSealing).ok());
  ASSERT_TRUE(PublishKeysTo(dir_.path(), dir_.path("jwks.json")).ok());
  EXPECT_EQ(dir_.Read("jwks.json"), *PublishKeys(dir_.path()) + "\n");
  EXPECT_THAT(dir_.Read("jwks.json"), ::testing::Not(HasSubstr("\"s1\"")));
}

}  // namespace
}  // namespace rolegate::service
