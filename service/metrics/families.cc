#include "service/metrics/families.h"

#include <prometheus/text_serializer.h>

#include <utility>

namespace rolegate::service {

void MetricFamilies::BeginGauge(absl::string_view name,
                                absl::string_view help) {
  Begin(name, help, prometheus::MetricType::Gauge);
}

void MetricFamilies::BeginCounter(absl::string_view name,
                                  absl::string_view help) {
  Begin(name, help, prometheus::MetricType::Counter);
}

void MetricFamilies::BeginHistogram(absl::string_view name,
                                    absl::string_view help) {
  Begin(name, help, prometheus::MetricType::Histogram);
}

void MetricFamilies::Add(double value, const Labels& labels) {
  const prometheus::MetricType type = families_.back().type;
  prometheus::ClientMetric* const metric = NewMetric(labels);
  if (type == prometheus::MetricType::Counter) {
    metric->counter.value = value;
  } else {
    metric->gauge.value = value;
  }
}

void MetricFamilies::Add(prometheus::ClientMetric::Histogram histogram,
                         const Labels& labels) {
  NewMetric(labels)->histogram = std::move(histogram);
}

void MetricFamilies::Gauge(absl::string_view name, absl::string_view help,
                           double value) {
  BeginGauge(name, help);
  Add(value);
}

void MetricFamilies::Counter(absl::string_view name, absl::string_view help,
                             double value) {
  BeginCounter(name, help);
  Add(value);
}

void MetricFamilies::Moment(absl::string_view name, absl::string_view help,
                            absl::Time time) {
  Gauge(name, help, absl::ToDoubleSeconds(time - absl::UnixEpoch()));
}

std::string MetricFamilies::ToText() const {
  return prometheus::TextSerializer().Serialize(families_);
}

void MetricFamilies::Begin(absl::string_view name, absl::string_view help,
                           prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = std::string(name);
  family.help = std::string(help);
  family.type = type;
  families_.push_back(std::move(family));
}

prometheus::ClientMetric* MetricFamilies::NewMetric(const Labels& labels) {
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  for (const auto& [name, value] : labels) {
    metric.label.push_back({std::string(name), std::string(value)});
  }
  return &metric;
}

}  // namespace rolegate::service
