// The audit log: whole lines, bounded, losses counted.

#include "service/audit/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "engine/json/json_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;

AuditRecord Record(const std::string& action) {
  AuditRecord record;
  record.time = absl::UnixEpoch();
  record.action = action;
  return record;
}

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() { options_.path = dir_.path("audit.ndjson"); }
  TempDir dir_;
  AuditOptions options_;
  Logger logger_{{}, [](absl::string_view) {}};
};

TEST_F(AuditLogTest, OneJsonObjectALineWhateverItHolds) {
  const std::string hostile = "a\"b\n\xff\xe2\x80\xa8{}\\";
  {
    auto log = *AuditLog::Open(options_, &logger_);
    log->Write(Record(hostile));
    EXPECT_TRUE(log->Close(absl::Now() + absl::Seconds(5)));
    EXPECT_EQ(log->stats().written, 1u);
  }
  const std::string text = dir_.Read("audit.ndjson");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  JsonParseError error;
  const auto json = JsonDocument::Parse(text, {}, &error);
  ASSERT_NE(json, nullptr) << error.message;
  EXPECT_EQ(json->root().Find("kind")->text(), "authorize");
}

TEST_F(AuditLogTest, WhatDoesNotFitIsCountedAndSaid) {
  // A pipe that nobody reads blocks the writer.
  ASSERT_EQ(mkfifo(options_.path.c_str(), 0600), 0);
  const int reader = open(options_.path.c_str(), O_RDONLY | O_NONBLOCK);
  options_.max_queue_records = 10;
  auto log = *AuditLog::Open(options_, &logger_);
  for (int i = 0; i < 5000; ++i) log->Write(Record(std::string(500, 'x')));
  EXPECT_GT(log->stats().lost_full, 0u);
  log->Close(absl::Now() + absl::Milliseconds(100));
  const AuditStats stats = log->stats();
  EXPECT_EQ(stats.written + stats.lost_full + stats.lost_failed, 5000u);
  close(reader);
}

TEST_F(AuditLogTest, ReopensForLogrotate) {
  auto log = *AuditLog::Open(options_, &logger_);
  log->Write(Record("a:One"));
  while (log->stats().written < 1) absl::SleepFor(absl::Milliseconds(1));
  std::filesystem::rename(options_.path, dir_.path("old"));
  log->Reopen();
  log->Write(Record("a:Two"));
  log->Close(absl::Now() + absl::Seconds(5));
  EXPECT_THAT(dir_.Read("old"), HasSubstr("a:One"));
  EXPECT_THAT(dir_.Read("audit.ndjson"), HasSubstr("a:Two"));
}

}  // namespace
}  // namespace rolegate::service
