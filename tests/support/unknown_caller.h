// What operators are told of a caller whom nobody knows.

#ifndef ROLEGATE_TESTS_SUPPORT_UNKNOWN_CALLER_H_
#define ROLEGATE_TESTS_SUPPORT_UNKNOWN_CALLER_H_

#include <cstdlib>
#include <string>

#include "absl/strings/str_split.h"
#include "engine/json/json_document.h"
#include "gtest/gtest.h"
#include "tests/support/server_process.h"

namespace rolegate::testing {

// Whether gRPC's library carries the calls, and not the server's own HTTP/2.
inline bool OverGrpc() {
  const char* const transport = getenv("ROLEGATE_TRANSPORT");
  return transport != nullptr && std::string(transport) == "grpc";
}

// Whether one of the lines is an object that has these texts.
inline bool HasLine(
    const std::string& lines,
    const std::vector<std::pair<std::string, std::string>>& members) {
  for (const absl::string_view line :
       absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    JsonParseError error;
    const auto json = JsonDocument::Parse(std::string(line), {}, &error);
    if (json == nullptr) continue;
    bool all = true;
    for (const auto& [key, text] : members) {
      const JsonNode* const node = json->root().Find(key);
      all = all && node != nullptr && node->text() == text;
    }
    if (all) return true;
  }
  return false;
}

// Expects that both the log and the audit log, which stands in `audit` of
// `dir`, tell that a call was refused so.
inline void ExpectTold(const ServerProcess& server, const TempDir& dir,
                       const std::string& error, const std::string& message) {
  EXPECT_TRUE(
      HasLine(server.log(), {{"message", "a caller cannot be identified"},
                             {"level", "warning"},
                             {"error", error},
                             {"reason", message}}))
      << message << "\n"
      << server.log();
  EXPECT_TRUE(Eventually([&] {
    return HasLine(dir.Read("audit"), {{"kind", "authentication"},
                                       {"decision", "IMPLICIT_DENY"},
                                       {"error", error},
                                       {"reason", message}});
  })) << message
      << "\n"
      << dir.Read("audit");
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_UNKNOWN_CALLER_H_
