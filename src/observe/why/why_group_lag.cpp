// Why a group lags: its readers, their coordinator, the partition, or the pace.
#include <fmt/format.h>

#include <algorithm>

#include "client/consumer.h"
#include "cluster/acts.h"
#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "observe/model/state_sections.h"
#include "observe/why/coordinators.h"
#include "observe/why/head_of_line.h"
#include "observe/why/held_up.h"
#include "observe/why/led.h"
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

/// The last member that left before the group was empty, if it has not been stable since: a member that joins now ends what it
/// began. Null: not so.
const Line* last_to_leave(const Story& story, const std::string& group) {
  const auto state = [&](std::string_view name) {
    return last_of_group<fact::GroupState>(story, group,
                                           [&](const auto& f) { return coordinator::state_name(f.to) == name; });
  };
  const Line *empty = state("Empty"), *stable = state("Stable");
  if (empty == nullptr || (stable != nullptr && stable->seq > empty->seq)) return nullptr;
  return story.last<fact::GroupMemberLeft>(empty->seq, [&](const auto& f, const Line&) { return f.group == group; });
}

/// Offsets appended to the partition, offsets handed to the client, and records that the client has processed.
struct Pace {
  std::int64_t came = 0, read = 0, done = 0, seconds = kPaceUs / 1'000'000;
  const Line* last = nullptr;  // at which a record came last; null: none did
};

/// What came and what the client did from the line `first` on and before the line `before`.
Pace counted_between(const Story& story, protocol::TopicPartition tp, sim::NodeId client, std::uint64_t first,
                     std::uint64_t before) {
  Pace pace;
  (void)story.last<fact::HighWatermarkAdvanced>(before, [&](const auto& f, const Line& l) {
    if (f.partition == tp && l.seq >= first) {
      pace.came += f.to - f.from;
      if (pace.last == nullptr) pace.last = &l;
    }
    return l.seq < first;
  });
  (void)story.last<fact::RecordDelivered>(before, [&](const auto& f, const Line& l) {
    if (f.partition == tp && l.node == client && l.seq >= first) pace.read += f.last_offset - f.first_offset + 1;
    return l.seq < first;
  });
  (void)story.last<fact::RecordProcessed>(before, [&](const auto& f, const Line& l) {
    if (f.partition == tp && l.node == client && l.seq >= first) ++pace.done;
    return l.seq < first;
  });
  return pace;
}

/// The line at which the client got the partition, if it has read nothing of it since that time and before that line; null: not so.
const Line* got_anew(const Story& story, protocol::TopicPartition tp, sim::NodeId client, sim::Instant since) {
  const std::string partition = story.cluster().name(tp);
  const Line* got = story.last<fact::PartitionsAssigned>(story.end(), [&](const auto& f, const Line& l) {
    const std::vector<std::string> names = l.node == client ? f.partitions.names() : std::vector<std::string>{};
    return std::find(names.begin(), names.end(), partition) != names.end();
  });
  const Line* read =
      got == nullptr ? nullptr : story.last<fact::RecordDelivered>(got->seq, [&](const auto& f, const Line& l) {
        return l.node == client && f.partition == tp;
      });
  return read != nullptr && read->time >= since ? nullptr : got;
}

/// The pace of the last seconds.
Pace pace_of(const Story& story, protocol::TopicPartition tp, sim::NodeId client) {
  std::int64_t seconds = kPaceUs / 1'000'000;
  // What arrived before the partition lost its leader says nothing about now.
  const Line* change = last_leader_change(story, tp);
  if (change != nullptr && as<fact::LeaderElected>(*change).leader < 0)
    seconds = std::clamp<std::int64_t>((story.cluster().now() - change->time).us / 1'000'000, 1, seconds);
  // What an earlier process of the client read does not say how fast this one reads.
  if (const Line* started = start_before(story, client, story.end()); started != nullptr)
    seconds = std::clamp<std::int64_t>((story.cluster().now() - started->time).us / 1'000'000, 1, seconds);
  // What came before the client had the partition does not either.
  const sim::Instant begin = story.cluster().now() - sim::seconds(seconds);
  if (const Line* got = got_anew(story, tp, client, begin); got != nullptr)
    seconds = std::clamp<std::int64_t>((story.cluster().now() - got->time).us / 1'000'000, 1, seconds);
  const std::int64_t since = story.cluster().now().us - seconds * 1'000'000;
  Pace pace = counted_between(story, tp, client, seq_at(story, sim::Instant{since + 1}), story.end());
  pace.seconds = seconds;
  return pace;
}

ReadLately read_lately(const Story& story, sim::NodeId client, const Pace& pace, const json& subscription) {
  ReadLately lately{pace.seconds, pace.read, pace.came, 0, 0};
  for_each_entry(subscription, [&](const std::string& partition, const json&) {
    const Pace of = pace_of(story, partition_named(story, partition), client);
    lately.all_read += of.read, lately.all_came += of.came;
  });
  return lately;
}

/// Whether the client processed clearly fewer of the partition's records than came between these lines.
bool fell_behind(const Story& story, protocol::TopicPartition tp, sim::NodeId client, const Line& from,
                 const Line& until) {
  const Pace pace = counted_between(story, tp, client, from.seq + 1, until.seq);
  return pace.done * 4 < pace.came * 3;
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
      const Line* sent = story.first<fact::BatchSent>(
          l.seq, [&](const auto& b, const Line& x) { return x.node == node && b.partition == tp; });
      if (sent == nullptr) continue;  // its keys go to other partitions
      const auto& usual = spec->rate;
      if (f.verb == "start" ? others > 1
                            : change != nullptr && change->rate &&
                                  (!usual || change->rate->millionths_per_second > usual->millionths_per_second))
        return true;
    }
    return false;
  });
}

/// Tells who wrote the records behind, if the topic has several producers, and one of them wrote them all.
void tell_whose_records(Telling& telling, const std::string& partition, protocol::TopicPartition tp,
                        std::int64_t committed) {
  const Story& story = telling.story();
  const auto& clients = story.cluster().spec().clients;
  const std::string topic = story.cluster().topic_name(tp.topic);
  if (std::count_if(clients.begin(), clients.end(), [&](const auto& c) { return c.topic == topic; }) < 2) return;
  std::int32_t writer = -1;
  const Line* last = nullptr;
  for (const WrittenBatch& written : story.trace().written()) {
    const Line* wrote = story.trace().find(written.seq);
    if (wrote == nullptr || place_of(*wrote) != tp || !is<fact::LogAppended>(*wrote)) continue;
    if (as<fact::LogAppended>(*wrote).last_offset.value < committed) continue;
    if (written.batch->client < 0 || (writer >= 0 && written.batch->client != writer)) return;
    writer = written.batch->client, last = wrote;
  }
  if (last == nullptr) return;
  const std::string& client = story.cluster().info(sim::NodeId{writer}).name;
  telling.now("why.lag_written_by"_w,
              {{"client", client}, {"partition", partition}, {"last", in_seconds(last->time.us)}}, Weight::Link,
              client);
}

/// Tells what keeps the member that has to give the partition up from committing what it has read of it, or from poll(), in
/// which it would give it up; false: nothing does. `state`: of the group, in the state document.
bool tell_cannot_give_up(Telling& telling, const std::string& group, const json& state, const std::string& partition) {
  const Story& story = telling.story();
  const sim::NodeId owner = gives_up(story, state, partition);
  if (!owner.valid() || is_silent(story, owner)) return false;
  HeldUp held;
  held.stuck = stuck_at(story, owner);
  if (!tell_commits_wait(telling, group, owner, partition) &&
      !tell_held_up(telling, held, story.cluster().info(owner).name, partition, true))
    return false;
  tell_not_handed_over(telling, state, partition);
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

/// The last record of the partition that came to a client that can be reached no more, if that is long ago; null: it is reached.
const Line* cut_off_since(const Story& story, sim::NodeId client, protocol::TopicPartition tp) {
  constexpr std::int64_t kLongUs = 2'000'000;
  const Line* got = story.last<fact::RecordDelivered>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == client && f.partition == tp; });
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, story.end()));
  const Line* away =
      leads.valid() ? story.hindrance(client, story.end(), Search{leads}.of(traffic::kReading)) : nullptr;
  return away != nullptr && is_cut(*away) && got != nullptr && (story.cluster().now() - got->time).us > kLongUs
             ? got
             : nullptr;
}

/// Tells how fast the reader reads compared with how fast records arrive. `at`: its subscription in the state document.
void tell_pace(Telling& telling, const std::string& owner, const std::string& partition, const Pace& pace,
               const json& at) {
  constexpr std::int64_t kQuietUs = 2'000'000;
  const cluster::Cluster& c = telling.story().cluster();
  const auto* consumer = c.role<client::Consumer>(c.find(owner));
  if (pace.read == 0 && consumer != nullptr && consumer->waiting() > 0)  // it has not called poll() meanwhile
    return telling.now("why.lag_works_off"_w,
                       {{"client", owner},
                        {"records", consumer->waiting()},
                        {"seconds", pace.seconds},
                        {"done", pace.done},
                        {"partition", partition},
                        {"came", pace.came}},
                       Weight::Point, owner);
  // A transform reads on when its output is acknowledged.
  const cluster::ClientSpec* spec = telling.story().declared(c.find(owner));
  if (pace.read == 0 && spec != nullptr && spec->kind == cluster::ClientKind::Transform) tell_batches(telling, owner);
  const std::int64_t buffered = whole_of(part_of(at, "buffered"));
  const Line* got = cut_off_since(telling.story(), c.find(owner), partition_named(telling.story(), partition));
  if (got != nullptr)
    return telling.now("why.lag_cut_off"_w,
                       {{"client", owner}, {"partition", partition}, {"since", in_seconds(got->time.us)}},
                       Weight::Point, owner);
  constexpr std::int64_t kTooShortUs = 1'000'000;
  const sim::Instant now = c.now();
  if (const Line* anew = got_anew(telling.story(), partition_named(telling.story(), partition), c.find(owner),
                                  now - sim::microseconds(kPaceUs));
      anew != nullptr && (now - anew->time).us < kTooShortUs)
    return telling.now("why.lag_just_got"_w,
                       {{"client", owner}, {"partition", partition}, {"since", in_seconds(anew->time.us)}},
                       Weight::Point, owner);
  // What the reader fetched last may be some records behind at any moment: only a twentieth counts, and only if more
  // records are unread than arrive in a second.
  const json unread = part_of(at, "lag");
  const bool quiet = pace.read > 0 && pace.last != nullptr && (c.now() - pace.last->time).us > kQuietUs &&
                     (!unread.is_number() || whole_of(unread) + buffered > 0);
  const bool slower = pace.read > 0 && (pace.came - pace.read) * 20 > pace.came &&
                      (!unread.is_number() || whole_of(unread) * pace.seconds > pace.came);
  if (quiet)
    telling.now("why.lag_quiet"_w,
                {{"client", owner},
                 {"partition", partition},
                 {"since", in_seconds(pace.last->time.us)},
                 {"buffered", buffered > 0 ? std::to_string(buffered) : std::string()}},
                Weight::Point, owner);
  else if (!slower)
    telling.now(pace.read > pace.came ? "why.lag_falls"_w : "why.lag_stays"_w,
                {{"client", owner}, {"seconds", pace.seconds}, {"read", pace.read}, {"came", pace.came}}, Weight::Point,
                owner);
  else
    telling.now("why.lag_slow"_w,
                {{"client", owner},
                 {"seconds", pace.seconds},
                 {"read", pace.read},
                 {"came", pace.came},
                 {"buffered", buffered > 0 ? std::to_string(buffered) : std::string()}},
                Weight::Point, owner);
}

/// Tells how far the reader gets with the partition: others come first, it went back, a broker delays its answers, or just its pace.
void tell_reads_on(Telling& telling, sim::NodeId client, const std::string& partition, const Pace& pace) {
  const Story& story = telling.story();
  const std::string& owner = story.cluster().info(client).name;
  const json subscription = state_of(story, "/clients/" + owner + "/subscription"),
             at = part_of(subscription, partition);
  if (pace.read > 0
          ? tell_reads_another(telling, owner, partition, subscription, read_lately(story, client, pace, subscription))
          : tell_behind_another(telling, owner, partition, subscription))
    return;
  tell_rewound(telling, owner, partition_named(story, partition), whole_of(part_of(at, "lag")));
  tell_throttled(telling, client);
  tell_fetch_collects(telling, client, partition);
  tell_pace(telling, owner, partition, pace, at);
}

}  // namespace

void tell_reads_on(Telling& telling, sim::NodeId client, const std::string& partition) {
  tell_reads_on(telling, client, partition,
                pace_of(telling.story(), partition_named(telling.story(), partition), client));
}

namespace {

/// The consumer that commits for the group without being its member: it has assigned itself the partition. Null: there is none.
const cluster::ClientSpec* reader_by_assign(const Story& story, const std::string& group, protocol::TopicPartition tp) {
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients)
    if (story.group_of(story.cluster().find(spec.id)) == group &&
        std::any_of(spec.assign.begin(), spec.assign.end(),
                    [&](const auto& name) { return story.cluster().partition(name) == tp; }))
      return &spec;
  return nullptr;
}

/// When the consumer commits next, each empty if it does not apply: the time from which a poll() commits by itself, with
/// the interval; that the application commits; that nobody does.
struct NextCommit {
  std::string due, ms, app, none;
};

NextCommit next_commit(const Story& story, sim::NodeId client) {
  const auto* consumer = story.cluster().role<client::Consumer>(client);
  const cluster::ClientSpec* spec = story.declared(client);
  if (consumer == nullptr || spec == nullptr || !story.cluster().alive(client)) return {};
  const client::GroupMember& member = consumer->group();
  if (!member.options().auto_commit)
    return spec->commit == cluster::CommitMode::None ? NextCommit{{}, {}, {}, "1"} : NextCommit{{}, {}, "1", {}};
  const sim::Instant due = member.timers().auto_commit_due;
  if (due == sim::kNever) return {};
  return {in_seconds(due.us), std::to_string(member.options().auto_commit_interval.us / 1000), {}, {}};
}

}  // namespace

std::optional<Answer> why_lag(const Story& story, const std::string& path, const std::string& group,
                              const std::string& partition) {
  const json state = state_of(story, "/groups/" + group);
  if (!state.is_object()) return std::nullopt;
  const json lag = part_of(part_of(state, "lag"), partition);
  const protocol::TopicPartition tp = partition_named(story, partition);
  if (tp.topic < 0 || !state_of(story, "/partitions/" + partition).is_object()) return std::nullopt;
  const bool share = is_share_group(story, group);
  if (lag == 0) return why_nothing_behind(story, path, group, partition);
  Telling telling(story, path,
                  lag.is_null() ? asks("why.q_no_lag"_w, {{"group", group}, {"partition", partition}})
                                : asks(share ? "why.q_share_lag"_w : "why.q_lag"_w,
                                       {{"group", group}, {"partition", partition}, {"records", lag.dump()}}));
  std::string owner;
  DeadMember dead;
  for_each_entry(part_of(state, "members"), [&](const std::string& name, const json& member) {
    for (const json& p : part_of(member, "assignment"))
      if (p == partition) owner = name, dead = dead_member(story, member);
  });
  if (lag.is_null()) {
    const sim::NodeId reader = story.cluster().find(owner);
    const bool read = story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const Line& l) {
      return l.node == reader && f.partition == tp;
    }) != nullptr;
    if (!read || !tell_commits_wait(telling, group, reader, partition))
      tell_commit_lost(telling, group, reader, partition);
    telling.now("why.no_lag"_w, {{"group", group}, {"partition", partition}}, Weight::Point, group);
    return telling.done();
  }
  telling.fact(story.last<fact::OffsetCommitted>(
                   story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; }),
               Weight::Aside);
  if (share) {
    tell_shared_lag(telling, group, partition, state);
    return telling.done();
  }
  const std::string word = text_of(part_of(state, "state"));
  if (const auto* reader = owner.empty() && word == "Empty" ? reader_by_assign(story, group, tp) : nullptr;
      reader != nullptr) {
    owner = reader->id;
    telling.now("why.lag_by_assign"_w, {{"client", owner}, {"partition", partition}, {"group", group}}, Weight::Link,
                owner);
    if (reader->commit == cluster::CommitMode::None) {
      telling.now("why.lag_no_commits"_w, {{"client", owner}, {"group", group}}, Weight::Point, owner);
      return telling.done();
    }
  }
  const bool rebalances = word == "PreparingRebalance" || word == "CompletingRebalance";
  // A member that rejoins eagerly owns nothing meanwhile; its key may be a dead member's name with a number.
  if (dead.client.valid()) owner = story.cluster().info(dead.client).name;
  const json of_client = state_of(story, "/clients/" + owner);
  const json at = part_of(part_of(of_client, "subscription"), partition);
  if (dead.died == nullptr && rebalances && at.is_null()) dead = dead_member_of(story, group);
  if (dead.died != nullptr) {
    tell_dead_member(telling, group, dead, partition);
    return telling.done();
  }
  if (owner.empty() || (rebalances && at.is_null())) {
    if (tell_cannot_give_up(telling, group, state, partition)) return telling.done();
    if (word == "PreparingRebalance")
      tell_join_phase(telling, group);  // a member that does not join holds all others up
    const Line* left = last_to_leave(story, group);
    if (left == nullptr && rebalances) left = lost_in_rebalance(story, group);
    telling.trail(left != nullptr ? left : last_change_of_group(story, group), Weight::Cause);
    if (tell_not_handed_over(telling, state, partition)) return telling.done();
    const bool settled = word == "Stable" || word == "Empty" || word == "Dead";
    telling.now(settled ? "why.lag_nobody_reads"_w : "why.lag_rebalancing"_w,
                {{"group", group}, {"state", word}, {"partition", partition}}, Weight::Point, group);
    return telling.done();
  }
  const sim::NodeId client = story.cluster().find(owner);
  const Line* silent = hindrance_of_reader(story, client);
  if (!client.valid() || is_silent(story, client)) {
    telling.trail(silent, Weight::Cause);
    telling.now("why.lag_reader_silent"_w, {{"client", owner}, {"partition", partition}}, Weight::Point, owner);
    return telling.done();
  }
  const bool from_former = reads_from_former(story, client, tp);
  if (story.leader_at(tp, story.end()) < 0 && !from_former) {
    telling.trail(last_leader_change(story, tp), Weight::Cause);
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
      tell_pace(telling, owner, partition, pace_of(story, tp, client), at);
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
  const HeldUp held = held_up(story, group, tp, client);
  const bool held_now = held.jumped != nullptr || held.stuck.since != nullptr;  // that explains more
  const Line* got = held_now ? nullptr : tell_nobody_read(telling, group, client, partition, whole_of(lag));
  const Line* surge = surge_of(story, tp);
  const Line* more = latest({silent, surge});
  // A reader that was too slow before more records came would be behind without them, too.
  if (more == surge && silent != nullptr && fell_behind(story, tp, client, *silent, *surge)) more = silent;
  if (latest({got, more}) == more) telling.trail(more, Weight::Cause);
  const Pace pace = pace_of(story, tp, client);
  const bool recovers = uncommitted || pace.read > pace.came || behind == 0;
  if (tell_held_up(telling, held, owner, partition, recovers)) return telling.done();
  // How fast it reads cannot be said yet.
  if (got != nullptr && (story.cluster().now() - got->time).us < 1'000'000) return telling.done();
  if (uncommitted && rebalances && commits_only(text_of(part_of(part_of(of_client, "exception"), "class")))) {
    telling.trail(last_change_of_group(story, group), Weight::Cause);
    telling.now("why.lag_commits_rebalance"_w, {{"client", owner}, {"group", group}}, Weight::Point, owner);
  } else if (uncommitted) {
    if (!tell_earlier_refused(telling, group, client, partition))
      telling.trail(commits_late(story, group, tp, client), Weight::Cause);
    if (!telling.has_root()) tell_came_late(telling, group, partition, whole_of(lag));
    if (!tell_commit_reconnects(telling, group, client, partition))
      tell_commit_unheard(telling, group, client, Weight::Link);
    const NextCommit next = next_commit(story, client);
    telling.now(behind == 0 ? "why.lag_all_uncommitted"_w : "why.lag_uncommitted"_w,
                {{"client", owner},
                 {"records", behind.get<std::int64_t>()},
                 {"due", next.due},
                 {"ms", next.ms},
                 {"app", next.app},
                 {"none", next.none}},
                Weight::Point, owner);
    if (at_work_since(story, client) != nullptr)
      telling.now("why.waits_polled"_w,
                  {{"client", owner}, {"records", story.cluster().role<client::Consumer>(client)->waiting()}},
                  Weight::Link, owner);
  } else {
    tell_reads_on(telling, client, partition, pace);
  }
  const json committed = part_of(part_of(state, "offsets"), partition);
  if (got == nullptr && more == nullptr && committed.is_number())
    tell_whose_records(telling, partition, tp, whole_of(committed));
  return telling.done();
}

/// The lag of a whole group: why it is behind where it is behind most, after its partitions with their lags.
std::optional<Answer> why_lag_of_group(const Asked& asked, const std::string& group) {
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

}  // namespace kafkascope::observe
