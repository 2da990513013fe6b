// What a peer may take of the door.

#ifndef ROLEGATE_SERVICE_HTTP2_LIMITS_H_
#define ROLEGATE_SERVICE_HTTP2_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace rolegate::service::http2 {

struct Limits {
  std::size_t max_message_bytes = std::size_t{1} << 20;
  std::size_t max_metadata_bytes = std::size_t{16} << 10;
  std::uint32_t max_streams = 256;  // of one connection

  // All connections together: bytes of requests that are not complete, and
  // bytes that wait for sockets to take them.
  std::size_t max_receiving_bytes = std::size_t{32} << 20;
  std::size_t max_sending_bytes = std::size_t{16} << 20;

  // Times: until HTTP/2 has begun, or a header block is whole; until a message
  // is whole; until a socket takes what is sent.
  absl::Duration handshake_timeout = absl::Seconds(10);
  absl::Duration message_timeout = absl::Seconds(30);
  absl::Duration send_timeout = absl::Seconds(30);

  absl::Duration max_age = absl::Minutes(30);
  absl::Duration age_grace = absl::Minutes(1);
  absl::Duration keepalive_time = absl::Minutes(1);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  absl::Duration min_ping_interval = absl::Seconds(10);

  // Streams that the peer resets: so many at once, and a second.  A client
  // that gives up thousands of calls at a deadline means no harm.
  std::uint64_t reset_burst = 10'000;
  std::uint64_t resets_per_second = 1'000;
  // Frames that ask for nothing, or are wrong: the same.
  double idle_frame_burst = 10'000;
  double idle_frames_per_second = 1'000;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_LIMITS_H_
