// What operators see, path by path.

#include <string>

#include "gtest/gtest.h"
#include "service/operations/pages.h"

namespace rolegate::service {
namespace {

// The pages of a server that has a core and no door.
class OperationsPages : public ::testing::Test {
 protected:
  http1::Handler Pages(const HealthStatus* health) {
    return service::OperationsPages(
        {.core = &core_, .health = health, .metrics = [] {
           return std::string("up 1\n");
         }});
  }

  Config config_;
  Logger log_{{}};
  Core core_{config_, &log_, *ServiceKeys::Open(""), nullptr};
};

TEST_F(OperationsPages, HaveMetricsAsPrometheusReadsThem) {
  const HealthStatus health;
  const http1::Answer answer = Pages(&health)({.path = "/metrics"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body, "up 1\n");
}

TEST_F(OperationsPages, SayWhatTheHealthServiceSays) {
  const struct {
    const char* description;
    bool ready, alive, draining;
    const char* path;
    const char* query;
    int status;
    const char* body;
  } kCases[] = {
      {"serving", true, true, false, "/livez", "", 200, "ok"},
      {"serving", true, true, false, "/readyz", "", 200, "ok"},
      {"every check", true, true, false, "/livez", "verbose", 200,
       "[+]listener/a ok\n[+]event-loop/0 ok\nlivez check passed\n"},
      {"every check", true, true, false, "/readyz", "a=b&verbose=1", 200,
       "[+]registry ok\n[+]shutdown ok\nreadyz check passed\n"},
      {"another word", true, true, false, "/readyz", "verbosely&=verbose", 200,
       "ok"},
      {"without a registry", false, true, false, "/readyz", "", 503,
       "[-]registry failed: no registry is in force\n[+]shutdown ok\n"
       "readyz check failed\n"},
      {"without a registry", false, true, false, "/livez", "", 200, "ok"},
      {"stopping", true, true, true, "/readyz", "", 503,
       "[+]registry ok\n[-]shutdown failed: the server is stopping\n"
       "readyz check failed\n"},
      {"stopping", true, true, true, "/livez", "", 200, "ok"},
      {"a loop hangs", true, false, false, "/livez", "", 503,
       "[+]listener/a ok\n[-]event-loop/0 failed: it hangs\n"
       "livez check failed\n"},
      {"a loop hangs", true, false, false, "/readyz", "", 200, "ok"},
      {"an unknown path", true, true, false, "/", "", 404,
       "expected one of /livez, /readyz, /metrics\n"},
      {"more than a path", true, true, false, "/livez/", "", 404,
       "expected one of /livez, /readyz, /metrics\n"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.description) + " " + c.path);
    HealthStatus health;
    health.SetReady(c.ready);
    health.SetLiveness(
        {{"listener/a", ""}, {"event-loop/0", c.alive ? "" : "it hangs"}});
    if (c.draining) health.Drain();
    const http1::Answer answer =
        Pages(&health)({.path = c.path, .query = c.query});
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.body, c.body);
  }
}

TEST_F(OperationsPages, BeforeTheFirstLookTheServerIsAlive) {
  const HealthStatus health;
  EXPECT_EQ(Pages(&health)({.path = "/livez"}).status, 200);
  EXPECT_EQ(Pages(&health)({.path = "/readyz"}).status, 503);
}

}  // namespace
}  // namespace rolegate::service
