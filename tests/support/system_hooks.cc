#include "tests/support/system_hooks.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <map>
#include <utility>

namespace rolegate::testing {
namespace {

std::string PathOf(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? "" : std::string(path.data(), static_cast<size_t>(size));
}

ssize_t ReadAt(int fd, void* to, size_t size, off_t at) {
  const ssize_t got = syscall(SYS_pread64, fd, to, size, at);
  SystemHooks& hooks = SystemHooks::Get();
  std::lock_guard<std::mutex> lock(hooks.mu);
  if (!hooks.on_read) return got;
  const int saved = errno;
  const int error = hooks.on_read(PathOf(fd));
  errno = error == 0 ? saved : error;
  return error == 0 ? got : -1;
}

// The numbers of watches by inotify and inode.
struct Watches {
  std::mutex mu;
  std::map<std::pair<int, ino_t>, int> all;

  static Watches& Get() {
    static auto* const watches = new Watches;
    return *watches;
  }
};

}  // namespace

SystemHooks& SystemHooks::Get() {
  static auto* const hooks = new SystemHooks;
  return *hooks;
}

ScopedReadHook::ScopedReadHook(
    std::function<int(const std::string& path)> on_read) {
  SystemHooks& hooks = SystemHooks::Get();
  std::lock_guard<std::mutex> lock(hooks.mu);
  hooks.on_read = std::move(on_read);
}

ScopedReadHook::~ScopedReadHook() {
  SystemHooks& hooks = SystemHooks::Get();
  std::lock_guard<std::mutex> lock(hooks.mu);
  hooks.on_read = nullptr;
}

}  // namespace rolegate::testing

// The program's own definitions come before those of the C library.
extern "C" {

ssize_t pread(int fd, void* to, size_t size, off_t at) {
  return rolegate::testing::ReadAt(fd, to, size, at);
}
ssize_t pread64(int fd, void* to, size_t size, off_t at) {
  return rolegate::testing::ReadAt(fd, to, size, at);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (clock == CLOCK_REALTIME) {
    time->tv_sec += rolegate::testing::SystemHooks::Get().wall_clock_offset;
  }
  return result;
}

int inotify_init1(int flags) noexcept {
  if (rolegate::testing::SystemHooks::Get().inotify_missing) {
    errno = EMFILE;
    return -1;
  }
  return static_cast<int>(syscall(SYS_inotify_init1, flags));
}

int inotify_add_watch(int fd, const char* path, std::uint32_t mask) noexcept {
  const std::size_t most = rolegate::testing::SystemHooks::Get().max_watches;
  rolegate::testing::Watches& watches = rolegate::testing::Watches::Get();
  std::lock_guard<std::mutex> lock(watches.mu);
  struct stat st {};
  const bool known =
      stat(path, &st) == 0 && watches.all.contains({fd, st.st_ino});
  if (most > 0 && !known && watches.all.size() >= most) {
    errno = ENOSPC;
    return -1;
  }
  const auto watch =
      static_cast<int>(syscall(SYS_inotify_add_watch, fd, path, mask));
  if (most > 0 && watch >= 0) watches.all[{fd, st.st_ino}] = watch;
  return watch;
}

int inotify_rm_watch(int fd, int watch) noexcept {
  rolegate::testing::Watches& watches = rolegate::testing::Watches::Get();
  std::lock_guard<std::mutex> lock(watches.mu);
  std::erase_if(watches.all, [&](const auto& each) {
    return each.first.first == fd && each.second == watch;
  });
  return static_cast<int>(syscall(SYS_inotify_rm_watch, fd, watch));
}

}  // extern "C"
