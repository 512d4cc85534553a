// Kafka's keys that have no row in the table. Only their names are listed, so that the checker does not report them as
// unknown to Kafka. Source: AbstractKafkaConfig, LogConfig, GroupConfig, ProducerConfig, ConsumerConfig,
// AdminClientConfig (4.1.0); the generated documentation (2.5). When a key gets a row in the table, remove it here.
#include "protocol/config_rows.h"

namespace kafkascope::protocol {

namespace config_rows {
namespace {

struct Names {
  ConfigScopes scopes;
  bool in_4_1, in_2_5;
  std::string_view keys;  // separated by spaces
};

// clang-format off
constexpr Names kNames[] = {
    {B, true, true,
     "alter.config.policy.class.name alter.log.dirs.replication.quota.window.num alter.log.dirs.replication.quota.window.size.seconds "
     "background.threads client.quota.callback.class connection.failed.authentication.delay.ms connections.max.reauth.ms "
     "create.topic.policy.class.name delegation.token.expiry.check.interval.ms delegation.token.expiry.time.ms delegation.token.max.lifetime.ms "
     "delete.records.purgatory.purge.interval.requests fetch.purgatory.purge.interval.requests kafka.metrics.polling.interval.secs "
     "kafka.metrics.reporters log.dir max.connections max.connections.per.ip max.connections.per.ip.overrides num.replica.alter.log.dirs.threads "
     "offsets.load.buffer.size offsets.topic.compression.codec principal.builder.class producer.purgatory.purge.interval.requests "
     "queued.max.request.bytes replica.socket.receive.buffer.bytes replication.quota.window.num replication.quota.window.size.seconds "
     "sasl.enabled.mechanisms sasl.kerberos.principal.to.local.rules sasl.mechanism.inter.broker.protocol sasl.server.callback.handler.class "
     "security.inter.broker.protocol socket.receive.buffer.bytes socket.request.max.bytes socket.send.buffer.bytes ssl.client.auth "
     "ssl.principal.mapping.rules transaction.state.log.load.buffer.size"},
    {B, true, false,
     "controller.listener.names "
     "controller.performance.always.log.threshold.ms controller.performance.sample.period.ms controller.quorum.bootstrap.servers "
     "controller.quota.window.num controller.quota.window.size.seconds delegation.token.secret.key early.start.listeners "
     "group.consumer.regex.refresh.interval.ms group.share.assignors group.share.enable group.share.persister.class.name "
     "group.streams.heartbeat.interval.ms group.streams.max.heartbeat.interval.ms group.streams.max.session.timeout.ms group.streams.max.size "
     "group.streams.max.standby.replicas group.streams.min.heartbeat.interval.ms group.streams.min.session.timeout.ms "
     "group.streams.num.standby.replicas group.streams.session.timeout.ms internal.metadata.delete.delay.millis "
     "internal.metadata.log.segment.bytes internal.metadata.max.batch.size.in.bytes internal.metadata.max.fetch.size.in.bytes "
     "log.initial.task.delay.ms log.local.retention.bytes log.local.retention.ms max.connection.creation.rate max.request.partition.size.limit "
     "metadata.log.dir metadata.log.segment.bytes metadata.log.segment.ms remote.fetch.max.wait.ms remote.list.offsets.request.timeout.ms "
     "remote.log.index.file.cache.total.size.bytes remote.log.manager.copier.thread.pool.size remote.log.manager.copy.max.bytes.per.second "
     "remote.log.manager.copy.quota.window.num remote.log.manager.copy.quota.window.size.seconds remote.log.manager.expiration.thread.pool.size "
     "remote.log.manager.fetch.max.bytes.per.second remote.log.manager.fetch.quota.window.num remote.log.manager.fetch.quota.window.size.seconds "
     "remote.log.manager.task.interval.ms remote.log.manager.task.retry.backoff.max.ms remote.log.manager.task.retry.backoff.ms "
     "remote.log.manager.task.retry.jitter remote.log.manager.thread.pool.size remote.log.metadata.custom.metadata.max.bytes "
     "remote.log.metadata.manager.class.name remote.log.metadata.manager.class.path remote.log.metadata.manager.impl.prefix "
     "remote.log.metadata.manager.listener.name remote.log.reader.max.pending.tasks remote.log.reader.threads "
     "remote.log.storage.manager.class.name remote.log.storage.manager.class.path remote.log.storage.manager.impl.prefix "
     "remote.log.storage.system.enable sasl.mechanism.controller.protocol sasl.server.max.receive.size server.max.startup.time.ms "
     "share.coordinator.cold.partition.snapshot.interval.ms share.coordinator.load.buffer.size share.coordinator.state.topic.compression.codec "
     "share.coordinator.state.topic.prune.interval.ms share.coordinator.threads "
     "share.fetch.purgatory.purge.interval.requests socket.listen.backlog.size ssl.allow.dn.changes ssl.allow.san.changes telemetry.max.bytes "
     "unstable.api.versions.enable unstable.feature.versions.enable"},
    {B, false, true,
     "advertised.host.name advertised.port broker.id.generation.enable control.plane.listener.name delegation.token.master.key host.name "
     "inter.broker.protocol.version log.message.downconversion.enable log.message.format.version password.encoder.cipher.algorithm "
     "password.encoder.iterations password.encoder.key.length password.encoder.keyfactory.algorithm password.encoder.old.secret "
     "password.encoder.secret port quota.consumer.default quota.producer.default reserved.broker.max.id zookeeper.clientCnxnSocket "
     "zookeeper.set.acl zookeeper.ssl.cipher.suites zookeeper.ssl.client.enable zookeeper.ssl.crl.enable zookeeper.ssl.enabled.protocols "
     "zookeeper.ssl.endpoint.identification.algorithm zookeeper.ssl.keystore.location zookeeper.ssl.keystore.password zookeeper.ssl.keystore.type "
     "zookeeper.ssl.ocsp.enable zookeeper.ssl.protocol zookeeper.ssl.truststore.location zookeeper.ssl.truststore.password "
     "zookeeper.ssl.truststore.type zookeeper.sync.time.ms"},
    {B | P, true, false,
     "transaction.two.phase.commit.enable"},
    {B | P | C | A, true, true,
     "metric.reporters metrics.num.samples metrics.recording.level metrics.sample.window.ms sasl.client.callback.handler.class sasl.jaas.config "
     "sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name sasl.kerberos.ticket.renew.jitter "
     "sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class sasl.login.class sasl.login.refresh.buffer.seconds "
     "sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter security.providers ssl.cipher.suites "
     "ssl.enabled.protocols ssl.endpoint.identification.algorithm ssl.key.password ssl.keymanager.algorithm ssl.keystore.location "
     "ssl.keystore.password ssl.keystore.type ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm "
     "ssl.truststore.location ssl.truststore.password ssl.truststore.type"},
    {B | P | C | A, true, false,
     "sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms "
     "sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds "
     "sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds "
     "sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.private.key.file "
     "sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.template.file sasl.oauthbearer.client.credentials.client.id "
     "sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience "
     "sasl.oauthbearer.expected.issuer sasl.oauthbearer.jwks.endpoint.refresh.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms "
     "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class "
     "sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name "
     "sasl.oauthbearer.token.endpoint.url ssl.engine.factory.class ssl.keystore.certificate.chain ssl.keystore.key ssl.truststore.certificates"},
    {B | T | P, true, false,
     "compression.gzip.level compression.lz4.level compression.zstd.level"},
    {T, true, false,
     "internal.segment.bytes local.retention.bytes local.retention.ms remote.log.copy.disable remote.log.delete.on.disable remote.storage.enable"},
    {T, false, true,
     "message.downconversion.enable message.format.version"},
    {P | C | A, true, true,
     "client.dns.lookup receive.buffer.bytes sasl.mechanism security.protocol send.buffer.bytes"},
    {P | C | A, true, false,
     "enable.metrics.push sasl.oauthbearer.header.urlencode"},
    {C, true, false,
     "internal.leave.group.on.close internal.throw.on.fetch.stable.offset.unsupported"},
    {A, true, true,
     "connections.max.idle.ms"},
    {A, true, false,
     "bootstrap.controllers"},
    {G, true, false,
     "streams.heartbeat.interval.ms streams.num.standby.replicas streams.session.timeout.ms"},
};
// clang-format on

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

}  // namespace
}  // namespace config_rows

ConfigScopes config_without_row(std::string_view key, KafkaVersion version) {
  ConfigScopes scopes = 0;
  if (key.empty() || key.find(' ') != std::string_view::npos) return scopes;
  for (const config_rows::Names& names : config_rows::kNames)
    if ((version == KafkaVersion::V4_1 ? names.in_4_1 : names.in_2_5) && config_rows::has_word(names.keys, key))
      scopes |= names.scopes;
  return scopes;
}

}  // namespace kafkascope::protocol
