// The table of methods is the API: every method of the protos has its row, with
// its own messages, and no row is of another.

#include "service/rpc/methods.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.pb.h"
#include "rolegate/v1/policy.pb.h"
#include "rolegate/v1/registry.pb.h"
#include "rolegate/v1/security_token.pb.h"

namespace rolegate::service {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::vector<const MethodDescriptor*> MethodsOfTheProtos() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* file : {v1::AuthorizeRequest::descriptor()->file(),
                           v1::SimulateRequest::descriptor()->file(),
                           v1::GetStatusRequest::descriptor()->file(),
                           v1::AssumeRoleRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor* const service = file->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        methods.push_back(service->method(j));
      }
    }
  }
  return methods;
}

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

TEST(Methods, EveryMethodOfTheProtosHasItsRow) {
  std::set<std::string> paths;
  for (const MethodDescriptor* method : MethodsOfTheProtos()) {
    const std::string path = PathOf(*method);
    SCOPED_TRACE(path);
    paths.insert(path);
    if (method->server_streaming()) {
      const StreamMethod* const row = FindStreamMethod(path);
      ASSERT_NE(row, nullptr);
      EXPECT_EQ(row->reads, method->client_streaming());
      EXPECT_EQ(row->request.GetTypeName(), method->input_type()->full_name());
      EXPECT_EQ(FindMethod(path), nullptr);
      continue;
    }
    const Method* const row = FindMethod(path);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->request.GetTypeName(), method->input_type()->full_name());
    EXPECT_EQ(row->response.GetTypeName(), method->output_type()->full_name());
    EXPECT_EQ(FindStreamMethod(path), nullptr);
  }
  std::set<std::string> rows;
  for (const Method& row : UnaryMethods()) rows.emplace(row.path);
  for (const StreamMethod& row : StreamMethods()) rows.emplace(row.path);
  EXPECT_EQ(rows, paths);
  EXPECT_EQ(rows.size(), UnaryMethods().size() + StreamMethods().size());
}

TEST(Methods, NothingElseIsFound) {
  for (const char* path : {"", "/", "/rolegate.v1.AuthorizationService/",
                           "/rolegate.v1.AuthorizationService/authorize",
                           "rolegate.v1.AuthorizationService/Authorize",
                           "/rolegate.v1.AuthorizationService/Authorize/"}) {
    EXPECT_EQ(FindMethod(path), nullptr) << path;
    EXPECT_EQ(FindStreamMethod(path), nullptr) << path;
  }
}

// Who may call a method without an identity, or reads what only administrators
// may, is told here, so that nobody changes it in passing.
TEST(Methods, WhatEachDemands) {
  std::string table;
  for (const Method& row : UnaryMethods()) {
    const Demands& demands = row.demands;
    absl::StrAppend(
        &table, row.path.substr(row.path.rfind('/') + 1), ":",
        demands.identity == Demands::Identity::kNone ? " anybody" : "",
        demands.identity == Demands::Identity::kEvenWithoutRegistry
            ? " even without a registry"
            : "",
        demands.limits_sessions ? " limited" : "",
        demands.administers.empty() ? "" : " ", demands.administers,
        demands.registry ? " registry" : "", "\n");
  }
  EXPECT_EQ(table,
            "Authorize: registry\n"
            "BatchAuthorize: registry\n"
            "AssumeRole: limited registry\n"
            "AssumeRoleWithWebIdentity: anybody limited registry\n"
            "AssumeRoleWithSAML: anybody limited registry\n"
            "GetCallerIdentity: registry\n"
            "DecodeAuthorizationMessage: rolegate:DecodeAuthorizationMessage\n"
            "GetSigningKeys: even without a registry\n"
            "GetStatus: rolegate:ReadRegistry\n"
            "ListRoles: rolegate:ReadRegistry registry\n"
            "GetRole: rolegate:ReadRegistry registry\n"
            "Reload: rolegate:Reload\n"
            "Simulate:\n"
            "Validate:\n");
}

}  // namespace
}  // namespace rolegate::service
