#include "service/config/setting.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace rolegate::service {

std::string EnvironmentName(absl::string_view setting) {
  return absl::StrCat(
      "ROLEGATE_",
      absl::StrReplaceAll(absl::AsciiStrToUpper(setting), {{".", "_"}}));
}

}  // namespace rolegate::service
