#include "engine/program/program_text.h"

#include <arpa/inet.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

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

std::string ShowDecimal(const Decimal& value) {
  return absl::StrCat(value.negative ? "-" : "",
                      value.integer.empty() ? "0" : "", value.integer,
                      value.fraction.empty() ? "" : ".", value.fraction);
}

std::string ShowInstant(const Instant& value) {
  return absl::FormatTime(
      "%Y-%m-%dT%H:%M:%E*SZ",
      absl::FromUnixSeconds(value.seconds) + absl::Nanoseconds(value.nanos),
      absl::UTCTimeZone());
}

std::string ShowCidr(const CidrBlock& block) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(block.address.is_v6 ? AF_INET6 : AF_INET,
            block.address.bytes.data(), text, sizeof(text));
  const int whole = block.address.is_v6 ? 128 : 32;
  return block.prefix_size == whole
             ? std::string(text)
             : absl::StrCat(text, "/", int{block.prefix_size});
}

// Calls `f(show, list)` with the list of the condition's values, and with what
// makes a text of one of them.
template <typename F>
auto WithValues(ConditionView condition, std::string (*show)(TemplateView),
                F f) {
  switch (condition.op().type) {
    case OperandType::kString:
    case OperandType::kArn:
    case OperandType::kBool:
      return f(show, condition.templates());
    case OperandType::kNumeric:
      return f([](DecimalView value) { return ShowDecimal(value.value()); },
               condition.decimals());
    case OperandType::kDate:
      return f(ShowInstant, condition.instants());
    case OperandType::kIpAddress:
      return f(ShowCidr, condition.cidrs());
    case OperandType::kBinary:
      return f(
          [](BytesView value) { return absl::Base64Escape(value.bytes()); },
          condition.binaries());
    case OperandType::kNull:
      break;
  }
  return f([](bool value) { return std::string(value ? "true" : "false"); },
           condition.flags());
}

}  // namespace

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
