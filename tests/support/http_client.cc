#include "tests/support/http_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/rude_socket.h"

namespace rolegate::testing {

HttpConnection::HttpConnection(const std::string& address,
                               const std::string& source)
    : fd_(ConnectFrom(address, source)), ended_(!fd_.ok()) {}

void HttpConnection::Send(absl::string_view bytes) {
  if (!ended_) send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string HttpConnection::Read(absl::Duration timeout) {
  pollfd polled = {fd_.get(), POLLIN, 0};
  if (ended_ ||
      poll(&polled, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) !=
          1) {
    return "";
  }
  char bytes[16384];
  const ssize_t size = recv(fd_.get(), bytes, sizeof(bytes), 0);
  ended_ = size <= 0;
  return ended_ ? "" : std::string(bytes, static_cast<std::size_t>(size));
}

bool HttpConnection::Ends(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (!ended_ && absl::Now() < end) Read(end - absl::Now());
  return ended_;
}

HttpAnswer HttpGet(const std::string& address, const std::string& path,
                   const std::string& source) {
  constexpr absl::string_view kVersion = "HTTP/1.1 ";
  constexpr char kBody[] = "\r\n\r\n";
  HttpConnection connection(address, source);
  connection.Send(absl::StrCat(
      "GET ", path, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  std::string heard;
  for (std::string more = connection.Read(absl::Seconds(3)); !more.empty();
       more = connection.Read(absl::Seconds(3))) {
    heard += more;
  }
  const std::size_t body = heard.find(kBody);
  if (!absl::StartsWith(heard, kVersion) || body == std::string::npos) {
    return {};
  }
  return {std::atoi(heard.c_str() + kVersion.size()),
          heard.substr(body + sizeof(kBody) - 1)};
}

}  // namespace rolegate::testing
