// Collects what is wrong in one file of a registry, with the place of each
// fault in it.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/place.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Used by one thread.  The JSON document and the list outlive it.
class FileFaults {
 public:
  FileFaults(SharedText file, const JsonDocument& json,
             Diagnostics* diagnostics)
      : file_(std::move(file)), json_(json), diagnostics_(diagnostics) {}

  void Add(absl::string_view code, std::uint32_t offset, std::string path,
           std::string message, Severity severity = Severity::kError) {
    AddToFile({severity, file_.str(), std::move(path), json_.PositionOf(offset),
               std::string(code), std::move(message)},
              diagnostics_);
  }

  Place PlaceOf(const JsonNode& node, absl::string_view path) const {
    return {json_.PositionOf(node), PackedTexts(path)};
  }
  const SharedText& file() const { return file_; }
  const JsonDocument& json() const { return json_; }
  Diagnostics* diagnostics() const { return diagnostics_; }

 private:
  const SharedText file_;
  const JsonDocument& json_;
  Diagnostics* const diagnostics_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_
