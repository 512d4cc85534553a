// Why a client waits, fails, or is in its state.
#include <limits>
#include <utility>

#include "client/producer.h"
#include "client/transaction_states.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using Line = Story::Line;

namespace {

constexpr std::string_view kIllegalState = "IllegalStateException";

/// The send() outside a transaction whose record is still in the accumulator; it is sent once a transaction includes
/// its partition. Null: there is none.
const Line* sent_outside(const Story& story, sim::NodeId producer, protocol::TopicPartition tp) {
  const auto here = [&](const auto& f, const Line& l) { return l.node == producer && f.partition == tp; };
  const Line* thrown = story.last<fact::ClientError>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.exception == kIllegalState; });
  if (thrown == nullptr) return nullptr;
  const Line* started =
      story.last<fact::NodeStarted>(story.end(), [&](const auto&, const Line& l) { return l.node == producer; });
  if (started != nullptr && started->seq > thrown->seq) return nullptr;
  return story.first<fact::BatchSent>(thrown->seq, here) == nullptr ? thrown : nullptr;
}

/// Tells what delays the batches of that partition: no leader, a silent leader, an acknowledgement that waits for
/// replicas, a retry, the linger.
void tell_held(Telling& telling, const std::string& client, const std::string& partition,
               const json& in_flight_requests) {
  const bool in_flight = !in_flight_requests.empty();
  const Story& story = telling.story();
  const auto tp = partition_named(story, partition);
  const BrokerId leader = story.leader_at(tp, story.end());
  const sim::NodeId node = story.cluster().find(client), leads = story.broker_node(leader);
  if (const Line* outside = in_flight ? nullptr : sent_outside(story, node, tp); outside != nullptr) {
    telling.trail(outside, Weight::Cause);
    telling.now("why.waits_transaction"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    return;
  }
  if (leader < 0) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    telling.now("why.waits_leader"_w, {{"client", client}, {"partition", partition}}, Weight::Point, partition);
    return;
  }
  const std::string who = cluster::broker_name(leader);
  if (!story.cluster().alive(leads) || story.cluster().state(leads) == sim::NodeState::Paused ||
      story.cluster().is_cut(node, leads)) {
    telling.trail(story.silence(leads, story.end(), {node}), Weight::Cause);
    telling.now("why.waits_silent_leader"_w, {{"client", client}, {"leader", who}, {"partition", partition}},
                Weight::Point, who);
    return;
  }
  // A request to a previous leader is still unanswered.
  for (const auto& [id, requests] : in_flight_requests.items()) {
    const auto number = whole_number(id);
    const sim::NodeId asked = number ? story.broker_node(static_cast<BrokerId>(*number)) : sim::NodeId{};
    const Line* silent = asked == leads ? nullptr : story.hindrance(asked, story.end(), {node});
    if (silent == nullptr) continue;
    telling.trail(silent, Weight::Cause);
    telling.now("why.waits_old_leader"_w,
                {{"client", client}, {"leader", story.cluster().info(asked).name}, {"partition", partition}},
                Weight::Point, client);
    return;
  }
  const WatermarkWait wait = watermark_wait(story.cluster(), tp);
  std::vector<BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  const Line* retried = story.last<fact::BatchRetried>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  const Line* acked = story.last<fact::BatchAcked>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  if (retried != nullptr && (acked == nullptr || acked->seq < retried->seq)) {
    telling.trail(retried, Weight::Point);
    return;
  }
  if (in_flight && !awaited.empty()) {
    const Line* silent = nullptr;
    for (const BrokerId id : awaited)
      silent = latest({silent, story.hindrance(story.broker_node(id), story.end(), {leads})});
    telling.trail(silent, Weight::Cause);
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
  if (in_flight)
    for_each_entry(state_of(story, "/partitions"), [&](const std::string& name, const json& state) {
      if (state["leader"] != leader || name.starts_with("__")) return;
      const WatermarkWait of = watermark_wait(story.cluster(), partition_named(story, name));
      std::vector<BrokerId> all = of.in_sync;
      all.insert(all.end(), of.outside.begin(), of.outside.end());
      for (const BrokerId id : all)
        if (const Line* l = story.hindrance(story.broker_node(id), story.end(), {leads});
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
  telling.trail(latest({story.hindrance(node, story.end(), {leads}), story.hindrance(leads, story.end(), {node})}),
                Weight::Link);
  if (in_flight) telling.now("why.waits_answer"_w, {{"client", client}, {"leader", who}}, Weight::Point, client);
  else telling.now("why.waits_linger"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
}

/// What a transactional call waits for, once nothing is left to send; false: for its last batches.
bool tell_open_call(Telling& telling, const OpenCall& call) {
  const Story& story = telling.story();
  const auto* producer = story.cluster().role<client::Producer>(call.client);
  if (producer->in_flight() > 0) return false;
  const std::string& client = story.cluster().info(call.client).name;
  const Line* started =
      story.last<fact::NodeStarted>(story.end(), [&](const auto&, const Line& l) { return l.node == call.client; });
  telling.fact(story.act_on(call.client, {"commit_transaction", "abort_transaction", "send_offsets_to_transaction"},
                            story.end(), started == nullptr ? 0 : started->seq),
               Weight::Link);
  if (tell_call_waits(telling, call)) return true;
  const json transaction = state_of(story, "/transactions/" + call.id);
  if (text_of(part_of(transaction, "state")).starts_with("Prepare")) tell_awaits_markers(telling, transaction);
  telling.now("why.call_answer"_w, {{"client", client}, {"request", std::string(call.request)}}, Weight::Point, client);
  return true;
}

Answer why_waiting(const Asked& asked, const std::string& client) {
  const Story& story = asked.story;
  const json state = state_of(story, "/clients/" + client);
  const sim::NodeId node = story.cluster().find(client);
  const std::optional<OpenCall> call = open_call(story, node);
  const bool no_record = whole_of(part_of(state, "waiting")) == 0;
  Telling telling(story, asked.path,
                  call && no_record
                      ? asks("why.q_call"_w, {{"client", client}, {"call", std::string(call->call)}})
                      : asks("why.q_waiting"_w, {{"client", client}, {"records", part_of(state, "waiting").dump()}}));
  const json accumulator = part_of(state, "accumulator");
  std::string fullest;
  std::int64_t most = 0;
  for_each_entry(part_of(accumulator, "batches"), [&](const std::string& partition, const json& batches) {
    std::int64_t records = 0;
    for (const json& batch : batches) records += whole_of(part_of(batch, "records"));
    if (records > most) fullest = partition, most = records;
  });
  const json in_flight = part_of(accumulator, "in_flight_requests");
  const json blocked = part_of(accumulator, "blocked");
  if (call && no_record && fullest.empty() && tell_open_call(telling, *call)) return telling.done();
  const bool nothing = whole_of(part_of(state, "waiting")) == 0 && fullest.empty() && in_flight.empty();
  if (fullest.empty() && !nothing && node.valid()) {  // everything is in flight: to which broker?
    const Line* sent =
        story.last<fact::BatchSent>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
    if (sent != nullptr) fullest = story.cluster().name(as<fact::BatchSent>(*sent).partition);
  }
  if (blocked.is_object() && part_of(blocked, "on") == "metadata") {
    const std::string topic = text_of(part_of(blocked, "topic"));
    const auto& image = story.cluster().committed();
    const protocol::TopicPartition wanted{image.topic_id(topic),
                                          part_of(blocked, "partition").is_number()
                                              ? static_cast<std::int32_t>(whole_of(part_of(blocked, "partition")))
                                              : -1};
    if (image.topic(wanted.topic) == nullptr) {
      tell_no_topic(telling, client, topic);
      return telling.done();
    }
    if (wanted.partition >= 0 && !story.existed(wanted, story.end())) {
      tell_no_partition(telling, client, wanted);
      return telling.done();
    }
    const std::int64_t since = whole_of(part_of(blocked, "since_us"));
    const Line* error = story.last<fact::ClientError>(
        story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us >= since; });
    telling.trail(error != nullptr
                      ? error
                      : story.back_of_error(protocol::ErrorCode::NONE, protocol::TopicPartition{}, node, story.end()),
                  Weight::Cause);
    telling.now("why.waits_metadata"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (!fullest.empty()) tell_held(telling, client, fullest, in_flight);
  if (blocked.is_object())
    telling.now("why.waits_memory"_w,
                {{"client", client}, {"bytes", part_of(accumulator, "buffer_total_bytes").dump()}}, Weight::Point,
                client);
  if (telling.empty())
    telling.now(whole_of(part_of(state, "waiting")) == 0 ? "why.waits_nothing"_w : "why.waits_calls"_w,
                {{"client", client}}, Weight::Point, client);
  return telling.done();
}

/// Whether the line is a refusal that no rule ever allowed.
bool by_no_rule(const Story& story, const Line& failed) {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  if (const auto f = fact_if<fact::BatchFailed>(failed)) error = f->error;
  if (const auto f = fact_if<fact::RecordFailed>(failed)) error = f->error;
  if (const auto f = fact_if<fact::ClientError>(failed)) error = f->error;
  using protocol::ErrorCode;
  return (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED || error == ErrorCode::GROUP_AUTHORIZATION_FAILED ||
          error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED) &&
         story.back(failed) == nullptr;
}

/// The application calls what it must not: it sends or ends where no transaction is open, or begins where one is.
void tell_outside(Telling& telling, const Line* failed) {
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  if (!f || f->exception != kIllegalState) return;
  const Story& story = telling.story();
  const Line* state = story.last<fact::ProducerTransaction>(
      failed->seq, [&](const auto&, const Line& l) { return l.node == failed->node; });
  if (state == nullptr) return;
  const bool open =
      as<fact::ProducerTransaction>(*state).to == static_cast<std::int64_t>(client::TransactionState::InTransaction);
  const std::string& name = story.cluster().info(failed->node).name;
  const Line* led = story.back(*failed);
  const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led);
  static constexpr std::pair<std::string_view, std::string_view> kEnds[] = {
      {"commit_transaction", "commitTransaction"},
      {"abort_transaction", "abortTransaction"},
      {"send_offsets_to_transaction", "sendOffsetsToTransaction"}};
  for (const auto& [verb, call] : kEnds)
    if (act && !open && act->verb == verb) {
      telling.now("why.calls_outside"_w, {{"client", name}, {"call", call}}, Weight::Point, name);
      return;
    }
  if (act && act->verb == "begin_transaction") {
    if (open) telling.now("why.begins_twice"_w, {{"client", name}}, Weight::Point, name);
  } else if (!open) {
    telling.now("why.sends_outside"_w, {{"client", name}}, Weight::Point, name);
  }
}

/// The client's last failure of that kind up to `until_us`; error "" = any.
const Line* last_failure(const Story& story, sim::NodeId node, const std::string& error, std::int64_t until_us) {
  const Line* found = nullptr;
  const auto its = [&](const auto& f, const Line& l) {
    bool named = error.empty() || error == protocol::name(f.error);
    if constexpr (requires { f.exception; }) named = named || f.exception == error;
    return l.node == node && named && l.time.us <= until_us;
  };
  for (const Line* l :
       {story.last<fact::BatchFailed>(story.end(), its), story.last<fact::RecordFailed>(story.end(), its),
        error.empty() ? nullptr : story.last<fact::BatchRetried>(story.end(), its),
        story.last<fact::ClientError>(story.end(), [&](const auto&f, const Line&l) {
          // A request that is retried has not failed, and a new member of a group is always asked to join again with an
          // id.
          return its(f, l) && (!error.empty() ||
                               (!protocol::retriable(f.error) && f.error != protocol::ErrorCode::MEMBER_ID_REQUIRED));
        })})
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  if (found != nullptr || !error.empty()) return found;
  return story.last<fact::CallFailed>(
      story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us <= until_us; });
}

/// The failure that this exception reported to the application.
const Line* failure_behind(const Story& story, sim::NodeId node, const json& thrown) {
  const std::int64_t at = whole_of(part_of(thrown, "at_us"));
  const Line* same = last_failure(story, node, text_of(part_of(thrown, "class")), at);
  return same != nullptr ? same : last_failure(story, node, {}, at);
}

}  // namespace

std::optional<Answer> why_client(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &field = asked.part(2);
  const sim::NodeId node = story.cluster().find(client);
  if (!node.valid() || story.cluster().info(node).client < 0) return std::nullopt;
  if (field == "waiting" || field == "accumulator" || field == "in_flight") return why_waiting(asked, client);
  if (field == "failed" || field == "errors" || field == "exception") {
    Telling telling(story, asked.path, asks("why.q_failed"_w, {{"client", client}}));
    const json last_thrown = state_of(story, "/clients/" + client + "/exception");
    const bool no_record = asked.value.is_null() ||
                           (asked.value == 0 && part_of(state_of(story, "/clients/" + client), "kind") == "producer");
    // No record has failed, but a call has.
    const bool none = no_record && !(field == "failed" && last_thrown.is_object());
    const json thrown = field == "exception" || (no_record && !none) ? last_thrown : json();
    const Line* failed = none                 ? nullptr
                         : thrown.is_object() ? failure_behind(story, node, thrown)
                                              : last_failure(story, node, field == "errors" ? asked.part(3) : "",
                                                             std::numeric_limits<std::int64_t>::max());
    tell_outside(telling, failed);
    if (failed == nullptr && !thrown.is_object())
      telling.now("why.never_failed"_w, {{"client", client}}, Weight::Point, client);
    if (failed != nullptr && tell_fenced(telling, node, *failed)) telling.fact(failed, Weight::Point);
    else if (failed == nullptr || !tell_nothing_there(telling, *failed)) telling.trail(failed, Weight::Point);
    if (thrown.is_object())
      telling.now("why.exception"_w,
                  {{"client", client},
                   {"exception", text_of(part_of(thrown, "class"))},
                   {"message", text_of(part_of(thrown, "message"))}},
                  Weight::Point, client);
    if (failed != nullptr && by_no_rule(story, *failed))
      telling.now("why.no_rule_allows"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "throttled") {
    Telling telling(story, asked.path, asks("why.q_throttled"_w, {{"client", client}}));
    const Line* throttled =
        story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const Line&) { return f.client == node; });
    telling.trail(throttled == nullptr ? nullptr : story.quota_of(node, throttled->seq), Weight::Cause);
    telling.fact(throttled, Weight::Point);
    if (telling.empty()) telling.now("why.never_throttled"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "positions" || field == "subscription" || field == "committed") {
    const std::string& partition = asked.part(3);
    const auto tp = partition_named(story, partition);
    Telling telling(story, asked.path, asks("why.q_position"_w, {{"client", client}, {"partition", partition}}));
    const Line* set = story.last<fact::PositionSet>(
        story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
    const json paused = part_of(part_of(state_of(story, "/clients/" + client + "/subscription"), partition), "paused");
    if (paused == true) {
      telling.trail(story.pause_of(node, partition), Weight::Cause);
      telling.now("why.lag_paused"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    }
    telling.trail(set, Weight::Point);
    telling.fact(story.last<fact::RecordDelivered>(
                     story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; }),
                 Weight::Link);
    if (telling.empty())
      telling.now("why.never_read"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "assignment") {
    Telling telling(story, asked.path,
                    asks("why.q_assignment"_w, {{"client", client}, {"partitions", asked.value.dump()}}));
    const auto own = [&](const auto&, const Line& l) { return l.node == node; };
    const Line* got = nullptr;
    for (const Line* l :
         {story.last<fact::PartitionsAssigned>(story.end(), own), story.last<fact::PartitionsRevoked>(story.end(), own),
          story.last<fact::PartitionsLost>(story.end(), own)})
      if (l != nullptr && (got == nullptr || l->seq > got->seq)) got = l;
    telling.trail(got, Weight::Point);
    if (!story.cluster().alive(node)) telling.trail(story.silence(node, story.end()), Weight::Point);
    if (telling.empty()) telling.now("why.never_assigned"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field.empty() || field == "state") return why_node(asked);
  return std::nullopt;
}

}  // namespace kafkascope::observe
