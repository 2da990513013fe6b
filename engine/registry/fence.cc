#include "engine/registry/fence.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxResource = 2048;

bool IsBoundary(char c) { return c == ':' || c == '/'; }

// Whether a text that begins with `literal` lies below `prefix`, an entry of
// Fence::resources.  `whole` says that nothing follows the literal.
bool LiesBelow(absl::string_view literal, bool whole,
               absl::string_view prefix) {
  const bool open = absl::ConsumeSuffix(&prefix, "*");
  if (!absl::ConsumePrefix(&literal, prefix)) return false;
  if (open || IsBoundary(prefix.back())) return true;
  return literal.empty() ? whole : IsBoundary(literal.front());
}

bool IsBelow(absl::string_view name, absl::string_view folder) {
  return absl::ConsumePrefix(&name, folder) &&
         (name.empty() || name.front() == '/');
}

class FenceChecker {
 public:
  explicit FenceChecker(std::vector<Fence>* fences) : fences_(*fences) {}

  std::vector<FenceFault> Check() && {
    for (at_ = 0; at_ < fences_.size(); ++at_) CheckOne(fences_[at_]);
    for (at_ = 0; at_ < fences_.size(); ++at_) CheckNesting(fences_[at_]);
    return std::move(faults_);
  }

 private:
  void Fault(std::string member, std::string message) {
    faults_.push_back({at_, std::move(member), std::move(message)});
  }

  void CheckOne(Fence& fence) {
    CheckPath(fence);
    for (std::size_t i = 0; i < fence.accounts.size(); ++i) {
      if (IsAccountId(fence.accounts[i])) continue;
      Fault(absl::StrCat("accounts[", i, "]"),
            absl::StrCat("`", fence.accounts[i],
                         "` is not an account: expected twelve digits"));
    }
    for (std::size_t i = 0; i < fence.resources.size(); ++i) {
      CheckResource(fence.resources[i], absl::StrCat("resources[", i, "]"));
    }
    if (fence.accounts.empty() && fence.resources.empty()) {
      Fault("",
            "admits nothing: expected `accounts`, `resources` or both, or the "
            "folder outside of the registry");
    }
    if (fence.kinds.empty()) {
      Fault("kinds", "admits nothing: expected at least one kind");
    }
  }

  void CheckPath(Fence& fence) {
    const std::string given = std::exchange(fence.path, "");
    std::vector<absl::string_view> parts;
    for (absl::string_view part : absl::StrSplit(given, '/')) {
      if (!part.empty() && part != ".") parts.push_back(part);
    }
    std::string wrong;
    if (given.size() > kMaxPath) {
      wrong = absl::StrCat("is longer than ", kMaxPath, " bytes");
    } else if (absl::StartsWith(given, "/")) {
      wrong = "is absolute: expected a path from the registry's directory";
    } else if (parts.empty()) {
      wrong = "is the registry as a whole: expected a folder in it";
    } else if (std::any_of(given.begin(), given.end(), [](char c) {
                 return absl::ascii_iscntrl(static_cast<unsigned char>(c));
               })) {
      wrong = "has a control character";
    } else if (std::any_of(parts.begin(), parts.end(),
                           [](absl::string_view p) { return p[0] == '.'; })) {
      wrong =
          "has a part that begins with a dot: such folders are never read, "
          "and `..` would leave the registry";
    }
    if (!wrong.empty()) {
      Fault("path", absl::StrCat("`", given.substr(0, kMaxPath), "` ", wrong));
      return;
    }
    fence.path = absl::StrJoin(parts, "/");
    for (std::size_t i = 0; i < at_; ++i) {
      if (fences_[i].path != fence.path) continue;
      Fault("path", absl::StrCat("`", fence.path, "` has a fence already"));
      fence.path.clear();
      return;
    }
  }

  // An entry must name a service, so that a short one does not open everything.
  void CheckResource(absl::string_view resource, std::string member) {
    std::string wrong;
    absl::string_view literal = resource;
    absl::ConsumeSuffix(&literal, "*");
    const std::vector<absl::string_view> parts = absl::StrSplit(literal, ':');
    if (resource.size() > kMaxResource) {
      wrong = absl::StrCat("is longer than ", kMaxResource, " bytes");
    } else if (literal.find_first_of("*?") != absl::string_view::npos) {
      wrong = "has a wildcard before its end";
    } else if (parts.size() < 4 || parts[0] != "arn" || parts[1].empty() ||
               parts[2].empty()) {
      wrong =
          "is not the beginning of an ARN: expected `arn:`, a partition, a "
          "service and a colon at least";
    }
    if (wrong.empty()) return;
    Fault(std::move(member),
          absl::StrCat("`", resource.substr(0, kMaxResource), "` ", wrong));
  }

  // Checks a fence against the innermost one around it, which was checked
  // against those around itself.
  void CheckNesting(const Fence& inner) {
    const Fence* outer = nullptr;
    for (const Fence& fence : fences_) {
      if (&fence == &inner || fence.path.empty() ||
          !IsBelow(inner.path, fence.path)) {
        continue;
      }
      if (outer == nullptr || fence.path.size() > outer->path.size()) {
        outer = &fence;
      }
    }
    if (outer == nullptr) return;
    const std::string around = absl::StrCat(" is more than the fence of `",
                                            outer->path, "` around it admits");
    for (std::size_t i = 0; i < inner.accounts.size(); ++i) {
      if (outer->HasAccount(inner.accounts[i])) continue;
      Fault(absl::StrCat("accounts[", i, "]"),
            absl::StrCat("`", inner.accounts[i], "`", around));
    }
    for (std::size_t i = 0; i < inner.resources.size(); ++i) {
      if (IsAdmitted(inner.resources[i], *outer)) continue;
      Fault(absl::StrCat("resources[", i, "]"),
            absl::StrCat("`", inner.resources[i], "`", around));
    }
    for (const FencedKindNames& each : kFencedKinds) {
      if (!inner.kinds.Has(each.kind) || outer->kinds.Has(each.kind)) continue;
      Fault("kinds", absl::StrCat("`", each.singular, "`", around));
    }
  }

  // An open or unfinished beginning covers more than its own text.
  static bool IsAdmitted(absl::string_view resource, const Fence& outer) {
    const bool open = absl::ConsumeSuffix(&resource, "*");
    return std::any_of(
        outer.resources.begin(), outer.resources.end(),
        [&](absl::string_view p) { return LiesBelow(resource, !open, p); });
  }

  std::vector<Fence>& fences_;
  std::size_t at_ = 0;
  std::vector<FenceFault> faults_;
};

}  // namespace

bool Fence::Contains(absl::string_view name) const {
  return IsBelow(name, path);
}

bool Fence::HasAccount(absl::string_view account) const {
  return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

bool Fence::CoversResource(absl::string_view pattern) const {
  const std::size_t wildcard = pattern.find_first_of("*?");
  const absl::string_view literal = pattern.substr(0, wildcard);
  const bool whole = wildcard == absl::string_view::npos;
  return std::any_of(
      resources.begin(), resources.end(),
      [&](absl::string_view p) { return LiesBelow(literal, whole, p); });
}

const Fence* FindFence(absl::Span<const Fence> fences, absl::string_view name) {
  const Fence* innermost = nullptr;
  for (const Fence& fence : fences) {
    if (!fence.Contains(name)) continue;
    if (innermost == nullptr || fence.path.size() > innermost->path.size()) {
      innermost = &fence;
    }
  }
  return innermost;
}

std::vector<FenceFault> CheckFences(std::vector<Fence>* fences) {
  return FenceChecker(fences).Check();
}

}  // namespace rolegate
