#include "observe/model/mbeans.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string>

#include "broker/broker.h"
#include "controller/kraft/controller_node.h"
#include "observe/model/mbean_rows.h"
#include "observe/model/node_state.h"
#include "observe/model/spoken_versions.h"
#include "observe/model/standing.h"

namespace kafkascope::observe {

namespace {

using protocol::ApiKey;
namespace api = protocol::api;
using protocol::BrokerId;
using protocol::kNoBroker;
using namespace mbean_rows;

// ---------------------------------------------------------------------------------------------- brokers

struct BrokerFacts {
  const broker::Broker& b;
  const broker::BrokerMetrics& counted;
  sim::Instant now;
  std::int64_t leaders = 0, partitions = 0, offline = 0, reassigning = 0, producers = 0;
  Standings led = {};
  std::int64_t max_lag = 0, failed_fetches = 0;
  std::int64_t produces = 0, share_fetches = 0;
  std::int64_t share_session_partitions = 0;
  coordinator::GroupCoordinator::StateCounts groups{};
};

/// As the replica's broker knows it.
Standing standing_at(const broker::Broker& b, const broker::Replica& r) {
  const protocol::PartitionRegistration* p = r.reassigning ? b.image().partition(r.tp) : nullptr;
  return {r.is_leader(), r.assignment.size() - (p == nullptr ? 0 : p->adding.size()), r.isr.size(),
          r.effective_min_isr()};
}
bool online(const broker::Replica& r) { return !r.offline && r.role != broker::ReplicaRole::None; }

BrokerFacts look_at(const broker::Broker& b, sim::Instant now) {
  BrokerFacts f{b, b.metrics(), now};
  for (const broker::Replica& r : b.replicas()) {
    f.offline += r.offline && r.hosted;
    f.partitions += r.hosted;
    if (!online(r)) continue;
    f.producers += static_cast<std::int64_t>(r.log.producers().entries().size());
    if (r.fetching) f.max_lag = std::max(f.max_lag, r.fetch_lag);
    f.failed_fetches += r.fetching && r.fetch_failed;
    if (!r.is_leader()) continue;
    ++f.leaders;
    f.led.add(standing_at(b, r));
    f.reassigning += r.reassigning;
  }
  for (const broker::DelayedProduce& op : b.produce_purgatory().slots())
    f.produces += op.used && op.watched && b.in_purgatory(op);
  for (const broker::ShareRequest& r : b.share_groups().requests) f.share_fetches += r.fetches;
  for (const auto& [who, session] : b.share_groups().sessions)
    f.share_session_partitions += static_cast<std::int64_t>(session.partitions.size());
  f.groups = b.coordinator().counted_groups(now);  // of the classic protocol
  return f;
}

/// Kafka: org.apache.kafka.metadata.BrokerState.
double broker_state(const BrokerFacts& f) {
  switch (f.b.lifecycle().state()) {
    case broker::BrokerState::NotRunning: return 0;
    case broker::BrokerState::Starting: return 1;
    case broker::BrokerState::Recovery: return 2;
    case broker::BrokerState::Running: return 3;
    case broker::BrokerState::PendingControlledShutdown: return 6;
    case broker::BrokerState::ShuttingDown: return 7;
  }
  return kNothing;
}

template <coordinator::GroupState State>
double groups_in(const BrokerFacts& f) {
  return number(f.groups[static_cast<std::size_t>(State)]);
}

#define MBEAN_REPLICAS "kafka.server:type=ReplicaManager,name="
#define MBEAN_TOPICS "kafka.server:type=BrokerTopicMetrics,name="
#define MBEAN_SHARE "kafka.server:type=ShareGroupMetrics,name="
#define MBEAN_PURGATORY "kafka.server:type=DelayedOperationPurgatory,name="
template <coordinator::ConsumerGroupState State>
double newer_groups_in(const BrokerFacts& f) {
  return number(f.b.coordinator().consumer_group_states()[static_cast<std::size_t>(State)]);
}
template <coordinator::ShareGroupState State>
double share_groups_in(const BrokerFacts& f) {
  const auto groups = f.b.coordinator().share_groups();
  return number(std::count_if(groups.begin(), groups.end(),
                              [](const coordinator::ShareGroup* g) { return g->state() == State; }));
}
template <std::int64_t coordinator::GroupCoordinator::Counters::*Counter>
double counted_by_coordinator(const BrokerFacts& f) {
  return number(f.b.coordinator().counters().*Counter);
}

#define MBEAN_COORDINATOR "kafka.server:type=group-coordinator-metrics"
#define MBEAN_GROUPS "kafka.coordinator.group:type=GroupMetadataManager,name="

// clang-format off
constexpr Row<BrokerFacts> kBrokerRows[] = {
    {{MBEAN_REPLICAS "UnderReplicatedPartitions", "metric.under_replicated_partitions"_w}, [](const BrokerFacts& f) { return number(f.led.under_replicated); }},
    {{MBEAN_REPLICAS "UnderMinIsrPartitionCount", "metric.under_min_isr_partition_count"_w},
     [](const BrokerFacts& f) { return number(f.led.under_min_isr); }},
    {{MBEAN_REPLICAS "AtMinIsrPartitionCount", "metric.at_min_isr_partition_count"_w},
     [](const BrokerFacts& f) { return number(f.led.at_min_isr); }},
    {{MBEAN_REPLICAS "OfflineReplicaCount", "metric.offline_replica_count"_w}, [](const BrokerFacts& f) { return number(f.offline); }},
    {{MBEAN_REPLICAS "LeaderCount", "metric.leader_count"_w}, [](const BrokerFacts& f) { return number(f.leaders); }},
    {{MBEAN_REPLICAS "PartitionCount", "metric.partition_count"_w}, [](const BrokerFacts& f) { return number(f.partitions); }},
    {{MBEAN_REPLICAS "ReassigningPartitions", "metric.reassigning_partitions"_w}, [](const BrokerFacts& f) { return number(f.reassigning); }},
    {{MBEAN_REPLICAS "ProducerIdCount", "metric.producer_id_count"_w}, [](const BrokerFacts& f) { return number(f.producers); }, kNewer},
    {{MBEAN_REPLICAS "IsrShrinksPerSec", "metric.isr_shrinks_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.isr_shrinks); }},
    {{MBEAN_REPLICAS "IsrExpandsPerSec", "metric.isr_expands_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.isr_expands); }},
    {{MBEAN_REPLICAS "FailedIsrUpdatesPerSec", "metric.failed_isr_updates_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_isr_updates); }},
    {{"kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica", "metric.max_lag"_w},
     [](const BrokerFacts& f) { return number(f.max_lag); }},
    {{"kafka.server:type=ReplicaFetcherManager,name=FailedPartitionsCount,clientId=Replica", "metric.failed_partitions_count"_w},
     [](const BrokerFacts& f) { return number(f.failed_fetches); }},

    {{MBEAN_TOPICS "MessagesInPerSec", "metric.messages_in_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.messages_in); }},
    {{MBEAN_TOPICS "BytesInPerSec", "metric.bytes_in_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_in); }},
    {{MBEAN_TOPICS "BytesOutPerSec", "metric.bytes_out_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_out); }},
    {{MBEAN_TOPICS "BytesRejectedPerSec", "metric.bytes_rejected_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_rejected); }},
    {{MBEAN_TOPICS "TotalProduceRequestsPerSec", "metric.total_produce_requests_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_produce); }},
    {{MBEAN_TOPICS "FailedProduceRequestsPerSec", "metric.failed_produce_requests_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.failed_produce); }},
    {{MBEAN_TOPICS "TotalFetchRequestsPerSec", "metric.total_fetch_requests_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_fetch); }},
    {{MBEAN_TOPICS "ReplicationBytesInPerSec", "metric.replication_bytes_in_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.replication_bytes_in); }},
    {{MBEAN_TOPICS "ReplicationBytesOutPerSec", "metric.replication_bytes_out_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.replication_bytes_out); }},
    {{MBEAN_TOPICS "ReassignmentBytesInPerSec", "metric.reassignment_bytes_in_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.reassignment_bytes_in); }},
    {{MBEAN_TOPICS "ReassignmentBytesOutPerSec", "metric.reassignment_bytes_out_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.reassignment_bytes_out); }},

    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=Produce", "metric.purgatory_size"_w},
     [](const BrokerFacts& f) { return number(f.b.watched_produces(f.now)); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=Fetch", "metric.partitions_on_whose_lists_fetches_stand"_w},
     [](const BrokerFacts& f) { return number(f.b.watched_fetches(f.now)); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=DeleteRecords", "metric.partitions_on_whose_lists_deletions_stand"_w},
     [](const BrokerFacts& f) { return number(f.b.watched_delete_records(f.now)); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=Produce", "metric.num_delayed_operations"_w},
     [](const BrokerFacts& f) { return number(f.produces); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=Fetch", "metric.fetches_that_wait_data"_w},
     [](const BrokerFacts& f) { return number(f.b.waiting_fetches().size()); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=DeleteRecords", "metric.deletions_that_wait_followers"_w},
     [](const BrokerFacts& f) { return number(f.b.delete_records_purgatory().size()); }},
    {{"kafka.server:type=DelayedProduceMetrics,name=ExpiresPerSec", "metric.expires_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_produces); }},
    {{"kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec,fetcherType=follower", "metric.followers_fetches_without_news"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_follower_fetches); }},
    {{"kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec,fetcherType=consumer", "metric.consumers_fetches_without_news"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_consumer_fetches); }},
    {{"kafka.server:type=DelayedDeleteRecordsMetrics,name=ExpiresPerSec", "metric.deletions_whose_time_was_up"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_delete_records); }},
    {{"kafka.server:type=FetchSessionCache,name=NumIncrementalFetchSessions", "metric.num_incremental_fetch_sessions"_w},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().size()); }},
    {{"kafka.server:type=FetchSessionCache,name=NumIncrementalFetchPartitionsCached", "metric.num_incremental_fetch_partitions_cached"_w},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().partitions()); }},
    {{"kafka.server:type=FetchSessionCache,name=IncrementalFetchSessionEvictionsPerSec", "metric.incremental_fetch_session_evictions_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().evictions()); }},

    {{"kafka.network:type=RequestChannel,name=RequestQueueSize", "metric.request_queue_size"_w},
     [](const BrokerFacts& f) { return number(f.b.connections().handlers.queue().size()); }},
    {{"kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate", "metric.one_minute_rate"_w},
     [](const BrokerFacts& f) { return number(f.b.connections().handlers.idle_ppm(f.now)) / 1'000'000; }},

    {{"kafka.log:type=LogManager,name=OfflineLogDirectoryCount", "metric.offline_log_directory_count"_w},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.log_dirs().offline_count()}); }},
    {{"kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs", "metric.log_flush_rate_and_time_ms"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.log_flushes); }},
    {{"kafka.server:type=KafkaServer,name=BrokerState", "metric.broker_state"_w}, broker_state},
    {{"kafka.server:type=broker-metadata-metrics#last-applied-record-offset", "metric.last_applied_record_offset"_w},
     [](const BrokerFacts& f) { return number(f.b.image().last_offset().value); }, kNewer},
    {{"kafka.server:type=MetadataLoader,name=CurrentMetadataVersion", "metric.current_metadata_version"_w},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.image().feature("metadata.version")}); }, kNewer},
    {{"kafka.server:type=MetadataLoader,name=CurrentControllerId", "metric.current_controller_id"_w},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.raft().leader()}); }, kNewer},

    {{MBEAN_GROUPS "NumGroups", "metric.num_groups"_w}, [](const BrokerFacts& f) { return number(std::accumulate(f.groups.begin(), f.groups.end(), std::int64_t{0})); }},
    {{MBEAN_GROUPS "NumGroupsEmpty", "metric.num_groups_empty"_w}, groups_in<coordinator::GroupState::Empty>},
    {{MBEAN_GROUPS "NumGroupsPreparingRebalance", "metric.num_groups_preparing_rebalance"_w}, groups_in<coordinator::GroupState::PreparingRebalance>},
    {{MBEAN_GROUPS "NumGroupsCompletingRebalance", "metric.num_groups_completing_rebalance"_w}, groups_in<coordinator::GroupState::CompletingRebalance>},
    {{MBEAN_GROUPS "NumGroupsStable", "metric.num_groups_stable"_w}, groups_in<coordinator::GroupState::Stable>},
    {{MBEAN_GROUPS "NumOffsets", "metric.num_offsets"_w}, [](const BrokerFacts& f) { return number(f.b.coordinator().offset_count()); }},
    {{MBEAN_COORDINATOR ",protocol=classic#group-count", "metric.group_count"_w},
     [](const BrokerFacts& f) { return number(std::accumulate(f.groups.begin(), f.groups.end(), std::int64_t{0})); }, kNewer},
    {{MBEAN_COORDINATOR ",protocol=consumer#group-count", "metric.groups_newer_protocol"_w},
     [](const BrokerFacts& f) { return number(f.b.coordinator().consumer_groups().size()); }, kNewer},
    {{MBEAN_COORDINATOR ",state=Empty#consumer-group-count", "metric.consumer_group_count"_w}, newer_groups_in<coordinator::ConsumerGroupState::Empty>, kNewer},
    {{MBEAN_COORDINATOR ",state=Assigning#consumer-group-count", "metric.newer_groups_assigning"_w}, newer_groups_in<coordinator::ConsumerGroupState::Assigning>, kNewer},
    {{MBEAN_COORDINATOR ",state=Reconciling#consumer-group-count", "metric.newer_groups_reconciling"_w},
     newer_groups_in<coordinator::ConsumerGroupState::Reconciling>, kNewer},
    {{MBEAN_COORDINATOR ",state=Stable#consumer-group-count", "metric.newer_groups_stable"_w}, newer_groups_in<coordinator::ConsumerGroupState::Stable>, kNewer},
    {{MBEAN_COORDINATOR ",protocol=share#group-count", "metric.share_groups"_w}, [](const BrokerFacts& f) { return number(f.b.coordinator().share_groups().size()); }, kNewer},
    {{MBEAN_COORDINATOR ",state=Empty#share-group-count", "metric.share_group_count"_w}, share_groups_in<coordinator::ShareGroupState::Empty>, kNewer},
    {{MBEAN_COORDINATOR ",state=Stable#share-group-count", "metric.share_groups_stable"_w}, share_groups_in<coordinator::ShareGroupState::Stable>, kNewer},
    {{MBEAN_COORDINATOR "#group-completed-rebalance-count", "metric.group_completed_rebalance_count"_w, kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::completed_rebalances>},
    {{MBEAN_COORDINATOR "#consumer-group-rebalance-count", "metric.consumer_group_rebalance_count"_w, kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::consumer_rebalances>, kNewer},
    {{MBEAN_COORDINATOR "#share-group-rebalance-count", "metric.share_group_rebalance_count"_w, kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::share_rebalances>, kNewer},
    {{MBEAN_COORDINATOR "#offset-commit-count", "metric.offset_commit_count"_w, kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_commits>},
    {{MBEAN_COORDINATOR "#offset-deletion-count", "metric.offset_deletion_count"_w, kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_deletions>},
    {{MBEAN_COORDINATOR "#offset-expiration-count", "metric.offset_expiration_count"_w, kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_expirations>},
};
// clang-format on

// ---------------------------------------------------------------------------------------------- requests

#define MBEAN_REQUESTS "kafka.network:type=RequestMetrics,name="

template <broker::TimeStat broker::RequestStat::*Time>
double mean_ms(const broker::RequestStat& s) {
  return s.count == 0 ? 0 : number((s.*Time).total_us) / number(s.count) / 1000;
}
template <broker::TimeStat broker::RequestStat::*Time>
double most_ms(const broker::RequestStat& s) {
  return number((s.*Time).longest_us) / 1000;
}

// clang-format off
constexpr Row<broker::RequestStat> kRequestRows[] = {
    {{MBEAN_REQUESTS "RequestsPerSec,request=<request>,version=<version>", "metric.requests_per_sec"_w, kCounts}, [](const broker::RequestStat& s) { return number(s.count); }},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>", "metric.total_time_ms"_w, kCounts}, [](const broker::RequestStat& s) { return number(s.count); }},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>#Mean", "metric.mean"_w},
     mean_ms<&broker::RequestStat::total>},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>#Max", "metric.max"_w}, most_ms<&broker::RequestStat::total>},
    {{MBEAN_REQUESTS "RequestQueueTimeMs,request=<request>#Mean", "metric.ms_waits_thread_mean"_w}, mean_ms<&broker::RequestStat::queue>},
    {{MBEAN_REQUESTS "RequestQueueTimeMs,request=<request>#Max", "metric.ms_waits_thread_most"_w}, most_ms<&broker::RequestStat::queue>},
    {{MBEAN_REQUESTS "LocalTimeMs,request=<request>#Mean", "metric.ms_thread_needs_mean"_w}, mean_ms<&broker::RequestStat::local>},
    {{MBEAN_REQUESTS "LocalTimeMs,request=<request>#Max", "metric.ms_thread_needs_most"_w}, most_ms<&broker::RequestStat::local>},
    {{MBEAN_REQUESTS "RemoteTimeMs,request=<request>#Mean", "metric.ms_waits_others_mean"_w}, mean_ms<&broker::RequestStat::remote>},
    {{MBEAN_REQUESTS "RemoteTimeMs,request=<request>#Max", "metric.ms_waits_others_most"_w}, most_ms<&broker::RequestStat::remote>},
    {{MBEAN_REQUESTS "ThrottleTimeMs,request=<request>#Mean", "metric.ms_its_client_is_muted_mean"_w}, mean_ms<&broker::RequestStat::throttle>},
    {{MBEAN_REQUESTS "ThrottleTimeMs,request=<request>#Max", "metric.ms_its_client_is_muted_most"_w}, most_ms<&broker::RequestStat::throttle>},
};
// clang-format on
constexpr MBeanKind kErrors{MBEAN_REQUESTS "ErrorsPerSec,request=<request>,error=<error>", "metric.errors_per_sec"_w,
                            kCounts};

// ---------------------------------------------------------------------------------------------- share groups

// clang-format off
constexpr Row<BrokerFacts> kShareRows[] = {
    {{MBEAN_TOPICS "TotalShareFetchRequestsPerSec", "metric.total_share_fetch_requests_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_share_fetch); }},
    {{MBEAN_TOPICS "FailedShareFetchRequestsPerSec", "metric.failed_share_fetch_requests_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_share_fetch); }},
    {{MBEAN_TOPICS "TotalShareAcknowledgementRequestsPerSec", "metric.total_share_acknowledgement_requests_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.total_share_acknowledgement); }},
    {{MBEAN_TOPICS "FailedShareAcknowledgementRequestsPerSec", "metric.failed_share_acknowledgement_requests_per_sec"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_share_acknowledgement); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=ShareFetch", "metric.share_fetches_that_wait_data"_w},
     [](const BrokerFacts& f) { return number(f.share_fetches); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=ShareFetch", "metric.keys_on_whose_lists_share_fetches_stand"_w},
     [](const BrokerFacts& f) { return number(f.b.watched_share_fetches(f.now)); }},
    {{"kafka.server:type=DelayedShareFetchMetrics,name=ExpiresPerSec", "metric.share_fetches_whose_time_was_up"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_share_fetches); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Accept", "metric.record_acknowledgements_per_sec"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.accepted); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Release", "metric.records_released"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.released); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Reject", "metric.records_rejected"_w, kCounts}, [](const BrokerFacts& f) { return number(f.counted.rejected); }},
    {{MBEAN_SHARE "PartitionLoadTimeMs", "metric.partition_load_time_ms"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.counted.share_partition_loads); }},
    {{MBEAN_SHARE "PartitionLoadTimeMs#Max", "metric.ms_load_share_partition_most"_w},
     [](const BrokerFacts& f) { return number(f.counted.share_partition_load_time.longest_us) / 1000; }},
    {{"kafka.server:type=ShareSessionCache,name=ShareSessionsCount", "metric.share_sessions_count"_w}, [](const BrokerFacts& f) { return number(f.b.share_groups().sessions.size()); }},
    {{"kafka.server:type=ShareSessionCache,name=SharePartitionsCount", "metric.share_partitions_count"_w},
     [](const BrokerFacts& f) { return number(f.share_session_partitions); }},
    {{"kafka.server:type=share-coordinator-metrics#write-total", "metric.write_total"_w, kCounts},
     [](const BrokerFacts& f) { return number(f.b.share_coordinator().writes()); }},
};
// clang-format on

/// For every share partition that the broker leads and has loaded.
#define MBEAN_SHARE_PARTITION "kafka.server:type=SharePartitionMetrics,name="
#define MBEAN_OF_SHARE_PARTITION ",group=<group>,topic=<topic>,partition=<partition>"
constexpr Row<broker::ShareEntry> kSharePartitionRows[] = {
    {{MBEAN_SHARE_PARTITION "InFlightMessageCount" MBEAN_OF_SHARE_PARTITION,
      "metric.partition_in_flight_message_count"_w},
     [](const broker::ShareEntry& e) { return number(e.partition.window().size()); }},
    {{MBEAN_SHARE_PARTITION "AcquisitionLockTimeoutPerSec" MBEAN_OF_SHARE_PARTITION,
      "metric.partition_acquisition_lock_timeout_per_sec"_w, kCounts},
     [](const broker::ShareEntry& e) { return number(e.lock_timeouts); }},
};

// ---------------------------------------------------------------------------------------------- single partitions

#define MBEAN_OF_PARTITION ",topic=<topic>,partition=<partition>"
#define MBEAN_PARTITION "kafka.cluster:type=Partition,name="
#define MBEAN_LOG "kafka.log:type=Log,name="

struct ReplicaFacts {
  const broker::Replica& r;
  Standing standing;
};

/// For every replica served here; a follower reports 0 where only a leader knows the value.
// clang-format off
constexpr Row<ReplicaFacts> kReplicaRows[] = {
    {{MBEAN_PARTITION "UnderReplicated" MBEAN_OF_PARTITION, "metric.partition_under_replicated"_w},
     [](const ReplicaFacts& f) { return f.standing.under_replicated() ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "UnderMinIsr" MBEAN_OF_PARTITION, "metric.partition_under_min_isr"_w},
     [](const ReplicaFacts& f) { return f.standing.under_min_isr() ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "AtMinIsr" MBEAN_OF_PARTITION, "metric.partition_at_min_isr"_w},
     [](const ReplicaFacts& f) { return f.standing.at_min_isr() ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "InSyncReplicasCount" MBEAN_OF_PARTITION, "metric.partition_in_sync_replicas_count"_w},
     [](const ReplicaFacts& f) { return f.standing.led ? number(std::int64_t{f.standing.in_sync}) : 0.0; }},
    {{MBEAN_PARTITION "ReplicasCount" MBEAN_OF_PARTITION, "metric.partition_replicas_count"_w},
     [](const ReplicaFacts& f) { return f.standing.led ? number(std::int64_t{f.standing.replicas}) : 0.0; }},
    {{MBEAN_LOG "LogStartOffset" MBEAN_OF_PARTITION, "metric.partition_log_start_offset"_w}, [](const ReplicaFacts& f) { return number(f.r.log.log_start_offset().value); }},
    {{MBEAN_LOG "LogEndOffset" MBEAN_OF_PARTITION, "metric.partition_log_end_offset"_w}, [](const ReplicaFacts& f) { return number(f.r.log.log_end_offset().value); }},
    {{MBEAN_LOG "NumLogSegments" MBEAN_OF_PARTITION, "metric.partition_num_log_segments"_w}, [](const ReplicaFacts& f) { return number(f.r.log.segments().size()); }},
    {{MBEAN_LOG "Size" MBEAN_OF_PARTITION, "metric.partition_size"_w}, [](const ReplicaFacts& f) { return number(f.r.log.size_bytes()); }},
};
// clang-format on

// ---------------------------------------------------------------------------------------------- quorum and controllers

struct RaftFacts {
  const raft::QuorumNode& node;
  sim::Instant now;
};
template <class T>
double ms_or_nothing(const std::optional<T>& us) {
  return us ? static_cast<double>(*us) / 1000 : kNothing;
}

#define MBEAN_RAFT "kafka.server:type=raft-metrics#"

// clang-format off
constexpr Row<RaftFacts> kRaftRows[] = {
    {{MBEAN_RAFT "current-leader", "metric.current_leader"_w}, [](const RaftFacts& r) { return number(std::int64_t{r.node.leader()}); }},
    {{MBEAN_RAFT "current-vote", "metric.current_vote"_w}, [](const RaftFacts& r) { return number(std::int64_t{r.node.is_leader() ? r.node.options().id : r.node.voted_for()}); }},
    {{MBEAN_RAFT "current-epoch", "metric.current_epoch"_w}, [](const RaftFacts& r) { return number(std::int64_t{r.node.epoch().value}); }},
    {{MBEAN_RAFT "high-watermark", "metric.high_watermark"_w}, [](const RaftFacts& r) { return number(r.node.reported_high_watermark().value); }},
    {{MBEAN_RAFT "log-end-offset", "metric.log_end_offset"_w}, [](const RaftFacts& r) { return number(r.node.log().end_offset().value); }},
    {{MBEAN_RAFT "log-end-epoch", "metric.log_end_epoch"_w},
     [](const RaftFacts& r) { return number(std::int64_t{r.node.log().epoch_below(r.node.log().end_offset()).value}); }},
    {{MBEAN_RAFT "election-latency-avg", "metric.election_latency_avg"_w},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().election_latency.average_us(r.now)); }},
    {{MBEAN_RAFT "election-latency-max", "metric.election_latency_max"_w},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().election_latency.most_us(r.now)); }},
    {{MBEAN_RAFT "commit-latency-avg", "metric.commit_latency_avg"_w},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().commit_latency.average_us(r.now)); }},
    {{MBEAN_RAFT "commit-latency-max", "metric.commit_latency_max"_w},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().commit_latency.most_us(r.now)); }},
};
// clang-format on

struct ControllerFacts {
  const controller::ControllerNode& node;
  std::int64_t fenced = 0, active = 0, topics = 0, partitions = 0, offline = 0, imbalanced = 0;
};

/// Computed from the committed records that it knows. Kafka: ControllerMetadataMetricsPublisher, which standbys run as
/// well.
ControllerFacts look_at(const controller::ControllerNode& node) {
  ControllerFacts f{node};
  for (const auto& [id, broker] : node.image().brokers()) ++(broker.fenced ? f.fenced : f.active);
  for (const protocol::TopicImage& t : node.image().topics()) {
    if (t.removed) continue;
    ++f.topics;
    for (std::size_t i = 0; i < t.partitions.size(); ++i) {
      const protocol::PartitionRegistration& p = t.partitions[i];
      ++f.partitions;
      f.offline += p.leader == kNoBroker;
      f.imbalanced += off_preferred(p.leader, p.replicas);
    }
  }
  return f;
}

#define MBEAN_CONTROLLER "kafka.controller:type=KafkaController,name="

constexpr MBeanKind kUncleanElections{"kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec",
                                      "metric.unclean_leader_elections_per_sec"_w, kCounts};

// clang-format off
constexpr Row<ControllerFacts> kControllerRows[] = {
    {{MBEAN_CONTROLLER "ActiveControllerCount", "metric.active_controller_count"_w}, [](const ControllerFacts& f) { return f.node.active() ? 1.0 : 0.0; }},
    {{MBEAN_CONTROLLER "OfflinePartitionsCount", "metric.offline_partitions_count"_w}, [](const ControllerFacts& f) { return number(f.offline); }},
    {{MBEAN_CONTROLLER "PreferredReplicaImbalanceCount", "metric.preferred_replica_imbalance_count"_w},
     [](const ControllerFacts& f) { return number(f.imbalanced); }},
    {{MBEAN_CONTROLLER "GlobalTopicCount", "metric.global_topic_count"_w}, [](const ControllerFacts& f) { return number(f.topics); }},
    {{MBEAN_CONTROLLER "GlobalPartitionCount", "metric.global_partition_count"_w}, [](const ControllerFacts& f) { return number(f.partitions); }},
    {{MBEAN_CONTROLLER "FencedBrokerCount", "metric.fenced_broker_count"_w}, [](const ControllerFacts& f) { return number(f.fenced); }},
    {{MBEAN_CONTROLLER "ActiveBrokerCount", "metric.active_broker_count"_w}, [](const ControllerFacts& f) { return number(f.active); }},
    {{MBEAN_CONTROLLER "LastAppliedRecordOffset", "metric.records_acts_upon_up"_w}, [](const ControllerFacts& f) { return number(f.node.last_applied().value); }},
    {{MBEAN_CONTROLLER "LastCommittedRecordOffset", "metric.last_committed_record_offset"_w},
     [](const ControllerFacts& f) { return number(f.node.image().last_offset().value); }},
    {{MBEAN_CONTROLLER "NewActiveControllersCount", "metric.new_active_controllers_count"_w, kCounts},
     [](const ControllerFacts& f) { return number(f.node.metrics().new_active_controllers); }},
    {kUncleanElections, [](const ControllerFacts& f) { return number(f.node.metrics().unclean_elections); }},
    {{"kafka.controller:type=ControllerStats,name=ElectionFromEligibleLeaderReplicasPerSec", "metric.election_from_eligible_leader_replicas_per_sec"_w, kCounts},
     [](const ControllerFacts& f) { return number(f.node.metrics().elections_from_elr); }},
};
// clang-format on

#undef MBEAN_REPLICAS
#undef MBEAN_TOPICS
#undef MBEAN_PURGATORY
#undef MBEAN_SHARE
#undef MBEAN_GROUPS
#undef MBEAN_COORDINATOR
#undef MBEAN_REQUESTS
#undef MBEAN_OF_PARTITION
#undef MBEAN_SHARE_PARTITION
#undef MBEAN_OF_SHARE_PARTITION
#undef MBEAN_PARTITION
#undef MBEAN_LOG
#undef MBEAN_RAFT
#undef MBEAN_CONTROLLER

// ---- metrics by kind of node

void requests_of(const broker::BrokerMetrics& m, const Out& out, bool zookeeper) {
  const std::span answered(broker::kAnswered, zookeeper ? std::size(broker::kAnswered) : broker::kAnsweredUnderKRaft);
  constexpr auto kLastOf25 = api::OffsetDelete;
  const auto version = [&](ApiKey api) { return std::to_string(spoken_version(api, zookeeper)); };
  for (const ApiKey api : answered)
    if (!zookeeper || api <= kLastOf25)
      out.give_all(kRequestRows, m.requests[broker::row_of(api)], {protocol::name(api), version(api)});
  out.give_all(kRequestRows, m.fetch_consumer, {"FetchConsumer", version(api::Fetch)});
  out.give_all(kRequestRows, m.fetch_follower, {"FetchFollower", version(api::Fetch)});
  if (!out.wants_kind(kErrors)) return;
  for (const ApiKey api : answered)
    if (const std::int64_t fine = m.requests[broker::row_of(api)].fine; fine > 0)
      out.give(full_name(kErrors.name, {protocol::name(api), "NONE"}), kErrors, number(fine));
  for (const broker::ErrorStat& e : m.errors)
    out.give(full_name(kErrors.name, {protocol::name(e.api), protocol::name(e.error)}), kErrors, number(e.count));
}

void partitions_of(const broker::Broker& b, const Out& out) {
  for (const auto& [key, entry] : b.share_groups().partitions)
    if (const protocol::TopicImage* topic = b.image().topic(key.partition.topic);
        topic != nullptr && entry.partition.active())
      out.give_all(kSharePartitionRows, entry, {key.group, topic->name, std::to_string(key.partition.partition)});
  if (!out.wants_one_of(kReplicaRows)) return;
  for (const broker::Replica& r : b.replicas())
    if (const protocol::TopicImage* topic = b.image().topic(r.tp.topic); topic != nullptr && online(r))
      out.give_all(kReplicaRows, ReplicaFacts{r, standing_at(b, r)}, {topic->name, std::to_string(r.tp.partition)});
}

/// The metrics of the controller that a broker in ZooKeeper mode hosts: the first rows of kControllerRows, from its
/// memory (zeros unless it is active), and the process's ControllerStats. Kafka: KafkaController.updateMetrics (2.5).
void hosted_controller_of(const controller::KafkaController& k, const Out& out) {
  const controller::ControllerContext& context = k.context();
  std::int64_t offline = 0, imbalanced = 0, partitions = 0;
  context.for_each([&](protocol::TopicPartition p, const controller::PartitionContext& c) {
    ++partitions;
    offline += c.state == controller::PartitionState::Offline;
    if (context.queued_for_deletion(p)) return;
    imbalanced += off_preferred(c.decided ? c.decided->leader : kNoBroker, c.replicas);
  });
  const double values[] = {k.active() ? 1.0 : 0.0, number(offline), number(imbalanced),
                           number(static_cast<std::int64_t>(context.topics.size())), number(partitions)};
  for (std::size_t i = 0; i < std::size(values); ++i)
    out.give(kControllerRows[i].kind.name, kControllerRows[i].kind, values[i]);
  out.give(kUncleanElections.name, kUncleanElections, number(context.unclean_elections));
}

void visit_node(const cluster::Cluster& c, sim::NodeId node, const Out& out, bool partitions) {
  if (!node.valid() || is_down(node_state(c, node))) return;
  const auto quorum = [&](const raft::QuorumNode& q) { out.give_all(kRaftRows, RaftFacts{q, c.now()}); };
  if (const auto* b = c.role<broker::Broker>(node)) {
    if (out.wants_one_of(kBrokerRows) || out.wants_one_of(kShareRows)) {
      const BrokerFacts facts = look_at(*b, c.now());
      out.give_all(kBrokerRows, facts);
      if (!c.under_zookeeper()) out.give_all(kShareRows, facts);
    }
    requests_of(b->metrics(), out, c.under_zookeeper());
    if (partitions) partitions_of(*b, out);
    if (!c.under_zookeeper()) quorum(b->raft());
    else if (out.wants_one_of(kControllerRows)) hosted_controller_of(b->zookeeper_mode()->controller, out);
  } else if (const auto* k = c.role<controller::ControllerNode>(node)) {
    if (out.wants_one_of(kControllerRows)) out.give_all(kControllerRows, look_at(*k));
    quorum(k->raft());
  } else {
    clients_of(c, node, out, partitions);
  }
}

}  // namespace

std::vector<const MBeanKind*> mbean_kinds() {
  std::vector<const MBeanKind*> kinds;
  const auto take = [&](const auto& rows) {
    for (const auto& row : rows) kinds.push_back(&row.kind);
  };
  take(kBrokerRows);
  take(kRequestRows);
  kinds.push_back(&kErrors);
  take(kShareRows);
  take(kSharePartitionRows);
  take(kReplicaRows);
  take(kRaftRows);
  take(kControllerRows);
  add_client_kinds(kinds);
  return kinds;
}

const MBeanKind* find_mbean_kind(std::string_view name) {
  for (const MBeanKind* kind : mbean_kinds())
    if (matches(kind->name, name)) return kind;
  return nullptr;
}

void for_each_mbean(const cluster::Cluster& cluster, sim::NodeId node, std::string_view only,
                    const MBeanVisitor& visit) {
  visit_node(cluster, node, {only, visit, cluster.under_zookeeper()}, true);
}

void for_each_mbean_of_node(const cluster::Cluster& cluster, sim::NodeId node, const MBeanVisitor& visit) {
  visit_node(cluster, node, {"", visit, cluster.under_zookeeper()}, false);
}

}  // namespace kafkascope::observe
