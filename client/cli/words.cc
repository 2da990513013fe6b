#include "client/cli/words.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "client/cli/client_commands.h"
#include "engine/text/spelling.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kMaxEdits = 3;

// What people type who know another tool, and what they look for.
struct Habit {
  absl::string_view typed;
  absl::string_view meant;
};

constexpr Habit kCommandHabits[] = {
    {"assume", "assume-role"},
    {"sts", "assume-role"},
    {"login", "assume-role"},
    {"can-i", "authorize"},
    {"is-allowed", "authorize"},
    {"ask", "authorize"},
    {"explain", "authorize --explain"},
    {"get-caller-identity", "whoami"},
    {"who-am-i", "whoami"},
    {"decode", "decode-authorization-message"},
    {"status", "registry status"},
    {"roles", "registry roles"},
    {"list-roles", "registry roles"},
    {"role", "registry role"},
    {"get-role", "registry role"},
    {"reload", "registry reload"},
    {"lint", "check"},
    {"validate", "check"},
    {"verify", "check"},
    {"simulate-custom-policy", "simulate"},
    {"simulate-principal-policy", "simulate"},
    {"completions", "completion"},
    {"tail", "audit tail"},
    {"logs", "audit tail"},
    {"grep", "audit grep"},
    {"decisions", "audit grep"},
};

constexpr Habit kFlagHabits[] = {
    {"--endpoint-url", "--server"}, {"--endpoint", "--server"},
    {"--host", "--server"},         {"--address", "--server"},
    {"--addr", "--server"},         {"--ca-bundle", "--tls-ca"},
    {"--cacert", "--tls-ca"},       {"--cert", "--tls-cert"},
    {"--key", "--tls-key"},         {"--token", "--session-token"},
    {"--role", "--role-arn"},       {"--session-name", "--role-session-name"},
    {"--as", "--principal"},        {"--format", "--output"},
    {"--json", "--output json"},
};

// The words up to a value: `--server` of `--server=localhost`.
std::string NameOf(const std::string& word) {
  return word.substr(0, word.find('='));
}

bool IsFlag(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

const CLI::Option* FindFlag(const CLI::App& command, const std::string& word) {
  if (absl::StartsWith(word, "--")) {
    return command.get_option_no_throw(NameOf(word));
  }
  return command.get_option_no_throw(word.substr(0, 2));  // `-ojson`
}

// How many of the words behind the flag are its values whatever they look like.
std::size_t ValuesBehind(const CLI::Option& option, const std::string& word) {
  if (option.get_items_expected_max() == 0) return 0;
  const bool holds_value = absl::StartsWith(word, "--")
                               ? absl::StrContains(word, '=')
                               : word.size() > 2;
  if (holds_value) return 0;
  return static_cast<std::size_t>(
      std::min(option.get_type_size_min(), option.get_items_expected_min()));
}

// Every command that asks a server has the same common flags.
const CLI::Option* FindCommonFlag(const CLI::App& app,
                                  const std::string& word) {
  const CLI::Option* const option =
      FindFlag(*app.get_subcommand("whoami"), word);
  if (option == nullptr || option->get_group() != kCommonFlags) return nullptr;
  return option;
}

const CLI::App* FindCommand(const CLI::App& command, const std::string& name) {
  for (const CLI::App* each : command.get_subcommands({})) {
    if (each->get_name() == name) return each;
  }
  return nullptr;
}

std::vector<std::string> CommandsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : command.get_subcommands({})) {
    names.push_back(each->get_name());
  }
  return names;
}

std::vector<std::string> FlagsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options({})) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back(absl::StrCat("--", name));
    }
  }
  return names;
}

// What was meant by a name: by habit, by its beginning, or by
// spelling.
template <std::size_t kHabits>
std::string Meant(const std::string& typed, const Habit (&habits)[kHabits],
                  const std::vector<std::string>& names) {
  for (const Habit& habit : habits) {
    if (habit.typed == typed) return std::string(habit.meant);
  }
  const std::vector<absl::string_view> known(names.begin(), names.end());
  const auto nearest = [&](std::size_t edits) {
    return std::string(
        NearestName(typed, known, std::min(edits, typed.size() / 3)));
  };
  if (std::string slip = nearest(1); !slip.empty()) return slip;
  if (typed.size() > 2) {
    std::vector<std::string> longer;
    for (const std::string& name : names) {
      if (absl::StartsWith(name, typed)) longer.push_back(name);
    }
    if (!longer.empty()) return absl::StrJoin(longer, "` or `");
  }
  return nearest(kMaxEdits);
}

std::string DidYouMean(const std::string& meant) {
  return meant.empty() ? "" : absl::StrCat(": did you mean `", meant, "`?");
}

std::string Advice(const CLI::App& command) {
  return absl::StrCat(
      "`", HelpCommand(command), "` shows ",
      command.get_subcommands({}).empty() ? "its flags" : "the commands",
      " and examples");
}

Words UnknownCommand(const CLI::App& command, const std::string& typed) {
  const std::vector<std::string> names = CommandsOf(command);
  const std::string meant = command.get_parent() == nullptr
                                ? Meant(typed, kCommandHabits, names)
                                : Meant<1>(typed, {{"", ""}}, names);
  const std::string path = CommandName(command);
  return {{},
          absl::StrCat("there is no command `", path, path.empty() ? "" : " ",
                       typed, "`",
                       meant.empty() ? absl::StrCat("; the commands are ",
                                                    absl::StrJoin(names, ", "))
                                     : DidYouMean(meant)),
          Advice(command)};
}

Words UnknownFlag(const CLI::App& app, const CLI::App& command,
                  const std::string& word) {
  const std::string typed = NameOf(word);
  if (typed == "--query") {
    return {{},
            "there is no `--query`: rolegate has no JMESPath, because Debian "
            "has no library of it for C++",
            "`--output json` prints JSON, which `jq` reads"};
  }
  const std::string path = CommandName(command);
  if (&command != &app && FindCommonFlag(app, word) != nullptr) {
    return {
        {},
        absl::StrCat("`", path, "` asks no server and takes no `", typed, "`"),
        Advice(command)};
  }
  const std::string meant = Meant(
      typed, kFlagHabits,
      FlagsOf(&command == &app ? *app.get_subcommand("whoami") : command));
  return {{},
          absl::StrCat(path.empty()
                           ? std::string("no flag before the command is called")
                           : absl::StrCat("`", path, "` has no flag"),
                       " `", typed, "`", DidYouMean(meant)),
          Advice(command)};
}

// The first flag among `words` that `command` does not have.
Words CheckFlags(const CLI::App& app, const CLI::App& command,
                 const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") break;
    if (!IsFlag(words[i])) continue;
    const CLI::Option* const option = FindFlag(command, words[i]);
    if (option == nullptr) return UnknownFlag(app, command, words[i]);
    i += ValuesBehind(*option, words[i]);
  }
  return {};
}

// Reads the words up to the command that has no commands of its own.
class Reader {
 public:
  Reader(const CLI::App& app, const std::vector<std::string>& given)
      : app_(app), command_(&app), given_(given) {}

  Words Read() {
    while (at_ < given_.size() && !command_->get_subcommands({}).empty()) {
      const std::string& word = given_[at_];
      if (word == "--help" || word == "-h" ||
          (word == "--version" && command_ == &app_)) {
        path_.push_back(word);
        return {path_, "", ""};
      }
      if (IsFlag(word)) {
        if (!TakeCommonFlag()) return UnknownFlag(app_, *command_, word);
        continue;
      }
      ++at_;
      if (word == "help" && !wants_help_) {
        wants_help_ = true;
        continue;
      }
      const CLI::App* const next = FindCommand(*command_, word);
      if (next == nullptr) return UnknownCommand(*command_, word);
      command_ = next;
      path_.push_back(word);
    }
    return Arrange();
  }

 private:
  // False if the word at hand is no flag that all commands have.
  bool TakeCommonFlag() {
    const CLI::Option* const option = FindCommonFlag(app_, given_[at_]);
    if (option == nullptr) return false;
    const std::size_t end =
        std::min(given_.size(), at_ + 1 + ValuesBehind(*option, given_[at_]));
    common_.emplace_back(given_.begin() + static_cast<std::ptrdiff_t>(at_),
                         given_.begin() + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    return true;
  }

  Words Arrange() {
    if (wants_help_) {
      path_.emplace_back("--help");
      return {path_, "", ""};
    }
    if (!command_->get_subcommands({}).empty()) {
      return {
          {},
          command_ == &app_
              ? std::string("expected a command")
              : absl::StrCat("expected a command of `", CommandName(*command_),
                             "`: ", absl::StrJoin(CommandsOf(*command_), ", ")),
          Advice(*command_)};
    }
    const std::vector<std::string> rest(
        given_.begin() + static_cast<std::ptrdiff_t>(at_), given_.end());
    Words checked = CheckFlags(app_, *command_, rest);
    if (!checked.fault.empty()) return checked;
    std::vector<std::string> words = std::move(path_);
    for (const std::vector<std::string>& flag : common_) {
      if (FindFlag(*command_, flag[0]) != nullptr) {
        words.insert(words.end(), flag.begin(), flag.end());
      } else if (FindCommonFlag(app_, flag[0])->check_lname("output")) {
        // A caller that asks for JSON must not get something else.
        return {{},
                absl::StrCat("`", CommandName(*command_), "` takes no `",
                             NameOf(flag[0]), "`"),
                Advice(*command_)};
      }
    }
    words.insert(words.end(), rest.begin(), rest.end());
    return {words, "", ""};
  }

  const CLI::App& app_;
  const CLI::App* command_;
  const std::vector<std::string>& given_;
  std::size_t at_ = 0;
  bool wants_help_ = false;
  std::vector<std::string> path_;
  std::vector<std::vector<std::string>> common_;
};

}  // namespace

std::string CommandName(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "";
  const std::string before = CommandName(*command.get_parent());
  return absl::StrCat(before, before.empty() ? "" : " ", command.get_name());
}

std::string HelpCommand(const CLI::App& command) {
  const std::string path = CommandName(command);
  return absl::StrCat("rolegate help", path.empty() ? "" : " ", path);
}

Words ReadWords(const CLI::App& app, const std::vector<std::string>& given) {
  return Reader(app, given).Read();
}

}  // namespace rolegate::cli
