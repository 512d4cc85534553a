// What a partition's high watermark waits for, and a follower that does not know it yet.
#include "observe/why/why_watermark.h"

#include <fmt/format.h>

#include <algorithm>

#include "observe/model/watermark_wait.h"
#include "observe/node_config.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

Words offsets_between(std::int64_t from, std::int64_t end) {
  return from + 1 == end ? both("event.offsets_one"_w, {{"offset", from}})
                         : both("event.offsets_range"_w, {{"first", from}, {"last", end - 1}});
}

constexpr std::int64_t kUsualWaitUs = 300'000;

/// The other members of the ISR that have only a part of the records above the high watermark and are kept from the
/// rest: the high watermark will stop there. One that is only slow, and ahead of an awaited one, holds nothing up.
std::vector<BrokerId> held_back_above(const Story& story, const json& state, const std::vector<BrokerId>& awaited,
                                      sim::NodeId leads) {
  const auto end_of = [&](BrokerId id) {
    return part_of(part_of(part_of(state, "logs"), std::to_string(id)), "log_end_offset");
  };
  const std::int64_t end = whole_of(state["log_end_offset"]);
  std::int64_t least = end;
  for (const BrokerId id : awaited) least = std::min(least, whole_of(end_of(id)));
  std::vector<BrokerId> others = brokers_in(state["isr"]);
  std::erase_if(others, [&](BrokerId id) {
    const sim::NodeId node = story.broker_node(id);
    return has(awaited, id) || node == leads || !end_of(id).is_number() || whole_of(end_of(id)) >= end ||
           (whole_of(end_of(id)) > least && !is_silent_for(story, node, leads)) ||
           story.hindrance(node, story.end(), Search{leads}.of(traffic::kCopies)) == nullptr;
  });
  return others;
}

/// Tells which replicas the high watermark waits for. "Caught up" as in lastCaughtUpTimeMs of Kafka's Replica.
void tell_awaited(Telling& telling, const std::string& partition, const json& state, const WatermarkWait& wait) {
  const Story& story = telling.story();
  const std::string leader = cluster::broker_name(state["leader"].get<BrokerId>());
  const sim::NodeId leads = story.cluster().find(leader);
  const std::int64_t hw = whole_of(state["high_watermark"]), leo = whole_of(state["log_end_offset"]);
  std::vector<BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  if (awaited.empty()) {
    awaited = brokers_in(state["isr"]);
    std::erase(awaited, state["leader"].get<BrokerId>());
  }
  if (awaited.empty()) {
    const TopicPartition tp = partition_named(story, partition);
    telling.trail(story.setting_of(tp, "min.insync.replicas", story.end()), Weight::Cause);
    telling.now("why.hw_next_change"_w, {{"leader", leader}, {"offsets", offsets_between(hw, leo)}}, Weight::Point,
                partition);
    return;
  }
  for (const Line* hindered : hindered_copies(story, awaited, leads)) telling.trail(hindered, Weight::Cause);
  for (const BrokerId id : held_back_above(story, state, awaited, leads)) {
    telling.trail(story.hindrance(story.broker_node(id), story.end(), Search{leads}.of(traffic::kCopies)),
                  Weight::Cause);
    awaited.push_back(id);
  }
  // Without a controller a silent replica stays in the ISR, and the high watermark waits for as long.
  std::vector<BrokerId> stay = awaited;
  std::erase_if(stay, [&](BrokerId id) { return !is_silent(story, story.broker_node(id)); });
  if (!stay.empty() && !can_elect(story)) {
    telling.now("why.isr_stays"_w, {{"brokers", broker_names(stay)}, {"count", stay.size()}, {"partition", partition}},
                Weight::Point, partition);
    tell_nobody_elects(telling, Weight::Aside);
  }
  // A replica that has the records only needs to report it with its next fetch.
  std::vector<BrokerId> without = awaited;
  std::erase_if(without, [&](BrokerId id) {
    const json log = part_of(part_of(state, "logs"), std::to_string(id));
    return log.is_object() && story.cluster().alive(story.broker_node(id)) &&
           whole_of(part_of(log, "log_end_offset")) >= leo;
  });
  const std::vector<BrokerId>& named = without.empty() ? awaited : without;
  // A short wait is usual. The time is that of the replica that has been behind longest.
  const std::int64_t caught_up = story.cluster().now().us - wait.us;
  const bool stands = awaited.size() == named.size() && wait.us >= kUsualWaitUs && caught_up >= 0;
  const std::string since = stands ? fmt::format("{:.3f}", static_cast<double>(caught_up) / 1e6) : "";
  const std::string longest = wait.longest < 0 ? std::string() : cluster::broker_name(wait.longest);
  // Records that a living replica has already are only to be reported with its next fetch.
  std::int64_t least = leo;
  for (const BrokerId id : named)
    least =
        std::min(least, is_silent_for(story, story.broker_node(id), leads)
                            ? hw
                            : whole_of(part_of(part_of(part_of(state, "logs"), std::to_string(id)), "log_end_offset")));
  const Words part = stands && hw < least && least < leo ? offsets_between(hw, least) : Words{};
  telling.now(without.empty() ? "why.hw_next_fetch"_w : "why.hw_awaits"_w,
              {{"offsets", offsets_between(hw, leo)},
               {"leader", leader},
               {"brokers", broker_names(named)},
               {"count", named.size()},
               {"records", leo - hw},
               {"part", part},
               {"who", longest},
               {"since", since}},
              Weight::Point, partition);
}

/// The line with which the leader's log lost records below the high watermark that it had; null: it lost none.
const Line* lost_below(const Story& story, TopicPartition tp, sim::NodeId leads, const Line& moved) {
  const protocol::Offset was = as<fact::HighWatermarkAdvanced>(moved).to;
  const auto here = [&](const auto& f, const Line& l) {
    return l.node == leads && f.partition == tp && l.seq > moved.seq;
  };
  const Line* recovered = story.last<fact::LogRecovered>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.log_end_offset < was; });
  const Line* truncated = story.last<fact::LogTruncated>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.to < was; });
  return latest({recovered, truncated});
}

/// Tells why the high watermark is lower than it was: the leader's log lost the records above, or the present leader
/// knew a lower high watermark than its predecessor. Followers learn the high watermark from the leader's answers, a
/// little later; the records above it are committed all the same (KIP-207). `waits`: the answer also says what the
/// high watermark waits for, which matters more.
void tell_went_back(Telling& telling, const std::string& partition, const Line* moved, std::int64_t hw, bool waits) {
  if (moved == nullptr || as<fact::HighWatermarkAdvanced>(*moved).to.value <= hw) return;
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, story.end()));
  if (const Line* lost = lost_below(story, tp, leads, *moved)) return telling.trail(lost, Weight::Point);
  const Line* elected =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (elected == nullptr || elected->seq < moved->seq || as<fact::LeaderElected>(*elected).leader < 0) return;
  telling.say("why.hw_went_back"_w,
              {{"leader", cluster::broker_name(as<fact::LeaderElected>(*elected).leader)},
               {"partition", partition},
               {"offset", hw},
               {"was", as<fact::HighWatermarkAdvanced>(*moved).to.value}},
              elected, Weight::Point, partition);
  if (!waits) telling.trail(elected, Weight::Link);
}

/// The leader is dead, or only starts: tells whose high watermark is the partition's now, if another replica's log is longer than what is
/// left of the leader's; false: no other's is.
bool tell_shown_by_another(Telling& telling, TopicPartition tp, sim::NodeId leads, const Line* moved) {
  const Story& story = telling.story();
  const BrokerId shown = story.cluster().last_leader(tp);
  if (shown < 0 || story.broker_node(shown) == leads) return false;
  telling.trail(replaced_disk(story, leads, moved == nullptr ? 0 : moved->seq), Weight::Cause);
  telling.now("why.hw_of_longest"_w, {{"broker", cluster::broker_name(shown)}, {"partition", story.cluster().name(tp)}},
              Weight::Cause, cluster::broker_name(shown));
  return true;
}

/// The line at which the high watermark last went beyond that offset; null: it has not.
const Line* first_beyond(const Story& story, TopicPartition tp, std::int64_t hw) {
  return story.last<fact::HighWatermarkAdvanced>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp && f.from.value <= hw && f.to.value > hw;
  });
}

/// What has kept the node, which is silent now, from telling or learning of the high watermark since it moved at that line: what
/// silenced the node then, or the first thing that did so afterwards.
const Line* silent_since(const Story& story, sim::NodeId node, const Line* moved) {
  const Line* silent = story.silence(node, story.end());
  if (moved == nullptr || silent == nullptr || silent->seq < moved->seq) return silent;
  const Line* then = story.hindrance(node, moved->seq);
  if (then != nullptr && (is<fact::NodeDied>(*then) || is<fact::NodePaused>(*then))) return then;
  const Line* died =
      story.first<fact::NodeDied>(moved->seq, [&](const auto&, const Line& l) { return l.node == node; });
  return died != nullptr && died->seq < silent->seq ? died : silent;
}

/// Tells what a follower, which knows a lower high watermark than its leader, waits for. `moved`: where the high watermark
/// first went beyond the one that it knows.
void tell_watermark_unheard(Telling& telling, const std::string& partition, BrokerId broker, sim::NodeId leads,
                            const json& state, const Line* moved) {
  const Story& story = telling.story();
  const sim::NodeId node = story.broker_node(broker);
  const std::string &who = story.cluster().info(node).name, &leader = story.cluster().info(leads).name;
  const json log = part_of(part_of(state, "logs"), std::to_string(broker));
  const std::int64_t end = whole_of(part_of(log, "log_end_offset")), hw = whole_of(part_of(log, "high_watermark"));
  const bool silent = is_silent(story, node);
  // If both are silent, the one that fell silent first holds it.
  const Line *own = silent ? silent_since(story, node, moved) : nullptr,
             *leaders = is_silent(story, leads) ? silent_since(story, leads, moved) : nullptr;
  if (leaders != nullptr && (own == nullptr || latest({own, leaders}) == own)) {
    telling.trail(leaders, Weight::Cause);
    telling.now("why.hw_leader_silent"_w, {{"leader", leader}}, Weight::Point, leader);
    return;
  }
  const Line* held = silent ? nullptr : story.hindrance(node, story.end(), Search{leads}.of(traffic::kCopies));
  telling.trail(silent ? own : held, Weight::Cause);
  if (silent && own != story.silence(node, story.end())) telling.fact(story.silence(node, story.end()), Weight::Link);
  if (silent) {
    telling.now(story.cluster().alive(node) ? "why.belief_silent"_w : "why.still_down"_w, {{"who", who}}, Weight::Point,
                who);
    return;
  }
  if (end <= hw) {
    telling.now("why.hw_copy_at_end"_w, {{"broker", who}, {"offset", end}}, Weight::Point, who);
    return;
  }
  // In 2.5 a leader responds as soon as it has moved the high watermark (DelayedFetch.tryComplete).
  const std::int64_t next = whole_of(state["high_watermark"]);
  if (held != nullptr || story.cluster().under_zookeeper())
    telling.now("why.hw_copy_next"_w, {{"broker", who}, {"leader", leader}, {"offset", next}}, Weight::Point,
                partition);
  else
    telling.now("why.hw_copy_awaits"_w,
                {{"broker", who},
                 {"leader", leader},
                 {"offset", next},
                 {"ms", server_config(story.cluster(), node).number("replica.fetch.wait.max.ms")}},
                Weight::Point, partition);
}

}  // namespace

std::vector<const Line*> hindered_copies(const Story& story, const std::vector<BrokerId>& replicas, sim::NodeId leads,
                                         std::optional<std::uint64_t> before) {
  std::vector<const Line*> found;
  for (const BrokerId id : replicas)
    if (const Line* l =
            story.hindrance(story.broker_node(id), before.value_or(story.end()), Search{leads}.of(traffic::kCopies));
        l != nullptr && std::find(found.begin(), found.end(), l) == found.end())
      found.push_back(l);
  std::sort(found.begin(), found.end(), [](const Line* a, const Line* b) { return a->seq > b->seq; });
  return found;
}

void tell_watermark(Telling& telling, const std::string& partition) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return;
  const std::int64_t hw = whole_of(state["high_watermark"]), leo = whole_of(state["log_end_offset"]);
  const Line* moved = story.last<fact::HighWatermarkAdvanced>(
      story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (moved != nullptr)
    telling.say("why.hw_moved"_w,
                {{"partition", partition}, {"offset", as<fact::HighWatermarkAdvanced>(*moved).to.value}}, moved,
                Weight::Link, partition);
  if (state["leader"].is_null()) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    telling.now("why.hw_no_leader"_w, {{"partition", partition}}, Weight::Point, partition);
    return;
  }
  const sim::NodeId leads = story.broker_node(state["leader"].get<BrokerId>());
  if (is_silent(story, leads)) {
    const std::string& leader = story.cluster().info(leads).name;
    tell_went_back(telling, partition, moved, hw, false);
    telling.trail(story.silence(leads, story.end()), Weight::Cause);
    tell_shown_by_another(telling, tp, leads, moved);
    tell_nobody_elects(telling);
    telling.now("why.hw_leader_silent"_w, {{"leader", leader}}, Weight::Point, leader);
    return;
  }
  if (tell_shown_by_another(telling, tp, leads, moved)) return tell_went_back(telling, partition, moved, hw, false);
  if (hw >= leo) {
    tell_went_back(telling, partition, moved, hw, false);
    telling.now("why.hw_at_end"_w, {{"partition", partition}, {"offset", leo}}, Weight::Point, partition);
    if (leo == 0 && moved == nullptr) tell_nothing_comes(telling, partition);
    else if (leo == 0) telling.trail(replaced_disk(story, leads, moved->seq), Weight::Cause);
    return;
  }
  const WatermarkWait wait = watermark_wait(story.cluster(), tp);
  tell_went_back(telling, partition, moved, hw, true);
  // What the high watermark waited for before matters less than the lock that the leader holds now.
  if (tell_isr_write_waits(telling, partition, leads)) return;
  if (!wait.for_min_isr) return tell_awaited(telling, partition, state, wait);
  tell_held_below_min_isr(telling, tp);
}

std::optional<Answer> why_watermark(const Story& story, const std::string& path, const std::string& partition) {
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return std::nullopt;
  Telling telling(
      story, path,
      asks("why.q_watermark"_w, {{"partition", partition}, {"offset", whole_of(part_of(state, "high_watermark"))}}));
  tell_watermark(telling, partition);
  return telling.done();
}

std::optional<Answer> why_replicas_watermark(const Asked& asked, const std::string& partition, BrokerId broker) {
  const Story& story = asked.story;
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  const sim::NodeId node = story.broker_node(broker);
  const std::string who = cluster::broker_name(broker);
  const std::int64_t hw = whole_of(asked.value), leaders = whole_of(part_of(state, "high_watermark"));
  Telling telling(story, asked.path,
                  asks("why.q_replicas_watermark"_w, {{"partition", partition}, {"broker", who}, {"offset", hw}}));
  if (part_of(state, "leader") == broker) return tell_watermark(telling, partition), telling.done();
  const Line* told = story.last<fact::FollowerHighWatermark>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  if (told != nullptr && as<fact::FollowerHighWatermark>(*told).to.value == hw)
    telling.say("why.hw_copy_told"_w, {{"broker", who}, {"partition", partition}, {"offset", hw}}, told, Weight::Point,
                who);
  if (part_of(state, "leader").is_null()) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    telling.now("why.replica_no_leader"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, partition);
    return telling.done();
  }
  const sim::NodeId leads = story.broker_node(state["leader"].get<BrokerId>());
  const std::string& leader = story.cluster().info(leads).name;
  const Line* moved = story.last<fact::HighWatermarkAdvanced>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == leads && f.partition == tp; });
  if (hw < leaders && moved != nullptr)
    telling.say("why.hw_moved"_w,
                {{"partition", partition}, {"offset", as<fact::HighWatermarkAdvanced>(*moved).to.value}}, moved,
                Weight::Link, partition);
  if (hw < leaders) tell_watermark_unheard(telling, partition, broker, leads, state, first_beyond(story, tp, hw));
  else
    telling.now(hw == leaders ? "why.hw_copy_same"_w : "why.hw_copy_ahead"_w,
                {{"broker", who}, {"leader", leader}, {"partition", partition}, {"offset", leaders}}, Weight::Point,
                partition);
  return telling.done();
}

}  // namespace kafkascope::observe
