// What is posted over HTTP/1.1, and answers that take their time.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http1/session.h"
#include "tests/service/http1_talk.h"

namespace rolegate::service::http1 {
namespace {

using ::testing::HasSubstr;

// Says what was posted.
const Handler kEchoPost = [](const Request& request) {
  const HeaderValues type = request.Header("content-type");
  return Answer{200,
                absl::StrCat(request.is_post ? "post " : "get ", type.count,
                             " ", type.first, ": ", request.body, "\n"),
                "text/plain", "x-own: 1\r\n"};
};

TEST(Http1Session, BodiesWhereTheyAreTaken) {
  constexpr char kPost[] = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string full(8, 'x');
  const struct {
    const char* description;
    std::string request;
    std::vector<int> codes;
    bool ends;  // the connection
    std::string body;
  } kCases[] = {
      {"a body",
       absl::StrCat(kPost, "Content-Type: a\r\nContent-Length: 4\r\n\r\nbody"),
       {200},
       false,
       "post 1 a: body\n"},
      {"as large as it may be",
       absl::StrCat(kPost, "Content-Length: 8\r\n\r\n", full),
       {200},
       false,
       absl::StrCat("post 0 : ", full, "\n")},
      {"an empty one",
       absl::StrCat(kPost, "Content-Length: 0\r\n\r\n"),
       {200},
       false,
       "post 0 : \n"},
      {"none", absl::StrCat(kPost, "\r\n"), {200}, false, "post 0 : \n"},
      {"a request behind it",
       absl::StrCat(kPost,
                    "Content-Type: a\r\nCONTENT-TYPE: b\r\nContent-Length: "
                    "4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
       {200, 200},
       false,
       "get 0 : \n"},
      {"one byte more",
       absl::StrCat(kPost, "Content-Length: 9\r\n\r\n", full, "x"),
       {413},
       true,
       "a body has at most 8 bytes\n"},
      {"as large as a number may be",
       absl::StrCat(kPost, "Content-Length: 18446744073709551615\r\n\r\nx"),
       {413},
       true,
       "a body has at most 8 bytes\n"},
      {"in chunks",
       absl::StrCat(kPost, "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       {411},
       true,
       "expected a body with a `Content-Length`\n"},
      {"of a GET",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
       {413},
       true,
       "expected a request without a body\n"},
      {"for no host",
       "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody",
       {400},
       true,
       "expected one header `Host`\n"},
      {"another method",
       "PUT / HTTP/1.1\r\nHost: a\r\n\r\n",
       {405},
       false,
       "expected GET, HEAD or POST\n"},
  };
  for (const auto& c : kCases) {
    for (const bool byte_by_byte : {false, true}) {
      SCOPED_TRACE(absl::StrCat(c.description, " ", byte_by_byte));
      Talk talk(&kEchoPost, /*max_body=*/8);
      if (byte_by_byte) {
        talk.SayByteByByte(c.request);
      } else {
        talk.Say(c.request);
      }
      EXPECT_EQ(talk.codes(), c.codes);
      EXPECT_EQ(talk.session().done(), c.ends);
      if (talk.heard().empty()) continue;
      EXPECT_THAT(talk.heard().back(), HasSubstr(absl::StrCat(kEnd, c.body)));
      if (c.codes.back() == 200) {
        EXPECT_THAT(talk.heard().back(), HasSubstr("\r\nx-own: 1\r\n"));
      }
    }
  }
}

TEST(Http1Session, AnAnswerThatTakesItsTimeKeepsTheNextRequestWaiting) {
  int asked = 0;
  const Handler later = [&asked](const Request& request) {
    const bool first = ++asked == 1;
    Answer answer{200, "at once"};
    if (first) {
      answer.later = [path = std::string(request.path)] {
        return Answer{200, "later " + path};
      };
    }
    return answer;
  };
  const http2::Peer peer;
  Session session(&later, &peer);
  session.Receive(
      "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n"
      "\r\n");
  EXPECT_TRUE(session.working());
  EXPECT_EQ(session.output(), "");
  EXPECT_FALSE(session.GoOn());
  EXPECT_FALSE(session.in_request());
  const std::function<Answer()> work = session.TakeWork();
  ASSERT_NE(work, nullptr);
  EXPECT_EQ(session.TakeWork(), nullptr) << "it is handed out once";
  session.Finish(work());
  EXPECT_FALSE(session.working());
  EXPECT_THAT(std::string(session.output()),
              HasSubstr("content-length: 8\r\n"));
  EXPECT_TRUE(absl::EndsWith(session.output(), kEnd)) << "it was a HEAD";
  session.Sent(session.output().size());
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(session.GoOn());
  EXPECT_TRUE(absl::EndsWith(session.output(), "\r\n\r\nat once"));
}

}  // namespace
}  // namespace rolegate::service::http1
