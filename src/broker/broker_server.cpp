#include "broker/broker_server.h"

#include <algorithm>
#include <utility>

#include "broker/timers.h"
#include "controller/kraft/configuration_control.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

constexpr sim::Duration kForEver{-1};

raft::QuorumOptions quorum_options(const BrokerOptions& o) {
  if (!o.zookeepers.empty()) return {};  // with ZooKeeper there is no quorum
  raft::QuorumOptions q = raft::QuorumOptions::from(o.config);
  q.id = o.id;
  q.voters = o.voters;
  return q;
}

/// How long a heartbeat is repeated, and waits for its answer at most: half a session, so that a lost heartbeat does
/// not end it (KAFKA-14392, BrokerServer.startup). 0 under ZooKeeper, which has sessions instead.
sim::Duration heartbeat_timeout(const BrokerOptions& o) {
  return o.zookeepers.empty() ? sim::milliseconds(o.config.number("broker.session.timeout.ms") / 2) : sim::Duration{};
}

/// The timeout of a request to the controller. Kafka: NodeToControllerChannelManagerImpl, BrokerServer.
sim::Duration request_timeout(const BrokerOptions& o) {
  return sim::milliseconds(o.config.number("controller.socket.timeout.ms"));
}

std::optional<ZooKeeperMode> zookeeper_mode(const BrokerOptions& o) {
  if (o.zookeepers.empty()) return std::nullopt;
  return ZooKeeperMode(zookeeper::ClientOptions{o.zookeepers, static_cast<std::int32_t>(
                                                                  o.config.number("zookeeper.session.timeout.ms"))},
                       controller::KafkaController::Options{
                           o.id, {o.host, o.endpoint.index, o.rack}, o.config, o.historical, o.incarnation == 0});
}

}  // namespace

BrokerSettings::BrokerSettings(const protocol::Config& config)
    : lag_max(sim::milliseconds(config.number("replica.lag.time.max.ms"))),
      fetch_backoff(sim::milliseconds(config.number("replica.fetch.backoff.ms"))),
      socket_timeout(sim::milliseconds(config.number("replica.socket.timeout.ms"))),
      fetch_wait_ms(static_cast<std::int32_t>(config.number("replica.fetch.wait.max.ms"))),
      fetch_min_bytes(static_cast<std::int32_t>(config.number("replica.fetch.min.bytes"))),
      fetch_partition_bytes(static_cast<std::int32_t>(config.number("replica.fetch.max.bytes"))),
      fetch_response_bytes(static_cast<std::int32_t>(config.number("replica.fetch.response.max.bytes"))),
      client_fetch_max_bytes(static_cast<std::int32_t>(config.number("fetch.max.bytes"))),
      num_fetchers(static_cast<std::int32_t>(config.number("num.replica.fetchers"))),
      cleaner_backoff(sim::milliseconds(config.number("log.cleaner.backoff.ms"))),
      cleaner_keys(LogManager::cleaner_keys(config)),
      auto_create_topics(config.flag("auto.create.topics.enable")),
      controlled_shutdown(config.flag("controlled.shutdown.enable")),
      verify_transactions(config.version() != protocol::KafkaVersion::V2_5 &&
                          config.flag("transaction.partition.verification.enable")),
      rack_aware(config.text("replica.selector.class").ends_with("RackAwareReplicaSelector")) {}

BrokerServer::BrokerServer(BrokerOptions given)
    : options(std::move(given)),
      settings(options.config),
      raft(quorum_options(options)),
      dirs(options.disk),
      lifecycle(BrokerLifecycle(options.id, options.rack, options.config).after(options.incarnation)),
      heartbeat_channel(kHeartbeats, std::min(request_timeout(options), heartbeat_timeout(options)),
                        heartbeat_timeout(options)),
      connections(options),
      alter_partitions(ControllerChannel(kAlterPartitions, request_timeout(options), kForEver)),
      fetchers(options.config.version()),
      fetches(options.config),
      coordinators(options.config, options.read_bytes_per_s),
      verifications(
          InterBrokerChannels(kVerificationChannels, sim::milliseconds(options.config.number("request.timeout.ms")))),
      forwarding(ControllerChannel(kForwarding, request_timeout(options), sim::seconds(60))),
      zk(zookeeper_mode(options)) {}

const Replica* BrokerServer::replica(TopicPartition tp) const {
  const std::int32_t i = find(tp);
  return i < 0 ? nullptr : &look(i);
}

void BrokerServer::on_death(sim::Death death, sim::Instant now) {
  raft.on_death(death, now);
  if (zk) zk->on_death();
  const bool unread = !lifecycle.started() && logs.loading == LogManager::Loading::NotBegun;
  if (death == sim::Death::Stop && !lifecycle.started() && !sim::mutant("any-stop-is-orderly"))
    death = sim::Death::Crash;
  lifecycle.on_death(death, dirs.offline_count() == 0, unread);
  if (death == sim::Death::PowerOff) dirs.on_power_off();
  let_replicas_die(death, now, unread);
  settings = BrokerSettings(options.config);  // the metadata will supply the dynamic values again
  image = MetadataImage{};
  metrics = {};
  heartbeat_channel.on_death();
  connections.on_death(options);
  publisher = {};
  alter_partitions.on_death();
  fetchers = ReplicaFetcherManager(options.config.version());
  fetches.on_death(options.config);
  delayed.on_death();
  logs.on_death();
  coordinators.on_death();
  shares = {};
  verifications.on_death();
  markers.on_death();
  forwarding.on_death();
}

/// The part of a log that is on the disk survives; the process's knowledge of the replica does not.
void BrokerServer::let_replicas_die(sim::Death death, sim::Instant now, bool unread) {
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    Replica fresh;
    fresh.tp = replicas[i].tp;
    fresh.dir = replicas[i].dir;
    fresh.offline = replicas[i].offline;
    fresh.log = std::move(replicas[i].log);
    if (unread) fresh.log.on_unread_death();
    // A log that this process has not read stays as the previous stop left it. Nothing is flushed or marked clean in a
    // directory that cannot be written.
    const bool as_it_was = unread && (death != sim::Death::PowerOff || fresh.log.recovery().clean);
    const Offset lost =
        as_it_was ? Offset{}
                  : fresh.log.on_death(fresh.offline && death == sim::Death::Stop ? sim::Death::Crash : death, now);
    if (lost.known()) logs.lost_tails.try_emplace(static_cast<std::int32_t>(i), lost);
    replicas[i] = std::move(fresh);
  }
  replicas.forget_touched();
}

// ---------------------------------------------------------------------------------------------- what survives a death

void Connections::on_death(const BrokerOptions& options) {
  Connections fresh(options);
  fresh.answer_rules = std::move(answer_rules);
  *this = std::move(fresh);
}

void AlterPartitionManager::on_death() {
  alter_channel.on_death();
  *this = AlterPartitionManager(std::move(alter_channel));
}

void DelayedOperations::on_death() {
  DelayedOperations fresh;
  fresh.next_delete_records = next_delete_records;
  *this = std::move(fresh);
}

void LogManager::on_death() {
  LogManager fresh;
  fresh.lost_tails = std::move(lost_tails);
  fresh.next_flush_ = next_flush_;
  fresh.logs_loaded_at = logs_loaded_at;
  fresh.high_watermarks_from = high_watermarks_from;
  *this = std::move(fresh);
}

void ForwardingManager::on_death() {
  forward_channel.on_death();
  ForwardingManager fresh(std::move(forward_channel));
  fresh.next_tag = next_tag;
  *this = std::move(fresh);
}

void FetchManager::on_death(const protocol::Config& config) {
  FetchManager fresh(config);
  fetch_sessions.clear();
  fresh.fetch_sessions = std::move(fetch_sessions);
  *this = std::move(fresh);
}

FetchManager::FetchManager(const protocol::Config& config) : leader_quota(config.version()) {
  fetch_sessions.set_slots(static_cast<std::size_t>(config.number("max.incremental.fetch.session.cache.slots")),
                           config.version() == protocol::KafkaVersion::V2_5 ? 1 : FetchSessions::kShards);
}

/// The file's configuration, overridden by the dynamic values of all brokers, then by this broker's own. In 2.5 a
/// broker without a value of its own may receive a default that it does not accept: it keeps the old value
/// (DynamicBrokerConfig.updateDefaultConfig).
protocol::Config BrokerServer::broker_config() const {
  protocol::Config config = options.config;
  const std::map<std::string, std::string>*of_all = &image.config("broker:"),
                              *own = &image.config("broker:" + std::to_string(options.id));
  if (zk && !controller::refused_together(*of_all, *own).empty()) {
    of_all = &zk->config_of_all;
    own = &zk->own_config;
  }
  config.overlay(protocol::config_scope::kBroker, *of_all);
  config.overlay(protocol::config_scope::kBroker, *own);
  return config;
}

}  // namespace kafkascope::broker
