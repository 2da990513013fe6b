#include "engine/json/json_text.h"

#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace rolegate {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

rapidjson::SizeType Size(absl::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

void Write(const JsonNode& node, JsonWriter& writer) {
  switch (node.type()) {
    case JsonType::kNull:
      writer.Null();
      break;
    case JsonType::kBool:
      writer.Bool(node.text() == "true");
      break;
    case JsonType::kNumber:
      writer.RawValue(node.text().data(), node.text().size(),
                      rapidjson::kNumberType);
      break;
    case JsonType::kString:
      writer.String(node.text().data(), Size(node.text()));
      break;
    case JsonType::kArray:
      writer.StartArray();
      for (const JsonNode& element : node.elements()) Write(element, writer);
      writer.EndArray();
      break;
    case JsonType::kObject:
      writer.StartObject();
      for (const JsonMember& member : node.members()) {
        writer.Key(member.key.data(), Size(member.key));
        Write(member.value, writer);
      }
      writer.EndObject();
      break;
  }
}

}  // namespace

std::string ToJsonText(const JsonNode& node) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  Write(node, writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rolegate
