#include "service/operations/pages.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {
namespace {

// Whether the query has the parameter, whatever its value.
bool Says(absl::string_view query, absl::string_view parameter) {
  for (const absl::string_view each : absl::StrSplit(query, '&')) {
    if (each.substr(0, each.find('=')) == parameter) return true;
  }
  return false;
}

http1::Answer HealthPage(absl::string_view name, const HealthChecks& checks,
                         absl::string_view query) {
  const bool good = IsGood(checks);
  if (good && !Says(query, "verbose")) return {200, "ok"};
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

// What the pages are made of.
struct Sources {
  const HealthStatus& health;
  const std::function<std::string()>& metrics;
};

http1::Answer Livez(const Sources& sources, absl::string_view query) {
  return HealthPage("livez", sources.health.Liveness(), query);
}

http1::Answer Readyz(const Sources& sources, absl::string_view query) {
  return HealthPage("readyz", sources.health.Readiness(), query);
}

http1::Answer Metrics(const Sources& sources, absl::string_view) {
  return {200, sources.metrics(), kMetricsType};
}

struct Page {
  absl::string_view path;
  http1::Answer (*answer)(const Sources& sources, absl::string_view query);
};

constexpr std::array<Page, 3> kPages = {
    {{"/livez", &Livez}, {"/readyz", &Readyz}, {"/metrics", &Metrics}}};

http1::Answer NoPage() {
  return {404,
          absl::StrCat("expected one of ",
                       absl::StrJoin(kPages, ", ",
                                     [](std::string* out, const Page& page) {
                                       absl::StrAppend(out, page.path);
                                     }),
                       "\n")};
}

}  // namespace

http1::Handler OperationsPages(const HealthStatus* health,
                               std::function<std::string()> metrics) {
  return [health, metrics = std::move(metrics)](const http1::Request& request) {
    for (const Page& page : kPages) {
      if (page.path == request.path) {
        return page.answer({*health, metrics}, request.query);
      }
    }
    return NoPage();
  };
}

}  // namespace rolegate::service
