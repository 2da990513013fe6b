// What a token says about itself, for messages.  Nothing here is verified.

#ifndef ROLEGATE_CLIENT_CLI_TOKEN_TEXT_H_
#define ROLEGATE_CLIENT_CLI_TOKEN_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::cli {

// Whether a bearer token is one of Rolegate's sessions, by its header alone.
bool IsSession(absl::string_view token);

// "with the token of --session-token; it is the session `arn:aws:sts::…`".
// Without the second half if the token is no session.
std::string WithToken(absl::string_view token, absl::string_view from);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_TOKEN_TEXT_H_
