// rolegate: the command line.

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "service/base/redact.h"

// NOLINTNEXTLINE(bugprone-exception-escape): a faulty table of flags ends it.
int main(int argc, char** argv) {
  // NOLINTNEXTLINE(google-build-using-namespace): the program is nothing else.
  using namespace rolegate::cli;
  CLI::App app(
      "Rolegate's command line: asks a server, and works on policies offline.\n"
      "Exits with 0 when done, 1 when it failed, 2 when it was used wrongly,\n"
      "3 when the answer is a denial.",
      "rolegate");
  app.set_version_flag("--version", std::string("rolegate " ROLEGATE_VERSION));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  int exit_code = kDone;
  AddAssumeRole(&app, &exit_code);
  AddAssumeRoleWithWebIdentity(&app, &exit_code);
  AddAssumeRoleWithSaml(&app, &exit_code);
  AddAuthorize(&app, &exit_code);
  AddWhoAmI(&app, &exit_code);
  AddDecodeAuthorizationMessage(&app, &exit_code);
  AddRegistry(&app, &exit_code);
  AddCheck(&app, &exit_code);
  AddSimulate(&app, &exit_code);
  AddTest(&app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // What was typed in the wrong place may be a token, and output is kept.
    std::ostringstream help;
    std::ostringstream fault;
    const int code = app.exit(error, help, fault);
    std::cout << help.str();
    std::cerr << rolegate::service::Redact(fault.str());
    return code == 0 ? kDone : kUsage;
  }
  return exit_code;
}
