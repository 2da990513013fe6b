#include "engine/registry/object_reader.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/text/spelling.h"

namespace rolegate {
namespace {

constexpr std::size_t kNearMissEdits = 2;
constexpr std::size_t kMaxTags = 50;

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

void ObjectReader::ExpectMembers(
    absl::Span<const absl::string_view> known) const {
  for (const JsonMember& member : node_.members()) {
    if (member.key == "Description" || member.key == "$schema" ||
        std::find(known.begin(), known.end(), member.key) != known.end()) {
      continue;
    }
    const absl::string_view near =
        NearestName(member.key, known, kNearMissEdits);
    if (!near.empty()) {
      faults_.Add(kUnknownMember, member.key_offset, path_,
                  absl::StrCat("unknown member `", member.key,
                               "`, did you mean `", near, "`?"));
      continue;
    }
    faults_.Add(kUnknownMember, member.key_offset, path_,
                absl::StrCat("unknown member `", member.key, "`"),
                options_.unknown_keys == UnknownKeys::kFault
                    ? Severity::kError
                    : Severity::kWarning);
  }
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
  static constexpr absl::string_view kMembers[] = {"Key", "Value"};
  std::vector<Tag> tags;
  absl::flat_hash_set<std::string> seen;
  for (const JsonNode& node : List(member)) {
    const std::string path =
        absl::StrCat(PathOf(member), "[", tags.size(), "]");
    const ObjectReader tag(node, path, options_, faults_);
    tag.ExpectMembers(kMembers);
    tags.push_back({tag.String("Key", /*required=*/true), tag.String("Value")});
    if (!seen.insert(absl::AsciiStrToLower(tags.back().key)).second) {
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
