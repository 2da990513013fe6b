// Reads the settings from one file, the environment and the command line.
//
//   ConfigSources sources;
//   sources.file = "/etc/rolegate/rolegated.yaml";
//   sources.environment = {{"ROLEGATE_LOG_LEVEL", "debug"}};
//   sources.flags = {{"--listen", "127.0.0.1:8470"}};
//   ConfigResult result = ReadConfig(sources);
//   if (HasErrors(result.faults)) ...
//
// A flag beats the environment, the environment beats the file.  One table of
// settings (ListSettings) drives all three and the reference in
// docs/configuration.md.  Every fault is named at once, with its place; what
// is not understood, or would have no effect, is a fault and never ignored.

#ifndef ROLEGATE_SERVICE_CONFIG_READ_CONFIG_H_
#define ROLEGATE_SERVICE_CONFIG_READ_CONFIG_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/diagnostic.h"
#include "service/config/config.h"
#include "service/config/settings.h"

namespace rolegate::service {

struct ConfigSources {
  std::string file;  // empty: none

  // The whole environment; only names that begin with ROLEGATE_ are looked at.
  std::map<std::string, std::string> environment;

  // Flags of ListSettings with their values, in the order given.  `--listen`
  // may repeat; of any other flag the last one holds.
  std::vector<std::pair<std::string, std::string>> flags;

  bool dev = false;  // --dev
};

struct ConfigResult {
  Config config;                   // to be used only if `faults` has no errors
  Diagnostics faults;              // in normal order
  std::vector<std::string> notes;  // to be logged; no fault
  // What each setting that is set was read from, by its name, to tell whether
  // it has changed.  `listeners` count as one.
  std::map<std::string, std::string> texts;
};

// Reads the configuration, and opens no file that it names: LoadConfig
// (net/load_config.h) does.  Never fails otherwise than by `faults`.
ConfigResult ReadConfig(const ConfigSources& sources);

std::vector<SettingInfo> ListSettings();

// The settings as the Markdown table of docs/configuration.md.
std::string SettingsAsMarkdown();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_READ_CONFIG_H_
