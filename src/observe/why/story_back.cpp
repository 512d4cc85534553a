// The step back from a line of the trace to what led to it.
#include <algorithm>

#include "cluster/verbs.h"
#include "coordinator/transaction_records.h"
#include "observe/why/story.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/facts_of_zookeeper.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

constexpr std::size_t kLongestTrail = 12;

/// Whether a call of the application itself failed, or what it aborted; nobody else has to do with it.
bool by_application(const Line& l) {
  const auto thrown = [](const auto& f) {
    return f && (f->exception == "TransactionAbortedException" || f->exception == "IllegalStateException");
  };
  return thrown(fact_if<fact::BatchFailed>(l)) || thrown(fact_if<fact::ClientError>(l));
}

bool is_abort(const fact::TransactionState& f) {
  return f.to == static_cast<std::int64_t>(coordinator::TransactionState::PrepareAbort);
}

}  // namespace

const Line* Story::registration_change(BrokerId broker, const Line& line) const {
  const Line* found = nullptr;
  const auto near = [&](const auto& f, const Line& l) {
    return f.broker == broker && l.time == line.time && l.node == line.node;
  };
  const std::uint64_t end = this->end();
  const auto take = [&](const Line* l) {
    if (found == nullptr) found = l;
  };
  take(last<fact::BrokerFenced>(end, near));
  take(last<fact::BrokerShutdownStarted>(end, near));
  take(last<fact::BrokerUnregistered>(end, near));
  take(last<fact::BrokerDirsOffline>(end, near));
  return found;
}

const Line* Story::back_again(sim::NodeId node, std::uint64_t before) const {
  const auto of_node = [&](const auto&, const Line& x) { return x.node == node && x.time.us > 0; };
  const Line* mended = last<fact::Command>(before, [&](const fact::Command& c, const Line& x) {
    if (c.verb != "heal" && c.verb != "release" && c.verb != "link" && c.verb != "disk") return false;
    if ((c.verb == "link" || c.verb == "disk") && hinders(x, node)) return false;
    return nodes_of(x).empty() || involves(x, node);
  });
  return latest({last<fact::NodeStarted>(before, of_node), last<fact::NodeResumed>(before, of_node), mended});
}

const Line* Story::back_of_removal(BrokerId broker, const Line& line, BrokerId leader) const {
  if (const Line* change = registration_change(broker, line)) return change;
  // A controlled shutdown moves leaders first, some at a time.
  const Line* shutdown =
      last<fact::BrokerShutdownStarted>(line.seq, [&](const auto& f, const Line&) { return f.broker == broker; });
  const sim::NodeId node = broker_node(broker);
  const Line* silent =
      silence(node, line.seq, leader < 0 ? std::vector<sim::NodeId>{} : std::vector{broker_node(leader)});
  if (silent == nullptr) silent = silence(node, line.seq);
  if (shutdown != nullptr && (silent == nullptr || shutdown->seq > silent->seq)) {
    const Line* started = last<fact::NodeStarted>(line.seq, [&](const auto&, const Line& l) { return l.node == node; });
    if (started == nullptr || started->seq < shutdown->seq) return shutdown;
  }
  if (cluster().under_zookeeper()) {
    const Line* expired =
        last<fact::ZkSessionExpired>(line.seq, [&](const auto&, const Line& l) { return l.time <= line.time; });
    if (expired != nullptr && (silent == nullptr || expired->seq > silent->seq) &&
        (line.time - expired->time).us < 1'000'000)
      return expired;
    if (silent == nullptr) {  // a controller that is cut off from what it decides about
      const Line* active = last<fact::ControllerActive>(line.seq, [](const auto&, const Line&) { return true; });
      return active == nullptr ? nullptr : silence(active->node, line.seq);
    }
  }
  return silent;
}

const Line* Story::back_of_error(protocol::ErrorCode error, TopicPartition tp, sim::NodeId client,
                                 std::uint64_t before) const {
  using protocol::ErrorCode;
  const auto of_tp = [&](const auto&, const Line& l) { return place_of(l) == tp; };
  const sim::NodeId leader = broker_node(leader_at(tp, before));
  if (const Line* made = injected(error, tp, client, before)) return made;
  const Line* found = nullptr;
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
    default: break;
  }
  // No answer: the leader, the client or the way between them.
  const auto take = [&](const Line* l) {
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  };
  take(silence(leader, before, {client}));
  take(silence(client, before, {leader}));
  take(last<fact::LeaderElected>(before, of_tp));
  if (tp.partition < 0)  // it was not even known to whom: anybody may be missing
    for (const auto& info : cluster().nodes())
      if (info.kind == cluster::NodeKind::Broker) take(silence(cluster().find(info.name), before, {client}));
  // A leader that waits for its followers does not answer either.
  if (const protocol::PartitionRegistration* p = cluster().committed().partition(tp); p != nullptr && found == nullptr)
    for (const BrokerId id : p->replicas) take(silence(broker_node(id), before, {leader}));
  return found;
}

const Line* Story::change_of_topics(std::string_view group, std::uint64_t before) const {
  const auto reads = [&](std::string_view topic) {
    for (std::size_t i = 0; i < cluster().nodes().size(); ++i)
      if (const sim::NodeId node{static_cast<std::int32_t>(i)}; group_of(node) == group && is_of_client(node, topic))
        return true;
    return false;
  };
  // A pattern names no topic: then any.
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
      case fact::GroupReason::NotRevokedInTime: return silence(client, l.seq);
      default: {
        const Line* led = climb(l);
        if (led != nullptr) return led;
        const Line* start = begun(client, l.seq);
        const Line* asked =
            act_on(client, {"stop", "unsubscribe", "subscribe", "seek"}, l.seq, start == nullptr ? 0 : start->seq);
        // Else max.poll.interval.ms is over: its application is slow.
        const Line* silent = silence(client, l.seq);
        return asked != nullptr && (silent == nullptr || asked->seq > silent->seq) &&
                       left->said.view().find("poll timeout") == std::string_view::npos
                   ? asked
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
        // It has left since its start, and comes back.
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
    return climb(l);
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
  // Its program has died or stands still, so that the transaction's time was over, or the program's next process began anew.
  const Line* silent = silence(client_with_transactions(decided.transactional_id.view()), l.seq);
  return silent != nullptr && begun != nullptr && silent->seq > begun->seq ? silent : climb(l);
}

const Line* Story::back_of_client(const Line& l) const {
  const auto own = [&](const auto&, const Line& x) { return x.node == l.node; };
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
  // What the application itself did wrong, or wanted.
  if (by_application(l)) return climb(l);
  if (const auto f = fact_if<fact::BatchFailed>(l)) {
    const Line* sent = last<fact::BatchRetried>(
        l.seq, [&](const auto& r, const Line& x) { return x.node == l.node && r.partition == f->partition; });
    if (sent != nullptr && f->error != as<fact::BatchRetried>(*sent).error && (l.time - sent->time).us < 200'000'000)
      return sent;
    return back_of_error(f->error, f->partition, l.node, l.seq);
  }
  if (const auto f = fact_if<fact::RecordFailed>(l)) return back_of_error(f->error, f->partition, l.node, l.seq);
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
    // Offsets expire when the group has been empty for long: since its last member went.
    return last<fact::GroupMemberLeft>(l.seq, [&](const auto& x, const Line&) { return x.group == f->group.view(); });
  }
  return nullptr;
}

const Line* Story::back_of_deletion(const Line& l) const {
  const auto f = as<fact::SegmentDeleted>(l);
  switch (f.reason) {
    case fact::SegmentDeletionReason::LogStartOffset:
      return last<fact::LogStartAdvanced>(l.seq, [&](const auto& x, const Line& start) {
        return place_of(start) == place_of(l) && x.reason != fact::LogStartReason::SegmentsDeleted &&
               x.to >= f.next_base_offset;
      });
    case fact::SegmentDeletionReason::Size:
      return setting_of(place_of(l), "retention.bytes", l.seq, "log.retention.bytes");
    case fact::SegmentDeletionReason::Time: break;
  }
  // A clock: the broker's, or that of a producer whose timestamps the segment has.
  const Line* clock = act_on(l.node, {"skew_clock"}, l.seq);
  for (std::size_t i = 0; i < trace_.written().size(); ++i) {
    const WrittenBatch& written = trace_.written()[i];
    const Line* wrote = written.seq < l.seq ? trace_.find(written.seq) : nullptr;
    if (wrote == nullptr || wrote->node != l.node || place_of(*wrote) != place_of(l) || written.batch->client < 0)
      continue;
    const auto range = fact::written_in(*wrote);
    if (range->last_offset < f.base_offset || range->base_offset >= f.next_base_offset) continue;
    clock = latest({clock, act_on(sim::NodeId{written.batch->client}, {"skew_clock"}, written.seq)});
  }
  return latest({clock, setting_of(place_of(l), "retention.ms", l.seq, "log.retention.ms")});
}

const Line* Story::back_of_quorum(const Line& l) const {
  if (is<fact::ControllerActive>(l)) {
    const Line* before = last<fact::ControllerActive>(l.seq, [](const auto&, const Line&) { return true; });
    // The first controller of a cluster under ZooKeeper is there without a line.
    sim::NodeId previous = before != nullptr ? before->node : sim::NodeId{};
    if (before == nullptr && cluster().under_zookeeper() && l.time.us > 0)
      previous = broker_node(cluster().spec().brokers.front().id);
    if (!previous.valid() || previous == l.node) return nullptr;
    const Line* silent = silence(previous, l.seq);
    if (cluster().under_zookeeper()) {
      const Line* expired = last<fact::ZkSessionExpired>(l.seq, [&](const auto&, const Line& x) {
        return silent != nullptr && x.seq > silent->seq && (l.time - x.time).us < 5'000'000;
      });
      return expired != nullptr ? expired : silent;
    }
    const Line* stands = last<fact::QuorumStateChanged>(l.seq, [&](const auto& f, const Line& x) {
      return x.node == l.node && f.reason == fact::QuorumReason::FetchTimeout;
    });
    if (stands != nullptr && before != nullptr && stands->seq > before->seq) return stands;
    return silent;
  }
  if (is<fact::QuorumElected>(l))
    return last<fact::QuorumStateChanged>(l.seq, [&](const auto& f, const Line& x) {
      return x.node == l.node && f.reason == fact::QuorumReason::FetchTimeout;
    });
  if (const auto f = fact_if<fact::QuorumStateChanged>(l)) {
    if (f->reason != fact::QuorumReason::FetchTimeout && f->reason != fact::QuorumReason::MajorityDoesNotFetch)
      return climb(l);
    const Line* active = last<fact::ControllerActive>(l.seq, [](const auto&, const Line&) { return true; });
    const Line* silent = active == nullptr ? nullptr : silence(active->node, l.seq);
    return silent != nullptr ? silent : silence(l.node, l.seq);
  }
  if (is<fact::ControllerResigned>(l)) {
    const Line* silent = silence(l.node, l.seq);
    return silent != nullptr ? silent : climb(l);
  }
  if (const auto f = fact_if<fact::ZkSessionExpired>(l)) {
    const Line* held =
        last<fact::ZkClientState>(l.seq, [&](const auto& s, const Line&) { return s.session == f->session; });
    return held == nullptr ? nullptr : silence(held->node, l.seq);
  }
  if (is<fact::ZkElected>(l)) {
    const Line* before = last<fact::ZkElected>(l.seq, [](const auto&, const Line&) { return true; });
    return before == nullptr ? climb(l) : silence(before->node, l.seq);
  }
  return nullptr;
}

const Line* Story::back(const Line& l) const {
  if (l.kind == sim::trace_kind::kCommand || l.kind == sim::trace_kind::kTimerFired) return nullptr;
  if (l.kind < sim::trace_kind::kFirstFree) {
    if (is<fact::MessageLost>(l)) return silence(l.node, l.seq, {as<fact::MessageLost>(l).from});
    if (is<fact::NodeDied>(l))  // a broker ends by itself when its last directory fails
      if (const Line* offline = last<fact::LogDirOffline>(
              l.seq, [&](const auto&, const Line& x) { return x.node == l.node && (l.time - x.time).us < 1'000'000; }))
        return offline;
    if (const Line* led = climb(l); led != nullptr || !is<fact::NodeDied>(l)) {
      if (!is<fact::NodeDied>(l) || led == nullptr || !is<fact::NodeStarted>(*led)) return led;
      // It ends as soon as it starts: its disk is broken still.
      const Line* broken = bad_disk(l.node, l.seq);
      return broken != nullptr ? broken : led;
    }
    // A process that closes in its own time was asked to.
    const Line* start = last<fact::NodeStarted>(l.seq, [&](const auto&, const Line& x) { return x.node == l.node; });
    return act_on(l.node, {"stop", "kill", "shutdown", "crash", "power_off"}, l.seq, start == nullptr ? 0 : start->seq);
  }
  if (const auto f = fact_if<fact::BrokerFenced>(l)) {
    if (f->reason != fact::FencingReason::SessionTimeout) {
      const Line* shutdown =
          last<fact::BrokerShutdownStarted>(l.seq, [&](const auto& s, const Line&) { return s.broker == f->broker; });
      if (shutdown != nullptr) return shutdown;
      const Line* led = climb(l);
      return led != nullptr ? led : act_on(broker_node(f->broker), {"shutdown"}, l.seq);
    }
    std::vector<sim::NodeId> peers = cluster().controllers();
    const Line* silent = silence(broker_node(f->broker), l.seq, peers);
    return silent;
  }
  if (const auto f = fact_if<fact::BrokerShutdownStarted>(l))
    return last<fact::Command>(l.seq, [&](const fact::Command& c, const Line& x) {
      return c.verb == "shutdown" && involves(x, broker_node(f->broker));
    });
  if (const auto f = fact_if<fact::BrokerUnfenced>(l)) return back_again(broker_node(f->broker), l.seq);
  if (const auto f = fact_if<fact::BrokerDirsOffline>(l))
    return last<fact::LogDirOffline>(l.seq,
                                     [&](const auto&, const Line& x) { return x.node == broker_node(f->broker); });
  if (is<fact::LogDirOffline>(l))
    return last<fact::Command>(
        l.seq, [&](const fact::Command& c, const Line& x) { return c.verb == "disk" && involves(x, l.node); });
  if (const auto f = fact_if<fact::LeaderElected>(l)) {
    const auto unfenced = [&](const auto& u, const Line& x) {
      return (u.broker == f->leader || f->isr.ids().contains(u.broker)) && x.time == l.time && x.node == l.node;
    };
    if (f->previous < 0) {  // it comes back
      if (const Line* back = last<fact::BrokerUnfenced>(end(), unfenced)) return back;
      const Line* start = last<fact::NodeStarted>(
          l.seq, [&](const auto&, const Line& x) { return x.node == broker_node(f->leader) && x.time.us > 0; });
      const Line* by_act = climb(l);
      if (by_act != nullptr && by_act->kind == sim::trace_kind::kCommand) return by_act;
      const Line* lost =
          last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
      if (lost != nullptr && (start == nullptr || start->seq < lost->seq)) return lost;
      return start;
    }
    if (const Line* change = registration_change(f->previous, l)) return change;
    const Line* by_act = climb(l);
    if (by_act != nullptr && (by_act->kind == sim::trace_kind::kCommand || is<fact::ReassignmentChanged>(*by_act)))
      return by_act;
    const auto here = [&](const auto&, const Line& x) { return place_of(x) == place_of(l); };
    if (const Line* moved = last<fact::ReassignmentChanged>(l.seq, here);
        moved != nullptr && !as<fact::ReassignmentChanged>(*moved).state.after().contains(f->previous))
      return moved;
    // It registers again before its session is over, or with another disk: the controller takes its leaderships for lost.
    const Line* again = last<fact::BrokerRegistered>(end(), [&](const auto& x, const Line& r) {
      return x.broker == f->previous && r.time == l.time && r.node == l.node;
    });
    if (again != nullptr) {
      const sim::NodeId node = broker_node(f->previous);
      const auto of_node = [&](const auto&, const Line& x) { return x.node == node; };
      const Line* died = last<fact::NodeDied>(l.seq, of_node);
      const Line* wiped = act_on(node, {"wipe_disk"}, l.seq, died == nullptr ? 0 : died->seq);
      if (wiped != nullptr && f->leader < 0) return wiped;
      if (died != nullptr) return died;
    }
    const Line* gone = hindrance(broker_node(f->previous), l.seq);
    if (gone == nullptr || !is<fact::NodeDied>(*gone))
      if (const Line* asked = last<fact::Command>(l.seq, [&](const fact::Command& c, const Line& x) {
            return (c.verb == "elect_leaders" || c.verb == "reassign") && (l.time - x.time).us < 5'000'000 &&
                   (mentions(c.arguments.view(), cluster().name(place_of(l))) || mentions(c.arguments.view(), "all"));
          }))
        return asked;
    if (by_timer(l) && cluster().alive(broker_node(f->previous)) && !cluster().under_zookeeper()) return nullptr;
    return back_of_removal(f->previous, l, protocol::kNoBroker);
  }
  const bool shrinks = is<fact::IsrShrink>(l), changes = is<fact::IsrChanged>(l);
  if (shrinks || changes || is<fact::IsrExpand>(l)) {
    const TopicPartition tp = place_of(l);
    const std::vector<IsrState> history = isr_history(tp);
    std::size_t at = history.size();
    for (std::size_t i = 0; i < history.size(); ++i)
      if (history[i].line != nullptr && history[i].line->seq <= l.seq) at = i;
    if (at == history.size() || at == 0) return climb(l);
    for (const BrokerId id : history[at - 1].isr)
      if (!history[at].isr.contains(id)) return back_of_removal(id, *history[at].line, leader_at(tp, l.seq));
    for (const BrokerId id : history[at].isr)
      if (!history[at - 1].isr.contains(id)) return back_again(broker_node(id), l.seq);
    return climb(l);
  }
  if (is<fact::LogTruncated>(l)) {
    const Line* elected =
        last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
    const BrokerId leader = leader_at(place_of(l), l.seq);
    const Line* wiped = act_on(broker_node(leader), {"wipe_disk"}, l.seq, elected == nullptr ? 0 : elected->seq);
    if (wiped != nullptr) return wiped;
    return elected != nullptr ? elected : silence(broker_node(leader), l.seq);
  }
  if (is<fact::LogDeleted>(l)) {
    const Line* moved =
        last<fact::ReassignmentChanged>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
    return moved != nullptr ? moved : last<fact::TopicDeleted>(l.seq, [&](const auto& f, const Line&) {
      return f.partition.topic == l.topic;
    });
  }
  if (is<fact::ReassignmentChanged>(l)) {
    const Line* led = climb(l);
    return led != nullptr && led->kind == sim::trace_kind::kCommand
               ? led
               : act_on({}, {"reassign"}, l.seq, 0, cluster().topic_name(l.topic));
  }
  if (is<fact::TopicDeleted>(l) || is<fact::TopicCreated>(l) || is<fact::PartitionAdded>(l)) {
    const Line* led = climb(l);
    if (led != nullptr && led->kind == sim::trace_kind::kCommand) return led;
    return act_on({}, {"delete_topic", "create_topic", "add_partitions"}, l.seq, 0, cluster().topic_name(l.topic));
  }
  if (const auto f = fact_if<fact::ShareStart>(l))
    return last<fact::Command>(l.seq, [&](const fact::Command& c, const Line&) {
      const auto holds = [&](std::string_view text) { return c.arguments.view().find(text) != std::string_view::npos; };
      return (c.verb == "reset_offsets" || c.verb == "delete_offsets") && holds(f->group.view()) &&
             holds(cluster().topic_name(l.topic));
    });
  if (is<fact::LogRecovered>(l))
    return last<fact::NodeDied>(l.seq, [&](const auto&, const Line& x) { return x.node == l.node; });
  if (is<fact::BecameLeader>(l) || is<fact::BecameFollower>(l))
    return last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
  if (is<fact::LogStartAdvanced>(l)) {
    const auto f = as<fact::LogStartAdvanced>(l);
    if (f.reason == fact::LogStartReason::SegmentsDeleted)
      return last<fact::SegmentDeleted>(
          l.seq + 8, [&](const auto&, const Line& x) { return x.node == l.node && place_of(x) == place_of(l); });
    return climb(l);
  }
  if (is<fact::SegmentDeleted>(l)) return back_of_deletion(l);
  if (const auto f = fact_if<fact::ShareSettled>(l)) {
    if (f->reason == fact::SettlementReason::Released || f->reason == fact::SettlementReason::Rejected ||
        f->reason == fact::SettlementReason::Accepted)
      return nullptr;
    const sim::NodeId client = client_of_member(f->member.view());
    const Line* start = last<fact::NodeStarted>(l.seq, [&](const auto&, const Line& x) { return x.node == client; });
    const Line* asked = act_on(client, {"stop", "unsubscribe"}, l.seq, start == nullptr ? 0 : start->seq);
    return asked != nullptr ? asked : silence(client, l.seq);
  }
  if (const auto f = fact_if<fact::QueueReturned>(l)) return silence(client_of_member(f->consumer.view()), l.seq);
  if (const auto f = fact_if<fact::TransactionState>(l); f && is_abort(*f)) return back_of_abort(l);
  if (const Line* found = back_of_group(l)) return found;
  if (const Line* found = back_of_client(l)) return found;
  if (const Line* found = back_of_quorum(l)) return found;
  if (is<fact::GroupMemberLeft>(l) || is<fact::GroupRebalance>(l) || is<fact::GroupMemberJoined>(l) ||
      is<fact::PartitionsAssigned>(l) || is<fact::PositionSet>(l) || is<fact::ControllerActive>(l) ||
      is<fact::BatchRetried>(l) || is<fact::BatchFailed>(l))
    return nullptr;
  return climb(l);
}

std::vector<const Line*> Story::trail(const Line& line) const {
  std::vector<const Line*> lines{&line};
  while (lines.size() < kLongestTrail) {
    const Line* before = back(*lines.back());
    // What led to a line may have been traced just after it (a fenced broker's elections come first).
    if (before == nullptr || std::find(lines.begin(), lines.end(), before) != lines.end()) break;
    lines.push_back(before);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace kafkascope::observe
