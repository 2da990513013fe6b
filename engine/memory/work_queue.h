// Work that comes up bit by bit while a registry is read, shared by threads.

#ifndef ROLEGATE_ENGINE_MEMORY_WORK_QUEUE_H_
#define ROLEGATE_ENGINE_MEMORY_WORK_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rolegate {

// Used by one thread.  If there is little to do, it does that alone, at last: a
// thread keeps some of the memory that it worked in.  Else it leaves all to
// threads, whose heaps are their own, so that what the work leaves behind does
// not lie scattered among what the caller has only for the while.
class WorkQueue {
 public:
  // A further thread helps once `worth` pieces wait.
  explicit WorkQueue(std::size_t worth) : worth_(worth) {}
  ~WorkQueue();  // drops what has not begun

  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Has `work` done, in no order, at last by Finish.  It must not throw.
  void Add(std::function<void()> work);

  // Returns when all is done.
  void Finish();

 private:
  using Work = std::function<void()>;

  void Help();
  void Close();

  const std::size_t worth_;
  std::vector<std::thread> helpers_;
  std::mutex mu_;  // of what follows
  std::condition_variable changed_;
  std::vector<Work> waiting_;  // the newest last
  bool closed_ = false;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_WORK_QUEUE_H_
