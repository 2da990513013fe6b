// What the clients that mean ill have in common: a socket from any address of
// this machine, and gRPC's framing of messages.

#ifndef ROLEGATE_TESTS_SUPPORT_RUDE_SOCKET_H_
#define ROLEGATE_TESTS_SUPPORT_RUDE_SOCKET_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate::testing {

// Connects to `HOST:PORT`, with numbers, or `unix:/path`; over TCP from the
// address `source` of this machine if one is given, which is a peer of its own.
// No descriptor if nobody takes the connection.  Sending waits for two seconds
// at most.
FileDescriptor ConnectFrom(const std::string& server,
                           const std::string& source);

// A message as gRPC frames it, not compressed, which claims to have `claimed`
// bytes whatever it holds.
std::string GrpcMessage(absl::string_view bytes, std::uint32_t claimed);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_RUDE_SOCKET_H_
