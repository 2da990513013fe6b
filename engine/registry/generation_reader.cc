#include "engine/registry/generation_reader.h"

#include <algorithm>

#include "engine/registry/content_digest.h"
#include "engine/registry/file_faults.h"

namespace rolegate {

Generation GenerationReader::Read() {
  const bool keep_texts = !options_.last_good_dir.empty();
  DirectoryScan scan = ScanDirectory(
      options_.dir, options_.limits,
      [&](const std::string& name, const FileState& state) {
        if (keep_texts) return false;
        const auto known = known_.find(name);
        return known != known_.end() && !known->second.state.racy &&
               known->second.state == state;
      });
  Generation generation;
  generation.directories = std::move(scan.directories);
  generation.stable = scan.stable;
  if (!scan.stable) return generation;

  std::vector<std::shared_ptr<const ParsedFile>> files;
  std::vector<std::pair<std::string, std::string>> content;
  absl::flat_hash_map<std::string, Known> known;
  for (ScannedFile& scanned : scan.files) {
    if (keep_texts) generation.texts.push_back({scanned.name, scanned.text});
    std::shared_ptr<const ParsedFile> file =
        scanned.read ? Parse(scanned) : known_[scanned.name].file;
    content.emplace_back(file->name, file->content_digest);
    known.emplace(scanned.name, Known{scanned.state, file});
    files.push_back(std::move(file));
  }
  known_ = std::move(known);
  generation.changed = !has_read_ || content != last_content_ ||
                       scan.faults != last_scan_faults_;
  has_read_ = true;
  last_content_ = std::move(content);
  last_scan_faults_ = scan.faults;

  generation.faults = std::move(scan.faults);
  const bool empty = std::all_of(
      files.begin(), files.end(),
      [](const auto& file) { return file->empty() && file->faults.empty(); });
  // Where something could not be read, nobody knows what is missing.
  if (empty && generation.faults.empty() && !options_.allow_empty) {
    generation.faults.push_back(
        {Severity::kError, options_.dir, "", Position(),
         std::string(kEmptyRegistry),
         "the registry defines nothing; set `registry.allow_empty` if that is "
         "meant"});
  }
  generation.snapshot = BuildSnapshot(files, options_, &generation.faults);
  Normalize(generation.faults);
  if (!generation.faults.empty()) {
    generation.snapshot = nullptr;
    for (const auto& file : files) {
      generation.revocations.Add(file->entities.revocations);
    }
  }
  return generation;
}

std::shared_ptr<const ParsedFile> GenerationReader::Parse(
    ScannedFile& scanned) {
  const auto known = known_.find(scanned.name);
  if (known != known_.end() &&
      known->second.file->content_digest == Sha256(scanned.text)) {
    return known->second.file;
  }
  ++parsed_files_;
  return ParseRegistryFile(scanned.name, std::move(scanned.text), options_);
}

}  // namespace rolegate
