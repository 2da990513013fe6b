// The console's parts without a server: which requests are foreign, how queries
// are read, what the page is made of.

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/console/assets.h"
#include "service/console/endpoints.h"
#include "service/console/guard.h"
#include "service/console/json_writer.h"
#include "service/console/latest_graph.h"
#include "service/console/query.h"
#include "service/console/trust_json.h"
#include "service/identity/administration.h"
#include "service/rpc/methods.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SomeHeaders final : public http1::Headers {
 public:
  using Map = std::map<std::string, std::string>;
  explicit SomeHeaders(Map headers) : headers_(std::move(headers)) {}

  http1::HeaderValues Find(absl::string_view name) const override {
    const auto found = headers_.find(absl::AsciiStrToLower(name));
    if (found == headers_.end()) return {};
    // Each line of a value stands for a header of its own.
    const std::string& value = found->second;
    const auto ends = std::count(value.begin(), value.end(), '\n');
    return {static_cast<int>(ends) + 1,
            absl::string_view(value).substr(0, value.find('\n'))};
  }

 private:
  const Map headers_;
};

constexpr char kSelf[] = "127.0.0.1:8471";

TEST(ConsoleGuard, RefusesWhatAnotherPageSends) {
  const GuardedListener loopback{"127.0.0.1", false};
  const GuardedListener socket{"", false};
  const GuardedListener elsewhere{"10.0.0.7", false};
  const GuardedListener tls{"0.0.0.0", true};
  const SomeHeaders::Map json = {{"content-type", "application/json"},
                                 {"rolegate-console", "1"},
                                 {"host", kSelf}};
  const auto with = [&json](const SomeHeaders::Map& more) {
    SomeHeaders::Map all = more;
    all.insert(json.begin(), json.end());
    return all;
  };
  const auto without = [&json](const std::string& name) {
    SomeHeaders::Map all = json;
    all.erase(name);
    return all;
  };
  const struct {
    const char* description;
    GuardedListener listener;
    bool is_post;
    SomeHeaders::Map headers;
    const char* why;  // a part of it; empty: it may have an answer
  } kCases[] = {
      {"curl", loopback, false, {{"host", kSelf}}, ""},
      {"by name", loopback, false, {{"host", "localhost:8471"}}, ""},
      {"by IPv6", loopback, false, {{"host", "[::1]:8471"}}, ""},
      {"through ssh, on another port",
       socket,
       false,
       {{"host", "localhost:9000"}},
       ""},
      {"the address that is listened on",
       elsewhere,
       false,
       {{"host", "10.0.0.7:8471"}},
       ""},
      {"over TLS the certificate says it",
       tls,
       false,
       {{"host", "rolegate.example.com:8471"}},
       ""},
      {"a name that an attacker points here",
       loopback,
       false,
       {{"host", "attacker.example:8471"}},
       "names another host"},
      {"a name that begins like this machine",
       loopback,
       false,
       {{"host", "127.0.0.1.attacker.example"}},
       "names another host"},
      {"a name that begins with localhost",
       loopback,
       false,
       {{"host", "localhost.attacker.example"}},
       "names another host"},
      {"another address",
       elsewhere,
       false,
       {{"host", "10.0.0.70"}},
       "names another host"},
      {"a socket has no name of its own",
       socket,
       false,
       {{"host", "10.0.0.7"}},
       "names another host"},
      {"no host at all", loopback, false, {{"host", ""}}, "names another host"},

      {"typed by the user",
       loopback,
       false,
       {{"host", kSelf}, {"sec-fetch-site", "none"}},
       ""},
      {"asked by the page",
       loopback,
       false,
       {{"host", kSelf}, {"sec-fetch-site", "same-origin"}},
       ""},
      {"asked by another site",
       loopback,
       false,
       {{"host", kSelf}, {"sec-fetch-site", "cross-site"}},
       "another site"},
      {"asked by a page on another port",
       loopback,
       false,
       {{"host", kSelf}, {"sec-fetch-site", "same-site"}},
       "another site"},
      {"of another origin, by an old browser",
       loopback,
       false,
       {{"host", kSelf}, {"origin", "http://attacker.example"}},
       "another origin"},
      {"of two sites",
       loopback,
       false,
       {{"host", kSelf}, {"sec-fetch-site", "none\ncross-site"}},
       "another site"},
      {"of two origins",
       loopback,
       false,
       {{"host", kSelf},
        {"origin", "http://127.0.0.1:8471\nhttp://attacker.example"}},
       "another origin"},
      {"of no origin",
       loopback,
       false,
       {{"host", kSelf}, {"origin", "null"}},
       "another origin"},
      {"of another port of this machine",
       loopback,
       false,
       {{"host", kSelf}, {"origin", "http://127.0.0.1:80"}},
       "another origin"},

      {"a question of the page", loopback, true,
       with({{"origin", "http://127.0.0.1:8471"},
             {"sec-fetch-site", "same-origin"}}),
       ""},
      {"a question over TLS",
       tls,
       true,
       {{"content-type", "application/json; charset=utf-8"},
        {"rolegate-console", ""},
        {"host", "a.example"},
        {"origin", "https://a.example"}},
       ""},
      {"a question without encryption where there is TLS",
       tls,
       true,
       {{"content-type", "application/json"},
        {"rolegate-console", "1"},
        {"host", "a.example"},
        {"origin", "http://a.example"}},
       "another origin"},
      {"a question of a script", loopback, true, json, ""},
      {"a form of another page", loopback, true, without("rolegate-console"),
       "needs the header"},
      {"a form's type",
       loopback,
       true,
       {{"content-type", "text/plain"},
        {"rolegate-console", "1"},
        {"host", kSelf}},
       "content type"},
      {"no type", loopback, true, without("content-type"), "content type"},
      {"a question of another site", loopback, true,
       with({{"sec-fetch-site", "cross-site"}}), "another site"},
      {"a question to a name that an attacker points here",
       loopback,
       true,
       {{"content-type", "application/json"},
        {"rolegate-console", "1"},
        {"host", "attacker.example"},
        {"origin", "http://attacker.example"},
        {"sec-fetch-site", "same-origin"}},
       "names another host"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    const SomeHeaders headers(c.headers);
    const auto why = WhyForeign(
        {.path = "/status", .is_post = c.is_post, .headers = &headers},
        c.listener);
    if (*c.why == '\0') {
      EXPECT_EQ(why.value_or(""), "");
    } else {
      EXPECT_THAT(why.value_or(""), HasSubstr(c.why));
    }
  }
}

TEST(ConsoleGuard, KnowsThisMachine) {
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1",
                           "127.8.9.10:80", "[::1]", "[::1]:8471"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"",
                           ":",
                           "[",
                           "[]",
                           "::1",
                           "local",
                           "localhost.",
                           "a.localhost",
                           "128.0.0.1",
                           "0.0.0.0",
                           "[::]",
                           "[::2]",
                           "[::ffff:10.0.0.1]",
                           "127.0.0.1@a.example",
                           "a.example",
                           "2130706433",
                           "[::1]a.example",
                           "[::1",
                           "[::1x",
                           "localhost:80@a.example",
                           "127.0.0.1:a.example"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(ConsoleQuery, ReadsParameters) {
  const struct {
    const char* query;
    const char* value;  // of `q`
  } kCases[] = {
      {"", ""},
      {"q=a", "a"},
      {"a=b&q=a+b%2Fc%3d&q=z", "a b/c="},
      {"q", ""},
      {"q=", ""},
      {"qq=a&xq=b", ""},
      {"q=100%", "100%"},
      {"q=%4", "%4"},
      {"q=%zz", "%zz"},
      {"q=a=b", "a=b"},
      {"q=%C3%A4", "\xC3\xA4"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(QueryText(c.query, "q"), c.value) << c.query;
  }
  EXPECT_EQ(QueryNumber("n=7", "n", 1, 0, 10), 7u);
  EXPECT_EQ(QueryNumber("n=70", "n", 1, 0, 10), 10u);
  EXPECT_EQ(QueryNumber("n=0", "n", 5, 1, 10), 1u);
  for (const char* query :
       {"", "n=", "n=x", "n=-1", "n=99999999999999999999"}) {
    EXPECT_EQ(QueryNumber(query, "n", 5, 1, 10), 5u) << query;
  }
}

TEST(ConsoleJson, IsValidWhateverAuthorsWrite) {
  std::string json;
  JsonWriter writer(&json);
  writer.StartObject();
  writer.Text("a\"", std::string("\x01<\"\\\xff\xe2\x80\xa8", 8));
  writer.Key("list");
  writer.StartArray();
  writer.Int(-1);
  writer.StartObject();
  writer.EndObject();
  writer.Null();
  writer.EndArray();
  writer.Flag("b", true);
  writer.Count("n", 3);
  writer.EndObject();
  EXPECT_EQ(json,
            "{\"a\\\"\":\"\\u0001<\\\"\\\\\xEF\xBF\xBD\\u2028\","
            "\"list\":[-1,{},null],\"b\":true,\"n\":3}");
}

TEST(ConsoleJson, HasRoomForSoMuchText) {
  TrustStatement statement;
  statement.principals = {std::string(10, 'p'), std::string(10, 'q')};
  statement.conditions = {{"StringEquals", "key", {"value"}, 2},
                          {"Bool", "other", {}, 0}};
  TextRoom room(21);
  std::string json;
  JsonWriter writer(&json);
  WriteTrustStatement(statement, &room, &writer);
  EXPECT_THAT(json, HasSubstr(R"("principals":["pppppppppp","qqqqqqqqqq"])"));
  EXPECT_THAT(json, HasSubstr(R"("conditions":[],"more_conditions":2)"));
}

// A reload must free the generation before it, whoever asked for its graph.
TEST(LatestGraph, KeepsTheGenerationInForceAndNoOther) {
  rolegate::testing::TempDir dir;
  const auto write = [&dir](const std::string& action) {
    dir.Write("r.json",
              rolegate::testing::Role(
                  "A", rolegate::testing::Trust(rolegate::testing::kEc2),
                  rolegate::testing::Allow(action)));
  };
  write("s3:*");
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  LatestGraph graphs(&registry);

  std::shared_ptr<const Snapshot> first = registry.snapshot();
  const std::weak_ptr<const TrustGraph> kept = graphs.Of(first);
  EXPECT_FALSE(kept.expired());
  EXPECT_EQ(graphs.Of(first), kept.lock()) << "it is made once";

  write("s3:Get*");
  registry.Reload();
  graphs.Forget();
  EXPECT_TRUE(kept.expired());
  // A call that began before the reload.
  const std::weak_ptr<const TrustGraph> late = graphs.Of(first);
  EXPECT_TRUE(late.expired());
  EXPECT_FALSE(std::weak_ptr<const TrustGraph>(graphs.Of(registry.snapshot()))
                   .expired());
}

// What an endpoint tells, a method of the API tells, and demands the same.
TEST(ConsoleEndpoints, DemandWhatTheApiDemands) {
  for (const Endpoint& endpoint : ConsoleEndpoints()) {
    SCOPED_TRACE(endpoint.path);
    const Method* const method = FindMethod(endpoint.method);
    ASSERT_NE(method, nullptr);
    EXPECT_EQ(method->demands.identity, Demands::Identity::kCaller);
    // A simulation's own handler demands what depends on whom it is about.
    EXPECT_EQ(method->demands.administers,
              endpoint.path == "/console/api/may"
                  ? absl::string_view()
                  : absl::string_view(kReadRegistry));
    EXPECT_EQ(endpoint.is_of_page, absl::StartsWith(endpoint.path, "/console"));
    EXPECT_EQ(endpoint.is_post, endpoint.path == "/console/api/may");
  }
}

// A strict policy would stop them, and so they must not be there.
TEST(ConsolePage, HasNothingInlineAndNothingForeign) {
  std::set<std::string> names;
  for (const Asset& asset : ConsoleAssets()) {
    SCOPED_TRACE(asset.name);
    names.emplace(asset.name);
    EXPECT_FALSE(asset.content.empty());
    EXPECT_THAT(MediaTypeOf(asset.name), Not(HasSubstr("octet-stream")));
    const std::string text(asset.content);
    if (asset.name != "icon.svg" && asset.name != "dom.js") {
      EXPECT_THAT(text, Not(HasSubstr("http:"))) << "a namespace stands in two";
    }
    EXPECT_THAT(text, Not(HasSubstr("https:")));
    for (const char* sink :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
          "eval(", "new Function", "javascript:", "localStorage", "cookie"}) {
      EXPECT_THAT(text, Not(HasSubstr(sink)));
    }
    if (!absl::EndsWith(asset.name, ".html")) continue;
    EXPECT_THAT(text, Not(HasSubstr("<style")));
    EXPECT_THAT(text, Not(HasSubstr(" style=")));
    EXPECT_THAT(text, Not(HasSubstr(" onclick=")));
    EXPECT_THAT(text, HasSubstr("<script type=\"module\" src="));
  }
  EXPECT_TRUE(names.count("index.html") == 1 && names.count("app.js") == 1 &&
              names.count("style.css") == 1);
}

}  // namespace
}  // namespace rolegate::service
