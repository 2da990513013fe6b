#include "engine/registry/generation_reader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "engine/memory/parallel.h"
#include "engine/registry/content_digest.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/file_references.h"
#include "engine/registry/named_faults.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/registry/snapshot_update.h"

namespace rolegate {
namespace {

// Fewer are read before a thread has begun.
constexpr std::size_t kFilesForAThread = 1024;

// Of what cannot be read in one fence, this many are named.
constexpr std::size_t kMaxNamed = 1000;

// Leaves out what nothing was read of: it is a fault.
template <typename Files>
void DropUnread(DirectoryScan* scan, Files* files,
                std::vector<RegistryFileText>* texts) {
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

// Of every file that was read.
template <typename Files>
void AddRevocations(const Files& files, Revocations* revocations) {
  for (const auto& file : files) {
    if (file != nullptr) revocations->Add(file->entities.others().revocations);
  }
}

}  // namespace

bool GenerationReader::IsKnown(const std::string& name,
                               const FileState& state) const {
  if (keeps_texts()) return false;
  const auto known = known_.find(absl::string_view(name));
  return known != known_.end() && !known->state.racy && known->state == state;
}

GenerationReader::Look GenerationReader::LookAtDirectory(Attempt attempt) {
  const IsFileKnown is_known = [this](const std::string& name,
                                      const FileState& state) {
    return IsKnown(name, state);
  };
  DirectoryReader reader(options_.dir, options_.limits, options_.fences);
  Look look;
  look.scan = reader.List(is_known);
  ReadFiles(reader, 0, attempt, &look);
  // What has another name than `*.json` is found by what refers to it.
  const std::size_t parsed = look.scan.files.size();
  Files of_json;
  for (const auto& file : look.files) {
    if (file != nullptr && file->entities.has_more_than_roles()) {
      of_json.push_back(file);
    }
  }
  references_ = FindReferencedFiles(
      of_json,
      [&](const std::string& name) {
        const auto found = std::lower_bound(
            look.scan.files.begin(), look.scan.files.begin() + parsed, name,
            [](const ScannedFile& file, const std::string& wanted) {
              return file.name < wanted;
            });
        return found != look.scan.files.begin() + parsed && found->name == name;
      },
      [&](const std::string& name) {
        return reader.ListOne(name, is_known, &look.scan);
      });
  ReadFiles(reader, parsed, attempt, &look);
  look.any_read =
      std::any_of(look.scan.files.begin(), look.scan.files.end(),
                  [](const ScannedFile& file) { return !file.known; });
  if (look.any_read || look.scan.files.size() != known_.size() ||
      base_ == nullptr) {
    const Diagnostics changes = reader.FindChanges(look.scan);
    look.scan.restless.insert(look.scan.restless.end(), changes.begin(),
                              changes.end());
  }
  return look;
}

void GenerationReader::ReadFiles(const DirectoryReader& reader,
                                 std::size_t begin, Attempt attempt,
                                 Look* look) {
  DirectoryScan& scan = look->scan;
  look->files.resize(scan.files.size());
  if (keeps_texts()) look->texts.resize(scan.files.size());
  std::vector<std::size_t> unknown;
  for (std::size_t i = begin; i < scan.files.size(); ++i) {
    const ScannedFile& scanned = scan.files[i];
    if (scanned.known) {
      look->files[i] = known_.find(absl::string_view(scanned.name))->file;
    } else {
      unknown.push_back(i);
    }
  }
  std::mutex mu;  // of what is found wrong
  NamedFaults named(options_.fences, kMaxNamed);
  ForEachInParallel(unknown.size(), kFilesForAThread, [&](std::size_t u) {
    const std::size_t i = unknown[u];
    const std::string& name = scan.files[i].name;
    FileText read = reader.Read(scan, scan.files[i]);
    if (!read.fault.empty()) {
      std::lock_guard<std::mutex> lock(mu);
      if (named.Admit(name)) {
        scan.faults.push_back(
            PathFault(name, std::move(read.fault), kUnreadableFile));
      }
      return;
    }
    if (!read.stable) {
      const auto file = attempt == Attempt::kLast
                            ? Parse(name, std::move(read.text))
                            : nullptr;
      std::lock_guard<std::mutex> lock(mu);
      if (file != nullptr) {
        look->restless_revocations.Add(file->entities.others().revocations);
      }
      if (named.Admit(name)) {
        scan.restless.push_back(
            PathFault(name, "is written while it is read", kUnstableFile));
      }
      return;
    }
    if (keeps_texts()) look->texts[i] = {name, read.text};
    look->files[i] = Parse(name, std::move(read.text));
  });
}

void GenerationReader::RememberAll(const Look& look) {
  if (!look.scan.restless.empty()) {
    for (std::size_t i = 0; i < look.files.size(); ++i) {
      if (look.files[i] == nullptr) continue;
      Remember({look.scan.files[i].state, look.files[i]}, &known_);
    }
    return;
  }
  KnownFiles known;
  known.reserve(look.files.size());
  for (std::size_t i = 0; i < look.files.size(); ++i) {
    if (look.files[i] == nullptr) continue;
    known.insert({look.scan.files[i].state, look.files[i]});
  }
  known_ = std::move(known);
}

void GenerationReader::Remember(Known known, KnownFiles* all) {
  all->erase(known);
  all->insert(std::move(known));
}

Generation GenerationReader::Read(Attempt attempt) {
  Generation generation;
  const std::size_t known_before = known_.size();
  Look look = LookAtDirectory(attempt);
  DirectoryScan& scan = look.scan;
  Files& files = look.files;
  generation.directories = scan.Directories(options_.dir, options_.fences);
  RememberAll(look);
  const bool restless = !scan.restless.empty();
  whole_ = restless;
  if (restless) {
    base_ = nullptr;  // known_ is ahead of it
    if (attempt == Attempt::kFirst) {
      generation.stable = false;
      AddRevocations(files, &generation.revocations);
      return generation;
    }
    scan.faults.insert(scan.faults.end(), scan.restless.begin(),
                       scan.restless.end());
  }
  Normalize(scan.faults);  // threads find them in any order
  DropUnread(&scan, &files, &look.texts);
  generation.texts = std::move(look.texts);

  has_links_ = scan.has_links;
  total_bytes_ = scan.total_bytes;
  // Now, so that what stays is laid where they were and not behind them.
  scan.files = {};
  if (!look.any_read && known_.size() == known_before && base_ != nullptr &&
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

  generation.faults = scan.faults;
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
  generation.snapshot = BuildSnapshot(files, std::move(tree), options_,
                                      &generation.faults, hold_.in_force());
  Normalize(generation.faults);
  if (!generation.faults.empty()) {
    generation.snapshot = nullptr;
    generation.revocations = look.restless_revocations;
    AddRevocations(files, &generation.revocations);
    MixWithKept(look, &generation);
  }
  if (generation.snapshot != nullptr) {
    hold_.Keep(generation.snapshot, generation.texts);
  }
  // It is of other files than were read if folders are held back.
  base_ = generation.held.empty() ? generation.snapshot : nullptr;
  return generation;
}

void GenerationReader::MixWithKept(const Look& look,
                                   Generation* generation) const {
  if (look.scan.over_limit) return;  // nobody knows what else is there
  std::optional<MixedGeneration> mixed =
      hold_.Mix(look.files, look.scan.faults, &generation->faults);
  if (!mixed) return;
  generation->snapshot = std::move(mixed->snapshot);
  generation->held = std::move(mixed->folders);
  hold_.MixTexts(generation->held, &generation->texts);
  generation->revocations = {};
  generation->faults.clear();
  for (FaultyFolder& folder : generation->held) {
    folder.revocations.Add(look.restless_revocations);
    generation->faults.insert(generation->faults.end(), folder.faults.begin(),
                              folder.faults.end());
  }
  Normalize(generation->faults);
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
    if (IsJsonName(path)) names.push_back(path);
  }
  DirectoryReader reader(options_.dir, options_.limits, options_.fences);
  const DirectoryScan scan = reader.ListOnly(names);
  if (!scan.restless.empty() || !scan.faults.empty()) return std::nullopt;
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
      FileText read = reader.Read(scan, *scanned->second);
      if (!read.stable || !read.fault.empty()) return std::nullopt;
      change.after = Parse(name, std::move(read.text));
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
  hold_.Keep(base_, {});
  return generation;
}

std::shared_ptr<const ParsedFile> GenerationReader::Parse(
    const std::string& name, std::string text) {
  const auto known = known_.find(absl::string_view(name));
  if (known != known_.end() &&
      known->file->content_digest == Sha256Digest(text)) {
    return known->file;
  }
  ++parsed_files_;
  return ReadRegistryFile(name, std::move(text), options_);
}

}  // namespace rolegate
