// The step back from a line of the trace to what led to it.
#include <algorithm>

#include "cluster/verbs.h"
#include "coordinator/transaction_records.h"
#include "observe/why/errors.h"
#include "observe/why/fetchers.h"
#include "observe/why/same_id.h"
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

/// Whether the fact counts as a first cause unless another cause was found for it.
bool is_first_cause(const Line& l) {
  return is<fact::GroupMemberLeft>(l) || is<fact::GroupRebalance>(l) || is<fact::GroupMemberJoined>(l) ||
         is<fact::PartitionsAssigned>(l) || is<fact::PositionSet>(l) || is<fact::ControllerActive>(l) ||
         is<fact::BatchRetried>(l) || is<fact::BatchFailed>(l) ||
         (is<fact::ClientError>(l) && is_authorization(error_of(l)));
}

const Line* back_of_shutdown(const Story& story, const Line& l) {
  const auto f = as<fact::BrokerShutdownStarted>(l);
  return story.last<fact::Command>(l.seq, [&](const fact::Command& c, const Line& x) {
    return c.verb == "shutdown" && story.involves(x, story.broker_node(f.broker, l.seq));
  });
}

const Line* back_of_offline_dirs(const Story& story, const Line& l) {
  const auto f = as<fact::BrokerDirsOffline>(l);
  return story.last<fact::LogDirOffline>(
      l.seq, [&](const auto&, const Line& x) { return x.node == story.broker_node(f.broker); });
}

const Line* back_of_offline_dir(const Story& story, const Line& l) {
  return story.last<fact::Command>(
      l.seq, [&](const fact::Command& c, const Line& x) { return c.verb == "disk" && story.involves(x, l.node); });
}

const Line* back_of_recovery(const Story& story, const Line& l) {
  return story.last<fact::NodeDied>(l.seq, [&](const auto&, const Line& x) { return x.node == l.node; });
}

const Line* back_of_role(const Story& story, const Line& l) {
  return story.last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
}

const Line* back_of_deleted_log(const Story& story, const Line& l) {
  const Line* moved = story.last<fact::ReassignmentChanged>(
      l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
  return moved != nullptr ? moved : story.last<fact::TopicDeleted>(l.seq, [&](const auto& f, const Line&) {
    return f.partition.topic == l.topic;
  });
}

const Line* back_of_share_start(const Story& story, const Line& l) {
  const auto f = as<fact::ShareStart>(l);
  return story.last<fact::Command>(l.seq, [&](const fact::Command& c, const Line&) {
    const auto holds = [&](std::string_view text) { return c.arguments.view().find(text) != std::string_view::npos; };
    return (c.verb == "reset_offsets" || c.verb == "delete_offsets") && holds(f.group.view()) &&
           holds(story.cluster().topic_name(l.topic));
  });
}

const Line* back_of_settlement(const Story& story, const Line& l) {
  const auto f = as<fact::ShareSettled>(l);
  if (f.reason == fact::SettlementReason::Released || f.reason == fact::SettlementReason::Rejected ||
      f.reason == fact::SettlementReason::Accepted)
    return nullptr;
  const sim::NodeId client = story.client_of_member(f.member.view());
  const Line* start = start_before(story, client, l.seq);
  const Line* asked = story.act_on(client, {"stop", "unsubscribe"}, l.seq, start == nullptr ? 0 : start->seq);
  return asked != nullptr ? asked : story.silence(client, l.seq);
}

const Line* back_of_truncation(const Story& story, const Line& l) {
  const Line* elected =
      story.last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
  const BrokerId leader = story.leader_at(place_of(l), l.seq);
  const Line* wiped =
      story.act_on(story.broker_node(leader), {"wipe_disk"}, l.seq, elected == nullptr ? 0 : elected->seq);
  if (wiped != nullptr) return wiped;
  return elected != nullptr ? elected : story.silence(story.broker_node(leader), l.seq);
}

/// The line at which ZooKeeper had a leader again, if a broker's change of an ISR waited for that: the broker held the
/// partition's lock meanwhile, so no follower could fetch. Kafka: Partition.maybeShrinkIsr.
const Line* ensemble_again(const Story& story, const Line& shrunk) {
  constexpr std::int64_t kReconnectsUs = 5'000'000;
  const Line* elected =
      story.last<fact::ZkElected>(shrunk.seq, [](const auto&, const Line& l) { return l.time.us > 0; });
  return elected != nullptr && (shrunk.time - elected->time).us < kReconnectsUs ? elected : nullptr;
}

/// Whether the act, which opens links or lets messages go, ended what one had done among servers. What stands between servers and
/// their clients keeps no server away.
bool mends_servers(const Story& story, const Line& act) {
  return story.last<fact::Command>(act.seq, [&](const auto&, const Line& l) {
    if (!story.hinders(l, {}) || story.end_of_act(l, {}) != &act) return false;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(story.cluster().nodes().size()); ++i)
      if (story.cluster().info(sim::NodeId{i}).client < 0 && concerns(story, l, sim::NodeId{i}, {})) return true;
    return false;
  }) != nullptr;
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
  const bool client = node.valid() && cluster().info(node).client >= 0;
  const Line* mended = last<fact::Command>(before, [&](const auto& f, const Line& x) {
    if (!mends(*this, x) || (!nodes_of(x).empty() && !involves(x, node))) return false;
    return client || (f.verb != "heal" && f.verb != "release") || mends_servers(*this, x);
  });
  return latest({last<fact::NodeStarted>(before, of_node), last<fact::NodeResumed>(before, of_node), mended});
}

const Line* registration_behind(const Story& story, BrokerId broker, const Line& change) {
  return story.last<fact::BrokerRegistered>(story.end(), [&](const auto& f, const Line& l) {
    return f.broker == broker && l.time == change.time && l.node == change.node;
  });
}

const Line* Story::back_of_removal(BrokerId broker, const Line& line, BrokerId leader) const {
  if (const Line* change = registration_change(broker, line)) return change;
  if (const Line* reached = back_of_report(*this, line, broker)) return reached;
  const sim::NodeId node = broker_node(broker, line.seq);
  if (registration_behind(*this, broker, line) != nullptr)
    if (const Line* died = last<fact::NodeDied>(line.seq, [&](const auto&, const Line& l) { return l.node == node; }))
      return died;
  // A controlled shutdown moves leaderships away first, a few at a time.
  const Line* shutdown =
      last<fact::BrokerShutdownStarted>(line.seq, [&](const auto& f, const Line&) { return f.broker == broker; });
  Search missed = Search().of(traffic::kCopies | traffic::kLiveness);
  if (is<fact::IsrShrink>(line) || (is<fact::IsrChanged>(line) && !cluster().under_zookeeper())) {  // by its leader
    const protocol::Config config = config_before(*this, broker_node(leader, line.seq), line.seq);
    missed = missed.timed_out(config.number("replica.lag.time.max.ms"),
                              config_before(*this, node, line.seq).number("replica.fetch.wait.max.ms"));
  }
  const Line* silent =
      leader < 0 ? nullptr : silence(node, line.seq, missed.with({broker_node(leader)}).of(traffic::kCopies));
  if (silent == nullptr) silent = silence(node, line.seq, missed);
  if (shutdown != nullptr && (silent == nullptr || shutdown->seq > silent->seq)) {
    const Line* started = start_before(*this, node, line.seq);
    if (started == nullptr || started->seq < shutdown->seq) return shutdown;
  }
  if (cluster().under_zookeeper()) {
    const Line* expired = session_lost(*this, node, line.seq);
    if (expired != nullptr && (silent == nullptr || expired->seq > silent->seq) &&
        (line.time - expired->time).us < 1'000'000)
      return expired;
    if (silent == nullptr && is<fact::IsrShrink>(line))
      if (const Line* again = ensemble_again(*this, line)) return again;
    if (silent == nullptr) {  // the controller was cut off from the broker whose fate it decides
      const Line* active = last<fact::ControllerActive>(line.seq, [](const auto&, const Line&) { return true; });
      return active == nullptr ? nullptr : silence(active->node, line.seq);
    }
  }
  return silent;
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
  // A skewed clock: the broker's, or that of a producer whose timestamps are in the segment.
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

const Line* loss_in(const Story& story, std::string_view topic, std::uint64_t after, std::uint64_t before) {
  const auto of_topic = [&](const auto&, const Line& l) {
    return l.seq > after && l.topic >= 0 && story.cluster().topic_name(l.topic) == topic;
  };
  const Line* found = nullptr;
  for (const Line* l :
       {story.last<fact::LogRecovered>(
            before, [&](const auto&f, const Line&x) { return of_topic(f, x) && f.lost_from.known(); }),
        story.last<fact::LogTruncated>(before, of_topic), story.last<fact::TopicDeleted>(before, of_topic)})
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  if (found != nullptr) return found;
  found = story.last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
    return l.seq > after && (f.verb == "wipe_disk" || f.verb == "power_off");
  });
  // If the disk was replaced after a power cut, its unflushed records were lost with the power.
  const Line* died =
      found == nullptr ? nullptr : story.last<fact::NodeDied>(found->seq, [&](const auto& f, const Line& l) {
        return l.seq > after && story.involves(*found, l.node) && f.how == sim::Death::PowerOff;
      });
  if (died == nullptr) return found;
  const Line* flushed = story.last<fact::LogFlushed>(
      died->seq, [&](const auto& f, const Line& l) { return l.node == died->node && of_topic(f, l); });
  return flushed == nullptr ? died : found;
}

const Line* Story::majority_again(const std::vector<sim::NodeId>& voters, std::uint64_t after,
                                  std::uint64_t before) const {
  const Line* back = nullptr;
  for (const sim::NodeId voter : voters) back = latest({back, back_again(voter, before)});
  if (back == nullptr || back->seq < after) return nullptr;
  const auto well = std::count_if(voters.begin(), voters.end(),
                                  [&](sim::NodeId voter) { return hindrance(voter, back->seq, voters) == nullptr; });
  return static_cast<std::size_t>(well) * 2 <= voters.size() ? back : nullptr;
}

const Line* Story::back_of_kernel(const Line& l) const {
  if (is<fact::MessageLost>(l)) return silence(l.node, l.seq, {as<fact::MessageLost>(l).from});
  if (is<fact::NodeStarted>(l)) {  // a start that waits until the process before has closed
    const Line* start = start_before(*this, l.node, l.seq);
    if (const Line* asked = start == nullptr ? nullptr : act_on(l.node, {"restart"}, l.seq, start->seq)) return asked;
  }
  if (is<fact::NodeDied>(l))  // a broker ends by itself when its last directory fails
    if (const Line* offline = last<fact::LogDirOffline>(
            l.seq, [&](const auto&, const Line& x) { return x.node == l.node && (l.time - x.time).us < 1'000'000; }))
      return offline;
  if (const auto died = fact_if<fact::NodeDied>(l); died && died->how == sim::Death::Stop)
    if (const Line* thrown = refused_before(*this, l.node, l.seq)) return thrown;
  if (const Line* led = climb(l); led != nullptr || !is<fact::NodeDied>(l)) {
    if (is<fact::NodeDied>(l) && led != nullptr && led->kind != sim::trace_kind::kCommand)
      if (const Line* fatal = fatal_before(*this, l)) return fatal;
    if (!is<fact::NodeDied>(l) || led == nullptr || !is<fact::NodeStarted>(*led)) return led;
    // The process ends as soon as it starts: its disk is still broken.
    const Line* broken = bad_disk(l.node, l.seq);
    return broken != nullptr ? broken : led;
  }
  // A process that closed normally was asked to close.
  const Line* start = start_before(*this, l.node, l.seq);
  const Line* asked =
      act_on(l.node, {"stop", "kill", "shutdown", "crash", "power_off"}, l.seq, start == nullptr ? 0 : start->seq);
  return asked != nullptr ? asked : fatal_before(*this, l);
}

const Line* Story::back_of_fenced(const Line& l) const {
  const auto f = as<fact::BrokerFenced>(l);
  if (f.reason != fact::FencingReason::SessionTimeout) {
    const Line* shutdown =
        last<fact::BrokerShutdownStarted>(l.seq, [&](const auto& s, const Line&) { return s.broker == f.broker; });
    if (shutdown != nullptr) return shutdown;
    const Line* led = climb(l);
    return led != nullptr ? led : act_on(broker_node(f.broker, l.seq), {"shutdown"}, l.seq);
  }
  const sim::NodeId node = broker_node(f.broker, l.seq);
  return silence(node, l.seq,
                 Search(cluster().controllers())
                     .of(traffic::kLiveness)
                     .timed_out(cluster().spec().config.number("broker.session.timeout.ms"),
                                config_before(*this, node, l.seq).number("broker.heartbeat.interval.ms")));
}

const Line* Story::back_of_unfenced(const Line& l) const {
  const auto f = as<fact::BrokerUnfenced>(l);
  return back_again(broker_node(f.broker, l.seq), l.seq);
}

const Line* Story::back_of_election(const Line& l) const {
  const auto f = as<fact::LeaderElected>(l);
  const auto unfenced = [&](const auto& u, const Line& x) {
    return (u.broker == f.leader || f.isr.ids().contains(u.broker)) && x.time == l.time && x.node == l.node;
  };
  if (f.previous < 0) {  // the partition has a leader again
    if (const Line* back = last<fact::BrokerUnfenced>(end(), unfenced)) return back;
    const Line* start = last<fact::NodeStarted>(
        l.seq, [&](const auto&, const Line& x) { return x.node == broker_node(f.leader) && x.time.us > 0; });
    const Line* by_act = climb(l);
    if (by_act != nullptr && by_act->kind == sim::trace_kind::kCommand) return by_act;
    const Line* lost =
        last<fact::LeaderElected>(l.seq, [&](const auto&, const Line& x) { return place_of(x) == place_of(l); });
    if (lost != nullptr && (start == nullptr || start->seq < lost->seq)) return lost;
    return start;
  }
  if (const Line* change = registration_change(f.previous, l)) return change;
  if (const Line* reached = back_of_report(*this, l, f.previous)) return reached;
  const Line* by_act = climb(l);
  if (by_act != nullptr && (by_act->kind == sim::trace_kind::kCommand || is<fact::ReassignmentChanged>(*by_act)))
    return by_act;
  const auto here = [&](const auto&, const Line& x) { return place_of(x) == place_of(l); };
  // The end of a reassignment takes the leadership from a removed replica, or begins an epoch without that replica; the
  // reassignment's own line follows.
  if (const Line* ends = last<fact::ReassignmentChanged>(
          end(), [&](const auto& x, const Line& r) { return here(x, r) && r.time == l.time && r.node == l.node; });
      ends != nullptr &&
      (f.leader == f.previous || !as<fact::ReassignmentChanged>(*ends).state.after().contains(f.previous)))
    return ends;
  if (const Line* moved = last<fact::ReassignmentChanged>(l.seq, here);
      moved != nullptr && !as<fact::ReassignmentChanged>(*moved).state.after().contains(f.previous))
    return moved;
  // The broker registers again before its session is over, or with another disk: the controller treats its leaderships
  // as lost.
  if (registration_behind(*this, f.previous, l) != nullptr) {
    const sim::NodeId node = broker_node(f.previous);
    const auto of_node = [&](const auto&, const Line& x) { return x.node == node; };
    const Line* died = last<fact::NodeDied>(l.seq, of_node);
    const Line* wiped = act_on(node, {"wipe_disk"}, l.seq, died == nullptr ? 0 : died->seq);
    if (wiped != nullptr && f.leader < 0) return wiped;
    if (died != nullptr) return died;
  }
  const Line* gone = hindrance(broker_node(f.previous), l.seq);
  if (gone == nullptr || !is<fact::NodeDied>(*gone))
    if (const Line* asked = last<fact::Command>(l.seq, [&](const fact::Command& c, const Line& x) {
          return (c.verb == "elect_leaders" || c.verb == "reassign") && (l.time - x.time).us < 5'000'000 &&
                 (mentions(c.arguments.view(), cluster().name(place_of(l))) || mentions(c.arguments.view(), "all"));
        }))
      return asked;
  // The preferred leader is back, or a reassignment has made it the preferred one, and the previous leader is healthy.
  if (by_timer(l) && gone == nullptr && f.isr.ids().contains(f.previous))
    if (const Line* back = latest({back_again(broker_node(f.leader), l.seq), last_move(*this, place_of(l), l.seq)}))
      return back;
  if (by_timer(l) && cluster().alive(broker_node(f.previous)) && !cluster().under_zookeeper()) return nullptr;
  return back_of_removal(f.previous, l, protocol::kNoBroker);
}

namespace {
/// The reassignment that removes the replica: under ZooKeeper the replica leaves the ISR before the replica list.
const Line* move_that_removes(const Story& story, TopicPartition tp, BrokerId replica, std::uint64_t at) {
  const auto here = [&](const auto& f, const Line&) { return f.partition == tp; };
  const Line *moving = story.last<fact::ReassignmentChanged>(at, here),
             *moved = story.first<fact::ReassignmentChanged>(at, here);
  const bool removes = moving != nullptr && moved != nullptr && as<fact::ReassignmentChanged>(*moving).removing > 0 &&
                       !as<fact::ReassignmentChanged>(*moved).state.after().contains(replica);
  return removes ? moving : nullptr;
}
}  // namespace

const Line* heard_of(const Story& story, const Line& line) {
  const auto heard = story.cluster().under_zookeeper() ? fact_if<fact::IsrChanged>(line) : std::nullopt;
  if (!heard) return nullptr;
  const auto same = [&](const auto& f, const Line&) {
    return f.partition == heard->partition && f.partition_epoch == heard->partition_epoch;
  };
  return latest({story.last<fact::IsrShrink>(line.seq, same), story.last<fact::IsrExpand>(line.seq, same)});
}

const Line* Story::back_of_isr(const Line& l) const {
  if (const Line* written = heard_of(*this, l)) return written;
  const TopicPartition tp = place_of(l);
  const std::vector<IsrState> history = isr_history(tp);
  std::size_t at = history.size();
  for (std::size_t i = 0; i < history.size(); ++i)
    if (history[i].line != nullptr && history[i].line->seq <= l.seq) at = i;
  if (at == history.size() || at == 0) return climb(l);
  for (const BrokerId id : history[at - 1].isr) {
    if (history[at].isr.contains(id)) continue;
    const Line* move = move_that_removes(*this, tp, id, l.seq);
    return move != nullptr ? move : back_of_removal(id, *history[at].line, leader_at(tp, l.seq));
  }
  for (const BrokerId id : history[at].isr) {
    if (history[at - 1].isr.contains(id)) continue;
    const bool before = std::any_of(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(at),
                                    [&](const IsrState& state) { return state.isr.contains(id); });
    const Line* move = before ? nullptr : last_move(*this, tp, l.seq);  // which made it a replica
    return move != nullptr ? move : back_again(broker_node(id), l.seq);
  }
  return climb(l);
}

const Line* Story::back_of_reassignment(const Line& l) const {
  const Line* led = climb(l);
  return led != nullptr && led->kind == sim::trace_kind::kCommand
             ? led
             : act_on({}, {"reassign"}, l.seq, 0, cluster().topic_name(l.topic));
}

const Line* Story::back_of_topic(const Line& l) const {
  const Line* led = climb(l);
  if (led != nullptr && led->kind == sim::trace_kind::kCommand) return led;
  return act_on({}, {"delete_topic", "create_topic", "add_partitions"}, l.seq, 0, cluster().topic_name(l.topic));
}

const Line* Story::back_of_log_start(const Line& l) const {
  const auto f = as<fact::LogStartAdvanced>(l);
  if (f.reason == fact::LogStartReason::SegmentsDeleted)
    return last<fact::SegmentDeleted>(
        l.seq + 8, [&](const auto&, const Line& x) { return x.node == l.node && place_of(x) == place_of(l); });
  if (f.reason == fact::LogStartReason::LeadersLogStart)  // copied from a leader, perhaps an earlier one: find its line
    if (const Line* first = last<fact::LogStartAdvanced>(l.seq, [&](const auto& x, const Line& of) {
          return place_of(of) == place_of(l) && x.reason != f.reason && x.from < f.to && x.to >= f.to;
        }))
      return first;
  return climb(l);
}

const Line* Story::back(const Line& l) const {
  if (l.kind == sim::trace_kind::kCommand || l.kind == sim::trace_kind::kTimerFired) return nullptr;
  if (l.kind < sim::trace_kind::kFirstFree) return back_of_kernel(l);
  struct Step {
    sim::TraceKind kind;
    const Line* (*back)(const Story&, const Line&);
  };
  static constexpr Step kSteps[] = {
      {sim::kind_of<fact::BrokerFenced>(), [](const Story& s, const Line& x) { return s.back_of_fenced(x); }},
      {sim::kind_of<fact::BrokerShutdownStarted>(), &back_of_shutdown},
      {sim::kind_of<fact::BrokerUnfenced>(), [](const Story& s, const Line& x) { return s.back_of_unfenced(x); }},
      {sim::kind_of<fact::BrokerDirsOffline>(), &back_of_offline_dirs},
      {sim::kind_of<fact::LogDirOffline>(), &back_of_offline_dir},
      {sim::kind_of<fact::LeaderElected>(), [](const Story& s, const Line& x) { return s.back_of_election(x); }},
      {sim::kind_of<fact::IsrShrink>(), [](const Story& s, const Line& x) { return s.back_of_isr(x); }},
      {sim::kind_of<fact::IsrChanged>(), [](const Story& s, const Line& x) { return s.back_of_isr(x); }},
      {sim::kind_of<fact::IsrExpand>(), [](const Story& s, const Line& x) { return s.back_of_isr(x); }},
      {sim::kind_of<fact::LogTruncated>(), &back_of_truncation},
      {sim::kind_of<fact::LogDeleted>(), &back_of_deleted_log},
      {sim::kind_of<fact::ReassignmentChanged>(),
       [](const Story& s, const Line& x) { return s.back_of_reassignment(x); }},
      {sim::kind_of<fact::TopicDeleted>(), [](const Story& s, const Line& x) { return s.back_of_topic(x); }},
      {sim::kind_of<fact::TopicCreated>(), [](const Story& s, const Line& x) { return s.back_of_topic(x); }},
      {sim::kind_of<fact::PartitionAdded>(), [](const Story& s, const Line& x) { return s.back_of_topic(x); }},
      {sim::kind_of<fact::ShareStart>(), &back_of_share_start},
      {sim::kind_of<fact::LogRecovered>(), &back_of_recovery},
      {sim::kind_of<fact::ReplicaFailed>(), &back_of_given_up},
      {sim::kind_of<fact::BecameLeader>(), &back_of_role},
      {sim::kind_of<fact::BecameFollower>(), &back_of_role},
      {sim::kind_of<fact::LogStartAdvanced>(), [](const Story& s, const Line& x) { return s.back_of_log_start(x); }},
      {sim::kind_of<fact::SegmentDeleted>(), [](const Story& s, const Line& x) { return s.back_of_deletion(x); }},
      {sim::kind_of<fact::ShareSettled>(), &back_of_settlement},
      {sim::kind_of<fact::QueueReturned>(), &back_of_return},
  };
  for (const Step& step : kSteps)
    if (step.kind == l.kind) return step.back(*this, l);
  if (const auto f = fact_if<fact::TransactionState>(l); f && is_abort(*f)) return back_of_abort(l);
  for (const auto of : {&Story::back_of_group, &Story::back_of_client, &Story::back_of_quorum})
    if (const Line* found = (this->*of)(l)) return found;
  return is_first_cause(l) ? nullptr : climb(l);
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
