// A transactional producer and its broker, for tests of the producer's requests and of its reactions to the answers.
#pragma once
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_transaction.h"
#include "rig.h"

namespace kafkascope::client::testing {

inline ProducerOptions transactional(bool old = false) {
  ProducerOptions o = producer_options();
  if (old) o.config = Config(config_scope::kProducer, KafkaVersion::V2_5);
  o.config.set("transactional.id", std::string("tx-1"));
  return o;
}

struct Shop {
  Rig rig;
  NodeId n;
  std::int64_t now_ms = 0;
  explicit Shop(TransactionVersion version, ProducerOptions o = transactional(), int partitions = 1)
      : rig(1, partitions) {
    rig.broker().transaction_version = version;
    n = rig.add(std::move(o));
    run(1000);
  }
  void run(std::int64_t ms) { rig.run_ms(now_ms += ms); }
  Producer& producer() { return rig.producer(n); }
  const TransactionManager& txn() { return producer().transactions(); }
  std::string state() { return std::string(to_string(txn().state())); }
  void call(TransactionCall::Kind kind) {
    rig.act(n, [&](protocol::Context& ctx) { producer().call(ctx, {kind}); });
  }
  void send_offsets(GroupMetadata group = {"billing", 3, "m-1", ""}) {
    rig.act(n, [&](protocol::Context& ctx) {
      producer().call(ctx, {TransactionCall::Kind::SendOffsets, {{orders(0), Offset{5}, {}, ""}}, group});
    });
  }
  void fail(ApiKey api, ErrorCode error) { rig.broker().transaction_errors[api].push_back(error); }
  std::size_t count(ApiKey api) { return rig.broker().of(api).size(); }
  std::string exception() { return producer().stats().thrown ? producer().stats().thrown->class_name : ""; }
  std::string message() { return producer().stats().thrown ? producer().stats().thrown->message : ""; }
  std::string cause() { return producer().stats().thrown ? producer().stats().thrown->cause : ""; }
};

}  // namespace kafkascope::client::testing
