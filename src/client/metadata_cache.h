// A client's metadata of the cluster. Kafka: Metadata, MetadataSnapshot, ProducerMetadata,
// NetworkClient.DefaultMetadataUpdater.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/network_client.h"
#include "client/stats.h"
#include "protocol/messages_data.h"
#include "sim/flat_map.h"

namespace kafkascope::client {

/// The metadata of one partition. leader -1: no leader known.
struct BelievedPartition {
  protocol::BrokerId leader = protocol::kNoBroker;
  protocol::LeaderEpoch leader_epoch;
};
/// leader.id kNoNode: no leader known. Kafka: Metadata.LeaderAndEpoch.
struct LeaderAndEpoch {
  ClientNode leader;
  protocol::LeaderEpoch epoch;

  bool known() const { return leader.id != kNoNode; }
  bool operator==(const LeaderAndEpoch&) const = default;
};
struct BelievedTopic {
  std::string name;
  protocol::TopicId id = protocol::kNoTopic;
  std::vector<BelievedPartition> partitions;

  /// An unknown partition is returned as one without a leader.
  BelievedPartition partition(std::int32_t number) const {
    const auto i = static_cast<std::size_t>(number);
    return number >= 0 && i < partitions.size() ? partitions[i] : BelievedPartition{};
  }
};

class MetadataCache {
 public:
  MetadataCache() = default;
  MetadataCache(std::vector<sim::NodeId> bootstrap, const Config& config);

  // The cached metadata.
  const std::vector<ClientNode>& nodes() const { return nodes_; }
  std::optional<ClientNode> node(protocol::BrokerId id) const;
  bool knows(protocol::BrokerId id) const { return find_node(id) != nullptr; }
  const sim::FlatMap<std::string, BelievedTopic>& topics() const { return topics_; }
  const BelievedTopic* topic(std::string_view name) const;
  const BelievedTopic* topic(protocol::TopicId id) const;
  BelievedPartition partition(protocol::TopicPartition p) const;
  /// A leader that is not among the brokers counts as no leader (Metadata.currentLeader).
  LeaderAndEpoch current_leader(protocol::TopicPartition p) const;
  /// The topic's last known name, even if the metadata no longer contains the topic; empty if it was never known.
  std::string_view name_of(protocol::TopicId id) const;
  /// When the last response arrived; Instant{-1} before the first.
  sim::Instant last_success() const { return last_success_; }
  bool bootstrapped() const { return version_ > 0; }
  /// The number of responses so far, for callers that wait for the next one.
  int version() const { return version_; }
  /// Whether a response after the `version`-th refused the topic. Kafka: Metadata.unauthorizedTopics.
  bool refused_since(std::string_view topic, int version) const;
  /// A topic that was refused since the last call; empty if none.
  std::string take_refused() { return std::exchange(newly_refused_, {}); }
  /// A counter that increases whenever a topic or leader may have changed.
  int changes() const { return changes_; }

  // The topics to request: add_topic() adds one, set_topics() replaces all.
  void add_topic(std::string_view name);
  void set_topics(const std::vector<std::string>& names);
  const std::set<std::string, std::less<>>& wanted() const { return wanted_; }
  void request_update() { need_update_ = true; }
  bool update_requested() const { return need_update_; }
  /// The earliest time of the next request; kNever if none is needed.
  sim::Instant next_update(sim::Instant now) const;
  protocol::MetadataRequest request() const;

  // Events that the client reports.
  void on_sent(sim::Instant now);
  void on_failed(Ctx& ctx);
  /// Returns true if anything changed that matters to a sender or fetcher.
  bool update(Ctx& ctx, const protocol::MetadataResponse& response, ClientStats& stats);
  /// KIP-951: an error response has named the new leader.
  bool update_leader(protocol::TopicPartition p, protocol::BrokerId leader, protocol::LeaderEpoch epoch);
  /// Topics that were recreated under the same name since the last call: the old and the new id.
  std::vector<std::pair<protocol::TopicId, protocol::TopicId>> take_recreated() {
    return std::exchange(recreated_, {});
  }
  /// Called with the epoch of a committed offset. If it is newer than the last epoch seen for the partition, metadata
  /// with that epoch is requested, and until it arrives no leader is known. Kafka: Metadata.updateLastSeenEpochIfNewer,
  /// currentLeader.
  void see_epoch(protocol::TopicPartition p, protocol::LeaderEpoch epoch);
  /// KIP-899: forgets everything and starts with the bootstrap servers again.
  void rebootstrap();

  /// When the age of the metadata makes the client ask again (metadata.max.age.ms); kNever if it never received any.
  sim::Instant expires() const { return last_success_.us < 0 ? sim::kNever : last_success_ + max_age_; }

  bool in_flight = false;         // one Metadata request at a time
  bool allow_auto_create = true;  // producers let brokers create unknown topics; consumers use
                                  // allow.auto.create.topics
  bool rebootstraps = true;       // metadata.recovery.strategy (KIP-899)

 private:
  const ClientNode* find_node(protocol::BrokerId id) const;
  BelievedPartition* find_partition(protocol::TopicPartition p);

  std::vector<sim::NodeId> bootstrap_;
  std::vector<ClientNode> nodes_;  // sorted by id
  sim::FlatMap<std::string, BelievedTopic> topics_;
  sim::FlatMap<protocol::TopicId, std::size_t> places_;  // topic id -> index in topics_
  std::map<std::string, protocol::TopicId, std::less<>> last_ids_;
  std::vector<std::pair<protocol::TopicId, protocol::TopicId>> recreated_;
  sim::FlatMap<protocol::TopicPartition, protocol::LeaderEpoch> last_seen_epochs_;
  std::set<std::string, std::less<>> wanted_;
  std::map<std::string, int, std::less<>> refused_;  // topic name -> number of the last response that refused it
  std::string newly_refused_;
  ExponentialBackoff backoff_;
  sim::Duration max_age_ = sim::seconds(300);
  sim::Instant last_refresh_{-1}, last_success_{-1}, allowed_at_{0};
  int attempts_ = 0, equivalent_ = 0, version_ = 0, changes_ = 0;
  bool need_update_ = true;
};

/// The connections and metadata that every kind of client has.
struct ClientCore {
  NetworkClient network;
  MetadataCache metadata;
  sim::TimerId metadata_timer;

  static constexpr std::uint32_t kMetadataPurpose = 1;

  /// Kafka: NetworkClient.leastLoadedNode: a ready connection with the fewest requests in flight, else one being
  /// established, else the one tried longest ago.
  ClientNode least_loaded(Ctx& ctx) const;
  /// Sends a Metadata request if one is due; call it in every step. Returns the latest time for the next call.
  sim::Instant maybe_update_metadata(Ctx& ctx);
  /// Handles a completed Metadata request. Returns true if `done` was one.
  bool on_completed(Ctx& ctx, const Completed& done, ClientStats& stats);
  /// A connection was lost: the metadata may be stale (DefaultMetadataUpdater.handleServerDisconnect).
  void on_connection_lost() { metadata.request_update(); }
};

}  // namespace kafkascope::client
