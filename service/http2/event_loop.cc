#include "service/http2/event_loop.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "service/base/quiet_thread.h"

namespace rolegate::service::http2 {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

thread_local const EventLoop* current_loop = nullptr;

}  // namespace

struct EventLoop::Asio {
  // One thread runs it, and Asio need not wake another.
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{
      context.get_executor()};
  asio::steady_timer timer{context};
};

EventLoop::EventLoop()
    : asio_(std::make_unique<Asio>()), wheel_(MonotonicNow()) {
  thread_ = StartQuietThread([this] { Run(); });
}

EventLoop::~EventLoop() {
  Post([this] {
    asio_->work.reset();
    asio_->timer.cancel();
    armed_ = MonotonicTime::min();  // no timer keeps the thread
  });
  thread_.join();
}

void EventLoop::Run() {
  current_loop = this;
  asio_->context.run();
}

void EventLoop::Post(Task task) { asio::post(asio_->context, std::move(task)); }

bool EventLoop::IsCurrent() const { return current_loop == this; }

void EventLoop::SetTimer(Timer* timer, MonotonicTime at) {
  wheel_.Set(timer, at);
  if (at < armed_) ArmTimer();
}

void EventLoop::ArmTimer() {
  const std::optional<MonotonicTime> next = wheel_.Next();
  armed_ = next.value_or(MonotonicTime::max());
  if (!next.has_value()) return;
  asio_->timer.expires_at(*next);
  asio_->timer.async_wait([this](const error_code& error) {
    if (error) return;  // set anew, or the end
    wheel_.Advance(MonotonicNow());
    ArmTimer();
  });
}

struct LoopSocket::Asio {
  Asio(asio::io_context& context, int fd) : descriptor(context, fd) {}
  asio::posix::stream_descriptor descriptor;
};

LoopSocket::LoopSocket(EventLoop* loop, int fd)
    : asio_(std::make_unique<Asio>(loop->asio_->context, fd)) {}

LoopSocket::~LoopSocket() = default;

int LoopSocket::fd() const {
  return const_cast<Asio&>(*asio_).descriptor.native_handle();
}

void LoopSocket::AwaitReadable(std::shared_ptr<SocketUser> user) {
  asio_->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [user = std::move(user)](const error_code& error) {
        if (!error) user->OnReadable();
      });
}

void LoopSocket::AwaitWritable(std::shared_ptr<SocketUser> user) {
  asio_->descriptor.async_wait(
      asio::posix::stream_descriptor::wait_write,
      [user = std::move(user)](const error_code& error) {
        if (!error) user->OnWritable();
      });
}

void LoopSocket::Close() {
  error_code ignored;
  asio_->descriptor.close(ignored);
}

EventLoops::EventLoops()
    : EventLoops(std::max(1u, std::thread::hardware_concurrency())) {}

EventLoops::EventLoops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<EventLoop>());
  }
}

EventLoop* EventLoops::Next() {
  return loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()]
      .get();
}

}  // namespace rolegate::service::http2
