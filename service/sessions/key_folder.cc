#include "service/sessions/key_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxKeyBytes = std::size_t{16} << 10;

}  // namespace

absl::StatusOr<KeyFolder> ListKeyFolder(const std::string& dir) {
  KeyFolder folder;
  folder.path = absl::StrCat(dir, "/..data");
  struct stat st {};
  if (stat(folder.path.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
    folder.path = dir;
  }
  DIR* const stream = opendir(folder.path.c_str());
  if (stream == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(dir, ": cannot open: ", strerror(errno)));
  }
  while (const dirent* entry = readdir(stream)) {
    if (entry->d_name[0] != '.') folder.names.emplace_back(entry->d_name);
  }
  closedir(stream);
  std::sort(folder.names.begin(), folder.names.end());
  return folder;
}

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot open: ", strerror(errno)));
  }
  in.peek();  // a directory opens, and fails when it is read
  if (in.bad()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": cannot read: ", strerror(errno)));
  }
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  if (text.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": is larger than ", kMaxKeyBytes, " bytes, so it is no key"));
  }
  return text;
}

absl::StatusOr<KeysOfKind> FindKeys(const std::string& dir,
                                    absl::string_view ending,
                                    absl::string_view active_file) {
  absl::StatusOr<KeyFolder> folder = ListKeyFolder(dir);
  if (!folder.ok()) return folder.status();
  KeysOfKind keys;
  keys.active_path = absl::StrCat(folder->path, "/", active_file);
  for (const std::string& name : folder->names) {
    const std::string path = absl::StrCat(folder->path, "/", name);
    absl::string_view kid = name;
    if (name == active_file) {
      absl::StatusOr<std::string> text = ReadKeyFile(path);
      if (!text.ok()) return text.status();
      keys.active = std::string(absl::StripAsciiWhitespace(*text));
    } else if (absl::ConsumeSuffix(&kid, ending)) {
      if (absl::Status status = CheckKid(path, kid); !status.ok()) {
        return status;
      }
      keys.files.push_back({std::string(kid), path});
    }
  }
  return keys;
}

absl::Status CheckSecrecy(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0 || (st.st_mode & (S_IRWXO | S_IWGRP)) == 0) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      path, ": others can read the private key; make it 0600 or 0440"));
}

bool IsKid(absl::string_view kid) {
  return !kid.empty() && kid.size() <= 64 &&
         std::all_of(kid.begin(), kid.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '.';
         });
}

absl::Status CheckKid(absl::string_view path, absl::string_view kid) {
  if (IsKid(kid)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path,
                   ": the name of a key file is its key ID: expected at most "
                   "64 letters, digits, `-`, `_` and `.`"));
}

absl::Status WriteKeyFile(const std::string& path, absl::string_view text) {
  const FileDescriptor fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make `", path, "`: ", std::strerror(errno)));
  }
  if (write(fd.get(), text.data(), text.size()) ==
          static_cast<ssize_t>(text.size()) &&
      fsync(fd.get()) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  unlink(path.c_str());
  return absl::InternalError(
      absl::StrCat("cannot write `", path, "`: ", std::strerror(error)));
}

}  // namespace rolegate::service
