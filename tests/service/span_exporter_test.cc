// Spans on their way to a collector that is well, slow, away or unwilling.

#include <sys/stat.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/error_details.pb.h"
#include "service/config/tracing_settings.h"
#include "service/otlp/exporter.h"
#include "service/otlp/headers_file.h"
#include "tests/support/span_collector.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::CollectedSpan;
using ::rolegate::testing::SpanCollector;
using ::rolegate::testing::TempDir;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class Exporter : public ::testing::Test {
 protected:
  void Start(const std::string& endpoint, std::size_t max_queue = 2000) {
    options_.otlp_endpoint = *OtlpEndpoint::Parse(endpoint);
    tracer_ = std::make_shared<Tracer>(1, max_queue);
    auto exporter = SpanExporter::Start(options_, tracer_, &log_);
    ASSERT_TRUE(exporter.ok()) << exporter.status();
    exporter_ = *std::move(exporter);
  }
  void Add(int spans, const std::string& text = "value") {
    for (int i = 0; i < spans; ++i) {
      auto span = std::make_unique<Span>();
      span->trace_id = Tracer::NewTraceId();
      span->id = Tracer::NewSpanId();
      span->name = "span";
      span->begin = span->end = absl::Now();
      span->attributes.push_back({"text", text});
      tracer_->Add(std::move(span));
    }
  }
  void CloseWithin(absl::Duration time) {
    exporter_->Close(MonotonicNow() + ToMonotonic(time));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    return condition();
  }
  std::string Logged() {
    absl::MutexLock lock(&mu_);
    return lines_;
  }

  absl::Mutex mu_;
  std::string lines_;
  Logger log_{{}, [this](absl::string_view line) {
                absl::MutexLock lock(&mu_);
                absl::StrAppend(&lines_, line, "\n");
              }};
  TracingOptions options_;
  std::shared_ptr<Tracer> tracer_;
  std::unique_ptr<SpanExporter> exporter_;
};

TEST_F(Exporter, SaysWhoseTheSpansAre) {
  options_.service_name = "shop-authz";
  options_.resource_attributes = {{"k8s.pod.name", "rolegate-0"}};
  const SpanCollector collector;
  Start(collector.address());
  Add(3);
  EXPECT_TRUE(Eventually([&] { return collector.spans().size() == 3; }));
  const auto resource = collector.resource();
  EXPECT_THAT(resource, Contains(Pair("service.name", "shop-authz")));
  EXPECT_THAT(resource, Contains(Pair("k8s.pod.name", "rolegate-0")));
  EXPECT_THAT(resource, Contains(Key("service.version")));
  EXPECT_EQ(resource.at("service.instance.id").size(), 36u);
  CloseWithin(absl::Seconds(5));
  EXPECT_EQ(exporter_->stats().exported, 3u);
}

TEST_F(Exporter, EscapesWhatIsNoTextAndCutsWhatIsLong) {
  const SpanCollector collector;
  Start(collector.address());
  Add(1, "\xff\xfe");
  Add(1, std::string(100'000, 'x'));
  CloseWithin(absl::Seconds(10));
  const auto spans = collector.spans();
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].attributes.at("text"), "\\xFF\\xFE");
  EXPECT_LT(spans[1].attributes.at("text").size(), 2000u);
}

TEST_F(Exporter, SendsManyInFewMessagesAndTheLastOnesAtTheEnd) {
  const SpanCollector collector;
  Start(collector.address());
  Add(1500);
  CloseWithin(absl::Seconds(20));
  EXPECT_EQ(collector.spans().size(), 1500u);
  EXPECT_LE(collector.messages(), 20);
  EXPECT_EQ(exporter_->stats().exported, 1500u);
}

TEST_F(Exporter, TriesAgainWhileACollectorIsAway) {
  int port = 0;
  { port = SpanCollector().port(); }
  Start(absl::StrCat("127.0.0.1:", port));
  Add(7);
  EXPECT_TRUE(Eventually([&] { return exporter_->stats().failed > 0; }));
  EXPECT_THAT(Logged(), HasSubstr("spans cannot be exported"));
  const SpanCollector collector(nullptr, port);
  ASSERT_EQ(collector.port(), port);
  EXPECT_TRUE(Eventually([&] { return collector.spans().size() == 7; }));
  EXPECT_TRUE(Eventually([&] { return exporter_->stats().exported == 7; }));
  EXPECT_EQ(exporter_->stats().given_up, 0u);
  EXPECT_THAT(Logged(), HasSubstr("spans are exported again"));
}

TEST_F(Exporter, ACollectorOutOfReachCostsNoMoreThanTheQueue) {
  Start("127.0.0.1:1", 100);
  for (int i = 0; i < 20; ++i) {
    Add(100);
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_LE(tracer_->waiting(), 100u);
  EXPECT_GT(tracer_->dropped(), 1000u);
  const absl::Time begin = absl::Now();
  CloseWithin(absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(exporter_->stats().exported, 0u);
  EXPECT_EQ(exporter_->stats().given_up + tracer_->dropped(), 2000u);
}

TEST_F(Exporter, ASlowCollectorDoesNotHoldUpTheEnd) {
  std::atomic<bool> asked{false};
  SpanCollector collector([&](grpc::ServerContext* context, auto*) {
    asked = true;
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    return grpc::Status::CANCELLED;
  });
  Start(collector.address());
  Add(5);
  EXPECT_TRUE(Eventually([&] { return asked.load(); }));
  const absl::Time begin = absl::Now();
  CloseWithin(absl::Milliseconds(200));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5))
      << "the timeout of a message is ten seconds";
  EXPECT_EQ(exporter_->stats().given_up, 5u);
}

TEST_F(Exporter, TriesAgainWhatMaySucceedAndGivesUpWhatCannot) {
  const struct {
    grpc::StatusCode code;
    bool again;
  } kCases[] = {{grpc::StatusCode::CANCELLED, true},
                {grpc::StatusCode::DEADLINE_EXCEEDED, true},
                {grpc::StatusCode::ABORTED, true},
                {grpc::StatusCode::OUT_OF_RANGE, true},
                {grpc::StatusCode::UNAVAILABLE, true},
                {grpc::StatusCode::DATA_LOSS, true},
                {grpc::StatusCode::UNKNOWN, false},
                {grpc::StatusCode::INVALID_ARGUMENT, false},
                {grpc::StatusCode::UNAUTHENTICATED, false},
                {grpc::StatusCode::PERMISSION_DENIED, false},
                {grpc::StatusCode::UNIMPLEMENTED, false},
                {grpc::StatusCode::INTERNAL, false},
                {grpc::StatusCode::RESOURCE_EXHAUSTED, false}};
  SpanCollector collector;
  options_.otlp_endpoint = *OtlpEndpoint::Parse(collector.address());
  const auto client = *Collector::Open(options_);
  for (const auto& c : kCases) {
    collector.SetAnswer(
        [&](auto*, auto*) { return grpc::Status(c.code, "no\xff thanks"); });
    const ExportOutcome outcome =
        client->Export(ExportRequest(), absl::Seconds(10));
    EXPECT_EQ(outcome.kind == ExportOutcome::Kind::kLater, c.again) << c.code;
    EXPECT_NE(outcome.kind, ExportOutcome::Kind::kTaken) << c.code;
  }
}

TEST_F(Exporter, WaitsAsLongAsACollectorAsks) {
  SpanCollector collector([](auto*, auto*) {
    google::rpc::RetryInfo info;
    info.mutable_retry_delay()->set_seconds(7);
    google::rpc::Status status;
    status.add_details()->PackFrom(info);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too much",
                        status.SerializeAsString());
  });
  options_.otlp_endpoint = *OtlpEndpoint::Parse(collector.address());
  const ExportOutcome outcome =
      (*Collector::Open(options_))->Export(ExportRequest(), absl::Seconds(10));
  EXPECT_EQ(outcome.kind, ExportOutcome::Kind::kLater);
  EXPECT_EQ(outcome.after, absl::Seconds(7));
}

TEST_F(Exporter, CountsWhatACollectorRejects) {
  const SpanCollector collector([](auto*, SpanCollector::Response* response) {
    response->mutable_partial_success()->set_rejected_spans(2);
    response->mutable_partial_success()->set_error_message("too old");
    return grpc::Status::OK;
  });
  Start(collector.address());
  Add(5);
  CloseWithin(absl::Seconds(10));
  EXPECT_EQ(exporter_->stats().exported, 3u);
  EXPECT_EQ(exporter_->stats().rejected, 2u);
  EXPECT_THAT(Logged(), HasSubstr("too old"));
}

// A collector that says nonsense does no harm.
TEST_F(Exporter, BelievesNoCollectorThatRejectsMoreThanItGot) {
  for (const std::int64_t rejected :
       {std::int64_t{-5}, std::int64_t{1} << 60}) {
    const SpanCollector collector(
        [&](auto*, SpanCollector::Response* response) {
          response->mutable_partial_success()->set_rejected_spans(rejected);
          return grpc::Status::OK;
        });
    Start(collector.address());
    Add(5);
    CloseWithin(absl::Seconds(10));
    EXPECT_EQ(exporter_->stats().exported, rejected < 0 ? 5u : 0u);
    EXPECT_EQ(exporter_->stats().rejected, rejected < 0 ? 0u : 5u);
  }
}

TEST_F(Exporter, SendsHeadersOfAFileAndReadsThemAnew) {
  const TempDir dir;
  options_.headers_file =
      dir.Write("headers",
                "# for the collector\nAuthorization: Bearer one\n\n"
                "x-tenant:  shop \n");
  chmod(options_.headers_file.c_str(), 0600);
  const SpanCollector collector;
  Start(collector.address());
  Add(1);
  EXPECT_TRUE(Eventually([&] { return collector.spans().size() == 1; }));
  EXPECT_THAT(collector.metadata(),
              Contains(Pair("authorization", "Bearer one")));
  EXPECT_THAT(collector.metadata(), Contains(Pair("x-tenant", "shop")));
  dir.Write("headers", "authorization: Bearer two");
  Add(1);
  EXPECT_TRUE(Eventually([&] { return collector.spans().size() == 2; }));
  EXPECT_THAT(collector.metadata(),
              Contains(Pair("authorization", "Bearer two")));
  EXPECT_THAT(Logged(), Not(HasSubstr("Bearer")));
}

TEST(HeadersFile, NamesALineAndNeverWhatStandsInIt) {
  const struct {
    const char* name;
    std::string text;
    const char* fault;
  } kCases[] = {
      {"no colon", "a: 1\nsecret", "line 2: expected `NAME: VALUE`"},
      {"no name", ": secret", "line 1: expected a name"},
      {"a name with a blank", "my secret: 1", "line 1: expected a name"},
      {"gRPC's own", "grpc-timeout: 1", "neither begins with `grpc-`"},
      {"binary", "secret-bin: AAAA", "nor ends with `-bin`"},
      {"no ASCII", "a: secret\xc3\xa4", "line 1: expected a value"},
      {"a control character", "a: secret\x01", "line 1: expected a value"},
  };
  for (const auto& c : kCases) {
    const auto headers = ParseHeaders(c.text);
    ASSERT_FALSE(headers.ok()) << c.name;
    EXPECT_THAT(std::string(headers.status().message()), HasSubstr(c.fault))
        << c.name;
    EXPECT_THAT(std::string(headers.status().message()),
                Not(HasSubstr("secret")))
        << c.name;
  }
}

TEST(HeadersFile, IsForNobodyElseAndSmall) {
  const TempDir dir;
  const std::string path = dir.Write("headers", "a: 1");
  chmod(path.c_str(), 0644);
  EXPECT_THAT(std::string(ReadHeadersFile(path).status().message()),
              HasSubstr("others can read the headers"));
  chmod(path.c_str(), 0440);
  EXPECT_EQ(ReadHeadersFile(path)->size(), 1u);
  chmod(path.c_str(), 0600);
  dir.Write("headers", absl::StrCat("a: ", std::string(20'000, 'x')));
  EXPECT_THAT(std::string(ReadHeadersFile(path).status().message()),
              HasSubstr("is larger than"));
  EXPECT_THAT(std::string(ReadHeadersFile(dir.path("none")).status().message()),
              HasSubstr("cannot be read"));
}

TEST(OtlpEndpoint, HasTlsWhereOthersCouldRead) {
  const struct {
    const char* text;
    const char* target;  // null: refused
    bool tls;
    bool local;
  } kCases[] = {
      {"127.0.0.1:4317", "dns:///127.0.0.1:4317", false, true},
      {"localhost:4317", "dns:///localhost:4317", false, true},
      {"[::1]:4317", "dns:///[::1]:4317", false, true},
      {"unix:/run/otel.sock", "unix:/run/otel.sock", false, true},
      {"otel.example:4317", "dns:///otel.example:4317", true, false},
      {"10.0.0.1:4317", "dns:///10.0.0.1:4317", true, false},
      {"https://127.0.0.1:4317", "dns:///127.0.0.1:4317", true, true},
      {"https://otel.example:443/", "dns:///otel.example:443", true, false},
      {"http://otel.example:4317", "dns:///otel.example:4317", false, false},
      {"otel.example", nullptr, false, false},
      {"otel.example:0", nullptr, false, false},
      {"otel.example:70000", nullptr, false, false},
      {"https://otel.example", nullptr, false, false},
      {"https://otel.example:4318/v1/traces", nullptr, false, false},
      {"https://user:password@otel.example:4317", nullptr, false, false},
      {"https://unix:/run/otel.sock", nullptr, false, false},
      {"grpc://otel.example:4317", nullptr, false, false},
      {"HTTPS://otel.example:4317", nullptr, false, false},
      {"a:4317,b:4317", nullptr, false, false},
      {"", nullptr, false, false},
  };
  for (const auto& c : kCases) {
    const auto endpoint = OtlpEndpoint::Parse(c.text);
    ASSERT_EQ(endpoint.ok(), c.target != nullptr) << c.text;
    if (!endpoint.ok()) continue;
    EXPECT_EQ(endpoint->target, c.target);
    EXPECT_EQ(endpoint->tls, c.tls) << c.text;
    EXPECT_EQ(endpoint->local, c.local) << c.text;
  }
}

}  // namespace
}  // namespace rolegate::service
