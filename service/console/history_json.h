// What changed with the last generations, as JSON.

#ifndef ROLEGATE_SERVICE_CONSOLE_HISTORY_JSON_H_
#define ROLEGATE_SERVICE_CONSOLE_HISTORY_JSON_H_

#include <vector>

#include "engine/registry/generation_history.h"
#include "service/console/json_writer.h"

namespace rolegate::service {

// A list of records: `in_force`, `time`, `last_read`, `times`, `revision`,
// `first`, `from_last_good`, `counts`, `changes` of `roles`, `users`,
// `groups`, `policies` and `files`, and `faults` with their `fault_count`.
void WriteHistory(const std::vector<GenerationRecord>& records,
                  JsonWriter* writer);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_HISTORY_JSON_H_
