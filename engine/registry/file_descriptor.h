// A file descriptor that closes itself.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_DESCRIPTOR_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace rolegate {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_DESCRIPTOR_H_
