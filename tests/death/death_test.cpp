// After its process's death each component equals a new one, except for the members listed here. Checked at many moments of runs in
// which the components have much to lose.
#include <doctest/doctest.h>

#include "support/anatomy.h"
#include "support/places.h"
// Every standard header that the headers below include, before private members become accessible.
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <charconv>
#include <compare>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>
#ifdef __clang__
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define private public
#include "cluster/world.h"
#include "scenario/load.h"
#include "scenario/session.h"
#undef private

using namespace kafkascope;

namespace anatomy {

template <>
inline constexpr bool kSharedWhole<protocol::BatchRef> = true;

// ---- brokers
KAFKASCOPE_ANATOMY(broker::BrokerServer, options, settings, raft, replicas, index, dirs, lifecycle, image, metrics,
                   heartbeat_channel, connections, publisher, replica_manager, alter_partitions, fetchers, fetches,
                   delayed, logs, coordinators, shares, verifications, markers, forwarding, zk)
KAFKASCOPE_ANATOMY(broker::BrokerLifecycle, id, rack, endpoint, heartbeat_interval, session_timeout,
                   registration_timeout, dir_failure_timeout, state, preloaded, started, registered, ever_registered,
                   ready_to_unfence, fenced, in_flight, next_at_once, got_shutdown_answer, failed_attempts, epoch,
                   incarnation, clean_shutdown_epoch, previous_epoch, dirs, offline_dirs, offline_dirs_sent,
                   offline_dirs_told, communication)
KAFKASCOPE_ANATOMY(broker::ControllerChannel, index, request_timeout, retry_timeout, queue, in_flight, correlation,
                   controller, connection, not_before, request_timer, retry_timer)
KAFKASCOPE_ANATOMY(broker::InterBrokerChannels, index, request_timeout, channels, next_correlation)
KAFKASCOPE_ANATOMY(broker::Connections, authorizer, connections, connection_by_slot, runnable, handlers, answer_rules,
                   client_quotas, free_connections, closing)
KAFKASCOPE_ANATOMY(broker::RequestHandlers, queue, threads, busy, since, tick_at, idle, rate, ticked)
KAFKASCOPE_ANATOMY(broker::ClientQuotas, old, enabled, samples, length, by_client)
KAFKASCOPE_ANATOMY(broker::SampledSum, samples, length, old, ring, current)
KAFKASCOPE_ANATOMY(broker::MetadataPublisher, first_publish_done, applied, changed_partitions, reconfigured,
                   everything_reconfigured, deleted_topics, plain_topic)
KAFKASCOPE_ANATOMY(broker::AlterPartitionManager, alter_channel, alter_retry, proposals, in_flight_proposals,
                   alter_in_flight)
KAFKASCOPE_ANATOMY(broker::ReplicaFetcherManager, fetchers, fetcher_by_slot, follower_quota)
KAFKASCOPE_ANATOMY(broker::ReplicationQuota, bound, bytes)
KAFKASCOPE_ANATOMY(broker::FetchManager, fetch_sessions, leader_quota, fetch_scratch)
KAFKASCOPE_ANATOMY(broker::FetchSessions, slot_of, sessions, free, slots, shards, next_shard, last_id, evictions)
KAFKASCOPE_ANATOMY(broker::DelayedOperations, produces, fetches, waiting_fetches, delete_records, next_delete_records,
                   woken, complete_produces, complete_fetches, session_fetches, purged_session_fetches,
                   complete_deletions)
KAFKASCOPE_ANATOMY(broker::CompleteWatches, clock, purge, total)
KAFKASCOPE_ANATOMY(broker::LogManager, lost_tails, loading, logs_loaded_at, high_watermarks_from, flushes, failed_dirs,
                   next_flush)
KAFKASCOPE_ANATOMY(broker::Coordinators, group, share, transaction, marker_channels, append_results)
KAFKASCOPE_ANATOMY(broker::SharePersister, operations, channels, next_number, next_correlation, timer, topic_missing)
KAFKASCOPE_ANATOMY(broker::AddPartitionsToTxnManager, channels, nodes, finished, produces, next_guard, next_produce)
KAFKASCOPE_ANATOMY(broker::TransactionMarkers, requests, markers, next)
KAFKASCOPE_ANATOMY(broker::ForwardingManager, forward_channel, topics_in_creation, next_tag, producer_id_end,
                   queued_block_start, queued_block_len, producer_ids_wanted, forwarded, producer_id_next,
                   producer_id_prefetch_at, assignments, assignments_sent, assignment_failures, assignments_timer)

KAFKASCOPE_ANATOMY(broker::BrokerSettings, lag_max, fetch_backoff, socket_timeout, fetch_wait_ms, fetch_min_bytes,
                   fetch_partition_bytes, fetch_response_bytes, client_fetch_max_bytes, num_fetchers, cleaner_backoff,
                   cleaner_keys, auto_create_topics, controlled_shutdown, verify_transactions, rack_aware)
KAFKASCOPE_ANATOMY(broker::ZooKeeperMode, client_options, client, controller, session, controller_epoch, notes_read,
                   config_of_all, own_config, configured, jobs, next_job, isr_changes, isr_writes, delayed_topics,
                   next_delayed_topics, producer_id_waiters, isr_changed_at, isr_told_at, shutdown_controller,
                   shutdown_connection, shutdown_tries, shutdown_timer)
KAFKASCOPE_ANATOMY(raft::QuorumNode, replica, election, following, leading, resigned, preloaded, inbound, wake, wake_at)
KAFKASCOPE_ANATOMY(raft::QuorumReplica, options, log, file, state, epoch, leader, voted_for, high_watermark,
                   told_high_watermark, peers, metrics, next_number)
KAFKASCOPE_ANATOMY(raft::MetadataLog, entries, written_at, epochs, flushed, snapshots, start, flushing, snapshot_at,
                   cleaned_at)
KAFKASCOPE_ANATOMY(raft::QuorumStateFile, saved, writing, outbox)
KAFKASCOPE_ANATOMY(raft::QuorumPeers, request_timeout_ms, retry_backoff_ms, peers, next_correlation)
KAFKASCOPE_ANATOMY(raft::EpochElection, id, voters, timeout_ms, backoff_max_ms, deadline, granted, rejected, won,
                   losses, backing_off)
KAFKASCOPE_ANATOMY(raft::FollowerState, deadline, has_fetched, wanted_snapshot)
KAFKASCOPE_ANATOMY(raft::LeaderState, epoch_start, high_watermark, progress, parked, accumulated, linger_deadline,
                   check_quorum_deadline, begin_epoch_at, fetched_voters)
KAFKASCOPE_PARTS(
    coordinator::GroupCoordinator,
    "options, due_timer, load_rate, contexts, timers, next_token, next_event, txn_commits, next_txn_commit, "
    "share_calls, next_share_call, counters",
    object.options_, object.due_timer_, object.load_rate_, object.volatile_.contexts, object.volatile_.timers,
    object.next_token_, object.next_event_, object.txn_commits_.waiting_, object.txn_commits_.next_,
    object.share_calls_.waiting_, object.share_calls_.next_, object.counters_)
KAFKASCOPE_PARTS(
    coordinator::ShareCoordinator,
    "options, due_timer, load_rate, contexts, timers, next_token, next_event, updates_per_snapshot, writes",
    object.options_, object.due_timer_, object.load_rate_, object.volatile_.contexts, object.volatile_.timers,
    object.next_token_, object.next_event_, object.updates_per_snapshot_, object.writes_)
KAFKASCOPE_PARTS(
    coordinator::TransactionCoordinator,
    "options, due_timer, load_rate, contexts, timers, next_token, next_event, next_append, next_gathering, "
    "started, markers, gatherings",
    object.options_, object.due_timer_, object.load_rate_, object.volatile_.contexts, object.volatile_.timers,
    object.next_token_, object.next_event_, object.next_append_, object.next_gathering_, object.started_,
    object.markers_, object.gatherings_)

KAFKASCOPE_ANATOMY(broker::Broker, server)

// ---- the others
KAFKASCOPE_ANATOMY(controller::ControllerNode, options, authorizer, raft, committed, shutting_down, claimed_epoch,
                   working, heartbeats, decisions, deferred, periodic, metrics, counted_leader)
KAFKASCOPE_ANATOMY(zookeeper::Server, peer, preloaded, wake, wake_set)
KAFKASCOPE_ANATOMY(zookeeper::QuorumPeer, options, state, phase, stay, serving, epochs, db, election, leader, follower,
                   clients)
KAFKASCOPE_ANATOMY(zookeeper::Database, snapshot, log, flushed, saved_epochs, before_snap, tree, applied, next_flush,
                   flushing)
KAFKASCOPE_ANATOMY(zookeeper::FastLeaderElection, links, round, vote, ballots, outside, notify_at, notify_every,
                   settle_at)
KAFKASCOPE_ANATOMY(zookeeper::Leader, learners, new_epoch, epoch_seen, epoch_acked, own_history_on_disk, phase_deadline,
                   requests, tracker, ping_at, half_tick)
KAFKASCOPE_ANATOMY(zookeeper::Follower, connection, attempts, connect_at, phase_deadline, leader_heard,
                   new_leader_received, touched)
KAFKASCOPE_ANATOMY(zookeeper::ClientConnections, clients, watches, next_session)
KAFKASCOPE_ANATOMY(client::Producer, options, stats, next_number, calls, core, accumulator, transactions, partitioner,
                   sender, keys, schedule, generated, commanded, calling, performing_for, thrown, in_transaction,
                   transactions_ended, send, in_send, waiting_for_answer, max_block, key_serde, value_serde, busy_until,
                   busy_rest_ns, wake_sender, record_timer, sender_timer, block_timer, running, stopping)
KAFKASCOPE_ANATOMY(client::Consumer, options, stats, core, subscriptions, fetcher, group, activity, after_commit,
                   to_assign, in_hand, handed_off, output, round, set_aside, unpacking, poll_begins, workers, last_poll,
                   poll_again, close_deadline, wake_timer, heartbeat_timer, close_timer, stopping, closing_committed,
                   closing_left, closing_sessions)
KAFKASCOPE_ANATOMY(client::ShareConsumer, options, stats, handled, core, membership, topics, sessions, activity,
                   explicit_mode, deserializers, max_poll_records, max_wait_ms, min_bytes, max_bytes, api_timeout,
                   backoff, buffer, in_hand, working, last_poll, poll_again, close_deadline, wake_timer, work_timer,
                   close_timer, stopping, closing_left, poll_begins)
KAFKASCOPE_ANATOMY(client::Transform, options, consumer, producer, transaction, processed, aside, consumes,
                   failed_before)
KAFKASCOPE_ANATOMY(client::Admin, options, stats, network, calls, next_call, asked, over_zookeeper, controller,
                   asked_broker, backoff, api_timeout, timer, running)
KAFKASCOPE_ANATOMY(client::Service, options, stats, schedule, next_number, rounds, busy_rounds, connections,
                   next_correlation, queue, working, next_work, call_timer, timeout_timer)
KAFKASCOPE_ANATOMY(client::MessageQueue, options, stats, lines, out, next_id, readers, timer, next_correlation)
KAFKASCOPE_ANATOMY(client::QueueSender, options, queue, stats, next_number, keys, schedule, generated, connection,
                   next_correlation, unanswered, timer)
KAFKASCOPE_ANATOMY(client::QueueReader, client_id, work, queues, stats, connections, in_hand, work_timer,
                   next_correlation)

// ---- their parts
template <>
inline constexpr std::size_t kMembers<client::NetworkClient> = 9;
template <>
inline constexpr std::size_t kMembers<client::MetadataCache> = 23;
template <>
inline constexpr std::size_t kMembers<client::Accumulator> = 25;
template <>
inline constexpr std::size_t kMembers<client::BatchTable> = 5;
KAFKASCOPE_PARTS(client::TransactionManager, "", static_cast<const client::ProducerSequences&>(object), object.pending_,
                 object.results_, object.partitions_, object.pending_offsets_, object.coordinator_,
                 object.group_coordinator_, object.features_, object.features_seen_, object.version_,
                 object.coordinator_bumps_epochs_, object.started_, object.raise_epoch_)
template <>
inline constexpr std::size_t kMembers<client::ProducerSequences> = 10;
template <>
inline constexpr std::size_t kMembers<client::TransactionalResults> = 3;
template <>
inline constexpr std::size_t kMembers<client::TransactionPartitions> = 3;
template <>
inline constexpr std::size_t kMembers<client::Partitioner> = 6;
template <>
inline constexpr std::size_t kMembers<client::Sender> = 8;
template <>
inline constexpr std::size_t kMembers<client::KeySource> = 5;
template <>
inline constexpr std::size_t kMembers<client::Fetcher> = 11;
template <>
inline constexpr std::size_t kMembers<client::GroupMember> = 44;
template <>
inline constexpr std::size_t kMembers<client::CoordinatorLookup> = 6;
template <>
inline constexpr std::size_t kMembers<client::ShareMembership> = 18;
template <>
inline constexpr std::size_t kMembers<client::PauseAfterSuccess> = 2;
template <>
inline constexpr std::size_t kMembers<client::CommitQueue> = 6;
template <>
inline constexpr std::size_t kMembers<controller::KafkaController> = 14;
template <>
inline constexpr std::size_t kMembers<controller::ControlChannels> = 2;
template <>
inline constexpr std::size_t kMembers<controller::ZkScript> = 9;
template <>
inline constexpr std::size_t kMembers<controller::HeartbeatManager> = 4;
template <>
inline constexpr std::size_t kMembers<zookeeper::Client> = 23;
template <>
inline constexpr std::size_t kMembers<zookeeper::DataTree> = 6;
template <>
inline constexpr std::size_t kMembers<zookeeper::WatchManager> = 2;
template <>
inline constexpr std::size_t kMembers<zookeeper::SessionTracker> = 2;
template <>
inline constexpr std::size_t kMembers<zookeeper::PrepRequestProcessor> = 2;
template <>
inline constexpr std::size_t kMembers<broker::PurgeClock> = 3;
template <>
inline constexpr std::size_t kMembers<coordinator::TimerTable> = 4;
template <>
inline constexpr std::size_t kMembers<protocol::Authorizer> = 3;
KAFKASCOPE_PARTS(protocol::MetadataImage, "", object.state_->brokers, object.state_->topics, object.state_->names,
                 object.state_->configs, object.state_->features, object.state_->acls, object.state_->quotas,
                 object.state_->next_producer_id, object.last_offset_, object.last_epoch_)
template <class Key>
inline constexpr std::size_t kMembers<broker::CompleteWatchesBy<Key>> = 2;

}  // namespace anatomy

namespace {

template <class R>
R fresh(const R& old) {
  if constexpr (std::is_same_v<R, broker::Broker> || std::is_same_v<R, zookeeper::Server>) return R(old.options());
  else if constexpr (std::is_same_v<R, client::QueueSender>) return R(old.options_, old.queue_);
  else if constexpr (std::is_same_v<R, client::QueueReader>) return R(old.client_id_, old.work_, old.queues_);
  else return R(old.options_);
}

template <class R>
std::string name_of() {
  const std::string all = __PRETTY_FUNCTION__;
  const std::size_t end = std::min(all.find(';', all.find("R = ")), all.find(']'));
  const std::size_t begin = all.rfind(':', end) + 1;
  return all.substr(begin, end - begin);
}

std::string contents(const std::string& file) {
  std::ifstream in(source_root() + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Found {
  std::map<std::string, std::string> left;  // "Producer.generated" -> where
  std::set<std::string> lost, all;          // members that differed from a new object before a death
};

/// The members that survive: stored on disk, set by the scenario, or numbers that must not repeat.
const std::vector<std::string> kSurvivors = {
    // Brokers and controllers: their disks.
    "Broker.server.raft.replica.log.entries", "Broker.server.raft.replica.log.written_at",
    "Broker.server.raft.replica.log.epochs", "Broker.server.raft.replica.log.flushed",
    "Broker.server.raft.replica.file.saved", "Broker.server.raft.replica.log.snapshots",
    "Broker.server.raft.replica.log.start", "Broker.server.replicas", "Broker.server.index", "Broker.server.dirs",
    "Broker.server.lifecycle.clean_shutdown_epoch", "Broker.server.logs.lost_tails",
    "ControllerNode.raft.replica.log.entries", "ControllerNode.raft.replica.log.written_at",
    "ControllerNode.raft.replica.log.epochs", "ControllerNode.raft.replica.log.flushed",
    "ControllerNode.raft.replica.file.saved", "ControllerNode.raft.replica.log.snapshots",
    "ControllerNode.raft.replica.log.start",
    // Shown for a process that has ended.
    "Broker.server.raft.replica.epoch", "ControllerNode.raft.replica.epoch", "Broker.server.logs.logs_loaded_at",
    "Broker.server.logs.high_watermarks_from",
    // Numbers that must not repeat.
    "Broker.server.lifecycle.incarnation", "Broker.server.raft.replica.next_number",
    "ControllerNode.raft.replica.next_number", "Broker.server.heartbeat_channel.correlation",
    "Broker.server.alter_partitions.alter_channel.correlation", "Broker.server.forwarding.forward_channel.correlation",
    "Broker.server.forwarding.next_tag", "Broker.server.delayed.next_delete_records",
    "Broker.server.fetches.fetch_sessions.last_id", "Broker.server.coordinators.group.next_token",
    "Broker.server.coordinators.group.next_event", "Broker.server.coordinators.group.next_txn_commit",
    "Broker.server.coordinators.group.next_share_call", "Broker.server.coordinators.share.next_token",
    "Broker.server.coordinators.share.next_event", "Broker.server.coordinators.transaction.next_token",
    "Broker.server.coordinators.transaction.next_append", "Broker.server.coordinators.transaction.next_gathering",
    "Broker.server.coordinators.marker_channels.next_correlation",
    "Broker.server.verifications.channels.next_correlation", "Broker.server.verifications.next_guard",
    "Broker.server.verifications.next_produce", "Broker.server.markers.next",
    // ZooKeeper.
    "Server.peer.db.snapshot", "Server.peer.db.log", "Server.peer.db.flushed", "Server.peer.db.saved_epochs",
    "Server.peer.db.tree", "Server.peer.db.applied", "Server.peer.stay", "Server.peer.epochs",
    // Clients: counters and numbers. Behaviour set by commands counts as an option.
    "Producer.stats", "Producer.next_number", "Producer.calls", "Consumer.stats", "ShareConsumer.stats",
    "ShareConsumer.handled", "Transform.producer.stats", "Transform.producer.calls", "Transform.producer.next_number",
    "Transform.consumer.stats", "Admin.stats", "Admin.next_call", "Service.stats", "Service.next_number",
    "Service.next_correlation", "Service.next_work", "MessageQueue.stats", "MessageQueue.lines", "MessageQueue.out",
    "MessageQueue.next_id", "MessageQueue.next_correlation", "QueueSender.stats", "QueueSender.next_number",
    "QueueSender.next_correlation", "QueueReader.stats", "QueueReader.next_correlation"};

bool is_of(const std::string& path, const std::string& whole) { return path == whole || path.starts_with(whole + "."); }
bool survives(const std::string& path) {
  return std::any_of(kSurvivors.begin(), kSurvivors.end(), [&](const auto& one) { return is_of(path, one); });
}

void let_all_die(const scenario::Session& session, const std::string& where, Found& found) {
  const cluster::World& world = session.cluster().world();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(session.cluster().nodes().size()); ++i) {
    const sim::NodeId node{i};
    std::visit(
        [&](const auto& role) {
          using R = std::remove_cvref_t<decltype(role)>;
          const R born = fresh(role);
          anatomy::differences(role, born, name_of<R>(), [&](const std::string& path) { found.lost.insert(path); });
          for (const sim::Death death : {sim::Death::Crash, sim::Death::PowerOff, sim::Death::Stop}) {
            R dead = role;
            dead.on_death(death, session.cluster().now());
            anatomy::differences(dead, born, name_of<R>(),
                                 [&](const std::string& path) { found.left.emplace(path, where); });
          }
        },
        world.role(node));
  }
}

TEST_CASE("after its death every component equals a new one, except for the state that survives") {
  Found found;
  for (const char* file : {"scenarios/controller/kraft-failover.json", "scenarios/controller/zookeeper-failover.json",
                           "scenarios/delivery/exactly-once.json", "scenarios/groups/share-group.json",
                           "scenarios/groups/new-protocol.json", "scenarios/groups/rebalance-eager.json",
                           "tests/stories/queue-beside-kafka.json", "scenarios/why/point-to-point.json",
                           "scenarios/operations/disk-full.json", "tests/stories/real-transactions-abort.json",
                           "tests/stories/share-coordinators-move.json", "tests/stories/transform-repeats.json",
                           "tests/stories/zookeeper-administration.json", "tests/stories/share-offsets-by-hand.json",
                           "tests/stories/hanging-transaction-aborted.json", "tests/stories/configuration-changes.json",
                           "tests/stories/metrics-of-transactions.json", "tests/stories/delete-records.json",
                           "tests/stories/a-voter-with-a-snapshot-alone.json"}) {
    const scenario::Loaded loaded = scenario::load(contents(file));
    REQUIRE_MESSAGE(loaded.ok(), file);
    scenario::Session session(std::make_shared<scenario::Scenario>(*loaded.scenario));
    const sim::Instant end = session.until();
    for (int i = 1; i <= 12; ++i) {
      session.run_until(sim::Instant{end.us * i / 13});
      let_all_die(session, file + (" at " + std::to_string(end.us * i / 13)), found);
    }
  }
  for (const auto& left : found.left)  // clang 14 captures no structured binding
    CHECK_MESSAGE(survives(left.first), left.first, " is left in ", left.second);
  for (const std::string& one : kSurvivors)
    CHECK_MESSAGE(std::any_of(found.left.begin(), found.left.end(), [&](const auto& l) { return is_of(l.first, one); }),
                  one, " is said to survive, and never did");
  // The runs must give the components something to lose; otherwise the test proves little.
  CHECK(found.lost.size() > 400);
}

}  // namespace
