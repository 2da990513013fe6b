// Threads that leave signals to the one that waits for them.

#ifndef ROLEGATE_SERVICE_BASE_QUIET_THREAD_H_
#define ROLEGATE_SERVICE_BASE_QUIET_THREAD_H_

#include <functional>
#include <thread>

namespace rolegate::service {

// Runs `body` in a thread that no signal is delivered to.
std::thread StartQuietThread(std::function<void()> body);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_QUIET_THREAD_H_
