#include "service/net/listen_socket.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/net/socket_guard.h"

namespace rolegate::service {
namespace {

constexpr int kBacklog = 4096;  // the system cuts it to its own limit
constexpr absl::string_view kAnyV4 = "0.0.0.0";
constexpr absl::string_view kAnyV6 = "::";

absl::Status CannotListen(const ListenAddress& address, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on `", address.text, "`: ", why));
}

absl::Status CannotListen(const ListenAddress& address, int error) {
  if (error == EADDRNOTAVAIL) {
    return CannotListen(address, "it is not an address of this machine");
  }
  if (error == EADDRINUSE) {
    return absl::AlreadyExistsError(
        CannotListen(address, "another process uses the address").message());
  }
  return CannotListen(address, std::strerror(error));
}

bool Set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

SocketAddress BoundTo(int fd) {
  SocketAddress bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  return bound;
}

void SetPort(sockaddr* address, int port) {
  const auto value = htons(static_cast<std::uint16_t>(port));
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = value;
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = value;
  }
}

// Connections inherit what is set on a listening socket.  Returns the error, 0
// if there is none.
int Listen(const addrinfo& info, bool both_families, absl::Duration timeout,
           FileDescriptor* fd) {
  *fd = FileDescriptor(
      socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd->ok()) return errno;
  const auto millis =
      static_cast<int>(absl::ToInt64Milliseconds(timeout) & 0x7fffffff);
  const bool set =
      Set(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
      Set(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1) &&
      (info.ai_family != AF_INET6 ||
       Set(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1));
  if (!set) return errno;
  Set(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, millis);  // not everywhere
  if (bind(fd->get(), info.ai_addr, info.ai_addrlen) != 0 ||
      listen(fd->get(), kBacklog) != 0) {
    return errno;
  }
  return 0;
}

// Whether this process may give a file to the group.
bool MayGiveTo(gid_t group) {
  if (geteuid() == 0 || getegid() == group) return true;
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  if (getgroups(count, groups.data()) < 0) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

absl::StatusOr<gid_t> GroupOf(const SocketFile& file) {
  constexpr gid_t kNoChange = static_cast<gid_t>(-1);
  if (file.group.empty()) return kNoChange;
  std::uint32_t number = 0;
  if (absl::SimpleAtoi(file.group, &number) && number != kNoChange) {
    return number;
  }
  std::array<char, 16384> buffer{};
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(file.group.c_str(), &entry, buffer.data(), buffer.size(),
                 &found) != 0 ||
      found == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("this machine has no group `", file.group, "`"));
  }
  return entry.gr_gid;
}

absl::Status ListenSocket::CheckFile(const ListenAddress& address,
                                     const SocketFile& file) {
  struct stat old;
  if (lstat(address.path.c_str(), &old) == 0 && !S_ISSOCK(old.st_mode)) {
    return CannotListen(address, "another file is there, which is no socket");
  }
  const absl::StatusOr<gid_t> group = GroupOf(file);
  if (!group.ok()) return CannotListen(address, group.status().message());
  if (!file.group.empty() && !MayGiveTo(*group)) {
    return CannotListen(
        address, absl::StrCat("the server's user is no member of the group `",
                              file.group, "`"));
  }
  return absl::OkStatus();
}

std::uint16_t PortOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  if (address.ss_family != AF_INET) return 0;
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::vector<SocketAddress> ListenSocket::Bound() const {
  std::vector<SocketAddress> bound;
  for (const FileDescriptor& fd : fds_) bound.push_back(BoundTo(fd.get()));
  return bound;
}

absl::StatusOr<ListenSocket> ListenSocket::Open(const ListenAddress& address,
                                                absl::Duration send_timeout,
                                                const SocketFile& file) {
  ListenSocket listening;
  const absl::Status status = address.is_unix()
                                  ? listening.BindUnix(address, file)
                                  : listening.BindTcp(address, send_timeout);
  if (!status.ok()) return status;
  return listening;
}

ListenSocket::~ListenSocket() {
  if (path_.empty()) return;
  // If somebody has put another file into its place, that file stays.
  struct stat now;
  if (stat(path_.c_str(), &now) == 0 && now.st_dev == device_ &&
      now.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

absl::Status ListenSocket::BindUnix(const ListenAddress& address,
                                    const SocketFile& file) {
  if (absl::Status status = CheckFile(address, file); !status.ok()) {
    return status;
  }
  struct stat old;
  if (lstat(address.path.c_str(), &old) == 0 && S_ISSOCK(old.st_mode)) {
    unlink(address.path.c_str());
  }
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  // ListenAddress::Parse saw to it that it fits.
  address.path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  FileDescriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return CannotListen(address, errno);
  {
    const PrivateUmask umask;
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name),
             sizeof(name)) != 0) {
      return CannotListen(address, errno);
    }
  }
  // Nobody can connect before it listens.
  if ((!file.group.empty() &&
       chown(address.path.c_str(), static_cast<uid_t>(-1), *GroupOf(file)) !=
           0) ||
      chmod(address.path.c_str(), file.mode) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    const int error = errno;
    unlink(address.path.c_str());
    return CannotListen(address, error);
  }
  struct stat made;
  if (stat(address.path.c_str(), &made) != 0) {
    return CannotListen(address, errno);
  }
  path_ = address.path;
  device_ = made.st_dev;
  inode_ = made.st_ino;
  address_ = address.text;
  fds_.push_back(std::move(fd));
  return absl::OkStatus();
}

absl::Status ListenSocket::BindTcp(const ListenAddress& address,
                                   absl::Duration send_timeout) {
  const bool wildcard = address.host == kAnyV4 || address.host == kAnyV6;
  addrinfo hints = {};
  hints.ai_family = wildcard ? AF_INET6 : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const auto resolve = [&](const std::string& host) {
    return getaddrinfo(host.c_str(), absl::StrCat(address.port).c_str(), &hints,
                       &list);
  };
  int wrong = resolve(wildcard ? std::string(kAnyV6) : address.host);
  if (wrong != 0) return CannotListen(address, gai_strerror(wrong));
  std::unique_ptr<addrinfo, FreeAddresses> found(list);
  int port = address.port;
  int error = EADDRNOTAVAIL;
  const auto listen_on_all = [&] {
    for (const addrinfo* info = found.get(); info != nullptr;
         info = info->ai_next) {
      SetPort(info->ai_addr, port);
      FileDescriptor fd;
      error = Listen(*info, wildcard, send_timeout, &fd);
      if (error == EADDRINUSE) return;  // half of a name would be a surprise
      if (error != 0) continue;
      port = PortOf(BoundTo(fd.get()).storage);
      fds_.push_back(std::move(fd));
    }
  };
  listen_on_all();
  if (fds_.empty() && address.host == kAnyV4 && error != EADDRINUSE) {
    // A machine without IPv6.
    hints.ai_family = AF_INET;
    wrong = resolve(address.host);
    if (wrong != 0) return CannotListen(address, gai_strerror(wrong));
    found.reset(list);
    listen_on_all();
  }
  if (fds_.empty() || error == EADDRINUSE) return CannotListen(address, error);
  address_ =
      absl::StrCat(address.text.substr(0, address.text.rfind(':')), ":", port);
  return absl::OkStatus();
}

}  // namespace rolegate::service
