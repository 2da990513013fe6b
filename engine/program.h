// A policy's compiled form: flat arrays of small records that index each other
// and one pool of text.  Literals are typed and parsed; nothing is left to
// parse when a request comes.  compile.cc writes it, evaluate.cc reads it.

#ifndef ROLEGATE_ENGINE_PROGRAM_H_
#define ROLEGATE_ENGINE_PROGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/cidr.h"
#include "engine/condition_operator.h"
#include "engine/instant.h"
#include "engine/request_context.h"
#include "engine/statement_index.h"

namespace rolegate {

enum class Effect : std::uint8_t { kDeny, kAllow };

// A piece of Program's text pool.
struct TextRef {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

// Indices [begin, end) into one of Program's arrays.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool empty() const { return begin == end; }
};

// An action pattern, folded to lower case.
struct ActionPattern {
  enum class Kind : std::uint8_t {
    kAll,      // "*"
    kNothing,  // legal at AWS and never matches: "s3:", "s3:Get,Put"
    kExact,    // no wildcard
    kGlob,     // wildcards in the name; the prefix is literal
  };
  Kind kind = Kind::kNothing;
  std::uint16_t prefix_size = 0;  // up to, without, the colon
  TextRef text;                   // whole
};

// A part of a template.
struct Piece {
  enum class Kind : std::uint8_t {
    kLiteral,   // `text`
    kAnyRun,    // `*`: any characters, none too
    kAnyOne,    // `?`: exactly one character
    kVariable,  // the value of context key `key`; `text` is the default
  };
  Kind kind = Kind::kLiteral;
  bool has_default = false;
  std::uint32_t key = 0;  // into keys
  TextRef text;
};

// A text with wildcards and policy variables already told apart: the compiled
// form of every resource and of every value of String*, Arn* and Bool.
struct TextTemplate {
  Range pieces;
};

// A resource pattern.  In an ARN's first five parts wildcards stop at colons.
struct ResourcePattern {
  enum class Kind : std::uint8_t {
    kAll,      // "*"
    kNothing,  // a short ARN that never matches
    kArn,
  };
  Kind kind = Kind::kNothing;
  TextTemplate arn;
};

struct PrincipalPattern {
  enum class Kind : std::uint8_t {
    kEveryone,
    kNobody,         // CanonicalUser: loads and matches nobody
    kAccount,        // `text` is the twelve digits
    kUser,           // ARN
    kRole,           // ARN with path
    kRoleSession,    // assumed-role ARN
    kFederatedUser,  // ARN
    kUniqueId,       // AIDA…, AROA… of an entity that was deleted
    kService,
    kFederated,  // provider
  };
  Kind kind = Kind::kNobody;
  TextRef text;
};

struct DecimalLiteral {
  bool negative = false;
  TextRef integer;   // without leading zeros
  TextRef fraction;  // without trailing zeros
};

// One operator applied to one key.
struct ConditionTest {
  ConditionOperator op;
  std::uint32_t key = 0;  // into keys
  Range values;           // into the array of op's value type
};

struct StatementCode {
  Effect effect = Effect::kDeny;
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  bool has_principal = false;
  bool has_resource = false;
  // ServiceNumber of all its actions; 0 if they are not of one service.
  std::uint16_t service = 0;
  Range principals;
  Range actions;
  Range resources;
  Range conditions;

  TextRef sid;
};

// Immutable once compiled.
class Program {
 public:
  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;

  absl::Span<const StatementCode> statements() const {
    return All<StatementCode>(kStatements);
  }

  absl::string_view text(TextRef ref) const {
    return {reinterpret_cast<const char*>(Begin(kPool)) + ref.begin, ref.size};
  }
  absl::Span<const ActionPattern> actions(Range r) const {
    return Slice<ActionPattern>(kActions, r);
  }
  absl::Span<const ResourcePattern> resources(Range r) const {
    return Slice<ResourcePattern>(kResources, r);
  }
  absl::Span<const PrincipalPattern> principals(Range r) const {
    return Slice<PrincipalPattern>(kPrincipals, r);
  }
  absl::Span<const ConditionTest> conditions(Range r) const {
    return Slice<ConditionTest>(kConditions, r);
  }
  absl::Span<const Piece> pieces(TextTemplate t) const {
    return Slice<Piece>(kPieces, t.pieces);
  }
  absl::Span<const TextTemplate> templates(Range r) const {
    return Slice<TextTemplate>(kTemplates, r);
  }
  absl::Span<const DecimalLiteral> decimals(Range r) const {
    return Slice<DecimalLiteral>(kDecimals, r);
  }
  absl::Span<const Instant> instants(Range r) const {
    return Slice<Instant>(kInstants, r);
  }
  absl::Span<const CidrBlock> cidrs(Range r) const {
    return Slice<CidrBlock>(kCidrs, r);
  }
  absl::Span<const TextRef> binaries(Range r) const {
    return Slice<TextRef>(kBinaries, r);
  }
  // Values of Null, as 0 and 1.
  absl::Span<const std::uint8_t> flags(Range r) const {
    return Slice<std::uint8_t>(kFlags, r);
  }
  ContextKey key(std::uint32_t index) const {
    const KeyName& known = All<KeyName>(kKeys)[index];
    ContextKey key;
    key.name = text(known.name);
    key.hash = known.hash;
    return key;
  }

  // Null if the statements are few, and are best tried in turn.
  const StatementIndex* index() const { return index_.get(); }

  // Bytes held on the heap, for the registry's figures.
  std::size_t memory_bytes() const;

 private:
  friend class ProgramWriter;

  struct KeyName {
    TextRef name;
    std::uint64_t hash = 0;
  };

  // The arrays stand one behind the other in one block, which makes a program
  // small and near itself.  Their order is that of the alignment they need.
  enum Array : std::size_t {
    kKeys,
    kInstants,
    kStatements,
    kActions,
    kResources,
    kPrincipals,
    kConditions,
    kPieces,
    kTemplates,
    kDecimals,
    kBinaries,
    kCidrs,
    kFlags,
    kPool,
    kArrayCount,
  };

  const std::byte* Begin(Array array) const {
    return block_.get() + begins_[array];
  }
  template <typename T>
  absl::Span<const T> All(Array array) const {
    return {reinterpret_cast<const T*>(Begin(array)),
            (begins_[array + 1] - begins_[array]) / sizeof(T)};
  }
  template <typename T>
  absl::Span<const T> Slice(Array array, Range r) const {
    return {reinterpret_cast<const T*>(Begin(array)) + r.begin,
            r.end - r.begin};
  }

  std::unique_ptr<const std::byte[]> block_;
  std::array<std::uint32_t, kArrayCount + 1> begins_ = {};  // in block_
  std::unique_ptr<const StatementIndex> index_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_H_
