#include "service/tracing/tracer.h"

#include <openssl/rand.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace rolegate::service {
namespace {

constexpr std::uint64_t kOneIn56Bits = std::uint64_t{1} << 56;

// Numbers for ids, which need be unique and not secret.  One seed of 256 bits a
// thread comes from the system.
std::uint64_t Random() {
  thread_local std::mt19937_64 generator = [] {
    std::array<std::uint32_t, 8> seed{};
    RAND_bytes(reinterpret_cast<unsigned char*>(seed.data()), sizeof(seed));
    std::seed_seq sequence(seed.begin(), seed.end());
    return std::mt19937_64(sequence);
  }();
  return generator();
}

// Never all zero, which would be no id.
template <typename Id>
Id NewId() {
  Id id;
  for (std::size_t i = 0; i < id.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t number = Random();
    while (number == 0) number = Random();
    std::memcpy(id.data() + i, &number, sizeof(number));
  }
  return id;
}

}  // namespace

Tracer::Tracer(double sample_ratio, std::size_t max_queue)
    : least_(static_cast<std::uint64_t>(std::llround(
          (1 - sample_ratio) * static_cast<double>(kOneIn56Bits)))),
      max_(std::min(max_queue, kMaxQueue)),
      enough_(std::clamp<std::size_t>(max_ / 2, 1, kBatch)),
      spans_(max_),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bool Tracer::Takes(const TraceId& id) const {
  std::uint64_t number = 0;
  for (std::size_t i = 9; i < id.size(); ++i) number = number << 8 | id[i];
  return number >= least_;
}

TraceId Tracer::NewTraceId() { return NewId<TraceId>(); }
SpanId Tracer::NewSpanId() { return NewId<SpanId>(); }

void Tracer::Add(std::unique_ptr<Span> span) {
  const std::size_t room = span->of_stranger ? (max_ + 1) / 2 : max_;
  const std::size_t before = count_.fetch_add(1, std::memory_order_acq_rel);
  if (before >= room || !spans_.Add(std::move(span))) {
    count_.fetch_sub(1, std::memory_order_acq_rel);
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (before + 1 == enough_) Wake();
}

std::unique_ptr<Span> Tracer::Take() {
  std::unique_ptr<Span> span = spans_.Take();
  if (span != nullptr) count_.fetch_sub(1, std::memory_order_acq_rel);
  return span;
}

void Tracer::Wait(absl::Duration longest) {
  if (waiting() < enough_) {
    pollfd wake{wake_.get(), POLLIN, 0};
    poll(&wake, 1, static_cast<int>(absl::ToInt64Milliseconds(longest)));
  }
  std::uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t got =
      read(wake_.get(), &ignored, sizeof(ignored));
}

void Tracer::Wake() {
  constexpr std::uint64_t kOnce = 1;
  [[maybe_unused]] const ssize_t put =
      write(wake_.get(), &kOnce, sizeof(kOnce));
}

std::size_t Tracer::waiting() const {
  return count_.load(std::memory_order_acquire);
}

}  // namespace rolegate::service
