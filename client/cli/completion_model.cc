#include "client/cli/completion_model.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/cli/client_commands.h"
#include "client/cli/words.h"

namespace rolegate::cli {
namespace {

// Shells have quotes of their own, and a list shows one line for each name.
std::string Plain(const std::string& doc) {
  const absl::string_view first =
      absl::string_view(doc).substr(0, doc.find(';'));
  return absl::StrReplaceAll(
      first, {{"`", ""}, {"'", ""}, {"\"", ""}, {"\n", " "}, {"\\", ""}});
}

FlagModel ModelFlag(const CLI::Option& option) {
  FlagModel flag;
  flag.name = absl::StrCat("--", option.get_lnames().front());
  if (!option.get_snames().empty()) {
    flag.short_name = absl::StrCat("-", option.get_snames().front());
  }
  flag.doc = Plain(option.get_description());
  if (option.get_items_expected_max() == 0) return flag;
  // CLI11 writes the choices into the type: `TEXT:{text,json}`.
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  flag.kind = ValueKind::kWord;
  if (flag.name == "--profile") {
    flag.kind = ValueKind::kProfile;
  } else if (open != type.npos && close != type.npos) {
    flag.kind = ValueKind::kChoice;
    flag.choices = absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
  } else if (absl::StrContains(type, "FILE") ||
             absl::StrContains(type, "DIR")) {
    flag.kind = ValueKind::kFile;
  }
  return flag;
}

// Adds a command and all that are below it.
void Model(const CLI::App& app, const CLI::App& command,
           std::vector<CommandModel>* all) {
  CommandModel model;
  model.path = CommandName(command);
  for (const CLI::App* each : command.get_subcommands({})) {
    model.commands.push_back(
        {each->get_name(), Plain(each->get_description())});
  }
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_lnames().empty()) {
      model.takes_files = true;
    } else {
      model.flags.push_back(ModelFlag(*option));
    }
  }
  if (!model.commands.empty()) {
    for (const CLI::Option* option :
         app.get_subcommand("whoami")->get_options([](const CLI::Option* each) {
           return each->get_group() == kCommonFlags;
         })) {
      model.flags.push_back(ModelFlag(*option));
    }
  }
  all->push_back(std::move(model));
  for (const CLI::App* each : command.get_subcommands({})) {
    Model(app, *each, all);
  }
}

}  // namespace

std::vector<CommandModel> ModelCommands(const CLI::App& app) {
  std::vector<CommandModel> all;
  Model(app, app, &all);
  std::vector<CommandModel> helps;
  for (CommandModel& command : all) {
    if (command.path == "help") {
      command.commands = all.front().commands;
    } else if (!command.path.empty() && !command.commands.empty()) {
      helps.push_back(
          {absl::StrCat("help ", command.path), command.commands, {}, false});
    }
  }
  all.insert(all.end(), helps.begin(), helps.end());
  return all;
}

}  // namespace rolegate::cli
