#include "client/cli/terminal.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rolegate::cli {
namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr std::chrono::seconds kPeriod{1};

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool ShowsColour() {
  const char* const terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && !IsSet("NO_COLOR") &&
         terminal != nullptr && absl::string_view(terminal) != "dumb";
}

absl::string_view CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
    case Colour::kRed:
      return "31";
  }
  return "0";
}

}  // namespace

std::string InColour(Colour colour, absl::string_view text) {
  static const bool shows = ShowsColour();
  if (!shows) return std::string(text);
  return absl::StrCat("\033[", CodeOf(colour), "m", text, "\033[0m");
}

Progress::Progress(std::string what) : what_(std::move(what)) {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  {
    const std::scoped_lock lock(mu_);
    over_ = true;
  }
  over_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Progress::Run() {
  constexpr absl::string_view kClearLine = "\r\033[K";
  const auto began = std::chrono::steady_clock::now();
  std::unique_lock lock(mu_);
  std::chrono::seconds wait = kPatience;
  bool shown = false;
  while (!over_changed_.wait_for(lock, wait, [this] { return over_; })) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now() - began);
    std::cerr << kClearLine << "rolegate: " << what_ << ", " << seconds.count()
              << " s" << std::flush;
    shown = true;
    wait = kPeriod;
  }
  if (shown) std::cerr << kClearLine << std::flush;
}

}  // namespace rolegate::cli
