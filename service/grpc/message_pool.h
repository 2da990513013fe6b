// Messages that are used again, call after call: what they hold of texts and
// parts keeps its memory, so that most calls take none.

#ifndef ROLEGATE_SERVICE_GRPC_MESSAGE_POOL_H_
#define ROLEGATE_SERVICE_GRPC_MESSAGE_POOL_H_

#include <grpcpp/support/message_allocator.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {

// For `SetMessageAllocatorFor_…` of one method.  Keeps at most kMaxKept pairs
// of messages.  A pair is given up once all that it ever carried comes to
// kMaxCarried bytes, which bounds what it can hold of former calls.
// Thread-safe; must outlive the server.
template <typename Request, typename Response>
class MessagePool final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    {
      const absl::MutexLock lock(&mu_);
      if (!kept_.empty()) {
        Messages* const messages = kept_.back().release();
        kept_.pop_back();
        return messages;
      }
    }
    return new Messages(this);
  }

 private:
  static constexpr std::size_t kMaxKept = 32;
  static constexpr std::size_t kMaxCarried = std::size_t{1} << 19;

  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Messages(MessagePool* pool) : pool_(pool) {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    void Release() override { pool_->Keep(std::unique_ptr<Messages>(this)); }

    // Forgets the call.  Whether the messages are good for another.
    bool Clear() {
      carried_ += request_.ByteSizeLong() + response_.ByteSizeLong();
      request_.Clear();
      response_.Clear();
      return carried_ < kMaxCarried;
    }

   private:
    MessagePool* const pool_;
    Request request_;
    Response response_;
    std::size_t carried_ = 0;
  };

  void Keep(std::unique_ptr<Messages> messages) {
    if (!messages->Clear()) return;
    const absl::MutexLock lock(&mu_);
    if (kept_.size() < kMaxKept) kept_.push_back(std::move(messages));
  }

  absl::Mutex mu_;
  std::vector<std::unique_ptr<Messages>> kept_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_GRPC_MESSAGE_POOL_H_
