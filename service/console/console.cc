#include "service/console/console.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "engine/text/printable.h"
#include "service/answer/call.h"
#include "service/console/assets.h"
#include "service/console/json_writer.h"
#include "service/console/kept_call.h"
#include "service/rpc/methods.h"
#include "service/rpc/status.h"

namespace rolegate::service {
namespace {

// How long somebody waits for an answer.
constexpr absl::Duration kPatience = absl::Seconds(10);

constexpr absl::string_view kPage = "/console";

// The page runs what the server itself sends and nothing else, talks to the
// server alone, and is shown in no frame.
constexpr char kPageHeaders[] =
    "content-security-policy: default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "permissions-policy: camera=(), geolocation=(), microphone=()\r\n";
// Data that somebody opens as a page has no rights at all.
constexpr char kDataHeaders[] =
    "content-security-policy: default-src 'none'; frame-ancestors 'none'; "
    "sandbox\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-resource-policy: same-origin\r\n";

int HttpCodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return 503;
    default:
      return 500;
  }
}

http1::Answer JsonAnswer(int status, std::string json) {
  json += '\n';
  return {status, std::move(json), "application/json", kDataHeaders};
}

http1::Answer ErrorAnswer(int status, absl::string_view code,
                          absl::string_view message) {
  std::string json;
  JsonWriter writer(&json);
  writer.StartObject();
  writer.Key("error");
  writer.StartObject();
  writer.Text("code", code);
  writer.Text("message", Printable(message));
  writer.EndObject();
  writer.EndObject();
  return JsonAnswer(status, std::move(json));
}

http1::Answer ErrorAnswer(const ApiError& error) {
  http1::Answer answer = ErrorAnswer(HttpCodeOf(StatusCodeOf(error.code)),
                                     ErrorName(error.code), MessageOf(error));
  // RFC 9110 demands it.  A certificate has no scheme of HTTP.
  if (answer.status == 401) answer.headers += "www-authenticate: Bearer\r\n";
  return answer;
}

http1::Answer WrongMethod(absl::string_view allowed) {
  http1::Answer answer =
      ErrorAnswer(405, "MethodNotAllowed", absl::StrCat("expected ", allowed));
  absl::StrAppend(&answer.headers, "allow: ", allowed, "\r\n");
  return answer;
}

// A file of the page.
std::optional<http1::Answer> FileAnswer(absl::string_view name) {
  for (const Asset& asset : ConsoleAssets()) {
    if (asset.name == name) {
      return http1::Answer{200, std::string(asset.content),
                           std::string(MediaTypeOf(name)), kPageHeaders};
    }
  }
  return std::nullopt;
}

http1::Answer PageAnswer(absl::string_view path, bool is_post) {
  if (is_post) return WrongMethod("GET, HEAD");
  // The page names its files from the root, and so needs no slash at its end.
  if (path == kPage || path == "/console/") return *FileAnswer("index.html");
  if (absl::ConsumePrefix(&path, "/console/")) {
    if (std::optional<http1::Answer> file = FileAnswer(path)) {
      return *std::move(file);
    }
  }
  return ErrorAnswer(404, "NotFound", "the console has no such path");
}

// What has been asked, for the time after the handler of the request.
struct Question {
  Question(const Endpoint& which, const http1::Request& request)
      : endpoint(which),
        query(request.query),
        body(request.body),
        incoming(*request.incoming, absl::Now() + kPatience) {}

  const Endpoint& endpoint;
  const std::string query;
  const std::string body;
  const KeptCall incoming;
};

http1::Answer AnswerTo(const Question& question, Core* core,
                       const ListenerConfig* listener, LatestGraph* graphs) {
  const Method& method = *FindMethod(question.endpoint.method);
  Call call(core, listener, &question.incoming);
  if (const Refusal refusal = MeetDemands(method.demands, call)) {
    return ErrorAnswer(*refusal);
  }
  std::string json;
  Outcome outcome = question.endpoint.answer(
      {call, method, question.query, question.body, *graphs}, &json);
  if (outcome.answered()) outcome.refusal = call.RequireLostNothing();
  if (outcome.refusal.has_value()) return ErrorAnswer(*outcome.refusal);
  return JsonAnswer(200, std::move(json));
}

}  // namespace

Console::Console(Core* core, const ListenerConfig* listener, bool has_page)
    : core_(core),
      listener_(listener),
      has_page_(has_page),
      guarded_{listener->address.host, listener->tls.has_value()},
      graphs_(&core->registry) {}

std::optional<http1::Answer> Console::Respond(const http1::Request& request) {
  for (const Endpoint& endpoint : ConsoleEndpoints()) {
    if (endpoint.path == request.path && (has_page_ || !endpoint.is_of_page)) {
      return Serve(endpoint, request);
    }
  }
  const bool is_of_page =
      request.path == kPage ||
      absl::StartsWith(request.path, absl::StrCat(kPage, "/"));
  if (!has_page_ || !is_of_page) return std::nullopt;
  return PageAnswer(request.path, request.is_post);
}

http1::Answer Console::Serve(const Endpoint& endpoint,
                             const http1::Request& request) {
  if (endpoint.is_post != request.is_post) {
    return WrongMethod(endpoint.is_post ? "POST" : "GET, HEAD");
  }
  if (const auto why = WhyForeign(request, guarded_)) {
    return ErrorAnswer(403, "ForeignRequest", *why);
  }
  http1::Answer answer;
  answer.later =
      [this, question = std::make_shared<const Question>(endpoint, request)] {
        return AnswerTo(*question, core_, listener_, &graphs_);
      };
  return answer;
}

}  // namespace rolegate::service
