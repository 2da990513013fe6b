// A policy document as it was written: the syntax tree.
//
// parse.cc makes it, validate.cc judges it, compile.cc turns it into a
// Program.  Plain data; all texts are views into the JsonDocument it was
// parsed from, which must outlive it.

#ifndef ROLEGATE_ENGINE_POLICY_POLICY_DOCUMENT_H_
#define ROLEGATE_ENGINE_POLICY_POLICY_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/policy/condition_operator.h"
#include "engine/policy/effect.h"

namespace rolegate {

// Says which language a document is in.  Without Version it is the older.
enum class PolicyVersion : std::uint8_t {
  k2008_10_17,  // `${…}` is literal text
  k2012_10_17,  // policy variables
};

// A text with its place in the source.
struct SourceText {
  absl::string_view value;
  std::uint32_t offset = 0;
};

enum class PrincipalType : std::uint8_t {
  kAws,
  kService,
  kFederated,
  kCanonicalUser,
};

// "AWS", "Service", "Federated", "CanonicalUser".
absl::string_view PrincipalTypeName(PrincipalType type);

struct PrincipalEntry {
  PrincipalType type = PrincipalType::kAws;
  SourceText text;
};

// Principal or NotPrincipal.
struct PrincipalElement {
  bool negated = false;
  bool bare_star = false;  // "Principal": "*"; the same as {"AWS": "*"}
  std::vector<PrincipalEntry> entries;
  std::uint32_t offset = 0;
};

// Action, NotAction, Resource or NotResource.
struct PatternElement {
  bool negated = false;
  std::vector<SourceText> patterns;
  std::uint32_t offset = 0;
};

// One key under one operator.
struct ConditionClause {
  ConditionOperator op;
  SourceText op_name;
  SourceText key;
  std::vector<SourceText> values;  // numbers and booleans as written
};

struct StatementDocument {
  int index = 0;
  std::string path;  // "Statement[2]", or "Statement" for a bare object
  std::uint32_t offset = 0;
  std::optional<SourceText> sid;
  Effect effect = Effect::kDeny;
  std::optional<PrincipalElement> principal;
  std::optional<PatternElement> action;
  std::optional<PatternElement> resource;
  std::vector<ConditionClause> conditions;
  std::vector<SourceText> empty_conditions;  // operators without a key
};

struct PolicyDocument {
  PolicyVersion version = PolicyVersion::k2008_10_17;
  bool has_version = false;
  std::optional<SourceText> id;
  std::vector<StatementDocument> statements;
  std::uint32_t offset = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_POLICY_DOCUMENT_H_
