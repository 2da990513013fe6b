#include "client/cli/token_text.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/text/printable.h"
#include "rapidjson/document.h"
#include "service/base/redact.h"

namespace rolegate::cli {
namespace {

constexpr char kSessionTokenType[] = "rolegate-session+jwt";

// A text of the JSON object that one part of a token holds, or empty.
std::string MemberOf(absl::string_view part, const char* name) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(part, &text)) return "";
  rapidjson::Document json;
  json.Parse(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) return "";
  const auto member = json.FindMember(name);
  if (member == json.MemberEnd() || !member->value.IsString()) return "";
  return {member->value.GetString(), member->value.GetStringLength()};
}

}  // namespace

bool IsSession(absl::string_view token) {
  return absl::EqualsIgnoreCase(
      MemberOf(token.substr(0, token.find('.')), "typ"), kSessionTokenType);
}

std::string WithToken(absl::string_view token, absl::string_view from) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  std::string text = absl::StrCat("with the token of ", from);
  if (!IsSession(token) || parts.size() != 3) return text;
  const std::string whose = MemberOf(parts[1], "sub");
  if (!whose.empty()) {
    absl::StrAppend(&text, "; it is the session `",
                    Printable(service::Redact(whose)), "`");
  }
  return text;
}

}  // namespace rolegate::cli
