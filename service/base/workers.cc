#include "service/base/workers.h"

#include <algorithm>
#include <utility>

#include "service/base/quiet_thread.h"

namespace rolegate::service {
namespace {

// A provider that does not answer has a thread wait for five seconds, and
// others log in meanwhile.
constexpr unsigned kFederationThreads = 4;

unsigned ThreadsOf(Lane lane) {
  switch (lane) {
    case Lane::kCompute:
      return std::max(2U, std::thread::hardware_concurrency());
    case Lane::kFederation:
      return kFederationThreads;
    case Lane::kMfa:
    case Lane::kReload:
      break;
  }
  return 1;
}

class FunctionTask final : public Task {
 public:
  explicit FunctionTask(std::function<void()> work) : work_(std::move(work)) {}

  std::optional<Lane> Work() override {
    work_();
    return std::nullopt;
  }
  void AfterWork() override { delete this; }
  void Dropped() override { delete this; }

 private:
  const std::function<void()> work_;
};

}  // namespace

Workers::Workers(int places) : places_(places) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    const Lane lane = static_cast<Lane>(i);
    for (unsigned n = 0; n < ThreadsOf(lane); ++n) {
      threads_.push_back(StartQuietThread([this, lane] { Loop(lane); }));
    }
  }
}

Workers::~Workers() {
  std::vector<Task*> dropped;
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
    for (Queue& queue : queues_) {
      while (!queue.waiting.empty()) {
        dropped.push_back(static_cast<Task*>(queue.waiting.Pop()));
      }
      queue.not_empty.SignalAll();
    }
  }
  for (Task* task : dropped) task->Dropped();
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::Submit(Task* task, Lane lane, Holder holder, int weight) {
  std::vector<Task*> dropped;
  bool submitted = false;
  {
    absl::MutexLock lock(&mu_);
    while (!ending_ && !places_.Fits(holder, weight)) {
      Task* const giver = WhoGives(holder, weight);
      if (giver == nullptr) break;
      Leave(giver);
      dropped.push_back(giver);
    }
    submitted = !ending_ && places_.Fits(holder, weight);
    if (submitted) {
      places_.Take(holder, weight);
      task->weight_ = weight;
      Enqueue(task, lane, std::move(holder));
    }
  }
  for (Task* each : dropped) each->Dropped();
  return submitted;
}

bool Workers::Withdraw(Task* task) {
  absl::MutexLock lock(&mu_);
  if (task->state_ != Task::State::kWaits) return false;
  Leave(task);
  return true;
}

bool Workers::Run(Lane lane, Holder holder, std::function<void()> work) {
  auto* const task = new FunctionTask(std::move(work));
  if (Submit(task, lane, std::move(holder))) return true;
  delete task;
  return false;
}

int Workers::held() const {
  absl::MutexLock lock(&mu_);
  return places_.held();
}

void Workers::Enqueue(Task* task, Lane lane, Holder holder) {
  task->state_ = Task::State::kWaits;
  task->lane_ = lane;
  Queue& queue = QueueOf(lane);
  queue.waiting.Push(task, std::move(holder));
  queue.not_empty.Signal();
}

void Workers::Leave(Task* task) {
  QueueOf(task->lane_).waiting.Remove(task);
  places_.Give(task->holder(), task->weight_);
  task->state_ = Task::State::kOutside;
}

Task* Workers::WhoGives(const Holder& wanting, int weight) {
  std::vector<Waiting*> waiting;
  for (const Queue& queue : queues_) queue.waiting.AddOneOfEach(&waiting);
  std::vector<const Holder*> holders;
  holders.reserve(waiting.size());
  for (const Waiting* each : waiting) holders.push_back(&each->holder());
  const std::ptrdiff_t giver = places_.WhoGives(holders, wanting, weight);
  if (giver < 0) return nullptr;
  // The task that waits the longest keeps its turn.
  return static_cast<Task*>(
      FairQueue::NewestLike(*waiting[static_cast<std::size_t>(giver)]));
}

void Workers::Loop(Lane lane) {
  while (true) {
    Task* task = nullptr;
    {
      absl::MutexLock lock(&mu_);
      Queue& queue = QueueOf(lane);
      while (queue.waiting.empty() && !ending_) queue.not_empty.Wait(&mu_);
      if (queue.waiting.empty()) return;
      task = static_cast<Task*>(queue.waiting.Pop());
      task->state_ = Task::State::kIsWorkedOn;
    }
    const std::optional<Lane> next = task->Work();
    bool dropped = false;
    {
      absl::MutexLock lock(&mu_);
      dropped = next.has_value() && ending_;
      if (next.has_value() && !ending_) {
        Enqueue(task, *next, task->holder());
        continue;
      }
      places_.Give(task->holder(), task->weight_);
      task->state_ = Task::State::kOutside;
    }
    if (dropped) {
      task->Dropped();
    } else {
      task->AfterWork();
    }
  }
}

}  // namespace rolegate::service
