// Metrics of clients that lead to another question: about what they send, hold, commit or wait for.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "coordinator/group_coordinator_shard.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/why_metric.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using MetricLine = Story::Line;

namespace {

/// What the client's records wait for now; nullopt: none of them waits.
std::optional<Answer> why_records_wait(const OfMetric& m) {
  const std::string path = "/clients/" + m.who + "/waiting";
  std::optional<Answer> answer =
      why_client(Asked{m.story, path, {"clients", m.who, "waiting"}, state_of(m.story, path)});
  if (!answer || answer->question_key == "why.q_waiting_nothing"_w) return std::nullopt;
  return under_metric(m, std::move(answer));
}

/// What the client's unanswered requests wait for. If it has none: that, and the last response that this process got.
std::optional<Answer> why_in_flight(const OfMetric& m) {
  if (!m.is_zero()) return why_records_wait(m);
  constexpr std::size_t kMostLines = 20'000;  // the story keeps no list of deliveries; the last one is not far
  const TraceStore& trace = m.story.trace();
  const std::uint64_t least = trace.size() > kMostLines ? trace[trace.size() - kMostLines].seq : 0;
  const MetricLine* last = last_message(
      m.story, m.story.end(), std::max(begun_at(m.story, m.node), least),
      [&](const auto& f, const MetricLine& l) { return l.node == m.node && protocol::is_response(f.api); });
  Telling telling = telling_of(m);
  if (last != nullptr) {
    const auto response = as<fact::MessageDelivered>(*last);
    telling.say("why.metric_last_response"_w,
                {{"who", m.who},
                 {"broker", m.story.cluster().info(response.from).name},
                 {"api", protocol::name(protocol::api_of(response.api))}},
                last, Weight::Link, m.who);
  }
  telling.now("why.metric_none_in_flight"_w, {{"who", m.who}}, Weight::Point, m.who);
  if (setting_of(m.story, m.node, "acks") == "0")
    telling.now("why.metric_acks_none"_w, {{"who", m.who}}, Weight::Link, m.who);
  return telling.done();
}

/// What the client's records wait for while send() blocks for memory. If none does: that, how much memory is free, and the last
/// send() of this process that waited for it in vain.
std::optional<Answer> why_send_waits(const OfMetric& m) {
  if (!m.is_zero()) return why_records_wait(m);
  const json accumulator = state_of(m.story, "/clients/" + m.who + "/accumulator");
  if (!accumulator.is_object()) return std::nullopt;
  const std::uint64_t begun = begun_at(m.story, m.node);
  Telling telling = telling_of(m);
  telling.fact(m.story.last<fact::RecordFailed>(m.story.end(),
                                                [&](const auto&, const MetricLine& l) {
                                                  return l.node == m.node && l.seq > begun &&
                                                         waited_for_memory(m.story, l);
                                                }),
               Weight::Link);
  telling.now("why.metric_no_send_waits"_w,
              {{"who", m.who},
               {"free", whole_of(part_of(accumulator, "buffer_available_bytes"))},
               {"all", whole_of(part_of(accumulator, "buffer_total_bytes"))}},
              Weight::Point, m.who);
  return telling.done();
}

/// The client's records that wait now, if there is less memory than buffer.memory.
std::optional<Answer> why_memory(const OfMetric& m) {
  const json total = state_of(m.story, "/clients/" + m.who + "/accumulator/buffer_total_bytes");
  return total == m.asked.value ? std::nullopt : why_records_wait(m);
}

std::optional<Answer> why_buffer_memory(const OfMetric& m) {
  Telling telling = telling_of(m);
  const MetricLine* set = setting_act(m.story, m.node, "buffer.memory", m.story.end());
  telling.trail(set, Weight::Point);
  if (set == nullptr) telling.now("why.as_configured"_w, {{"key", "buffer.memory"}}, Weight::Point, m.who);
  return telling.done();
}

constexpr std::int64_t kCoveredUs = 60'000'000;  // averages and maxima cover at least that

/// Whether that time is about the metric's value, in ms.
bool is_about(const OfMetric& m, std::int64_t us, std::int64_t off_us = 0) {
  const double ms = m.asked.value.is_number() ? m.asked.value.get<double>() : 0;
  return std::abs(static_cast<double>(us) / 1000 - ms) <= ms / 50 + static_cast<double>(off_us) / 1000;
}

/// The client's lines of these kinds, in their order.
template <class... Facts>
std::vector<const MetricLine*> lines_of_client(const OfMetric& m) {
  std::vector<const MetricLine*> all;
  const auto own = [&](const auto&, const MetricLine& l) {
    if (l.node == m.node) all.push_back(&l);
    return false;  // all of them
  };
  ((void)m.story.first<Facts>(0, own), ...);
  std::sort(all.begin(), all.end(), [](const MetricLine* a, const MetricLine* b) { return a->seq < b->seq; });
  return all;
}

/// The records that wait for a batch of their partition to leave, and the first one of the batch that has waited longest.
struct WaitingRecords {
  std::map<protocol::TopicPartition, std::vector<const MetricLine*>> waiting;
  std::int64_t longest_us = -1;
  std::uint32_t number = 0;  // of that record

  /// The line does not know yet which partition the record gets.
  void add(const OfMetric& m, std::uint32_t of_client, const MetricLine& handed) {
    const RecordState* r = m.story.moment().observation.ledger().record(m.node.index, of_client);
    if (r != nullptr && r->partition.partition >= 0) waiting[r->partition].push_back(&handed);
  }
  void leave(const MetricLine& sent, bool counts) {
    std::vector<const MetricLine*>& records = waiting[place_of(sent)];
    const auto count = static_cast<std::size_t>(as<fact::BatchSent>(sent).count);
    if (records.empty() || records.size() < count) return;
    const std::int64_t us = (sent.time - records.front()->time).us;
    if (counts && us > longest_us) longest_us = us, number = as<fact::RecordSent>(*records.front()).number;
    records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count));
  }
};

/// The record that waited in the producer for as long as the metric says. Why it was acknowledged late is why.
std::optional<Answer> why_queue_time(const OfMetric& m) {
  WaitingRecords queue;
  for (const MetricLine* l : lines_of_client<fact::RecordSent, fact::BatchSent>(m))
    if (const auto f = fact_if<fact::RecordSent>(*l)) queue.add(m, f->number, *l);
    else if (as<fact::BatchSent>(*l).attempt == 0)
      queue.leave(*l, (m.story.cluster().now() - l->time).us <= kCoveredUs);
  if (!m.name.ends_with("-max") || !is_about(m, queue.longest_us)) return std::nullopt;
  std::optional<Answer> answer = why_fate(m.story, m.asked.path, m.node.index, queue.number, "", "");
  if (!answer || answer->question_key != "why.q_record_late"_w) return std::nullopt;
  return under_metric(m, std::move(answer));
}

/// A Produce for a partition: its batch is sent, and acknowledged, put back or failed.
struct Exchange {
  const MetricLine *sent = nullptr, *ended = nullptr;
  std::int64_t us() const { return sent == nullptr ? -1 : (ended->time - sent->time).us; }
};

/// The client's longest exchange that ended in the time that the metric covers. The batches of a partition end in their order.
Exchange longest_exchange(const OfMetric& m) {
  std::map<protocol::TopicPartition, std::vector<const MetricLine*>> open;
  Exchange longest;
  for (const MetricLine* l :
       lines_of_client<fact::BatchSent, fact::BatchAcked, fact::BatchRetried, fact::BatchFailed>(m)) {
    std::vector<const MetricLine*>& sent = open[place_of(*l)];
    if (is<fact::BatchSent>(*l)) {
      sent.push_back(l);
    } else if (!sent.empty()) {
      const Exchange one{sent.front(), l};
      sent.erase(sent.begin());
      if ((m.story.cluster().now() - l->time).us <= kCoveredUs && one.us() > longest.us()) longest = one;
    }
  }
  return longest;
}

/// The longest exchange, and what silenced its leader or kept a replica in the ISR from copying meanwhile.
std::optional<Answer> why_slowest_request(const OfMetric& m) {
  const Exchange slow = longest_exchange(m);
  if (!m.name.ends_with("-max") || !is_about(m, slow.us())) return std::nullopt;
  const protocol::TopicPartition tp = place_of(*slow.sent);
  const protocol::BrokerId leader = m.story.leader_at(tp, slow.sent->seq);
  const sim::NodeId leads = m.story.broker_node(leader);
  Telling telling = telling_of(m);
  if (const auto isr = m.story.isr_before(tp, slow.sent->seq); isr && leads.valid())
    for (const MetricLine* held : hindered_copies(m.story, {isr->isr.begin(), isr->isr.end()}, leads, slow.ended->seq))
      telling.trail(held, Weight::Cause);
  telling.say("why.metric_slowest_request"_w,
              {{"who", m.who}, {"partition", m.story.cluster().name(tp)}, {"seconds", lasting(slow.us())}}, slow.sent,
              Weight::Point, m.who);
  if (is<fact::BatchAcked>(*slow.ended)) {
    telling.trail(m.story.hindrance(leads, slow.ended->seq, Search{m.node}.of(traffic::kProducing)), Weight::Cause);
    telling.fact(slow.ended, Weight::Link);
  } else {
    telling.trail(slow.ended, Weight::Cause);
  }
  return telling.done();
}

/// The response to the client's OffsetCommit that took about as long as the metric says, and what hindered its coordinator, or those
/// who had to copy its log, just before that. Null: it is not found.
std::optional<Answer> why_commit_latency(const OfMetric& m) {
  const TraceStore& trace = m.story.trace();
  const std::uint64_t since = seq_at(m.story, m.story.cluster().now() - sim::microseconds(kCoveredUs));
  const MetricLine *asked = nullptr, *request = nullptr, *slowest = nullptr;
  std::int64_t longest_us = -1;
  for (std::size_t i = trace.first_from(since); i < trace.size(); ++i) {
    const auto f = fact_if<fact::MessageDelivered>(trace[i]);
    if (!f || protocol::api_of(f->api) != protocol::api::OffsetCommit) continue;
    if (f->from == m.node) asked = &trace[i];
    if (trace[i].node != m.node || asked == nullptr || asked->node != f->from) continue;
    if (const std::int64_t us = (trace[i].time - asked->time).us; us > longest_us)
      longest_us = us, request = asked, slowest = &trace[i];
    asked = nullptr;
  }
  constexpr std::int64_t kUsualUs = 200'000, kOnTheWayUs = 50'000;  // the request's own way there has no line
  if (!m.name.ends_with("-max") || longest_us < kUsualUs || !is_about(m, longest_us, kOnTheWayUs)) return std::nullopt;
  const sim::NodeId coordinator = as<fact::MessageDelivered>(*slowest).from;
  const protocol::TopicPartition log =
      coordinating_partition(m.story, m.story.group_of(m.node), coordinator::kOffsetsTopic);
  Telling telling = telling_of(m);
  telling.trail(m.story.hindrance(coordinator, slowest->seq, Search{m.node}.of(traffic::kGroups)), Weight::Cause);
  if (const auto isr = log.partition < 0 ? std::nullopt : m.story.isr_before(log, request->seq))
    for (const MetricLine* held :
         hindered_copies(m.story, {isr->isr.begin(), isr->isr.end()}, coordinator, slowest->seq))
      telling.trail(held, Weight::Cause);
  telling.say("why.metric_slowest_commit"_w,
              {{"who", m.who}, {"broker", m.story.cluster().info(coordinator).name}, {"seconds", lasting(longest_us)}},
              slowest, Weight::Point, m.who);
  tell_counted(telling, m);
  return telling.done();
}

/// What slows the client itself, and when it got no records for as long as the metric says.
std::optional<Answer> why_polls(const OfMetric& m) {
  Telling telling = telling_of(m);
  const MetricLine *from = nullptr, *to = nullptr, *last = nullptr;
  (void)m.story.first<fact::RecordDelivered>(0, [&](const auto&, const MetricLine& l) {
    if (l.node != m.node) return false;
    const bool longer = last != nullptr && (from == nullptr || l.time - last->time > to->time - from->time);
    if (longer && (m.story.cluster().now() - l.time).us <= kCoveredUs) from = last, to = &l;
    last = &l;
    return false;  // all of them
  });
  if (m.name.ends_with("-ago")) telling.trail(m.story.hindrance(m.node, m.story.end()), Weight::Cause);
  if (from != nullptr && m.name.ends_with("-max") && is_about(m, (to->time - from->time).us)) {
    telling.trail(m.story.hindrance(m.node, to->seq), Weight::Cause);
    telling.say("why.metric_longest_poll"_w, {{"who", m.who}, {"since", in_seconds(from->time.us)}}, to, Weight::Link,
                m.who);
  }
  tell_counted(telling, m);
  return telling.done();
}

std::optional<Answer> why_calls_of_transactions(const OfMetric& m) {
  if (!transactional_id_of(m.story, m.node).empty()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.now("why.metric_no_transactions"_w, {{"who", m.who}}, Weight::Point, m.who);
  return telling.done();
}

// The first row whose text is a part of the name answers.
constexpr MetricAnswer kClientAnswers[] = {
    {"#requests-in-flight", why_in_flight},
    {"#waiting-threads", why_send_waits},
    {"#buffer-available-bytes", why_memory},
    {"#buffer-total-bytes", why_buffer_memory},
    {"#record-queue-time-", why_queue_time},
    {"#request-latency-", why_slowest_request},
    {"#batch-split-total",
     [](const OfMetric& m) {
       return why_last<fact::BatchRetried>(m, [](const OfMetric& own, const auto& f, const MetricLine& l) {
         return l.node == own.node && f.error == protocol::ErrorCode::MESSAGE_TOO_LARGE;
       });
     }},
    {"#buffer-exhausted-total",
     [](const OfMetric& m) {
       return why_last<fact::RecordFailed>(m, [](const OfMetric& own, const auto& f, const MetricLine& l) {
         return l.node == own.node && f.exception == "BufferExhaustedException";
       });
     }},
    {"#txn-", why_calls_of_transactions},
    {"#metadata-age",
     [](const OfMetric& m) {
       return why_last<fact::ClientMetadata>(m, [](const OfMetric& own, const auto&, const MetricLine& l) {
         // Metadata that changes nothing leaves no line.
         constexpr double kOffBySeconds = .05;
         const double age = static_cast<double>((own.story.cluster().now() - l.time).us) / 1e6;
         return l.node == own.node && own.asked.value.is_number() &&
                std::abs(age - own.asked.value.get<double>()) < kOffBySeconds;
       });
     }},
    {"#assigned-partitions",
     [](const OfMetric& m) {
       return led_to(m, why_client, {"clients", m.who, "assignment"});
     }},
    {"#commit-latency-", why_commit_latency},
    {"#commit-total",
     [](const OfMetric& m) {
       return why_last<fact::OffsetCommitted>(m, [](const OfMetric& own, const auto& f, const MetricLine&) {
         const std::string group = own.story.group_of(own.node);
         const bool alone = part_of(state_of(own.story, "/groups/" + group), "members").size() == 1;
         return alone && f.group == group &&
                f.offset.known();  // of several members, a commit does not tell whose it is
       });
     }},
    {"#join-total",
     [](const OfMetric& m) {
       return why_last<fact::GroupMemberJoined>(m, [](const OfMetric& own, const auto& f, const MetricLine&) {
         return own.story.client_of_member(f.member.view()) == own.node;
       });
     }},
    {"#sync-total",
     [](const OfMetric& m) {
       return why_last<fact::PartitionsAssigned>(
           m, [](const OfMetric& own, const auto&, const MetricLine& l) { return l.node == own.node; });
     }},
    {"#time-between-poll-", why_polls},
    {"#last-poll-seconds-ago", why_polls},
};

}  // namespace

std::optional<Answer> why_client_metric(const OfMetric& m) {
  if (!m.node.valid() || m.story.cluster().info(m.node).client < 0) return std::nullopt;
  for (const MetricAnswer& row : kClientAnswers)
    if (m.has(row.part)) return row.why(m);
  return std::nullopt;
}

}  // namespace kafkascope::observe
