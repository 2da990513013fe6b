#include "service/config/read_config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/spelling.h"
#include "service/config/check_settings.h"
#include "service/config/listener_settings.h"
#include "service/config/settings.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kDefaultListen = "127.0.0.1:8470";

Position PositionOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

class Reader {
 public:
  explicit Reader(const ConfigSources& sources) : sources_(sources) {}

  ConfigResult Read() && {
    ReadFile();
    ReadEnvironment();
    ReadFlags();
    config().dev = sources_.dev;
    CompleteListeners();
    CheckSettings(&result_.config, is_complete_, &result_.faults,
                  &result_.notes);
    Normalize(result_.faults);
    return std::move(result_);
  }

 private:
  Config& config() { return result_.config; }

  void Fault(absl::string_view file, absl::string_view path, Position position,
             std::string message) {
    Diagnostic fault = FaultOfSetting(path, std::move(message));
    fault.file = std::string(file);
    fault.position = position;
    result_.faults.push_back(std::move(fault));
  }

  // A fault of the file as a whole.  What it sets is not known then.
  void FaultOfFile(Position position, std::string message) {
    Fault(sources_.file, "", position, std::move(message));
    is_complete_ = false;
  }

  void ReadFile();
  void ReadMap(const YAML::Node& map, const std::string& prefix);
  void ReadEnvironment();
  void ReadFlags();
  // A value in YAML's flow form, of a variable or a flag named `from`.
  void ReadText(const Setting& setting, const std::string& text,
                const std::string& from);
  void ReadListenerList(const YAML::Node& node, const std::string& from);
  // Faults have their places if the value stands in a file.
  void ReadValue(const Setting& setting, const YAML::Node& node,
                 const std::string& from, bool in_file);

  void CompleteListeners();

  const ConfigSources& sources_;
  ConfigResult result_;

  // Whether every setting of the file was understood.  Otherwise a setting that
  // seems to be missing may be in the file.
  bool is_complete_ = true;
};

const Setting* FindSetting(absl::string_view name) {
  for (const Setting& setting : Settings()) {
    if (setting.info.name == name) return &setting;
  }
  return nullptr;
}

// Whether `name` is the first part of a setting's name: "registry".
bool IsGroup(const std::string& name) {
  const auto& all = Settings();
  return std::any_of(all.begin(), all.end(), [&](const Setting& setting) {
    return absl::StartsWith(setting.info.name, name + ".");
  });
}

std::string UnknownSetting(const std::string& name) {
  std::vector<absl::string_view> known = {"listeners"};
  std::vector<absl::string_view> groups;
  for (const Setting& setting : Settings()) {
    const absl::string_view full = setting.info.name;
    known.push_back(full);
    const std::size_t dot = full.rfind('.');
    if (dot != full.npos) groups.push_back(full.substr(0, dot));
  }
  absl::string_view likely = NearestName(name, known, 3);
  // Short words are all near to one another.
  if (likely.empty()) {
    likely =
        NearestName(name, groups, std::min<std::size_t>(3, name.size() / 2));
  }
  return absl::StrCat("unknown setting",
                      likely.empty()
                          ? std::string()
                          : absl::StrCat(", did you mean `", likely, "`?"));
}

void Reader::ReadFile() {
  if (sources_.file.empty()) return;
  std::ifstream in(sources_.file);
  in.peek();  // a directory opens, and fails when it is read
  if (!in.is_open() || in.bad()) {
    FaultOfFile({}, absl::StrCat("cannot be read: ", std::strerror(errno)));
    return;
  }
  std::ostringstream text;
  text << in.rdbuf();
  try {
    const YAML::Node root = YAML::Load(text.str());
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      FaultOfFile(PositionOf(root.Mark()),
                  "expected a mapping of settings to values");
      return;
    }
    ReadMap(root, "");
  } catch (const YAML::Exception& error) {
    FaultOfFile(PositionOf(error.mark),
                absl::StrCat("is not YAML: ", error.msg));
  }
}

void Reader::ReadMap(const YAML::Node& map, const std::string& prefix) {
  std::set<std::string> seen;
  for (const auto& member : map) {
    const std::string key =
        member.first.IsScalar() ? member.first.Scalar() : "?";
    const std::string name = absl::StrCat(prefix, key);
    const Position at = PositionOf(member.first.Mark());
    if (!seen.insert(key).second) {
      Fault(sources_.file, name, at, "is set twice");
    } else if (name == "listeners") {
      ReadListenerList(member.second, sources_.file);
    } else if (const Setting* const setting = FindSetting(name)) {
      ReadValue(*setting, member.second, sources_.file, /*in_file=*/true);
    } else if (IsGroup(name)) {
      if (member.second.IsMap()) {
        ReadMap(member.second, name + ".");
      } else if (!member.second.IsNull()) {
        Fault(sources_.file, name, PositionOf(member.second.Mark()),
              "expected a mapping");
      }
    } else {
      Fault(sources_.file, name, at, UnknownSetting(name));
      is_complete_ = false;
    }
  }
}

void Reader::ReadListenerList(const YAML::Node& node, const std::string& from) {
  std::vector<SettingFault> faults;
  result_.texts["listeners"] = YAML::Dump(node);
  config().listeners = ReadListeners(node, &faults);
  for (SettingFault& fault : faults) {
    Fault(from, fault.path, PositionOf(fault.mark), std::move(fault.message));
  }
}

void Reader::ReadValue(const Setting& setting, const YAML::Node& node,
                       const std::string& from, bool in_file) {
  const auto position = [&](const YAML::Mark& mark) {
    return in_file ? PositionOf(mark) : Position();
  };
  result_.texts[setting.info.name] = YAML::Dump(node);
  if (setting.read_list) {
    std::vector<SettingFault> faults;
    setting.read_list(node, &config(), &faults);
    for (SettingFault& fault : faults) {
      Fault(from, fault.path, position(fault.mark), std::move(fault.message));
    }
    return;
  }
  const std::string wrong = setting.read(node, &config());
  if (!wrong.empty()) {
    Fault(from, setting.info.name, position(node.Mark()), wrong);
  }
}

void Reader::ReadText(const Setting& setting, const std::string& text,
                      const std::string& from) {
  try {
    // A scalar is taken as it is, so that a path or text needs no quotes.
    const bool flow =
        absl::StartsWith(text, "[") || absl::StartsWith(text, "{");
    ReadValue(setting, flow ? YAML::Load(text) : YAML::Node(text), from,
              /*in_file=*/false);
  } catch (const YAML::Exception& error) {
    Fault(from, setting.info.name, {}, error.msg);
  }
}

void Reader::ReadEnvironment() {
  std::set<std::string> known = {"ROLEGATE_LISTENERS",
                                 // Those of the command line.
                                 "ROLEGATE_SERVER", "ROLEGATE_SESSION_TOKEN"};
  if (const auto it = sources_.environment.find("ROLEGATE_LISTENERS");
      it != sources_.environment.end()) {
    try {
      ReadListenerList(YAML::Load(it->second), it->first);
    } catch (const YAML::Exception& error) {
      Fault(it->first, "listeners", {}, error.msg);
    }
  }
  for (const Setting& setting : Settings()) {
    known.insert(setting.info.environment);
    const auto it = sources_.environment.find(setting.info.environment);
    if (it != sources_.environment.end()) {
      ReadText(setting, it->second, it->first);
    }
  }
  for (const auto& [name, value] : sources_.environment) {
    if (absl::StartsWith(name, "ROLEGATE_") && known.count(name) == 0) {
      result_.notes.push_back(absl::StrCat(
          "environment variable `", name, "` is no setting and has no effect"));
    }
  }
}

void Reader::ReadFlags() {
  std::vector<ListenerConfig> listeners;
  for (const auto& [flag, value] : sources_.flags) {
    if (flag == "--listen") {
      std::vector<SettingFault> faults;
      YAML::Node item;
      item["address"] = value;
      YAML::Node list;
      list.push_back(item);
      for (ListenerConfig& one : ReadListeners(list, &faults)) {
        listeners.push_back(std::move(one));
      }
      for (SettingFault& fault : faults) {
        Fault(flag, "", {}, std::move(fault.message));
      }
      continue;
    }
    for (const Setting& setting : Settings()) {
      if (setting.info.flag == flag) ReadText(setting, value, flag);
    }
  }
  if (listeners.empty()) return;
  // A listener of the file keeps what it says beside its address.
  for (ListenerConfig& listener : listeners) {
    for (const ListenerConfig& known : config().listeners) {
      if (known.address == listener.address) listener = known;
    }
  }
  config().listeners = std::move(listeners);
}

void Reader::CompleteListeners() {
  if (config().listeners.empty()) {
    ListenerConfig listener;
    listener.address = *ListenAddress::Parse(kDefaultListen);
    listener.authenticators = {Authenticator::kSessionToken};
    config().listeners.push_back(std::move(listener));
  }
  if (config().operations_listen.has_value()) {
    ListenerConfig& operations = config().operations;
    operations.address = *config().operations_listen;
    if (operations.authenticators.empty()) AddAuthenticators(&operations);
    if (config().dev && operations.address.is_loopback()) {
      operations.authenticators.push_back(Authenticator::kDev);
    }
  }
  if (!config().dev) return;
  for (ListenerConfig& listener : config().listeners) {
    if (listener.address.is_loopback()) {
      listener.authenticators.push_back(Authenticator::kDev);
    }
  }
}

std::string TableRow(const SettingInfo& info) {
  std::string set_by;
  if (!info.environment.empty()) {
    set_by = absl::StrCat("`", info.environment, "`");
  }
  if (!info.flag.empty()) {
    absl::StrAppend(&set_by, set_by.empty() ? "" : ", ", "`", info.flag, "`");
  }
  return absl::StrCat("| `", info.name, "` | ", info.type, " | ",
                      info.fallback.empty()
                          ? std::string()
                          : absl::StrCat("`", info.fallback, "`"),
                      " | ", set_by, " | ", info.doc, " |\n");
}

}  // namespace

ConfigResult ReadConfig(const ConfigSources& sources) {
  return Reader(sources).Read();
}

std::vector<SettingInfo> ListSettings() {
  std::vector<SettingInfo> infos(ListenerSettings().begin(),
                                 ListenerSettings().end());
  for (const Setting& setting : Settings()) infos.push_back(setting.info);
  return infos;
}

std::string SettingsAsMarkdown() {
  std::string table =
      "| setting | value | default | also set by | meaning |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const SettingInfo& info : ListSettings()) table += TableRow(info);
  return table;
}

}  // namespace rolegate::service
