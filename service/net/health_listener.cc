#include "service/net/health_listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "service/base/peer_key.h"
#include "service/base/quiet_thread.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {
namespace {

constexpr int kEvents = 64;
constexpr std::size_t kReadAtOnce = std::size_t{16} << 10;

int WaitMillis(bool something_open, absl::Duration look) {
  return something_open ? static_cast<int>(absl::ToInt64Milliseconds(look))
                        : -1;
}

}  // namespace

HealthListener::HealthListener(ConnectionAcceptor* acceptor,
                               HealthStatus* health, const HealthPace& pace)
    : acceptor_(acceptor),
      health_(health),
      pace_(pace),
      waker_(std::make_shared<HealthWaker>()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = waker_->fd();
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, waker_->fd(), &event);
  thread_ = StartQuietThread([this] { Loop(); });
}

absl::StatusOr<std::unique_ptr<HealthListener>> HealthListener::Open(
    const ListenAddress& address, absl::Duration send_timeout,
    ConnectionAcceptor* acceptor, ConnectionTable* connections,
    HealthStatus* health, const HealthPace& pace) {
  absl::StatusOr<ListenSocket> socket =
      ListenSocket::Open(address, send_timeout);
  if (!socket.ok()) return socket.status();
  std::unique_ptr<HealthListener> listener(
      new HealthListener(acceptor, health, pace));
  if (!listener->epoll_.ok() || listener->waker_->fd() < 0) {
    return absl::ResourceExhaustedError(
        "health_listen: no descriptor is left to serve it");
  }
  listener->address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    listener->probes_.push_back(
        {listener->address_, bound, ProbeTarget::Kind::kPlain});
  }
  listener->accepting_ =
      acceptor->Start(*std::move(socket), connections,
                      [raw = listener.get()](int, int fd) { raw->Take(fd); });
  return listener;
}

HealthListener::~HealthListener() { Shutdown(absl::ZeroDuration()); }

void HealthListener::Shutdown(absl::Duration grace) {
  if (accepting_.has_value()) {
    acceptor_->Stop(*std::exchange(accepting_, std::nullopt));
  }
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mu_);
    end_ = MonotonicNow() + ToMonotonic(grace);
  }
  waker_->Wake();
  thread_.join();
}

void HealthListener::Take(int fd) {
  {
    absl::MutexLock lock(&mu_);
    new_.emplace_back(fd);
  }
  waker_->Wake();
}

void HealthListener::Loop() {
  std::array<epoll_event, kEvents> events;
  bool ending = false;
  for (;;) {
    int wait = WaitMillis(!connections_.empty(), pace_.look);
    if (ending) wait = 1;  // until answers are sent
    const int count = epoll_wait(epoll_.get(), events.data(), kEvents, wait);
    bool woken = false;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == waker_->fd()) {
        woken = true;
        continue;
      }
      const auto found = connections_.find(event.data.fd);
      if (found == connections_.end()) continue;
      Connection& connection = found->second;
      const bool received =
          (event.events & EPOLLIN) == 0 || Receive(&connection);
      const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
      if (!received || failed || !Send(&connection)) Close(event.data.fd);
    }
    if (woken) {
      waker_->Clear();
      TakeNew();
      std::vector<int> over;
      for (auto& [fd, connection] : connections_) {
        connection.http->TellWatches();
        if (!Send(&connection)) over.push_back(fd);
      }
      for (const int fd : over) Close(fd);
    }
    LookAtTimes();
    std::optional<MonotonicTime> end;
    {
      absl::MutexLock lock(&mu_);
      end = end_;
    }
    if (!end.has_value()) continue;
    if (!std::exchange(ending, true)) {
      std::vector<int> over;
      for (auto& [fd, connection] : connections_) {
        connection.http->GoAway();
        if (!Send(&connection)) over.push_back(fd);
      }
      for (const int fd : over) Close(fd);
    }
    if (connections_.empty() || MonotonicNow() >= *end) break;
  }
  connections_.clear();
}

void HealthListener::TakeNew() {
  std::vector<FileDescriptor> taken;
  {
    absl::MutexLock lock(&mu_);
    taken.swap(new_);
  }
  for (FileDescriptor& each : taken) {
    const int fd = each.get();
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      continue;  // it is gone already, or the system has no memory
    }
    const MonotonicTime now = MonotonicNow();
    auto http = std::make_unique<HealthConnection>(
        health_, PeerKey(fd, address, 0), waker_);
    Connection& connection =
        connections_
            .emplace(fd,
                     Connection{std::move(each), std::move(http), "", now, now})
            .first->second;
    if (!Send(&connection)) Close(fd);
  }
}

bool HealthListener::Receive(Connection* connection) {
  std::array<char, kReadAtOnce> bytes;
  const ssize_t size =
      recv(connection->fd.get(), bytes.data(), bytes.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  return size > 0 && connection->http->Receive(
                         {bytes.data(), static_cast<std::size_t>(size)});
}

bool HealthListener::Send(Connection* connection) {
  std::string& unsent = connection->unsent;
  for (;;) {
    if (unsent.empty()) unsent = std::string(connection->http->Output());
    if (unsent.empty()) break;
    const ssize_t sent =
        send(connection->fd.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      break;
    }
    unsent.erase(0, static_cast<std::size_t>(sent));
  }
  if (unsent.empty() && connection->http->done()) return false;
  if (connection->wants_write != !unsent.empty()) {
    connection->wants_write = !unsent.empty();
    epoll_event event = {};
    event.events = EPOLLIN;
    if (connection->wants_write) event.events |= EPOLLOUT;
    event.data.fd = connection->fd.get();
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection->fd.get(), &event);
  }
  return true;
}

void HealthListener::LookAtTimes() {
  const MonotonicTime now = MonotonicNow();
  std::vector<int> over;
  for (auto& [fd, connection] : connections_) {
    HealthConnection& http = *connection.http;
    if (http.calls() > 0) connection.last_call = now;
    const absl::Duration age = absl::FromChrono(now - connection.since);
    const absl::Duration idle = absl::FromChrono(now - connection.last_call);
    if (age > pace_.age + pace_.grace ||
        (age > pace_.greeting && !http.greeted())) {
      over.push_back(fd);
    } else if (age > pace_.age || idle > pace_.idle) {
      http.GoAway();
      if (!Send(&connection)) over.push_back(fd);
    }
  }
  for (const int fd : over) Close(fd);
}

void HealthListener::Close(int fd) { connections_.erase(fd); }

}  // namespace rolegate::service
