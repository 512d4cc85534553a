// What a metric counts or measures, since when, and what makes its value: for metrics of ordinary traffic, of which no event of its
// own tells more; how many requests a broker has answered, and how long they took there. And what the files about metrics share.
#include <fmt/format.h>

#include <algorithm>

#include "observe/model/mbeans.h"
#include "observe/why/why_metric.h"
#include "protocol/facts_of_logs.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using MetricLine = Story::Line;

namespace {

/// What makes the value of a metric whose name contains these two texts.
struct Source {
  std::string_view bean, part;
  words::Key key;  // its argument is {who}, or it has none
};

/// The first row that fits counts. What a row says holds for every value. docs/metrics.md names Kafka's classes.
constexpr Source kSources[] = {
    {"BrokerTopicMetrics", "name=MessagesIn", "why.source_in"_w},
    {"BrokerTopicMetrics", "name=BytesIn", "why.source_in"_w},
    {"BrokerTopicMetrics", "name=BytesOut", "why.source_out"_w},
    {"BrokerTopicMetrics", "name=TotalProduce", "why.source_produce"_w},
    {"BrokerTopicMetrics", "name=TotalFetch", "why.source_fetch"_w},
    {"BrokerTopicMetrics", "name=ReplicationBytesIn", "why.source_copied"_w},
    {"BrokerTopicMetrics", "name=ReplicationBytesOut", "why.source_copies_sent"_w},
    {"BrokerTopicMetrics", "name=ReassignmentBytes", "why.source_reassignment"_w},
    {"ReplicaManager", "name=FailedIsrUpdates", "why.source_failed_isr"_w},
    {"Purgatory", "name=PurgatorySize,delayedOperation=Produce", "why.source_purgatory"_w},
    {"Purgatory", "name=PurgatorySize,delayedOperation=Fetch", "why.source_purgatory"_w},
    {"Purgatory", "name=PurgatorySize,delayedOperation=ShareFetch", "why.source_purgatory"_w},
    {"Purgatory", "name=NumDelayedOperations,delayedOperation=Fetch", "why.source_waiting_fetches"_w},
    {"DelayedFetchMetrics", "name=ExpiresPerSec", "why.source_quiet_fetches"_w},
    {"FetchSessionCache", "name=NumIncrementalFetch", "why.source_fetch_sessions"_w},
    {"LogFlushStats", "name=LogFlush", "why.source_flushes"_w},
    {"type=producer-metrics", "#record-send-", "why.source_sent"_w},
    {"type=producer-metrics", "#batch-size-", "why.source_batches"_w},
    {"type=producer-metrics", "#records-per-request-avg", "why.source_batches"_w},
    {"type=producer-metrics", "#record-queue-time-", "why.source_queue_time"_w},
    {"type=producer-metrics", "#request-latency-", "why.source_answers"_w},
    {"type=producer-metrics", "#buffer-available-bytes", "why.source_buffer"_w},
    {"type=producer-metrics", "#txn-begin-", "why.source_begin"_w},
    {"type=producer-metrics", "#txn-", "why.source_calls"_w},
    {"type=consumer-fetch", "#records-consumed-total", "why.source_handed_over"_w},
    {"type=consumer-fetch", "#bytes-consumed-total", "why.source_handed_over"_w},
    {"type=consumer-", "#fetch-total", "why.source_fetches"_w},
    {"type=consumer-", "#fetch-latency-", "why.source_fetch_latency"_w},
    {"type=consumer-coordinator", "#commit-latency-", "why.source_commits"_w},
    {"type=consumer-coordinator", "#commit-total", "why.source_answered_commits"_w},
    {"type=consumer-coordinator", "#join-time-avg", "why.source_joins"_w},
    {"type=consumer-", "#time-between-poll-", "why.source_polls"_w},
    {"type=consumer-", "#last-poll-seconds-ago", "why.source_polls"_w},
};

/// Whether the value is measured, so that a 0 does not mean that there is nothing.
bool is_measured(const OfMetric& m) {
  return m.has("-ago") || m.has("-age") || m.has("-rate") || m.has("offset") || m.has("Offset") || m.has("-bytes");
}

/// The sentence about the time that the value covers.
words::Key key_of_time(const OfMetric& m, bool counts) {
  if (counts) return m.is_zero() ? "why.metric_none_yet"_w : "why.metric_total"_w;
  if (m.has("#Mean") || m.has("#Max")) return "why.metric_all_values"_w;
  if (m.name.ends_with("-avg") || m.name.ends_with("-max") || m.name.ends_with("-rate")) return "why.metric_window"_w;
  return m.is_zero() && !is_measured(m) ? "why.metric_none"_w : "why.metric_present"_w;
}

}  // namespace

OfMetric::OfMetric(const Asked& a)
    : asked(a),
      story(a.story),
      name(a.part(3)),
      who(a.part(2)),
      node(story.cluster().find(who)),
      broker(node.valid() ? story.names().broker_at(node) : protocol::kNoBroker) {}

std::string OfMetric::tag(std::string_view key) const {
  const std::string wanted = "," + std::string(key) + "=";
  const std::size_t at = name.find(wanted);
  return at == std::string::npos
             ? std::string()
             : name.substr(at + wanted.size(), name.find_first_of(",#", at + 1) - at - wanted.size());
}

std::string OfMetric::partition() const {
  return tag("partition").empty() ? std::string() : tag("topic") + "-" + tag("partition");
}

const MetricLine* OfMetric::restarted() const {
  const MetricLine* start = start_before(story, node, story.end());
  return start == nullptr || start->time.us == 0 ? nullptr : start;
}

Telling telling_of(const OfMetric& m) {
  return Telling(m.story, m.asked.path, asks_metric(m.asked, metric_in_words(m.name)));
}

std::optional<Answer> under_metric(const OfMetric& m, std::optional<Answer> answer) {
  if (!answer) return answer;
  Question own = asks_metric(m.asked, metric_in_words(m.name));
  answer->path = m.asked.path;
  answer->question = std::move(own.words);
  answer->question_key = own.key;
  return answer;
}

std::optional<Answer> led_to(const OfMetric& m, std::optional<Answer> (*why)(const Asked&),
                             const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  json value = state_of(m.story, path);
  if (value.is_null()) return std::nullopt;
  return under_metric(m, why(Asked{m.story, path, parts, std::move(value)}));
}

bool tell_sum(Telling& telling, const OfMetric& m, const std::map<std::string, std::int64_t>& parts) {
  return tell_sum(telling, m.asked.value, m.who, parts);
}

void tell_senders(Telling& telling, const std::string& request, std::int64_t count) {
  const Story& story = telling.story();
  std::map<std::string, std::int64_t> senders;
  for (std::size_t i = 0; i < story.trace().size(); ++i) {
    const auto f = fact_if<fact::MessageDelivered>(story.trace()[i]);
    if (f && f->from.valid() && !protocol::is_response(f->api) && protocol::name(protocol::api_of(f->api)) == request)
      ++senders[story.cluster().info(f->from).name];
  }
  tell_sum(telling, count, "", senders);
}

bool tell_sum(Telling& telling, const json& value, const std::string& subject,
              const std::map<std::string, std::int64_t>& parts) {
  constexpr std::size_t kMost = 5;
  std::vector<std::pair<std::string, std::int64_t>> greatest;
  std::int64_t sum = 0;
  for (const auto& [name, amount] : parts) {
    sum += amount;
    if (amount > 0) greatest.emplace_back(name, amount);
  }
  if (greatest.empty() || value != sum) return false;
  std::stable_sort(greatest.begin(), greatest.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < greatest.size() && i < kMost; ++i)
    text += (i == 0 ? "" : ", ") + greatest[i].first + ": " + std::to_string(greatest[i].second);
  if (greatest.size() > kMost) text += " …";
  telling.now("why.metric_sum"_w, {{"parts", text}}, Weight::Point, subject);
  return true;
}

void tell_counted(Telling& telling, const OfMetric& m) {
  const MBeanKind* kind = find_mbean_kind(m.name);
  if (kind == nullptr) return;
  const Words metric = both(kind->words);
  if (kind->counts) telling.say("why.metric_counts_anew"_w, {{"who", m.who}}, m.restarted(), Weight::Link, m.who);
  const words::Key key = key_of_time(m, kind->counts);
  telling.now(key, {{"who", m.who}, {"metric", metric}}, Weight::Point, m.who);
  if (key == "why.metric_none"_w) return;
  for (const Source& source : kSources)
    if (m.has(source.bean) && m.has(source.part)) return telling.now(source.key, {{"who", m.who}}, Weight::Link, m.who);
}

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
  // The longest wait of a Produce has a record's story.
  if (request == "Produce" && m.has("RemoteTimeMs") && m.has("#Max") && m.asked.value.is_number())
    if (auto slowest = under_metric(
            m, why_longest_produce(m.asked, m.broker, static_cast<std::int64_t>(m.asked.value.get<double>() * 1000))))
      return slowest;
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
