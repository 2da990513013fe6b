// The commands, one function each that adds it to the program.

#ifndef ROLEGATE_CLIENT_CLI_COMMANDS_H_
#define ROLEGATE_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

namespace rolegate::cli {

// Each sets `*exit_code` when its command ran.
void AddAssumeRole(CLI::App* app, int* exit_code);
void AddAssumeRoleWithWebIdentity(CLI::App* app, int* exit_code);
void AddAssumeRoleWithSaml(CLI::App* app, int* exit_code);
void AddAuthorize(CLI::App* app, int* exit_code);
void AddWhoAmI(CLI::App* app, int* exit_code);
void AddDecodeAuthorizationMessage(CLI::App* app, int* exit_code);
void AddRegistry(CLI::App* app, int* exit_code);
void AddCheck(CLI::App* app, int* exit_code);
void AddSimulate(CLI::App* app, int* exit_code);
void AddTest(CLI::App* app, int* exit_code);
void AddReplay(CLI::App* app, int* exit_code);
void AddAudit(CLI::App* app, int* exit_code);
// These cannot fail.
void AddVersion(CLI::App* app, const char* version);
void AddHelp(CLI::App* app);
void AddCompletion(CLI::App* app);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_COMMANDS_H_
