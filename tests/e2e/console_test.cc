// `/status` and `/console` of a real server, asked by hand: who may, what a
// browser is told, and what strangers and their pages can do.

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kReader[] = "arn:aws:iam::123456789012:role/Reader";

class Console : public ::testing::Test {
 protected:
  Console() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    dir_.Write(
        "registry/w.json",
        Role("Writer", Trust(absl::StrCat(R"({"AWS": ")", kReader, R"("})")),
             Allow("s3:Put*")));
  }

  // `more` are settings, in YAML.
  void Start(const std::string& more, const std::string& flag = "--dev",
             const std::string& address = "127.0.0.1:0") {
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n", more));
    std::vector<std::string> arguments = {
        "--config", config, "--listen", "127.0.0.1:0", "--operations-listen",
        address};
    if (!flag.empty()) arguments.push_back(flag);
    server_ = std::make_unique<ServerProcess>(std::move(arguments));
    ASSERT_TRUE(server_->serving()) << server_->log();
  }
  void StartConsole() { Start("operations: {console: true}\n"); }

  // The whole answer, with its head.
  std::string Ask(const std::string& request) const {
    HttpConnection connection(server_->operations_address());
    connection.Send(request);
    std::string answer;
    const absl::Time end = absl::Now() + absl::Seconds(10);
    while (absl::Now() < end) {
      const std::string more = connection.Read(absl::Seconds(10));
      if (more.empty()) break;
      answer += more;
    }
    return answer;
  }
  std::string Get(const std::string& path,
                  const std::string& headers = "Host: localhost\r\n") const {
    return Ask(absl::StrCat("GET ", path, " HTTP/1.1\r\n", headers,
                            "Connection: close\r\n\r\n"));
  }
  std::string Post(const std::string& body,
                   const std::string& headers =
                       "Host: localhost\r\nRolegate-Console: 1\r\n"
                       "Content-Type: application/json\r\n") const {
    return Ask(absl::StrCat("POST /console/api/may HTTP/1.1\r\n", headers,
                            "Content-Length: ", body.size(),
                            "\r\nConnection: close\r\n\r\n", body));
  }

  TempDir dir_;
  std::unique_ptr<ServerProcess> server_;
};

auto HasStatus(int status) {
  return StartsWith(absl::StrCat("HTTP/1.1 ", status, " "));
}

const std::vector<std::string> kDataPaths = {
    "/status",
    "/console/api/about",
    "/console/api/roles",
    absl::StrCat("/console/api/role?arn=", kReader),
    absl::StrCat("/console/api/graph?arn=", kReader),
    "/console/api/assumes?kind=account&principal=123456789012"};

constexpr char kQuestion[] =
    R"({"principal": "arn:aws:iam::123456789012:role/Reader",
        "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/k"]})";

TEST_F(Console, IsOffUnlessItIsSet) {
  Start("");
  EXPECT_THAT(Get("/status"), HasStatus(200));
  EXPECT_THAT(Get("/console"), HasStatus(404));
  EXPECT_THAT(Get("/console/app.js"), HasStatus(404));
  EXPECT_THAT(Get("/console/api/roles"), HasStatus(404));
  EXPECT_THAT(Post(kQuestion), HasStatus(405));
  EXPECT_THAT(Get("/"), HasSubstr("expected one of /livez, /readyz, /metrics, "
                                  "/status\n"));
}

TEST_F(Console, NobodyWhomTheServerDoesNotKnowIsTold) {
  Start("operations: {console: true}\n", "");
  for (const std::string& path : kDataPaths) {
    SCOPED_TRACE(path);
    EXPECT_THAT(Get(path),
                AllOf(HasStatus(401), HasSubstr("MissingAuthenticationToken"),
                      Not(HasSubstr("Reader"))));
  }
  EXPECT_THAT(Post(kQuestion), HasStatus(401));
  // The files tell nothing, and a probe still has its answer.
  EXPECT_THAT(Get("/console"), HasStatus(200));
  EXPECT_THAT(Get("/livez"), HasStatus(200));
}

TEST_F(Console, DemandsTheAdministrationPermissions) {
  const std::string policy = dir_.Write(
      "admin.json",
      Policy(R"({"Effect": "Allow", "Principal": {"Service": "dev.rolegate"},
                 "Action": "rolegate:Reload", "Resource": "*"})"));
  Start(absl::StrCat("operations: {console: true}\nadmin_policy: ", policy,
                     "\n"));
  for (const std::string& path : kDataPaths) {
    SCOPED_TRACE(path);
    EXPECT_THAT(Get(path),
                AllOf(HasStatus(403), HasSubstr("rolegate:ReadRegistry")));
  }
  EXPECT_THAT(Post(kQuestion),
              AllOf(HasStatus(403), HasSubstr("rolegate:Simulate")));
}

TEST_F(Console, ExplainsToThoseWhoMayHearIt) {
  const std::string policy = dir_.Write(
      "admin.json",
      Policy(R"({"Effect": "Allow", "Principal": {"Service": "dev.rolegate"},
                 "Action": ["rolegate:ReadRegistry", "rolegate:Simulate"],
                 "Resource": "*"})"));
  Start(absl::StrCat("operations: {console: true}\nadmin_policy: ", policy,
                     "\n"));
  EXPECT_THAT(Get("/console/api/about"), HasSubstr("\"may_explain\":false"));
  EXPECT_THAT(Post(kQuestion),
              AllOf(HasStatus(200), HasSubstr("\"decision\":\"ALLOW\""),
                    Not(HasSubstr("explanation"))));
}

TEST_F(Console, LeavesTheAuditRecordsOfTheApi) {
  const std::string log = dir_.path("audit.jsonl");
  Start(
      absl::StrCat("operations: {console: true}\naudit: {path: ", log, "}\n"));
  Get("/console/api/roles");
  Post(kQuestion);
  server_->Stop();
  std::ifstream in(log);
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("rolegate:ReadRegistry"));
  EXPECT_THAT(text, HasSubstr("rolegate:Simulate"));
}

TEST_F(Console, StatusSaysWhatGetStatusSays) {
  Start("");
  const std::string status = Get("/status");
  for (const char* member :
       {"\"version\":\"", "\"revision\":\"", "\"loaded_at\":\"20",
        "\"roles\":\"2\"", "\"loaded\":true", "\"faults\":[]",
        "\"held_back\":false", "\"generations\":[{\"in_force\":true"}) {
    EXPECT_THAT(status, HasSubstr(member));
  }
  dir_.Write("registry/broken.json", "{\n  \"RoleName\": ");
  std::string held;
  for (int i = 0; i < 100 && !absl::StrContains(held, "\"held_back\":true");
       ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    held = Get("/status");
  }
  for (const char* member :
       {"\"held_back\":true", "\"held_back_since\":\"20",
        "\"file\":\"broken.json\"", "\"code\":\"JsonSyntax\"",
        "\"generations\":[{\"in_force\":false"}) {
    EXPECT_THAT(held, HasSubstr(member));
  }
}

TEST_F(Console, TellsOfRolesAndTheirTrust) {
  StartConsole();
  EXPECT_THAT(Get("/console/api/roles?q=123456789012+READ"),
              AllOf(HasStatus(200), HasSubstr("\"matches\":1"),
                    HasSubstr("\"total\":2"), HasSubstr(kReader)));
  EXPECT_THAT(Get("/console/api/roles?offset=1&limit=1"),
              AllOf(HasSubstr("role/Writer"), Not(HasSubstr("role/Reader"))));
  EXPECT_THAT(
      Get(absl::StrCat("/console/api/role?arn=", kReader)),
      AllOf(HasStatus(200), HasSubstr("\"into_count\":1"),
            HasSubstr("\"from_count\":1"), HasSubstr("ec2.amazonaws.com")));
  EXPECT_THAT(Get(absl::StrCat("/console/api/graph?arn=", kReader)),
              AllOf(HasStatus(200), HasSubstr("\"kind\":\"service\""),
                    HasSubstr("role/Writer")));
  EXPECT_THAT(
      Get(absl::StrCat("/console/api/assumes?kind=role&principal=", kReader)),
      AllOf(HasStatus(200), HasSubstr("role/Writer")));
  for (const char* path : {"/console/api/role", "/console/api/graph?arn=x"}) {
    EXPECT_THAT(Get(path), Not(HasStatus(200))) << path;
  }
  EXPECT_THAT(Get("/console/api/role?arn=x"), HasStatus(404));
  EXPECT_THAT(Get("/console/api/assumes?kind=x"), HasStatus(400));
  EXPECT_THAT(Get("/console/api/other"), HasStatus(404));
}

TEST_F(Console, AnswersAQuestionLayerByLayer) {
  StartConsole();
  EXPECT_THAT(Post(kQuestion),
              AllOf(HasStatus(200), HasSubstr("\"decision\":\"ALLOW\""),
                    HasSubstr("\"layer\":\"IDENTITY\""),
                    HasSubstr("\"file\":\"r.json\"")));
  // Assuming a role asks its trust policy.
  EXPECT_THAT(Post(R"({"principal": "arn:aws:iam::123456789012:role/Reader",
               "actions": ["sts:AssumeRole"],
               "resources": ["arn:aws:iam::123456789012:role/Writer"]})"),
              AllOf(HasStatus(200), HasSubstr("\"decision\":\"ALLOW\""),
                    HasSubstr("\"layer\":\"TRUST\"")));
}

TEST_F(Console, RefusesQuestionsThatAreNone) {
  StartConsole();
  std::string deep = "{\"context\": ";
  for (int i = 0; i < 3000; ++i) deep += "{\"a\":";
  const struct {
    const char* description;
    std::string body;
    int status;
  } kCases[] = {
      {"nothing", "", 400},
      {"no JSON", "principal=a", 400},
      {"an unknown member", R"({"principle": "a"})", 400},
      {"no action", R"({"principal": "service:a.example"})", 400},
      {"deep", deep, 400},
      {"deep lists", std::string(8000, '['), 400},
      {"too large", std::string((16 << 10) + 1, ' '), 413},
      {"as large as it may be", std::string(16 << 10, ' '), 400},
      {"bytes that are no text", "{\"principal\": \"\xff\xfe\"}", 400},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    EXPECT_THAT(Post(c.body), HasStatus(c.status));
  }
  EXPECT_THAT(Get("/livez"), HasStatus(200));
}

// A page that the operator looks at sends these with the operator's own rights.
TEST_F(Console, RefusesRequestsOfOtherPages) {
  StartConsole();
  const std::string self =
      absl::StrCat("Host: ", server_->operations_address(), "\r\n");
  const struct {
    const char* description;
    std::string headers;
    int status;
  } kGets[] = {
      {"a script on this machine", self, 200},
      {"the page itself", self + "Sec-Fetch-Site: same-origin\r\n", 200},
      {"DNS rebinding", "Host: attacker.example:8471\r\n", 403},
      {"another site", self + "Sec-Fetch-Site: cross-site\r\n", 403},
      {"another port", self + "Sec-Fetch-Site: same-site\r\n", 403},
      {"another origin", self + "Origin: http://attacker.example\r\n", 403},
  };
  for (const auto& c : kGets) {
    SCOPED_TRACE(c.description);
    for (const std::string& path : kDataPaths) {
      const std::string answer = Get(path, c.headers);
      EXPECT_THAT(answer, HasStatus(c.status)) << path;
      EXPECT_THAT(answer, Not(HasSubstr("access-control"))) << path;
      if (c.status == 403) {
        EXPECT_THAT(answer, Not(HasSubstr("Reader"))) << path;
      }
    }
  }
  const std::string type = "Content-Type: application/json\r\n";
  const std::string own = "Rolegate-Console: 1\r\n";
  const struct {
    const char* description;
    std::string headers;
    int status;
  } kPosts[] = {
      {"the page itself", self + type + own, 200},
      {"a form", self + "Content-Type: text/plain\r\n", 403},
      {"a form that names a type", self + type, 403},
      {"another site", self + type + own + "Sec-Fetch-Site: cross-site\r\n",
       403},
      {"DNS rebinding", "Host: attacker.example\r\n" + type + own, 403},
  };
  for (const auto& c : kPosts) {
    SCOPED_TRACE(c.description);
    EXPECT_THAT(Post(kQuestion, c.headers), HasStatus(c.status));
  }
  // No answer to a preflight lets another origin send the header.
  EXPECT_THAT(Ask(absl::StrCat("OPTIONS /console/api/may HTTP/1.1\r\n", self,
                               "Origin: http://attacker.example\r\n"
                               "Access-Control-Request-Method: POST\r\n"
                               "Connection: close\r\n\r\n")),
              AllOf(HasStatus(405), Not(HasSubstr("access-control"))));
}

TEST_F(Console, TellsBrowsersToTrustNothingElse) {
  StartConsole();
  for (const char* path : {"/console", "/console/", "/console/app.js",
                           "/console/style.css", "/console/icon.svg"}) {
    SCOPED_TRACE(path);
    const std::string answer = Get(path);
    EXPECT_THAT(answer, HasStatus(200));
    for (const char* header :
         {"content-security-policy: default-src 'none'; script-src 'self'; ",
          "frame-ancestors 'none'", "require-trusted-types-for 'script'",
          "x-frame-options: DENY\r\n", "x-content-type-options: nosniff\r\n",
          "cache-control: no-store\r\n", "referrer-policy: no-referrer\r\n",
          "cross-origin-resource-policy: same-origin\r\n"}) {
      EXPECT_THAT(answer, HasSubstr(header));
    }
    EXPECT_THAT(answer, Not(HasSubstr("unsafe-")));
  }
  EXPECT_THAT(Get("/status"),
              AllOf(HasSubstr("content-security-policy: default-src 'none'; "
                              "frame-ancestors 'none'; sandbox\r\n"),
                    HasSubstr("content-type: application/json\r\n"),
                    HasSubstr("x-content-type-options: nosniff\r\n"),
                    HasSubstr("cache-control: no-store\r\n")));
  EXPECT_THAT(Get("/console/../status"), HasStatus(404));
  EXPECT_THAT(Get("/console/none.js"), HasStatus(404));
}

TEST_F(Console, IsThereOnASocketOfItsOwn) {
  Start("operations: {console: true}\n", "",
        absl::StrCat("unix:", dir_.path("operations")));
  EXPECT_THAT(Get("/console"), HasStatus(200));
  EXPECT_THAT(Get("/status"), HasStatus(401));
}

TEST_F(Console, NeedsAListener) {
  const std::string config = dir_.Write(
      "rolegated.yaml", absl::StrCat("registry: {dir: ", dir_.path("registry"),
                                     "}\noperations: {console: true}\n"));
  const ServerProcess server({"--config", config, "--listen", "127.0.0.1:0"});
  EXPECT_FALSE(server.serving());
  EXPECT_THAT(server.log(), HasSubstr("operations_listen"));
}

}  // namespace
}  // namespace rolegate::testing
