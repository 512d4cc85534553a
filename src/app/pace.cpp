#include "app/pace.h"

#include <algorithm>
#include <utility>

#include "observe/model/crossing_messages.h"
#include "observe/model/snapshot_builder.h"
#include "observe/time/interest.h"
#include "observe/time/message_facts.h"
#include "protocol/all_facts.h"
#include "protocol/message.h"
#include "protocol/messages_contrast.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/trace_code.h"
#include "ui/stage/messages.h"

namespace kafkascope::app {

namespace {

using protocol::ApiKey;
namespace api = protocol::api;
using protocol::TopicPartition;

constexpr std::size_t kCrowd = 300;                         // more packets than a viewer can distinguish
constexpr int kCrowdPause = 64;                             // events between two checks of a crowded network
constexpr sim::Duration kJourney = sim::milliseconds(100);  // a record's way to its replicas and back
constexpr int kJourneyMessages = 4;
constexpr int kMostOfAKind = 2;                          // since the last act
constexpr sim::Duration kFall = sim::microseconds(500);  // the fall of a lost message

bool of_groups(ApiKey api) {
  return api == api::JoinGroup || api == api::SyncGroup || api == api::LeaveGroup || api == api::OffsetCommit ||
         api == api::FindCoordinator;
}

/// Whether the stage draws no message of that kind between these nodes: time slows for nothing that cannot be seen.
bool unseen(const Focus& focus, observe::Family family, protocol::ApiKey api, sim::NodeId from, sim::NodeId to) {
  return from == to || ui::hidden_by(focus.hide, family, protocol::name(api));
}

}  // namespace

struct Pace::Carried {
  ApiKey api{};
  bool response = false, replica = false, error = false, leader = false, data = false;
  int records = 0;
  std::optional<TopicPartition> partition;
};

Pace::Carried Pace::carried(const protocol::Message& m) {
  using namespace protocol;
  Carried out;
  out.api = m.api();
  out.response = m.is_response();
  if (const ErrorCode* error = error_of(m.body)) out.error = *error != ErrorCode::NONE;
  if (const auto* produce = get_if<ProduceRequest>(&m.body)) {
    out.data = true;
    for (const auto& p : produce->partitions) out.records += p.batch->count(), out.partition = p.partition;
  } else if (const auto* produced = get_if<ProduceResponse>(&m.body)) {
    out.data = true;
    for (const auto& p : produced->partitions)
      out.partition = p.partition, out.error = out.error || p.error != ErrorCode::NONE;
  } else if (const auto* fetch = get_if<FetchRequest>(&m.body)) {
    out.replica = fetch->replica_id >= 0;
    for (const auto& p : fetch->partitions) out.partition = p.partition;
  } else if (const auto* fetched = get_if<FetchResponse>(&m.body)) {
    for (const auto& p : fetched->partitions) {
      out.error = out.error || p.error != ErrorCode::NONE;
      for (const StoredBatch& batch : p.batches) out.records += batch.data->count(), out.partition = p.partition;
    }
    out.data = out.records > 0;
  } else if (const auto* shared = get_if<ShareFetchResponse>(&m.body)) {
    for (const auto& p : shared->partitions)
      for (const auto& a : p.acquired)
        out.records += static_cast<int>(a.last - a.first) + 1, out.partition = p.partition;
    out.data = out.records > 0;
  } else if (const auto* quorum = get_if<QuorumFetchResponse>(&m.body)) {
    for (const SharedMetadataEntry& e : quorum->entries)
      if (const auto* change = std::get_if<PartitionChangeRecord>(&e->record)) out.leader |= change->has_leader;
  } else {
    out.data = holds_alternative<QueueSendRequest>(m.body) || holds_alternative<QueueDeliverRequest>(m.body) ||
               holds_alternative<ServiceCallRequest>(m.body) || holds_alternative<ServiceCallResponse>(m.body);
  }
  return out;
}

bool Pace::seldom(std::uint16_t code, std::int32_t from, std::int32_t to, int most) {
  return ++seen_[{code, from, to}] <= most;
}

bool Pace::worth_records(const scenario::Session& session, const Focus& focus, const sim::PendingPacket& packet,
                         const Carried& c) {
  const cluster::Cluster& cluster = session.cluster();
  if (!focus.select.empty()) {
    if (const sim::NodeId node = cluster.find(focus.select); node.valid()) {
      // What the crash of the selected node leads to happens at the others.
      if (cluster.alive(node) && packet.from != node && packet.to != node) return false;
    } else if (const auto name = cluster::parse_partition_name(focus.select)) {
      const TopicPartition focused = cluster.partition(*name);
      if (focused.topic != protocol::kNoTopic && (!c.partition || *c.partition != focused)) return false;
    }
  }
  if (packet.sent_at <= journey_until_ && journey_left_ > 0) {
    --journey_left_;
    last_records_ = packet.arrives_at;
    return true;
  }
  // A Fetch request belongs to a journey but does not begin one.
  if (!c.data) return false;
  const sim::Duration breath = sim::microseconds(kBreathUs * focus.cruise_ppm / 1000000);
  if (records_seen_ && packet.sent_at < last_records_ + breath) return false;
  records_seen_ = true;
  journey_until_ = packet.sent_at + kJourney;
  journey_left_ = kJourneyMessages - 1;
  last_records_ = packet.arrives_at;
  return true;
}

bool Pace::worth(const scenario::Session& session, const Focus& focus, const sim::PendingPacket& packet,
                 const protocol::Message& message) {
  Carried c = carried(message);
  const observe::MessageFacts facts = observe::facts_of(message, [](TopicPartition) { return true; });
  const observe::Family family =
      observe::family_on_stage(session.cluster(), facts.family, c.api, packet.from, packet.to);
  if (unseen(focus, family, c.api, packet.from, packet.to)) return false;
  // Refusals of single partitions, too. ZooKeeper's refusals are the usual way to lose a race.
  c.error = c.error || (facts.refused && family != observe::Family::ZooKeeper);
  const std::uint16_t code = protocol::trace_code(c.api, c.response);
  // Who adds a client waits for its records, not for what it asks before it sends or reads them.
  const auto& acts = session.hand_commands();
  if (!acts.empty() && acts.back().command.verb == cluster::Verb::AddClient && !records_seen_ && !c.data && !c.error &&
      !c.leader)
    return false;
  if (c.error) return seldom(static_cast<std::uint16_t>(code | 0x8000), packet.from.index, packet.to.index, 3);
  if (c.leader || observe::decides(c.api)) return seldom(code, packet.from.index, packet.to.index, kMostOfAKind);
  if (c.data || (c.api == api::Fetch && c.replica && !c.response)) return worth_records(session, focus, packet, c);
  if (of_groups(c.api)) return (acts_ > 0 || focus.groups) && seldom(code, packet.from.index, packet.to.index, 1);
  // Before the first act these requests are only the cluster's start-up.
  if (acts_ == 0 || observe::is_routine(c.api) ||
      !observe::of_interest(family, c.api, c.response, facts.records, c.error))
    return false;
  return seldom(code, -1, -1, 1);
}

void Pace::begin_chapter(const scenario::Session& session) {
  std::size_t acts = session.hand_commands().size();
  for (std::size_t i = 0; i < session.step_results().size(); ++i)
    acts +=
        session.scenario().steps[i].command && session.step_results()[i].happened && session.step_results()[i].at.us > 0
            ? 1
            : 0;
  if (begun_ && acts == acts_) return;
  acts_ = acts;
  begun_ = true;
  seen_.clear();
  records_seen_ = false;
}

bool Pace::look_for_losses(const scenario::Session& session, const Focus& focus) {
  const observe::Crossings& ended = session.observation().crossings();
  if (ended_ > ended.size() || ended_ == 0) ended_ = ended.size();
  bool found = false;
  for (; ended_ < ended.size(); ++ended_) {
    const observe::Crossing& lost = ended[ended_];
    if (!lost.lost) continue;
    const ApiKey api = protocol::api_of(lost.code);
    const auto family = observe::family_on_stage(session.cluster(), lost.facts.family, api, lost.from, lost.to);
    if (unseen(focus, family, api, lost.from, lost.to) ||
        !seldom(static_cast<std::uint16_t>(lost.code | 0x4000), lost.from.index, -1, observe::is_routine(api) ? 1 : 3))
      continue;
    sights_.push_back({0, session.now(), session.now() + kFall});
    found = true;
  }
  return found;
}

bool Pace::look(const scenario::Session& session, const Focus& focus) {
  begin_chapter(session);
  arrive(session.now());
  bool found = look_for_losses(session, focus);
  if (skip_ > 0) {
    --skip_;
    return found;
  }
  std::size_t count = 0;
  const sim::Instant now = session.now();
  session.cluster().for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message& message) {
        ++count;
        if (packet.sent_at != now && waiting_.empty()) return;
        const bool travels = packet.arrives_at != sim::kNever && !packet.held && !packet.blocked;
        const std::uint64_t id = observe::message_id(packet);
        const auto waited = std::find(waiting_.begin(), waiting_.end(), id);
        if (packet.sent_at != now && waited == waiting_.end()) return;
        if (!travels) {
          if (waited == waiting_.end()) waiting_.push_back(id);
          return;
        }
        if (waited != waiting_.end()) waiting_.erase(waited);
        if (packet.arrives_at <= now ||
            std::any_of(sights_.begin(), sights_.end(), [&](const Sight& s) { return s.id == id; }))
          return;
        if (!worth(session, focus, packet, message)) return;
        sights_.push_back({id, now, packet.arrives_at});
        found = true;
      },
      [](const sim::PendingTimer&) {});
  if (count > kCrowd) skip_ = kCrowdPause;
  return found;
}

void Pace::arrive(sim::Instant now) {
  std::erase_if(sights_, [&](const Sight& s) { return s.arrives <= now; });
}

double Pace::rate(std::int64_t cruise_ppm) const {
  const double cruise = static_cast<double>(cruise_ppm) / 1e6;
  double rate = cruise;
  bool first = true;
  for (const Sight& s : sights_) {
    const auto way = static_cast<double>((s.arrives - s.sent).us);
    const double own = std::clamp(cruise, way / kSeenLongUs, way / kSeenUs);
    rate = first ? own : std::min(rate, own);
    first = false;
  }
  return rate;
}

sim::Instant Pace::next_arrival() const {
  sim::Instant next = sim::kNever;
  for (const Sight& s : sights_) next = std::min(next, s.arrives);
  return next;
}

namespace {
/// How many steps have happened that a viewer notices: what a step only expects is checked in silence.
std::size_t noticed(const scenario::Session& session) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < session.step_results().size(); ++i) {
    const scenario::Step& step = session.scenario().steps[i];
    if (session.step_results()[i].happened && (step.say || step.ask || step.command || step.view || step.wait)) ++count;
  }
  return count;
}
}  // namespace

bool Scout::ahead_of(const scenario::Session& session) const {
  return session.hand_commands().size() == session_.hand_commands().size() && session.now() >= from_ &&
         session.now() <= session_.now();
}

namespace {
/// Whether a count on the stage changes with it: records written, read or processed. Kafka's own topics are not on the stage.
bool counts(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (is<fact::LogAppended>(line) || is<fact::LogReplicated>(line))
    return !cluster.topic_name(protocol::TopicId{line.topic}).starts_with("__");
  return is<fact::RecordSent>(line) || is<fact::RecordDelivered>(line) || is<fact::RecordProcessed>(line) ||
         is<fact::QueueStored>(line) || is<fact::QueueDelivered>(line) || is<fact::QueueProcessed>(line) ||
         is<fact::CallMade>(line) || is<fact::CallAnswered>(line);
}
}  // namespace

bool is_decision(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (is<fact::BrokerFenced>(line) || is<fact::BrokerUnfenced>(line)) return true;
  const bool of_partition = is<fact::LeaderElected>(line) || is<fact::IsrChanged>(line) || is<fact::IsrShrink>(line) ||
                            is<fact::IsrExpand>(line);
  return of_partition && !cluster.topic_name(protocol::TopicId{line.topic}).starts_with("__");
}

bool Scout::look_at_lines() {
  const observe::TraceStore& trace = session_.observation().trace();
  bool decided = false;
  lines_ = std::min(lines_, trace.size());
  for (; lines_ < trace.size(); ++lines_) {
    if (counts(trace[lines_], session_.cluster())) last_count_ = trace[lines_].time;
    decided = decided || is_decision(trace[lines_], session_.cluster());
  }
  const std::int64_t commits = session_.observation().ledger().commits_moved();
  if (std::exchange(commits_, commits) != commits) last_count_ = session_.now();
  return decided;
}

bool Scout::advance(const Focus& focus) {
  constexpr sim::Duration kHorizon = sim::seconds(60);
  const std::size_t steps = noticed(session_), moves = session_.observation().leader_changes().size();
  const bool more = session_.step(std::min(last_, from_ + kHorizon));
  const bool decided = look_at_lines() && !session_.hand_commands().empty();
  return !more || decided || pace_.look(session_, focus) || noticed(session_) != steps ||
         session_.observation().leader_changes().size() != moves || session_.cluster().faulted();
}

}  // namespace kafkascope::app
