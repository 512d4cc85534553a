// How many requests a broker has answered, and how long they took there: waiting for a thread, on the thread, waiting for others.
#include <fmt/format.h>

#include "observe/why/why_metric.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using nlohmann::json;
using MetricLine = Story::Line;

namespace {

/// Another metric of the same request: "LocalTimeMs", with the same attribute ("#Mean") or without one.
json metric_of_request(const OfMetric& m, const std::string& time, const std::string& attribute) {
  return state_of(m.story, "/metrics/mbeans/" + m.who + "/kafka.network:type=RequestMetrics,name=" + time +
                               ",request=" + m.tag("request") + attribute);
}

std::string in_ms(const json& value) { return value.is_number() ? fmt::format("{:.1f}", value.get<double>()) : "0"; }

/// Tells of which times the whole time consists. Maxima are those of different requests.
void tell_times(Telling& telling, const OfMetric& m) {
  const std::string attribute = m.name.substr(m.name.find('#'));
  const std::string queue = in_ms(metric_of_request(m, "RequestQueueTimeMs", attribute)),
                    local = in_ms(metric_of_request(m, "LocalTimeMs", attribute)),
                    remote = in_ms(metric_of_request(m, "RemoteTimeMs", attribute));
  telling.now("why.metric_times"_w,
              {{"longest", attribute == "#Max" ? "1" : ""},
               {"average", attribute == "#Mean" ? "1" : ""},
               {"queue", queue},
               {"local", local},
               {"remote", remote}},
              Weight::Point, m.who);
}

/// Tells for what such a request waits after its thread is done with it.
void tell_remote_time(Telling& telling, const OfMetric& m) {
  const std::string request = m.tag("request");
  if (request == "Produce") telling.now("why.source_remote_produce"_w, {}, Weight::Link, m.who);
  else if (request.starts_with("Fetch")) telling.now("why.source_remote_fetch"_w, {}, Weight::Link, m.who);
  else if (request == "JoinGroup" || request == "SyncGroup")
    telling.now("why.source_remote_join"_w, {}, Weight::Link, m.who);
}

/// Tells the last time that the broker throttled a client after such a request, and the quota.
void tell_throttle_time(Telling& telling, const OfMetric& m) {
  const std::string request = m.tag("request");
  const MetricLine* throttled = m.story.last<fact::ClientThrottled>(
      m.story.end(),
      [&](const auto& f, const MetricLine& l) { return l.node == m.node && protocol::name(f.api) == request; });
  if (throttled == nullptr) return;
  telling.trail(quota_of(m.story, *throttled), Weight::Cause);
  telling.fact(throttled, Weight::Point);
}

}  // namespace

std::optional<Answer> why_request_metric(const OfMetric& m) {
  if (!m.has("type=RequestMetrics") || m.tag("request").empty() || !m.tag("error").empty()) return std::nullopt;
  const std::string request = m.tag("request");
  const json answered = metric_of_request(m, "TotalTimeMs", "");
  const std::int64_t count = whole_of(answered);
  Telling telling = telling_of(m);
  telling.say("why.metric_counts_anew"_w, {{"who", m.who}}, m.restarted(), Weight::Link, m.who);
  if (count > 0 && m.has("TotalTimeMs") && m.has("#")) tell_times(telling, m);
  if (!m.is_zero() && (m.has("RequestQueueTimeMs") || m.has("LocalTimeMs")))
    telling.trail(m.story.bad_disk(m.node, m.story.end()), Weight::Cause);
  if (!m.is_zero() && m.has("LocalTimeMs"))
    telling.now("why.source_local_time"_w, {{"who", m.who}}, Weight::Link, m.who);
  if (!m.is_zero() && m.has("#") && (m.has("RemoteTimeMs") || m.has("TotalTimeMs"))) tell_remote_time(telling, m);
  if (!m.is_zero() && m.has("ThrottleTimeMs")) tell_throttle_time(telling, m);
  if (count > 0)
    telling.now("why.metric_answered"_w, {{"who", m.who}, {"request", request}, {"count", count}}, Weight::Point,
                m.who);
  else telling.now("why.metric_unanswered"_w, {{"who", m.who}, {"request", request}}, Weight::Point, m.who);
  return telling.done();
}

}  // namespace kafkascope::observe
