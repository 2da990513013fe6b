// A thread that waits for sockets, and its sockets: Boost.Asio, which only the
// source of this unit includes, for it takes long to compile.

#ifndef ROLEGATE_SERVICE_HTTP2_EVENT_LOOP_H_
#define ROLEGATE_SERVICE_HTTP2_EVENT_LOOP_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/http2/executor.h"

namespace rolegate::service::http2 {

class EventLoop final : public Executor {
 public:
  EventLoop();
  // Runs what was posted, and ends.  No socket may be left.
  ~EventLoop();

  void Post(Task task) override;
  bool IsCurrent() const override;
  void SetTimer(Timer* timer, MonotonicTime at) override;

  // Room for the bytes of one read, for whoever reads at the moment: a
  // connection that is idle has none of its own.
  static constexpr std::size_t kReadAtOnce = std::size_t{32} << 10;
  char* room() { return room_.data(); }
  // The same for what is to be sent.
  std::string& output() { return output_; }

 private:
  friend class LoopSocket;
  struct Asio;

  void Run();
  void ArmTimer();

  const std::unique_ptr<Asio> asio_;
  TimerWheel wheel_;
  MonotonicTime armed_ = MonotonicTime::max();  // when the wheel goes on
  std::array<char, kReadAtOnce> room_;
  std::string output_;
  std::thread thread_;
};

// Who waits for a socket.  Called on its loop.
class SocketUser {
 public:
  virtual void OnReadable() = 0;
  virtual void OnWritable() = 0;

 protected:
  ~SocketUser() = default;
};

// A connection's descriptor.  For its loop's thread.
class LoopSocket {
 public:
  LoopSocket(EventLoop* loop, int fd);  // takes it over
  ~LoopSocket();                        // closes it

  int fd() const;

  // Tells `user` once, as soon as there is something to read, or the end; it
  // lives until then, or until the socket is closed.
  void AwaitReadable(std::shared_ptr<SocketUser> user);
  // The same once bytes can be sent.
  void AwaitWritable(std::shared_ptr<SocketUser> user);

  // Nobody is told any more.
  void Close();

 private:
  struct Asio;
  const std::unique_ptr<Asio> asio_;
};

// The loops of a process.  Thread-safe.
class EventLoops {
 public:
  // One for each processor.
  EventLoops();
  explicit EventLoops(std::size_t count);

  EventLoop* Next();  // each in its turn
  const std::vector<std::unique_ptr<EventLoop>>& all() const { return loops_; }

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_EVENT_LOOP_H_
