// version and help, as words instead of flags.

#include <iostream>
#include <string>

#include "client/cli/commands.h"

namespace rolegate::cli {

void AddVersion(CLI::App* app, const char* version) {
  CLI::App* const command = app->add_subcommand("version", "Print the version");
  command->footer("Example:\n  rolegate version");
  command->callback([version] { std::cout << version << "\n"; });
}

void AddHelp(CLI::App* app) {
  // ReadWords reads `help X` as `X --help`, so nothing is left to do here.
  CLI::App* const command =
      app->add_subcommand("help", "Say how a command is used");
  command->footer(
      "Examples:\n"
      "  rolegate help assume-role\n"
      "  rolegate help registry status");
}

}  // namespace rolegate::cli
