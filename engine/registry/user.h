// A user: what its definition says, and the policies that this comes to in a
// snapshot.

#ifndef ROLEGATE_ENGINE_REGISTRY_USER_H_
#define ROLEGATE_ENGINE_REGISTRY_USER_H_

#include <string>
#include <vector>

#include "engine/registry/identity_policies.h"
#include "engine/text/tag.h"

namespace rolegate {

// A device that shows one-time codes.
struct MfaDevice {
  std::string serial_number;
  std::string seed_file;  // a name; the registry does not hold the secret
};

struct User {
  std::string arn;
  std::string name;
  std::string path;
  std::string account;
  std::string user_id;        // "AIDA…", or derived as a role's is
  IdentityPolicies identity;  // its own policies and those of its groups
  std::vector<Tag> tags;
  std::vector<MfaDevice> mfa_devices;
  std::string file;  // the name of the file that defines it
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_USER_H_
