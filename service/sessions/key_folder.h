// The files of a folder of keys.

#ifndef ROLEGATE_SERVICE_SESSIONS_KEY_FOLDER_H_
#define ROLEGATE_SERVICE_SESSIONS_KEY_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

// A folder as it was at one moment.
struct KeyFolder {
  std::string path;                // where its files are
  std::vector<std::string> names;  // in order, none that begins with a dot
};

// Reads a Kubernetes Secret through its `..data` link, so that keys of two
// versions never mix.
absl::StatusOr<KeyFolder> ListKeyFolder(const std::string& dir);

// The keys of one kind in a folder.
struct KeysOfKind {
  struct File {
    std::string kid;
    std::string path;
  };
  std::vector<File> files;  // in the order of their kids
  std::string active_path;  // of the file that names the one to be used
  std::string active;       // its kid; empty: there is no such file
};

// Finds the keys whose files end with `ending`; `active_file` may stand beside
// them.  The error names the path.
absl::StatusOr<KeysOfKind> FindKeys(const std::string& dir,
                                    absl::string_view ending,
                                    absl::string_view active_file);

// The error names the path.
absl::StatusOr<std::string> ReadKeyFile(const std::string& path);

// kPermissionDenied if others can read the file.
absl::Status CheckSecrecy(const std::string& path);

// A kid is the name of a file, and goes into headers and URLs: 1 to 64 of
// letters, digits, `-`, `_` and `.`.
bool IsKid(absl::string_view kid);
absl::Status CheckKid(absl::string_view path, absl::string_view kid);

// Writes a new file, which only its owner can read and which is on the disk
// when this returns.  Never replaces a file.
absl::Status WriteKeyFile(const std::string& path, absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_KEY_FOLDER_H_
