#include "controller/zookeeper/kafka_zk_client.h"

#include <algorithm>
#include <charconv>

#include "sim/mutant.h"

namespace kafkascope::controller {

using protocol::kNoBroker;
using protocol::SharedZkResult;
using zookeeper::get_data;

namespace {

std::int32_t integer(const std::string& text) {
  std::int32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void KafkaZkClient::expect(const ZkResult& result, std::initializer_list<ZkError> allowed) {
  if (std::find(allowed.begin(), allowed.end(), result.error) == allowed.end()) throw KeeperFailure{result.error};
}

std::vector<std::string> KafkaZkClient::children(const std::string& path, bool watch) {
  const ZkResult& result = ask(zookeeper::get_children(path, watch));
  expect(result, {ZkError::OK, ZkError::NONODE});
  return result.error == ZkError::OK ? result.children : std::vector<std::string>{};
}

std::vector<std::pair<std::string, ZkResult>> KafkaZkClient::read_children(const std::string& path, bool watch) {
  const std::vector<std::string> names = children(path, watch);
  std::vector<ZkOperation> reads;
  for (const std::string& name : names) reads.push_back(get_data(path + "/" + name));
  std::vector<std::pair<std::string, ZkResult>> out;
  if (reads.empty()) return out;
  const auto& results = ask(std::move(reads));
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect(*results[i], {ZkError::OK, ZkError::NONODE});
    if (results[i]->error == ZkError::OK) out.emplace_back(names[i], *results[i]);
  }
  return out;
}

/// KafkaZkClient wraps each write in a multi together with the check (MultiOp); all writes are in flight at once.
std::vector<ZkResult> KafkaZkClient::write(const std::vector<ZkOperation>& operations) {
  std::vector<ZkOperation> checked;
  for (const ZkOperation& op : operations)
    checked.push_back(zookeeper::multi(
        {zookeeper::check(znode::kControllerEpoch,
                          sim::mutant("controller-epoch-not-checked") ? -1 : context_.epoch_zk_version),
         op}));
  std::vector<ZkResult> out;
  if (checked.empty()) return out;
  for (const SharedZkResult& result : ask(std::move(checked))) {
    if (result->error == ZkError::SESSIONEXPIRED) throw KeeperFailure{result->error};
    if (result->results.size() != 2) throw KeeperFailure{result->error};
    const ZkError check = result->results[0].error;
    if (check == ZkError::BADVERSION || check == ZkError::NONODE) throw ControllerMoved{};
    out.push_back(result->results[1]);
  }
  return out;
}

void KafkaZkClient::remove_all(const std::vector<std::string>& paths) {
  std::vector<ZkOperation> operations;
  for (const std::string& path : paths) operations.push_back(zookeeper::remove(path));
  (void)write(operations);
}

BrokerId KafkaZkClient::read_controller() {
  const ZkResult& result = ask(get_data(znode::kController, true));
  expect(result, {ZkError::OK, ZkError::NONODE});
  if (result.error == ZkError::OK) return znode::decode_controller(result.data);
  // There is no controller yet: the watch fires when the znode is created
  // (registerZNodeChangeHandlerAndCheckExistence).
  const ZkResult& now = ask(zookeeper::exists(znode::kController, true));
  expect(now, {ZkError::OK, ZkError::NONODE});
  return now.error == ZkError::OK ? read_controller() : kNoBroker;
}

/// Writes the ephemeral znode and the next epoch in one multi. Returns the epoch and the version of its znode. Kafka:
/// KafkaZkClient.registerControllerAndIncrementControllerEpoch.
std::pair<std::int32_t, std::int32_t> KafkaZkClient::register_controller(BrokerId id, std::int64_t wall_clock_ms) {
  const ZkResult* now = &ask(get_data(znode::kControllerEpoch));
  expect(*now, {ZkError::OK, ZkError::NONODE});
  if (now->error == ZkError::NONODE) {
    expect(ask(zookeeper::create(znode::kControllerEpoch, "0")), {ZkError::OK, ZkError::NODEEXISTS});
    now = &ask(get_data(znode::kControllerEpoch));
    expect(*now, {ZkError::OK});
  }
  const std::int32_t epoch = integer(now->data) + 1, version = now->stat.version + 1;
  const ZkResult& won =
      ask(zookeeper::multi({zookeeper::create(znode::kController, znode::encode_controller(id, wall_clock_ms), true),
                            zookeeper::set_data(znode::kControllerEpoch, std::to_string(epoch), now->stat.version)}));
  if (won.error == ZkError::OK) return {epoch, version};
  expect(won, {ZkError::NODEEXISTS, ZkError::BADVERSION});
  // The existing znode may be this broker's own, created by a write whose response was lost.
  if (read_controller() != id) throw ControllerMoved{};
  const ZkResult& again = ask(get_data(znode::kControllerEpoch));
  expect(again, {ZkError::OK});
  if (integer(again.data) != epoch) throw ControllerMoved{};
  return {epoch, again.stat.version};
}

/// Kafka: KafkaZkClient.getAllBrokerAndEpochsInCluster.
std::map<BrokerId, LivingBroker> KafkaZkClient::read_brokers(bool watch) {
  std::map<BrokerId, LivingBroker> out;
  for (const auto& [name, result] : read_children(znode::kBrokerIds, watch)) {
    BrokerId id = protocol::kNoBroker;
    std::from_chars(name.data(), name.data() + name.size(), id);
    if (const auto info = znode::decode_broker(result.data))
      out[id] = {result.stat.czxid.value, info->endpoint(), info->rack};
  }
  return out;
}

std::map<TopicPartition, LeaderAndIsr> KafkaZkClient::read_states(const Partitions& partitions) {
  std::map<TopicPartition, LeaderAndIsr> out;
  if (partitions.empty()) return out;
  std::vector<ZkOperation> reads;
  for (TopicPartition p : partitions)
    reads.push_back(zookeeper::get_data(znode::state(context_.name(p), p.partition), context_.reassigned.contains(p)));
  const auto& results = ask(std::move(reads));
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    expect(*results[i], {ZkError::OK, ZkError::NONODE});
    if (const auto state = znode::decode_state(results[i]->data, results[i]->stat.version);
        results[i]->error == ZkError::OK && state)
      out[partitions[i]] = *state;
  }
  return out;
}

}  // namespace kafkascope::controller
