// The step back from an event at a client or group to what led to it.
#include <algorithm>
#include <set>

#include "client/transaction_states.h"
#include "cluster/verbs.h"
#include "coordinator/transaction_records.h"
#include "observe/why/story.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// Whether the failure is of the application's own making: an illegal call, or records that it aborted itself.
bool by_application(const Line& l) {
  const auto thrown = [](const auto& f) {
    return f && (f->exception == "TransactionAbortedException" || f->exception == "IllegalStateException");
  };
  return thrown(fact_if<fact::BatchFailed>(l)) || thrown(fact_if<fact::ClientError>(l));
}

/// Whether the producer can no longer do anything.
bool is_fatal(const fact::ProducerTransaction& f) {
  return f.to == static_cast<std::int64_t>(client::TransactionState::FatalError);
}

/// Whether the member left because its application had not called poll() for max.poll.interval.ms.
bool by_poll_timeout(const fact::GroupMemberLeft& f) {
  return f.said.view().find("poll timeout") != std::string_view::npos;
}

/// The death of the coordinator that had the group, if the member that joins was in it: nobody knew the group by then.
const Line* back_of_new_life(const Story& story, const Line& l) {
  const auto r = as<fact::GroupRebalance>(l);
  const auto of_group = [&](const auto& f, const Line&) { return f.group == r.group.view(); };
  const Line* died = story.last<fact::NodeDied>(l.seq, [&](const auto&, const Line& x) {
    return story.last<fact::GroupRebalance>(
               x.seq, [&](const auto& f, const Line& y) { return of_group(f, y) && y.node == x.node; }) != nullptr;
  });
  if (died == nullptr || r.member.empty()) return nullptr;
  const Line* joined = story.last<fact::GroupMemberJoined>(died->seq, [&](const auto& f, const Line& x) {
    return of_group(f, x) && story.client_of_member(f.member.view()) == story.client_of_member(r.member.view());
  });
  return joined != nullptr ? died : nullptr;
}

}  // namespace

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

namespace {

/// Whether the line is the death of a process that another one has replaced before that line.
bool is_of_earlier_process(const Story& story, const Line& line, std::uint64_t before) {
  if (!is<fact::NodeDied>(line)) return false;
  const Line* started =
      story.first<fact::NodeStarted>(line.seq, [&](const auto&, const Line& l) { return l.node == line.node; });
  return started != nullptr && started->seq < before;
}

}  // namespace

const Line* Story::back_of_error(protocol::ErrorCode error, TopicPartition tp, sim::NodeId client,
                                 std::uint64_t before) const {
  using protocol::ErrorCode;
  const auto of_tp = [&](const auto&, const Line& l) { return place_of(l) == tp; };
  const sim::NodeId leader = broker_node(leader_at(tp, before));
  if (const Line* made = injected(error, tp, client, before)) return made;
  const Line* found = nullptr;
  // The partition does not exist, and no node is to blame for that.
  if (tp.partition >= 0 && error != ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !existed(*this, tp, before))
    return last<fact::TopicDeleted>(before, [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; });
  switch (error) {
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND: return below_min_isr(tp, before);
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::LEADER_NOT_AVAILABLE:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::UNKNOWN_LEADER_EPOCH:
      found = last<fact::LeaderElected>(before, of_tp);
      if (found != nullptr) return found;
      return last<fact::NodeStarted>(before,
                                     [&](const auto&, const Line& l) { return l.node == leader && l.time.us > 0; });
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::UNKNOWN_TOPIC_ID:
      return last<fact::TopicDeleted>(before, [&](const auto& f, const Line&) {
        return tp.topic < 0 ? is_of_client(client, f.topic.view()) : f.partition.topic == tp.topic;
      });
    case ErrorCode::KAFKA_STORAGE_ERROR: {
      const Line* refused = last<fact::RequestRefused>(
          before, [&](const auto& f, const Line&) { return f.error == error && f.client == client; });
      const sim::NodeId at = refused != nullptr ? refused->node : leader;
      found = last<fact::LogDirOffline>(before, [&](const auto&, const Line& l) { return l.node == at; });
      return found != nullptr ? found : act_on(at, {"disk"}, before);
    }
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: return rule_against(error, tp, client, before);
    case ErrorCode::MEMBER_ID_REQUIRED: return nullptr;  // each new member is answered so
    case ErrorCode::INVALID_TIMESTAMP: return act_on(client, {"skew_clock"}, before);
    case ErrorCode::MESSAGE_TOO_LARGE: return setting_of(tp, "max.message.bytes", before, "message.max.bytes");
    case ErrorCode::RECORD_LIST_TOO_LARGE: return setting_of(tp, "segment.bytes", before, "log.segment.bytes");
    default: break;
  }
  // The client looks for the leader at a wrong address, where it finds nobody.
  if (error == ErrorCode::REQUEST_TIMED_OUT || error == ErrorCode::NETWORK_EXCEPTION)
    if (const Misdirection misled = misdirection_of(*this, leader, before);
        misled.misleads && hindrance(leader, before, {client}) == nullptr)
      return misled.by;
  // No response: because of the leader, the client or the link between them.
  const auto take = [&](const Line* l) {
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  };
  take(silence(leader, before, {client}));
  // Who gets an error runs: if its process died, another has taken its place.
  if (const Line* own = silence(client, before, {leader});
      own != nullptr && !is_of_earlier_process(*this, *own, before))
    take(own);
  take(last<fact::LeaderElected>(before, of_tp));
  if (tp.partition < 0)  // the broker was unknown: any of them may be missing
    for (const auto& info : cluster().nodes())
      if (info.kind == cluster::NodeKind::Broker) take(silence(cluster().find(info.name), before, {client}));
  // A leader that waits for its followers does not answer either. If nothing hinders leader and client any more, what hinders a
  // follower at that moment counts, even if the leader was silent before.
  const bool over = hindrance(leader, before, {client}) == nullptr && hindrance(client, before, {leader}) == nullptr;
  if (const protocol::PartitionRegistration* p = cluster().committed().partition(tp); p != nullptr && over) {
    const bool nothing = found == nullptr;
    for (const BrokerId id : p->replicas)
      if (id != leader_at(tp, before)) {
        const sim::NodeId node = broker_node(id);
        take(nothing ? silence(node, before, {leader}) : hindrance(node, before, {leader}));
      }
  }
  return found;
}

const Line* Story::change_of_topics(std::string_view group, std::uint64_t before) const {
  const auto reads = [&](std::string_view topic) {
    for (std::size_t i = 0; i < cluster().nodes().size(); ++i)
      if (const sim::NodeId node{static_cast<std::int32_t>(i)}; group_of(node) == group && is_of_client(node, topic))
        return true;
    return false;
  };
  // A pattern names no topic, so any topic counts.
  for (const bool any : {false, true}) {
    const auto its = [&](const auto& f, const Line& l) {
      return l.time.us > 0 && (any || reads(cluster().topic_name(f.partition.topic)));
    };
    if (const Line* found = latest({last<fact::PartitionAdded>(before, its), last<fact::TopicCreated>(before, its),
                                    last<fact::TopicDeleted>(before, [&](const auto& f, const Line& l) {
                                      return l.time.us > 0 && (any || reads(f.topic.view()));
                                    })}))
      return found;
  }
  return nullptr;
}

namespace {

/// The seq of the first line at that time, or later.
std::uint64_t seq_at(const Story& story, sim::Instant at) {
  const std::size_t first = story.trace().first_at(at);
  return first < story.trace().size() ? story.trace()[first].seq : story.end();
}

/// The line at which the member that left had joined; null: it joined before the trace begins.
const Line* joining_of(const Story& story, const Line& left) {
  const auto member = as<fact::GroupMemberLeft>(left).member;
  return story.last<fact::GroupMemberJoined>(left.seq, [&](const auto& f, const Line&) { return f.member == member; });
}

/// The client's silence before the member left. One that had ended when the member joined is that of another process.
const Line* silence_of_member(const Story& story, sim::NodeId client, const Line& left) {
  const Line* silent = story.silence(client, left.seq);
  const Line* joined = silent == nullptr ? nullptr : joining_of(story, left);
  return joined != nullptr && is_of_earlier_process(story, *silent, joined->seq) ? nullptr : silent;
}

/// The death of the process that joined as this member; null: it lives, or joined before the trace begins.
const Line* death_of_member(const Story& story, sim::NodeId client, const Line& left) {
  const Line* joined = joining_of(story, left);
  const Line* died = joined == nullptr ? nullptr
                                       : story.first<fact::NodeDied>(
                                             joined->seq, [&](const auto&, const Line& l) { return l.node == client; });
  return died != nullptr && died->seq < left.seq ? died : nullptr;
}

/// The act that sent the record on which the application works while its member's max.poll.interval.ms runs out: the first
/// one that it was handed since the member joined and has not processed. Null: no act sent that record.
const Line* act_of_slow_record(const Story& story, sim::NodeId client, const Line& left) {
  const auto member = as<fact::GroupMemberLeft>(left).member;
  const Line* joined =
      story.last<fact::GroupMemberJoined>(left.seq, [&](const auto& f, const Line&) { return f.member == member; });
  const std::uint64_t since = joined == nullptr ? 0 : joined->seq;
  std::set<std::pair<std::int32_t, std::uint32_t>> done;
  (void)story.last<fact::RecordProcessed>(left.seq, [&](const auto&, const Line& l) {
    if (l.node == client)
      for (const TraceStore::Handed& record : story.trace().handed_at(l.seq))
        done.insert({record.client, record.number});
    return l.seq < since;
  });
  TraceStore::Handed at_work;
  (void)story.last<fact::RecordDelivered>(left.seq, [&](const auto&, const Line& l) {
    if (l.seq < since) return true;
    const auto handed = l.node == client ? story.trace().handed_at(l.seq) : std::vector<TraceStore::Handed>{};
    const auto first = std::find_if(handed.begin(), handed.end(), [&](const TraceStore::Handed& record) {
      return !done.contains({record.client, record.number});
    });
    if (first != handed.end()) at_work = *first;
    return false;
  });
  const Line* sent = story.last<fact::RecordSent>(left.seq, [&](const auto& f, const Line& l) {
    return l.node.index == at_work.client && f.number == at_work.number;
  });
  const Line* act = sent == nullptr ? nullptr : story.trail(*sent).front();
  return act != nullptr && is<fact::Command>(*act) ? act : nullptr;
}

/// What kept the member from its group while its time ran out: its own silence, or that of a broker whose answer it awaited.
const Line* back_of_absence(const Story& story, sim::NodeId client, const Line& left) {
  if (const Line* died = death_of_member(story, client, left)) return died;
  if (const Line* silent = silence_of_member(story, client, left)) return silent;
  const cluster::ClientSpec* spec = story.declared(client);
  if (spec == nullptr) return nullptr;
  const bool by_poll = is<fact::GroupMemberLeft>(left) && by_poll_timeout(as<fact::GroupMemberLeft>(left));
  const std::int64_t patience = spec->config.number(by_poll ? "max.poll.interval.ms" : "session.timeout.ms") * 1000;
  // The silence of a broker must lie within the time that ran out: the coordinator's or, if it was well, another's, because the client asks any
  // broker for its coordinator, and its application may wait for any leader.
  const auto within = [&](sim::NodeId broker) -> const Line* {
    const Line* silent = story.silence(broker, left.seq, {client});
    if (silent == nullptr || (left.time - silent->time).us <= patience) return silent;
    const Line* then = story.hindrance(broker, seq_at(story, left.time - sim::microseconds(patience)), {client});
    return then == silent ? silent : nullptr;
  };
  if (const Line* silent = within(left.node)) return silent;
  const Line* found = nullptr;
  for (const auto& broker : story.cluster().spec().brokers)
    found = latest({found, within(story.broker_node(broker.id))});
  return found == nullptr && by_poll ? act_of_slow_record(story, client, left) : found;
}

}  // namespace

const Line* Story::back_of_group(const Line& l) const {
  const auto begun = [&](sim::NodeId client, std::uint64_t before) {
    return last<fact::NodeStarted>(before, [&](const auto&, const Line& x) { return x.node == client; });
  };
  if (const auto left = fact_if<fact::GroupMemberLeft>(l)) {
    const sim::NodeId client = client_of_member(left->member.view());
    switch (left->reason) {
      case fact::GroupReason::SessionTimeout:
      case fact::GroupReason::NoRejoinInTime:
      case fact::GroupReason::NoSyncInTime:
      case fact::GroupReason::NotRevokedInTime: return back_of_absence(*this, client, l);
      default: {
        if (const Line* thrown = refused_before(*this, client, l.seq)) return thrown;
        const Line* led = climb(l);
        if (led != nullptr) return led;
        const Line* start = begun(client, l.seq);
        const Line* asked =
            act_on(client, {"stop", "unsubscribe", "subscribe", "seek"}, l.seq, start == nullptr ? 0 : start->seq);
        // Otherwise max.poll.interval.ms has passed: the application is slow.
        const Line* silent = back_of_absence(*this, client, l);
        return asked != nullptr && (silent == nullptr || asked->seq > silent->seq) && !by_poll_timeout(*left) ? asked
                                                                                                              : silent;
      }
    }
  }
  if (const auto joined = fact_if<fact::GroupMemberJoined>(l)) {
    const Line* start = begun(client_of_member(joined->member.view()), l.seq);
    return start != nullptr && start->time.us > 0 ? start : nullptr;
  }
  if (const auto r = fact_if<fact::GroupRebalance>(l)) {
    const auto same_member = [&](const auto& f, const Line& x) {
      return f.group == r->group.view() &&
             (r->member.empty() || without_member_uuids(f.member.view()) == without_member_uuids(r->member.view())) &&
             x.seq < l.seq;
    };
    if (r->member_left) return last<fact::GroupMemberLeft>(l.seq, same_member);
    switch (r->reason) {
      case fact::GroupReason::Joined:
      case fact::GroupReason::JoinedAgain:
      case fact::GroupReason::NewerMemberJoined:
      case fact::GroupReason::StaticCameBack: {
        const Line* start = begun(client_of_member(r->member.view()), l.seq);
        if (start != nullptr && start->time.us > 0) {
          const Line* before =
              last<fact::GroupRebalance>(l.seq, [&](const auto& f, const Line&) { return f.group == r->group.view(); });
          if (before == nullptr || before->seq < start->seq) return start;
        }
        // The member has left after its start, and now comes back.
        if (const Line* away = last<fact::GroupMemberLeft>(l.seq, same_member);
            away != nullptr && (start == nullptr || away->seq > start->seq))
          return away;
        if (start != nullptr && start->time.us > 0 && r->reason != fact::GroupReason::JoinedAgain) return start;
        break;
      }
      case fact::GroupReason::NewMetadata:
        // The second half of a cooperative rebalance: partitions given up in the first half find their new owners.
        if (r->said.view().find("revoke") != std::string_view::npos)
          return last<fact::GroupRebalance>(l.seq,
                                            [&](const auto& f, const Line&) { return f.group == r->group.view(); });
        break;
      case fact::GroupReason::TopicChanged:
      case fact::GroupReason::RegexChanged:
        if (const Line* changed = change_of_topics(r->group.view(), l.seq)) return changed;
        break;
      case fact::GroupReason::LeaderJoinedAgain:  // the classic protocol: the leader saw other partitions
        if (r->said.view().find("metadata") != std::string_view::npos)
          if (const Line* changed = change_of_topics(r->group.view(), l.seq)) return changed;
        break;
      default: break;
    }
    // A member that left during the same rebalance.
    const Line* since =
        last<fact::GroupRebalance>(l.seq, [&](const auto& f, const Line&) { return f.group == r->group.view(); });
    const Line* gone =
        last<fact::GroupMemberLeft>(l.seq, [&](const auto& f, const Line&) { return f.group == r->group.view(); });
    if (gone != nullptr && (since == nullptr || gone->seq > since->seq)) return gone;
    const Line* led = climb(l);
    return led != nullptr ? led : back_of_new_life(*this, l);
  }
  return nullptr;
}

const Line* Story::back_of_abort(const Line& l) const {
  using coordinator::TransactionState;
  const auto decided = as<fact::TransactionState>(l);
  const auto own = [&](const fact::TransactionState& f) { return f.transactional_id == decided.transactional_id; };
  const Line* begun = last<fact::TransactionState>(l.seq, [&](const auto& f, const Line&) {
    return own(f) && f.to == static_cast<std::int64_t>(TransactionState::Ongoing) && f.from != f.to;
  });
  // The program died or stalled until the transaction timed out, or its next process started over.
  const Line* silent = silence(client_with_transactions(decided.transactional_id.view()), l.seq);
  return silent != nullptr && begun != nullptr && silent->seq > begun->seq ? silent : climb(l);
}

const Line* fatal_before(const Story& story, const Line& closed) {
  if (as<fact::NodeDied>(closed).how != sim::Death::Stop || story.declared(closed.node) == nullptr) return nullptr;
  const Line* start =
      story.last<fact::NodeStarted>(closed.seq, [&](const auto&, const Line& x) { return x.node == closed.node; });
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
  const Line* led = f && f->error == protocol::ErrorCode::NONE ? story.trace().find(thrown.cause) : nullptr;
  const auto error = led == nullptr || led->node != thrown.node ? std::nullopt : fact_if<fact::ClientError>(*led);
  return error && error->error != protocol::ErrorCode::NONE ? *led : thrown;
}

namespace {

/// What ended the producer with that fatal exception: another producer has its transactional.id, or its coordinator lost
/// the id; null: neither.
const Line* back_of_fatal(const Story& story, const Line& l) {
  const auto had = as<fact::ProducerTransaction>(l);
  const cluster::ClientSpec* spec = story.declared(l.node);
  const std::string id = spec == nullptr ? std::string() : spec->config.text("transactional.id");
  // The coordinator gave the id another epoch or another producer id: it ended the transaction, or another producer has the id.
  const Line* taken = story.last<fact::TransactionState>(l.seq, [&](const auto& f, const Line&) {
    return f.transactional_id.view() == id &&
           (f.producer_id == had.producer_id ? f.producer_epoch > had.producer_epoch : f.producer_id > had.producer_id);
  });
  if (taken != nullptr && is_abort(as<fact::TransactionState>(*taken))) return taken;
  if (taken != nullptr)
    if (const Line* other = story.last<fact::NodeStarted>(taken->seq, [&](const auto&, const Line& x) {
          return x.node != l.node && story.has_transactional_id(x.node, id);
        }))
      return other;
  if (const Line* lost = loss_in(story, "__transaction_state", 0, l.seq)) return lost;
  return nullptr;
}

/// That the member had left its group when it committed.
const Line* left_before_commit(const Story& story, const Line& thrown) {
  const std::string group = story.group_of(thrown.node);
  const Line* left = story.last<fact::GroupMemberLeft>(thrown.seq, [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == thrown.node;
  });
  const Line* assigned = story.last<fact::PartitionsAssigned>(
      thrown.seq, [&](const auto&, const Line& x) { return x.node == thrown.node; });
  return left != nullptr && assigned != nullptr && left->seq > assigned->seq ? left : nullptr;
}

/// What removed the records at the consumer's position before it asked for them; null: its position is beyond the end.
const Line* records_gone(const Story& story, const Line& thrown) {
  const Line* refused = story.last<fact::ClientError>(thrown.seq + 1, [&](const auto& f, const Line& x) {
    return x.node == thrown.node && f.error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE;
  });
  if (refused == nullptr) return nullptr;
  const TopicPartition tp = place_of(*refused);
  const auto own = [&](const auto& f, const Line& x) { return x.node == thrown.node && f.partition == tp; };
  const Line* set = story.last<fact::PositionSet>(refused->seq, own);
  const Line* got = story.last<fact::RecordDelivered>(refused->seq, own);
  if (set == nullptr) return nullptr;
  const protocol::Offset position = got != nullptr && got->seq > set->seq
                                        ? as<fact::RecordDelivered>(*got).last_offset + 1
                                        : as<fact::PositionSet>(*set).offset;
  const Line* gone = story.first<fact::LogStartAdvanced>(
      0, [&](const auto& f, const Line&) { return f.partition == tp && f.to > position; });
  return gone != nullptr && gone->seq < refused->seq ? gone : nullptr;
}

}  // namespace

const Line* Story::back_of_client(const Line& l) const {
  const auto own = [&](const auto&, const Line& x) { return x.node == l.node; };
  if (const auto f = fact_if<fact::ProducerTransaction>(l); f && is_fatal(*f)) {
    const Line* ended = back_of_fatal(*this, l);
    return ended != nullptr ? ended : climb(l);
  }
  if (is<fact::PartitionsAssigned>(l) || is<fact::PartitionsRevoked>(l) || is<fact::PartitionsLost>(l)) {
    const std::string group = group_of(l.node);
    const Line* lost = is<fact::PartitionsLost>(l) ? silence(l.node, l.seq) : nullptr;
    if (lost != nullptr) return lost;
    const Line* rebalance =
        last<fact::GroupRebalance>(l.seq, [&](const auto& f, const Line&) { return f.group == group; });
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
    if (p->reason == fact::PositionReason::OutOfRange || p->reason == fact::PositionReason::Truncated) {
      const Line* found = nullptr;
      const auto at = [&](const auto&, const Line& x) { return place_of(x) == place_of(l); };
      for (const Line* x : {last<fact::LeaderElected>(l.seq, at), last<fact::LogStartAdvanced>(l.seq, at),
                            last<fact::LogTruncated>(l.seq, at), act_on(l.node, {"seek"}, l.seq)})
        if (x != nullptr && (found == nullptr || x->seq > found->seq)) found = x;
      return found;
    }
    const Line* start = last<fact::NodeStarted>(l.seq, own);
    const Line* got = last<fact::PartitionsAssigned>(l.seq, own);
    if (got != nullptr && (start == nullptr || got->seq > start->seq)) return got;
    return start != nullptr && start->time.us > 0 ? start : nullptr;
  }
  if (const auto f = fact_if<fact::BatchRetried>(l)) return back_of_error(f->error, f->partition, l.node, l.seq);
  // What the application itself did wrong, or did on purpose.
  if (by_application(l)) return climb(l);
  if (const auto f = fact_if<fact::BatchFailed>(l)) {
    const Line* sent = last<fact::BatchRetried>(
        l.seq, [&](const auto& r, const Line& x) { return x.node == l.node && r.partition == f->partition; });
    // A refusal has its own reason, whatever went wrong before it.
    const bool refused = f->error == protocol::ErrorCode::TOPIC_AUTHORIZATION_FAILED ||
                         f->error == protocol::ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    if (sent != nullptr && !refused && f->error != as<fact::BatchRetried>(*sent).error &&
        (l.time - sent->time).us < 200'000'000)
      return sent;
    return back_of_error(f->error, f->partition, l.node, l.seq);
  }
  if (const auto f = fact_if<fact::RecordFailed>(l)) return back_of_error(f->error, f->partition, l.node, l.seq);
  if (const auto f = fact_if<fact::ClientError>(l)) {
    if (f->exception == "CommitFailedException")
      if (const Line* left = left_before_commit(*this, l)) return left;
    if (f->exception == "OffsetOutOfRangeException" || f->error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE)
      if (const Line* gone = records_gone(*this, l)) return gone;
  }
  if (const Line& error = error_behind(*this, l); &error != &l) return &error;
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
