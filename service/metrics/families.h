// Metrics as Prometheus reads them.

#ifndef ROLEGATE_SERVICE_METRICS_FAMILIES_H_
#define ROLEGATE_SERVICE_METRICS_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// Gathers the metrics of one scrape.  Names and units follow Prometheus's
// convention (https://prometheus.io/docs/practices/naming/): base units,
// `_total` at the end of what only grows.
class MetricFamilies {
 public:
  using Labels = std::vector<std::pair<absl::string_view, absl::string_view>>;

  // Begins a family; the metrics that follow are its own.
  void BeginGauge(absl::string_view name, absl::string_view help);
  void BeginCounter(absl::string_view name, absl::string_view help);
  void BeginHistogram(absl::string_view name, absl::string_view help);

  void Add(double value, const Labels& labels = {});
  void Add(prometheus::ClientMetric::Histogram histogram, const Labels& labels);

  // A family of one metric.
  void Gauge(absl::string_view name, absl::string_view help, double value);
  void Counter(absl::string_view name, absl::string_view help, double value);
  // In seconds since 1970.
  void Moment(absl::string_view name, absl::string_view help, absl::Time time);

  // In Prometheus's text format, version 0.0.4.
  std::string ToText() const;

 private:
  void Begin(absl::string_view name, absl::string_view help,
             prometheus::MetricType type);
  prometheus::ClientMetric* NewMetric(const Labels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_METRICS_FAMILIES_H_
