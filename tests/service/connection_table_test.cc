// Who gets a connection when they run short, and whose is taken for it.

#include "service/net/connection_table.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/registry/file_descriptor.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

using Verdict = ConnectionTable::Verdict;

// A system in which descriptors are given out as Unix does: the lowest that is
// free.
class FakeSystem : public Sockets {
 public:
  SocketId Open() {
    int fd = 3;
    while (open_.count(fd) > 0) ++fd;
    open_[fd] = ++inodes_;
    return {fd, inodes_};
  }
  void Close(const SocketId& socket) { open_.erase(socket.fd); }
  void SetSilence(const SocketId& socket, absl::Duration silence) {
    silence_[socket.inode] = silence;
  }
  // What a transport does some time after its connections were shut down.
  void CloseWhatWasShutDown() {
    for (const SocketId& socket : shut_down_) Close(socket);
    shut_down_.clear();
  }

  bool IsOpen(const SocketId& socket) override {
    ++looks_;
    const auto known = open_.find(socket.fd);
    return known != open_.end() && known->second == socket.inode;
  }
  std::optional<absl::Duration> Silence(const SocketId& socket) override {
    const auto known = silence_.find(socket.inode);
    if (known == silence_.end()) return std::nullopt;
    return known->second;
  }
  void ShutDown(const SocketId& socket) override {
    shut_down_.push_back(socket);
  }

  const std::vector<SocketId>& shut_down() const { return shut_down_; }
  int looks() const { return looks_; }

 private:
  std::map<int, std::uint64_t> open_;
  std::map<std::uint64_t, absl::Duration> silence_;
  std::vector<SocketId> shut_down_;
  std::uint64_t inodes_ = 100;
  int looks_ = 0;
};

class Table : public ::testing::Test {
 protected:
  // Opens a connection and lets the table decide; a second passes.
  Verdict Connect(ConnectionTable* table, const std::string& peer,
                  absl::Duration silence = absl::Seconds(9)) {
    const SocketId socket = system_.Open();
    system_.SetSilence(socket, silence);
    now_ += std::chrono::seconds(1);
    const Verdict verdict = table->Admit(socket, peer, now_);
    if (verdict == Verdict::kRefused) {
      system_.Close(socket);
    } else {
      of_[peer].push_back(socket);
    }
    return verdict;
  }
  void ConnectMany(ConnectionTable* table, const std::string& peer, int count,
                   absl::Duration silence = absl::Seconds(9)) {
    for (int i = 0; i < count; ++i) Connect(table, peer, silence);
  }

  FakeSystem system_;
  MonotonicTime now_{};
  std::map<std::string, std::vector<SocketId>> of_;
};

TEST_F(Table, GivesPlacesByShares) {
  const struct {
    const char* description;
    int max;
    std::vector<std::pair<std::string, int>> before;  // connections a peer
    absl::Duration silence;                           // of all of them
    std::string peer;
    Verdict verdict;
    std::string loses;  // the peer whose connection is shut down
  } kCases[] = {
      {"room", 20, {{"a", 17}}, absl::Seconds(9), "a", Verdict::kIn, ""},
      {"room for another",
       20,
       {{"a", 18}},
       absl::Seconds(9),
       "b",
       Verdict::kIn,
       ""},
      {"beyond its share, an idle one of its own",
       20,
       {{"a", 18}},
       absl::Seconds(9),
       "a",
       Verdict::kInForAnother,
       "a"},
      {"beyond its share, and none is idle",
       20,
       {{"a", 18}},
       absl::Milliseconds(20),
       "a",
       Verdict::kRefused,
       ""},
      {"full: the greediest loses",
       20,
       {{"a", 18}, {"b", 2}},
       absl::Seconds(9),
       "b",
       Verdict::kInForAnother,
       "a"},
      {"even one that speaks",
       20,
       {{"a", 18}, {"b", 2}},
       absl::Milliseconds(20),
       "b",
       Verdict::kInForAnother,
       "a"},
      {"equal shares",
       20,
       {{"a", 10}, {"b", 10}},
       absl::Seconds(9),
       "b",
       Verdict::kInForAnother,
       "b"},
      {"one in all",
       1,
       {{"a", 1}},
       absl::Seconds(9),
       "b",
       Verdict::kInForAnother,
       "a"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    system_ = {};
    of_.clear();
    ConnectionTable table(c.max, &system_);
    for (const auto& [peer, count] : c.before) {
      ConnectMany(&table, peer, count, c.silence);
    }
    ASSERT_TRUE(system_.shut_down().empty());
    const auto before = of_;
    EXPECT_EQ(Connect(&table, c.peer), c.verdict);
    ASSERT_EQ(system_.shut_down().size(), c.loses.empty() ? 0u : 1u);
    if (c.loses.empty()) continue;
    const SocketId lost = system_.shut_down().front();
    const std::vector<SocketId>& loser = before.at(c.loses);
    EXPECT_NE(std::find(loser.begin(), loser.end(), lost), loser.end());
  }
}

TEST_F(Table, TheMostSilentLoses) {
  ConnectionTable table(10, &system_);
  for (const int seconds : {5, 3, 8, 2, 7, 1, 6, 4, 2}) {
    Connect(&table, "a", absl::Seconds(seconds));
  }
  const SocketId most_silent = of_["a"][2];
  EXPECT_EQ(Connect(&table, "a"), Verdict::kInForAnother);
  EXPECT_EQ(system_.shut_down(), std::vector<SocketId>{most_silent});
}

TEST_F(Table, WhereTheSystemDoesNotSayTheOldestLoses) {
  ConnectionTable table(10, &system_);
  std::vector<SocketId> all;
  for (int i = 0; i < 9; ++i) {
    all.push_back(system_.Open());
    now_ += std::chrono::seconds(1);
    ASSERT_EQ(table.Admit(all.back(), "unix", now_), Verdict::kIn);
  }
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(table.Admit(system_.Open(), "unix", now_), Verdict::kInForAnother);
  EXPECT_EQ(system_.shut_down(), std::vector<SocketId>{all.front()});
}

TEST_F(Table, ClosedConnectionsCountNoLonger) {
  ConnectionTable table(10, &system_);
  ConnectMany(&table, "a", 9);
  for (int i = 0; i < 5; ++i) system_.Close(of_["a"][i]);
  EXPECT_EQ(table.open(), 9u) << "an upper bound, until somebody looks";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Connect(&table, "a"), Verdict::kIn);
  EXPECT_EQ(table.open(), 9u);
  EXPECT_TRUE(system_.shut_down().empty());
  for (int i = 5; i < 9; ++i) system_.Close(of_["a"][i]);
  table.Sweep(now_);
  EXPECT_EQ(table.open(), 5u);
}

TEST_F(Table, ADescriptorThatIsUsedAgainIsAnotherConnection) {
  ConnectionTable table(10, &system_);
  for (int i = 0; i < 1000; ++i) {
    const SocketId socket = system_.Open();
    ASSERT_EQ(table.Admit(socket, absl::StrCat("peer ", i), now_),
              Verdict::kIn);
    ASSERT_EQ(table.open(), 1u);
    system_.Close(socket);
  }
  EXPECT_EQ(system_.looks(), 0) << "that takes no search";
}

TEST_F(Table, WhatIsShutDownKeepsItsDescriptorAndIsBounded) {
  // The transport is slow: it closes nothing.  New connections may then not
  // eat the descriptors that are kept for other things.
  for (const int max : {1, 10, 80, 1000}) {
    SCOPED_TRACE(max);
    system_ = {};
    of_.clear();
    ConnectionTable table(max, &system_);
    std::size_t held = 0;
    for (int i = 0; i < 3 * max + 50; ++i) {
      if (Connect(&table, absl::StrCat("peer ", i % 7)) != Verdict::kRefused) {
        ++held;
      }
    }
    EXPECT_LE(held, ConnectionTable::MaxDescriptors(max));
    EXPECT_EQ(Connect(&table, "peer 0"), Verdict::kRefused);
    system_.CloseWhatWasShutDown();
    EXPECT_EQ(Connect(&table, "peer 0"), Verdict::kInForAnother);
  }
}

TEST_F(Table, LooksForClosedConnectionsNowAndThenOnly) {
  constexpr int kMax = 1000;
  ConnectionTable table(kMax, &system_);
  ConnectMany(&table, "a", kMax * 9 / 10, absl::ZeroDuration());
  const int before = system_.looks();
  for (int i = 0; i < 1000; ++i) {
    const SocketId socket = system_.Open();
    now_ += std::chrono::microseconds(10);
    EXPECT_EQ(table.Admit(socket, "a", now_), Verdict::kRefused);
    system_.Close(socket);
  }
  // A thousand connections in ten milliseconds: two searches, not a thousand.
  EXPECT_LE(system_.looks() - before, 2 * kMax);
}

TEST_F(Table, ShutsDownOnDemand) {
  ConnectionTable table(100, &system_);
  ConnectMany(&table, "a", 6);
  ConnectMany(&table, "b", 3);
  EXPECT_EQ(table.ShutDownSome(3, now_), 3u);
  for (const SocketId& socket : system_.shut_down()) {
    EXPECT_NE(std::find(of_["a"].begin(), of_["a"].end(), socket),
              of_["a"].end())
        << "the greediest first";
  }
  EXPECT_EQ(table.ShutDownSome(100, now_), 6u);
  EXPECT_EQ(table.open(), 0u);
}

TEST(SystemSocketsTest, ShutDownTouchesNoOtherSocket) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const FileDescriptor ours(pair[0]);
  FileDescriptor theirs(pair[1]);
  struct stat status;
  ASSERT_EQ(fstat(ours.get(), &status), 0);
  Sockets& sockets = *SystemSockets();
  const SocketId socket = {ours.get(), status.st_ino};
  EXPECT_TRUE(sockets.IsOpen(socket));
  EXPECT_FALSE(sockets.IsOpen({ours.get(), status.st_ino + 1}));
  EXPECT_FALSE(sockets.IsOpen({9999, status.st_ino}));
  EXPECT_EQ(sockets.Silence(socket), std::nullopt) << "not of a Unix socket";

  sockets.ShutDown({ours.get(), status.st_ino + 1});
  EXPECT_EQ(send(theirs.get(), "x", 1, MSG_NOSIGNAL), 1) << "it still lives";
  sockets.ShutDown(socket);
  EXPECT_EQ(send(theirs.get(), "x", 1, MSG_NOSIGNAL), -1);
  EXPECT_TRUE(sockets.IsOpen(socket)) << "its owner closes it";
}

}  // namespace
}  // namespace rolegate::service
