// version and help, as words instead of flags, and completion.

#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/completion_model.h"

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

void AddCompletion(CLI::App* app) {
  CLI::App* const command = app->add_subcommand(
      "completion", "Print the completion of commands and flags for a shell");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  eval \"$(rolegate completion bash)\"\n"
      "  rolegate completion zsh\n"
      "  rolegate completion fish\n"
      "\n"
      "Bash: put the first line into ~/.bashrc. zsh: write the output to a\n"
      "file `_rolegate` in a folder of fpath. fish: write it to\n"
      "~/.config/fish/completions/rolegate.fish.");
  const auto add = [&](const char* shell, const char* example,
                       std::string (*print)(const std::vector<CommandModel>&)) {
    CLI::App* const words = command->add_subcommand(
        shell, absl::StrCat("The completion for ", shell));
    words->footer(absl::StrCat("Example:\n  ", example));
    words->callback([app, print] { std::cout << print(ModelCommands(*app)); });
  };
  add("bash", "eval \"$(rolegate completion bash)\"", BashCompletion);
  add("zsh", "rolegate completion zsh > _rolegate", ZshCompletion);
  add("fish", "rolegate completion fish > rolegate.fish", FishCompletion);
}

}  // namespace rolegate::cli
