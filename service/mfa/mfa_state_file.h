// The state of one MFA device that must be remembered, on disk and shared by
// replicas.

#ifndef ROLEGATE_SERVICE_MFA_MFA_STATE_FILE_H_
#define ROLEGATE_SERVICE_MFA_MFA_STATE_FILE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate::service {

struct MfaDeviceState {
  std::int64_t last_step = -1;  // of the last code that was used
  int failures = 0;             // since the last success or lock
  int locks = 0;                // since the last success
  std::int64_t locked_at = 0;   // seconds since 1970; 0: is not locked

  friend bool operator==(const MfaDeviceState&,
                         const MfaDeviceState&) = default;
};

// The state of one device, locked against every other thread and process, on
// this machine and on others that share the folder, for the life of the
// object.
class MfaStateFile {
 public:
  // Waits for the lock, two seconds at most.  `dir` is made if it is not
  // there.  The error names the path: a folder that others may use, a file
  // that cannot be read or does not hold what Save wrote, a lock that did not
  // come.
  static absl::StatusOr<MfaStateFile> Lock(const std::string& dir,
                                           absl::string_view serial_number);

  const MfaDeviceState& state() const { return state_; }

  // Whole or not at all, and on the disk when it returns.
  absl::Status Save(const MfaDeviceState& state);

 private:
  MfaStateFile(std::string dir, std::string path, FileDescriptor lock)
      : dir_(std::move(dir)), path_(std::move(path)), lock_(std::move(lock)) {}

  absl::Status Load();

  std::string dir_;
  std::string path_;
  FileDescriptor lock_;
  MfaDeviceState state_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_MFA_MFA_STATE_FILE_H_
