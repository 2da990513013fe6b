#include "engine/registry/registry.h"

#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/generation_reader.h"
#include "engine/registry/held_folders.h"
#include "engine/registry/last_good.h"
#include "engine/registry/monotonic_clock.h"
#include "engine/registry/watcher.h"

namespace rolegate {
namespace {

// How often the registry looks whether it can free an old snapshot.
constexpr absl::Duration kFreeing = absl::Milliseconds(100);

// How often it reads only the files that changed, while more files change.
constexpr int kMaxRounds = 8;

// Returns the most bytes that a kept generation takes: names and sizes beside
// the texts.
std::uint64_t MaxKeptBytes(const RegistryLimits& limits) {
  return 2 * limits.max_total_bytes + (std::uint64_t{1} << 20);
}

}  // namespace

class Registry::Impl {
 public:
  explicit Impl(RegistryOptions options)
      : options_(std::move(options)),
        reader_(options_),
        watcher_(options_.dir),
        last_good_(options_.last_good_dir, options_.last_good_seal,
                   MaxKeptBytes(options_.limits)) {}

  ~Impl() {
    {
      std::lock_guard<std::mutex> lock(mu_);
      stopping_ = true;
    }
    changed_.notify_all();
    watcher_.Wake();
    if (thread_.joinable()) thread_.join();
  }

  void SetListener(Listener listener) { listener_ = std::move(listener); }

  void Start() {
    // A faulty folder keeps the files of the kept generation.
    if (options_.fence_faults == FenceFaults::kHoldFolder &&
        !options_.last_good_dir.empty()) {
      absl::StatusOr<KeptGeneration> kept = LoadKept();
      if (kept.ok()) {
        reader_.KeepInForce(std::move(kept->snapshot), kept->texts);
      }
    }
    ReadStable(/*always=*/true);
    if (snapshot() == nullptr) ServeLastGood();
    malloc_trim(0);  // what reading took beyond what it left behind
    Announce();
    thread_ = std::thread([this] { Run(); });
  }

  RegistryStatus Reload() {
    std::uint64_t ticket = 0;
    {
      std::lock_guard<std::mutex> lock(mu_);
      ticket = ++requested_;
    }
    watcher_.Wake();
    std::unique_lock<std::mutex> lock(mu_);
    changed_.wait(lock, [&] { return served_ >= ticket || stopping_; });
    return status_;
  }

  std::shared_ptr<const Snapshot> snapshot() const {
    std::lock_guard<std::mutex> lock(snapshot_mu_);
    return snapshot_;
  }
  RegistryStatus status() const {
    std::lock_guard<std::mutex> lock(mu_);
    return status_;
  }

 private:
  void Run() {
    absl::Duration next_poll = MonotonicNow() + options_.poll;
    for (;;) {
      FreeRetired();
      absl::Duration patience = next_poll - MonotonicNow();
      if (!retired_.empty()) patience = std::min(patience, kFreeing);
      const Watcher::Event event =
          watcher_.Wait(std::max(patience, absl::ZeroDuration()));
      if (event == Watcher::Event::kNone && MonotonicNow() < next_poll) {
        continue;
      }
      next_poll = MonotonicNow() + options_.poll;
      if (event == Watcher::Event::kNone) RenewLastGood();
      std::uint64_t requested = 0;
      {
        std::lock_guard<std::mutex> lock(mu_);
        if (stopping_) return;
        requested = requested_;
      }
      if (requested > served_by_thread_) {
        ReadStable(/*always=*/true);
        served_by_thread_ = requested;
        {
          std::lock_guard<std::mutex> lock(mu_);
          served_ = requested;
        }
        changed_.notify_all();
        Announce();
      } else if (options_.reload == ReloadMode::kAuto &&
                 event != Watcher::Event::kWoken) {
        // kNone is the poll, which looks at everything.  Nothing comes of it if
        // nothing changed.
        if (event == Watcher::Event::kChanged && !WaitForQuiet()) continue;
        const bool published = event == Watcher::Event::kNone
                                   ? ReadStable(/*always=*/false)
                                   : ReadChanged();
        if (published) Announce();
      }
    }
  }

  // Waits until nothing happened for a while, or for too long.  A swapped link
  // ends the wait, because what it leads to is whole.  Returns false if there
  // is something more urgent to do.
  bool WaitForQuiet() {
    const absl::Duration latest = MonotonicNow() + options_.max_delay;
    for (;;) {
      const absl::Duration left = latest - MonotonicNow();
      if (left <= absl::ZeroDuration()) return true;
      switch (watcher_.Wait(std::min(options_.quiet, left))) {
        case Watcher::Event::kNone:
        case Watcher::Event::kSwapped:
          return true;
        case Watcher::Event::kWoken:
          watcher_.Wake();  // for Run
          return false;
        case Watcher::Event::kChanged:
          break;
      }
    }
  }

  // Reads only what the watcher saw change, if that is enough.  Returns whether
  // it published a generation.
  bool ReadChanged() {
    const absl::Time begin = absl::Now();
    std::optional<Generation> latest;
    for (int round = 0; round < kMaxRounds; ++round) {
      const auto files = watcher_.TakeChangedFiles();
      if (!files) break;
      std::optional<Generation> generation = reader_.ReadChanged(*files);
      if (!generation) break;
      if (generation->changed) latest = std::move(generation);
      // A Deny may have moved from a file that was read to one that was not.
      if (watcher_.HasChanges()) continue;
      if (!latest) return false;
      Publish(*std::move(latest), absl::Now() - begin);
      return true;
    }
    return ReadStable(/*always=*/latest.has_value());
  }

  // Reads the whole directory until nothing changes meanwhile, and every folder
  // has been watched before it was read.  Reads at least twice if need be, and
  // otherwise for at most max_delay: then what does not come to rest is a
  // fault.  Publishes a new content, and with `always` also the one that is in
  // force already.  Returns whether it published a generation.
  bool ReadStable(bool always) {
    const absl::Duration latest = MonotonicNow() + options_.max_delay;
    bool published = false;
    for (bool first = true;; first = false) {
      const bool last = !first && MonotonicNow() >= latest;
      watcher_.TakeChangedFiles();  // all of it is read now
      const absl::Time begin = absl::Now();
      Generation generation =
          reader_.Read(last ? GenerationReader::Attempt::kLast
                            : GenerationReader::Attempt::kFirst);
      const bool stable = generation.stable;
      const bool new_folder = options_.reload == ReloadMode::kAuto &&
                              watcher_.Watch(generation.directories);
      if (!stable && !last) {
        // A revocation must not wait for other files to come to rest.
        Narrow(generation.revocations);
      }
      if (stable && (generation.changed || (always && !published))) {
        Publish(std::move(generation), absl::Now() - begin);
        published = true;
      }
      if (stable && !new_folder) return published;
      if (last) {
        reader_.RequireWhole();
        return published;
      }
      if (!stable) absl::SleepFor(absl::Milliseconds(5));
    }
  }

  void Publish(Generation generation, absl::Duration read_time) {
    const absl::Time now = absl::Now();
    {
      std::lock_guard<std::mutex> lock(mu_);
      status_.skipped = generation.skipped.Findings();
    }
    if (generation.snapshot == nullptr) {
      Narrow(generation.revocations);
      std::lock_guard<std::mutex> lock(mu_);
      status_.read_time = read_time;
      NoteWatch();
      if (status_.faults.empty()) status_.held_back_since = now;
      status_.faults = std::move(generation.faults);
      status_.held_back = true;
      ++status_.failed_reloads;
      return;
    }
    if (!options_.last_good_dir.empty()) {
      ReportUnsaved(last_good_.Save(generation.texts));
    }
    held_back_revocations_ =
        held_.Take(generation.held, *generation.snapshot, now);
    clean_ = std::move(generation.snapshot);
    PutInForce(clean_->revocations().HasAll(held_back_revocations_)
                   ? clean_
                   : clean_->WithRevocations(held_back_revocations_),
               now, /*from_last_good=*/false);
    std::lock_guard<std::mutex> lock(mu_);
    status_.read_time = read_time;
    status_.held_folders = held_.folders();
    if (generation.faults.empty()) {
      status_.held_back_since = absl::Time();
    } else if (status_.faults.empty()) {
      status_.held_back_since = now;
    }
    status_.faults = std::move(generation.faults);
    status_.held_back = false;
    ++status_.reloads;
  }

  // Rule 130: Puts revocations of a generation that is held back in force at
  // once.  They only narrow, and stay until a clean generation comes.
  // Revocations that no file has any more stay only for roles in force, or one
  // file that changes again and again could fill the memory.
  void Narrow(const Revocations& more) {
    if (clean_ == nullptr) {
      held_back_revocations_ = more;
      return;
    }
    held_back_revocations_.DropUnknownRoles(
        [this](absl::string_view arn) { return clean_->HasRole(arn); });
    held_back_revocations_.Add(more);
    Revocations all = clean_->revocations();
    all.Add(held_back_revocations_);
    const std::shared_ptr<const Snapshot> in_force = snapshot();
    if (all == in_force->revocations()) return;
    std::shared_ptr<const Snapshot> narrowed =
        clean_->WithRevocations(held_back_revocations_);
    {
      std::lock_guard<std::mutex> lock(mu_);
      status_.revision = narrowed->revision();
      status_.counts = narrowed->counts();
    }
    Swap(std::move(narrowed));
  }

  void PutInForce(std::shared_ptr<const Snapshot> snapshot, absl::Time now,
                  bool from_last_good) {
    {
      std::lock_guard<std::mutex> lock(mu_);
      status_.loaded = true;
      status_.revision = snapshot->revision();
      status_.loaded_at = now;
      status_.counts = snapshot->counts();
      status_.findings = snapshot->findings();
      status_.findings.insert(status_.findings.end(), status_.skipped.begin(),
                              status_.skipped.end());
      if (unsaved_) status_.findings.push_back(*unsaved_);
      NoteWatch();
      if (!status_.watch_fault.empty()) {
        status_.findings.push_back(
            {Severity::kWarning, options_.dir, "", Position(),
             std::string(kUnwatchedDirectory),
             absl::StrCat(status_.watch_fault, "; changes are seen only every ",
                          absl::FormatDuration(options_.poll))});
      }
      status_.from_last_good = from_last_good;
    }
    Swap(std::move(snapshot));
  }

  // The caller holds mu_.
  void NoteWatch() {
    if (options_.reload == ReloadMode::kAuto) {
      status_.watch_fault = watcher_.problem();
    }
  }

  void Swap(std::shared_ptr<const Snapshot> snapshot) {
    {
      std::lock_guard<std::mutex> lock(snapshot_mu_);
      snapshot_.swap(snapshot);
    }
    if (snapshot != nullptr) retired_.push_back(std::move(snapshot));
  }

  // Frees snapshots that no request holds any more.  Requests would free them
  // otherwise, and wait for it.  The clean snapshot is kept anyway.
  void FreeRetired() {
    const std::size_t before = retired_.size();
    retired_.erase(std::remove_if(retired_.begin(), retired_.end(),
                                  [this](const auto& snapshot) {
                                    return snapshot.use_count() == 1 ||
                                           snapshot == clean_;
                                  }),
                   retired_.end());
    if (retired_.size() < before) reader_.DropUnused();
  }

  // The generation that an earlier run kept.
  struct KeptGeneration {
    std::shared_ptr<const Snapshot> snapshot;
    std::vector<RegistryFileText> texts;
  };

  absl::StatusOr<KeptGeneration> LoadKept() {
    absl::StatusOr<std::vector<RegistryFileText>> texts = last_good_.Load();
    if (!texts.ok()) return texts.status();
    absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot =
        reader_.ReadKept(*texts);
    if (!snapshot.ok()) return snapshot.status();
    return KeptGeneration{*std::move(snapshot), *std::move(texts)};
  }

  void ServeLastGood() {
    if (options_.last_good_dir.empty()) return;
    absl::StatusOr<KeptGeneration> kept = LoadKept();
    if (!kept.ok()) {
      // If none was kept, that is no fault beside those of the directory.
      if (!absl::IsNotFound(kept.status())) AddFault(kept.status());
      return;
    }
    clean_ = std::move(kept->snapshot);
    PutInForce(clean_, absl::Now(), /*from_last_good=*/true);
    Narrow({});
  }

  // If the signing key changed, what the old key signed is kept anew, so that
  // the old key can be taken away.
  void RenewLastGood() {
    if (options_.last_good_dir.empty()) return;
    const absl::Status renewed = last_good_.Renew();
    if (renewed.ok() || absl::IsFailedPrecondition(renewed)) return;
    if (status().faults.empty() && ReadStable(/*always=*/true)) Announce();
  }

  void AddFault(const absl::Status& status) {
    std::lock_guard<std::mutex> lock(mu_);
    status_.faults.push_back({Severity::kError, options_.last_good_dir, "",
                              Position(), std::string(kUnreadableFile),
                              std::string(status.message())});
  }

  void ReportUnsaved(const absl::Status& status) {
    unsaved_.reset();
    if (status.ok()) return;
    unsaved_ = Diagnostic{Severity::kWarning,
                          options_.last_good_dir,
                          "",
                          Position(),
                          std::string(kUnreadableFile),
                          std::string(status.message())};
  }

  void Announce() {
    if (listener_) listener_(status());
  }

  const RegistryOptions options_;
  Listener listener_;
  std::vector<std::shared_ptr<const Snapshot>> retired_;
  GenerationReader reader_;  // by Start, then by the thread
  Watcher watcher_;
  LastGoodStore last_good_;
  std::optional<Diagnostic> unsaved_;
  std::uint64_t served_by_thread_ = 0;
  std::shared_ptr<const Snapshot> clean_;  // the last clean generation
  HeldFolders held_;                       // in that generation
  Revocations held_back_revocations_;      // of all read since then

  // These are standard locks and not Abseil's, because the thread sanitizer
  // knows them without an instrumented Abseil, which Debian does not have.
  // `mu_` guards what follows it.
  mutable std::mutex mu_;
  std::condition_variable changed_;  // served_ or stopping_
  RegistryStatus status_;
  std::uint64_t requested_ = 0;
  std::uint64_t served_ = 0;
  bool stopping_ = false;

  // Guards the copy of a pointer and nothing longer.
  mutable std::mutex snapshot_mu_;
  std::shared_ptr<const Snapshot> snapshot_;

  std::thread thread_;
};

Registry::Registry(RegistryOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Registry::~Registry() = default;

void Registry::SetListener(Listener listener) {
  impl_->SetListener(std::move(listener));
}
void Registry::Start() { impl_->Start(); }
RegistryStatus Registry::Reload() { return impl_->Reload(); }
std::shared_ptr<const Snapshot> Registry::snapshot() const {
  return impl_->snapshot();
}
RegistryStatus Registry::status() const { return impl_->status(); }

}  // namespace rolegate
