// One-time codes: the standard's vectors, and that none works twice.

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/mfa/mfa_verifier.h"
#include "service/mfa/totp.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;

// RFC 6238, appendix B: "12345678901234567890", and the same in base32.
const char kSecret[] = "12345678901234567890";
const char kSeed[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'010);  // begins a step
const absl::Duration kStep = absl::Seconds(30);

std::string CodeAt(absl::Time time) {
  return TotpCode(kSecret, TotpStepAt(time));
}

TEST(Totp, TheVectorsOfRfc6238) {
  // The appendix shows eight digits; six are their end.
  const struct {
    std::int64_t seconds;
    const char* code;
  } kVectors[] = {
      {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
      {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
  };
  for (const auto& v : kVectors) {
    EXPECT_EQ(CodeAt(absl::FromUnixSeconds(v.seconds)), v.code) << v.seconds;
  }
}

TEST(Totp, Base32AsPeopleWriteIt) {
  const struct {
    const char* text;
    bool good;
  } kCases[] = {
      {kSeed, true},
      {"gezd gnbv gy3t qojq-gezd gnbv gy3t qojq\n", true},
      {"GEZDGNBVGY3TQOJQ====", true},
      {"", false},
      {"GEZDGNBV", false},  // forty bits
      {"GEZDGNBVGY3TQOJ1", false},
      {"GEZD====GNBVGY3TQOJQ", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(DecodeBase32(c.text).has_value(), c.good) << c.text;
  }
  EXPECT_EQ(*DecodeBase32(kSeed), kSecret);
}

TEST(Mfa, OneStepOfDriftToEitherSide) {
  for (const auto& [steps, accepted] :
       {std::pair(-2, false), {-1, true}, {0, true}, {1, true}, {2, false}}) {
    MfaDeviceState state;
    EXPECT_EQ(UseMfaCode(kSecret, CodeAt(kNow + steps * kStep), kNow, &state),
              accepted ? MfaOutcome::kAccepted : MfaOutcome::kWrongCode)
        << steps;
  }
}

TEST(Mfa, WhatIsNoCodeIsWrong) {
  for (const char* code : {"", "0", "00000000", "abcdef"}) {
    MfaDeviceState state;
    EXPECT_EQ(UseMfaCode(kSecret, code, kNow, &state), MfaOutcome::kWrongCode);
  }
}

TEST(Mfa, NoCodeWorksTwiceWhateverTheClockDoes) {
  MfaDeviceState state;
  const auto use = [&](absl::Time code, absl::Time now) {
    return UseMfaCode(kSecret, CodeAt(code), now, &state);
  };
  EXPECT_EQ(use(kNow, kNow), MfaOutcome::kAccepted);
  EXPECT_EQ(use(kNow, kNow), MfaOutcome::kWrongCode);
  EXPECT_EQ(use(kNow, kNow + kStep), MfaOutcome::kWrongCode);
  EXPECT_EQ(use(kNow + kStep, kNow), MfaOutcome::kAccepted);
  // One that was not used but is older than one that was.
  EXPECT_EQ(use(kNow - kStep, kNow), MfaOutcome::kWrongCode);
  // The clock is set back: what was seen on the wire is good no more.
  EXPECT_EQ(use(kNow - absl::Hours(1), kNow - absl::Hours(1)),
            MfaOutcome::kWrongCode);
  // And forward again.
  EXPECT_EQ(use(kNow + kStep, kNow + kStep), MfaOutcome::kWrongCode);
  EXPECT_EQ(use(kNow + 2 * kStep, kNow + kStep), MfaOutcome::kAccepted);
}

TEST(Mfa, FiveFailuresLockTwiceAsLongEachTime) {
  MfaDeviceState state;
  absl::Time now = kNow;
  const auto fail = [&] { return UseMfaCode(kSecret, "x", now, &state); };
  const auto right = [&] {
    return UseMfaCode(kSecret, CodeAt(now), now, &state);
  };
  for (absl::Duration lock :
       {absl::Minutes(15), absl::Minutes(30), absl::Hours(1), absl::Hours(2),
        absl::Hours(4), absl::Hours(8), absl::Hours(16), absl::Hours(16)}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fail(), MfaOutcome::kWrongCode);
    EXPECT_EQ(right(), MfaOutcome::kLocked);
    now += lock - absl::Seconds(1);
    EXPECT_EQ(right(), MfaOutcome::kLocked) << lock;
    now += absl::Seconds(1);
  }
  EXPECT_EQ(right(), MfaOutcome::kAccepted);
  EXPECT_EQ(state.locks, 0);

  // Four failures and a success are no five.
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fail(), MfaOutcome::kWrongCode);
  now += kStep;
  EXPECT_EQ(right(), MfaOutcome::kAccepted);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fail(), MfaOutcome::kWrongCode);
  now += kStep;
  EXPECT_EQ(right(), MfaOutcome::kAccepted);
}

TEST(Mfa, AClockSetBackMakesNoLockLonger) {
  MfaDeviceState state;
  for (int i = 0; i < 5; ++i) UseMfaCode(kSecret, "x", kNow, &state);
  absl::Time now = kNow - absl::Hours(24 * 365);
  EXPECT_EQ(UseMfaCode(kSecret, CodeAt(now), now, &state), MfaOutcome::kLocked);
  now += absl::Minutes(15);
  EXPECT_EQ(UseMfaCode(kSecret, CodeAt(now), now, &state),
            MfaOutcome::kAccepted);
}

class MfaFiles : public ::testing::Test {
 protected:
  MfaFiles() { WriteSeed("alice", kSeed, 0600); }

  void WriteSeed(const std::string& name, const std::string& text,
                 mode_t mode) {
    chmod(dir_.Write("seeds/" + name, text).c_str(), mode);
  }
  // As a replica that has just started.
  absl::StatusOr<MfaOutcome> Use(const std::string& code, absl::Time now = kNow,
                                 const MfaDevice& device = kDevice) {
    return MfaVerifier(dir_.path("state"), dir_.path("seeds"))
        .Use(device, code, now);
  }
  // The one state file.
  std::string StateFile() {
    for (const auto& entry :
         std::filesystem::directory_iterator(dir_.path("state/mfa"))) {
      if (entry.path().extension().empty()) {
        return "state/mfa/" + entry.path().filename().string();
      }
    }
    return "";
  }

  static inline const MfaDevice kDevice{"arn:aws:iam::123456789012:mfa/alice",
                                        "alice"};
  TempDir dir_;
};

TEST_F(MfaFiles, WhatWasUsedOutlivesTheServer) {
  std::filesystem::create_directory(dir_.path("state"));
  EXPECT_EQ(*Use(CodeAt(kNow)), MfaOutcome::kAccepted);
  EXPECT_EQ(*Use(CodeAt(kNow)), MfaOutcome::kWrongCode);
  const MfaDevice other{"arn:aws:iam::123456789012:mfa/bob", "alice"};
  EXPECT_EQ(*Use(CodeAt(kNow), kNow, other), MfaOutcome::kAccepted);
  struct stat st {};
  ASSERT_EQ(stat(dir_.path("state/mfa").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(dir_.path(StateFile()).c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(MfaFiles, OfManyAtOnceOneGetsIn) {
  std::filesystem::create_directory(dir_.path("state"));
  std::atomic<int> accepted{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const absl::StatusOr<MfaOutcome> outcome = Use(CodeAt(kNow));
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      ++(*outcome == MfaOutcome::kAccepted ? accepted : wrong);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(wrong, 3);
}

TEST_F(MfaFiles, ManyWrongOnesAtOnceAreCountedEachAndLockTheDevice) {
  std::filesystem::create_directory(dir_.path("state"));
  std::vector<std::thread> threads;
  std::atomic<int> compared{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        if (*Use("x") == MfaOutcome::kWrongCode) ++compared;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(compared, 5);
  EXPECT_EQ(*Use(CodeAt(kNow)), MfaOutcome::kLocked);
}

TEST_F(MfaFiles, WhatCannotBeTrustedRefuses) {
  // Without the folder nothing could be remembered.
  EXPECT_FALSE(Use(CodeAt(kNow)).ok());
  std::filesystem::create_directory(dir_.path("state"));

  const struct {
    const char* name;
    const char* seed;
    mode_t mode;
    const char* error;
  } kSeeds[] = {
      {"readable", kSeed, 0644, "others can read the seed"},
      {"writable", kSeed, 0620, "others can read the seed"},
      {"short", "GEZDGNBV", 0600, "80 bits"},
      {"empty", "", 0600, "80 bits"},
  };
  for (const auto& c : kSeeds) {
    WriteSeed(c.name, c.seed, c.mode);
    const auto outcome =
        Use(CodeAt(kNow), kNow, {"arn:aws:iam::123456789012:mfa/x", c.name});
    ASSERT_FALSE(outcome.ok()) << c.name;
    EXPECT_THAT(std::string(outcome.status().message()), HasSubstr(c.error));
    EXPECT_THAT(std::string(outcome.status().message()),
                ::testing::Not(HasSubstr(kSeed)));
  }
  EXPECT_FALSE(Use(CodeAt(kNow), kNow, {"arn:aws:iam::1:mfa/x", "no"}).ok());

  ASSERT_EQ(*Use(CodeAt(kNow)), MfaOutcome::kAccepted);
  for (const char* damaged :
       {"", "rolegate-mfa 1 5", "rolegate-mfa 1 a 0 0 0\n",
        "rolegate-mfa 2 5 0 0 0\n"}) {
    dir_.Write(StateFile(), damaged);
    const auto outcome = Use(CodeAt(kNow + kStep), kNow + kStep);
    EXPECT_FALSE(outcome.ok()) << damaged;
  }
  dir_.Remove(StateFile());
  chmod(dir_.path("state/mfa").c_str(), 0770);
  EXPECT_THAT(std::string(Use(CodeAt(kNow)).status().message()),
              HasSubstr("mode 0700"));
}

}  // namespace
}  // namespace rolegate::service
