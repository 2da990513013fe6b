// Answers that nobody takes are given up, the oldest first.

#include "service/answer/unsent_answers.h"

#include <deque>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kSize = 100'000;
constexpr std::uint64_t kCost = UnsentAnswers::kBytesOfCall + 3 * kSize;

class Answer final : public UnsentAnswer {
 public:
  Answer(int number, std::vector<int>* given_up)
      : number_(number), given_up_(given_up) {}

 private:
  std::function<void()> Ending() override {
    return [number = number_, given_up = given_up_] {
      given_up->push_back(number);
    };
  }

  const int number_;
  std::vector<int>* const given_up_;
};

class Unsent : public ::testing::Test {
 protected:
  Answer* Make() {
    return &answers_.emplace_back(static_cast<int>(answers_.size()),
                                  &given_up_);
  }

  std::vector<int> given_up_;
  std::deque<Answer> answers_;
};

TEST_F(Unsent, WhatIsTakenInTimeIsNotGivenUp) {
  UnsentAnswers unsent(10 * kCost, absl::Seconds(10));
  for (int i = 0; i < 100; ++i) {
    Answer* const answer = Make();
    unsent.Add(answer, kSize);
    EXPECT_EQ(unsent.bytes(), kCost);
    unsent.Remove(answer);
    unsent.Remove(answer);
  }
  EXPECT_EQ(unsent.bytes(), 0u);
  EXPECT_TRUE(given_up_.empty());
}

TEST_F(Unsent, TheOldestAreGivenUpWhereMemoryIsWanted) {
  UnsentAnswers unsent(3 * kCost, absl::Seconds(10));
  for (int i = 0; i < 5; ++i) unsent.Add(Make(), kSize);
  EXPECT_THAT(given_up_, ElementsAre(0, 1));
  EXPECT_EQ(unsent.given_up(), 2u);
  EXPECT_EQ(unsent.bytes(), 3 * kCost);
  unsent.Remove(&answers_[3]);
  unsent.Add(Make(), kSize);
  EXPECT_THAT(given_up_, ElementsAre(0, 1)) << "there was room";
  for (Answer& answer : answers_) unsent.Remove(&answer);
  EXPECT_EQ(unsent.bytes(), 0u);
}

TEST_F(Unsent, WhatIsTooOldIsGivenUp) {
  UnsentAnswers unsent(10 * kCost, absl::Seconds(10));
  unsent.Add(Make(), kSize);
  unsent.Add(Make(), kSize);
  const MonotonicTime now = MonotonicNow();
  unsent.Remove(&answers_[0]);
  unsent.GiveUpOld(now + std::chrono::seconds(9));
  EXPECT_TRUE(given_up_.empty());
  unsent.GiveUpOld(now + std::chrono::seconds(11));
  EXPECT_THAT(given_up_, ElementsAre(1));
  EXPECT_EQ(unsent.bytes(), 0u);
}

}  // namespace
}  // namespace rolegate::service
