// A value, or the error of the API that a caller gets in its place.
//
//   Result<Subject> subject = call.VerifySession(token);
//   if (!subject.ok()) return std::move(subject).error();
//   Use(*subject);
//
// Whatever can end in an answer to a caller returns a Result, or a Refusal if
// there is no value.  absl::Status stays for what only an operator reads, such
// as a file that cannot be opened, and Diagnostics for the faults of documents.

#ifndef ROLEGATE_ENGINE_STS_RESULT_H_
#define ROLEGATE_ENGINE_STS_RESULT_H_

#include <optional>
#include <utility>
#include <variant>

#include "absl/base/attributes.h"
#include "engine/sts/api_error.h"

namespace rolegate {

// The error with which something is refused; none if it is not.
using Refusal = std::optional<ApiError>;

template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a function returns its value.
  Result(T value) : held_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): or its error.
  Result(ApiError error) : held_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(held_); }

  // The error.  There must be one.
  const ApiError& error() const& ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return std::get<ApiError>(held_);
  }
  ApiError error() && { return std::get<ApiError>(std::move(held_)); }
  // The error, for more to be put into it; null if there is none.
  ApiError* mutable_error() { return std::get_if<ApiError>(&held_); }

  // The value.  There must be one.
  const T& operator*() const& ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return std::get<T>(held_);
  }
  T& operator*() & ABSL_ATTRIBUTE_LIFETIME_BOUND { return std::get<T>(held_); }
  T operator*() && { return std::get<T>(std::move(held_)); }
  const T* operator->() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return &std::get<T>(held_);
  }
  T* operator->() ABSL_ATTRIBUTE_LIFETIME_BOUND { return &std::get<T>(held_); }

 private:
  std::variant<T, ApiError> held_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_RESULT_H_
