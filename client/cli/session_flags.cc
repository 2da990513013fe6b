#include "client/cli/session_flags.h"

#include "absl/strings/strip.h"

namespace rolegate::cli {

void SessionFlags::AddTo(CLI::App* command) {
  duration_option_ = command->add_option("--duration-seconds", duration_,
                                         "900 to 43200; default 3600");
  policy_option_ = command->add_option(
      "--policy", policy_, "A session policy: JSON, or file://PATH");
  command->add_option("--policy-arns", policy_arns_,
                      "Managed session policies");
}

std::string SessionFlags::PolicyArn(absl::string_view argument) {
  absl::ConsumePrefix(&argument, "arn=");
  return std::string(argument);
}

}  // namespace rolegate::cli
