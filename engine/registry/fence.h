// Fences: what the files of one folder of the registry may define, so that
// several teams can write their own folders of one registry.

#ifndef ROLEGATE_ENGINE_REGISTRY_FENCE_H_
#define ROLEGATE_ENGINE_REGISTRY_FENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// The kinds of entity that a fence can admit.  A fence that admits roles also
// admits their settings and revocations.  Everything else that a file can hold
// (an organization, identity providers, revocations of single sessions and of
// source identities, AWS-managed policies) is never admitted.
enum class FencedKind : std::uint8_t {
  kRole,
  kUser,
  kGroup,
  kManagedPolicy,
  kResourcePolicy,
};

// Each of them with its names in settings.
struct FencedKindNames {
  FencedKind kind;
  absl::string_view singular;
  absl::string_view plural;
};
inline constexpr FencedKindNames kFencedKinds[] = {
    {FencedKind::kRole, "role", "roles"},
    {FencedKind::kUser, "user", "users"},
    {FencedKind::kGroup, "group", "groups"},
    {FencedKind::kManagedPolicy, "managed_policy", "managed_policies"},
    {FencedKind::kResourcePolicy, "resource_policy", "resource_policies"},
};

// A set of kinds.
class FencedKinds {
 public:
  static FencedKinds All() {
    FencedKinds all = None();
    for (const FencedKindNames& each : kFencedKinds) all.Add(each.kind);
    return all;
  }
  static FencedKinds None() { return FencedKinds(0); }

  void Add(FencedKind kind) { bits_ |= BitOf(kind); }
  bool Has(FencedKind kind) const { return (bits_ & BitOf(kind)) != 0; }
  bool HasAllOf(FencedKinds other) const {
    return (bits_ & other.bits_) == other.bits_;
  }
  bool empty() const { return bits_ == 0; }

 private:
  explicit FencedKinds(unsigned bits) : bits_(bits) {}
  static unsigned BitOf(FencedKind kind) {
    return 1U << static_cast<unsigned>(kind);
  }

  unsigned bits_;
};

// One fence.  It holds for every file below `path`, except files that an inner
// fence holds for.
struct Fence {
  // A folder of the registry: "teams/payments".
  std::string path;

  // Entities may belong to these accounts, each of twelve digits.
  std::vector<std::string> accounts;

  // Resource policies may cover resources below these beginnings of ARNs:
  //   "arn:aws:s3:::orders"         that resource, and all of `orders/…` and
  //                                 `orders:…`, but not `orders-old`
  //   "arn:aws:sqs:eu-west-1:111122223333:"
  //                                 everything that begins with it
  //   "arn:aws:s3:::payments-*"     everything that begins with `payments-`
  std::vector<std::string> resources;

  FencedKinds kinds = FencedKinds::All();

  // Whether the file or folder of this name in the registry is `path` or stands
  // below it, even in another fence.
  bool Contains(absl::string_view name) const;

  bool HasAccount(absl::string_view account) const;

  // Whether everything that a resource policy's `ResourceArn` covers lies below
  // `resources`.  Only the text before the first wildcard counts, so a pattern
  // never reaches further than its literal beginning.
  bool CoversResource(absl::string_view pattern) const;
};

// The fate of a generation whose faults all stand in fenced folders.
enum class FenceFaults : std::uint8_t {
  kHoldAll,     // it is held back whole, as with any fault
  kHoldFolder,  // those folders keep their last good files, the rest goes on
};

// The innermost fence whose path contains the file or folder of this name in
// the registry; null if none does.  Names compare byte for byte, by whole
// components: `team-a` does not contain `team-ab/x.json`.
const Fence* FindFence(absl::Span<const Fence> fences, absl::string_view name);

// One fault of a list of fences.
struct FenceFault {
  std::size_t fence = 0;  // index in the list
  std::string member;     // "path", "accounts[2]"; empty: the fence as a whole
  std::string message;
};

// Brings the paths to their normal form (no slash at the end, no empty or `.`
// part) and says everything that is wrong with the list.  A fence inside
// another may admit no more than that one does.  Call it before the fences are
// given to a registry.
std::vector<FenceFault> CheckFences(std::vector<Fence>* fences);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FENCE_H_
