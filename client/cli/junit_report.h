// The results of cases in the XML that CI systems show, JUnit's.

#ifndef ROLEGATE_CLIENT_CLI_JUNIT_REPORT_H_
#define ROLEGATE_CLIENT_CLI_JUNIT_REPORT_H_

#include <string>
#include <vector>

namespace rolegate::cli {

struct CaseResult {
  std::string file;
  std::string id;
  std::string place;      // "cases.ndjson:12"
  std::string failure;    // what differs, on one line; empty: it agrees
  std::string details;    // more lines
  bool is_error = false;  // the case could not be read
  double seconds = 0;
};

// One test suite a file, in the order of the results.
std::string JunitReport(const std::vector<CaseResult>& results);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_JUNIT_REPORT_H_
