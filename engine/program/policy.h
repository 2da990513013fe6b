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

// What compiling costs for each byte of a document, at most.
inline constexpr std::uint64_t kCompileStepsPerByte = 32;

// Where a document stands, for its diagnostics and for explanations.
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
  // JSON text in a string, or as the percent-encoded string of the raw IAM
  // API.  Null, with every fault appended to `*diagnostics`, if the document
  // does not load: what is not understood is refused whole, for to drop one
  // statement that denies would allow.  Of each severity at most
  // DocumentFaults::kMaxOfSeverity are appended, and one that says how many
  // more there are.
  static std::shared_ptr<const Policy> Compile(
      const JsonDocument& document, const JsonNode& node, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options = {});

  // The same for whoever keeps it in an object of its own.
  static std::optional<Policy> CompileInPlace(
      const JsonDocument& document, const JsonNode& node, PolicyKind kind,
      PolicySource source, Diagnostics* diagnostics,
      const CompileOptions& options = {});

  // Like Compile for a document's text by itself, a session policy for
  // instance.
  static std::shared_ptr<const Policy> CompileText(
      absl::string_view json, PolicyKind kind, PolicySource source,
      Diagnostics* diagnostics, const CompileOptions& options = {});

  PolicyKind kind() const { return program_->source().kind; }
  const Program& program() const { return *program_; }

  // As in its PolicySource.
  absl::string_view name() const;
  absl::string_view path() const { return texts_[kPath]; }
  const std::string& file() const { return file_.str(); }

  // Where a statement stands in the file, for people: it takes a step for each
  // statement before.
  Position PositionOf(int statement) const;

  // Of the document's meaning-bearing JSON (keys sorted, white space dropped):
  // equal for equal content, whatever its layout.
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
