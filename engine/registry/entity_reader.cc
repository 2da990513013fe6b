#include "engine/registry/entity_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/foreign_shapes.h"
#include "engine/registry/identity_reader.h"
#include "engine/registry/known_members.h"
#include "engine/registry/managed_policy_reader.h"
#include "engine/registry/mfa_device_reader.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/organization_reader.h"
#include "engine/registry/provider_reader.h"
#include "engine/registry/resource_policy_reader.h"
#include "engine/registry/revocation_reader.h"
#include "engine/registry/role_list_reader.h"
#include "engine/registry/role_reader.h"
#include "engine/registry/role_settings_reader.h"

namespace rolegate {
namespace {

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
    // Whether AWS prints such objects, in which a member that is not known is
    // no fault.
    bool is_printed_by_aws = false;
    // The members beside this one, if its value is the entity; else null.
    const KnownMembers* wrapper = nullptr;
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
  static const Kind kInlinePolicy;
  static const Kind kBucketPolicy;

  // The kind of an answer that several members tell; null if it is none.
  static const Kind* KindOfAnswer(const JsonNode& object);
  // Whether such an answer has this member.
  static bool IsPartOf(const Kind& answer, absl::string_view member);

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
                               JsonTypeName(node.type()),
                               absl::StartsWith(node.text(), "{")
                                   ? " that holds JSON: write it without "
                                     "quotes and escapes"
                                   : ""));
      return;
    }
    // An object that is taken for something else revokes as well, because
    // revocations only narrow.
    if (node.Find("RevokedSessions") != nullptr) {
      ReadRevocations({node, path, options_, faults_}, options_, faults_,
                      &revocations_);
    }
    const auto [kind, second] = KindOf(node);
    if (kind == nullptr || LooksLikeProperties(node)) {
      faults_.Add(kUnknownEntity, node.offset(), path,
                  WhatToDoWith(node, faults_.file().str()));
      return;
    }
    if (second != nullptr &&
        (options_.unknown_keys == UnknownKeys::kWarn ||
         (kind->is_printed_by_aws &&
          !ObjectReader::MayLimit(second->member,
                                  *node.Find(second->member))))) {
      // Elsewhere it is an unknown member, which is a fault.  What it defines
      // must not be lost without a word.
      faults_.Add(kInvalidMember, node.offset(), path,
                  absl::StrCat("has `", kind->member, "` and `", second->member,
                               "`: expected one entity in an object"));
    }
    if (kind->wrapper != nullptr) {
      const ObjectReader object(node, path, options_, faults_);
      object.ExpectMembers(*kind->wrapper);
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
    object.ExpectMembers(members::kExport);
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
               AddManagedPolicy(n, p);
             });
  }

  void ReadRolesObject(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    object.ExpectMembers(members::kRoleList);
    RefuseTruncated(object);
    ReadRoles(object, "Roles");
  }

  void ReadRoles(const ObjectReader& object, absl::string_view member) {
    ReadRoleList(object.List(member), object.PathOf(member), options_, faults_,
                 &entities_.roles);
  }

  void RefuseTruncated(const ObjectReader& object) {
    // Some print no `IsTruncated`, but where to go on.
    absl::string_view told;
    if (object.Find("IsTruncated") != nullptr) {
      if (object.Bool("IsTruncated")) told = "IsTruncated";
    } else {
      for (absl::string_view member : {"NextToken", "Marker"}) {
        if (object.Find(member) != nullptr) told = member;
      }
    }
    if (told.empty()) return;
    object.Fault(kTruncatedExport, told,
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
        .ExpectMembers(members::kRevocations);
  }

  void ReadUser(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(members::kUser);
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
          DeriveUniqueId("AIDA", iam.arn, object.Date("CreateDate"));
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
    object.ExpectMembers(members::kGroup);
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

  void AddManagedPolicy(const JsonNode& node, std::string path) {
    Add(ReadManagedPolicy(node, std::move(path), options_, faults_),
        &OtherEntities::managed_policies);
  }

  void AddPolicyAnswer(const JsonNode& node, std::string path) {
    Add(ReadPolicyAnswer({node, std::move(path), options_, faults_}, options_,
                         faults_),
        &OtherEntities::managed_policies);
  }

  void AddResourcePolicy(const JsonNode& node, std::string path) {
    Add(ReadResourcePolicy({node, std::move(path), options_, faults_}, options_,
                           faults_),
        &OtherEntities::resource_policies);
  }

  void AddBucketPolicy(const JsonNode& node, std::string path) {
    Add(ReadBucketPolicy({node, std::move(path), options_, faults_}, options_,
                         faults_),
        &OtherEntities::resource_policies);
  }

  void AddInlinePolicy(const JsonNode& node, std::string path) {
    Add(ReadInlinePolicyAnswer({node, std::move(path), options_, faults_},
                               options_, faults_),
        &OtherEntities::inline_policies);
  }

  template <typename Entity>
  void Add(std::optional<Entity> entity,
           std::vector<Entity> OtherEntities::*list) {
    if (entity) (entities_.MakeOthers().*list).push_back(*std::move(entity));
  }

  void ReadRoleSettings(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    if (!object.valid()) return;
    object.ExpectMembers(members::kRoleSettings);
    RoleSettingsEntity entity = ReadRoleSettingMembers(object);
    entity.place = object.place();
    entity.arn = ReadIamIdentity(object, "role", "RoleName").arn;
    entities_.MakeOthers().role_settings.push_back(std::move(entity));
  }

  const RegistryOptions& options_;
  FileFaults& faults_;
  Entities entities_;
  Revocations revocations_;
};

// The first of these members that an object has decides what it is.
constexpr EntityReader::Kind EntityReader::kKinds[] = {
    {"RoleDetailList", &EntityReader::ReadExport, true},
    {"UserDetailList", &EntityReader::ReadExport, true},
    {"GroupDetailList", &EntityReader::ReadExport, true},
    {"Policies", &EntityReader::ReadExport, true},
    {"Roles", &EntityReader::ReadRolesObject, true},
    {"Role", &EntityReader::AddRole, true, &members::kRoleAnswer},
    {"Policy", &EntityReader::AddPolicyAnswer, true},
    {"PolicyVersion", &EntityReader::AddPolicyAnswer, true},
    {"Organization", &EntityReader::AddOrganization, false,
     &members::kOrganizationEntity},
    {"RoleSettings", &EntityReader::ReadRoleSettings, false,
     &members::kRoleSettingsEntity},
    {"OpenIDConnectProvider", &EntityReader::AddOpenIdProvider, false,
     &members::kOpenIdProviderEntity},
    {"SAMLProvider", &EntityReader::AddSamlProvider, false,
     &members::kSamlProviderEntity},
    {"AssumeRolePolicyDocument", &EntityReader::AddRole, true},
    {"ResourceArn", &EntityReader::AddResourcePolicy, false},
    {"UserName", &EntityReader::ReadUser, true},
    {"GroupName", &EntityReader::ReadGroup, true},
    {"PolicyName", &EntityReader::AddManagedPolicy, true},
    {"RevokedSessions", &EntityReader::CheckRevocations, false},
};

// These two are told by several members.
constexpr EntityReader::Kind EntityReader::kInlinePolicy = {
    "PolicyName", &EntityReader::AddInlinePolicy, true};
constexpr EntityReader::Kind EntityReader::kBucketPolicy = {
    "Policy", &EntityReader::AddBucketPolicy, true};

const EntityReader::Kind* EntityReader::KindOfAnswer(const JsonNode& object) {
  const JsonNode* const policy = object.Find("Policy");
  if (policy != nullptr &&
      (policy->is_string() || policy->Find("Statement") != nullptr)) {
    return &kBucketPolicy;
  }
  const bool is_inline = object.Find("PolicyName") != nullptr &&
                         object.Find("PolicyDocument") != nullptr &&
                         object.Find("Arn") == nullptr &&
                         (object.Find("RoleName") != nullptr ||
                          object.Find("UserName") != nullptr ||
                          object.Find("GroupName") != nullptr);
  return is_inline ? &kInlinePolicy : nullptr;
}

bool EntityReader::IsPartOf(const Kind& answer, absl::string_view member) {
  if (&answer == &kBucketPolicy) {
    return members::kBucketPolicyAnswer.Has(member);
  }
  return &answer == &kInlinePolicy && (members::kRolePolicyAnswer.Has(member) ||
                                       members::kUserPolicyAnswer.Has(member) ||
                                       members::kGroupPolicyAnswer.Has(member));
}

EntityReader::KindsFound EntityReader::KindOf(const JsonNode& object) {
  KindsFound found;
  found.kind = KindOfAnswer(object);
  for (const Kind& kind : kKinds) {
    const bool is_known =
        found.kind != nullptr &&
        (found.kind->read == kind.read || IsPartOf(*found.kind, kind.member));
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
