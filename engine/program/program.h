// A policy document's compiled form: flat arrays of small records that index
// each other and one pool of text.  Literals are typed and parsed; nothing is
// left to parse when a request comes.  compile.cc writes it, evaluate.cc reads
// it.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/memory/counted_ptr.h"
#include "engine/memory/varint.h"
#include "engine/policy/condition_operator.h"
#include "engine/policy/context_key.h"
#include "engine/policy/effect.h"
#include "engine/policy/policy_kind.h"
#include "engine/program/piece.h"
#include "engine/program/statement_index.h"
#include "engine/text/cidr.h"
#include "engine/text/decimal.h"
#include "engine/text/instant.h"
#include "engine/text/sha256.h"

namespace rolegate {

// A text of a program.  The default is the empty one.
struct TextRef {
  std::uint32_t is_word : 1 = 0;  // of the words that programs share
  std::uint32_t begin : 31 = 0;
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
  std::uint8_t prefix_size = 0;  // up to, without, the colon
  absl::string_view text;        // whole
};

// A resource pattern.  In an ARN's first five parts wildcards stop at colons.
struct ResourcePattern {
  enum class Kind : std::uint8_t {
    kAll,      // "*"
    kNothing,  // a short ARN that never matches
    kArn,
  };
  Kind kind = Kind::kNothing;
  Template arn;
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

// One operator applied to one key.
//
// INVARIANT: where the values of a test end, those of the next begin.  So it
// is read where it stands in a program, which has one more behind the last.
struct ConditionTest {
  ConditionOperator op;
  std::uint16_t key = 0;     // into keys
  std::uint32_t values = 0;  // where they begin
};
static_assert(sizeof(ConditionTest) == 8);

// INVARIANT: as with a ConditionTest, what belongs to a statement ends where
// that of the next begins.
struct StatementCode {
  Effect effect : 1 = Effect::kDeny;
  bool not_action : 1 = false;
  bool not_resource : 1 = false;
  bool not_principal : 1 = false;
  bool has_principal : 1 = false;
  bool has_resource : 1 = false;

  // Where they begin.
  std::uint32_t principals = 0;
  std::uint32_t actions = 0;
  std::uint32_t resources = 0;
  std::uint32_t conditions = 0;

  TextRef sid;
};
static_assert(sizeof(StatementCode) == 24);

// What a program was compiled from: equal documents of one kind share it.
struct ProgramSource {
  PolicyKind kind = PolicyKind::kIdentity;
  Sha256Digest digest;  // Policy::content_digest

  friend bool operator==(const ProgramSource&, const ProgramSource&) = default;
};

// Immutable once compiled.  One block of memory that begins with this object:
// records are small, and texts stand once, behind their size, so that it takes
// about half as much as the policy's JSON.
class Program : public Counted<Program> {
 public:
  ~Program() = default;
  // The size of the block is not that of the object.
  static void operator delete(void* block) { ::operator delete(block); }

  const ProgramSource& source() const { return source_; }

  absl::Span<const StatementCode> statements() const {
    return {All<StatementCode>(kStatements).data(), services().size()};
  }
  // Of each statement, the ServiceNumber of all its actions; 0 if they are not
  // of one service.  By themselves, so that many are passed over quickly.
  absl::Span<const std::uint16_t> services() const {
    return All<std::uint16_t>(kServices);
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE absl::string_view text(TextRef ref) const {
    const char* at =
        (ref.is_word != 0 ? words_.get()
                          : reinterpret_cast<const char*>(Begin(kPool))) +
        ref.begin;
    const std::uint64_t size = ReadVarint(&at);
    return {at, size};
  }

  // What a statement consists of, each as the functions below read it.
  absl::Span<const TextRef> actions(const StatementCode& statement) const {
    return Part<TextRef>(kActions, statement, &StatementCode::actions);
  }
  absl::Span<const TextRef> resources(const StatementCode& statement) const {
    return Part<TextRef>(kResources, statement, &StatementCode::resources);
  }
  absl::Span<const PrincipalPattern> principals(
      const StatementCode& statement) const {
    return Part<PrincipalPattern>(kPrincipals, statement,
                                  &StatementCode::principals);
  }
  absl::Span<const ConditionTest> conditions(
      const StatementCode& statement) const {
    return Part<ConditionTest>(kConditions, statement,
                               &StatementCode::conditions);
  }
  absl::Span<const TextRef> values(const ConditionTest& test) const {
    const ConditionTest& next = *(&test + 1);
    return {All<TextRef>(kValues).data() + test.values,
            next.values - test.values};
  }

  ActionPattern action(TextRef ref) const {
    const absl::string_view bytes = text(ref);
    const char* const at = bytes.data();
    ActionPattern action;
    action.kind = static_cast<ActionPattern::Kind>(at[0]);
    action.prefix_size = static_cast<std::uint8_t>(at[1]);
    action.text = absl::string_view(at + 2, bytes.size() - 2);
    return action;
  }
  ResourcePattern resource(TextRef ref) const {
    const absl::string_view bytes = text(ref);
    const char* const at = bytes.data();
    ResourcePattern resource;
    resource.kind = static_cast<ResourcePattern::Kind>(at[0]);
    resource.arn = Template(absl::string_view(at + 1, bytes.size() - 1));
    return resource;
  }

  // Values of String*, Arn* and Bool; of the other operators, but for those of
  // Binary*, which are texts.
  Template pieces(TextRef ref) const { return Template(text(ref)); }
  Decimal decimal(TextRef ref) const;
  Instant instant(TextRef ref) const;
  CidrBlock cidr(TextRef ref) const {
    CidrBlock block;
    std::memcpy(&block, text(ref).data(), sizeof(block));
    return block;
  }
  bool flag(TextRef ref) const { return !text(ref).empty(); }

  ContextKey key(std::uint32_t index) const {
    const KeyName& known = All<KeyName>(kKeys).data()[index];
    return ContextKey(text(known.name),
                      std::uint64_t{known.hash_high} << 32 | known.hash_low);
  }

  // Asks memory for its beginning, which is all of most programs.
  void Prefetch() const {
    constexpr std::size_t kLine = 64;
    constexpr std::size_t kMostPrograms = 24 * kLine;
    const auto* const begin = reinterpret_cast<const std::byte*>(this);
#pragma GCC unroll 24
    for (std::size_t at = 0; at < kMostPrograms; at += kLine) {
      __builtin_prefetch(begin + at);
    }
  }

  // What evaluating it costs at most, in steps (policy_cost.h).
  std::uint64_t max_steps() const { return max_steps_; }

  // Null if few statements can be of one request, which are tried in turn.
  const StatementIndex* index() const { return index_.get(); }

 private:
  friend class ProgramWriter;

  struct KeyName {
    TextRef name;
    std::uint32_t hash_high = 0;
    std::uint32_t hash_low = 0;
  };

  // The arrays stand one behind the other, behind this object.  All are
  // aligned as their elements.
  enum Array : std::size_t {
    kKeys,
    kStatements,
    kActions,
    kResources,
    kPrincipals,
    kConditions,
    kValues,
    kServices,
    kPool,
    kArrayCount,
  };

  Program() = default;

  const std::byte* Begin(Array array) const {
    return reinterpret_cast<const std::byte*>(this) + begins_[array];
  }
  template <typename T>
  absl::Span<const T> All(Array array) const {
    return {reinterpret_cast<const T*>(Begin(array)),
            (begins_[array + 1] - begins_[array]) / sizeof(T)};
  }
  template <typename T>
  absl::Span<const T> Part(Array array, const StatementCode& statement,
                           std::uint32_t StatementCode::*begin) const {
    const StatementCode& next = *(&statement + 1);
    return {reinterpret_cast<const T*>(Begin(array)) + statement.*begin,
            next.*begin - statement.*begin};
  }

  ProgramSource source_;
  std::uint64_t max_steps_ = 0;
  std::shared_ptr<const char[]> words_;  // null: it has all its texts itself
  std::unique_ptr<const StatementIndex> index_;
  std::array<std::uint32_t, kArrayCount + 1> begins_ = {};  // in the block
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_H_
