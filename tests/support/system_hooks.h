// Stands between the registry and the system in a test: makes reads fail, files
// change under the reader's hands, clocks jump and inotify go missing.

#ifndef ROLEGATE_TESTS_SUPPORT_SYSTEM_HOOKS_H_
#define ROLEGATE_TESTS_SUPPORT_SYSTEM_HOOKS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

namespace rolegate::testing {

// What every part of this test program meets.  `on_read` is called, one thread
// at a time, after each pread of a file of that path; what it returns is the
// error of the read, 0: none.
struct SystemHooks {
  std::mutex mu;
  std::function<int(const std::string& path)> on_read;
  std::atomic<long> wall_clock_offset{0};  // in seconds
  std::atomic<bool> inotify_missing{false};
  // As fs.inotify.max_user_watches; 0: as many as the system has.
  std::atomic<std::size_t> max_watches{0};

  static SystemHooks& Get();
};

// Installs a function for the life of this object.
class ScopedReadHook {
 public:
  explicit ScopedReadHook(std::function<int(const std::string& path)> on_read);
  ~ScopedReadHook();
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SYSTEM_HOOKS_H_
