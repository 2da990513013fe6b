#include "client/cli/case_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"

namespace rolegate::cli {
namespace {

namespace fs = std::filesystem;

// Fills one case; keeps the first fault.
class CaseParser {
 public:
  explicit CaseParser(Case* out) : case_(*out), json_(*out->json) {}

  absl::Status Parse() {
    const JsonNode& root = json_.root();
    if (!root.is_object()) return Fault(root, "", "expected an object");
    // A case without an id is known by its place.
    Text(root, "", "id", false, &case_.id);
    if (root.Find("id") == nullptr) case_.id = case_.place;
    Text(root, "", "description", false, &case_.description);
    Text(root, "", "expect", false, &case_.expect);
    const JsonNode* const request = Object(root, "request", true);
    if (request != nullptr) ParseRequest(*request);
    const JsonNode* const policies = Object(root, "policies", false);
    if (policies != nullptr) ParsePolicies(*policies);
    return status_;
  }

 private:
  absl::Status Fault(const JsonNode& node, absl::string_view path,
                     absl::string_view message) {
    if (status_.ok()) {
      const Position at = json_.PositionOf(node);
      status_ = absl::InvalidArgumentError(
          absl::StrCat(case_.place, " (", at.line, ":", at.column, ") ", path,
                       path.empty() ? "" : ": ", message));
    }
    return status_;
  }

  void Text(const JsonNode& object, absl::string_view under, const char* key,
            bool required, std::string* out) {
    const JsonNode* const node = object.Find(key);
    const std::string path =
        under.empty() ? key : absl::StrCat(under, ".", key);
    if (node == nullptr) {
      if (required) Fault(object, path, "is missing").IgnoreError();
    } else if (!node->is_string()) {
      Fault(*node, path, "expected a text").IgnoreError();
    } else {
      *out = std::string(node->text());
    }
  }

  const JsonNode* Object(const JsonNode& object, const char* key,
                         bool required) {
    const JsonNode* const node = object.Find(key);
    if (node == nullptr) {
      if (required) Fault(object, key, "is missing").IgnoreError();
      return nullptr;
    }
    if (node->is_object()) return node;
    Fault(*node, key, "expected an object").IgnoreError();
    return nullptr;
  }

  void CheckMembers(const JsonNode& object, absl::string_view path,
                    std::initializer_list<absl::string_view> known) {
    for (const JsonMember& member : object.members()) {
      if (std::find(known.begin(), known.end(), member.key) == known.end()) {
        Fault(member.value, path,
              absl::StrCat("unknown member `", member.key, "`"))
            .IgnoreError();
      }
    }
  }

  void ParseRequest(const JsonNode& request) {
    CheckMembers(request, "request",
                 {"principal", "session_of", "action", "resource",
                  "resource_account", "context"});
    Text(request, "request", "action", true, &case_.action);
    Text(request, "request", "resource", true, &case_.resource);
    Text(request, "request", "resource_account", false,
         &case_.resource_account);
    ParsePrincipal(request);
    if (const JsonNode* const context = request.Find("context")) {
      ParseContext(*context);
    }
  }

  void ParsePrincipal(const JsonNode& request) {
    std::string session_of;
    Text(request, "request", "session_of", false, &session_of);
    const JsonNode* const node = request.Find("principal");
    constexpr char kPath[] = "request.principal";
    if (node == nullptr) {
      Fault(request, kPath, "is missing").IgnoreError();
      return;
    }
    if (node->is_string() && node->text() == "*") return;  // anonymous
    if (!node->is_object() || node->members().size() != 1 ||
        !node->members()[0].value.is_string()) {
      Fault(*node, kPath, "expected `*` or an object of one member")
          .IgnoreError();
      return;
    }
    const absl::string_view kind = node->members()[0].key;
    const absl::string_view name = node->members()[0].value.text();
    absl::StatusOr<OwnedPrincipal> principal = absl::InvalidArgumentError(
        "expected a member `AWS`, `Service`, "
        "`Federated` or `CanonicalUser`");
    if (kind == "AWS") {
      principal = IsAccountId(name) ? OwnedPrincipal::Account(name)
                                    : OwnedPrincipal::FromArn(name, session_of);
      case_.principal_name = std::string(name);
    } else if (kind == "Service") {
      principal = OwnedPrincipal::Service(name);
      case_.principal_name = absl::StrCat("service:", name);
    } else if (kind == "Federated") {
      principal = OwnedPrincipal::Federated(name);
    } else if (kind == "CanonicalUser") {
      // No policy names a canonical user here, so it is nobody.
      principal = OwnedPrincipal::Anonymous();
    }
    if (!principal.ok()) {
      Fault(*node, kPath, principal.status().message()).IgnoreError();
      return;
    }
    case_.principal = *std::move(principal);
  }

  void ParseContext(const JsonNode& context) {
    if (!context.is_object()) {
      Fault(context, "request.context", "expected an object").IgnoreError();
      return;
    }
    for (const JsonMember& member : context.members()) {
      std::vector<std::string> values;
      const bool list = member.value.is_array();
      const auto elements =
          list ? member.value.elements() : absl::MakeSpan(&member.value, 1);
      for (const JsonNode& element : elements) {
        if (element.is_array() || element.is_object() ||
            element.type() == JsonType::kNull) {
          Fault(element, absl::StrCat("request.context.", member.key),
                "expected a string, number, boolean or a list of them")
              .IgnoreError();
          return;
        }
        values.emplace_back(element.text());
      }
      case_.context.emplace_back(std::string(member.key), std::move(values));
    }
  }

  void ParsePolicies(const JsonNode& policies) {
    CheckMembers(
        policies, "policies",
        {"identity", "resource", "boundary", "session", "scps", "rcps"});
    for (const JsonMember& member : policies.members()) {
      if (member.key != "session" && member.value.type() != JsonType::kNull) {
        case_.only_session_policies = false;
      }
    }
    if (auto list = List(policies, "identity")) {
      case_.identity = *std::move(list);
    }
    case_.boundary = List(policies, "boundary");
    case_.session = List(policies, "session");
    case_.scps = Levels(policies, "scps");
    case_.rcps = Levels(policies, "rcps");
    const JsonNode* const resource = policies.Find("resource");
    if (resource == nullptr || resource->type() == JsonType::kNull) return;
    case_.resource_policies.emplace();
    if (resource->is_array()) {
      case_.resource_policies = ListOf(*resource, "policies.resource");
    } else {
      case_.resource_policies->push_back(
          Policy(*resource, "policies.resource", "resource"));
    }
  }

  std::optional<CasePolicies> List(const JsonNode& policies, const char* key) {
    const JsonNode* const node = policies.Find(key);
    if (node == nullptr || node->type() == JsonType::kNull) {
      return std::nullopt;
    }
    return ListOf(*node, absl::StrCat("policies.", key));
  }

  CasePolicies ListOf(const JsonNode& node, const std::string& path) {
    CasePolicies list;
    if (!node.is_array()) {
      Fault(node, path, "expected a list of policies").IgnoreError();
      return list;
    }
    for (const JsonNode& element : node.elements()) {
      const std::string at = absl::StrCat(path, "[", list.size(), "]");
      list.push_back(Policy(
          element, at,
          at.substr(at.find('.') + 1)));  // `identity[0]`, unless it has a name
    }
    return list;
  }

  std::optional<std::vector<CasePolicies>> Levels(const JsonNode& policies,
                                                  const char* key) {
    const JsonNode* const node = policies.Find(key);
    if (node == nullptr || node->type() == JsonType::kNull) {
      return std::nullopt;
    }
    std::vector<CasePolicies> levels;
    const std::string path = absl::StrCat("policies.", key);
    if (!node->is_array()) {
      Fault(*node, path, "expected a list of levels").IgnoreError();
      return levels;
    }
    for (const JsonNode& level : node->elements()) {
      levels.push_back(
          ListOf(level, absl::StrCat(path, "[", levels.size(), "]")));
    }
    return levels;
  }

  // `{"name", "document"}`, or a bare document.
  static CasePolicy Policy(const JsonNode& node, const std::string& path,
                           std::string fallback_name) {
    const JsonNode* const document = node.Find("document");
    if (document == nullptr) return {fallback_name, path, &node};
    const JsonNode* const name = node.Find("name");
    if (name != nullptr && name->is_string()) {
      fallback_name = std::string(name->text());
    }
    return {std::move(fallback_name), path + ".document", document};
  }

  Case& case_;
  const JsonDocument& json_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Case> ParseCase(std::string text, std::string place,
                               std::string* id) {
  JsonParseError error;
  std::shared_ptr<const JsonDocument> json =
      JsonDocument::Parse(std::move(text), {}, &error);
  if (json == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, " (", error.position.line, ":",
                     error.position.column, ") ", error.message));
  }
  Case parsed;
  parsed.json = std::move(json);
  parsed.place = std::move(place);
  const absl::Status status = CaseParser(&parsed).Parse();
  *id = parsed.id;
  if (!status.ok()) return status;
  return parsed;
}

std::vector<CaseText> ReadCaseLines(std::istream& in, const std::string& name) {
  std::vector<CaseText> texts;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    texts.push_back({absl::StrCat(name, ":", number), line});
  }
  return texts;
}

absl::StatusOr<std::vector<CaseText>> ReadCaseFile(const std::string& path) {
  std::ifstream in(path);
  if (!in || fs::is_directory(path)) {
    return absl::NotFoundError(absl::StrCat(
        "cannot read `", path, "`: ", std::strerror(!in ? errno : EISDIR)));
  }
  if (!absl::EndsWith(path, ".json")) return ReadCaseLines(in, path);
  std::ostringstream text;
  text << in.rdbuf();
  return std::vector<CaseText>{{path, text.str()}};
}

absl::StatusOr<std::vector<std::string>> FindCaseFiles(
    const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return absl::NotFoundError(
        absl::StrCat("cannot read `", path,
                     "`: ", std::strerror(error ? error.value() : ENOENT)));
  }
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (auto it = fs::recursive_directory_iterator(path, error);
       !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().string();
    if (it->is_regular_file() &&
        (absl::EndsWith(name, ".ndjson") || absl::EndsWith(name, ".json"))) {
      files.push_back(name);
    }
  }
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot read `", path, "`: ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace rolegate::cli
