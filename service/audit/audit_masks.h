// Which members of the audit log's lines stay out of them.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_MASKS_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_MASKS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate::service {

// A member of a line that masks may leave out.
struct MaskableMember {
  absl::string_view name;
  bool is_object = false;  // so that a mask may point into it
};

// A set of JSON pointers (RFC 6901), as in `/context/aws:SourceIp`.
class AuditMasks {
 public:
  // Letter case does not count, for it does not in the names of condition keys.
  // What is masked in `context` is masked in `common_context`, too, which
  // CloudTrail's shape calls `commonContext`: the same keys stand there if they
  // came with a batch.
  // kInvalidArgument: one of them is no pointer, or points into none of
  // `members`; the message names it, and what is expected.
  static absl::StatusOr<AuditMasks> Parse(
      absl::Span<const std::string> pointers,
      absl::Span<const MaskableMember> members);

  bool empty() const { return pointers_.empty(); }
  // As they were given.
  const std::vector<std::string>& texts() const { return texts_; }

  // The index in texts() of the pointer to `name` within the objects of `path`,
  // from the outermost; npos if none points there.
  std::size_t Find(absl::Span<const absl::string_view> path,
                   absl::string_view name) const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  struct Pointer {
    std::vector<std::string> names;
    std::size_t text;  // the index of its text
  };

  std::vector<std::string> texts_;
  std::vector<Pointer> pointers_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_MASKS_H_
