#include "client/cli/sealed_message.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/client_commands.h"

namespace rolegate::cli {
namespace {

std::filesystem::path StateFolder() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') {
    return std::filesystem::path(state) / "rolegate";
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".local" / "state" / "rolegate";
}

}  // namespace

std::string KeepSealedMessage(absl::string_view sealed) {
  namespace fs = std::filesystem;
  const fs::path folder = StateFolder();
  if (folder.empty()) return "";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return "";
  const fs::path file = folder / "last-refusal";
  const fs::path fresh =
      folder / absl::StrCat("last-refusal.", static_cast<int>(getpid()));
  std::ofstream out(fresh);
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write, error);
  out << sealed << "\n";
  out.close();
  if (out.fail()) {
    fs::remove(fresh, error);
    return "";
  }
  fs::rename(fresh, file, error);
  return error ? "" : file.string();
}

absl::StatusOr<std::string> ReadSealedMessage(const std::string& argument) {
  std::string text;
  if (argument == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    absl::StatusOr<std::string> read = TextOrFile(argument);
    if (!read.ok()) return read.status();
    text = *std::move(read);
  }
  absl::string_view sealed = text;
  if (const std::size_t label = sealed.find(kSealedLabel);
      label != sealed.npos) {
    sealed.remove_prefix(label + kSealedLabel.size());
    sealed = sealed.substr(0, sealed.find_first_of(" \r\n"));
  }
  sealed = absl::StripAsciiWhitespace(sealed);
  if (sealed.empty()) {
    return absl::InvalidArgumentError(
        "the encoded message is empty: give the text, `-` for standard input, "
        "or `file://PATH`");
  }
  if (absl::StrContains(sealed, "…")) {
    return absl::InvalidArgumentError(
        "this is the shortened form of the encoded message: give the file that "
        "the refusal named, by `file://PATH`");
  }
  return std::string(sealed);
}

}  // namespace rolegate::cli
