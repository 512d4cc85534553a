#include "app/timeline_model.h"

#include <algorithm>
#include <utility>

#include "app/acts.h"
#include "app/lesson_flow.h"
#include "coordinator/consumer_group.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_state.h"
#include "sim/facts_of_kernel.h"
#include "ui/strings.h"

namespace kafkascope::app {

using protocol::BrokerId;
using protocol::Trace;

void TimelineBuilder::restart() { *this = {}; }

namespace {

/// The first leader of each partition: the one replaced by its first election, else the present one. A partition
/// created later has its first leader from its creation on.
std::map<protocol::TopicPartition, protocol::BrokerId> first_leaders(const scenario::Session& session) {
  std::map<protocol::TopicPartition, protocol::BrokerId> first;
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    if (const auto elected = fact_if<fact::LeaderElected>(l)) first.try_emplace(elected->partition, elected->previous);
    if (const auto added = fact_if<fact::PartitionAdded>(l)) first.try_emplace(added->partition, added->leader);
  }
  for (const protocol::TopicImage& t : session.cluster().committed().topics())
    for (std::size_t p = 0; p < t.partitions.size(); ++p)
      first.try_emplace({t.id, static_cast<std::int32_t>(p)}, t.partitions[p].leader);
  return first;
}

/// Partitions that exist at time 0.
std::map<protocol::TopicPartition, protocol::BrokerId> leaders_at_start(const scenario::Session& session) {
  auto leaders = first_leaders(session);
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    if (l.time.us == 0) continue;
    if (static_cast<Trace>(l.kind) == Trace::PartitionAdded) leaders.erase({l.topic, l.partition});
    if (static_cast<Trace>(l.kind) == Trace::TopicCreated)
      std::erase_if(leaders, [&](const auto& led) { return led.first.topic == l.topic; });
  }
  const observe::ClusterView names(session.cluster());
  std::erase_if(leaders,
                [&](const auto& led) { return led.second < 0 || names.topic(led.first.topic).starts_with("__"); });
  return leaders;
}

/// What a controller is in the quorum, as the controller panel calls it.
words::Key quorum_word(raft::QuorumState state) {
  switch (state) {
    case raft::QuorumState::Leader: return "ui.leader_field"_w;
    case raft::QuorumState::Follower: return "ui.raft_follower"_w;
    case raft::QuorumState::Candidate: return "ui.raft_candidate"_w;
    case raft::QuorumState::Prospective: return "ui.raft_prospective"_w;
    case raft::QuorumState::Resigned: return "ui.raft_resigned"_w;
    case raft::QuorumState::Unattached: break;
  }
  return "ui.raft_unattached"_w;
}

}  // namespace

int TimelineBuilder::lane_of(const scenario::Session& session, sim::NodeId node) {
  const auto it = lane_by_node_.find(node.index);
  if (it != lane_by_node_.end()) return it->second;
  const cluster::NodeInfo& info = session.cluster().info(node);
  if (info.kind != cluster::NodeKind::Broker && info.kind != cluster::NodeKind::Controller) return -1;
  // Brokers first, then controllers: lanes are created in that order at the first line.
  for (const auto kind : {cluster::NodeKind::Broker, cluster::NodeKind::Controller}) {
    for (std::size_t i = 0; i < session.cluster().nodes().size(); ++i) {
      const cluster::NodeInfo& n = session.cluster().nodes()[i];
      if (n.kind != kind || lane_by_node_.contains(static_cast<std::int32_t>(i))) continue;
      ui::Lane lane;
      lane.name = n.name;
      lane.kind = kind == cluster::NodeKind::Broker ? ui::LaneKind::Broker : ui::LaneKind::Controller;
      lane.spans.push_back({0, -1, ui::SpanKind::Alive, 0, {}});
      lane_by_node_[static_cast<std::int32_t>(i)] = static_cast<int>(lanes_.size());
      lanes_.push_back(std::move(lane));
    }
  }
  if (led_by_.empty())
    for (const auto& [partition, broker] : leaders_at_start(session)) lead(session, partition, broker, 0);
  return lane_by_node_[node.index];
}

int TimelineBuilder::client_lane(const scenario::Session& session, sim::NodeId node) {
  // A client gets a lane only when something happens to it.
  const cluster::NodeInfo& info = session.cluster().info(node);
  if (info.kind != cluster::NodeKind::Producer && info.kind != cluster::NodeKind::Consumer &&
      info.kind != cluster::NodeKind::ShareConsumer)
    return -1;
  if (const auto it = lane_by_node_.find(node.index); it != lane_by_node_.end()) return it->second;
  ui::Lane lane;
  lane.name = info.name;
  lane.kind = ui::LaneKind::Client;
  lane.spans.push_back({0, -1, ui::SpanKind::Alive, 0, {}});
  lanes_.push_back(std::move(lane));
  return lane_by_node_[node.index] = static_cast<int>(lanes_.size()) - 1;
}

void TimelineBuilder::group_state(const sim::TraceLine& l) {
  const auto f = as<fact::GroupState>(l);
  const auto [it, fresh] = lane_by_group_.try_emplace(f.group.str(), static_cast<int>(lanes_.size()));
  if (fresh) {
    ui::Lane lane;
    lane.name = f.group.str();
    lane.kind = ui::LaneKind::Group;
    lanes_.push_back(std::move(lane));
  }
  auto& spans = lanes_[static_cast<std::size_t>(it->second)].spans;
  if (!spans.empty()) spans.back().to_us = l.time.us;
  const std::string word(coordinator::state_name(f.to));
  const bool stable = coordinator::is_stable(f.to);
  spans.push_back({l.time.us, -1, ui::SpanKind::State, stable ? 1 : 0, {word, word}});
}

void TimelineBuilder::follow_requests(const scenario::Session& session, const sim::TraceLine& l) {
  if (!is<fact::BatchRetried>(l)) return;
  const observe::RequestWait* wait = session.observation().request_waits().ended_by(l.seq);
  if (wait == nullptr) return;
  if (const int lane = client_lane(session, l.node); lane >= 0) add_wait(lane, wait->sent_us, l.time.us);
}

void TimelineBuilder::add_wait(int lane, std::int64_t from, std::int64_t to) {
  auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
  // Requests time out one after the other: the wait begins with the first one, and names the longest.
  std::int64_t& longest = longest_wait_[lane];
  const std::size_t waits = spans.size() - 2;
  if (spans.size() >= 2 && spans[waits].kind == ui::SpanKind::Waiting && from < spans[waits].to_us) {
    spans[waits].to_us = spans.back().from_us = to;
    longest = std::max(longest, to - from);
  } else if (spans.back().kind == ui::SpanKind::Alive && spans.back().from_us <= from) {
    spans.back().to_us = from;
    spans.push_back({from, to, ui::SpanKind::Waiting, 0, {}});
    spans.push_back({to, -1, ui::SpanKind::Alive, 0, {}});
    longest = to - from;
  } else {
    return;
  }
  const observe::Words time = observe::span((longest + 50'000) / 100'000 * 100'000);
  spans[spans.size() - 2].label = {ui::tr(ui::Lang::En, "app.request_waited"_w, {{"time", time.en}}),
                                   ui::tr(ui::Lang::Ko, "app.request_waited"_w, {{"time", time.ko}})};
}

void TimelineBuilder::end_span(int lane, std::int64_t at) {
  auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
  if (!spans.empty() && spans.back().to_us < 0) spans.back().to_us = at;
}

void TimelineBuilder::begin_span(int lane, std::int64_t at, ui::SpanKind kind, int leads) {
  end_span(lane, at);
  lanes_[static_cast<std::size_t>(lane)].spans.push_back({at, -1, kind, leads, {}});
}

void TimelineBuilder::resume(int lane, std::int64_t at) {
  const auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
  const ui::LaneSpan before = spans.size() >= 2 ? spans[spans.size() - 2] : ui::LaneSpan{};
  const bool controller = lanes_[static_cast<std::size_t>(lane)].kind == ui::LaneKind::Controller;
  begin_span(lane, at, controller ? before.kind : ui::SpanKind::Alive, spans.back().leads);
  if (controller) lanes_[static_cast<std::size_t>(lane)].spans.back().label = before.label;
}

void TimelineBuilder::quorum_state(int lane, const sim::TraceLine& l) {
  auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
  const raft::QuorumState state = as<fact::QuorumStateChanged>(l).state;
  const bool leads = state == raft::QuorumState::Leader, settled = leads || state == raft::QuorumState::Follower;
  if (spans.back().from_us == l.time.us) spans.pop_back();  // it starts in this state
  begin_span(lane, l.time.us, settled ? ui::SpanKind::Alive : ui::SpanKind::State, leads ? 1 : 0);
  spans.back().label = ui::both(quorum_word(state));
}

void TimelineBuilder::set_leads(int lane, std::int64_t at, int change) {
  auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
  const int leads = std::max(0, spans.back().leads + change);
  if (spans.back().from_us == at) spans.back().leads = leads;
  else begin_span(lane, at, spans.back().kind, leads);
}

int TimelineBuilder::broker_lane(const scenario::Session& session, std::int64_t id) {
  const sim::NodeId node = id < 0 ? sim::NodeId{} : session.cluster().broker_node(static_cast<protocol::BrokerId>(id));
  return node.valid() ? lane_of(session, node) : -1;
}

void TimelineBuilder::lead(const scenario::Session& session, protocol::TopicPartition partition, std::int64_t broker,
                           std::int64_t at) {
  const int to = broker_lane(session, broker);
  const auto led = led_by_.try_emplace(partition, -1).first;
  if (led->second >= 0) set_leads(led->second, at, -1);
  led->second = to;
  if (to >= 0) set_leads(to, at, +1);
}

void TimelineBuilder::take_change(const sim::TraceLine& l, const scenario::Session& session) {
  const auto isr_is = [&](protocol::TopicPartition tp, const std::string& isr) {
    std::string& known = isr_[tp];
    if (known == isr) return;  // the leader of 2.5 tells what the controller has told before, and the reverse
    partition_changes_.push_back({l.time.us, session.cluster().name(tp), false, -1, -1, -1, known, isr});
    known = isr;
  };
  const auto by_leader = [&](protocol::TopicPartition tp, const fact::IdsChangeText& isr) {
    isr_.try_emplace(tp, isr.before().text());
    isr_is(tp, isr.after().text());
  };
  if (const auto elected = fact_if<fact::LeaderElected>(l))
    partition_changes_.push_back({l.time.us, session.cluster().name(elected->partition), true, elected->previous,
                                  elected->leader, elected->leader_epoch.value});
  if (const auto added = fact_if<fact::PartitionAdded>(l)) isr_[added->partition] = added->isr.text.str();
  if (const auto isr = fact_if<fact::IsrChanged>(l)) isr_is(isr->partition, isr->isr.text.str());
  if (const auto shrunk = fact_if<fact::IsrShrink>(l)) by_leader(shrunk->partition, shrunk->isr);
  if (const auto grown = fact_if<fact::IsrExpand>(l)) by_leader(grown->partition, grown->isr);
}

bool TimelineBuilder::changes_what_is_shown(const sim::TraceLine& l, bool internal) {
  if (is<fact::GroupState>(l)) return true;
  if (const auto loaded = fact_if<fact::GroupLoaded>(l)) return loaded->groups > 0;  // its state is known again
  if (is<fact::BecameLeader>(l)) return !internal && l.time.us > 0;
  const auto error = fact_if<fact::ClientError>(l);
  if (!error || error->error == protocol::ErrorCode::MEMBER_ID_REQUIRED) return false;
  constexpr std::int64_t kNewAfterUs = 10'000'000;
  const auto [last, first] = last_error_.try_emplace({l.node.index, static_cast<int>(error->error)}, l.time.us);
  return std::exchange(last->second, l.time.us) < l.time.us - kNewAfterUs || first;
}

bool TimelineBuilder::recovers(const sim::TraceLine& l) {
  constexpr std::int64_t kNoticedUs = 1'000'000;
  if (is<fact::ClientError>(l) || is<fact::BatchRetried>(l) || is<fact::ConnectionLost>(l))
    trouble_[l.node.index] = l.time.us;
  const auto acked = fact_if<fact::BatchAcked>(l);
  if (!acked) return false;
  const std::int64_t before = std::exchange(last_ack_[{l.node.index, acked->partition}], l.time.us);
  const auto trouble = trouble_.find(l.node.index);
  return trouble != trouble_.end() && trouble->second > before && l.time.us - before >= kNoticedUs;
}

void TimelineBuilder::take(const sim::TraceLine& l, const scenario::Session& session) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  const auto mark = [&](ui::MarkKind kind, int lane, std::string verb = {}) {
    const observe::Words w = observe::sentence(l, names);
    marks_.push_back({l.time.us, kind, lane, w, std::move(verb)});
  };
  const bool internal = l.topic >= 0 && names.topic(l.topic).starts_with("__");
  const bool recovered = recovers(l);
  const bool seen = (observe::matters(l) && !internal) || changes_what_is_shown(l, internal) || recovered;
  if (seen && (changes_.empty() || changes_.back() != l.time)) changes_.push_back(l.time);
  int lane = l.node.valid() ? lane_of(session, l.node) : -1;
  const bool life = l.kind == sim::trace_kind::kNodeDied || l.kind == sim::trace_kind::kNodePaused ||
                    l.kind == sim::trace_kind::kNodeResumed;
  if (l.node.valid() && lane < 0 && life) lane = client_lane(session, l.node);
  follow_requests(session, l);
  switch (l.kind) {
    case sim::trace_kind::kCommand: {
      const auto f = as<fact::Command>(l);
      const std::string verb(f.verb.view());
      aimed_at_role_ = f.arguments == "controller" || f.arguments.view().find(':') != std::string_view::npos;
      marks_.push_back({l.time.us, act_kind(verb), -1, observe::act_as_spelled(f.spelled()), verb});
      break;
    }
    case sim::trace_kind::kNodeDied:
      // "crash leader:orders-0" and "crash controller" are shown with the actual node.
      if (!marks_.empty() && marks_.back().at_us == l.time.us && marks_.back().kind == ui::MarkKind::Fault &&
          std::exchange(aimed_at_role_, false))
        marks_.back().label.en = marks_.back().verb + " " + names.node(l.node),
        marks_.back().label.ko = observe::act_in_korean(marks_.back().label.en);
      if (lane >= 0) {
        begin_span(lane, l.time.us, ui::SpanKind::Dead, lanes_[static_cast<std::size_t>(lane)].spans.back().leads);
        lanes_[static_cast<std::size_t>(lane)].spans.back().label = ui::both("app.down"_w);
      }
      break;
    case sim::trace_kind::kNodeStarted:
      if (lane >= 0 && l.time.us > 0) {
        const bool client = lanes_[static_cast<std::size_t>(lane)].kind == ui::LaneKind::Client;
        auto& spans = lanes_[static_cast<std::size_t>(lane)].spans;
        if (!client && spans.back().kind == ui::SpanKind::Alive) spans.clear();  // the node is new
        begin_span(lane, l.time.us, client ? ui::SpanKind::Alive : ui::SpanKind::Starting,
                   0);  // a client is alive immediately
      }
      break;
    case sim::trace_kind::kNodePaused:
      if (lane >= 0)
        begin_span(lane, l.time.us, ui::SpanKind::Paused, lanes_[static_cast<std::size_t>(lane)].spans.back().leads);
      break;
    case sim::trace_kind::kNodeResumed:
      if (lane >= 0) resume(lane, l.time.us);
      break;
    default: break;
  }
  switch (static_cast<Trace>(l.kind)) {
    case Trace::BrokerRegistered:
      if (!session.cluster().under_zookeeper())
        break;  // under ZooKeeper its znode is enough; a KRaft controller unfences it later
      [[fallthrough]];
    case Trace::BrokerUnfenced: {
      const BrokerId id =
          is<fact::BrokerUnfenced>(l) ? as<fact::BrokerUnfenced>(l).broker : as<fact::BrokerRegistered>(l).broker;
      for (std::size_t i = 0; i < session.cluster().nodes().size(); ++i) {
        const cluster::NodeInfo& n = session.cluster().nodes()[i];
        if (n.kind == cluster::NodeKind::Broker && n.id == id && l.time.us > 0) {
          const int which = lane_of(session, sim::NodeId{static_cast<std::int32_t>(i)});
          const ui::LaneSpan last = lanes_[static_cast<std::size_t>(which)].spans.back();
          // A dead node stays dead: the line may be about another process with the same id.
          if (last.kind != ui::SpanKind::Dead) begin_span(which, l.time.us, ui::SpanKind::Alive, last.leads);
        }
      }
      break;
    }
    case Trace::QuorumStateChanged:
      if (lane >= 0 && lanes_[static_cast<std::size_t>(lane)].kind == ui::LaneKind::Controller) quorum_state(lane, l);
      break;
    case Trace::LeaderElected:
      if (!internal) {
        const auto f = as<fact::LeaderElected>(l);
        moves_.push_back({l.time.us, broker_lane(session, f.previous), broker_lane(session, f.leader),
                          session.cluster().name(f.partition)});
        lead(session, f.partition, f.leader, l.time.us);
        mark(ui::MarkKind::Election, lane);
      }
      break;
    case Trace::PartitionAdded:
      if (const auto f = as<fact::PartitionAdded>(l); !internal && l.time.us > 0)
        lead(session, f.partition, f.leader, l.time.us);
      break;
    case Trace::TopicCreated:
      if (!internal && l.time.us > 0)
        for (const auto& [partition, broker] : first_leaders(session))
          if (partition.topic == l.topic && !led_by_.contains(partition)) lead(session, partition, broker, l.time.us);
      break;
    case Trace::TopicDeleted:
      if (!internal)
        for (const auto& [partition, was] : led_by_)
          if (partition.topic == l.topic) lead(session, partition, -1, l.time.us);
      break;
    case Trace::ZkElected:
    case Trace::QuorumElected: mark(ui::MarkKind::Election, lane); break;
    case Trace::CommandResult:  // of several rows (partitions, topics), the first one that was refused
      if (as<fact::CommandResult>(l).error != protocol::ErrorCode::NONE &&
          (marks_.empty() || marks_.back().kind != ui::MarkKind::Refused || marks_.back().at_us != l.time.us))
        mark(ui::MarkKind::Refused, -1);
      break;
    case Trace::GroupState: group_state(l); break;
    case Trace::GroupRebalance: mark(ui::MarkKind::Rebalance, -1); break;
    case Trace::IsrShrink:
    case Trace::IsrExpand:
      if (!internal) mark(ui::MarkKind::IsrChange, lane);
      break;
    case Trace::HighWatermarkAdvanced:
    case Trace::LogAppended:
      if (!internal) {
        auto& samples = watermarks_[{l.topic, l.partition}];
        const ui::WatermarkSample before = samples.empty() ? ui::WatermarkSample{} : samples.back();
        ui::WatermarkSample now{l.time.us, before.hw, before.leo};
        if (const auto appended = fact_if<fact::LogAppended>(l)) {
          now.leo = appended->last_offset.value + 1;
        } else {
          now.hw = as<fact::HighWatermarkAdvanced>(l).to.value;
          now.leo = std::max(now.leo, now.hw);
        }
        if (!samples.empty() && now.at_us - samples.back().at_us < 10000) {
          now.at_us = samples.back().at_us;
          samples.back() = now;
        } else {
          samples.push_back(now);
        }
      }
      break;
    default: break;
  }
}

void TimelineBuilder::follow(const scenario::Session& session, sim::Instant) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    take(trace[i], session);
    take_change(trace[i], session);
    seen_ = trace[i].seq;
  }
}

std::optional<sim::Instant> TimelineBuilder::change(sim::Instant now, bool forward) const {
  if (forward) {
    const auto it = std::upper_bound(changes_.begin(), changes_.end(), now);
    return it == changes_.end() ? std::nullopt : std::optional(*it);
  }
  const auto it = std::lower_bound(changes_.begin(), changes_.end(), now);
  return it == changes_.begin() ? std::nullopt : std::optional(*std::prev(it));
}

const ui::TimeMark* TimelineBuilder::last_deed(std::int64_t t) const {
  const ui::TimeMark* last = nullptr;
  for (const ui::TimeMark& m : marks_)
    if (m.at_us <= t && (m.kind == ui::MarkKind::Fault || m.kind == ui::MarkKind::Repair)) last = &m;
  return last;
}

void TimelineBuilder::fill(ui::TimelineModel& out, const scenario::Session& session, sim::Instant known,
                           const std::string& selected) const {
  out.now_us = session.now().us;
  out.until_us = std::max(session.until().us, known.us);
  out.known_us = known.us;
  out.marks = marks_;
  const auto& steps = session.scenario().steps;
  const bool told = std::any_of(steps.begin(), steps.end(), [](const scenario::Step& s) { return s.say || s.ask; });
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const scenario::Step& s = steps[i];
    if (told ? !s.say && !s.ask : !s.command) continue;
    const scenario::StepResult& r = session.step_results()[i];
    const std::int64_t at = r.happened ? r.at.us : s.trigger == scenario::Step::Trigger::At ? s.at.us : -1;
    if (at >= 0)
      out.marks.push_back({at,
                           ui::MarkKind::Step,
                           -1,
                           !told ? script_words(*s.command, session) : words(s.say ? *s.say : s.ask->question),
                           {},
                           r.happened});
  }
  for (const observe::Violation& v : session.observation().invariants().violations())
    out.marks.push_back({v.at_us, ui::MarkKind::Violation, -1, {v.name, v.name}, {}});
  std::sort(out.marks.begin(), out.marks.end(),
            [](const ui::TimeMark& a, const ui::TimeMark& b) { return a.at_us < b.at_us; });
  out.lanes = lanes_;
  for (ui::Lane& lane : out.lanes)
    for (ui::LaneSpan& span : lane.spans)
      if (span.to_us < 0) span.to_us = known.us;
  out.moves = moves_;
  out.changes = partition_changes_;
  auto shown = watermarks_.begin();
  for (auto it = watermarks_.begin(); it != watermarks_.end(); ++it)
    if (session.cluster().name(it->first) == selected) shown = it;
  out.watermarks.clear();
  if (shown != watermarks_.end()) {
    out.watermark_partition = session.cluster().name(shown->first);
    out.watermarks = shown->second;
  }
}

}  // namespace kafkascope::app
