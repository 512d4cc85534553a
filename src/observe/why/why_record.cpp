// Why a record failed, was written twice or out of order, or where it is. Why it was lost: why_lost.cpp.
#include <algorithm>
#include <limits>

#include "client/idempotence.h"
#include "client/transaction_states.h"
#include "cluster/verbs.h"
#include "observe/why/errors.h"
#include "observe/why/led.h"
#include "observe/why/one_record.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_transactions.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// A producer's configuration in the file; the defaults for a client that the file does not declare.
const protocol::Config& config_in_file(const Story& story, sim::NodeId client) {
  static const protocol::Config defaults{protocol::config_scope::kClient};
  const cluster::ClientSpec* spec = story.declared(client);
  return spec == nullptr ? defaults : spec->config;
}

/// The brokers of the record's partition, its last leader before that line first.
std::vector<sim::NodeId> brokers_of(const Story& story, TopicPartition tp, std::uint64_t before) {
  const Line* elected = last_election(story, tp, before);
  const protocol::BrokerId leader =
      elected == nullptr ? story.leader_at(tp, before) : as<fact::LeaderElected>(*elected).leader;
  std::vector<sim::NodeId> nodes;
  if (leader >= 0) nodes.push_back(story.broker_node(leader));
  if (const protocol::PartitionRegistration* p = story.cluster().committed().partition(tp); p != nullptr)
    for (const protocol::BrokerId id : p->replicas)
      if (id != leader) nodes.push_back(story.broker_node(id));
  return nodes;
}

/// The fault that the line repairs, or that existed while the record waited: a death or a pause of the leader or of
/// another replica; otherwise an act that hindered one of them.
const Line* fault_behind(const Story& story, const OneRecord& r, const Line& mending) {
  const std::vector<sim::NodeId> nodes = brokers_of(story, r.state.partition, mending.seq);
  for (const sim::NodeId node : nodes) {
    const auto its = [&](const auto&, const Line& l) { return l.node == node; };
    const Line* fault =
        latest({story.last<fact::NodeDied>(mending.seq, its), story.last<fact::NodePaused>(mending.seq, its)});
    if (fault == nullptr) continue;
    const Line* back =
        latest({story.first<fact::NodeStarted>(fault->seq, its), story.first<fact::NodeResumed>(fault->seq, its)});
    if (back == nullptr || back->time.us >= r.state.sent_us || back->time == mending.time) return fault;
  }
  for (const sim::NodeId node : nodes)
    if (const Line* act = story.last<fact::Command>(mending.seq,
                                                    [&](const auto&, const Line& l) {
                                                      if (!story.hinders(l, node) || !story.involves(l, node))
                                                        return false;
                                                      const Line* end = story.end_of_act(l, node);
                                                      return end == nullptr || end->time.us >= r.state.sent_us;
                                                    });
        act != nullptr)
      return act;
  return nullptr;
}

/// Tells why the producer sent the batch again: an attempt that waited for a copy in vain, or another fault.
void tell_sent_again(Telling& telling, const OneRecord& r, const OwnRetry& own) {
  const Story& story = telling.story();
  const protocol::ErrorCode error = as<fact::BatchRetried>(*own.retried).error;
  const bool unanswered =
      error == protocol::ErrorCode::NETWORK_EXCEPTION || error == protocol::ErrorCode::REQUEST_TIMED_OUT;
  const Line* missing = own.sent != nullptr && unanswered ? copy_missing(story, r, *own.sent, *own.retried) : nullptr;
  if (missing == nullptr) return tell_fault(telling, r, own.retried, Weight::Link);
  telling.trail(missing, Weight::Cause);
  telling.fact(own.retried, Weight::Link);
}

void tell_twice(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const std::vector<const Line*> all = appends(story, r);
  if (all.empty()) return;
  telling.fact(all.front(), Weight::Cause);
  const Line* again = all.size() > 1 ? all[1] : nullptr;
  // Another leader with a copy of the batch would have recognized it: what kept the copy from that leader?
  const protocol::RecordBatch* const first_batch = story.trace().batch_at(all.front()->seq);
  const protocol::RecordBatch* const batch = again == nullptr ? nullptr : story.trace().batch_at(again->seq);
  const bool idempotent = batch != nullptr && batch->producer_id >= 0;
  if (idempotent && again->node != all.front()->node)
    telling.trail(story.silence(again->node, again->seq, {all.front()->node}), Weight::Cause);
  // The response came too late, or not at all; a delayed request may be appended after its retry was decided.
  OwnRetry own = own_retry(story, r, *all.front());
  if (own.retried == nullptr || (again != nullptr && own.retried->seq > again->seq))
    own = {nullptr, story.last<fact::BatchRetried>(again == nullptr ? story.end() : again->seq,
                                                   [&](const auto& f, const Line& l) {
                                                     return l.node == r.node && f.partition == r.state.partition;
                                                   })};
  // A cut that was there when the record was appended kept the response away, whatever ended the request later.
  const Line* cut = story.hindrance(all.front()->node, all.front()->seq + 1, Search{r.node}.of(traffic::kProducing));
  if (cut != nullptr && is_cut(*cut)) {
    telling.trail(cut, Weight::Point);
    telling.fact(own.retried, Weight::Link);
  } else if (own.retried != nullptr) tell_sent_again(telling, r, own);
  else
    tell_fault(telling, r,
               story.back_of_error(protocol::ErrorCode::REQUEST_TIMED_OUT, r.state.partition, r.node,
                                   again == nullptr ? story.end() : again->seq),
               Weight::Point);
  if (again == nullptr) return;
  if (const TopicPartition before = place_of(*all.front()); place_of(*again) != before) {
    // A new topic of the same name has another id and an empty log, so idempotence makes no difference.
    telling.trail(story.last<fact::TopicDeleted>(
                      again->seq, [&](const auto& f, const Line&) { return f.partition.topic == before.topic; }),
                  Weight::Cause);
    telling.say("why.appended_again_new_topic"_w, {{"offset", as<fact::LogAppended>(*again).base_offset.value}}, again,
                Weight::Point);
    return;
  }
  const bool same_producer = batch != nullptr && first_batch != nullptr &&
                             batch->producer_id == first_batch->producer_id &&
                             batch->producer_epoch == first_batch->producer_epoch;
  const std::string off = client::idempotence_conflict(config_in_file(story, r.node));
  if (!idempotent && !off.empty()) {
    telling.say("why.appended_again_off"_w,
                {{"offset", as<fact::LogAppended>(*again).base_offset.value}, {"setting", off}}, again, Weight::Point);
    return;
  }
  telling.say(!idempotent     ? "why.appended_again"_w
              : same_producer ? "why.appended_again_forgotten"_w
                              : "why.appended_again_anew"_w,
              {{"offset", as<fact::LogAppended>(*again).base_offset.value}}, again, Weight::Point);
}

/// Why a leader could accept a later batch of an idempotent producer first: its log held nothing of the producer then.
words::Key overtaken_because(const Story& story, const Line& over, const protocol::RecordBatch& batch) {
  if (batch.producer_id < 0) return "why.overtook"_w;
  std::vector<Copy> had;  // a copy for each batch of that producer
  for (std::size_t i = 0; i < story.trace().written().size(); ++i) {
    const WrittenBatch& written = story.trace().written()[i];
    if (written.seq >= over.seq) break;
    const Line* l = written.batch->producer_id == batch.producer_id ? story.trace().find(written.seq) : nullptr;
    if (l != nullptr && l->node == over.node && place_of(*l) == place_of(over))
      had.push_back({l->node, place_of(*l), fact::written_in(*l)->base_offset, l->seq});
  }
  if (had.empty()) return "why.overtook_unknown"_w;
  for (std::size_t i = story.trace().first_from(had.front().from); i < story.trace().size(); ++i) {
    const Line& l = story.trace()[i];
    if (l.seq >= over.seq) break;
    for (Copy& copy : had)
      if (copy.to == kStillThere && l.seq > copy.from && takes_away(l, copy)) copy.to = l.seq;
  }
  const bool all_gone = std::all_of(had.begin(), had.end(), [](const Copy& copy) { return copy.to != kStillThere; });
  return all_gone ? "why.overtook_forgotten"_w : "why.overtook"_w;
}

void tell_overtaken(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const std::vector<const Line*> all = appends(story, r);
  if (all.empty()) return;
  const Line* own = all.front();
  const Line* over = nullptr;
  std::uint32_t later = 0;
  const protocol::RecordBatch* later_batch = nullptr;
  for (std::size_t i = 0; over == nullptr && i < story.trace().written().size(); ++i) {
    const WrittenBatch& written = story.trace().written()[i];
    while (own->seq < written.seq) {  // that copy came first, and was truncated
      const auto next = std::find(all.begin(), all.end(), own) + 1;
      if (next == all.end()) return;
      own = *next;
    }
    if (written.seq == own->seq) continue;
    if (written.batch->client != r.node.index || written.batch->records.size() == 0) continue;
    const Line* l = story.trace().find(written.seq);
    const std::uint32_t last = written.batch->records.number(written.batch->records.size() - 1);
    if (l == nullptr || !is<fact::LogAppended>(*l) || l->topic != own->topic || l->partition != own->partition ||
        last <= r.number)
      continue;
    over = l, later = last, later_batch = written.batch.get();
  }
  if (own != all.front())
    telling.fact(story.first<fact::LogTruncated>(all.front()->seq,
                                                 [&](const auto&, const Line& l) {
                                                   return l.node == all.front()->node && l.topic == own->topic &&
                                                          l.partition == own->partition;
                                                 }),
                 Weight::Link);
  const Line* retried = story.last<fact::BatchRetried>(own->seq, [&](const auto& f, const Line& l) {
    return l.node == r.node && f.partition == TopicPartition{own->topic, own->partition};
  });
  if (retried != nullptr) tell_fault(telling, r, retried, Weight::Cause);
  else telling.trail(story.silence(r.node, own->seq), Weight::Cause);
  // Kafka keeps the order only with idempotence, or with one request at a time.
  const auto& config = config_in_file(story, r.node);
  const std::int64_t in_flight = config.number("max.in.flight.requests.per.connection");
  if (!config.flag("enable.idempotence") && in_flight > 1)
    telling.say("why.overtook_in_flight"_w, {{"client", r.client}, {"number", later}, {"most", in_flight}}, over,
                Weight::Point);
  else if (over != nullptr) {
    const words::Key because = overtaken_because(story, *over, *later_batch);
    if (because == "why.overtook"_w)
      telling.say(because, {{"client", r.client}, {"number", later}}, over, Weight::Point);
    else
      telling.say(because, {{"client", r.client}, {"number", later}, {"broker", story.cluster().info(over->node).name}},
                  over, Weight::Point);
  }
  telling.say("why.appended_late"_w, {{"client", r.client}, {"number", r.number}}, own, Weight::Point);
}

/// The line that told the producer of its failure; null: none did.
const Line* failure_of(const Story& story, const OneRecord& r) {
  const auto own = [&](const Line& l) { return l.node == r.node; };
  if (const Line* failed = story.last<fact::RecordFailed>(
          story.end(), [&](const auto& f, const Line& l) { return own(l) && f.number == r.number; }))
    return failed;
  return story.last<fact::BatchFailed>(story.end(), [&](const auto&, const Line& l) {
    const auto failed = own(l) ? story.trace().handed_at(l.seq) : std::vector<TraceStore::Handed>{};
    return std::any_of(failed.begin(), failed.end(), [&](const auto& of) { return of.number == r.number; });
  });
}

/// What kept an in-sync replica from copying the record from its append to its failure; null: nothing did, it was written
/// later, or its time ran out because of a quota.
const Line* missing_until(const Story& story, const OneRecord& r, const std::vector<const Line*>& all,
                          const Line* failed) {
  if (failed == nullptr || all.empty() || all.front()->seq > failed->seq || quota_behind(story, *failed) != nullptr)
    return nullptr;
  return copy_missing(story, r, *all.front(), *failed);
}

void tell_failed(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const auto all = appends(story, r);
  const ItsTransaction transaction = transaction_of(story, r.copies);
  if (!transaction.hanging()) telling.fact(all.empty() ? nullptr : all.front(), Weight::Link);
  const Line* failed = failure_of(story, r);
  const auto batch = failed == nullptr ? std::nullopt : fact_if<fact::BatchFailed>(*failed);
  if (batch && batch->exception == "TransactionAbortedException") {
    // Nothing failed: the application called abortTransaction() before the record was sent.
    const Line* call = story.first<fact::ProducerTransaction>(
        failed->seq, [&](const auto&, const Line& l) { return l.node == r.node && l.time == failed->time; });
    const Line* act = call == nullptr ? nullptr : story.act_on(r.node, {"abort_transaction"}, failed->seq);
    const bool after_error = call != nullptr && as<fact::ProducerTransaction>(*call).from ==
                                                    static_cast<std::int64_t>(client::TransactionState::AbortableError);
    if (after_error) tell_own_abort(telling, *call, transactional_id_of(story, r.node));
    if (act != nullptr && act->time == failed->time) telling.trail(act, Weight::Cause);
    if (const std::int64_t every = planned_aborts(story, r.node); every > 0 && !after_error && !telling.has_root())
      telling.say("why.failed_by_plan"_w, {{"client", r.client}, {"every", every}}, failed, Weight::Point);
    else telling.say("why.failed_by_abort"_w, {{"client", r.client}}, failed, Weight::Point);
  } else {
    if (failed == nullptr) failed = story.silence(r.node, story.end());  // the producer's process ended
    const Weight weight = transaction.hanging() ? Weight::Cause : Weight::Point;
    if (failed != nullptr && tell_fenced(telling, r.node, *failed)) telling.fact(failed, weight);
    else if (const Line* missing = missing_until(story, r, all, failed); missing != nullptr) {
      telling.trail(missing, Weight::Cause);
      telling.fact(failed, weight);
    } else if (failed == nullptr || !tell_nothing_there(telling, *failed)) telling.trail(failed, weight);
    if (failed != nullptr) tell_limit(telling, *failed), tell_misdirected(telling, *failed);
  }
  if (transaction.end != nullptr || transaction.hanging()) tell_end(telling, transaction, r.node);
}

void tell_aborted(Telling& telling, const OneRecord& r, const ItsTransaction& transaction) {
  const auto all = appends(telling.story(), r);
  telling.fact(all.empty() ? nullptr : all.front(), Weight::Link);
  tell_end(telling, transaction, r.node);
}

/// A transform's input and its outputs.
void tell_made(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const Lineage& lineage = story.moment().observation.lineage();
  const auto made = [&](RecordName output, RecordName input, Weight weight) {
    const Line* sent = story.last<fact::RecordSent>(story.end(), [&](const auto& f, const Line& l) {
      return l.node.index == output.client && f.number == output.number;
    });
    telling.say("why.made"_w,
                {{"transform", story.cluster().info({output.client}).name},
                 {"output", output.number},
                 {"client", story.cluster().info({input.client}).name},
                 {"number", input.number}},
                sent, weight);
  };
  const RecordName self{r.node.index, r.number};
  if (const auto input = lineage.input_of(self)) made(self, *input, Weight::Point);
  for (const RecordName output : lineage.outputs_of(self)) made(output, self, Weight::Point);
}

/// Where the record spent its time.
void tell_way(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const Line* sent = story.last<fact::RecordSent>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == r.node && f.number == r.number; });
  telling.fact(sent, Weight::Cause);
  const auto all = appends(story, r);
  const Line* appended = all.empty() ? nullptr : all.front();
  if (sent == nullptr || appended == nullptr || !tell_queued(telling, r, *sent, *appended))
    telling.fact(appended, Weight::Link);
  if (appended != nullptr) {
    const Line* moved = story.first<fact::HighWatermarkAdvanced>(appended->seq, [&](const auto& f, const Line&) {
      return f.partition == r.state.partition && f.to > r.copies.front().offset;
    });
    telling.fact(moved, Weight::Link);
    if (moved == nullptr)
      telling.trail(story.back_of_error(protocol::ErrorCode::REQUEST_TIMED_OUT, r.state.partition, r.node, story.end()),
                    Weight::Link);
    const Line* read = story.first<fact::RecordDelivered>(appended->seq, [&](const auto& f, const Line& l) {
      const auto handed =
          f.partition == r.state.partition ? story.trace().handed_at(l.seq) : std::vector<TraceStore::Handed>{};
      return std::any_of(handed.begin(), handed.end(),
                         [&](const auto& h) { return h.client == r.node.index && h.number == r.number; });
    });
    telling.fact(read, Weight::Point);
  }
  tell_acked(telling, r, Weight::Point);
  tell_made(telling, r);
  if (!r.copies.empty()) {
    WrittenRecord written{{r.node.index, r.number}, r.copies.front().tp, r.copies.front().from, ""};
    tell_written(telling, written, Weight::Point);
  }
  tell_end(telling, transaction_of(story, r.copies), r.node);
}

/// A group whose reading gave the record that fate; "" if none.
std::string read_by(const Story& story, const OneRecord& r, std::string_view fate) {
  const ClusterView truth(story.cluster());
  RecordLedger& ledger = story.moment().observation.ledger();
  for (const auto& [name, counts] : ledger.by_reader(truth)) {
    const auto count = fate == "skipped" ? counts.skipped : counts.redelivered;
    if (count == 0) continue;
    const auto all = ledger.with_fate(fate, truth, static_cast<std::size_t>(count), {r.client, name});
    if (std::any_of(all.begin(), all.end(),
                    [&](const auto& x) { return x.client == r.node.index && x.number == r.number; }))
      return name;
  }
  return {};
}

/// Whether the producer counts the record as failed although it is in the log or may still get there.
bool is_in_doubt(const Story& story, const OneRecord& r) {
  const auto all = story.moment().observation.ledger().with_fate(
      "in_doubt", ClusterView(story.cluster()), std::numeric_limits<std::size_t>::max(), {r.client, {}});
  return std::any_of(all.begin(), all.end(), [&](const auto& x) { return x.number == r.number; });
}

}  // namespace

void tell_fault(Telling& telling, const OneRecord& r, const Line* line, Weight first) {
  if (line == nullptr) return;
  const Story& story = telling.story();
  const Line& root = *story.trail(*line).front();
  const Line* fault = mends(story, root) ? fault_behind(story, r, root) : nullptr;
  if (fault == nullptr) {
    telling.trail(line, first);
    return;
  }
  telling.trail(fault, Weight::Cause);
  telling.fact(line, first);
  telling.link(line);
}

std::optional<Answer> why_fate(const Story& story, const std::string& path, std::int32_t client, std::uint32_t number,
                               std::string_view fate, const std::string& group) {
  if (fate == "redelivered" || fate == "skipped" || fate == "before_group" || fate == "uncommitted_read" ||
      fate == "aborted_visible")
    return why_read(story, path, client, number, fate, group);
  const ClusterView truth(story.cluster());
  story.moment().observation.ledger().total(truth);
  const RecordState* state = story.moment().observation.ledger().record(client, number);
  if (state == nullptr || state->sent_us < 0) return std::nullopt;
  OneRecord r{story.cluster().info({client}).name, {client}, number, *state, story.copies(client, number)};
  if (fate.empty()) {
    if (state->outcome == Outcome::Acked && state->copies == 0) fate = "lost_acked";
    else if (state->copies > 1) fate = "duplicated";
    else if (state->reordered) fate = "reordered";
    else if (state->outcome == Outcome::Failed) fate = is_in_doubt(story, r) ? "in_doubt" : "failed";
    else if (state->outcome == Outcome::Pending) fate = "pending";
    else if (transaction_of(story, r.copies).aborted()) fate = "aborted";
    else if (const std::string by = read_by(story, r, "skipped"); !by.empty())
      return why_read(story, path, client, number, "skipped", by);
    else if (const std::string to = read_by(story, r, "redelivered"); !to.empty())
      return why_read(story, path, client, number, "redelivered", to);
    else if (is_gone(story, r)) fate = "gone";
    else if (is_late(story, r)) fate = "late";
  }
  const bool lost = fate == "lost_acked" || fate == "lost_unacked";
  const bool late = fate == "late";
  Telling telling(story, path,
                  late ? asks_why_late(r)
                       : asks(lost                   ? "why.q_record_lost"_w
                              : fate == "duplicated" ? "why.q_record_twice"_w
                              : fate == "reordered"  ? "why.q_record_overtaken"_w
                              : fate == "failed"     ? "why.q_record_failed"_w
                              : fate == "in_doubt"   ? "why.q_record_in_doubt"_w
                              : fate == "pending"    ? "why.q_record_pending"_w
                              : fate == "aborted"    ? "why.q_record_aborted"_w
                              : fate == "gone"       ? "why.q_record_gone"_w
                                                     : "why.q_record"_w,
                              {{"client", r.client}, {"number", number}}));
  if (lost) tell_lost(telling, r);
  else if (fate == "duplicated") tell_twice(telling, r);
  else if (fate == "reordered") tell_overtaken(telling, r);
  else if (fate == "failed" || fate == "in_doubt") tell_failed(telling, r);
  else if (fate == "aborted") tell_aborted(telling, r, transaction_of(story, r.copies));
  else if (fate == "pending") {
    tell_pending(telling, r);
    tell_end(telling, transaction_of(story, r.copies), r.node);
  } else if (late) tell_late(telling, r);
  else if (fate == "gone") tell_gone(telling, r);
  else tell_way(telling, r);
  if (telling.empty()) return std::nullopt;
  return telling.done();
}

void tell_twice(Telling& telling, RecordName record) {
  const Story& story = telling.story();
  const RecordState* state = story.moment().observation.ledger().record(record.client, record.number);
  if (state == nullptr) return;
  tell_twice(telling, OneRecord{story.cluster().info({record.client}).name,
                                {record.client},
                                record.number,
                                *state,
                                story.copies(record.client, record.number)});
}

namespace {

/// The record at that offset, as its leader has it, or else as the last replica wrote it. nullopt: it is no client's.
std::optional<RecordName> record_at(const Story& story, TopicPartition tp, protocol::Offset offset) {
  const storage::PartitionLog* log = story.cluster().leader_log(tp);
  const protocol::StoredBatch* batch = log == nullptr ? nullptr : log->batch_at(offset);
  if (batch != nullptr && batch->data->client >= 0)
    if (const int index = batch->data->index_of(offset - batch->base_offset); index >= 0)
      return RecordName{batch->data->client, batch->data->records.number(static_cast<std::size_t>(index))};
  for (std::size_t i = story.trace().written().size(); i > 0; --i) {
    const WrittenBatch& written = story.trace().written()[i - 1];
    const Line* l = story.trace().find(written.seq);
    if (l == nullptr || l->topic != tp.topic || l->partition != tp.partition || written.batch->client < 0) continue;
    const auto f = *fact::written_in(*l);
    if (offset < f.base_offset || offset > f.last_offset) continue;
    const int index = written.batch->index_of(offset - f.base_offset);
    if (index < 0) continue;
    return RecordName{written.batch->client, written.batch->records.number(static_cast<std::size_t>(index))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answer> why_record_at(const Asked& asked) {
  const Story& story = asked.story;
  const TopicPartition tp = partition_named(story, asked.part(1));
  const auto number = whole_number(asked.part(2));
  if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  const auto record = record_at(story, tp, protocol::Offset{static_cast<std::int64_t>(*number)});
  return record ? why_fate(story, asked.path, record->client, record->number, "", "") : std::nullopt;
}

void tell_came_late(Telling& telling, const std::string& group, const std::string& partition, std::int64_t lag) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const Line* commit = story.last<fact::OffsetCommitted>(
      story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
  if (commit == nullptr) return;
  const protocol::Offset next = as<fact::OffsetCommitted>(*commit).offset;
  const Line* readable = story.first<fact::HighWatermarkAdvanced>(
      commit->seq, [&](const auto& f, const Line&) { return f.partition == tp && f.from <= next && next < f.to; });
  const auto first = record_at(story, tp, next), middle = record_at(story, tp, next + lag / 2);
  if (readable == nullptr || !first || !middle) return;
  const RecordState* half = story.moment().observation.ledger().record(middle->client, middle->number);
  if (half == nullptr || half->sent_us < 0 || half->sent_us >= commit->time.us) return;
  const auto late = why_fate(story, "", first->client, first->number, "", "");
  if (!late || late->question_key != "why.q_record_late"_w) return;
  if (late->root) telling.trail(story.trace().find(late->root->seq), Weight::Cause);
  const RecordState* state = story.moment().observation.ledger().record(first->client, first->number);
  telling.say("why.lag_came_late"_w,
              {{"producer", story.cluster().info({first->client}).name},
               {"number", first->number},
               {"sent", in_seconds(state->sent_us)},
               {"partition", partition}},
              readable, Weight::Cause, partition);
}

}  // namespace kafkascope::observe
