// The acceptor survives what happens to it, and its listeners are known to be
// alive or dead by connecting to them.

#include "service/net/connection_acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/machine_limits.h"
#include "service/base/peer_key.h"
#include "service/net/listener_probe.h"
#include "service/net/liveness.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::testing::HasSubstr;

sockaddr_storage Address(const std::string& text) {
  sockaddr_storage storage = {};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
  }
  return storage;
}

TEST(PeerKeyTest, CountsHosts) {
  const struct {
    const char* one;
    const char* other;
    bool same;
  } kCases[] = {
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.1", "::ffff:10.0.0.1", true},
      {"::ffff:10.0.0.1", "::ffff:10.0.0.2", false},
      {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
      {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
      {"::1", "127.0.0.1", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(
        PeerKey(-1, Address(c.one), 0) == PeerKey(-1, Address(c.other), 0),
        c.same)
        << c.one << " and " << c.other;
  }
}

int ConnectTo(const SocketAddress& to) {
  const int fd = socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to.storage), to.size) ==
      0) {
    return fd;
  }
  close(fd);
  return -1;
}

// Whether the other end has closed the connection, or does so soon.
bool IsTurnedAway(int fd) {
  const timeval soon = {.tv_sec = 2, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
  char byte = 0;
  return recv(fd, &byte, 1, 0) == 0;
}

bool Soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

class Acceptor : public ::testing::Test {
 protected:
  // Listens at `address`; what is accepted stays open and gets no answer.
  SocketAddress Listen(const std::string& address) {
    ListenSocket socket =
        *ListenSocket::Open(*ListenAddress::Parse(address), absl::Seconds(20));
    const SocketAddress bound = socket.Bound().at(0);
    descriptor_ = socket.fds().at(0).get();
    id_ = acceptor_.Start(std::move(socket), &table_, [this](int, int fd) {
      absl::MutexLock lock(&mu_);
      accepted_.emplace_back(fd);
    });
    return bound;
  }
  std::size_t accepted() {
    absl::MutexLock lock(&mu_);
    return accepted_.size();
  }
  // Probes as quickly as a test can wait for.
  std::unique_ptr<Liveness> Watch(const SocketAddress& address) {
    return std::make_unique<Liveness>(
        std::vector<ProbeTarget>{{"the listener", address}},
        std::vector<http2::Executor*>(), &acceptor_, &log_,
        [this](HealthChecks checks) { alive_ = IsGood(checks); },
        Liveness::Pace{.interval = absl::Milliseconds(20),
                       .timeout = absl::Milliseconds(100),
                       .patience = absl::Milliseconds(300)});
  }

  absl::Mutex mu_;
  std::vector<FileDescriptor> accepted_ ABSL_GUARDED_BY(mu_);
  std::string logged_;
  Logger log_{{}, [this](absl::string_view line) {
                absl::MutexLock lock(&mu_);
                absl::StrAppend(&logged_, line, "\n");
              }};
  std::atomic<bool> alive_{true};
  ConnectionTable table_{10, SystemSockets()};
  int descriptor_ = -1;  // the listening one
  int id_ = -1;
  testing::TempDir dir_;
  ConnectionAcceptor acceptor_{&log_};
};

TEST_F(Acceptor, RefusesWhatIsBeyondTheCapAndTakesItsPlacesBack) {
  const SocketAddress at = Listen("127.0.0.1:0");
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 9; ++i) clients.emplace_back(ConnectTo(at));
  ASSERT_TRUE(Soon([&] { return accepted() == 9; }));
  const FileDescriptor refused(ConnectTo(at));
  EXPECT_TRUE(IsTurnedAway(refused.get()));
  {
    absl::MutexLock lock(&mu_);
    EXPECT_THAT(logged_, HasSubstr("because its peer has its share"));
    accepted_.clear();  // the transport closes them
  }
  clients.emplace_back(ConnectTo(at));
  EXPECT_TRUE(Soon([&] { return accepted() == 1; }));
}

TEST_F(Acceptor, ConnectionsToItselfGetInWhateverOthersDo) {
  for (const std::string& address :
       {std::string("127.0.0.1:0"), std::string("[::1]:0"),
        std::string("localhost:0"), absl::StrCat("unix:", dir_.path("s"))}) {
    SCOPED_TRACE(address);
    const SocketAddress at = Listen(address);
    std::vector<FileDescriptor> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(ConnectTo(at));
    ASSERT_TRUE(Soon([&] { return accepted() >= 9; }));
    absl::SleepFor(absl::Milliseconds(50));
    const std::size_t before = accepted();
    EXPECT_THAT(
        ProbeListener({"", at}, &acceptor_, absl::Milliseconds(200)).ToString(),
        HasSubstr("no answer"))
        << "it was accepted and not turned away";
    EXPECT_EQ(accepted(), before + 1);
    acceptor_.Stop(id_);
    absl::MutexLock lock(&mu_);
    accepted_.clear();
  }
}

TEST_F(Acceptor, SurvivesAProcessWithoutDescriptors) {
  const SocketAddress at = Listen("127.0.0.1:0");
  std::vector<FileDescriptor> clients;
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(
        socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(clients.back().get());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  for (const FileDescriptor& client : clients) {
    EXPECT_EQ(connect(client.get(),
                      reinterpret_cast<const sockaddr*>(&at.storage), at.size),
              0);
    EXPECT_TRUE(IsTurnedAway(client.get())) << "and does not hang";
  }
  EXPECT_EQ(accepted(), 0u);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  clients.emplace_back(ConnectTo(at));
  EXPECT_TRUE(Soon([&] { return accepted() == 1; }));
  absl::MutexLock lock(&mu_);
  EXPECT_THAT(logged_,
              HasSubstr("the server accepts no connections for a moment"));
}

TEST_F(Acceptor, AListenerThatIsBrokenIsDead) {
  const SocketAddress at = Listen("127.0.0.1:0");
  ASSERT_EQ(shutdown(descriptor_, SHUT_RDWR), 0);
  const auto liveness = Watch(at);
  EXPECT_TRUE(Soon([&] { return !alive_; }));
  absl::MutexLock lock(&mu_);
  EXPECT_THAT(logged_, HasSubstr("a listener is broken"));
  EXPECT_THAT(logged_, HasSubstr("cannot connect: Connection refused"));
}

TEST_F(Acceptor, AListenerThatAcceptsAndDoesNotAnswerIsDead) {
  const SocketAddress at = Listen("127.0.0.1:0");
  for (const auto kind : {ProbeTarget::Kind::kPlain, ProbeTarget::Kind::kTls,
                          ProbeTarget::Kind::kTlsStart}) {
    EXPECT_EQ(ProbeListener({"", at, kind}, &acceptor_, absl::Milliseconds(50))
                  .code(),
              absl::StatusCode::kUnavailable);
  }
  const auto liveness = Watch(at);
  EXPECT_TRUE(Soon([&] { return !alive_; }));
  absl::MutexLock lock(&mu_);
  EXPECT_THAT(logged_, HasSubstr("no answer in time"));
}

TEST_F(Acceptor, WhatAnswersSomethingElseIsDead) {
  ListenSocket socket =
      *ListenSocket::Open(*ListenAddress::Parse("[::]:0"), absl::Seconds(20));
  const SocketAddress at = socket.Bound().at(0);
  const int id =
      acceptor_.Start(std::move(socket), &table_, [](int, int connection) {
        const FileDescriptor fd(connection);
        const absl::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      });
  for (const auto kind : {ProbeTarget::Kind::kPlain, ProbeTarget::Kind::kTls,
                          ProbeTarget::Kind::kTlsStart}) {
    EXPECT_FALSE(
        ProbeListener({"", at, kind}, &acceptor_, absl::Milliseconds(200))
            .ok());
  }
  acceptor_.Stop(id);
}

TEST_F(Acceptor, AnotherProcessInPlaceOfASocketIsNoLife) {
  const std::string path = dir_.path("s");
  Listen("unix:" + path);
  ASSERT_EQ(rename(path.c_str(), dir_.path("ours").c_str()), 0);
  sockaddr_storage storage = {};
  storage.ss_family = AF_UNIX;
  std::strcpy(reinterpret_cast<char*>(&storage) + 2, path.c_str());
  const SocketAddress at = {storage,
                            static_cast<socklen_t>(2 + path.size() + 1)};
  const pid_t thief = fork();
  if (thief == 0) {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(fd, reinterpret_cast<const sockaddr*>(&storage), at.size);
    listen(fd, 10);
    pause();
    _exit(0);
  }
  absl::Status status;
  EXPECT_TRUE(Soon([&] {
    status = ProbeListener({"", at}, &acceptor_, absl::Milliseconds(50));
    return absl::StrContains(status.message(), "another process");
  })) << status;
  kill(thief, SIGKILL);
  waitpid(thief, nullptr, 0);
}

TEST_F(Acceptor, NoAddressIsShared) {
  Listen("127.0.0.1:0");
  for (const char* host : {"127.0.0.1", "0.0.0.0", "[::]", "localhost"}) {
    sockaddr_storage bound = {};
    socklen_t size = sizeof(bound);
    ASSERT_EQ(
        getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size),
        0);
    const std::string address = absl::StrCat(host, ":", PortOf(bound));
    EXPECT_EQ(
        ListenSocket::Open(*ListenAddress::Parse(address), absl::Seconds(20))
            .status()
            .message(),
        absl::StrCat("cannot listen on `", address,
                     "`: another process uses the address"));
  }
}

TEST_F(Acceptor, AWildcardTakesBothFamilies) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    SCOPED_TRACE(address);
    const SocketAddress at = Listen(address);
    for (const char* host : {"127.0.0.1", "::1"}) {
      sockaddr_storage to = Address(host);
      const auto port = htons(PortOf(at.storage));
      if (to.ss_family == AF_INET) {
        reinterpret_cast<sockaddr_in&>(to).sin_port = port;
      } else {
        reinterpret_cast<sockaddr_in6&>(to).sin6_port = port;
      }
      const FileDescriptor client(ConnectTo(
          {to, to.ss_family == AF_INET ? socklen_t{sizeof(sockaddr_in)}
                                       : socklen_t{sizeof(sockaddr_in6)}}));
      EXPECT_TRUE(client.ok()) << host;
    }
    acceptor_.Stop(id_);
  }
}

TEST_F(Acceptor, ASocketsFileGoesWithItUnlessItIsAnothers) {
  const std::string path = dir_.path("s");
  Listen("unix:" + path);
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
  acceptor_.Stop(id_);
  EXPECT_NE(stat(path.c_str(), &status), 0);

  Listen("unix:" + path);
  ASSERT_EQ(unlink(path.c_str()), 0);
  dir_.Write("s", "somebody else's");
  acceptor_.Stop(id_);
  EXPECT_EQ(dir_.Read("s"), "somebody else's");
}

}  // namespace
}  // namespace rolegate::service
