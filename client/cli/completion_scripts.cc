// The scripts of the shells.  All three find the command that is being typed in
// the same way: they pass over the common flags with their values, and take
// each further word that is a command where it stands.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/completion_model.h"

namespace rolegate::cli {
namespace {

// Prints the names of the profiles, in any shell.
constexpr char kProfiles[] =
    R"(sed -n 's/^\[profile  *\(.*[^ ]\) *\]$/\1/p; s/^\[\(default\)\]$/\1/p')";

// `--output|-o`.
std::string Alternatives(const FlagModel& flag) {
  return flag.short_name.empty()
             ? flag.name
             : absl::StrCat(flag.name, "|", flag.short_name);
}

std::vector<std::string> NamesOf(const FlagModel& flag) {
  std::vector<std::string> names = {flag.name};
  if (!flag.short_name.empty()) names.push_back(flag.short_name);
  return names;
}

// The flags that may stand before a command and have a value.
std::string SkippedFlags(const CommandModel& program, const char* between) {
  std::vector<std::string> names;
  for (const FlagModel& flag : program.flags) {
    if (flag.kind == ValueKind::kNone) continue;
    for (std::string& name : NamesOf(flag)) names.push_back(std::move(name));
  }
  return absl::StrJoin(names, between);
}

// `"registry status"`: each command behind the path it stands behind.
std::string Steps(const std::vector<CommandModel>& commands,
                  const char* between) {
  std::vector<std::string> steps;
  for (const CommandModel& command : commands) {
    for (const NameModel& each : command.commands) {
      steps.push_back(absl::StrCat("'", command.path, " ", each.name, "'"));
    }
  }
  return absl::StrJoin(steps, between);
}

std::string CommandNames(const CommandModel& command) {
  return absl::StrJoin(
      command.commands, " ",
      [](std::string* out, const NameModel& each) { out->append(each.name); });
}

std::string FlagNames(const CommandModel& command) {
  return absl::StrJoin(command.flags, " ",
                       [](std::string* out, const FlagModel& flag) {
                         out->append(absl::StrJoin(NamesOf(flag), " "));
                       });
}

// zsh's `_describe` splits at the first colon.
std::string Described(const std::string& name, const std::string& doc) {
  return absl::StrCat("'", name, ":", absl::StrReplaceAll(doc, {{":", "\\:"}}),
                      "'");
}

constexpr char kBashHead[] =
    R"SH(# rolegate completion bash: completion of rolegate.
#   eval "$(rolegate completion bash)"
_rolegate() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local at="" i
  COMPREPLY=()
  # `--flag=value` comes as three words.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      SKIPPED)
        [[ ${COMP_WORDS[i+1]} == "=" ]] && ((i++))
        ((i++))
        continue ;;
    esac
    case "$at ${COMP_WORDS[i]}" in
      STEPS)
        at="${at:+$at }${COMP_WORDS[i]}" ;;
    esac
  done
  local words="" flags="" files=""
  case "$at" in
)SH";

constexpr char kBashTail[] = R"SH(  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $files ]]; then
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F _rolegate rolegate
)SH";

constexpr char kZshHead[] = R"SH(#compdef rolegate
# rolegate completion zsh: completion of rolegate, as a file `_rolegate` of fpath
# or behind compinit:
#   eval "$(rolegate completion zsh)"
_rolegate() {
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]} at="" files="" i
  local -a commands flags
  if [[ $cur == --*=* ]]; then
    prev=${cur%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case "${words[i]}" in
      SKIPPED) ((i++)); continue ;;
    esac
    case "$at ${words[i]}" in
      STEPS)
        at="${at:+$at }${words[i]}" ;;
    esac
  done
  case "$at" in
)SH";

constexpr char kZshTail[] = R"SH(  esac
  if [[ $cur == -* ]]; then
    _describe -o flag flags
  elif [[ -n $files ]]; then
    _files
  else
    _describe command commands
  fi
}
if [[ ${funcstack[1]} == _rolegate ]]; then
  _rolegate "$@"
else
  compdef _rolegate rolegate
fi
)SH";

constexpr char kFishHead[] =
    R"SH(# rolegate completion fish: completion of rolegate.
#   rolegate completion fish | source
function __rolegate_at
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case SKIPPED
                set skip 1
                continue
        end
        switch "$at $word"
            case STEPS
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
function __rolegate_profiles
    set -l file ~/.config/rolegate/config
    set -q XDG_CONFIG_HOME; and set file $XDG_CONFIG_HOME/rolegate/config
    set -q ROLEGATE_CONFIG_FILE; and set file $ROLEGATE_CONFIG_FILE
    PROFILES $file 2>/dev/null
end
complete -c rolegate -f
)SH";

std::string ConfigFile() {
  return "\"${ROLEGATE_CONFIG_FILE:-${XDG_CONFIG_HOME:-$HOME/.config}/rolegate/"
         "config}\" 2>/dev/null";
}

// What completes the value of a flag, in words of bash; empty for any text.
std::string BashValues(const FlagModel& flag) {
  switch (flag.kind) {
    case ValueKind::kFile:
      return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); ";
    case ValueKind::kChoice:
      return absl::StrCat("COMPREPLY=($(compgen -W '",
                          absl::StrJoin(flag.choices, " "),
                          "' -- \"$cur\")); ");
    case ValueKind::kProfile:
      return absl::StrCat("COMPREPLY=($(compgen -W \"$(", kProfiles, " ",
                          ConfigFile(), ")\" -- \"$cur\")); ");
    default:
      return "";
  }
}

// The same in words of zsh.
std::string ZshValues(const FlagModel& flag) {
  switch (flag.kind) {
    case ValueKind::kFile:
      return "_files; ";
    case ValueKind::kChoice:
      return absl::StrCat("compadd -- ", absl::StrJoin(flag.choices, " "),
                          "; ");
    case ValueKind::kProfile:
      return absl::StrCat("compadd -- $(", kProfiles, " ", ConfigFile(), "); ");
    default:
      return "";
  }
}

// A `case` over the word before the cursor, for bash and zsh: what follows a
// flag is its value.
void AppendValues(const CommandModel& command,
                  std::string (*values)(const FlagModel&),
                  std::string* script) {
  absl::StrAppend(script, "      case \"$prev\" in\n");
  for (const FlagModel& flag : command.flags) {
    if (flag.kind == ValueKind::kNone) continue;
    absl::StrAppend(script, "        ", Alternatives(flag), ") ", values(flag),
                    "return ;;\n");
  }
  absl::StrAppend(script, "      esac\n");
}

}  // namespace

std::string BashCompletion(const std::vector<CommandModel>& commands) {
  std::string script = absl::StrReplaceAll(
      kBashHead, {{"SKIPPED", SkippedFlags(commands.front(), "|")},
                  {"STEPS", Steps(commands, "|")}});
  for (const CommandModel& command : commands) {
    absl::StrAppend(&script, "    '", command.path, "')\n");
    AppendValues(command, BashValues, &script);
    absl::StrAppend(&script, "      flags='", FlagNames(command), "'\n");
    if (!command.commands.empty()) {
      absl::StrAppend(&script, "      words='", CommandNames(command), "'\n");
    }
    if (command.takes_files) absl::StrAppend(&script, "      files=1\n");
    absl::StrAppend(&script, "      ;;\n");
  }
  absl::StrAppend(&script, kBashTail);
  return script;
}

std::string ZshCompletion(const std::vector<CommandModel>& commands) {
  std::string script = absl::StrReplaceAll(
      kZshHead, {{"SKIPPED", SkippedFlags(commands.front(), "|")},
                 {"STEPS", Steps(commands, "|")}});
  for (const CommandModel& command : commands) {
    absl::StrAppend(&script, "    '", command.path, "')\n");
    AppendValues(command, ZshValues, &script);
    absl::StrAppend(&script, "      flags=(");
    for (const FlagModel& flag : command.flags) {
      for (const std::string& name : NamesOf(flag)) {
        absl::StrAppend(&script, "\n        ", Described(name, flag.doc));
      }
    }
    absl::StrAppend(&script, ")\n      commands=(");
    for (const NameModel& each : command.commands) {
      absl::StrAppend(&script, "\n        ", Described(each.name, each.doc));
    }
    absl::StrAppend(&script, ")\n");
    if (command.takes_files) absl::StrAppend(&script, "      files=1\n");
    absl::StrAppend(&script, "      ;;\n");
  }
  absl::StrAppend(&script, kZshTail);
  return script;
}

std::string FishCompletion(const std::vector<CommandModel>& commands) {
  std::string script = absl::StrReplaceAll(
      kFishHead, {{"SKIPPED", SkippedFlags(commands.front(), " ")},
                  {"STEPS", Steps(commands, " ")},
                  {"PROFILES", kProfiles}});
  for (const CommandModel& command : commands) {
    const std::string when = absl::StrCat(
        "complete -c rolegate -n '__rolegate_at \"", command.path, "\"' ");
    for (const NameModel& each : command.commands) {
      absl::StrAppend(&script, when, "-a ", each.name, " -d '", each.doc,
                      "'\n");
    }
    for (const FlagModel& flag : command.flags) {
      absl::StrAppend(&script, when, "-l ", flag.name.substr(2));
      if (!flag.short_name.empty()) {
        absl::StrAppend(&script, " -s ", flag.short_name.substr(1));
      }
      if (flag.kind == ValueKind::kFile) {
        absl::StrAppend(&script, " -rF");
      } else if (flag.kind == ValueKind::kChoice) {
        absl::StrAppend(&script, " -xa '", absl::StrJoin(flag.choices, " "),
                        "'");
      } else if (flag.kind == ValueKind::kProfile) {
        absl::StrAppend(&script, " -xa '(__rolegate_profiles)'");
      } else if (flag.kind == ValueKind::kWord) {
        absl::StrAppend(&script, " -x");
      }
      absl::StrAppend(&script, " -d '", flag.doc, "'\n");
    }
    if (command.takes_files) absl::StrAppend(&script, when, "-F\n");
  }
  return script;
}

}  // namespace rolegate::cli
