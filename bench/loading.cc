// One load of a registry, or what any reader of its files must pay at least.
//   bench_loading registry DIR   loads it as the server does
//   bench_loading sax DIR        opens, reads and scans every file with
//                                RapidJSON's SAX reader, under the same flags,
//                                and keeps nothing
//   bench_loading memory DIR     loads it as the server does
//   bench_loading documents DIR  minifies every policy document, equal ones
//                                once
// Prints seconds; `memory` the bytes that the process grew by, `documents` the
// bytes of the documents.

#include <fcntl.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "engine/json/json_document.h"
#include "engine/json/json_text.h"
#include "engine/registry/registry.h"
#include "engine/text/sha256.h"

namespace rolegate::bench {
namespace {

// As engine/json/json_document.cc reads.
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

// Calls `f(path, text)` for every file.
template <typename F>
void ForEachFile(const std::string& dir, F f) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".json") continue;
    f(entry.path().string(), ReadFile(entry.path()));
  }
}

void ScanAll(const std::string& dir) {
  ForEachFile(dir, [](const std::string& path, std::string text) {
    rapidjson::InsituStringStream input(text.data());
    rapidjson::BaseReaderHandler<> handler;
    rapidjson::Reader reader;
    if (reader.Parse<kParseFlags>(input, handler).IsError()) {
      Fail("not JSON: " + path);
    }
  });
}

// Sums up the sizes of policy documents, equal ones once.
class DocumentSizes {
 public:
  void Add(const JsonNode& node) {
    if (node.Find("Statement") != nullptr) {
      const std::string text = ToJsonText(node);
      if (seen_.insert(Sha256(text)).second) bytes_ += text.size();
      return;
    }
    for (const JsonNode& element : node.elements()) Add(element);
    for (const JsonMember& member : node.members()) Add(member.value);
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  absl::flat_hash_set<std::string> seen_;
  std::uint64_t bytes_ = 0;
};

std::uint64_t DocumentBytes(const std::string& dir) {
  DocumentSizes sizes;
  ForEachFile(dir, [&](const std::string& path, std::string text) {
    JsonParseError error;
    const std::unique_ptr<JsonDocument> document =
        JsonDocument::Parse(std::move(text), JsonLimits{}, &error);
    if (document == nullptr) Fail(path + ": " + error.message);
    sizes.Add(document->root());
  });
  return sizes.bytes();
}

// What of the process is in memory.
std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
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
  if (argc != 3) {
    bench::Fail("usage: bench_loading registry|sax|memory|documents DIR");
  }
  const std::string mode = argv[1];
  const auto begin = std::chrono::steady_clock::now();
  const auto print = [begin] {
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - begin;
    std::cout << took.count() << std::endl;
  };
  if (mode == "sax") {
    bench::ScanAll(argv[2]);
    print();
  } else if (mode == "documents") {
    std::cout << bench::DocumentBytes(argv[2]) << "\n";
  } else if (mode == "memory") {
    const std::uint64_t before = bench::ResidentBytes();
    bench::LoadAll(argv[2], [before] {
      std::cout << bench::ResidentBytes() - before << std::endl;
    });
  } else {
    bench::LoadAll(argv[2], print);
  }
  return 0;
}
