// Makes a failing question small enough to read.

#ifndef ROLEGATE_TESTS_DIFFERENTIAL_SHRINK_H_
#define ROLEGATE_TESTS_DIFFERENTIAL_SHRINK_H_

#include <functional>
#include <string>

namespace rolegate::testing {

// Takes members and elements out of the JSON, one after the other, for as long
// as `fails` still holds of what remains.
std::string Shrink(const std::string& json,
                   const std::function<bool(const std::string&)>& fails);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_DIFFERENTIAL_SHRINK_H_
