// A role: what its definition says, and what that comes to in a snapshot.

#ifndef ROLEGATE_ENGINE_REGISTRY_ROLE_H_
#define ROLEGATE_ENGINE_REGISTRY_ROLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/memory/compact_vector.h"
#include "engine/memory/counted_ptr.h"
#include "engine/memory/packed_texts.h"
#include "engine/program/policy.h"
#include "engine/registry/identity_policies.h"
#include "engine/registry/session_binding.h"
#include "engine/text/arn.h"
#include "engine/text/tag.h"

namespace rolegate {

// How long sessions of a role may last, and how they must be bound.
struct RoleSettings {
  std::int32_t max_session_seconds = 3600;
  std::int32_t max_chained_session_seconds = 3600;

  // Sessions with a weaker binding are refused.
  BindingKind required_binding = BindingKind::kNone;
};

// A role as its file defines it.  It is small because a registry has many.
struct RoleDefinition {
  enum Text : std::size_t { kArn, kRoleId };

  PackedTexts texts;
  CompactVector<Tag> tags;
  RoleSettings settings;
  bool derived_role_id = false;
};

// A role in a snapshot, which keeps its definition.
class Role : public Counted<Role> {
 public:
  explicit Role(const RoleDefinition* definition)
      : settings(definition->settings), definition_(definition) {}

  absl::string_view arn() const { return Text(RoleDefinition::kArn); }
  // Parts of the ARN: the name without the path, "/" or "/team/", and the
  // account.
  absl::string_view name() const { return ArnParts().name; }
  absl::string_view path() const { return ArnParts().path; }
  absl::string_view account() const {
    const std::optional<Arn> parsed = Arn::Parse(arn());
    return parsed ? parsed->account : absl::string_view();
  }
  // "AROA…", or derived from ARN and CreateDate.
  absl::string_view role_id() const { return Text(RoleDefinition::kRoleId); }
  bool derived_role_id() const { return definition_->derived_role_id; }
  absl::Span<const Tag> tags() const { return definition_->tags.span(); }

  absl::Duration max_session() const {
    return absl::Seconds(settings.max_session_seconds);
  }
  absl::Duration max_chained_session() const {
    return absl::Seconds(settings.max_chained_session_seconds);
  }
  BindingKind required_binding() const { return settings.required_binding; }

  const std::string& file() const { return trust->file(); }

  RoleSettings settings;  // of the definition, or such as stand elsewhere
  const Policy* trust = nullptr;  // never null in a snapshot
  IdentityPolicies identity;

 private:
  absl::string_view Text(RoleDefinition::Text text) const {
    return definition_->texts[text];
  }
  // Everything is empty if the ARN is malformed, which the reader reports.
  IamResource ArnParts() const {
    const std::optional<Arn> parsed = Arn::Parse(arn());
    return parsed ? IamResource::Parse(parsed->resource).value_or(IamResource())
                  : IamResource();
  }

  const RoleDefinition* definition_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ROLE_H_
