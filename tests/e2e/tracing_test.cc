// Spans of real calls, as a collector gets them, and trace ids in records.

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/json/json_document.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/server_process.h"
#include "tests/support/span_collector.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

using Metadata = std::vector<std::pair<std::string, std::string>>;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSampled[] =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
constexpr char kAuthorize[] = "rolegate.v1.AuthorizationService/Authorize";
constexpr char kBatch[] = "rolegate.v1.AuthorizationService/BatchAuthorize";
constexpr char kStream[] = "rolegate.v1.AuthorizationService/AuthorizeStream";
constexpr char kAssume[] = "rolegate.v1.SecurityTokenService/AssumeRole";

void ExpectAttributes(const CollectedSpan& span,
                      const std::map<std::string, std::string>& expected) {
  for (const auto& [key, value] : expected) {
    EXPECT_THAT(span.attributes, Contains(Pair(key, value)));
  }
}

class Tracing : public ::testing::Test {
 protected:
  Tracing() {
    dir_.Write("registry/r.json",
               Role("Reader", Trust(kEc2), Allow("s3:Get*")));
  }

  // Serves with these settings of `tracing` beside the endpoint.  All calls are
  // sampled if they do not say otherwise.
  void Serve(const std::string& tracing, const std::string& endpoint) {
    dir_.Write("rolegated.yaml",
               absl::StrCat("registry: {dir: ", dir_.path("registry"),
                            "}\naudit: {path: ", dir_.path("audit"),
                            "}\ntracing: {otlp_endpoint: '", endpoint, "'",
                            absl::StrContains(tracing, "sample_ratio")
                                ? ""
                                : ", sample_ratio: 1",
                            tracing.empty() ? "" : ", ", tracing,
                            "}\nlisteners: [{address: '127.0.0.1:0'}]\n"));
    server_.emplace(std::vector<std::string>{
        "--config", dir_.path("rolegated.yaml"), "--dev", "--operations-listen",
        "127.0.0.1:0"});
    ASSERT_TRUE(server_->serving()) << server_->log();
    authorization_ = v1::AuthorizationService::NewStub(grpc::CreateChannel(
        server_->address(), grpc::InsecureChannelCredentials()));
  }

  grpc::Status Authorize(const Metadata& metadata,
                         v1::AuthorizeResponse* response = nullptr,
                         const std::string& principal = "service:x") {
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::secret-bucket/key");
    (*request.mutable_context())["shop:Note"].add_values("secret-value");
    grpc::ClientContext context;
    if (!principal.empty()) {
      context.AddMetadata("rolegate-principal", principal);
    }
    for (const auto& [name, value] : metadata) {
      context.AddMetadata(name, value);
    }
    v1::AuthorizeResponse ignored;
    return authorization_->Authorize(&context, request,
                                     response == nullptr ? &ignored : response);
  }

  // Everything that is to come has come once the server has stopped.
  void Stop() { EXPECT_EQ(server_->Stop(), 0); }

  // The `trace_id` of each record of a kind; empty where there is none.
  std::vector<std::string> AuditedTraces(const std::string& kind) const {
    std::vector<std::string> ids;
    for (const absl::string_view line :
         absl::StrSplit(dir_.Read("audit"), '\n', absl::SkipEmpty())) {
      JsonParseError error;
      const auto json = JsonDocument::Parse(std::string(line), {}, &error);
      if (json == nullptr || json->root().Find("kind")->text() != kind) {
        continue;
      }
      const JsonNode* const id = json->root().Find("trace_id");
      ids.emplace_back(id == nullptr ? "" : id->text());
    }
    return ids;
  }

  double Metric(absl::string_view series) const {
    const HttpAnswer answer =
        HttpGet(server_->operations_address(), "/metrics");
    for (const absl::string_view line : absl::StrSplit(answer.body, '\n')) {
      double value = 0;
      if (absl::StartsWith(line, absl::StrCat(series, " ")) &&
          absl::SimpleAtod(line.substr(series.size() + 1), &value)) {
        return value;
      }
    }
    return -1;
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
  std::unique_ptr<v1::AuthorizationService::Stub> authorization_;
};

TEST_F(Tracing, ACallHasASpanOfItsCallersTrace) {
  const SpanCollector collector;
  Serve("sample_ratio: 0", collector.address());
  v1::AuthorizeResponse response;
  ASSERT_TRUE(
      Authorize({{"traceparent", kSampled}, {"tracestate", "rojo=1,congo=t61"}},
                &response)
          .ok());
  Stop();
  const auto spans = collector.SpansNamed(kAuthorize);
  ASSERT_EQ(spans.size(), 1u);
  const CollectedSpan& span = spans[0];
  EXPECT_EQ(span.trace_id, kTraceId);
  EXPECT_EQ(span.parent, "00f067aa0ba902b7");
  EXPECT_EQ(span.id.size(), 16u);
  EXPECT_NE(span.id, span.parent);
  EXPECT_EQ(span.tracestate, "rojo=1,congo=t61");
  EXPECT_EQ(span.kind, "SPAN_KIND_SERVER");
  EXPECT_EQ(span.status, "STATUS_CODE_UNSET");
  EXPECT_EQ(span.flags, 0x301u) << "sampled, and of a remote parent";
  EXPECT_GE(span.seconds, 0);
  EXPECT_LT(span.seconds, 5);
  ExpectAttributes(
      span, {{"rpc.system.name", "grpc"},
             {"rpc.method", kAuthorize},
             {"rpc.response.status_code", "OK"},
             {"network.transport", "tcp"},
             {"network.peer.address", "127.0.0.1"},
             {"server.address", "127.0.0.1"},
             {"rolegate.caller", "x"},
             {"rolegate.action", "s3:GetObject"},
             {"rolegate.decision", "IMPLICIT_DENY"},
             {"rolegate.decision.layer", "resource"},
             {"rolegate.decision.reason", "no_allow"},
             {"rolegate.decision.id", response.decision_id()},
             {"rolegate.registry.revision", response.registry_revision()}});
  EXPECT_THAT(span.attributes, Contains(Key("network.peer.port")));
  EXPECT_THAT(AuditedTraces("authorize"), ElementsAre(kTraceId));
}

TEST_F(Tracing, ACallerDecidesWhetherItsCallHasASpanAndElseTheRatioDoes) {
  const struct {
    const char* name;
    Metadata metadata;
    bool with_ratio_0;
    bool with_ratio_1;
    const char* audited;  // null: whatever the span has
  } kCases[] = {
      {"sampled", {{"traceparent", kSampled}}, true, true, kTraceId},
      {"not sampled", {{"traceparent", kNotSampled}}, false, false, kTraceId},
      {"nothing", {}, false, true, nullptr},
      {"malformed",
       {{"traceparent", absl::StrCat(kSampled, "x")}},
       false,
       true,
       nullptr},
      {"the version ff",
       {{"traceparent", absl::StrCat("ff", kSampled + 2)}},
       false,
       true,
       nullptr},
      {"two of them",
       {{"traceparent", kSampled}, {"traceparent", kSampled}},
       false,
       true,
       nullptr},
      {"a tracestate alone", {{"tracestate", "a=1"}}, false, true, nullptr},
  };
  for (const bool all : {false, true}) {
    for (const auto& c : kCases) {
      const SpanCollector collector;
      dir_.Remove("audit");
      Serve(absl::StrCat("sample_ratio: ", all ? 1 : 0), collector.address());
      EXPECT_TRUE(Authorize(c.metadata).ok());
      Stop();
      const bool expected = all ? c.with_ratio_1 : c.with_ratio_0;
      const auto spans = collector.SpansNamed(kAuthorize);
      ASSERT_EQ(spans.size(), expected ? 1u : 0u) << c.name << ", " << all;
      std::string id = c.audited == nullptr ? "" : c.audited;
      if (c.audited == nullptr && expected) {
        id = spans[0].trace_id;
        EXPECT_NE(id, kTraceId) << c.name;
        EXPECT_EQ(spans[0].parent, "") << c.name;
        EXPECT_EQ(spans[0].tracestate, "") << c.name;
        EXPECT_EQ(spans[0].flags, 0x101u) << c.name;
      }
      EXPECT_THAT(AuditedTraces("authorize"), ElementsAre(id)) << c.name;
    }
  }
}

TEST_F(Tracing, ATracestateThatIsNotAsItShouldBeIsLeftOut) {
  const SpanCollector collector;
  Serve("", collector.address());
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl";
  for (const std::string& state :
       {std::string("No Key=1"), std::string(600, 'a'), "a=" + token}) {
    EXPECT_TRUE(
        Authorize({{"traceparent", kSampled}, {"tracestate", state}}).ok());
  }
  Stop();
  const auto spans = collector.SpansNamed(kAuthorize);
  ASSERT_EQ(spans.size(), 3u);
  for (const CollectedSpan& span : spans) {
    EXPECT_EQ(span.trace_id, kTraceId);
    EXPECT_EQ(span.tracestate, "");
  }
  EXPECT_THAT(collector.everything(), Not(HasSubstr(token)));
}

TEST_F(Tracing, ASpanHoldsNoTokenNoConditionKeyAndNoResource) {
  const SpanCollector collector;
  Serve("", collector.address());
  const std::string token = AssumeOrDie(
      server_->Connect("service:ec2.amazonaws.com"), RoleArn("Reader"));
  v1::AuthorizeResponse response;
  ASSERT_TRUE(Authorize({{"traceparent", kSampled},
                         {"authorization", absl::StrCat("Bearer ", token)}},
                        &response, /*principal=*/"")
                  .ok());
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  // A token where an action belongs, and in the place of a token.
  grpc::ClientContext context;
  context.AddMetadata("rolegate-principal", "service:x");
  v1::AuthorizeRequest wrong;
  wrong.set_action(token);
  wrong.set_session_token(token + "x");
  EXPECT_FALSE(authorization_->Authorize(&context, wrong, &response).ok());
  Stop();
  const auto spans = collector.SpansNamed(kAuthorize);
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_THAT(spans[0].attributes,
              Contains(Pair("rolegate.caller",
                            "arn:aws:sts::123456789012:assumed-role/Reader/"
                            "test")));
  EXPECT_THAT(spans[0].attributes,
              Contains(Pair("rolegate.decision.reason", "allowed")));
  const std::string everything = collector.everything();
  for (const absl::string_view part : absl::StrSplit(token, '.')) {
    EXPECT_THAT(everything, Not(HasSubstr(std::string(part))));
  }
  for (const char* const secret :
       {"secret-value", "secret-bucket", "shop:Note"}) {
    EXPECT_THAT(everything, Not(HasSubstr(secret)));
  }
}

TEST_F(Tracing, AStrangersWordCountsForNothing) {
  for (const bool all : {false, true}) {
    const SpanCollector collector;
    Serve(absl::StrCat("sample_ratio: ", all ? 1 : 0), collector.address());
    const grpc::Status status = Authorize(
        {{"traceparent", kSampled}, {"authorization", "Bearer nonsense"}});
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    Stop();
    const auto spans = collector.SpansNamed(kAuthorize);
    ASSERT_EQ(spans.size(), all ? 1u : 0u);
    if (!all) continue;
    EXPECT_EQ(spans[0].trace_id, kTraceId);
    EXPECT_THAT(spans[0].attributes,
                Contains(Pair("rpc.response.status_code", "UNAUTHENTICATED")));
    EXPECT_THAT(spans[0].attributes,
                Contains(Pair("rolegate.error", "InvalidClientTokenId")));
    EXPECT_THAT(spans[0].attributes, Not(Contains(Key("rolegate.caller"))));
    EXPECT_EQ(spans[0].status, "STATUS_CODE_UNSET") << "the caller's fault";
  }
}

TEST_F(Tracing, TheLogNamesTheTraceOfACallThatItTellsOf) {
  const SpanCollector collector;
  Serve("sample_ratio: 0", collector.address());
  EXPECT_FALSE(Authorize({{"traceparent", kSampled},
                          {"authorization", "Bearer nonsense"}})
                   .ok());
  EXPECT_THAT(server_->log(),
              HasSubstr(absl::StrCat(R"("trace_id":")", kTraceId, "\"}")));
  EXPECT_TRUE(Eventually([&] {
    return AuditedTraces("authentication") ==
           std::vector<std::string>{kTraceId};
  }));
}

TEST_F(Tracing, ABatchSaysHowManyChecksAndAWorkersCallWhenItBegan) {
  const SpanCollector collector;
  Serve("", collector.address());
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  const Client reader = ec2.WithSession(AssumeOrDie(ec2, RoleArn("Reader")));
  v1::BatchAuthorizeRequest batch;
  for (int i = 0; i < 150; ++i) {
    auto* const check = batch.add_checks();
    check->set_action(i < 50 ? "s3:PutObject" : "s3:GetObject");
    check->set_resource("*");
  }
  ASSERT_TRUE(reader.BatchAuthorize(batch).ok());
  const auto stream = reader.OpenAuthorizeStream();
  v1::AuthorizeStreamRequest message;
  *message.mutable_batch() = batch;
  message.mutable_batch()->mutable_checks()->DeleteSubrange(2, 148);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(stream->Write(message));
  stream->WritesDone();
  v1::AuthorizeStreamResponse answer;
  while (stream->Read(&answer)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
  Stop();
  const auto batches = collector.SpansNamed(kBatch);
  ASSERT_EQ(batches.size(), 1u);
  ExpectAttributes(batches[0], {{"rolegate.checks", "150"},
                                {"rolegate.checks.denied", "50"}});
  EXPECT_THAT(batches[0].events, ElementsAre("queued", "worked on"));
  EXPECT_EQ(collector.SpansNamed(kAssume).size(), 1u);
  const auto messages = collector.SpansNamed(kStream);
  ASSERT_EQ(messages.size(), 2u) << "a message of a stream is a call";
  EXPECT_THAT(messages[1].attributes, Contains(Pair("rolegate.checks", "2")));
}

TEST_F(Tracing, TheClientSendsWhatItsProgramWantsToGoAlong) {
  const SpanCollector collector;
  Serve("sample_ratio: 0", collector.address());
  ClientOptions options;
  options.server = server_->address();
  options.principal = "service:x";
  options.metadata = [] {
    return Metadata{{"traceparent", kSampled},
                    // gRPC can send none of these.
                    {"Upper-Case", "1"},
                    {"line", "a\nb"},
                    {"", "no name"},
                    {"raw-bin", "1"}};
  };
  const Client client = *Client::Connect(options);
  EXPECT_TRUE(client.GetCallerIdentity().ok());
  const auto stream = client.OpenAuthorizeStream();
  v1::AuthorizeStreamRequest message;
  auto* const check = message.mutable_batch()->add_checks();
  check->set_action("s3:GetObject");
  check->set_resource("*");
  EXPECT_TRUE(stream->Write(message));
  stream->WritesDone();
  v1::AuthorizeStreamResponse answer;
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
  Stop();
  for (const char* const name :
       {"rolegate.v1.SecurityTokenService/GetCallerIdentity", kStream}) {
    const auto spans = collector.SpansNamed(name);
    ASSERT_EQ(spans.size(), 1u) << name;
    EXPECT_EQ(spans[0].trace_id, kTraceId) << name;
    EXPECT_EQ(spans[0].parent, "00f067aa0ba902b7") << name;
  }
}

TEST_F(Tracing, AReloadIsASpanOfItsOwn) {
  const SpanCollector collector;
  Serve("sample_ratio: 0", collector.address());
  dir_.Write("registry/r.json", "{ oops");
  EXPECT_TRUE(Eventually(
      [&] { return collector.SpansNamed("registry reload").size() == 2; }));
  const auto reloads = collector.SpansNamed("registry reload");
  EXPECT_EQ(reloads[0].status, "STATUS_CODE_UNSET");
  EXPECT_EQ(reloads[0].kind, "SPAN_KIND_INTERNAL");
  EXPECT_EQ(reloads[0].parent, "");
  EXPECT_THAT(reloads[0].attributes,
              Contains(Pair("rolegate.registry.files", "1")));
  EXPECT_EQ(reloads[1].status, "STATUS_CODE_ERROR");
  EXPECT_THAT(reloads[1].message, HasSubstr("r.json: "));
  ExpectAttributes(reloads[1], {{"rolegate.registry.faults", "1"},
                                {"rolegate.registry.held_back", "true"}});
}

// Asks so often, on four connections at once, and returns how long the slowest
// answer took.
absl::Duration Slowest(const ServerProcess& server, int calls) {
  std::atomic<std::int64_t> slowest{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Client client = server.Connect("service:x");
      v1::AuthorizeRequest request;
      request.set_action("s3:GetObject");
      request.set_resource("*");
      for (int n = 0; n < calls / 4; ++n) {
        const absl::Time begin = absl::Now();
        ASSERT_TRUE(client.Authorize(request).ok());
        const std::int64_t took =
            absl::ToInt64Microseconds(absl::Now() - begin);
        std::int64_t known = slowest;
        while (took > known && !slowest.compare_exchange_weak(known, took)) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return absl::Microseconds(slowest.load());
}

TEST_F(Tracing, ASlowCollectorCostsSpansAndNoAnswer) {
  std::atomic<bool> stuck{true};
  SpanCollector collector([&](grpc::ServerContext* context, auto*) {
    while (stuck && !context->IsCancelled()) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    return grpc::Status::OK;
  });
  Serve("max_queue_spans: 50, flush_timeout: 200ms", collector.address());
  // An answer that waited for the collector would take ten seconds.
  EXPECT_LT(Slowest(*server_, 2000), absl::Seconds(3));
  EXPECT_GT(
      Metric(R"(rolegate_trace_spans_dropped_total{reason="queue_full"})"),
      1000);
  EXPECT_LE(Metric("rolegate_trace_queue_spans"), 50);
  EXPECT_EQ(Metric("rolegate_trace_spans_exported_total"), 0);
  // It ends in spite of that.
  const absl::Time begin = absl::Now();
  Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(8));
  stuck = false;
}

TEST_F(Tracing, ACollectorOutOfReachStopsNobody) {
  Serve("", "127.0.0.1:1");
  EXPECT_LT(Slowest(*server_, 400), absl::Seconds(3));
  EXPECT_TRUE(Eventually(
      [&] { return Metric("rolegate_trace_export_errors_total") > 0; }));
  EXPECT_THAT(server_->log(), HasSubstr("spans cannot be exported"));
  Stop();
}

// Spans of 100 strangers who all say `sampled`, while the collector is stuck.
TEST_F(Tracing, AFloodOfStrangersLeavesRoomForOthers) {
  std::atomic<bool> stuck{true};
  SpanCollector collector([&](grpc::ServerContext* context, auto*) {
    while (stuck && !context->IsCancelled()) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    return grpc::Status::OK;
  });
  Serve("max_queue_spans: 20, flush_timeout: 5s", collector.address());
  // The first message keeps the collector busy.
  EXPECT_TRUE(Eventually([&] { return collector.messages() == 1; }));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(Authorize({{"traceparent", kSampled},
                            {"authorization", "Bearer nonsense"}})
                     .ok());
  }
  EXPECT_TRUE(Authorize({{"traceparent", kSampled}}).ok());
  EXPECT_EQ(Metric("rolegate_trace_queue_spans"), 11);
  stuck = false;
  Stop();
  int known = 0;
  for (const CollectedSpan& span : collector.SpansNamed(kAuthorize)) {
    known += static_cast<int>(span.attributes.count("rolegate.caller"));
  }
  EXPECT_EQ(known, 1);
}

class TracingOverTls : public Tracing {
 protected:
  TracingOverTls() {
    dir_.Write("make", R"sh(set -e
cd "$(dirname "$0")"
for name in ca stranger; do
  openssl req -x509 -newkey ed25519 -nodes -keyout $name.key -out $name.pem \
    -days 1 -subj /CN=$name
done
for name in collector rolegate; do
  openssl req -newkey ed25519 -nodes -keyout $name.key -out $name.csr \
    -subj /CN=$name
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >san
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 1 -extfile san -out $name.pem
done
)sh");
    EXPECT_EQ(
        std::system(
            absl::StrCat("sh ", dir_.path("make"), " >/dev/null 2>&1").c_str()),
        0);
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = dir_.Read("ca.pem");
    options.pem_key_cert_pairs = {
        {dir_.Read("collector.key"), dir_.Read("collector.pem")}};
    credentials_ = grpc::SslServerCredentials(options);
  }

  std::string Tls(const std::string& ca, const std::string& client) const {
    return absl::StrCat("tls: {ca: ", dir_.path(ca),
                        ", cert: ", dir_.path(client + ".pem"),
                        ", key: ", dir_.path(client + ".key"), "}");
  }

  std::shared_ptr<grpc::ServerCredentials> credentials_;
};

TEST_F(TracingOverTls, BothSidesShowTheirCertificatesAndHeadersAreASecret) {
  chmod(dir_.Write("headers", "authorization: Bearer hush").c_str(), 0600);
  const SpanCollector collector(nullptr, 0, credentials_);
  Serve(absl::StrCat(Tls("ca.pem", "rolegate"),
                     ", headers_file: ", dir_.path("headers")),
        absl::StrCat("https://localhost:", collector.port()));
  EXPECT_TRUE(Authorize({{"traceparent", kSampled}}).ok());
  Stop();
  EXPECT_EQ(collector.SpansNamed(kAuthorize).size(), 1u) << server_->log();
  EXPECT_THAT(collector.metadata(),
              Contains(Pair("authorization", "Bearer hush")));
  EXPECT_THAT(server_->log(), Not(HasSubstr("hush")));
  EXPECT_THAT(collector.everything(), Not(HasSubstr("hush")));
}

TEST_F(TracingOverTls, NoSpanGoesToACollectorThatNobodyVouchesFor) {
  const SpanCollector collector(nullptr, 0, credentials_);
  Serve(absl::StrCat(Tls("stranger.pem", "rolegate"), ", flush_timeout: 500ms"),
        absl::StrCat("https://localhost:", collector.port()));
  EXPECT_TRUE(Authorize({{"traceparent", kSampled}}).ok());
  EXPECT_TRUE(Eventually(
      [&] { return Metric("rolegate_trace_export_errors_total") > 0; }));
  Stop();
  EXPECT_EQ(collector.messages(), 0);
}

TEST_F(TracingOverTls, CertificatesThatAreRenewedAreUsed) {
  const SpanCollector collector(nullptr, 0, credentials_);
  dir_.Write("used.pem", dir_.Read("stranger.pem"));
  Serve(Tls("used.pem", "rolegate"),
        absl::StrCat("https://localhost:", collector.port()));
  EXPECT_TRUE(Eventually(
      [&] { return Metric("rolegate_trace_export_errors_total") > 0; }));
  dir_.Write("used.pem", dir_.Read("ca.pem"));
  EXPECT_TRUE(Eventually([&] {
    return Metric("rolegate_trace_spans_exported_total") > 0;
  })) << server_->log();
}

}  // namespace
}  // namespace rolegate::testing
