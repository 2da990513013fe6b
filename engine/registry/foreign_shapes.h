// Recognises what people put into a registry that is no entity of it: templates
// and states of other tools, dumps of SDKs, and documents without their entity.

#ifndef ROLEGATE_ENGINE_REGISTRY_FOREIGN_SHAPES_H_
#define ROLEGATE_ENGINE_REGISTRY_FOREIGN_SHAPES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"

namespace rolegate {

// Whether the object has the members of an entity and is the `Properties` of a
// CloudFormation resource all the same: it names no ARN, and has members that
// only CloudFormation knows.
bool LooksLikeProperties(const JsonNode& object);

// Says what the object is, as far as its shape shows that, and what to do.
// `file` is the file's name.
std::string WhatToDoWith(const JsonNode& object, absl::string_view file);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FOREIGN_SHAPES_H_
