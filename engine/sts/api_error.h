// An error of the API.

#ifndef ROLEGATE_ENGINE_STS_API_ERROR_H_
#define ROLEGATE_ENGINE_STS_API_ERROR_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/sts/error_code.h"

namespace rolegate {

// One field that does not fit, for google.rpc.BadRequest.
struct FieldViolation {
  std::string field;  // the proto's name: "role_session_name"
  std::string description;
};

struct [[nodiscard]] ApiError {
  ErrorCode code = ErrorCode::kInternalFailure;
  std::string message;  // names field, limit and fault; never a secret
  std::vector<FieldViolation> violations;

  // The sealed record of a refusal; empty if there is none.
  std::string encoded_message = {};
};

// A ValidationError about one field: "`actions[2]`: expected ...".
inline ApiError InvalidField(absl::string_view field,
                             absl::string_view message) {
  return {ErrorCode::kValidationError,
          absl::StrCat("`", field, "`: ", message),
          {{std::string(field), std::string(message)}}};
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_API_ERROR_H_
