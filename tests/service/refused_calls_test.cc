// Refused calls are told to operators, and a flood of them fills no log.

#include "service/answer/refused_calls.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";

class RefusedCallsTest : public ::testing::Test {
 protected:
  RefusedCallsTest() {
    AuditOptions options;
    options.path = dir_.path("audit");
    audit_ = *AuditLog::Open(options, &logger_);
    refused_.emplace(&logger_, audit_.get());
  }

  void Refuse(const std::string& peer, const std::string& message) {
    const ApiError error{ErrorCode::kInvalidClientTokenId, message, {}};
    refused_->AddUnknownCaller({error, peer, "127.0.0.1:0"}, now_, [&] {
      AuditRecord record;
      record.kind = AuditKind::kAuthentication;
      record.time = now_;
      record.peer = peer + ":51442";
      record.error = error.code;
      record.reason = message;
      return record;
    });
  }
  void Limit(const std::string& peer, const std::string& message) {
    const ApiError error{ErrorCode::kThrottling, message, {}};
    refused_->AddLimited({error, peer, "127.0.0.1:0"}, "service:x", now_,
                         [] { return std::string(kTrace); });
  }
  std::vector<std::string> Audited() {
    audit_->Close(absl::Now() + absl::Seconds(5));
    return absl::StrSplit(dir_.Read("audit"), '\n', absl::SkipEmpty());
  }
  static MonotonicTime Later() {
    return MonotonicNow() + ToMonotonic(RefusedCalls::kInterval);
  }

  TempDir dir_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::vector<std::string> lines_;
  Logger logger_{{},
                 [this](absl::string_view line) { lines_.emplace_back(line); }};
  std::unique_ptr<AuditLog> audit_;
  std::optional<RefusedCalls> refused_;
};

TEST_F(RefusedCallsTest, TheFirstOfAPeerIsToldAtOnceAndTheOthersAreSummed) {
  Refuse("10.0.0.7", "no mapping");
  for (int i = 0; i < 1000; ++i) {
    now_ += absl::Milliseconds(1);
    Refuse("10.0.0.7", "no mapping");
  }
  EXPECT_THAT(lines_,
              ElementsAre(AllOf(HasSubstr("a caller cannot be identified"),
                                HasSubstr(R"("peer":"10.0.0.7:51442")"),
                                HasSubstr(R"("listener":"127.0.0.1:0")"),
                                HasSubstr(R"("error":"InvalidClientTokenId")"),
                                HasSubstr(R"("reason":"no mapping")"))));
  refused_->TellSums(MonotonicNow());
  EXPECT_EQ(lines_.size(), 1u) << "the interval has not ended";
  refused_->TellSums(Later());
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_THAT(lines_[1], AllOf(HasSubstr("more callers could not be"),
                               HasSubstr(R"("calls":1000,"peer":"10.0.0.7")")));
  refused_->TellSums(Later());
  EXPECT_EQ(lines_.size(), 2u) << "a sum is told once";
  EXPECT_THAT(
      Audited(),
      ElementsAre(
          AllOf(
              HasSubstr(R"("kind":"authentication")"),
              HasSubstr(R"("decision":"IMPLICIT_DENY","reason":"no mapping")"),
              Not(HasSubstr("count"))),
          AllOf(HasSubstr(R"("kind":"authentication")"),
                HasSubstr(R"("peer":"10.0.0.7","listener":"127.0.0.1:0")"),
                HasSubstr(R"("count":1000)"),
                HasSubstr(R"("first_at":"2023-11-14T22:13:20.001)"))));
}

TEST_F(RefusedCallsTest, ANewIntervalTellsAnew) {
  Refuse("a", "m");
  refused_->TellSums(Later());
  Refuse("a", "m");
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(RefusedCallsTest, WhoeverInventsMessagesAndAddressesFillsNoLog) {
  for (int peer = 0; peer < 1000; ++peer) {
    for (int i = 0; i < 20; ++i) {
      Refuse(absl::StrCat("peer", peer), absl::StrCat("message ", i));
    }
  }
  const std::size_t told =
      (RefusedCalls::kMaxPeers - 1) * RefusedCalls::kToldOneByOne;
  EXPECT_EQ(lines_.size(), told);
  refused_->TellSums(Later());
  EXPECT_EQ(lines_.size(), told + RefusedCalls::kMaxPeers);
  std::uint64_t others = 0;
  for (const std::string& line : lines_) {
    if (line.find(R"("peer":"others")") == std::string::npos) continue;
    ++others;
    EXPECT_THAT(line,
                HasSubstr(absl::StrCat(
                    R"("calls":)", (1000 - RefusedCalls::kMaxPeers + 1) * 20)));
  }
  EXPECT_EQ(others, 1u);
  EXPECT_EQ(Audited().size(), told + RefusedCalls::kMaxPeers);
}

TEST_F(RefusedCallsTest, LimitsAreLoggedAndNotAudited) {
  for (int i = 0; i < 3; ++i) Limit("a", "too many calls");
  refused_->TellSums(MonotonicNow(), /*all=*/true);
  EXPECT_THAT(lines_,
              ElementsAre(AllOf(HasSubstr("a call is refused by load"),
                                HasSubstr(R"("caller":"service:x")")),
                          AllOf(HasSubstr("more calls were refused by load"),
                                HasSubstr(R"("calls":2)"))));
  EXPECT_TRUE(Audited().empty());
}

TEST_F(RefusedCallsTest, SecretsOfCallersAreTakenOut) {
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl";
  for (int i = 0; i < 2; ++i) Refuse("a", "the token " + token);
  refused_->TellSums(Later());
  ASSERT_EQ(lines_.size(), 2u);
  for (const std::string& line : lines_) {
    EXPECT_THAT(line, Not(HasSubstr(token)));
  }
  for (const std::string& line : Audited()) {
    EXPECT_THAT(line, Not(HasSubstr(token)));
  }
}

}  // namespace
}  // namespace rolegate::service
