// rolegate: the command line.

#include <grpc/support/log.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/words.h"
#include "engine/text/printable.h"
#include "service/base/redact.h"

namespace rolegate::cli {
namespace {

constexpr char kVersion[] = "rolegate " ROLEGATE_VERSION;

// What was typed in the wrong place may be a token, and output is kept.
void Complain(const std::string& text) {
  std::cerr << "rolegate: " << Printable(service::Redact(text)) << "\n";
}

int Refuse(const Words& words) {
  Complain(words.fault);
  Complain(words.advice);
  return kUsage;
}

// gRPC's library writes lines of its own about what the command line reports
// anyway.  GRPC_VERBOSITY brings them back.
void SilenceGrpc() {
  if (std::getenv("GRPC_VERBOSITY") != nullptr) return;
  gpr_set_log_function([](gpr_log_func_args*) {});
}

// The command whose flags CLI11 was reading.
const CLI::App* Asked(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

// CLI11's words, which begin as sentences do.
std::string FaultOf(const CLI::ParseError& error) {
  std::string fault = error.what();
  if (!fault.empty()) fault[0] = absl::ascii_tolower(fault[0]);
  return fault;
}

int Main(int argc, char** argv) {
  SilenceGrpc();
  CLI::App app(
      "Rolegate's command line: asks a server, and works on policies offline.\n"
      "Exits with 0 when done, 1 when it failed, 2 when it was used wrongly,\n"
      "3 when the answer is a denial, 4 when decisions flip that must not.",
      "rolegate");
  app.footer(
      "Examples:\n"
      "  rolegate help authorize\n"
      "  rolegate --server localhost whoami\n"
      "\n"
      "Flags that say which server and which caller may stand before the\n"
      "command's name, too.");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  int exit_code = kDone;
  AddAssumeRole(&app, &exit_code);
  AddAssumeRoleWithWebIdentity(&app, &exit_code);
  AddAssumeRoleWithSaml(&app, &exit_code);
  AddAuthorize(&app, &exit_code);
  AddWhoAmI(&app, &exit_code);
  AddDecodeAuthorizationMessage(&app, &exit_code);
  AddRegistry(&app, &exit_code);
  AddCheck(&app, &exit_code);
  AddSimulate(&app, &exit_code);
  AddTest(&app, &exit_code);
  AddReplay(&app, &exit_code);
  AddAudit(&app, &exit_code);
  AddCompletion(&app);
  AddVersion(&app, kVersion);
  AddHelp(&app);
  if (argc < 2) {
    std::cerr << app.help();
    return kUsage;
  }
  Words words = ReadWords(app, std::vector<std::string>(argv + 1, argv + argc));
  if (!words.fault.empty()) return Refuse(words);
  // CLI11 takes the words in the order in which it removes them.
  std::vector<std::string> reversed(words.words.rbegin(), words.words.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::Success& success) {
    std::ostringstream help;
    app.exit(success, help, std::cerr);
    std::cout << help.str();
    return kDone;
  } catch (const CLI::ParseError& error) {
    Complain(
        absl::StrCat("`", CommandName(*Asked(&app)), "`: ", FaultOf(error)));
    Complain("`" + HelpCommand(*Asked(&app)) +
             "` shows its flags and examples");
    return kUsage;
  }
  return exit_code;
}

// What was not written must not look like an answer to a script.
int MainAndFlush(int argc, char** argv) {
  const int exit_code = Main(argc, argv);
  std::cout.flush();
  if (std::cout || exit_code != kDone) return exit_code;
  Complain("standard output cannot be written: is the disk full?");
  return kFailed;
}

}  // namespace
}  // namespace rolegate::cli

// NOLINTNEXTLINE(bugprone-exception-escape): a faulty table of flags ends it.
int main(int argc, char** argv) {
  return rolegate::cli::MainAndFlush(argc, argv);
}
