// What a group's lag has as its reason besides its own pace: nothing is behind, its Fetch gets no answer, its commits cannot be written.
#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "cluster/acts.h"
#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "observe/model/standing.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/min_isr.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using cluster::MessageSide;
using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;

BrokerId fetches_from(const client::Consumer& consumer, TopicPartition tp) {
  const auto& assigned = consumer.subscriptions().assigned;
  const auto at = assigned.find(tp);
  if (at != assigned.end() && at->second.read_replica >= 0) return at->second.read_replica;
  // A position keeps its leader while newer metadata shows none (Fetcher::select_node).
  const bool own = at != assigned.end() && at->second.position.current_leader.epoch.value >= 0;
  const client::LeaderAndEpoch leads =
      own ? at->second.position.current_leader : consumer.metadata().current_leader(tp);
  return leads.known() ? leads.leader.id : protocol::kNoBroker;
}

namespace {

using LagLine = Story::Line;

/// An answer to a Fetch that is this much later than fetch.max.wait.ms does not come any more.
constexpr std::int64_t kOverdueUs = 3'000'000;

const LagLine* last_commit(const Story& story, const std::string& group, TopicPartition tp) {
  return story.last<fact::OffsetCommitted>(
      story.end(), [&](const auto& f, const LagLine&) { return f.group == group && f.partition == tp; });
}

/// Whether a Fetch to that broker has had no answer for longer than a broker may hold it back.
bool fetch_overdue(const Story& story, const client::Consumer& consumer, BrokerId broker,
                   const cluster::ClientSpec* spec) {
  const auto open = consumer.network().next_timeout();
  if (!open || !consumer.fetcher().fetching().contains(broker)) return false;
  const std::int64_t wait = spec == nullptr ? 0 : spec->config.number("fetch.max.wait.ms") * 1000;
  return (story.cluster().now() - open->sent_at).us > wait + kOverdueUs;
}

/// The partition with the group's commits.
TopicPartition log_of_commits(const Story& story, const std::string& group) {
  const auto& image = story.cluster().committed();
  const auto* topic = image.topic(image.topic_id("__consumer_offsets"));
  if (topic == nullptr || topic->partitions.empty()) return {-1, -1};
  return {topic->id, protocol::partition_for(group, static_cast<std::int32_t>(topic->partitions.size()))};
}

/// The replicas that lack what the leader has written, if one of them is hindered. Empty: none.
std::vector<BrokerId> not_copied_by(const Story& story, TopicPartition tp, sim::NodeId leads) {
  const storage::PartitionLog* written = story.cluster().leader_log(tp);
  if (written == nullptr || written->high_watermark() >= written->log_end_offset()) return {};
  const WatermarkWait wait = watermark_wait(story.cluster(), tp);
  std::vector<BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  return hindered_copies(story, awaited, leads).empty() ? std::vector<BrokerId>{} : awaited;
}

/// Whether nothing came from the node since that line, or nothing reached it: not so if single requests are held back or refused.
bool is_silence(const LagLine& l) {
  const auto act = fact_if<fact::Command>(l);
  return !act || act->verb == "partition" || act->verb == "isolate";
}

/// The last time that the coordinator did not respond to the reader; null: never lately.
const LagLine* last_silence(const Story& story, sim::NodeId coordinator, sim::NodeId reader) {
  const LagLine* l = story.silence(coordinator, story.end(), Search{reader}.of(traffic::kGroups));
  while (l != nullptr && !is_silence(*l)) l = story.silence(coordinator, l->seq, Search{reader}.of(traffic::kGroups));
  return l;
}

/// The last act before that line that holds or loses the reader's OffsetCommits or their responses, whichever `sides` has,
/// and has not ended by then; null: there is none.
const LagLine* act_on_commits(const Story& story, std::string_view verb, std::initializer_list<MessageSide> sides,
                              sim::NodeId coordinator, sim::NodeId reader, std::uint64_t before) {
  return story.last<fact::Command>(before, [&](const fact::Command& f, const LagLine& l) {
    const NumberedCommand* act = f.verb == verb ? story.command_of(l) : nullptr;
    const auto* messages = act == nullptr ? nullptr : act->command.get_if<cluster::act::Messages>();
    if (messages == nullptr || (!messages->api.empty() && messages->api != "OffsetCommit") ||
        std::find(sides.begin(), sides.end(), messages->what) == sides.end() || !story.involves(l, coordinator) ||
        !story.involves(l, reader))
      return false;
    const LagLine* end = story.end_of_act(l, coordinator);
    return end == nullptr || end->seq >= before;
  });
}

/// The act that holds back the reader's OffsetCommit, which has no answer yet; null: there is none.
const LagLine* commit_held(const Story& story, sim::NodeId coordinator, sim::NodeId reader) {
  const auto* consumer = story.cluster().role<client::Consumer>(reader);
  if (consumer == nullptr) return nullptr;
  using client::CommitKind;
  const auto kinds = {CommitKind::Auto, CommitKind::BeforeRebalance, CommitKind::Sync, CommitKind::Async,
                      CommitKind::Command};
  if (std::none_of(kinds.begin(), kinds.end(), [&](CommitKind k) { return consumer->group().commit_pending(k); }))
    return nullptr;
  return act_on_commits(story, "hold", {MessageSide::Any, MessageSide::Request, MessageSide::Response}, coordinator,
                        reader, story.end());
}

/// The refusals of that client's commits of the partition since the group's last commit of it, by that coordinator (not valid:
/// by any).
struct Refusals {
  const LagLine *first = nullptr, *last = nullptr;  // null: there are none
  std::int64_t times = 0;
};
Refusals refusals_of(const Story& story, const std::string& group, TopicPartition tp, sim::NodeId client,
                     sim::NodeId coordinator) {
  const LagLine* commit = last_commit(story, group, tp);
  const std::uint64_t since = commit == nullptr ? 0 : commit->seq;
  const auto refused = [&](const fact::RequestRefused& f, const LagLine& l) {
    return l.seq > since && (!coordinator.valid() || l.node == coordinator) && f.client == client &&
           f.partition == tp && f.api == protocol::api::OffsetCommit;
  };
  return {story.first<fact::RequestRefused>(since, refused), story.last<fact::RequestRefused>(story.end(), refused),
          story.count<fact::RequestRefused>(story.end(), refused)};
}

void tell_refused(Telling& telling, const std::string& group, TopicPartition tp, sim::NodeId client,
                  const Refusals& refused) {
  const Story& story = telling.story();
  const protocol::ErrorCode error = as<fact::RequestRefused>(*refused.last).error;
  const std::string& broker = story.cluster().info(refused.last->node).name;
  telling.trail(story.injected(error, tp, client, refused.last->seq), Weight::Cause);
  telling.now("why.commit_refused"_w,
              {{"client", story.cluster().info(client).name},
               {"group", group},
               {"broker", broker},
               {"error", std::string(protocol::name(error))},
               {"times", refused.times},
               {"since", in_seconds(refused.first->time.us)}},
              Weight::Point, broker);
}

/// Says that the coordinator refuses the commits, or that one is held back or lost on its way.
bool tell_commits_fail(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition,
                       sim::NodeId coordinator) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const std::string &client = story.cluster().info(reader).name, &broker = story.cluster().info(coordinator).name;
  if (const Refusals refused = refusals_of(story, group, tp, reader, coordinator); refused.last != nullptr) {
    tell_refused(telling, group, tp, reader, refused);
    return true;
  }
  const LagLine* held = commit_held(story, coordinator, reader);
  if (held == nullptr) return tell_commit_lost(telling, group, reader, partition);
  telling.trail(held, Weight::Cause);
  telling.now("why.commit_held"_w, {{"client", client}, {"group", group}, {"broker", broker}}, Weight::Point, client);
  return true;
}

}  // namespace

bool tell_earlier_refused(Telling& telling, const std::string& group, sim::NodeId reader,
                          const std::string& partition) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const LagLine* read = story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const LagLine& l) {
    return l.node != reader && f.partition == tp && f.group.view() == group;
  });
  const Refusals refused = read == nullptr ? Refusals{} : refusals_of(story, group, tp, read->node, {});
  if (refused.last == nullptr) return false;
  tell_refused(telling, group, tp, read->node, refused);
  return true;
}

bool tell_commit_lost(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition) {
  const Story& story = telling.story();
  const LagLine* commit = last_commit(story, group, partition_named(story, partition));
  const LagLine* lost = story.last<fact::MessageLost>(story.end(), [&](const auto& f, const LagLine& l) {
    return f.from == reader && l.seq > (commit == nullptr ? 0 : commit->seq) && !protocol::is_response(f.api) &&
           protocol::api_of(f.api) == protocol::api::OffsetCommit;
  });
  const LagLine* act = lost == nullptr ? nullptr
                                       : act_on_commits(story, "lose", {MessageSide::Any, MessageSide::Request},
                                                        lost->node, reader, lost->seq);
  if (act == nullptr) return false;
  telling.trail(act, Weight::Cause);
  const std::string &client = story.cluster().info(reader).name, &broker = story.cluster().info(lost->node).name;
  telling.say("why.commit_lost"_w, {{"client", client}, {"group", group}, {"broker", broker}, {"partition", partition}},
              lost, Weight::Point, client);
  return true;
}

void tell_commit_unheard(Telling& telling, const std::string& group, sim::NodeId reader, Weight weight) {
  constexpr std::int64_t kLatelyUs = 5'000'000;
  const Story& story = telling.story();
  const LagLine* lost = story.last<fact::MessageLost>(story.end(), [&](const auto& f, const LagLine& l) {
    if (l.node != reader || !protocol::is_response(f.api)) return false;
    const LagLine* wrote = story.trace().find(l.cause);
    const auto commit = wrote == nullptr ? std::nullopt : fact_if<fact::OffsetCommitted>(*wrote);
    return commit && commit->group.view() == group;
  });
  if (lost == nullptr || (story.cluster().now() - lost->time).us > kLatelyUs) return;
  const sim::NodeId coordinator = as<fact::MessageLost>(*lost).from;
  if (weight == Weight::Point)
    telling.trail(
        act_on_commits(story, "lose", {MessageSide::Any, MessageSide::Response}, coordinator, reader, lost->seq),
        Weight::Cause);
  const std::string &client = story.cluster().info(reader).name, &broker = story.cluster().info(coordinator).name;
  telling.say("why.commit_unheard"_w, {{"client", client}, {"group", group}, {"broker", broker}}, lost, weight, client);
}

bool tell_commit_reconnects(Telling& telling, const std::string& group, sim::NodeId reader,
                            const std::string& partition) {
  const Story& story = telling.story();
  const cluster::ClientSpec* spec = story.declared(reader);
  const LagLine* commit = last_commit(story, group, partition_named(story, partition));
  if (spec == nullptr || spec->commit != cluster::CommitMode::AsyncAfter || commit == nullptr) return false;
  const LagLine* lost = story.last<fact::ConnectionLost>(story.end(), [&](const auto& f, const LagLine& l) {
    return l.node == reader && f.peer == commit->node && l.seq > commit->seq;
  });
  if (lost == nullptr) return false;
  tell_commit_unheard(telling, group, reader, Weight::Point);
  telling.say("why.commit_reconnects"_w,
              {{"client", story.cluster().info(reader).name},
               {"broker", story.cluster().info(commit->node).name},
               {"group", group}},
              lost, Weight::Point);
  return true;
}

namespace {

/// Whether one of the client's messages is kept back now: who has waited for
/// request.timeout.ms closes the connection and asks again.
bool holds_message_of(const Story& story, sim::NodeId client) {
  const cluster::ClientSpec* spec = story.declared(client);
  const sim::Duration most = sim::milliseconds(spec == nullptr ? 0 : spec->config.number("request.timeout.ms"));
  bool holds = false;
  story.cluster().for_each_pending(
      [&](const sim::PendingPacket& p, const protocol::Message&) {
        holds |= p.held && (p.from == client || p.to == client) && story.cluster().now() < p.sent_at + most;
      },
      [](const sim::PendingTimer&) {});
  return holds;
}

}  // namespace

const LagLine* hindrance_of_reader(const Story& story, sim::NodeId client) {
  const LagLine* l = story.hindrance(client, story.end());
  const NumberedCommand* act = l == nullptr ? nullptr : story.command_of(*l);
  const auto* messages = act == nullptr ? nullptr : act->command.get_if<cluster::act::Messages>();
  if (messages != nullptr && as<fact::Command>(*l).verb == "hold" && messages->count &&
      !holds_message_of(story, client))
    return nullptr;
  const bool unheard = messages != nullptr && as<fact::Command>(*l).verb == "lose" && messages->api == "OffsetCommit" &&
                       messages->what == MessageSide::Response;
  return unheard ? story.hindrance(client, story.end(), Search{}.of(traffic::kReading)) : l;
}

bool tell_commit_blocks(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition) {
  constexpr std::int64_t kBlockedUs = 1'000'000;
  const Story& story = telling.story();
  const auto* consumer = story.cluster().role<client::Consumer>(reader);
  if (consumer == nullptr || consumer->activity() != client::Consumer::Activity::Committing) return false;
  const auto own = [&](const auto&, const LagLine& l) { return l.node == reader; };
  const LagLine* last = latest(
      {story.last<fact::RecordDelivered>(story.end(), own), story.last<fact::RecordProcessed>(story.end(), own)});
  if (last == nullptr || (story.cluster().now() - last->time).us < kBlockedUs) return false;
  if (!tell_commits_wait(telling, group, reader, partition)) tell_commit_unheard(telling, group, reader, Weight::Point);
  const std::string& client = story.cluster().info(reader).name;
  telling.now("why.lag_commit_blocks"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
  return true;
}

Answer why_nothing_behind(const Story& story, const std::string& path, const std::string& group,
                          const std::string& partition) {
  Telling telling(story, path, asks("why.q_lag_none"_w, {{"group", group}, {"partition", partition}}));
  const LagLine* commit = last_commit(story, group, partition_named(story, partition));
  telling.fact(commit, Weight::Link);
  const bool share = is_share_group(story, group);
  telling.now(share ? "why.share_lag_none"_w : "why.lag_none"_w, {{"group", group}, {"partition", partition}},
              Weight::Point, group);
  return telling.done();
}

bool tell_fetch_in_vain(Telling& telling, sim::NodeId reader, const std::string& partition) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const auto* consumer = c.role<client::Consumer>(reader);
  const TopicPartition tp = partition_named(story, partition);
  const BrokerId from = consumer == nullptr ? protocol::kNoBroker : fetches_from(*consumer, tp);
  const sim::NodeId broker = story.broker_node(from);
  if (!broker.valid()) return false;
  const LagLine* silent = story.silence(broker, story.end(), Search{reader}.of(traffic::kReading));
  const bool mute = is_silent(story, broker) || c.is_cut(reader, broker) || c.is_cut(broker, reader);
  // Of a reader that is cut off from everybody the broker is not the reason.
  if (mute && unheard_since(story, broker, reader, traffic::kReading) != silent) return false;
  if (silent == nullptr || (!mute && !fetch_overdue(story, *consumer, from, story.declared(reader)))) return false;
  const BrokerId elected = story.leader_at(tp, story.end());
  telling.trail(silent, Weight::Cause);
  if (is_silent(story, broker) && (elected < 0 || elected == from)) tell_nobody_elects(telling);
  telling.now("why.lag_fetch_in_vain"_w,
              {{"client", c.info(reader).name},
               {"partition", partition},
               {"broker", cluster::broker_name(from)},
               {"other", elected < 0 || elected == from ? std::string() : cluster::broker_name(elected)}},
              Weight::Point, c.info(reader).name);
  return true;
}

bool tell_fetch_collects(Telling& telling, sim::NodeId reader, const std::string& partition) {
  constexpr std::int64_t kLongUs = 500'000;
  const Story& story = telling.story();
  const auto* consumer = story.cluster().role<client::Consumer>(reader);
  const cluster::ClientSpec* spec = story.declared(reader);
  if (consumer == nullptr || spec == nullptr || spec->config.number("fetch.min.bytes") <= 1) return false;
  const TopicPartition tp = partition_named(story, partition);
  const storage::PartitionLog* log = story.cluster().leader_log(tp);
  const auto& assigned = consumer->subscriptions().assigned;
  const auto at = assigned.find(tp);
  if (log == nullptr || at == assigned.end() || at->second.position.offset >= log->high_watermark()) return false;
  const BrokerId from = fetches_from(*consumer, tp);
  const auto open = consumer->network().next_timeout();
  if (!open || !consumer->fetcher().fetching().contains(from) || (story.cluster().now() - open->sent_at).us < kLongUs ||
      fetch_overdue(story, *consumer, from, spec))
    return false;
  const std::string &client = story.cluster().info(reader).name, broker = cluster::broker_name(from);
  telling.now("why.fetch_collects"_w,
              {{"client", client},
               {"broker", broker},
               {"since", in_seconds(open->sent_at.us)},
               {"bytes", spec->config.number("fetch.min.bytes")},
               {"ms", spec->config.number("fetch.max.wait.ms")}},
              Weight::Point, client);
  return true;
}

bool reads_from_former(const Story& story, sim::NodeId reader, TopicPartition tp) {
  const cluster::Cluster& c = story.cluster();
  const auto* consumer = c.role<client::Consumer>(reader);
  const BrokerId from = consumer == nullptr ? protocol::kNoBroker : fetches_from(*consumer, tp);
  const sim::NodeId broker = story.broker_node(from);
  if (!broker.valid() || from == story.leader_at(tp, story.end()) || is_silent_for(story, broker, reader) ||
      c.is_cut(broker, reader))
    return false;
  const broker::Replica* replica = c.role<broker::Broker>(broker)->replica(tp);
  return replica != nullptr && replica->is_leader();
}

void tell_former_leader(Telling& telling, sim::NodeId reader, const std::string& partition) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const TopicPartition tp = partition_named(story, partition);
  const BrokerId from = fetches_from(*c.role<client::Consumer>(reader), tp), leads = story.leader_at(tp, story.end());
  const broker::Replica& replica = *c.role<broker::Broker>(story.broker_node(from))->replica(tp);
  const std::string& client = c.info(reader).name;
  telling.trail(
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const LagLine&) { return f.partition == tp; }),
      Weight::Cause);
  telling.now("why.lag_former_leader"_w,
              {{"client", client},
               {"partition", partition},
               {"broker", cluster::broker_name(from)},
               {"epoch", replica.leader_epoch.value},
               {"now", c.committed().partition(tp)->leader_epoch.value},
               {"other", leads < 0 ? std::string() : cluster::broker_name(leads)},
               {"nobody", leads < 0 ? "1" : ""}},
              Weight::Point, client);
}

bool tell_former_end(Telling& telling, sim::NodeId reader, const std::string& partition) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const TopicPartition tp = partition_named(story, partition);
  const auto& consumer = *c.role<client::Consumer>(reader);
  const BrokerId from = fetches_from(consumer, tp);
  const storage::PartitionLog *old = c.log(from, tp), *log = c.leader_log(tp);
  if (old == nullptr || log == nullptr ||
      consumer.subscriptions().assigned.at(tp).position.offset < old->high_watermark())
    return false;
  const std::string& client = c.info(reader).name;
  telling.now("why.lag_former_end"_w,
              {{"client", client},
               {"broker", cluster::broker_name(from)},
               {"offset", old->high_watermark().value},
               {"other", cluster::broker_name(story.leader_at(tp, story.end()))},
               {"end", log->high_watermark().value}},
              Weight::Point, client);
  return true;
}

void tell_throttled(Telling& telling, sim::NodeId client) {
  constexpr std::int64_t kLatelyUs = 5'000'000;
  const Story& story = telling.story();
  const LagLine* throttled =
      story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const LagLine&) { return f.client == client; });
  if (throttled == nullptr) return;
  const std::int64_t until = throttled->time.us + as<fact::ClientThrottled>(*throttled).ms * 1000;
  if (story.cluster().now().us > until + kLatelyUs) return;
  telling.trail(quota_of(story, *throttled), Weight::Cause);
  telling.fact(throttled, Weight::Link);
}

const LagLine* tell_nobody_read(Telling& telling, const std::string& group, sim::NodeId reader,
                                const std::string& partition, std::int64_t lag) {
  constexpr std::int64_t kShortUs = 1'000'000;
  constexpr std::int64_t kMuch = 4;  // the part of the lag that came meanwhile: no less than one in so many
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const LagLine* got = story.last<fact::PartitionsAssigned>(story.end(), [&](const auto& f, const LagLine& l) {
    const std::vector<std::string> names = l.node == reader ? f.partitions.names() : std::vector<std::string>{};
    return std::find(names.begin(), names.end(), partition) != names.end();
  });
  if (got == nullptr) return nullptr;
  const auto of_group = [&](const auto& f, const LagLine&) { return f.partition == tp && f.group.view() == group; };
  const LagLine* read = latest(
      {story.last<fact::RecordDelivered>(got->seq, of_group), story.last<fact::RecordProcessed>(got->seq, of_group)});
  if (read == nullptr || (got->time - read->time).us < kShortUs) return nullptr;
  const std::int64_t readable = readable_before(story, tp, got->seq),
                     came = readable - readable_before(story, tp, read->seq);
  const LagLine* commit = last_commit(story, group, tp);
  const bool worked_off = commit != nullptr && as<fact::OffsetCommitted>(*commit).offset.value >= readable;
  if (came <= 0 || worked_off || came * kMuch < lag) return nullptr;
  const std::string& client = story.cluster().info(reader).name;
  // What ended the earlier reader's process comes first: the start of the next one is no reason for a lag.
  const LagLine* ended =
      story.first<fact::NodeDied>(read->seq, [&](const auto&, const LagLine& l) { return l.node == read->node; });
  if (ended != nullptr && ended->seq < got->seq) telling.trail(ended, Weight::Cause);
  telling.trail(got, Weight::Aside);
  telling.now("why.lag_nobody_read"_w,
              {{"client", client},
               {"partition", partition},
               {"records", came},
               {"from", in_seconds(read->time.us)},
               {"to", in_seconds(got->time.us)}},
              Weight::Point, client);
  return got;
}

const LagLine* lost_in_rebalance(const Story& story, const std::string& group) {
  const auto of_group = [&](const auto& f) { return f.group == group; };
  const LagLine* stable = story.last<fact::GroupState>(story.end(), [&](const auto& f, const LagLine&) {
    return of_group(f) && coordinator::state_name(f.to) == "Stable";
  });
  return stable == nullptr ? nullptr
                           : story.last<fact::GroupMemberLeft>(story.end(), [&](const auto& f, const LagLine& l) {
                               return of_group(f) && l.seq > stable->seq &&
                                      (f.reason == fact::GroupReason::SessionTimeout ||
                                       f.reason == fact::GroupReason::NoRejoinInTime);
                             });
}

const LagLine* commits_late(const Story& story, const std::string& group, TopicPartition tp, sim::NodeId client) {
  const auto own = [&](const auto& f, const LagLine&) { return f.group == group && f.partition == tp; };
  const LagLine* commit = story.last<fact::OffsetCommitted>(story.end(), own);
  if (commit == nullptr) return nullptr;
  const LagLine* elected = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const LagLine&) { return f.partition == tp && f.previous < 0; });
  if (elected != nullptr && elected->seq > commit->seq) return elected;
  const LagLine* changed = change_of_coordinator(story, client, commit->seq);
  const LagLine* before = story.last<fact::OffsetCommitted>(
      changed == nullptr ? 0 : commit->seq,
      [&](const auto& f, const LagLine& l) { return f.group == group && l.time < commit->time; });
  return changed != nullptr && (before == nullptr || before->seq < changed->seq) ? changed : nullptr;
}

void tell_rewound(Telling& telling, const std::string& owner, TopicPartition tp, std::int64_t behind) {
  const Story& story = telling.story();
  const sim::NodeId client = story.cluster().find(owner);
  const auto own = [&](const auto& f, const LagLine& l) { return f.partition == tp && l.node == client; };
  const LagLine* set = story.last<fact::PositionSet>(story.end(), own);
  const LagLine* read = set == nullptr ? nullptr : story.last<fact::RecordDelivered>(set->seq, own);
  if (read == nullptr || as<fact::PositionSet>(*set).reason != fact::PositionReason::Seek) return;
  const std::int64_t again = as<fact::RecordDelivered>(*read).last_offset + 1 - as<fact::PositionSet>(*set).offset;
  if (again > 0 && behind > 0) telling.trail(set, Weight::Cause);
}

bool tell_commits_wait(Telling& telling, const std::string& group, sim::NodeId reader, const std::string& partition) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const std::string& client = c.info(reader).name;
  const TopicPartition tp = log_of_commits(story, group);
  const protocol::PartitionRegistration* log = tp.topic < 0 ? nullptr : c.committed().partition(tp);
  if (log == nullptr || log->leader < 0) return false;  // then nobody knows the group
  const std::string name = c.name(tp);
  const sim::NodeId leads = story.broker_node(log->leader);
  const std::string broker = cluster::broker_name(log->leader);
  if (is_silent_for(story, leads, reader)) {
    telling.trail(unheard_since(story, leads, reader, traffic::kGroups), Weight::Cause);
    if (is_silent(story, leads)) tell_nobody_elects(telling);
    telling.now("why.commit_silent"_w, {{"client", client}, {"group", group}, {"broker", broker}}, Weight::Point,
                broker);
    return true;
  }
  const Standing standing = standing_of(*log, c.effective_min_isr(tp));
  if (standing.under_min_isr()) {
    tell_too_few_in_sync(telling, tp, story.end());
    telling.now(
        "why.commit_min_isr"_w,
        {{"client", client}, {"log", name}, {"isr", standing.in_sync}, {"least", min_isr_told(story, tp, story.end())}},
        Weight::Point, client);
    return true;
  }
  if (const std::vector<BrokerId> lack = not_copied_by(story, tp, leads); !lack.empty()) {
    for (const LagLine* hindered : hindered_copies(story, lack, leads)) telling.trail(hindered, Weight::Cause);
    telling.now("why.commit_not_copied"_w,
                {{"client", client},
                 {"log", name},
                 {"broker", broker},
                 {"brokers", broker_names(lack)},
                 {"count", lack.size()}},
                Weight::Point, client);
    return true;
  }
  // It is back: what the group could not commit meanwhile follows.
  const LagLine* commit = last_commit(story, group, partition_named(story, partition));
  if (tell_commits_fail(telling, group, reader, partition, leads)) return true;
  const LagLine* silent = last_silence(story, leads, reader);
  if (silent == nullptr || (commit != nullptr && commit->seq > silent->seq)) return false;
  telling.trail(silent, Weight::Cause);
  telling.now("why.commit_again"_w, {{"client", client}, {"group", group}, {"broker", broker}}, Weight::Point, broker);
  return true;
}

std::string held_at_stable(const json& client) {
  std::string held;
  for_each_entry(part_of(client, "subscription"), [&](const std::string& partition, const json& row) {
    const json stable = part_of(row, "stable_lag");
    if (held.empty() && stable.is_number_integer() && stable == 0 && whole_of(part_of(row, "lag")) > 0)
      held = partition;
  });
  return held;
}

}  // namespace kafkascope::observe
