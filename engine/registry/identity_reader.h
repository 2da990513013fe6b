// Reads what roles, users and groups have in common: who they are, and their
// policies.

#ifndef ROLEGATE_ENGINE_REGISTRY_IDENTITY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_IDENTITY_READER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// The facts that the ARN of an IAM entity states about it.
struct IamIdentity {
  std::string arn;
  std::string account;
  std::string name;
  std::string path;
};

// Reads the ARN of an entity of `type`, "role", and reports it if the name in
// the member `name_member` or the path disagrees with it.  After a fault of the
// ARN itself only `arn` holds something.
IamIdentity ReadIamIdentity(const ObjectReader& object, absl::string_view type,
                            absl::string_view name_member,
                            absl::string_view arn_member = "Arn");

// Reads the inline policies, which stand in the list `inline_member`, the names
// of the attached ones, and the boundary.
IdentityEntity ReadIdentityPolicies(const ObjectReader& object,
                                    absl::string_view inline_member,
                                    const RegistryOptions& options,
                                    FileFaults& faults);

// Reads what `aws iam get-role-policy`, `get-user-policy` or `get-group-policy`
// prints: the name of an entity, and one of its inline policies.  `RoleArn`,
// `UserArn` or `GroupArn` may stand beside them.
std::optional<InlinePolicyEntity> ReadInlinePolicyAnswer(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_IDENTITY_READER_H_
