#include "service/base/https_fetch.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace rolegate::service {
namespace {

using CurlNumber = long;  // NOLINT(google-runtime-int): libcurl takes it.

constexpr CurlNumber kOk = 200;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

// Empty if the URL has no such part.
std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool IsLoopback(absl::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

// Null if the text is no URL.
Url ParseUrl(const std::string& text) {
  Url url(curl_url());
  const bool parsed =
      url != nullptr &&
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  return parsed ? std::move(url) : nullptr;
}

absl::Status Check(const FetchOptions& options, CURLU* url) {
  if (url == nullptr) return absl::FailedPreconditionError("is no URL");
  const std::string scheme = PartOf(url, CURLUPART_SCHEME);
  const std::string host = absl::AsciiStrToLower(PartOf(url, CURLUPART_HOST));
  const std::string port = PartOf(url, CURLUPART_PORT);
  if (scheme == "http" && !(options.plain_loopback && IsLoopback(host))) {
    return absl::FailedPreconditionError("expected an https URL");
  }
  if (scheme != "http" && scheme != "https") {
    return absl::FailedPreconditionError("expected an https URL");
  }
  if (!PartOf(url, CURLUPART_USER).empty() ||
      !PartOf(url, CURLUPART_PASSWORD).empty()) {
    return absl::FailedPreconditionError("the URL has a user's name in it");
  }
  const std::string server =
      port.empty() || port == "443" ? host : absl::StrCat(host, ":", port);
  const bool listed = std::any_of(
      options.hosts.begin(), options.hosts.end(), [&](const std::string& each) {
        return absl::EqualsIgnoreCase(absl::StripSuffix(each, ":443"), server);
      });
  if (listed) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "`", server.substr(0, 256), "` is not in `federation.oidc_hosts`"));
}

struct Body {
  std::string text;
  std::size_t max_bytes = 0;
  bool too_large = false;
};

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* to) {
  Body& body = *static_cast<Body*>(to);
  if (size > body.max_bytes - body.text.size()) {
    body.too_large = true;
    return 0;  // ends the transfer
  }
  body.text.append(data, size);
  return size;
}

// "Cache-Control: public, max-age=300"
std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* to) {
  absl::string_view line(data, size);
  const std::size_t colon = line.find(':');
  if (colon == absl::string_view::npos ||
      !absl::EqualsIgnoreCase(line.substr(0, colon), "cache-control")) {
    return size;
  }
  for (absl::string_view part :
       absl::StrSplit(line.substr(colon + 1), absl::ByAnyChar(", \r\n"))) {
    int seconds = 0;
    if (absl::ConsumePrefix(&part, "max-age=") &&
        absl::SimpleAtoi(part, &seconds) && seconds >= 0) {
      *static_cast<absl::Duration*>(to) = absl::Seconds(seconds);
    }
  }
  return size;
}

CURL* NewHandle() {
  // Once, before any thread uses the library.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return ready == CURLE_OK ? curl_easy_init() : nullptr;
}

}  // namespace

absl::Status CheckUrl(const FetchOptions& options, const std::string& url) {
  return Check(options, ParseUrl(url).get());
}

absl::StatusOr<Fetched> Fetch(const FetchOptions& options,
                              const std::string& url, std::size_t max_bytes,
                              absl::Time deadline) {
  const Url parsed = ParseUrl(url);
  if (absl::Status s = Check(options, parsed.get()); !s.ok()) return s;
  const std::unique_ptr<CURL, FreeHandle> handle(NewHandle());
  if (handle == nullptr) {
    return absl::UnavailableError("cannot make a connection");
  }
  const std::int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left <= 0) return absl::UnavailableError("no answer in time");

  Body body;
  body.max_bytes = max_bytes;
  Fetched fetched;
  fetched.max_age = absl::Seconds(-1);
  const auto set = [&](CURLoption option, auto value) {
    return curl_easy_setopt(handle.get(), option, value) == CURLE_OK;
  };
  const bool ready =
      set(CURLOPT_CURLU, parsed.get()) && set(CURLOPT_NOSIGNAL, 1L) &&
      set(CURLOPT_PROTOCOLS_STR,
          options.plain_loopback ? "https,http" : "https") &&
      set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_SSL_VERIFYPEER, 1L) &&
      set(CURLOPT_SSL_VERIFYHOST, 2L) &&
      set(CURLOPT_SSLVERSION,
          static_cast<CurlNumber>(CURL_SSLVERSION_TLSv1_2)) &&
      (options.ca.empty() || (set(CURLOPT_CAINFO, options.ca.c_str()) &&
                              set(CURLOPT_CAPATH, nullptr))) &&
      // The environment sends nobody elsewhere.
      set(CURLOPT_PROXY, "") &&
      set(CURLOPT_TIMEOUT_MS, static_cast<CurlNumber>(left)) &&
      set(CURLOPT_WRITEFUNCTION, OnBody) && set(CURLOPT_WRITEDATA, &body) &&
      set(CURLOPT_HEADERFUNCTION, OnHeader) &&
      set(CURLOPT_HEADERDATA, &fetched.max_age);
  if (!ready) return absl::UnavailableError("cannot make a connection");
  const CURLcode code = curl_easy_perform(handle.get());
  if (body.too_large) {
    return absl::UnavailableError(
        absl::StrCat("the answer has more than ", max_bytes, " bytes"));
  }
  if (code != CURLE_OK) {
    return absl::UnavailableError(curl_easy_strerror(code));
  }
  CurlNumber status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != kOk) {
    return absl::UnavailableError(
        absl::StrCat("answered with status ", status, ", expected 200"));
  }
  fetched.body = std::move(body.text);
  return fetched;
}

}  // namespace rolegate::service
