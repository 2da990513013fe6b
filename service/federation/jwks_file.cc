#include "service/federation/jwks_file.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "service/federation/json_web_key.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{512} << 10;

}  // namespace

absl::StatusOr<std::string> ReadJwksFile(const std::string& path) {
  const auto fault = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("`", path, "` ", what));
  };
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return fault("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxBytes) {
    return fault(absl::StrCat("has more than ", kMaxBytes, " bytes"));
  }
  if (const absl::Status status = CheckJsonWebKeySet(text); !status.ok()) {
    return fault(absl::StrCat("is no key set: ", status.message()));
  }
  return text;
}

}  // namespace rolegate::service
