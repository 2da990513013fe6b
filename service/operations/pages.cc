#include "service/operations/pages.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/identity/administration.h"
#include "service/operations/visit.h"

namespace rolegate::service {
namespace {

// Whether the query has the parameter, whatever its value.
bool Says(absl::string_view query, absl::string_view parameter) {
  for (const absl::string_view each : absl::StrSplit(query, '&')) {
    if (each.substr(0, each.find('=')) == parameter) return true;
  }
  return false;
}

// Nothing if the caller may read what operators read.  Reading it leaves no
// record: a scrape comes every few seconds, and must come while no record can
// be written.
std::optional<http1::Answer> RefuseReading(Visit& visit) {
  if (!visit.guarded()) return std::nullopt;
  return visit.Refuse(kReadMetrics, Visit::Record::kRefusalsOnly);
}

http1::Answer HealthPage(absl::string_view name, const HealthChecks& checks,
                         Visit& visit) {
  const bool good = IsGood(checks);
  const bool verbose = Says(visit.query(), "verbose");
  if (good && !verbose) return {200, "ok"};
  if (verbose) {
    if (auto refusal = RefuseReading(visit)) return *std::move(refusal);
  } else if (visit.guarded()) {
    return {503, absl::StrCat(name, " check failed\n")};
  }
  std::string text;
  for (const HealthCheck& check : checks) {
    if (check.fault.empty()) {
      absl::StrAppend(&text, "[+]", check.name, " ok\n");
    } else {
      absl::StrAppend(&text, "[-]", check.name, " failed: ", check.fault, "\n");
    }
  }
  absl::StrAppend(&text, name, " check ", good ? "passed" : "failed", "\n");
  return {good ? 200 : 503, text};
}

// https://prometheus.io/docs/instrumenting/exposition_formats/
constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

http1::Answer Livez(const PageSources& sources, Visit& visit) {
  return HealthPage("livez", sources.health->Liveness(), visit);
}

http1::Answer Readyz(const PageSources& sources, Visit& visit) {
  return HealthPage("readyz", sources.health->Readiness(), visit);
}

http1::Answer Metrics(const PageSources& sources, Visit& visit) {
  if (auto refusal = RefuseReading(visit)) return *std::move(refusal);
  return {200, sources.metrics(), kMetricsType};
}

struct Page {
  absl::string_view path;
  http1::Answer (*answer)(const PageSources& sources, Visit& visit);
};

constexpr std::array<Page, 3> kPages = {
    {{"/livez", &Livez}, {"/readyz", &Readyz}, {"/metrics", &Metrics}}};

http1::Answer NoPage(const Console* console) {
  std::string paths =
      absl::StrJoin(kPages, ", ", [](std::string* out, const Page& page) {
        absl::StrAppend(out, page.path);
      });
  if (console != nullptr) paths += ", /status";
  if (console != nullptr && console->has_page()) paths += ", /console";
  return {404, absl::StrCat("expected one of ", paths, "\n")};
}

}  // namespace

http1::Handler OperationsPages(PageSources sources) {
  return [sources = std::move(sources)](
             const http1::Request& request) -> http1::Answer {
    for (const Page& page : kPages) {
      if (page.path != request.path) continue;
      if (request.is_post) {
        return {.status = 405,
                .body = "expected GET or HEAD\n",
                .headers = "allow: GET, HEAD\r\n"};
      }
      Visit visit(sources.core, &request);
      return page.answer(sources, visit);
    }
    if (sources.console != nullptr) {
      if (auto answer = sources.console->Respond(request)) {
        return *std::move(answer);
      }
    }
    return NoPage(sources.console);
  };
}

}  // namespace rolegate::service
