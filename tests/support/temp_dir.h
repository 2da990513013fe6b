// A directory for one test.

#ifndef ROLEGATE_TESTS_SUPPORT_TEMP_DIR_H_
#define ROLEGATE_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rolegate::testing {

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/rolegate-test-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

  // Makes the folders above it, too.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string file = path(name);
    std::filesystem::create_directories(
        std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
    return file;
  }
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  void Remove(const std::string& name) const {
    std::filesystem::remove_all(path(name));
  }

 private:
  std::string path_;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_TEMP_DIR_H_
