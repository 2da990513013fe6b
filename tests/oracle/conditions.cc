// AWS: "Condition operators" and "Conditions with multiple context keys or
// values", IAM User Guide.

#include <algorithm>
#include <clocale>
#include <cwctype>

#include "tests/oracle/question.h"
#include "tests/oracle/values.h"

namespace rolegate_oracle {
namespace {

// The third answer fails closed: it does not satisfy an Allow's condition and
// satisfies a Deny's.
enum class Answer { kNo, kYes, kIllTyped };

Answer Of(bool holds) { return holds ? Answer::kYes : Answer::kNo; }

bool IsWellTyped(const std::string& value, const std::string& base) {
  if (StartsWith(base, "numeric")) return IsNumber(value);
  if (StartsWith(base, "date")) return ParseDate(value).has_value();
  if (base == "bool") return ParseBool(value).has_value();
  if (base == "binaryequals") return ParseBase64(value).has_value();
  if (base == "ipaddress") return ParseAddress(value).has_value();
  if (StartsWith(base, "arn")) {
    return StartsWith(value, "arn:") && Split(value, ':', 6).size() == 6;
  }
  return true;
}

bool HoldsFor(int comparison, const std::string& base) {
  const auto ends = [&](const char* suffix) {
    const std::string text = suffix;
    return base.size() >= text.size() &&
           base.compare(base.size() - text.size(), text.size(), text) == 0;
  };
  if (ends("lessthan")) return comparison < 0;
  if (ends("lessthanequals")) return comparison <= 0;
  if (ends("greaterthan")) return comparison > 0;
  if (ends("greaterthanequals")) return comparison >= 0;
  return comparison == 0;
}

std::u32string Text(const Pattern& pattern) {
  std::u32string text;
  for (const Symbol& symbol : pattern) text += symbol.point;
  return text;
}

// The number of a character of which CodePoints gives the bytes.
char32_t NumberOf(char32_t bytes) {
  if (bytes < 0x100) return bytes;
  const int size = bytes > 0xFFFFFF ? 4 : bytes > 0xFFFF ? 3 : 2;
  char32_t number = (bytes >> (8 * (size - 1))) & (0xFFu >> (size + 1));
  for (int i = size - 2; i >= 0; --i) {
    number = number << 6 | ((bytes >> (8 * i)) & 0x3F);
  }
  return number;
}

// By the C library's letter case, which is not where the engine has its own
// from.  The capital of the small letter, for some letters have several small
// ones and others several capitals.
std::u32string Fold(std::u32string text) {
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  for (char32_t& c : text) {
    const auto small = towlower_l(static_cast<wint_t>(NumberOf(c)), kUnicode);
    c = static_cast<char32_t>(towupper_l(small, kUnicode));
  }
  return text;
}

bool Compare(const std::string& policy, const std::string& value,
             const std::string& base, std::size_t variables_from,
             const Question& question) {
  if (StartsWith(base, "numeric")) {
    return HoldsFor(*CompareNumbers(value, policy), base);
  }
  if (StartsWith(base, "date")) {
    const Moment a = *ParseDate(value);
    const Moment b = *ParseDate(policy);
    return HoldsFor(a < b ? -1 : b < a ? 1 : 0, base);
  }
  if (base == "ipaddress") return *NetworkHolds(policy, value);
  if (base == "binaryequals") {
    return ParseBase64(policy) == ParseBase64(value);
  }
  const bool wildcards = base == "stringlike" || StartsWith(base, "arn");
  const auto pattern = MakePattern(policy, wildcards, variables_from, question);
  if (!pattern) return false;  // a variable without a value equals nothing
  if (base == "stringlike") return Glob(*pattern, CodePoints(value));
  if (StartsWith(base, "arn")) {
    return policy == "*" || ArnGlob(*pattern, value);
  }
  const std::u32string text = Text(*pattern);
  if (base == "stringequals") return text == CodePoints(value);
  if (base == "stringequalsignorecase") {
    return Fold(text) == Fold(CodePoints(value));
  }
  // Bool
  return Fold(text) == Fold(CodePoints(value));
}

Answer Test(const Operator& op, const std::string& key,
            const std::vector<std::string>& policy_values, bool variables,
            const Question& question) {
  const auto found = question.context.find(Lower(key));
  std::vector<std::string> values;
  if (found != question.context.end()) values = found->second;
  if (op.base == "null") {
    return Of(std::any_of(policy_values.begin(), policy_values.end(),
                          [&](const std::string& text) {
                            return *ParseBool(text) == values.empty();
                          }));
  }
  const auto one = [&](const std::string& value) {
    const bool hit = std::any_of(
        policy_values.begin(), policy_values.end(),
        [&](const std::string& policy) {
          return Compare(policy, value, op.base,
                         variables ? 0 : std::string::npos, question);
        });
    return hit != op.negated;
  };
  const auto ill_typed = [&](const std::string& value) {
    return !IsWellTyped(value, op.base);
  };
  if (op.set.empty()) {
    if (values.empty()) return Of(op.if_exists || op.negated);
    if (values.size() > 1 || ill_typed(values[0])) return Answer::kIllTyped;
    return Of(one(values[0]));
  }
  if (found == question.context.end() && op.if_exists) return Answer::kYes;
  const bool for_all = op.set == "forallvalues";
  // A list of nothing but empty texts counts as empty.
  if (std::all_of(values.begin(), values.end(),
                  [](const std::string& v) { return v.empty(); })) {
    return Of(for_all);
  }
  if (std::any_of(values.begin(), values.end(), ill_typed)) {
    return Answer::kIllTyped;
  }
  return Of(for_all ? std::all_of(values.begin(), values.end(), one)
                    : std::any_of(values.begin(), values.end(), one));
}

}  // namespace

bool ConditionHolds(const Json& statement, bool variables,
                    const Question& question) {
  if (!statement.HasMember("Condition")) return true;
  const bool deny = statement["Effect"] == "Deny";
  for (const auto& entry : statement["Condition"].GetObject()) {
    const Operator op = *ParseOperator(entry.name.GetString());
    for (const auto& key : entry.value.GetObject()) {
      const Answer answer = Test(op, key.name.GetString(), TextsOf(key.value),
                                 variables, question);
      if (answer == Answer::kNo) return false;
      if (answer == Answer::kIllTyped && !deny) return false;
    }
  }
  return true;
}

}  // namespace rolegate_oracle
