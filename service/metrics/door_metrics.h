// What is counted of the door: whom it refuses, ends or keeps waiting, and why.

#ifndef ROLEGATE_SERVICE_METRICS_DOOR_METRICS_H_
#define ROLEGATE_SERVICE_METRICS_DOOR_METRICS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "service/metrics/families.h"
#include "service/metrics/sharded_counters.h"

namespace rolegate::service {

// What a peer is to the door; by its address, which nobody can choose freely.
enum class PeerClass : std::uint8_t {
  kOther,
  kLocal,    // loopback or a Unix socket
  kGateway,  // one of `limits.trusted_gateways`
};
inline constexpr std::size_t kPeerClasses = 3;
absl::string_view PeerClassName(PeerClass peer);

// Why a client was asked to go.
enum class GoAway : std::uint8_t {
  kStop,    // the server stops
  kAge,     // `limits.max_connection_age`
  kPings,   // it pinged too often
  kFrames,  // too many of its frames asked for nothing, or were wrong
  kResets,  // it reset too many streams
  kProtocol,
};

// Why the server closed a connection that its client would have kept.
enum class ConnectionEnd : std::uint8_t {
  kHandshakeTime,  // TLS, or the preface of HTTP/2
  kHeadersTime,
  kUnsentTime,  // its answers were not taken
  kNoPong,
  kAge,      // it did not go
  kMemory,   // what waits to be sent takes too much, and it had the most of it
  kForeign,  // it does not speak what the port expects
  kBroken,   // what came is no HTTP/2
};

// Why the door refused a stream before its method saw it.
enum class StreamRefusal : std::uint8_t {
  kStreams,  // `limits.max_concurrent_streams`
  kMetadata,
  kMessage,      // `limits.max_message_bytes`
  kMemory,       // half-received messages take too much
  kMessageTime,  // its message did not end
  kDeadline,     // its own deadline passed meanwhile
};

// Which limit a call ran into.
enum class CallLimit : std::uint8_t {
  kPlaces,      // `limits.max_in_flight`
  kStreams,     // `limits.max_open_streams`
  kSessions,    // `limits.max_assume_roles_per_second`
  kSignatures,  // `limits.max_failures_per_second`
};

// Why a TLS handshake failed.
enum class TlsFailure : std::uint8_t {
  kNoCertificate,       // the client brought none
  kUnknownAuthority,    // nobody vouches for the client's
  kExpiredCertificate,  // or one that is not valid yet
  kBadCertificate,      // any other fault of it
  kRefusedByClient,     // the client sent an alert: it trusts another authority
  kNoSharedVersion,     // of TLS, of ciphers or of protocols
  kNoTls,
  kClosed,  // the client went away
  kOther,
};

// Frames that cost the server something and ask for nothing.
enum class UselessFrame : std::uint8_t { kIdle, kWrong };

// Thread-safe.  Counting takes no lock and no memory.
class DoorMetrics {
 public:
  DoorMetrics();

  void Count(GoAway reason, PeerClass peer);
  void Count(ConnectionEnd reason, PeerClass peer);
  void Count(StreamRefusal reason, PeerClass peer);
  void Count(CallLimit limit, PeerClass peer);
  void Count(TlsFailure reason, PeerClass peer);
  void Count(UselessFrame kind, PeerClass peer, std::uint64_t frames = 1);
  // A socket takes no more for now, and its connection is not read.
  void CountStall(PeerClass peer);

  void CollectInto(MetricFamilies* families) const;

 private:
  ShardedCounters counters_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_METRICS_DOOR_METRICS_H_
