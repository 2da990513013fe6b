// What a replay found, for people and for programs.

#ifndef ROLEGATE_CLIENT_CLI_REPLAY_REPORT_H_
#define ROLEGATE_CLIENT_CLI_REPLAY_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/replay.h"

namespace rolegate::cli {

// What the report says beside the replay's own results.
struct ReplayFrame {
  std::string revision;           // of the registry
  std::string baseline_revision;  // empty: no baseline
  std::uint64_t lines = 0;
  std::uint64_t unreadable = 0;  // lines that are no records
  std::size_t max_groups = 0;    // that are shown; 0: all
};

// Texts of the log are shown without control characters.
std::string ReplayText(const Replay& replay, const ReplayFrame& frame);
std::string ReplayMarkdown(const Replay& replay, const ReplayFrame& frame);
// One object, on several lines.
std::string ReplayJson(const Replay& replay, const ReplayFrame& frame);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_REPLAY_REPORT_H_
