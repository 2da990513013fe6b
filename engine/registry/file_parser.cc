#include "engine/registry/file_parser.h"

#include <memory>
#include <string>
#include <utility>

#include "engine/json/json_document.h"
#include "engine/json/json_text.h"
#include "engine/registry/entity_reader.h"
#include "engine/registry/fence_filter.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/file_references.h"

namespace rolegate {

std::shared_ptr<const ParsedFile> ParseRegistryFile(
    std::string name, std::string text, const RegistryOptions& options) {
  auto file = std::make_shared<ParsedFile>();
  file->shared_name = std::move(name);
  file->content_digest = Sha256Digest(text);
  JsonLimits limits;
  limits.max_bytes = options.limits.max_file_bytes;
  limits.max_depth = options.limits.max_file_depth;
  JsonParseError error;
  const std::unique_ptr<JsonDocument> json =
      JsonDocument::Parse(std::move(text), limits, &error);
  if (json == nullptr) {
    file->faults.push_back({Severity::kError, file->name(), error.path,
                            error.position, std::string(kJsonSyntax),
                            error.message});
    return file;
  }
  if (IsKeySet(json->root())) {
    file->kind = ParsedFile::Kind::kKeySet;
    file->text = ToJsonText(json->root());
    return file;
  }
  Diagnostics all;
  FileFaults faults(file->shared_name, *json, &all);
  file->entities = ReadEntities(json->root(), options, faults);
  if (const Fence* fence = FindFence(options.fences, file->name())) {
    KeepInsideFence(*fence, file->name(), &file->entities, &all);
  }
  for (Diagnostic& diagnostic : all) {
    (diagnostic.severity == Severity::kError ? file->faults : file->findings)
        .push_back(std::move(diagnostic));
  }
  return file;
}

std::shared_ptr<const ParsedFile> ReadRegistryFile(
    std::string name, std::string text, const RegistryOptions& options) {
  if (IsJsonName(name)) {
    return ParseRegistryFile(std::move(name), std::move(text), options);
  }
  auto file = std::make_shared<ParsedFile>();
  file->shared_name = std::move(name);
  file->content_digest = Sha256Digest(text);
  file->kind = ParsedFile::Kind::kText;
  file->text = std::move(text);
  return file;
}

}  // namespace rolegate
