// rolegated: the server.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "service/base/log.h"
#include "service/base/machine_limits.h"
#include "service/net/health_check.h"
#include "service/net/library_log.h"
#include "service/net/load_config.h"
#include "service/net/server.h"
#include "service/sessions/key_commands.h"

extern char** environ;

namespace rolegate::service {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

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

int Serve(const Options& options) {
  const sigset_t signals = BlockSignals();
  RaiseDescriptorLimit();
  const ConfigResult loaded = LoadConfig(SourcesOf(options));
  for (const Diagnostic& fault : loaded.faults) {
    std::cerr << "rolegated: " << ToString(fault) << "\n";
  }
  if (HasErrors(loaded.faults)) return kFailed;
  Logger log(loaded.config.log);
  for (const std::string& note : loaded.notes) log.Info(note);
  RouteLibraryLogsTo(&log);

  auto server = Server::Start(loaded.config, &log);
  if (!server.ok()) {
    std::cerr << "rolegated: " << std::string(server.status().message())
              << "\n";
    RouteLibraryLogsTo(nullptr);
    return kFailed;
  }
  if (!options.ready_file.empty() &&
      !WriteReadyFile(options.ready_file, (*server)->AddressesAsJson())) {
    std::cerr << "rolegated: cannot write `" << options.ready_file << "`\n";
    RouteLibraryLogsTo(nullptr);
    return kFailed;
  }
  for (int signal = 0; sigwait(&signals, &signal) == 0;) {
    if (signal != SIGHUP) break;
    (*server)->Reload();
  }
  (*server)->Drain();
  server->reset();
  RouteLibraryLogsTo(nullptr);
  return kDone;
}

int CheckConfig(const Options& options) {
  const ConfigResult loaded = LoadConfig(SourcesOf(options));
  Diagnostics faults = loaded.faults;
  Administration administration(loaded.config.admin_policy);
  for (Diagnostic& fault : administration.Load()) faults.push_back(fault);
  for (const Diagnostic& fault : faults) std::cout << ToString(fault) << "\n";
  for (const std::string& note : loaded.notes) {
    std::cout << "note: " << note << "\n";
  }
  if (HasErrors(faults)) return kFailed;
  std::cout << "the configuration is good\n";
  return kDone;
}

int Print(const absl::StatusOr<std::string>& text) {
  if (text.ok()) {
    std::cout << *text;
    if (text->empty() || text->back() != '\n') std::cout << "\n";
    return kDone;
  }
  std::cerr << "rolegated: " << std::string(text.status().message()) << "\n";
  return kFailed;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Rolegate's server: assumes roles and decides by IAM policies.\n"
      "\n"
      "  rolegated --config /etc/rolegate/rolegated.yaml\n"
      "  rolegated --registry roles/ --listen 127.0.0.1:8470 --dev\n"
      "\n"
      "SIGHUP reads registry, keys and administration policy again and opens\n"
      "the audit log anew; SIGTERM and SIGINT end calls and stop.",
      "rolegated");
  app.set_version_flag("--version", std::string("rolegated " ROLEGATE_VERSION));
  Options options;
  app.add_option("--config", options.config, "Settings, in YAML")
      ->type_name("FILE");
  std::vector<SettingInfo> settings = ListSettings();
  options.flags["--listen"] = {};
  app.add_option("--listen", options.flags["--listen"],
                 "`HOST:PORT` or `unix:/path`; repeats")
      ->type_name("ADDR")
      ->allow_extra_args(false);
  for (const SettingInfo& info : settings) {
    if (info.flag.empty() || info.flag.find(' ') != std::string::npos) continue;
    app.add_option(info.flag, options.flags[info.flag], info.doc)
        ->type_name("VALUE")
        ->allow_extra_args(false);
  }
  app.add_flag("--dev", options.dev,
               "Callers on loopback may say who they are. For trying it out");
  app.add_flag("--check-config", options.check_config,
               "Say what is wrong with the settings, and stop");
  app.add_flag("--print-settings", options.settings,
               "Print all settings as a Markdown table, and stop");
  app.add_option("--ready-file", options.ready_file,
                 "Where the bound addresses are written, as JSON, once serving")
      ->type_name("FILE");

  std::string server = "127.0.0.1:8470";
  if (const char* named = getenv("ROLEGATE_SERVER")) server = named;
  std::string service;
  std::string ca;
  double timeout = 5;
  CLI::App* const health = app.add_subcommand(
      "healthcheck", "Exit with 0 if a server is SERVING, with 1 if not");
  health->add_option("--server", server, "Where it listens");
  health->add_option("--service", service, "One service of it");
  health->add_option("--tls-ca", ca, "Certificates in PEM, for a TLS listener");
  health->add_option("--timeout", timeout, "Seconds");

  CLI::App* const keys =
      app.add_subcommand("keys", "Keys that sign sessions and seal refusals");
  keys->require_subcommand(1);
  std::string dir;
  std::string kid;
  bool sealing = false;
  std::string jwks_file;
  const auto key_command = [&](const char* name, const char* doc) {
    CLI::App* const command = keys->add_subcommand(name, doc);
    command->add_option("--keys-dir,dir", dir, "The directory of the keys")
        ->required();
    return command;
  };
  CLI::App* const new_key = key_command("new", "Make a key; prints its kid");
  new_key->add_option("--kid", kid, "Its name; default: the time");
  new_key->add_flag("--sealing", sealing,
                    "A key that seals refusals, instead of one that signs");
  CLI::App* const list = key_command("list", "One line a key");
  CLI::App* const publish =
      key_command("publish", "The public keys as a JSON Web Key Set");
  publish->add_option("--out", jwks_file, "Where to; default: standard output")
      ->type_name("FILE");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (health->parsed()) {
    const absl::Status status =
        CheckHealth(server, service, ca, absl::Seconds(timeout));
    if (status.ok()) {
      std::cout << "SERVING\n";
      return kDone;
    }
    std::cerr << "rolegated: " << std::string(status.message()) << "\n";
    return kFailed;
  }
  if (new_key->parsed()) {
    return Print(
        NewKey(dir, kid, sealing ? KeyKind::kSealing : KeyKind::kSigning));
  }
  if (list->parsed()) return Print(ListKeys(dir));
  if (publish->parsed() && jwks_file.empty()) return Print(PublishKeys(dir));
  if (publish->parsed()) {
    const absl::Status status = PublishKeysTo(dir, jwks_file);
    if (status.ok()) return kDone;
    std::cerr << "rolegated: " << std::string(status.message()) << "\n";
    return kFailed;
  }
  if (options.settings) return Print(SettingsAsMarkdown());
  if (options.check_config) return CheckConfig(options);
  return Serve(options);
}

}  // namespace
}  // namespace rolegate::service

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks with every lock, as debug builds do.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return rolegate::service::Main(argc, argv);
}
