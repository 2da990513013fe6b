// Writes a registry.
//   generate_registry DIR files COUNT   COUNT roles, drawn, a file each
//   generate_registry DIR export BYTES  one export of about that many bytes
//   generate_registry DIR typical COUNT COUNT typical roles in exports
// Prints the bytes of what it wrote, all of it minified and distinct.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/registry_generator.h"

namespace rolegate::bench {
namespace {

constexpr int kFilesPerFolder = 1000;
constexpr int kRolesPerExport = 50'000;
constexpr std::uint64_t kSeed = 20261124;

// An export of an account, written as it grows.
class ExportFile {
 public:
  explicit ExportFile(const std::string& path) : out_(path) {
    out_ << R"({"UserDetailList":[],"GroupDetailList":[],"Policies":[],)"
         << R"("RoleDetailList":[)";
  }
  ~ExportFile() { out_ << "]}"; }

  void Add(const std::string& role) {
    out_ << (bytes_ == 0 ? "" : ",") << role;
    bytes_ += role.size();
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::ofstream out_;
  std::uint64_t bytes_ = 0;
};

std::uint64_t WriteFiles(const std::string& dir, int count) {
  RegistryGenerator generator(kSeed);
  std::uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    const std::string folder = absl::StrCat(dir, "/team-", i / kFilesPerFolder);
    if (i % kFilesPerFolder == 0) std::filesystem::create_directories(folder);
    const std::string role = generator.Role(RoleName(i));
    std::ofstream(absl::StrCat(folder, "/", RoleName(i), ".json")) << role;
    bytes += role.size();
  }
  return bytes;
}

std::uint64_t WriteExport(const std::string& dir, std::uint64_t bytes) {
  RegistryGenerator generator(kSeed);
  ExportFile file(dir + "/export.json");
  for (int i = 0; file.bytes() < bytes; ++i) {
    file.Add(generator.Role(RoleName(i)));
  }
  return file.bytes();
}

std::uint64_t WriteTypical(const std::string& dir, int count) {
  std::uint64_t bytes = 0;
  for (int i = 0; i < count;) {
    ExportFile file(absl::StrCat(dir, "/export-", i, ".json"));
    for (int j = 0; j < kRolesPerExport && i < count; ++j, ++i) {
      file.Add(TypicalRole(RoleName(i)));
    }
    bytes += file.bytes();
  }
  return bytes;
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  namespace bench = rolegate::bench;
  if (argc != 4) {
    std::cerr << "usage: generate_registry DIR files|export|typical N\n";
    return 2;
  }
  const std::string dir = argv[1];
  const std::string kind = argv[2];
  const long long n = std::atoll(argv[3]);
  std::filesystem::create_directories(dir);
  std::uint64_t bytes = 0;
  if (kind == "files") {
    bytes = bench::WriteFiles(dir, static_cast<int>(n));
  } else if (kind == "export") {
    bytes = bench::WriteExport(dir, static_cast<std::uint64_t>(n));
  } else if (kind == "typical") {
    bytes = bench::WriteTypical(dir, static_cast<int>(n));
  } else {
    std::cerr << "unknown kind `" << kind << "`\n";
    return 2;
  }
  std::cout << bytes << "\n";
  return 0;
}
