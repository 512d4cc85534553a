// The timers of a client's threads, of which its card shows those that matter as arcs, and those of the inspected node's own work.
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/timers.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "controller/kraft/periodic.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/timer_table.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "observe/model/snapshot_parts.h"
#include "observe/node_config.h"
#include "words/key.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

/// A kind of the kernel's timers that has one setting.
struct OfSetting {
  std::uint16_t kind;
  const char* key;
};
namespace at = broker::timer;
constexpr std::uint16_t kGroupTimers = coordinator::GroupCoordinatorShard::kFirstTimerKind,
                        kShareTimers = coordinator::ShareCoordinatorShard::kFirstTimerKind,
                        kTransactionTimers = coordinator::TransactionCoordinatorShard::kFirstTimerKind;
constexpr OfSetting kOfBrokers[] = {
    {at::kCommunication, "broker.heartbeat.interval.ms"},
    {at::kFetcherRequest, "replica.socket.timeout.ms"},
    {at::kFetcherWake, "replica.fetch.backoff.ms"},
    {at::kLogFlush, "log.flush.scheduler.interval.ms"},
    {at::kLogRetention, "log.retention.check.interval.ms"},
    {at::kLogCleaner, "log.cleaner.backoff.ms"},
    {at::kProducerExpiry, "producer.id.expiration.check.interval.ms"},
    {kGroupTimers + coordinator::GroupTimer::Expire, "offsets.retention.check.interval.ms"},
    {kGroupTimers + coordinator::RuntimeTimer::AppendLinger, "group.coordinator.append.linger.ms"},
    {kShareTimers + coordinator::RuntimeTimer::AppendLinger, "share.coordinator.append.linger.ms"},
    {kTransactionTimers + coordinator::TransactionTimer::AbortTimedOut,
     "transaction.abort.timed.out.transaction.cleanup.interval.ms"},
    {kTransactionTimers + coordinator::TransactionTimer::Expire,
     "transaction.remove.expired.transaction.cleanup.interval.ms"}};
constexpr OfSetting kOfControllers[] = {{controller::kNoOp, "metadata.max.idle.interval.ms"},
                                        {controller::kElectPreferred, "leader.imbalance.check.interval.seconds"},
                                        {controller::kElectUnclean, "unclean.leader.election.interval.ms"}};

std::int64_t whole_us(const protocol::Config& config, std::string_view key) {
  return config.number(key) * (key.ends_with(".seconds") ? 1'000'000 : 1000);
}

bool is_known(const protocol::Config& config, std::string_view key) {
  return protocol::find_config(key, config.scopes(), config.version()) != nullptr;
}

/// A time that another process has set: a request that waits at a broker brings its client's, a coordinator tells a member of the newer
/// protocols how often it wants a heartbeat.
Timer of_other(sim::Instant from, sim::Instant due, sim::Instant now, const char* key) {
  Timer t;
  t.running = true;
  t.remaining_us = (due - now).us;
  t.total_us = (due - from).us;
  t.key = key;
  t.value = std::to_string(t.total_us / 1000);
  t.routine = true;
  return t;
}

const char* setting_of_fetch(const broker::Broker& broker, std::uint64_t arg) {
  for (const broker::WaitingFetch& fetch : broker.waiting_fetches())
    if (fetch.slot == static_cast<std::uint32_t>(arg))
      return fetch.follower == protocol::kNoBroker ? "fetch.max.wait.ms" : "replica.fetch.wait.max.ms";
  return nullptr;
}

std::vector<Timer> of_server(const cluster::Cluster& c, sim::NodeId node) {
  std::vector<Timer> all;
  const auto* broker = c.role<broker::Broker>(node);
  const protocol::Config& config = server_config(c, node);
  c.for_each_pending([](const sim::PendingPacket&, const protocol::Message&) {},
                     [&](const sim::PendingTimer& t) {
                       if (t.node != node || t.due <= t.set_at) return;
                       const std::int64_t whole = (t.due - t.set_at).us;
                       const auto add = [&](const char* key) {
                         all.push_back(timer(t.due, c.now(), whole, config, key));
                         all.back().routine = true;
                       };
                       // The kernel's timer may also keep another time: the first look after a start, a back-off, a wait for the disk.
                       const auto put = [&](const auto& table) {
                         for (const OfSetting& of : table)
                           if (of.kind == t.kind && is_known(config, of.key) && whole == whole_us(config, of.key))
                             add(of.key);
                       };
                       if (broker == nullptr) return put(kOfControllers);
                       put(kOfBrokers);
                       if (t.kind == at::kRegistrationTimeout && !broker->lifecycle().ever_registered())
                         add("initial.broker.registration.timeout.ms");
                       if (t.kind == at::kLogDirFailure && !broker->lifecycle().has_told(t.arg))
                         add("log.dir.failure.timeout.ms");
                       if (t.kind == at::kDelayedProduce) {
                         all.push_back(of_other(t.set_at, t.due, c.now(), "request.timeout.ms"));
                         all.back().end = "timer_end.delayed_produce"_w;
                       }
                       if (t.kind == at::kShareWait)
                         all.push_back(of_other(t.set_at, t.due, c.now(), "fetch.max.wait.ms"));
                       if (t.kind == at::kDelayedFetch)
                         if (const char* key = setting_of_fetch(*broker, t.arg); key != nullptr)
                           all.push_back(of_other(t.set_at, t.due, c.now(), key));
                     });
  return all;
}

void put_clients_own(const cluster::Cluster& c, sim::NodeId node, std::vector<Timer>& all) {
  const protocol::Config& config = client_config(c, node);
  const auto put = [&](sim::Instant from, sim::Instant due, const char* key) {
    if (due <= c.now() || due == sim::kNever || !is_known(config, key)) return;
    all.push_back(timer(due, c.now(), (due - from).us, config, key));
    all.back().routine = true;
  };
  const auto common = [&](const client::MetadataCache& metadata, const client::NetworkClient& network) {
    put(metadata.last_success(), metadata.expires(), "metadata.max.age.ms");
    if (const auto setup = network.next_setup())
      put(setup->sent_at, setup->expires_at, "socket.connection.setup.timeout.ms");
  };
  if (const auto* producer = c.role<client::Producer>(node)) common(producer->metadata(), producer->network());
  if (const auto* consumer = c.role<client::Consumer>(node)) {
    common(consumer->metadata(), consumer->network());
    const client::GroupMember::Timers own = consumer->group().timers();
    const sim::Instant due = own.heartbeat_due, from{due.us - own.heartbeat_every.us};
    if (consumer->group().membership() == nullptr) put(from, due, "heartbeat.interval.ms");
    else if (due > c.now() && due != sim::kNever)
      all.push_back(of_other(from, due, c.now(), "group.consumer.heartbeat.interval.ms"));
  }
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) common(sharer->metadata(), sharer->network());
}

/// Of the batches that still wait for more records the one whose linger.ms ends first; -1: none waits.
std::int64_t linger_left(const Accumulator& a) {
  std::int64_t least = -1;
  for (const QueuedBatches& q : a.queues) {
    const std::int64_t left = a.linger_us - q.waited_us;
    if (!q.open || q.batches > 1 || q.attempts > 0 || left <= 0) continue;
    least = least < 0 ? left : std::min(least, left);
  }
  return least;
}

/// Of the batches that wait for retry.backoff.ms before they are sent again the one that waits least; nullptr: none does.
const client::ProducerBatch* backing_off(const client::Accumulator& accumulator, sim::Instant now) {
  const client::ProducerBatch* first = nullptr;
  accumulator.for_each_queued([&](const client::ProducerBatch& b) {
    if (b.attempts == 0 || b.backoff_until <= now || b.leader_changed_for_this_retry()) return;
    if (first == nullptr || b.backoff_until < first->backoff_until) first = &b;
  });
  return first;
}

/// Whether the next auto commit is one that is tried again: the last one failed just one back-off before it is due.
bool commits_again(const Moment& m, sim::NodeId node, const client::GroupMember& group) {
  const sim::Instant failed{group.timers().auto_commit_due.us - group.options().retry_backoff.initial.us};
  if (group.membership() != nullptr || failed.us < 0 || failed > m.cluster.now()) return false;
  const TraceStore& trace = m.observation.trace();
  for (std::size_t i = trace.first_at(failed); i < trace.size() && trace[i].time == failed; ++i)
    if (trace[i].node == node && (is<fact::ClientError>(trace[i]) || trace[i].kind == sim::trace_kind::kConnectionLost))
      return true;
  return false;
}

/// What a member does that has not called poll() in time, if it is a static one: only dynamic members leave for good.
words::Key poll_end(const client::GroupMember& group) {
  if (group.options().instance_id.empty()) return {};
  return group.membership() == nullptr ? "timer_end.poll_static"_w : "timer_end.poll_away"_w;
}

}  // namespace

std::vector<Timer> own_timers(const Moment& m, sim::NodeId node, const Client& client, bool all) {
  std::vector<Timer> timers;
  const cluster::Cluster& c = m.cluster;
  const auto* producer = c.role<client::Producer>(node);
  const auto* consumer = c.role<client::Consumer>(node);
  const auto* sharer = c.role<client::ShareConsumer>(node);
  const auto put = [&](sim::Instant due, sim::Duration whole, const protocol::Config& config, const char* key,
                       bool routine = false, words::Key end = {}) {
    Timer t = timer(due, c.now(), whole.us, config, key);
    t.value = std::to_string(whole.us / 1000);  // the value with which the process runs
    t.routine = routine;
    t.end = end;
    if (all || routine ? t.running : matters(t)) timers.push_back(std::move(t));
  };
  const auto request = [&](const client::NetworkClient& network, const protocol::Config& config) {
    if (const auto open = network.next_timeout())
      put(open->expires_at, open->expires_at - open->sent_at, config, "request.timeout.ms");
  };
  if (producer != nullptr) {
    request(producer->network(), producer->options().config);
    put(producer->accumulator().next_expiry(), producer->accumulator().options().delivery_timeout,
        producer->options().config, "delivery.timeout.ms");
    if (const std::int64_t left = linger_left(client.accumulator); left > 0)
      put(c.now() + sim::Duration{left}, producer->accumulator().options().linger, producer->options().config,
          "linger.ms", true);
    if (const client::ProducerBatch* batch = backing_off(producer->accumulator(), c.now()); batch != nullptr) {
      put(batch->backoff_until, batch->backoff_until - batch->last_attempt_at, producer->options().config,
          "retry.backoff.ms", true);
      // It grows with each attempt, and is a little more or less than the setting.
      if (!timers.empty()) timers.back().value = producer->options().config.text("retry.backoff.ms");
    }
    const auto call = producer->blocked_call();
    if (producer->blocked_send() != nullptr || call)
      put(producer->blocked_send() != nullptr ? producer->blocked_send()->deadline
                                              : call->second + producer->max_block(),
          producer->max_block(), producer->options().config, "max.block.ms");
  }
  if (consumer != nullptr) {
    request(consumer->network(), consumer->options().config);
    const client::GroupMember& group = consumer->group();
    put(group.timers().poll_deadline, group.options().max_poll_interval, consumer->options().config,
        "max.poll.interval.ms", false, poll_end(group));
    if (group.options().auto_commit) {
      const bool again = commits_again(m, node, group);
      put(group.timers().auto_commit_due,
          again ? group.options().retry_backoff.initial : group.options().auto_commit_interval,
          consumer->options().config, again ? "retry.backoff.ms" : "auto.commit.interval.ms", true);
    }
  }
  if (sharer != nullptr) {
    request(sharer->network(), sharer->options().config);
    put(sharer->membership().poll_deadline(), sharer->membership().max_poll_interval(), sharer->options().config,
        "max.poll.interval.ms");
  }
  return timers;
}

void inspect_timers(const Moment& m, sim::NodeId node, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  if (!c.alive(node)) return;
  std::vector<Timer>& all = s.inspected.timers;
  if (c.info(node).client >= 0) {
    const auto client =
        std::find_if(s.clients.begin(), s.clients.end(), [&](const Client& k) { return k.node == node.index; });
    if (client == s.clients.end()) return;
    all = own_timers(m, node, *client);
    put_clients_own(c, node, all);
  } else if (c.info(node).kind != cluster::NodeKind::ZooKeeper) {
    all = of_server(c, node);
    const Node& shown = s.nodes[static_cast<std::size_t>(node.index)];
    if (shown.kind == NodeKind::Controller && shown.session.running) all.push_back(shown.session);
    for (const auto& [partition, lag] : shown.lagging) all.push_back(lag);
  }
  // Of several with one setting the first.
  std::stable_sort(all.begin(), all.end(), [](const Timer& a, const Timer& b) {
    return std::pair{a.key, a.remaining_us} < std::pair{b.key, b.remaining_us};
  });
  all.erase(std::unique(all.begin(), all.end(), [](const Timer& a, const Timer& b) { return a.key == b.key; }),
            all.end());
}

}  // namespace kafkascope::observe::snapshot_parts
