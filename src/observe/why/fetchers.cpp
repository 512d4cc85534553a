#include "observe/why/fetchers.h"

#include <algorithm>
#include <set>

#include "broker/broker.h"
#include "broker/fetch_session.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"
#include "raft/quorum_node.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using FetchLine = Story::Line;

namespace {

bool is_fetch(const fact::MessageDelivered& f, bool response) {
  return protocol::is_response(f.api) == response && protocol::api_of(f.api) == protocol::api::Fetch;
}

/// The client's last fetch before that error that the broker answered, in the client's present process.
const FetchLine* last_fetch(const Story& story, sim::NodeId broker, const FetchLine& failed) {
  const FetchLine* started = start_before(story, failed.node, failed.seq);
  const FetchLine* answer = story.trace().find(failed.cause);
  return answer == nullptr ? nullptr
                           : last_message(story, answer->seq, started == nullptr ? 0 : started->seq,
                                          [&](const auto& f, const FetchLine& l) {
                                            return l.node == failed.node && f.from == broker && is_fetch(f, true);
                                          });
}

/// The request that began a session on the broker between the client's last fetch and that error, if only one did: it was the first
/// of its sender there for some time. Null: none, or several.
const FetchLine* evicting(const Story& story, sim::NodeId broker, const FetchLine& failed) {
  constexpr std::int64_t kUnderWayUs = 1'000'000, kGoesOnUs = 5'000'000;
  const FetchLine* fetched = last_fetch(story, broker, failed);
  if (fetched == nullptr) return nullptr;
  const std::uint64_t since = seq_at(story, fetched->time - sim::microseconds(kUnderWayUs));
  const std::uint64_t long_before = seq_at(story, fetched->time - sim::microseconds(kGoesOnUs));
  std::set<sim::NodeId> known{failed.node}, anew;
  const FetchLine* began = nullptr;
  (void)last_message(story, since, long_before, [&](const auto& f, const FetchLine& l) {
    if (l.node == broker && is_fetch(f, false)) known.insert(f.from);
    return false;
  });
  (void)last_message(story, failed.seq, since, [&](const auto& f, const FetchLine& l) {
    if (l.node == broker && is_fetch(f, false) && !known.contains(f.from)) anew.insert(f.from), began = &l;
    return false;
  });
  return anew.size() == 1 ? began : nullptr;
}

}  // namespace

const FetchLine* back_of_fetch_session(const Story& story, sim::NodeId broker, sim::NodeId client,
                                       std::uint64_t before) {
  constexpr std::int64_t kComesBackUs = 5'000'000;
  const FetchLine* failed = story.trace().find(before);
  if (failed == nullptr || failed->node != client) return nullptr;
  const auto started = [&](sim::NodeId node, std::uint64_t until) {
    return story.last<fact::NodeStarted>(
        until, [&](const auto&, const FetchLine& l) { return l.node == node && l.time.us > 0; });
  };
  const FetchLine* restarted = started(broker, before);
  if (restarted != nullptr &&
      latest({restarted, last_fetch(story, broker, *failed), started(client, before)}) == restarted)
    return restarted;
  const FetchLine* began = evicting(story, broker, *failed);
  if (began == nullptr) return nullptr;
  const sim::NodeId by = as<fact::MessageDelivered>(*began).from;
  const FetchLine* back = latest({story.back_again(by, began->seq), started(by, began->seq)});
  return back != nullptr && (began->time - back->time).us <= kComesBackUs ? back : nullptr;
}

void tell_evicted(Telling& telling, const FetchLine& failed) {
  const Story& story = telling.story();
  const auto f = fact_if<fact::ClientError>(failed);
  constexpr auto kUnknown = protocol::ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
  if (!f || f->error != kUnknown || story.injected(kUnknown, f->partition, failed.node, failed.seq) != nullptr) return;
  const sim::NodeId broker = answered_by(story, failed.seq);
  const FetchLine* began = broker.valid() ? evicting(story, broker, failed) : nullptr;
  if (began == nullptr) return;
  const cluster::Cluster& cluster = story.cluster();
  const sim::NodeId by = as<fact::MessageDelivered>(*began).from;
  const protocol::Config config = config_before(story, broker, failed.seq);
  const std::int64_t slots = config.number("max.incremental.fetch.session.cache.slots");
  // Before KAFKA-9401 the cache is one; later each of its shards has an equal part, rounded down.
  const std::int64_t shards = config.version() == protocol::KafkaVersion::V2_5 ? 1 : broker::FetchSessions::kShards;
  telling.say(
      cluster.info(by).kind == cluster::NodeKind::Broker ? "why.session_of_follower"_w : "why.session_of_client"_w,
      {{"who", cluster.info(by).name},
       {"client", cluster.info(failed.node).name},
       {"broker", cluster.info(broker).name},
       {"most", slots / shards * shards},
       {"slots", slots},
       {"shards", shards > 1 ? std::to_string(shards) : std::string()},
       {"each", slots / shards}},
      began, Weight::Point, cluster.info(broker).name);
}

bool has_given_up(const Story& story, TopicPartition tp, BrokerId broker) {
  const sim::NodeId node = story.broker_node(broker);
  if (!node.valid() || !story.cluster().alive(node)) return false;
  const broker::Replica* r = story.cluster().role<broker::Broker>(node)->replica(tp);
  return r != nullptr && r->fetching && r->fetch_failed;
}

const FetchLine* given_up(const Story& story, TopicPartition tp, BrokerId broker) {
  if (!has_given_up(story, tp, broker)) return nullptr;
  const sim::NodeId node = story.broker_node(broker);
  const auto here = [&](const auto& f, const FetchLine& l) { return l.node == node && f.partition == tp; };
  const FetchLine* failed = story.last<fact::ReplicaFailed>(story.end(), here);
  const FetchLine* follows = story.last<fact::BecameFollower>(story.end(), here);
  return latest({failed, follows}) == failed ? failed : nullptr;  // otherwise fenced, and waits for a newer epoch
}

const FetchLine* back_of_given_up(const Story& story, const FetchLine& failed) {
  const auto f = as<fact::ReplicaFailed>(failed);
  if (f.reason == fact::ReplicaFailureReason::LargerThanSegment)
    return story.setting_of(f.partition, "segment.bytes", failed.seq, "log.segment.bytes");
  return story.last<fact::LeaderElected>(failed.seq,
                                         [&](const auto& e, const FetchLine&) { return e.partition == f.partition; });
}

bool tell_given_up(Telling& telling, TopicPartition tp, const std::vector<BrokerId>& brokers) {
  bool told = false;
  for (const BrokerId id : brokers)
    if (const FetchLine* failed = given_up(telling.story(), tp, id)) telling.trail(failed, Weight::Point), told = true;
  return told;
}

// ---------------------------------------------------------------------------------------------- the metadata log

namespace {

/// The metadata log of a controller's or broker's process; null: the node keeps none, or does not run.
const raft::MetadataLog* metadata_log_of(const cluster::Cluster& c, sim::NodeId node) {
  if (!node.valid() || !c.alive(node) || c.under_zookeeper()) return nullptr;
  if (const auto* broker = c.role<broker::Broker>(node)) return &broker->raft().log();
  const cluster::NodeKind kind = c.info(node).kind;
  return kind == cluster::NodeKind::Controller ? &c.voter(node).log() : nullptr;
}

}  // namespace

std::optional<protocol::Offset> truncated_to(const cluster::Cluster& c, sim::NodeId node) {
  const sim::NodeId active = c.active_controller();
  const raft::MetadataLog *own = metadata_log_of(c, node), *leads = metadata_log_of(c, active);
  if (own == nullptr || leads == nullptr || active == node) return std::nullopt;
  const protocol::Offset kept = std::max(own->start_offset(), leads->start_offset());
  protocol::Offset common = std::min(own->end_offset(), leads->end_offset());
  while (common > kept && own->epoch_below(common) != leads->epoch_below(common)) common = common - 1;
  if (common == own->end_offset() || common <= kept) return std::nullopt;
  return common;
}

}  // namespace kafkascope::observe
