// JSON trees as text again.

#ifndef ROLEGATE_ENGINE_JSON_JSON_TEXT_H_
#define ROLEGATE_ENGINE_JSON_JSON_TEXT_H_

#include <string>

#include "engine/json/json_document.h"

namespace rolegate {

// Returns the value as JSON without white space.  Members keep their order, and
// numbers are as written.  The text is nested as deeply as the document.
std::string ToJsonText(const JsonNode& node);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_JSON_JSON_TEXT_H_
