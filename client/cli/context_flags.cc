#include "client/cli/context_flags.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/json/json_document.h"

namespace rolegate::cli {
namespace {

bool IsValue(const JsonNode& node) {
  return node.type() == JsonType::kString || node.type() == JsonType::kNumber ||
         node.type() == JsonType::kBool;
}

absl::StatusOr<ClientContext> ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read `", path, "`: ", std::strerror(errno)));
  }
  const auto fault = [&](Position at, absl::string_view message) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":", at.line, ":", at.column, " ", message));
  };
  JsonParseError error;
  const std::unique_ptr<JsonDocument> document =
      JsonDocument::Parse(text.str(), {}, &error);
  if (document == nullptr) return fault(error.position, error.message);
  const JsonNode& root = document->root();
  if (!root.is_object()) {
    return fault(document->PositionOf(root), "expected an object of keys");
  }
  ClientContext context;
  for (const JsonMember& member : root.members()) {
    std::vector<std::string>& values = context[std::string(member.key)];
    if (IsValue(member.value)) {
      values.emplace_back(member.value.text());
      continue;
    }
    if (!member.value.is_array()) {
      return fault(document->PositionOf(member.value),
                   "expected a value or a list of values");
    }
    for (const JsonNode& element : member.value.elements()) {
      if (!IsValue(element)) {
        return fault(document->PositionOf(element), "expected a value");
      }
      values.emplace_back(element.text());
    }
  }
  return context;
}

}  // namespace

void ContextFlags::AddTo(CLI::App* command) {
  command
      ->add_option("--context", pairs,
                   "A condition key, `aws:SourceIp=10.0.0.7`; repeats, and a "
                   "repeated key adds a value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--context-file", file,
                   "A JSON object of keys with a value or a list of values")
      ->type_name("FILE");
}

absl::StatusOr<ClientContext> ContextFlags::Read() const {
  ClientContext from_flags;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--context `", pair, "`: expected KEY=VALUE"));
    }
    from_flags[pair.substr(0, equals)].push_back(pair.substr(equals + 1));
  }
  if (file.empty()) return from_flags;
  absl::StatusOr<ClientContext> context = ReadFile(file);
  if (!context.ok()) return context.status();
  for (auto& [key, values] : from_flags) (*context)[key] = std::move(values);
  return context;
}

}  // namespace rolegate::cli
