#include "service/http1/session.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rolegate::service::http1 {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

absl::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string Date() {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(),
                          absl::UTCTimeZone());
}

// The path of a target; a client that takes this server for a proxy writes an
// address before it.  Empty if it has none.
absl::string_view PathOf(absl::string_view target) {
  if (absl::StartsWith(target, "/")) return target;
  if (!absl::ConsumePrefix(&target, "http://")) return "";
  const std::size_t slash = target.find('/');
  return slash == absl::string_view::npos ? "/" : target.substr(slash);
}

}  // namespace

struct Session::Beast final : Headers {
  Beast() {
    parser.header_limit(kMaxHead);
    // A body that nobody takes is refused here, once its request is known.
    // Beast makes no room for it before the session lets it read on.
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  bool has_encoding() const {
    return parser.get().count(http::field::transfer_encoding) > 0;
  }
  // Whether a body follows that has not been read.
  bool has_body() const { return !parser.is_done() || has_encoding(); }
  std::uint64_t body_size() const {
    return parser.content_length().value_or(0);
  }
  // HTTP/1.1 demands exactly one Host, so that nobody in between takes the
  // request for another host's.
  bool names_its_host() const {
    const std::size_t hosts = parser.get().count(http::field::host);
    return hosts == 1 || (hosts == 0 && parser.get().version() < 11);
  }
  bool is_get() const { return parser.get().method() == http::verb::get; }
  bool is_head() const { return parser.get().method() == http::verb::head; }
  bool is_post() const { return parser.get().method() == http::verb::post; }

  HeaderValues Find(absl::string_view name) const override {
    HeaderValues values;
    const auto range = parser.get().equal_range({name.data(), name.size()});
    for (auto it = range.first; it != range.second; ++it) {
      if (values.count++ == 0) values.first = View(it->value());
    }
    return values;
  }

  http::request_parser<http::string_body> parser;
  std::size_t taken = 0;  // bytes, of the body too
};

// A request as a call: its headers are the metadata.
class Session::Incoming final : public IncomingCall {
 public:
  Incoming(const Beast* beast, const http2::Peer* peer)
      : beast_(*beast), peer_(*peer) {}

  MetadataValues Metadata(absl::string_view key) const override {
    const HeaderValues values = beast_.Find(key);
    return {values.count, values.first};
  }
  CertificateTexts certificates() const override {
    return {peer_.leaf, peer_.chain};
  }
  std::string peer() const override { return peer_.name; }
  // Who calls is asked at once.
  bool cancelled() const override { return false; }
  absl::Time deadline() const override { return absl::InfiniteFuture(); }

 private:
  const Beast& beast_;
  const http2::Peer& peer_;
};

Session::Session(const Handler* handler, const http2::Peer* peer,
                 std::size_t max_body)
    : handler_(handler),
      peer_(peer),
      max_body_(max_body),
      beast_(std::make_unique<Beast>()) {}

Session::~Session() = default;

void Session::Receive(absl::string_view bytes) {
  if (done_) return;
  absl::StrAppend(&received_, bytes);
  GoOn();
}

void Session::Sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ < output_.size()) return;
  sent_ = 0;
  std::string().swap(output_);  // with its memory
}

bool Session::GoOn() {
  if (done_ || working_ || !output().empty() || received_.empty()) return false;
  error_code error;
  const bool in_body = beast_->parser.is_header_done();
  const std::size_t taken = beast_->parser.put(
      boost::asio::buffer(received_.data(), received_.size()), error);
  received_.erase(0, taken);
  beast_->taken += taken;
  // Beast's own limit is that of what it looks at in one piece.
  const std::size_t size =
      beast_->taken + (beast_->parser.is_header_done() ? 0 : received_.size());
  if (error == http::error::header_limit || (!in_body && size > kMaxHead)) {
    Refuse(431, "a request and its headers have at most 8 KiB");
  } else if (error == http::error::need_more) {
    return false;
  } else if (error) {
    Refuse(400, "expected a request of HTTP/1.1");
  } else if (AwaitsBody()) {
    return !received_.empty() && GoOn();
  } else {
    AnswerRequest();
  }
  return true;
}

bool Session::AwaitsBody() const {
  return max_body_ > 0 && beast_->is_post() && beast_->names_its_host() &&
         !beast_->has_encoding() && !beast_->parser.is_done() &&
         beast_->body_size() <= max_body_;
}

bool Session::in_request() const {
  return !done_ && !working_ && (beast_->taken > 0 || !received_.empty());
}

void Session::AnswerRequest() {
  const auto& request = beast_->parser.get();
  const bool has_body = beast_->has_body();
  const bool takes_post = max_body_ > 0 && beast_->is_post();
  done_ = has_body || !beast_->parser.keep_alive();
  const absl::string_view target = PathOf(View(request.target()));
  if (!beast_->names_its_host()) {
    Refuse(400, "expected one header `Host`");
  } else if (!beast_->is_get() && !beast_->is_head() && !takes_post) {
    if (max_body_ > 0) {
      Write({405, "expected GET, HEAD or POST\n"},
            "allow: GET, HEAD, POST\r\n");
    } else {
      Write({405, "expected GET or HEAD\n"}, "allow: GET, HEAD\r\n");
    }
  } else if (has_body && takes_post && beast_->has_encoding()) {
    Refuse(411, "expected a body with a `Content-Length`");
  } else if (has_body && takes_post) {
    Refuse(413, absl::StrCat("a body has at most ", max_body_, " bytes"));
  } else if (has_body) {
    Refuse(413, "expected a request without a body");
  } else if (target.empty()) {
    Refuse(400, "expected a path that begins with a slash");
  } else {
    const std::size_t mark = target.find('?');
    const absl::string_view query =
        mark == absl::string_view::npos ? "" : target.substr(mark + 1);
    const Incoming incoming(beast_.get(), peer_);
    Answer answer =
        (*handler_)({target.substr(0, mark), query, beast_->is_post(),
                     request.body(), beast_.get(), &incoming});
    if (answer.later != nullptr) {
      // What the answer's head depends on stays until Finish.
      work_ = std::move(answer.later);
      working_ = true;
      return;
    }
    Write(answer, "");
  }
  beast_ = std::make_unique<Beast>();
}

void Session::Finish(const Answer& answer) {
  working_ = false;
  Write(answer, "");
  beast_ = std::make_unique<Beast>();
}

void Session::Refuse(int status, absl::string_view message) {
  done_ = true;
  received_.clear();
  Write({status, absl::StrCat(message, "\n")}, "");
}

void Session::Write(const Answer& answer, absl::string_view more_headers) {
  const auto& request = beast_->parser.get();
  absl::string_view connection;
  if (done_) {
    connection = "connection: close\r\n";
  } else if (request.version() < 11) {
    connection = "connection: keep-alive\r\n";
  }
  absl::StrAppend(
      &output_, "HTTP/1.1 ", answer.status, " ",
      View(http::obsolete_reason(
          http::int_to_status(static_cast<unsigned>(answer.status)))),
      "\r\ndate: ", Date(), "\r\ncontent-type: ", answer.content_type,
      "\r\ncontent-length: ", answer.body.size(),
      "\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n",
      answer.headers, more_headers, connection, "\r\n");
  if (!beast_->is_head()) absl::StrAppend(&output_, answer.body);
}

void Session::GoAway() {
  done_ = true;
  received_.clear();
}

}  // namespace rolegate::service::http1
