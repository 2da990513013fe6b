#include "service/net/connection_acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <utility>

#include "service/answer/peer_class.h"
#include "service/base/peer_key.h"
#include "service/base/quiet_thread.h"
#include "service/http2/peer.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service {
namespace {

// How many connections one listener gets before another has its turn.
constexpr int kInOneTurn = 64;

// How long nothing is accepted after the system had no descriptor or memory.
constexpr std::chrono::milliseconds kPause{50};

int OpenSpare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

ConnectionAcceptor::ConnectionAcceptor(Logger* log,
                                       const std::vector<std::string>& gateways)
    : log_(log),
      gateways_(gateways),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      spare_(OpenSpare()) {
  thread_ = StartQuietThread([this] { Loop(); });
}

ConnectionAcceptor::~ConnectionAcceptor() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  Wake();
  thread_.join();
}

int ConnectionAcceptor::Start(ListenSocket socket, ConnectionTable* table,
                              Handler handler) {
  int id = 0;
  {
    absl::MutexLock lock(&mu_);
    id = next_id_++;
    listening_.emplace(id,
                       Listening{std::move(socket), table, std::move(handler)});
  }
  Wake();
  return id;
}

void ConnectionAcceptor::Stop(int listener) {
  {
    absl::MutexLock lock(&mu_);
    const auto known = listening_.find(listener);
    if (known == listening_.end()) return;
    // The thread that polls holds a closed socket open until it wakes, and
    // meanwhile callers would get in and be answered by nobody.
    for (const FileDescriptor& fd : known->second.socket.fds()) {
      shutdown(fd.get(), SHUT_RDWR);
    }
    listening_.erase(known);
  }
  Wake();
}

void ConnectionAcceptor::ExpectOwn(std::uint16_t port) {
  absl::MutexLock lock(&mu_);
  own_ports_.insert(port);
}

void ConnectionAcceptor::ForgetOwn(std::uint16_t port) {
  absl::MutexLock lock(&mu_);
  own_ports_.erase(port);
}

std::size_t ConnectionAcceptor::ShutDownSome(ConnectionTable* table,
                                             std::size_t count) {
  absl::MutexLock lock(&mu_);
  const MonotonicTime now = MonotonicNow();
  table->Sweep(now);
  return table->ShutDownSome(count, now);
}

std::size_t ConnectionAcceptor::open(ConnectionTable* table) {
  absl::MutexLock lock(&mu_);
  table->Sweep(MonotonicNow());
  return table->open();
}

ConnectionAcceptor::Counts ConnectionAcceptor::CountsOf(
    ConnectionTable* table) {
  absl::MutexLock lock(&mu_);
  table->Sweep(MonotonicNow());
  return {table->open(), table->max(), table->refused(), table->replaced()};
}

void ConnectionAcceptor::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(wake_.get(), &one, sizeof(one));
}

void ConnectionAcceptor::Loop() {
  std::vector<pollfd> polled;
  std::vector<int> ids;  // of the same places, after the first
  for (;;) {
    polled.assign(1, {wake_.get(), POLLIN, 0});
    ids.clear();
    int timeout = -1;
    {
      absl::MutexLock lock(&mu_);
      if (ending_) return;
      const auto pause = paused_until_ - MonotonicNow();
      if (pause > pause.zero()) {
        timeout = static_cast<int>(
            std::chrono::ceil<std::chrono::milliseconds>(pause).count());
      } else {
        for (const auto& [id, listening] : listening_) {
          if (listening.broken) continue;
          for (const FileDescriptor& fd : listening.socket.fds()) {
            polled.push_back({fd.get(), POLLIN, 0});
            ids.push_back(id);
          }
        }
      }
    }
    if (poll(polled.data(), polled.size(), timeout) <= 0) continue;
    if (polled[0].revents != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got =
          read(wake_.get(), &count, sizeof(count));
    }
    absl::MutexLock lock(&mu_);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (polled[i + 1].revents == 0) continue;
      const auto known = listening_.find(ids[i]);
      if (known == listening_.end()) continue;  // stopped meanwhile
      AcceptSome(ids[i], &known->second, polled[i + 1].fd);
    }
  }
}

void ConnectionAcceptor::AcceptSome(int id, Listening* listening, int fd) {
  for (int i = 0; i < kInOneTurn; ++i) {
    switch (AcceptOne(id, listening, fd)) {
      case Accepted::kOne:
        break;
      case Accepted::kNone:
        return;
      case Accepted::kTryLater:
        paused_until_ = MonotonicNow() + kPause;
        return;
      case Accepted::kBroken:
        listening->broken = true;
        return;
    }
  }
}

ConnectionAcceptor::Accepted ConnectionAcceptor::AcceptOne(int id,
                                                           Listening* listening,
                                                           int fd) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof(peer);
  const int connection = accept4(fd, reinterpret_cast<sockaddr*>(&peer), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connection < 0) {
    switch (errno) {
      case EAGAIN:
        return Accepted::kNone;
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
      case EOPNOTSUPP:
        log_->Error("a listener is broken and takes no more connections",
                    {{"address", listening->socket.address()},
                     {"error", std::strerror(errno)}});
        return Accepted::kBroken;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        log_->Log(LogLevel::kError, failed_,
                  "the server accepts no connections for a moment",
                  {{"address", listening->socket.address()},
                   {"error", std::strerror(errno)}});
        // A client that waits learns that there is no place, and does not hang.
        spare_ = FileDescriptor();
        {
          const FileDescriptor refused(
              accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
        }
        spare_ = FileDescriptor(OpenSpare());
        return Accepted::kTryLater;
      case ECONNABORTED:
      case EINTR:
        return Accepted::kOne;  // that one is gone, and says nothing of others
      default:
        return Accepted::kTryLater;  // an error of the network, for instance
    }
  }
  struct stat status;
  if (!IsOwn(connection, peer) && fstat(connection, &status) == 0) {
    const std::string key = PeerKey(connection, peer, id);
    const std::string origin = peer.ss_family == AF_UNIX
                                   ? listening->socket.address()
                                   : AddressInPeer(http2::PeerName(peer));
    switch (listening->table->Admit({connection, status.st_ino}, key,
                                    MonotonicNow(),
                                    ClassOfPeer(origin, gateways_))) {
      case ConnectionTable::Verdict::kIn:
        break;
      case ConnectionTable::Verdict::kInForAnother:
        log_->Log(LogLevel::kWarning, replaced_,
                  "connections run short: the server closed an idle one for a "
                  "new one",
                  {{"address", listening->socket.address()},
                   {"peer", ReadablePeerKey(key)},
                   {"max_connections", listening->table->max()}});
        break;
      case ConnectionTable::Verdict::kRefused:
        log_->Log(
            LogLevel::kWarning, refused_,
            "the server refused a connection, because its peer has its share",
            {{"address", listening->socket.address()},
             {"peer", ReadablePeerKey(key)},
             {"max_connections", listening->table->max()}});
        close(connection);
        return Accepted::kOne;
    }
  }
  listening->handler(fd, connection);
  return Accepted::kOne;
}

bool ConnectionAcceptor::IsOwn(int fd, const sockaddr_storage& peer) const {
  if (peer.ss_family == AF_UNIX) {
    const auto credentials = CredentialsOf(fd);
    return credentials && credentials->pid == getpid();
  }
  if (own_ports_.empty() || own_ports_.count(PortOf(peer)) == 0) return false;
  sockaddr_storage local = {};
  socklen_t size = sizeof(local);
  return getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
         AddressBytes(local) == AddressBytes(peer);
}

}  // namespace rolegate::service
