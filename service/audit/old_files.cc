#include "service/audit/old_files.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "%Y%m%dT%H%M%E6SZ";
constexpr int kTries = 100;

// Whether `text` looks as what kFormat makes.
bool IsTime(absl::string_view text) {
  constexpr absl::string_view kShape = "00000000T000000.000000Z";
  return text.size() == kShape.size() &&
         std::equal(
             text.begin(), text.end(), kShape.begin(), [](char c, char shape) {
               return shape == '0'
                          ? absl::ascii_isdigit(static_cast<unsigned char>(c))
                          : c == shape;
             });
}

}  // namespace

absl::Status PutAside(const std::string& path, absl::Time now) {
  // A link, unlike a rename, fails if the name is taken.
  int error = EEXIST;
  for (int i = 0; i < kTries && error == EEXIST; ++i) {
    const std::string aside =
        absl::StrCat(path, ".",
                     absl::FormatTime(kFormat, now + i * absl::Microseconds(1),
                                      absl::UTCTimeZone()));
    if (link(path.c_str(), aside.c_str()) == 0) {
      if (unlink(path.c_str()) == 0) return absl::OkStatus();
      error = errno;
      unlink(aside.c_str());
      break;
    }
    error = errno;
  }
  return absl::ErrnoToStatus(
      error, absl::StrCat("cannot put aside audit log `", path, "`"));
}

absl::Status RemoveOldFiles(const std::string& path, std::size_t keep) {
  const fs::path file(path);
  const std::string prefix = file.filename().string() + ".";
  std::vector<fs::path> old;
  std::error_code error;
  const fs::path directory = file.has_parent_path() ? file.parent_path() : ".";
  for (fs::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (absl::StartsWith(name, prefix) &&
        IsTime(absl::string_view(name).substr(prefix.size()))) {
      old.push_back(at->path());
    }
  }
  std::sort(old.begin(), old.end());
  absl::Status status;
  for (std::size_t i = 0; !error && i + keep < old.size(); ++i) {
    if (unlink(old[i].c_str()) == 0 || errno == ENOENT) continue;
    status.Update(absl::ErrnoToStatus(
        errno,
        absl::StrCat("cannot remove old audit log `", old[i].string(), "`")));
  }
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot look for old audit logs "
                     "in `",
                     directory.string(), "`: ", error.message()));
  }
  return status;
}

}  // namespace rolegate::service
