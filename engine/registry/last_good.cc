#include "engine/registry/last_good.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate {
namespace {

// A header line with the digest of all that follows, then for each file a line
// with the sizes of its name and its text, and both.
constexpr absl::string_view kHeader = "rolegate-last-good 1 ";
constexpr absl::string_view kFileName = "last-good";

absl::Status ErrnoStatus(absl::string_view what, const std::string& path) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
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

}  // namespace

absl::Status SaveLastGood(const std::string& dir,
                          const std::vector<RegistryFileText>& files) {
  if (mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoStatus("make", dir);
  }
  std::string body;
  for (const RegistryFileText& file : files) {
    absl::StrAppend(&body, file.name.size(), " ", file.text.size(), "\n",
                    file.name, file.text);
  }
  const std::string path = absl::StrCat(dir, "/", kFileName);
  const std::string temporary = absl::StrCat(path, ".new");
  {
    FileDescriptor fd(
        open(temporary.c_str(),
             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.ok()) return ErrnoStatus("open", temporary);
    const std::string header =
        absl::StrCat(kHeader, absl::BytesToHexString(Sha256(body)), "\n");
    for (absl::string_view part :
         {absl::string_view(header), absl::string_view(body)}) {
      if (absl::Status s = WriteAll(fd.get(), part, temporary); !s.ok()) {
        return s;
      }
    }
    if (fsync(fd.get()) != 0) return ErrnoStatus("sync", temporary);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return ErrnoStatus("rename", temporary);
  }
  FileDescriptor folder(open(dir.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (folder.ok()) fsync(folder.get());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RegistryFileText>> LoadLastGood(
    const std::string& dir) {
  const std::string path = absl::StrCat(dir, "/", kFileName);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(absl::StrCat("no generation is kept in ", dir));
  }
  const std::string all((std::istreambuf_iterator<char>(in)),
                        std::istreambuf_iterator<char>());
  const absl::Status damaged =
      absl::DataLossError(absl::StrCat(path, " is damaged"));
  absl::string_view rest = all;
  const std::size_t end = rest.find('\n');
  if (end == absl::string_view::npos) return damaged;
  absl::string_view header = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!absl::ConsumePrefix(&header, kHeader) ||
      header != absl::BytesToHexString(Sha256(rest))) {
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
  return files;
}

}  // namespace rolegate
