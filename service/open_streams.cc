#include "service/open_streams.h"

#include <utility>

namespace rolegate::service {

bool OpenStreams::Add(std::shared_ptr<OpenStream> stream) {
  absl::MutexLock lock(&mu_);
  if (ending_ || streams_.size() >= kMax) return false;
  streams_.insert(std::move(stream));
  return true;
}

void OpenStreams::Remove(const std::shared_ptr<OpenStream>& stream) {
  absl::MutexLock lock(&mu_);
  streams_.erase(stream);
}

void OpenStreams::NotifyRevision() {
  for (const auto& stream : All()) stream->OnRevision();
}

void OpenStreams::EndAll() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  for (const auto& stream : All()) stream->End();
}

std::vector<std::shared_ptr<OpenStream>> OpenStreams::All() {
  absl::MutexLock lock(&mu_);
  return {streams_.begin(), streams_.end()};
}

}  // namespace rolegate::service
