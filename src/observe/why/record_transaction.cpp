#include "observe/why/record_transaction.h"
#include "observe/why/led.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/transaction_states.h"
#include "coordinator/transaction_records.h"
#include "observe/node_config.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

using Line = Story::Line;
using State = coordinator::TransactionState;

namespace {

/// A timer that fires within this time after the time-out needs no explanation.
constexpr std::int64_t kAtOnceUs = 200'000;

std::int64_t to(const Line& l) { return as<fact::TransactionState>(l).to; }
bool is(const Line* l, State state) { return l != nullptr && to(*l) == static_cast<std::int64_t>(state); }

/// The operator's act that led to the marker; null: a coordinator wrote it.
const Line* operator_of(const Story& story, const Line& marker) {
  for (const Line* l = &marker; l != nullptr; l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr)
    if (const auto act = fact_if<fact::Command>(*l)) return act->verb == "abort_hanging" ? l : nullptr;
  return nullptr;
}

/// The interval at which a coordinator looks for transactions that are open for too long.
std::int64_t interval_of(const Story& story, sim::NodeId broker) {
  return server_config(story.cluster(), broker).number("transaction.abort.timed.out.transaction.cleanup.interval.ms");
}

/// The readers of committed records that got this one all the same, "a, b"; "": none did.
std::string readers_despite(const Story& story, const ItsTransaction& t) {
  const auto written = t.written == nullptr ? std::nullopt : fact_if<fact::LogAppended>(*t.written);
  const protocol::RecordBatch* batch = written ? story.trace().batch_at(t.written->seq) : nullptr;
  if (batch == nullptr) return {};
  const std::uint32_t number = batch->records.number(batch->index_from(t.offset - written->base_offset));
  const auto got = [&](const Line& l) {
    const auto handed = story.trace().handed_at(l.seq);
    return std::any_of(handed.begin(), handed.end(), [&](const TraceStore::Handed& record) {
      return record.client == batch->client && record.number == number;
    });
  };
  std::vector<std::string> names;
  (void)story.first<fact::RecordDelivered>(t.written->seq, [&](const auto& f, const Line& l) {
    const cluster::ClientSpec* spec = f.partition == t.partition ? story.declared(l.node) : nullptr;
    if (spec == nullptr) return false;
    const std::string& name = story.cluster().info(l.node).name;
    const bool committed = spec->kind == cluster::ClientKind::ShareConsumer
                               ? story.names().reads_committed(f.group.str())
                               : spec->config.text("isolation.level") == "read_committed";
    if (committed && std::find(names.begin(), names.end(), name) == names.end() && got(l)) names.push_back(name);
    return false;  // all of them
  });
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The sentence about an aborted transaction's records: whether readers of committed ones get them.
void say_aborted(Telling& telling, words::Key key, const ItsTransaction& t, const Line* by,
                 const std::string& offset = {}) {
  const std::string readers = readers_despite(telling.story(), t);
  telling.say(key,
              {{"partition", telling.story().cluster().name(t.partition)},
               {"offset", offset},
               {"readers", readers},
               {"hidden", readers.empty() ? "1" : ""}},
              by, Weight::Point);
}

/// The broker that leads the partition, or led it last.
sim::NodeId last_leader(const Story& story, protocol::TopicPartition tp) {
  const Line* elected = last_election(story, tp, story.end());
  return story.broker_node(elected != nullptr ? as<fact::LeaderElected>(*elected).leader
                                              : story.leader_at(tp, story.end()));
}

/// The copy whose log says how the record's transaction ended: one that is still there, preferably the leader's.
const Copy& copy_that_counts(const Story& story, const std::vector<Copy>& copies) {
  const sim::NodeId leader = last_leader(story, copies.front().tp);
  const auto counts_less = [&](const Copy& a, const Copy& b) {
    return std::pair(a.to, a.node == leader) < std::pair(b.to, b.node == leader);
  };
  return *std::max_element(copies.begin(), copies.end(), counts_less);
}

/// The append by a leader that the copy comes from.
const Line* append_of(const Story& story, const Copy& copy) {
  const Line* appended = story.last<fact::LogAppended>(copy.from + 1, [&](const auto& f, const Line&) {
    return f.partition == copy.tp && f.base_offset <= copy.offset && copy.offset <= f.last_offset;
  });
  return appended != nullptr ? appended : story.trace().find(copy.from);
}

/// All replicas' copies of that producer's markers in the partition, in the order of writing.
std::vector<Copy> copies_of_markers(const Story& story, protocol::TopicPartition tp, protocol::ProducerId producer) {
  std::vector<Copy> markers;
  for (std::size_t i = 0; i < story.trace().written().size(); ++i) {
    const WrittenBatch& written = story.trace().written()[i];
    const bool own = written.batch->control && written.batch->producer_id == producer;
    const Line* l = own ? story.trace().find(written.seq) : nullptr;
    if (l == nullptr || place_of(*l) != tp) continue;
    markers.push_back({l->node, tp, fact::written_in(*l)->base_offset, l->seq});
    if (const Line* removed = removal_of(story, markers.back())) markers.back().to = removed->seq;
  }
  return markers;
}

/// The line at which a leader appended the marker of that copy. It follows that of the append itself.
const Line* marker_of(const Story& story, const Copy& marker) {
  return story.last<fact::TransactionMarkerAppended>(marker.from + 2, [&](const auto& f, const Line&) {
    return f.partition == marker.tp && f.offset == marker.offset;
  });
}

/// What took the marker at that line away from the log of that copy of a record: the power failure of its broker, or the
/// election of a leader without the marker.
const Line* loss_of(const Story& story, const Line& marker, const Copy& record, std::vector<Copy> markers) {
  std::erase_if(markers, [&](const Copy& m) { return marker_of(story, m) != &marker; });
  for (const Copy& copy : markers) {
    const Line* removed = copy.node == record.node && copy.to != kStillThere ? story.trace().find(copy.to) : nullptr;
    if (removed != nullptr && fact_if<fact::LogRecovered>(*removed)) return removed;
  }
  return led_without(story.trace(), story.cluster(), markers);
}

}  // namespace

bool ItsTransaction::aborted() const {
  return end != nullptr && as<fact::TransactionMarkerAppended>(*end).result == protocol::TransactionResult::Abort;
}

ItsTransaction transaction_of(const Story& story, const std::vector<Copy>& copies) {
  ItsTransaction found;
  if (copies.empty()) return found;
  const Copy& copy = copy_that_counts(story, copies);
  if (const protocol::RecordBatch* batch = story.trace().batch_at(copy.from); batch != nullptr && batch->transactional)
    found.producer = batch->producer_id;
  if (found.producer < 0) return found;
  found.partition = copy.tp;
  found.offset = copy.offset;
  found.written = append_of(story, copy);
  const std::uint64_t written = found.written->seq;
  const std::vector<Copy> markers = copies_of_markers(story, copy.tp, found.producer);
  const auto behind_it = [&](const Copy& m) {  // as long as that copy was there
    return m.node == copy.node && m.offset > copy.offset && m.from > copy.from && m.from < copy.to && m.to >= copy.to;
  };
  if (const auto m = std::find_if(markers.begin(), markers.end(), behind_it); m != markers.end())
    found.end = marker_of(story, *m);
  const auto marks = [&](const fact::TransactionMarkerAppended& f) {
    return f.partition == copy.tp && f.producer_id == found.producer;
  };
  if (found.end != nullptr) found.by_hand = operator_of(story, *found.end);
  const auto own = [&](const auto& f, const Line&) { return f.producer_id == found.producer; };
  const auto decides = [&](const auto& f, const Line& l) {
    return own(f, l) && f.from != f.to && (is(&l, State::PrepareAbort) || is(&l, State::PrepareCommit));
  };
  const std::uint64_t until = found.end == nullptr ? story.end() : found.end->seq;
  const Line* state = story.last<fact::TransactionState>(written, own);
  const Line* next = story.first<fact::TransactionState>(written, decides);
  if (state != nullptr) found.id = as<fact::TransactionState>(*state).transactional_id.str();
  if (is(state, State::Ongoing)) {
    const bool in_time = next != nullptr && next->seq < until;
    if (in_time || found.end == nullptr) found.decided = next;
    // The first marker since that decision. If the log of the leader has it no more, the next transaction's ends this one.
    const Line* first = next == nullptr
                            ? nullptr
                            : story.first<fact::TransactionMarkerAppended>(next->seq, [&](const auto& f, const Line&) {
                                return marks(f) && f.offset > copy.offset;
                              });
    const bool leads = last_leader(story, copy.tp) == copy.node;
    const bool decided_again = in_time && story.last<fact::TransactionState>(until, decides) != next;
    if (decided_again || (found.end == nullptr && first != nullptr && leads)) {
      if (first != nullptr && first != found.end) {
        found.lost = first;
        found.taken = loss_of(story, *first, copy, markers);
      }
      found.by_next = found.end != nullptr;
      return found;
    }
    const bool contradicts = found.end != nullptr && in_time && is(next, State::PrepareAbort) != found.aborted();
    found.late_marker = found.end != nullptr && (!in_time || contradicts) && found.by_hand == nullptr;
    if (const Line* before = story.last<fact::TransactionState>(written, decides);
        found.late_marker && before != nullptr)
      found.sender = before->node;
    return found;
  }
  // The record came late: while its transaction's markers were in flight, or after them, when no coordinator has the
  // transaction any more.
  const Line* before = story.last<fact::TransactionState>(written, decides);
  const Line* marker =
      story.last<fact::TransactionMarkerAppended>(written, [&](const auto& f, const Line&) { return marks(f); });
  // The record was truncated later, because its leader did not know that it had lost the leadership: nothing hangs.
  const bool gone = std::none_of(copies.begin(), copies.end(), [](const Copy& c) { return c.to == kStillThere; });
  if (before == nullptr || marker == nullptr || marker->seq < before->seq) found.decided = before;
  else if (!gone || found.end != nullptr) found.behind = marker;
  return found;
}

std::int64_t planned_aborts(const Story& story, sim::NodeId client) {
  const cluster::ClientSpec* spec = story.declared(client);
  return spec != nullptr && spec->transaction ? spec->transaction->abort_every : 0;
}

void tell_own_abort(Telling& telling, const Line& call, const std::string& id) {
  const Story& story = telling.story();
  const auto failed_state = static_cast<std::int64_t>(client::TransactionState::AbortableError);
  const std::string& client = story.cluster().info(call.node).name;
  if (as<fact::ProducerTransaction>(call).from == failed_state) {
    // The application calls abortTransaction() because something failed.
    const Line* became = story.last<fact::ProducerTransaction>(
        call.seq, [&](const auto& f, const Line& l) { return l.node == call.node && f.to == failed_state; });
    const Line* failed = story.last<fact::BatchFailed>(became == nullptr ? 0 : became->seq,
                                                       [&](const auto&, const Line& l) { return l.node == call.node; });
    const bool at_once = failed != nullptr && failed->time == became->time;
    const Line* because = at_once ? failed : became;
    if (because != nullptr && tell_fenced(telling, call.node, *because)) telling.fact(because, Weight::Link);
    else telling.trail(because, Weight::Cause);
    telling.say("why.aborts_after_error"_w, {{"client", client}}, &call, Weight::Link, id);
  } else if (const std::int64_t every = planned_aborts(story, call.node); every > 0) {
    telling.say("why.aborts_by_plan"_w, {{"client", client}, {"every", every}}, &call, Weight::Cause, id);
  } else {
    // A program that is told to stop closes its producer, and ends its transaction first.
    const Line* stop = story.act_on(call.node, {"stop"}, call.seq);
    if (stop != nullptr && stop->time == call.time) telling.trail(stop, Weight::Cause);
    telling.say("why.aborts_itself"_w, {{"client", client}}, &call, Weight::Cause, id);
  }
}

void tell_timed_out(Telling& telling, const std::string& id, const Line& decided, std::int64_t open_us,
                    std::int64_t timeout_us) {
  const Story& story = telling.story();
  const std::string& broker = story.cluster().info(decided.node).name;
  telling.timer_root(decided);
  if (open_us - timeout_us < kAtOnceUs) {
    telling.say("why.tx_timed_out"_w,
                {{"id", id}, {"broker", broker}, {"open", lasting(open_us)}, {"timeout", timeout_us / 1000}}, &decided,
                Weight::Point, id);
    return;
  }
  telling.say("why.tx_timed_out_late"_w,
              {{"id", id},
               {"broker", broker},
               {"open", lasting(open_us)},
               {"timeout", timeout_us / 1000},
               {"interval", interval_of(story, decided.node)}},
              &decided, Weight::Point, id);
}

void tell_lost_marker(Telling& telling, const ItsTransaction& t) {
  telling.trail(t.taken, Weight::Link);
  if (t.lost == nullptr) return;
  const auto f = as<fact::TransactionMarkerAppended>(*t.lost);
  const bool commits = f.result == protocol::TransactionResult::Commit;
  telling.say("why.marker_lost"_w,
              {{"partition", telling.story().cluster().name(t.partition)},
               {"offset", f.offset.value},
               {"commit", commits ? "1" : ""},
               {"abort", commits ? "" : "1"}},
              t.taken == nullptr ? t.lost : t.taken, Weight::Point);
}

void tell_end(Telling& telling, const ItsTransaction& t, sim::NodeId client) {
  const Story& story = telling.story();
  const std::string partition = story.cluster().name(t.partition);
  if (t.hanging()) {
    const sim::NodeId leader = t.written->node;
    // It is aborted only because the operator does it: what made it hang alone would leave it open.
    if (t.by_hand != nullptr && t.aborted()) telling.trail(t.by_hand, Weight::Aside);
    telling.trail(story.silence(client, t.written->seq, {leader}), Weight::Cause);
    telling.fact(t.behind, Weight::Link);
    telling.say("why.opened_unknown"_w,
                {{"broker", story.cluster().info(leader).name}, {"partition", partition}, {"offset", t.offset.value}},
                t.written, Weight::Point);
    if (t.by_hand != nullptr)
      say_aborted(telling, "why.ended_by_hand"_w, t, t.by_hand,
                  std::to_string(as<fact::TransactionMarkerAppended>(*t.end).offset.value));
    else if (t.aborted()) say_aborted(telling, "why.aborted_by_next"_w, t, t.end);
    else if (t.end != nullptr) telling.say("why.committed_by_next"_w, {{"partition", partition}}, t.end, Weight::Point);
    else
      telling.now("why.lso_hangs"_w,
                  {{"offset", t.offset.value},
                   {"partition", partition},
                   {"client", story.cluster().info(client).name},
                   {"since", ""}},
                  Weight::Point, partition);
    return;
  }
  if (t.late_marker) {
    // What delayed the marker between the coordinator that sent it and the leader when the record was written already.
    const Line* held = story.silence(t.sender, t.written->seq, {t.end->node});
    if (held != nullptr) telling.trail(held, Weight::Cause);
    else telling.trail(t.end, Weight::Aside);
    if (t.aborted()) say_aborted(telling, "why.aborted_by_before"_w, t, t.end);
    else telling.say("why.committed_by_before"_w, {{"partition", partition}}, t.end, Weight::Point);
    return;
  }
  if (t.by_next || t.lost != nullptr) {
    tell_lost_marker(telling, t);
    if (t.aborted()) return say_aborted(telling, "why.aborted_by_next"_w, t, t.end);
    if (t.by_next) return telling.say("why.committed_by_next"_w, {{"partition", partition}}, t.end, Weight::Point);
  }
  if (t.end == nullptr) {
    if (t.producer >= 0) telling.now("why.undecided"_w, {{"partition", partition}}, Weight::Point, partition);
    return;
  }
  if (t.aborted()) {
    // Who commits a transaction has no part in the operator's abort of what is left of it.
    if (t.by_hand == nullptr || is(t.decided, State::PrepareAbort)) tell_decided(telling, t.id, t.decided);
    if (t.by_hand != nullptr) telling.trail(t.by_hand, Weight::Cause);
  }
  if (t.aborted()) say_aborted(telling, "why.aborted"_w, t, t.end);
  else telling.say("why.committed"_w, {{"partition", partition}}, t.end, Weight::Point);
}

}  // namespace kafkascope::observe
