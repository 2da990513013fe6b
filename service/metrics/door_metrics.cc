#include "service/metrics/door_metrics.h"

#include <array>

#include "absl/types/span.h"

namespace rolegate::service {
namespace {

constexpr std::array<absl::string_view, kPeerClasses> kPeers = {
    "other", "local", "gateway"};

constexpr std::array<absl::string_view, 6> kGoAways = {
    "stop", "age", "pings", "frames", "resets", "protocol"};
constexpr std::array<absl::string_view, 8> kConnectionEnds = {
    "handshake_time", "headers_time",     "unsent_time", "no_pong", "age",
    "memory",         "foreign_protocol", "broken"};
constexpr std::array<absl::string_view, 6> kStreamRefusals = {
    "streams", "metadata", "message", "memory", "message_time", "deadline"};
constexpr std::array<absl::string_view, 4> kCallLimits = {
    "max_in_flight", "max_open_streams", "max_assume_roles_per_second",
    "max_failures_per_second"};
constexpr std::array<absl::string_view, 9> kTlsFailures = {
    "no_certificate",
    "unknown_authority",
    "expired_certificate",
    "bad_certificate",
    "refused_by_client",
    "no_shared_version",
    "no_tls",
    "closed",
    "other"};
constexpr std::array<absl::string_view, 2> kUselessFrames = {"idle", "wrong"};
constexpr std::array<absl::string_view, 1> kStalls = {""};

// One family: its counters stand in a row, those of each reason by peers.
struct Family {
  absl::string_view name;
  absl::string_view label;  // empty: there is no reason
  absl::string_view help;
  absl::Span<const absl::string_view> reasons;
};

constexpr std::array<Family, 7> kFamilies = {{
    {"rolegate_http2_goaways_total", "reason",
     "Clients that were asked to go, by reason and kind of peer", kGoAways},
    {"rolegate_http2_connections_ended_total", "reason",
     "Connections that the server closed though their clients would have kept "
     "them",
     kConnectionEnds},
    {"rolegate_http2_streams_refused_total", "reason",
     "Streams that were refused before a method saw them", kStreamRefusals},
    {"rolegate_calls_limited_total", "limit",
     "Calls and streams that ran into a limit", kCallLimits},
    {"rolegate_tls_handshake_failures_total", "reason",
     "TLS handshakes that failed", kTlsFailures},
    {"rolegate_http2_useless_frames_total", "kind",
     "Frames that asked for nothing, or were wrong", kUselessFrames},
    {"rolegate_http2_stalls_total", "",
     "Times that a socket took no more, and its connection was not read",
     kStalls},
}};

// The index of a family's first counter among the counters of all families.
constexpr std::size_t FirstOf(std::size_t family) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < family; ++i) {
    first += kFamilies[i].reasons.size() * kPeerClasses;
  }
  return first;
}

constexpr std::size_t CounterOf(std::size_t family, std::size_t reason,
                                PeerClass peer) {
  return FirstOf(family) + reason * kPeerClasses +
         static_cast<std::size_t>(peer);
}

}  // namespace

absl::string_view PeerClassName(PeerClass peer) {
  return kPeers[static_cast<std::size_t>(peer)];
}

DoorMetrics::DoorMetrics() : counters_(FirstOf(kFamilies.size())) {}

void DoorMetrics::Count(GoAway reason, PeerClass peer) {
  counters_.Add(CounterOf(0, static_cast<std::size_t>(reason), peer));
}

void DoorMetrics::Count(ConnectionEnd reason, PeerClass peer) {
  counters_.Add(CounterOf(1, static_cast<std::size_t>(reason), peer));
}

void DoorMetrics::Count(StreamRefusal reason, PeerClass peer) {
  counters_.Add(CounterOf(2, static_cast<std::size_t>(reason), peer));
}

void DoorMetrics::Count(CallLimit limit, PeerClass peer) {
  counters_.Add(CounterOf(3, static_cast<std::size_t>(limit), peer));
}

void DoorMetrics::Count(TlsFailure reason, PeerClass peer) {
  counters_.Add(CounterOf(4, static_cast<std::size_t>(reason), peer));
}

void DoorMetrics::Count(UselessFrame kind, PeerClass peer,
                        std::uint64_t frames) {
  counters_.Add(CounterOf(5, static_cast<std::size_t>(kind), peer), frames);
}

void DoorMetrics::CountStall(PeerClass peer) {
  counters_.Add(CounterOf(6, 0, peer));
}

// All series are there from the start: there are few, and an alert about an
// increase sees the first event only if it knows the nothing before.
void DoorMetrics::CollectInto(MetricFamilies* families) const {
  for (std::size_t family = 0; family < kFamilies.size(); ++family) {
    const Family& each = kFamilies[family];
    families->BeginCounter(each.name, each.help);
    for (std::size_t reason = 0; reason < each.reasons.size(); ++reason) {
      for (std::size_t peer = 0; peer < kPeerClasses; ++peer) {
        MetricFamilies::Labels labels = {{"peer", kPeers[peer]}};
        if (!each.label.empty()) {
          labels.insert(labels.begin(), {each.label, each.reasons[reason]});
        }
        families->Add(static_cast<double>(counters_.Sum(CounterOf(
                          family, reason, static_cast<PeerClass>(peer)))),
                      labels);
      }
    }
  }
}

}  // namespace rolegate::service
