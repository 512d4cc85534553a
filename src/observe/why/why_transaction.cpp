// Why a transaction is in its state.
#include <fmt/format.h>

#include <algorithm>

#include "client/producer.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "coordinator/transaction_records.h"
#include "observe/model/transaction_coordinators.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/coordinators.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/messages_data.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

using State = coordinator::TransactionState;

/// The producers with that transactional id.
std::vector<sim::NodeId> producers_of(const Story& story, const std::string& id) {
  std::vector<sim::NodeId> found;
  const auto& nodes = story.cluster().nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* producer = story.cluster().role<client::Producer>(node);
    const bool has = producer != nullptr &&
                     producer->transactions().options().transactional_id == id;  // not if its process has ended
    if (has || transactional_id_of(story, node) == id) found.push_back(node);
  }
  return found;
}

/// The last line with which the transaction reached that state; adding a partition is not a change of state.
const Line* came_to(const Story& story, const std::string& id, State state, std::uint64_t before) {
  return story.last<fact::TransactionState>(before, [&](const auto& f, const Line&) {
    return f.transactional_id.view() == id && f.to == static_cast<std::int64_t>(state) && f.from != f.to;
  });
}

/// What silenced a producer of the transaction since that line. Messages that are held back do not keep a program from
/// ending its transaction.
const Line* silence_since(const Story& story, const std::string& id, const Line* since) {
  const auto is_hold = [](const Line& l) {
    const auto act = fact_if<fact::Command>(l);
    return act && act->verb == "hold";
  };
  const Line* silent = nullptr;
  for (const sim::NodeId node : producers_of(story, id))
    if (const Line* l = story.silence(node, story.end()); l != nullptr && !is_hold(*l) &&
                                                          (since == nullptr || l->seq > since->seq) &&
                                                          (silent == nullptr || l->seq > silent->seq))
      silent = l;
  return silent;
}

/// The act that began the transaction; null: the program did by itself.
const Line* begin_of(const Story& story, const std::string& id, const Line* began) {
  const Line* begin = nullptr;
  if (began != nullptr)
    for (const sim::NodeId node : producers_of(story, id))
      begin = latest(
          {begin, act_of_call(story, node, "begin_transaction", client::TransactionState::InTransaction, began->seq)});
  return begin;
}

/// The producer's error after which it gave up ending the transaction that began at that line; null: it has no such error.
const Line* refused_end(const Story& story, const std::string& id, const Line* began) {
  const Line* found = nullptr;
  for (const sim::NodeId node : producers_of(story, id)) {
    if (open_call(story, node)) continue;
    const Line* refused = story.last<fact::RequestRefused>(
        story.end(), [&](const auto& f, const Line&) { return f.api == protocol::api::EndTxn && f.client == node; });
    if (refused == nullptr || (began != nullptr && refused->seq < began->seq)) continue;
    found = latest({found, story.first<fact::ClientError>(refused->seq, [&](const auto& f, const Line& l) {
                      return l.node == node && f.error == as<fact::RequestRefused>(*refused).error;
                    })});
  }
  return found;
}

/// Tells that the producer called for the end of the transaction in vain.
void tell_refused_end(Telling& telling, const std::string& id, const Line& error) {
  const Story& story = telling.story();
  const auto ends = [&](const auto& f, const Line& l) {
    return l.node == error.node &&
           (f.to == static_cast<std::int64_t>(client::TransactionState::CommittingTransaction) ||
            f.to == static_cast<std::int64_t>(client::TransactionState::AbortingTransaction));
  };
  const Line* called = story.last<fact::ProducerTransaction>(error.seq, ends);
  const bool aborts = called != nullptr && as<fact::ProducerTransaction>(*called).to ==
                                               static_cast<std::int64_t>(client::TransactionState::AbortingTransaction);
  telling.trail(&error, Weight::Link);
  telling.say("why.tx_end_refused"_w,
              {{"client", story.cluster().info(error.node).name},
               {"id", id},
               {"call", aborts ? "abortTransaction()" : "commitTransaction()"},
               {"error", protocol::name(as<fact::ClientError>(error).error)}},
              &error, Weight::Point, id);
}

}  // namespace

void tell_open(Telling& telling, const std::string& id, const std::string& where) {
  const Story& story = telling.story();
  const Line* began = came_to(story, id, State::Ongoing, story.end());
  const Line* refused = refused_end(story, id, began);
  if (refused != nullptr) tell_refused_end(telling, id, *refused);
  telling.trail(began, Weight::Cause);
  if (refused != nullptr) return;
  for (const sim::NodeId node : producers_of(story, id))
    if (const auto call = open_call(story, node); call && call->request == "EndTxn") {
      telling.fact(act_of_open_call(story, *call), Weight::Link);
      const auto* producer = story.cluster().role<client::Producer>(node);
      if (producer->accumulator().has_incomplete()) tell_unanswered(telling, *call);
      else if (!tell_call_waits(telling, *call))
        telling.now("why.call_answer"_w,
                    {{"client", story.cluster().info(node).name}, {"request", std::string(call->request)}},
                    Weight::Point, id);
      return;
    }
  telling.trail(silence_since(story, id, began), Weight::Cause);
  if (!telling.has_root()) telling.trail(begin_of(story, id, began), Weight::Cause);
  if (where.empty()) telling.now("why.tx_open"_w, {{"id", id}}, Weight::Point, id);
}

namespace {

/// The transaction's transaction.timeout.ms, in µs: from the file, or from a coordinator (terminating a transaction
/// leaves another value there); 0: unknown.
std::int64_t timeout_us(const Story& story, const std::string& id) {
  if (const cluster::ClientSpec* spec = story.declared(story.client_with_transactions(id)))
    return spec->config.number("transaction.timeout.ms") * 1000;
  const auto known = coordinated_transactions(story.cluster());
  const auto it = known.find(id);
  return it == known.end() ? 0 : std::int64_t{it->second.transaction->txn_timeout_ms} * 1000;
}

/// The last decision before that line.
const Line* decision_before(const Story& story, const std::string& id, std::uint64_t before) {
  const Line *commit = came_to(story, id, State::PrepareCommit, before),
             *abort = came_to(story, id, State::PrepareAbort, before);
  return commit == nullptr || (abort != nullptr && abort->seq > commit->seq) ? abort : commit;
}

/// The program's abortTransaction() without an act, for example by its plan.
const Line* aborts_by_itself(const Story& story, const std::vector<sim::NodeId>& producers, std::uint64_t since,
                             std::uint64_t before) {
  return story.last<fact::ProducerTransaction>(before, [&](const auto& f, const Line& l) {
    return l.seq > since && f.exception.empty() &&
           f.to == static_cast<std::int64_t>(client::TransactionState::AbortingTransaction) &&
           std::find(producers.begin(), producers.end(), l.node) != producers.end();
  });
}

/// The producer for whose request of that kind the coordinator had written the decision into its log; not valid: it had not. Its
/// timer skips a transaction that a request is ending.
sim::NodeId asked_to_decide(const Story& story, const std::string& id, const std::vector<sim::NodeId>& producers,
                            std::uint64_t since, const Line& decided, protocol::ApiKey api) {
  const TopicPartition log = coordinating_partition(story, id, coordinator::kTransactionStateTopic);
  sim::NodeId by;
  (void)story.last<fact::LogAppended>(decided.seq, [&](const auto& f, const Line& l) {
    if (l.seq < since || l.node != decided.node || f.partition != log) return false;
    const Line* up = &l;  // a slow disk may lie between the request and its append
    while (up != nullptr && up->node == l.node && !is<fact::MessageDelivered>(*up))
      up = up->cause < up->seq ? story.trace().find(up->cause) : nullptr;
    const auto request = up == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*up);
    const bool asks = request && protocol::api_of(request->api) == api &&
                      std::find(producers.begin(), producers.end(), request->from) != producers.end();
    if (asks) by = request->from;
    return asks;
  });
  return by;
}

/// The producer that began the transaction; not valid: none is known. `since`: the line at which the coordinator heard of it.
sim::NodeId beginner_of(const Story& story, const std::vector<sim::NodeId>& producers, std::uint64_t since) {
  const Line* began = story.last<fact::ProducerTransaction>(since, [&](const auto& f, const Line& l) {
    return f.to == static_cast<std::int64_t>(client::TransactionState::InTransaction) &&
           std::find(producers.begin(), producers.end(), l.node) != producers.end();
  });
  return began == nullptr ? sim::NodeId{} : began->node;
}

/// No coordinator knows the id: tells its last state, and what took its coordinator away.
std::optional<Answer> why_unknown(const Asked& asked, const std::string& id) {
  const Story& story = asked.story;
  const Line* last = last_state_of_id(story, id, story.end());
  const auto log = without_transaction_coordinator(story.cluster(), id);
  if (last == nullptr || !log) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_transaction_unknown"_w, {{"id", id}}));
  telling.fact(last, Weight::Link);
  telling.trail(story.silence(last->node, story.end()), Weight::Point);
  telling.now("why.tx_no_coordinator"_w, {{"id", id}, {"log", story.cluster().name(*log)}}, Weight::Point, id);
  return telling.done();
}

}  // namespace

void tell_decided(Telling& telling, const std::string& id, const Line* decided) {
  const Story& story = telling.story();
  if (decided == nullptr) return;
  const Line* began = came_to(story, id, State::Ongoing, decided->seq);
  const std::uint64_t since = began == nullptr ? 0 : began->seq;
  const bool aborts = as<fact::TransactionState>(*decided).to == static_cast<std::int64_t>(State::PrepareAbort);
  telling.fact(began, Weight::Link);
  // A coordinator that died in between caused the delay, but not the abort of a program that aborts by itself.
  const auto tell_takeover = [&] {
    if (began == nullptr || began->node == decided->node) return;
    if (const Line* l = story.silence(began->node, decided->seq); l != nullptr && l->seq > since)
      telling.trail(l, Weight::Cause);
  };
  if (const Line* by_operator = aborts ? terminated_by(story, *decided, since) : nullptr) {
    tell_takeover();
    telling.trail(by_operator, Weight::Cause);
    telling.fact(decided, Weight::Point);
    return;
  }
  const std::vector<sim::NodeId> producers = producers_of(story, id);
  const Line *call = nullptr, *successor = nullptr;
  for (const sim::NodeId node : producers) {
    const Line* act =
        story.act_on(node, {aborts ? std::string_view("abort_transaction") : std::string_view("commit_transaction")},
                     decided->seq, since);
    if (act != nullptr && (call == nullptr || act->seq > call->seq)) call = act;
    const Line* started = story.last<fact::NodeStarted>(
        decided->seq, [&](const auto&, const Line& l) { return l.node == node && l.seq > since; });
    if (started != nullptr && (successor == nullptr || started->seq > successor->seq)) successor = started;
  }
  // The other producer may have started before the transaction that it ends.
  if (aborts && call == nullptr && successor == nullptr)
    if (const sim::NodeId by = asked_to_decide(story, id, producers, since, *decided, protocol::api::InitProducerId);
        by.valid() && by != beginner_of(story, producers, since))
      successor = start_before(story, by, decided->seq);
  // The call may have waited behind others; its act then precedes the transaction's first request.
  if (call == nullptr && successor == nullptr)
    for (const sim::NodeId node : producers)
      call = latest({call, act_of_call(story, node, aborts ? "abort_transaction" : "commit_transaction",
                                       aborts ? client::TransactionState::AbortingTransaction
                                              : client::TransactionState::CommittingTransaction,
                                       decided->seq)});
  const std::int64_t timeout = timeout_us(story, id);
  const Line* own = aborts && successor == nullptr && call == nullptr
                        ? aborts_by_itself(story, producers, since, decided->seq)
                        : nullptr;
  if (own == nullptr) tell_takeover();
  if (aborts && story.by_timer(*decided) && began != nullptr && timeout > 0 &&
      decided->time.us - began->time.us >= timeout &&
      !asked_to_decide(story, id, producers, since, *decided, protocol::api::EndTxn).valid()) {
    telling.trail(silence_since(story, id, began), Weight::Cause);
    tell_timed_out(telling, id, *decided, decided->time.us - began->time.us, timeout);
  } else if (call != nullptr) {
    telling.trail(call, Weight::Cause);
    telling.fact(decided, Weight::Point);
  } else if (own != nullptr) {
    tell_own_abort(telling, *own, id);
    telling.fact(decided, Weight::Link);
  } else if (aborts && successor != nullptr) {
    // Without the death of the previous process there would be no successor.
    telling.trail(
        story.last<fact::NodeDied>(
            successor->seq, [&](const auto&, const Line& l) { return l.node == successor->node && l.seq > since; }),
        Weight::Cause);
    telling.trail(successor, Weight::Cause);
    const std::string& other = story.cluster().info(successor->node).name;
    telling.say("why.tx_fenced"_w, {{"id", id}, {"other", other}}, decided, Weight::Point, other);
  } else {
    telling.trail(decided, Weight::Point);
  }
}

namespace {

/// Exceptions of a producer whose epoch is no longer the transaction's: the coordinator has ended the transaction
/// without it. InvalidTxnStateException: from transaction.version 2 on the request may still carry the next epoch.
bool is_fencing(std::string_view exception) {
  return exception == "ProducerFencedException" || exception == "InvalidProducerEpochException" ||
         exception == "InvalidTxnStateException";
}

/// Whether the call failed because of the producer's epoch, or after such a failure had ended the producer.
bool fails_fenced(const Story& story, sim::NodeId producer, const Line& failed) {
  if (const auto f = fact_if<fact::BatchFailed>(failed); f && is_fencing(f->exception.view())) return true;
  if (const auto f = fact_if<fact::RecordFailed>(failed); f && is_fencing(f->exception.view())) return true;
  if (const auto f = fact_if<fact::ClientError>(failed);
      f &&
      (is_fencing(f->exception.view()) || f->error == protocol::ErrorCode::PRODUCER_FENCED ||
       f->error == protocol::ErrorCode::INVALID_PRODUCER_EPOCH || f->error == protocol::ErrorCode::INVALID_TXN_STATE))
    return true;
  const Line* fatal = story.last<fact::ProducerTransaction>(
      failed.seq + 1, [&](const auto&, const Line& l) { return l.node == producer; });
  if (fatal == nullptr) return false;
  const auto f = as<fact::ProducerTransaction>(*fatal);
  return f.to == static_cast<std::int64_t>(client::TransactionState::FatalError) && is_fencing(f.exception.view());
}

}  // namespace

bool tell_fenced(Telling& telling, sim::NodeId producer, const Line& failed) {
  const Story& story = telling.story();
  if (!fails_fenced(story, producer, failed)) return false;
  const std::string id = transactional_id_of(story, producer);
  const Line* own =
      story.last<fact::ProducerTransaction>(failed.seq, [&](const auto&, const Line& l) { return l.node == producer; });
  if (id.empty() || own == nullptr) return false;
  const auto had = as<fact::ProducerTransaction>(*own);
  // Later the coordinator gave the id another epoch or another producer id.
  const Line* taken = story.first<fact::TransactionState>(0, [&](const auto& f, const Line& l) {
    return l.seq < failed.seq && f.transactional_id.view() == id &&
           (f.producer_id == had.producer_id ? f.producer_epoch > had.producer_epoch : f.producer_id > had.producer_id);
  });
  if (taken == nullptr) return false;
  if (as<fact::TransactionState>(*taken).to == static_cast<std::int64_t>(State::PrepareAbort)) {
    tell_decided(telling, id, taken);
    return true;
  }
  const Line* successor = nullptr;
  for (const sim::NodeId node : producers_of(story, id)) {
    const Line* started = start_before(story, node, taken->seq);
    if (node != producer && started != nullptr && (successor == nullptr || started->seq > successor->seq))
      successor = started;
  }
  if (successor == nullptr) return false;
  telling.trail(successor, Weight::Link);
  telling.say("why.fenced_by"_w,
              {{"client", story.cluster().info(producer).name},
               {"id", id},
               {"other", story.cluster().info(successor->node).name}},
              taken, Weight::Cause, story.cluster().info(successor->node).name);
  return true;
}

namespace {

/// Whether what led to the last line of the id, a new producer or an operator's tool, came after all of its transactions.
bool begun_anew(const Story& story, const std::string& id, const Line* last) {
  if (last == nullptr) return false;
  const Line* decided = decision_before(story, id, story.end());
  const std::vector<const Line*> lines = story.trail(*last);
  return lines.size() > 1 && (decided == nullptr || lines.front()->seq > decided->seq);
}

/// The line that made the id Empty. A new epoch of an id that was Empty already changes nothing, unless a producer has failed
/// since because its own epoch is older.
const Line* kept_empty(const Story& story, const std::string& id, const Line* last) {
  const Line* emptied = came_to(story, id, State::Empty, story.end());
  if (emptied == nullptr || last == nullptr) return last;
  const std::vector<sim::NodeId> producers = producers_of(story, id);
  const Line* fenced = story.first<fact::ProducerTransaction>(last->seq, [&](const auto& f, const Line& l) {
    return is_fencing(f.exception.view()) && std::find(producers.begin(), producers.end(), l.node) != producers.end();
  });
  return fenced != nullptr ? last : emptied;
}

/// The producer's call of InitProducerId that led to the state Empty after the decision: a new process with the id, or
/// one that begins with a new epoch. Null: none did.
const Line* init_after(const Story& story, const std::string& id, const Line* decided, const Line* emptied) {
  if (decided == nullptr || emptied == nullptr) return nullptr;
  const std::vector<sim::NodeId> producers = producers_of(story, id);
  const Line* init = story.last<fact::ProducerTransaction>(emptied->seq, [&](const auto& f, const Line& l) {
    return f.to == static_cast<std::int64_t>(client::TransactionState::Initializing) &&
           std::find(producers.begin(), producers.end(), l.node) != producers.end();
  });
  return init != nullptr && init->seq > decided->seq ? init : nullptr;
}

/// Tells that this call of InitProducerId made the state Empty, and what started its process since the decision.
void tell_init(Telling& telling, const std::string& id, const Line& init, const Line& decided, const Line& emptied) {
  const Story& story = telling.story();
  const Line* started = start_before(story, init.node, init.seq);
  if (started != nullptr && started->seq > decided.seq) telling.trail(started, Weight::Cause);
  else telling.fact(&init, Weight::Cause);
  const std::string& other = story.cluster().info(init.node).name;
  telling.say("why.tx_init"_w,
              {{"id", id}, {"other", other}, {"epoch", as<fact::TransactionState>(emptied).producer_epoch}}, &emptied,
              Weight::Point, other);
}

/// What gave the id its producer id, or its epoch: InitProducerId, and from transaction.version 2 the end of each transaction.
Answer why_producer(const Asked& asked, const json& state) {
  const Story& story = asked.story;
  const std::string &id = asked.part(1), &field = asked.part(2);
  const bool of_epoch = field == "producer_epoch";
  Telling telling(story, asked.path, asks_value(id + " · " + field, asked.value));
  const Line* given = story.first<fact::TransactionState>(0, [&](const auto& f, const Line&) {
    return f.transactional_id.view() == id && f.producer_id == part_of(state, "producer_id") &&
           (!of_epoch || f.producer_epoch == asked.value);
  });
  // The coordinator's timer raises the epoch, too; no request leads to that line.
  if (given != nullptr && as<fact::TransactionState>(*given).to == static_cast<std::int64_t>(State::PrepareAbort))
    tell_decided(telling, id, given);
  else telling.trail(given, Weight::Point);
  telling.now(of_epoch ? "why.producer_epoch"_w : "why.producer_id"_w, {{"id", id}}, Weight::Point, id);
  return telling.done();
}

/// Which broker coordinates the id: the leader of a partition of __transaction_state. Kafka: TransactionStateManager.partitionFor.
Answer why_transactions_coordinator(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& id = asked.part(1);
  const TopicPartition log = coordinating_partition(story, id, coordinator::kTransactionStateTopic);
  Telling telling(story, asked.path, asks_value(id + " · coordinator", asked.value));
  const Line* elected = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const Line& l) { return l.time.us > 0 && f.partition == log; });
  const Line* created = story.last<fact::TopicCreated>(story.end(), [&](const auto& f, const Line& l) {
    return l.time.us > 0 && f.topic.view() == coordinator::kTransactionStateTopic;
  });
  telling.trail(elected != nullptr ? elected : created, Weight::Cause);
  const auto* topic = story.cluster().committed().topic(log.topic);
  telling.now(
      "why.tx_coordinator"_w,
      {{"id", id},
       {"log", log.partition < 0 ? std::string(coordinator::kTransactionStateTopic) : story.cluster().name(log)},
       {"count", topic == nullptr ? 0 : topic->partitions.size()}},
      Weight::Point, id);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_transaction(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& id = asked.part(1);
  const json state = state_of(story, "/transactions/" + id);
  if (!state.is_object()) return id.empty() ? std::nullopt : why_unknown(asked, id);
  if (asked.parts.size() > 2 && !state.contains(asked.part(2))) return std::nullopt;
  const std::string name = text_of(part_of(state, "state"));
  if (asked.part(2) == "coordinator") return why_transactions_coordinator(asked);
  if (asked.part(2) == "producer_epoch" || asked.part(2) == "producer_id") return why_producer(asked, state);
  Telling telling(story, asked.path, asks("why.q_transaction"_w, {{"id", id}, {"state", name}}));
  const auto is = [&](State s) { return name == coordinator::name(s); };
  const Line* last = last_state_of_id(story, id, story.end());
  if (is(State::Empty)) last = kept_empty(story, id, last);
  if (is(State::Ongoing)) {
    tell_open(telling, id, {});
  } else if (is(State::Empty) && begun_anew(story, id, last)) {
    telling.trail(last, Weight::Point);
  } else if (const Line* decided = decision_before(story, id, story.end()),
             *init = is(State::Empty) ? init_after(story, id, decided, last) : nullptr;
             init != nullptr) {
    tell_init(telling, id, *init, *decided, *last);
  } else {
    const bool prepared = is(State::PrepareCommit) || is(State::PrepareAbort);
    const auto told = prepared ? tell_refused_markers(telling, state) : std::set<std::string>();
    if (told.empty()) tell_decided(telling, id, decided);
    else telling.fact(decided, Weight::Point);
    if (prepared) tell_other_markers(telling, state, told);
    else telling.fact(last, Weight::Point);
  }
  // The entry comes before the first step is written, and only a written step has a line.
  if (telling.empty()) telling.now("why.tx_new"_w, {{"id", id}}, Weight::Point, id);
  return telling.done();
}

}  // namespace kafkascope::observe
