#include "client/cli/proto_json.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/json_output.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace rolegate::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

class Printer {
 public:
  explicit Printer(JsonPage& writer) : writer_(writer) {}

  void Print(const Message& message) {
    if (const auto* time =
            dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
      WriteText(writer_, TimeUtil::ToString(*time));
      return;
    }
    if (const auto* duration =
            dynamic_cast<const google::protobuf::Duration*>(&message)) {
      WriteText(writer_, TimeUtil::ToString(*duration));
      return;
    }
    writer_.StartObject();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (IsAbsent(message, field)) continue;
      writer_.Key(field.name().c_str());
      PrintField(message, field);
    }
    writer_.EndObject();
  }

 private:
  // What has no default to write: messages, members of a oneof, optionals.
  static bool IsAbsent(const Message& message, const FieldDescriptor& field) {
    return !field.is_repeated() && field.has_presence() &&
           !message.GetReflection()->HasField(message, &field);
  }

  void PrintField(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
      PrintValue(message, field, -1);
      return;
    }
    const int size = reflection.FieldSize(message, &field);
    writer_.StartArray();
    for (int i = 0; i < size; ++i) PrintValue(message, field, i);
    writer_.EndArray();
  }

  // Element `i` of a repeated field, or with -1 the field itself.
  void PrintValue(const Message& m, const FieldDescriptor& f, int i) {
    const Reflection& r = *m.GetReflection();
    switch (f.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        WriteText(writer_,
                  i < 0 ? r.GetString(m, &f) : r.GetRepeatedString(m, &f, i));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        writer_.Int(i < 0 ? r.GetInt32(m, &f) : r.GetRepeatedInt32(m, &f, i));
        break;
      // 64-bit numbers are texts in Protobuf's JSON.
      case FieldDescriptor::CPPTYPE_INT64:
        WriteText(writer_, absl::StrCat(i < 0 ? r.GetInt64(m, &f)
                                              : r.GetRepeatedInt64(m, &f, i)));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        WriteText(writer_, absl::StrCat(i < 0 ? r.GetUInt64(m, &f)
                                              : r.GetRepeatedUInt64(m, &f, i)));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        writer_.Bool(i < 0 ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, i));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        WriteText(writer_, ShortName(i < 0 ? *r.GetEnum(m, &f)
                                           : *r.GetRepeatedEnum(m, &f, i)));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Print(i < 0 ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, i));
        break;
      default:  // the API has no other types
        writer_.Null();
    }
  }

  JsonPage& writer_;
};

}  // namespace

std::string ShortName(const google::protobuf::EnumValueDescriptor& value) {
  // DECISION_ of Decision, BIND_TO_ of BindTo.
  std::string prefix;
  for (char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) {
      prefix += '_';
    }
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  prefix += '_';
  return value.name().compare(0, prefix.size(), prefix) == 0
             ? value.name().substr(prefix.size())
             : value.name();
}

std::string ToJson(const Message& message) {
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  Printer(writer).Print(message);
  return buffer.GetString();
}

}  // namespace rolegate::cli
