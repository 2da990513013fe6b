#include "client/cli/case_output.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "client/cli/statement_coverage.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

// The members of a StatementReference of the API.
void WriteStatement(JsonLine& writer, Layer layer,
                    const StatementRef& statement) {
  const Policy& policy = *statement.policy;
  WriteMember(writer, "layer", LayerName(layer));
  WriteMember(writer, "policy", policy.name());
  WriteMember(writer, "sid", statement.view().sid());
  writer.Key("index");
  writer.Int(statement.index);
  WriteMember(writer, "file", policy.file());
  writer.Key("line");
  writer.Int(statement.position().line);
}

void WriteExplanation(JsonLine& writer, const Explanation& explanation) {
  writer.Key("matched_statements");
  writer.StartArray();
  for (const MatchedStatement& matched : explanation.matched) {
    writer.StartObject();
    WriteStatement(writer, matched.layer, matched.statement);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("near_misses");
  writer.StartArray();
  for (const NearMiss& miss : explanation.near_misses) {
    writer.StartObject();
    WriteStatement(writer, miss.layer, miss.statement);
    WriteMember(writer, "cause", miss.cause);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("missing_context_keys");
  writer.StartArray();
  for (const std::string& key : explanation.missing_context_keys) {
    WriteText(writer, key);
  }
  writer.EndArray();
  WriteMember(writer, "lacking", explanation.lacking);
}

}  // namespace

void WriteError(JsonLine& writer, absl::string_view code,
                absl::string_view message, absl::string_view policy,
                absl::string_view path, Position position) {
  writer.Key("error");
  writer.StartObject();
  WriteMember(writer, "code", code);
  WriteMember(writer, "message", message);
  WriteMember(writer, "policy", policy);
  WriteMember(writer, "path", path);
  writer.Key("line");
  writer.Int(position.line);
  writer.Key("column");
  writer.Int(position.column);
  writer.EndObject();
}

void WriteAnswer(JsonLine& writer, const CaseAnswer& answer) {
  if (const CaseError* const error = std::get_if<CaseError>(&answer)) {
    const Diagnostic& diagnostic = error->diagnostic;
    WriteError(writer, diagnostic.code, diagnostic.message, error->policy,
               diagnostic.path, diagnostic.position);
    return;
  }
  const CaseDecision& decision = std::get<CaseDecision>(answer);
  WriteMember(writer, "decision", VerdictName(decision.verdict));
  WriteMember(writer, "reason", decision.reason);
  writer.Key("layers");
  writer.StartObject();
  for (const auto& [layer, verdict] : decision.layers) {
    WriteMember(writer, layer.c_str(), verdict);
  }
  writer.EndObject();
  WriteExplanation(writer, decision.explanation);
}

std::string ExplanationText(const Explanation& why) {
  std::string text;
  for (const MatchedStatement& matched : why.matched) {
    absl::StrAppend(&text, "  decided by ", LayerName(matched.layer), " ",
                    StatementText(matched.statement), "\n");
  }
  if (!why.lacking.empty()) {
    absl::StrAppend(&text, "  lacking: ", Printable(why.lacking), "\n");
  }
  for (const NearMiss& miss : why.near_misses) {
    absl::StrAppend(&text, "  nearly: ", LayerName(miss.layer), " ",
                    StatementText(miss.statement), ": ", Printable(miss.cause),
                    "\n");
  }
  return text;
}

}  // namespace rolegate::cli
