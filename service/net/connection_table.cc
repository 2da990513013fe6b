#include "service/net/connection_table.h"

#include <algorithm>
#include <utility>

namespace rolegate::service {
namespace {

// How many connections of a peer are compared to find a silent one, so that
// making place costs the same however many there are.
constexpr std::size_t kCompared = 32;

// A sweep costs less than this a connection; sweeping takes at most a tenth of
// the time.
constexpr std::chrono::microseconds kSweepCost{10};

std::size_t MaxEnding(std::size_t max) { return max / 8 + 4; }

}  // namespace

std::size_t ConnectionTable::MaxDescriptors(std::size_t max) {
  return max + MaxEnding(max);
}

ConnectionTable::Verdict ConnectionTable::Admit(const SocketId& socket,
                                                absl::string_view peer,
                                                MonotonicTime now,
                                                PeerClass kind) {
  Forget(socket.fd);  // the descriptor was free, so what had it is closed
  PeerShares::Answer answer = shares_.Ask(peer);
  if (answer != PeerShares::Answer::kIn || ending_ >= MaxEnding(max())) {
    if (now >= next_sweep_) Sweep(now);
    answer = shares_.Ask(peer);
  }
  if (answer == PeerShares::Answer::kIn) {
    Add(socket, peer, now);
    return Verdict::kIn;
  }
  const bool placed = ending_ < MaxEnding(max()) &&
                      (answer == PeerShares::Answer::kInsteadOfOwn
                           ? ShutDownOneOf(peer, kIdle, now)
                           : ShutDownOneOf(std::string(shares_.greediest()),
                                           absl::ZeroDuration(), now));
  if (!placed) {
    ++refused_[static_cast<std::size_t>(kind)];
    return Verdict::kRefused;
  }
  ++replaced_;
  Add(socket, peer, now);
  return Verdict::kInForAnother;
}

void ConnectionTable::Sweep(MonotonicTime now) {
  std::vector<int> closed;
  for (const auto& [fd, connection] : connections_) {
    if (!sockets_->IsOpen({fd, connection.inode})) closed.push_back(fd);
  }
  next_sweep_ = now + kSweepCost * connections_.size();
  for (const int fd : closed) Forget(fd);
}

std::size_t ConnectionTable::ShutDownSome(std::size_t count,
                                          MonotonicTime now) {
  std::size_t done = 0;
  while (done < count && shares_.total() > 0 &&
         ShutDownOneOf(std::string(shares_.greediest()), absl::ZeroDuration(),
                       now)) {
    ++done;
  }
  return done;
}

void ConnectionTable::Add(const SocketId& socket, absl::string_view peer,
                          MonotonicTime now) {
  shares_.Add(peer);
  Peer& own = peers_[peer];
  own.fds.push_back(socket.fd);
  connections_.insert_or_assign(
      socket.fd, Connection{socket.inode, std::string(peer), own.fds.size() - 1,
                            now, false});
}

void ConnectionTable::Release(int fd, Connection* connection) {
  shares_.Remove(connection->peer);
  const auto own = peers_.find(connection->peer);
  std::vector<int>& fds = own->second.fds;
  const int last = fds.back();
  fds[connection->place] = last;
  if (last != fd) connections_.at(last).place = connection->place;
  fds.pop_back();
  if (fds.empty()) peers_.erase(own);
}

void ConnectionTable::Forget(int fd) {
  const auto known = connections_.find(fd);
  if (known == connections_.end()) return;
  if (known->second.ending) {
    --ending_;
  } else {
    Release(fd, &known->second);
  }
  connections_.erase(known);
}

std::optional<SocketId> ConnectionTable::MostSilent(absl::string_view peer,
                                                    absl::Duration least,
                                                    MonotonicTime now) {
  Peer& own = peers_.at(peer);
  std::optional<SocketId> found;
  const std::size_t compared = std::min(kCompared, own.fds.size());
  for (std::size_t i = 0; i < compared; ++i) {
    const int fd = own.fds[(own.next + i) % own.fds.size()];
    const Connection& connection = connections_.at(fd);
    const SocketId socket = {fd, connection.inode};
    const absl::Duration silence = sockets_->Silence(socket).value_or(
        absl::FromChrono(now - connection.since));
    if (silence < least) continue;
    least = silence;
    found = socket;
  }
  own.next = (own.next + compared) % own.fds.size();
  return found;
}

bool ConnectionTable::ShutDownOneOf(absl::string_view peer,
                                    absl::Duration least, MonotonicTime now) {
  const std::optional<SocketId> socket = MostSilent(peer, least, now);
  if (!socket.has_value()) return false;
  ShutDown(*socket);
  return true;
}

void ConnectionTable::ShutDown(const SocketId& socket) {
  sockets_->ShutDown(socket);
  Connection& connection = connections_.at(socket.fd);
  Release(socket.fd, &connection);
  connection.ending = true;
  ++ending_;
}

}  // namespace rolegate::service
