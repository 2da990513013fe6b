#include "service/net/tls_files.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr absl::string_view kKey = "private key";

// Returns nothing, and says why, for a file that cannot be read.
std::string ReadFile(const std::string& path, std::string* fault = nullptr) {
  std::ifstream in(path, std::ios::binary);
  in.peek();  // a directory opens, and fails when it is read
  if (!in.is_open() || in.bad()) {
    if (fault != nullptr) {
      *fault = absl::StrCat("cannot read `", path, "`: ", std::strerror(errno));
    }
    return "";
  }
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  if (text.size() <= kMaxBytes) return text;
  if (fault != nullptr) {
    *fault = absl::StrCat("`", path, "` is larger than ", kMaxBytes, " bytes");
  }
  return "";
}

CertificatePtr ParseCertificate(const std::string& pem) {
  const BioPtr bio = ReadingBio(pem);
  return CertificatePtr(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

KeyPtr ParseKey(const std::string& pem) {
  const BioPtr bio = ReadingBio(pem);
  // An empty passphrase: a server that starts by itself can ask nobody.
  char none[] = "";
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, none));
}

// Says why the file has no `what`.
std::string NothingIn(const std::string& path, absl::string_view what) {
  std::string fault;
  const std::string text = ReadFile(path, &fault);
  if (!fault.empty()) return fault;
  if (what == kKey && text.find("ENCRYPTED") != std::string::npos) {
    return absl::StrCat("`", path,
                        "` holds an encrypted private key, and a server that "
                        "starts by itself can ask nobody for the passphrase: "
                        "expected one that is not encrypted");
  }
  return absl::StrCat("`", path, "` holds no ", what, " in PEM");
}

// Reads each bundle by itself, and joins them for gRPC's handshake, which knows
// one list of authorities only.
void ReadBundles(const TlsConfig& config, TlsMaterial* material,
                 std::vector<TlsFault>* faults) {
  for (const auto& [key, path] : config.client_bundles) {
    const std::string& pem = material->client_bundles[key] = ReadFile(path);
    absl::StrAppend(&material->client_ca, pem, "\n");
    const auto read = TrustBundles::FromPem({{key, pem}});
    if (read.ok()) continue;
    faults->push_back(
        {absl::StrCat("client_ca.", key),
         absl::StrCat("`", path, "`: ", read.status().message())});
  }
}

}  // namespace

TlsMaterial ReadTlsMaterial(const TlsConfig& config,
                            std::vector<TlsFault>* faults) {
  TlsMaterial material;
  material.cert = ReadFile(config.cert);
  material.key = ReadFile(config.key);
  if (!config.client_ca.empty()) {
    material.client_ca = ReadFile(config.client_ca);
  }
  ReadBundles(config, &material, faults);
  const CertificatePtr certificate = ParseCertificate(material.cert);
  const KeyPtr key = ParseKey(material.key);
  if (!config.cert.empty() && certificate == nullptr) {
    faults->push_back({"cert", NothingIn(config.cert, "certificate")});
  }
  if (!config.key.empty() && key == nullptr) {
    faults->push_back({"key", NothingIn(config.key, kKey)});
  }
  if (certificate != nullptr && key != nullptr &&
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    faults->push_back(
        {"", absl::StrCat("the key in `", config.key,
                          "` does not belong to the certificate in `",
                          config.cert, "`")});
  }
  if (!config.client_ca.empty() &&
      ParseCertificate(material.client_ca) == nullptr) {
    faults->push_back(
        {"client_ca", NothingIn(config.client_ca, "certificate")});
  }
  ERR_clear_error();
  return material;
}

absl::Status CheckCertificateFile(const std::string& path) {
  const bool holds = ParseCertificate(ReadFile(path)) != nullptr;
  ERR_clear_error();
  return holds ? absl::OkStatus()
               : absl::InvalidArgumentError(NothingIn(path, "certificate"));
}

// A file that only this process can name.  Its descriptor stays the same while
// what it stands for is exchanged at once, so that nobody reads half of it.
class TlsFiles::MemoryFile {
 public:
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }

  absl::Status Write(const std::string& text) {
    const int made = memfd_create("rolegate-tls", MFD_CLOEXEC);
    if (made < 0) return Error("make");
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t put = write(made, text.data() + at, text.size() - at);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) {
        close(made);
        return Error("write");
      }
      at += static_cast<std::size_t>(put);
    }
    if (fd_ < 0) {
      fd_ = made;
      return absl::OkStatus();
    }
    const int exchanged = dup3(made, fd_, O_CLOEXEC);
    close(made);
    return exchanged < 0 ? Error("exchange") : absl::OkStatus();
  }

  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  static absl::Status Error(absl::string_view what) {
    return absl::InternalError(
        absl::StrCat("cannot ", what, " a file in memory: ", strerror(errno)));
  }

  int fd_ = -1;
};

TlsFiles::TlsFiles(const TlsConfig& config, Listener listener,
                   BundleListener bundle_listener,
                   MaterialListener material_listener)
    : config_(config),
      listener_(std::move(listener)),
      bundle_listener_(std::move(bundle_listener)),
      material_listener_(std::move(material_listener)),
      cert_(std::make_unique<MemoryFile>()),
      key_(std::make_unique<MemoryFile>()),
      client_ca_(std::make_unique<MemoryFile>()) {}

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(
    const TlsConfig& config, Listener listener, BundleListener bundle_listener,
    MaterialListener material_listener) {
  std::vector<TlsFault> faults;
  const TlsMaterial material = ReadTlsMaterial(config, &faults);
  if (!faults.empty()) return absl::InvalidArgumentError(faults[0].message);
  std::unique_ptr<TlsFiles> files(new TlsFiles(config, std::move(listener),
                                               std::move(bundle_listener),
                                               std::move(material_listener)));
  if (absl::Status status = files->Publish(material); !status.ok()) {
    return status;
  }
  files->poller_.emplace(kInterval, [raw = files.get()] { raw->LookAgain(); });
  return files;
}

TlsFiles::~TlsFiles() = default;

TlsConfig TlsFiles::paths() const {
  TlsConfig paths;
  paths.cert = cert_->path();
  paths.key = key_->path();
  if (config_.asks_for_certificates()) paths.client_ca = client_ca_->path();
  return paths;
}

absl::Status TlsFiles::Publish(const TlsMaterial& material) {
  if (absl::Status status = material_listener_(material); !status.ok()) {
    return status;
  }
  for (const auto& [file, text] :
       {std::pair(key_.get(), &material.key),
        std::pair(cert_.get(), &material.cert),
        std::pair(client_ca_.get(), &material.client_ca)}) {
    if (absl::Status status = file->Write(*text); !status.ok()) return status;
  }
  if (!material.client_bundles.empty()) {
    auto bundles = TrustBundles::FromPem(material.client_bundles);
    if (!bundles.ok()) return bundles.status();
    bundle_listener_(*std::move(bundles));
  }
  in_force_ = material;
  return absl::OkStatus();
}

void TlsFiles::LookAgain() {
  std::vector<TlsFault> faults;
  const TlsMaterial material = ReadTlsMaterial(config_, &faults);
  const std::string fault = faults.empty() ? "" : faults[0].message;
  if (!fault.empty()) {
    // Said once, not every second.
    if (fault != last_fault_) listener_(absl::InvalidArgumentError(fault));
  } else if (material != in_force_) {
    listener_(Publish(material));
  } else if (!last_fault_.empty()) {
    listener_(absl::OkStatus());  // what was in force is there again
  }
  last_fault_ = fault;
}

}  // namespace rolegate::service
