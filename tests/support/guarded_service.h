// A gRPC service behind the C++ middleware, for the scenarios of all clients.

#ifndef ROLEGATE_TESTS_SUPPORT_GUARDED_SERVICE_H_
#define ROLEGATE_TESTS_SUPPORT_GUARDED_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rolegate/middleware.h"
#include "rolegate/session.h"

namespace rolegate::testing {

// Serves rolegate.v1.RegistryService on a port of loopback that the system
// picks, until it is destroyed.  Its answers tell what the handlers got.
class GuardedService {
 public:
  static absl::StatusOr<std::unique_ptr<GuardedService>> Start(
      Session asker, std::vector<RpcRule> rules, RpcGuardOptions options);
  virtual ~GuardedService() = default;

  virtual std::string address() const = 0;
  // How many calls reached the handlers.
  virtual int handled() const = 0;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_GUARDED_SERVICE_H_
