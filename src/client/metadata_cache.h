// What a client believes about the cluster. Kafka: Metadata, MetadataSnapshot, ProducerMetadata, NetworkClient.DefaultMetadataUpdater.
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
#include "sim/flat_map.h"

namespace kafkascope::client {

/// Belief about one partition. leader -1: none known.
struct BelievedPartition {
  protocol::BrokerId leader = protocol::kNoBroker;
  protocol::LeaderEpoch leader_epoch;
};
struct BelievedTopic {
  std::string name;
  protocol::TopicId id = protocol::kNoTopic;
  std::vector<BelievedPartition> partitions;

  /// Of a partition that it does not know: as one without a leader.
  BelievedPartition partition(std::int32_t number) const {
    const auto i = static_cast<std::size_t>(number);
    return number >= 0 && i < partitions.size() ? partitions[i] : BelievedPartition{};
  }
};

class MetadataCache {
 public:
  MetadataCache() = default;
  MetadataCache(std::vector<sim::NodeId> bootstrap, const Config& config);

  // What is known.
  const std::vector<ClientNode>& nodes() const { return nodes_; }
  std::optional<ClientNode> node(protocol::BrokerId id) const;
  bool knows(protocol::BrokerId id) const { return find_node(id) != nullptr; }
  const sim::FlatMap<std::string, BelievedTopic>& topics() const { return topics_; }
  const BelievedTopic* topic(std::string_view name) const;
  const BelievedTopic* topic(protocol::TopicId id) const;
  BelievedPartition partition(protocol::TopicPartition p) const;
  /// Its name as last heard, even where nothing else is known of it now; empty if it was never heard of.
  std::string_view name_of(protocol::TopicId id) const;
  /// When it was last answered; before the first answer Instant{-1}.
  sim::Instant last_success() const { return last_success_; }
  bool bootstrapped() const { return version_ > 0; }
  /// Counts answers, for whoever waits for the next one.
  int version() const { return version_; }
  /// The topic was refused in an answer later than the `version`-th. Kafka: Metadata.unauthorizedTopics.
  bool refused_since(std::string_view topic, int version) const;
  /// One that was refused since the last call; empty: none.
  std::string take_refused() { return std::exchange(newly_refused_, {}); }
  /// Counts whatever may have changed a topic or a leader.
  int changes() const { return changes_; }

  // What is wanted.
  void add_topic(std::string_view name);
  void set_topics(const std::vector<std::string>& names);
  const std::set<std::string, std::less<>>& wanted() const { return wanted_; }
  void request_update() { need_update_ = true; }
  bool update_requested() const { return need_update_; }
  /// Not before which the next request may go; kNever when none is due.
  sim::Instant next_update(sim::Instant now) const;
  protocol::MetadataRequest request() const;

  // What happens.
  void on_sent(sim::Instant now);
  void on_failed(Ctx& ctx);
  /// True if anything changed that a sender or fetcher must look at.
  bool update(Ctx& ctx, const protocol::MetadataResponse& response, ClientStats& stats);
  /// KIP-951: an error answer named the new leader.
  bool update_leader(protocol::TopicPartition p, protocol::BrokerId leader, protocol::LeaderEpoch epoch);
  /// Topics that were made anew under their old names since the last call: the id before and the id now.
  std::vector<std::pair<protocol::TopicId, protocol::TopicId>> take_recreated() {
    return std::exchange(recreated_, {});
  }
  /// KIP-899: forget everything, begin with the bootstrap servers again.
  void rebootstrap();

  bool in_flight = false;         // one Metadata request at a time
  bool allow_auto_create = true;  // producers create unknown topics; consumers as allow.auto.create.topics says
  bool rebootstraps = true;       // metadata.recovery.strategy (KIP-899)

 private:
  const ClientNode* find_node(protocol::BrokerId id) const;

  std::vector<sim::NodeId> bootstrap_;
  std::vector<ClientNode> nodes_;  // sorted by id
  sim::FlatMap<std::string, BelievedTopic> topics_;
  sim::FlatMap<protocol::TopicId, std::size_t> places_;  // in topics_
  std::map<std::string, protocol::TopicId, std::less<>> last_ids_;
  std::vector<std::pair<protocol::TopicId, protocol::TopicId>> recreated_;
  sim::FlatMap<protocol::TopicPartition, protocol::LeaderEpoch> last_seen_epochs_;
  std::set<std::string, std::less<>> wanted_;
  std::map<std::string, int, std::less<>> refused_;  // by name: which answer said so last
  std::string newly_refused_;
  ExponentialBackoff backoff_;
  sim::Duration max_age_ = sim::seconds(300);
  sim::Instant last_refresh_{-1}, last_success_{-1}, allowed_at_{0};
  int attempts_ = 0, equivalent_ = 0, version_ = 0, changes_ = 0;
  bool need_update_ = true;
};

/// A client's connections and belief together, as every kind of client has them.
struct ClientCore {
  NetworkClient network;
  MetadataCache metadata;
  sim::TimerId metadata_timer;

  static constexpr std::uint32_t kMetadataPurpose = 1;

  /// Kafka: NetworkClient.leastLoadedNode: a ready connection with the fewest requests, else one being made, else the one tried longest ago.
  ClientNode least_loaded(Ctx& ctx) const;
  /// Sends a Metadata request if one is due. Call in every step. Returns when it has to be called again at the latest.
  sim::Instant maybe_update_metadata(Ctx& ctx);
  /// Handles a completed Metadata request; true if it was one.
  bool on_completed(Ctx& ctx, const Completed& done, ClientStats& stats);
  /// A connection was lost: the metadata may be stale (DefaultMetadataUpdater.handleServerDisconnect).
  void on_connection_lost() { metadata.request_update(); }
};

}  // namespace kafkascope::client
