// A broker that leads the one partition of __transaction_state, in a cluster of three.
#pragma once
#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/transaction_coordinator.h"
#include "protocol/config.h"
#include "protocol/metadata_image.h"
#include "sim/world.h"
#include "storage/partition_log.h"

namespace transaction_test {

using namespace kafkascope;
using namespace kafkascope::protocol;
using coordinator::RequestHandle;
using coordinator::TransactionCoordinator;
using coordinator::TransactionLogRecord;
using coordinator::TransactionLogValue;
using coordinator::TransactionMetadata;
using coordinator::TransactionState;

using enum ErrorCode;
using enum TransactionState;

constexpr ProducerId kId = 1000;  // the first id that the broker allocates
constexpr auto TV0 = TransactionVersion::TV0;
constexpr auto TV2 = TransactionVersion::TV2;

/// The topic "orders": broker 1 leads partition 0, broker 2 the other two.
constexpr TopicPartition kOrders0{1, 0}, kOrders1{1, 1}, kOrders2{1, 2};
constexpr TopicId kOffsets = 2;

class TransactionNode {
 public:
  explicit TransactionNode(KafkaVersion version = KafkaVersion::V4_1, int server_version = 2);

  void on_start(Context& ctx) {
    ctx.set_state(sim::NodeState::Running);
    coordinator.startup(ctx.now());
    elect(ctx);
  }
  void on_message(Context&, sim::ConnectionId, const Message&) {}
  void on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Context&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(sim::Death, sim::Instant) {
    coordinator.on_death();
    in_flight.clear();
    markers.clear();
  }
  void elect(Context& ctx);
  void resign(Context& ctx);
  template <class Request>
  void handle(Context& ctx, RequestHandle request, const Request& r);
  void answer_markers(Context& ctx, BrokerId broker, const WriteTxnMarkersResponse* response);
  void finish_appends(Context& ctx, ErrorCode error);

  TransactionCoordinator coordinator;
  MetadataImage image;
  storage::PartitionLog log;
  bool holds = false;  // appends wait for finish_appends(); false: they are committed immediately
  ErrorCode append_error = ErrorCode::NONE;
  std::vector<std::uint64_t> in_flight;
  std::deque<ProducerId> ids{1000, 1001, 1002, 1003, 1004};
  std::map<RequestHandle, Body> replies;
  std::vector<std::pair<BrokerId, WriteTxnMarkersRequest>> markers;  // sent requests, oldest first
};

class TransactionHost final : public coordinator::Host {
 public:
  TransactionHost(TransactionNode& node, Context& ctx) : node_(node), ctx_(ctx) {}
  Context& ctx() override { return ctx_; }
  void reply(RequestHandle request, Body body) override {
    CHECK(node_.replies.emplace(request, std::move(body)).second);  // at most one reply per request
  }
  void append(std::int32_t partition, BatchRef batch, std::int16_t required_acks, std::uint64_t token) override {
    CHECK(required_acks == -1);
    if (node_.append_error != ErrorCode::NONE)
      return node_.coordinator.on_append_done(*this, partition, token, node_.append_error);
    node_.log.append_as_leader(std::move(batch), node_.log.latest_epoch(), ctx_.now());
    await_committed(partition, node_.log.log_end_offset(), token);
  }
  void await_committed(std::int32_t partition, Offset, std::uint64_t token) override {
    if (node_.holds) return node_.in_flight.push_back(token);
    node_.log.set_high_watermark(node_.log.log_end_offset(), ctx_.now());
    node_.coordinator.on_append_done(*this, partition, token, ErrorCode::NONE);
  }
  const storage::PartitionLog* log(std::int32_t) override { return &node_.log; }
  const MetadataImage& metadata() override { return node_.image; }
  std::optional<ProducerId> next_producer_id() override {
    if (node_.ids.empty()) return std::nullopt;
    const ProducerId id = node_.ids.front();
    node_.ids.pop_front();
    return id;
  }
  void write_transaction_markers(BrokerId broker, WriteTxnMarkersRequest request) override {
    node_.markers.emplace_back(broker, std::move(request));
  }

 private:
  TransactionNode& node_;
  Context& ctx_;
};

inline TransactionNode::TransactionNode(KafkaVersion version, int server_version)
    : coordinator(Config(config_scope::kBroker, version)) {
  const auto apply = [&](MetadataRecord record) { image.apply(image.last_offset() + 1, {1}, std::move(record)); };
  for (BrokerId id = 1; id <= 3; ++id) apply(RegisterBrokerRecord{id, 0, id, Endpoint(id), "", false, false, {}});
  const auto topic = [&](std::string name, TopicId id, const std::vector<BrokerId>& leaders) {
    apply(TopicRecord{std::move(name), id});
    for (std::size_t p = 0; p < leaders.size(); ++p) {
      PartitionRecord r;
      r.partition = {id, static_cast<std::int32_t>(p)};
      r.replicas = r.isr = {1, 2, 3};
      r.leader = leaders[p];
      apply(r);
    }
  };
  topic("__transaction_state", 0, {1});
  topic("orders", 1, {1, 2, 2});
  topic("__consumer_offsets", kOffsets, {3, 3, 3, 3});
  FeatureLevelRecord feature;
  feature.name = "transaction.version";
  feature.level = static_cast<std::int16_t>(server_version);
  apply(feature);
}
inline void TransactionNode::elect(Context& ctx) {
  TransactionHost host(*this, ctx);
  log.assign_epoch(log.latest_epoch().next(), log.log_end_offset());
  in_flight.clear();
  coordinator.on_elected(host, 0, log.latest_epoch(), log);
}
inline void TransactionNode::resign(Context& ctx) {
  TransactionHost host(*this, ctx);
  in_flight.clear();
  coordinator.on_resigned(host, 0);
}
inline void TransactionNode::on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg) {
  TransactionHost host(*this, ctx);
  CHECK(coordinator.on_timer(host, kind, arg));
}
template <class Request>
void TransactionNode::handle(Context& ctx, RequestHandle request, const Request& r) {
  TransactionHost host(*this, ctx);
  coordinator.handle(host, request, r);
}
inline void TransactionNode::answer_markers(Context& ctx, BrokerId broker, const WriteTxnMarkersResponse* response) {
  TransactionHost host(*this, ctx);
  coordinator.on_markers_answer(host, broker, response);
}
inline void TransactionNode::finish_appends(Context& ctx, ErrorCode error) {
  TransactionHost host(*this, ctx);
  if (error == ErrorCode::NONE) log.set_high_watermark(log.log_end_offset(), ctx.now());
  for (const std::uint64_t token : std::exchange(in_flight, {})) coordinator.on_append_done(host, 0, token, error);
}

struct TransactionBench {
  using World = sim::World<std::variant<TransactionNode>, Message>;
  explicit TransactionBench(KafkaVersion version = KafkaVersion::V4_1, int server_version = 2) {
    id = world.add_node("broker-1", TransactionNode(version, server_version));
    world.start(id, true);
    at_ms(0);
  }
  TransactionNode& node() { return std::get<TransactionNode>(world.role(id)); }
  TransactionCoordinator& coordinator() { return node().coordinator; }
  void at_ms(std::int64_t ms) {
    world.run_until(sim::Instant{ms * 1000});
    now_ms = ms;
  }
  void wait_ms(std::int64_t ms) { at_ms(now_ms + ms); }
  template <class F>
  void act(F&& f) {
    wait_ms(1);
    world.begin_command(sim::Instant{now_ms * 1000 + 1}, static_cast<std::uint64_t>(now_ms), "test");
    world.with_context(id, [&](Context& ctx) { f(node(), ctx); });
    world.end_command();
  }
  template <class Request>
  RequestHandle send(const Request& r) {
    const RequestHandle request = ++last_request;
    act([&](TransactionNode& n, Context& ctx) { n.handle(ctx, request, r); });
    return request;
  }
  template <class Response>
  const Response* answer(RequestHandle request) {
    const auto it = node().replies.find(request);
    return it == node().replies.end() ? nullptr : protocol::get_if<Response>(&it->second);
  }
  /// Requests that must be answered immediately.
  template <class Response, class Request>
  Response ask(const Request& r) {
    const Response* response = answer<Response>(send(r));
    REQUIRE(response != nullptr);
    return *response;
  }

  InitProducerIdRequest init_request(std::int32_t timeout_ms = 60000, ProducerId pid = -1, ProducerEpoch epoch = -1) {
    InitProducerIdRequest r;
    r.transactional_id = "tx";
    r.transaction_timeout_ms = timeout_ms;
    r.producer_id = pid;
    r.producer_epoch = epoch;
    return r;
  }
  InitProducerIdResponse init(std::int32_t timeout_ms = 60000, ProducerId pid = -1, ProducerEpoch epoch = -1) {
    return ask<InitProducerIdResponse>(init_request(timeout_ms, pid, epoch));
  }
  AddPartitionsToTxnRequest add_request(ProducerId pid, ProducerEpoch epoch, std::vector<TopicPartition> partitions,
                                        TransactionVersion version, bool verify_only = false) {
    return {version, {{"tx", pid, epoch, verify_only, std::move(partitions)}}};
  }
  ErrorCode add(ProducerId pid, ProducerEpoch epoch, std::vector<TopicPartition> partitions,
                TransactionVersion version = TV2) {
    return ask<AddPartitionsToTxnResponse>(add_request(pid, epoch, std::move(partitions), version))
        .results[0]
        .partitions[0]
        .error;
  }
  std::vector<ErrorCode> verify(ProducerId pid, ProducerEpoch epoch, std::vector<TopicPartition> partitions) {
    const auto response = ask<AddPartitionsToTxnResponse>(add_request(pid, epoch, std::move(partitions), TV2, true));
    std::vector<ErrorCode> errors;
    for (const auto& p : response.results[0].partitions) errors.push_back(p.error);
    return errors;
  }
  EndTxnRequest end_request(ProducerId pid, ProducerEpoch epoch, bool commit, TransactionVersion version = TV2) {
    return {"tx", pid, epoch, commit, version};
  }
  EndTxnResponse end(ProducerId pid, ProducerEpoch epoch, bool commit, TransactionVersion version = TV2) {
    return ask<EndTxnResponse>(end_request(pid, epoch, commit, version));
  }
  ErrorCode commit(ProducerId pid, ProducerEpoch epoch, TransactionVersion version = TV2) {
    return end(pid, epoch, true, version).error;
  }
  ErrorCode abort(ProducerId pid, ProducerEpoch epoch, TransactionVersion version = TV2) {
    return end(pid, epoch, false, version).error;
  }
  /// Answers the oldest request for markers, with the same error for each partition.
  void answer_markers(ErrorCode error = ErrorCode::NONE) {
    REQUIRE_FALSE(node().markers.empty());
    const BrokerId broker = node().markers.front().first;
    const WriteTxnMarkersRequest request = node().markers.front().second;
    node().markers.erase(node().markers.begin());
    WriteTxnMarkersResponse response;
    for (const auto& m : request.markers) {
      auto& result = response.markers.emplace_back();
      result.producer_id = m.producer_id;
      for (const TopicPartition tp : m.partitions) result.partitions.push_back({tp, error});
    }
    act([&](TransactionNode& n, Context& ctx) { n.answer_markers(ctx, broker, &response); });
  }
  void disconnect_markers() {
    REQUIRE_FALSE(node().markers.empty());
    const BrokerId broker = node().markers.front().first;
    node().markers.erase(node().markers.begin());
    act([&](TransactionNode& n, Context& ctx) { n.answer_markers(ctx, broker, nullptr); });
  }
  void write_all_markers() {
    while (!node().markers.empty()) answer_markers();
  }
  void finish_appends(ErrorCode error = ErrorCode::NONE) {
    act([&](TransactionNode& n, Context& ctx) { n.finish_appends(ctx, error); });
  }
  void elect() {
    act([](TransactionNode& n, Context& ctx) { n.elect(ctx); });
  }
  void resign() {
    act([](TransactionNode& n, Context& ctx) { n.resign(ctx); });
  }
  /// Puts a record that another leader has written into the log; then this broker takes over.
  void load(TransactionLogValue value, std::string transactional_id = "tx") {
    resign();
    act([&](TransactionNode& n, Context& ctx) {
      RecordBatch batch;
      batch.records.push_back(coordinator::encode_record(
          TransactionLogRecord{coordinator::TypedRecord<coordinator::TransactionLogKey, TransactionLogValue>{
              {std::move(transactional_id)}, std::move(value)}},
          n.image, 0));
      n.log.append_as_leader(seal(std::move(batch)), n.log.latest_epoch(), ctx.now());
      n.log.set_high_watermark(n.log.log_end_offset(), ctx.now());
    });
    elect();
  }
  /// A record of producer 7 with that epoch.
  static TransactionLogValue value(TransactionState state, ProducerEpoch epoch, TransactionVersion client = TV2,
                                   std::vector<TopicPartition> partitions = {}) {
    TransactionLogValue v;
    v.producer_id = 7;
    v.producer_epoch = epoch;
    v.transaction_timeout_ms = 60000;
    v.transaction_status = state;
    v.transaction_partitions = std::move(partitions);
    v.transaction_last_update_timestamp_ms = 1;
    v.transaction_start_timestamp_ms = state == TransactionState::Empty ? -1 : 1;
    v.client_transaction_version = client;
    return v;
  }
  const TransactionMetadata& tx(std::string_view transactional_id = "tx") {
    const TransactionMetadata* t = coordinator().transaction(transactional_id);
    REQUIRE(t != nullptr);
    return *t;
  }
  /// The states in the log, oldest first: "Ongoing 0".
  std::vector<std::string> history() {
    std::vector<std::string> list;
    const storage::PartitionLog& log = node().log;
    for (Offset at = log.log_start_offset(); at < log.log_end_offset();)
      for (const auto& batch : log.read(at, log.log_end_offset(), 1 << 30, true)) {
        at = batch.next_offset();
        for (const RecordView record : batch.data->records) {
          const auto r = coordinator::decode_record<TransactionLogRecord>(record);
          REQUIRE(r);
          const auto& v = std::get<0>(*r).value;
          list.push_back(v ? std::string(coordinator::name(v->transaction_status)) + " " +
                                 std::to_string(v->producer_epoch)
                           : "forgotten");
        }
      }
    return list;
  }

  World world;
  sim::NodeId id;
  std::int64_t now_ms = 0;
  RequestHandle last_request = 0;
};

using B = TransactionBench;
using History = std::vector<std::string>;

}  // namespace transaction_test
