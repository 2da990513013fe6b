#include "engine/registry/organization_reader.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/policy_reader.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// The tree of an organisation.  Its depth is bounded by that of the JSON.
class OrganizationReader {
 public:
  OrganizationReader(const RegistryOptions& options, FileFaults& faults)
      : options_(options), faults_(faults) {}

  OrganizationEntity Read(const JsonNode& node, std::string path) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    OrganizationEntity organization;
    organization.place = object.place();
    if (object.Find("Root") == nullptr &&
        object.Find("FeatureSet") != nullptr) {
      object.Fault(kMissingMember, "Root",
                   "this is what `aws organizations describe-organization` "
                   "prints, which lacks the accounts and their policies: keep "
                   "`Id`, and write the tree in `Root`");
      return organization;
    }
    object.ExpectMembers(members::kOrganization);
    organization.id = object.String("Id", /*required=*/true);
    organization.management_account = object.String("ManagementAccount");
    if (!organization.id.empty() && !absl::StartsWith(organization.id, "o-")) {
      object.Fault(kInvalidMember, "Id",
                   absl::StrCat("`", organization.id,
                                "` is not the id of an organization, which "
                                "begins with `o-`"));
    }
    if (!organization.management_account.empty() &&
        !IsAccountId(organization.management_account)) {
      object.Fault(
          kInvalidMember, "ManagementAccount",
          absl::StrCat("`", organization.management_account,
                       "` is not an account: ", kAccountHasTwelveDigits));
    }
    if (const JsonNode* root = object.Find("Root")) {
      organization.root = ReadNode(*root, object.PathOf("Root"), "r-");
    } else {
      object.Fault(kMissingMember, "Root", "`Root` is missing");
    }
    return organization;
  }

 private:
  // `id_prefix` is empty for an account, whose id is twelve digits.
  OrganizationNode ReadNode(const JsonNode& node, std::string path,
                            absl::string_view id_prefix) {
    const ObjectReader object(node, std::move(path), options_, faults_);
    OrganizationNode result;
    result.place = object.place();
    if (!object.valid()) return result;
    object.ExpectMembers(members::kOrganizationNode);
    result.id = object.String("Id", /*required=*/true);
    const bool valid = id_prefix.empty()
                           ? IsAccountId(result.id)
                           : absl::StartsWith(result.id, id_prefix);
    if (!result.id.empty() && !valid) {
      object.Fault(kInvalidMember, "Id",
                   id_prefix.empty()
                       ? absl::StrCat("`", result.id, "` is not an account: ",
                                      kAccountHasTwelveDigits)
                       : absl::StrCat("`", result.id, "` does not begin with `",
                                      id_prefix, "`"));
    }
    result.has_scps = object.Find("ServiceControlPolicies") != nullptr;
    result.scps =
        ReadPolicies(object, "ServiceControlPolicies", PolicyKind::kScp);
    result.rcps =
        ReadPolicies(object, "ResourceControlPolicies", PolicyKind::kRcp);
    for (const JsonNode& account : object.List("Accounts")) {
      const std::string account_path = absl::StrCat(
          object.PathOf("Accounts"), "[", result.accounts.size(), "]");
      result.accounts.push_back(ReadAccount(account, account_path));
    }
    for (const JsonNode& unit : object.List("OrganizationalUnits")) {
      const std::string unit_path = absl::StrCat(
          object.PathOf("OrganizationalUnits"), "[", result.units.size(), "]");
      result.units.push_back(ReadNode(unit, unit_path, "ou-"));
    }
    return result;
  }

  // An account may be just its id.
  OrganizationNode ReadAccount(const JsonNode& node, const std::string& path) {
    if (!node.is_string()) return ReadNode(node, path, "");
    OrganizationNode account;
    account.id = std::string(node.text());
    account.place = faults_.PlaceOf(node, path);
    if (!IsAccountId(account.id)) {
      faults_.Add(kInvalidMember, node.offset(), path,
                  absl::StrCat("`", account.id, "` is not an account: ",
                               kAccountHasTwelveDigits));
    }
    return account;
  }

  std::vector<OrganizationPolicy> ReadPolicies(const ObjectReader& object,
                                               absl::string_view member,
                                               PolicyKind kind) {
    std::vector<OrganizationPolicy> policies;
    for (const JsonNode& node : object.List(member)) {
      const std::string path =
          absl::StrCat(object.PathOf(member), "[", policies.size(), "]");
      OrganizationPolicy policy;
      policy.place = faults_.PlaceOf(node, path);
      if (node.is_string()) {
        policy.name = std::string(node.text());
      } else {
        policy.policy =
            ReadPolicyDocument(node, kind, path, path, options_, faults_);
      }
      policies.push_back(std::move(policy));
    }
    return policies;
  }

  const RegistryOptions& options_;
  FileFaults& faults_;
};

}  // namespace

OrganizationEntity ReadOrganization(const JsonNode& node, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults) {
  return OrganizationReader(options, faults).Read(node, std::move(path));
}

}  // namespace rolegate
