#include "engine/transaction_swarm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "broker/broker.h"
#include "client/consumer.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "engine/excuses.h"
#include "engine/later_handled.h"
#include "engine/members_plan.h"
#include "engine/open_transactions.h"
#include "engine/transaction_oracle.h"
#include "observe/model/state_document.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_transactions.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::transaction_swarm {

using cluster::Command;
using cluster::Verb;
using swarm::Plan;

namespace {

constexpr int kRecords = 150;  // in the topic `in`
constexpr sim::Instant kFrom{2'000'000}, kEnd{13'000'000}, kMending{14'000'000}, kClosing{36'000'000};
constexpr sim::Duration kTimeout = sim::seconds(5), kLookedForEvery = sim::seconds(1);  // of a transaction
constexpr sim::Duration kBrokersRequest = sim::seconds(3);                              // request.timeout.ms
constexpr sim::Duration kReplicaLag = sim::seconds(3);                                  // replica.lag.time.max.ms

/// The programs that die, are paused or are cut off. copy-1b and bank-1b have the transactional.id of copy-1 and
/// bank-1.
const std::vector<std::string>& programs() {
  static const std::vector<std::string> all{"copy-1", "copy-2", "copy-1b", "bank-1", "bank-2", "bank-1b"};
  return all;
}
/// The other clients that die, are paused or are cut off: the producer of `in`, and the readers.
const std::vector<std::string>& others() {
  static const std::vector<std::string> all{"shop", "committed", "uncommitted"};
  return all;
}
/// The second program of a pair starts a random number of seconds later; both keep running, and fence each other.
bool is_double(const std::string& program) { return program.ends_with('b'); }

bool over_zookeeper(std::uint64_t seed, Kind kind) { return kind == Kind::Before && seed % 2 == 0; }
/// Two seeds of five, in each version that knows it: the transforms' group has the newer protocol (KIP-848). The readers are in no group.
bool newer_group(std::uint64_t seed, Kind kind) {
  return !over_zookeeper(seed, kind) && (seed % 5 == 2 || seed % 5 == 4);
}

/// `late`: the banks give up a batch before their transactions time out.
std::string file_text(std::uint64_t seed, Kind kind, bool late, sim::Random& random) {
  const bool old = over_zookeeper(seed, kind);
  const std::string connects =
      old ? "" : R"(, "socket.connection.setup.timeout.ms": 2000, "socket.connection.setup.timeout.max.ms": 2000)";
  const std::string times = R"("request.timeout.ms": 3000)" + connects;
  const std::string bank_times = late ? R"("request.timeout.ms": 1500, "delivery.timeout.ms": 2000)" + connects
                                      : R"("delivery.timeout.ms": 8000, )" + times;
  const std::string transactional =
      R"("acks": "all", "enable.idempotence": true, "transaction.timeout.ms": 5000, "max.block.ms": 10000)";
  const bool newer = newer_group(seed, kind);
  const std::string protocol =
      newer ? R"("group.protocol": "consumer")" : R"("session.timeout.ms": 6000, "heartbeat.interval.ms": 1000)";
  const std::string member =
      protocol +
      R"(, "group.id": "copy", "auto.offset.reset": "earliest", "max.poll.interval.ms": 8000, "max.poll.records": 7, "isolation.level": "read_committed")";
  std::string keys;
  for (int i = 1; i <= kRecords; ++i) keys += fmt::format("{}\"{}\"", i > 1 ? ", " : "", i);
  std::string programs_text;
  for (const std::string& program : programs()) {
    const std::string start = is_double(program) ? fmt::format(R"("start": "{}ms", )", random.between(2000, 9000)) : "";
    const std::string id = is_double(program) ? program.substr(0, program.size() - 1) : program;
    // Each draw is a statement of its own, because compilers evaluate the arguments of a call in different orders.
    const std::int64_t records = random.between(2, 6), every = random.between(2, 4);
    if (program.starts_with("copy")) {
      programs_text += fmt::format(
          R"(,
    {{"id": "{}", "kind": "transform", "topics": ["in"], "topic": "out", "work": "{}ms", {}"config": {{"transactional.id": "{}", {}, "delivery.timeout.ms": 8000, {}, {}}}}})",
          program, random.between(0, 20), start, id, transactional, member, times);
    } else {
      const std::int64_t count = random.between(100, 400), rate = random.between(10, 40);
      programs_text += fmt::format(
          R"(,
    {{"id": "{}", "kind": "producer", "topic": "pay", "rate": "{}/s", "count": {}, "keys": "customer:8", "transaction": {{"records": {}, "abort_every": {}}}, {}"config": {{"transactional.id": "{}", {}, {}}}}})",
          program, rate, count, records, every, start, id, transactional, bank_times);
    }
  }
  const std::string sessions =
      newer
          ? R"("group.consumer.min.session.timeout.ms": 6000, "group.consumer.session.timeout.ms": 6000, "group.consumer.min.heartbeat.interval.ms": 1000, "group.consumer.heartbeat.interval.ms": 1000, )"
          : "";
  const std::string brokers =
      sessions +
      R"("min.insync.replicas": 2, "request.timeout.ms": 3000, "offsets.topic.num.partitions": 2, "transaction.state.log.num.partitions": 2, "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000, "replica.lag.time.max.ms": 3000, "replica.socket.timeout.ms": 3000, "controller.socket.timeout.ms": 3000, "group.initial.rebalance.delay.ms": 500)";
  const std::string cluster =
      old ? fmt::format(
                R"("kafka": "2.5",
  "cluster": {{"metadata": "zookeeper", "zookeepers": 1, "brokers": 3, "zookeeper_config": {{"tickTime": 1000}}, "config": {{"zookeeper.session.timeout.ms": 3000, {}}}}})",
                brokers)
          : fmt::format(
                R"("kafka": "4.1",
  "cluster": {{"controllers": 1, "brokers": 3, {}, "config": {{"broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500, {}}}}})",
                kind == Kind::Before ? R"("historical": ["KIP-890"])"
                                     : fmt::format(R"("features": {{"transaction.version": {}}})",
                                                   kind == Kind::Newer ? 2 : static_cast<int>(seed % 2)),
                brokers);
  return fmt::format(
      R"({{
  "format": 1,
  "id": "transaction-swarm-{0}-{1}",
  "seed": {1},
  {2},
  "topics": [
    {{"name": "in", "partitions": 3, "replication_factor": 3}},
    {{"name": "out", "partitions": 2, "replication_factor": 3}},
    {{"name": "pay", "partitions": 2, "replication_factor": 3}}
  ],
  "clients": [
    {{"id": "shop", "kind": "producer", "topic": "in", "start": "1s", "rate": "15/s", "count": {3}, "keys": [{4}], "config": {{"acks": "all", "enable.idempotence": true, {5}}}}},
    {{"id": "committed", "kind": "consumer", "assign": ["out-0", "out-1", "pay-0", "pay-1"], "commit": "none", "config": {{"isolation.level": "read_committed", "auto.offset.reset": "earliest", {5}}}}},
    {{"id": "uncommitted", "kind": "consumer", "assign": ["out-0", "out-1", "pay-0", "pay-1"], "commit": "none", "config": {{"auto.offset.reset": "earliest", {5}}}}}{6}
  ],
  "steps": [],
  "until": "{7}s"
}}
)",
      name(kind), seed, cluster, kRecords, keys, times, programs_text, kSeconds);
}

class Drawing : swarm::MembersPlan {
 public:
  Drawing(std::uint64_t seed, Kind kind) : MembersPlan(seed), late_(random_.chance_ppm(500000)) {
    plan_.text = file_text(seed, kind, late_, random_);
  }

  Plan draw() {
    const swarm::Weights weights = swarm::draw_weights(verbs(), random_);
    const std::int64_t pace = random_.chance_ppm(500000) ? 300'000 : 900'000;
    for (sim::Instant at = kFrom; at < kEnd; at = at + sim::microseconds(random_.between(1, 2 * pace)))
      act(at, swarm::by_weight(weights, random_));
    if (late_)
      for (const char* bank : {"bank-1", "bank-2"})
        for (const sim::Instant from : {kFrom, kFrom + sim::seconds(4)}) write_late(from, bank);
    return mended(kMending, [&] { mend(); });
  }

 private:
  std::string some_program() { return programs()[random_.below(programs().size())]; }
  std::string some_client() {
    const std::size_t n = random_.below(programs().size() + others().size());
    return n < programs().size() ? programs()[n] : others()[n - programs().size()];
  }
  std::string some_broker() { return fmt::format("broker-{}", random_.below(3) + 1); }
  void back(sim::Instant at, Verb verb, const std::string& node, std::int64_t longest_us) {
    const sim::Instant when = at + sim::microseconds(random_.between(100'000, longest_us));
    if (when < kEnd) add(when, verb, node);  // else the mending brings it back
  }

  /// A bank's write to one broker arrives after the bank has given it up, and mostly after its abort: the bank aborts by itself, since its own
  /// time-out is shorter than the transaction's.
  void write_late(sim::Instant from, const std::string& bank) {
    const sim::Instant at = from + sim::microseconds(random_.between(0, 2'000'000));
    const auto partition = static_cast<std::int32_t>(random_.below(2));
    for (const Verb verb : {Verb::Hold, Verb::Release}) {
      auto& c = add(verb == Verb::Hold ? at : at + sim::microseconds(random_.between(2'500'000, 5'000'000)), verb, "")
                    .edit<cluster::act::Messages>();
      c.api = "Produce";
      if (verb == Verb::Hold) c.what = cluster::MessageSide::Request;
      c.from.push_back(cluster::NodeRef{cluster::NodeRef::Kind::Name, bank, {}});
      c.to.push_back(cluster::NodeRef{cluster::NodeRef::Kind::Leader, "", {"pay", partition}});
    }
  }

  void act(sim::Instant at, const std::string& verb) {
    if (verb == "crash" || verb == "shutdown") {
      take_down(at, *cluster::parse_verb(verb), 4'000'000);
    } else if (verb == "kill" || verb == "stop") {
      const std::string client = some_client();
      add(at, *cluster::parse_verb(verb), client);
      back(at, Verb::Start, client, verb == "kill" ? 12'000'000 : 6'000'000);
    } else if (verb == "pause") {
      const bool broker = random_.chance_ppm(400000);  // a pause longer than its session, or a shorter one
      const std::string node = broker ? some_broker() : some_client();
      add(at, Verb::Pause, node);
      back(at, Verb::Resume, node, broker ? 7'000'000 : 12'000'000);
    } else if (verb == "isolate") {
      const std::string node = random_.chance_ppm(500000) ? some_client() : some_broker();
      add(at, Verb::Isolate, node);
      back(at, Verb::Heal, node, 8'000'000);
    } else if (verb == "elect_leaders") {
      add(at, Verb::ElectLeaders, "");
    } else {  // lose, hold, release
      Command& command = add(at, *cluster::parse_verb(verb), "");
      if (verb == "release") return;
      auto& c = command.edit<cluster::act::Messages>();
      static const std::vector<std::string> kApis{"Produce",
                                                  "Produce",
                                                  "InitProducerId",
                                                  "AddPartitionsToTxn",
                                                  "AddOffsetsToTxn",
                                                  "TxnOffsetCommit",
                                                  "EndTxn",
                                                  "WriteTxnMarkers",
                                                  ""};
      c.api = kApis[random_.below(kApis.size())];
      c.what = random_.chance_ppm(500000) ? cluster::MessageSide::Request : cluster::MessageSide::Response;
      const std::string from = c.api == "WriteTxnMarkers" ? some_broker() : some_program();
      c.from.push_back(cluster::NodeRef{cluster::NodeRef::Kind::Name, from, {}});
      c.count = random_.between(1, 2);
    }
  }

  void mend() {
    add(kMending, Verb::Heal, "");
    add(kMending, Verb::Release, "");
    for (const sim::Instant at : {kMending, kMending + sim::seconds(4)})
      for (const auto* clients : {&programs(), &others()})
        for (const std::string& client : *clients) {
          add(at, Verb::Resume, client);
          add(at, Verb::Start, client);
        }
    for (int i = 1; i <= 3; ++i) {
      add(kMending, Verb::Resume, fmt::format("broker-{}", i));
      // A broker that was told to shut down while it was paused does so now.
      add(kMending + sim::seconds(2), Verb::Restart, fmt::format("broker-{}", i));
    }
    // Of each pair only the first one stays: the other would fence it for ever. bank-2 stays down, so that only its coordinator can end its
    // transaction.
    for (const std::string& program : programs())
      if (is_double(program)) add(kMending + sim::seconds(6), Verb::Kill, program);
    for (const std::string& program : programs())
      if (!is_double(program)) {
        add(kMending + sim::seconds(7), Verb::Kill, program);
        if (program != "bank-2") add(kMending + sim::seconds(8), Verb::Start, program);
      }
    add(kClosing, Verb::Stop, "bank-1");
  }

  bool late_;
};

const std::vector<std::string>& written_topics() {
  static const std::vector<std::string> topics{"out", "pay"};
  return topics;
}
/// All topics with markers.
const std::vector<std::string>& topics_of_transactions() {
  static const std::vector<std::string> topics{"out", "pay", "__consumer_offsets"};
  return topics;
}

/// The offsets that a reader's process received, by topic and partition, in order.
using Received = std::map<protocol::TopicPartition, std::vector<std::int64_t>>;

/// Checks that a reader received what it may read according to the logs, each record once, in the order of the log. Each of its processes begins with
/// the first record; those that died received only a part. `shown`: aborted records that it may also have received.
std::string misread(const cluster::Cluster& cluster, const std::string& reader, bool committed,
                    std::vector<Received> processes, const Offsets& shown) {
  for (const std::string& topic : written_topics()) {
    const test::ReadableTopic readable = test::readable_topic(cluster, topic);
    for (std::int32_t p = 0; p < 2; ++p) {
      const auto& offsets = committed ? readable.committed : readable.all;
      const auto there = offsets.find(p);
      const std::vector<std::int64_t> wanted = there == offsets.end() ? std::vector<std::int64_t>{} : there->second;
      for (Received& received : processes) {
        const protocol::TopicPartition tp{cluster.committed().topic_id(topic), p};
        std::vector<std::int64_t>& got = received[tp];
        std::erase_if(got, [&](std::int64_t o) {
          return shown.contains({tp, protocol::Offset{o}}) && !std::binary_search(wanted.begin(), wanted.end(), o);
        });
        const auto differs = std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end());
        if (differs.first == got.end() && (differs.second == wanted.end() || &received != &processes.back())) continue;
        return fmt::format("{} got {} records of {}-{}, and {} may be read; they differ from offset {} on", reader,
                           got.size(), topic, p, wanted.size(),
                           differs.first != got.end() ? *differs.first : *differs.second);
      }
    }
  }
  return "";
}

/// Checks that `shop` has sent its records, and that the acknowledged ones are in the log. It may lack an answer only
/// if it died.
std::string not_filled(const cluster::Cluster& cluster, const observe::RecordLedger& ledger) {
  const test::ReadableTopic in = test::readable_topic(cluster, "in");
  const sim::NodeId shop = cluster.find("shop");
  for (std::uint32_t n = 0;; ++n) {
    const observe::RecordState* record = ledger.record(shop.index, n);
    if (record == nullptr) return n < kRecords ? fmt::format("shop has sent {} records", n) : "";
    if (record->acked_us < 0 && cluster.incarnation(shop) <= 1) return fmt::format("shop was not told of record {}", n);
    if (record->acked_us >= 0 && !in.copies.contains({shop.index, n}))
      return fmt::format("record {} of shop is missing after mending", n);
  }
}

/// Of each partition of `in`: from which record on nobody handles any more, since its member waits to learn the group's offsets for ever
/// (UNSTABLE_OFFSET_COMMIT). One of the partitions that it has no position in is part of such a transaction; its others wait with that one, for they are
/// asked for together (ConsumerCoordinator.OffsetFetchResponseHandler).
std::map<std::int32_t, std::int64_t> waiting_from(const cluster::Cluster& cluster, const Excuse& excuse) {
  std::map<std::int32_t, std::int64_t> from;
  std::set<protocol::TopicPartition> unstable;
  for (const test::OpenTransaction& open : test::open_transactions(cluster, "__consumer_offsets"))
    if (excuse.unstable.contains(open)) unstable.merge(test::offsets_in(cluster, open, "copy"));
  if (unstable.empty()) return from;
  const broker::Broker* broker = cluster.broker(cluster.coordinator_of("copy"));
  const auto* committed = broker == nullptr ? nullptr : broker->coordinator().offsets("copy");
  for (const std::string& program : programs()) {
    const auto* member = cluster.role<client::Consumer>(cluster.find(program));
    if (member == nullptr || !cluster.alive(cluster.find(program))) continue;
    std::vector<protocol::TopicPartition> without = member->assignment();
    std::erase_if(without, [&, positions = member->positions()](auto tp) { return positions.contains(tp); });
    if (std::ranges::none_of(without, [&](auto tp) { return unstable.contains(tp); })) continue;
    for (const protocol::TopicPartition tp : without) {
      const bool known = committed != nullptr && committed->contains(tp);
      from[tp.partition] = known ? committed->find(tp)->second.offset.value : 0;
    }
  }
  return from;
}

/// The effect of each record of `in` is in `out` once. A process of `shop` begins again with the first key.
std::string not_exactly_once(const cluster::Cluster& cluster, const Excuse& excuse) {
  std::map<std::string, int> waiting;
  for (const auto& [partition, offset] : waiting_from(cluster, excuse))
    for (const protocol::StoredBatch& batch :
         cluster.leader_log({cluster.committed().topic_id("in"), partition})->batches())
      for (int i = 0; i < batch.data->count(); ++i)
        if (const auto& key = batch.data->records[static_cast<std::size_t>(i)].key;
            key && offset <= (batch.base_offset + batch.data->offset_delta(i)).value)
          ++waiting[std::string(*key)];
  const test::ReadableTopic in = test::readable_topic(cluster, "in");
  const test::ReadableTopic out = test::readable_topic(cluster, "out", excuse.written_late);
  for (const auto& [key, times] : in.keys) {
    const auto found = out.keys.find(key);
    const int copies = found == out.keys.end() ? 0 : found->second;
    // Each effect of a transaction that may be half there may be there without its offset, or missing with it.
    int half = 0, half_there = 0;
    if (const auto effects = excuse.keys.find(key); effects != excuse.keys.end())
      for (const test::RecordId& effect : effects->second) ++half, half_there += out.copies.contains(effect);
    const int others = copies - half_there;
    if (others > times || others + half + waiting[key] < times)
      return fmt::format("record {} is there {} times, its effect {} times", key, times, copies);
  }
  return "";
}

/// Checks that no transaction is open at its coordinator.
std::string open_at_coordinator(scenario::Session& session) {
  const auto transactions = observe::state_at(session.moment(), "/transactions").value_or(nlohmann::json::object());
  for (const auto& [id, t] : transactions.items()) {
    const std::string state = t["state"];
    if (state != "Empty" && state != "CompleteCommit" && state != "CompleteAbort")
      return fmt::format("the transaction of {} is {} after mending", id, state);
  }
  return "";
}

}  // namespace

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> all{"crash",   "shutdown",      "kill", "pause", "stop",
                                            "isolate", "elect_leaders", "lose", "hold",  "release"};
  return all;
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::Older: return "older";
    case Kind::Newer: return "newer";
    case Kind::Before: return "before";
  }
  return "?";
}

Plan draw(std::uint64_t seed, Kind kind) { return Drawing(seed, kind).draw(); }

namespace {

/// Partitions with transactions that the broker has not learned of.
std::set<protocol::TopicPartition> unheard_of(const cluster::Cluster& cluster, sim::NodeId broker) {
  const protocol::MetadataImage& known = cluster.role<broker::Broker>(broker)->image();
  std::set<protocol::TopicPartition> partitions;
  for (const char* topic : {"out", "pay", "__consumer_offsets"})
    for (std::int32_t p = 0; p < 2; ++p)
      if (const protocol::TopicPartition tp{cluster.committed().topic_id(topic), p}; known.partition(tp) == nullptr)
        partitions.insert(tp);
  return partitions;
}

}  // namespace

Result run(const Plan& plan) {
  Result result;
  scenario::Session session(swarm::scenario_of(plan), true);
  const cluster::Cluster& cluster = session.cluster();
  test::ToldOutcomes told;
  for (const std::string& program : programs()) told.watch(cluster.find(program));
  // A new controller of 2.5 sends the live brokers first, and the partitions' states with its orders.
  const bool old = plan.text.find("zookeeper") != std::string::npos;
  std::vector<Unheard> unheard;
  test::OpenTransactions open_transactions(cluster, topics_of_transactions(),
                                           {kTimeout, kLookedForEvery, kBrokersRequest, kReplicaLag});
  test::LaterHandled later(cluster, session.observation().trace());
  for (std::size_t seen = 0; session.step(session.until());) {
    told.look(cluster);
    for (Unheard& u : unheard)
      if (u.until == session.until() && unheard_of(cluster, u.node).empty()) u.until = session.now();
    for (const auto& trace = session.observation().trace(); seen < trace.size(); ++seen) {
      open_transactions.on_line(trace[seen]);
      if (const auto loaded = fact_if<fact::TransactionsLoaded>(trace[seen]); loaded && old)
        if (auto partitions = unheard_of(cluster, trace[seen].node); !partitions.empty())
          unheard.push_back(
              {trace[seen].time, session.until(), trace[seen].node, loaded->partition, std::move(partitions)});
    }
    open_transactions.after_event();
    later.look();
  }
  open_transactions.at_end();
  result.open = open_transactions.tally();
  result.later = later.markers();
  std::map<std::int32_t, std::vector<Received>> received;  // by reader: the records of each of its processes
  for (std::size_t i = 0; i < session.observation().trace().size(); ++i) {
    const sim::TraceLine& line = session.observation().trace()[i];
    swarm::note_state(line, result.states);
    if (is<fact::NodeStarted>(line)) {
      received[line.node.index].emplace_back();
    } else if (const auto f = fact_if<fact::RecordDelivered>(line)) {
      std::vector<std::int64_t>& offsets = received[line.node.index].back()[f->partition];
      for (std::int64_t o = f->first_offset.value; o <= f->last_offset.value; ++o) offsets.push_back(o);
    } else if (const auto step = fact_if<fact::TransactionState>(line)) {
      using coordinator::TransactionState;
      const auto to = static_cast<TransactionState>(step->to);
      result.committed += to == TransactionState::PrepareCommit;
      result.aborted += to == TransactionState::PrepareAbort;
      ++result.states[fmt::format("transaction: {}", coordinator::name(to))];
    } else if (is<fact::TransactionMarkerAppended>(line)) {
      ++result.markers;
    } else if (const auto loaded = fact_if<fact::TransactionsLoaded>(line)) {
      result.taken_over += loaded->transactions > 0;
    }
  }
  result.acts = swarm::acts_of(plan, session);

  const auto moment = session.moment();
  const observe::ClusterView world(moment.cluster);
  const auto counts = moment.observation.ledger().total(world);
  const auto& violations = session.observation().invariants().violations();
  const auto walk = [&](const std::set<test::RecordId>& ignored) {
    std::map<std::string, test::ReadableTopic> topics;
    for (const std::string& topic : written_topics()) topics[topic] = test::readable_topic(cluster, topic, ignored);
    return topics;
  };
  const auto whole = walk({});
  const auto readable = [&](const Excuse& excuse) {
    return excuse.written_late.empty() ? whole : walk(excuse.written_late);
  };
  for (const auto& [topic, read] : whole)
    for (const auto& [p, offsets] : read.committed) result.records += static_cast<std::int64_t>(offsets.size());

  /// Without excuse: the leaders' last stable offsets and indexes are those of their batches, and everything is replicated.
  const auto stable_offsets = [&]() -> std::string {
    for (const std::string& topic : topics_of_transactions()) {
      if (std::string wrong = test::wrong_stable_offsets(cluster, topic); !wrong.empty()) return wrong;
      if (std::string wrong = test::wrong_aborted_index(cluster, topic); !wrong.empty()) return wrong;
      std::string behind;
      test::for_each_leader_log(cluster, topic, [&](std::int32_t p, const storage::PartitionLog& log) {
        if (log.high_watermark() != log.log_end_offset())
          behind = fmt::format("the high watermark of {}-{} is {} after mending, and its end {}", topic, p,
                               log.high_watermark().value, log.log_end_offset().value);
      });
      if (!behind.empty()) return behind;
    }
    return "";
  };
  const auto unstable = [&](const Excuse& excuse) {
    std::vector<std::string> names;
    for (const std::string& topic : topics_of_transactions()) {
      const std::vector<test::OpenTransaction> open = test::open_transactions(cluster, topic);
      for (const protocol::TopicPartition p : test::unstable_partitions(cluster, topic)) {
        const auto here = [&](const test::OpenTransaction& t) { return t.partition == p; };
        if (std::ranges::none_of(open, here) ||
            !std::ranges::all_of(open, [&](const auto& t) { return !here(t) || excuse.unstable.contains(t); }))
          names.push_back(cluster.name(p));
      }
    }
    return names.empty() ? ""
                         : fmt::format("the last stable offset stands still after mending: {}", fmt::join(names, ", "));
  };
  const auto other_markers = [&](const Excuse& excuse) {
    return test::differs_from_decisions(cluster, session.observation().trace(), topics_of_transactions(),
                                        excuse.unmarked, excuse.markers, &later);
  };
  const auto disorder = [&](const Excuse& excuse) -> std::string {
    for (const auto& [topic, read] : readable(excuse))
      if (!read.disorder.empty()) return topic + ": " + read.disorder;
    return "";
  };
  /// Without excuse: no cause writes a record twice.
  const auto repeated = [&]() -> std::string {
    for (const auto& [topic, read] : whole)
      for (const auto& [record, copies] : read.copies)
        if (copies > 1)
          return fmt::format("record {} of {} is there {} times", record.second,
                             cluster.nodes()[static_cast<std::size_t>(record.first)].name, copies);
    return "";
  };
  const auto half = [&](const Excuse& excuse) {
    std::map<test::RecordId, int> copies;
    for (const auto& [topic, read] : readable(excuse)) copies.insert(read.copies.begin(), read.copies.end());
    return told.differs_from(cluster, copies, excuse.transactions);
  };
  const auto once = [&](const Excuse& excuse) { return not_exactly_once(cluster, excuse); };
  const auto lost_acked = [&](const Excuse& excuse) {
    for (const auto& lost : moment.observation.ledger().with_fate("lost_acked", world, 1000))
      if (!excuse.lost_acked.contains({lost.client, lost.number}))
        return fmt::format("{} acknowledged records are lost, among them record {} of {}", counts.lost_acked,
                           lost.number, cluster.nodes()[static_cast<std::size_t>(lost.client)].name);
    return std::string();
  };
  // The causes are searched only if a check fails.
  const bool before = plan.text.find("transaction-swarm-before") != std::string::npos;
  const bool newer = plan.text.find("transaction-swarm-newer") != std::string::npos;
  const bool of_newer_group = plan.text.find("group.protocol") != std::string::npos;
  std::optional<std::vector<Excuse>> own;
  /// Also empty if one of Kafka's own causes excuses the failure; the cause is then noted.
  const auto broken = [&](auto&& check) {
    std::string what = check(Excuse{});
    if (what.empty()) return what;
    if (!own) own = excuses(session, told, newer, !before, of_newer_group, unheard, later);
    for (const Excuse& excuse : *own)
      if (check(excuse).empty()) {
        result.excused_by.insert(std::string(excuse.cause));
        return std::string();
      }
    // Several causes in one run: notes each cause without which the check fails.
    const auto all_but = [&](const Excuse* left_out) {
      Excuse sum;
      for (const Excuse& excuse : *own)
        if (&excuse != left_out) sum.add(excuse);
      return sum;
    };
    if (!check(all_but(nullptr)).empty()) return what;
    std::set<std::string> needed, all;
    for (const Excuse& excuse : *own) {
      all.emplace(excuse.cause);
      if (!check(all_but(&excuse)).empty()) needed.emplace(excuse.cause);
    }
    result.excused_by.merge(needed.empty() ? all
                                           : needed);  // if none is needed, they can replace each other: all count
    return std::string();
  };
  const auto reads = [&](const char* reader, bool committed) {
    return [&, reader, committed](const Excuse& excuse) {
      return misread(cluster, reader, committed, received[cluster.find(reader).index], excuse.shown);
    };
  };
  // Each check runs only if all earlier ones hold.
  if (cluster.faulted()) result.broken = "engine fault: " + cluster.fault_text();
  else if (!violations.empty())
    result.broken = fmt::format("{}: {} (at {} us)", violations[0].name,
                                words::render(words::Lang::En, violations[0].told()), violations[0].at_us);
  else if (std::string open = open_at_coordinator(session); !open.empty()) result.broken = open;
  else if (std::string stable = stable_offsets(); !stable.empty()) result.broken = stable;
  else if (std::string still = broken(unstable); !still.empty()) result.broken = still;
  else if (std::string other = broken(other_markers); !other.empty()) result.broken = other;
  else if (std::string read = broken(reads("committed", true)); !read.empty()) result.broken = read;
  else if (std::string dirty = broken(reads("uncommitted", false)); !dirty.empty()) result.broken = dirty;
  else if (std::string order = broken(disorder); !order.empty()) result.broken = order;
  else if (std::string twice = repeated(); !twice.empty()) result.broken = twice;
  else if (std::string some = broken(half); !some.empty()) result.broken = some;
  else if (!open_transactions.broken().empty()) result.broken = open_transactions.broken();
  else if (std::string gone = not_filled(cluster, session.observation().ledger()); !gone.empty()) result.broken = gone;
  else if (std::string effects = broken(once); !effects.empty()) result.broken = effects;
  else if (std::string lost = broken(lost_acked); !lost.empty()) result.broken = lost;
  return result;
}

}  // namespace kafkascope::transaction_swarm
