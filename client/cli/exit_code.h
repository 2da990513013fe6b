// What the command line exits with.

#ifndef ROLEGATE_CLIENT_CLI_EXIT_CODE_H_
#define ROLEGATE_CLIENT_CLI_EXIT_CODE_H_

namespace rolegate::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;   // unauthenticated and unavailable, too
inline constexpr int kUsage = 2;    // used wrongly, or input unreadable
inline constexpr int kDenied = 3;   // a decision other than ALLOW, AccessDenied
inline constexpr int kFlipped = 4;  // decisions change that were not to change

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_EXIT_CODE_H_
