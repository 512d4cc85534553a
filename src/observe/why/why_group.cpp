// Why a group is in its state, who left it, and why it lags.
#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "cluster/acts.h"
#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "observe/model/state_sections.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

const Line* last_rebalance(const Story& story, const std::string& group) {
  return story.last<fact::GroupRebalance>(story.end(), [&](const auto& f, const Line&) { return f.group == group; });
}

/// The group's last change that a person would name: a rebalance, a member that left, a new state.
const Line* last_change(const Story& story, const std::string& group) {
  const auto of_group = [&](const auto& f, const Line&) { return f.group == group; };
  const Line* found = last_rebalance(story, group);
  for (const Line* l : {story.last<fact::GroupMemberLeft>(story.end(), of_group),
                        story.last<fact::GroupMemberJoined>(story.end(), of_group)})
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  return found != nullptr ? found : story.last<fact::GroupState>(story.end(), of_group);
}

/// The last member that left before the group was empty, if it has not been stable since: a member that joins now ends what it
/// began. Null: not so.
const Line* last_to_leave(const Story& story, const std::string& group) {
  const auto state = [&](std::string_view name) {
    return story.last<fact::GroupState>(story.end(), [&](const auto& f, const Line&) {
      return f.group == group && coordinator::state_name(f.to) == name;
    });
  };
  const Line *empty = state("Empty"), *stable = state("Stable");
  if (empty == nullptr || (stable != nullptr && stable->seq > empty->seq)) return nullptr;
  return story.last<fact::GroupMemberLeft>(empty->seq, [&](const auto& f, const Line&) { return f.group == group; });
}

/// The time over which a partition's pace is measured.
constexpr std::int64_t kPaceUs = 10'000'000;
/// Offsets appended to the partition, and offsets handed to the client.
struct Pace {
  std::int64_t came = 0, read = 0, seconds = kPaceUs / 1'000'000;
};

Pace pace_of(const Story& story, protocol::TopicPartition tp, sim::NodeId client) {
  Pace pace;
  // What arrived before the partition lost its leader says nothing about now.
  const Line* change =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (change != nullptr && as<fact::LeaderElected>(*change).leader < 0)
    pace.seconds =
        std::clamp<std::int64_t>((story.cluster().now() - change->time).us / 1'000'000, 1, kPaceUs / 1'000'000);
  const std::int64_t since = story.cluster().now().us - pace.seconds * 1'000'000;
  (void)story.last<fact::HighWatermarkAdvanced>(story.end(), [&](const auto& f, const Line& l) {
    if (f.partition == tp && l.time.us > since) pace.came += f.to - f.from;
    return l.time.us <= since;
  });
  (void)story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const Line& l) {
    if (f.partition == tp && l.node == client && l.time.us > since) pace.read += f.last_offset - f.first_offset + 1;
    return l.time.us <= since;
  });
  return pace;
}

/// The last act that made a producer of the topic send more than before.
const Line* surge_of(const Story& story, protocol::TopicPartition tp) {
  const std::string topic = story.cluster().topic_name(tp.topic);
  const auto& clients = story.cluster().spec().clients;
  // A new producer counts as a surge if there were others before.
  const auto others = std::count_if(clients.begin(), clients.end(), [&](const auto& c) { return c.topic == topic; });
  return story.last<fact::Command>(story.end(), [&](const fact::Command& f, const Line& l) {
    const NumberedCommand* act = f.verb == "behave" || f.verb == "start" ? story.command_of(l) : nullptr;
    if (act == nullptr) return false;
    const auto* change = act->command.get_if<cluster::act::Behave>();
    for (const sim::NodeId node : story.nodes_of(l)) {
      const cluster::ClientSpec* spec = story.declared(node);
      if (spec == nullptr || spec->topic != topic) continue;
      const auto& usual = spec->rate;
      if (f.verb == "start" ? others > 1
                            : change != nullptr && change->rate &&
                                  (!usual || change->rate->millionths_per_second > usual->millionths_per_second))
        return true;
    }
    return false;
  });
}

/// The record on which an application works in its polling thread.
struct AtWork {
  const Line* since = nullptr;  // the line at which it began; null: it works on none, or not for long
  protocol::TopicPartition partition;
  protocol::Offset offset;
  const Line* left = nullptr;  // max.poll.interval.ms passed over it before: that member left; null: not so
  std::int64_t handed = 0;     // how often the group's members got it
};

/// What held up the reader or the partition until shortly before, or holds it up now.
struct HeldUp {
  const Line* elected =
      nullptr;                 // a leader took over from one that did not respond, and the reader got nothing meanwhile
  const Line* read = nullptr;  // what the reader got before that; null: nothing
  const Line* jumped = nullptr;  // the reader's position was reset beyond the group's last commit
  std::int64_t skipped = 0;      // by that jump
  AtWork stuck;
};

/// A record that takes longer than this is worth a sentence.
constexpr std::int64_t kStuckUs = 3'000'000;

/// Counts how often the group's members got the record, and finds the last of them that left for max.poll.interval.ms
/// while it had it.
void find_poll_timeout(const Story& story, RecordName record, const std::string& group, AtWork& found) {
  const Line* gone = story.last<fact::GroupMemberLeft>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && f.said == "consumer poll timeout has expired.";
  });
  if (gone == nullptr) return;
  const sim::NodeId had = story.client_of_member(as<fact::GroupMemberLeft>(*gone).member.view());
  const Line* got = nullptr;  // the last delivery to that member before it left
  (void)story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const Line& l) {
    if (f.group != group || f.partition != found.partition) return false;
    for (const TraceStore::Handed& of : story.trace().handed_at(l.seq)) {
      if (of.client != record.client || of.number != record.number) continue;
      ++found.handed;
      if (got == nullptr && l.node == had && l.seq < gone->seq) got = &l;
    }
    return false;
  });
  const Line* done =
      got == nullptr ? nullptr : story.first<fact::RecordProcessed>(got->seq, [&](const auto& f, const Line& l) {
        return l.node == had && l.seq < gone->seq && f.partition == found.partition && f.offset == found.offset;
      });
  const Line* beyond = story.last<fact::OffsetCommitted>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && f.partition == found.partition && f.offset > found.offset;
  });
  if (got != nullptr && done == nullptr && beyond == nullptr) found.left = gone;
}

/// The record that the reader has worked on in its polling thread for long, of whichever partition.
AtWork stuck_at(const Story& story, sim::NodeId client) {
  const auto* consumer = story.cluster().role<client::Consumer>(client);
  if (consumer == nullptr || consumer->activity() != client::Consumer::Activity::Working) return {};
  const auto own = [&](const auto&, const Line& l) { return l.node == client; };
  const Line* last = latest(
      {story.last<fact::RecordDelivered>(story.end(), own), story.last<fact::RecordProcessed>(story.end(), own)});
  if (last == nullptr) return {};
  RecordName record;  // the polling thread's comes last
  consumer->for_each_in_hand([&](const protocol::RecordBatch& batch, int index) {
    record = {batch.client, batch.records.number(static_cast<std::size_t>(index))};
  });
  AtWork found;
  const Line* handed = story.last<fact::RecordDelivered>(story.end(), [&](const auto&, const Line& l) {
    if (l.node != client) return false;
    for (const TraceStore::Handed& of : story.trace().handed_at(l.seq))
      if (of.client == record.client && of.number == record.number) found.offset = of.offset;
    return found.offset.known();
  });
  if (handed == nullptr) return {};
  found.partition = as<fact::RecordDelivered>(*handed).partition;
  find_poll_timeout(story, record, story.group_of(client), found);
  if (found.left != nullptr || (story.cluster().now() - last->time).us >= kStuckUs) found.since = last;
  return found;
}

/// The election in the last seconds until which the reader got nothing of the partition, because its leader did not respond. Sets `read`.
const Line* waited_for(const Story& story, protocol::TopicPartition tp, sim::NodeId client, const Line*& read) {
  constexpr std::int64_t kWaitedUs = 1'000'000;
  const Line* elected =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (elected == nullptr || (story.cluster().now() - elected->time).us > kPaceUs) return nullptr;
  const auto f = as<fact::LeaderElected>(*elected);
  if (f.leader < 0 || story.hindrance(story.broker_node(f.previous), elected->seq) == nullptr) return nullptr;
  const auto own = [&](const auto& of, const Line& l) { return of.partition == tp && l.node == client; };
  read = story.last<fact::RecordDelivered>(elected->seq, own);
  // It may still be served: by a follower (KIP-392), or by the old leader, if that one is cut off from others only.
  const Line* since = read != nullptr ? read : story.last<fact::PositionSet>(elected->seq, own);
  return since != nullptr && (elected->time - since->time).us >= kWaitedUs ? elected : nullptr;
}

HeldUp held_up(const Story& story, const std::string& group, protocol::TopicPartition tp, sim::NodeId client) {
  HeldUp held;
  held.elected = waited_for(story, tp, client, held.read);
  const Line* commit = story.last<fact::OffsetCommitted>(
      story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
  const auto own = [&](const auto& f, const Line& l) { return f.partition == tp && l.node == client; };
  const Line* set = story.last<fact::PositionSet>(story.end(), own);
  if (commit != nullptr && set != nullptr && set->seq > commit->seq) {
    const Line* read = story.last<fact::RecordDelivered>(set->seq, own);
    protocol::Offset from = as<fact::OffsetCommitted>(*commit).offset;
    if (read != nullptr) from = std::max(from, as<fact::RecordDelivered>(*read).last_offset + 1);
    held.skipped = as<fact::PositionSet>(*set).offset - from;
    if (held.skipped > 0) held.jumped = set;
  }
  held.stuck = stuck_at(story, client);
  return held;
}

/// Tells that the reader is stuck, or has jumped, or had nothing to read until another leader was elected; false: none of these.
/// `recovers`: it reads faster than records arrive, or has read them all.
bool tell_held_up(Telling& telling, const HeldUp& held, const std::string& owner, const std::string& partition,
                  bool recovers) {
  if (held.jumped != nullptr) {
    telling.trail(held.jumped, Weight::Cause);
    telling.now("why.lag_skipped"_w,
                {{"client", owner},
                 {"to", as<fact::PositionSet>(*held.jumped).offset.value},
                 {"records", held.skipped},
                 {"partition", partition}},
                Weight::Point, owner);
    return true;
  }
  if (const AtWork& stuck = held.stuck; stuck.since != nullptr) {
    const std::string at = telling.story().cluster().name(stuck.partition);
    const std::int64_t offset = stuck.offset.value;
    telling.say("why.lag_stuck"_w, {{"client", owner}, {"offset", offset}, {"at", at}}, stuck.since, Weight::Point,
                owner);
    telling.trail(stuck.left, Weight::Cause);
    const cluster::ClientSpec* spec = telling.story().declared(telling.story().cluster().find(owner));
    if (stuck.left != nullptr && spec != nullptr)
      telling.now("why.lag_slow_record"_w,
                  {{"client", owner},
                   {"offset", offset},
                   {"at", at},
                   {"times", stuck.handed},
                   {"ms", spec->config.number("max.poll.interval.ms")}},
                  Weight::Point, owner);
    else
      telling.now("why.lag_stuck_now"_w, {{"client", owner}, {"offset", offset}, {"at", at}, {"partition", partition}},
                  Weight::Point, owner);
    return true;
  }
  if (held.elected == nullptr || recovers) return false;
  telling.trail(held.elected, Weight::Cause);
  telling.now(
      "why.lag_after_election"_w,
      {{"client", owner},
       {"partition", partition},
       {"since", held.read == nullptr ? "" : fmt::format("{:.3f}", static_cast<double>(held.read->time.us) / 1e6)},
       {"leader", cluster::broker_name(as<fact::LeaderElected>(*held.elected).leader)}},
      Weight::Point, owner);
  return true;
}

/// The exception of an automatic commit, after which the client reads on. ConsumerCoordinator.autoCommitOffsetsAsync.
bool commits_only(const std::string& exception) {
  return exception == "RebalanceInProgressException" || exception == "RetriableCommitFailedException";
}

/// The exception that keeps the client from reading; null: there is none, or the client has gone on since.
json exception_of(const Story& story, const json& of_client, sim::NodeId client, protocol::TopicPartition tp) {
  const json thrown = part_of(of_client, "exception");
  if (commits_only(text_of(part_of(thrown, "class")))) return nullptr;
  const std::int64_t at = whole_of(part_of(thrown, "at_us"));
  const auto since = [&](const Line* l) { return l != nullptr && l->time.us > at; };
  const bool over =
      since(story.last<fact::RecordDelivered>(
          story.end(), [&](const auto& f, const Line& l) { return l.node == client && f.partition == tp; })) ||
      since(story.last<fact::PartitionsAssigned>(story.end(),
                                                 [&](const auto&, const Line& l) { return l.node == client; }));
  return over ? json(nullptr) : thrown;
}

/// The group is known, and its coordinator does not respond.
bool coordinator_silent(const Story& story, const std::string& group) {
  const sim::NodeId node = story.broker_node(story.cluster().coordinator_of(group));
  if (!node.valid()) return false;
  const auto its = [&](const auto& f, const Line&) { return f.group == group; };
  const bool known = story.last<fact::GroupState>(story.end(), its) != nullptr ||
                     story.last<fact::GroupMemberJoined>(story.end(), its) != nullptr ||
                     story.last<fact::OffsetCommitted>(story.end(), its) != nullptr;
  return known && is_silent(story, node);
}

/// Tells how fast the reader reads compared with how fast records arrive. `at`: its subscription in the state document.
void tell_pace(Telling& telling, const std::string& owner, const Pace& pace, const json& of_client, const json& at) {
  // What the reader fetched last may be some records behind at any moment: only a twentieth counts.
  const bool slower = pace.read > 0 && (pace.came - pace.read) * 20 > pace.came;
  if (!slower)
    telling.now(pace.read > pace.came ? "why.lag_falls"_w : "why.lag_stays"_w,
                {{"client", owner}, {"seconds", pace.seconds}, {"read", pace.read}, {"came", pace.came}}, Weight::Point,
                owner);
  else
    telling.now("why.lag_slow"_w,
                {{"client", owner},
                 {"rate", whole_of(part_of(of_client, "records_per_s"))},
                 {"buffered", at.is_null() ? std::string() : part_of(at, "buffered").dump()}},
                Weight::Point, owner);
}

}  // namespace

std::optional<Answer> why_group_unknown(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& group = asked.part(1);
  if (!coordinator_silent(story, group)) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_group_unknown"_w, {{"group", group}}));
  const sim::NodeId node = story.broker_node(story.cluster().coordinator_of(group));
  const std::string& broker = story.cluster().info(node).name;
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  telling.now("why.group_coordinator_silent"_w, {{"group", group}, {"broker", broker}}, Weight::Point, broker);
  return telling.done();
}

std::optional<Answer> why_lag(const Story& story, const std::string& path, const std::string& group,
                              const std::string& partition) {
  const json state = state_of(story, "/groups/" + group);
  if (!state.is_object()) return std::nullopt;
  const json lag = part_of(part_of(state, "lag"), partition);
  const protocol::TopicPartition tp = partition_named(story, partition);
  if (tp.topic < 0 || !state_of(story, "/partitions/" + partition).is_object()) return std::nullopt;
  const bool share = text_of(part_of(state, "protocol")) == "share";
  if (lag == 0) return why_nothing_behind(story, path, group, partition);
  Telling telling(story, path,
                  lag.is_null() ? asks("why.q_no_lag"_w, {{"group", group}, {"partition", partition}})
                                : asks(share ? "why.q_share_lag"_w : "why.q_lag"_w,
                                       {{"group", group}, {"partition", partition}, {"records", lag.dump()}}));
  if (lag.is_null()) {
    telling.now("why.no_lag"_w, {{"group", group}, {"partition", partition}}, Weight::Point, group);
    return telling.done();
  }
  telling.fact(story.last<fact::OffsetCommitted>(
                   story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; }),
               Weight::Aside);
  std::string owner;
  DeadMember dead;
  for_each_entry(part_of(state, "members"), [&](const std::string& name, const json& member) {
    for (const json& p : part_of(member, "assignment"))
      if (p == partition) owner = name, dead = dead_member(story, member);
  });
  if (share) {
    tell_shared_lag(telling, group, partition, state);
    return telling.done();
  }
  const std::string word = text_of(part_of(state, "state"));
  const bool rebalances = word == "PreparingRebalance" || word == "CompletingRebalance";
  // A member that rejoins eagerly owns nothing meanwhile; its key may be a dead member's name with a number.
  if (dead.client.valid()) owner = story.cluster().info(dead.client).name;
  const json of_client = state_of(story, "/clients/" + owner);
  const json at = part_of(part_of(of_client, "subscription"), partition);
  if (dead.died == nullptr && rebalances && at.is_null()) dead = dead_member_of(story, state);
  if (dead.died != nullptr) {
    tell_dead_member(telling, group, dead, partition);
    return telling.done();
  }
  if (owner.empty() || (rebalances && at.is_null())) {
    if (const Line* left = last_to_leave(story, group)) telling.trail(left, Weight::Cause);
    else telling.trail(last_change(story, group), Weight::Cause);
    const bool settled = word == "Stable" || word == "Empty" || word == "Dead";
    telling.now(settled ? "why.lag_nobody_reads"_w : "why.lag_rebalancing"_w,
                {{"group", group}, {"state", word}, {"partition", partition}}, Weight::Point, group);
    return telling.done();
  }
  const sim::NodeId client = story.cluster().find(owner);
  const Line* silent = story.hindrance(client, story.end());
  if (!client.valid() || is_silent(story, client)) {
    telling.trail(silent, Weight::Cause);
    telling.now("why.lag_reader_silent"_w, {{"client", owner}, {"partition", partition}}, Weight::Point, owner);
    return telling.done();
  }
  const bool from_former = reads_from_former(story, client, tp);
  if (story.leader_at(tp, story.end()) < 0 && !from_former) {
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    telling.now("why.lag_no_leader"_w, {{"partition", partition}}, Weight::Point, partition);
    return telling.done();
  }
  if (const json thrown = exception_of(story, of_client, client, tp); thrown.is_object()) {
    const std::string name = text_of(part_of(thrown, "class"));
    const Line* commit = story.last<fact::OffsetCommitted>(
        story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
    const std::int64_t next = commit == nullptr ? 0 : as<fact::OffsetCommitted>(*commit).offset.value;
    // The records at its position are gone: retention removed them first.
    const Line* gone = name.find("OffsetOutOfRange") == std::string::npos
                           ? nullptr
                           : story.first<fact::LogStartAdvanced>(
                                 0, [&](const auto& f, const Line&) { return f.partition == tp && f.to.value > next; });
    telling.fact(gone, Weight::Cause);
    telling.trail(gone != nullptr ? story.silence(client, gone->seq) : silent, Weight::Link);
    telling.now("why.lag_exception"_w, {{"client", owner}, {"exception", name}}, Weight::Point, owner);
    return telling.done();
  }
  if (part_of(at, "paused") == true) {
    telling.trail(pause_of(story, client, partition), Weight::Cause);
    telling.now("why.lag_paused"_w, {{"client", owner}, {"partition", partition}}, Weight::Point, owner);
    return telling.done();
  }
  if (from_former) tell_former_leader(telling, client, partition);
  if (from_former && story.leader_at(tp, story.end()) >= 0) {
    // How far it is behind the former leader says nothing about the group's lag.
    if (!tell_former_end(telling, client, partition))
      tell_pace(telling, owner, pace_of(story, tp, client), of_client, at);
    return telling.done();
  }
  const json behind = part_of(at, "lag");
  const bool uncommitted = behind.is_number() && lag.is_number() && whole_of(behind) * 2 <= whole_of(lag);
  // It has read all that read_committed allows: the transaction in its way is the cause.
  if (part_of(at, "stable_lag") == 0 && whole_of(behind) > 0 && !uncommitted) {
    tell_stable_offset(telling, partition);
    return telling.done();
  }
  if (tell_commit_blocks(telling, group, client, partition)) return telling.done();
  if (uncommitted ? tell_commits_wait(telling, group, client, partition)
                  : tell_fetch_in_vain(telling, client, partition))
    return telling.done();
  telling.trail(latest({silent, surge_of(story, tp)}), Weight::Cause);
  const Pace pace = pace_of(story, tp, client);
  const bool recovers = uncommitted || pace.read > pace.came || behind == 0;
  if (tell_held_up(telling, held_up(story, group, tp, client), owner, partition, recovers)) return telling.done();
  if (uncommitted && rebalances && commits_only(text_of(part_of(part_of(of_client, "exception"), "class")))) {
    telling.trail(last_change(story, group), Weight::Cause);
    telling.now("why.lag_commits_rebalance"_w, {{"client", owner}, {"group", group}}, Weight::Point, owner);
  } else if (uncommitted)
    telling.now(behind == 0 ? "why.lag_all_uncommitted"_w : "why.lag_uncommitted"_w,
                {{"client", owner}, {"records", behind.get<std::int64_t>()}}, Weight::Point, owner);
  else tell_pace(telling, owner, pace, of_client, at);
  return telling.done();
}

namespace {
/// The lag of a whole group: why it is behind where it is behind most, after its partitions with their lags.
std::optional<Answer> why_most_lag(const Asked& asked, const std::string& group) {
  constexpr std::size_t kMost = 4;
  std::string most, all;
  std::int64_t highest = -1, total = 0;
  std::size_t partitions = 0;
  bool known = true;  // all lags are: of each partition there is a commit
  for_each_entry(asked.value, [&](const std::string& partition, const json& lag) {
    const std::int64_t records = whole_of(lag);
    known = known && lag.is_number();
    total += records;
    ++partitions;
    if (partitions <= kMost) all += (all.empty() ? "" : ", ") + partition + " " + std::to_string(records);
    if (records > highest) most = partition, highest = records;
  });
  if (most.empty()) return std::nullopt;
  if (partitions > kMost) all += ", …";
  std::optional<Answer> answer = why_lag(asked.story, asked.path + "/" + most, group, most);
  if (!answer || partitions == 1 || answer->steps.size() >= 4 || (total == 0 && !known)) return answer;
  const words::Key key = total > 0 ? "why.lag_of_group"_w : "why.lag_of_group_none"_w;
  WhyStep whole{both(key, {{"group", group}, {"records", total}, {"partitions", all}}),
                key,
                0,
                asked.story.cluster().now(),
                group,
                WhyStep::World::This};
  answer->steps.push_back(std::move(whole));
  return answer;
}
}  // namespace

std::optional<Answer> why_group(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &field = asked.part(2);
  if (group.empty()) return std::nullopt;
  if (field == "lag" && asked.parts.size() == 4) return why_lag(story, asked.path, group, asked.part(3));
  if (field == "lag" && asked.parts.size() == 3) return why_most_lag(asked, group);
  if (field == "members" && asked.parts.size() >= 4)
    return asked.value.is_null() ? why_no_member(asked) : why_is_member(asked);
  if (field == "offsets" && asked.parts.size() == 4) {
    Telling telling(
        story, asked.path,
        asks("why.q_value"_w, {{"path", group + " · " + asked.part(3)}, {"value", plain_value(asked.value)}}));
    const auto tp = partition_named(story, asked.part(3));
    const Line* commit = story.last<fact::OffsetCommitted>(
        story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
    if (commit == nullptr)
      telling.now("why.never_committed"_w, {{"group", group}, {"partition", asked.part(3)}}, Weight::Point, group);
    else telling.trail(commit, Weight::Point);
    return telling.done();
  }
  if (field == "coordinator") {
    Telling telling(story, asked.path, asks("why.q_coordinator"_w, {{"group", group}, {"broker", asked.value.dump()}}));
    const cluster::Cluster& c = story.cluster();
    const std::int32_t offsets = c.committed().topic_id("__consumer_offsets");
    const protocol::TopicImage* image = c.committed().topic(offsets);
    const protocol::TopicPartition own{
        offsets,
        image == nullptr ? -1 : protocol::partition_for(group, static_cast<std::int32_t>(image->partitions.size()))};
    telling.trail(story.last<fact::GroupLoaded>(
                      story.end(), [&](const auto& f, const Line& l) { return l.time.us > 0 && f.partition == own; }),
                  Weight::Link);
    telling.now("why.coordinator"_w, {{"group", group}}, Weight::Point, group);
    return telling.done();
  }
  if (!field.empty() && field != "state" && field != "generation" && field != "rebalances" && field != "members" &&
      field != "assignment_epoch" && field != "leader")
    return std::nullopt;
  const std::string word = text_of(state_of(story, "/groups/" + group + "/state"));
  Telling telling(story, asked.path,
                  field == "generation" || field == "rebalances" || field == "assignment_epoch"
                      ? asks("why.q_rebalanced"_w, {{"group", group}})
                      : asks("why.q_group"_w, {{"group", group}, {"state", word}}));
  const Line* change = last_change(story, group);
  if (field == "generation" || field == "rebalances" || field == "assignment_epoch")
    if (const Line* rebalance = last_rebalance(story, group)) change = rebalance;
  if (change != nullptr) telling.trail(change, Weight::Point);
  const Line* became =
      story.last<fact::GroupState>(story.end(), [&](const auto& f, const Line&) { return f.group == group; });
  if (became != nullptr && change != nullptr && became->seq > change->seq) telling.fact(became, Weight::Link);
  const DeadMember dead =
      word == "PreparingRebalance" ? dead_member_of(story, state_of(story, "/groups/" + group)) : DeadMember{};
  const broker::Broker* coordinator = nullptr;
  if (dead.died != nullptr) tell_dead_member(telling, group, dead, "");
  else if (const auto* classic = find_group(story.cluster(), group, &coordinator);
           word == "PreparingRebalance" && classic != nullptr && classic->initial_delay)
    telling.now("why.group_initial_delay"_w, {{"group", group}}, Weight::Point, group);
  else if (word == "PreparingRebalance")
    telling.now("why.group_awaits_joins"_w, {{"group", group}}, Weight::Point, group);
  if (word == "CompletingRebalance") telling.now("why.group_awaits_sync"_w, {{"group", group}}, Weight::Point, group);
  if (telling.empty()) telling.now("why.group_untouched"_w, {{"group", group}}, Weight::Point, group);
  return telling.done();
}

}  // namespace kafkascope::observe
