// audit explain, a command below `audit`.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_EXPLAIN_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_EXPLAIN_H_

#include <CLI/CLI.hpp>

namespace rolegate::cli {

void AddAuditExplain(CLI::App* audit, int* exit_code);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_EXPLAIN_H_
