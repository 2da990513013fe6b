#include "tests/support/paths.h"

namespace rolegate::testing {

std::string SourcePath(const std::string& path) {
  return ROLEGATE_SOURCE_DIR + path;
}

std::string ProgramPath(const std::string& name) {
  return ROLEGATE_BIN_DIR "/" + name;
}

}  // namespace rolegate::testing
