#include "service/answer/open_streams.h"

#include <algorithm>
#include <cstddef>

namespace rolegate::service {
namespace {

ApiError TooMany() {
  return {ErrorCode::kThrottling, "too many streams are open; try again", {}};
}

ApiError GivenToAnother() {
  return {ErrorCode::kServiceUnavailable,
          "this stream was not used and its place went to another caller; open "
          "it again",
          {}};
}

ApiError Unused() {
  return {ErrorCode::kServiceUnavailable,
          "this stream was not used for as long as `limits.max_stream_idle`; "
          "open it again",
          {}};
}

}  // namespace

Refusal OpenStreams::Add(std::shared_ptr<OpenStream> stream, Holder holder) {
  std::shared_ptr<OpenStream> ended;
  {
    absl::MutexLock lock(&mu_);
    if (ending_.has_value()) return ending_;
    if (!places_.Fits(holder, 1)) {
      ended = TakeBack(holder);
      if (ended == nullptr) return TooMany();
    }
    places_.Take(holder, 1);
    Key key(std::move(holder.peer), std::move(holder.principal));
    holder_of_.emplace(stream.get(), key);
    by_holder_[std::move(key)].insert(std::move(stream));
  }
  if (ended != nullptr) ended->End(GivenToAnother());
  return std::nullopt;
}

void OpenStreams::Remove(const std::shared_ptr<OpenStream>& stream) {
  absl::MutexLock lock(&mu_);
  Leave(stream.get());
}

void OpenStreams::Leave(OpenStream* stream) {
  const auto found = holder_of_.find(stream);
  if (found == holder_of_.end()) return;
  const auto streams = by_holder_.find(found->second);
  places_.Give({found->second.first, found->second.second}, 1);
  holder_of_.erase(found);
  auto& set = streams->second;
  set.erase(std::find_if(set.begin(), set.end(), [&](const auto& each) {
    return each.get() == stream;
  }));
  if (set.empty()) by_holder_.erase(streams);
}

std::shared_ptr<OpenStream> OpenStreams::TakeBack(const Holder& wanting) {
  std::vector<Holder> holders;
  std::vector<const Streams*> streams;
  for (const auto& [key, of_holder] : by_holder_) {
    holders.push_back({key.first, key.second});
    streams.push_back(&of_holder);
  }
  std::vector<const Holder*> views;
  views.reserve(holders.size());
  for (const Holder& holder : holders) views.push_back(&holder);
  const std::ptrdiff_t giver = places_.WhoGives(views, wanting, 1);
  if (giver < 0) return nullptr;
  const Streams& of_giver = *streams[static_cast<std::size_t>(giver)];
  std::shared_ptr<OpenStream> longest_unused = *std::min_element(
      of_giver.begin(), of_giver.end(), [](const auto& a, const auto& b) {
        return a->last_used() < b->last_used();
      });
  Leave(longest_unused.get());
  return longest_unused;
}

void OpenStreams::NotifyRevision() {
  for (const auto& stream : All()) stream->OnRevision();
}

void OpenStreams::EndUnused(MonotonicTime since) {
  for (const auto& stream : All()) {
    if (stream->last_used() < since) stream->End(Unused());
  }
}

void OpenStreams::EndAll(const ApiError& why) {
  {
    absl::MutexLock lock(&mu_);
    ending_ = why;
  }
  for (const auto& stream : All()) stream->End(why);
}

std::size_t OpenStreams::size() const {
  absl::MutexLock lock(&mu_);
  return holder_of_.size();
}

std::vector<std::shared_ptr<OpenStream>> OpenStreams::All() {
  absl::MutexLock lock(&mu_);
  std::vector<std::shared_ptr<OpenStream>> all;
  for (const auto& [key, of_holder] : by_holder_) {
    all.insert(all.end(), of_holder.begin(), of_holder.end());
  }
  return all;
}

}  // namespace rolegate::service
