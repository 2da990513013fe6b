// `--context KEY=VALUE …` and `--context-file FILE`.

#ifndef ROLEGATE_CLIENT_CLI_CONTEXT_FLAGS_H_
#define ROLEGATE_CLIENT_CLI_CONTEXT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rolegate/client.h"

namespace rolegate::cli {

struct ContextFlags {
  std::vector<std::string> pairs;
  std::string file;

  void AddTo(CLI::App* command);

  // A repeated key adds a value; a key of a flag takes the place of the
  // file's.
  absl::StatusOr<ClientContext> Read() const;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CONTEXT_FLAGS_H_
