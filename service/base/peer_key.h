// Whom connections are counted for.

#ifndef ROLEGATE_SERVICE_BASE_PEER_KEY_H_
#define ROLEGATE_SERVICE_BASE_PEER_KEY_H_

#include <sys/socket.h>

#include <optional>
#include <string>

namespace rolegate::service {

// Returns the peer for which a connection counts: an IPv4 address, or the /64
// network of an IPv6 address, because one host has all of it.  On a Unix socket
// it is the user at the other end, together with the listener's number.
std::string PeerKey(int fd, const sockaddr_storage& peer, int listener);

// The key for the log: an address, or the user of a Unix socket.
std::string ReadablePeerKey(const std::string& key);

// Who is at the other end of a Unix socket.
std::optional<ucred> CredentialsOf(int fd);

// The address without its port, as bytes; an IPv4 address that is mapped into
// IPv6 is the IPv4 address.  Empty for a Unix socket.
std::string AddressBytes(const sockaddr_storage& address);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_PEER_KEY_H_
