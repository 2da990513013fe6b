#include "service/net/liveness.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr int kFailures = 3;
constexpr absl::string_view kListenerPrefix = "listener/";

}  // namespace

Liveness::Liveness(std::vector<ProbeTarget> targets,
                   const std::vector<http2::Executor*>& loops,
                   ConnectionAcceptor* acceptor, Logger* log,
                   std::function<void(HealthChecks)> told, Pace pace)
    : acceptor_(acceptor), log_(log), told_(std::move(told)), pace_(pace) {
  const MonotonicTime now = MonotonicNow();
  for (ProbeTarget& target : targets) {
    std::string name = absl::StrCat(kListenerPrefix, target.name);
    listeners_.push_back(
        {std::move(target), {Kind::kListener, std::move(name), now}});
  }
  for (http2::Executor* const loop : loops) {
    std::string name = absl::StrCat("event-loop/", loops_.size());
    loops_.push_back(
        {LoopHeartbeat(loop), {Kind::kLoop, std::move(name), now}});
  }
  poller_.emplace(pace_.interval, [this] { Look(); });
}

void Liveness::Look() {
  HealthChecks checks;
  const auto add = [this, &checks](const Life& life) {
    std::string fault;
    if (life.dead) {
      fault = absl::StrCat(
          life.kind == Kind::kLoop ? "has not turned" : "has not answered",
          " for ",
          absl::FormatDuration(
              absl::Trunc(absl::FromChrono(MonotonicNow() - life.last_sign),
                          absl::Seconds(1))));
    }
    checks.push_back({life.name, std::move(fault)});
  };
  for (Loop& loop : loops_) {
    const auto silence = loop.heartbeat.Look(MonotonicNow());
    Note(silence == silence.zero() ? absl::OkStatus()
                                   : absl::UnavailableError("does not turn"),
         &loop.life);
    add(loop.life);
  }
  for (Listener& listener : listeners_) {
    Note(ProbeListener(listener.target, acceptor_, pace_.timeout),
         &listener.life);
    add(listener.life);
  }
  told_(std::move(checks));
}

void Liveness::Note(const absl::Status& found, Life* life) {
  const MonotonicTime now = MonotonicNow();
  const bool is_loop = life->kind == Kind::kLoop;
  const absl::string_view key = is_loop ? "loop" : "address";
  const absl::string_view where =
      is_loop ? life->name : absl::StripPrefix(life->name, kListenerPrefix);
  if (found.ok()) {
    life->last_sign = now;
    life->failures = 0;
    if (std::exchange(life->dead, false)) {
      log_->Info(
          is_loop ? "an event loop turns again" : "a listener answers again",
          {{key, where}});
    }
    return;
  }
  ++life->failures;
  const absl::Duration silent = absl::FromChrono(now - life->last_sign);
  if (life->dead || life->failures < kFailures ||
      silent < PatienceWith(life->kind)) {
    return;
  }
  life->dead = true;
  log_->Error(
      is_loop ? "an event loop does not turn: rolegate.liveness is NOT_SERVING"
              : "a listener does not answer: rolegate.liveness is NOT_SERVING",
      {{key, where}, {"silent_for", silent}, {"error", found.message()}});
}

absl::Duration Liveness::PatienceWith(Kind kind) const {
  return kind == Kind::kLoop ? pace_.loop_patience : pace_.patience;
}

}  // namespace rolegate::service
