// Checks the one-time codes of users' MFA devices.

#ifndef ROLEGATE_SERVICE_MFA_MFA_VERIFIER_H_
#define ROLEGATE_SERVICE_MFA_MFA_VERIFIER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "service/mfa/mfa_state_file.h"

namespace rolegate::service {

// How often a device may fail before it is locked, and for how long: twice as
// long each time, until a code was right.
inline constexpr int kMfaFailuresToLock = 5;
inline constexpr absl::Duration kMfaFirstLock = absl::Minutes(15);
inline constexpr absl::Duration kMfaLongestLock = absl::Hours(16);

// The result of checking a code.  Only an audit log may know which it was.
enum class MfaOutcome {
  kAccepted,
  kWrongCode,  // or one that was used before
  kLocked,     // whatever the code is
};
absl::string_view MfaOutcomeName(MfaOutcome outcome);

// The rule, without disk and clock: what the code makes of a device's state.
// Writes the state that must be saved before anything is granted.
MfaOutcome UseMfaCode(absl::string_view secret, absl::string_view code,
                      absl::Time now, MfaDeviceState* state);

// Thread-safe.  Waits for disks: not for a thread of gRPC's.
class MfaVerifier {
 public:
  // Seeds are files in `seed_dir`; what was used is remembered below
  // `state_dir`, which replicas may share.
  MfaVerifier(std::string state_dir, std::string seed_dir)
      : state_dir_(std::move(state_dir)), seed_dir_(std::move(seed_dir)) {}

  // Whether both folders are set.
  bool configured() const { return !state_dir_.empty() && !seed_dir_.empty(); }

  // Uses a code up: a second time, here or on a replica, it is wrong.  An
  // error means that nobody can tell; it names a path and no secret.
  absl::StatusOr<MfaOutcome> Use(const MfaDevice& device,
                                 absl::string_view code, absl::Time now) const;

 private:
  absl::StatusOr<std::string> ReadSeed(const std::string& name) const;

  const std::string state_dir_;
  const std::string seed_dir_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_MFA_MFA_VERIFIER_H_
