// Why a consumer's value in one of its partitions is so: how far its position is from an end of the log, what its position lacks, and what
// it has fetched and not handed over yet. Kafka: SubscriptionState, FetchBuffer.
#include <algorithm>
#include <map>

#include "client/consumer.h"
#include "observe/why/coordinators.h"
#include "observe/why/held_up.h"
#include "observe/why/led.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using OwnLine = Story::Line;
using PositionState = client::AssignedPartition::State;

namespace {

/// A consumer's partition.
struct Own {
  sim::NodeId node;
  std::string client, partition;
  TopicPartition tp;
  const client::Consumer* consumer;
  json row;  // of the state document

  const client::AssignedPartition& assigned() const { return consumer->subscriptions().assigned.at(tp); }
};

const OwnLine* position_set(const Story& story, const Own& own) {
  return story.last<fact::PositionSet>(
      story.end(), [&](const auto& f, const OwnLine& l) { return l.node == own.node && f.partition == own.tp; });
}

const OwnLine* handed_over(const Story& story, const Own& own) {
  return story.last<fact::RecordDelivered>(
      story.end(), [&](const auto& f, const OwnLine& l) { return l.node == own.node && f.partition == own.tp; });
}

/// Tells who wrote what stands in the leader's log at these offsets, and when the last of it came.
void tell_writers(Telling& telling, const Own& own, const storage::PartitionLog& log, std::int64_t from,
                  std::int64_t to) {
  const Story& story = telling.story();
  std::map<std::string, std::int64_t> of;
  std::int64_t records = 0, markers = 0;
  protocol::StoredBatch newest;
  for (const protocol::StoredBatch& batch : log.batches()) {
    if (batch.last_offset().value < from || batch.base_offset.value >= to) continue;
    std::int64_t here = 0;
    for (int i = 0; i < batch.data->count(); ++i) {
      const std::int64_t at = batch.base_offset.value + batch.data->offset_delta(i);
      here += at >= from && at < to;
    }
    records += here;
    if (batch.data->control) markers += here;
    else if (batch.data->client >= 0 && here > 0)
      of[story.cluster().info(sim::NodeId{batch.data->client}).name] += here, newest = batch;
  }
  if (of.empty()) return;
  const OwnLine* last = story.last<fact::LogAppended>(story.end(), [&](const auto& f, const OwnLine&) {
    return f.partition == own.tp && f.leader_epoch == newest.leader_epoch &&
           f.last_offset.value >= newest.base_offset.value && f.base_offset <= newest.base_offset;
  });
  std::string writers;
  for (const auto& [name, wrote] : of)
    writers += (writers.empty() ? "" : ", ") + name + " (" + std::to_string(wrote) + ")";
  const auto some = [](std::int64_t n) { return n > 0 ? std::to_string(n) : std::string(); };
  telling.say("why.own_lag_written"_w,
              {{"partition", own.partition},
               {"writers", writers},
               {"markers", some(markers)},
               {"gone", some(to - std::max(from, log.log_start_offset().value) - records)}},
              last, Weight::Link);
}

/// What keeps the consumer from the coordinator of its group or, as long as it looks for it, from the brokers.
const OwnLine* kept_from_coordinator(const Story& story, const Own& own, const std::string& group) {
  if (own.consumer->group().coordinator() == protocol::kNoBroker)
    if (const OwnLine* away = story.hindrance(own.node, story.end(), Search().of(traffic::kGroups))) return away;
  const auto asked = story.broker_node(story.cluster().coordinator_of(group));
  return asked.valid() ? kept_apart(story, asked, own.node, traffic::kGroups) : nullptr;
}

/// Tells why the position is compared with the leader's log before the consumer fetches: it came from a commit, or there is a new epoch.
void tell_awaits_check(Telling& telling, const Own& own) {
  const Story& story = telling.story();
  const OwnLine *set = position_set(story, own), *elected = last_leader_change(story, own.tp);
  const bool committed = set != nullptr && as<fact::PositionSet>(*set).reason == fact::PositionReason::Committed &&
                         latest({set, handed_over(story, own), elected}) == set;
  telling.fact(committed ? set : elected, Weight::Link);
  telling.now(committed ? "why.position_awaits_check_committed"_w : "why.position_awaits_check"_w,
              {{"client", own.client}, {"partition", own.partition}, {"offset", own.assigned().position.offset.value}},
              Weight::Point, own.client);
}

/// Tells what the consumer's position lacks until it may fetch, and what keeps that from it.
void tell_position_lacks(Telling& telling, const Own& own) {
  const Story& story = telling.story();
  const std::string group = story.group_of(own.node);
  const auto leader = story.broker_node(story.leader_at(own.tp, story.end()));
  const PositionState state = own.assigned().state;
  if (state == PositionState::Initializing) {
    const bool unknown = own.consumer->group().coordinator() == protocol::kNoBroker;
    if (!group.empty()) telling.trail(kept_from_coordinator(story, own, group), Weight::Cause);
    telling.trail(story.last<fact::PartitionsAssigned>(
                      story.end(), [&](const auto&, const OwnLine& l) { return l.node == own.node; }),
                  Weight::Link);
    telling.now(group.empty() ? "why.position_unset"_w
                : unknown     ? "why.position_awaits_coordinator"_w
                              : "why.position_awaits_commit"_w,
                {{"client", own.client}, {"partition", own.partition}, {"group", group}}, Weight::Point, own.client);
    return;
  }
  if (leader.valid()) telling.trail(kept_apart(story, leader, own.node, traffic::kReading), Weight::Cause);
  else telling.trail(last_leader_change(story, own.tp), Weight::Cause);
  if (state == PositionState::AwaitReset)
    telling.now("why.position_awaits_reset"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
  else tell_awaits_check(telling, own);
}

/// Tells what holds the consumer, which has not been handed all that it may read; false: it has. `paced`: if nothing else does, how
/// fast it reads.
bool tell_holds_reader(Telling& telling, const Own& own, bool paced) {
  const Story& story = telling.story();
  const std::int64_t position = whole_of(part_of(own.row, "position"));
  // What it has fetched it hands over without the leader.
  const bool has_fetched = whole_of(part_of(own.row, "buffered")) > 0 && !is_silent(story, own.node);
  if (!has_fetched && tell_cannot_read(telling, own.node, own.partition, position)) return true;
  if (own.assigned().paused) {
    telling.trail(pause_of(story, own.node, own.partition), Weight::Cause);
    telling.now("why.lag_paused"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point, own.client);
    return true;
  }
  if (own.assigned().state != PositionState::Fetching) return tell_position_lacks(telling, own), true;
  const storage::PartitionLog* log = story.cluster().leader_log(own.tp);
  const bool read_all = log != nullptr && position >= log->high_watermark().value;  // then no leader has more for it
  if (!read_all && reads_from_former(story, own.node, own.tp)) {
    tell_former_leader(telling, own.node, own.partition);
    if (story.leader_at(own.tp, story.end()) >= 0) tell_former_end(telling, own.node, own.partition);
    return true;
  }
  const json stable = part_of(own.row, "stable_lag");
  if (whole_of(stable.is_number() ? stable : part_of(own.row, "lag")) == 0) {
    tell_at_the_end(telling, own.node, own.partition, position);
    return false;
  }
  HeldUp held;
  held.stuck = stuck_at(story, own.node);
  if (tell_held_up(telling, held, own.client, own.partition, true)) return true;
  const std::string group = story.group_of(own.node);
  if (!group.empty() && tell_commit_blocks(telling, group, own.node, own.partition)) return true;
  if (stopped_by_exception(story.moment(), own.client)) {
    const json thrown = state_of(story, "/clients/" + own.client + "/exception");
    telling.trail(hindrance_of_reader(story, own.node), Weight::Link);
    telling.now("why.lag_exception"_w, {{"client", own.client}, {"exception", text_of(part_of(thrown, "class"))}},
                Weight::Point, own.client);
    return true;
  }
  if ((has_fetched || !tell_fetch_in_vain(telling, own.node, own.partition)) && paced)
    tell_reads_on(telling, own.node, own.partition);
  return true;
}

/// The distance from the position to an end of the leader's log.
Answer why_own_lag(const Asked& asked, const Own& own) {
  const Story& story = asked.story;
  const std::string& field = asked.part(4);
  Telling telling(story, asked.path, asks_value(own.client + " · " + own.partition + " · " + field, asked.value));
  const storage::PartitionLog* log = story.cluster().leader_log(own.tp);
  const json position = part_of(own.row, "position");
  if (position.is_null()) {
    telling.now("why.own_lag_unknown"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Link,
                own.client);
    tell_position_lacks(telling, own);
    return telling.done();
  }
  if (log == nullptr) {
    telling.trail(last_leader_change(story, own.tp), Weight::Cause);
    telling.now("why.lag_no_leader"_w, {{"partition", own.partition}}, Weight::Point, own.partition);
    return telling.done();
  }
  if (asked.value.is_null()) {
    telling.now("why.own_lag_not_stable"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
    return telling.done();
  }
  const std::int64_t from = whole_of(position), lag = whole_of(asked.value);
  const bool to_end = field == "log_end_lag", to_stable = field == "stable_lag";
  const std::int64_t to = (to_end      ? log->log_end_offset()
                           : to_stable ? log->last_stable_offset()
                                       : log->high_watermark())
                              .value;
  telling.now("why.own_lag"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"position", from},
               {"offset", to},
               {"end", to_end ? "1" : ""},
               {"stable", to_stable ? "1" : ""},
               {"watermark", to_end || to_stable ? "" : "1"}},
              Weight::Point, own.client);
  if (lag > 0) {
    tell_writers(telling, own, *log, from, to);
    tell_holds_reader(telling, own, true);
  } else {
    const OwnLine *got = handed_over(story, own), *set = position_set(story, own);
    telling.fact(latest({got, set}), Weight::Link);
  }
  return telling.done();
}

Answer why_fetch_state(const Asked& asked, const Own& own) {
  const Story& story = asked.story;
  Telling telling(story, asked.path,
                  asks_value(own.client + " · " + own.partition + " · " + asked.part(4), asked.value));
  if (own.assigned().state != PositionState::Fetching) {
    tell_position_lacks(telling, own);
    return telling.done();
  }
  telling.trail(position_set(story, own), Weight::Link);
  if (own.assigned().paused) telling.trail(pause_of(story, own.node, own.partition), Weight::Cause);
  telling.now("why.position_valid"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"offset", whole_of(part_of(own.row, "position"))},
               {"paused", own.assigned().paused ? "1" : ""},
               {"fetches", own.assigned().paused ? "" : "1"}},
              Weight::Point, own.client);
  return telling.done();
}

/// What has been fetched and not been returned by poll().
Answer why_buffered(const Asked& asked, const Own& own) {
  const Story& story = asked.story;
  Telling telling(story, asked.path,
                  asks_value(own.client + " · " + own.partition + " · " + asked.part(4), asked.value));
  const std::int64_t buffered = whole_of(asked.value);
  telling.fact(handed_over(story, own), Weight::Link);
  if (buffered == 0)
    telling.now("why.nothing_buffered"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
  else
    telling.now("why.buffered"_w,
                {{"client", own.client},
                 {"partition", own.partition},
                 {"records", buffered},
                 {"most", setting_of(story, own.node, "max.poll.records")}},
                Weight::Point, own.client);
  if (own.assigned().has_position()) tell_holds_reader(telling, own, false);
  else tell_position_lacks(telling, own);
  if (at_work_since(story, own.node) != nullptr && own.consumer->waiting() > 0)
    telling.now("why.waits_polled"_w, {{"client", own.client}, {"records", own.consumer->waiting()}}, Weight::Link,
                own.client);
  return telling.done();
}

/// The consumer's partition of that name; nullopt: it has none. Its topic may be deleted, and another have its name.
std::optional<TopicPartition> assigned_by(const Story& story, const client::Consumer& consumer,
                                          const std::string& name) {
  for (const auto& [tp, assigned] : consumer.subscriptions().assigned)
    if (story.cluster().name(tp) == name) return tp;
  return std::nullopt;
}

/// Of a topic that is deleted, as long as the consumer has not heard of that.
Answer why_of_deleted(const Asked& asked, const Own& own) {
  const Story& story = asked.story;
  const std::string& field = asked.part(4);
  Telling telling(story, asked.path,
                  field.empty() ? asks("why.q_position"_w, {{"client", own.client}, {"partition", own.partition}})
                                : asks_value(own.client + " · " + own.partition + " · " + field, asked.value));
  telling.fact(latest({handed_over(story, own), position_set(story, own)}), Weight::Link);
  const std::string topic = story.cluster().topic_name(own.tp.topic);
  telling.trail(story.last<fact::TopicDeleted>(
                    story.end(), [&](const auto& f, const OwnLine&) { return f.partition.topic == own.tp.topic; }),
                Weight::Cause);
  telling.now("why.own_topic_deleted"_w,
              {{"topic", topic},
               {"client", own.client},
               {"partition", own.partition},
               {"again", partition_named(story, own.partition).topic >= 0 ? "1" : ""}},
              Weight::Point, own.client);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_subscription(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &partition = asked.part(3), &field = asked.part(4);
  const auto* consumer = story.cluster().role<client::Consumer>(node);
  if (consumer == nullptr) return why_share_subscription(asked, node);
  const std::optional<TopicPartition> tp = assigned_by(story, *consumer, partition);
  if (!tp) return std::nullopt;
  const Own own{node, client,   partition,
                *tp,  consumer, state_of(story, "/clients/" + client + "/subscription/" + partition)};
  if (story.cluster().committed().partition(*tp) == nullptr) return why_of_deleted(asked, own);
  if (asked.part(2) != "subscription") return std::nullopt;
  if (field == "lag" || field == "log_end_lag" || field == "stable_lag") return why_own_lag(asked, own);
  if (field == "fetch_state") return why_fetch_state(asked, own);
  if (field == "buffered") return why_buffered(asked, own);
  return std::nullopt;
}

}  // namespace kafkascope::observe
