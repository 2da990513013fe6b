// The words of a command line, before CLI11 reads them.

#ifndef ROLEGATE_CLIENT_CLI_WORDS_H_
#define ROLEGATE_CLIENT_CLI_WORDS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rolegate::cli {

struct Words {
  std::vector<std::string> words;  // for CLI11, if there is no fault
  std::string fault;               // what is wrong, and what was meant
  std::string advice;              // what to type next
};

// Makes a command line ready for CLI11.  `given` is without the program's
// name.
//
// - Flags of the group kCommonFlags may stand before the command's name; they
//   are moved behind it.  A command that asks no server does without them.
// - `help X` becomes `X --help`.
// - A command or a flag that does not exist is a fault here, with the nearest
//   name, because CLI11 first complains about flags that are missing.
Words ReadWords(const CLI::App& app, const std::vector<std::string>& given);

// `registry status`: the command's name without the program's.
std::string CommandName(const CLI::App& command);

// `rolegate help registry status` for the command that was asked for.
std::string HelpCommand(const CLI::App& command);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_WORDS_H_
