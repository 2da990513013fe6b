// Registry files for tests, as short as they can be.

#ifndef ROLEGATE_TESTS_SUPPORT_DOCUMENTS_H_
#define ROLEGATE_TESTS_SUPPORT_DOCUMENTS_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace rolegate::testing {

inline std::string Policy(const std::string& statement) {
  return absl::StrCat(R"({"Version": "2012-10-17", "Statement": [)", statement,
                      "]}");
}

inline std::string Allow(const std::string& action,
                         const std::string& resource = "*") {
  return Policy(absl::StrCat(R"({"Effect": "Allow", "Action": ")", action,
                             R"(", "Resource": ")", resource, R"("})"));
}

// `principal` is JSON: `{"Service": "ec2.amazonaws.com"}`.
inline std::string Trust(const std::string& principal,
                         const std::string& action = "sts:AssumeRole") {
  return Policy(absl::StrCat(R"({"Effect": "Allow", "Principal": )", principal,
                             R"(, "Action": ")", action, R"("})"));
}

inline std::string RoleArn(const std::string& name,
                           const std::string& account = "123456789012") {
  return absl::StrCat("arn:aws:iam::", account, ":role/", name);
}

// A role with one inline policy; `more` are further members, each with a comma
// before it.
inline std::string Role(const std::string& name, const std::string& trust,
                        const std::string& permissions,
                        const std::string& more = "",
                        const std::string& account = "123456789012") {
  return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": ")",
                      RoleArn(name, account), R"(", "RoleId": "AROA)", name,
                      R"(", "AssumeRolePolicyDocument": )", trust,
                      R"(, "RolePolicyList": [{"PolicyName": "p", )",
                      R"("PolicyDocument": )", permissions, "}]", more, "}");
}

inline const char kEc2[] = R"({"Service": "ec2.amazonaws.com"})";

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_DOCUMENTS_H_
