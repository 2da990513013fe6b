// What `/metrics` of a real server tells of calls that were really made.

#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Metrics : public ::testing::Test {
 protected:
  Metrics() {
    dir_.Write("registry/r.json",
               Role("Reader", Trust(kEc2), Allow("s3:GetObject")));
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"),
                     "}\naudit: {path: ", dir_.path("audit.ndjson"),
                     "}\ntracing: {otlp_endpoint: '127.0.0.1:1'}\n"));
    server_.emplace(std::vector<std::string>{
        "--config", config, "--listen", "127.0.0.1:0", "--dev",
        "--operations-listen", "127.0.0.1:0"});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }

  std::string Scrape() const {
    const HttpAnswer answer =
        HttpGet(server_->operations_address(), "/metrics");
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }

  static std::string TextOf(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The value of a series, which must be there; -1 if it is not.
  static double Value(const std::string& text, absl::string_view series) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      double value = -1;
      if (absl::StartsWith(line, series) &&
          line.substr(series.size(), 1) == " " &&
          absl::SimpleAtod(line.substr(series.size() + 1), &value)) {
        return value;
      }
    }
    return -1;
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(Metrics, CountCallsDecisionsAndSessions) {
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  const Client session = ec2.WithSession(AssumeOrDie(ec2, RoleArn("Reader")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::b/a"));
  }
  EXPECT_FALSE(session.IsAllowed("s3:PutObject", "arn:aws:s3:::b/a"));
  const Client stranger = server_->Connect("service:lambda.amazonaws.com");
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  EXPECT_FALSE(stranger.AssumeRole(request).ok());

  const std::string text = Scrape();
  const struct {
    const char* series;
    double value;
  } kCases[] = {
      {R"(rolegate_rpc_duration_seconds_count{method="Authorize",code="OK"})",
       4},
      {R"(rolegate_rpc_duration_seconds_count{method="AssumeRole",code="OK"})",
       1},
      {R"(rolegate_rpc_duration_seconds_count{method="AssumeRole",)"
       R"(code="PERMISSION_DENIED"})",
       1},
      {R"(rolegate_errors_total{method="AssumeRole",error="AccessDenied"})", 1},
      {R"(rolegate_decisions_total{decision="ALLOW",layer="identity",)"
       R"(reason="allowed"})",
       3},
      {R"(rolegate_decisions_total{decision="IMPLICIT_DENY",layer="identity",)"
       R"(reason="no_allow"})",
       1},
      {R"(rolegate_registry_entities{kind="role"})", 1},
      {"rolegate_registry_loaded", 1},
      {"rolegate_registry_held_back", 0},
      {"rolegate_registry_reloads_total", 1},
      {"rolegate_keys_ephemeral", 1},
      {R"(rolegate_audit_records_lost_total{reason="queue_full"})", 0},
      // The token is remembered from when it was issued.
      {R"(rolegate_token_cache_lookups_total{tokens="session",found="yes"})",
       4},
      {R"(rolegate_token_cache_lookups_total{tokens="session",found="no"})", 0},
      {R"(rolegate_connections_refused_total{listeners="api",peer="local"})",
       0},
      {R"(rolegate_calls_limited_total{limit="max_in_flight",peer="local"})",
       0},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Value(text, c.series), c.value) << c.series << "\n" << text;
  }
  EXPECT_GT(Value(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(Value(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(Value(text, R"(rolegate_connections_open{listeners="api"})"), 0);
}

TEST_F(Metrics, ShowARegistryThatIsHeldBack) {
  dir_.Write("registry/r.json", "{");
  EXPECT_TRUE(Eventually(
      [&] { return Value(Scrape(), "rolegate_registry_held_back") == 1; }));
  const std::string text = Scrape();
  EXPECT_EQ(Value(text, "rolegate_registry_faults"), 1);
  EXPECT_EQ(Value(text, "rolegate_registry_failed_reloads_total"), 1);
  EXPECT_GT(Value(text, "rolegate_registry_faulty_since_timestamp_seconds"),
            1e9);
  EXPECT_EQ(Value(text, "rolegate_registry_loaded"), 1)
      << "the last good generation stays in force";
}

// The families that stand in the first column of the page's tables.
TEST_F(Metrics, AreAllDocumentedAndNoOthersAre) {
  std::set<std::string> documented;
  for (const absl::string_view line :
       absl::StrSplit(TextOf(SourcePath("/docs/metrics.md")), '\n')) {
    if (!absl::StartsWith(line, "| `")) continue;
    const absl::string_view name = line.substr(3);
    documented.emplace(name.substr(0, name.find_first_of("`{")));
  }
  dir_.Write("registry/r.json", "{");
  EXPECT_TRUE(Eventually(
      [&] { return Value(Scrape(), "rolegate_registry_held_back") == 1; }));
  std::set<std::string> served;
  for (const absl::string_view line : absl::StrSplit(Scrape(), '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[1] == "TYPE") served.insert(words[2]);
  }
  // These have no metric in this set-up: it has no TLS, and gRPC's library
  // tells nothing of its buffers.
  for (const char* const absent :
       {"rolegate_certificate_expiry_timestamp_seconds",
        "rolegate_http2_buffered_bytes", "rolegate_http2_buffered_bytes_limit",
        "rolegate_http2_buffer_shortages_total"}) {
    served.insert(absent);
  }
  EXPECT_EQ(served, documented);
}

}  // namespace
}  // namespace rolegate::testing
