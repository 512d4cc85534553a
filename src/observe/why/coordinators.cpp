#include "observe/why/coordinators.h"

#include <algorithm>
#include <set>

#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "coordinator/transaction_records.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/messages_data.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

using CoordinatorLine = Story::Line;

/// The response in which a client got its error.
struct ErrorResponse {
  std::optional<protocol::ApiKey> api;
  sim::NodeId from;
  bool is(protocol::ApiKey other) const { return api && *api == other; }
  /// Whether only a transaction coordinator answers this API.
  bool of_transactions() const {
    namespace api = protocol::api;
    return is(api::InitProducerId) || is(api::AddPartitionsToTxn) || is(api::AddOffsetsToTxn) || is(api::EndTxn);
  }
};

ErrorResponse response_with(const Story& story, std::uint64_t error) {
  const CoordinatorLine* line = story.trace().find(error);
  // The errors of several partitions in one response follow one another.
  while (line != nullptr &&
         (is<fact::ClientError>(*line) || is<fact::BatchRetried>(*line) || is<fact::ClientBootstrapped>(*line)))
    line = story.trace().find(line->cause);
  const auto delivered = line == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*line);
  if (!delivered || !protocol::is_response(delivered->api)) return {};
  return {protocol::api_of(delivered->api), delivered->from};
}

/// The partition whose leader should have answered the client. Partition -1: not known.
TopicPartition partition_behind(const Story& story, sim::NodeId client, const ErrorResponse& response) {
  const std::string group = story.group_of(client), id = transactional_id_of(story, client);
  const bool of_group = !group.empty() && !response.of_transactions();
  if (of_group && (id.empty() || !response.is(protocol::api::FindCoordinator)))
    return coordinating_partition(story, group, coordinator::kOffsetsTopic);
  return id.empty() ? TopicPartition{} : coordinating_partition(story, id, coordinator::kTransactionStateTopic);
}

/// Whether the broker had read the log of that partition of __transaction_state before the line, in its present role.
bool had_loaded(const Story& story, TopicPartition tp, sim::NodeId broker, std::uint64_t before) {
  const CoordinatorLine* loaded = story.last<fact::TransactionsLoaded>(
      before, [&](const auto& f, const CoordinatorLine& l) { return l.node == broker && f.partition == tp; });
  const CoordinatorLine* leads = story.last<fact::BecameLeader>(
      before, [&](const auto& f, const CoordinatorLine& l) { return l.node == broker && f.partition == tp; });
  return loaded != nullptr && latest({loaded, leads}) == loaded;
}

/// What gave the partition another leader, or its leader another epoch. If the partition is not known: the last
/// election for any partition of the topic in which the broker became the leader or lost the leadership.
const CoordinatorLine* new_coordinator(const Story& story, TopicPartition tp, const ErrorResponse& response,
                                       std::uint64_t before) {
  if (tp.partition < 0) {
    const std::string_view name =
        response.of_transactions() ? coordinator::kTransactionStateTopic : coordinator::kOffsetsTopic;
    const auto topic = story.cluster().committed().topic_id(name);
    const protocol::BrokerId id = story.names().broker_at(response.from);
    return story.last<fact::LeaderElected>(before, [&](const auto& f, const CoordinatorLine&) {
      return f.partition.topic == topic && (f.leader == id || f.previous == id);
    });
  }
  const auto here = [&](const auto& f, const CoordinatorLine&) { return f.partition == tp; };
  // Under ZooKeeper the controller begins an epoch, too, when it takes a replica out of the ISR; the leader loads anew.
  return latest({story.last<fact::LeaderElected>(before, here),
                 story.cluster().under_zookeeper() ? story.last<fact::IsrChanged>(before, here) : nullptr});
}

/// What keeps a broker, which has told a client that there is no coordinator, from learning that the partition has a
/// leader: a hindrance between the active controller and the broker. Null: the leader is new, there is no leader, or
/// the broker knows of it.
const CoordinatorLine* kept_from_hearing(const Story& story, const CoordinatorLine& elected, sim::NodeId broker,
                                         std::uint64_t failed) {
  constexpr std::int64_t kHeardUs = 1'000'000;
  const CoordinatorLine* error = story.trace().find(failed);
  if (as<fact::LeaderElected>(elected).leader == protocol::kNoBroker || error == nullptr ||
      (error->time - elected.time).us < kHeardUs)
    return nullptr;
  const CoordinatorLine* active =
      story.last<fact::ControllerActive>(failed, [](const auto&, const auto&) { return true; });
  if (active == nullptr) return nullptr;
  // A hindrance at the time when the controller would have told the broker counts more than a later one.
  const CoordinatorLine* away = story.hindrance(broker, std::max(elected.seq, active->seq) + 1, {active->node});
  if (away == nullptr) away = story.silence(broker, failed, {active->node});
  // A death of the broker does not count: the broker is back, because it has answered.
  return away != nullptr && is<fact::Command>(*away) ? away : nullptr;
}

/// A line shortly after the coordinator began the write that has timed out: its followers usually copy within that
/// time.
std::uint64_t begin_of_write(const Story& story, const ErrorResponse& response, std::uint64_t failed) {
  constexpr std::int64_t kReplicatedUs = 100'000;
  const CoordinatorLine* error = story.trace().find(failed);
  const auto& brokers = story.cluster().spec().brokers;
  const auto broker = std::find_if(brokers.begin(), brokers.end(),
                                   [&](const auto& b) { return story.broker_node(b.id) == response.from; });
  if (error == nullptr || broker == brokers.end()) return failed;
  const std::int64_t waited_ms =
      broker->config.number(response.of_transactions() ? "request.timeout.ms" : "offsets.commit.timeout.ms");
  const sim::Instant begun = error->time - sim::milliseconds(waited_ms) + sim::microseconds(kReplicatedUs);
  return std::min(failed, story.trace()[story.trace().first_at(begun)].seq);
}

}  // namespace

TopicPartition coordinating_partition(const Story& story, std::string_view key, std::string_view topic) {
  const auto id = story.cluster().committed().topic_id(topic);
  const protocol::TopicImage* image = story.cluster().committed().topic(id);
  if (image == nullptr || image->partitions.empty()) return {};
  return {id, protocol::partition_for(key, static_cast<std::int32_t>(image->partitions.size()))};
}

GroupSetting group_setting(const Story& story, std::string_view group, std::string_view key, std::uint64_t before) {
  const std::string resource = "group:" + std::string(group);
  const CoordinatorLine* own = story.last<fact::ConfigChanged>(
      before, [&](const auto& f, const CoordinatorLine&) { return f.resource == resource && f.key == key; });
  if (own != nullptr && !as<fact::ConfigChanged>(*own).removed)
    if (const auto value = number_in(as<fact::ConfigChanged>(*own).value.view())) return {std::string(key), *value};
  const std::string of_broker = "group." + std::string(key);
  const TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  return {of_broker, leader_config(story, tp, before).number(of_broker)};
}

bool coordinated(const Story& story, std::string_view group, const CoordinatorLine& line) {
  const TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  const protocol::BrokerId leader = story.leader_at(tp, line.seq);
  return leader < 0 || story.broker_node(leader, line.seq) == line.node;
}

std::optional<const CoordinatorLine*> back_of_lost_coordinator(const Story& story, ErrorCode error, sim::NodeId client,
                                                               std::uint64_t before) {
  if (error != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS && error != ErrorCode::COORDINATOR_NOT_AVAILABLE &&
      error != ErrorCode::NOT_COORDINATOR)
    return std::nullopt;
  const ErrorResponse response = response_with(story, before);
  if (!response.api) return std::nullopt;
  const TopicPartition tp = partition_behind(story, client, response);
  const CoordinatorLine* changed = new_coordinator(story, tp, response, before);
  if (error == ErrorCode::COORDINATOR_NOT_AVAILABLE) {
    if (response.is(protocol::api::FindCoordinator)) {
      const CoordinatorLine* elected = story.last<fact::LeaderElected>(
          before, [&](const auto& f, const CoordinatorLine&) { return f.partition == tp; });
      if (elected == nullptr) return changed;
      const CoordinatorLine* away = kept_from_hearing(story, *elected, response.from, before);
      return away != nullptr ? away : elected;
    }
    if (tp.partition < 0) return std::nullopt;
    // The coordinator leads its partition, but could not write to it.
    const auto in_sync = story.isr_before(tp, before);
    const bool below = in_sync && in_sync->isr.size() < story.cluster().effective_min_isr(tp);
    if (const CoordinatorLine* shrunk = below ? story.below_min_isr(tp, before) : nullptr) return shrunk;
    // Look first at the beginning of the write: a hindrance that began during the wait came too late to delay it.
    const CoordinatorLine* then =
        story.back_of_error(ErrorCode::REQUEST_TIMED_OUT, tp, client, begin_of_write(story, response, before));
    return then != nullptr ? then : story.back_of_error(ErrorCode::REQUEST_TIMED_OUT, tp, client, before);
  }
  if (response.of_transactions() && had_loaded(story, tp, response.from, before) &&
      error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
    return nullptr;
  const auto of_broker = [&](const auto&, const CoordinatorLine& l) {
    return l.node == response.from && l.time.us > 0;
  };
  const CoordinatorLine* offline = story.last<fact::LogDirOffline>(before, of_broker);
  // The partition's leader has restarted: it knows what it coordinates only after it has read its log.
  const bool leads = tp.partition >= 0 && story.broker_node(story.leader_at(tp, before)) == response.from;
  return latest({changed, offline, leads ? story.last<fact::NodeStarted>(before, of_broker) : nullptr});
}

sim::NodeId answered_by(const Story& story, std::uint64_t error) { return response_with(story, error).from; }

bool answers(const Story& story, std::uint64_t error, protocol::ApiKey api) {
  return response_with(story, error).is(api);
}

bool lacked_producer_ids(const Story& story, const CoordinatorLine& failed) {
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || f->error != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) return false;
  const ErrorResponse response = response_with(story, failed.seq);
  const TopicPartition tp = partition_behind(story, failed.node, response);
  return response.is(protocol::api::InitProducerId) && tp.partition >= 0 &&
         had_loaded(story, tp, response.from, failed.seq);
}

std::string topic_in_creation(const Story& story, const CoordinatorLine& failed) {
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || f->error != ErrorCode::COORDINATOR_NOT_AVAILABLE) return {};
  const ErrorResponse response = response_with(story, failed.seq);
  const TopicPartition tp = partition_behind(story, failed.node, response);
  // Both requests make the broker create the topic; AddOffsetsToTxn creates __consumer_offsets.
  const bool asks = response.is(protocol::api::FindCoordinator) || response.is(protocol::api::AddOffsetsToTxn);
  if (!asks || tp.partition < 0) return {};
  // The other brokers learn of the topic a little later.
  constexpr std::int64_t kHeardUs = 1'000'000;
  const auto made = [&](protocol::TopicId topic) {
    const CoordinatorLine* created = story.last<fact::TopicCreated>(
        story.end(), [&](const auto& t, const CoordinatorLine&) { return t.partition.topic == topic; });
    return created != nullptr && created->time.us > 0 ? created : nullptr;
  };
  if (const CoordinatorLine* own = made(tp.topic); own != nullptr && (failed.time - own->time).us < kHeardUs)
    return story.cluster().topic_name(tp.topic);
  // A producer with transactions looks for its own coordinator first, and later for that of a group whose offsets it sends.
  const auto offsets = story.cluster().committed().topic_id(coordinator::kOffsetsTopic);
  const CoordinatorLine* later = offsets >= 0 && offsets != tp.topic ? made(offsets) : nullptr;
  const bool of_group = later != nullptr && std::abs((failed.time - later->time).us) < kHeardUs &&
                        change_of_coordinator(story, failed.node, failed.seq) == nullptr;
  return of_group ? std::string(coordinator::kOffsetsTopic) : std::string();
}

namespace {

/// The partitions whose leaders coordinate the client's transactions and its group.
std::vector<TopicPartition> partitions_of_coordinators(const Story& story, sim::NodeId client) {
  std::vector<TopicPartition> found;
  const auto take = [&](const std::string& key, std::string_view topic) {
    const TopicPartition tp = key.empty() ? TopicPartition{} : coordinating_partition(story, key, topic);
    if (tp.partition >= 0) found.push_back(tp);
  };
  take(transactional_id_of(story, client), coordinator::kTransactionStateTopic);
  take(story.group_of(client), coordinator::kOffsetsTopic);
  return found;
}

}  // namespace

const CoordinatorLine* change_of_coordinator(const Story& story, sim::NodeId client, std::uint64_t before) {
  const CoordinatorLine* found = nullptr;
  for (const TopicPartition tp : partitions_of_coordinators(story, client)) {
    const sim::NodeId leads = story.broker_node(story.leader_at(tp, before));
    found = latest({found,
                    story.last<fact::LeaderElected>(
                        before, [&](const auto& f, const CoordinatorLine&) { return f.partition == tp; }),
                    story.last<fact::NodeStarted>(before, [&](const auto&, const CoordinatorLine& l) {
                      return l.node == leads && l.time.us > 0;
                    })});
  }
  return found;
}

std::string topic_made_meanwhile(const Story& story, const CoordinatorLine& failed) {
  constexpr std::int64_t kMeanwhileUs = 3'000'000;
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || (f->error != ErrorCode::COORDINATOR_NOT_AVAILABLE && f->error != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS &&
             f->error != ErrorCode::NOT_COORDINATOR))
    return {};
  if (story.injected(f->error, f->partition, failed.node, failed.seq) != nullptr ||
      change_of_coordinator(story, failed.node, failed.seq) != nullptr)
    return {};
  for (const TopicPartition tp : partitions_of_coordinators(story, failed.node)) {
    const CoordinatorLine* made = story.first<fact::TopicCreated>(
        0, [&](const auto& t, const CoordinatorLine&) { return t.partition.topic == tp.topic; });
    if (made != nullptr && made->time.us > 0 && std::abs((made->time - failed.time).us) <= kMeanwhileUs)
      return story.cluster().topic_name(tp.topic);
  }
  return {};
}

namespace {

/// The partitions whose leaders wrote the decision's marker, each with that line.
std::vector<const CoordinatorLine*> markers_of(const Story& story, const CoordinatorLine& decided) {
  using enum coordinator::TransactionState;
  const auto f = as<fact::TransactionState>(decided);
  const CoordinatorLine* done =
      story.first<fact::TransactionState>(decided.seq, [&](const auto& later, const CoordinatorLine&) {
        return later.transactional_id == f.transactional_id && (later.to == static_cast<std::int64_t>(CompleteAbort) ||
                                                                later.to == static_cast<std::int64_t>(CompleteCommit));
      });
  std::vector<const CoordinatorLine*> markers;
  std::set<protocol::TopicPartition> found;
  (void)story.first<fact::LogAppended>(decided.seq, [&](const auto&, const CoordinatorLine& l) {
    if (done != nullptr && l.seq > done->seq) return true;
    const protocol::RecordBatch* batch = story.trace().batch_at(l.seq);
    const bool own = batch != nullptr && batch->control && batch->producer_id == f.producer_id;
    if (own && found.insert(place_of(l)).second) markers.push_back(&l);
    return false;
  });
  return markers;
}

/// The node's silence at the later line, if it lay between the decision and that line, in whole or in part.
const CoordinatorLine* silence_since(const Story& story, sim::NodeId node, const CoordinatorLine& decided,
                                     const CoordinatorLine& failed, const Search& search) {
  const CoordinatorLine* silent = story.silence(node, failed.seq, search);
  if (silent == nullptr || silent->seq > decided.seq) return silent;
  return story.hindrance(node, decided.seq + 1, search) == silent ? silent : nullptr;
}

}  // namespace

const CoordinatorLine* delay_of_markers(const Story& story, const CoordinatorLine& decided,
                                        const CoordinatorLine& failed) {
  constexpr std::int64_t kSoonUs = 500'000;  // a coordinator that nothing hinders is done by then
  if ((failed.time - decided.time).us < kSoonUs) return nullptr;
  const CoordinatorLine* found = silence_since(story, decided.node, decided, failed, {});
  for (const CoordinatorLine* marker : markers_of(story, decided)) {
    const auto tp = place_of(*marker);
    const protocol::BrokerId leads = story.leader_at(tp, failed.seq);
    const sim::NodeId leader = story.broker_node(leads, failed.seq);
    if (marker->seq > failed.seq && leads < 0)
      found = latest({found, story.last<fact::LeaderElected>(failed.seq, [&](const auto& f, const CoordinatorLine&) {
                        return f.partition == tp;
                      })});
    if (marker->seq > failed.seq)
      found = latest({found, silence_since(story, leader, decided, failed, Search{decided.node})});
    const auto in_sync = story.isr_before(tp, failed.seq);
    if (marker->seq < failed.seq && in_sync)
      for (const protocol::BrokerId id : in_sync->isr)
        if (id != leads)
          found = latest({found, silence_since(story, story.broker_node(id, failed.seq), decided, failed,
                                               Search().with({leader}).of(traffic::kCopies))});
  }
  return found;
}

}  // namespace kafkascope::observe
