// A policy document, ready to be evaluated.  The front door of the engine's
// load path: JSON tree -> PolicyDocument (policy_document.h) -> Program.
//
//   Diagnostics faults;
//   std::shared_ptr<const Policy> policy = Policy::Compile(
//       *doc, doc->root(), PolicyKind::kIdentity,
//       {.name = "read-only", .file = "roles/reader.json"}, &faults);
//   if (policy == nullptr) Report(faults);

#ifndef ROLEGATE_ENGINE_PROGRAM_POLICY_H_
#define ROLEGATE_ENGINE_PROGRAM_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"
#include "engine/memory/counted_ptr.h"
#include "engine/memory/packed_texts.h"
#include "engine/policy/policy_kind.h"
#include "engine/program/program.h"
#include "engine/program/program_pool.h"
#include "engine/text/diagnostic.h"
#include "engine/text/sha256.h"
#include "engine/text/steps.h"

namespace rolegate {

class DocumentFaults;
struct PolicyDocument;

// A document that loads, while its text is still at hand.
struct InspectedPolicy {
  const PolicyDocument& document;
  const JsonNode& root;
  PolicyKind kind;
  StepBudget* steps;  // charged with what it costs; null: nobody counts
};

// Looks at a document that loads and adds what it finds worth a look.
using PolicyInspector = void (*)(const InspectedPolicy&, DocumentFaults&);

struct CompileOptions {
  std::size_t max_bytes = std::size_t{1} << 20;
  int max_depth = 16;
  PolicyInspector inspector = nullptr;  // null: nobody looks
  ProgramPool* pool = nullptr;  // where equal documents meet; null: they do not
  // Charged with what compiling costs, a fixed number for each byte of the
  // text, and with what the inspector charges.  A document for which too few
  // are left is refused.  Null: nobody counts.
  StepBudget* steps = nullptr;
};

// The most that compiling costs for each byte of a document, in steps.
inline constexpr std::uint64_t kCompileStepsPerByte = 32;

// The place of a document, for its diagnostics and for explanations.
struct PolicySource {
  std::string name;  // "read-only", or a managed policy's ARN
  SharedText file;   // empty if it did not come from a file
  std::string path;  // JSON path of the document in the file, "" for the root
};

// A compiled policy: a program, which equal documents may share, and where
// this one stands.  Immutable, safe to share between threads without locks; it
// keeps nothing of the text that it was compiled from.
class Policy {
 public:
  // Compiles the document at `node`.  A document may stand as an object, as
  // JSON text in a string, or as the percent-encoded string of the raw IAM API.
  //
  // Returns null if the document does not load, and appends every fault to
  // `*diagnostics`.  A document loads as a whole or not at all, because to drop
  // one statement that denies would allow.  At most
  // DocumentFaults::kMaxOfSeverity diagnostics of each severity are appended,
  // and one more that says how many are left.
  static std::shared_ptr<const Policy> Compile(
      const JsonDocument& document, const JsonNode& node, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options = {});

  // Does the same, and returns the policy itself for an owner that keeps it
  // inside another object.
  static std::optional<Policy> CompileInPlace(
      const JsonDocument& document, const JsonNode& node, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options = {});

  // Compiles a document that is a text by itself, for example a session policy.
  static std::shared_ptr<const Policy> CompileText(
      absl::string_view json, PolicyKind kind, PolicySource source,
      Diagnostics* diagnostics, const CompileOptions& options = {});

  PolicyKind kind() const { return program_->source().kind; }
  const Program& program() const { return *program_; }

  // The name and the path are those of the PolicySource.
  absl::string_view name() const;
  absl::string_view path() const { return texts_[kPath]; }
  const std::string& file() const { return file_.str(); }

  // Returns the place of a statement in its file, for people.  It takes one
  // step for each statement before it.
  Position PositionOf(int statement) const;

  // Returns the digest of the document's JSON with keys sorted and white space
  // dropped.  It is equal for equal content, whatever the layout.
  const Sha256Digest& content_digest() const {
    return program_->source().digest;
  }

 private:
  Policy() = default;

  static std::optional<Policy> CompileTree(const JsonNode& root,
                                           PolicyKind kind, PolicySource source,
                                           DocumentFaults& faults,
                                           const CompileOptions& options);
  // A document that is text by itself.  If `fixed_position` is known, the text
  // stands in a string there, and all its faults are reported at that place.
  static std::optional<Policy> CompileEmbedded(absl::string_view text,
                                               Position fixed_position,
                                               PolicyKind kind,
                                               PolicySource source,
                                               Diagnostics* diagnostics,
                                               const CompileOptions& options);

  // A name that is the last part of the path, as that of every trust policy,
  // is left out.
  enum Text : std::size_t { kPath, kPositions, kName };

  CountedPtr<const Program> program_;
  SharedText file_;
  PackedTexts texts_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_POLICY_H_
