// JSON on standard output.

#ifndef ROLEGATE_CLIENT_CLI_JSON_OUTPUT_H_
#define ROLEGATE_CLIENT_CLI_JSON_OUTPUT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/text/diagnostic.h"
#include "rapidjson/prettywriter.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace rolegate::cli {

using JsonLine = rapidjson::Writer<rapidjson::StringBuffer>;
using JsonPage = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

template <typename Writer>
void WriteText(Writer& writer, absl::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
template <typename Writer>
void WriteMember(Writer& writer, const char* key, absl::string_view text) {
  writer.Key(key);
  WriteText(writer, text);
}

// Writes `file`, `path`, `line`, `column`, `code`, `message`, `severity`, as
// the API's Fault has them.
void WriteDiagnostic(JsonPage& writer, const Diagnostic& diagnostic);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_JSON_OUTPUT_H_
