// Connections of HTTP/1.1 over real sockets: how long they may take, and how
// they end.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "engine/registry/file_descriptor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http1/connections.h"

namespace rolegate::service::http1 {
namespace {

using ::testing::HasSubstr;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr absl::Duration kLong = absl::Seconds(5);

// The client's end of a connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}

  bool Say(absl::string_view bytes) const {
    return send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // Sends until the other end has taken nothing for 200 ms, `most` bytes at
  // most; returns how many it took.
  std::size_t Push(std::size_t most) const {
    const std::string bytes(4096, 'x');
    std::size_t taken = 0;
    pollfd polled = {fd_.get(), POLLOUT, 0};
    while (taken < most && poll(&polled, 1, 200) == 1) {
      const ssize_t size = send(fd_.get(), bytes.data(), bytes.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size < 0) break;
      taken += static_cast<std::size_t>(size);
    }
    return taken;
  }
  // What comes within `timeout`; empty if nothing does, or the end.
  std::string Hear(absl::Duration timeout = kLong) {
    pollfd polled = {fd_.get(), POLLIN, 0};
    if (poll(&polled, 1,
             static_cast<int>(absl::ToInt64Milliseconds(timeout))) != 1) {
      return "";
    }
    char bytes[65536];
    const ssize_t size = recv(fd_.get(), bytes, sizeof(bytes), 0);
    ended_ = size <= 0;
    return ended_ ? "" : std::string(bytes, static_cast<std::size_t>(size));
  }
  // Whether the connection ends within `timeout`, whatever comes before.
  bool Ends(absl::Duration timeout = kLong) {
    const absl::Time end = absl::Now() + timeout;
    while (!ended_ && absl::Now() < end) Hear(end - absl::Now());
    return ended_;
  }
  bool ended() const { return ended_; }

 private:
  const FileDescriptor fd_;
  bool ended_ = false;
};

class Http1Connections : public ::testing::Test {
 protected:
  void Serve(const Pace& pace, std::size_t body_size = 2) {
    connections_ = std::make_unique<Connections>(
        [body_size](const Request&) {
          return Answer{200, std::string(body_size, 'x')};
        },
        pace, &loop_);
  }
  Peer Connect() {
    int fds[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    connections_->Take(/*listener=*/0, fds[1]);
    return Peer(fds[0]);
  }

  http2::EventLoop loop_;
  std::unique_ptr<Connections> connections_;
};

TEST_F(Http1Connections, AnswerOthersWhileOneAnswerTakesItsTime) {
  absl::Notification go_on;
  connections_ = std::make_unique<Connections>(
      [&go_on](const Request& request) {
        Answer answer{200, "at once"};
        if (request.path == "/slow") {
          answer.later = [&go_on] {
            go_on.WaitForNotification();
            return Answer{200, "later"};
          };
        }
        return answer;
      },
      Pace(), &loop_);
  Peer slow = Connect();
  std::unique_ptr<Peer> gone(new Peer(Connect()));
  Peer quick = Connect();
  ASSERT_TRUE(slow.Say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(gone->Say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(quick.Say(kGet));
  EXPECT_THAT(quick.Hear(), HasSubstr("\r\n\r\nat once"));
  gone.reset();
  go_on.Notify();
  EXPECT_THAT(slow.Hear(), HasSubstr("\r\n\r\nlater"));
  ASSERT_TRUE(slow.Say(kGet));
  EXPECT_THAT(slow.Hear(), HasSubstr("\r\n\r\nat once"));
}

TEST_F(Http1Connections, AStopWaitsForAnAnswerThatTakesItsTime) {
  connections_ = std::make_unique<Connections>(
      [](const Request&) {
        Answer answer;
        answer.later = [] {
          absl::SleepFor(absl::Milliseconds(100));
          return Answer{200, "later"};
        };
        return answer;
      },
      Pace(), &loop_);
  Peer peer = Connect();
  Peer second = Connect();
  ASSERT_TRUE(peer.Say(kGet));
  EXPECT_EQ(peer.Hear(absl::Milliseconds(20)), "");
  connections_->Shutdown(kLong);
  EXPECT_THAT(peer.Hear(), HasSubstr("\r\n\r\nlater"));
  EXPECT_TRUE(peer.Ends());
}

TEST_F(Http1Connections, AStopWithoutGraceDropsTheAnswersThatWait) {
  absl::Notification begun;
  connections_ = std::make_unique<Connections>(
      [&begun](const Request&) {
        Answer answer;
        answer.later = [&begun] {
          if (!begun.HasBeenNotified()) begun.Notify();
          absl::SleepFor(absl::Milliseconds(50));
          return Answer{200, "later"};
        };
        return answer;
      },
      Pace(), &loop_);
  Peer first = Connect();
  Peer second = Connect();
  ASSERT_TRUE(first.Say(kGet));
  ASSERT_TRUE(second.Say(kGet));
  begun.WaitForNotification();
  connections_->Shutdown(absl::ZeroDuration());
  EXPECT_TRUE(first.Ends());
  EXPECT_TRUE(second.Ends());
}

TEST_F(Http1Connections, AnswerOneRequestAfterTheOther) {
  Serve(Pace());
  Peer peer = Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(peer.Say(kGet));
    EXPECT_THAT(peer.Hear(), HasSubstr("HTTP/1.1 200 OK\r\n"));
  }
  std::string many;
  for (int i = 0; i < 500; ++i) many += kGet;
  ASSERT_TRUE(peer.Say(many));
  ASSERT_TRUE(
      peer.Say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  std::string heard;
  for (std::string more = peer.Hear(); !more.empty(); more = peer.Hear()) {
    heard += more;
  }
  int answers = 0;
  for (std::size_t at = heard.find("HTTP/1.1 200"); at != std::string::npos;
       at = heard.find("HTTP/1.1 200", at + 1)) {
    ++answers;
  }
  EXPECT_EQ(answers, 501);
  EXPECT_TRUE(peer.Ends());
}

TEST_F(Http1Connections, AreClosedIfARequestTakesTooLong) {
  const absl::Duration limit = absl::Milliseconds(300);
  Serve({.request = limit});
  const absl::Time begin = absl::Now();
  Peer silent = Connect();
  Peer slow = Connect();
  // A byte now and then does not prolong it.
  absl::string_view head = "GET / HTTP/1.1\r\nabcdefghijklmnopqrstuvwxyz: ";
  bool closed = false;
  while (!closed && !head.empty() && absl::Now() - begin < kLong) {
    closed = !slow.Say(head.substr(0, 1)) || slow.Ends(absl::Milliseconds(50));
    head.remove_prefix(1);
  }
  EXPECT_TRUE(closed);
  EXPECT_TRUE(silent.Ends());
  EXPECT_GE(absl::Now() - begin, limit);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
}

TEST_F(Http1Connections, AreClosedIfALaterRequestTakesTooLong) {
  const absl::Duration limit = absl::Milliseconds(300);
  Serve({.request = limit});
  Peer idle = Connect();
  Peer slow = Connect();
  ASSERT_TRUE(idle.Say(kGet) && slow.Say(absl::StrCat(kGet, "GET / HT")));
  EXPECT_THAT(idle.Hear(), HasSubstr("200"));
  EXPECT_THAT(slow.Hear(), HasSubstr("200"));
  EXPECT_TRUE(slow.Ends(absl::Seconds(2)));
  EXPECT_FALSE(idle.Ends(2 * limit)) << "it has not begun another one";
}

TEST_F(Http1Connections, AreClosedOnceTheyAreIdleForTooLong) {
  Serve({.idle = absl::Milliseconds(200)});
  Peer peer = Connect();
  // Each request begins the time anew.
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(peer.Say(kGet));
    ASSERT_THAT(peer.Hear(), HasSubstr("200"));
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(300));
  EXPECT_TRUE(peer.Ends(absl::Seconds(2)));
}

TEST_F(Http1Connections, AreClosedIfAnAnswerIsNotTaken) {
  const absl::Duration limit = absl::Milliseconds(300);
  Serve({.answer = limit}, std::size_t{8} << 20);
  Peer never = Connect();
  Peer slow = Connect();
  ASSERT_TRUE(never.Say(kGet) && slow.Say(kGet));
  const absl::Time begin = absl::Now();
  std::size_t heard = 0;
  while (!slow.ended() && absl::Now() - begin < kLong) {
    heard += slow.Hear(absl::Milliseconds(10)).size();
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_TRUE(slow.ended());
  EXPECT_GE(absl::Now() - begin, limit);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  EXPECT_LT(heard, std::size_t{8} << 20) << "reading slowly prolongs nothing";
  EXPECT_TRUE(never.Ends());
}

TEST_F(Http1Connections, ReadNothingWhileAnAnswerIsUnderWay) {
  Serve(Pace(), std::size_t{8} << 20);
  Peer peer = Connect();
  ASSERT_TRUE(peer.Say(kGet));
  // What the sockets hold between them is far less than a MiB.
  EXPECT_LT(peer.Push(std::size_t{4} << 20), std::size_t{1} << 20);
}

TEST_F(Http1Connections, LetAPeerReadWhyItWasRefused) {
  Serve(Pace());
  Peer peer = Connect();
  ASSERT_TRUE(
      peer.Say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n"));
  ASSERT_TRUE(peer.Say(std::string(30'000, 'x')));
  EXPECT_THAT(peer.Hear(), HasSubstr("HTTP/1.1 405 "));
  EXPECT_TRUE(peer.Ends(absl::Milliseconds(500)));
  // A socket that was closed would have taken the answer back.
  EXPECT_TRUE(peer.Say("x")) << "nothing more is said, and all is still read";
}

TEST_F(Http1Connections, TakeOnlySoMuchFromWhomTheyRefused) {
  Serve(Pace());
  Peer peer = Connect();
  ASSERT_TRUE(peer.Say("nonsense\r\n"));
  EXPECT_LT(peer.Push(std::size_t{4} << 20), std::size_t{1} << 20);
}

TEST_F(Http1Connections, DoNotWaitLongForWhomTheyRefused) {
  Serve(Pace());
  Peer peer = Connect();
  ASSERT_TRUE(peer.Say("nonsense\r\n"));
  ASSERT_TRUE(peer.Ends());
  const absl::Time begin = absl::Now();
  while (peer.Say("x") && absl::Now() - begin < kLong) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
}

TEST_F(Http1Connections, EndWhenTheListenerDoes) {
  Serve(Pace(), std::size_t{8} << 20);
  Peer idle = Connect();
  Peer half = Connect();
  Peer reading = Connect();
  Peer silent = Connect();
  ASSERT_TRUE(half.Say("GET / HT"));
  ASSERT_TRUE(reading.Say(kGet) && silent.Say(kGet));
  ASSERT_THAT(reading.Hear(), HasSubstr("200"));
  const absl::Time begin = absl::Now();
  connections_->Shutdown(absl::Milliseconds(200));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(200))
      << "an answer was under way";
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  for (Peer* peer : {&idle, &half, &reading, &silent}) {
    EXPECT_TRUE(peer->Ends());
  }
}

TEST_F(Http1Connections, EndAtOnceWhenNoAnswerIsUnderWay) {
  Serve(Pace());
  Peer idle = Connect();
  ASSERT_TRUE(idle.Say(kGet));
  ASSERT_THAT(idle.Hear(), HasSubstr("200"));
  const absl::Time begin = absl::Now();
  connections_->Shutdown(absl::Seconds(10));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  EXPECT_TRUE(idle.Ends());
}

}  // namespace
}  // namespace rolegate::service::http1
