// Reads the MFA devices of a user.

#ifndef ROLEGATE_ENGINE_REGISTRY_MFA_DEVICE_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_MFA_DEVICE_READER_H_

#include <vector>

#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/user.h"

namespace rolegate {

// Reads the user's list `MFADevices`.
std::vector<MfaDevice> ReadMfaDevices(const ObjectReader& user,
                                      const RegistryOptions& options,
                                      FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_MFA_DEVICE_READER_H_
