// Reads the members of one object of a registry file.  It checks their types,
// and that AWS or Rolegate knows each of them.

#ifndef ROLEGATE_ENGINE_REGISTRY_OBJECT_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_OBJECT_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/json/json_document.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/known_members.h"
#include "engine/registry/registry_options.h"
#include "engine/text/tag.h"

namespace rolegate {

class ObjectReader {
 public:
  // Reports it if `node` is no object.  Then all members are absent.
  ObjectReader(const JsonNode& node, std::string path,
               const RegistryOptions& options, FileFaults& faults);

  bool valid() const { return node_.is_object(); }
  const JsonNode& node() const { return node_; }
  const std::string& path() const { return path_; }
  std::string PathOf(absl::string_view member) const;
  Place place() const { return faults_.PlaceOf(node_, path_); }

  // Reports every member that is not known.  A name that is almost a known one
  // is a fault whatever `unknown_keys` says, because `PermissionBoundary` must
  // not mean "no boundary".  In an object that AWS prints, another unknown
  // member is a finding, unless it may hold what limits somebody.
  void ExpectMembers(const KnownMembers& known) const;

  // Returns null if the member is absent or JSON null.
  const JsonNode* Find(absl::string_view member) const;

  // Returns a string member.  Reports a value of another type, and absence if
  // the member is `required`.
  std::string String(absl::string_view member, bool required = false) const;
  // Returns a date of AWS's, which nobody reads as one: SDKs print it as a
  // text, a number or an object.  Empty if it is absent.
  std::string Date(absl::string_view member) const;
  std::optional<int> Integer(absl::string_view member, int min, int max) const;
  bool Bool(absl::string_view member) const;  // false if absent

  // Returns the elements of a list member; none if it is absent.
  absl::Span<const JsonNode> List(absl::string_view member) const;
  // Returns the tags `[{"Key": k, "Value": v}]`.  There may be 50, and their
  // keys must be unique, ignoring letter case.
  std::vector<Tag> Tags(absl::string_view member) const;

  void Fault(absl::string_view code, absl::string_view member,
             std::string message) const;

  // Whether a member may hold what limits somebody: a policy, a boundary, a
  // condition, a principal or a provider.
  static bool MayLimit(absl::string_view name, const JsonNode& value);

 private:
  const JsonNode node_;
  const std::string path_;
  const RegistryOptions& options_;
  FileFaults& faults_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_OBJECT_READER_H_
