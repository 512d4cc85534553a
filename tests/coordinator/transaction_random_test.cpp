// Random requests, failing appends, lost answers and failovers: the coordinator's state always equals its log's, and a transaction that was
// reported as committed never gets an abort marker.
#include <random>
#include <set>

#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "transaction_bench.h"

namespace transaction_test {
namespace {

using enum TransactionState;

struct Fuzz {
  Fuzz(std::uint64_t seed, int server)
      : random(seed), b(KafkaVersion::V4_1, server), version(server == 2 ? TV2 : TV0) {}

  int pick(int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); }
  std::string an_id() { return "tx-" + std::to_string(pick(3)); }
  /// Mostly the producer id and epoch that the coordinator has.
  std::pair<ProducerId, ProducerEpoch> a_producer(const std::string& id) {
    const TransactionMetadata* t = b.coordinator().transaction(id);
    if (t == nullptr) return {1000, 0};
    const int off = pick(6);
    return {pick(12) == 0 ? t->producer_id + 1 : t->producer_id,
            static_cast<ProducerEpoch>(t->producer_epoch + (off == 0   ? -1
                                                            : off == 1 ? 1
                                                                       : 0))};
  }
  std::vector<TopicPartition> some_partitions() {
    std::vector<TopicPartition> list;
    for (const TopicPartition tp : {kOrders0, kOrders1, kOrders2})
      if (pick(2) == 0) list.push_back(tp);
    if (list.empty()) list.push_back(kOrders0);
    return list;
  }

  void init() {
    InitProducerIdRequest r;
    r.transactional_id = an_id();
    r.transaction_timeout_ms = 20000 + pick(40000);
    if (pick(3) == 0) std::tie(r.producer_id, r.producer_epoch) = a_producer(r.transactional_id);
    if (b.node().ids.empty()) b.node().ids.push_back(next_id++);
    b.send(r);
  }
  void add() {
    const std::string id = an_id();
    const auto [pid, epoch] = a_producer(id);
    b.send(AddPartitionsToTxnRequest{version, {{id, pid, epoch, pick(4) == 0, some_partitions()}}});
  }
  void end() {
    const std::string id = an_id();
    const auto [pid, epoch] = a_producer(id);
    const EndTxnRequest r{id, pid, epoch, pick(2) == 0, version};
    ends[b.send(r)] = r;
  }
  void step() {
    switch (pick(16)) {
      case 0:
      case 1: return init();
      case 2:
      case 3:
      case 4: return add();
      case 5:
      case 6:
      case 7: return end();
      case 8: b.node().holds = !b.node().holds; break;
      case 9: b.node().append_error = pick(2) == 0 ? ErrorCode::NONE : ErrorCode::NOT_ENOUGH_REPLICAS; break;
      case 10:
      case 11: return b.finish_appends();
      case 12:
      case 13:
        note_markers();
        if (b.node().markers.empty()) break;
        if (pick(4) == 0) b.disconnect_markers();
        else b.answer_markers(pick(4) == 0 ? ErrorCode::NOT_LEADER_OR_FOLLOWER : ErrorCode::NONE);
        break;
      case 14:
        if (b.node().in_flight.empty()) b.wait_ms(pick(12000));
        break;
      case 15:
        if (pick(3) == 0) b.elect();
        break;
    }
    note_markers();
  }
  void note_markers() {
    for (const auto& [broker, request] : b.node().markers)
      for (const auto& m : request.markers)
        if (!m.committed) aborted.insert({m.producer_id, m.producer_epoch});
  }

  /// Compares the coordinator with one that another broker would load from the log.
  void compare() {
    if (!b.node().in_flight.empty()) return;
    TransactionBench other;
    other.resign();
    other.node().log = b.node().log;
    other.node().image = b.node().image;
    other.node().holds = true;
    other.elect();
    for (const char* id : {"tx-0", "tx-1", "tx-2"}) {
      const TransactionMetadata* here = b.coordinator().transaction(id);
      const TransactionMetadata* there = other.coordinator().transaction(id);
      if (here != nullptr && here->producer_epoch == -1) here = nullptr;  // not stored yet
      REQUIRE((here == nullptr) == (there == nullptr));
      if (here == nullptr) continue;
      CHECK(here->state == there->state);
      CHECK(here->producer_id == there->producer_id);
      if (!here->has_failed_epoch_fence) CHECK(here->producer_epoch == there->producer_epoch);
      CHECK(here->txn_timeout_ms == there->txn_timeout_ms);
      CHECK(here->txn_start_timestamp_ms == there->txn_start_timestamp_ms);
      CHECK(here->txn_last_update_timestamp_ms == there->txn_last_update_timestamp_ms);
      CHECK(here->client_transaction_version == there->client_transaction_version);
      if (here->state != PrepareCommit && here->state != PrepareAbort) CHECK(here->partitions == there->partitions);
      else
        CHECK(std::includes(there->partitions.begin(), there->partitions.end(), here->partitions.begin(),
                            here->partitions.end()));
    }
  }
  void settle() {
    b.node().holds = false;
    b.node().append_error = ErrorCode::NONE;
    b.finish_appends();
    b.wait_ms(31000);
    for (int i = 0; i < 100 && !b.node().markers.empty(); ++i) {
      note_markers();
      b.answer_markers();
    }
    for (const char* id : {"tx-0", "tx-1", "tx-2"})
      if (const TransactionMetadata* t = b.coordinator().transaction(id)) {
        CHECK(t->state != PrepareCommit);
        CHECK(t->state != PrepareAbort);
        CHECK_FALSE(t->pending_transition_in_progress());
      }
    if (version != TV2) return;  // without TV2 an epoch serves many transactions
    for (const auto& [request, end] : ends) {
      const auto* answer = b.answer<EndTxnResponse>(request);
      REQUIRE(answer != nullptr);
      if (answer->error == ErrorCode::NONE && end.committed)
        CHECK_FALSE(aborted.contains({end.producer_id, static_cast<ProducerEpoch>(end.producer_epoch + 1)}));
    }
  }

  std::mt19937_64 random;
  TransactionBench b;
  TransactionVersion version;
  ProducerId next_id = 2000;
  std::map<RequestHandle, EndTxnRequest> ends;
  std::set<std::pair<ProducerId, ProducerEpoch>> aborted;
};

}  // namespace

TEST_CASE("a transaction coordinator that loads its log at any moment has the state of the coordinator that wrote it") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Fuzz fuzz(seed, seed % 2 == 0 ? 1 : 2);
    for (int i = 0; i < 150; ++i) {
      CAPTURE(i);
      fuzz.step();
      fuzz.compare();
    }
    fuzz.settle();
    fuzz.compare();
    CHECK_FALSE(fuzz.b.world.faulted());
  }
}

}  // namespace transaction_test
