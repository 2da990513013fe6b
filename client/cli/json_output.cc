#include "client/cli/json_output.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace rolegate::cli {

void WriteDiagnostic(JsonPage& writer, const Diagnostic& diagnostic) {
  writer.StartObject();
  WriteMember(writer, "file", diagnostic.file);
  WriteMember(writer, "path", diagnostic.path);
  writer.Key("line");
  writer.Int(diagnostic.position.line);
  writer.Key("column");
  writer.Int(diagnostic.position.column);
  WriteMember(writer, "code", diagnostic.code);
  WriteMember(writer, "message", diagnostic.message);
  WriteMember(writer, "severity",
              absl::StrReplaceAll(
                  absl::AsciiStrToUpper(SeverityName(diagnostic.severity)),
                  {{"-", "_"}}));
  writer.EndObject();
}

}  // namespace rolegate::cli
