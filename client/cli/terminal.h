// What is for people alone: colour, and progress of what takes long.

#ifndef ROLEGATE_CLIENT_CLI_TERMINAL_H_
#define ROLEGATE_CLIENT_CLI_TERMINAL_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace rolegate::cli {

enum class Colour { kGreen, kYellow, kRed };

// `text` in a colour if standard output is a terminal that has any and
// NO_COLOR (https://no-color.org) is not set; else the text itself.
std::string InColour(Colour colour, absl::string_view text);

// Says on standard error that something is under way, once it has taken two
// seconds, and then once a second, if that is a terminal.  The line is gone
// when the object is.
class Progress {
 public:
  explicit Progress(std::string what);  // "reading the registry"
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Run();

  const std::string what_;
  std::mutex mu_;
  std::condition_variable over_changed_;
  bool over_ = false;
  std::thread thread_;  // last, for it uses the others
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_TERMINAL_H_
