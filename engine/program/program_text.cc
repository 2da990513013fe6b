#include "engine/program/program_text.h"

#include <type_traits>

#include "absl/strings/str_cat.h"
#include "engine/program/operands.h"

namespace rolegate {
namespace {

// People read explanations, so a longer list ends in "and 12 more".
constexpr std::size_t kMaxListed = 4;

template <typename List, typename F>
std::string ShowList(const List& all, F show) {
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < kMaxListed; ++i) {
    absl::StrAppend(&out, i > 0 ? ", `" : "`", show(all[i]), "`");
  }
  if (all.size() > kMaxListed) {
    absl::StrAppend(&out, " and ", all.size() - kMaxListed, " more");
  }
  return out;
}

// Calls `f(show, list)` with the list of the condition's values, and with what
// makes a text of one of them.
template <typename F>
auto WithValues(ConditionView condition, std::string (*show)(TemplateView),
                F f) {
  return VisitOperand(condition.op().type, [&](auto operand) {
    using Value = typename decltype(operand)::Value;
    if constexpr (std::is_same_v<Value, TemplateView>) {
      return f(show, condition.values<Value>());
    } else {
      return f(&decltype(operand)::Show, condition.values<Value>());
    }
  });
}

}  // namespace

std::string ShowTemplate(TemplateView text) {
  std::string out;
  for (const PieceView piece : text) {
    switch (piece.kind()) {
      case PieceKind::kLiteral:
        absl::StrAppend(&out, piece.text());
        break;
      case PieceKind::kAnyRun:
        out += '*';
        break;
      case PieceKind::kAnyOne:
        out += '?';
        break;
      case PieceKind::kVariable:
        absl::StrAppend(&out, "${", piece.key().name);
        if (piece.has_default()) {
          absl::StrAppend(&out, ", '", piece.default_text(), "'");
        }
        out += '}';
        break;
    }
  }
  return out;
}

std::string ShowResources(StatementView statement) {
  return ShowList(statement.resources(),
                  [](ResourceView pattern) -> std::string {
                    switch (pattern.kind()) {
                      case ResourceKind::kAll:
                        return "*";
                      case ResourceKind::kNothing:
                        return "an ARN of fewer than six parts";
                      case ResourceKind::kArn:
                        break;
                    }
                    return ShowTemplate(pattern.arn());
                  });
}

std::string ShowPrincipals(StatementView statement) {
  return ShowList(statement.principals(),
                  [](PrincipalView pattern) { return pattern.text(); });
}

std::string ShowValues(ConditionView condition) {
  return WithValues(condition, ShowTemplate,
                    [](const auto& show, const auto& values) {
                      return ShowList(values, show);
                    });
}

std::vector<std::string> TextsOfValues(ConditionView condition,
                                       std::string (*show)(TemplateView)) {
  return WithValues(condition, show, [](const auto& text, const auto& values) {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back(text(value));
    return texts;
  });
}

}  // namespace rolegate
