// The parts that a session and its streams both know.

#ifndef ROLEGATE_SERVICE_HTTP2_SESSION_STATE_H_
#define ROLEGATE_SERVICE_HTTP2_SESSION_STATE_H_

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "service/http2/byte_pool.h"
#include "service/http2/limits.h"
#include "service/http2/peer.h"
#include "service/http2/router.h"
#include "service/http2/server_call.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service::http2 {

// The parts that the sessions of one listener share; all outlive them and their
// calls.
struct SessionShared {
  const Router* router;
  const Limits* limits;
  BytePool* receiving;
  std::atomic<int>* open_calls;
  DoorMetrics* door;
};

// Owns a session, and sends what the session has to say.
class SessionOwner {
 public:
  // There is something to send, and it did not come from Receive.
  virtual void OnOutput() = 0;

 protected:
  ~SessionOwner() = default;
};

// For the session's loop; `ref` and `peer` do not change.
struct SessionState {
  SessionShared shared;
  std::shared_ptr<SessionRef> ref;
  std::shared_ptr<const Peer> peer;
  SessionOwner* owner;
  nghttp2_session* http = nullptr;
  // Streams to be settled once all that came was looked at.
  std::vector<std::int32_t> touched;
  bool receiving = false;
  bool over = false;  // nothing is sent any more

  void TellOutput() const {
    if (!receiving && !over) owner->OnOutput();
  }
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_SESSION_STATE_H_
