#include "engine/registry/generation_reader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
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

// Reading fewer files takes less time than starting a thread.
constexpr std::size_t kFilesForAThread = 1024;

// How many files that cannot be read are named for each fence.
constexpr std::size_t kMaxNamed = 1000;

// Removes the files that could not be read.  Each has a fault already.
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

// Adds the revocations of every file that was read.
template <typename Files>
void AddRevocations(const Files& files, Revocations* revocations) {
  for (const auto& file : files) {
    if (file != nullptr) revocations->Add(file->entities.others().revocations);
  }
}

}  // namespace

GenerationReader::Look GenerationReader::LookAtDirectory(Attempt attempt) {
  const IsFileKnown is_known = [this](const std::string& name,
                                      const FileState& state) {
    return !keeps_texts() && known_.IsUnchanged(name, state);
  };
  DirectoryReader reader(options_.dir, options_.limits, options_.fences);
  Look look;
  look.scan = reader.List(is_known);
  ReadFiles(reader, 0, attempt, &look);
  // Files with other names than `*.json` are read if entities refer to them.
  const std::size_t parsed = look.scan.files.size();
  Files of_json;
  for (const auto& file : look.files) {
    if (file != nullptr && file->entities.has_more_than_roles()) {
      of_json.push_back(file);
    }
  }
  listing_.references = FindReferencedFiles(
      of_json,
      [&](const std::string& name) {
        const auto listed = absl::MakeConstSpan(look.scan.files).first(parsed);
        const auto found = std::lower_bound(
            listed.begin(), listed.end(), name,
            [](const ScannedFile& file, const std::string& wanted) {
              return file.name < wanted;
            });
        return found != listed.end() && found->name == name;
      },
      [&](const std::string& name) {
        return reader.ListOne(name, is_known, &look.scan);
      });
  ReadFiles(reader, parsed, attempt, &look);
  std::erase_if(look.scan.skipped.names, [this](const std::string& name) {
    return listing_.references.contains(name);
  });
  look.any_read =
      std::any_of(look.scan.files.begin(), look.scan.files.end(),
                  [](const ScannedFile& file) { return !file.known; });
  if (look.any_read || look.scan.files.size() != known_.size() ||
      basis_.snapshot() == nullptr) {
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
      look->files[i] = known_.Find(scanned.name);
    } else {
      unknown.push_back(i);
    }
  }
  std::mutex mu;  // guards what is found wrong
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

// The reader forgets what the directory no longer has, unless the files were
// not looked at in one moment: then nobody knows what is gone.
void GenerationReader::Remember(const Look& look) {
  if (look.scan.restless.empty()) known_.Reset(look.files.size());
  for (std::size_t i = 0; i < look.files.size(); ++i) {
    if (look.files[i] == nullptr) continue;
    known_.Put(look.scan.files[i].state, look.files[i]);
  }
}

Generation GenerationReader::Read(Attempt attempt) {
  Generation generation;
  const std::size_t known_before = known_.size();
  Look look = LookAtDirectory(attempt);
  DirectoryScan& scan = look.scan;
  generation.skipped = scan.skipped;
  generation.directories = scan.Directories(options_.dir, options_.fences);
  Remember(look);
  if (!scan.restless.empty()) {
    basis_.Lose();
    if (attempt == Attempt::kFirst) {
      generation.stable = false;
      AddRevocations(look.files, &generation.revocations);
      return generation;
    }
    scan.faults.insert(scan.faults.end(), scan.restless.begin(),
                       scan.restless.end());
  }
  Normalize(scan.faults);  // threads find them in any order
  DropUnread(&look.scan, &look.files, &look.texts);
  generation.texts = std::move(look.texts);
  listing_.has_links = scan.has_links;
  listing_.total_bytes = scan.total_bytes;
  // Freed before the snapshot is built, which then lies in its place and not
  // behind it.
  scan.files = {};
  if (!look.any_read && known_.size() == known_before &&
      basis_.snapshot() != nullptr && scan.faults.empty() && last_content_ &&
      last_content_->skipped == scan.skipped) {
    generation.changed = false;
    generation.snapshot = basis_.snapshot();
    basis_.Set(generation.snapshot);
    return generation;
  }
  ContentTree tree(look.files);
  Content content{tree.Digest(), scan.faults, scan.skipped};
  generation.changed = last_content_ != content;
  last_content_ = std::move(content);
  Join(look, std::move(tree), &generation);
  return generation;
}

void GenerationReader::Join(const Look& look, ContentTree tree,
                            Generation* generation) {
  const Files& files = look.files;
  generation->faults = look.scan.faults;
  const bool empty = std::all_of(
      files.begin(), files.end(),
      [](const auto& file) { return file->empty() && file->faults.empty(); });
  // If something could not be read, nobody knows what is missing.
  if (empty && generation->faults.empty() && !options_.allow_empty) {
    const std::string skipped = look.scan.skipped.Show();
    generation->faults.push_back(
        {Severity::kError, options_.dir, "", Position(),
         std::string(kEmptyRegistry),
         skipped.empty()
             ? "the registry defines nothing; set `registry.allow_empty` if "
               "that is meant"
             : absl::StrCat("the registry defines nothing: ", skipped)});
  }
  generation->snapshot = BuildSnapshot(files, std::move(tree), options_,
                                       &generation->faults, hold_.in_force());
  Normalize(generation->faults);
  if (!generation->faults.empty()) {
    generation->snapshot = nullptr;
    generation->revocations = look.restless_revocations;
    AddRevocations(files, &generation->revocations);
    MixWithKept(look, generation);
  }
  if (generation->snapshot == nullptr) {
    basis_.Lose();
    return;
  }
  hold_.Keep(generation->snapshot, generation->texts);
  if (generation->held.empty()) {
    basis_.Set(generation->snapshot);
  } else {
    basis_.Lose();  // the snapshot is of other files than were read
  }
}

absl::StatusOr<std::shared_ptr<const Snapshot>> GenerationReader::ReadKept(
    const std::vector<RegistryFileText>& texts) const {
  Files files;
  for (const RegistryFileText& file : texts) {
    files.push_back(ReadRegistryFile(file.name, file.text, options_));
  }
  Diagnostics faults;
  std::shared_ptr<const Snapshot> snapshot =
      BuildSnapshot(files, options_, &faults);
  if (snapshot == nullptr) {
    return absl::DataLossError(
        "the generation kept in last_good_dir has faults");
  }
  return snapshot;
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
  const bool is_current = basis_.is_current();
  basis_.Outdate();  // until this reading has succeeded
  if (!is_current || listing_.has_links || keeps_texts()) return std::nullopt;
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    if (listing_.references.contains(path)) return std::nullopt;
    if (LooksSkipped(path)) return std::nullopt;
    if (IsJsonName(path)) names.push_back(path);
  }
  DirectoryReader reader(options_.dir, options_.limits, options_.fences);
  const DirectoryScan scan = reader.ListOnly(names);
  if (!scan.restless.empty() || !scan.faults.empty()) return std::nullopt;
  absl::flat_hash_map<absl::string_view, const ScannedFile*> there;
  for (const ScannedFile& scanned : scan.files) there[scanned.name] = &scanned;

  std::vector<FileChange> changes;
  std::uint64_t total_bytes = listing_.total_bytes;
  for (const std::string& name : names) {
    FileChange change;
    change.before = known_.Find(name);
    total_bytes -= known_.SizeOf(name);
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
  generation.snapshot = changes.empty()
                            ? basis_.snapshot()
                            : UpdateSnapshot(*basis_.snapshot(), changes);
  // If the whole must be read after all, Read need not parse these files again,
  // but must look at them once more.
  for (const FileChange& change : changes) {
    if (change.after != nullptr) known_.Put(FileState(), change.after);
  }
  const bool fits =
      generation.snapshot != nullptr &&
      generation.snapshot->counts().files <= options_.limits.max_files &&
      total_bytes <= options_.limits.max_total_bytes &&
      (options_.allow_empty || generation.snapshot->counts().roles > 0);
  if (!fits) return std::nullopt;
  for (const FileChange& change : changes) {
    if (change.after == nullptr) known_.Remove(change.before->name());
  }
  for (const ScannedFile& scanned : scan.files) {
    known_.Put(scanned.state, known_.Find(scanned.name));
  }
  listing_.total_bytes = total_bytes;
  generation.skipped =
      last_content_ ? std::move(last_content_->skipped) : SkippedFiles();
  last_content_ =
      Content{generation.snapshot->content_digest(), {}, generation.skipped};
  basis_.Set(generation.snapshot);
  hold_.Keep(generation.snapshot, {});
  return generation;
}

std::shared_ptr<const ParsedFile> GenerationReader::Parse(
    const std::string& name, std::string text) {
  if (known_.Find(name) != nullptr) {
    if (auto known = known_.FindContent(name, Sha256Digest(text))) return known;
  }
  ++parsed_files_;
  return ReadRegistryFile(name, std::move(text), options_);
}

}  // namespace rolegate
