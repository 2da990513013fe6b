// The flags that all ways to assume a role have.

#ifndef ROLEGATE_CLIENT_CLI_SESSION_FLAGS_H_
#define ROLEGATE_CLIENT_CLI_SESSION_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/client_commands.h"

namespace rolegate::cli {

class SessionFlags {
 public:
  // Adds --duration-seconds, --policy and --policy-arns.
  void AddTo(CLI::App* command);

  // Sets what was given.  kInvalidArgument if a file cannot be read.
  template <typename Request>
  absl::Status Fill(Request* request) const {
    if (!duration_option_->empty()) request->set_duration_seconds(duration_);
    if (!policy_option_->empty()) {
      absl::StatusOr<std::string> policy = TextOrFile(policy_);
      if (!policy.ok()) return policy.status();
      request->set_policy(*std::move(policy));
    }
    for (const std::string& argument : policy_arns_) {
      request->add_policy_arns(PolicyArn(argument));
    }
    return absl::OkStatus();
  }

 private:
  // The AWS CLI writes `arn=…`.
  static std::string PolicyArn(absl::string_view argument);

  CLI::Option* duration_option_ = nullptr;
  int duration_ = 0;
  CLI::Option* policy_option_ = nullptr;
  std::string policy_;
  std::vector<std::string> policy_arns_;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_SESSION_FLAGS_H_
