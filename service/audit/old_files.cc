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

constexpr const char* kFormat = "%E4Y%m%dT%H%M%E6SZ";
constexpr int kTries = 100;

// The file itself, where `path` is a symbolic link: to put the link aside would
// leave the lines where no bound holds, and write the next ones elsewhere.
fs::path FileAt(const std::string& path) {
  std::error_code error;
  fs::path file = fs::weakly_canonical(path, error);
  return error ? fs::path(path) : file;
}

fs::path DirectoryOf(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

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

// The files that PutAside named, sorted by those names.  What is no file has
// not come from there.
std::vector<fs::path> FilesAside(const fs::path& file, std::error_code* error) {
  const std::string prefix = file.filename().string() + ".";
  std::vector<fs::path> aside;
  for (fs::directory_iterator at(DirectoryOf(file), *error), end;
       !*error && at != end; at.increment(*error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (absl::StartsWith(name, prefix) &&
        IsTime(absl::string_view(name).substr(prefix.size())) &&
        !fs::is_directory(at->symlink_status(ignored))) {
      aside.push_back(at->path());
    }
  }
  std::sort(aside.begin(), aside.end());
  return aside;
}

std::string NameAside(absl::Time time) {
  return absl::FormatTime(kFormat, time, absl::UTCTimeZone());
}

// A time whose name sorts behind those of all files that are aside.  After a
// clock went back, the names of these are of times to come, and a new file
// under its own time would count as the oldest and be removed at once.
absl::Time TimeBehindOthers(const fs::path& file, absl::Time now) {
  std::error_code error;
  const std::vector<fs::path> aside = FilesAside(file, &error);
  if (aside.empty()) return now;
  const std::string newest = aside.back().filename().string().substr(
      file.filename().string().size() + 1);
  if (NameAside(now) > newest) return now;
  absl::Time time;
  if (!absl::ParseTime(kFormat, newest, &time, nullptr)) return now;
  time += absl::Microseconds(1);
  return IsTime(NameAside(time)) ? time : now;
}

}  // namespace

absl::Status PutAside(const std::string& path, absl::Time now) {
  // A link, unlike a rename, fails if the name is taken.
  const fs::path file = FileAt(path);
  const absl::Time first = TimeBehindOthers(file, now);
  int error = EEXIST;
  for (int i = 0; i < kTries && error == EEXIST; ++i) {
    const std::string aside = absl::StrCat(
        file.string(), ".", NameAside(first + i * absl::Microseconds(1)));
    if (link(file.c_str(), aside.c_str()) == 0) {
      if (unlink(file.c_str()) == 0) return absl::OkStatus();
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
  const fs::path file = FileAt(path);
  std::error_code error;
  const std::vector<fs::path> old = FilesAside(file, &error);
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
                     DirectoryOf(file).string(), "`: ", error.message()));
  }
  return status;
}

}  // namespace rolegate::service
