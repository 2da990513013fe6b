// A policy document, ready to be evaluated.  The front door of the engine's
// load path: JSON tree -> PolicyDocument (policy_document.h) -> Program.
//
//   Diagnostics faults;
//   std::shared_ptr<const Policy> policy = Policy::Compile(
//       *doc, doc->root(), PolicyKind::kIdentity,
//       {.name = "read-only", .file = "roles/reader.json"}, &faults);
//   if (policy == nullptr) Report(faults);

#ifndef ROLEGATE_ENGINE_POLICY_H_
#define ROLEGATE_ENGINE_POLICY_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/diagnostic.h"
#include "engine/json_document.h"
#include "engine/policy_kind.h"
#include "engine/program.h"

namespace rolegate {

class DocumentFaults;
struct PolicyDocument;

// A document that loads, while its text is still at hand.
struct InspectedPolicy {
  const PolicyDocument& document;
  const JsonNode& root;
  PolicyKind kind;
};

// Looks at a document that loads and adds what it finds worth a look.
using PolicyInspector = void (*)(const InspectedPolicy&, DocumentFaults&);

struct CompileOptions {
  std::size_t max_bytes = std::size_t{1} << 20;
  int max_depth = 16;
  PolicyInspector inspector = nullptr;  // null: nobody looks
};

// Where a document stands, for its diagnostics and for explanations.
struct PolicySource {
  std::string name;  // "read-only", or a managed policy's ARN
  std::string file;  // empty if it did not come from a file
  std::string path;  // JSON path of the document in the file, "" for the root
};

// A compiled policy.  Immutable, safe to share between threads without locks;
// it keeps nothing of the text that it was compiled from.
class Policy {
 public:
  // Compiles the document at `node`.  A document may stand as an object, as
  // JSON text in a string, or as the percent-encoded string of the raw IAM
  // API.  Null, with every fault appended to `*diagnostics`, if the document
  // does not load: what is not understood is refused whole, for to drop one
  // statement that denies would allow.
  static std::shared_ptr<const Policy> Compile(
      const JsonDocument& document, const JsonNode& node, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options = {});

  // The same for a document's text by itself, a session policy for instance.
  static std::shared_ptr<const Policy> CompileText(
      absl::string_view json, PolicyKind kind, PolicySource source,
      Diagnostics* diagnostics, const CompileOptions& options = {});

  PolicyKind kind() const { return kind_; }
  const std::string& name() const { return source_.name; }
  const PolicySource& source() const { return source_; }
  const Program& program() const { return program_; }

  // A 32-byte digest of the document's meaning-bearing JSON (keys sorted,
  // white space dropped): equal for equal content, whatever its layout.
  const std::string& content_digest() const { return content_digest_; }

 private:
  Policy() = default;

  static std::shared_ptr<const Policy> CompileTree(
      const JsonNode& root, PolicyKind kind, PolicySource source,
      DocumentFaults& faults, const CompileOptions& options);
  // A document that is text by itself.  If `fixed_position` is known, the text
  // stands in a string there, and all its faults are reported at that place.
  static std::shared_ptr<const Policy> CompileEmbedded(
      absl::string_view text, Position fixed_position, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options);

  PolicyKind kind_ = PolicyKind::kIdentity;
  PolicySource source_;
  Program program_;
  std::string content_digest_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_H_
