#include "service/console/history_json.h"

#include "engine/text/printable.h"
#include "service/answer/proto_conversions.h"
#include "service/base/message_json.h"

namespace rolegate::service {
namespace {

void WriteTime(absl::string_view key, absl::Time time, JsonWriter* writer) {
  writer->Text(
      key, absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()));
}

void WriteNames(absl::string_view key, const ChangedNames& names,
                JsonWriter* writer) {
  writer->Key(key);
  writer->StartObject();
  writer->Count("count", names.count);
  writer->Key("names");
  writer->StartArray();
  for (const std::string& name : names.names) writer->String(Printable(name));
  writer->EndArray();
  writer->EndObject();
}

void WriteKind(absl::string_view key, const ChangesOfKind& changes,
               JsonWriter* writer) {
  writer->Key(key);
  writer->StartObject();
  WriteNames("added", changes.added, writer);
  WriteNames("removed", changes.removed, writer);
  WriteNames("changed", changes.changed, writer);
  writer->EndObject();
}

void WriteRecord(const GenerationRecord& record, JsonWriter* writer) {
  MessageJson<JsonWriter> messages(*writer);
  writer->StartObject();
  writer->Flag("in_force", record.in_force);
  WriteTime("time", record.time, writer);
  WriteTime("last_read", record.last_read, writer);
  writer->Count("times", record.times);
  writer->Text("revision", record.revision);
  writer->Flag("first", record.first);
  writer->Flag("from_last_good", record.from_last_good);
  v1::RegistryCounts counts;
  CountsToProto(record.counts, &counts);
  writer->Key("counts");
  messages.Write(counts);
  writer->Key("changes");
  writer->StartObject();
  WriteKind("roles", record.changes.roles, writer);
  WriteKind("users", record.changes.users, writer);
  WriteKind("groups", record.changes.groups, writer);
  WriteKind("policies", record.changes.policies, writer);
  WriteKind("files", record.changes.files, writer);
  writer->EndObject();
  writer->Count("fault_count", record.fault_count);
  writer->Key("faults");
  writer->StartArray();
  for (const Diagnostic& fault : record.faults) {
    v1::Fault proto;
    FaultToProto(fault, &proto);
    messages.Write(proto);
  }
  writer->EndArray();
  writer->EndObject();
}

}  // namespace

void WriteHistory(const std::vector<GenerationRecord>& records,
                  JsonWriter* writer) {
  writer->StartArray();
  for (const GenerationRecord& record : records) WriteRecord(record, writer);
  writer->EndArray();
}

}  // namespace rolegate::service
