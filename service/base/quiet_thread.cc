#include "service/base/quiet_thread.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace rolegate::service {

std::thread StartQuietThread(std::function<void()> body) {
  // A thread begins with the mask of the one that makes it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace rolegate::service
