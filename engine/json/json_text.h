// JSON trees as text again.

#ifndef ROLEGATE_ENGINE_JSON_JSON_TEXT_H_
#define ROLEGATE_ENGINE_JSON_JSON_TEXT_H_

#include <string>

#include "engine/json/json_document.h"

namespace rolegate {

// The value without white space; members in their order, numbers as written.
// As deep as the document was allowed to be.
std::string ToJsonText(const JsonNode& node);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_JSON_JSON_TEXT_H_
