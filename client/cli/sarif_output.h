// Findings as SARIF 2.1.0, the format of code review tools.
//
// OASIS: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

#ifndef ROLEGATE_CLIENT_CLI_SARIF_OUTPUT_H_
#define ROLEGATE_CLIENT_CLI_SARIF_OUTPUT_H_

#include <string>

#include "engine/text/diagnostic.h"

namespace rolegate::cli {

// One run with one result a finding.  `dir` stands before every file's name,
// so that files are found from where the command was run.
std::string SarifLog(const Diagnostics& findings, const std::string& dir);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_SARIF_OUTPUT_H_
