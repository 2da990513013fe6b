#include "bench/registry_generator.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/shapes.h"

namespace rolegate::bench {
namespace {

constexpr int kMaxStatementsPerPolicy = 100;

constexpr std::array<const char*, 24> kServices = {"s3",
                                                   "ec2",
                                                   "iam",
                                                   "dynamodb",
                                                   "sqs",
                                                   "sns",
                                                   "kms",
                                                   "logs",
                                                   "ecs",
                                                   "lambda",
                                                   "cloudwatch",
                                                   "ssm",
                                                   "rds",
                                                   "events",
                                                   "ecr",
                                                   "states",
                                                   "glue",
                                                   "athena",
                                                   "eks",
                                                   "kinesis",
                                                   "sts",
                                                   "apigateway",
                                                   "secretsmanager",
                                                   "elasticache"};
constexpr std::array<const char*, 8> kVerbs = {
    "Get", "List", "Describe", "Create", "Delete", "Update", "Put", "Tag"};
constexpr std::array<const char*, 16> kNouns = {
    "Object",   "Instance", "Policy",  "Table",    "Queue", "Topic",
    "Key",      "LogGroup", "Cluster", "Function", "Alarm", "Parameter",
    "Snapshot", "Rule",     "Image",   "Execution"};
constexpr std::array<const char*, 6> kSuffixes = {"",       "Tags",  "Version",
                                                  "Config", "Batch", "Status"};

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", text, "\"");
}

// One text, or a list of several.
std::string OneOrList(const std::vector<std::string>& values) {
  if (values.size() == 1) return Quoted(values.front());
  return absl::StrCat("[\"", absl::StrJoin(values, "\",\""), "\"]");
}

std::string Document(const std::vector<std::string>& statements) {
  return absl::StrCat(R"({"Version":"2012-10-17","Statement":[)",
                      absl::StrJoin(statements, ","), "]}");
}

}  // namespace

std::string RoleArn(const std::string& name) {
  return absl::StrCat("arn:aws:iam::", kAccount, ":role/", name);
}

std::string RoleName(int index) { return absl::StrCat("Role", index); }

std::string RoleWith(const std::string& name,
                     const std::vector<std::string>& policies) {
  std::string role = absl::StrCat(
      R"({"RoleName":")", name, R"(","Arn":")", RoleArn(name),
      R"(","RoleId":"AROA)", name,
      R"(","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[)",
      R"({"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},)",
      R"("Action":"sts:AssumeRole"}]},"RolePolicyList":[)");
  for (std::size_t i = 0; i < policies.size(); ++i) {
    absl::StrAppend(&role, i == 0 ? "" : ",", R"({"PolicyName":"p)", i,
                    R"(","PolicyDocument":)", policies[i], "}");
  }
  return role + "]}";
}

std::string TypicalResource(const std::string& name) {
  return absl::StrCat("arn:aws:s3:::data-", name, "/reports/2026/q3.csv");
}

std::string TypicalRole(const std::string& name) {
  const std::string bucket = absl::StrCat("arn:aws:s3:::data-", name);
  const std::string arn = absl::StrCat(":*:", kAccount, ":");
  return RoleWith(
      name,
      {Document(
          {absl::StrCat(R"({"Effect":"Allow","Action":["s3:GetObject",)",
                        R"("s3:PutObject"],"Resource":")", bucket, R"(/*"})"),
           absl::StrCat(R"({"Effect":"Allow","Action":"s3:ListBucket",)",
                        R"("Resource":")", bucket, R"("})"),
           absl::StrCat(R"({"Effect":"Allow","Action":["dynamodb:GetItem",)",
                        R"("dynamodb:Query","dynamodb:BatchGetItem"],)",
                        R"("Resource":"arn:aws:dynamodb)", arn, "table/", name,
                        R"(-*"})"),
           absl::StrCat(R"({"Effect":"Allow","Action":"sqs:SendMessage",)",
                        R"("Resource":"arn:aws:sqs)", arn, name, R"(-*",)",
                        R"("Condition":{"Bool":{"aws:SecureTransport":)",
                        R"("true"}}})"),
           absl::StrCat(R"({"Effect":"Allow","Action":["kms:Decrypt",)",
                        R"("kms:GenerateDataKey"],"Resource":"*",)",
                        R"("Condition":{"StringEquals":{"kms:ViaService":)",
                        R"("s3.eu-central-1.amazonaws.com"}}})"),
           absl::StrCat(
               R"({"Effect":"Allow","Action":["logs:CreateLogStream",)",
               R"("logs:PutLogEvents"],"Resource":"arn:aws:logs)", arn,
               "log-group:/app/", name, R"(:*"})"),
           absl::StrCat(R"({"Effect":"Allow",)",
                        R"("Action":"secretsmanager:GetSecretValue",)",
                        R"("Resource":"arn:aws:secretsmanager)", arn,
                        "secret:", name, R"(/*"})"),
           absl::StrCat(R"({"Effect":"Allow","Action":"ssm:GetParameter*",)",
                        R"("Resource":"arn:aws:ssm)", arn, "parameter/", name,
                        R"(/*"})"),
           R"({"Effect":"Allow","Action":"cloudwatch:PutMetricData",)"
           R"("Resource":"*"})",
           R"({"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":)"
           R"({"NotIpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}})"})});
}

std::string WideResource(int statements) {
  return absl::StrCat("arn:aws:app:eu-central-1:", kAccount, ":item/",
                      statements - 1, "/x");
}

std::string WideRole(const std::string& name, int statements, bool few) {
  std::vector<std::string> policies;
  for (int i = 0; i < statements;) {
    std::vector<std::string> texts;
    for (; i < statements &&
           texts.size() < static_cast<std::size_t>(kMaxStatementsPerPolicy);
         ++i) {
      // Counted from the end, so that the last ten are app0's.
      const int service = few ? (statements - 1 - i) / 10 : 0;
      texts.push_back(absl::StrCat(R"({"Effect":"Allow","Action":["app)",
                                   service, R"(:Read","app)", service,
                                   R"(:List"],"Resource":"arn:aws:app:*:)",
                                   kAccount, ":item/", i, R"(/*"})"));
    }
    policies.push_back(Document(texts));
  }
  return RoleWith(name, policies);
}

std::uint64_t RegistryGenerator::Next() {  // SplitMix64
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int RegistryGenerator::Below(int limit) {
  return static_cast<int>(Next() % static_cast<std::uint64_t>(limit));
}

int RegistryGenerator::Draw(const Deciles& deciles) {
  const auto at = static_cast<std::size_t>(Below(10));
  return deciles[at] + Below(deciles[at + 1] - deciles[at] + 1);
}

std::string RegistryGenerator::Action(const std::string& service) {
  const std::string verb = kVerbs[Next() % kVerbs.size()];
  if (Chance(kServiceActions)) return service + ":*";
  if (Chance(kPrefixActions)) return absl::StrCat(service, ":", verb, "*");
  return absl::StrCat(service, ":", verb, kNouns[Next() % kNouns.size()],
                      kSuffixes[Next() % kSuffixes.size()]);
}

std::string RegistryGenerator::Resource(const std::string& service) {
  const std::string end = Chance(kVariableResources)
                              ? "/${aws:username}/*"
                              : absl::StrCat("-", Below(1'000'000), "/*");
  if (service == "s3") return absl::StrCat("arn:aws:s3:::bucket", end);
  return absl::StrCat("arn:aws:", service, ":*:*:", "item/name", end);
}

std::string RegistryGenerator::Conditions() {
  int count = 0;
  if (Chance(kOneCondition + kTwoConditions + kThreeConditions)) {
    const int which = Below(kOneCondition + kTwoConditions + kThreeConditions);
    count = which < kOneCondition                    ? 1
            : which < kOneCondition + kTwoConditions ? 2
                                                     : 3;
  }
  std::map<std::string, std::map<std::string, std::string>> blocks;
  for (int i = 0; i < count; ++i) {
    int at = Below(1000);
    const ConditionShape* shape = std::begin(kConditions);
    while (at >= shape->share) at -= (shape++)->share;
    std::vector<std::string> values;
    const std::string value = shape->value;
    const int wanted = value.empty() ? 1 : Draw(kValuesPerCondition);
    for (int j = 0; j < wanted; ++j) {
      values.push_back(value.empty() ? (Chance(500) ? "true" : "false")
                       : value == "10."
                           ? absl::StrCat("10.", Below(256), ".", j, ".0/24")
                           : absl::StrCat(value, Below(900) + 100 * j));
    }
    blocks[shape->op][shape->key] = OneOrList(values);
  }
  if (blocks.empty()) return "";
  std::vector<std::string> operators;
  for (const auto& [op, keys] : blocks) {
    operators.push_back(absl::StrCat(Quoted(op), ":{",
                                     absl::StrJoin(keys, ",",
                                                   [](auto* out, auto& key) {
                                                     absl::StrAppend(
                                                         out, Quoted(key.first),
                                                         ":", key.second);
                                                   }),
                                     "}"));
  }
  return absl::StrCat(R"(,"Condition":{)", absl::StrJoin(operators, ","), "}");
}

std::string RegistryGenerator::Statement() {
  const std::string service = kServices[Next() % kServices.size()];
  std::set<std::string> actions;
  for (int i = Draw(kActionsPerStatement); i > 0; --i) {
    actions.insert(Action(service));
  }
  std::set<std::string> resources;
  if (Chance(kStarResources)) {
    resources.insert("*");
  } else {
    for (int i = Draw(kResourcesPerStatement); i > 0; --i) {
      resources.insert(Resource(service));
    }
  }
  const std::string sid = Chance(kSidStatements)
                              ? absl::StrCat(R"("Sid":"S)", Next(), R"(",)")
                              : "";
  return absl::StrCat(
      "{", sid, R"("Effect":")", Chance(kDenyStatements) ? "Deny" : "Allow",
      Chance(kNotActionStatements) ? R"(","NotAction":)" : R"(","Action":)",
      OneOrList({actions.begin(), actions.end()}), R"(,"Resource":)",
      OneOrList({resources.begin(), resources.end()}), Conditions(), "}");
}

std::string RegistryGenerator::PolicyDocument() {
  std::vector<std::string> statements;
  for (int i = Draw(kStatementsPerPolicy); i > 0; --i) {
    statements.push_back(Statement());
  }
  return Document(statements);
}

std::string RegistryGenerator::Role(const std::string& name) {
  return RoleWith(name, {PolicyDocument()});
}

}  // namespace rolegate::bench
