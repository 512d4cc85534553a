#include "app/space_time_model.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "observe/model/crossing_messages.h"
#include "observe/words/words.h"
#include "protocol/api_key.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/trace_code.h"
#include "raft/quorum_state.h"
#include "sim/facts_of_kernel.h"
#include "ui/stage/messages.h"
#include "ui/strings.h"

namespace kafkascope::app {

using protocol::Trace;

namespace {

constexpr std::size_t kMostFlights = 400;    // messages that are drawn in full
constexpr std::size_t kMostRoutine = 300;    // routine messages that are drawn, faintly
constexpr std::size_t kMostLookedAt = 8000;  // messages that are examined, so that a quiet stretch costs no more
constexpr std::size_t kMostMarks = 300;
constexpr std::int64_t kDelayed = 5;  // a delayed message took this many times the usual time

/// Messages that a cluster sends all the time: fetches without records, heartbeats, and the first request of every
/// connection.
bool is_routine(std::string_view api, int records, bool refused) {
  if (refused) return false;
  if (api.find("Heartbeat") != std::string_view::npos) return true;
  if (api == "ZkPing" || api == "ZkQuorumPing" || api == "ApiVersions") return true;
  return (api == "Fetch" || api == "ShareFetch" || api == "QueueConsume") && records == 0;
}

std::string_view api_name(const observe::Crossing& c) { return protocol::name(protocol::api_of(c.code)); }

/// The kind of mark that the line leaves on its node's lifeline; nullopt: none.
std::optional<ui::LifeMarkKind> mark_of(const sim::TraceLine& l, const observe::ClusterView& names) {
  using Kind = ui::LifeMarkKind;
  if (!l.node.valid() || l.time.us == 0) return std::nullopt;
  if (l.topic >= 0 && names.topic(l.topic).starts_with("__")) return std::nullopt;
  if (l.kind == sim::trace_kind::kNodeStarted || l.kind == sim::trace_kind::kNodeResumed) return Kind::Starts;
  if (l.kind < sim::trace_kind::kFirstFree) return std::nullopt;  // death and pause break the line
  switch (static_cast<Trace>(l.kind)) {
    case Trace::BecameLeader:
    case Trace::ControllerActive: return Kind::Leads;
    case Trace::QuorumElected:
    case Trace::ZkElected:
    case Trace::LeaderElected: return Kind::Elects;
    case Trace::QuorumStateChanged:
      if (const auto f = as<fact::QuorumStateChanged>(l); f.state != raft::QuorumState::Candidate) return std::nullopt;
      return Kind::TimeOut;
    case Trace::BrokerFenced:
    case Trace::ZkSessionExpired:
    case Trace::IsrShrink: return Kind::TimeOut;
    case Trace::LogTruncated:
    case Trace::LogDeleted:
    case Trace::BatchFailed:
    case Trace::RecordFailed:
    case Trace::ReplicaFailed:
    case Trace::LogDirOffline: return Kind::Loss;
    default: return observe::matters(l) ? std::optional(Kind::Other) : std::nullopt;
  }
}

ui::Words down_words(const fact::NodeDied& f, bool client) {
  if (f.how == sim::Death::PowerOff) return ui::both("app.powered_off"_w);
  if (f.how != sim::Death::Crash) return ui::both("ui.state_stopped"_w);
  return ui::both(client ? "ui.state_killed"_w : "ui.state_crashed"_w);
}

}  // namespace

void SpaceTimeBuilder::take(const sim::TraceLine& l, const scenario::Session& session) {
  const auto index = static_cast<std::size_t>(std::max(l.node.index, 0));
  if (l.node.valid() && lives_.size() <= index) lives_.resize(index + 1);
  const auto end_break = [&] {
    if (auto& breaks = lives_[index].breaks; !breaks.empty() && breaks.back().to_us < 0)
      breaks.back().to_us = l.time.us;
  };
  switch (l.kind) {
    case sim::trace_kind::kNodeDied:
      end_break();
      lives_[index].breaks.push_back(
          {l.time.us, -1, false, l.seq, down_words(as<fact::NodeDied>(l), session.cluster().info(l.node).client >= 0)});
      break;
    case sim::trace_kind::kNodePaused:
      end_break();
      lives_[index].breaks.push_back({l.time.us, -1, true, l.seq, ui::both("ui.state_paused"_w)});
      break;
    case sim::trace_kind::kNodeResumed: end_break(); break;
    case sim::trace_kind::kNodeStarted:
      if (lives_[index].breaks.empty()) lives_[index].from_us = l.time.us;
      end_break();
      break;
    default: break;
  }
  if (const auto kind = mark_of(l, observe::ClusterView(session.cluster())))
    marks_.push_back({l.seq, l.time.us, *kind});
}

void SpaceTimeBuilder::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    if (trace[i].kind > sim::trace_kind::kDiskDone) take(trace[i], session);  // not the kernel's most frequent lines
    seen_ = trace[i].seq;
  }
}

ui::SpaceTime SpaceTimeBuilder::build(const scenario::Session& session, const observe::Snapshot& present,
                                      const Wish& wish) {
  follow(session);
  const observe::Observation& seen = session.observation();
  const observe::TraceStore& trace = seen.trace();
  const observe::Crossings& crossings = seen.crossings();
  const observe::CrossingTeller teller(session.cluster());
  ui::SpaceTime out;
  const std::int64_t now = session.now().us;
  out.end_us = wish.end_us < 0 ? now : std::min(wish.end_us, now);
  const auto hidden = [&](const observe::Crossing& c) {
    return ui::hidden_by(wish.hide, teller.family(c), api_name(c));
  };
  const auto flight_of = [&](const observe::Crossing& c) {
    ui::Flight f;
    f.message = teller.tell(c);
    f.end = c.lost ? ui::FlightEnd::Lost : ui::FlightEnd::Arrived;
    f.line = c.line;
    if (const sim::TraceLine* end = trace.find(c.line)) f.sent_line = end->cause;
    if (api_name(c) == "Fetch") f.fetch_offset = c.facts.number;
    f.routine = !c.lost && is_routine(api_name(c), c.facts.records, c.facts.refused);
    return f;
  };
  // Backwards from the end, until there are enough messages.
  const std::size_t last = crossings.first_from(out.end_us + 1);
  std::size_t first = last, full = 0, routine = 0;
  std::vector<std::int64_t> times;
  for (; first > 0 && full < kMostFlights && last - first < kMostLookedAt; --first) {
    const observe::Crossing& c = crossings[first - 1];
    if (hidden(c)) continue;
    if (!c.lost && is_routine(api_name(c), c.facts.records, c.facts.refused)) {
      if (++routine > kMostRoutine) {
        ++out.routine_left_out;
        continue;
      }
    } else {
      ++full;
    }
    if (!c.lost) times.push_back(c.ended_us - c.sent_us);
    out.flights.push_back(flight_of(c));
  }
  out.older = first > 0;
  out.from_us = first > 0 ? crossings[first - 1].ended_us : 0;
  // The messages of the chain of causes, which may be older.
  for (const ui::ChainLink& link : wish.chain) {
    if (out.from_us <= link.time_us) continue;
    for (std::size_t i = crossings.first_from(link.time_us); i < first && crossings[i].ended_us == link.time_us; ++i)
      if (crossings[i].line == link.seq) out.flights.push_back(flight_of(crossings[i]));
  }
  std::stable_sort(out.flights.begin(), out.flights.end(),
                   [](const ui::Flight& a, const ui::Flight& b) { return a.line < b.line; });
  // The messages that were under way at the end.
  std::size_t later = 0;
  crossings.for_each_sent_by(out.end_us, last, [&](const observe::Crossing& c) {
    if (hidden(c) || ++later > kMostFlights) return;
    out.flights.push_back(flight_of(c));
  });
  for (const observe::Message& m : present.messages) {
    if (m.sent_us > out.end_us || ui::hidden_by(wish.hide, m.family, m.api)) continue;
    const bool quiet = !m.held && !m.blocked && is_routine(m.api, m.records, !m.error.empty());
    if ((quiet ? ++routine > 2 * kMostRoutine : ++later > 2 * kMostFlights)) {
      out.routine_left_out += quiet ? 1 : 0;
      continue;
    }
    ui::Flight f;
    f.message = m;
    if (m.api == "Fetch" && !m.response) f.fetch_offset = m.offset;
    f.end = ui::FlightEnd::UnderWay;
    f.routine = quiet;
    out.flights.push_back(std::move(f));
  }
  if (!times.empty()) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    out.usual_us = *middle;
  }
  for (ui::Flight& f : out.flights) {
    const observe::Message& m = f.message;
    const std::int64_t took = (f.end == ui::FlightEnd::UnderWay ? now : m.arrives_us) - m.sent_us;
    f.delayed = f.end != ui::FlightEnd::Lost && out.usual_us > 0 && took > kDelayed * out.usual_us;
    f.routine = f.routine && !f.delayed;
  }
  const observe::ClusterView names(session.cluster(), &session.observation());
  std::size_t from = marks_.size(), count = 0;
  while (from > 0 &&
         (marks_[from - 1].at_us > out.end_us || (marks_[from - 1].at_us >= out.from_us && ++count <= kMostMarks)))
    --from;
  for (; from < marks_.size() && marks_[from].at_us <= out.end_us; ++from) {
    const sim::TraceLine* l = trace.find(marks_[from].line);
    if (l == nullptr) break;  // the session's moment is earlier
    ui::LifeMark mark{l->time.us, l->node.index, l->seq, marks_[from].kind, observe::sentence(*l, names), {}};
    if (const auto f = fact_if<fact::BecameLeader>(*l))
      mark.label = ui::both("ui.st_leads"_w, {{"partition", session.cluster().name(f->partition)},
                                              {"epoch", std::to_string(f->leader_epoch.value)}});
    out.marks.push_back(std::move(mark));
  }
  out.lives = lives_;
  return out;
}

}  // namespace kafkascope::app
