#include "observe/why/errors.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "cluster/acts.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "coordinator/transaction_records.h"
#include "observe/why/coordinators.h"
#include "observe/why/fetchers.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::ErrorCode;

namespace {

using ErrorLine = Story::Line;

bool is_sequence_gap(const Story& story, const ErrorLine& failed) {
  constexpr ErrorCode kGap = ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER;
  return error_of(failed) == kGap && story.injected(kGap, place_of(failed), failed.node, failed.seq) == nullptr;
}

}  // namespace

ErrorCode error_of(const ErrorLine& failed) {
  if (const auto f = fact_if<fact::BatchRetried>(failed)) return f->error;
  if (const auto f = fact_if<fact::BatchFailed>(failed)) return f->error;
  if (const auto f = fact_if<fact::RecordFailed>(failed)) return f->error;
  if (const auto f = fact_if<fact::ClientError>(failed)) return f->error;
  return ErrorCode::NONE;
}

bool is_authorization(ErrorCode error) {
  using enum ErrorCode;
  return error == TOPIC_AUTHORIZATION_FAILED || error == GROUP_AUTHORIZATION_FAILED ||
         error == CLUSTER_AUTHORIZATION_FAILED || error == TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

SequenceGap sequence_gap(const Story& story, const ErrorLine& refused) {
  const auto tp = place_of(refused);
  const auto own = [&](const auto& f, const ErrorLine& l) { return l.node == refused.node && f.partition == tp; };
  const ErrorLine* acked = story.last<fact::BatchAcked>(refused.seq, own);
  const sim::NodeId leader = story.broker_node(story.leader_at(tp, refused.seq));
  const ErrorLine* lost = story.last<fact::LogRecovered>(refused.seq, [&](const auto& f, const ErrorLine& l) {
    return l.node == leader && f.partition == tp && f.lost_from.known();
  });
  const ErrorLine* elected =
      story.last<fact::LeaderElected>(refused.seq, [&](const auto& f, const ErrorLine&) { return f.partition == tp; });
  if (elected != nullptr && !story.elected_from_outside(*elected)) elected = nullptr;
  if (lost = latest({lost, elected}); lost != nullptr && latest({lost, acked}) == lost) return {lost, true};
  // Several batches may be missing, and the first of them may have been sent again and acknowledged meanwhile.
  constexpr std::int64_t kAtMostUs = 10'000'000;
  const auto other = [&](const auto& f, const ErrorLine& l) {
    return own(f, l) && f.error != ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER && (refused.time - l.time).us <= kAtMostUs;
  };
  return {
      latest({story.last<fact::BatchRetried>(refused.seq, other), story.last<fact::BatchFailed>(refused.seq, other)}),
      false};
}

namespace {

/// The operator's act that an admin client was carrying out when it got the error; null: another kind of client, or an
/// error after which the call is repeated.
const ErrorLine* act_of_admin(const Story& story, const ErrorLine& failed, ErrorCode error) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  // Kafka counts these errors as retriable, but an admin client reports them to its application: Admin.electLeaders.
  const bool of_election = error == ErrorCode::ELECTION_NOT_NEEDED ||
                           error == ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE ||
                           error == ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE;
  if (spec == nullptr || spec->kind != cluster::ClientKind::Admin || (protocol::retriable(error) && !of_election))
    return nullptr;
  // The act's own result with the error follows it; later acts may have been waiting then.
  const ErrorLine* result = story.first<fact::CommandResult>(
      failed.seq, [&](const auto& f, const ErrorLine& l) { return l.node == failed.node && f.error == error; });
  const std::uint64_t call = result == nullptr ? 0 : as<fact::CommandResult>(*result).call;
  std::uint64_t number = 0;
  for (const ActTaken& act : story.moment().observation.acts_taken())
    if (call != 0 && act.by == failed.node && act.call == call && act.at <= failed.time) number = act.number;
  return story.last<fact::Command>(failed.seq, [&](const fact::Command& f, const ErrorLine& l) {
    if (number != 0) return f.number == number;
    return f.verb != "start" && f.verb != "stop" && story.involves(l, failed.node);
  });
}

/// What left an admin client's call without an active controller until its time was over; null: a controller was active, or the
/// client is of another kind.
const ErrorLine* lack_of_controller(const Story& story, const ErrorLine& failed) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (spec == nullptr || spec->kind != cluster::ClientKind::Admin) return nullptr;
  const std::int64_t most_us = spec->config.number("default.api.timeout.ms") * 1000;
  const ErrorLine* refused = story.last<fact::ClientError>(failed.seq, [&](const auto& f, const ErrorLine& l) {
    return l.node == failed.node && f.error == ErrorCode::NOT_CONTROLLER && (failed.time - l.time).us <= most_us;
  });
  return refused == nullptr ? nullptr : story.back(*refused);
}

/// What kept the answer from an admin client's call about a partition until the call's time was over. Null: nothing did, or the call
/// was about something else.
const ErrorLine* lack_of_answer(const Story& story, const ErrorLine& failed) {
  const ErrorLine* result = story.first<fact::CommandResult>(
      failed.seq, [&](const auto&, const ErrorLine& l) { return l.node == failed.node && l.time == failed.time; });
  if (result == nullptr) return nullptr;
  std::uint64_t number = 0;
  for (const ActTaken& act : story.moment().observation.acts_taken())
    if (act.by == failed.node && act.call == as<fact::CommandResult>(*result).call) number = act.number;
  const ErrorLine* asked =
      story.last<fact::Command>(failed.seq, [&](const auto& f, const ErrorLine&) { return f.number == number; });
  const NumberedCommand* act = asked == nullptr ? nullptr : story.command_of(*asked);
  const auto* deletes = act == nullptr ? nullptr : act->command.get_if<cluster::act::DeleteRecords>();
  if (deletes == nullptr || !deletes->partition) return nullptr;
  return story.back_of_error(ErrorCode::REQUEST_TIMED_OUT, story.cluster().partition(*deletes->partition), failed.node,
                             failed.seq,
                             Search().of(traffic::kAdmin).timed_out((failed.time - asked->time).us / 1000, 0));
}

/// The change of the ACLs that kept an admin client's act from its resource; null: no rule did, or the error is another one.
const ErrorLine* rule_against_act(const Story& story, const ErrorLine& failed, ErrorCode error) {
  const bool refused = is_authorization(error) && error != ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  return refused && act_of_admin(story, failed, error) != nullptr
             ? story.rule_against(error, place_of(failed), failed.node, failed.seq)
             : nullptr;
}

/// The arrival at a broker of the client's request that got the error; the error itself, if it is not known.
const ErrorLine& arrival_of_request(const Story& story, const ErrorLine& failed) {
  constexpr int kAtMost = 32;
  const ErrorLine* line = &failed;
  for (int i = 0; i < kAtMost && line != nullptr; ++i, line = story.trace().find(line->cause))
    if (const auto f = fact_if<fact::MessageDelivered>(*line); f && f->from == failed.node) return *line;
  return failed;
}

/// The last change of the state of the client's transactional.id before that line to one of these states.
const ErrorLine* last_change_to(const Story& story, const ErrorLine& failed, std::uint64_t before,
                                std::initializer_list<coordinator::TransactionState> states) {
  const std::string id = transactional_id_of(story, failed.node);
  return story.last<fact::TransactionState>(before, [&](const auto& f, const ErrorLine&) {
    return !id.empty() && f.transactional_id.view() == id && f.from != f.to &&
           std::any_of(states.begin(), states.end(),
                       [&](auto state) { return f.to == static_cast<std::int64_t>(state); });
  });
}

/// The decision about the transaction of the client's transactional.id, if it was not carried out yet when the request came.
const ErrorLine* decision_under_way(const Story& story, const ErrorLine& failed) {
  using enum coordinator::TransactionState;
  const ErrorLine* decided = last_change_to(story, failed, failed.seq, {PrepareAbort, PrepareCommit});
  const ErrorLine* done =
      last_change_to(story, failed, arrival_of_request(story, failed).seq, {CompleteAbort, CompleteCommit});
  return decided != nullptr && latest({decided, done}) == decided ? decided : nullptr;
}

/// What keeps the coordinator from storing the next state of the client's transaction: its followers do not copy it.
const ErrorLine* delay_of_decision(const Story& story, const ErrorLine& failed) {
  const std::uint64_t asked = arrival_of_request(story, failed).seq;
  const auto tp =
      coordinating_partition(story, transactional_id_of(story, failed.node), coordinator::kTransactionStateTopic);
  const auto in_sync = tp.partition < 0 ? std::nullopt : story.isr_before(tp, asked);
  if (!in_sync) return nullptr;
  const protocol::BrokerId leader = story.leader_at(tp, asked);
  const Search copies = Search().with({story.broker_node(leader, asked)}).of(traffic::kCopies);
  const ErrorLine* found = nullptr;
  for (const protocol::BrokerId id : in_sync->isr)
    if (id != leader) found = latest({found, story.hindrance(story.broker_node(id, asked), asked, copies)});
  return found;
}

/// The client's own start, if the transaction being ended belongs to an earlier producer with the same
/// transactional.id: the first request of the new producer ends that transaction.
const ErrorLine* start_of_successor(const Story& story, const ErrorLine& failed) {
  using enum coordinator::TransactionState;
  const ErrorLine* decided = decision_under_way(story, failed);
  const std::string id = transactional_id_of(story, failed.node);
  if (decided == nullptr) return nullptr;
  const ErrorLine* begun = last_change_to(story, failed, decided->seq, {Ongoing});
  const ErrorLine* started = story.last<fact::NodeStarted>(
      failed.seq, [&](const auto&, const ErrorLine& l) { return l.node == failed.node && l.time.us > 0; });
  const bool another = std::any_of(story.cluster().nodes().begin(), story.cluster().nodes().end(), [&](const auto& n) {
    const sim::NodeId node = story.cluster().find(n.name);
    return node != failed.node && transactional_id_of(story, node) == id;
  });
  return another && begun != nullptr && started != nullptr && begun->seq < started->seq ? started : nullptr;
}

/// The change of transaction.version since the producer's start, if that is why it asks for an epoch again: the request comes while
/// its transaction is being ended. Null: another request got the error.
const ErrorLine* change_of_version(const Story& story, const ErrorLine& failed) {
  const ErrorLine* led = story.trace().find(failed.cause);
  const auto answer = led == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*led);
  const auto own = [&](const auto&, const ErrorLine& l) { return l.node == failed.node; };
  const ErrorLine *begun = story.last<fact::ProducerTransaction>(failed.seq, own),
                  *started = story.last<fact::NodeStarted>(failed.seq, own);
  if (!answer || protocol::api_of(answer->api) != protocol::api::InitProducerId || begun == nullptr ||
      started == nullptr || begun->seq < started->seq)
    return nullptr;
  const ErrorLine* changed = story.last<fact::FeatureChanged>(
      failed.seq, [](const auto& f, const ErrorLine&) { return f.feature == "transaction.version"; });
  return changed != nullptr && changed->seq > started->seq ? changed : nullptr;
}

/// The change of the partition's leader or ISR that began the epoch that the client or the broker does not know yet.
const ErrorLine* epoch_before(const Story& story, const ErrorLine& failed) {
  const auto tp = place_of(failed);
  if (tp.partition < 0 || !existed(story, tp, failed.seq)) return nullptr;
  const ErrorLine* elected =
      story.last<fact::LeaderElected>(failed.seq, [&](const auto& f, const ErrorLine&) { return f.partition == tp; });
  if (elected != nullptr || !story.cluster().under_zookeeper()) return elected;
  const auto isr = story.isr_before(tp, failed.seq);  // under ZooKeeper such a change begins an epoch, too
  return isr ? isr->line : nullptr;
}

/// How the share consumer lost the lock on the records that it acknowledged too late.
const ErrorLine* lock_lost(const Story& story, const ErrorLine& failed) {
  return story.last<fact::ShareSettled>(failed.seq, [&](const auto& f, const ErrorLine&) {
    using enum fact::SettlementReason;
    const bool own = f.reason == Accepted || f.reason == Released || f.reason == Rejected;
    return !own && f.partition == place_of(failed) && story.client_of_member(f.member.view()) == failed.node;
  });
}

}  // namespace

const ErrorLine* back_of_own_error(const Story& story, const ErrorLine& failed) {
  if (const auto call = fact_if<fact::CallFailed>(failed))
    return story.silence(story.cluster().find(call->service.str()), failed.seq, {failed.node});
  const ErrorCode error = error_of(failed);
  const auto f = fact_if<fact::ClientError>(failed);
  if (error != ErrorCode::NONE && story.injected(error, place_of(failed), failed.node, failed.seq) != nullptr)
    return nullptr;
  if (is_sequence_gap(story, failed)) return sequence_gap(story, failed).before;
  if (error == ErrorCode::CONCURRENT_TRANSACTIONS) {
    for (const auto back : {start_of_successor, change_of_version, decision_under_way, delay_of_decision})
      if (const ErrorLine* led = back(story, failed)) return led;
    return nullptr;
  }
  if (!f) return nullptr;
  if (error == ErrorCode::NONE) {
    if (f->exception == "TimeoutException") {
      const ErrorLine* lack = lack_of_controller(story, failed);
      return lack != nullptr ? lack : lack_of_answer(story, failed);
    }
    if (f->exception != "RebalanceInProgressException") return nullptr;
    const ErrorLine& behind = error_behind(story, failed);
    const ErrorLine* made = story.injected(error_of(behind), place_of(behind), behind.node, behind.seq);
    return made != nullptr ? made : rebalance_before(story, story.group_of(failed.node), failed.seq);
  }
  switch (error) {
    case ErrorCode::STALE_MEMBER_EPOCH: return rebalance_before(story, story.group_of(failed.node), failed.seq);
    case ErrorCode::INVALID_RECORD_STATE: return lock_lost(story, failed);
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::UNKNOWN_LEADER_EPOCH: return epoch_before(story, failed);
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: {  // a share group's partition has another leader
      const cluster::ClientSpec* spec = story.declared(failed.node);
      const bool shares = spec != nullptr && spec->kind == cluster::ClientKind::ShareConsumer;
      return shares ? epoch_before(story, failed) : nullptr;
    }
    default: {
      const ErrorLine* rule = rule_against_act(story, failed, error);
      return rule != nullptr ? rule : act_of_admin(story, failed, error);
    }
  }
}

bool awaits_producer_ids(const Story& story, sim::NodeId client, ErrorCode error) {
  if (error != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) return false;
  const ErrorLine* refused = story.last<fact::RequestRefused>(
      story.end(), [&](const auto& f, const ErrorLine&) { return f.error == error && f.client == client; });
  if (refused == nullptr || as<fact::RequestRefused>(*refused).api != protocol::api::InitProducerId) return false;
  const cluster::ClientSpec* spec = story.declared(client);  // a producer: only producers ask for producer ids
  return spec != nullptr && spec->config.text("transactional.id").empty();
}

const ErrorLine* loss_of_id(const Story& story, sim::NodeId client, std::uint64_t before) {
  const ErrorLine* producer =
      story.last<fact::ProducerTransaction>(before, [&](const auto&, const ErrorLine& l) { return l.node == client; });
  if (producer == nullptr) return nullptr;
  const protocol::ProducerId producer_id = as<fact::ProducerTransaction>(*producer).producer_id;
  const std::string id = transactional_id_of(story, client);
  const ErrorLine* known = story.last<fact::TransactionState>(before, [&](const auto& f, const ErrorLine&) {
    return f.transactional_id.view() == id && f.producer_id == producer_id;
  });
  if (known == nullptr) return nullptr;
  const bool expired =
      as<fact::TransactionState>(*known).to == static_cast<std::int64_t>(coordinator::TransactionState::Dead);
  return expired ? known : loss_in(story, "__transaction_state", known->seq, before);
}

std::optional<Answer> why_nothing_failed(const Asked& asked, const ErrorLine* failed) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &error = asked.part(3);
  const bool handshake = error == protocol::name(ErrorCode::MEMBER_ID_REQUIRED);
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  const bool asked_about = f && error == protocol::name(f->error);
  const bool ids =
      asked_about &&
      (awaits_producer_ids(story, failed->node, f->error) ||
       (lacked_producer_ids(story, *failed) && story.injected(f->error, {}, failed->node, failed->seq) == nullptr));
  std::string topic = asked_about ? topic_in_creation(story, *failed) : std::string();
  if (asked_about && topic.empty() && !ids) topic = topic_made_meanwhile(story, *failed);
  if (!handshake && !ids && topic.empty()) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_handshake"_w, {{"client", client}, {"error", error}}));
  if (ids)  // a broker that has restarted has lost the ids that it had
    telling.trail(story.last<fact::NodeStarted>(
                      failed->seq, [&, by = answered_by(story, failed->seq)](
                                       const auto&, const ErrorLine& l) { return l.node == by && l.time.us > 0; }),
                  Weight::Link);
  telling.fact(failed, Weight::Point);
  if (handshake) telling.now("why.handshake"_w, {}, Weight::Point, client);
  else if (!topic.empty())
    telling.now("why.no_internal_topic"_w, {{"topic", topic}, {"client", client}}, Weight::Point, client);
  else telling.now("why.no_producer_ids"_w, {{"client", client}}, Weight::Point, client);
  return telling.done();
}

namespace {

/// Tells the setting for which a broker refused or forgot the client; tells nothing about other errors.
void tell_setting_behind(Telling& telling, const ErrorLine& failed) {
  const Story& story = telling.story();
  const ErrorCode error = error_of(failed);
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (spec == nullptr || story.injected(error, place_of(failed), failed.node, failed.seq) != nullptr) return;
  const std::string& client = story.cluster().info(failed.node).name;
  const protocol::Config coordinator = config_before(story, answered_by(story, failed.seq), failed.seq);
  if (error == ErrorCode::INVALID_SESSION_TIMEOUT)
    telling.dated("why.session_out_of_range"_w,
                  {{"client", client},
                   {"ms", spec->config.number("session.timeout.ms")},
                   {"min", coordinator.number("group.min.session.timeout.ms")},
                   {"max", coordinator.number("group.max.session.timeout.ms")}},
                  failed.time, Weight::Point, client);
  if (error == ErrorCode::INVALID_REPLICATION_FACTOR || error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    tell_lack_of_brokers(telling, failed);
  if (error != ErrorCode::INVALID_PRODUCER_ID_MAPPING) return;
  const ErrorLine* gone = loss_of_id(story, failed.node, failed.seq);
  const auto expired = gone == nullptr ? std::nullopt : fact_if<fact::TransactionState>(*gone);
  if (!expired) return;
  const std::string id = expired->transactional_id.str();
  telling.fact(last_state_of_id(story, id, gone->seq), Weight::Link);
  telling.timer_root(*gone);
  telling.say(
      "why.id_expired"_w,
      {{"id", id}, {"ms", config_before(story, gone->node, gone->seq).number("transactional.id.expiration.ms")}}, gone,
      Weight::Point, client);
}

}  // namespace

namespace {

/// The offset at the end of the text that a consumer's exception gives (Deserializers::message); unknown: the exception
/// of that line is not about a record, or a later one has replaced its text.
protocol::Offset unreadable_offset(const Story& story, const ErrorLine& failed) {
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || f->partition.partition < 0) return {};
  const json thrown = state_of(story, "/clients/" + story.cluster().info(failed.node).name + "/exception");
  const std::string message = text_of(part_of(thrown, "message"));
  static constexpr std::string_view kBefore = " at offset ";
  const std::size_t found = message.find(kBefore);
  if (!message.starts_with("Error deserializing ") || found == std::string::npos ||
      part_of(thrown, "at_us") != failed.time.us || text_of(part_of(thrown, "class")) != f->exception.view())
    return {};
  return protocol::Offset{std::strtoll(message.c_str() + found + kBefore.size(), nullptr, 10)};
}

/// Tells which record a consumer cannot deserialize: its partition and offset, who wrote it, and when.
void tell_unreadable(Telling& telling, const ErrorLine& failed) {
  const Story& story = telling.story();
  const protocol::Offset offset = unreadable_offset(story, failed);
  if (!offset.known()) return;
  const ErrorLine* wrote = story.last<fact::LogAppended>(failed.seq, [&](const auto& f, const ErrorLine&) {
    return f.partition == place_of(failed) && f.base_offset <= offset && offset <= f.last_offset;
  });
  const protocol::RecordBatch* batch = wrote == nullptr ? nullptr : story.trace().batch_at(wrote->seq);
  if (batch == nullptr || batch->client < 0) return;
  const auto record = batch->at(offset - as<fact::LogAppended>(*wrote).base_offset);
  if (!record) return;
  telling.trail(wrote, Weight::Aside);
  telling.say("why.unreadable"_w,
              {{"client", story.cluster().info(failed.node).name},
               {"partition", story.cluster().name(place_of(failed))},
               {"offset", offset.value},
               {"number", record->number},
               {"producer", story.cluster().info({batch->client}).name}},
              wrote, Weight::Point);
}

/// Tells what had removed the records that a consumer asks for.
void tell_gone(Telling& telling, const ErrorLine& failed) {
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || (f->error != ErrorCode::OFFSET_OUT_OF_RANGE && f->exception != "OffsetOutOfRangeException")) return;
  const ErrorLine* gone = records_gone(telling.story(), failed);
  telling.fact(gone, Weight::Link);
}

/// Tells that the broker has started, and that the controller has not told it of the partition yet, with what keeps it from that.
void tell_untold(Telling& telling, const ErrorLine& failed) {
  const Story& story = telling.story();
  const auto tp = place_of(failed);
  if (error_of(failed) != ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) return;
  const ErrorLine* started = start_untold(story, tp, failed.seq);
  if (started == nullptr || story.back(failed) != started) return;
  const sim::NodeId controller = controller_before(story, failed.seq);
  telling.trail(story.silence(controller, failed.seq, Search{started->node}.of(traffic::kDecisions)), Weight::Link);
  const std::string& broker = story.cluster().info(started->node).name;
  telling.dated("why.not_told_yet"_w,
                {{"broker", broker},
                 {"controller", story.cluster().info(controller).name},
                 {"partition", story.cluster().name(tp)}},
                failed.time, Weight::Point, broker);
}

}  // namespace

void tell_lack_of_brokers(Telling& telling, const ErrorLine& failed) {
  if (const auto lack = lack_of_brokers(telling.story(), failed.node, failed.seq))
    telling.dated("why.too_few_brokers"_w,
                  {{"client", telling.story().cluster().info(failed.node).name},
                   {"factor", lack->factor},
                   {"brokers", lack->there}},
                  failed.time, Weight::Point);
}

void tell_own_error(Telling& telling, const ErrorLine& failed) {
  const Story& story = telling.story();
  tell_untold(telling, failed);
  tell_evicted(telling, failed);
  tell_refused_by_group(telling, failed);
  tell_gone(telling, failed);
  tell_unreadable(telling, failed);
  tell_setting_behind(telling, failed);
  tell_not_enough_replicas(telling, failed);
  tell_undone_decision(telling, failed);
  if (rule_against_act(story, failed, error_of(failed)) != nullptr)
    telling.fact(act_of_admin(story, failed, error_of(failed)), Weight::Link);
  if (error_of(failed) == ErrorCode::CONCURRENT_TRANSACTIONS &&
      (start_of_successor(story, failed) != nullptr || change_of_version(story, failed) != nullptr))
    telling.fact(decision_under_way(story, failed), Weight::Link);
  if (!is_sequence_gap(story, failed)) return;
  const std::string& client = story.cluster().info(failed.node).name;
  const SequenceGap gap = sequence_gap(story, failed);
  if (gap.before == nullptr) return;
  if (gap.lost)
    telling.dated("why.sequence_lost"_w,
                  {{"client", client}, {"broker", cluster::broker_name(story.leader_at(place_of(failed), failed.seq))}},
                  failed.time, Weight::Point, client);
  else
    telling.dated(is<fact::BatchFailed>(*gap.before) ? "why.sequence_after_failed"_w : "why.sequence_gap"_w,
                  {{"client", client}}, failed.time, Weight::Point, client);
}

void tell_undone_decision(Telling& telling, const ErrorLine& refused) {
  const Story& story = telling.story();
  if (error_of(refused) != ErrorCode::CONCURRENT_TRANSACTIONS) return;
  const ErrorLine* decided = decision_under_way(story, refused);
  const std::string id = transactional_id_of(story, refused.node);
  if (decided == nullptr) return;
  if (decided == last_state_of_id(story, id, story.end()))
    tell_awaits_markers(telling, state_of(story, "/transactions/" + id));
  else telling.trail(delay_of_markers(story, *decided, refused), Weight::Cause);
}

void tell_end_of_assigned(Telling& telling, sim::NodeId client) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const ErrorLine& l) { return l.node == client; };
  const ErrorLine* got = story.last<fact::PartitionsAssigned>(
      story.end(), [&](const auto& f, const ErrorLine& l) { return own(f, l) && f.count > 0; });
  const ErrorLine* ended = got == nullptr ? nullptr : story.first<fact::NodeDied>(got->seq, own);
  if (ended == nullptr) return;
  telling.trail(ended, Weight::Cause);
  telling.fact(story.last<fact::NodeStarted>(story.end(), own), Weight::Link);
}

bool tell_not_assigned_yet(Telling& telling, sim::NodeId client) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const ErrorLine& l) { return l.node == client; };
  const ErrorLine* started = story.last<fact::NodeStarted>(story.end(), own);
  const ErrorLine* got = story.last<fact::PartitionsAssigned>(story.end(), own);
  if (is_silent(story, client) || started == nullptr || (got != nullptr && got->seq > started->seq)) return false;
  const std::string group = story.group_of(client), name = story.cluster().info(client).name;
  const json state = state_of(story, "/groups/" + group);
  const ErrorLine* joined = story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const ErrorLine& l) {
    return l.seq > started->seq && f.group == group && story.client_of_member(f.member.view()) == client;
  });
  const std::string word = text_of(part_of(state, "state"));
  const bool rebalances = word == "PreparingRebalance" && joined != nullptr;
  // The coordinator may have refused it for good.
  const ErrorLine* thrown =
      joined != nullptr ? nullptr : story.last<fact::ClientError>(story.end(), [&](const auto& f, const ErrorLine& l) {
        return own(f, l) && l.seq > started->seq && f.error == ErrorCode::NONE;
      });
  if (got == nullptr) {  // it has never had a partition
    if (thrown != nullptr) tell_own_error(telling, error_behind(story, *thrown));
    telling.trail(thrown, Weight::Cause);
    if (rebalances) tell_join_phase(telling, group);
    return thrown != nullptr || rebalances;
  }
  if (const DeadMember dead = dead_member_of(story, group); dead.died != nullptr && thrown == nullptr) {
    tell_dead_member(telling, group, dead, "");
    return true;
  }
  telling.trail(thrown, Weight::Cause);
  if (rebalances) tell_join_phase(telling, group);
  if (!rebalances || !telling.has_root()) tell_end_of_assigned(telling, client);
  telling.fact(started, Weight::Cause);  // not as the root: the consumer had no partition before its start either
  telling.fact(joined, Weight::Link);
  if (rebalances) return true;
  if (word == "PreparingRebalance") tell_awaited_joins(telling, group);
  else if (word == "CompletingRebalance")
    telling.now("why.group_awaits_sync"_w, {{"group", group}}, Weight::Point, group);
  else
    telling.now("why.not_assigned_again"_w, {{"client", name}, {"at", in_seconds(started->time.us)}}, Weight::Point,
                name);
  return true;
}

namespace {

/// Whether the client surely knew the partition: it has been there from the beginning, or the client has sent to it.
bool surely_known(const Story& story, const ErrorLine& failed, protocol::TopicPartition tp) {
  const auto of_it = [&](const auto& f, const ErrorLine&) { return f.partition == tp; };
  const ErrorLine* added = story.last<fact::PartitionAdded>(failed.seq, of_it);
  return added == nullptr || story.last<fact::BatchSent>(failed.seq, [&](const auto& f, const ErrorLine& l) {
    return l.node == failed.node && l.seq > added->seq && f.partition == tp;
  }) != nullptr;
}

}  // namespace

bool waited_for_memory(const Story& story, const ErrorLine& failed) {
  const auto f = fact_if<fact::RecordFailed>(failed);
  if (!f) return false;
  if (f->exception == "BufferExhaustedException") return true;
  if (f->exception != "TimeoutException" || story.cluster().spec().kafka != protocol::KafkaVersion::V2_5) return false;
  // A send() that waits for metadata does not know the topic, or not that partition.
  const protocol::TopicPartition tp{f->partition.topic, std::max(f->partition.partition, 0)};
  return tp.topic >= 0 && existed(story, tp, failed.seq) &&
         (f->partition.partition < 0 || surely_known(story, failed, tp));
}

std::optional<bool> waited_for_added(const Story& story, const ErrorLine& failed) {
  const auto f = fact_if<fact::RecordFailed>(failed);
  if (!f || f->exception != "TimeoutException" || f->error != ErrorCode::REQUEST_TIMED_OUT || f->partition.topic < 0 ||
      f->partition.partition < 0 || !existed(story, f->partition, failed.seq) ||
      surely_known(story, failed, f->partition))
    return std::nullopt;
  const ErrorLine* added = story.last<fact::PartitionAdded>(
      failed.seq, [&](const auto& a, const auto&) { return a.partition == f->partition; });
  const ErrorLine* learned = story.last<fact::ClientMetadata>(
      failed.seq, [&](const auto&, const ErrorLine& l) { return l.node == failed.node; });
  return learned == nullptr || learned->seq < added->seq;
}

}  // namespace kafkascope::observe
