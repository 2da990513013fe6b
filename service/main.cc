// rolegated: the server.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "service/base/log.h"
#include "service/base/machine_limits.h"
#include "service/net/health_check.h"
#include "service/net/library_log.h"
#include "service/net/load_config.h"
#include "service/net/server.h"
#include "service/net/start_check.h"
#include "service/sessions/key_commands.h"

extern char** environ;

namespace rolegate::service {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

// How long a server that has stopped may take to end.
constexpr std::chrono::seconds kEnding{2};

struct Options {
  std::string config;
  std::string ready_file;
  bool check_config = false;
  bool dev = false;
  bool settings = false;
  std::map<std::string, std::vector<std::string>> flags;
};

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  return variables;
}

ConfigSources SourcesOf(const Options& options) {
  ConfigSources sources;
  sources.file = options.config;
  sources.environment = Environment();
  for (const auto& [flag, values] : options.flags) {
    for (const std::string& value : values) {
      sources.flags.emplace_back(flag, value);
    }
  }
  sources.dev = options.dev;
  return sources;
}

// Whole or not at all: whoever waits for it reads it as soon as it is there.
bool WriteReadyFile(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  std::FILE* const file = std::fopen(temporary.c_str(), "we");
  if (file == nullptr) return false;
  const bool written = std::fputs(text.c_str(), file) >= 0;
  return (std::fclose(file) == 0) && written &&
         std::rename(temporary.c_str(), path.c_str()) == 0;
}

// Blocked in every thread, for sigwait.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Tells how a command ended.
int Done(const absl::Status& status) {
  if (status.ok()) return kDone;
  std::cerr << "rolegated: " << std::string(status.message()) << "\n";
  return kFailed;
}

// Destroys a server that has stopped.  False if that does not end: it waits for
// what cannot be interrupted, such as the reading of a large registry.
bool Ends(std::unique_ptr<Server> server) {
  std::promise<void> all_ended;
  const std::future<void> ended = all_ended.get_future();
  std::thread ending(
      [server = std::move(server), done = std::move(all_ended)]() mutable {
        server.reset();
        done.set_value();
      });
  if (ended.wait_for(kEnding) == std::future_status::ready) {
    ending.join();
    return true;
  }
  ending.detach();
  return false;
}

// Says why the server does not start, line by line, in the format of its log.
int CannotStart(absl::string_view why, Logger* log) {
  for (const absl::string_view line :
       absl::StrSplit(why, '\n', absl::SkipEmpty())) {
    log->Error("the server cannot start", {{"error", line}});
  }
  return kFailed;
}

constexpr char kLogLevel[] = "log.level";

// The server reads its settings when it starts, and a signal changes none of
// them but `log.level`.  Says which others would be others now.
void ReadSettingsAgain(const Options& options, const ConfigResult& started,
                       Logger* log) {
  const ConfigResult now = ReadConfig(SourcesOf(options));
  for (const Diagnostic& fault : now.faults) {
    log->Warning("the configuration has a fault since the start",
                 {{"fault", ToString(fault)}});
  }
  if (HasErrors(now.faults)) return;
  if (const LogLevel before = log->level(); now.config.log.level != before) {
    // Operators see this record, whatever the two levels are.
    log->set_level(std::min(before, LogLevel::kInfo));
    log->Info("the log level is changed",
              {{"from", LogLevelName(before)},
               {"to", LogLevelName(now.config.log.level)}});
    log->set_level(now.config.log.level);
  }
  std::vector<std::string> changed;
  for (const auto* const texts : {&started.texts, &now.texts}) {
    const auto& others = texts == &started.texts ? now.texts : started.texts;
    for (const auto& [name, text] : *texts) {
      const auto other = others.find(name);
      if (name != kLogLevel &&
          (other == others.end() || other->second != text)) {
        changed.push_back(name);
      }
    }
  }
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  if (changed.empty()) return;
  log->Warning(
      "settings were changed that SIGHUP does not read; they take effect when "
      "the server starts again",
      {{"settings", absl::StrJoin(changed, ", ")}});
}

int Serve(const Options& options) {
  const sigset_t signals = BlockSignals();
  RaiseDescriptorLimit();
  const ConfigResult loaded = LoadConfig(SourcesOf(options));
  Logger log(loaded.config.log);
  for (const Diagnostic& fault : loaded.faults) {
    log.Error("the configuration has a fault", {{"fault", ToString(fault)}});
  }
  if (HasErrors(loaded.faults)) return kFailed;
  for (const std::string& note : loaded.notes) log.Info(note);
  RouteLibraryLogsTo(&log);

  auto server = Server::Start(loaded.config, &log);
  if (!server.ok()) {
    RouteLibraryLogsTo(nullptr);
    return CannotStart(server.status().message(), &log);
  }
  if (!options.ready_file.empty() &&
      !WriteReadyFile(options.ready_file, (*server)->AddressesAsJson())) {
    const std::string why = absl::StrCat("cannot write `", options.ready_file,
                                         "`: ", std::strerror(errno));
    RouteLibraryLogsTo(nullptr);
    return CannotStart(why, &log);
  }
  for (int signal = 0; sigwait(&signals, &signal) == 0;) {
    if (signal != SIGHUP) break;
    (*server)->Reload();
    ReadSettingsAgain(options, loaded, &log);
  }
  const bool ended = (*server)->Drain() && Ends(*std::move(server));
  RouteLibraryLogsTo(nullptr);
  if (!ended) std::_Exit(kDone);  // all that has to be written is written
  return kDone;
}

int CheckConfig(const Options& options) {
  const ConfigResult loaded = LoadConfig(SourcesOf(options));
  for (const Diagnostic& fault : loaded.faults) {
    std::cout << ToString(fault) << "\n";
  }
  const bool readable = !HasErrors(loaded.faults);
  StartCheck start;
  if (readable) {
    start = CheckStart(loaded.config, options.ready_file);
  } else {
    start.notes.emplace_back(
        "not checked: what the settings name, until these faults are mended");
  }
  for (const std::string& fault : start.faults) std::cout << fault << "\n";
  for (const auto* const notes : {&loaded.notes, &std::as_const(start).notes}) {
    for (const std::string& note : *notes) {
      std::cout << "note: " << note << "\n";
    }
  }
  if (!readable || !start.faults.empty()) return kFailed;
  std::cout << "the configuration is good\n";
  return kDone;
}

int Print(const absl::StatusOr<std::string>& text) {
  if (!text.ok()) return Done(text.status());
  std::cout << *text;
  if (text->empty() || text->back() != '\n') std::cout << "\n";
  return kDone;
}

// A subcommand, and what it does if it is asked for.
struct Command {
  CLI::App* words;
  std::function<int()> run;
};

void AddServerOptions(CLI::App& app, Options* options) {
  app.add_option("--config", options->config, "Settings, in YAML")
      ->type_name("FILE");
  app.add_option("--listen", options->flags["--listen"],
                 "`HOST:PORT` or `unix:/path`; repeats")
      ->type_name("ADDR")
      ->allow_extra_args(false);
  for (const SettingInfo& info : ListSettings()) {
    if (info.flag.empty() || info.flag.find(' ') != std::string::npos) continue;
    app.add_option(info.flag, options->flags[info.flag], info.doc)
        ->type_name("VALUE")
        ->allow_extra_args(false);
  }
  app.add_flag("--dev", options->dev,
               "Callers on loopback may say who they are. For trying it out");
  app.add_flag("--check-config", options->check_config,
               "Try all that a start does, say what is wrong, and stop");
  app.add_flag("--print-settings", options->settings,
               "Print all settings as a Markdown table, and stop");
  app.add_option("--ready-file", options->ready_file,
                 "Where the bound addresses are written, as JSON, once serving")
      ->type_name("FILE");
}

Command AddHealthcheck(CLI::App& app) {
  struct Target {
    std::string server = "127.0.0.1:8470";
    std::string service;
    std::string ca;
    double timeout = 5;
  };
  const auto target = std::make_shared<Target>();
  if (const char* named = getenv("ROLEGATE_SERVER")) target->server = named;
  CLI::App* const words = app.add_subcommand(
      "healthcheck", "Exit with 0 if a server is SERVING, with 1 if not");
  words->add_option("--server", target->server, "Where it listens");
  words->add_option("--service", target->service, "One service of it");
  words->add_option("--tls-ca", target->ca,
                    "Certificates in PEM, for a TLS listener");
  words->add_option("--timeout", target->timeout, "Seconds");
  return {words, [target] {
            RouteLibraryLogsTo(nullptr);  // the error is printed here
            const int done =
                Done(CheckHealth(target->server, target->service, target->ca,
                                 absl::Seconds(target->timeout)));
            if (done == kDone) std::cout << "SERVING\n";
            return done;
          }};
}

std::vector<Command> AddKeyCommands(CLI::App& app) {
  struct Key {
    std::string dir;
    std::string kid;
    bool sealing = false;
    bool if_none = false;
    std::string jwks_file;
  };
  const auto key = std::make_shared<Key>();
  CLI::App* const keys =
      app.add_subcommand("keys", "Keys that sign sessions and seal refusals");
  keys->require_subcommand(1);
  const auto add = [&](const char* name, const char* doc) {
    CLI::App* const words = keys->add_subcommand(name, doc);
    words
        ->add_option("--keys-dir,dir", key->dir,
                     "The directory of the keys; else "
                     "ROLEGATE_SESSION_KEYS_DIR")
        ->type_name("DIR")
        ->envname("ROLEGATE_SESSION_KEYS_DIR");
    return words;
  };
  CLI::App* const create = add("new", "Make a key; prints its kid");
  create->add_option("--kid", key->kid, "Its name; default: the time");
  create->add_flag("--sealing", key->sealing,
                   "A key that seals refusals, instead of one that signs");
  create->add_flag("--if-none", key->if_none,
                   "Do nothing if there is one; make the directory if not");
  CLI::App* const list = add("list", "One line a key");
  CLI::App* const publish =
      add("publish", "The public keys as a JSON Web Key Set");
  publish
      ->add_option("--out", key->jwks_file,
                   "Where to; default: standard output")
      ->type_name("FILE");
  // CLI11 would call the directory a flag that is missing.
  const auto in_dir = [key](CLI::App* words, std::function<int()> run) {
    return Command{words, [key, words, run = std::move(run)] {
                     if (!key->dir.empty()) return run();
                     std::cerr << "rolegated: expected the directory of the "
                                  "keys: `rolegated keys "
                               << words->get_name() << " DIR`\n";
                     return kUsage;
                   }};
  };
  return {in_dir(create,
                 [key] {
                   const KeyKind kind =
                       key->sealing ? KeyKind::kSealing : KeyKind::kSigning;
                   if (key->if_none) {
                     const auto has = HasKeyOrMakeFolder(key->dir, kind);
                     if (!has.ok()) return Done(has.status());
                     if (*has) return kDone;
                   }
                   return Print(NewKey(key->dir, key->kid, kind));
                 }),
          in_dir(list, [key] { return Print(ListKeys(key->dir)); }),
          in_dir(publish, [key] {
            return key->jwks_file.empty()
                       ? Print(PublishKeys(key->dir))
                       : Done(PublishKeysTo(key->dir, key->jwks_file));
          })};
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Rolegate's server: assumes roles and decides by IAM policies.\n"
      "\n"
      "  rolegated --config /etc/rolegate/rolegated.yaml\n"
      "  rolegated --registry roles/ --listen 127.0.0.1:8470 --dev\n"
      "\n"
      "SIGHUP reads registry, keys and administration policy again and opens\n"
      "the audit log anew; of the settings it reads log.level alone. SIGTERM\n"
      "and SIGINT end calls and stop.",
      "rolegated");
  app.set_version_flag("--version", std::string("rolegated " ROLEGATE_VERSION));
  Options options;
  AddServerOptions(app, &options);
  std::vector<Command> commands = AddKeyCommands(app);
  commands.push_back(AddHealthcheck(app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  for (const Command& command : commands) {
    if (command.words->parsed()) return command.run();
  }
  if (options.settings) return Print(SettingsAsMarkdown());
  if (options.check_config) return CheckConfig(options);
  return Serve(options);
}

}  // namespace
}  // namespace rolegate::service

// NOLINTNEXTLINE(bugprone-exception-escape): a faulty table of flags ends it.
int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks with every lock, as debug builds do.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return rolegate::service::Main(argc, argv);
}
