// Messages of the API as JSON for people and scripts.

#ifndef ROLEGATE_CLIENT_CLI_PROTO_JSON_H_
#define ROLEGATE_CLIENT_CLI_PROTO_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace rolegate::cli {

// Protobuf's JSON with snake_case names, but for two things: fields with
// default values are written, too, and enum values lose their prefix
// (`ALLOW`).
std::string ToJson(const google::protobuf::Message& message);

// `ALLOW` for DECISION_ALLOW.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_PROTO_JSON_H_
