// The groups of a snapshot.
#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/share_consumer.h"
#include "observe/model/assignor_previews.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/state_sections.h"
#include "observe/words/words.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

Timer timer_of(const std::optional<coordinator::GroupCoordinator::TimerView>& t, sim::Instant now, const char* key,
               std::int64_t value_ms) {
  Timer timer;
  if (!t) return timer;
  timer.running = true;
  timer.remaining_us = std::max<std::int64_t>(0, (t->due - now).us);
  timer.total_us = t->total.us;
  timer.key = key;
  timer.value = std::to_string(value_ms);
  return timer;
}

/// The member id under which the process is in its group; "": none.
std::string member_id_of(const cluster::Cluster& c, sim::NodeId node) {
  if (!node.valid() || !c.alive(node)) return {};
  if (const auto* consumer = c.role<client::Consumer>(node)) return consumer->group().member_id();
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return sharer->membership().member_id();
  return {};
}

/// The partitions that the member believes it owns, while its process lives; for a dead one only the coordinator knows,
/// also if a later process of the same client lives.
std::vector<TopicPartition> owned_by(const cluster::Cluster& c, const GroupMember& member,
                                     const std::vector<TopicPartition>& otherwise) {
  const sim::NodeId node{member.node};
  if (!node.valid() || !c.alive(node)) return otherwise;
  const std::string own = member_id_of(c, node);
  if (!own.empty() && own != member.member_id) return otherwise;
  if (const auto* consumer = c.role<client::Consumer>(node)) return consumer->assignment();
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return sharer->membership().assignment();
  return otherwise;
}

/// Owned partitions are the member's belief; those to be assigned or revoked are the coordinator's.
void put_partitions(const Names& names, const std::vector<TopicPartition>& owned,
                    const std::vector<TopicPartition>& wanted, const std::vector<TopicPartition>& to_revoke,
                    GroupMember& gm) {
  const auto in = [](const std::vector<TopicPartition>& list, TopicPartition p) {
    return std::find(list.begin(), list.end(), p) != list.end();
  };
  for (TopicPartition p : owned) {
    if (names.of(p) < 0) continue;
    gm.partitions.push_back(names.of(p));
    if (in(to_revoke, p)) gm.revoking.push_back(names.of(p));
  }
  for (TopicPartition p : wanted)
    if (names.of(p) >= 0 && !in(owned, p)) gm.pending.push_back(names.of(p));
}

Words reason_of(const Moment& m, const std::string& group, const coordinator::GroupCause& cause) {
  return group_words(cause, m.observation.member_lines().last_limit(group, cause.reason, cause.member).text());
}

/// The common part of groups with epochs (KIP-848, KIP-932).
template <class G>
void put_epochs(const Moment& m, const G& g, int states, Group& out) {
  out.state = std::string(coordinator::name(g.state()));
  for (int i = 0; i < states; ++i) out.states.emplace_back(coordinator::name(static_cast<decltype(g.state())>(i)));
  out.previous_state = std::string(coordinator::name(g.previous_state()));
  out.reason = reason_of(m, out.id, g.cause());
  out.state_since_us = g.state_since().us;
  out.generation = g.group_epoch();
  out.assignment_epoch = g.assignment_epoch();
}

/// The process that is this member. A coordinator keeps the client id with which a static member first joined, even if
/// another client has taken its place since (ClassicGroup.replaceStaticMember).
sim::NodeId process_of(const cluster::Cluster& c, const std::string& member_id, const std::string& client_id) {
  const sim::NodeId named = c.find(client_id);
  if (member_id_of(c, named) == member_id) return named;
  for (std::size_t i = 0; i < c.nodes().size(); ++i)
    if (const sim::NodeId node{static_cast<std::int32_t>(i)};
        c.info(node).client >= 0 && member_id_of(c, node) == member_id)
      return node;
  return named;
}

GroupMember group_member(const cluster::Cluster& c, const std::string& member_id, const std::string& client_id) {
  GroupMember gm;
  const sim::NodeId process = process_of(c, member_id, client_id);
  gm.client = process.valid() ? c.info(process).name : client_id;
  gm.node = process.index;
  gm.member_id = member_id;
  return gm;
}

/// Says of the member's timers whether the file sets their keys, for the member or for the cluster.
void put_sources(const cluster::Cluster& c, GroupMember& gm) {
  const std::int32_t client = gm.node < 0 ? -1 : c.info(sim::NodeId{gm.node}).client;
  for (Timer* timer : {&gm.session, &gm.awaited}) {
    if (!timer->running) continue;
    const bool set = c.spec().config.explicitly(timer->key) ||
                     (client >= 0 && c.spec().clients[static_cast<std::size_t>(client)].config.explicitly(timer->key));
    timer->source = set ? ConfigSource::Scenario : ConfigSource::Default;
  }
}

/// The wait before the first rebalance, as the coordinator `broker` counts it.
Timer initial_delay(const cluster::Cluster& c, const coordinator::ClassicGroup& g, const broker::Broker& broker) {
  constexpr const char* kKey = "group.initial.rebalance.delay.ms";
  if (!g.in(coordinator::GroupState::PreparingRebalance) || !g.initial_delay) return {};
  const protocol::Config& config = broker.options().config;
  Timer t = timer_of(broker.coordinator().join_timer(g.group_id()), c.now(), kKey, config.number(kKey));
  t.source = config.explicitly(kKey) ? ConfigSource::Scenario : ConfigSource::Default;
  t.routine = true;
  return t;
}

void add_classic_group(const Moment& m, const Names& names, const coordinator::ClassicGroup& g,
                       const broker::Broker& broker, Group& out) {
  const coordinator::GroupCoordinator& service = broker.coordinator();
  const cluster::Cluster& c = m.cluster;
  const sim::Instant now = c.now();
  out.state = std::string(coordinator::name(g.state()));
  for (int i = 0; i < coordinator::kGroupStates; ++i)
    out.states.emplace_back(coordinator::name(static_cast<coordinator::GroupState>(i)));
  out.previous_state = std::string(coordinator::name(g.previous_state()));
  out.reason = reason_of(m, out.id, g.cause());
  out.state_since_us = g.state_since().us;
  out.protocol = "classic";
  out.assignor = g.protocol_name();
  out.generation = g.generation();
  const bool joining = g.in(coordinator::GroupState::PreparingRebalance);
  out.initial_delay = initial_delay(c, g, broker);
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.instance_id = member.group_instance_id;
    gm.joined = !joining || member.awaiting_join.has_value();
    gm.leader = g.is_leader(member_id);
    if (gm.leader) out.leader = gm.client;
    gm.session =
        timer_of(service.session_timer(out.id, member_id), now, "session.timeout.ms", member.session_timeout_ms);
    if (!gm.joined)
      gm.awaited = timer_of(service.join_timer(out.id), now, "max.poll.interval.ms", member.rebalance_timeout_ms);
    gm.awaited.end = gm.instance_id.empty() ? "timer_end.awaited"_w : "timer_end.awaited_static"_w;
    // Until the leader's SyncGroup the group has only the assignment of the generation before.
    const bool assigned = g.in(coordinator::GroupState::Stable);
    put_partitions(names, owned_by(c, gm, member.assignment),
                   assigned ? member.assignment : std::vector<TopicPartition>{}, {}, gm);
    out.members.push_back(std::move(gm));
  }
  out.comparable = can_compare_assignors(c, g);
}

void add_consumer_group(const Moment& m, const Names& names, const coordinator::ConsumerGroup& g,
                        const coordinator::GroupCoordinator& service, Group& out) {
  const cluster::Cluster& c = m.cluster;
  const sim::Instant now = c.now();
  put_epochs(m, g, coordinator::kConsumerGroupStates, out);
  out.protocol = "consumer";
  out.assignor = service.assignor_of(g);
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.instance_id = member.instance_id;
    gm.epoch = member.member_epoch;
    gm.state = std::string(coordinator::name(member.state));
    gm.classic = member.speaks_classic();
    // The coordinator waits only for members that must revoke a partition.
    const auto rejoin = service.join_timer(out.id, member_id);  // of a classic member
    gm.joined = member.state != coordinator::MemberState::UnrevokedPartitions && !rejoin;
    gm.session = member.classic ? timer_of(service.session_timer(out.id, member_id), now, "session.timeout.ms",
                                           member.classic->session_timeout_ms)
                                : timer_of(service.session_timer(out.id, member_id), now,
                                           "group.consumer.session.timeout.ms", service.consumer_session_timeout_ms());
    if (!gm.joined)
      gm.awaited = timer_of(rejoin ? rejoin : service.revocation_timer(out.id, member_id), now, "max.poll.interval.ms",
                            member.rebalance_timeout_ms);
    gm.awaited.end = "timer_end.awaited"_w;  // also of a static member
    put_partitions(names, owned_by(c, gm, member.assigned), g.target(member_id), member.pending_revocation, gm);
    out.members.push_back(std::move(gm));
  }
  out.comparable = can_compare_assignors(c, g);
}

void add_share_group(const Moment& m, const Names& names, const coordinator::ShareGroup& g,
                     const coordinator::GroupCoordinator& service, Group& out) {
  const cluster::Cluster& c = m.cluster;
  const sim::Instant now = c.now();
  put_epochs(m, g, coordinator::kShareGroupStates, out);
  out.protocol = "share";
  out.assignor = "simple";
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.epoch = member.member_epoch;
    gm.joined = true;
    gm.session = timer_of(service.session_timer(out.id, member_id), now, "group.share.session.timeout.ms",
                          service.share_session_timeout_ms());
    put_partitions(names, owned_by(c, gm, member.assigned), member.assigned, {}, gm);
    out.members.push_back(std::move(gm));
  }
  // Sorted by name, because ids are random.
  std::stable_sort(out.members.begin(), out.members.end(),
                   [](const GroupMember& a, const GroupMember& b) { return a.client < b.client; });
}

/// Runs of records with the same state, delivery count and lock owner.
ShareStrip share_strip(const broker::SharePartition& share, const Group& group) {
  using broker::RecordState;
  ShareStrip strip{group.id, share.start_offset().value, share.end_offset().value, {}};
  std::vector<std::string> clients(share.members().size());
  for (std::size_t i = 0; i < clients.size(); ++i)
    for (const GroupMember& gm : group.members)
      if (gm.member_id == share.members()[i]) clients[i] = gm.client;
  std::int64_t offset = strip.start;
  for (const broker::SharePartition::Record& r : share.window()) {
    ShareRun run{offset, offset, ShareState::Available, r.delivery_count, {}};
    if (r.state == RecordState::Acquired) run.state = ShareState::Acquired;
    if (r.state == RecordState::Acknowledged) run.state = ShareState::Acknowledged;
    if (r.state == RecordState::Archived) run.state = ShareState::Archived;
    if (r.state == RecordState::Acquired && r.member >= 0) run.member = clients[static_cast<std::size_t>(r.member)];
    ShareRun* last = strip.runs.empty() ? nullptr : &strip.runs.back();
    if (last != nullptr && last->state == run.state && last->deliveries == run.deliveries && last->member == run.member)
      last->last_offset = offset;
    else strip.runs.push_back(std::move(run));
    ++offset;
  }
  return strip;
}

void put_share_window(const broker::SharePartition& share, GroupPartition& gp, Group& group) {
  gp.share.start = share.start_offset().value;
  gp.position = gp.share.end = share.end_offset().value;
  std::vector<std::int64_t> locked(share.members().size());
  for (const broker::SharePartition::Record& r : share.window()) {
    const bool done = r.state == broker::RecordState::Acknowledged || r.state == broker::RecordState::Archived;
    ++(done ? gp.share.done : r.state == broker::RecordState::Acquired ? gp.share.acquired : gp.share.available);
    if (!done) gp.share.most_deliveries = std::max<std::int64_t>(gp.share.most_deliveries, r.delivery_count);
    if (r.state == broker::RecordState::Acquired && r.member >= 0) ++locked[static_cast<std::size_t>(r.member)];
  }
  for (GroupMember& gm : group.members)
    for (std::size_t i = 0; i < locked.size(); ++i)
      if (locked[i] > 0 && share.members()[i] == gm.member_id) gm.locks.emplace_back(gp.partition, locked[i]);
}

/// How long the lock that ends then runs in all: from where the leader gave it. The setting may have changed since.
std::int64_t lock_length(const Moment& m, const std::string& group, TopicPartition tp, std::int64_t offset,
                         sim::Instant end, std::int64_t present_us) {
  const TraceStore& trace = m.observation.trace();
  const auto gives = [&](const sim::TraceLine& l) {
    const auto f = fact_if<fact::ShareAcquired>(l);
    return f && f->partition == tp && f->first_offset.value <= offset && offset <= f->last_offset.value &&
           f->group == group;
  };
  const sim::Instant by_setting{end.us - present_us};
  for (std::size_t i = trace.first_at(by_setting); i < trace.size() && trace[i].time == by_setting; ++i)
    if (gives(trace[i])) return present_us;
  for (std::size_t i = trace.size(); i-- > 0;)
    if (gives(trace[i])) return (end - trace[i].time).us;
  return std::max(present_us, (end - m.cluster.now()).us);  // the trace is not kept
}

/// The timer of a record's lock that ends then, with the setting by which it was given.
Timer lock_timer(const Moment& m, const std::string& group, TopicPartition tp, std::int64_t offset, sim::Instant end) {
  constexpr const char *kOwn = "share.record.lock.duration.ms", *kOfBroker = "group.share.record.lock.duration.ms";
  const cluster::Cluster& c = m.cluster;
  const auto& own = c.committed().config("group:" + group);
  const auto set = own.find(kOwn);
  const protocol::Config& config = c.broker(c.committed().partition(tp)->leader)->options().config;
  const std::int64_t present_us = std::stoll(set != own.end() ? set->second : config.text(kOfBroker)) * 1000;
  Timer t;
  t.running = true;
  t.remaining_us = std::max<std::int64_t>(0, (end - c.now()).us);
  t.total_us = lock_length(m, group, tp, offset, end, present_us);
  t.value = std::to_string(t.total_us / 1000);
  // A lock from before a change: given by the broker's setting if it is as long as that.
  const bool by_group = t.total_us == present_us ? set != own.end() : t.value != config.text(kOfBroker);
  t.key = by_group ? kOwn : kOfBroker;
  t.source = by_group                       ? ConfigSource::Live
             : config.explicitly(kOfBroker) ? ConfigSource::Scenario
                                            : ConfigSource::Default;
  return t;
}

/// Of each member's locks in the partition the one that ends first, if no earlier one is known.
void put_first_locks(const Moment& m, const broker::SharePartition& share, TopicPartition tp, Group& group) {
  struct First {
    sim::Instant end = sim::kNever;
    std::int64_t offset = -1;
  };
  std::vector<First> first(share.members().size());
  std::int64_t offset = share.start_offset().value;
  for (const broker::SharePartition::Record& r : share.window()) {
    if (r.state == broker::RecordState::Acquired && r.member >= 0)
      if (First& f = first[static_cast<std::size_t>(r.member)]; r.lock_until < f.end) f = {r.lock_until, offset};
    ++offset;
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].offset < 0) continue;
    for (GroupMember& gm : group.members) {
      if (gm.member_id != share.members()[i]) continue;
      const std::int64_t left = std::max<std::int64_t>(0, (first[i].end - m.cluster.now()).us);
      if (!gm.lock.running || left < gm.lock.remaining_us)
        gm.lock = lock_timer(m, group.id, tp, first[i].offset, first[i].end);
    }
  }
}

/// What a group's members know about a partition.
struct Held {
  std::int64_t position = -1;  // of the member that has it; -1: none, or not known
  bool somebodys = false;      // a member has it or will get it next
};
/// Indexed like the snapshot's partitions.
std::vector<Held> held_by_members(const cluster::Cluster& c, const Names& names, const Group& group) {
  std::vector<Held> held(names.partitions.size());
  for (const GroupMember& gm : group.members) {
    for (const int place : gm.pending)
      if (place >= 0) held[static_cast<std::size_t>(place)].somebodys = true;
    const auto* consumer = gm.node < 0 ? nullptr : c.role<client::Consumer>(sim::NodeId{gm.node});
    const auto positions = consumer == nullptr ? std::map<TopicPartition, protocol::Offset>{} : consumer->positions();
    for (const int place : gm.partitions) {
      if (place < 0) continue;
      Held& h = held[static_cast<std::size_t>(place)];
      h.somebodys = true;
      if (const auto it = positions.find(names.partitions[static_cast<std::size_t>(place)]); it != positions.end())
        h.position = it->second.value;
    }
  }
  return held;
}

}  // namespace

void add_groups(const Moment& m, const Names& names, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  for (const std::string& id : group_ids(c)) {
    const broker::Broker* coordinator = nullptr;
    Group out;
    out.id = id;
    if (const coordinator::ClassicGroup* g = find_group(c, id, &coordinator))
      add_classic_group(m, names, *g, *coordinator, out);
    else if (const coordinator::ConsumerGroup* newer = find_consumer_group(c, id, &coordinator))
      add_consumer_group(m, names, *newer, coordinator->coordinator(), out);
    else if (const coordinator::ShareGroup* share = find_share_group(c, id, &coordinator))
      add_share_group(m, names, *share, coordinator->coordinator(), out);
    else continue;
    for (GroupMember& gm : out.members) put_sources(c, gm);
    out.coordinator = coordinator->id();
    out.rebalances = m.observation.rebalances_of(id);
    const auto* offsets = coordinator->coordinator().offsets(id);
    const std::vector<Held> held = held_by_members(c, names, out);
    for (TopicPartition p : names.partitions) {
      GroupPartition gp;
      gp.partition = names.of(p);
      const auto& [position, somebodys] = held[static_cast<std::size_t>(gp.partition)];
      gp.position = position;
      if (offsets != nullptr)
        if (const auto it = offsets->find(p); it != offsets->end()) gp.committed = it->second.offset.value;
      if (out.protocol == "share") {
        if (const broker::ShareEntry* share = share_partition(c, id, p)) {
          put_share_window(share->partition, gp, out);
          put_first_locks(m, share->partition, p, out);
          s.partitions[static_cast<std::size_t>(gp.partition)].shares.push_back(share_strip(share->partition, out));
        }
        gp.committed = share_start_offset(c, id, p).value;
      }
      if (gp.committed >= 0) {
        const auto* log = c.leader_log(p);
        gp.lag = log == nullptr ? 0 : lag_of(log->high_watermark(), protocol::Offset{gp.committed});
        out.lag = std::max<std::int64_t>(out.lag, 0) + gp.lag;
        s.partitions[static_cast<std::size_t>(gp.partition)].flags.push_back({id, gp.committed, false});
      }
      if (gp.position >= 0 || gp.committed >= 0 || somebodys) out.partitions.push_back(std::move(gp));
    }
    s.groups.push_back(std::move(out));
  }
}

}  // namespace kafkascope::observe::snapshot_parts
