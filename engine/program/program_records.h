// How a program lies in memory.  Only program_views.h, program.h and
// program_writer include this header; everybody else reads a program through
// its views.
//
// All arrays of a program stand in one block behind the Program object, so that
// a program is one allocation, and records name texts and elements of other
// arrays by 32-bit offsets.  All records are aligned.  Three of them are packed
// further, for a registry of 100,000 files may take no more than twice the
// bytes of its documents, and takes 1.95 times as much: pieces and actions have
// 8 bytes instead of 12, and statements do not say where what belongs to them
// ends.  For an export of 20 MB of distinct policies, these three lower the
// process's growth from 37.5 to 34.2 MB, and they cost no instructions.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_RECORDS_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "engine/policy/condition_operator.h"
#include "engine/policy/effect.h"
#include "engine/text/cidr.h"
#include "engine/text/instant.h"

namespace rolegate {

enum class PieceKind : std::uint32_t {
  kLiteral,   // the text itself
  kAnyRun,    // `*`: any number of characters, or none
  kAnyOne,    // `?`: exactly one character
  kVariable,  // the value of a context key
};

enum class ActionKind : std::uint8_t {
  kAll,      // "*"
  kNothing,  // AWS accepts it and it never matches: "s3:", "s3:Get,Put"
  kExact,    // no wildcard
  kGlob,     // wildcards in the name; the prefix is literal
};

enum class ResourceKind : std::uint8_t {
  kAll,      // "*"
  kNothing,  // a short ARN that never matches
  kArn,      // a template
};

enum class PrincipalPatternKind : std::uint8_t {
  kEveryone,
  kNobody,         // CanonicalUser: it loads and matches nobody
  kAccount,        // the text is the account's twelve digits
  kUser,           // ARN
  kRole,           // ARN with path
  kRoleSession,    // assumed-role ARN
  kFederatedUser,  // ARN
  kUniqueId,       // AIDA…, AROA… of an entity that was deleted
  kService,        // service principal
  kFederated,      // provider
};

// A text of the program's pool.  The default is the empty text.
struct TextRef {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

// Some elements of an array that stand one behind the other.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  std::uint32_t size() const { return end - begin; }
};

// A condition key, in the letter case in which the policy wrote it first.
struct KeyRecord {
  std::uint64_t hash = 0;  // ContextKey::hash
  TextRef name;
};

// Policies consist of more pieces than of anything else, so the kind shares a
// word with the size.
struct PieceRecord {
  PieceKind kind : 2 = PieceKind::kLiteral;
  std::uint32_t size : 30 = 0;  // of a literal's text
  std::uint32_t begin = 0;      // of the text; for a variable, into variables

  static constexpr std::uint32_t kMaxText = (std::uint32_t{1} << 30) - 1;
};

struct VariableRecord {
  std::uint16_t key = 0;  // into keys
  bool has_default = false;
  TextRef default_text;
};

struct TemplateRecord {
  Range pieces;
  bool has_variables = false;
};

struct ActionRecord {
  ActionKind kind = ActionKind::kNothing;
  std::uint8_t prefix_size = 0;  // up to the colon, which is not counted
  std::uint16_t size = 0;        // of the whole pattern, in lower case
  std::uint32_t begin = 0;

  static constexpr std::size_t kMaxText = 0xffff;
};

struct ResourceRecord {
  ResourceKind kind = ResourceKind::kNothing;
  TemplateRecord arn;  // empty but for kArn
};

struct PrincipalRecord {
  PrincipalPatternKind kind = PrincipalPatternKind::kNobody;
  TextRef text;
};

struct DecimalRecord {
  bool negative = false;
  TextRef integer;
  TextRef fraction;
};

// One operator applied to one key.
struct ConditionRecord {
  ConditionOperator op;
  std::uint16_t key = 0;  // into keys
  Range values;           // into the array of the operator's type
};

// Behind the last statement of a program stands one more record: what belongs
// to a statement ends where that of the next record begins.
struct StatementRecord {
  Effect effect = Effect::kDeny;
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  bool has_principal = false;
  bool has_resource = false;
  std::uint32_t principals = 0;  // where they begin
  std::uint32_t actions = 0;
  std::uint32_t resources = 0;
  std::uint32_t conditions = 0;
  TextRef sid;
};

// As what programs keep the values of conditions (operands.h).  Each type has
// an array of its own.
template <typename... Records>
struct TypeList {};
using ValueRecords =
    TypeList<TemplateRecord, DecimalRecord, Instant, CidrBlock, TextRef, bool>;

template <typename... Records>
std::tuple<const Records*...> PointersTo(TypeList<Records...>);

// Points to the beginning of each array of a program.
struct ProgramArrays {
  const KeyRecord* keys = nullptr;
  const StatementRecord* statements = nullptr;
  const ActionRecord* actions = nullptr;
  const ResourceRecord* resources = nullptr;
  const PrincipalRecord* principals = nullptr;
  const ConditionRecord* conditions = nullptr;
  decltype(PointersTo(ValueRecords())) values;
  const PieceRecord* pieces = nullptr;
  const VariableRecord* variables = nullptr;
  const std::uint16_t* services = nullptr;
  const char* pool = nullptr;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_RECORDS_H_
