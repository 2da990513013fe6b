// Shows ThreadSanitizer the locks of Abseil.  Debian's Abseil is compiled
// without it, so that whatever a Mutex guards would look like a race.  Each
// function here takes the place of the library's own, in this program and in
// the libraries that it uses, calls that one, and tells what it did.
//
// Between "pre" and "post" ThreadSanitizer looks away, also from conditions
// that a thread evaluates for others.

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdlib>
#include <string>

namespace {

using absl::Condition;
using absl::CondVar;
using absl::Duration;
using absl::Mutex;
using absl::Time;

#define ROLEGATE_TEXT_OF(name) #name
#define ROLEGATE_TEXT(name) ROLEGATE_TEXT_OF(name)

// The library's own function, by its mangled name within Abseil's namespace.
// The names end with the types of their arguments.
template <typename Function>
Function* Own(const char* name, const char* prefix = "_ZN") {
  const std::string space = ROLEGATE_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string full =
      prefix + ("4absl" + std::to_string(space.size())) + space + name;
  void* const found = dlsym(RTLD_NEXT, full.c_str());
  if (found == nullptr) abort();  // another Abseil, with other names
  return reinterpret_cast<Function*>(found);
}

// Some of the library's functions call others of them.
thread_local bool inside = false;

class Inside {
 public:
  Inside() { inside = true; }
  ~Inside() { inside = false; }
};

// Calls `own`, which takes the lock.
template <typename Call>
auto Taking(Mutex* mu, unsigned flags, const Call& own) {
  if (inside) return own();
  __tsan_mutex_pre_lock(mu, flags);
  struct End {
    Mutex* mu;
    unsigned flags;
    ~End() { __tsan_mutex_post_lock(mu, flags, 0); }
  } const end{mu, flags};
  const Inside mark;
  return own();
}

// Calls `own`, which gives the lock back.
template <typename Call>
void Giving(Mutex* mu, unsigned flags, const Call& own) {
  if (inside) {
    own();
    return;
  }
  __tsan_mutex_pre_unlock(mu, flags);
  {
    const Inside mark;
    own();
  }
  __tsan_mutex_post_unlock(mu, flags);
}

// Calls `own`, which gives the lock back for a while.
template <typename Call>
auto Waiting(Mutex* mu, const Call& own) {
  if (inside) return own();
  __tsan_mutex_pre_unlock(mu, 0);
  __tsan_mutex_post_unlock(mu, 0);
  return Taking(mu, 0, own);
}

template <typename Call>
bool Trying(Mutex* mu, unsigned flags, const Call& own) {
  if (inside) return own();
  flags |= __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(mu, flags);
  bool locked = false;
  {
    const Inside mark;
    locked = own();
  }
  __tsan_mutex_post_lock(
      mu, locked ? flags : flags | __tsan_mutex_try_lock_failed, 0);
  return locked;
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

Mutex::~Mutex() {
  static auto* const own = Own<void(Mutex*)>("5MutexD1Ev");
  __tsan_mutex_destroy(this, __tsan_mutex_not_static);
  own(this);
}

void Mutex::Lock() {
  static auto* const own = Own<void(Mutex*)>("5Mutex4LockEv");
  Taking(this, 0, [this] { own(this); });
}

void Mutex::Unlock() {
  static auto* const own = Own<void(Mutex*)>("5Mutex6UnlockEv");
  Giving(this, 0, [this] { own(this); });
}

bool Mutex::TryLock() {
  static auto* const own = Own<bool(Mutex*)>("5Mutex7TryLockEv");
  return Trying(this, 0, [this] { return own(this); });
}

void Mutex::ReaderLock() {
  static auto* const own = Own<void(Mutex*)>("5Mutex10ReaderLockEv");
  Taking(this, __tsan_mutex_read_lock, [this] { own(this); });
}

void Mutex::ReaderUnlock() {
  static auto* const own = Own<void(Mutex*)>("5Mutex12ReaderUnlockEv");
  Giving(this, __tsan_mutex_read_lock, [this] { own(this); });
}

bool Mutex::ReaderTryLock() {
  static auto* const own = Own<bool(Mutex*)>("5Mutex13ReaderTryLockEv");
  return Trying(this, __tsan_mutex_read_lock, [this] { return own(this); });
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const own =
      Own<void(Mutex*, const Condition&)>("5Mutex8LockWhenERKNS0_9ConditionE");
  Taking(this, 0, [&] { own(this, condition); });
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const own = Own<bool(Mutex*, const Condition&, Duration)>(
      "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return Taking(this, 0, [&] { return own(this, condition, timeout); });
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static auto* const own = Own<bool(Mutex*, const Condition&, Time)>(
      "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return Taking(this, 0, [&] { return own(this, condition, deadline); });
}

void Mutex::Await(const Condition& condition) {
  static auto* const own =
      Own<void(Mutex*, const Condition&)>("5Mutex5AwaitERKNS0_9ConditionE");
  Waiting(this, [&] { own(this, condition); });
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const own = Own<bool(Mutex*, const Condition&, Duration)>(
      "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return Waiting(this, [&] { return own(this, condition, timeout); });
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const own = Own<bool(Mutex*, const Condition&, Time)>(
      "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return Waiting(this, [&] { return own(this, condition, deadline); });
}

void CondVar::Wait(Mutex* mu) {
  static auto* const own =
      Own<void(CondVar*, Mutex*)>("7CondVar4WaitEPNS0_5MutexE");
  Waiting(mu, [&] { own(this, mu); });
}

bool CondVar::WaitWithTimeout(Mutex* mu, Duration timeout) {
  static auto* const own = Own<bool(CondVar*, Mutex*, Duration)>(
      "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  return Waiting(mu, [&] { return own(this, mu, timeout); });
}

bool CondVar::WaitWithDeadline(Mutex* mu, Time deadline) {
  static auto* const own = Own<bool(CondVar*, Mutex*, Time)>(
      "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  return Waiting(mu, [&] { return own(this, mu, deadline); });
}

// Whoever waits for one that is there already takes no lock.
void Notification::Notify() {
  static auto* const own = Own<void(Notification*)>("12Notification6NotifyEv");
  __tsan_release(this);
  own(this);
}

void Notification::WaitForNotification() const {
  static auto* const own = Own<void(const Notification*)>(
      "12Notification19WaitForNotificationEv", "_ZNK");
  own(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static auto* const own = Own<bool(const Notification*, Duration)>(
      "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", "_ZNK");
  const bool notified = own(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static auto* const own = Own<bool(const Notification*, Time)>(
      "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE", "_ZNK");
  const bool notified = own(this, deadline);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
