// One load of a registry, or what any reader of its files must pay at least.
//   bench_loading registry DIR   loads it as the server does
//   bench_loading sax DIR        opens, reads and scans every file with
//                                RapidJSON's SAX reader, under the same flags,
//                                and keeps nothing
// Prints seconds.

#include <fcntl.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "engine/registry/registry.h"

namespace rolegate::bench {
namespace {

// As engine/json_document.cc reads.
constexpr unsigned kParseFlags = rapidjson::kParseInsituFlag |
                                 rapidjson::kParseIterativeFlag |
                                 rapidjson::kParseValidateEncodingFlag |
                                 rapidjson::kParseNumbersAsStringsFlag;

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "bench_loading: " << what << "\n";
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat state = {};
  if (fd < 0 || fstat(fd, &state) != 0) Fail("cannot open " + path);
  std::string text(static_cast<std::size_t>(state.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(fd, text.data() + size, text.size() - size);
    if (count <= 0) Fail("cannot read " + path);
    size += static_cast<std::size_t>(count);
  }
  close(fd);
  return text;
}

void ScanAll(const std::string& dir) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".json") continue;
    std::string text = ReadFile(entry.path());
    rapidjson::InsituStringStream input(text.data());
    rapidjson::BaseReaderHandler<> handler;
    rapidjson::Reader reader;
    if (reader.Parse<kParseFlags>(input, handler).IsError()) {
      Fail("not JSON: " + entry.path().string());
    }
  }
}

// Calls `loaded` before the registry is taken down again.
template <typename Loaded>
void LoadAll(const std::string& dir, Loaded loaded) {
  RegistryOptions options;
  options.dir = dir;
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  if (!registry.status().loaded) {
    Fail(ToString(registry.status().faults.at(0)));
  }
  loaded();
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  namespace bench = rolegate::bench;
  if (argc != 3) bench::Fail("usage: bench_loading registry|sax DIR");
  const auto begin = std::chrono::steady_clock::now();
  const auto print = [begin] {
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - begin;
    std::cout << took.count() << std::endl;
  };
  if (std::string(argv[1]) == "sax") {
    bench::ScanAll(argv[2]);
    print();
    return 0;
  }
  bench::LoadAll(argv[2], print);
  return 0;
}
