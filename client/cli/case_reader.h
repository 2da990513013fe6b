// Case files: questions with their policies, and the answers they expect.

#ifndef ROLEGATE_CLIENT_CLI_CASE_READER_H_
#define ROLEGATE_CLIENT_CLI_CASE_READER_H_

#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/decide/principal.h"
#include "engine/json/json_document.h"

namespace rolegate::cli {

// Policies as they stand in the case, not yet compiled.
struct CasePolicy {
  std::string name;
  std::string path;  // JSON path of the document in the case
  const JsonNode* document = nullptr;
};
using CasePolicies = std::vector<CasePolicy>;

// One case.  Nodes point into `json`.
struct Case {
  std::shared_ptr<const JsonDocument> json;
  std::string place;  // "cases.ndjson:12"
  std::string id;
  std::string description;  // what the case shows, for people; may be empty

  OwnedPrincipal principal;
  std::string principal_name;  // as SubjectByName takes it; empty: anonymous
                               // or federated
  std::string action;
  std::string resource;
  std::string resource_account;
  std::vector<std::pair<std::string, std::vector<std::string>>> context;

  // Absent and empty differ.
  CasePolicies identity;
  std::optional<CasePolicies> resource_policies;
  std::optional<CasePolicies> boundary;
  std::optional<CasePolicies> session;
  std::optional<std::vector<CasePolicies>> scps;
  std::optional<std::vector<CasePolicies>> rcps;
  bool only_session_policies = true;

  std::string expect;  // empty: none
};

// Parses one case.  kInvalidArgument, with place and fault, if it is none;
// then `*id` still holds the case's id if it has one.
absl::StatusOr<Case> ParseCase(std::string text, std::string place,
                               std::string* id);

// Reads the texts of cases: one a line, or with a `.json` file one in all.
struct CaseText {
  std::string place;
  std::string text;
};
absl::StatusOr<std::vector<CaseText>> ReadCaseFile(const std::string& path);
std::vector<CaseText> ReadCaseLines(std::istream& in, const std::string& name);

// The case files below a directory, in order; a file itself.
absl::StatusOr<std::vector<std::string>> FindCaseFiles(const std::string& path);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CASE_READER_H_
