#include "engine/registry/entity_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/identity_reader.h"
#include "engine/registry/mfa_device_reader.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/organization_reader.h"
#include "engine/registry/policy_reader.h"
#include "engine/registry/provider_reader.h"
#include "engine/registry/revocation_reader.h"
#include "engine/registry/role_list_reader.h"
#include "engine/registry/role_reader.h"
#include "engine/registry/role_settings_reader.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// All members that the IAM API has in each shape, and ours.  Those that no code
// reads mean nothing here.
constexpr absl::string_view kUserMembers[] = {"UserName",
                                              "Arn",
                                              "UserId",
                                              "Path",
                                              "CreateDate",
                                              "PasswordLastUsed",
                                              "UserPolicyList",
                                              "GroupList",
                                              "AttachedManagedPolicies",
                                              "PermissionsBoundary",
                                              "Tags",
                                              "MFADevices"};
constexpr absl::string_view kGroupMembers[] = {"GroupName",
                                               "Arn",
                                               "GroupId",
                                               "Path",
                                               "CreateDate",
                                               "GroupPolicyList",
                                               "AttachedManagedPolicies"};
constexpr absl::string_view kPolicyMembers[] = {"PolicyName",
                                                "PolicyId",
                                                "Arn",
                                                "Path",
                                                "DefaultVersionId",
                                                "AttachmentCount",
                                                "PermissionsBoundaryUsageCount",
                                                "IsAttachable",
                                                "CreateDate",
                                                "UpdateDate",
                                                "PolicyVersionList",
                                                "PolicyDocument",
                                                "Tags"};
constexpr absl::string_view kPolicyVersionMembers[] = {
    "Document", "VersionId", "IsDefaultVersion", "CreateDate"};
constexpr absl::string_view kResourcePolicyMembers[] = {"ResourceArn",
                                                        "PolicyDocument"};
constexpr absl::string_view kRoleSettingsMembers[] = {
    "Arn", "MaxSessionDuration", "MaxChainedSessionDuration",
    "RequireBoundSessions"};
constexpr absl::string_view kRevocationMembers[] = {"RevokedSessions"};
constexpr absl::string_view kExportMembers[] = {
    "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies",
    "IsTruncated",    "Marker",          "NextToken",      "ResponseMetadata"};
constexpr absl::string_view kRoleListMembers[] = {
    "Roles", "IsTruncated", "Marker", "NextToken", "ResponseMetadata"};

class EntityReader {
 public:
  EntityReader(const RegistryOptions& options, FileFaults& faults)
      : options_(options), faults_(faults) {}

  Entities Read(const JsonNode& root) && {
    ReadAny(root, "");
    // The roles are kept as long as the file does not change.
    entities_.roles.shrink_to_fit();
    if (!revocations_.empty()) {
      entities_.MakeOthers().revocations = std::move(revocations_);
    }
    return std::move(entities_);
  }

  // A kind of object, which a member tells.
  struct Kind {
    absl::string_view member;
    void (EntityReader::*read)(const JsonNode& node, std::string path);
    bool is_wrapped = false;  // the entity is the member's value
  };

  // The kind of an object.  A second one is a fault, because an object may be
  // one entity only.  Each is null if there is none.
  struct KindsFound {
    const Kind* kind = nullptr;
    const Kind* second = nullptr;
  };
  static KindsFound KindOf(const JsonNode& object);

 private:
  static const Kind kKinds[];

  void ReadAny(const JsonNode& node, const std::string& path) {
    if (node.is_array()) {
      ReadList(
          node.elements(), path,
          [this](const JsonNode& n, const std::string& p) { ReadAny(n, p); });
      return;
    }
    if (!node.is_object()) {
      faults_.Add(kUnknownEntity, node.offset(), path,
                  absl::StrCat("expected an entity or a list of them, found ",
                               JsonTypeName(node.type())));
      return;
    }
    const auto [kind, second] = KindOf(node);
    // An object that is taken for something else revokes as well, because
    // revocations only narrow.
    if (node.Find("RevokedSessions") != nullptr) {
      ReadRevocations({node, path, options_, faults_}, options_, faults_,
                      &revocations_);
    }
    if (second != nullptr && options_.unknown_keys == UnknownKeys::kWarn) {
      // With kFault it is an unknown member anyway.  What it defines must not
      // be lost without a word.
      faults_.Add(kInvalidMember, node.offset(), path,
                  absl::StrCat("has `", kind->member, "` and `", second->member,
                               "`: expected one entity in an object"));
    }
    if (kind == nullptr) {
      faults_.Add(kUnknownEntity, node.offset(), path,
                  "this object is no entity of a registry: expected a role "
                  "(`AssumeRolePolicyDocument`), a managed policy "
                  "(`PolicyName`, `Arn`), a user, a group, a resource policy "
                  "(`ResourceArn`), an `Organization`, `RoleSettings`, "
                  "`RevokedSessions`, an `OpenIDConnectProvider`, a "
                  "`SAMLProvider` or an account's export");
    } else if (kind->is_wrapped) {
      const ObjectReader object(node, path, options_, faults_);
      const absl::string_view members[] = {kind->member, "ResponseMetadata"};
      object.ExpectMembers(members);
      (this->*kind->read)(*node.Find(kind->member),
                          object.PathOf(kind->member));
    } else {
      (this->*kind->read)(node, path);
    }
  }

  template <typename F>
  void ReadList(absl::Span<const JsonNode> nodes, const std::string& path,
                F read) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      read(nodes[i], absl::StrCat(path, "[", i, "]"));
    }
  }

  void ReadExport(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    object.ExpectMembers(kExportMembers);
    RefuseTruncated(object);
    ReadRoles(object, "RoleDetailList");
    ReadList(
        object.List("UserDetailList"), object.PathOf("UserDetailList"),
        [this](const JsonNode& n, const std::string& p) { ReadUser(n, p); });
    ReadList(
        object.List("GroupDetailList"), object.PathOf("GroupDetailList"),
        [this](const JsonNode& n, const std::string& p) { ReadGroup(n, p); });
    ReadList(object.List("Policies"), object.PathOf("Policies"),
             [this](const JsonNode& n, const std::string& p) {
               ReadManagedPolicy(n, p);
             });
  }

  void ReadRolesObject(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    object.ExpectMembers(kRoleListMembers);
    RefuseTruncated(object);
    ReadRoles(object, "Roles");
  }

  void ReadRoles(const ObjectReader& object, absl::string_view member) {
    ReadRoleList(object.List(member), object.PathOf(member), options_, faults_,
                 &entities_.roles);
  }

  void RefuseTruncated(const ObjectReader& object) {
    if (!object.Bool("IsTruncated")) return;
    object.Fault(kTruncatedExport, "IsTruncated",
                 "the export is truncated, and what is missing could deny: get "
                 "the rest of it, too, and write all of it into one export");
  }

  void AddRole(const JsonNode& node, std::string path) {
    std::optional<RoleEntity> role =
        ReadRole(node, std::move(path), options_, faults_);
    if (role) entities_.roles.push_back(*std::move(role));
  }

  void AddOrganization(const JsonNode& node, std::string path) {
    entities_.MakeOthers().organizations.push_back(
        ReadOrganization(node, std::move(path), options_, faults_));
  }

  void AddOpenIdProvider(const JsonNode& node, std::string path) {
    entities_.MakeOthers().openid_providers.push_back(
        ReadOpenIdProvider({node, std::move(path), options_, faults_}));
  }

  void AddSamlProvider(const JsonNode& node, std::string path) {
    entities_.MakeOthers().saml_providers.push_back(
        ReadSamlProvider({node, std::move(path), options_, faults_}));
  }

  // ReadAny reads what such an object revokes, whatever else it is.
  void CheckRevocations(const JsonNode& node, std::string path) {
    ObjectReader(node, std::move(path), options_, faults_)
        .ExpectMembers(kRevocationMembers);
  }

  void ReadUser(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(kUserMembers);
    UserEntity entity;
    entity.place = object.place();
    const IamIdentity iam = ReadIamIdentity(object, "user", "UserName");
    entity.user.arn = iam.arn;
    entity.user.account = iam.account;
    entity.user.name = iam.name;
    entity.user.path = iam.path;
    entity.user.file = faults_.file().str();
    entity.user.user_id = object.String("UserId");
    entity.user.tags = object.Tags("Tags");
    entity.user.mfa_devices = ReadMfaDevices(object, options_, faults_);
    if (entity.user.user_id.empty()) {
      entity.user.user_id =
          DeriveUniqueId("AIDA", iam.arn, object.String("CreateDate"));
    }
    for (const JsonNode& group : object.List("GroupList")) {
      if (group.is_string()) {
        entity.groups.emplace_back(group.text());
      } else {
        object.Fault(kInvalidMember, "GroupList",
                     "expected the names of groups");
      }
    }
    entity.identity =
        ReadIdentityPolicies(object, "UserPolicyList", options_, faults_);
    entities_.MakeOthers().users.push_back(std::move(entity));
  }

  void ReadGroup(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(kGroupMembers);
    GroupEntity entity;
    entity.place = object.place();
    const IamIdentity iam = ReadIamIdentity(object, "group", "GroupName");
    entity.arn = iam.arn;
    entity.account = iam.account;
    entity.name = iam.name;
    entity.identity =
        ReadIdentityPolicies(object, "GroupPolicyList", options_, faults_);
    entities_.MakeOthers().groups.push_back(std::move(entity));
  }

  void ReadManagedPolicy(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(kPolicyMembers);
    ManagedPolicyEntity entity;
    entity.place = object.place();
    entity.arn = object.String("Arn", /*required=*/true);
    entity.name = object.String("PolicyName", /*required=*/true);
    const std::optional<Arn> arn = Arn::Parse(entity.arn);
    if (!entity.arn.empty() &&
        (!arn || !absl::StartsWith(arn->resource, "policy/") ||
         (arn->service == "iam" &&
          !absl::EndsWith(arn->resource, absl::StrCat("/", entity.name))))) {
      object.Fault(kInvalidMember, "Arn",
                   absl::StrCat("`", entity.arn,
                                "` is not the ARN of a policy "
                                "named `",
                                entity.name, "`"));
    }
    std::string document_path;
    const JsonNode* const document =
        FindDefaultDocument(object, &entity, &document_path);
    if (document == nullptr) return;
    entity.policy = ReadPolicyDocument(
        *document, KindOfManagedPolicy(arn, *document), entity.arn,
        std::move(document_path), options_, faults_);
    entities_.MakeOthers().managed_policies.push_back(std::move(entity));
  }

  // Policies of the organisation are control policies; those whose statements
  // have a Principal are for resources.
  static PolicyKind KindOfManagedPolicy(const std::optional<Arn>& arn,
                                        const JsonNode& document) {
    if (!arn || arn->service != "organizations") return PolicyKind::kIdentity;
    const JsonNode* const statements = document.Find("Statement");
    const bool has_principal =
        statements != nullptr &&
        (statements->Find("Principal") != nullptr ||
         std::any_of(
             statements->elements().begin(), statements->elements().end(),
             [](const JsonNode& s) { return s.Find("Principal") != nullptr; }));
    return has_principal ? PolicyKind::kRcp : PolicyKind::kScp;
  }

  // Returns the document, or that of the default version.  If neither is there,
  // reports that and returns null.
  const JsonNode* FindDefaultDocument(const ObjectReader& object,
                                      ManagedPolicyEntity* entity,
                                      std::string* path) {
    const std::string wanted = object.String("DefaultVersionId");
    entity->version = wanted;
    if (const JsonNode* document = object.Find("PolicyDocument")) {
      *path = object.PathOf("PolicyDocument");
      return document;
    }
    const JsonNode* found = nullptr;
    int index = -1;
    for (const JsonNode& node : object.List("PolicyVersionList")) {
      const std::string version_path =
          absl::StrCat(object.PathOf("PolicyVersionList"), "[", ++index, "]");
      const ObjectReader version(node, version_path, options_, faults_);
      version.ExpectMembers(kPolicyVersionMembers);
      const bool is_wanted = version.String("VersionId", true) == wanted;
      if (version.Find("IsDefaultVersion") != nullptr &&
          version.Bool("IsDefaultVersion") != is_wanted) {
        version.Fault(kInvalidMember, "IsDefaultVersion",
                      absl::StrCat("disagrees with `DefaultVersionId`, which "
                                   "is `",
                                   wanted, "`"));
      }
      if (!is_wanted) continue;
      found = version.Find("Document");
      *path = version.PathOf("Document");
    }
    if (found == nullptr) {
      object.Fault(kMissingMember, "PolicyVersionList",
                   "a managed policy must have a `PolicyDocument`, or a "
                   "`PolicyVersionList` with the default version's document");
    }
    return found;
  }

  void ReadResourcePolicy(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    object.ExpectMembers(kResourcePolicyMembers);
    ResourcePolicyEntity entity;
    entity.place = object.place();
    entity.pattern = object.String("ResourceArn", /*required=*/true);
    if (!entity.pattern.empty() && entity.pattern != "*" &&
        !Arn::Parse(entity.pattern)) {
      object.Fault(kInvalidMember, "ResourceArn",
                   absl::StrCat("`", entity.pattern,
                                "` is neither an ARN of six parts nor `*`"));
    }
    const JsonNode* const document = object.Find("PolicyDocument");
    if (document == nullptr) {
      object.Fault(kMissingMember, "PolicyDocument",
                   "`PolicyDocument` is missing");
      return;
    }
    entity.policy =
        ReadPolicyDocument(*document, PolicyKind::kResource, entity.pattern,
                           object.PathOf("PolicyDocument"), options_, faults_);
    entities_.MakeOthers().resource_policies.push_back(std::move(entity));
  }

  void ReadRoleSettings(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(kRoleSettingsMembers);
    RoleSettingsEntity entity = ReadRoleSettingMembers(object);
    entity.place = object.place();
    entity.arn = object.String("Arn", /*required=*/true);
    entities_.MakeOthers().role_settings.push_back(std::move(entity));
  }

  const RegistryOptions& options_;
  FileFaults& faults_;
  Entities entities_;
  Revocations revocations_;
};

// The first of these members that an object has decides what it is.
constexpr EntityReader::Kind EntityReader::kKinds[] = {
    {"RoleDetailList", &EntityReader::ReadExport},
    {"UserDetailList", &EntityReader::ReadExport},
    {"GroupDetailList", &EntityReader::ReadExport},
    {"Policies", &EntityReader::ReadExport},
    {"Roles", &EntityReader::ReadRolesObject},
    {"Role", &EntityReader::AddRole, true},
    {"Organization", &EntityReader::AddOrganization, true},
    {"RoleSettings", &EntityReader::ReadRoleSettings, true},
    {"OpenIDConnectProvider", &EntityReader::AddOpenIdProvider, true},
    {"SAMLProvider", &EntityReader::AddSamlProvider, true},
    {"AssumeRolePolicyDocument", &EntityReader::AddRole},
    {"ResourceArn", &EntityReader::ReadResourcePolicy},
    {"UserName", &EntityReader::ReadUser},
    {"GroupName", &EntityReader::ReadGroup},
    {"PolicyName", &EntityReader::ReadManagedPolicy},
    {"RevokedSessions", &EntityReader::CheckRevocations},
};

EntityReader::KindsFound EntityReader::KindOf(const JsonNode& object) {
  KindsFound found;
  for (const Kind& kind : kKinds) {
    const bool is_known =
        found.kind != nullptr && found.kind->read == kind.read;
    if (is_known || object.Find(kind.member) == nullptr) continue;
    if (found.kind != nullptr) {
      found.second = &kind;
      break;
    }
    found.kind = &kind;
  }
  return found;
}

}  // namespace

Entities ReadEntities(const JsonNode& root, const RegistryOptions& options,
                      FileFaults& faults) {
  return EntityReader(options, faults).Read(root);
}

bool IsKeySet(const JsonNode& root) {
  const JsonNode* const keys = root.is_object() ? root.Find("keys") : nullptr;
  return keys != nullptr && keys->is_array() &&
         EntityReader::KindOf(root).kind == nullptr;
}

}  // namespace rolegate
