#include "service/rpc/methods.h"

#include <algorithm>
#include <array>
#include <vector>

#include "service/identity/administration.h"
#include "service/rpc/authorize_stream.h"
#include "service/rpc/handlers.h"
#include "service/rpc/watch.h"

namespace rolegate::service {
namespace {

using Identity = Demands::Identity;

// Admits requests that a worker answers.
template <typename Request>
Admission Later(const Request&) {
  return {};
}

// Admits requests whose answers take microseconds.
template <typename Request>
Admission AtOnce(const Request&) {
  Admission admission;
  admission.lane = std::nullopt;
  return admission;
}

template <typename Request>
Admission InReloadLane(const Request&) {
  Admission admission;
  admission.lane = Lane::kReload;
  return admission;
}

auto MakeRows() {
  std::array rows = {
      MethodOf<HandleAuthorize, AdmitAuthorize>::Row(
          "/rolegate.v1.AuthorizationService/Authorize", kAuthorizeDemands),
      MethodOf<HandleBatchAuthorize, AdmitBatchAuthorize>::Row(
          "/rolegate.v1.AuthorizationService/BatchAuthorize",
          kAuthorizeDemands),

      MethodOf<HandleAssumeRole, AdmitAssumeRole>::Row(
          "/rolegate.v1.SecurityTokenService/AssumeRole",
          {.limits_sessions = true, .registry = true}),
      MethodOf<HandleAssumeRoleWithWebIdentity,
               Later<v1::AssumeRoleWithWebIdentityRequest>>::
          Row("/rolegate.v1.SecurityTokenService/AssumeRoleWithWebIdentity",
              {.identity = Identity::kNone,
               .limits_sessions = true,
               .registry = true}),
      MethodOf<HandleAssumeRoleWithSaml, Later<v1::AssumeRoleWithSAMLRequest>>::
          Row("/rolegate.v1.SecurityTokenService/AssumeRoleWithSAML",
              {.identity = Identity::kNone,
               .limits_sessions = true,
               .registry = true}),
      MethodOf<HandleGetCallerIdentity, AtOnce<v1::GetCallerIdentityRequest>>::
          Row("/rolegate.v1.SecurityTokenService/GetCallerIdentity",
              {.registry = true}),
      MethodOf<HandleDecodeAuthorizationMessage,
               AtOnce<v1::DecodeAuthorizationMessageRequest>>::
          Row("/rolegate.v1.SecurityTokenService/DecodeAuthorizationMessage",
              {.administers = kDecodeAuthorizationMessage}),
      // Public keys are for everybody whom the listener knows.
      MethodOf<HandleGetSigningKeys, AtOnce<v1::GetSigningKeysRequest>>::Row(
          "/rolegate.v1.SecurityTokenService/GetSigningKeys",
          {.identity = Identity::kEvenWithoutRegistry}),

      MethodOf<HandleGetStatus, Later<v1::GetStatusRequest>>::Row(
          "/rolegate.v1.RegistryService/GetStatus",
          {.administers = kReadRegistry}),
      MethodOf<HandleListRoles, Later<v1::ListRolesRequest>>::Row(
          "/rolegate.v1.RegistryService/ListRoles",
          {.administers = kReadRegistry, .registry = true}),
      MethodOf<HandleGetRole, AtOnce<v1::GetRoleRequest>>::Row(
          "/rolegate.v1.RegistryService/GetRole",
          {.administers = kReadRegistry, .registry = true}),
      MethodOf<HandleReload, InReloadLane<v1::ReloadRequest>>::Row(
          "/rolegate.v1.RegistryService/Reload",
          {.administers = kReloadRegistry}),

      // What a simulation demands depends on whom it is about.
      MethodOf<HandleSimulate, AdmitSimulate>::Row(
          "/rolegate.v1.PolicyService/Simulate", {}),
      MethodOf<HandleValidate, Later<v1::ValidateRequest>>::Row(
          "/rolegate.v1.PolicyService/Validate", {}),
  };
  static_assert(rows.size() < CallMetrics::kStreamMessage);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].number = i;
  return rows;
}

const auto& Rows() {
  static const auto* const kRows = new auto(MakeRows());
  return *kRows;
}

const auto& StreamRows() {
  static const auto* const kRows = new std::array{
      StreamMethod{kAuthorizeStreamPath, /*reads=*/true, MakeAuthorizeStream,
                   v1::AuthorizeStreamRequest::default_instance()},
      StreamMethod{"/rolegate.v1.RegistryService/Watch", /*reads=*/false,
                   MakeWatch, v1::WatchRequest::default_instance()},
  };
  return *kRows;
}

std::vector<absl::string_view> ListNames() {
  std::vector<absl::string_view> names;
  for (const Method& row : Rows()) {
    names.push_back(row.path.substr(row.path.rfind('/') + 1));
  }
  return names;
}

template <typename Row>
const Row* Find(absl::Span<const Row> rows, absl::string_view path) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return row.path == path;
  });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace

absl::Span<const Method> UnaryMethods() { return Rows(); }
absl::Span<const StreamMethod> StreamMethods() { return StreamRows(); }

absl::Span<const absl::string_view> UnaryMethodNames() {
  static const auto* const kNames =
      new std::vector<absl::string_view>(ListNames());
  return *kNames;
}

const Method* FindMethod(absl::string_view path) {
  return Find(UnaryMethods(), path);
}

const StreamMethod* FindStreamMethod(absl::string_view path) {
  return Find(StreamMethods(), path);
}

}  // namespace rolegate::service
