// The parameters of a query, "q=billing&offset=20".

#ifndef ROLEGATE_SERVICE_CONSOLE_QUERY_H_
#define ROLEGATE_SERVICE_CONSOLE_QUERY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service {

// The first parameter of this name, decoded; empty if there is none.  A
// percent sign without two hexadecimal digits stands for itself.
std::string QueryText(absl::string_view query, absl::string_view name);

// The same as a number between `least` and `most`; `fallback` if it is none.
std::size_t QueryNumber(absl::string_view query, absl::string_view name,
                        std::size_t fallback, std::size_t least,
                        std::size_t most);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_QUERY_H_
