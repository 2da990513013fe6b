#include "client/cli/sarif_output.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "client/cli/json_output.h"
#include "engine/lint/findings.h"

namespace rolegate::cli {
namespace {

absl::string_view LevelOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kSecurityWarning:
    case Severity::kWarning:
      return "warning";
    case Severity::kSuggestion:
      return "note";
  }
  return "none";
}

// RFC 3986: what is neither unreserved nor a slash is escaped.
std::string UriOf(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '/' || c == '-' || c == '.' ||
        c == '_' || c == '~') {
      uri += c;
    } else {
      uri += absl::StrFormat("%%%02X", byte);
    }
  }
  return uri;
}

// A code's sentence; those of errors have none.
absl::string_view SentenceOf(absl::string_view code) {
  for (const FindingInfo& info : AllFindings()) {
    if (info.code == code) return info.sentence;
  }
  return "";
}

class SarifWriter {
 public:
  SarifWriter(const Diagnostics& findings, const std::string& dir)
      : findings_(findings), dir_(dir), writer_(buffer_) {
    writer_.SetIndent(' ', 2);
    for (const Diagnostic& finding : findings) {
      severities_.emplace(finding.code, finding.severity);
    }
  }

  std::string Write() && {
    writer_.StartObject();
    WriteMember(writer_, "$schema",
                "https://json.schemastore.org/sarif-2.1.0.json");
    WriteMember(writer_, "version", "2.1.0");
    writer_.Key("runs");
    writer_.StartArray();
    writer_.StartObject();
    WriteTool();
    writer_.Key("results");
    writer_.StartArray();
    for (const Diagnostic& finding : findings_) WriteResult(finding);
    writer_.EndArray();
    writer_.EndObject();
    writer_.EndArray();
    writer_.EndObject();
    return buffer_.GetString();
  }

 private:
  void WriteTool() {
    writer_.Key("tool");
    writer_.StartObject();
    writer_.Key("driver");
    writer_.StartObject();
    WriteMember(writer_, "name", "rolegate");
    WriteMember(writer_, "semanticVersion", ROLEGATE_VERSION);
    writer_.Key("rules");
    writer_.StartArray();
    for (const auto& [code, severity] : severities_) {
      writer_.StartObject();
      WriteMember(writer_, "id", code);
      if (const absl::string_view text = SentenceOf(code); !text.empty()) {
        WriteMessage("shortDescription", text);
      }
      writer_.Key("defaultConfiguration");
      writer_.StartObject();
      WriteMember(writer_, "level", LevelOf(severity));
      writer_.EndObject();
      writer_.Key("properties");
      writer_.StartObject();
      WriteMember(writer_, "severity", SeverityName(severity));
      writer_.EndObject();
      writer_.EndObject();
    }
    writer_.EndArray();
    writer_.EndObject();
    writer_.EndObject();
  }

  void WriteResult(const Diagnostic& finding) {
    writer_.StartObject();
    WriteMember(writer_, "ruleId", finding.code);
    writer_.Key("ruleIndex");
    writer_.Int(static_cast<int>(
        std::distance(severities_.begin(), severities_.find(finding.code))));
    WriteMember(writer_, "level", LevelOf(finding.severity));
    WriteMessage("message", finding.message);
    writer_.Key("locations");
    writer_.StartArray();
    writer_.StartObject();
    if (!finding.file.empty()) WritePhysicalLocation(finding);
    if (!finding.path.empty()) WriteLogicalLocation(finding.path);
    writer_.EndObject();
    writer_.EndArray();
    writer_.EndObject();
  }

  void WritePhysicalLocation(const Diagnostic& finding) {
    writer_.Key("physicalLocation");
    writer_.StartObject();
    writer_.Key("artifactLocation");
    writer_.StartObject();
    WriteMember(writer_, "uri",
                UriOf((std::filesystem::path(dir_) / finding.file)
                          .lexically_normal()
                          .string()));
    writer_.EndObject();
    if (finding.position.line > 0) {
      writer_.Key("region");
      writer_.StartObject();
      writer_.Key("startLine");
      writer_.Int(finding.position.line);
      writer_.Key("startColumn");
      writer_.Int(std::max(finding.position.column, 1));
      writer_.EndObject();
    }
    writer_.EndObject();
  }

  void WriteLogicalLocation(const std::string& path) {
    writer_.Key("logicalLocations");
    writer_.StartArray();
    writer_.StartObject();
    WriteMember(writer_, "fullyQualifiedName", path);
    writer_.EndObject();
    writer_.EndArray();
  }

  void WriteMessage(const char* key, absl::string_view text) {
    writer_.Key(key);
    writer_.StartObject();
    WriteMember(writer_, "text", text);
    writer_.EndObject();
  }

  const Diagnostics& findings_;
  const std::string& dir_;
  std::map<std::string, Severity> severities_;  // of each code, in order
  rapidjson::StringBuffer buffer_;
  JsonPage writer_;
};

}  // namespace

std::string SarifLog(const Diagnostics& findings, const std::string& dir) {
  return SarifWriter(findings, dir).Write();
}

}  // namespace rolegate::cli
