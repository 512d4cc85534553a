// What a group's lag has as its reason besides its own pace: nothing is behind, its Fetch gets no answer, its commits cannot be written.
#include <algorithm>

#include "client/consumer.h"
#include "observe/model/standing.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;

BrokerId fetches_from(const client::Consumer& consumer, TopicPartition tp) {
  const auto& assigned = consumer.subscriptions().assigned;
  const auto at = assigned.find(tp);
  if (at != assigned.end() && at->second.read_replica >= 0) return at->second.read_replica;
  return consumer.metadata().current_leader(tp).known() ? consumer.metadata().partition(tp).leader
                                                        : protocol::kNoBroker;
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

/// The replicas that lack what the leader has written, and of which one is hindered; `silent`: by what. Empty: none.
std::vector<BrokerId> not_copied_by(const Story& story, TopicPartition tp, sim::NodeId leads, const LagLine*& silent) {
  const storage::PartitionLog* written = story.cluster().leader_log(tp);
  if (written == nullptr || written->high_watermark() >= written->log_end_offset()) return {};
  const WatermarkWait wait = watermark_wait(story.cluster(), tp);
  std::vector<BrokerId> awaited = wait.in_sync;
  awaited.insert(awaited.end(), wait.outside.begin(), wait.outside.end());
  for (const BrokerId id : awaited)
    silent = latest({silent, story.hindrance(story.broker_node(id), story.end(), {leads})});
  return silent == nullptr ? std::vector<BrokerId>{} : awaited;
}

}  // namespace

Answer why_nothing_behind(const Story& story, const std::string& path, const std::string& group,
                          const std::string& partition) {
  Telling telling(story, path, asks("why.q_lag_none"_w, {{"group", group}, {"partition", partition}}));
  const LagLine* commit = last_commit(story, group, partition_named(story, partition));
  telling.fact(commit, Weight::Link);
  telling.now("why.lag_none"_w, {{"group", group}, {"partition", partition}}, Weight::Point, group);
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
  const LagLine* silent = story.silence(broker, story.end(), {reader});
  const bool mute = is_silent(story, broker) || c.is_cut(reader, broker) || c.is_cut(broker, reader);
  if (silent == nullptr || (!mute && !fetch_overdue(story, *consumer, from, story.declared(reader)))) return false;
  const BrokerId elected = story.leader_at(tp, story.end());
  telling.trail(silent, Weight::Cause);
  telling.now("why.lag_fetch_in_vain"_w,
              {{"client", c.info(reader).name},
               {"partition", partition},
               {"broker", cluster::broker_name(from)},
               {"other", elected < 0 || elected == from ? std::string() : cluster::broker_name(elected)}},
              Weight::Point, c.info(reader).name);
  return true;
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
  const LagLine* silent = story.silence(leads, story.end(), {reader});
  if (is_silent(story, leads) || c.is_cut(reader, leads)) {
    telling.trail(silent, Weight::Cause);
    telling.now("why.commit_silent"_w, {{"client", client}, {"group", group}, {"broker", broker}}, Weight::Point,
                broker);
    return true;
  }
  const Standing standing = standing_of(*log, c.effective_min_isr(tp));
  if (standing.under_min_isr()) {
    telling.trail(story.below_min_isr(tp, story.end()), Weight::Cause);
    telling.now("why.commit_min_isr"_w,
                {{"client", client}, {"log", name}, {"isr", standing.in_sync}, {"least", standing.min_isr}},
                Weight::Point, client);
    return true;
  }
  const LagLine* follower = nullptr;
  if (const std::vector<BrokerId> lack = not_copied_by(story, tp, leads, follower); !lack.empty()) {
    telling.trail(follower, Weight::Cause);
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
  if (silent == nullptr || (commit != nullptr && commit->seq > silent->seq)) return false;
  telling.trail(silent, Weight::Cause);
  telling.now("why.commit_again"_w, {{"client", client}, {"group", group}, {"broker", broker}}, Weight::Point, broker);
  return true;
}

}  // namespace kafkascope::observe
