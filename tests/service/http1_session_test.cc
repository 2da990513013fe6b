// HTTP/1.1 as it may come: what is answered, what is refused, and when the
// connection ends.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http1/session.h"
#include "tests/service/http1_talk.h"

namespace rolegate::service::http1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Http1Session, HeadersAndTheConnectionAreACallToThoseWhoAnswer) {
  const Handler tell = [](const Request& request) {
    const IncomingCall& call = *request.incoming;
    const MetadataValues authorization = call.Metadata("authorization");
    return Answer{
        200, absl::StrCat(authorization.count, " ", authorization.first, ", ",
                          call.Metadata("missing").count, ", ",
                          call.certificates().leaf, " ",
                          call.certificates().chain, " ", call.peer())};
  };
  http2::Peer peer;
  peer.name = "ipv4:10.0.0.7:1";
  peer.leaf = "LEAF";
  peer.chain = "CHAIN";
  Session session(&tell, &peer);
  session.Receive(
      "GET / HTTP/1.1\r\nHost: a\r\nAUTHORIZATION: Bearer a\r\n"
      "Authorization: Bearer b\r\n\r\n");
  EXPECT_THAT(std::string(session.output()),
              HasSubstr("\r\n\r\n2 Bearer a, 0, LEAF CHAIN ipv4:10.0.0.7:1"));
}

TEST(Http1Session, AnAnswerMayHaveHeadersOfItsOwn) {
  const Handler refuse = [](const Request&) {
    Answer answer;
    answer.status = 401;
    answer.headers = "www-authenticate: Bearer\r\n";
    return answer;
  };
  const http2::Peer peer;
  Session session(&refuse, &peer);
  session.Receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(std::string(session.output()),
              HasSubstr("\r\nwww-authenticate: Bearer\r\n\r\n"));
}

TEST(Http1Session, RequestsAndTheirAnswers) {
  const struct {
    const char* description;
    std::string request;
    std::vector<int> codes;
    bool ends;  // the connection
    const char* body;
  } kCases[] = {
      {"a path",
       "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       false,
       "path /livez query \n"},
      {"a query",
       "GET /livez?verbose&a=b?c HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       false,
       "path /livez query verbose&a=b?c\n"},
      {"HTTP/1.0 that names its host",
       "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
       {200},
       true,
       "path / query \n"},
      {"a host without a name",
       "GET / HTTP/1.1\r\nHost:\r\n\r\n",
       {200},
       false,
       "path / query \n"},
      {"an address before the path",
       "GET http://127.0.0.1:8471/livez?a HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       false,
       "path /livez query a\n"},
      {"an address without a path",
       "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       false,
       "path / query \n"},
      {"nothing is decoded",
       "GET /%6civez HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       false,
       "path /%6civez query \n"},
      {"HTTP/1.0 closes",
       "GET / HTTP/1.0\r\n\r\n",
       {200},
       true,
       "path / query \n"},
      {"HTTP/1.0 that asks to keep it",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {200},
       false,
       "path / query \n"},
      {"HTTP/1.1 that asks to close",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
       {200},
       true,
       "path / query \n"},
      {"an empty body is none",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
       {200},
       false,
       "path / query \n"},
      {"an offer to upgrade is passed over",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
       "h2c\r\n\r\n",
       {200},
       false,
       "path / query \n"},
      {"two requests at once",
       "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
       {200, 200},
       false,
       "path /b query \n"},
      {"nothing is answered after the last one",
       "GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
       {200},
       true,
       "path /a query \n"},

      {"another method",
       "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
       {405},
       false,
       "expected GET or HEAD\n"},
      {"a method that nobody knows",
       "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
       {405},
       false,
       "expected GET or HEAD\n"},
      {"another method, with a body",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ",
       {405},
       true,
       "expected GET or HEAD\n"},
      {"a path of all",
       "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
       {405},
       false,
       "expected GET or HEAD\n"},

      {"a body",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\n"
       "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n..",
       {413},
       true,
       "expected a request without a body\n"},
      {"a body as large as a number may be",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: "
       "18446744073709551615\r\n\r\n",
       {413},
       true,
       "expected a request without a body\n"},
      {"a body in chunks",
       "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       {413},
       true,
       "expected a request without a body\n"},
      {"a body of an encoding that hides its end",
       "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nGET "
       "/hidden HTTP/1.1",
       {413},
       true,
       "expected a request without a body\n"},

      {"no host",
       "GET / HTTP/1.1\r\n\r\n",
       {400},
       true,
       "expected one header `Host`\n"},
      {"two hosts",
       "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
       {400},
       true,
       "expected one header `Host`\n"},
      {"HTTP/1.0 with two hosts",
       "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
       {400},
       true,
       "expected one header `Host`\n"},
      {"two lengths",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
       "Content-Length: 5\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a length and chunks",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
       "Transfer-Encoding: chunked\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a length that is none",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a path that is none",
       "GET livez HTTP/1.1\r\nHost: a\r\n\r\n",
       {400},
       true,
       "expected a path that begins with a slash\n"},
      {"HTTP/2",
       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"HTTP/0.9",
       "GET /\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"TLS",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"zeros",
       std::string(64, '\0'),
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a zero in a header",
       std::string("GET / HTTP/1.1\r\nHost: a\r\na: \0\r\n\r\n", 33),
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a header without a name",
       "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
      {"a space before the colon",
       "GET / HTTP/1.1\r\nHost: a\r\na : b\r\n\r\n",
       {400},
       true,
       "expected a request of HTTP/1.1\n"},
  };
  for (const auto& c : kCases) {
    for (const bool byte_by_byte : {false, true}) {
      SCOPED_TRACE(absl::StrCat(c.description, " ", byte_by_byte));
      Talk talk;
      if (byte_by_byte) {
        talk.SayByteByByte(c.request);
      } else {
        talk.Say(c.request);
      }
      EXPECT_EQ(talk.codes(), c.codes);
      EXPECT_EQ(talk.session().done(), c.ends);
      EXPECT_FALSE(talk.session().in_request());
      if (talk.heard().empty()) continue;
      const std::string& last = talk.heard().back();
      EXPECT_THAT(last, HasSubstr(absl::StrCat(kEnd, c.body)));
      EXPECT_THAT(
          last,
          HasSubstr(absl::StrCat(
              "content-length: ", absl::string_view(c.body).size(), "\r\n")));
      EXPECT_EQ(absl::StrContains(last, "connection: close\r\n"), c.ends);
    }
  }
}

TEST(Http1Session, LinesThatEndInLfAloneAreNoRequest) {
  Talk talk;
  talk.Say("GET / HTTP/1.1\n\n");
  EXPECT_THAT(talk.codes(), ElementsAre(400));
  // Beast may also wait for the end of the headers, and then time runs out.
  Talk slow;
  slow.SayByteByByte("GET / HTTP/1.1\n\n");
  EXPECT_TRUE(slow.session().in_request() || slow.session().done());
}

TEST(Http1Session, AnswersAreNotKeptAndNotGuessedAt) {
  Talk talk;
  talk.Say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  talk.Say("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
  talk.Say("\r\n\r\n");
  ASSERT_THAT(talk.codes(), ElementsAre(200, 405, 400));
  for (const std::string& answer : talk.heard()) {
    EXPECT_THAT(answer, HasSubstr("cache-control: no-store\r\n"));
    EXPECT_THAT(answer, HasSubstr("x-content-type-options: nosniff\r\n"));
    EXPECT_THAT(answer,
                HasSubstr("content-type: text/plain; charset=utf-8\r\n"));
    EXPECT_THAT(answer, HasSubstr(" GMT\r\n")) << "a date";
  }
  EXPECT_THAT(talk.heard()[1], HasSubstr("\r\nallow: GET, HEAD\r\n"));
}

TEST(Http1Session, HeadIsAnsweredLikeGetWithoutTheBody) {
  Talk talk;
  talk.Say("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  talk.Say("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  ASSERT_THAT(talk.codes(), ElementsAre(200, 413));
  EXPECT_THAT(talk.heard()[0], HasSubstr("content-length: 19\r\n"));
  for (const std::string& answer : talk.heard()) {
    EXPECT_TRUE(absl::EndsWith(answer, kEnd)) << answer;
  }
}

TEST(Http1Session, LargeHeadersAreRefused) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  const auto header = [](std::size_t size) {
    return absl::StrCat("a: ", std::string(size - 5, 'x'), "\r\n");
  };
  const std::size_t room = Session::kMaxHead - start.size() - 2;
  const struct {
    const char* description;
    std::vector<std::string> parts;
    int code;
  } kCases[] = {
      {"as large as it may be", {start, header(room), "\r\n"}, 200},
      {"one byte more", {start, header(room + 1), "\r\n"}, 431},
      {"one header without end", {start, "a: ", std::string(20'000, 'x')}, 431},
      {"a path without end", {"GET /", std::string(20'000, 'x')}, 431},
      // Each line is taken when it is whole, so that none of them is large.
      {"many headers", std::vector<std::string>(1000, "abcdef: ghijkl\r\n"),
       431},
  };
  for (const auto& c : kCases) {
    for (const bool at_once : {true, false}) {
      SCOPED_TRACE(absl::StrCat(c.description, " ", at_once));
      Talk talk;
      std::vector<std::string> parts = c.parts;
      if (!absl::StartsWith(parts[0], "GET"))
        parts.insert(parts.begin(), start);
      if (at_once) {
        std::string whole;
        for (const std::string& part : parts) whole += part;
        talk.Say(whole);
      } else {
        for (const std::string& part : parts) {
          // In pieces that a socket hands over.
          for (std::size_t i = 0; i < part.size(); i += 1400) {
            talk.Say(absl::string_view(part).substr(i, 1400));
          }
        }
      }
      EXPECT_THAT(talk.codes(), ElementsAre(c.code));
      EXPECT_EQ(talk.session().done(), c.code != 200);
    }
  }
}

TEST(Http1Session, ARequestWaitsUntilTheAnswerBeforeItIsSent) {
  int asked = 0;
  const Handler count = [&asked](const Request&) {
    ++asked;
    return Answer{200, "ok"};
  };
  const http2::Peer peer;
  Session session(&count, &peer);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  session.Receive(requests);
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(asked, i);
    ASSERT_FALSE(session.output().empty());
    EXPECT_FALSE(session.GoOn()) << "the answer has not been sent";
    session.Sent(1);
    EXPECT_FALSE(session.GoOn()) << "nor has it been sent as a whole";
    session.Sent(session.output().size());
    EXPECT_EQ(session.GoOn(), i < 100);
  }
  EXPECT_FALSE(session.in_request());
}

TEST(Http1Session, KnowsWhenARequestHasBegun) {
  Talk talk;
  EXPECT_FALSE(talk.session().in_request());
  for (const char* part :
       {"G", "ET / HTTP/1.1\r\nHost: a\r\n", "a: b\r\n", "\r"}) {
    talk.Say(part);
    EXPECT_TRUE(talk.session().in_request()) << part;
    EXPECT_THAT(talk.heard(), IsEmpty());
  }
  talk.Say("\n");
  EXPECT_FALSE(talk.session().in_request());
  EXPECT_THAT(talk.codes(), ElementsAre(200));
}

TEST(Http1Session, AnswersNothingMoreOnceItGoesAway) {
  Talk talk;
  talk.Say("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT");
  talk.session().GoAway();
  talk.Say("TP/1.1\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(talk.codes(), ElementsAre(200));
  EXPECT_TRUE(talk.session().done());
  EXPECT_FALSE(talk.session().in_request());
}

// Requests with bytes changed, cut out and put in, in pieces of any size: none
// is answered with more than one code, and none does harm.
TEST(Http1Session, SurvivesWhateverComes) {
  const std::vector<std::string> seeds = {
      "GET /livez?verbose HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
      "HEAD / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
      "5;a=\"b\"\r\nabcde\r\n0\r\nc: d\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\na: b\r\n "
      "folded\r\n\r\nabc"};
  const std::string special("\r\n\0 :;,/?#%\x7f\xff\t\"", 15);
  std::mt19937 random(20261129);
  const auto below = [&random](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seeds[below(seeds.size())];
    text += seeds[below(seeds.size())];
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = special[below(special.size())];
          break;
        case 1:
          text[at] = static_cast<char>(below(256));
          break;
        case 2:
          text.erase(at, below(12));
          if (text.empty()) text = "G";
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
      }
    }
    Talk talk;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + below(64);
      talk.Say(absl::string_view(text).substr(at, size));
      at += size;
    }
    for (const int code : talk.codes()) {
      EXPECT_TRUE(code == 200 || code == 400 || code == 405 || code == 413 ||
                  code == 431)
          << code;
    }
  }
}

}  // namespace
}  // namespace rolegate::service::http1
