// Roles that ask for a second factor, by real servers.

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/mfa/totp.h"
#include "tests/support/documents.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kAlice[] = "arn:aws:iam::123456789012:user/alice";
const char kBob[] = "arn:aws:iam::123456789012:user/bob";
const char kAlicesDevice[] = "arn:aws:iam::123456789012:mfa/alice";
const char kBobsDevice[] = "arn:aws:iam::123456789012:mfa/bob";

class Mfa : public ::testing::Test {
 protected:
  Mfa() {
    const std::string trust = Policy(R"({"Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::123456789012:user/alice",
                              "arn:aws:iam::123456789012:user/bob",
                              "arn:aws:iam::123456789012:role/Vault"]},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"},
                      "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}})");
    dir_.Write("registry/vault.json", Role("Vault", trust, Allow("*")));
    for (const char* name : {"alice", "bob"}) {
      dir_.Write(absl::StrCat("registry/", name, ".json"),
                 absl::StrCat(R"({"UserName": ")", name,
                              R"(", "Arn": "arn:aws:iam::123456789012:user/)",
                              name, R"(", "MFADevices": [{"SerialNumber":
                              "arn:aws:iam::123456789012:mfa/)",
                              name, R"(", "SeedFile": ")", name, "\"}]}"));
    }
    chmod(dir_.Write("seeds/alice", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").c_str(),
          0600);
    chmod(dir_.Write("seeds/bob", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U").c_str(),
          0600);
    std::filesystem::create_directory(dir_.path("state"));
  }

  std::vector<std::string> Arguments(const std::string& more = "") {
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n",
                     "state_dir: ", dir_.path("state"), "\n",
                     "mfa: {seed_dir: ", dir_.path("seeds"), "}\n",
                     "audit: {path: ", dir_.path("audit"), "}\n", more));
    return {"--config", config, "--listen", "127.0.0.1:0", "--dev"};
  }

  static v1::AssumeRoleRequest Request(const std::string& device,
                                       const std::string& code) {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Vault"));
    request.set_role_session_name("test");
    if (!device.empty()) request.set_serial_number(device);
    if (!code.empty()) request.set_token_code(code);
    return request;
  }
  static absl::Status Assume(const Client& client, const std::string& device,
                             const std::string& code) {
    return client.AssumeRole(Request(device, code)).status();
  }
  // `steps` ahead of now: 0 and 1 stay good for half a minute.
  static std::string AlicesCode(int steps = 0) {
    return service::TotpCode("12345678901234567890",
                             service::TotpStepAt(absl::Now()) + steps);
  }
  static std::string WrongCode() {
    std::set<std::string> right;
    for (int steps = -1; steps <= 3; ++steps) right.insert(AlicesCode(steps));
    for (const char* code :
         {"000000", "111111", "222222", "333333", "444444"}) {
      if (right.count(code) == 0) return code;
    }
    return "555555";
  }

  TempDir dir_;
};

TEST_F(Mfa, ACodeOpensOnceOnWhicheverReplicaAndAfterARestart) {
  ServerProcess first(Arguments());
  ServerProcess second(Arguments());
  ASSERT_TRUE(first.serving() && second.serving()) << first.log();
  const std::string code = AlicesCode();
  EXPECT_EQ(ErrorReason(Assume(first.Connect(kAlice), "", "")), "AccessDenied");
  const auto assumed =
      first.Connect(kAlice).AssumeRole(Request(kAlicesDevice, code));
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  EXPECT_EQ(ErrorReason(Assume(first.Connect(kAlice), kAlicesDevice, code)),
            "AccessDenied");
  EXPECT_EQ(ErrorReason(Assume(second.Connect(kAlice), kAlicesDevice, code)),
            "AccessDenied");
  // The session carries nothing of it: the role does not let it in again.
  const Client session =
      first.Connect("", assumed->credentials().session_token());
  EXPECT_EQ(ErrorReason(Assume(session, "", "")), "AccessDenied");
  EXPECT_EQ(ErrorReason(Assume(session, kAlicesDevice, AlicesCode(1))),
            "AccessDenied");

  EXPECT_EQ(second.Stop(), 0);
  ServerProcess third(Arguments());
  ASSERT_TRUE(third.serving()) << third.log();
  EXPECT_EQ(ErrorReason(Assume(third.Connect(kAlice), kAlicesDevice, code)),
            "AccessDenied");
  EXPECT_EQ(Assume(third.Connect(kAlice), kAlicesDevice, AlicesCode(1)),
            absl::OkStatus());
}

TEST_F(Mfa, TheCommandLineTakesACode) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const auto run = [&](const std::string& code) {
    const std::string command = absl::StrCat(
        ProgramPath("rolegate"), " assume-role --server ", server.address(),
        " --principal ", kAlice, " --role-arn ", RoleArn("Vault"),
        " --role-session-name test --serial-number ", kAlicesDevice,
        " --token-code ", code, " >/dev/null 2>&1");
    return WEXITSTATUS(std::system(command.c_str()));
  };
  EXPECT_EQ(run(WrongCode()), 3);
  EXPECT_EQ(run(AlicesCode()), 0);
}

TEST_F(Mfa, EveryRefusalSaysTheSameWords) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const Client alice = server.Connect(kAlice);
  const std::string words(Assume(alice, "", "").message());
  EXPECT_THAT(words, HasSubstr("is not authorized to perform: sts:AssumeRole"));
  const std::string code = AlicesCode();
  for (const auto& [device, tried] :
       {std::pair<std::string, std::string>(kAlicesDevice, WrongCode()),
        {kBobsDevice, code},
        {"arn:aws:iam::123456789012:mfa/nobody", code}}) {
    const absl::Status status = Assume(alice, device, tried);
    EXPECT_EQ(ErrorReason(status), "AccessDenied");
    EXPECT_EQ(std::string(status.message()), words) << device;
  }
  // Somebody else's device with that one's own, right code.
  EXPECT_EQ(ErrorReason(Assume(server.Connect(kBob), kAlicesDevice, code)),
            "AccessDenied");
  EXPECT_EQ(ErrorReason(Assume(server.Connect("service:ec2.amazonaws.com"),
                               kAlicesDevice, code)),
            "AccessDenied");
  // Nothing of all that has used the code up.
  EXPECT_EQ(Assume(alice, kAlicesDevice, code), absl::OkStatus());
  EXPECT_EQ(server.Stop(), 0);
  // Which it was stands in the audit log; a code stands nowhere.
  EXPECT_THAT(dir_.Read("audit"), HasSubstr("the MFA code is wrong"));
  EXPECT_THAT(dir_.Read("audit"), HasSubstr("is not the caller's"));
  EXPECT_THAT(dir_.Read("audit") + server.log(),
              Not(HasSubstr(absl::StrCat("\"", code))));
}

TEST_F(Mfa, ARequestThatIsMalformedUsesNoCodeUp) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const Client alice = server.Connect(kAlice);
  const std::string code = AlicesCode();
  const struct {
    std::string device;
    std::string code;
  } kCases[] = {
      {kAlicesDevice, ""},      {"", code},
      {"short", code},          {"arn:aws:iam::123456789012:mfa/a b", code},
      {kAlicesDevice, "12345"}, {kAlicesDevice, "1234567"},
      {kAlicesDevice, "12345x"}};
  for (const auto& c : kCases) {
    const absl::Status status = Assume(alice, c.device, c.code);
    EXPECT_EQ(ErrorReason(status), "ValidationError") << c.device << c.code;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("'12345")));
  }
  v1::AssumeRoleRequest request = Request(kAlicesDevice, code);
  request.set_duration_seconds(1);
  EXPECT_EQ(ErrorReason(alice.AssumeRole(request).status()), "ValidationError");
  EXPECT_EQ(Assume(alice, kAlicesDevice, code), absl::OkStatus());
}

TEST_F(Mfa, FiveWrongCodesLockTheDeviceOnEveryReplica) {
  ServerProcess first(Arguments());
  ServerProcess second(Arguments());
  ASSERT_TRUE(first.serving() && second.serving()) << first.log();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ErrorReason(Assume((i % 2 == 0 ? first : second).Connect(kAlice),
                                 kAlicesDevice, WrongCode())),
              "AccessDenied");
  }
  for (const ServerProcess* server : {&first, &second}) {
    EXPECT_EQ(ErrorReason(
                  Assume(server->Connect(kAlice), kAlicesDevice, AlicesCode())),
              "AccessDenied");
  }
  EXPECT_EQ(first.Stop(), 0);
  EXPECT_THAT(dir_.Read("audit"), HasSubstr("the MFA device is locked"));

  // A quarter of an hour later.
  for (const auto& entry :
       std::filesystem::directory_iterator(dir_.path("state/mfa"))) {
    if (!entry.path().extension().empty()) continue;
    dir_.Write("state/mfa/" + entry.path().filename().string(),
               absl::StrCat("rolegate-mfa 1 -1 0 1 ",
                            absl::ToUnixSeconds(absl::Now()) - 901, "\n"));
  }
  EXPECT_EQ(Assume(second.Connect(kAlice), kAlicesDevice, AlicesCode()),
            absl::OkStatus());
}

TEST_F(Mfa, WithoutAStateDirItIsRefusedAndSaysWhy) {
  const std::string config = dir_.Write(
      "plain.yaml",
      absl::StrCat("registry: {dir: ", dir_.path("registry"),
                   "}\nmfa: {seed_dir: ", dir_.path("seeds"), "}\n"));
  ServerProcess server(
      {"--config", config, "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_THAT(server.log(), HasSubstr("no effect without `state_dir`"));
  const absl::Status status =
      Assume(server.Connect(kAlice), kAlicesDevice, AlicesCode());
  EXPECT_EQ(ErrorReason(status), "NotImplemented");
  EXPECT_THAT(std::string(status.message()), HasSubstr("`state_dir`"));
}

}  // namespace
}  // namespace rolegate::testing
