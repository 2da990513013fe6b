#include "engine/registry/object_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/json/json_text.h"
#include "engine/text/case_folding.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxTags = 50;

// What is in the names of members that limit what somebody may do.
constexpr absl::string_view kLimiting[] = {
    "polic",     "bound", "condition", "principal", "provider",
    "statement", "group", "deny",      "restrict",  "require"};

bool NamesLimit(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  return std::any_of(
      std::begin(kLimiting), std::end(kLimiting),
      [&](absl::string_view word) { return absl::StrContains(lower, word); });
}

bool HoldsLimit(const JsonNode& node) {
  // A policy may stand in a string.
  if (node.is_string()) return absl::StrContains(node.text(), "Statement");
  return std::any_of(node.elements().begin(), node.elements().end(),
                     HoldsLimit) ||
         std::any_of(node.members().begin(), node.members().end(),
                     [](const JsonMember& member) {
                       return NamesLimit(member.key) ||
                              HoldsLimit(member.value);
                     });
}

std::string Expected(absl::string_view what, const JsonNode& found) {
  return absl::StrCat("expected ", what, ", found ",
                      JsonTypeName(found.type()));
}

}  // namespace

ObjectReader::ObjectReader(const JsonNode& node, std::string path,
                           const RegistryOptions& options, FileFaults& faults)
    : node_(node), path_(std::move(path)), options_(options), faults_(faults) {
  if (!node_.is_object()) {
    faults_.Add(kInvalidMember, node_.offset(), path_,
                Expected("an object", node_));
  }
}

std::string ObjectReader::PathOf(absl::string_view member) const {
  return path_.empty() ? std::string(member) : absl::StrCat(path_, ".", member);
}

void ObjectReader::ExpectMembers(const KnownMembers& known) const {
  for (const JsonMember& member : node_.members()) {
    if (known.Has(member.key)) continue;
    const absl::string_view near = known.Nearest(member.key);
    if (!near.empty()) {
      faults_.Add(kUnknownMember, member.key_offset, path_,
                  absl::StrCat("unknown member `", member.key,
                               "`, did you mean `", near, "`?"));
      continue;
    }
    if (known.is_printed_by_aws() && !MayLimit(member.key, member.value)) {
      faults_.Add(kUnknownMember, member.key_offset, path_,
                  absl::StrCat("unknown member `", member.key,
                               "` means nothing here: Rolegate does not know "
                               "it, and its name and value are not those of a "
                               "policy"),
                  Severity::kWarning);
      continue;
    }
    faults_.Add(kUnknownMember, member.key_offset, path_,
                absl::StrCat("unknown member `", member.key, "`"),
                options_.unknown_keys == UnknownKeys::kFault
                    ? Severity::kError
                    : Severity::kWarning);
  }
}

// The depth of a file is bounded.
bool ObjectReader::MayLimit(absl::string_view name, const JsonNode& value) {
  return NamesLimit(name) || HoldsLimit(value);
}

const JsonNode* ObjectReader::Find(absl::string_view member) const {
  const JsonNode* const node = node_.Find(member);
  return node == nullptr || node->type() == JsonType::kNull ? nullptr : node;
}

std::string ObjectReader::String(absl::string_view member,
                                 bool required) const {
  const JsonNode* const node = Find(member);
  if (node == nullptr) {
    if (required) {
      faults_.Add(kMissingMember, node_.offset(), path_,
                  absl::StrCat("`", member, "` is missing"));
    }
    return "";
  }
  if (!node->is_string()) {
    Fault(kInvalidMember, member, Expected("a string", *node));
    return "";
  }
  if (required && node->text().empty()) {
    Fault(kInvalidMember, member, "must not be empty");
  }
  return std::string(node->text());
}

std::string ObjectReader::Date(absl::string_view member) const {
  const JsonNode* const node = Find(member);
  if (node == nullptr) return "";
  return node->is_string() ? std::string(node->text()) : ToJsonText(*node);
}

std::optional<int> ObjectReader::Integer(absl::string_view member, int min,
                                         int max) const {
  const JsonNode* const node = Find(member);
  if (node == nullptr) return std::nullopt;
  int value = 0;
  if (node->type() != JsonType::kNumber ||
      !absl::SimpleAtoi(node->text(), &value) || value < min || value > max) {
    Fault(kInvalidMember, member,
          absl::StrCat("expected a whole number from ", min, " to ", max));
    return std::nullopt;
  }
  return value;
}

bool ObjectReader::Bool(absl::string_view member) const {
  const JsonNode* const node = Find(member);
  if (node == nullptr) return false;
  if (node->type() != JsonType::kBool) {
    Fault(kInvalidMember, member, Expected("a boolean", *node));
  }
  return node->bool_value();
}

absl::Span<const JsonNode> ObjectReader::List(absl::string_view member) const {
  const JsonNode* const node = Find(member);
  if (node == nullptr) return {};
  if (!node->is_array()) {
    Fault(kInvalidMember, member, Expected("an array", *node));
  }
  return node->elements();
}

std::vector<Tag> ObjectReader::Tags(absl::string_view member) const {
  std::vector<Tag> tags;
  absl::flat_hash_set<std::string> seen;
  for (const JsonNode& node : List(member)) {
    const std::string path =
        absl::StrCat(PathOf(member), "[", tags.size(), "]");
    const ObjectReader tag(node, path, options_, faults_);
    tag.ExpectMembers(members::kTag);
    tags.push_back({tag.String("Key", /*required=*/true), tag.String("Value")});
    if (!seen.insert(FoldedName(tags.back().key)).second) {
      faults_.Add(kInvalidMember, node.offset(), path,
                  absl::StrCat("tag key `", tags.back().key,
                               "` is given twice; keys ignore letter case"));
    }
  }
  if (tags.size() > kMaxTags) {
    Fault(kLimitExceeded, member,
          absl::StrCat("expected at most ", kMaxTags, " tags, found ",
                       tags.size()));
  }
  return tags;
}

void ObjectReader::Fault(absl::string_view code, absl::string_view member,
                         std::string message) const {
  const JsonNode* const node = node_.Find(member);
  faults_.Add(code, node == nullptr ? node_.offset() : node->offset(),
              PathOf(member), std::move(message));
}

}  // namespace rolegate
