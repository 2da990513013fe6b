// The certificate, key and client roots of a listener, read again while it
// runs.
//
// gRPC takes the key and the certificate from files as it finds them.  If they
// do not belong together, it fails every handshake.  Therefore it gets files of
// our own, in memory, which change only to what was checked.  A renewal that is
// half written leaves the good files in force.

#ifndef ROLEGATE_SERVICE_NET_TLS_FILES_H_
#define ROLEGATE_SERVICE_NET_TLS_FILES_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/poller.h"
#include "service/config/config.h"
#include "service/identity/trust_bundles.h"

namespace rolegate::service {

struct TlsMaterial {
  std::string cert;
  std::string key;        // secret
  std::string client_ca;  // all bundles; empty: clients need no certificate
  std::map<std::string, std::string> client_bundles;

  friend bool operator==(const TlsMaterial&, const TlsMaterial&) = default;
};

struct TlsFault {
  std::string member;  // "cert", "client_ca.example.org"; empty: of them all
  std::string message;
};

// Reads the files that `config` names and checks that they hold what they
// should, and that the key belongs to the certificate.
TlsMaterial ReadTlsMaterial(const TlsConfig& config,
                            std::vector<TlsFault>* faults);

// Checks that the file begins with a certificate in PEM, as a bundle of roots
// does.  kInvalidArgument if it does not, or cannot be read; the message names
// the file.
[[nodiscard]] absl::Status CheckCertificateFile(const std::string& path);

// Thread-safe.
class TlsFiles {
 public:
  // Called after each change and each new fault, from a thread of its own.
  using Listener = std::function<void(const absl::Status&)>;

  // Told the bundles, if there is one for each trust domain: before Open
  // returns, and whenever they change.
  using BundleListener =
      std::function<void(std::shared_ptr<const TrustBundles>)>;

  // Given what is to be in force, before the others are told; an error leaves
  // what was.
  using MaterialListener = std::function<absl::Status(const TlsMaterial&)>;

  // How soon a change is noticed; gRPC looks at its own files as often.
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(
      const TlsConfig& config, Listener listener,
      BundleListener bundle_listener, MaterialListener material_listener);
  ~TlsFiles();

  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  // Returns the paths for gRPC to read; they are valid as long as this object
  // lives.
  TlsConfig paths() const;

 private:
  class MemoryFile;

  TlsFiles(const TlsConfig& config, Listener listener,
           BundleListener bundle_listener, MaterialListener material_listener);
  absl::Status Publish(const TlsMaterial& material);
  void LookAgain();

  const TlsConfig config_;
  const Listener listener_;
  const BundleListener bundle_listener_;
  const MaterialListener material_listener_;
  std::unique_ptr<MemoryFile> cert_;
  std::unique_ptr<MemoryFile> key_;
  std::unique_ptr<MemoryFile> client_ca_;
  TlsMaterial in_force_;          // the thread's own, once it runs
  std::string last_fault_;        // likewise
  std::optional<Poller> poller_;  // ends before what it looks with
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_TLS_FILES_H_
