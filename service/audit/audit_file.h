// The file, or standard output, that audit lines go to.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_FILE_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// Not thread-safe.
class AuditFile {
 public:
  // `path` is "stdout" or a file.
  explicit AuditFile(std::string path) : path_(std::move(path)) {}
  ~AuditFile();

  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Whether Open would succeed.  Leaves no file behind, and changes none.
  static absl::Status Check(const std::string& path);

  // Opens the path, anew if it is open already; a file is appended to, and
  // created with mode 0600.  If it ends within a line, as after a crash, the
  // line is ended.  On failure what was open stays open; the error names the
  // path.  Standard output is never opened anew.
  absl::Status Open();

  // Writes until all is written or an error occurs; `*written` is how much was
  // written.  If a write can block (on a pipe whose reader is slow), it asks
  // `give_up` about every 100 ms, and returns kCancelled once `give_up` returns
  // true.
  absl::Status Write(absl::string_view text,
                     const std::function<bool()>& give_up,
                     std::size_t* written);

  // How much a regular file holds, and since when it is there.
  std::uint64_t size() const { return size_; }
  absl::Time since() const { return since_; }
  bool is_regular() const { return regular_; }

  // Gives the file another name (old_files.h) and begins a new one.  If
  // somebody else has moved it, the new one is begun alone.  On failure what
  // was open stays open; the error names the path.
  absl::Status BeginAnew(absl::Time now);

  // Sees to it that a regular file is on the disk.
  void Sync();

 private:
  const std::string path_;
  int fd_ = -1;
  bool regular_ = false;
  std::uint64_t size_ = 0;
  absl::Time since_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_FILE_H_
