// What libraries log about what strangers send is one record a line, and rare.

#include "service/net/library_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.pb.h"

namespace rolegate::service {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(LibraryLog, OfProtobufIsThrottledAndGoesNowhereElse) {
  std::vector<std::string> lines;
  Logger log({}, [&](absl::string_view line) { lines.emplace_back(line); });
  RouteLibraryLogsTo(&log);
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  std::string bytes = request.SerializeAsString();
  bytes.back() = '\xff';  // no UTF-8
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(v1::AuthorizeRequest().ParseFromString(bytes));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], HasSubstr("\"source\":\"protobuf\""));
  EXPECT_THAT(lines[0], HasSubstr("invalid UTF-8"));
  EXPECT_THAT(lines[0], HasSubstr("AuthorizeRequest.action"));

  RouteLibraryLogsTo(nullptr);
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(v1::AuthorizeRequest().ParseFromString(bytes));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(lines, SizeIs(1));
}

}  // namespace
}  // namespace rolegate::service
