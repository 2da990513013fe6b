// A session of HTTP/2, driven by bytes in memory: what it answers, what it
// refuses, and what it holds for whoever means ill.

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
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

namespace rolegate::service::http2 {
namespace {

using grpc::health::v1::HealthCheckRequest;

constexpr char kMany[] = "/test.Echo/Many";
constexpr char kOne[] = "/test.Echo/One";
constexpr char kSilent[] = "/test.Echo/Silent";

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

std::string Message(const std::string& text) {
  HealthCheckRequest message;
  message.set_service(text);
  return Framed(message);
}

struct Answer {
  std::map<std::string, std::string> headers;
  std::string body;
  bool ended = false;
  std::uint32_t error = 0;
};

// What a request says.
struct Asking {
  std::string path = kOne;
  std::string body = Message("hello");
  bool last = true;
  std::string method = "POST";
  std::string type = "application/grpc";
  std::vector<std::pair<std::string, std::string>> more;
};

class Http2Session : public ::testing::Test, public SessionOwner {
 protected:
  Http2Session() : router_(nullptr, nullptr) {
    for (const bool many : {true, false}) {
      router_.AddStream(many ? kMany : kOne, RouteOf(many, false));
    }
    router_.AddStream(kSilent, RouteOf(false, true));
  }
  ~Http2Session() override {
    session_.reset();
    loop_.Run();
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(pool_ == nullptr ? 0 : pool_->held(), 0u);
    nghttp2_session_del(client_);
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
    session_ = std::make_unique<Session>(
        SessionShared{&router_, &limits_, pool_.get(), &calls_}, &loop_, peer,
        this);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              &OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
    nghttp2_session_client_new(&client_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry setting = {
        NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(client_, NGHTTP2_FLAG_NONE, &setting, 1);
  }

  std::int32_t Open(const Asking& asking) {
    std::vector<nghttp2_nv> headers = {
        Header(":method", asking.method), Header(":scheme", "http"),
        Header(":path", asking.path),     Header(":authority", "localhost"),
        Header("te", "trailers"),         Header("content-type", asking.type)};
    for (const auto& [name, value] : asking.more) {
      headers.push_back(Header(name, value));
    }
    auto body = std::make_unique<Body>();
    body->bytes = asking.body;
    body->last = asking.last;
    nghttp2_data_provider provider = {};
    provider.source.ptr = body.get();
    provider.read_callback = &ReadBody;
    const std::int32_t id = nghttp2_submit_request(
        client_, nullptr, headers.data(), headers.size(), &provider, nullptr);
    EXPECT_GT(id, 0);
    bodies_[id] = std::move(body);
    return id;
  }
  void SendMore(std::int32_t id, const std::string& bytes, bool last) {
    bodies_[id]->bytes += bytes;
    bodies_[id]->last = last;
    nghttp2_session_resume_data(client_, id);
  }

  // False once the connection is to be closed.
  bool Exchange() {
    for (bool moved = true; moved;) {
      moved = loop_.Run();
      const std::uint8_t* bytes = nullptr;
      ssize_t size = 0;
      while ((size = nghttp2_session_mem_send(client_, &bytes)) > 0) {
        moved = true;
        if (!session_->Receive({reinterpret_cast<const char*>(bytes),
                                static_cast<std::size_t>(size)})) {
          return false;
        }
      }
      for (absl::string_view out = session_->Output(); !out.empty();
           out = session_->Output()) {
        moved = true;
        nghttp2_session_mem_recv(
            client_, reinterpret_cast<const std::uint8_t*>(out.data()),
            out.size());
      }
    }
    return !session_->done();
  }

  void SendToServer() {
    const std::uint8_t* bytes = nullptr;
    ssize_t size = 0;
    while ((size = nghttp2_session_mem_send(client_, &bytes)) > 0) {
      session_->Receive({reinterpret_cast<const char*>(bytes),
                         static_cast<std::size_t>(size)});
    }
  }

  Answer Ask(const Asking& asking) {
    const std::int32_t id = Open(asking);
    Exchange();
    return answers_[id];
  }
  static std::string StatusOf(const Answer& answer) {
    const auto found = answer.headers.find("grpc-status");
    return found == answer.headers.end() ? "" : found->second;
  }

  Limits limits_;
  ManualLoop loop_;
  Router router_;
  std::unique_ptr<BytePool> pool_;
  std::atomic<int> calls_{0};
  Counts counts_;
  std::unique_ptr<Session> session_;
  nghttp2_session* client_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  int outputs_ = 0;
  std::vector<std::int32_t> goaways_;  // the last streams that they name
  std::uint32_t goaway_error_ = 0;

 private:
  struct Body {
    std::string bytes;
    bool last = true;
  };

  void OnOutput() override { ++outputs_; }

  static nghttp2_nv Header(absl::string_view name, absl::string_view value) {
    nghttp2_nv header = {};
    header.name =
        reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
    header.namelen = name.size();
    header.value =
        reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    header.valuelen = value.size();
    return header;
  }
  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out,
                          std::size_t room, std::uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    auto* const body = static_cast<Body*>(source->ptr);
    const std::size_t size =
        body->bytes.copy(reinterpret_cast<char*>(out), room);
    body->bytes.erase(0, size);
    if (!body->bytes.empty()) return static_cast<ssize_t>(size);
    if (body->last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (size == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(size);
  }
  static Http2Session& Of(void* self) {
    return *static_cast<Http2Session*>(self);
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* self) {
    Of(self).answers_[frame->hd.stream_id].headers.emplace(
        std::string(reinterpret_cast<const char*>(name), name_size),
        std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* self) {
    Of(self).answers_[id].body.append(reinterpret_cast<const char*>(bytes),
                                      size);
    return 0;
  }
  static int OnClose(nghttp2_session*, std::int32_t id, std::uint32_t error,
                     void* self) {
    Answer& answer = Of(self).answers_[id];
    answer.ended = true;
    answer.error = error;
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      Of(self).goaways_.push_back(frame->goaway.last_stream_id);
      Of(self).goaway_error_ = frame->goaway.error_code;
    }
    return 0;
  }

  std::map<std::int32_t, std::unique_ptr<Body>> bodies_;
};

TEST_F(Http2Session, AnswersACall) {
  Connect();
  const Answer answer = Ask({});
  EXPECT_EQ(answer.headers.at(":status"), "200");
  EXPECT_EQ(answer.headers.at("content-type"), "application/grpc");
  EXPECT_EQ(answer.headers.at("grpc-accept-encoding"), "identity,gzip");
  EXPECT_EQ(StatusOf(answer), "0");
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
    EXPECT_EQ(StatusOf(answer), row.status);
    if (*row.http != '\0') {
      EXPECT_EQ(answer.headers.at(":status"), row.http);
    }
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(StatusOf(Ask({})), "0") << "the connection goes on";
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
    SendMore(id, message.substr(0, 3), false);
    Exchange();
    EXPECT_EQ(answers_[id].body, expected) << "it is not whole yet";
    SendMore(id, message.substr(3), false);
    Exchange();
    expected += message;
    EXPECT_EQ(answers_[id].body, expected);
  }
  SendMore(id, Message("a") + Message("b"), true);
  Exchange();
  EXPECT_EQ(answers_[id].body, expected + Message("a") + Message("b"));
  EXPECT_EQ(StatusOf(answers_[id]), "0");
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
  EXPECT_EQ(answers_[id].body, "");
  EXPECT_LE(pool_->held(), 80'000u) << "one window and a little more";
  // Other calls of the connection go on.
  EXPECT_EQ(StatusOf(Ask({.path = "/test.Echo/None"})), "12");
  nghttp2_submit_rst_stream(client_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  Exchange();
  EXPECT_EQ(counts_.done, 1);
  EXPECT_EQ(pool_->held(), 0u);
}

TEST_F(Http2Session, LargeMessagesGetThrough) {
  Connect();
  const std::string message = Message(std::string(1'000'000, 'x'));
  for (const char* path : {kOne, kMany}) {
    const std::int32_t id = Open({.path = path, .body = message});
    for (int i = 0; i < 200 && !answers_[id].ended; ++i) {
      Exchange();
    }
    EXPECT_EQ(answers_[id].body.size(), message.size());
    EXPECT_EQ(StatusOf(answers_[id]), "0");
  }
}

TEST_F(Http2Session, ACallThatIsGivenUpIsCancelled) {
  Connect();
  const std::int32_t id = Open({.path = kSilent});
  Exchange();
  EXPECT_EQ(counts_.started, 1);
  nghttp2_submit_rst_stream(client_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
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
  EXPECT_EQ(StatusOf(answers_[late]), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  loop_.Ring();
  Exchange();
  for (const std::int32_t id : {late, half, none}) {
    EXPECT_EQ(StatusOf(answers_[id]), "4") << id;
    EXPECT_TRUE(answers_[id].ended);
  }
  EXPECT_EQ(counts_.cancelled, 1);
  SendMore(idle, Message("later"), true);
  Exchange();
  EXPECT_EQ(StatusOf(answers_[idle]), "0") << "a stream may be silent";
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
  for (const std::int32_t id : ids) refused += StatusOf(answers_[id]) == "8";
  EXPECT_GE(refused, 17);
  EXPECT_LT(refused, 20);
  EXPECT_EQ(StatusOf(Ask({})), "0") << "what comes whole needs no share";
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
  for (const std::int32_t id : ids) refused += StatusOf(answers_[id]) == "8";
  EXPECT_GT(refused, 50);
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
    nghttp2_submit_rst_stream(client_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  ASSERT_TRUE(Exchange());
  EXPECT_EQ(StatusOf(Ask({})), "0");
  EXPECT_TRUE(goaways_.empty());
  bool open = true;
  for (int i = 0; open && i < 40'000; ++i) {
    const std::int32_t id = Open({.path = kSilent});
    SendToServer();  // so that the server hears of the call
    nghttp2_submit_rst_stream(client_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    if (i % 100 == 99) open = Exchange() && goaways_.empty();
  }
  EXPECT_FALSE(open);
}

TEST_F(Http2Session, PingsThatComeTooOftenSendTheirClientAway) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    nghttp2_submit_ping(client_, NGHTTP2_FLAG_NONE, nullptr);
    EXPECT_TRUE(Exchange());
  }
  Ask({});  // an answer makes up for them
  for (int i = 0; i < 2; ++i) {
    nghttp2_submit_ping(client_, NGHTTP2_FLAG_NONE, nullptr);
    EXPECT_TRUE(Exchange());
  }
  nghttp2_submit_ping(client_, NGHTTP2_FLAG_NONE, nullptr);
  EXPECT_FALSE(Exchange());
  EXPECT_EQ(goaway_error_,
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(Http2Session, FramesThatAskForNothingAreBorneOnlySoLong) {
  Connect();
  Exchange();
  bool open = true;
  int sent = 0;
  for (; open && sent < 100'000; ++sent) {
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    nghttp2_submit_settings(client_, NGHTTP2_FLAG_NONE, &setting, 1);
    open = Exchange();
  }
  EXPECT_FALSE(open);
  EXPECT_GE(sent, 9'000);
  EXPECT_EQ(goaway_error_,
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(Http2Session, AnswersWhatIsOnItsWayWhenItGoes) {
  Connect();
  const std::int32_t open = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  session_->BeginGoAway();
  // The client has not heard of it yet.
  const std::int32_t crossing = Open({});
  EXPECT_TRUE(Exchange());
  EXPECT_EQ(StatusOf(answers_[crossing]), "0");
  ASSERT_EQ(goaways_.size(), 2u);
  EXPECT_EQ(goaways_[0], 0x7fffffff);
  EXPECT_EQ(goaways_[1], crossing) << "once it has heard, the last is named";
  SendMore(open, Message("hello"), true);
  EXPECT_FALSE(Exchange()) << "nothing is left";
  EXPECT_EQ(StatusOf(answers_[open]), "0");
  EXPECT_TRUE(session_->done());
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
