// A connection of HTTP/1.1 in memory, for tests of what comes and goes on it.

#ifndef ROLEGATE_TESTS_SERVICE_HTTP1_TALK_H_
#define ROLEGATE_TESTS_SERVICE_HTTP1_TALK_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "service/http1/session.h"

namespace rolegate::service::http1 {

// The end of a request's headers.
inline constexpr char kEnd[] = "\r\n\r\n";

// Says what it was asked.
inline const Handler kEcho = [](const Request& request) {
  return Answer{
      200, absl::StrCat("path ", request.path, " query ", request.query, "\n")};
};

// A connection whose peer sends bytes and reads what comes at once.
class Talk {
 public:
  explicit Talk(const Handler* handler = &kEcho, std::size_t max_body = 0)
      : session_(handler, &peer_, max_body) {}

  void Say(absl::string_view bytes) {
    session_.Receive(bytes);
    do {
      while (!session_.output().empty()) {
        heard_.emplace_back(session_.output());
        session_.Sent(session_.output().size());
      }
    } while (session_.GoOn());
  }
  void SayByteByByte(absl::string_view bytes) {
    for (const char& byte : bytes) Say({&byte, 1});
  }

  Session& session() { return session_; }
  const std::vector<std::string>& heard() const { return heard_; }
  // The codes of the answers.
  std::vector<int> codes() const {
    std::vector<int> codes;
    for (const std::string& answer : heard_) {
      EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 ")) << answer;
      codes.push_back(std::stoi(answer.substr(9, 3)));
    }
    return codes;
  }

 private:
  const http2::Peer peer_;
  Session session_;
  std::vector<std::string> heard_;
};

}  // namespace rolegate::service::http1

#endif  // ROLEGATE_TESTS_SERVICE_HTTP1_TALK_H_
