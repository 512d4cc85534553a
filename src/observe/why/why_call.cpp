// Why an application's call has no answer: what the coordinator of a transactional call waits for, and which topic or partition a send()
// lacks. And which act of the file made a transactional call.
#include <algorithm>
#include <iterator>

#include "broker/broker.h"
#include "client/producer.h"
#include "cluster/acts.h"
#include "coordinator/transaction_records.h"
#include "observe/model/standing.h"
#include "observe/model/transaction_coordinators.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/min_isr.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

namespace {

using CallLine = Story::Line;

/// The topic of a failed send()'s record if no broker has that topic: one that an act named, or the producer's own.
std::string topic_nobody_has(const Story& story, const CallLine& failed) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  std::vector<std::string> wanted;
  const auto add_topics_of = [&wanted](const NumberedCommand* act) {
    const auto* produce = act == nullptr ? nullptr : act->command.get_if<cluster::act::Produce>();
    if (produce == nullptr) return;
    for (const cluster::RecordSpec& record : produce->records) wanted.push_back(record.topic);
  };
  for (const CallLine* l = &failed; l != nullptr; l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr)
    add_topics_of(story.command_of(*l));
  (void)story.last<fact::Command>(failed.seq, [&](const fact::Command& f, const CallLine& l) {
    if (f.verb == "produce" && story.involves(l, failed.node)) add_topics_of(story.command_of(l));
    return false;  // all of them
  });
  if (spec != nullptr) wanted.push_back(spec->topic);
  const auto& image = story.cluster().committed();
  for (const std::string& topic : wanted)
    if (!topic.empty() && image.topic(image.topic_id(topic)) == nullptr) return topic;
  return {};
}

}  // namespace

std::optional<OpenCall> open_call(const Story& story, sim::NodeId node) {
  const auto* producer = node.valid() ? story.cluster().role<client::Producer>(node) : nullptr;
  if (producer == nullptr || !story.cluster().alive(node) || !producer->transactions().transactional())
    return std::nullopt;
  OpenCall call;
  call.client = node;
  call.id = producer->transactions().options().transactional_id;
  using State = client::TransactionState;
  // The request of a commit or an abort that has timed out is still repeated.
  switch (producer->transactions().state()) {
    case State::Initializing: call.call = "initTransactions()", call.request = "InitProducerId"; break;
    case State::CommittingTransaction: call.call = "commitTransaction()", call.request = "EndTxn"; break;
    case State::AbortingTransaction: call.call = "abortTransaction()", call.request = "EndTxn"; break;
    default:
      if (const auto blocked = producer->blocked_call();
          !blocked || blocked->first != client::TransactionCall::Kind::SendOffsets)
        return std::nullopt;
      call.call = "sendOffsetsToTransaction()", call.request = "TxnOffsetCommit";
  }
  return call;
}

const sim::TraceLine* act_of_open_call(const Story& story, const OpenCall& call) {
  using State = client::TransactionState;
  const std::uint64_t started = begun_at(story, call.client);
  if (call.request == "InitProducerId") return nullptr;
  // A later act waits behind the call, which has already begun.
  if (call.request == "TxnOffsetCommit") {
    const auto blocked = story.cluster().role<client::Producer>(call.client)->blocked_call();
    const std::size_t after =
        blocked ? story.trace().first_at(blocked->second + sim::Duration{1}) : story.trace().size();
    return story.act_on(call.client, {"send_offsets_to_transaction"},
                        after < story.trace().size() ? story.trace()[after].seq : story.end(), started);
  }
  const bool commits = call.call == "commitTransaction()";
  const auto state = static_cast<std::int64_t>(commits ? State::CommittingTransaction : State::AbortingTransaction);
  const auto changed = [&](const auto& f, const CallLine& l) { return l.node == call.client && f.from != f.to; };
  const CallLine* begun = story.last<fact::ProducerTransaction>(
      story.end(), [&](const auto& f, const CallLine& l) { return changed(f, l) && f.to == state; });
  // An act on an earlier transaction did not make it.
  const CallLine* before = begun == nullptr ? nullptr : story.last<fact::ProducerTransaction>(begun->seq, changed);
  const std::uint64_t until = begun == nullptr ? story.end() : begun->seq,
                      since = std::max(started, before == nullptr ? 0 : before->seq);
  if (commits) return story.act_on(call.client, {"commit_transaction"}, until, since);
  return story.act_on(call.client, {"abort_transaction", "stop"}, until, since);  // close() aborts what is open
}

namespace {

/// Tells that the request went to a former coordinator, which the producer still asks and which does not respond;
/// false: it did not. `coordinator`: the present one; the caller tells its silence.
bool tell_asked_in_vain(Telling& telling, const OpenCall& call, sim::NodeId coordinator) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const auto* producer = c.role<client::Producer>(call.client);
  using Which = client::TxnRequest::Coordinator;
  for (const Which which : {Which::Transaction, Which::Group}) {
    const auto& asked = producer->transactions().coordinator(which);
    if (!asked || asked->endpoint == coordinator || producer->network().in_flight(asked->id) == 0 ||
        !is_silent_for(story, asked->endpoint, call.client))
      continue;
    const std::string& broker = c.info(asked->endpoint).name;
    telling.trail(unheard_since(story, asked->endpoint, call.client, traffic::kTransactions), Weight::Cause);
    telling.now(
        "why.call_in_vain"_w,
        {{"client", c.info(call.client).name},
         {"request", std::string(call.request)},
         {"broker", broker},
         {"other", which == Which::Transaction && coordinator.valid() ? c.info(coordinator).name : std::string()}},
        Weight::Point, broker);
    return true;
  }
  return false;
}

}  // namespace

bool tell_call_waits(Telling& telling, const OpenCall& call) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const std::string& client = c.info(call.client).name;
  const auto& image = c.committed();
  const auto* topic = image.topic(image.topic_id(std::string(coordinator::kTransactionStateTopic)));
  if (topic == nullptr || topic->partitions.empty()) return false;
  const protocol::TopicPartition tp{
      topic->id, protocol::partition_for(call.id, static_cast<std::int32_t>(topic->partitions.size()))};
  const protocol::PartitionRegistration& log = topic->partitions[static_cast<std::size_t>(tp.partition)];
  const std::string name = c.name(tp), request(call.request);
  if (log.leader < 0) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const CallLine&) { return f.partition == tp; }),
        Weight::Cause);
    tell_nobody_elects(telling);
    telling.now("why.call_no_leader"_w, {{"client", client}, {"request", request}, {"log", name}}, Weight::Point,
                client);
    return true;
  }
  const sim::NodeId leads = story.broker_node(log.leader);
  const std::string broker = cluster::broker_name(log.leader);
  if (tell_asked_in_vain(telling, call, leads)) return true;
  if (is_silent_for(story, leads, call.client)) {
    telling.trail(unheard_since(story, leads, call.client, traffic::kTransactions), Weight::Cause);
    if (is_silent(story, leads)) tell_nobody_elects(telling);
    telling.now("why.call_silent"_w, {{"client", client}, {"request", request}, {"broker", broker}}, Weight::Point,
                broker);
    return true;
  }
  const auto* coordinates = c.role<broker::Broker>(leads);
  using coordinator::CoordinatorState;
  const CoordinatorState state =
      coordinates == nullptr ? CoordinatorState::Active : coordinates->transaction_coordinator().state(tp.partition);
  if (state != CoordinatorState::Active) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const CallLine&) { return f.partition == tp; }),
        Weight::Cause);
    telling.now(state == CoordinatorState::Loading ? "why.call_loading"_w : "why.call_not_taken_over"_w,
                {{"client", client}, {"request", request}, {"broker", broker}, {"log", name}}, Weight::Point, broker);
    return true;
  }
  const Standing standing = standing_of(log, c.effective_min_isr(tp));
  if (standing.under_min_isr()) {
    tell_too_few_in_sync(telling, tp, story.end());
    telling.now("why.call_cannot_write"_w,
                {{"client", client},
                 {"request", request},
                 {"broker", broker},
                 {"log", name},
                 {"isr", standing.in_sync},
                 {"least", min_isr_told(story, tp, story.end())}},
                Weight::Point, broker);
    return true;
  }
  const storage::PartitionLog* written = c.leader_log(tp);
  WatermarkWait wait = watermark_wait(c, tp);
  std::vector<protocol::BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  if (written != nullptr && written->high_watermark() < written->log_end_offset() && !awaited.empty()) {
    for (const CallLine* hindered : hindered_copies(story, awaited, leads)) telling.trail(hindered, Weight::Cause);
    telling.now("why.call_not_replicated"_w,
                {{"client", client},
                 {"request", request},
                 {"broker", broker},
                 {"log", name},
                 {"brokers", broker_names(awaited)},
                 {"count", awaited.size()}},
                Weight::Point, broker);
    return true;
  }
  return false;
}

bool tell_nothing_there(Telling& telling, const CallLine& failed) {
  const auto f = fact_if<fact::RecordFailed>(failed);
  if (!f || f->exception != "TimeoutException") return false;
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(failed.node).name;
  if (f->partition.topic < 0) {
    const std::string topic = topic_nobody_has(story, failed);
    if (topic.empty()) return false;
    telling.fact(&failed, Weight::Point);
    tell_no_topic(telling, client, topic);
    return true;
  }
  if (f->partition.partition < 0 || existed(story, f->partition, failed.seq)) return false;
  telling.fact(&failed, Weight::Point);
  tell_no_partition(telling, client, f->partition);
  return true;
}

void tell_no_topic(Telling& telling, const std::string& client, const std::string& topic) {
  const Story& story = telling.story();
  telling.trail(story.last<fact::TopicDeleted>(story.end(),
                                               [&](const auto& f, const CallLine&) { return f.topic.view() == topic; }),
                Weight::Cause);
  telling.now(
      "why.no_such_topic"_w,
      {{"client", client}, {"topic", topic}, {"ms", setting_of(story, story.cluster().find(client), "max.block.ms")}},
      Weight::Point, client);
  const CallLine* refused = story.last<fact::ClientError>(story.end(), [&](const auto& f, const CallLine& l) {
    return l.node == story.cluster().find(client) && f.error == protocol::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  });
  if (refused == nullptr || !lack_of_brokers(story, refused->node, refused->seq)) return;
  telling.trail(story.back(*refused), Weight::Cause);
  tell_lack_of_brokers(telling, *refused);
}

void tell_no_partition(Telling& telling, const std::string& client, protocol::TopicPartition tp) {
  const Story& story = telling.story();
  const auto* topic = story.cluster().committed().topic(tp.topic);
  const std::size_t count = topic == nullptr ? 0 : topic->partitions.size();
  telling.now("why.no_such_partition"_w,
              {{"client", client},
               {"ms", setting_of(story, story.cluster().find(client), "max.block.ms")},
               {"partition", tp.partition},
               {"topic", story.cluster().topic_name(tp.topic)},
               {"count", count},
               {"last", std::max<std::size_t>(count, 1) - 1}},
              Weight::Point, client);
}

namespace {

/// The act that made the oldest of the admin client's calls without an answer; null: none is open.
const sim::TraceLine* oldest_open_act(const Story& story, sim::NodeId client) {
  const std::uint64_t begun = begun_at(story, client);
  for (const ActTaken& act : story.moment().observation.acts_taken()) {
    if (act.by != client || act.call == 0) continue;
    const sim::TraceLine* line =
        story.first<fact::Command>(begun, [&](const auto& f, const sim::TraceLine&) { return f.number == act.number; });
    const bool answered =
        line != nullptr && story.first<fact::CommandResult>(line->seq, [&](const auto& f, const sim::TraceLine& l) {
          return l.node == client && f.call == act.call;
        }) != nullptr;
    if (line != nullptr && !answered) return line;
  }
  return nullptr;
}

/// The partition whose leader the act's call asks; -1: it asks another broker.
protocol::TopicPartition asked_of_leader(const Story& story, const sim::TraceLine& act) {
  const NumberedCommand* whole = story.command_of(act);
  const auto* deletes = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::DeleteRecords>();
  return deletes == nullptr || !deletes->partition ? protocol::TopicPartition{}
                                                   : story.cluster().partition(*deletes->partition);
}

/// Tells that the partition has no leader that could answer, or that it is silent; false: neither.
bool tell_leader_away(Telling& telling, const std::string& client, const std::string& ms, protocol::TopicPartition tp) {
  const Story& story = telling.story();
  if (tp.partition < 0) return false;
  const protocol::BrokerId leads = story.leader_at(tp, story.end());
  if (leads >= 0) {
    const sim::NodeId node = story.cluster().find(client);
    telling.trail(story.hindrance(story.broker_node(leads), story.end(), Search{node}.of(traffic::kAdmin)),
                  Weight::Cause);
    return false;
  }
  telling.trail(
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const auto&) { return f.partition == tp; }),
      Weight::Cause);
  telling.now("why.admin_awaits_leader"_w, {{"client", client}, {"partition", story.cluster().name(tp)}, {"ms", ms}},
              Weight::Point, client);
  return true;
}

}  // namespace

Answer why_admin_waits(const Asked& asked, std::int64_t calls) {
  const Story& story = asked.story;
  const std::string& client = asked.part(1);
  Telling telling(story, asked.path, asks("why.q_admin_waits"_w, {{"client", client}, {"calls", calls}}));
  const sim::TraceLine* act = oldest_open_act(story, story.cluster().find(client));
  static constexpr std::string_view kOfController[] = {"create_topic", "delete_topic", "add_partitions", "reassign",
                                                       "elect_leaders"};
  const bool by_controller =
      act != nullptr && std::find(std::begin(kOfController), std::end(kOfController),
                                  as<fact::Command>(*act).verb.view()) != std::end(kOfController);
  const std::string ms = setting_of(story, story.cluster().find(client), "default.api.timeout.ms");
  if (by_controller && !can_elect(story)) {
    tell_nobody_elects(telling);
    telling.fact(act, Weight::Point);
    telling.now("why.admin_awaits_controller"_w, {{"client", client}, {"ms", ms}}, Weight::Point, client);
  } else if (act == nullptr || !tell_leader_away(telling, client, ms, asked_of_leader(story, *act))) {
    telling.now("why.waits_calls"_w, {{"client", client}}, Weight::Point, client);
  }
  return telling.done();
}

bool tell_blocked(Telling& telling, const std::string& client, sim::NodeId node, const nlohmann::json& accumulator) {
  const Story& story = telling.story();
  const nlohmann::json blocked = part_of(accumulator, "blocked");
  if (!blocked.is_object() || part_of(blocked, "on") != "metadata") return false;
  const std::string topic = text_of(part_of(blocked, "topic"));
  const nlohmann::json number = part_of(blocked, "partition");
  const auto& image = story.cluster().committed();
  const protocol::TopicPartition wanted{image.topic_id(topic),
                                        number.is_number() ? static_cast<std::int32_t>(whole_of(number)) : -1};
  if (image.topic(wanted.topic) == nullptr) return tell_no_topic(telling, client, topic), true;
  if (wanted.partition >= 0 && !existed(story, wanted, story.end()))
    return tell_no_partition(telling, client, wanted), true;
  const std::int64_t since = whole_of(part_of(blocked, "since_us"));
  const CallLine* error = story.last<fact::ClientError>(story.end(), [&](const auto&, const CallLine& l) {
    return l.node == node && l.time.us >= since && answers(story, l.seq, protocol::api::Metadata);
  });
  telling.trail(error != nullptr
                    ? error
                    : story.back_of_error(protocol::ErrorCode::NONE, protocol::TopicPartition{}, node, story.end()),
                Weight::Cause);
  // A producer that has sent to the topic since its start has lost the metadata that it had.
  const CallLine* started = start_before(story, node, story.end());
  const CallLine* sent = story.last<fact::BatchAcked>(story.end(), [&](const auto& f, const CallLine& l) {
    return l.node == node && f.partition.topic == wanted.topic;
  });
  const cluster::ClientSpec* spec = story.declared(node);
  const bool again = spec != nullptr && !story.cluster().under_zookeeper() &&
                     spec->config.text("metadata.recovery.strategy") == "rebootstrap";
  const std::string ms = setting_of(story, node, "max.block.ms");
  if (sent != nullptr && started != nullptr && sent->seq > started->seq)
    telling.now("why.waits_metadata_again"_w,
                {{"client", client}, {"ms", ms}, {"servers", again ? "bootstrap.servers" : ""}}, Weight::Point, client);
  else telling.now("why.waits_metadata"_w, {{"client", client}, {"ms", ms}}, Weight::Point, client);
  return true;
}

void tell_full_memory(Telling& telling, const std::string& client, const nlohmann::json& accumulator) {
  if (part_of(accumulator, "blocked").is_object())
    telling.now("why.waits_memory"_w,
                {{"client", client}, {"bytes", part_of(accumulator, "buffer_total_bytes").dump()}}, Weight::Point,
                client);
}

// A program makes one call after the other, so the act may precede the call by the duration of the calls before it.
const CallLine* act_of_call(const Story& story, sim::NodeId node, std::string_view verb, client::TransactionState to,
                            std::uint64_t before) {
  const auto is_call = [&](const auto& f, const CallLine& l) {
    return l.node == node && f.exception.empty() && f.to == static_cast<std::int64_t>(to);
  };
  const CallLine* call = story.last<fact::ProducerTransaction>(before, is_call);
  const cluster::ClientSpec* spec = story.declared(node);
  if (call == nullptr || (spec != nullptr && spec->transaction)) return nullptr;  // or its own plan makes the calls
  const auto of_verb = [&](const fact::Command& f, const CallLine& l) {
    return f.verb == verb && story.involves(l, node);
  };
  const CallLine* led = story.trace().find(call->cause);
  if (const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led); act && of_verb(*act, *led))
    return led;
  const CallLine* started = start_before(story, node, call->seq);
  const CallLine* since = latest({started, story.last<fact::ProducerTransaction>(call->seq, is_call)});
  const CallLine* act = story.first<fact::Command>(since == nullptr ? 0 : since->seq, of_verb);
  return act != nullptr && act->seq < call->seq ? act : nullptr;
}

}  // namespace kafkascope::observe
