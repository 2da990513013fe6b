// Streams that stay open, and their places.

#include "service/answer/open_streams.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

// Keeps why it was to end.
class Stream final : public OpenStream {
 public:
  void End(const ApiError& why) override { ends.push_back(why.message); }
  std::vector<std::string> ends;
};

TEST(OpenStreams, AStoppingServerTellsOpenAndNewOnesTheSame) {
  OpenStreams streams(8);
  const auto open = std::make_shared<Stream>();
  EXPECT_FALSE(streams.Add(open, {"peer", "shop"}).has_value());
  streams.EndAll({ErrorCode::kServiceUnavailable, "open it again", {}});
  EXPECT_EQ(open->ends, std::vector<std::string>{"open it again"});
  const Refusal refusal =
      streams.Add(std::make_shared<Stream>(), {"peer", "shop"});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kServiceUnavailable);
  EXPECT_EQ(refusal->message, "open it again");
  EXPECT_EQ(streams.size(), 1u) << "until it is over";
  streams.Remove(open);
  EXPECT_EQ(streams.size(), 0u);
}

TEST(OpenStreams, WithoutPlacesNobodyGetsOne) {
  OpenStreams streams(0);
  const Refusal refusal =
      streams.Add(std::make_shared<Stream>(), {"peer", "shop"});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kThrottling);
  EXPECT_EQ(refusal->message, "too many streams are open; try again");
}

}  // namespace
}  // namespace rolegate::service
