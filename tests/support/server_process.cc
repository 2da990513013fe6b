#include "tests/support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/json/json_document.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"

namespace rolegate::testing {

bool OverHttp2() {
  const char* const transport = std::getenv("ROLEGATE_TRANSPORT");
  return transport == nullptr || absl::string_view(transport) != "grpc";
}

ServerProcess::ServerProcess(std::vector<std::string> arguments,
                             const Limits& limits) {
  arguments.insert(arguments.begin(), ProgramPath("rolegated"));
  arguments.push_back("--ready-file");
  arguments.push_back(dir_.path("ready"));
  const std::string log = dir_.path("log");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    rlimit descriptors = {};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    if (limits.most_descriptors != 0) {
      descriptors = {limits.most_descriptors, limits.most_descriptors};
    }
    if (limits.descriptors != 0) descriptors.rlim_cur = limits.descriptors;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    execv(argv[0], argv.data());
    _exit(127);
  }
  for (int i = 0; i < 1500; ++i) {
    if (std::filesystem::exists(dir_.path("ready"))) break;
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info,
               WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid_) {
      return;
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  JsonParseError error;
  const auto ready = JsonDocument::Parse(dir_.Read("ready"), {}, &error);
  if (ready == nullptr) return;
  for (const JsonNode& address : ready->root().Find("listeners")->elements()) {
    addresses_.emplace_back(address.text());
  }
  if (const auto health = ready->root().Find("health_listen")) {
    health_address_ = std::string(health->text());
  }
  if (const auto operations = ready->root().Find("operations")) {
    operations_address_ = std::string(operations->text());
  }
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
}

void ServerProcess::Signal(int signal) const { kill(pid_, signal); }

std::uint64_t ServerProcess::ResidentBytes() const {
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  std::ifstream(absl::StrCat("/proc/", pid_, "/statm")) >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::size_t ServerProcess::OpenDescriptors() const {
  const std::filesystem::directory_iterator all(
      absl::StrCat("/proc/", pid_, "/fd"));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

int ServerProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int ServerProcess::Stop() {
  Signal(SIGTERM);
  return Wait();
}

Client ServerProcess::Connect(const std::string& principal,
                              const std::string& token) const {
  ClientOptions options;
  options.server = address();
  options.principal = principal;
  options.session_token = token;
  options.deadline = absl::Seconds(20);
  return *Client::Connect(options);
}

std::string AssumeOrDie(const Client& client, const std::string& role_arn) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(role_arn);
  request.set_role_session_name("test");
  const auto response = client.AssumeRole(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->credentials().session_token() : "";
}

}  // namespace rolegate::testing
