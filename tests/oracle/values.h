// Typed values of conditions, parsed anew at every use.

#ifndef ROLEGATE_TESTS_ORACLE_VALUES_H_
#define ROLEGATE_TESTS_ORACLE_VALUES_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rolegate_oracle {

std::string Lower(std::string text);  // ASCII
bool StartsWith(const std::string& text, const std::string& prefix);

// At the first `max_parts - 1` separators.
std::vector<std::string> Split(const std::string& text, char separator,
                               std::size_t max_parts);

// Code points; a byte by itself where the text is not UTF-8.
std::u32string CodePoints(const std::string& text);

// Negative, zero or positive, as `a` is less than, equal to, more than `b`.
std::optional<int> CompareNumbers(const std::string& a, const std::string& b);
bool IsNumber(const std::string& text);

// Seconds and nanoseconds.
using Moment = std::pair<std::int64_t, std::int64_t>;
std::optional<Moment> ParseDate(const std::string& text);

std::optional<bool> ParseBool(const std::string& text);
std::optional<std::string> ParseBase64(const std::string& text);

// An address as 4 or 16 bytes.
std::optional<std::string> ParseAddress(const std::string& text);
// Whether the network holds the address; nothing if it is no network.
std::optional<bool> NetworkHolds(const std::string& network,
                                 const std::string& address);

}  // namespace rolegate_oracle

#endif  // ROLEGATE_TESTS_ORACLE_VALUES_H_
