#include "tests/differential/question_generator.h"

#include <functional>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

namespace rolegate::testing {
namespace {

struct CallerForm {
  const char* principal;   // JSON
  const char* session_of;  // JSON member, or ""
};

constexpr CallerForm kCallers[] = {
    {R"({"AWS": "arn:aws:iam::111122223333:user/team/bob"})", ""},
    {R"({"AWS": "arn:aws:sts::111122223333:assumed-role/R/s1"})", ""},
    {R"({"AWS": "arn:aws:sts::111122223333:assumed-role/R/s1"})",
     R"("session_of": "arn:aws:iam::111122223333:role/svc/R", )"},
    {R"({"AWS": "arn:aws:iam::111122223333:root"})", ""},
    {R"({"AWS": "arn:aws:sts::111122223333:federated-user/fay"})", ""},
    {R"({"Service": "lambda.amazonaws.com"})", ""},
    {R"({"Federated": "accounts.google.com"})", ""},
    {R"("*")", ""},
    {R"({"AWS": "arn:aws:iam::444455556666:user/eve"})", ""},
    {R"({"AWS": "arn:aws:sts::444455556666:assumed-role/Q/s1"})", ""},
    {R"({"AWS": "arn:aws:iam::444455556666:root"})", ""},
    {R"({"Federated": "arn:aws:iam::111122223333:saml-provider/Idp"})", ""},
};

constexpr const char* kPrincipals[] = {
    R"("*")",
    R"({"AWS": "*"})",
    R"({"AWS": "111122223333"})",
    R"({"AWS": "arn:aws:iam::111122223333:root"})",
    R"({"AWS": "arn:aws:iam::444455556666:root"})",
    R"({"AWS": "arn:aws:iam::111122223333:user/team/bob"})",
    R"({"AWS": "arn:aws:iam::111122223333:user/bob"})",
    R"({"AWS": ["arn:aws:iam::111122223333:role/R", "444455556666"]})",
    R"({"AWS": "arn:aws:iam::111122223333:role/svc/R"})",
    R"({"AWS": "arn:aws:sts::111122223333:assumed-role/R/s1"})",
    R"({"AWS": "arn:aws:sts::111122223333:assumed-role/R/s2"})",
    R"({"AWS": "arn:aws:sts::111122223333:federated-user/fay"})",
    R"({"AWS": ["111122223333", "arn:aws:iam::111122223333:user/team/bob"]})",
    R"({"AWS": ["111122223333", "arn:aws:iam::111122223333:role/R",
        "arn:aws:sts::111122223333:assumed-role/R/s1"]})",
    R"({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})",
    R"({"Service": "ec2.amazonaws.com", "AWS": "111122223333"})",
    R"({"Federated": "accounts.google.com"})",
    R"({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8"})",
    R"({"AWS": "AIDAJQABLZS4A3QDU576Q"})",
    R"({"AWS": ["444455556666", "arn:aws:iam::444455556666:user/eve"]})",
    R"({"AWS": "arn:aws:sts::444455556666:assumed-role/Q/s1"})",
    R"({"AWS": ["arn:aws:sts::111122223333:federated-user/fay",
        "111122223333"], "Service": "lambda.amazonaws.com"})",
    R"({"Federated": ["arn:aws:iam::111122223333:saml-provider/Idp",
        "www.amazon.com"]})",
};

constexpr const char* kActions[] = {
    "s3:GetObject",           "S3:getobject",
    "s3:PutObject",           "billing:Pay",
    "sts:AssumeRole",         "sts:TagSession",
    "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"};
constexpr const char* kActionPatterns[] = {
    "*",         "s3:*",  "S3:Get*",        "s3:?etObject", "s3:PutObject",
    "billing:*", "sts:*", "sts:AssumeRole", "s3:",          "s3:Get,Put",
    "s3:Get* ",  "*",     "s3:*Object",     "s3:G*t*O*t",   "iam:PassRole",
    "**"};
constexpr const char* kTrustPatterns[] = {"sts:*", "sts:AssumeRole",
                                          "STS:assume*", "sts:TagSession",
                                          "sts:?agSession"};

constexpr const char* kResources[] = {
    "*",
    "arn:aws:s3:::bucket/red/a.txt",
    "arn:aws:s3:::bucket/*/a.txt",
    "arn:aws:s3:::bucket//x",
    "arn:aws:s3:::bucket/shared/a:b",
    "arn:aws:s3:::bücket/é",
    "arn:aws:sqs:eu-west-1:111122223333:q1",
    "arn:aws:sqs:eu-west-1:444455556666:q1:x",
    "arn:aws:iam::111122223333:role/R",
    "arn:aws:iam::444455556666:role/svc/Other",
};
constexpr const char* kResourcePatterns[] = {
    "*",
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/*/a.txt",
    "arn:aws:s3:::bucket/?e?/a.txt",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b?cket/?",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'shared'}/*",
    "arn:aws:s3:::bucket/${aws:TagKeys}/*",
    "arn:aws:s3:::bucket/${*}/a.txt",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/${aws:username}}/*",
    "arn:aws:s3:::bucket/${$}{aws:username}/${?}",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, '*'}/a.t${aws:username}",
    "arn:aws:sqs:${aws:username}:111122223333:q1",
    "arn:*:s3:::*",
    "arn:aws:sqs:*:111122223333:*",
    "arn:aws:sqs:eu-*-1:????55556666:q*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/R",
    "arn:aws:iam::444455556666:r*",
    "arn:aws:sqs:*:q1",
    "arn:aws:sqs:*",
    "arn:aws:sqs",
};
constexpr const char* kLongPatterns[] = {"*", "*", "arn:aws:s3:::bucket/*",
                                         "arn:aws:s3:::b*", "arn:*:s3:::*"};

// Keys with the values that a request may hold, of good and bad types.
struct KeyForm {
  const char* key;
  std::vector<const char*> values;
};

const std::vector<KeyForm>& Keys() {
  static const auto* const keys = new std::vector<KeyForm>{
      {"aws:PrincipalTag/team", {R"("red")", R"("*")", R"("")", R"("Red")"}},
      {"aws:TagKeys",
       {R"([])", R"(["red"])", R"(["red", "blue"])", R"([""])",
        R"(["", "blue"])", R"(["green"])", R"(["RED", "red"])"}},
      {"aws:SourceIp",
       {R"("10.0.0.7")", R"("2001:db8::1")", R"("::ffff:10.0.0.7")",
        R"("192.0.2.1")", R"("10.0.0")", R"("2001:DB8:0:0::1")",
        R"("::FFFF:0A00:0007")", "[]", R"("010.0.0.7")"}},
      {"aws:SecureTransport",
       {"true", "false", R"("True")", R"("maybe")", "[]"}},
      {"aws:CurrentTime",
       {R"("2024-05-01T10:00:00Z")", R"("2024-05-01")", R"("1714557600")",
        R"("2024-05-01T12:00:00.5+02:00")", R"("soon")",
        R"("2024-05-01t10:00:00z")", R"("2024-04-30T23:30:00-10:30")",
        R"("2024-02-30")", R"("2024")", "[]"}},
      {"app:Level",
       {"5", R"("5.0")", R"("-0.5")", R"("10")", R"("10abc")", R"(["5", "6"])",
        R"(["5", "x"])", R"("+5")", R"("005.000")", R"("-0")", R"("5.")", "[]",
        R"("1e1")"}},
      {"app:Digest", {R"("aGVsbG8=")", R"("d29ybGQ=")", R"("%%")", R"("")"}},
      {"aws:SourceArn",
       {R"("arn:aws:sns:eu-west-1:111122223333:topic/a:b")",
        R"("arn:aws:sns:eu-west-1:444455556666:topic")", R"("arn:aws:sns")",
        R"("arn:aws:sns:eu-west-1::topic")", "[]"}},
      {"aws:username",
       {R"("bob")", R"("BOB")", R"("b*b")", R"("\u00e9")",
        R"("${aws:PrincipalTag/team}")", R"("")"}},
  };
  return *keys;
}

struct OperatorForm {
  std::vector<const char*> names;
  std::vector<const char*> values;  // JSON scalars
};

const std::vector<OperatorForm>& Operators() {
  static const auto* const operators = new std::vector<OperatorForm>{
      {{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase", "stringlike", "StringNotLike"},
       {R"("red")",
        R"("RED")",
        R"("r*")",
        R"("?ed")",
        R"("")",
        R"("*")",
        R"("bob")",
        R"("${aws:PrincipalTag/team}")",
        R"("${*}")",
        "true",
        "5",
        R"("b${?}*")",
        R"("${aws:username, 'red'}")",
        R"("x${aws:TagKeys}")",
        R"("2001:db8::1")",
        R"("${app:None}")",
        R"("\u00c9")",
        R"("${$}{*}")",
        R"("${aws:PrincipalTag/${aws:username}}")",
        R"("${aws:username, ''}")"}},
      {{"NumericEquals", "NumericNotEquals", "NumericLessThan",
        "NumericLessThanEquals", "NumericGreaterThan",
        "NumericGreaterThanEquals"},
       {"5", R"("5.00")", R"("-1")", "10", R"("+5")", R"("0.5")", R"("-0")",
        R"("005.000")", R"("5.0000000000000000000001")"}},
      {{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals",
        "DateGreaterThan", "DateGreaterThanEquals"},
       {R"("2024-05-01T10:00:00Z")", R"("2024")", R"("2024-05")",
        R"("2024-05-01")", R"("2024-05-01T12:00+02:00")", R"("1714557600")",
        R"("2024-05-01t10:00:00.50z")", R"("2024-04-30T23:30-10:30")"}},
      {{"Bool"},
       {"true", "false", R"("TRUE")", R"("${aws:SecureTransport}")",
        R"("${app:None, 'true'}")"}},
      {{"BinaryEquals"}, {R"("aGVsbG8=")", R"("d29ybGQ=")"}},
      {{"IpAddress", "NotIpAddress"},
       {R"("10.0.0.0/8")", R"("10.0.0.7")", R"("2001:db8::/32")",
        R"("0.0.0.0/0")", R"("::/0")", R"("10.0.0.9/29")",
        R"("::ffff:10.0.0.0/104")", R"("2001:0DB8::1")"}},
      {{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
       {R"("arn:aws:sns:*:111122223333:topic/*")", R"("*")",
        R"("arn:aws:sns:eu-west-1:*:topic")", R"("arn:aws:sns:*:*:*:b")",
        R"("arn:aws:sns:eu-west-?:444455556666:top??")",
        R"("${aws:SourceArn}")",
        R"("arn:aws:sns:eu-west-1:111122223333:${aws:PrincipalTag/team}")"}},
  };
  return *operators;
}

class Generator {
 public:
  // `choose(n)` is a number below n.
  using Choose = std::function<std::size_t(std::size_t)>;
  explicit Generator(Choose choose) : choose_(std::move(choose)) {}

  std::string Question();

 private:
  bool OneIn(int n) { return Below(static_cast<std::size_t>(n)) == 0; }
  std::size_t Below(std::size_t n) { return choose_(n); }
  template <typename T>
  const auto& Pick(const T& all) {
    return all[Below(std::size(all))];
  }

  std::string Context() {
    std::string out;
    for (const KeyForm& form : Keys()) {
      if (OneIn(3)) continue;
      out += (out.empty() ? "" : ", ") + Quoted(form.key) + ": " +
             Pick(form.values);
    }
    return "{" + out + "}";
  }

  std::string Levels(const std::string& kind) {
    std::string out = "[" + List(kind);
    while (OneIn(2)) out += ", " + List(kind);
    return out + "]";
  }

  std::string List(const std::string& kind) {
    if (OneIn(8)) return "[]";
    std::string out = "[" + Policy(kind);
    while (OneIn(3)) out += ", " + Policy(kind);
    return out + "]";
  }

  // A document, or its text in a string.
  std::string Policy(const std::string& kind) {
    std::string document = Document(kind);
    if (OneIn(40)) document = Broken(std::move(document));
    if (!OneIn(20)) return document;
    return R"({"name": "p", "document": )" + InString(document) + "}";
  }

  // One letter is lost, which may or may not leave a policy.
  std::string Broken(std::string document) {
    static constexpr char kNames[][10] = {"Effect", "Action", "Resource",
                                          "Allow",  "arn:",   "2012"};
    const std::size_t found = document.find(Pick(kNames));
    if (found != std::string::npos) document.erase(found, 1);
    return document;
  }

  std::string InString(const std::string& document) {
    const bool percent = OneIn(2);
    std::string out = "\"";
    for (const char c : document) {
      if (percent && (c == '"' || c == '{' || c == '%' || c == '\\')) {
        static constexpr char kDigits[] = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      } else if (c == '"' || c == '\\') {
        out += {'\\', c};
      } else if (c == '\n') {
        out += "\\n";
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

  std::string Document(const std::string& kind) {
    std::string out = "{";
    if (kind == "rcp" || !OneIn(5)) out += R"("Version": "2012-10-17", )";
    if (OneIn(6)) return out + R"("Statement": )" + Statement(kind) + "}";
    out += R"("Statement": [)" + Statement(kind);
    while (OneIn(2)) out += ", " + Statement(kind);
    return out + "]}";
  }

  std::string Statement(const std::string& kind) {
    const bool deny = kind == "rcp" || OneIn(4);
    std::string out = R"({"Effect": )" + Quoted(deny ? "Deny" : "Allow");
    if (kind == "rcp") {
      out += R"(, "Principal": "*")";
    } else if (kind == "trust" || (kind == "resource" && !OneIn(20))) {
      out += deny && OneIn(2) ? R"(, "NotPrincipal": )" : R"(, "Principal": )";
      out += Pick(kPrincipals);
    }
    const bool not_action = kind != "rcp" && kind != "trust" && OneIn(6);
    out += not_action ? R"(, "NotAction": )" : R"(, "Action": )";
    out += kind == "trust" ? Texts(kTrustPatterns) : Texts(kActionPatterns);
    if (kind != "trust" && !(kind == "resource" && OneIn(10))) {
      out += OneIn(6) ? R"(, "NotResource": )" : R"(, "Resource": )";
      // Organisations take no short ARNs; one in ten keeps that rule tested.
      const bool short_too = (kind != "scp" && kind != "rcp") || OneIn(10);
      out += short_too ? Texts(kResourcePatterns) : Texts(kLongPatterns);
    }
    if (OneIn(2)) out += R"(, "Condition": )" + Condition();
    return out + "}";
  }

  template <typename T>
  std::string Texts(const T& all) {
    if (OneIn(2)) return Quoted(Pick(all));
    std::string out = "[" + Quoted(Pick(all));
    while (OneIn(2)) out += ", " + Quoted(Pick(all));
    return out + "]";
  }

  std::string Condition() {
    std::string out;
    std::vector<std::string> used;
    do {
      std::string name;
      const std::string body = Clause(&name);
      bool repeated = false;
      for (const std::string& other : used) repeated |= other == name;
      if (repeated) break;
      used.push_back(name);
      out += (out.empty() ? "" : ", ") + Quoted(name) + ": {" + body + "}";
    } while (OneIn(3));
    return "{" + out + "}";
  }

  std::string Clause(std::string* name) {
    const KeyForm& key = Pick(Keys());
    if (OneIn(10)) {
      *name = "Null";
      return Quoted(key.key) + ": " +
             (OneIn(4)   ? "[true, false]"
              : OneIn(2) ? "true"
                         : R"("false")");
    }
    const OperatorForm& form = Pick(Operators());
    *name = Pick(form.names);
    if (OneIn(3)) {
      *name = (OneIn(2) ? "ForAllValues:" : "ForAnyValue:") + *name;
    }
    if (OneIn(4)) *name += "IfExists";
    std::string values = Pick(form.values);
    if (OneIn(2)) {
      values = "[" + values;
      while (OneIn(2)) values += std::string(", ") + Pick(form.values);
      values += "]";
    }
    std::string spelled = key.key;
    if (OneIn(8)) {
      for (char& c : spelled) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      }
    }
    std::string out = Quoted(spelled) + ": " + values;
    // The same key again, in other letters: both must hold.
    if (OneIn(10)) out += ", " + Quoted(InCapitals(key.key)) + ": " + values;
    return out;
  }

  static std::string InCapitals(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return text;
  }

  static std::string Quoted(const std::string& text) {
    return "\"" + text + "\"";
  }

  Choose choose_;
  std::string action_;
  std::string resource_;
  bool trust_ = false;
};

std::string Generator::Question() {
  const CallerForm& caller = Pick(kCallers);
  resource_ = Pick(kResources);
  action_ = Pick(kActions);
  trust_ = action_.compare(0, 4, "sts:") == 0 &&
           resource_.find(":role/") != std::string::npos;
  std::string out = R"({"id": "q", "request": {"principal": )";
  out += caller.principal;
  out += ", " + std::string(caller.session_of);
  out += R"("action": ")" + action_ + R"(", "resource": ")" + resource_ + "\"";
  if (OneIn(4)) {
    out += R"(, "resource_account": ")" +
           std::string(OneIn(2) ? "111122223333" : "444455556666") + "\"";
  }
  out += R"(, "context": )" + Context() + R"(}, "policies": {)";
  out += R"("identity": )" + List("identity");
  if (!OneIn(3)) {
    out += R"(, "resource": )" + Policy(trust_ ? "trust" : "resource");
  }
  if (OneIn(4)) out += R"(, "boundary": )" + List("identity");
  if (OneIn(4)) out += R"(, "session": )" + List("identity");
  if (OneIn(5)) out += R"(, "scps": )" + Levels("scp");
  if (OneIn(5)) out += R"(, "rcps": )" + Levels("rcp");
  return out + "}}";
}

}  // namespace

std::string GenerateQuestion(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return Generator([&](std::size_t n) {
           return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
         })
      .Question();
}

std::string QuestionFromBytes(const std::uint8_t* data, std::size_t size) {
  return Generator([&](std::size_t n) {
           if (size == 0) return n - 1;  // which ends every list
           --size;
           return *data++ % n;
         })
      .Question();
}

}  // namespace rolegate::testing
