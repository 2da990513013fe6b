#include "engine/registry/generation_reader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "engine/parallel.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/snapshot_update.h"

namespace rolegate {
namespace {

// Fewer are read before a thread has begun.
constexpr std::size_t kFilesForAThread = 1024;

// Leaves out what `files` has nothing of: it could not be read, and is a fault.
void DropUnreadable(DirectoryScan* scan,
                    std::vector<std::shared_ptr<const ParsedFile>>* files,
                    std::vector<RegistryFileText>* texts) {
  if (scan->faults.empty()) return;
  Normalize(scan->faults);  // threads find them in any order
  std::size_t kept = 0;
  for (std::size_t i = 0; i < files->size(); ++i) {
    if ((*files)[i] == nullptr) continue;
    if (kept < i) {
      scan->files[kept] = std::move(scan->files[i]);
      (*files)[kept] = std::move((*files)[i]);
      if (!texts->empty()) (*texts)[kept] = std::move((*texts)[i]);
    }
    ++kept;
  }
  scan->files.resize(kept);
  files->resize(kept);
  if (!texts->empty()) texts->resize(kept);
}

}  // namespace

DirectoryScan GenerationReader::Scan(
    std::vector<std::shared_ptr<const ParsedFile>>* files,
    std::vector<RegistryFileText>* texts) {
  const bool keep_texts = !options_.last_good_dir.empty();
  DirectoryReader reader(options_.dir, options_.limits);
  DirectoryScan scan = reader.List(
      references_, [&](const std::string& name, const FileState& state) {
        if (keep_texts) return false;
        const auto known = known_.find(absl::string_view(name));
        return known != known_.end() && !known->state.racy &&
               known->state == state &&
               known->file->is_referenced == references_.contains(name);
      });
  if (!scan.stable) return scan;
  files->resize(scan.files.size());
  if (keep_texts) texts->resize(scan.files.size());
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < scan.files.size(); ++i) {
    const ScannedFile& scanned = scan.files[i];
    if (scanned.known) {
      (*files)[i] = known_.find(absl::string_view(scanned.name))->file;
    } else {
      unknown.push_back(i);
    }
  }
  std::mutex mu;  // of scan.faults
  std::atomic<bool> stable{true};
  ForEachInParallel(unknown.size(), kFilesForAThread, [&](std::size_t u) {
    if (!stable) return;
    const std::size_t i = unknown[u];
    const std::string& name = scan.files[i].name;
    FileText read = reader.Read(scan.files[i]);
    if (!read.fault.empty()) {
      std::lock_guard<std::mutex> lock(mu);
      scan.faults.push_back({Severity::kError, name, "", Position(),
                             std::string(kUnreadableFile), read.fault});
    } else if (!read.stable) {
      stable = false;
    } else {
      if (keep_texts) (*texts)[i] = {name, read.text};
      (*files)[i] =
          Parse(name, std::move(read.text), references_.contains(name));
    }
  });
  scan.stable = stable && reader.IsStillThere();
  if (!scan.stable) return scan;
  DropUnreadable(&scan, files, texts);
  KnownFiles known;
  known.reserve(scan.files.size());
  for (std::size_t i = 0; i < scan.files.size(); ++i) {
    const ScannedFile& scanned = scan.files[i];
    known.insert({scanned.state, (*files)[i]});
  }
  known_ = std::move(known);
  return scan;
}

void GenerationReader::Remember(Known known, KnownFiles* all) {
  all->erase(known);
  all->insert(std::move(known));
}

Generation GenerationReader::Read() {
  // What files refer to is known once they were read, and then it is read in
  // the same pass as they are.  References lead to no further ones.
  constexpr int kMaxPasses = 4;
  Generation generation;
  DirectoryScan scan;
  std::vector<std::shared_ptr<const ParsedFile>> files;
  const std::size_t known_before = known_.size();
  bool any_read = false;
  bool settled = false;
  for (int pass = 0; !settled && pass < kMaxPasses; ++pass) {
    files.clear();
    generation.texts.clear();
    scan = Scan(&files, &generation.texts);
    if (!scan.stable) break;
    any_read = any_read ||
               std::any_of(scan.files.begin(), scan.files.end(),
                           [](const ScannedFile& file) { return !file.known; });
    FileNames references = ReferencedFiles(files, references_);
    settled = references == references_;
    references_ = std::move(references);
  }
  generation.directories = std::move(scan.directories);
  generation.stable = scan.stable;
  whole_ = !scan.stable;
  if (!scan.stable) {
    base_ = nullptr;  // known_ may be ahead of it
    return generation;
  }

  has_links_ = scan.has_links;
  total_bytes_ = 0;
  for (const ScannedFile& scanned : scan.files) {
    total_bytes_ += scanned.state.size;
  }
  // Now, so that what stays is laid where they were and not behind them.
  scan.files = {};
  if (!any_read && known_.size() == known_before && base_ != nullptr &&
      scan.faults.empty()) {
    generation.changed = false;
    generation.snapshot = base_;
    return generation;
  }
  ContentTree tree(files);
  std::string content = tree.Digest();
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
  generation.snapshot =
      BuildSnapshot(files, std::move(tree), options_, &generation.faults,
                    in_force_ == nullptr ? nullptr : &in_force_->content());
  Normalize(generation.faults);
  if (!generation.faults.empty()) {
    generation.snapshot = nullptr;
    for (const auto& file : files) {
      generation.revocations.Add(file->entities.others().revocations);
    }
  }
  base_ = generation.snapshot;
  if (base_ != nullptr) in_force_ = base_;
  return generation;
}

std::optional<Generation> GenerationReader::ReadChanged(
    const std::vector<std::string>& paths) {
  const bool whole = std::exchange(whole_, true);  // unless this does
  if (whole || base_ == nullptr || has_links_ ||
      !options_.last_good_dir.empty()) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    if (references_.contains(path)) return std::nullopt;
    if (absl::EndsWith(path, ".json")) names.push_back(path);
  }
  DirectoryReader reader(options_.dir, options_.limits);
  const DirectoryScan scan = reader.ListOnly(names);
  if (!scan.stable || !scan.faults.empty()) return std::nullopt;
  absl::flat_hash_map<absl::string_view, const ScannedFile*> there;
  for (const ScannedFile& scanned : scan.files) there[scanned.name] = &scanned;

  std::vector<FileChange> changes;
  std::uint64_t total_bytes = total_bytes_;
  for (const std::string& name : names) {
    FileChange change;
    const auto known = known_.find(absl::string_view(name));
    if (known != known_.end()) {
      change.before = known->file;
      total_bytes -= known->state.size;
    }
    const auto scanned = there.find(name);
    if (scanned != there.end()) {
      total_bytes += scanned->second->state.size;
      FileText read = reader.Read(*scanned->second);
      if (!read.stable || !read.fault.empty()) return std::nullopt;
      change.after = Parse(name, std::move(read.text), /*referenced=*/false);
    }
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  Generation generation;
  generation.changed = !changes.empty();
  generation.snapshot =
      changes.empty() ? base_ : UpdateSnapshot(*base_, changes);
  // What was parsed is remembered also for the reading of the whole; its
  // state is not, so that Read looks at the file once more.
  for (const FileChange& change : changes) {
    if (change.after != nullptr) {
      Remember({FileState(), change.after}, &known_);
    }
  }
  const bool fits =
      generation.snapshot != nullptr &&
      generation.snapshot->counts().files <= options_.limits.max_files &&
      total_bytes <= options_.limits.max_total_bytes &&
      (options_.allow_empty || generation.snapshot->counts().roles > 0);
  if (!fits) return std::nullopt;
  for (const FileChange& change : changes) {
    if (change.after == nullptr) {
      known_.erase(absl::string_view(change.before->name()));
    }
  }
  for (const ScannedFile& scanned : scan.files) {
    const auto known = known_.find(absl::string_view(scanned.name));
    Remember({scanned.state, known->file}, &known_);
  }
  whole_ = false;
  total_bytes_ = total_bytes;
  last_content_ = generation.snapshot->content_digest();
  base_ = generation.snapshot;
  in_force_ = base_;
  return generation;
}

std::shared_ptr<const ParsedFile> GenerationReader::Parse(
    const std::string& name, std::string text, bool referenced) {
  if (referenced) return KeepReferencedFile(name, std::move(text));
  const auto known = known_.find(absl::string_view(name));
  if (known != known_.end() && !known->file->is_referenced &&
      known->file->content_digest == Sha256Digest(text)) {
    return known->file;
  }
  ++parsed_files_;
  return ParseRegistryFile(name, std::move(text), options_);
}

}  // namespace rolegate
