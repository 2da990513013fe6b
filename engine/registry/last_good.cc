#include "engine/registry/last_good.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate {
namespace {

// A header line with the id of a key and the MAC of the id and all that
// follows, then for each file a line with the sizes of its name and its text,
// and both.
constexpr absl::string_view kFormat = "rolegate-last-good 2 ";
constexpr absl::string_view kOldFormat = "rolegate-last-good 1 ";
constexpr absl::string_view kFileName = "last-good";
// The beginning of the names of files that are being written.  If a crash
// leaves one behind, a later Save removes it.
constexpr absl::string_view kTemporary = "last-good.new.";
constexpr std::time_t kLeftBehindSeconds = 600;

absl::Status ErrnoStatus(absl::string_view what, const std::string& path) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, " `", path, "`: ", strerror(errno)));
}

absl::Status NoSeal() {
  return absl::FailedPreconditionError(
      "a last good generation needs a sealing key that authenticates it");
}

absl::Status WriteAll(int fd, absl::string_view bytes,
                      const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return ErrnoStatus("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return absl::OkStatus();
}

// Opens the folder, if it belongs to the server's user and nobody else can open
// it.
absl::StatusOr<FileDescriptor> OpenPrivateFolder(const std::string& dir) {
  FileDescriptor folder(
      open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.ok()) {
    if (errno == ENOENT) {
      return absl::NotFoundError(
          absl::StrCat("no generation is kept in `", dir, "`"));
    }
    return ErrnoStatus("open the folder", dir);
  }
  struct stat st {};
  if (fstat(folder.get(), &st) != 0) return ErrnoStatus("look at", dir);
  if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "`", dir,
        "` must belong to the server's user and be open to nobody else (mode "
        "0700); name a folder in it, which the server makes so"));
  }
  return folder;
}

// A name that no other process writes to.
std::string TemporaryName() {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) random = 0;
  return absl::StrCat(kTemporary, getpid(), ".",
                      absl::Hex(random, absl::kZeroPad16));
}

void RemoveLeftBehind(int folder) {
  DIR* const stream =
      fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (stream == nullptr) return;
  const std::time_t now = std::time(nullptr);
  while (const dirent* entry = readdir(stream)) {
    struct stat st {};
    if (absl::StartsWith(entry->d_name, kTemporary) &&
        fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        now - st.st_mtime > kLeftBehindSeconds) {
      unlinkat(folder, entry->d_name, 0);
    }
  }
  closedir(stream);
}

absl::StatusOr<std::string> ReadPlainFile(int folder, const std::string& path,
                                          std::uint64_t max_bytes) {
  const FileDescriptor fd(
      openat(folder, std::string(kFileName).c_str(),
             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.ok()) {
    if (errno == ENOENT) {
      return absl::NotFoundError(
          absl::StrCat("no generation is kept in `", path, "`"));
    }
    if (errno == ELOOP) {
      return absl::DataLossError(
          absl::StrCat("`", path, "` is a link and no plain file"));
    }
    return ErrnoStatus("open", path);
  }
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) return ErrnoStatus("look at", path);
  if (!S_ISREG(st.st_mode)) {
    return absl::DataLossError(absl::StrCat("`", path, "` is no plain file"));
  }
  if (static_cast<std::uint64_t>(st.st_size) > max_bytes) {
    return absl::DataLossError(
        absl::StrCat("`", path, "` is larger than ", max_bytes, " bytes"));
  }
  std::string text(static_cast<std::size_t>(st.st_size), '\0');
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t got = read(fd.get(), text.data() + at, text.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("read", path);
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  text.resize(at);
  return text;
}

// Reads "12 345\n" from the front.
bool ConsumeSizes(absl::string_view* rest, std::uint64_t* name_size,
                  std::uint64_t* text_size) {
  const std::size_t end = rest->find('\n');
  if (end == absl::string_view::npos) return false;
  const absl::string_view line = rest->substr(0, end);
  const std::size_t space = line.find(' ');
  if (space == absl::string_view::npos ||
      !absl::SimpleAtoi(line.substr(0, space), name_size) ||
      !absl::SimpleAtoi(line.substr(space + 1), text_size)) {
    return false;
  }
  rest->remove_prefix(end + 1);
  return *name_size <= rest->size() && *text_size <= rest->size() - *name_size;
}

absl::StatusOr<std::string> MacOf(const LastGoodSeal& seal,
                                  absl::string_view key_id,
                                  absl::string_view body) {
  return seal.Mac(key_id, {kFormat, key_id, "\n", body});
}

}  // namespace

absl::Status LastGoodStore::Save(const std::vector<RegistryFileText>& files) {
  if (seal_ == nullptr) return NoSeal();
  const absl::StatusOr<std::string> key_id = seal_->KeyId();
  if (!key_id.ok()) return key_id.status();
  if (mkdir(dir_.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus("make", dir_);
  }
  const absl::StatusOr<FileDescriptor> folder = OpenPrivateFolder(dir_);
  if (!folder.ok()) return folder.status();
  RemoveLeftBehind(folder->get());
  std::string body;
  for (const RegistryFileText& file : files) {
    absl::StrAppend(&body, file.name.size(), " ", file.text.size(), "\n",
                    file.name, file.text);
  }
  const absl::StatusOr<std::string> mac = MacOf(*seal_, *key_id, body);
  if (!mac.ok()) return mac.status();
  const std::string header =
      absl::StrCat(kFormat, *key_id, " ", absl::BytesToHexString(*mac), "\n");
  if (header.size() + body.size() > max_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the generation is larger than the ", max_bytes_,
                     " bytes that are "
                     "kept in `",
                     dir_, "`"));
  }

  const std::string temporary = TemporaryName();
  const std::string path = absl::StrCat(dir_, "/", temporary);
  const FileDescriptor fd(
      openat(folder->get(), temporary.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return ErrnoStatus("make", path);
  absl::Status status = WriteAll(fd.get(), header, path);
  if (status.ok()) status = WriteAll(fd.get(), body, path);
  if (status.ok() && fsync(fd.get()) != 0) status = ErrnoStatus("sync", path);
  if (status.ok() && renameat(folder->get(), temporary.c_str(), folder->get(),
                              std::string(kFileName).c_str()) != 0) {
    status = ErrnoStatus("rename", path);
  }
  if (!status.ok()) {
    unlinkat(folder->get(), temporary.c_str(), 0);
    return status;
  }
  fsync(folder->get());
  key_id_ = *key_id;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RegistryFileText>> LastGoodStore::Load() {
  if (seal_ == nullptr) return NoSeal();
  const absl::StatusOr<FileDescriptor> folder = OpenPrivateFolder(dir_);
  if (!folder.ok()) return folder.status();
  const std::string path = absl::StrCat(dir_, "/", kFileName);
  const absl::StatusOr<std::string> all =
      ReadPlainFile(folder->get(), path, max_bytes_);
  if (!all.ok()) return all.status();
  absl::string_view rest = *all;
  if (absl::StartsWith(rest, kOldFormat)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "`", path,
        "` was kept by an older release, without a MAC: remove it, and the "
        "next clean generation is kept in its place"));
  }
  const absl::Status damaged = absl::DataLossError(
      absl::StrCat("`", path,
                   "` is damaged, or was not written by a server "
                   "with this one's sealing keys"));
  const std::size_t end = rest.find('\n');
  if (end == absl::string_view::npos) return damaged;
  absl::string_view header = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!absl::ConsumePrefix(&header, kFormat)) return damaged;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(header, absl::MaxSplits(' ', 1));
  const absl::StatusOr<std::string> mac = MacOf(*seal_, parts.first, rest);
  if (absl::IsNotFound(mac.status())) {
    return absl::DataLossError(absl::StrCat(
        "`", path,
        "` was kept under a sealing key that is not there any more"));
  }
  if (!mac.ok()) return mac.status();
  if (!seal_->Equal(absl::BytesToHexString(*mac), parts.second)) {
    return damaged;
  }
  std::vector<RegistryFileText> files;
  while (!rest.empty()) {
    std::uint64_t name_size = 0;
    std::uint64_t text_size = 0;
    if (!ConsumeSizes(&rest, &name_size, &text_size)) return damaged;
    files.push_back({std::string(rest.substr(0, name_size)),
                     std::string(rest.substr(name_size, text_size))});
    rest.remove_prefix(name_size + text_size);
  }
  key_id_ = std::string(parts.first);
  return files;
}

absl::Status LastGoodStore::Renew() {
  if (seal_ == nullptr) return NoSeal();
  const absl::StatusOr<std::string> key_id = seal_->KeyId();
  if (!key_id.ok()) return key_id.status();
  if (key_id_.empty() || *key_id == key_id_) return absl::OkStatus();
  const absl::StatusOr<std::vector<RegistryFileText>> files = Load();
  if (!files.ok()) {
    key_id_.clear();  // nothing is kept that anybody could verify
    return files.status();
  }
  return *key_id == key_id_ ? absl::OkStatus() : Save(*files);
}

}  // namespace rolegate
