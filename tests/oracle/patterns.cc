// AWS: "Variables and tags" and "Resource", IAM User Guide.

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/oracle/question.h"
#include "tests/oracle/values.h"

namespace rolegate_oracle {
namespace {

void AddText(const std::string& text, Pattern* pattern) {
  for (char32_t point : CodePoints(text)) pattern->push_back({point});
}

// The one value of the variable's key, else its default.
std::optional<std::string> Resolve(const std::string& body,
                                   const Question& question) {
  std::string key = body;
  std::optional<std::string> otherwise;
  const std::size_t comma = body.find(", '");
  if (comma != std::string::npos && body.size() >= comma + 4 &&
      body.back() == '\'') {
    key = body.substr(0, comma);
    otherwise = body.substr(comma + 3, body.size() - comma - 4);
  }
  const auto found = question.context.find(Lower(key));
  if (found != question.context.end()) {
    if (found->second.size() > 1) return std::nullopt;
    if (found->second.size() == 1 && !found->second[0].empty()) {
      return found->second[0];
    }
  }
  return otherwise;
}

// Which beginnings of the text the pattern's pieces so far can be, so that
// many stars cost no more than few.
bool GlobWhole(const Pattern& pattern, const std::u32string& text) {
  std::vector<bool> reached(text.size() + 1);
  reached[0] = true;
  for (const auto& piece : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t t = 0; t <= text.size(); ++t) {
      if (piece.any_run) {
        next[t] = reached[t] || (t > 0 && next[t - 1]);
      } else {
        next[t] = t > 0 && reached[t - 1] &&
                  (piece.any_one || piece.point == text[t - 1]);
      }
    }
    reached = std::move(next);
  }
  return reached.back();
}

}  // namespace

std::optional<Pattern> MakePattern(const std::string& text, bool wildcards,
                                   std::size_t variables_from,
                                   const Question& question) {
  Pattern pattern;
  std::string literal;
  const auto flush = [&] {
    AddText(literal, &pattern);
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (wildcards && (text[i] == '*' || text[i] == '?')) {
      flush();
      pattern.push_back({0, text[i] == '?', text[i] == '*'});
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (i < variables_from || text.compare(i, 2, "${") != 0 ||
        end == std::string::npos) {
      literal += text[i];
      continue;
    }
    const std::string body = text.substr(i + 2, end - i - 2);
    flush();
    if (body == "*" || body == "?" || body == "$") {
      AddText(body, &pattern);
    } else {
      const auto value = Resolve(body, question);
      if (!value) return std::nullopt;
      AddText(*value, &pattern);
    }
    i = end;
  }
  flush();
  return pattern;
}

bool Glob(const Pattern& pattern, const std::u32string& text) {
  return GlobWhole(pattern, text);
}

// Part by part: in the first five no wildcard crosses a colon.
bool ArnGlob(const Pattern& pattern, const std::string& text) {
  const auto texts = Split(text, ':', 6);
  std::vector<Pattern> parts(1);
  for (const Symbol& symbol : pattern) {
    if (symbol.point == U':' && parts.size() < 6) {
      parts.emplace_back();
    } else {
      parts.back().push_back(symbol);
    }
  }
  if (texts.size() != 6 || parts.size() != 6) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!Glob(parts[i], CodePoints(texts[i]))) return false;
  }
  return true;
}

bool ActionListed(const Json& patterns, const std::string& action) {
  const auto wanted = Split(Lower(action), ':', 2);
  for (const std::string& text : TextsOf(patterns)) {
    if (text.find(':') == std::string::npos) return true;  // "*"
    const auto parts = Split(Lower(text), ':', 2);
    if (parts[1].empty() ||
        parts[1].find_first_of(" \t\n\v\f\r,") != std::string::npos) {
      continue;  // AWS saves it, and it matches nothing
    }
    const auto name = MakePattern(parts[1], true, std::string::npos, {});
    if (parts[0] == wanted[0] && Glob(*name, CodePoints(wanted[1])))
      return true;
  }
  return false;
}

}  // namespace rolegate_oracle
