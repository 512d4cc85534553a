// The step back from an event at a client to what led to it.
#include <algorithm>
#include <set>

#include "client/transaction_states.h"
#include "cluster/acts.h"
#include "cluster/client_kinds.h"
#include "cluster/verbs.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_records.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/story.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// Whether the application itself caused the failure: by an illegal call, or by aborting its records.
bool by_application(const Line& l) {
  const auto thrown = [](const auto& f) {
    return f && (f->exception == "TransactionAbortedException" || f->exception == "IllegalStateException");
  };
  return thrown(fact_if<fact::BatchFailed>(l)) || thrown(fact_if<fact::ClientError>(l));
}

/// The last act that made the share consumer's application acknowledge in another way; null: another kind of client, or no act.
const Line* act_of_acknowledging(const Story& story, const Line& thrown) {
  const cluster::ClientSpec* spec = story.declared(thrown.node);
  if (spec == nullptr || spec->kind != cluster::ClientKind::ShareConsumer) return nullptr;
  return story.last<fact::Command>(thrown.seq, [&](const fact::Command& f, const Line& l) {
    const NumberedCommand* act = f.verb == "behave" && story.involves(l, thrown.node) ? story.command_of(l) : nullptr;
    const auto* change = act == nullptr ? nullptr : act->command.get_if<cluster::act::Behave>();
    return change != nullptr && change->acknowledge.has_value();
  });
}

/// Whether the producer can no longer do anything.
bool is_fatal(const fact::ProducerTransaction& f) {
  return f.to == static_cast<std::int64_t>(client::TransactionState::FatalError);
}

}  // namespace

/// The seq of the first line at that time, or later.
std::uint64_t seq_at(const Story& story, sim::Instant at) {
  const std::size_t first = story.trace().first_at(at);
  return first < story.trace().size() ? story.trace()[first].seq : story.end();
}

bool is_of_earlier_process(const Story& story, const Line& line, std::uint64_t before) {
  if (!is<fact::NodeDied>(line)) return false;
  const Line* started =
      story.first<fact::NodeStarted>(line.seq, [&](const auto&, const Line& l) { return l.node == line.node; });
  return started != nullptr && started->seq < before;
}

bool is_abort(const fact::TransactionState& f) {
  return f.to == static_cast<std::int64_t>(coordinator::TransactionState::PrepareAbort);
}

bool existed(const Story& story, TopicPartition tp, std::uint64_t before) {
  const auto* topic = story.cluster().committed().topic(tp.topic);
  if (topic == nullptr)
    return story.last<fact::TopicDeleted>(
               before, [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; }) == nullptr;
  if (tp.partition >= static_cast<std::int32_t>(topic->partitions.size())) return false;
  return story.first<fact::PartitionAdded>(before, [&](const auto& f, const Line&) { return f.partition == tp; }) ==
         nullptr;
}

const Line* terminated_by(const Story& story, const Line& decided, std::uint64_t since) {
  const auto f = as<fact::TransactionState>(decided);
  const Line* act = nullptr;
  // The decision is in the log before it takes effect: its followers may be slow to copy it.
  (void)story.last<fact::LogAppended>(decided.seq, [&](const auto&, const Line& l) {
    if (l.seq <= since) return true;
    if (l.node != decided.node || place_of(l) != place_of(decided)) return false;
    for (const Line* led : story.trace().chain(l.seq))
      if (is<fact::Command>(*led)) act = led;
    const NumberedCommand* whole = act == nullptr ? nullptr : story.command_of(*act);
    const auto* ends = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::TerminateTransaction>();
    if (ends == nullptr || ends->transactional_id != f.transactional_id.view()) act = nullptr;
    return act != nullptr;
  });
  return act;
}

const Line* Story::back_of_abort(const Line& l) const {
  using coordinator::TransactionState;
  const auto decided = as<fact::TransactionState>(l);
  const auto own = [&](const fact::TransactionState& f) { return f.transactional_id == decided.transactional_id; };
  const Line* begun = last<fact::TransactionState>(l.seq, [&](const auto& f, const Line&) {
    return own(f) && f.to == static_cast<std::int64_t>(TransactionState::Ongoing) && f.from != f.to;
  });
  if (const Line* by_operator = begun == nullptr ? nullptr : terminated_by(*this, l, begun->seq)) return by_operator;
  // The program died or stalled until the transaction timed out, or its next process started over.
  const Line* silent = silence(client_with_transactions(decided.transactional_id.view()), l.seq);
  return silent != nullptr && begun != nullptr && silent->seq > begun->seq ? silent : climb(l);
}

const Line* fatal_before(const Story& story, const Line& closed) {
  if (as<fact::NodeDied>(closed).how != sim::Death::Stop || story.declared(closed.node) == nullptr) return nullptr;
  const Line* start = start_before(story, closed.node, closed.seq);
  return story.last<fact::ProducerTransaction>(closed.seq, [&](const auto& f, const Line& x) {
    return x.node == closed.node && is_fatal(f) && (start == nullptr || x.seq > start->seq);
  });
}

const Line* refused_before(const Story& story, sim::NodeId client, std::uint64_t before) {
  if (story.declared(client) == nullptr) return nullptr;
  const auto own = [&](const auto&, const Line& x) { return x.node == client; };
  const Line* start = story.last<fact::NodeStarted>(before, own);
  const Line* thrown = story.last<fact::ClientError>(before, [&](const auto& f, const Line& x) {
    return own(f, x) && f.error == protocol::ErrorCode::NONE && f.exception.view().ends_with("AuthorizationException");
  });
  if (thrown == nullptr || start == nullptr || thrown->seq < start->seq) return nullptr;
  return story.act_on(client, {"stop"}, thrown->seq, start->seq) == nullptr ? thrown : nullptr;
}

const Line& error_behind(const Story& story, const Line& thrown) {
  const auto f = fact_if<fact::ClientError>(thrown);
  if (!f || f->error != protocol::ErrorCode::NONE) return thrown;
  // Within the client's reading of one response: other lines may stand between.
  for (const Line* l = story.trace().find(thrown.cause);
       l != nullptr && l->node == thrown.node && !is<fact::MessageDelivered>(*l); l = story.trace().find(l->cause))
    if (const auto error = fact_if<fact::ClientError>(*l); error && error->error != protocol::ErrorCode::NONE)
      return *l;
  return thrown;
}

namespace {

/// The last line at which the coordinator gave the id another epoch or another producer id than the producer had.
const Line* taken_over(const Story& story, const std::string& id, const fact::ProducerTransaction& had,
                       std::uint64_t before) {
  return story.last<fact::TransactionState>(before, [&](const auto& f, const Line&) {
    return f.transactional_id.view() == id &&
           (f.producer_id == had.producer_id ? f.producer_epoch > had.producer_epoch : f.producer_id > had.producer_id);
  });
}

/// The line at which an operator's InitProducerId took the id over from the producer that fails as fenced. Null: it does not, or
/// the id was taken over in another way. Kafka: TransactionsCommand.ForceTerminateTransactionsCommand.
const Line* taken_by_operator(const Story& story, const Line& failed) {
  const auto fenced = [](const auto& f) { return f && f->exception == "ProducerFencedException"; };
  if (!fenced(fact_if<fact::BatchFailed>(failed)) && !fenced(fact_if<fact::RecordFailed>(failed)) &&
      !fenced(fact_if<fact::ClientError>(failed)) && !fenced(fact_if<fact::ProducerTransaction>(failed)))
    return nullptr;
  const Line* own = story.last<fact::ProducerTransaction>(
      failed.seq + 1, [&](const auto&, const Line& x) { return x.node == failed.node; });
  const Line* taken = own == nullptr ? nullptr
                                     : taken_over(story, transactional_id_of(story, failed.node),
                                                  as<fact::ProducerTransaction>(*own), failed.seq);
  const Line* led = taken == nullptr ? nullptr : story.back(*taken);
  const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led);
  return act && act->verb == "terminate_transaction" ? taken : nullptr;
}

/// What ended the producer with that fatal exception: another producer has its transactional.id, or its coordinator lost
/// the id; null: neither.
const Line* back_of_fatal(const Story& story, const Line& l) {
  const auto had = as<fact::ProducerTransaction>(l);
  const std::string id = transactional_id_of(story, l.node);
  // The coordinator gave the id another epoch or another producer id: it ended the transaction, or another producer
  // took over the id.
  const Line* taken = taken_over(story, id, had, l.seq);
  if (taken != nullptr && is_abort(as<fact::TransactionState>(*taken))) return taken;
  if (taken != nullptr)
    if (const Line* other = story.last<fact::NodeStarted>(taken->seq, [&](const auto&, const Line& x) {
          return x.node != l.node && !id.empty() && transactional_id_of(story, x.node) == id;
        }))
      return other;
  if (const Line* lost = loss_in(story, "__transaction_state", 0, l.seq)) return lost;
  return nullptr;
}

/// What changed the state of the producer's transaction: another producer or its coordinator, or an exception, whose own line
/// tells more. Null: neither is known.
const Line* back_of_transaction(const Story& story, const Line& l, const fact::ProducerTransaction& f) {
  if (const Line* ended = is_fatal(f) ? back_of_fatal(story, l) : nullptr) return ended;
  const Line* thrown = f.exception.empty() ? nullptr : story.trace().find(l.cause);
  const auto error = thrown == nullptr || thrown->node != l.node ? std::nullopt : fact_if<fact::ClientError>(*thrown);
  return error && error->exception == f.exception.view() ? thrown : nullptr;
}

/// The line at which the client's member left its group since its last assignment; null: it has not left.
const Line* left_since_assigned(const Story& story, const Line& l) {
  const std::string group = story.group_of(l.node);
  const Line* left = story.last<fact::GroupMemberLeft>(l.seq, [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == l.node;
  });
  const Line* assigned =
      story.last<fact::PartitionsAssigned>(l.seq, [&](const auto&, const Line& x) { return x.node == l.node; });
  return left != nullptr && assigned != nullptr && left->seq > assigned->seq ? left : nullptr;
}

/// Why the consumer lost its partitions: it was silent; its member has left, or leaves at that moment; its coordinator does
/// not know it any more.
const Line* back_of_lost(const Story& story, const Line& lost) {
  constexpr std::int64_t kAtOnceUs = 1'000'000;
  if (const Line* silent = story.silence(lost.node, lost.seq, Search().of(traffic::kGroups))) return silent;
  if (const Line* left = left_since_assigned(story, lost)) return left;
  const Line* leaves = story.first<fact::GroupMemberLeft>(
      lost.seq, [&](const auto& f, const Line&) { return story.client_of_member(f.member.view()) == lost.node; });
  return leaves != nullptr && (leaves->time - lost.time).us <= kAtOnceUs
             ? leaves
             : loss_of_membership(story, lost.node, lost.seq);
}

/// The line at which the member left its group before its commit, or what held its commit back until then.
const Line* left_before_commit(const Story& story, const Line& thrown) {
  const std::string group = story.group_of(thrown.node);
  const Line* left = story.last<fact::GroupMemberLeft>(thrown.seq, [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == thrown.node;
  });
  if (left != nullptr) {
    const Line* commit = story.last<fact::OffsetCommitted>(
        left->seq, [&](const auto& f, const Line&) { return f.group.view() == group; });
    if (const Line* held = held_commit(story, thrown.node, commit == nullptr ? 0 : commit->seq, left->seq)) return held;
  }
  return left_since_assigned(story, thrown);
}

/// The restart that gave clients a wrong address of the leader, if that address was already wrong when the failed
/// batch's records were sent, delivery.timeout.ms before; null: it was not.
const Line* misdirected_all_along(const Story& story, const Line& failed) {
  const auto f = as<fact::BatchFailed>(failed);
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (spec == nullptr || f.exception != "TimeoutException") return nullptr;
  const std::uint64_t then =
      seq_at(story, failed.time - sim::microseconds(spec->config.number("delivery.timeout.ms") * 1000));
  const sim::NodeId leader = story.broker_node(story.leader_at(f.partition, then));
  const Misdirection misled = leader.valid() ? misdirection_of(story, leader, then) : Misdirection{};
  return misled.misleads && story.hindrance(leader, then, Search{failed.node}.of(traffic::kProducing)) == nullptr
             ? misled.by
             : nullptr;
}

/// Whether the error refuses the batch itself, whatever went wrong before.
bool is_refusal(protocol::ErrorCode error) {
  using enum protocol::ErrorCode;
  return error == TOPIC_AUTHORIZATION_FAILED || error == CLUSTER_AUTHORIZATION_FAILED || error == INVALID_TIMESTAMP ||
         error == INVALID_RECORD || error == MESSAGE_TOO_LARGE || error == RECORD_LIST_TOO_LARGE ||
         error == INVALID_PRODUCER_ID_MAPPING;
}

/// The exception that the client threw at the same moment and that made the batch fail; null: there was none.
const Line* error_thrown_before(const Story& story, const Line& failed) {
  const Line* thrown = story.trace().find(failed.cause);
  const auto error =
      thrown == nullptr || thrown->node != failed.node ? std::nullopt : fact_if<fact::ClientError>(*thrown);
  return error && thrown->time == failed.time ? thrown : nullptr;
}

/// The error in the response to another request of a transaction than Produce, for which the producer made the batch fail. Null:
/// there was none.
const Line* request_behind(const Story& story, const Line& failed) {
  const Line* thrown = error_thrown_before(story, failed);
  if (thrown == nullptr || transactional_id_of(story, failed.node).empty()) return nullptr;
  const Line& error = error_behind(story, *thrown);
  return &error != thrown && place_of(error) != place_of(failed) ? &error : nullptr;
}

/// Whether the producer failed this because send() was called in its error state: then a KafkaException is thrown first, without
/// any request (TransactionManager.maybeFailWithError).
bool is_sent_in_error_state(const Story& story, const Line& failed) {
  if (!is<fact::BatchFailed>(failed) && !is<fact::ClientError>(failed)) return false;
  const Line* thrown = error_thrown_before(story, failed);
  const auto error = thrown == nullptr ? std::nullopt : fact_if<fact::ClientError>(*thrown);
  if (!error || error->error != protocol::ErrorCode::NONE) return false;
  return (error->exception == "KafkaException" && &error_behind(story, *thrown) == thrown) ||
         is_sent_in_error_state(story, *thrown);
}

/// The act that makes the consumer leave its group and give up its partitions, without a rebalance. Null: a rebalance
/// took them.
const Line* act_of_leaving(const Story& story, const Line& revoked) {
  const Line* got = story.last<fact::PartitionsAssigned>(
      revoked.seq, [&](const auto&, const Line& x) { return x.node == revoked.node; });
  return story.act_on(revoked.node, {"stop", "unsubscribe"}, revoked.seq, got == nullptr ? 0 : got->seq);
}

/// The seq of the line at which the first record of the batch that failed at that line was passed to send(): what happened to
/// earlier batches is not its reason. 0: not known.
std::uint64_t handed_first(const Story& story, const Line& failed) {
  const std::vector<TraceStore::Handed> records = story.trace().handed_at(failed.seq);
  if (records.empty()) return 0;
  const auto first = std::min_element(records.begin(), records.end(),
                                      [](const auto& a, const auto& b) { return a.number < b.number; });
  const Line* sent = story.last<fact::RecordSent>(
      failed.seq, [&](const auto& f, const Line& l) { return l.node == failed.node && f.number == first->number; });
  return sent == nullptr ? 0 : sent->seq;
}

}  // namespace

const Line* Story::back_of_client(const Line& l) const {
  const auto own = [&](const auto&, const Line& x) { return x.node == l.node; };
  if (const Line* taken = taken_by_operator(*this, l)) return taken;
  if (const auto f = fact_if<fact::ProducerTransaction>(l)) {
    if (const Line* led = back_of_transaction(*this, l, *f)) return led;
    if (is_fatal(*f)) return climb(l);
  }
  if (is<fact::PartitionsAssigned>(l) || is<fact::PartitionsRevoked>(l) || is<fact::PartitionsLost>(l)) {
    const std::string group = group_of(l.node);
    if (is<fact::PartitionsLost>(l)) return back_of_lost(*this, l);
    if (const Line* left = is<fact::PartitionsRevoked>(l) ? act_of_leaving(*this, l) : nullptr) return left;
    const Line* rebalance = rebalance_before(*this, group, l.seq);
    // A static member that takes another's place gets its partitions without a rebalance.
    const Line* start = last<fact::NodeStarted>(l.seq, own);
    return start != nullptr && start->time.us > 0 && rebalance != nullptr && start->seq > rebalance->seq ? start
                                                                                                         : rebalance;
  }
  if (const auto p = fact_if<fact::PositionSet>(l)) {
    if (p->reason == fact::PositionReason::Seek) {
      const Line* led = climb(l);
      return led != nullptr ? led : act_on(l.node, {"seek"}, l.seq);
    }
    if (p->reason == fact::PositionReason::Again) {  // a transform whose output failed
      const Line* failed = last<fact::BatchFailed>(l.seq, own);
      const Line* refused = last<fact::RecordFailed>(l.seq, own);
      const Line* aborted = last<fact::TransactionState>(l.seq, [&](const auto& f, const Line&) {
        return is_abort(f) && client_with_transactions(f.transactional_id.view()) == l.node;
      });
      const Line* found = nullptr;
      for (const Line* x : {failed, refused, aborted})
        if (x != nullptr && (found == nullptr || x->seq > found->seq)) found = x;
      return found;
    }
    return back_of_position(*this, l);
  }
  if (const Line* own_reason = back_of_own_error(*this, l)) return own_reason;
  const Search sending = Search().of(traffic::kProducing);
  const auto waited = [&](std::string_view timeout) {
    const cluster::ClientSpec* spec = declared(l.node);
    return spec == nullptr ? sending
                           : sending.timed_out(spec->config.number(timeout), spec->config.number("linger.ms"));
  };
  if (const auto f = fact_if<fact::BatchRetried>(l)) {
    if (const Line* by = quota_behind(*this, l)) return by;
    return back_of_error(f->error, f->partition, l.node, l.seq,
                         f->error == protocol::ErrorCode::REQUEST_TIMED_OUT ? waited("request.timeout.ms") : sending);
  }
  // What the application itself did wrong, or did on purpose.
  if (by_application(l)) {
    const Line* act = act_of_acknowledging(*this, l);
    return act != nullptr ? act : climb(l);
  }
  const auto error_state = [&] {
    return last<fact::ProducerTransaction>(
        l.seq, [&](const auto& p, const Line& x) { return own(p, x) && !p.exception.empty(); });
  };
  if (is_sent_in_error_state(*this, l))
    if (const Line* state = error_state()) return state;
  if (const auto f = fact_if<fact::BatchFailed>(l)) {
    if (const Line* error = request_behind(*this, l)) return error;
    if (f->exception == "CommitFailedException")
      if (const Line* left = left_before_commit(*this, l)) return left;
    if (const Line* by = misdirected_all_along(*this, l)) return by;
    if (const Line* by = quota_behind(*this, l)) return by;
    if (f->error == protocol::ErrorCode::NONE && f->exception != "TimeoutException")
      return error_thrown_before(*this, l);
    const Line* sent = last<fact::BatchRetried>(
        l.seq, [&](const auto& r, const Line& x) { return x.node == l.node && r.partition == f->partition; });
    if (sent != nullptr && !is_refusal(f->error) && f->error != as<fact::BatchRetried>(*sent).error &&
        (l.time - sent->time).us < 200'000'000 && sent->seq > handed_first(*this, l))
      return sent;
    return back_of_error(f->error, f->partition, l.node, l.seq,
                         f->exception == "TimeoutException" ? waited("delivery.timeout.ms") : sending);
  }
  // TransactionManager.maybeFailWithError: an earlier batch of the transaction has failed, and so does each later send.
  const auto failed_batch = [&] {
    const Line* begun = last<fact::ProducerTransaction>(l.seq, [&](const auto& p, const Line& x) {
      return own(p, x) && p.to == static_cast<std::int64_t>(client::TransactionState::InTransaction);
    });
    return last<fact::BatchFailed>(l.seq, [&](const auto& b, const Line& x) {
      return own(b, x) && b.error != protocol::ErrorCode::NONE && (begun == nullptr || x.seq > begun->seq);
    });
  };
  if (const auto f = fact_if<fact::RecordFailed>(l); f && f->exception == "KafkaException") {
    if (const Line* failed = failed_batch()) return failed;
    if (const Line* state = error_state()) return state;
  }
  // No broker was involved: a serializer failed, or the producer rejected an argument.
  if (const auto f = fact_if<fact::RecordFailed>(l); f && f->error == protocol::ErrorCode::NONE) return nullptr;
  if (const auto f = fact_if<fact::RecordFailed>(l))
    return back_of_error(f->error, f->partition, l.node, l.seq, sending);
  if (const auto f = fact_if<fact::ClientError>(l)) {
    if (f->exception == "CommitFailedException")
      if (const Line* left = left_before_commit(*this, l)) return left;
    if (f->exception == "NoOffsetForPartitionException") return back_of_no_offset(*this, l);
    if (f->exception == "OffsetOutOfRangeException" || f->error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE)
      if (const Line* gone = records_gone(*this, l)) return back_of_gone(*this, l, *gone);
    if (f->error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE) {
      const Line* set = last<fact::PositionSet>(
          l.seq, [&](const auto& p, const Line& x) { return x.node == l.node && p.partition == f->partition; });
      if (set != nullptr && as<fact::PositionSet>(*set).reason == fact::PositionReason::Seek) return set;
    }
  }
  if (const Line& error = error_behind(*this, l); &error != &l) return &error;
  if (const auto f = fact_if<fact::ClientError>(l); f && f->exception == "KafkaException")
    if (const cluster::ClientSpec* spec = declared(l.node); spec != nullptr && produces(spec->kind)) {
      if (const Line* failed = failed_batch()) return failed;
      const Line* state = error_state();
      return state != nullptr ? state : climb(l);  // no request was sent: no link had a part in it
    }
  if (const auto f = fact_if<fact::ClientError>(l)) return back_of_error(f->error, f->partition, l.node, l.seq);
  if (const auto f = fact_if<fact::RequestRefused>(l)) return back_of_error(f->error, f->partition, f->client, l.seq);
  if (const auto f = fact_if<fact::OffsetCommitted>(l)) {
    if (const Line* led = climb(l); led != nullptr && led->kind == sim::trace_kind::kCommand) return led;
    const Line* begun = nullptr;
    const Line* reset =
        last<fact::OffsetsReset>(l.seq, [&](const auto& r, const Line&) { return r.group == f->group.view(); });
    if (reset != nullptr || !f->offset.known())
      begun = act_on({}, {"reset_offsets", "delete_offsets", "delete_group"}, l.seq, 0, f->group.view());
    const Line* by_hand = last<fact::Command>(l.seq, [&](const fact::Command& c, const Line& x) {
      const auto nodes = nodes_of(x);
      return c.verb == "commit" && !nodes.empty() && group_of(nodes.front()) == f->group.view();
    });
    if (by_hand != nullptr && (begun == nullptr || by_hand->seq > begun->seq)) begun = by_hand;
    if (begun != nullptr && (l.time - begun->time).us < 10'000'000) return begun;
    if (f->offset.known()) return nullptr;
    // Offsets expire when the group has been empty for a long time, which begins when its last member leaves.
    return last<fact::GroupMemberLeft>(l.seq, [&](const auto& x, const Line&) { return x.group == f->group.view(); });
  }
  return nullptr;
}

}  // namespace kafkascope::observe
