// The shape of every streaming method: a transport reads and writes messages,
// and a handler says what comes next.
//
// The handler asks for one thing at a time of each kind, a read or a write, and
// the transport tells it once that is done.  Nothing may be asked for after
// Finish, and the transport may be gone after OnDone.

#ifndef ROLEGATE_SERVICE_RPC_STREAM_H_
#define ROLEGATE_SERVICE_RPC_STREAM_H_

#include <google/protobuf/message_lite.h>

#include <functional>

#include "service/identity/incoming_call.h"
#include "service/rpc/status.h"

namespace rolegate::service {

// The transport's side of one stream.  Its methods may be called from any
// thread.
class StreamTransport {
 public:
  virtual const IncomingCall& incoming() const = 0;

  // Reads the next message into `message`, which is of the method's request
  // type and stays the handler's.  OnRead follows.
  virtual void Read(google::protobuf::MessageLite* message) = 0;
  // Sends a message of the method's response type, which must not change until
  // OnWritten.
  virtual void Write(const google::protobuf::MessageLite& message) = 0;
  // Ends the stream.  OnDone follows.
  virtual void Finish(const RpcStatus& status) = 0;

  // What ends the stream from any thread, also once it is over.
  virtual std::function<void()> Ending() = 0;

 protected:
  ~StreamTransport() = default;
};

// The handler's side.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  // Comes first.  The stream may be finished within it.
  virtual void Start() = 0;
  // False: the caller sends no more.
  virtual void OnRead(bool ok) = 0;
  // False: the caller is gone, and Finish is to follow.
  virtual void OnWritten(bool ok) = 0;
  // The caller gave up.
  virtual void OnCancel() = 0;
  // The stream is over, and this is the last call.
  virtual void OnDone() = 0;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_STREAM_H_
