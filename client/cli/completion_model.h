// The commands and flags of the program, as completion needs them.

#ifndef ROLEGATE_CLIENT_CLI_COMPLETION_MODEL_H_
#define ROLEGATE_CLIENT_CLI_COMPLETION_MODEL_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rolegate::cli {

// What follows a flag, or stands as an argument.
enum class ValueKind { kNone, kWord, kFile, kChoice, kProfile };

struct FlagModel {
  std::string name;        // "--output"
  std::string short_name;  // "-o", or empty
  std::string doc;         // one line without quotes
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> choices;  // for kChoice
};

struct NameModel {
  std::string name;
  std::string doc;
};

struct CommandModel {
  std::string path;  // "registry status"; empty: the program itself
  std::vector<NameModel> commands;
  std::vector<FlagModel> flags;
  bool takes_files = false;
};

// The program first, which takes the flags that all commands have; then all
// commands, and `help` with each command that has commands of its own.
std::vector<CommandModel> ModelCommands(const CLI::App& app);

// The scripts, each of which completes `rolegate` in its shell.
std::string BashCompletion(const std::vector<CommandModel>& commands);
std::string ZshCompletion(const std::vector<CommandModel>& commands);
std::string FishCompletion(const std::vector<CommandModel>& commands);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_COMPLETION_MODEL_H_
