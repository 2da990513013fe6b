// Keys that are rotated by files under constant load, on two replicas.

#include <signal.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/jws.h"
#include "service/sessions/key_commands.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using service::KeyKind;
using service::NewKey;
using ::testing::HasSubstr;
using ::testing::Not;

class Rotation : public ::testing::Test {
 protected:
  Rotation() {
    dir_.Write("registry/reader.json",
               Role("Reader", Trust(kEc2), Allow("s3:GetObject")));
    std::filesystem::create_directory(Keys());
    for (KeyKind kind : {KeyKind::kSigning, KeyKind::kSealing}) {
      EXPECT_TRUE(NewKey(Keys(), "k1", kind).ok());
    }
    Choose("k1");
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n",
                     "session: {issuer: 'urn:i', audience: 'urn:a', keys_dir: ",
                     Keys(), "}\n"));
    for (auto& replica : replicas_) {
      replica.emplace(std::vector<std::string>{"--config", config, "--listen",
                                               "127.0.0.1:0", "--dev"});
      EXPECT_TRUE(replica->serving()) << replica->log();
    }
  }

  std::string Keys() const { return dir_.path("keys"); }

  // Which key signs, and which one seals.
  void Choose(const std::string& kid) {
    for (const char* name : {"active", "active-seal"}) {
      dir_.Write(absl::StrCat("keys/.", name), kid);
      std::filesystem::rename(Keys() + "/." + name, Keys() + "/" + name);
    }
  }

  Client Ec2(const ServerProcess& replica) const {
    return replica.Connect("service:ec2.amazonaws.com");
  }
  std::string KidOf(const std::string& token) const {
    return *service::DecodeBase64Url(token.substr(0, token.find('.')));
  }
  // Reads the keys again on one replica after the other, and waits until each
  // shows that it did.
  template <typename Done>
  void ReloadEach(Done done) {
    for (auto& replica : replicas_) {
      replica->Signal(SIGHUP);
      ASSERT_TRUE(Eventually([&] { return done(*replica); })) << replica->log();
    }
  }
  bool Publishes(const ServerProcess& replica, const std::string& kid) const {
    return absl::StrContains(Ec2(replica).GetSigningKeys()->jwks(),
                             absl::StrCat("\"", kid, "\""));
  }

  TempDir dir_;
  std::array<std::optional<ServerProcess>, 2> replicas_;
};

TEST_F(Rotation, NoCallFailsWhileKeysArePublishedSignAndRetire) {
  std::atomic<bool> stop{false};
  std::array<std::atomic<int>, 2> rounds{};
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    callers.emplace_back([&, i] {
      // A session of one replica is used on both.
      const Client ec2 = Ec2(*replicas_[i]);
      const Client other = Ec2(*replicas_[1 - i]);
      v1::AssumeRoleRequest request;
      request.set_role_arn(RoleArn("Reader"));
      request.set_role_session_name("test");
      while (!stop) {
        const auto assumed = ec2.AssumeRole(request);
        ASSERT_TRUE(assumed.ok()) << assumed.status();
        for (const Client* client : {&ec2, &other}) {
          const auto identity =
              client->WithSession(assumed->credentials().session_token())
                  .GetCallerIdentity();
          ASSERT_TRUE(identity.ok()) << identity.status();
        }
        ++rounds[i];
      }
    });
  }
  // Everybody has finished what he had begun.
  const auto pass = [&] {
    const std::array<int, 2> before = {rounds[0], rounds[1]};
    EXPECT_TRUE(Eventually([&] {
      return rounds[0] > before[0] + 2 && rounds[1] > before[1] + 2;
    }));
  };
  pass();
  const std::string old = AssumeOrDie(Ec2(*replicas_[0]), RoleArn("Reader"));
  EXPECT_THAT(KidOf(old), HasSubstr(R"("kid":"k1")"));

  // Published.
  for (KeyKind kind : {KeyKind::kSigning, KeyKind::kSealing}) {
    ASSERT_TRUE(NewKey(Keys(), "k2", kind).ok());
  }
  ReloadEach([&](const ServerProcess& r) { return Publishes(r, "k2"); });
  pass();
  EXPECT_THAT(KidOf(AssumeOrDie(Ec2(*replicas_[1]), RoleArn("Reader"))),
              HasSubstr(R"("kid":"k1")"));

  // Signs, and what was signed before is good yet.
  Choose("k2");
  ReloadEach([&](const ServerProcess& r) {
    return absl::StrContains(KidOf(AssumeOrDie(Ec2(r), RoleArn("Reader"))),
                             R"("kid":"k2")");
  });
  pass();
  EXPECT_TRUE(replicas_[1]->Connect("", old).GetCallerIdentity().ok());

  // A fault in any file leaves all as it is.
  dir_.Write("keys/k3.pem", "no key");
  for (auto& replica : replicas_) {
    replica->Signal(SIGHUP);
    EXPECT_TRUE(Eventually([&] {
      return absl::StrContains(replica->log(),
                               "cannot reload the keys; those in force stay");
    }));
  }
  pass();
  dir_.Remove("keys/k3.pem");

  // Retires.
  dir_.Remove("keys/k1.pem");
  dir_.Remove("keys/k1.seal");
  ReloadEach([&](const ServerProcess& r) { return !Publishes(r, "k1"); });
  pass();
  stop = true;
  for (std::thread& caller : callers) caller.join();
  for (auto& replica : replicas_) {
    EXPECT_EQ(
        ErrorReason(replica->Connect("", old).GetCallerIdentity().status()),
        "InvalidClientTokenId");
  }
}

TEST_F(Rotation, FilesAreReadWithoutASignal) {
  ASSERT_TRUE(NewKey(Keys(), "k2").ok());
  Choose("k2");
  // The sealing key of that name follows.
  ASSERT_TRUE(NewKey(Keys(), "k2", KeyKind::kSealing).ok());
  for (auto& replica : replicas_) {
    EXPECT_TRUE(Eventually([&] { return Publishes(*replica, "k2"); }))
        << replica->log();
    EXPECT_THAT(KidOf(AssumeOrDie(Ec2(*replica), RoleArn("Reader"))),
                HasSubstr(R"("kid":"k2")"));
  }
}

// What one replica sealed, the other opens.
TEST_F(Rotation, ReplicasOpenWhatTheOtherSealed) {
  v1::AuthorizeRequest request;
  request.set_action("s3:PutObject");
  request.set_resource("*");
  const std::string sealed =
      replicas_[0]->Connect("service:x").Authorize(request)->encoded_message();
  ASSERT_NE(sealed, "");
  const auto opened =
      replicas_[1]->Connect("service:ops").DecodeAuthorizationMessage(sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(opened->decoded_message(), HasSubstr("s3:PutObject"));
  EXPECT_THAT(replicas_[0]->log(), Not(HasSubstr("no sealing key")));
}

}  // namespace
}  // namespace rolegate::testing
