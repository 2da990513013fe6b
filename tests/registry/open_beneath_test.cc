// Which files of a folder are opened, on kernels with openat2 and without.

#include "engine/registry/open_beneath.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using Open = FileDescriptor (*)(int, const std::string&, FollowLinks);

class OpeningBeneath : public ::testing::TestWithParam<Open> {
 protected:
  OpeningBeneath() {
    dir_.Write("secret", "");
    dir_.Write("base/file", "");
    dir_.Write("base/folder/file", "");
    dir_.Write("baseless/file", "");
    const std::filesystem::path base = dir_.path("base");
    std::filesystem::create_symlink("folder/file", base / "link");
    std::filesystem::create_symlink("folder", base / "folder-link");
    std::filesystem::create_symlink("../secret", base / "out");
    std::filesystem::create_symlink("../baseless", base / "beside");
    std::filesystem::create_symlink("/proc/self/root/etc/passwd",
                                    base / "magic");
    std::filesystem::create_symlink("nowhere", base / "dangling");
    std::filesystem::create_symlink("loop", base / "loop");
    mkfifo((base / "fifo").c_str(), 0600);
    base_ = FileDescriptor(open(base.c_str(), O_DIRECTORY | O_CLOEXEC));
  }

  bool Opens(const std::string& path, FollowLinks links) {
    return GetParam()(base_.get(), path, links).ok();
  }

  const testing::TempDir dir_;
  FileDescriptor base_;
};

TEST_P(OpeningBeneath, NothingOutside) {
  const struct {
    std::string path;
    bool following_links;
    bool without;
  } kCases[] = {
      {"file", true, true},
      {"folder", true, true},
      {"folder/file", true, true},
      {"fifo", true, true},
      {"link", true, false},
      {"folder-link/file", true, false},
      {"out", false, false},
      {"beside/file", false, false},
      {"magic", false, false},
      {"dangling", false, false},
      {"loop", false, false},
      {"nothing", false, false},
      {"../secret", false, false},
      {"../baseless/file", false, false},
      {"..", false, false},
      {dir_.path("secret"), false, false},
      {"/proc/self/fd/0", false, false},
  };
  for (const auto& each : kCases) {
    EXPECT_EQ(Opens(each.path, FollowLinks::kBeneath), each.following_links)
        << each.path;
    EXPECT_EQ(Opens(each.path, FollowLinks::kNone), each.without) << each.path;
  }
}

TEST_P(OpeningBeneath, ALinkOutSaysSo) {
  errno = 0;
  EXPECT_FALSE(Opens("out", FollowLinks::kBeneath));
  EXPECT_EQ(errno, EXDEV);
}

INSTANTIATE_TEST_SUITE_P(EveryKernel, OpeningBeneath,
                         ::testing::Values(&OpenBeneath, &OpenBeneathByProc));

}  // namespace
}  // namespace rolegate
