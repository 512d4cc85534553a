// The transaction coordinator beside a real cluster: tests/oracle/transactions has what a cluster of Kafka 4.1.0 wrote to
// __transaction_state, the markers it wrote, and its answers; here the same requests go to the coordinator alone.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "support/places.h"
#include "transaction_bench.h"

namespace transaction_test {
namespace {

using Row = std::vector<std::string>;
using Lines = std::vector<std::string>;

std::vector<Row> recorded(const std::string& run) {
  std::ifstream in(source_root() + "/tests/oracle/transactions/" + run + ".tsv");
  REQUIRE(in);
  std::vector<Row> rows;
  for (std::string line; std::getline(in, line);) {
    std::stringstream fields(line);
    Row& row = rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
    row.resize(8);
  }
  return rows;
}

/// One transactional id of a recorded run.
struct Replay {
  std::string run, transactional_id;
  std::vector<std::string> partitions;  // the recorded names of the bench's orders-0, orders-1
  std::string steps;                    // the requests to the coordinator, in order
  bool alone = true;                    // no other transactional id writes markers to these partitions
};

/// Sends the requests of that run's clients. The words of `steps`:
///   init             a producer starts (InitProducerId without an id)
///   init=E           InitProducerId with the present id and epoch E
///   add=P            partition P joins (AddPartitionsToTxn; with TV2 the leader of P asks before it writes)
///   offsets          partition 3 of __consumer_offsets, the group's, joins
///   commit, abort    EndTxn with the present epoch; commit=E, abort=E with epoch E
///   old, new         the following requests have the version of TV0 and TV1, or of TV2
///   markers          the waiting markers are written; markers=1: those of the first request; markers=unanswered: those of
///                    the first request, without an answer to the coordinator
///   timeout          80 s pass
///   expired          eight days pass, more than transactional.id.expiration.ms
///   crash            the broker dies, comes back, and reads the log
/// After `/` comes the expected error, or the number of the recorded answer; without `/` none is expected.
class Replayer {
 public:
  Replayer(const Replay& replay, std::vector<Row> rows)
      : replay_(replay), rows_(std::move(rows)), bench_(KafkaVersion::V4_1, replay.run.back() - '0') {
    version_ = replay.run.ends_with("tv2") ? TV2 : TV0;
    first_epoch_ = bench_.node().log.latest_epoch().value;
  }
  void run() {
    std::stringstream words(replay_.steps);
    for (std::string word; words >> word;) step(word);
  }
  Lines states() const {
    Lines lines;
    const storage::PartitionLog& log = bench_.node().log;
    for (Offset at = log.log_start_offset(); at < log.log_end_offset();)
      for (const auto& batch : log.read(at, log.log_end_offset(), 1 << 30, true)) {
        at = batch.next_offset();
        for (const RecordView record : batch.data->records) {
          const auto r = coordinator::decode_record<TransactionLogRecord>(record);
          REQUIRE(r);
          if (!std::get<0>(*r).value) {
            lines.push_back("tombstone ");
            continue;
          }
          const TransactionLogValue& v = *std::get<0>(*r).value;
          std::vector<std::string> names;
          for (const TopicPartition tp : v.transaction_partitions) names.push_back(name_of(tp));
          std::ranges::sort(names);
          std::string line(coordinator::name(v.transaction_status));
          line += " " + std::to_string(v.producer_epoch);
          for (const std::string& name : names) line += " " + name;
          lines.push_back(line);
        }
      }
    return lines;
  }
  Lines recorded_states() const {
    Lines lines;
    for (const Row& row : rows_) {
      if (row[0] != "state" || row[1] != replay_.transactional_id) continue;
      std::string line = row[2] + " " + row[3];
      std::stringstream names(row[4]);
      for (std::string name; std::getline(names, name, ',');) line += " " + name;
      lines.push_back(line);
    }
    return lines;
  }
  Lines markers(const std::string& partition) const {
    const auto it = markers_.find(partition);
    return it == markers_.end() ? Lines{} : it->second;
  }
  Lines recorded_markers(const std::string& partition) const {
    Lines lines;
    for (const Row& row : rows_)
      if (row[0] == "marker" && row[1] == partition) lines.push_back(row[3] + " " + row[4] + " " + row[5]);
    return lines;
  }

 private:
  TopicPartition partition(const std::string& name) const {
    const auto it = std::ranges::find(replay_.partitions, name);
    REQUIRE(it != replay_.partitions.end());
    return {kOrders0.topic, static_cast<std::int32_t>(it - replay_.partitions.begin())};
  }
  std::string name_of(TopicPartition tp) const {
    if (tp.topic == kOffsets) return "__consumer_offsets-" + std::to_string(tp.partition);
    return replay_.partitions.at(static_cast<std::size_t>(tp.partition));
  }
  /// The recorded answer with that number; the number is the first word of its row.
  std::string answer(const std::string& number) const {
    for (const Row& row : rows_)
      if (row[0] == "answer" && row[1].starts_with(number + " ")) return row[2];
    return "no answer " + number;
  }
  void step(const std::string& word) {
    CAPTURE(word);
    std::string call = word.substr(0, word.find('/'));
    std::string error = call.size() == word.size() ? "NONE" : word.substr(call.size() + 1);
    if (std::isdigit(static_cast<unsigned char>(error[0]))) error = answer(error);
    std::string value;
    if (const std::size_t at = call.find('='); at != std::string::npos) {
      value = call.substr(at + 1);
      call.resize(at);
    }
    const bool of_epoch = !value.empty() && (call == "init" || call == "commit" || call == "abort");
    const auto epoch = static_cast<ProducerEpoch>(of_epoch ? std::stoi(value) : epoch_);
    ErrorCode got = ErrorCode::NONE;
    if (call == "init") {
      const InitProducerIdResponse r = value.empty() ? bench_.init() : bench_.init(60000, pid_, epoch);
      got = r.error;
      if (got == ErrorCode::NONE) {
        epoch_ = r.producer_epoch;
        pid_ = r.producer_id;
      }
    } else if (call == "add") {
      got = bench_.add(pid_, epoch, {partition(value)}, version_);
    } else if (call == "offsets") {
      got = bench_.add(pid_, epoch, {TopicPartition{kOffsets, 3}}, version_);
    } else if (call == "commit" || call == "abort") {
      const EndTxnResponse r = bench_.end(pid_, epoch, call == "commit", version_);
      got = r.error;
      if (got == ErrorCode::NONE && version_ == TV2) epoch_ = r.producer_epoch;
    } else if (call == "markers") {
      if (!value.empty()) return write_markers(value != "unanswered");
      while (!bench_.node().markers.empty()) write_markers(true);  // there are none if no partition has joined
    } else if (call == "old" || call == "new") {
      version_ = call == "old" ? TV0 : TV2;
    } else if (call == "timeout") {
      bench_.wait_ms(80'000);
    } else if (call == "expired") {
      bench_.wait_ms(8 * 86'400'000LL);
    } else if (call == "crash") {
      turn([&] { bench_.world.kill(bench_.id, sim::Death::Crash); });
      turn([&] { bench_.world.restart(bench_.id); });
      bench_.wait_ms(10);
    } else {
      FAIL("no such step: " << word);
    }
    CHECK(std::string(name(got)) == error);
  }
  template <class F>
  void turn(F&& f) {
    bench_.wait_ms(1);
    bench_.world.begin_command(sim::Instant{bench_.now_ms * 1000 + 1}, static_cast<std::uint64_t>(bench_.now_ms),
                               "test");
    f();
    bench_.world.end_command();
  }
  void write_markers(bool answered) {
    REQUIRE_FALSE(bench_.node().markers.empty());
    for (const WritableTxnMarker& m : bench_.node().markers.front().second.markers)
      for (const TopicPartition tp : m.partitions)
        markers_[name_of(tp)].push_back(std::string(m.committed ? "COMMIT " : "ABORT ") +
                                        std::to_string(m.coordinator_epoch - first_epoch_) + " " +
                                        std::to_string(m.producer_epoch));
    if (answered) bench_.answer_markers();
    else bench_.node().markers.erase(bench_.node().markers.begin());
  }

  const Replay& replay_;
  std::vector<Row> rows_;
  mutable TransactionBench bench_;
  TransactionVersion version_ = TV2;
  int first_epoch_ = 0;
  int epoch_ = -1;
  ProducerId pid_ = 1000;
  std::map<std::string, Lines> markers_;
};

}  // namespace

TEST_CASE("the coordinator writes the same states and markers as a real 4.1.0 cluster, and gives the same answers") {
  const Lines orders{"orders-0"}, second{"orders-1"}, third{"orders-2"}, both{"orders-0", "orders-1"}, out{"out-0"};
  const auto commit = [](const std::string& partition) { return " add=" + partition + " commit markers "; };
  const auto abort = [](const std::string& partition) { return " add=" + partition + " abort markers "; };
  const std::string commit0 = commit("orders-0"), commit1 = commit("orders-1"), abort0 = abort("orders-0");
  const std::string passed = " offsets add=out-0 commit markers ", refused = " offsets abort markers ";
  const std::string passed1 = " add=out-0 offsets commit markers ", refused1 = " offsets add=out-0 abort markers ";
  const std::string expired0 = " expired add=orders-0/INVALID_PRODUCER_ID_MAPPING ";
  const std::string prepared =
      "init add=orders-0 add=slow-0 commit markers=1 markers=unanswered crash markers" + commit0;
  const std::vector<Replay> replays{
      {"commit-tv2", "tx-1", both, "init add=orders-1 add=orders-0 commit markers" + commit0 + commit1},
      {"commit-tv1", "tx-1", both, "init add=orders-0 add=orders-1 commit markers" + commit0 + commit1},
      {"commit-tv0", "tx-1", both, "init add=orders-0 add=orders-1 commit markers" + commit0 + commit1},
      {"abort-tv2", "tx-1", orders, "init" + abort0 + commit0 + abort0, false},
      {"abort-tv2", "tx-2", orders, "init abort markers" + commit0, false},
      {"abort-tv1", "tx-1", orders, "init" + abort0 + commit0 + abort0, false},
      {"abort-tv1", "tx-2", orders, "init" + abort0 + commit0, false},
      {"fencing-tv2", "tx-1", orders,
       "init add=orders-0 init/CONCURRENT_TRANSACTIONS markers init" + commit0 + "abort=0/PRODUCER_FENCED"},
      {"fencing-tv2", "tx-2", second, "init" + commit1 + "init" + commit1 + "abort=1/PRODUCER_FENCED"},
      {"fencing-tv1", "tx-1", orders,
       "init add=orders-0 init/CONCURRENT_TRANSACTIONS markers init" + commit0 + "abort=0/PRODUCER_FENCED"},
      {"fencing-tv1", "tx-2", second, "init" + commit1 + "init" + commit1 + "abort=0/PRODUCER_FENCED"},
      {"timeout-tv2", "tx-1", orders, "init add=orders-0 timeout markers commit=0/INVALID_TXN_STATE"},
      {"timeout-tv2", "tx-2", second, "init add=orders-1 timeout markers abort=0" + commit1},
      {"timeout-tv2", "tx-3", third, "init add=orders-2 timeout markers abort=0" + commit("orders-2")},
      {"timeout-tv1", "tx-1", orders, "init add=orders-0 timeout markers commit=0/PRODUCER_FENCED"},
      {"timeout-tv1", "tx-2", second, "init add=orders-1 timeout markers abort=0/PRODUCER_FENCED"},
      {"timeout-tv1", "tx-3", third, "init add=orders-2 timeout markers abort=0/PRODUCER_FENCED"},
      {"coordinator-open-tv2", "tx-1", orders, "init add=orders-0 crash commit markers" + commit0},
      {"coordinator-open-tv1", "tx-1", orders, "init add=orders-0 crash commit markers" + commit0},
      {"coordinator-prepared-tv2", "tx-1", {"orders-0", "slow-0"}, prepared},
      {"coordinator-prepared-tv1", "tx-1", {"orders-0", "slow-0"}, prepared},
      {"leader-killed-tv2", "tx-1", orders, "init" + commit0 + commit0},
      {"leader-killed-tv1", "tx-1", orders, "init" + commit0 + commit0},
      {"rebalance-waits-tv2", "tx-t1", out, "init" + passed + passed + passed + passed, false},
      {"rebalance-waits-tv2", "tx-t2", out, "init" + passed, false},
      {"rebalance-without-tv2", "tx-t1", out, "init" + passed + passed + refused + passed, false},
      {"rebalance-without-tv2", "tx-t2", out, "init" + passed + passed, false},
      {"rebalance-consumer-tv2", "tx-t1", out, "init" + passed + passed + refused + passed, false},
      {"rebalance-consumer-tv2", "tx-t2", out, "init" + passed + passed, false},
      {"lso-lag-tv2", "tx-1", orders, "init" + commit0 + abort0, false},
      {"lso-lag-tv2", "tx-2", orders, "init" + commit0 + abort0, false},
      {"lso-lag-tv1", "tx-1", orders, "init" + commit0 + abort0, false},
      {"lso-lag-tv1", "tx-2", orders, "init" + commit0 + abort0, false},
      {"rebalance-waits-tv1", "tx-t1", out, "init" + passed + passed + passed + passed, false},
      {"rebalance-waits-tv1", "tx-t2", out, "init" + passed, false},
      {"rebalance-without-tv1", "tx-t1", out, "init" + passed + passed1 + refused1 + passed, false},
      {"rebalance-without-tv1", "tx-t2", out, "init" + passed + passed, false},
      {"rebalance-consumer-tv1", "tx-t1", out, "init" + passed + passed1 + refused1 + passed, false},
      {"rebalance-consumer-tv1", "tx-t2", out, "init" + passed + passed, false},
      {"hanging-tv1", "tx-1", orders, "init" + commit0 + "add=orders-0/1 abort/2 markers", false},
      {"hanging-verified-tv1", "tx-1", orders, "init" + commit0 + "add=orders-0/1 abort/2 markers", false},
      {"verification-tv2",
       "tx-1",
       {"oa-0", "ob-0"},
       "init old add=oa-0/04 new add=ob-0/11 old commit=5/12 commit/13 markers commit/14 abort/15 new abort/16 markers "
       "commit/17 add=oa-0/18 commit/19 markers commit=1/20 abort=1/21 add=oa-0"},
      {"verification-tv1",
       "tx-1",
       {"oa-0", "ob-0"},
       "init old add=oa-0/04 new add=ob-0/11 old commit=5/12 commit/13 markers commit/14 abort/15 new abort/16 markers "
       "commit/17 add=oa-0/18 commit/19 markers commit=1/20 abort=1/21 add=oa-0"},
      {"init-errors-tv2", "tx-1", orders,
       "init init=0/07 init=0/08 init=1/09 init=0/10 init=5/11 old add=orders-0/13 init/14 markers init/15"},
      {"init-errors-tv1", "tx-1", orders,
       "init init=0/07 init=0/08 init=1/09 init=0/10 init=5/11 old add=orders-0/13 init/14 markers init/15"},
      {"feature-tv2", "tx-1", orders, "init" + commit0 + abort0 + commit0 + commit0 + commit0 + commit0 + commit0},
      {"delivery-timeout-tv2", "tx-1", orders, "init" + abort0 + commit0},
      {"delivery-timeout-tv1", "tx-1", orders, "init" + abort0 + "init=0" + commit0},
      {"expiration-tv2", "tx-1", orders, "init" + commit0 + expired0 + "init" + commit0},
      {"expiration-tv2", "tx-2", second, "init expired add=orders-1/INVALID_PRODUCER_ID_MAPPING"},
      {"expiration-tv2",
       "tx-3",
       {"orders-2"},
       "init" + abort("orders-2") + "expired offsets/INVALID_PRODUCER_ID_MAPPING"},
      {"expiration-tv1", "tx-1", orders, "init" + commit0 + expired0 + "init" + commit0},
      {"expiration-tv1", "tx-2", second, "init expired add=orders-1/INVALID_PRODUCER_ID_MAPPING"},
      {"expiration-tv1",
       "tx-3",
       {"orders-2"},
       "init" + abort("orders-2") + "expired offsets/INVALID_PRODUCER_ID_MAPPING"},
  };
  std::set<std::string> replayed, runs;
  for (const auto& entry : std::filesystem::directory_iterator(source_root() + "/tests/oracle/transactions"))
    if (entry.path().extension() == ".tsv") runs.insert(entry.path().stem().string());
  for (const Replay& replay : replays) {
    CAPTURE(replay.run);
    replayed.insert(replay.run);
    CAPTURE(replay.transactional_id);
    Replayer r(replay, recorded(replay.run));
    r.run();
    CHECK(r.states() == r.recorded_states());
    if (replay.alone)
      for (const std::string& partition : replay.partitions) {
        CAPTURE(partition);
        CHECK(r.markers(partition) == r.recorded_markers(partition));
      }
  }
  CHECK(replayed == runs);
}

}  // namespace transaction_test
