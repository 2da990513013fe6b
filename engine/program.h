// A policy's compiled form: flat arrays of small records that index each other
// and one pool of text.  Literals are typed and parsed; nothing is left to
// parse when a request comes.  compile.cc writes it, evaluate.cc reads it.

#ifndef ROLEGATE_ENGINE_PROGRAM_H_
#define ROLEGATE_ENGINE_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/cidr.h"
#include "engine/condition_operator.h"
#include "engine/diagnostic.h"
#include "engine/instant.h"
#include "engine/request_context.h"

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
  Range principals;
  Range actions;
  Range resources;
  Range conditions;

  TextRef sid;
  Position position;  // of the statement in its source
};

// Immutable once compiled.
class Program {
 public:
  absl::Span<const StatementCode> statements() const { return statements_; }

  absl::string_view text(TextRef ref) const {
    return absl::string_view(pool_).substr(ref.begin, ref.size);
  }
  absl::Span<const ActionPattern> actions(Range r) const {
    return Slice(actions_, r);
  }
  absl::Span<const ResourcePattern> resources(Range r) const {
    return Slice(resources_, r);
  }
  absl::Span<const PrincipalPattern> principals(Range r) const {
    return Slice(principals_, r);
  }
  absl::Span<const ConditionTest> conditions(Range r) const {
    return Slice(conditions_, r);
  }
  absl::Span<const Piece> pieces(TextTemplate t) const {
    return Slice(pieces_, t.pieces);
  }
  absl::Span<const TextTemplate> templates(Range r) const {
    return Slice(templates_, r);
  }
  absl::Span<const DecimalLiteral> decimals(Range r) const {
    return Slice(decimals_, r);
  }
  absl::Span<const Instant> instants(Range r) const {
    return Slice(instants_, r);
  }
  absl::Span<const CidrBlock> cidrs(Range r) const { return Slice(cidrs_, r); }
  absl::Span<const TextRef> binaries(Range r) const {
    return Slice(binaries_, r);
  }
  // Values of Null, as 0 and 1.
  absl::Span<const std::uint8_t> flags(Range r) const {
    return Slice(flags_, r);
  }
  ContextKey key(std::uint32_t index) const {
    ContextKey key;
    key.name = text(keys_[index].name);
    key.hash = keys_[index].hash;
    return key;
  }

  // Bytes held on the heap, for the registry's figures.
  std::size_t memory_bytes() const;

 private:
  friend class ProgramWriter;

  struct KeyName {
    TextRef name;
    std::uint64_t hash = 0;
  };

  template <typename T>
  static absl::Span<const T> Slice(const std::vector<T>& all, Range r) {
    return absl::MakeConstSpan(all.data() + r.begin, r.end - r.begin);
  }

  std::string pool_;
  std::vector<StatementCode> statements_;
  std::vector<ActionPattern> actions_;
  std::vector<ResourcePattern> resources_;
  std::vector<PrincipalPattern> principals_;
  std::vector<ConditionTest> conditions_;
  std::vector<Piece> pieces_;
  std::vector<TextTemplate> templates_;
  std::vector<DecimalLiteral> decimals_;
  std::vector<Instant> instants_;
  std::vector<CidrBlock> cidrs_;
  std::vector<TextRef> binaries_;
  std::vector<std::uint8_t> flags_;
  std::vector<KeyName> keys_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_H_
