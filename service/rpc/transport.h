// What carries the calls of one listener: gRPC's library, or our own HTTP/2.

#ifndef ROLEGATE_SERVICE_RPC_TRANSPORT_H_
#define ROLEGATE_SERVICE_RPC_TRANSPORT_H_

#include "absl/time/time.h"

namespace rolegate::service {

class Transport {
 public:
  // Ends as Shutdown without grace does.
  virtual ~Transport() = default;

  // Takes over a connection's descriptor, which is non-blocking, from the
  // listening descriptor `listener`.  From one thread at a time.
  virtual void Serve(int listener, int fd) = 0;

  // Asks the clients to take their next calls to other servers, and goes on
  // answering.  Serve must not follow.  Does nothing where a transport has no
  // such thing.
  virtual void BeginDrain() = 0;
  // Whether a client may not have heard of that yet.  False where a transport
  // cannot know.
  virtual bool awaits_clients() const = 0;
  // Waits for those no longer: calls that come from now on are told that nobody
  // has looked at them, and clients take such calls to another server by
  // themselves.
  virtual void EndDrain() = 0;

  // Takes no more calls and waits for those that are open, until the grace is
  // over.  Calls that are open then are cancelled.  No call is left when it
  // returns, and Serve must not follow.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_TRANSPORT_H_
