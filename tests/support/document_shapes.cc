#include "tests/support/document_shapes.h"

#include "absl/strings/str_cat.h"

namespace rolegate::testing {
namespace {

const char kHead[] = R"({"Version":"2012-10-17","Statement":[)";
const char kTail[] = "]}";

}  // namespace

std::string Fill(const std::string& head, const std::string& tail,
                 std::size_t bytes, const Element& element) {
  std::string text = head;
  for (std::size_t i = 0;; ++i) {
    const std::string next = absl::StrCat(i == 0 ? "" : ",", element(i));
    if (text.size() + next.size() + tail.size() > bytes) break;
    text += next;
  }
  return text + tail;
}

std::string Repeat(const std::string& text, std::size_t bytes) {
  std::string all;
  while (all.size() + text.size() <= bytes) all += text;
  return all;
}

std::string Number(std::size_t i) { return absl::StrCat(i); }

std::string Letters(std::size_t i) {
  std::string letters;
  do {
    letters.insert(letters.begin(), static_cast<char>('a' + i % 26));
    i /= 26;
  } while (i > 0);
  return letters;
}

std::string Statements(std::size_t bytes, const Element& statement) {
  return Fill(kHead, kTail, bytes, statement);
}

std::string OneStatement(const std::string& begin, const std::string& end,
                         std::size_t bytes, const Element& element) {
  return Fill(absl::StrCat(kHead, begin), absl::StrCat(end, kTail), bytes,
              element);
}

std::string Actions(std::size_t bytes, const Element& action) {
  return OneStatement(R"({"Effect":"Allow","Resource":"*","Action":[)", "]}",
                      bytes, action);
}
std::string Resources(std::size_t bytes, const Element& resource) {
  return OneStatement(R"({"Effect":"Allow","Action":"s3:PutObject",)"
                      R"("Resource":[)",
                      "]}", bytes, resource);
}
std::string Conditions(std::size_t bytes, const std::string& begin,
                       const std::string& end, const Element& element) {
  return OneStatement(
      absl::StrCat(R"({"Effect":"Allow","Action":"s3:GetObject",)"
                   R"("Resource":"*","Condition":{)",
                   begin),
      absl::StrCat(end, "}}"), bytes, element);
}
std::string Keys(std::size_t bytes, const std::string& op, const Element& key) {
  return Conditions(bytes, absl::StrCat("\"", op, "\":{"), "}", key);
}
std::string Values(std::size_t bytes, const std::string& op,
                   const std::string& key, const Element& value) {
  return Conditions(bytes, absl::StrCat("\"", op, "\":{\"", key, "\":["), "]}",
                    value);
}

std::string TwoLists(std::size_t bytes, const std::string& before,
                     const Element& one, const std::string& between,
                     const Element& other, const std::string& after) {
  const std::string half =
      Fill(absl::StrCat(kHead, before), between, bytes / 2, one);
  return Fill(half, absl::StrCat(after, kTail), bytes, other);
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", text, "\"");
}

std::string IndexedProduct(std::size_t bytes, const Element& action,
                           const Element& resource) {
  constexpr std::size_t kStatements = 129;
  std::string resources;
  for (std::size_t i = 0; i < 4; ++i) {
    absl::StrAppend(&resources, i == 0 ? "" : ",", resource(i));
  }
  const std::size_t each = bytes / kStatements - 2;
  return Statements(bytes, [&](std::size_t) {
    return Fill(absl::StrCat(R"({"Effect":"Allow","Resource":[)", resources,
                             R"(],"Action":[)"),
                "]}", each, action);
  });
}

std::string PercentEncoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 15]);
  }
  return encoded;
}

std::string OneResource(std::size_t bytes, const std::string& text,
                        const std::string& end) {
  return Resources(bytes, [&](std::size_t i) {
    return i > 0 ? std::string(bytes, ' ')  // has no room
                 : absl::StrCat("\"arn:aws:s3:::", Repeat(text, bytes - 200),
                                end, "\"");
  });
}

}  // namespace rolegate::testing
