#include "broker/add_partitions_to_txn_manager.h"

#include <algorithm>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "protocol/facts_of_transactions.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::TransactionVersion;

void AddPartitionsToTxnManager::on_death() {
  channels.on_death();
  nodes_.clear();
  finished_.clear();
  produces_.clear();
}

std::optional<VerificationResult> AddPartitionsToTxnManager::start(Ctx& ctx, BrokerServer& server,
                                                                   const TransactionVerification& wanted) {
  const bool adds = supports_epoch_bump(wanted.version);
  const bool verifies = server.settings.verify_transactions && !sim::mutant("transactions-not-verified");
  if (server.options.historical.kip_890 || (!adds && !verifies)) return VerificationResult{};
  Asked asked{wanted, {}};
  asked.wanted.partitions.clear();
  for (const auto& [tp, sequence] : wanted.partitions) {
    if (const ErrorCode error = server.replica_manager.leader_error(server, tp, false); error != ErrorCode::NONE) {
      asked.result.errors[tp] = error;
      continue;
    }
    storage::PartitionLog& log = server.replicas[static_cast<std::size_t>(server.find(tp))].log;
    // The log already knows a later epoch of this producer, so the coordinator need not be asked. Kafka:
    // UnifiedLog.maybeStartTransactionVerification.
    if (const auto* known = log.producers().find(wanted.producer_id);
        known != nullptr && wanted.producer_epoch < known->epoch) {
      asked.result.errors[tp] = ErrorCode::INVALID_PRODUCER_EPOCH;
      continue;
    }
    const storage::VerificationGuard guard = log.start_verification(
        wanted.producer_id, {next_guard_, ctx.wall_clock_ms(), sequence, wanted.producer_epoch, adds});
    if (guard == 0) continue;  // the producer's transaction is already open in this log
    ++next_guard_;
    asked.result.guards[tp] = guard;
    asked.wanted.partitions.push_back({tp, sequence});
  }
  if (asked.result.guards.empty()) return asked.result;
  const BrokerId coordinator =
      Coordinators::leader_for(server.image, coordinator::kTransactionStateTopic, wanted.transactional_id);
  if (coordinator == kNoBroker) {
    // The metric does not count a failure, because no coordinator was asked (addOrVerifyTransaction).
    for (const auto& [tp, sequence_of] : asked.wanted.partitions)
      asked.result.errors[tp] = ErrorCode::COORDINATOR_NOT_AVAILABLE;
    return asked.result;
  }
  enqueue(ctx, server, coordinator, std::move(asked));
  return std::nullopt;
}

/// At most one verification per transactional id waits. An older one fails: its client repeats the request, or is
/// fenced. Kafka: addTxnData.
void AddPartitionsToTxnManager::enqueue(Ctx& ctx, BrokerServer& server, BrokerId coordinator, Asked asked) {
  Node& node = nodes_[coordinator];
  const auto known = std::find_if(node.waiting.begin(), node.waiting.end(), [&](const Asked& a) {
    return a.wanted.transactional_id == asked.wanted.transactional_id;
  });
  if (known != node.waiting.end()) {
    if (known->wanted.producer_epoch > asked.wanted.producer_epoch)
      return answer_all(server, std::move(asked), ErrorCode::INVALID_PRODUCER_EPOCH);
    const bool fenced = known->wanted.producer_epoch < asked.wanted.producer_epoch;
    Asked older = std::move(*known);
    node.waiting.erase(known);
    answer_all(server, std::move(older), fenced ? ErrorCode::INVALID_PRODUCER_EPOCH : ErrorCode::NETWORK_EXCEPTION);
  }
  node.waiting.push_back(std::move(asked));
  generate_requests(ctx, server, coordinator);
}

/// Kafka: topicPartitionsToError.
void AddPartitionsToTxnManager::answer_all(BrokerServer& server, Asked asked, ErrorCode error) {
  for (const auto& [tp, sequence] : asked.wanted.partitions) asked.result.errors[tp] = error;
  server.metrics.verification_failures += static_cast<std::int64_t>(asked.wanted.partitions.size());
  finished_.push_back(std::move(asked));
}

void AddPartitionsToTxnManager::generate_requests(Ctx& ctx, BrokerServer& server, BrokerId coordinator) {
  Node& node = nodes_[coordinator];
  if (!node.in_flight.empty() || node.waiting.empty()) return;
  node.in_flight = std::exchange(node.waiting, {});
  protocol::AddPartitionsToTxnRequest request;
  for (const Asked& asked : node.in_flight) {
    const TransactionVerification& wanted = asked.wanted;
    request.transaction_version = std::max(request.transaction_version, wanted.version);  // adding needs TV2
    auto& row = request.transactions.emplace_back(protocol::AddPartitionsToTxnTransaction{
        wanted.transactional_id, wanted.producer_id, wanted.producer_epoch, !supports_epoch_bump(wanted.version), {}});
    for (const auto& [tp, sequence] : wanted.partitions) row.partitions.push_back(tp);
  }
  channels.send(ctx, server.image, coordinator, std::move(request));
}

void AddPartitionsToTxnManager::on_completion(Ctx& ctx, BrokerServer& server,
                                              const InterBrokerChannels::Completion& done) {
  const auto* answer = done.body ? protocol::get_if<protocol::AddPartitionsToTxnResponse>(&*done.body) : nullptr;
  std::vector<Asked> asked = std::exchange(nodes_[done.broker].in_flight, {});
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (answer == nullptr || i >= answer->results.size()) {
      answer_all(server, std::move(asked[i]),
                 answer == nullptr || answer->error == ErrorCode::NONE ? ErrorCode::NETWORK_EXCEPTION : answer->error);
      continue;
    }
    for (const auto& row : answer->results[i].partitions) {
      if (row.error == ErrorCode::NONE) continue;
      ++server.metrics.verification_failures;
      // Producers expect INVALID_PRODUCER_EPOCH from a leader.
      asked[i].result.errors[row.partition] =
          row.error == ErrorCode::PRODUCER_FENCED ? ErrorCode::INVALID_PRODUCER_EPOCH : row.error;
    }
    finished_.push_back(std::move(asked[i]));
  }
  generate_requests(ctx, server, done.broker);
}

bool AddPartitionsToTxnManager::finish(Ctx& ctx, BrokerServer& server) {
  if (finished_.empty()) return false;
  const Asked done = std::move(finished_.front());
  finished_.erase(finished_.begin());
  const TransactionVerification& wanted = done.wanted;
  if (wanted.group_call == 0) {
    produce_verified(ctx, server, wanted.produce, done.result);
    return true;
  }
  const TopicPartition tp = wanted.partitions.front().first;
  coordinator::TransactionVerified verified{ErrorCode::NONE, done.result.guards.at(tp)};
  if (const auto error = done.result.errors.find(tp); error != done.result.errors.end()) {
    verified.error = error->second;
    ctx.trace(fact::TransactionVerificationRefused{tp, verified.error, wanted.producer_id, wanted.producer_epoch,
                                                   wanted.transactional_id});
  }
  CoordinatorHost host(ctx, server);
  server.coordinators.group.on_transaction_verified(host, wanted.group_call, verified);
  return true;
}

// ---------------------------------------------------------------------------------------------- Produce

void AddPartitionsToTxnManager::verify_produce(Ctx& ctx, BrokerServer& server, const Connection& connection,
                                               const protocol::ProduceRequest& request) {
  TransactionVerification wanted;
  wanted.transactional_id = request.transactional_id;
  wanted.version = request.transaction_version;
  for (const protocol::PartitionProduceData& data : request.partitions) {
    if (!data.batch->transactional || data.batch->producer_id < 0) continue;
    wanted.producer_id = data.batch->producer_id;
    wanted.producer_epoch = data.batch->producer_epoch;
    wanted.partitions.push_back({data.partition, data.batch->base_sequence});
  }
  const std::uint64_t number = wanted.produce = next_produce_++;
  produces_[number] = {connection.id, connection.peer, connection.times, ctx.now(), request, wanted};
  if (wanted.partitions.empty()) return produce_verified(ctx, server, number, {});
  if (const auto result = start(ctx, server, wanted)) produce_verified(ctx, server, number, *result);
}

/// In the second version of the protocol the producer's last transaction may still be ending. The leader then asks
/// again for a while, because a producer would itself pause for longer. Kafka: ReplicaManager.handleProduceAppend
/// (maybeRetryOnConcurrentTransactions).
void AddPartitionsToTxnManager::produce_verified(Ctx& ctx, BrokerServer& server, std::uint64_t number,
                                                 const VerificationResult& result) {
  const auto it = produces_.find(number);
  if (it == produces_.end()) return;
  const protocol::Config& config = server.options.config;
  const bool adds = supports_epoch_bump(it->second.wanted.version);
  const bool concurrent = std::any_of(result.errors.begin(), result.errors.end(), [](const auto& error) {
    return error.second == ErrorCode::CONCURRENT_TRANSACTIONS;
  });
  if (adds && concurrent) {
    const sim::Duration longest = sim::milliseconds(
        std::min(config.number("add.partitions.to.txn.retry.backoff.max.ms"), config.number("request.timeout.ms")));
    if (ctx.now() - it->second.since < longest) {
      ctx.set_timer(sim::milliseconds(config.number("add.partitions.to.txn.retry.backoff.ms")),
                    timer::kVerificationRetry, number);
      return;
    }
  }
  const Produce produce = std::move(it->second);
  produces_.erase(it);
  VerificationResult mapped = result;
  for (auto& [tp, error] : mapped.errors) {
    if (result.guards.contains(tp))
      ctx.trace(fact::TransactionVerificationRefused{tp, error, produce.wanted.producer_id,
                                                     produce.wanted.producer_epoch, produce.wanted.transactional_id});
    // Older clients repeat a Produce after this error without looking for another leader.
    const bool retriable = error == ErrorCode::NETWORK_EXCEPTION || error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS ||
                           error == ErrorCode::COORDINATOR_NOT_AVAILABLE || error == ErrorCode::NOT_COORDINATOR ||
                           (error == ErrorCode::CONCURRENT_TRANSACTIONS && !adds);
    if (retriable) error = ErrorCode::NOT_ENOUGH_REPLICAS;
  }
  server.replica_manager.append_produce(ctx, server, {produce.connection, produce.peer, produce.times}, produce.request,
                                        mapped);
}

void AddPartitionsToTxnManager::on_retry_timer(Ctx& ctx, BrokerServer& server, std::uint64_t number) {
  const auto it = produces_.find(number);
  if (it == produces_.end()) return;
  if (const auto result = start(ctx, server, it->second.wanted)) produce_verified(ctx, server, number, *result);
}

}  // namespace kafkascope::broker
