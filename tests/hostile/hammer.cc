// Calls a server as often as it is told to, whatever comes back.
//
// A library would wait for the server; this opens streams at a fixed rate from
// one source address, keeps at most so many open on a connection, and counts
// those that the server ended.  Everything that it sends was encoded before,
// so that one core sends more than a server can answer.
//
//   hammer ADDRESS REQUEST SECONDS [NAME=VALUE]...
//     REQUEST       a file: the header block, then the body, each after its
//                   size in four bytes
//     source=A      the local address          connections=4
//     rate=0        streams a second; 0: again as soon as one ended
//     open=256      open streams a connection, at most
//     reset=0       1: every stream is reset as soon as it was opened
//     read=1        0: nothing is read
//     bare=0        1: a stream ends with its headers, so that it needs no
//                   window
//
// Prints JSON: opened, ended, closed (connections that the server closed).

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint8_t kData = 0, kHeaders = 1, kRst = 3, kSettings = 4,
                       kPing = 6, kWindowUpdate = 8;
constexpr std::size_t kMaxFrame = 16384;
constexpr std::size_t kMaxWaiting = 4 << 20;  // bytes that wait to be sent
constexpr std::uint32_t kWindow = 0x3fffffff;

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "hammer: " << what << "\n";
  std::exit(2);
}

std::string Big(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
  return text;
}

std::uint32_t Number(const char* at, int bytes) {
  std::uint32_t number = 0;
  for (int i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(at[i]);
  }
  return number;
}

std::string Frame(std::uint8_t kind, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload) {
  return Big(static_cast<std::uint32_t>(payload.size()), 3) +
         static_cast<char>(kind) + static_cast<char>(flags) + Big(stream, 4) +
         payload;
}

struct Options {
  std::string address, source;
  std::string headers, body;
  double seconds = 1, rate = 0;
  int connections = 4, open = 256;
  bool reset = false, read = true, bare = false;
};

int Connect(const Options& options) {
  if (options.address.rfind("unix:", 0) == 0) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, options.address.c_str() + 5,
                 sizeof(to.sun_path) - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
      return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
  }
  const std::size_t colon = options.address.rfind(':');
  const auto at = [](const std::string& host, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
  };
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (!options.source.empty()) {
    const sockaddr_in from = at(options.source, 0);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0) {
      Fail("cannot bind to " + options.source);
    }
  }
  const sockaddr_in to =
      at(options.address.substr(0, colon),
         std::atoi(options.address.substr(colon + 1).c_str()));
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    close(fd);
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

class Connection {
 public:
  explicit Connection(const Options& options)
      : options_(options), fd_(Connect(options)) {
    waiting_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
               Frame(kSettings, 0, 0, Big(4, 2) + Big(kWindow, 4)) +
               Frame(kWindowUpdate, 0, 0, Big(kWindow, 4));
    for (std::size_t at = 0; at < options.body.size(); at += kMaxFrame) {
      chunks_.push_back(options.body.substr(at, kMaxFrame));
    }
  }
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }

  int fd() const { return fd_; }
  bool alive() const { return fd_ >= 0; }
  bool wants_to_send() const { return !waiting_.empty(); }
  bool MayOpen() const {
    return alive() && waiting_.size() < kMaxWaiting &&
           (options_.reset || options_.bare ||
            (opened_ - ended_ < options_.open &&
             window_ >= static_cast<std::int64_t>(options_.body.size())));
  }
  std::int64_t opened() const { return opened_; }
  std::int64_t ended() const { return ended_; }

  void Open() {
    waiting_ +=
        Frame(kHeaders, options_.bare ? 5 : 4, stream_, options_.headers);
    if (options_.reset) {
      waiting_ += Frame(kRst, 0, stream_, Big(8, 4));
    } else if (!options_.bare) {
      for (std::size_t i = 0; i < chunks_.size(); ++i) {
        const bool last = i + 1 == chunks_.size();
        waiting_ += Frame(kData, last ? 1 : 0, stream_, chunks_[i]);
      }
      window_ -= static_cast<std::int64_t>(options_.body.size());
    }
    stream_ += 2;
    ++opened_;
  }

  void Send() {
    const ssize_t sent =
        send(fd_, waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      waiting_.erase(0, static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      Close();
    }
  }

  void Read() {
    char buffer[1 << 17];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) Close();
    if (size <= 0) return;
    received_.append(buffer, static_cast<std::size_t>(size));
    taken_ += size;
    if (taken_ > 1 << 24) {  // the whole connection's window, now and then
      waiting_ += Frame(kWindowUpdate, 0, 0, Big(1 << 24, 4));
      taken_ -= 1 << 24;
    }
    std::size_t at = 0;
    while (received_.size() - at >= 9) {
      const char* const head = received_.data() + at;
      const std::size_t payload = Number(head, 3);
      if (received_.size() - at < 9 + payload) break;
      const auto kind = static_cast<std::uint8_t>(head[3]);
      const auto flags = static_cast<std::uint8_t>(head[4]);
      if (kind == kSettings && (flags & 1) == 0) {
        waiting_ += Frame(kSettings, 1, 0, "");
      } else if (kind == kPing && (flags & 1) == 0) {
        waiting_ += Frame(kPing, 1, 0, std::string(head + 9, payload));
      } else if (kind == kWindowUpdate && Number(head + 5, 4) == 0) {
        window_ += Number(head + 9, 4);
      } else if (kind == kRst ||
                 ((kind == kHeaders || kind == kData) && (flags & 1) != 0)) {
        ++ended_;
      }
      at += 9 + payload;
    }
    received_.erase(0, at);
  }

 private:
  void Close() {
    close(fd_);
    fd_ = -1;
  }

  const Options& options_;
  int fd_;
  std::vector<std::string> chunks_;
  std::string waiting_, received_;
  std::int64_t opened_ = 0, ended_ = 0, taken_ = 0;
  std::int64_t window_ = 65535;  // what the server takes on the connection
  std::uint32_t stream_ = 1;
};

Options Parse(int argc, char** argv) {
  if (argc < 4) Fail("expected ADDRESS REQUEST SECONDS [NAME=VALUE]...");
  Options options;
  options.address = argv[1];
  options.seconds = std::atof(argv[3]);
  std::ifstream in(argv[2], std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  if (file.size() < 8) Fail("cannot read the request");
  const std::size_t headers = Number(file.data(), 4);
  options.headers = file.substr(4, headers);
  options.body = file.substr(8 + headers);
  for (int i = 4; i < argc; ++i) {
    const std::string option = argv[i];
    const std::size_t equals = option.find('=');
    if (equals == std::string::npos) Fail("expected NAME=VALUE");
    const std::string name = option.substr(0, equals);
    const std::string value = option.substr(equals + 1);
    if (name == "source") {
      options.source = value;
    } else if (name == "rate") {
      options.rate = std::atof(value.c_str());
    } else if (name == "connections") {
      options.connections = std::atoi(value.c_str());
    } else if (name == "open") {
      options.open = std::atoi(value.c_str());
    } else if (name == "reset") {
      options.reset = value == "1";
    } else if (name == "read") {
      options.read = value == "1";
    } else if (name == "bare") {
      options.bare = value == "1";
    } else {
      Fail("unknown option " + name);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < options.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(options));
  }
  const Clock::time_point begin = Clock::now();
  std::size_t turn = 0;
  double due = 0;
  std::int64_t opened = 0, ended = 0, closed = 0;
  for (;;) {
    const double now =
        std::chrono::duration<double>(Clock::now() - begin).count();
    if (now >= options.seconds) break;
    // What could not be sent in time is not sent later.
    due = options.rate > 0 ? std::max(due, (now - 0.05) * options.rate) : 0;
    for (std::size_t full = 0; full < connections.size();) {
      if (options.rate > 0 && due >= now * options.rate) break;
      Connection& one = *connections[turn++ % connections.size()];
      if (!one.MayOpen()) {
        ++full;
        continue;
      }
      one.Open();
      due += 1;
      full = 0;
    }
    std::vector<pollfd> polled;
    for (const auto& one : connections) {
      const int events =
          (options.read ? POLLIN : 0) | (one->wants_to_send() ? POLLOUT : 0);
      polled.push_back({one->fd(), static_cast<short>(events), 0});
    }
    poll(polled.data(), polled.size(), 1);
    for (std::size_t i = 0; i < connections.size(); ++i) {
      Connection& one = *connections[i];
      if (one.alive() && (polled[i].revents & (POLLIN | POLLHUP | POLLERR))) {
        one.Read();
      }
      if (one.alive() && one.wants_to_send()) one.Send();
      if (one.alive()) continue;
      opened += one.opened();
      ended += one.ended();
      ++closed;  // who is sent away comes again
      connections[i] = std::make_unique<Connection>(options);
    }
  }
  for (const auto& one : connections) {
    opened += one->opened();
    ended += one->ended();
  }
  std::printf("{\"opened\":%lld,\"ended\":%lld,\"closed\":%lld}\n",
              static_cast<long long>(opened), static_cast<long long>(ended),
              static_cast<long long>(closed));
  return 0;
}
