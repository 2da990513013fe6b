#include "client/cli/proto_json.h"

#include "client/cli/json_output.h"
#include "service/base/message_json.h"

namespace rolegate::cli {

std::string ShortName(const google::protobuf::EnumValueDescriptor& value) {
  return service::ShortName(value);
}

std::string ToJson(const google::protobuf::Message& message) {
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  service::MessageJson<JsonPage>(writer).Write(message);
  return buffer.GetString();
}

}  // namespace rolegate::cli
