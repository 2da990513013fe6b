// Where the project and its programs lie.  One small file knows it, so that the
// tests compile alike in every checkout and a compiler cache serves them all.

#ifndef ROLEGATE_TESTS_SUPPORT_PATHS_H_
#define ROLEGATE_TESTS_SUPPORT_PATHS_H_

#include <string>

namespace rolegate::testing {

// `path` below the project's root; begins with `/`.
std::string SourcePath(const std::string& path);

// The path of a built program, `rolegated` for instance.
std::string ProgramPath(const std::string& name);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_PATHS_H_
