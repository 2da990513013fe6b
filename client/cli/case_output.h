// The answers to cases, as JSON and for people.

#ifndef ROLEGATE_CLIENT_CLI_CASE_OUTPUT_H_
#define ROLEGATE_CLIENT_CLI_CASE_OUTPUT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/case_evaluator.h"
#include "client/cli/json_output.h"
#include "engine/text/diagnostic.h"

namespace rolegate::cli {

// Writes the member `error`.
void WriteError(JsonLine& writer, absl::string_view code,
                absl::string_view message, absl::string_view policy,
                absl::string_view path, Position position);

// Writes the members of an answer: `decision`, `reason`, `layers` and the
// explanation, or `error`.
void WriteAnswer(JsonLine& writer, const CaseAnswer& answer);

// What decided, what is lacking and what nearly matched, a line each.
std::string ExplanationText(const Explanation& why);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CASE_OUTPUT_H_
