#include "observe/mbeans.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string>

#include "broker/broker.h"
#include "controller/kraft/controller_node.h"
#include "observe/mbean_rows.h"
#include "observe/spoken_versions.h"

namespace kafkascope::observe {

namespace {

using protocol::ApiKey;
using protocol::BrokerId;
using protocol::kNoBroker;
using namespace mbean_rows;

// ---------------------------------------------------------------------------------------------- brokers

struct BrokerFacts {
  const broker::Broker& b;
  const broker::BrokerMetrics& counted;
  sim::Instant now;
  std::int64_t leaders = 0, partitions = 0, offline = 0, under_replicated = 0, under_min = 0, at_min = 0,
               reassigning = 0, producers = 0;
  std::int64_t max_lag = 0, failed_fetches = 0;
  std::int64_t produces = 0, share_fetches = 0;
  std::int64_t share_session_partitions = 0;
  coordinator::GroupCoordinator::StateCounts groups{};
};

/// Without replicas that are being added. Kafka: OngoingReassignmentState.replicationFactor.
int replication_factor(const broker::Broker& b, const broker::Replica& r) {
  const protocol::PartitionRegistration* p = r.reassigning ? b.image().partition(r.tp) : nullptr;
  return r.assignment.size() - (p == nullptr ? 0 : p->adding.size());
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
    f.under_replicated += r.isr.size() < replication_factor(b, r);
    f.under_min += r.under_min_isr();
    f.at_min += r.isr.size() == r.effective_min_isr();
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
    {{MBEAN_REPLICAS "UnderReplicatedPartitions", "under-replicated partitions", "복제본이 모자란 파티션"}, [](const BrokerFacts& f) { return number(f.under_replicated); }},
    {{MBEAN_REPLICAS "UnderMinIsrPartitionCount", "partitions under min.insync.replicas", "min.insync.replicas에 못 미친 파티션"},
     [](const BrokerFacts& f) { return number(f.under_min); }},
    {{MBEAN_REPLICAS "AtMinIsrPartitionCount", "partitions with just min.insync.replicas", "min.insync.replicas만 남은 파티션"},
     [](const BrokerFacts& f) { return number(f.at_min); }},
    {{MBEAN_REPLICAS "OfflineReplicaCount", "replicas on a failed disk", "고장 난 디스크의 복제본"}, [](const BrokerFacts& f) { return number(f.offline); }},
    {{MBEAN_REPLICAS "LeaderCount", "partitions it leads", "리더를 맡은 파티션"}, [](const BrokerFacts& f) { return number(f.leaders); }},
    {{MBEAN_REPLICAS "PartitionCount", "replicas it has", "가진 복제본"}, [](const BrokerFacts& f) { return number(f.partitions); }},
    {{MBEAN_REPLICAS "ReassigningPartitions", "partitions being reassigned", "재할당 중인 파티션"}, [](const BrokerFacts& f) { return number(f.reassigning); }},
    {{MBEAN_REPLICAS "ProducerIdCount", "producers its logs remember", "로그가 기억하는 프로듀서"}, [](const BrokerFacts& f) { return number(f.producers); }, kNewer},
    {{MBEAN_REPLICAS "IsrShrinksPerSec", "shrinks of an ISR", "ISR 축소", kCounts}, [](const BrokerFacts& f) { return number(f.counted.isr_shrinks); }},
    {{MBEAN_REPLICAS "IsrExpandsPerSec", "expansions of an ISR", "ISR 확장", kCounts}, [](const BrokerFacts& f) { return number(f.counted.isr_expands); }},
    {{MBEAN_REPLICAS "FailedIsrUpdatesPerSec", "changes of an ISR that failed", "실패한 ISR 변경", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_isr_updates); }},
    {{"kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica", "records the furthest follower here is behind", "가장 뒤처진 팔로워의 지연"},
     [](const BrokerFacts& f) { return number(f.max_lag); }},
    {{"kafka.server:type=ReplicaFetcherManager,name=FailedPartitionsCount,clientId=Replica", "partitions its fetchers have given up", "페처가 포기한 파티션"},
     [](const BrokerFacts& f) { return number(f.failed_fetches); }},

    {{MBEAN_TOPICS "MessagesInPerSec", "records in", "들어온 레코드", kCounts}, [](const BrokerFacts& f) { return number(f.counted.messages_in); }},
    {{MBEAN_TOPICS "BytesInPerSec", "bytes in", "들어온 바이트", kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_in); }},
    {{MBEAN_TOPICS "BytesOutPerSec", "bytes out to consumers", "컨슈머에게 나간 바이트", kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_out); }},
    {{MBEAN_TOPICS "BytesRejectedPerSec", "bytes too large to take", "너무 커서 거절한 바이트", kCounts}, [](const BrokerFacts& f) { return number(f.counted.bytes_rejected); }},
    {{MBEAN_TOPICS "TotalProduceRequestsPerSec", "appends asked for", "요청받은 추가", kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_produce); }},
    {{MBEAN_TOPICS "FailedProduceRequestsPerSec", "appends that failed", "실패한 추가", kCounts}, [](const BrokerFacts& f) { return number(f.counted.failed_produce); }},
    {{MBEAN_TOPICS "TotalFetchRequestsPerSec", "reads of a partition", "파티션 읽기", kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_fetch); }},
    {{MBEAN_TOPICS "ReplicationBytesInPerSec", "bytes in from leaders", "리더에게서 받은 바이트", kCounts}, [](const BrokerFacts& f) { return number(f.counted.replication_bytes_in); }},
    {{MBEAN_TOPICS "ReplicationBytesOutPerSec", "bytes out to followers", "팔로워에게 보낸 바이트", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.replication_bytes_out); }},
    {{MBEAN_TOPICS "ReassignmentBytesInPerSec", "bytes in for new replicas", "새 복제본이 받은 바이트", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.reassignment_bytes_in); }},
    {{MBEAN_TOPICS "ReassignmentBytesOutPerSec", "bytes out to new replicas", "새 복제본에게 보낸 바이트", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.reassignment_bytes_out); }},

    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=Produce", "partitions on whose lists produces stand", "생산 요청이 감시 목록에 올라 있는 파티션"},
     [](const BrokerFacts& f) { return number(f.b.watched_produces(f.now)); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=Fetch", "partitions on whose lists fetches stand", "읽기 요청이 감시 목록에 올라 있는 파티션"},
     [](const BrokerFacts& f) { return number(f.b.watched_fetches(f.now)); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=DeleteRecords", "partitions on whose lists deletions stand", "삭제 요청이 감시 목록에 올라 있는 파티션"},
     [](const BrokerFacts& f) { return number(f.b.watched_delete_records(f.now)); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=Produce", "produces that wait for followers", "팔로워를 기다리는 생산 요청"},
     [](const BrokerFacts& f) { return number(f.produces); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=Fetch", "fetches that wait for data", "데이터를 기다리는 읽기 요청"},
     [](const BrokerFacts& f) { return number(f.b.waiting_fetches().size()); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=DeleteRecords", "deletions that wait for followers", "팔로워를 기다리는 삭제 요청"},
     [](const BrokerFacts& f) { return number(f.b.delete_records_purgatory().size()); }},
    {{"kafka.server:type=DelayedProduceMetrics,name=ExpiresPerSec", "produces whose time was up", "시간이 다한 생산 요청", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_produces); }},
    {{"kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec,fetcherType=follower", "followers' fetches without news", "새것 없이 끝난 팔로워 읽기", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_follower_fetches); }},
    {{"kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec,fetcherType=consumer", "consumers' fetches without news", "새것 없이 끝난 컨슈머 읽기", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_consumer_fetches); }},
    {{"kafka.server:type=DelayedDeleteRecordsMetrics,name=ExpiresPerSec", "deletions whose time was up", "시간이 다한 삭제 요청", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_delete_records); }},
    {{"kafka.server:type=FetchSessionCache,name=NumIncrementalFetchSessions", "fetch sessions", "페치 세션"},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().size()); }},
    {{"kafka.server:type=FetchSessionCache,name=NumIncrementalFetchPartitionsCached", "partitions in fetch sessions", "페치 세션의 파티션"},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().partitions()); }},
    {{"kafka.server:type=FetchSessionCache,name=IncrementalFetchSessionEvictionsPerSec", "fetch sessions pushed out", "밀려난 페치 세션", kCounts},
     [](const BrokerFacts& f) { return number(f.b.fetch_sessions().evictions()); }},

    {{"kafka.network:type=RequestChannel,name=RequestQueueSize", "requests that wait for a thread", "스레드를 기다리는 요청"},
     [](const BrokerFacts& f) { return number(f.b.connections().handlers.queue().size()); }},
    {{"kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate", "idle part of the request threads (1 = all idle)", "요청 스레드가 노는 비율 (1 = 모두 놂)"},
     [](const BrokerFacts& f) { return number(f.b.connections().handlers.idle_ppm(f.now)) / 1'000'000; }},

    {{"kafka.log:type=LogManager,name=OfflineLogDirectoryCount", "failed log directories", "고장 난 로그 디렉터리"},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.log_dirs().offline_count()}); }},
    {{"kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs", "flushes of a log to disk", "로그를 디스크에 내린 횟수", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.log_flushes); }},
    {{"kafka.server:type=KafkaServer,name=BrokerState", "state of the broker (3 = running)", "브로커 상태 (3 = 실행 중)"}, broker_state},
    {{"kafka.server:type=broker-metadata-metrics#last-applied-record-offset", "metadata applied up to", "적용한 메타데이터 오프셋"},
     [](const BrokerFacts& f) { return number(f.b.image().last_offset().value); }, kNewer},
    {{"kafka.server:type=MetadataLoader,name=CurrentMetadataVersion", "metadata.version", "metadata.version"},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.image().feature("metadata.version")}); }, kNewer},
    {{"kafka.server:type=MetadataLoader,name=CurrentControllerId", "controller it believes in", "믿고 있는 컨트롤러"},
     [](const BrokerFacts& f) { return number(std::int64_t{f.b.raft().leader()}); }, kNewer},

    {{MBEAN_GROUPS "NumGroups", "groups it coordinates", "조정하는 그룹"}, [](const BrokerFacts& f) { return number(std::accumulate(f.groups.begin(), f.groups.end(), std::int64_t{0})); }},
    {{MBEAN_GROUPS "NumGroupsEmpty", "groups: Empty", "그룹: Empty"}, groups_in<coordinator::GroupState::Empty>},
    {{MBEAN_GROUPS "NumGroupsPreparingRebalance", "groups: PreparingRebalance", "그룹: PreparingRebalance"}, groups_in<coordinator::GroupState::PreparingRebalance>},
    {{MBEAN_GROUPS "NumGroupsCompletingRebalance", "groups: CompletingRebalance", "그룹: CompletingRebalance"}, groups_in<coordinator::GroupState::CompletingRebalance>},
    {{MBEAN_GROUPS "NumGroupsStable", "groups: Stable", "그룹: Stable"}, groups_in<coordinator::GroupState::Stable>},
    {{MBEAN_GROUPS "NumOffsets", "committed offsets it keeps", "보관 중인 커밋 오프셋"}, [](const BrokerFacts& f) { return number(f.b.coordinator().offset_count()); }},
    {{MBEAN_COORDINATOR ",protocol=classic#group-count", "groups of the classic protocol", "classic 프로토콜 그룹"},
     [](const BrokerFacts& f) { return number(std::accumulate(f.groups.begin(), f.groups.end(), std::int64_t{0})); }, kNewer},
    {{MBEAN_COORDINATOR ",protocol=consumer#group-count", "groups of the newer protocol", "새 프로토콜 그룹"},
     [](const BrokerFacts& f) { return number(f.b.coordinator().consumer_groups().size()); }, kNewer},
    {{MBEAN_COORDINATOR ",state=Empty#consumer-group-count", "newer groups: Empty", "새 프로토콜 그룹: Empty"}, newer_groups_in<coordinator::ConsumerGroupState::Empty>, kNewer},
    {{MBEAN_COORDINATOR ",state=Assigning#consumer-group-count", "newer groups: Assigning", "새 프로토콜 그룹: Assigning"}, newer_groups_in<coordinator::ConsumerGroupState::Assigning>, kNewer},
    {{MBEAN_COORDINATOR ",state=Reconciling#consumer-group-count", "newer groups: Reconciling", "새 프로토콜 그룹: Reconciling"},
     newer_groups_in<coordinator::ConsumerGroupState::Reconciling>, kNewer},
    {{MBEAN_COORDINATOR ",state=Stable#consumer-group-count", "newer groups: Stable", "새 프로토콜 그룹: Stable"}, newer_groups_in<coordinator::ConsumerGroupState::Stable>, kNewer},
    {{MBEAN_COORDINATOR ",protocol=share#group-count", "share groups", "셰어 그룹"}, [](const BrokerFacts& f) { return number(f.b.coordinator().share_groups().size()); }, kNewer},
    {{MBEAN_COORDINATOR ",state=Empty#share-group-count", "share groups: Empty", "셰어 그룹: Empty"}, share_groups_in<coordinator::ShareGroupState::Empty>, kNewer},
    {{MBEAN_COORDINATOR ",state=Stable#share-group-count", "share groups: Stable", "셰어 그룹: Stable"}, share_groups_in<coordinator::ShareGroupState::Stable>, kNewer},
    {{MBEAN_COORDINATOR "#group-completed-rebalance-count", "rebalances of classic groups completed", "끝난 classic 리밸런스", kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::completed_rebalances>},
    {{MBEAN_COORDINATOR "#consumer-group-rebalance-count", "times a newer group's epoch rose", "새 프로토콜 그룹의 리밸런스", kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::consumer_rebalances>, kNewer},
    {{MBEAN_COORDINATOR "#share-group-rebalance-count", "times a share group's epoch rose", "셰어 그룹의 리밸런스", kCounts},
     counted_by_coordinator<&coordinator::GroupCoordinator::Counters::share_rebalances>, kNewer},
    {{MBEAN_COORDINATOR "#offset-commit-count", "offsets committed", "커밋된 오프셋", kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_commits>},
    {{MBEAN_COORDINATOR "#offset-deletion-count", "offsets deleted by hand", "직접 지운 오프셋", kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_deletions>},
    {{MBEAN_COORDINATOR "#offset-expiration-count", "offsets expired", "만료된 오프셋", kCounts}, counted_by_coordinator<&coordinator::GroupCoordinator::Counters::offset_expirations>},
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
    {{MBEAN_REQUESTS "RequestsPerSec,request=<request>,version=<version>", "requests answered", "응답한 요청", kCounts}, [](const broker::RequestStat& s) { return number(s.count); }},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>", "requests timed", "시간을 잰 요청", kCounts}, [](const broker::RequestStat& s) { return number(s.count); }},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>#Mean", "ms a request takes here, mean", "요청 처리 시간 ms, 평균"},
     mean_ms<&broker::RequestStat::total>},
    {{MBEAN_REQUESTS "TotalTimeMs,request=<request>#Max", "ms a request takes here, most", "요청 처리 시간 ms, 최대"}, most_ms<&broker::RequestStat::total>},
    {{MBEAN_REQUESTS "RequestQueueTimeMs,request=<request>#Mean", "ms it waits for a thread, mean", "스레드를 기다린 시간 ms, 평균"}, mean_ms<&broker::RequestStat::queue>},
    {{MBEAN_REQUESTS "RequestQueueTimeMs,request=<request>#Max", "ms it waits for a thread, most", "스레드를 기다린 시간 ms, 최대"}, most_ms<&broker::RequestStat::queue>},
    {{MBEAN_REQUESTS "LocalTimeMs,request=<request>#Mean", "ms a thread needs for it, mean", "스레드가 처리한 시간 ms, 평균"}, mean_ms<&broker::RequestStat::local>},
    {{MBEAN_REQUESTS "LocalTimeMs,request=<request>#Max", "ms a thread needs for it, most", "스레드가 처리한 시간 ms, 최대"}, most_ms<&broker::RequestStat::local>},
    {{MBEAN_REQUESTS "RemoteTimeMs,request=<request>#Mean", "ms it waits for others, mean", "다른 노드를 기다린 시간 ms, 평균"}, mean_ms<&broker::RequestStat::remote>},
    {{MBEAN_REQUESTS "RemoteTimeMs,request=<request>#Max", "ms it waits for others, most", "다른 노드를 기다린 시간 ms, 최대"}, most_ms<&broker::RequestStat::remote>},
    {{MBEAN_REQUESTS "ThrottleTimeMs,request=<request>#Mean", "ms its client is muted for, mean", "클라이언트를 쉬게 한 시간 ms, 평균"}, mean_ms<&broker::RequestStat::throttle>},
    {{MBEAN_REQUESTS "ThrottleTimeMs,request=<request>#Max", "ms its client is muted for, most", "클라이언트를 쉬게 한 시간 ms, 최대"}, most_ms<&broker::RequestStat::throttle>},
};
// clang-format on
constexpr MBeanKind kErrors{MBEAN_REQUESTS "ErrorsPerSec,request=<request>,error=<error>", "errors answered",
                            "오류 응답", kCounts};

// ---------------------------------------------------------------------------------------------- share groups

// clang-format off
constexpr Row<BrokerFacts> kShareRows[] = {
    {{MBEAN_TOPICS "TotalShareFetchRequestsPerSec", "topics of share fetches", "셰어 페치의 토픽", kCounts}, [](const BrokerFacts& f) { return number(f.counted.total_share_fetch); }},
    {{MBEAN_TOPICS "FailedShareFetchRequestsPerSec", "topics of share fetches that failed", "실패한 셰어 페치의 토픽", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_share_fetch); }},
    {{MBEAN_TOPICS "TotalShareAcknowledgementRequestsPerSec", "topics of share acknowledgements", "셰어 확인 응답의 토픽", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.total_share_acknowledgement); }},
    {{MBEAN_TOPICS "FailedShareAcknowledgementRequestsPerSec", "topics of share acknowledgements that failed", "실패한 셰어 확인 응답의 토픽", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.failed_share_acknowledgement); }},
    {{MBEAN_PURGATORY "NumDelayedOperations,delayedOperation=ShareFetch", "share fetches that wait for data", "데이터를 기다리는 셰어 페치"},
     [](const BrokerFacts& f) { return number(f.share_fetches); }},
    {{MBEAN_PURGATORY "PurgatorySize,delayedOperation=ShareFetch", "keys on whose lists share fetches stand", "셰어 페치가 감시 목록에 올라 있는 키"},
     [](const BrokerFacts& f) { return number(f.b.watched_share_fetches(f.now)); }},
    {{"kafka.server:type=DelayedShareFetchMetrics,name=ExpiresPerSec", "share fetches whose time was up", "시간이 다한 셰어 페치", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.expired_share_fetches); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Accept", "records accepted", "accept된 레코드", kCounts}, [](const BrokerFacts& f) { return number(f.counted.accepted); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Release", "records released", "release된 레코드", kCounts}, [](const BrokerFacts& f) { return number(f.counted.released); }},
    {{MBEAN_SHARE "RecordAcknowledgementsPerSec,ackType=Reject", "records rejected", "reject된 레코드", kCounts}, [](const BrokerFacts& f) { return number(f.counted.rejected); }},
    {{MBEAN_SHARE "PartitionLoadTimeMs", "share partitions loaded", "불러온 셰어 파티션", kCounts},
     [](const BrokerFacts& f) { return number(f.counted.share_partition_loads); }},
    {{MBEAN_SHARE "PartitionLoadTimeMs#Max", "ms to load a share partition, most", "셰어 파티션을 불러온 ms, 최대"},
     [](const BrokerFacts& f) { return number(f.counted.share_partition_load_time.longest_us) / 1000; }},
    {{"kafka.server:type=ShareSessionCache,name=ShareSessionsCount", "share sessions", "셰어 세션"}, [](const BrokerFacts& f) { return number(f.b.share_groups().sessions.size()); }},
    {{"kafka.server:type=ShareSessionCache,name=SharePartitionsCount", "partitions in share sessions", "셰어 세션의 파티션"},
     [](const BrokerFacts& f) { return number(f.share_session_partitions); }},
    {{"kafka.server:type=share-coordinator-metrics#write-total", "states that a share coordinator was to write", "셰어 코디네이터가 쓴 상태", kCounts},
     [](const BrokerFacts& f) { return number(f.b.share_coordinator().writes()); }},
};
// clang-format on

/// For every share partition that the broker leads and has loaded.
#define MBEAN_SHARE_PARTITION "kafka.server:type=SharePartitionMetrics,name="
#define MBEAN_OF_SHARE_PARTITION ",group=<group>,topic=<topic>,partition=<partition>"
constexpr Row<broker::ShareEntry> kSharePartitionRows[] = {
    {{MBEAN_SHARE_PARTITION "InFlightMessageCount" MBEAN_OF_SHARE_PARTITION,
      "records from the start offset to the last that was locked", "시작 오프셋부터 마지막으로 잠근 레코드까지"},
     [](const broker::ShareEntry& e) { return number(e.partition.window().size()); }},
    {{MBEAN_SHARE_PARTITION "AcquisitionLockTimeoutPerSec" MBEAN_OF_SHARE_PARTITION, "records whose lock ran out",
      "잠금 시간이 다한 레코드", kCounts},
     [](const broker::ShareEntry& e) { return number(e.lock_timeouts); }},
};

// ---------------------------------------------------------------------------------------------- single partitions

#define MBEAN_OF_PARTITION ",topic=<topic>,partition=<partition>"
#define MBEAN_PARTITION "kafka.cluster:type=Partition,name="
#define MBEAN_LOG "kafka.log:type=Log,name="

struct ReplicaFacts {
  const broker::Replica& r;
  int replication_factor = 0;
};

/// For every replica served here; a follower reports 0 where only a leader knows the value.
// clang-format off
constexpr Row<ReplicaFacts> kReplicaRows[] = {
    {{MBEAN_PARTITION "UnderReplicated" MBEAN_OF_PARTITION, "the ISR lacks a replica", "ISR에 복제본이 모자람"},
     [](const ReplicaFacts& f) { return f.r.is_leader() && f.r.isr.size() < f.replication_factor ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "UnderMinIsr" MBEAN_OF_PARTITION, "the ISR is under min.insync.replicas", "ISR이 min.insync.replicas에 못 미침"},
     [](const ReplicaFacts& f) { return f.r.under_min_isr() ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "AtMinIsr" MBEAN_OF_PARTITION, "the ISR has just min.insync.replicas", "ISR이 min.insync.replicas만큼만 남음"},
     [](const ReplicaFacts& f) { return f.r.is_leader() && f.r.isr.size() == f.r.effective_min_isr() ? 1.0 : 0.0; }},
    {{MBEAN_PARTITION "InSyncReplicasCount" MBEAN_OF_PARTITION, "replicas in the ISR", "ISR의 복제본"},
     [](const ReplicaFacts& f) { return f.r.is_leader() ? number(std::int64_t{f.r.isr.size()}) : 0.0; }},
    {{MBEAN_PARTITION "ReplicasCount" MBEAN_OF_PARTITION, "replicas", "복제본"},
     [](const ReplicaFacts& f) { return f.r.is_leader() ? number(std::int64_t{f.replication_factor}) : 0.0; }},
    {{MBEAN_LOG "LogStartOffset" MBEAN_OF_PARTITION, "the log begins at", "로그 시작"}, [](const ReplicaFacts& f) { return number(f.r.log.log_start_offset().value); }},
    {{MBEAN_LOG "LogEndOffset" MBEAN_OF_PARTITION, "the log ends at", "로그 끝"}, [](const ReplicaFacts& f) { return number(f.r.log.log_end_offset().value); }},
    {{MBEAN_LOG "NumLogSegments" MBEAN_OF_PARTITION, "segments of the log", "로그의 세그먼트"}, [](const ReplicaFacts& f) { return number(f.r.log.segments().size()); }},
    {{MBEAN_LOG "Size" MBEAN_OF_PARTITION, "bytes of the log", "로그의 바이트"}, [](const ReplicaFacts& f) { return number(f.r.log.size_bytes()); }},
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
    {{MBEAN_RAFT "current-leader", "leader of the quorum, as it knows", "알고 있는 쿼럼 리더"}, [](const RaftFacts& r) { return number(std::int64_t{r.node.leader()}); }},
    {{MBEAN_RAFT "current-vote", "whom it has voted for", "투표한 상대"}, [](const RaftFacts& r) { return number(std::int64_t{r.node.is_leader() ? r.node.options().id : r.node.voted_for()}); }},
    {{MBEAN_RAFT "current-epoch", "epoch of the quorum", "쿼럼 에폭"}, [](const RaftFacts& r) { return number(std::int64_t{r.node.epoch().value}); }},
    {{MBEAN_RAFT "high-watermark", "metadata committed up to", "커밋된 메타데이터 끝"}, [](const RaftFacts& r) { return number(r.node.reported_high_watermark().value); }},
    {{MBEAN_RAFT "log-end-offset", "its metadata log ends at", "메타데이터 로그 끝"}, [](const RaftFacts& r) { return number(r.node.log_end_offset().value); }},
    {{MBEAN_RAFT "log-end-epoch", "epoch of the last metadata record", "마지막 메타데이터 레코드의 에폭"},
     [](const RaftFacts& r) { return number(std::int64_t{r.node.epoch_below(r.node.log_end_offset()).value}); }},
    {{MBEAN_RAFT "election-latency-avg", "ms an election took, average", "선거에 걸린 ms, 평균"},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().election_latency.average_us(r.now)); }},
    {{MBEAN_RAFT "election-latency-max", "ms an election took, most", "선거에 걸린 ms, 최대"},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().election_latency.most_us(r.now)); }},
    {{MBEAN_RAFT "commit-latency-avg", "ms to commit a metadata record, average", "메타데이터 커밋 ms, 평균"},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().commit_latency.average_us(r.now)); }},
    {{MBEAN_RAFT "commit-latency-max", "ms to commit a metadata record, most", "메타데이터 커밋 ms, 최대"},
     [](const RaftFacts& r) { return ms_or_nothing(r.node.metrics().commit_latency.most_us(r.now)); }},
};
// clang-format on

struct ControllerFacts {
  const controller::ControllerNode& node;
  std::int64_t fenced = 0, active = 0, topics = 0, partitions = 0, offline = 0, imbalanced = 0;
};

/// From the committed records it knows. Kafka: ControllerMetadataMetricsPublisher, which standbys have, too.
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
      f.imbalanced += p.replicas.empty() || p.leader != *p.replicas.begin();
    }
  }
  return f;
}

#define MBEAN_CONTROLLER "kafka.controller:type=KafkaController,name="

constexpr MBeanKind kUncleanElections{"kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec",
                                      "unclean elections", "unclean 선출", kCounts};

// clang-format off
constexpr Row<ControllerFacts> kControllerRows[] = {
    {{MBEAN_CONTROLLER "ActiveControllerCount", "it is the active controller", "활성 컨트롤러임"}, [](const ControllerFacts& f) { return f.node.active() ? 1.0 : 0.0; }},
    {{MBEAN_CONTROLLER "OfflinePartitionsCount", "partitions without a leader", "리더 없는 파티션"}, [](const ControllerFacts& f) { return number(f.offline); }},
    {{MBEAN_CONTROLLER "PreferredReplicaImbalanceCount", "partitions not led by their first replica", "첫 복제본이 이끌지 않는 파티션"},
     [](const ControllerFacts& f) { return number(f.imbalanced); }},
    {{MBEAN_CONTROLLER "GlobalTopicCount", "topics", "토픽"}, [](const ControllerFacts& f) { return number(f.topics); }},
    {{MBEAN_CONTROLLER "GlobalPartitionCount", "partitions", "파티션"}, [](const ControllerFacts& f) { return number(f.partitions); }},
    {{MBEAN_CONTROLLER "FencedBrokerCount", "fenced brokers", "차단된 브로커"}, [](const ControllerFacts& f) { return number(f.fenced); }},
    {{MBEAN_CONTROLLER "ActiveBrokerCount", "brokers that serve", "일하는 브로커"}, [](const ControllerFacts& f) { return number(f.active); }},
    {{MBEAN_CONTROLLER "LastAppliedRecordOffset", "records it acts upon, up to", "반영한 레코드 끝"}, [](const ControllerFacts& f) { return number(f.node.last_applied().value); }},
    {{MBEAN_CONTROLLER "LastCommittedRecordOffset", "records it knows to be committed, up to", "커밋을 아는 레코드 끝"},
     [](const ControllerFacts& f) { return number(f.node.image().last_offset().value); }},
    {{MBEAN_CONTROLLER "NewActiveControllersCount", "active controllers it has seen", "지켜본 활성 컨트롤러 수", kCounts},
     [](const ControllerFacts& f) { return number(f.node.metrics().new_active_controllers); }},
    {kUncleanElections, [](const ControllerFacts& f) { return number(f.node.metrics().unclean_elections); }},
    {{"kafka.controller:type=ControllerStats,name=ElectionFromEligibleLeaderReplicasPerSec", "leaders from the ELR", "ELR에서 뽑은 리더", kCounts},
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

// ---------------------------------------------------------------------------------------------- metrics by kind of
// node

void requests_of(const broker::BrokerMetrics& m, const Out& out, bool zookeeper) {
  const std::span answered(broker::kAnswered, zookeeper ? std::size(broker::kAnswered) : broker::kAnsweredUnderKRaft);
  constexpr auto kLastOf25 = ApiKey::OffsetDelete;
  const auto version = [&](ApiKey api) { return std::to_string(spoken_version(api, zookeeper)); };
  for (const ApiKey api : answered)
    if (!zookeeper || api <= kLastOf25)
      out.give_all(kRequestRows, m.requests[broker::row_of(api)], {protocol::name(api), version(api)});
  out.give_all(kRequestRows, m.fetch_consumer, {"FetchConsumer", version(ApiKey::Fetch)});
  out.give_all(kRequestRows, m.fetch_follower, {"FetchFollower", version(ApiKey::Fetch)});
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
      out.give_all(kReplicaRows, ReplicaFacts{r, replication_factor(b, r)},
                   {topic->name, std::to_string(r.tp.partition)});
}

bool reports(const cluster::Cluster& c, sim::NodeId node) {
  const sim::NodeState state = c.state(node);
  return state == sim::NodeState::Starting || state == sim::NodeState::Running || state == sim::NodeState::Paused ||
         state == sim::NodeState::ShuttingDown;
}

/// For the controller that a broker in ZooKeeper mode hosts: the first of kControllerRows, from its memory; zeros unless it is active. And
/// for the process, ControllerStats.
/// Kafka: KafkaController.updateMetrics (2.5).
void hosted_controller_of(const controller::KafkaController& k, const Out& out) {
  const controller::ControllerContext& context = k.context();
  std::int64_t offline = 0, imbalanced = 0, partitions = 0;
  context.for_each([&](protocol::TopicPartition p, const controller::PartitionContext& c) {
    ++partitions;
    offline += c.state == controller::PartitionState::Offline;
    if (context.queued_for_deletion(p)) return;
    const protocol::BrokerId leader = c.decided ? c.decided->leader : kNoBroker;
    imbalanced += leader != c.replicas[0];
  });
  const double values[] = {k.active() ? 1.0 : 0.0, number(offline), number(imbalanced),
                           number(static_cast<std::int64_t>(context.topics.size())), number(partitions)};
  for (std::size_t i = 0; i < std::size(values); ++i)
    out.give(kControllerRows[i].kind.name, kControllerRows[i].kind, values[i]);
  out.give(kUncleanElections.name, kUncleanElections, number(context.unclean_elections));
}

void visit_node(const cluster::Cluster& c, sim::NodeId node, const Out& out, bool partitions) {
  if (!node.valid() || !reports(c, node)) return;
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
