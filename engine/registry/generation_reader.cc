#include "engine/registry/generation_reader.h"

#include <algorithm>

#include "engine/registry/content_digest.h"
#include "engine/registry/file_faults.h"

namespace rolegate {

DirectoryScan GenerationReader::Scan(
    std::vector<std::shared_ptr<const ParsedFile>>* files,
    std::vector<RegistryFileText>* texts) {
  const bool keep_texts = !options_.last_good_dir.empty();
  DirectoryScan scan = ScanDirectory(
      options_.dir, options_.limits, references_,
      [&](const std::string& name, const FileState& state) {
        if (keep_texts) return false;
        const auto known = known_.find(name);
        return known != known_.end() && !known->second.state.racy &&
               known->second.state == state &&
               known->second.referenced == references_.contains(name);
      });
  if (!scan.stable) return scan;
  absl::flat_hash_map<std::string, Known> known;
  for (ScannedFile& scanned : scan.files) {
    if (keep_texts) texts->push_back({scanned.name, scanned.text});
    const bool referenced = references_.contains(scanned.name);
    std::shared_ptr<const ParsedFile> file =
        scanned.read ? Parse(scanned, referenced) : known_[scanned.name].file;
    known.emplace(scanned.name, Known{scanned.state, referenced, file});
    files->push_back(std::move(file));
  }
  known_ = std::move(known);
  return scan;
}

Generation GenerationReader::Read() {
  // What files refer to is known once they were read, and then it is read in
  // the same pass as they are.  References lead to no further ones.
  constexpr int kMaxPasses = 4;
  Generation generation;
  DirectoryScan scan;
  std::vector<std::shared_ptr<const ParsedFile>> files;
  bool settled = false;
  for (int pass = 0; !settled && pass < kMaxPasses; ++pass) {
    files.clear();
    generation.texts.clear();
    scan = Scan(&files, &generation.texts);
    if (!scan.stable) break;
    FileNames references = ReferencedFiles(files, references_);
    settled = references == references_;
    references_ = std::move(references);
  }
  generation.directories = std::move(scan.directories);
  generation.stable = scan.stable;
  if (!scan.stable) return generation;

  std::vector<std::pair<std::string, std::string>> content;
  for (const auto& file : files) {
    content.emplace_back(file->name, file->content_digest);
  }
  generation.changed = !has_read_ || content != last_content_ ||
                       scan.faults != last_scan_faults_;
  has_read_ = true;
  last_content_ = std::move(content);
  last_scan_faults_ = scan.faults;

  generation.faults = std::move(scan.faults);
  if (!settled) {
    generation.faults.push_back(
        {Severity::kError, options_.dir, "", Position(),
         std::string(kInvalidMember),
         "files of identity providers refer to themselves or each other, so "
         "that nobody can tell which of them define something"});
  }
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

std::shared_ptr<const ParsedFile> GenerationReader::Parse(ScannedFile& scanned,
                                                          bool referenced) {
  if (referenced) {
    return KeepReferencedFile(scanned.name, std::move(scanned.text));
  }
  const auto known = known_.find(scanned.name);
  if (known != known_.end() && !known->second.referenced &&
      known->second.file->content_digest == Sha256(scanned.text)) {
    return known->second.file;
  }
  ++parsed_files_;
  return ParseRegistryFile(scanned.name, std::move(scanned.text), options_);
}

}  // namespace rolegate
