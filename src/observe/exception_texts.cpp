#include "observe/exception_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "client/consumer.h"
#include "client/java_order.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "cluster/cluster.h"
#include "protocol/error_text.h"
#include "protocol/facts_of_clients.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

struct ErrorMessage {
  ErrorCode error;
  std::string_view text, in_2_5 = {};  // empty: the same as `text`
};

/// The messages of Errors that protocol/error_text.h lacks, because administrators never get these codes.
// clang-format off
constexpr ErrorMessage kMoreMessages[] = {
  {ErrorCode::CORRUPT_MESSAGE, "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt."},
  {ErrorCode::LEADER_NOT_AVAILABLE, "There is no leader for this topic-partition as we are in the middle of a leadership election."},
  {ErrorCode::NOT_LEADER_OR_FOLLOWER, "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.",
   "This server is not the leader for that topic-partition."},
  {ErrorCode::BROKER_NOT_AVAILABLE, "The broker is not available."},
  {ErrorCode::REPLICA_NOT_AVAILABLE, "The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition.",
   "The replica is not available for the requested topic-partition."},
  {ErrorCode::MESSAGE_TOO_LARGE, "The request included a message larger than the max message size the server will accept."},
  {ErrorCode::STALE_CONTROLLER_EPOCH, "The controller moved to another broker."},
  {ErrorCode::OFFSET_METADATA_TOO_LARGE, "The metadata field of the offset request was too large."},
  {ErrorCode::NETWORK_EXCEPTION, "The server disconnected before a response was received."},
  {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, "The coordinator is loading and hence can't process requests."},
  {ErrorCode::COORDINATOR_NOT_AVAILABLE, "The coordinator is not available."},
  {ErrorCode::NOT_COORDINATOR, "This is not the correct coordinator."},
  {ErrorCode::INVALID_TOPIC_EXCEPTION, "The request attempted to perform an operation on an invalid topic."},
  {ErrorCode::RECORD_LIST_TOO_LARGE, "The request included message batch larger than the configured segment size on the server."},
  {ErrorCode::NOT_ENOUGH_REPLICAS, "Messages are rejected since there are fewer in-sync replicas than required."},
  {ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND, "Messages are written to the log, but to fewer in-sync replicas than required."},
  {ErrorCode::INVALID_REQUIRED_ACKS, "Produce request specified an invalid value for required acks."},
  {ErrorCode::INCONSISTENT_GROUP_PROTOCOL, "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list."},
  {ErrorCode::INVALID_GROUP_ID, "The configured groupId is invalid."},
  {ErrorCode::INVALID_SESSION_TIMEOUT, "The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms)."},
  {ErrorCode::REBALANCE_IN_PROGRESS, "The group is rebalancing, so a rejoin is needed."},
  {ErrorCode::INVALID_COMMIT_OFFSET_SIZE, "The committing offset data size is not valid."},
  {ErrorCode::INVALID_TIMESTAMP, "The timestamp of the message is out of acceptable range."},
  {ErrorCode::UNSUPPORTED_VERSION, "The version of API is not supported."},
  {ErrorCode::TOPIC_ALREADY_EXISTS, "Topic with this name already exists."},
  {ErrorCode::INVALID_PARTITIONS, "Number of partitions is below 1."},
  {ErrorCode::INVALID_REPLICATION_FACTOR, "Replication factor is below 1 or larger than the number of available brokers."},
  {ErrorCode::INVALID_REPLICA_ASSIGNMENT, "Replica assignment is invalid."},
  {ErrorCode::INVALID_CONFIG, "Configuration is invalid."},
  {ErrorCode::NOT_CONTROLLER, "This is not the correct controller for this cluster."},
  {ErrorCode::INVALID_REQUEST, "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details."},
  {ErrorCode::DUPLICATE_SEQUENCE_NUMBER, "The broker received a duplicate sequence number."},
  {ErrorCode::TRANSACTION_COORDINATOR_FENCED, "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer."},
  {ErrorCode::SECURITY_DISABLED, "Security features are disabled."},
  {ErrorCode::OPERATION_NOT_ATTEMPTED, "The broker did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, causing the broker to respond without trying the rest."},
  {ErrorCode::KAFKA_STORAGE_ERROR, "Disk error when trying to access log file on the disk."},
  {ErrorCode::UNKNOWN_PRODUCER_ID, "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception."},
  {ErrorCode::REASSIGNMENT_IN_PROGRESS, "A partition reassignment is in progress."},
  {ErrorCode::FETCH_SESSION_ID_NOT_FOUND, "The fetch session ID was not found."},
  {ErrorCode::INVALID_FETCH_SESSION_EPOCH, "The fetch session epoch is invalid."},
  {ErrorCode::TOPIC_DELETION_DISABLED, "Topic deletion is disabled."},
  {ErrorCode::FENCED_LEADER_EPOCH, "The leader epoch in the request is older than the epoch on the broker.", "The leader epoch in the request is older than the epoch on the broker"},
  {ErrorCode::UNKNOWN_LEADER_EPOCH, "The leader epoch in the request is newer than the epoch on the broker.", "The leader epoch in the request is newer than the epoch on the broker"},
  {ErrorCode::STALE_BROKER_EPOCH, "Broker epoch has changed.", "Broker epoch has changed"},
  {ErrorCode::OFFSET_NOT_AVAILABLE, "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.",
   "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing"},
  {ErrorCode::MEMBER_ID_REQUIRED, "The group member needs to have a valid member id before actually entering a consumer group.",
   "The group member needs to have a valid member id before actually entering a consumer group"},
  {ErrorCode::GROUP_MAX_SIZE_REACHED, "The consumer group has reached its max size."},
  {ErrorCode::INVALID_RECORD, "This record has failed the validation on broker and hence will be rejected."},
  {ErrorCode::UNSTABLE_OFFSET_COMMIT, "There are unstable offsets that need to be cleared."},
  {ErrorCode::THROTTLING_QUOTA_EXCEEDED, "The throttling quota has been exceeded."},
  {ErrorCode::INCONSISTENT_VOTER_SET, "Indicates that the either the sender or recipient of a voter-only request is not one of the expected voters."},
  {ErrorCode::INVALID_UPDATE_VERSION, "The given update version was invalid."},
  {ErrorCode::FEATURE_UPDATE_FAILED, "Unable to update finalized features due to an unexpected server error."},
  {ErrorCode::SNAPSHOT_NOT_FOUND, "Requested snapshot was not found."},
  {ErrorCode::POSITION_OUT_OF_RANGE, "Requested position is not greater than or equal to zero, and less than the size of the snapshot."},
  {ErrorCode::UNKNOWN_TOPIC_ID, "This server does not host this topic ID."},
  {ErrorCode::DUPLICATE_BROKER_REGISTRATION, "This broker ID is already in use."},
  {ErrorCode::BROKER_ID_NOT_REGISTERED, "The given broker ID was not registered."},
  {ErrorCode::INCONSISTENT_TOPIC_ID, "The log's topic ID did not match the topic ID in the request."},
  {ErrorCode::INCONSISTENT_CLUSTER_ID, "The clusterId in the request does not match that found on the server."},
  {ErrorCode::TRANSACTIONAL_ID_NOT_FOUND, "The transactionalId could not be found."},
  {ErrorCode::INELIGIBLE_REPLICA, "The new ISR contains at least one ineligible replica."},
  {ErrorCode::NEW_LEADER_ELECTED, "The AlterPartition request successfully updated the partition state but the leader has changed."},
  {ErrorCode::FENCED_MEMBER_EPOCH, "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin."},
  {ErrorCode::UNRELEASED_INSTANCE_ID, "The instance ID is still used by another member in the consumer group. That member must leave first."},
  {ErrorCode::UNSUPPORTED_ASSIGNOR, "The assignor or its version range is not supported by the consumer group."},
  {ErrorCode::INVALID_RECORD_STATE, "The record state is invalid. The acknowledgement of delivery could not be completed."},
  {ErrorCode::SHARE_SESSION_NOT_FOUND, "The share session was not found."},
  {ErrorCode::INVALID_SHARE_SESSION_EPOCH, "The share session epoch is invalid."},
  {ErrorCode::FENCED_STATE_EPOCH, "The share coordinator rejected the request because the share-group state epoch did not match."},
  {ErrorCode::INVALID_REGULAR_EXPRESSION, "The regular expression is not valid."},
  {ErrorCode::SHARE_SESSION_LIMIT_REACHED, "The limit of share sessions has been reached."},
};
// clang-format on

constexpr ErrorCode kAllErrors[] = {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) ErrorCode::name,
    KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
};

}  // namespace

std::string kafka_message(ErrorCode error, bool by_2_5) {
  if (std::string text = protocol::error_text(error, by_2_5); !text.empty()) return text;
  for (const ErrorMessage& m : kMoreMessages)
    if (m.error == error) return std::string(by_2_5 && !m.in_2_5.empty() ? m.in_2_5 : m.text);
  return {};
}

std::string kafka_message(std::string_view exception, bool by_2_5) {
  for (const ErrorCode error : kAllErrors)
    if (error != ErrorCode::NONE && client::exception_name(error) == exception) return kafka_message(error, by_2_5);
  return {};
}

/// What the client knows when it throws, and what its last answers said.
class ExceptionSource {
 public:
  ExceptionSource(const cluster::Cluster& cluster, sim::NodeId node, sim::Instant at,
                  const ExceptionTexts::Refused* refused, const ExceptionTexts::Lost* lost)
      : cluster_(cluster),
        at_(at),
        by_2_5_(cluster.spec().kafka == protocol::KafkaVersion::V2_5),
        refused_(refused),
        lost_(lost),
        consumer_(cluster.role<client::Consumer>(node)),
        sharer_(cluster.role<client::ShareConsumer>(node)),
        producer_(cluster.role<client::Producer>(node)) {}

  /// "": the text of the class's error code.
  std::string text(std::string_view exception, TopicPartition thrown_for) const {
    if (exception == "KafkaException") return of_kafka_exception(thrown_for);
    if (exception == "GroupAuthorizationException")
      return group().empty() ? "" : "Not authorized to access group: " + group();
    if (exception == "TopicAuthorizationException") return of_topics(thrown_for);
    if (exception == "ClusterAuthorizationException") return in_answer_to_produce() ? kNotIdempotent : "";
    if (exception == "RebalanceInProgressException") return of_rebalance();
    if (exception == "RetriableCommitFailedException")
      return "Offset commit failed with a retriable exception. You should retry committing the latest consumed offsets.";
    if (exception == "OffsetOutOfRangeException") return of_position();
    if (exception == "LogTruncationException") return of_truncation();
    if (exception == "NetworkException") return of_connection();
    if (exception == "IllegalStateException") return of_state();
    if (exception == "InvalidGroupIdException" && consumer_ != nullptr && group().empty()) return kNoGroup;
    if (exception == "TimeoutException") return of_commit_in_vain();
    if (by_2_5_) return {};
    // KIP-467: since 2.6 the broker says why it refuses a record.
    if (exception == "InvalidTimestampException")
      return "One or more records have been rejected due to invalid timestamp";
    if (exception == "InvalidRecordException" && producer_ != nullptr && thrown_for.partition >= 0)
      return "Compacted topic cannot accept message without key in topic partition " + cluster_.name(thrown_for);
    if (exception == "GroupIdNotFoundException" && consumer_ != nullptr)
      return fmt::format("Group {} is not a consumer group.", group());
    return {};
  }

  /// The text after "Unexpected error in …: " where the client has no text of its own for the error.
  std::string rest() const { return refused_ == nullptr ? "" : kafka_message(refused_->error, by_2_5_); }

 private:
  static constexpr const char* kNotIdempotent = "The producer is not authorized to do idempotent sends";
  static constexpr const char* kNoGroup =
      "To use the group management or offset commit APIs, you must provide a valid group.id in the consumer configuration.";

  std::string group() const {
    if (consumer_ != nullptr) return consumer_->group().options().group_id;
    return sharer_ != nullptr ? sharer_->membership().group_id() : std::string();
  }
  bool is_new(ErrorCode error) const { return refused_ != nullptr && refused_->at == at_ && refused_->error == error; }
  /// The last error is about a partition.
  TopicPartition refused_partition() const {
    return refused_ == nullptr || refused_->partitions.empty() ? TopicPartition{} : refused_->partitions.back();
  }
  bool in_answer_to_produce() const { return producer_ != nullptr && refused_partition().partition >= 0; }

  /// Kafka: TopicAuthorizationException(Set): the partition's topic, or the topics of the last answer, or those that
  /// the metadata reports as not authorized.
  std::string of_topics(TopicPartition thrown_for) const {
    std::vector<std::string> names;
    if (thrown_for.partition >= 0) names.push_back(cluster_.topic_name(thrown_for.topic));
    else if (refused_partition().partition >= 0 && refused_->error == ErrorCode::TOPIC_AUTHORIZATION_FAILED)
      for (const TopicPartition p : refused_->partitions) names.push_back(cluster_.topic_name(p.topic));
    else
      for (const std::string& topic : subscribed())
        if (metadata().refused_since(topic, 0)) names.push_back(topic);
    if (names.empty()) return {};
    client::keep_first(names);
    client::sort_as_java(names, client::kJavaDefaultCapacity,
                         [](const std::string& name) { return client::java_hash(name); });
    return fmt::format("Not authorized to access topics: [{}]", fmt::join(names, ", "));
  }
  const client::MetadataCache& metadata() const {
    return consumer_ != nullptr ? consumer_->metadata()
           : sharer_ != nullptr ? sharer_->metadata()
                                : producer_->metadata();
  }
  /// The topics that a consumer names: with subscribe() or assign().
  std::vector<std::string> subscribed() const {
    if (consumer_ == nullptr) return sharer_ != nullptr ? sharer_->options().topics : std::vector<std::string>();
    std::vector<std::string> names(consumer_->subscriptions().topics.begin(), consumer_->subscriptions().topics.end());
    for (const auto& partition : consumer_->options().assign) names.push_back(partition.first);
    return names;
  }

  /// Kafka: ConsumerCoordinator.sendOffsetCommitRequest, OffsetCommitResponseHandler.
  std::string of_rebalance() const {
    if (consumer_ == nullptr) return {};
    if (is_new(ErrorCode::REBALANCE_IN_PROGRESS))
      return "Offset commit cannot be completed since the consumer group is executing a rebalance at the moment. You can try "
             "completing the rebalance by calling poll() and then retry commit again";
    if (is_new(ErrorCode::UNKNOWN_MEMBER_ID) || is_new(ErrorCode::ILLEGAL_GENERATION))
      return "Offset commit cannot be completed since the consumer member's generation is already stale, meaning it has already "
             "participated another rebalance and got a new generation. You can try completing the rebalance by calling poll() "
             "and then retry commit again";
    if (is_new(ErrorCode::FENCED_INSTANCE_ID))
      return "Offset commit cannot be completed since the consumer member's old generation is fenced by its group instance id, "
             "it is possible that this consumer has already participated another rebalance and got a new generation";
    return "Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. You "
           "can try completing the rebalance by calling poll() and then retry the operation.";
  }

  const client::AssignedPartition* assigned(TopicPartition p) const {
    if (consumer_ == nullptr) return nullptr;
    const auto at = consumer_->subscriptions().assigned.find(p);
    return at == consumer_->subscriptions().assigned.end() ? nullptr : &at->second;
  }

  /// Node.toString.
  std::string node_text(const client::ClientNode& node) const {
    const auto& brokers = cluster_.committed().brokers();
    const auto broker = brokers.find(node.id);
    const std::string rack = broker == brokers.end() || broker->second.rack.empty() ? "null" : broker->second.rack;
    return fmt::format("{}:9092 (id: {} rack: {}{})", cluster_.info(node.endpoint).name, node.id, rack,
                       by_2_5_ ? "" : " isFenced: false");
  }

  /// Kafka: FetchCollector.handleInitializeErrors; 2.5: OffsetOutOfRangeException(Map).
  std::string of_position() const {
    const TopicPartition p = refused_partition();
    const client::AssignedPartition* a = assigned(p);
    if (a == nullptr) return {};
    if (by_2_5_)
      return fmt::format("Offsets out of range with no configured reset policy for partitions: {{{}={}}}",
                         cluster_.name(p), a->position.offset.value);
    const auto optional = [](std::int64_t value) {
      return value < 0 ? std::string("Optional.empty") : fmt::format("Optional[{}]", value);
    };
    const client::LeaderAndEpoch& leader = a->position.current_leader;
    return fmt::format(
        "Fetch position FetchPosition{{offset={}, offsetEpoch={}, currentLeader=LeaderAndEpoch{{leader={}, epoch={}}}}} is out "
        "of range for partition {}",
        a->position.offset.value, optional(a->position.offset_epoch.value),
        leader.known() ? "Optional[" + node_text(leader.leader) + "]" : "Optional.empty",
        leader.epoch.value < 0 ? "absent" : std::to_string(leader.epoch.value), cluster_.name(p));
  }

  /// Kafka: LogTruncationException(Map, Map); 2.5: its OffsetOutOfRangeException. The divergent offset is what the
  /// partition's leader answers for the epoch of the position.
  std::string of_truncation() const {
    if (consumer_ == nullptr) return {};
    std::string found;
    for (const auto& [p, a] : consumer_->subscriptions().assigned) {
      const storage::PartitionLog* log =
          a.state == client::AssignedPartition::State::AwaitValidation ? cluster_.leader_log(p) : nullptr;
      if (log == nullptr) continue;
      const storage::EpochEnd end = log->end_offset_for(a.position.offset_epoch);
      if (!end.end_offset.known() || end.end_offset >= a.position.offset) continue;
      found += found.empty() ? "" : ", ";
      found += by_2_5_ ? fmt::format("{}={}", cluster_.name(p), end.end_offset.value)
                       : fmt::format("{}=OffsetAndMetadata{{offset={}, leaderEpoch={}, metadata=''}}", cluster_.name(p),
                                     end.end_offset.value, end.epoch.value);
    }
    return (by_2_5_ ? "Offsets out of range with no configured reset policy for partitions: {"
                    : "Truncated partitions detected with divergent offsets {") +
           found + "}";
  }

  /// Kafka: Sender.handleProduceResponse; in 2.5 the code's text.
  std::string of_connection() const {
    if (by_2_5_ || lost_ == nullptr || lost_->at != at_) return {};
    const cluster::NodeInfo& peer = cluster_.info(lost_->peer);
    return peer.kind == cluster::NodeKind::Broker ? fmt::format("Disconnected from node {}", peer.id) : std::string();
  }

  std::string of_state() const {
    if (sharer_ != nullptr) return "Implicit acknowledgement of delivery is being used.";
    if (consumer_ == nullptr) return {};
    const TopicPartition p = refused_partition();
    const client::AssignedPartition* a = assigned(p);
    if (!consumer_->options().assign.empty() || a == nullptr)
      return "Subscription to topics, partitions and pattern are mutually exclusive";
    const auto code = static_cast<int>(refused_->error);
    return by_2_5_ ? fmt::format("Unexpected error code {} while fetching from partition {}", code, cluster_.name(p))
                   : fmt::format("Unexpected error code {} while fetching at offset {} from topic-partition {}", code,
                                 a->position.offset.value, cluster_.name(p));
  }

  /// A commitSync that has timed out (ConsumerCoordinator.commitOffsetsSync; CommitRequestManager: the error's own text).
  std::string of_commit_in_vain() const {
    if (consumer_ == nullptr) return {};
    if (consumer_->group().membership() != nullptr)
      return refused_ == nullptr ? std::string()
                                 : fmt::format("org.apache.kafka.common.errors.{}: {}",
                                               client::exception_name(refused_->error), rest());
    std::vector<std::pair<std::string, TopicPartition>> offsets;
    const auto consumed = consumer_->subscriptions().all_consumed();
    for (const auto& [p, position] : consumed)
      offsets.emplace_back(
          fmt::format("{}=OffsetAndMetadata{{offset={}, leaderEpoch={}, metadata=''}}", cluster_.name(p),
                      position.offset.value,
                      position.offset_epoch.value < 0 ? "null" : std::to_string(position.offset_epoch.value)),
          p);
    client::sort_as_java(offsets, client::kJavaDefaultCapacity, [&](const auto& o) {
      return client::java_hash(cluster_.topic_name(o.second.topic), o.second.partition);
    });
    std::string text;
    for (const auto& offset : offsets) text += (text.empty() ? "" : ", ") + offset.first;
    return fmt::format("Timeout of {}ms expired before successfully committing offsets {{{}}}",
                       consumer_->group().options().api_timeout.us / 1000, text);
  }

  std::string of_kafka_exception(TopicPartition thrown_for) const {
    if (consumer_ == nullptr || thrown_for.partition >= 0) {
      // Batches fail with the exception that has put the producer into its error state.
      const auto* error = producer_ == nullptr ? nullptr : &producer_->transactions().last_error();
      return error != nullptr && *error ? (*error)->message : std::string();
    }
    if (refused_ == nullptr) return {};
    const TopicPartition p = refused_partition();
    if (p.partition < 0) return "Unexpected error in fetch offset response: " + rest();
    const client::AssignedPartition* a = assigned(p);
    if (refused_->error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
      return fmt::format("Topic or Partition {} does not exist", cluster_.name(p));
    if (refused_->error == ErrorCode::CORRUPT_MESSAGE && a != nullptr)
      return fmt::format("Encountered corrupt message when fetching offset {} for topic-partition {}",
                         a->position.offset.value, cluster_.name(p));
    return "Unexpected error in commit: " + rest();
  }

  const cluster::Cluster& cluster_;
  sim::Instant at_;
  bool by_2_5_;
  const ExceptionTexts::Refused* refused_;  // nullptr: no answer had an error
  const ExceptionTexts::Lost* lost_;
  const client::Consumer* consumer_;
  const client::ShareConsumer* sharer_;
  const client::Producer* producer_;
};

void ExceptionTexts::on_trace(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (const auto lost = fact_if<fact::ConnectionLost>(line)) {
    if (cluster.info(line.node).client >= 0) lost_[line.node.index] = {line.time, lost->peer};
    return;
  }
  const auto f = as<fact::ClientError>(line);
  Refused& refused = refused_[line.node.index];
  if (f.error != ErrorCode::NONE) {
    if (refused.at != line.time || refused.error != f.error) refused = {line.time, f.error, {}};
    if (f.partition.partition >= 0) refused.partitions.push_back(f.partition);
    return;
  }
  const auto lost = lost_.find(line.node.index);
  const ExceptionSource source(cluster, line.node, line.time, refused.error == ErrorCode::NONE ? nullptr : &refused,
                               lost == lost_.end() ? nullptr : &lost->second);
  std::string text = source.text(f.exception.view(), f.partition);
  if (f.exception.view() == "KafkaException" && text.empty()) text = source.rest();
  told_[line.node.index] = {line.time, f.exception.str(), std::move(text), source.rest()};
}

std::string ExceptionTexts::message_of(sim::NodeId client, sim::Instant at, const std::string& exception,
                                       const std::string& message, bool by_2_5) const {
  const auto found = told_.find(client.index);
  const Told* told =
      found == told_.end() || found->second.at != at || found->second.exception != exception ? nullptr : &found->second;
  if (!message.empty()) return told != nullptr && message.back() == ' ' ? message + told->rest : message;
  return told != nullptr && !told->message.empty() ? told->message : kafka_message(exception, by_2_5);
}

}  // namespace kafkascope::observe
