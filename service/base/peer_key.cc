#include "service/base/peer_key.h"

#include <netinet/in.h>

#include "absl/strings/str_cat.h"

namespace rolegate::service {
namespace {

constexpr int kV4Size = 4;
constexpr int kV6Network = 8;

}  // namespace

std::optional<ucred> CredentialsOf(int fd) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return std::nullopt;
  }
  return credentials;
}

std::string AddressBytes(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return {reinterpret_cast<const char*>(&v4.sin_addr), kV4Size};
  }
  if (address.ss_family != AF_INET6) return "";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  const char* const bytes = reinterpret_cast<const char*>(&v6.sin6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return {bytes + 12, kV4Size};
  return {bytes, sizeof(v6.sin6_addr)};
}

std::string ReadablePeerKey(const std::string& key) {
  if (key.size() == kV4Size) {
    return absl::StrCat(static_cast<unsigned char>(key[0]), ".",
                        static_cast<unsigned char>(key[1]), ".",
                        static_cast<unsigned char>(key[2]), ".",
                        static_cast<unsigned char>(key[3]));
  }
  if (key.size() != kV6Network) return key;
  std::string text;
  for (int i = 0; i < kV6Network; i += 2) {
    absl::StrAppend(&text,
                    absl::Hex((static_cast<unsigned char>(key[i]) << 8) |
                              static_cast<unsigned char>(key[i + 1])),
                    ":");
  }
  return absl::StrCat(text, ":/64");
}

std::string PeerKey(int fd, const sockaddr_storage& peer, int listener) {
  if (peer.ss_family == AF_UNIX) {
    const auto credentials = CredentialsOf(fd);
    return absl::StrCat("unix listener ", listener, " uid ",
                        credentials ? credentials->uid : 0);
  }
  std::string bytes = AddressBytes(peer);
  if (bytes.size() > kV6Network) bytes.resize(kV6Network);
  return bytes;
}

}  // namespace rolegate::service
