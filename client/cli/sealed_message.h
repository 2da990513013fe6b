// The sealed reason of a refusal, which is some thousand characters long: kept
// in a file, so that a terminal need not show it.

#ifndef ROLEGATE_CLIENT_CLI_SEALED_MESSAGE_H_
#define ROLEGATE_CLIENT_CLI_SEALED_MESSAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::cli {

// Writes it to `rolegate/last-refusal` in XDG_STATE_HOME or ~/.local/state, in
// place of the last one.  The file's path; empty if it cannot be written.
std::string KeepSealedMessage(absl::string_view sealed);

// What `--encoded-message` means: the text itself, `-` for standard input, or
// `file://PATH`.  A text that holds what the command line printed about a
// refusal is taken apart.  kInvalidArgument if it cannot be read or is empty.
absl::StatusOr<std::string> ReadSealedMessage(const std::string& argument);

// What stands before it where it is printed.
inline constexpr absl::string_view kSealedLabel =
    "Encoded authorization failure message: ";

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_SEALED_MESSAGE_H_
