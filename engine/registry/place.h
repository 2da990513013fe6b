// The place of a definition in its file.

#ifndef ROLEGATE_ENGINE_REGISTRY_PLACE_H_
#define ROLEGATE_ENGINE_REGISTRY_PLACE_H_

#include <string>

#include "engine/memory/packed_texts.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

struct Place {
  Position position;
  PackedTexts path;  // one text: the JSON path, "RoleDetailList[3]"

  std::string ShowPath() const { return std::string(path[0]); }
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_PLACE_H_
