// Why the records of a client wait.
#include <algorithm>
#include <functional>
#include <vector>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/errors.h"
#include "observe/why/one_record.h"
#include "observe/why/why_parts.h"
#include "observe/why/why_turn.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

bool waits_for_copies(const Story& story, sim::NodeId producer) {
  const cluster::ClientSpec* spec = story.declared(producer);
  return spec == nullptr || spec->config.text("acks") == "all" || spec->config.text("acks") == "-1";
}

namespace {

/// The send() outside a transaction whose record is still in the accumulator; it is sent once a transaction includes
/// its partition. Null: there is none.
const Line* sent_outside(const Story& story, sim::NodeId producer, protocol::TopicPartition tp) {
  const auto here = [&](const auto& f, const Line& l) { return l.node == producer && f.partition == tp; };
  const Line* thrown = story.last<fact::ClientError>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.exception == kIllegalState; });
  if (thrown == nullptr) return nullptr;
  const Line* started = start_before(story, producer, story.end());
  if (started != nullptr && started->seq > thrown->seq) return nullptr;
  return story.first<fact::BatchSent>(thrown->seq, here) == nullptr ? thrown : nullptr;
}

/// Which of a partition's batches the question is about: all of them, or those of one record.
struct HeldPart {
  const json& in_flight_requests;  // of the client, by broker
  bool in_flight = false;          // a request has the records
  bool in_batch = false;           // the accumulator has a batch of the partition
  std::uint64_t since = 0;         // a retry before that line did not delay them
  bool copied = false;             // the high watermark has passed the record
  words::Message queued = {};      // what the leader handles first, if the record is not in its log yet
};

/// The requests in flight to that leader, if the producer may not send it another one before an answer
/// (max.in.flight.requests.per.connection); otherwise 0.
std::int64_t requests_before(const Story& story, sim::NodeId producer, const json& in_flight_requests,
                             BrokerId leader) {
  const cluster::ClientSpec* spec = story.declared(producer);
  const std::int64_t sent = whole_of(part_of(in_flight_requests, std::to_string(leader)));
  return spec != nullptr && sent >= spec->config.number("max.in.flight.requests.per.connection") ? sent : 0;
}

/// The leader in the producer's Metadata, to which RecordAccumulator.drain hands the batches of a partition: it may no
/// longer be the one that the controller has elected. kNoBroker: it knows none, or its process has ended.
BrokerId believed_leader(const Story& story, sim::NodeId node, TopicPartition tp) {
  const auto* producer =
      node.valid() && story.cluster().alive(node) ? story.cluster().role<client::Producer>(node) : nullptr;
  if (producer == nullptr || !producer->metadata().current_leader(tp).known()) return protocol::kNoBroker;
  return producer->metadata().partition(tp).leader;
}

/// The broker to which the batches of the partition go: the leader according to the producer or, if the producer knows
/// none, the actual leader.
BrokerId asked_leader(const Story& story, sim::NodeId node, TopicPartition tp) {
  const BrokerId believed = believed_leader(story, node, tp);
  return believed < 0 ? story.leader_at(tp, story.end()) : believed;
}

/// Whether a batch of the partition that was sent before is queued again; false once its next attempt is sent.
bool retry_queued(const Story& story, sim::NodeId node, TopicPartition tp) {
  const auto* producer = story.cluster().role<client::Producer>(node);
  bool queued = false;
  if (producer != nullptr)
    producer->accumulator().for_each_queued([&](const client::ProducerBatch& batch) {
      queued = queued || (batch.partition == tp && batch.in_retry && !batch.in_flight);
    });
  return queued;
}

/// Tells that the batches go to a former leader that does not know of its loss, or does not respond; false: such a
/// broker answers, because the batches need no acknowledgement of others.
bool tell_former_leader(Telling& telling, const std::string& client, const std::string& partition, BrokerId leader,
                        bool awaits_copies) {
  const Story& story = telling.story();
  const sim::NodeId node = story.cluster().find(client), leads = story.broker_node(leader);
  const bool silent = is_silent_for(story, leads, node);
  const Line* hindered = silent ? unheard_since(story, leads, node) : story.hindrance(leads, story.end());
  if (!silent && (!awaits_copies || hindered == nullptr)) return false;
  const BrokerId elected = story.leader_at(partition_named(story, partition), story.end());
  telling.trail(hindered, Weight::Cause);
  telling.now("why.waits_former_leader"_w,
              {{"client", client},
               {"leader", cluster::broker_name(leader)},
               {"partition", partition},
               {"other", elected < 0 ? std::string() : cluster::broker_name(elected)}},
              Weight::Point, client);
  return true;
}

/// Whether the broker has been a leader of the partition.
bool has_led(const Story& story, TopicPartition tp, sim::NodeId broker) {
  const Line* first =
      story.first<fact::LeaderElected>(0, [&](const auto& f, const Line&) { return f.partition == tp; });
  if (first == nullptr) return false;
  return story.broker_node(story.leader_at(tp, first->seq)) == broker ||
         story.broker_node(as<fact::LeaderElected>(*first).previous) == broker ||
         story.first<fact::LeaderElected>(0, [&](const auto& f, const Line&) {
           return f.partition == tp && story.broker_node(f.leader) == broker;
         }) != nullptr;
}

/// The brokers that have not answered the producer yet; "": it awaits no answer.
std::string unanswered(const Story& story, sim::NodeId producer, const json& in_flight_requests, BrokerId leader) {
  if (producer.valid() && reach_of(story, producer, leader) == Reach::Asked &&
      whole_of(part_of(in_flight_requests, std::to_string(leader))) > 0)
    return cluster::broker_name(leader);
  std::vector<BrokerId> brokers;
  for (const auto& [id, requests] : in_flight_requests.items())
    if (const auto number = whole_number(id)) brokers.push_back(static_cast<BrokerId>(*number));
  return broker_names(brokers);
}

/// The line at which the oldest queued record of that partition was passed to send().
const Line* oldest_queued(const Story& story, sim::NodeId node, TopicPartition tp) {
  const auto* producer = node.valid() ? story.cluster().role<client::Producer>(node) : nullptr;
  std::optional<std::uint32_t> oldest;
  if (producer != nullptr)
    producer->accumulator().for_each_queued([&](const client::ProducerBatch& batch) {
      const protocol::RecordList& records = batch.sealed ? batch.sealed->records : batch.records;
      if (batch.partition == tp && records.size() > 0)
        oldest = std::min(oldest.value_or(records.number(0)), records.number(0));
    });
  return !oldest ? nullptr : story.last<fact::RecordSent>(story.end(), [&](const auto& f, const Line& l) {
    return l.node == node && f.number == *oldest;
  });
}

/// Tells the election until which the records piled up, if they were passed to send() long before it: they do not wait
/// for the requests that are under way now. `since`: the line of the record in question; 0: all waiting records.
void tell_backlog(Telling& telling, const std::string& client, const std::string& partition, std::uint64_t since) {
  constexpr std::int64_t kLongUs = 1'000'000;
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const Line* handed = since > 0 ? story.trace().find(since) : oldest_queued(story, story.cluster().find(client), tp);
  const Line* elected =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (handed == nullptr || elected == nullptr || (elected->time - handed->time).us < kLongUs) return;
  const auto f = as<fact::LeaderElected>(*elected);
  if (f.leader < 0 || (f.previous >= 0 && story.hindrance(story.broker_node(f.previous), elected->seq) == nullptr))
    return;
  telling.trail(elected, Weight::Cause);
  telling.now("why.waits_backlog"_w,
              {{"client", client},
               {"partition", partition},
               {"leader", cluster::broker_name(f.leader)},
               {"from", in_seconds(handed->time.us)},
               {"since", in_seconds(elected->time.us)}},
              Weight::Point, client);
}

/// Tells what delays the batches of that partition: no leader, a silent leader, an acknowledgement that waits for
/// replicas, a retry, the linger.
void tell_held(Telling& telling, const std::string& client, const std::string& partition, const HeldPart& held) {
  const json& in_flight_requests = held.in_flight_requests;
  const Story& story = telling.story();
  const auto tp = partition_named(story, partition);
  const sim::NodeId node = story.cluster().find(client);
  const BrokerId elected = story.leader_at(tp, story.end()), leader = asked_leader(story, node, tp);
  const sim::NodeId leads = story.broker_node(leader);
  const std::int64_t before_it =
      held.in_flight && !held.in_batch ? 0 : requests_before(story, node, in_flight_requests, leader);
  const bool in_flight = held.in_flight || before_it > 0;
  if (const Line* outside = held.in_flight ? nullptr : sent_outside(story, node, tp); outside != nullptr) {
    telling.trail(outside, Weight::Cause);
    telling.now("why.waits_transaction"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    return;
  }
  if (tell_topic_gone(telling, client, partition)) return;
  if (leader < 0) {
    if (tell_no_such_partition(telling, client, partition)) return;
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    tell_nobody_elects(telling);
    telling.now("why.waits_leader"_w, {{"client", client}, {"partition", partition}}, Weight::Point, partition);
    return;
  }
  const std::string who = cluster::broker_name(leader);
  if (tell_no_connection(telling, node, partition, leader)) return;
  if (leader != elected && tell_former_leader(telling, client, partition, leader,
                                              in_flight && waits_for_copies(story, node) && !held.copied &&
                                                  part_of(in_flight_requests, std::to_string(leader)).is_number()))
    return;
  if (is_silent_for(story, leads, node) && reach_of(story, node, leader) == Reach::Asked) {
    const bool silent = is_silent(story, leads), back = story.cluster().is_cut(leads, node);
    telling.trail(unheard_since(story, leads, node), Weight::Cause);
    if (silent) tell_nobody_elects(telling);
    telling.now(silent ? "why.waits_silent_leader"_w
                : back ? "why.waits_unheard_leader"_w
                       : "why.waits_unreached_leader"_w,
                {{"client", client}, {"leader", who}, {"partition", partition}}, Weight::Point, who);
    return;
  }
  if (tell_throttled(telling, node, leads)) return;
  if (in_flight && leader == elected && !held.copied && tell_isr_write_waits(telling, partition, leads)) return;
  // A request to a previous leader is still unanswered.
  for (const auto& [id, requests] : in_flight_requests.items()) {
    const auto number = whole_number(id);
    const sim::NodeId asked = number ? story.broker_node(static_cast<BrokerId>(*number)) : sim::NodeId{};
    if (asked == leads || !is_silent_for(story, asked, node) || !has_led(story, tp, asked)) continue;
    const Line* silent = unheard_since(story, asked, node);
    if (silent == nullptr) continue;
    telling.trail(silent, Weight::Cause);
    telling.now("why.waits_old_leader"_w,
                {{"client", client}, {"leader", story.cluster().info(asked).name}, {"partition", partition}},
                Weight::Point, client);
    return;
  }
  if (tell_split_again(telling, node, tp, held.since)) return;
  const WatermarkWait wait = leader == elected ? watermark_wait(story.cluster(), tp) : WatermarkWait{};
  std::vector<BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  const Line* retried = story.last<fact::BatchRetried>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  const Line* acked = story.last<fact::BatchAcked>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  if (retried != nullptr && (acked == nullptr || acked->seq < retried->seq) &&
      requests_before(story, node, in_flight_requests, leader) == 0 && retry_queued(story, node, tp)) {
    tell_undone_decision(telling, *retried);
    telling.trail(retried,
                  error_of(*retried) == protocol::ErrorCode::NOT_ENOUGH_REPLICAS ? Weight::Cause : Weight::Point);
    tell_not_enough_replicas(telling, *retried);
    return;
  }
  if (before_it > 0) {
    const std::optional<Turn> first = turn_now(story, node, leads);
    telling.now("why.waits_turn"_w,
                {{"client", client},
                 {"leader", who},
                 {"requests", before_it},
                 {"since", first ? in_seconds(first->written->time.us) : std::string()}},
                Weight::Link, client);
  }
  const std::string to = unanswered(story, node, in_flight_requests, leader);
  const bool by_copies = in_flight && waits_for_copies(story, node);
  if (by_copies && !held.copied && wait.for_min_isr) {
    tell_held_below_min_isr(telling, tp);
    return;
  }
  // Even without acks=all a leader may be blocked by its replicas: in Kafka 2.5 its change of the ISR waits for
  // ZooKeeper. In KRaft mode it answers after its own append.
  const bool by_replicas = by_copies || story.cluster().under_zookeeper();
  const auto hindered_producing = [&] {
    return latest({story.hindrance(node, story.end(), Search{leads}.of(traffic::kProducing)),
                   story.hindrance(leads, story.end(), Search{node}.of(traffic::kProducing))});
  };
  if (in_flight && (by_copies || held.since == 0) && !held.copied && !awaited.empty()) {
    std::vector<const Line*> hindered;
    if (by_replicas) hindered = hindered_copies(story, awaited, leads);
    else if (const Line* own = hindered_producing()) hindered.push_back(own);
    // The failure of an earlier attempt brought the batches here.
    const bool sent_again =
        retried != nullptr && retried->seq > held.since && (acked == nullptr || acked->seq < retried->seq);
    if (hindered.empty() && sent_again) telling.trail(retried, Weight::Cause);
    for (const Line* l : hindered) telling.trail(l, Weight::Cause);
    if (hindered.empty() && !sent_again) tell_backlog(telling, client, partition, held.since);
    if (by_copies && !held.queued.empty()) telling.now(held.queued, Weight::Link, client);
    if (!by_copies) {
      if (held.in_flight && !to.empty())
        telling.now("why.waits_answer"_w, {{"client", client}, {"leader", to}}, Weight::Point, client);
      return;
    }
    telling.now(
        "why.waits_acks"_w,
        {{"leader", who}, {"brokers", broker_names(awaited)}, {"count", awaited.size()}, {"partition", partition}},
        Weight::Point, partition);
    return;
  }
  // All partitions of a request share one response, which waits for the last of them.
  std::string slowest;
  std::vector<BrokerId> waits_for;
  const Line* silent = nullptr;
  if (by_copies)
    for_each_entry(state_of(story, "/partitions"), [&](const std::string& name, const json& state) {
      if (state["leader"] != leader || name.starts_with("__")) return;
      const WatermarkWait of = watermark_wait(story.cluster(), partition_named(story, name));
      std::vector<BrokerId> all = of.in_sync;
      all.insert(all.end(), of.outside.begin(), of.outside.end());
      for (const BrokerId id : all)
        if (const Line* l = story.hindrance(story.broker_node(id), story.end(), Search{leads}.of(traffic::kCopies));
            l != nullptr && latest({silent, l}) != silent)
          silent = l, slowest = name, waits_for = all;
    });
  if (silent != nullptr) {
    telling.trail(silent, Weight::Cause);
    telling.now(
        "why.waits_acks"_w,
        {{"leader", who}, {"brokers", broker_names(waits_for)}, {"count", waits_for.size()}, {"partition", slowest}},
        Weight::Point, slowest);
    return;
  }
  const auto* producer = believed_leader(story, node, tp) < 0 ? nullptr : story.cluster().role<client::Producer>(node);
  const bool fills = held.in_batch && producer != nullptr && producer->network().can_send(leader);
  // While a batch fills, a leader that owes the producer no answer holds nothing up; nor does anything else before linger.ms is over.
  const bool owes_none = whole_of(part_of(in_flight_requests, std::to_string(leader))) == 0;
  const Line* handed = held.since > 0 ? story.trace().find(held.since) : oldest_queued(story, node, tp);
  const std::int64_t linger_us = number_in(setting_of(story, node, "linger.ms")).value_or(0) * 1000;
  const bool lingers = handed != nullptr && (story.cluster().now() - handed->time).us <= linger_us;
  const Line* hindered = !fills || !owes_none ? hindered_producing()
                         : lingers            ? nullptr
                                   : story.hindrance(node, story.end(), Search{leads}.of(traffic::kProducing));
  telling.trail(hindered, Weight::Link);
  if (hindered == nullptr) tell_backlog(telling, client, partition, held.since);
  if (held.in_flight && !to.empty() && before_it == 0 && !fills && (to == who || !held.in_batch))
    telling.now("why.waits_answer"_w, {{"client", client}, {"leader", to}}, Weight::Point, client);
  else if (before_it == 0)
    telling.now("why.waits_linger"_w,
                {{"client", client}, {"partition", partition}, {"ms", setting_of(story, node, "linger.ms")}},
                Weight::Point, client);
}

/// The partition with the most records that no request contains. `queued` is false if all are in flight: the partition
/// is then that of the last batch without an answer. "": nothing waits.
struct Fullest {
  std::string partition;
  bool queued = false;
};
Fullest fullest_of(const Story& story, sim::NodeId node, const json& accumulator) {
  Fullest fullest;
  std::int64_t most = 0;
  for_each_entry(part_of(accumulator, "batches"), [&](const std::string& partition, const json& batches) {
    std::int64_t records = 0;
    for (const json& batch : batches) records += whole_of(part_of(batch, "records"));
    if (records > most) fullest = {partition, true}, most = records;
  });
  const auto* producer = node.valid() ? story.cluster().role<client::Producer>(node) : nullptr;
  const bool awaits = producer != nullptr && (producer->waiting() > 0 || producer->in_flight() > 0);
  if (fullest.queued || !awaits) return fullest;
  const auto own = [node](const auto&, const Line& l) { return l.node == node; };
  const auto answered = [&](const fact::BatchSent& sent, const Line& l) {
    const auto ends = [&](const auto& f, const Line& x) { return x.node == node && f.partition == sent.partition; };
    return story.first<fact::BatchAcked>(l.seq, ends) != nullptr ||
           story.first<fact::BatchFailed>(l.seq, ends) != nullptr ||
           story.first<fact::BatchRetried>(l.seq, ends) != nullptr;
  };
  const Line* last = story.last<fact::BatchSent>(
      story.end(), [&](const auto& f, const Line& l) { return own(f, l) && !answered(f, l); });
  if (last == nullptr) last = story.last<fact::BatchSent>(story.end(), own);
  if (last != nullptr) fullest.partition = story.cluster().name(as<fact::BatchSent>(*last).partition);
  return fullest;
}

/// Tells how many of the queued records wait for another reason than those of that partition.
void tell_other_reason(Telling& telling, const std::string& client, const std::string& told, const json& accumulator,
                       const std::function<HeldPart(const std::string&)>& held_of) {
  const Story& story = telling.story();
  struct Reason {
    words::Key key;
    std::uint64_t since = 0;  // the line at which its answer begins
    Words words;
    std::int64_t records = 0;
    bool is(const Reason& other) const { return key == other.key && since == other.since; }
  };
  const auto reason_of = [&](const std::string& partition) {
    Telling alone(story, {}, asks("why.q_waiting_nothing"_w, {{"client", client}}));
    tell_held(alone, client, partition, held_of(partition));
    const Answer answer = alone.done();
    if (answer.steps.empty()) return Reason{};
    return Reason{answer.steps.back().key, answer.steps.size() > 1 ? answer.steps.front().seq : 0,
                  answer.steps.back().words};
  };
  const Reason own = reason_of(told);
  std::vector<Reason> others;
  std::int64_t all = 0, rest = 0;
  for_each_entry(part_of(accumulator, "batches"), [&](const std::string& partition, const json& batches) {
    std::int64_t records = 0;
    for (const json& batch : batches) records += whole_of(part_of(batch, "records"));
    all += records;
    Reason reason = partition == told ? own : reason_of(partition);
    if (reason.words.en.empty() || reason.is(own)) return;
    rest += records;
    const auto same = std::find_if(others.begin(), others.end(), [&](const Reason& o) { return o.is(reason); });
    if (same == others.end()) others.push_back(std::move(reason)), others.back().records = records;
    else same->records += records;
  });
  const auto most = std::max_element(others.begin(), others.end(),
                                     [](const Reason& a, const Reason& b) { return a.records < b.records; });
  if (most == others.end() || rest == 0) return;
  telling.now("why.waits_rest"_w,
              {{"records", rest},
               {"all", all},
               {"more", rest > most->records ? "more" : ""},
               {"what", after_a_colon(most->words)}},
              Weight::Point, client);
}

/// Tells that the records which poll() has returned are not processed yet; false: the client has none.
bool tell_polled(Telling& telling, const std::string& client, sim::NodeId node) {
  const Story& story = telling.story();
  if (!node.valid()) return false;
  const auto* consumer = story.cluster().role<client::Consumer>(node);
  const auto* sharer = story.cluster().role<client::ShareConsumer>(node);
  const std::int64_t records = consumer != nullptr ? consumer->waiting() : sharer != nullptr ? sharer->waiting() : 0;
  if (records == 0) return false;
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  telling.now("why.waits_polled"_w, {{"client", client}, {"records", records}}, Weight::Point, client);
  return true;
}

/// What a transactional call waits for, once nothing is left to send; false: it still waits for its last batches.
bool tell_open_call(Telling& telling, const OpenCall& call) {
  const Story& story = telling.story();
  const auto* producer = story.cluster().role<client::Producer>(call.client);
  if (producer->in_flight() > 0) return false;
  const std::string& client = story.cluster().info(call.client).name;
  telling.fact(act_of_open_call(story, call), Weight::Link);
  if (tell_call_waits(telling, call)) return true;
  const json transaction = state_of(story, "/transactions/" + call.id);
  if (text_of(part_of(transaction, "state")).starts_with("Prepare")) tell_awaits_markers(telling, transaction);
  telling.now("why.call_answer"_w, {{"client", client}, {"request", std::string(call.request)}}, Weight::Point, client);
  return true;
}

}  // namespace

void tell_unanswered(Telling& telling, const OpenCall& call) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(call.client).name;
  const json accumulator = state_of(story, "/clients/" + client + "/accumulator");
  const std::string partition = fullest_of(story, call.client, accumulator).partition;
  const json in_flight = part_of(accumulator, "in_flight_requests");
  const auto* producer = story.cluster().role<client::Producer>(call.client);
  if (!partition.empty())
    tell_held(telling, client, partition, {in_flight, producer->in_flight() > 0 && !in_flight.empty()});
  telling.now("why.call_after_batches"_w, {{"client", client}, {"request", std::string(call.request)}}, Weight::Point,
              client);
}

void tell_batches(Telling& telling, const std::string& client) {
  const Story& story = telling.story();
  const json accumulator = part_of(state_of(story, "/clients/" + client), "accumulator");
  const sim::NodeId node = story.cluster().find(client);
  const auto [fullest, queued] = fullest_of(story, node, accumulator);
  if (fullest.empty()) return;
  const json in_flight = part_of(accumulator, "in_flight_requests");
  const auto* producer = story.cluster().role<client::Producer>(node);
  const bool sent = producer != nullptr && producer->in_flight() > 0 && !in_flight.empty();
  const auto held_of = [&, queued = queued](const std::string& partition) {
    // Queued records may have to wait until a request in flight is answered.
    const BrokerId leader = asked_leader(story, node, partition_named(story, partition));
    const bool behind_others = queued && requests_before(story, node, in_flight, leader) > 0;
    return HeldPart{in_flight, sent && !behind_others, queued};
  };
  tell_held(telling, client, fullest, held_of(fullest));
  if (queued) tell_other_reason(telling, client, fullest, accumulator, held_of);
}

Answer why_waiting(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& client = asked.part(1);
  const json state = state_of(story, "/clients/" + client);
  const json accumulator = part_of(state, "accumulator");
  const sim::NodeId node = story.cluster().find(client);
  // A fetch in flight of a consumer or a transform is not a waiting record.
  const auto* producer =
      node.valid() && accumulator.is_object() ? story.cluster().role<client::Producer>(node) : nullptr;
  const std::int64_t sent = producer == nullptr ? 0 : producer->in_flight();
  const std::int64_t waiting = whole_of(part_of(state, "waiting"));
  const cluster::ClientSpec* spec = story.declared(node);
  if (waiting > 0 && spec != nullptr && spec->kind == cluster::ClientKind::Admin)
    return why_admin_waits(asked, waiting);
  const std::optional<OpenCall> call = open_call(story, node);
  Telling telling(story, asked.path,
                  call && waiting == 0 ? asks("why.q_call"_w, {{"client", client}, {"call", std::string(call->call)}})
                  : waiting > 0        ? asks("why.q_waiting"_w, {{"client", client}, {"records", waiting}})
                  : sent > 0           ? asks("why.q_in_flight"_w, {{"client", client}, {"records", sent}})
                                       : asks("why.q_waiting_nothing"_w, {{"client", client}}));
  const bool queued = fullest_of(story, node, accumulator).queued;
  if (call && waiting == 0 && !queued && tell_open_call(telling, *call)) return telling.done();
  if (tell_blocked(telling, client, node, accumulator)) return telling.done();
  tell_batches(telling, client);
  tell_full_memory(telling, client, accumulator);
  if (telling.empty() && !tell_polled(telling, client, node))
    telling.now(waiting == 0 ? "why.waits_nothing"_w : "why.waits_calls"_w, {{"client", client}}, Weight::Point,
                client);
  if (waiting == 0 && sent == 0 && !call && producer != nullptr && setting_of(story, node, "acks") == "0")
    telling.now("why.metric_acks_none"_w, {{"who", client}}, Weight::Link, client);
  return telling.done();
}

namespace {

/// The partition of a record without a result; `queued`: no request has its batch. Its number is -1 if it is unknown.
TopicPartition partition_of_pending(const Story& story, const OneRecord& r, const Line& handed,
                                    const client::Producer* producer, bool& queued) {
  TopicPartition tp = r.copies.empty() ? TopicPartition{} : r.copies.front().tp;
  if (producer != nullptr)
    producer->accumulator().for_each_queued([&](const client::ProducerBatch& batch) {
      const protocol::RecordList& records = batch.sealed ? batch.sealed->records : batch.records;
      for (std::size_t i = 0; i < records.size(); ++i)
        if (records.number(i) == r.number) tp = batch.partition, queued = true;
    });
  if (tp.partition >= 0) return tp;
  // A request has the record: one that the client has sent since then, and that is still unanswered.
  const Line* sent = story.first<fact::BatchSent>(handed.seq, [&](const auto& f, const Line& l) {
    const auto ended = [&](const auto& e, const Line& x) { return x.node == l.node && e.partition == f.partition; };
    return l.node == r.node && story.first<fact::BatchAcked>(l.seq, ended) == nullptr &&
           story.first<fact::BatchFailed>(l.seq, ended) == nullptr &&
           story.first<fact::BatchRetried>(l.seq, ended) == nullptr;
  });
  return sent == nullptr ? r.state.partition
                         : as<fact::BatchSent>(*sent).partition;  // of its own batch, if one was sent
}

}  // namespace

void tell_pending(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const Line* handed = story.last<fact::RecordSent>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == r.node && f.number == r.number; });
  telling.fact(handed, Weight::Link);
  if (handed == nullptr) return;
  const json accumulator = state_of(story, "/clients/" + r.client + "/accumulator");
  const auto* producer = story.cluster().role<client::Producer>(r.node);
  if (const client::PendingSend* send = producer == nullptr ? nullptr : producer->blocked_send();
      send != nullptr && send->record.number == r.number) {
    if (!tell_blocked(telling, r.client, r.node, accumulator)) tell_full_memory(telling, r.client, accumulator);
    return;
  }
  const auto written = appends(story, r);
  telling.fact(written.empty() ? nullptr : written.front(), Weight::Link);
  bool queued = false;
  const TopicPartition tp = partition_of_pending(story, r, *handed, producer, queued);
  if (tp.partition < 0) return;
  const json high_watermark = state_of(story, "/partitions/" + story.cluster().name(tp) + "/high_watermark");
  const json requests = part_of(accumulator, "in_flight_requests");
  const bool copied = !r.copies.empty() && whole_of(high_watermark) > r.copies.front().offset.value;
  const words::Message first =
      queued || !written.empty() ? words::Message() : queued_now(story, {r.node.index, r.number}, tp);
  tell_held(telling, r.client, story.cluster().name(tp), {requests, !queued, queued, handed->seq, copied, first});
}

}  // namespace kafkascope::observe
