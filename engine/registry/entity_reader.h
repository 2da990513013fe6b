// JSON tree of a registry file -> entities.  What a file is follows from its
// members, which are AWS's own: a role, a managed policy, a user, a group, a
// resource policy, an organisation, settings of a role, revocations, an
// identity provider, an
// account's export, or a list of any of these.

#ifndef ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_

#include <vector>

#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry.h"
#include "engine/registry/role_list_reader.h"

namespace rolegate {

// The members that hold the roles of an account's export.
inline constexpr absl::string_view kRoleDetailList = "RoleDetailList";
inline constexpr absl::string_view kRoles = "Roles";

// Reads every entity of the file; faults are added to `faults`.
Entities ReadEntities(const JsonNode& root, const RegistryOptions& options,
                      RoleListReader& role_lists, FileFaults& faults);

// Reads roles that stand in the list at `path`, the first at `begin` there.
std::vector<RoleEntity> ReadRoles(absl::Span<const JsonNode> nodes,
                                  std::size_t begin, absl::string_view path,
                                  const RegistryOptions& options,
                                  FileFaults& faults);

// The members of a role that settings of it may hold elsewhere, too; without
// ARN and place.
RoleSettingsEntity ReadRoleSettingMembers(const ObjectReader& object);

// One organisation, the value of an `Organization` member.
OrganizationEntity ReadOrganization(const JsonNode& node, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults);

// The list `RevokedSessions` of an object: those of its entries that are well
// formed, whatever is wrong with the others.
void ReadRevocations(const ObjectReader& object, const RegistryOptions& options,
                     FileFaults& faults, Revocations* revocations);

// The list `MFADevices` of a user.
std::vector<MfaDevice> ReadMfaDevices(const ObjectReader& user,
                                      const RegistryOptions& options,
                                      FileFaults& faults);

// An identity provider, the value of an `OpenIDConnectProvider` or a
// `SAMLProvider` member.
OpenIdProviderEntity ReadOpenIdProvider(const ObjectReader& object);
SamlProviderEntity ReadSamlProvider(const ObjectReader& object);

// Compiles a policy document that stands in a registry file: for an entity
// that has it for itself, or to be shared.
std::optional<Policy> ReadOwnPolicy(const JsonNode& node, PolicyKind kind,
                                    std::string name, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults);
std::shared_ptr<const Policy> ReadPolicyDocument(
    const JsonNode& node, PolicyKind kind, std::string name, std::string path,
    const RegistryOptions& options, FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ENTITY_READER_H_
