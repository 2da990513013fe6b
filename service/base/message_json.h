// Messages of the API as JSON for people and scripts: Protobuf's JSON with
// snake_case names, but for two things.  Fields with default values are
// written, too, and enum values lose their prefix (`ALLOW`).

#ifndef ROLEGATE_SERVICE_BASE_MESSAGE_JSON_H_
#define ROLEGATE_SERVICE_BASE_MESSAGE_JSON_H_

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace rolegate::service {

// `ALLOW` for DECISION_ALLOW, `SPIFFE` for BIND_TO_SPIFFE.
inline std::string ShortName(
    const google::protobuf::EnumValueDescriptor& value) {
  std::string prefix;
  for (char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) {
      prefix += '_';
    }
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  prefix += '_';
  return absl::StartsWith(value.name(), prefix)
             ? value.name().substr(prefix.size())
             : value.name();
}

// Writes messages to a writer of RapidJSON, or to another one that has
// StartObject, EndObject, StartArray, EndArray, Key, String, Int, Bool and
// Null.
template <typename Writer>
class MessageJson {
 public:
  explicit MessageJson(Writer& writer) : writer_(writer) {}

  void Write(const google::protobuf::Message& message) {
    using google::protobuf::util::TimeUtil;
    if (const auto* time =
            dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
      WriteText(TimeUtil::ToString(*time));
      return;
    }
    if (const auto* duration =
            dynamic_cast<const google::protobuf::Duration*>(&message)) {
      WriteText(TimeUtil::ToString(*duration));
      return;
    }
    writer_.StartObject();
    WriteMembers(message);
    writer_.EndObject();
  }

  // For an object that has other members, too.
  void WriteMembers(const google::protobuf::Message& message) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const Field& field = *message.GetDescriptor()->field(i);
      if (IsAbsent(message, field)) continue;
      writer_.Key(field.name().c_str());
      WriteField(message, field);
    }
  }

 private:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  // What has no default to write: messages, members of a oneof, optionals.
  static bool IsAbsent(const Message& message, const Field& field) {
    return !field.is_repeated() && field.has_presence() &&
           !message.GetReflection()->HasField(message, &field);
  }

  void WriteText(const std::string& text) {
    writer_.String(text.data(), static_cast<unsigned>(text.size()));
  }

  void WriteField(const Message& message, const Field& field) {
    if (!field.is_repeated()) {
      WriteValue(message, field, -1);
      return;
    }
    const int size = message.GetReflection()->FieldSize(message, &field);
    writer_.StartArray();
    for (int i = 0; i < size; ++i) WriteValue(message, field, i);
    writer_.EndArray();
  }

  // Element `i` of a repeated field, or with -1 the field itself.
  void WriteValue(const Message& m, const Field& f, int i) {
    const google::protobuf::Reflection& r = *m.GetReflection();
    switch (f.cpp_type()) {
      case Field::CPPTYPE_STRING:
        WriteText(i < 0 ? r.GetString(m, &f) : r.GetRepeatedString(m, &f, i));
        break;
      case Field::CPPTYPE_INT32:
        writer_.Int(i < 0 ? r.GetInt32(m, &f) : r.GetRepeatedInt32(m, &f, i));
        break;
      // 64-bit numbers are texts in Protobuf's JSON.
      case Field::CPPTYPE_INT64:
        WriteText(absl::StrCat(i < 0 ? r.GetInt64(m, &f)
                                     : r.GetRepeatedInt64(m, &f, i)));
        break;
      case Field::CPPTYPE_UINT64:
        WriteText(absl::StrCat(i < 0 ? r.GetUInt64(m, &f)
                                     : r.GetRepeatedUInt64(m, &f, i)));
        break;
      case Field::CPPTYPE_BOOL:
        writer_.Bool(i < 0 ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, i));
        break;
      case Field::CPPTYPE_ENUM:
        WriteText(ShortName(i < 0 ? *r.GetEnum(m, &f)
                                  : *r.GetRepeatedEnum(m, &f, i)));
        break;
      case Field::CPPTYPE_MESSAGE:
        Write(i < 0 ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, i));
        break;
      default:  // the API has no other types
        writer_.Null();
    }
  }

  Writer& writer_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_MESSAGE_JSON_H_
