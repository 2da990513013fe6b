#include "service/net/start_check.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/registry.h"
#include "service/answer/core.h"
#include "service/audit/audit_log.h"
#include "service/base/log.h"
#include "service/identity/administration.h"
#include "service/net/listen_socket.h"
#include "service/net/socket_guard.h"
#include "service/otlp/collector.h"
#include "service/sessions/service_keys.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxFaultsOfRegistry = 20;

std::string UserName() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t uid = geteuid();
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return absl::StrCat(uid);
  }
  return entry.pw_name;
}

class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  void CheckKeys() {
    auto keys = ServiceKeys::Open(config_.session.keys_dir);
    if (keys.ok()) {
      keys_ = *std::move(keys);
    } else {
      Fault(keys.status());
    }
  }

  void CheckAudit() {
    if (config_.audit.path.empty()) return;
    Fault(AuditLog::Check(config_.audit));
  }

  void CheckTracing() {
    if (!config_.tracing.otlp_endpoint.has_value()) return;
    Fault(Collector::Open(config_.tracing).status());
    Note(absl::StrCat("whether `", config_.tracing.otlp_endpoint->text,
                      "` takes spans, which the running server finds out"));
  }

  void CheckAdministration() {
    Administration administration(config_.admin_policy);
    for (const Diagnostic& fault : administration.Load()) {
      found_.faults.push_back(ToString(fault));
    }
  }

  void CheckRegistry() {
    RegistryOptions options = RegistryOptionsOf(config_, keys_.get());
    options.reload = ReloadMode::kManual;
    // Reading what is kept there would hide the faults of the directory, and a
    // clean generation would be written there.
    options.last_good_dir.clear();
    Registry registry(std::move(options));
    registry.Start();
    const RegistryStatus status = registry.status();
    for (std::size_t i = 0; i < status.faults.size(); ++i) {
      if (i == kMaxFaultsOfRegistry) {
        found_.faults.push_back(
            absl::StrCat("registry: ", status.faults.size() - i,
                         " more faults; `rolegate check ", config_.registry.dir,
                         "` tells them all"));
        break;
      }
      found_.faults.push_back(
          absl::StrCat("registry: ", ToString(status.faults[i])));
    }
    if (!config_.registry.last_good_dir.empty()) {
      Note(absl::StrCat("`registry.last_good_dir`: whether `",
                        config_.registry.last_good_dir,
                        "` can be written, and what it holds"));
    }
  }

  void CheckListeners() {
    for (const ListenerConfig& listener : config_.listeners) {
      CheckListener(listener.address, listener.socket);
    }
    if (config_.health_listen.has_value()) {
      CheckListener(*config_.health_listen, {});
    }
    if (config_.operations_listen.has_value()) {
      CheckListener(*config_.operations_listen, config_.operations.socket);
    }
  }

  void CheckReadyFile(const std::string& path) {
    if (path.empty()) return;
    // The server writes a file beside it, and renames that.
    const std::size_t slash = path.rfind('/');
    const std::string folder =
        slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (access(folder.c_str(), W_OK | X_OK) == 0) return;
    found_.faults.push_back(
        absl::StrCat("cannot write `", path, "`: ", std::strerror(errno)));
  }

  void NoteTheRest() {
    for (const NamedListener& listener : AllListeners(config_)) {
      for (const OidcMapping& mapping : listener.config->token_mappings) {
        if (!mapping.rule().jwks_file.empty()) continue;
        Note(absl::StrCat("whether the keys of `", mapping.rule().issuer,
                          "` can be fetched, which the running server does"));
      }
    }
    found_.notes.push_back(absl::StrCat(
        "checked as user `", UserName(),
        "`: run this as the server's user, who may be allowed less or more"));
  }

  StartCheck Take() { return std::move(found_); }

 private:
  void Fault(const absl::Status& status) {
    if (!status.ok()) found_.faults.emplace_back(status.message());
  }
  void Note(absl::string_view what) {
    found_.notes.push_back(absl::StrCat("not checked: ", what));
  }

  void CheckListener(const ListenAddress& address, const SocketFile& file) {
    const absl::Status status =
        address.is_unix() ? CheckUnixSocket(address, file) : CheckTcp(address);
    if (absl::IsAlreadyExists(status)) {
      Note(absl::StrCat(status.message(),
                        ". A start fails unless that has stopped before"));
    } else {
      Fault(status);
    }
  }

  static absl::Status CheckUnixSocket(const ListenAddress& address,
                                      const SocketFile& file) {
    if (absl::Status status = SocketGuard::Check(address.path); !status.ok()) {
      return status;
    }
    return ListenSocket::CheckFile(address, file);
  }

  // The sockets stay open until the end, so that two listeners with the same
  // address are found.
  absl::Status CheckTcp(const ListenAddress& address) {
    auto socket =
        ListenSocket::Open(address, config_.limits.keepalive_timeout, {});
    if (!socket.ok()) return socket.status();
    sockets_.push_back(*std::move(socket));
    return absl::OkStatus();
  }

  const Config& config_;
  StartCheck found_;
  std::unique_ptr<ServiceKeys> keys_;
  std::vector<ListenSocket> sockets_;
};

}  // namespace

StartCheck CheckStart(const Config& config, const std::string& ready_file) {
  Checker checker(config);
  checker.CheckKeys();
  checker.CheckAudit();
  checker.CheckTracing();
  checker.CheckAdministration();
  checker.CheckRegistry();
  checker.CheckListeners();
  checker.CheckReadyFile(ready_file);
  checker.NoteTheRest();
  return checker.Take();
}

}  // namespace rolegate::service
