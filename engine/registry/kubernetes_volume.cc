#include "engine/registry/kubernetes_volume.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/open_beneath.h"
#include "engine/text/printable.h"

namespace rolegate {
namespace {

// Returns where the link leads.  If it is no link, the result is empty and
// errno says why.
std::string ReadLink(int folder, const std::string& name) {
  std::array<char, PATH_MAX> target;
  const ssize_t size =
      readlinkat(folder, name.c_str(), target.data(), target.size());
  return size < 0 ? std::string()
                  : std::string(target.data(), static_cast<std::size_t>(size));
}

// "..2026_11_28", but neither "..", "..a/b" nor "a".
bool IsVersionName(absl::string_view name) {
  return name.size() > 2 && absl::StartsWith(name, "..") &&
         !absl::StrContains(name, '/');
}

Volume Fault(std::string why) {
  Volume volume;
  volume.state = Volume::State::kFault;
  volume.fault = std::move(why);
  return volume;
}

}  // namespace

std::string ReadVolumeLink(int folder) {
  return ReadLink(folder, std::string(kVolumeLink));
}

Volume OpenVolume(int folder) {
  Volume volume;
  volume.target = ReadVolumeLink(folder);
  if (volume.target.empty()) {
    if (errno == ENOENT) return volume;
    return Fault(errno == EINVAL
                     ? "is no link, as a Kubernetes volume has one"
                     : absl::StrCat("cannot read the link: ", strerror(errno)));
  }
  if (!IsVersionName(volume.target)) {
    return Fault(absl::StrCat(
        "leads to `", Printable(volume.target),
        "`: expected a folder beside it whose name begins with two dots, as a "
        "Kubernetes volume has one"));
  }
  volume.folder = OpenBeneath(folder, volume.target, FollowLinks::kNone);
  struct stat st {};
  if (volume.folder.ok()) {
    if (fstat(volume.folder.get(), &st) != 0 || !S_ISDIR(st.st_mode)) {
      return Fault(absl::StrCat("leads to `", Printable(volume.target),
                                "`, which is no folder"));
    }
    volume.state = Volume::State::kFound;
    return volume;
  }
  if (errno == ENOENT) {
    volume.state = Volume::State::kMoving;
    volume.fault = absl::StrCat("leads to `", Printable(volume.target),
                                "`, which is not there");
    return volume;
  }
  return Fault(errno == ELOOP || errno == EXDEV
                   ? absl::StrCat("leads to `", Printable(volume.target),
                                  "`, which is a link itself")
                   : absl::StrCat("cannot open `", Printable(volume.target),
                                  "`: ", strerror(errno)));
}

bool IsUsersLink(int folder, const std::string& name) {
  return ReadLink(folder, name) == absl::StrCat(kVolumeLink, "/", name);
}

}  // namespace rolegate
