// A session of HTTP/2, driven by bytes in memory: what it answers, what it
// refuses, and what it holds for whoever means ill.

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/health.pb.h"
#include "service/http2/message_reader.h"
#include "service/http2/session.h"
#include "service/rpc/stream.h"
#include "tests/support/memory_http2_client.h"

namespace rolegate::service::http2 {
namespace {

using grpc::health::v1::HealthCheckRequest;

constexpr char kMany[] = "/test.Echo/Many";
constexpr char kOne[] = "/test.Echo/One";
constexpr char kSilent[] = "/test.Echo/Silent";
constexpr char kCount[] = "/test.Echo/Count";
constexpr char kMetadata[] = "/test.Echo/Metadata";

// The thread of a session is the test's.
class ManualLoop final : public Executor {
 public:
  ManualLoop() : wheel_(MonotonicNow()) {}
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  bool IsCurrent() const override { return true; }
  void SetTimer(Timer* timer, MonotonicTime at) override {
    wheel_.Set(timer, at);
  }

  bool Run() {
    const bool any = !tasks_.empty();
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
    return any;
  }
  void Ring() { wheel_.Advance(MonotonicNow()); }

 private:
  std::deque<Task> tasks_;
  TimerWheel wheel_;
};

// Sends back what it reads.  Counts what became of it.
struct Counts {
  int started = 0;
  int cancelled = 0;
  int done = 0;
};
class Echo final : public StreamHandler {
 public:
  Echo(StreamTransport* transport, const HealthCheckRequest* only, bool silent,
       Counts* counts)
      : transport_(transport), only_(only), silent_(silent), counts_(counts) {}

  void Start() override {
    ++counts_->started;
    if (silent_) return;
    if (only_ != nullptr) {
      transport_->Write(*only_);
    } else {
      transport_->Read(&message_);
    }
  }
  void OnRead(bool ok) override {
    if (ok) {
      transport_->Write(message_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnWritten(bool ok) override {
    if (ok && only_ == nullptr) {
      transport_->Read(&message_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnCancel() override {
    ++counts_->cancelled;
    if (silent_) transport_->Finish(RpcStatus());
  }
  void OnDone() override { ++counts_->done; }

 private:
  StreamTransport* const transport_;
  const HealthCheckRequest* const only_;
  const bool silent_;
  Counts* const counts_;
  HealthCheckRequest message_;
};

// Reads everything, and says how many messages that were.
class Counter final : public StreamHandler {
 public:
  explicit Counter(StreamTransport* transport) : transport_(transport) {}

  void Start() override { transport_->Read(&message_); }
  void OnRead(bool ok) override {
    if (ok) {
      ++messages_;
      transport_->Read(&message_);
    } else {
      message_.set_service(absl::StrCat(messages_));
      transport_->Write(message_);
    }
  }
  void OnWritten(bool) override { transport_->Finish(RpcStatus()); }
  void OnCancel() override {}
  void OnDone() override {}

 private:
  StreamTransport* const transport_;
  HealthCheckRequest message_;
  int messages_ = 0;
};

std::string Message(const std::string& text) {
  HealthCheckRequest message;
  message.set_service(text);
  return Framed(message);
}

using Answer = rolegate::testing::Http2Answer;

// A request for one echo, unless a row says otherwise.
struct Asking {
  std::string path = kOne;
  std::string body = Message("hello");
  bool last = true;
  std::string method = "POST";
  std::string type = "application/grpc";
  std::vector<std::pair<std::string, std::string>> more;  // headers
};

class Http2Session : public ::testing::Test, public SessionOwner {
 protected:
  Http2Session() : router_(nullptr, nullptr) {
    for (const bool many : {true, false}) {
      router_.AddStream(many ? kMany : kOne, RouteOf(many, false));
    }
    router_.AddStream(kSilent, RouteOf(false, true));
    router_.AddStream(
        kCount,
        {&HealthCheckRequest::default_instance(), true, true,
         [](StreamTransport* transport, const google::protobuf::MessageLite*) {
           return std::make_shared<Counter>(transport);
         }});
    StreamRoute metadata = RouteOf(false, false);
    metadata.metadata = [](const IncomingCall& call) {
      return AnswerMetadata{
          {{"first", std::string(call.Metadata("question").first)}},
          {{"last-bin", std::string("\0\xff", 2)}}};
    };
    router_.AddStream(kMetadata, std::move(metadata));
  }
  ~Http2Session() override {
    session_.reset();
    loop_.Run();
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(pool_ == nullptr ? 0 : pool_->held(), 0u);
  }

  StreamRoute RouteOf(bool many, bool silent) {
    return {&HealthCheckRequest::default_instance(), many, true,
            [this, silent](StreamTransport* transport,
                           const google::protobuf::MessageLite* only) {
              return std::make_shared<Echo>(
                  transport, static_cast<const HealthCheckRequest*>(only),
                  silent, &counts_);
            }};
  }

  // Begins the connection; `window`: of each stream of the client.
  void Connect(std::uint32_t window = 65'535) {
    pool_ = std::make_unique<BytePool>(limits_.max_receiving_bytes);
    auto peer = std::make_shared<Peer>();
    peer->key = "peer";
    peer->gateway = gateway_;
    session_ = std::make_unique<Session>(
        SessionShared{&router_, &limits_, pool_.get(), &calls_}, &loop_, peer,
        this);
    client_.emplace(window);
  }

  std::int32_t Open(const Asking& asking) {
    return client_->Open({asking.path, asking.body, asking.last, asking.method,
                          asking.type, asking.more});
  }
  Answer& answer(std::int32_t id) { return client_->answer(id); }

  // False once the connection is to be closed.  As a connection does, asks for
  // output once something was received, and when it is told of some.
  bool Exchange() {
    for (bool moved = true; moved;) {
      moved = loop_.Run();
      auto carried = rolegate::testing::Carry(*client_, *session_,
                                              /*read=*/false);
      moved = moved || carried.moved;
      if (!carried.closed && (std::exchange(told_, false) || carried.moved)) {
        carried = rolegate::testing::Carry(*client_, *session_);
        moved = moved || carried.moved;
      }
      if (carried.closed) return false;
    }
    return !session_->done();
  }

  // Bytes that the client did not make.
  bool Receive(absl::string_view bytes) {
    told_ = true;
    return session_->Receive(bytes);
  }

  void SendToServer() {
    rolegate::testing::Carry(*client_, *session_, /*read=*/false);
  }

  Answer Ask(const Asking& asking) {
    const std::int32_t id = Open(asking);
    Exchange();
    return answer(id);
  }
  Limits limits_;
  bool gateway_ = false;
  ManualLoop loop_;
  Router router_;
  std::unique_ptr<BytePool> pool_;
  std::atomic<int> calls_{0};
  Counts counts_;
  std::unique_ptr<Session> session_;
  std::optional<rolegate::testing::MemoryHttp2Client> client_;
  bool told_ = true;  // that there is output; a connection begins with some

 private:
  void OnOutput() override { told_ = true; }
};

TEST_F(Http2Session, AnswersACall) {
  Connect();
  const Answer answer = Ask({});
  EXPECT_EQ(answer.headers.at(":status"), "200");
  EXPECT_EQ(answer.headers.at("content-type"), "application/grpc");
  EXPECT_EQ(answer.headers.at("grpc-accept-encoding"), "identity,gzip");
  EXPECT_EQ(answer.grpc_status(), "0");
  EXPECT_EQ(answer.body, Message("hello"));
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, RefusesWhatBreaksTheRules) {
  const std::string large = Message(std::string(1 << 20, 'x'));
  const struct {
    const char* what;
    Asking asking;
    const char* http;
    const char* status;
  } kRows[] = {
      {"GET", {.method = "GET"}, "405", ""},
      {"another type", {.type = "application/json"}, "415", ""},
      {"another path", {.path = "/test.Echo/None"}, "200", "12"},
      {"a path that is none", {.path = "*"}, "", ""},
      {"no timeout", {.more = {{"grpc-timeout", "soon"}}}, "200", "13"},
      {"an unknown encoding", {.more = {{"grpc-encoding", "br"}}}, "200", "12"},
      {"binary metadata that is none", {.more = {{"x-bin", "*"}}}, "200", "13"},
      {"large metadata",
       {.more = {{"x", std::string(15'900, 'x')},
                 {"y", std::string(600, 'y')}}},
       "200",
       "8"},
      {"no message", {.body = ""}, "200", "12"},
      {"two messages", {.body = Message("a") + Message("b")}, "200", "12"},
      {"half a message", {.body = Message("hello").substr(0, 7)}, "200", "13"},
      {"no frame", {.body = "\x07hello"}, "200", "13"},
      {"no Protobuf", {.body = std::string("\0\0\0\0\x01\xff", 6)}, "200", "3"},
      {"compressed without saying how",
       {.body = std::string("\1\0\0\0\0", 5)},
       "200",
       "13"},
      {"no gzip",
       {.body = std::string("\1\0\0\0\1x", 6),
        .more = {{"grpc-encoding", "gzip"}}},
       "200",
       "13"},
      {"a message that is too large", {.body = large}, "200", "8"},
  };
  Connect();
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.what);
    const Answer answer = Ask(row.asking);
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.grpc_status(), row.status);
    if (*row.http != '\0') {
      EXPECT_EQ(answer.headers.at(":status"), row.http);
    }
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(Ask({}).grpc_status(), "0") << "the connection goes on";
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(Http2Session, StreamsAreReadMessageByMessage) {
  Connect();
  const std::int32_t id = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::string message = Message(absl::StrCat("message ", i));
    client_->SendMore(id, message.substr(0, 3), false);
    Exchange();
    EXPECT_EQ(answer(id).body, expected) << "it is not whole yet";
    client_->SendMore(id, message.substr(3), false);
    Exchange();
    expected += message;
    EXPECT_EQ(answer(id).body, expected);
  }
  client_->SendMore(id, Message("a") + Message("b"), true);
  Exchange();
  EXPECT_EQ(answer(id).body, expected + Message("a") + Message("b"));
  EXPECT_EQ(answer(id).grpc_status(), "0");
  EXPECT_EQ(counts_.done, 1);
  EXPECT_EQ(counts_.cancelled, 0);
}

TEST_F(Http2Session, WhoDoesNotReadIsNotReadFrom) {
  Connect(/*window=*/0);
  const std::string message = Message(std::string(1000, 'x'));
  std::string all;
  for (int i = 0; i < 1000; ++i) all += message;
  const std::int32_t id = Open({.path = kMany, .body = all, .last = false});
  Exchange();
  EXPECT_EQ(answer(id).body, "");
  EXPECT_LE(pool_->held(), 80'000u) << "one window and a little more";
  // Other calls of the connection go on.
  EXPECT_EQ(Ask({.path = "/test.Echo/None"}).grpc_status(), "12");
  client_->Reset(id);
  Exchange();
  EXPECT_EQ(counts_.done, 1);
  EXPECT_EQ(pool_->held(), 0u);
}

TEST_F(Http2Session, LargeMessagesGetThrough) {
  Connect();
  const std::string message = Message(std::string(1'000'000, 'x'));
  for (const char* path : {kOne, kMany}) {
    const std::int32_t id = Open({.path = path, .body = message});
    for (int i = 0; i < 200 && !answer(id).ended; ++i) {
      Exchange();
    }
    EXPECT_EQ(answer(id).body.size(), message.size());
    EXPECT_EQ(answer(id).grpc_status(), "0");
  }
}

// Nothing else is sent meanwhile that would take the windows along.
TEST_F(Http2Session, ManyMessagesAreReadBeforeTheOnlyAnswer) {
  Connect();
  std::string all;
  for (int i = 0; i < 20; ++i) all += Message(std::string(20'000, 'x'));
  const std::int32_t id = Open({.path = kCount, .body = all});
  Exchange();
  EXPECT_EQ(answer(id).body, Message("20"));
  EXPECT_EQ(answer(id).grpc_status(), "0");
}

TEST_F(Http2Session, AnswersCarryTheMetadataOfTheirRoute) {
  Connect();
  Answer answer = Ask({.path = kMetadata, .more = {{"question", "why"}}});
  EXPECT_EQ(answer.body, Message("hello"));
  EXPECT_EQ(answer.headers["first"], "why");
  EXPECT_EQ(answer.headers["last-bin"], "AP8");
  EXPECT_EQ(answer.grpc_status(), "0");
  // What ends without a message has the trailing part alone.
  answer = Ask({.path = kMetadata, .body = ""});
  EXPECT_EQ(answer.grpc_status(), "12");
  EXPECT_EQ(answer.headers.count("first"), 0u);
  EXPECT_EQ(answer.headers["last-bin"], "AP8");
}

TEST_F(Http2Session, ACallThatIsGivenUpIsCancelled) {
  Connect();
  const std::int32_t id = Open({.path = kSilent});
  Exchange();
  EXPECT_EQ(counts_.started, 1);
  client_->Reset(id);
  Exchange();
  EXPECT_EQ(counts_.cancelled, 1);
  EXPECT_EQ(counts_.done, 1);
  Open({.path = kSilent});
  Exchange();
  session_.reset();  // the connection breaks
  loop_.Run();
  EXPECT_EQ(counts_.cancelled, 2);
  EXPECT_EQ(counts_.done, 2);
}

TEST_F(Http2Session, DeadlinesAndMessagesThatDoNotCome) {
  limits_.message_timeout = absl::Milliseconds(50);
  Connect();
  const std::int32_t late =
      Open({.path = kSilent, .more = {{"grpc-timeout", "50m"}}});
  const std::int32_t half = Open(
      {.path = kOne, .body = Message("hello").substr(0, 7), .last = false});
  const std::int32_t none = Open({.path = kOne, .body = "", .last = false});
  const std::int32_t idle = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  EXPECT_EQ(answer(late).grpc_status(), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  loop_.Ring();
  Exchange();
  for (const std::int32_t id : {late, half, none}) {
    EXPECT_EQ(answer(id).grpc_status(), "4") << id;
    EXPECT_TRUE(answer(id).ended);
  }
  EXPECT_EQ(counts_.cancelled, 1);
  client_->SendMore(idle, Message("later"), true);
  Exchange();
  EXPECT_EQ(answer(idle).grpc_status(), "0") << "a stream may be silent";
}

// As above, but the first message has been answered.
TEST_F(Http2Session, AStreamSaysWhyItEndsEarly) {
  Connect();
  const std::int32_t late =
      Open({.path = kMany, .last = false, .more = {{"grpc-timeout", "50m"}}});
  Exchange();
  EXPECT_EQ(answer(late).body, Message("hello"));
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  loop_.Ring();
  Exchange();
  EXPECT_EQ(answer(late).grpc_status(), "4");
  EXPECT_TRUE(answer(late).ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, AStreamWithoutWindowEndsAllTheSame) {
  Connect(Message("hello").size());  // as much as the first answer takes
  const std::int32_t late =
      Open({.path = kMany, .last = false, .more = {{"grpc-timeout", "50m"}}});
  Exchange();
  EXPECT_EQ(answer(late).body, Message("hello"));
  for (const int wait : {120, 1200}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    loop_.Ring();
    Exchange();
  }
  EXPECT_TRUE(answer(late).ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, HalfSentMessagesHoldNoMoreThanTheirShare) {
  limits_.max_receiving_bytes = 1 << 20;
  Connect();
  const std::string half =
      Message(std::string(300'000, 'x')).substr(0, 290'000);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(Open({.path = kOne, .body = half, .last = false}));
    Exchange();
    EXPECT_LE(pool_->held(), limits_.max_receiving_bytes);
  }
  int refused = 0;
  for (const std::int32_t id : ids) refused += answer(id).grpc_status() == "8";
  EXPECT_GE(refused, 17);
  EXPECT_LT(refused, 20);
  EXPECT_EQ(Ask({}).grpc_status(), "0") << "what comes whole needs no share";
}

TEST_F(Http2Session, CallsThatWaitForTheirCallersCount) {
  limits_.max_receiving_bytes = 1 << 18;
  Connect();
  int refused = 0;
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(Open({.path = kOne, .body = "", .last = false}));
    Exchange();
  }
  for (const std::int32_t id : ids) refused += answer(id).grpc_status() == "8";
  EXPECT_GT(refused, 50);
}

TEST_F(Http2Session, AGatewaysCallersAreCountedByTheirTokens) {
  limits_.max_receiving_bytes = 1 << 20;
  const std::string half =
      Message(std::string(300'000, 'x')).substr(0, 290'000);
  const auto call = [&](const char* token) {
    const std::int32_t id =
        Open({.path = kOne,
              .body = half,
              .last = false,
              .more = {{"authorization", absl::StrCat("Bearer ", token)}}});
    Exchange();
    return id;
  };
  for (const bool gateway : {false, true}) {
    gateway_ = gateway;
    Connect();
    for (int i = 0; i < 20; ++i) call("greedy");
    // Somebody else asks for as much, with nothing held so far.
    const std::int32_t other = call("modest");
    EXPECT_EQ(answer(other).grpc_status(), gateway ? "" : "8") << gateway;
    session_.reset();
  }
}

TEST_F(Http2Session, ThousandsOfResetsAreBorneAndAFloodIsNot) {
  Connect();
  // As many as a client may give up at one deadline.
  for (int i = 0; i < 3000; ++i) {
    const std::int32_t id = Open({.path = kSilent});
    SendToServer();
    if (i % 100 == 99) {
      ASSERT_TRUE(Exchange());
    }
    client_->Reset(id);
  }
  ASSERT_TRUE(Exchange());
  EXPECT_EQ(Ask({}).grpc_status(), "0");
  EXPECT_TRUE(client_->goaways().empty());
  bool open = true;
  for (int i = 0; open && i < 40'000; ++i) {
    const std::int32_t id = Open({.path = kSilent});
    SendToServer();  // so that the server hears of the call
    client_->Reset(id);
    if (i % 100 == 99) open = Exchange() && client_->goaways().empty();
  }
  EXPECT_FALSE(open);
}

TEST_F(Http2Session, PingsThatComeTooOftenSendTheirClientAway) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    client_->Ping();
    EXPECT_TRUE(Exchange());
  }
  Ask({});  // an answer makes up for them
  for (int i = 0; i < 2; ++i) {
    client_->Ping();
    EXPECT_TRUE(Exchange());
  }
  client_->Ping();
  EXPECT_FALSE(Exchange());
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(Http2Session, FramesThatAskForNothingAreBorneOnlySoLong) {
  Connect();
  Exchange();
  bool open = true;
  int sent = 0;
  for (; open && sent < 100'000; ++sent) {
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    nghttp2_submit_settings(client_->session(), NGHTTP2_FLAG_NONE, &setting, 1);
    open = Exchange();
  }
  EXPECT_FALSE(open);
  EXPECT_GE(sent, 9'000);
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

// A frame of priorities, which mean nothing here.
std::string Priority(char stream) {
  const std::string head = {0, 0, 5, NGHTTP2_PRIORITY, 0, 0, 0, 0, stream};
  return head + std::string(5, '\0');
}

TEST_F(Http2Session, PrioritiesAreBorneOnlySoLong) {
  Connect();
  Exchange();
  int sent = 0;
  while (sent < 100'000 && Receive(Priority(1)) && Exchange()) ++sent;
  EXPECT_GE(sent, 9'000);
  EXPECT_LT(sent, 100'000);
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(Http2Session, WhatFollowsTheLastStrawOpensNoStream) {
  limits_.idle_frame_burst = 10;
  limits_.idle_frames_per_second = 0;
  const std::string setting = {0, 0, 0, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0};
  for (const std::string& frame : {setting, Priority(1)}) {
    Connect();
    Exchange();
    std::string bytes;
    for (int i = 0; i < 20; ++i) bytes += frame;
    Open({});
    for (auto more = client_->Output(); !more.empty();
         more = client_->Output()) {
      bytes.append(more.data(), more.size());
    }
    EXPECT_TRUE(Receive(bytes));
    EXPECT_FALSE(Exchange());
    EXPECT_EQ(counts_.started, 0) << "its answer would be lost";
    ASSERT_FALSE(client_->goaways().empty());
    EXPECT_EQ(client_->goaways().back(), 0);
    session_.reset();
  }
}

TEST_F(Http2Session, APriorityOfTheConnectionIsAnError) {
  Connect();
  Exchange();
  Receive(Priority(0));
  EXPECT_FALSE(Exchange());
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
}

TEST_F(Http2Session, AnswersWhatIsOnItsWayWhenItGoes) {
  Connect();
  const std::int32_t open = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  session_->BeginGoAway();
  // The client has not heard of it yet.
  EXPECT_FALSE(session_->gone());
  const std::int32_t crossing = Open({});
  EXPECT_TRUE(Exchange());
  EXPECT_TRUE(session_->gone());
  EXPECT_EQ(answer(crossing).grpc_status(), "0");
  ASSERT_EQ(client_->goaways().size(), 2u);
  EXPECT_EQ(client_->goaways()[0], 0x7fffffff);
  EXPECT_EQ(client_->goaways()[1], crossing)
      << "once it has heard, the last is named";
  client_->SendMore(open, Message("hello"), true);
  EXPECT_FALSE(Exchange()) << "nothing is left";
  EXPECT_EQ(answer(open).grpc_status(), "0");
  EXPECT_TRUE(session_->done());
}

TEST_F(Http2Session, NamesWhatCameBeforeItsGoAwayLeft) {
  Connect();
  Exchange();
  session_->GoAway();
  // Comes while the GOAWAY waits to be sent.
  const std::int32_t crossing = Open({});
  SendToServer();
  Exchange();
  ASSERT_FALSE(client_->goaways().empty());
  EXPECT_EQ(client_->goaways().back(), crossing)
      << "its client asks again what is not named";
  EXPECT_EQ(answer(crossing).grpc_status(), "0");
}

TEST_F(Http2Session, WhatIsNoHttp2IsClosed) {
  Connect();
  EXPECT_FALSE(session_->Receive("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

TEST_F(Http2Session, NoMoreStreamsThanTheLimit) {
  limits_.max_streams = 4;
  Connect();
  std::vector<std::int32_t> ids;
  // Before the client has heard of the limit.
  for (int i = 0; i < 10; ++i) ids.push_back(Open({.path = kSilent}));
  EXPECT_TRUE(Exchange());
  EXPECT_LE(counts_.started, 4);
  EXPECT_EQ(calls_, counts_.started);
}

}  // namespace
}  // namespace rolegate::service::http2
