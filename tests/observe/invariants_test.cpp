// Each invariant fires when its rule is broken, and only then. Trace lines made by hand.
#include <doctest/doctest.h>

#include <set>

#include "observe/judge/invariants/invariants.h"
#include "protocol/all_facts.h"
#include "raft/quorum_node.h"
#include "storage/partition_log.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using protocol::Trace;

namespace {

/// Three brokers on nodes 1 to 3, one partition; each test writes what it needs.
struct World final : WorldView {
  protocol::MetadataImage image;
  std::map<BrokerId, storage::PartitionLog> logs;
  IdList isr{1, 2, 3};
  int min_isr = 2;
  bool joined = true, unclean = false;
  sim::Duration skew;
  std::vector<raft::QuorumNode> quorum;  // by node; the first is a voter

  const storage::PartitionLog* leader_log(TopicPartition) const override { return nullptr; }
  void for_each_under_way(const std::function<void(const protocol::RecordBatch&)>&) const override {}
  const protocol::MetadataImage& committed() const override { return image; }
  const storage::PartitionLog* log(BrokerId broker, TopicPartition) const override {
    const auto it = logs.find(broker);
    return it == logs.end() ? nullptr : &it->second;
  }
  IdList maximal_isr(BrokerId, TopicPartition) const override { return isr; }
  int effective_min_isr(BrokerId, TopicPartition) const override { return min_isr; }
  BrokerId broker_at(sim::NodeId node) const override { return node.index; }
  std::string node(sim::NodeId node) const override { return "broker-" + std::to_string(node.index); }
  std::string topic(protocol::TopicId) const override { return "orders"; }
  bool has_joined(BrokerId) const override { return joined; }
  sim::Duration clock_skew(sim::NodeId) const override { return skew; }
  const raft::QuorumNode* voter_at(sim::NodeId) const override { return nullptr; }
  const raft::QuorumNode* quorum_log(sim::NodeId node) const override {
    return node.index < static_cast<std::int32_t>(quorum.size()) ? &quorum[static_cast<std::size_t>(node.index)]
                                                                 : nullptr;
  }
  bool unclean_election_enabled(TopicPartition) const override { return unclean; }
  std::vector<const raft::QuorumNode*> voters() const override {
    return quorum.empty() ? std::vector<const raft::QuorumNode*>{}
                          : std::vector<const raft::QuorumNode*>{&quorum.front()};
  }
};

constexpr TopicPartition kOrders{0, 0};

protocol::BatchRef batch_of(int records, protocol::ProducerId producer = -1, std::int32_t sequence = -1,
                            std::uint32_t first = 0) {
  protocol::RecordBatch batch;
  batch.producer_id = producer;
  batch.producer_epoch = producer < 0 ? -1 : 0;
  batch.base_sequence = sequence;
  batch.client = 9;
  for (int i = 0; i < records; ++i) {
    protocol::Record record;
    record.value = "v" + std::to_string(first + static_cast<std::uint32_t>(i));
    record.number = first + static_cast<std::uint32_t>(i);
    batch.records.push_back(record);
  }
  return protocol::seal(std::move(batch));
}

/// Facts about orders-0, with what the tests vary.
fact::HighWatermarkAdvanced advanced(std::int64_t from, std::int64_t to, std::int32_t epoch,
                                     TopicPartition p = kOrders) {
  return {p, protocol::Offset{from}, protocol::Offset{to}, LeaderEpoch{epoch}};
}
fact::BecameLeader leads(std::int32_t epoch, std::int64_t start) {
  return {kOrders, LeaderEpoch{epoch}, protocol::Offset{start}, {}};
}
fact::LogTruncated cut(std::int64_t to, std::int64_t from) {
  return {kOrders, protocol::Offset{to}, protocol::Offset{from}, {}};
}
fact::LogRecovered recovered(std::int64_t end, std::int64_t lost_from) {
  return {kOrders, protocol::Offset{end}, protocol::Offset{lost_from}, 0, 0};
}
fact::OffsetCommitted commits(std::int64_t offset, std::int32_t generation, TopicPartition p = kOrders) {
  return {p, protocol::Offset{offset}, generation, "billing"};
}
fact::RecordDelivered delivered(std::int64_t first, std::int64_t last) {
  return {kOrders, protocol::Offset{first}, protocol::Offset{last}, "billing"};
}
fact::PositionSet position(std::int64_t offset, fact::PositionReason reason, TopicPartition p = kOrders) {
  return {p, protocol::Offset{offset}, reason};
}
fact::LeaderElected elected(BrokerId leader, std::int32_t epoch, const IdList& isr) {
  return {kOrders, leader, LeaderEpoch{epoch}, 1, isr};
}
fact::MetadataApplied applied(std::int64_t offset, std::int32_t epoch, const char* record) {
  return {protocol::Offset{offset}, LeaderEpoch{epoch}, record};
}

struct Watched {
  World world;
  Invariants invariants;

  template <sim::Fact F>
  void see(std::int32_t node, F fact) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.node = sim::NodeId{node};
    invariants.on_trace(line, nullptr, world);
  }
  /// A batch in a replica's log, and the line about it.
  void append(std::int32_t node, Trace trace, std::int64_t at, std::int64_t epoch, const protocol::BatchRef& batch) {
    world.logs[node].append_as_follower({protocol::Offset{at}, LeaderEpoch{static_cast<std::int32_t>(epoch)}, batch},
                                        sim::Instant{0});
    const protocol::Offset base{at};
    const LeaderEpoch in{static_cast<std::int32_t>(epoch)};
    sim::TraceLine line = trace == Trace::LogAppended
                              ? sim::pack(fact::LogAppended{kOrders, base, base + (batch->count() - 1), in})
                              : sim::pack(fact::LogReplicated{kOrders, base, base + (batch->count() - 1), in});
    line.node = sim::NodeId{node};
    const protocol::TraceSubject subject{batch.get(), protocol::Offset{at}};
    invariants.on_trace(line, &subject, world);
  }
  /// One batch on all three.
  void everywhere(const protocol::BatchRef& batch) {
    append(1, Trace::LogAppended, 0, 0, batch);
    append(2, Trace::LogReplicated, 0, 0, batch);
    append(3, Trace::LogReplicated, 0, 0, batch);
  }
  void registered(BrokerId leader, std::int32_t epoch, IdList isr, IdList replicas = {1, 2, 3}) {
    protocol::TopicRecord topic;
    topic.name = "orders";
    topic.topic_id = 0;
    protocol::PartitionRecord record;
    record.partition = kOrders;
    record.replicas = replicas;
    record.isr = isr;
    record.leader = leader;
    record.leader_epoch = LeaderEpoch{epoch};
    world.image = {};
    world.image.apply(protocol::Offset{0}, LeaderEpoch{1}, topic);
    world.image.apply(protocol::Offset{1}, LeaderEpoch{1}, record);
  }
  /// Topic 0 is gone, and topic 1 was made, under its name or another.
  void made_anew(const std::string& name = "orders") {
    world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, protocol::RemoveTopicRecord{0});
    protocol::TopicRecord anew;
    anew.name = name;
    anew.topic_id = 1;
    world.image.apply(protocol::Offset{3}, LeaderEpoch{1}, anew);
  }
  /// "billing" reads at node 7 what broker 1 alone has, and this is its high watermark.
  void read_by_billing(std::int64_t high_watermark) {
    world.isr = IdList{};
    world.min_isr = 0;
    invariants.groups().set_group_of(7, "billing");
    registered(1, 0, IdList{1});
    see(1, advanced(0, high_watermark, 0));
  }
  std::string first() const { return invariants.violations().empty() ? "" : invariants.violations().front().name; }
};

}  // namespace

TEST_CASE("high-watermark-bounds: a removed replica is ignored, even if the leader still counts it") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(2));
  w.append(3, Trace::LogReplicated, 0, 0, batch_of(2));
  w.world.logs.erase(3);
  w.see(3, fact::LogDeleted{kOrders, protocol::Offset{2}, false});
  w.registered(1, 0, IdList{1, 2}, IdList{1, 2});
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.registered(1, 0, IdList{1, 2, 3});
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: the high watermark never passes the log end of an ISR member") {
  Watched w;
  const auto batch = batch_of(2);
  w.append(1, Trace::LogAppended, 0, 0, batch);
  w.append(2, Trace::LogReplicated, 0, 0, batch);
  w.world.isr = IdList{1, 2};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.world.isr = IdList{1, 2, 3};
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: a leader may count on what a member has reported before its power failed") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.logs[3] = storage::PartitionLog{};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.see(3, cut(0, 2));  // but not on what it has given up itself
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: it does not move below min.insync.replicas") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.isr = IdList{1};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: it never goes back under one leader") {
  Watched w;
  w.everywhere(batch_of(3));
  w.see(1, advanced(0, 3, 4));
  w.see(2, advanced(0, 1, 5));  // another leader's may lag
  CHECK(w.first() == "");
  w.see(1, advanced(0, 2, 4));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: it may go back with a leader that was alone in the ISR and lost its tail") {
  for (const bool alone : {true, false}) {
    Watched w;
    w.world.min_isr = 1;
    w.everywhere(batch_of(3));
    w.see(1, advanced(0, 3, 4));
    w.registered(1, 4, alone ? IdList{1} : IdList{1, 2});
    w.see(1, recovered(2, 3));
    w.see(1, advanced(0, 2, 4));
    CHECK(w.first() == (alone ? "" : HighWatermarkBounds::kName));
  }
}

TEST_CASE("high-watermark-bounds: a replica that joins the ISR has all committed records") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.logs[1].set_high_watermark(protocol::Offset{2}, sim::Instant{0});
  w.see(1, fact::IsrExpand{kOrders, 1, {IdList{1, 2}, IdList{1, 2, 3}}});
  CHECK(w.first() == "");
  w.world.logs[3] = storage::PartitionLog{};
  w.see(3, cut(0, 2));
  w.see(1, fact::IsrExpand{kOrders, 2, {IdList{1, 2}, IdList{1, 2, 3}}});
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("historical: switching off a fix leaves out only the invariant that it guarded") {
  const std::set<std::string_view> lets_promises_break{"KIP-101", "KAFKA-7128"};
  const std::set<std::string_view> lets_the_watermark_pass{"KIP-101", "KIP-966"};
  for (const std::string_view fix : protocol::kModelledFixes) {
    CAPTURE(fix);
    const auto without = [fix] {
      Watched w;
      w.invariants.set_historical(protocol::historical({std::string(fix)}));
      w.everywhere(batch_of(2));
      return w;
    };
    Watched lost = without();
    lost.see(1, advanced(0, 2, 0));
    lost.registered(3, 1, IdList{1, 2, 3});
    lost.see(3, leads(1, 0));
    CHECK(lost.first() == (lets_promises_break.contains(fix) ? "" : PromisedRecordSurvives::kName));

    Watched backwards = without();
    backwards.see(1, advanced(0, 2, 0));
    backwards.see(1, advanced(2, 1, 0));
    CHECK(backwards.first() == (lets_the_watermark_pass.contains(fix) ? "" : HighWatermarkBounds::kName));

    Watched small = without();
    small.world.isr = IdList{1};
    small.see(1, advanced(0, 2, 0));
    CHECK(small.first() == (lets_the_watermark_pass.contains(fix) ? "" : HighWatermarkBounds::kName));

    Watched apart = without();
    apart.append(4, Trace::LogReplicated, 0, 0, batch_of(2, -1, -1, 7));
    CHECK(apart.first() == LogsAgree::kName);

    Watched handed = without();
    handed.see(1, delivered(0, 5));
    CHECK(handed.first() == GroupOffsets::kName);
  }
}

TEST_CASE("one-leader-per-epoch: it holds for partitions and for controllers") {
  Watched w;
  w.see(1, leads(3, 0));
  w.see(2, leads(4, 0));
  w.see(1, leads(3, 0));  // the same node again, after a restart
  CHECK(w.first() == "");
  w.see(2, leads(3, 0));
  CHECK(w.first() == OneLeaderPerEpoch::kName);

  Watched quorum;
  quorum.see(5, fact::QuorumElected{3000, LeaderEpoch{2}, protocol::Offset{0}});
  quorum.see(6, fact::QuorumElected{3001, LeaderEpoch{2}, protocol::Offset{0}});
  CHECK(quorum.first() == OneLeaderPerEpoch::kName);
}

TEST_CASE("a violation is reported once, and names its nodes") {
  const auto told = [](const Watched& w) {
    std::string all;
    for (const Violation& v : w.invariants.violations()) all += v.detail + "\n";
    return all;
  };
  Watched leaders;
  leaders.see(1, leads(3, 0));
  for (int i = 0; i < 3; ++i) leaders.see(2, leads(3, 0));
  CHECK(told(leaders) == "orders-0: broker-1 and broker-2 both lead in epoch 3\n");

  Watched logs;
  for (std::int64_t at : {0, 1, 2}) logs.append(1, Trace::LogAppended, at, 0, batch_of(1));
  for (std::int64_t at : {0, 1, 2}) logs.append(4, Trace::LogReplicated, at, 0, batch_of(1, -1, -1, 7));
  CHECK(told(logs) == "orders-0: broker-4 holds another batch at offset 0 of leader epoch 0 than was written there\n");

  Watched owners;
  for (std::int32_t node : {7, 8}) owners.invariants.groups().set_group_of(node, "billing");
  owners.see(7, fact::PartitionsAssigned{1, 1, "orders-1"});
  for (int i = 0; i < 3; ++i) owners.see(8, fact::PartitionsAssigned{1, 1, "orders-1"});
  CHECK(told(owners) == "orders-1 has two owners in generation 1 of group billing\n");
}

TEST_CASE("logs-agree: the same offset and epoch hold the same batch in every log") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(1));
  w.append(3, Trace::LogReplicated, 0, 1, batch_of(1, -1, -1, 7));  // another epoch: another history
  CHECK(w.first() == "");
  w.append(4, Trace::LogReplicated, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE(
    "logs-agree: a leader that lost its tail in a power failure may write another in the same epoch, a follower may not") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(1));
  w.registered(1, 0, IdList{1});
  w.see(1, recovered(0, 1));
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(w.first() == "");
  w.append(1, Trace::LogAppended, 1, 1, batch_of(1));  // in a later leader epoch nothing excuses it
  w.append(1, Trace::LogAppended, 1, 1, batch_of(1, -1, -1, 7));
  CHECK(w.first() == LogsAgree::kName);
  Watched other;
  other.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  other.see(2, recovered(0, 1));
  other.append(2, Trace::LogReplicated, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(other.first() == LogsAgree::kName);
}

TEST_CASE("logs-agree: no node applies a different metadata record at an offset") {
  Watched w;
  w.see(1, applied(5, 1, "PartitionChangeRecord"));
  w.see(2, applied(5, 1, "PartitionChangeRecord"));
  CHECK(w.first() == "");
  w.see(3, applied(5, 2, "TopicRecord"));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE("logs-agree: applied metadata records are those that the voters have committed") {
  Watched w;
  const auto node = [](std::string name) {
    raft::QuorumOptions options;
    options.id = 3000;
    options.voter = true;
    options.voters = {{3000, sim::NodeId{0}}};
    raft::QuorumNode n(options);
    protocol::TopicRecord topic;
    topic.name = std::move(name);
    topic.topic_id = 0;
    n.preload(std::vector<protocol::MetadataEntry>{{LeaderEpoch{1}, protocol::LeaderChangeMessage{}},
                                                   {LeaderEpoch{1}, topic}},
              LeaderEpoch{1}, 3000);
    return n;
  };
  w.world.quorum = {node("orders"), node("orders"), node("others")};
  w.see(1, applied(1, 1, "TopicRecord"));
  CHECK(w.first() == "");
  w.see(2, applied(1, 1, "TopicRecord"));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE("group-offsets: a group commits only offsets that it could read, and does not go back") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.see(1, advanced(0, 10, 0));
  w.see(2, commits(10, 1));
  CHECK(w.first() == "");
  SUBCASE("past every high watermark") { w.see(2, commits(11, 1)); }
  SUBCASE("backwards") { w.see(2, commits(9, 1)); }
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("group-offsets: no consumer receives an uncommitted record") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.see(1, advanced(0, 10, 0));
  w.see(7, delivered(8, 9));
  CHECK(w.first() == "");
  w.see(7, delivered(10, 10));
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("group-offsets: a commit may go back after a reset or a loss of committed records") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.invariants.groups().set_group_of(7, "billing");
  w.see(1, advanced(0, 10, 0));
  w.see(2, commits(10, 1));
  SUBCASE("reset") { w.see(7, position(4, fact::PositionReason::OutOfRange)); }
  SUBCASE("reset, while an earlier commit is under way") {
    w.see(7, position(4, fact::PositionReason::Truncated));
    w.see(2, commits(10, 1));
  }
  SUBCASE("lost") { w.invariants.groups().on_loss(); }
  w.see(2, commits(4, 1));
  CHECK(w.first() == "");
}

TEST_CASE(
    "group-offsets: positions of a deleted topic may be committed to a new topic of the same name, and no further") {
  for (const bool read : {true, false}) {
    for (const std::string made_anew : {"orders", "invoices"}) {
      Watched w;
      w.read_by_billing(read ? 40 : 30);
      w.see(7, position(0, fact::PositionReason::Reset));
      // No line tells of the deletion: the controller that decided it was gone when it was committed.
      w.made_anew(made_anew);
      w.see(2, commits(38, 1, {1, 0}));
      CHECK(w.first() == (read && made_anew == "orders" ? "" : GroupOffsets::kName));
    }
  }
}

TEST_CASE("group-offsets: a group may not commit to a new topic of the same name if it never had a position there") {
  for (const bool was_there : {true, false}) {
    Watched w;
    w.read_by_billing(40);
    if (was_there) w.see(7, position(0, fact::PositionReason::Committed));
    w.made_anew();
    w.see(2, commits(38, 1, {1, 0}));
    CHECK(w.first() == (was_there ? "" : GroupOffsets::kName));
  }
}

TEST_CASE("group-offsets: in a recreated topic a commit goes back only after a reset, under either topic id") {
  for (const protocol::TopicId reset : {-1, 0, 1}) {
    Watched w;
    w.read_by_billing(40);
    w.see(7, position(0, fact::PositionReason::Reset));
    w.made_anew();
    w.see(2, commits(38, 1, {1, 0}));
    w.see(1, advanced(0, 5, 0, {1, 0}));
    if (reset >= 0) w.see(7, position(0, fact::PositionReason::OutOfRange, {reset, 0}));
    w.see(2, commits(3, 1, {1, 0}));
    CHECK(w.first() == (reset >= 0 ? "" : GroupOffsets::kName));
  }
}

TEST_CASE("group-offsets: offsets moved by an administrator may go back") {
  Watched w;
  w.see(1, advanced(0, 10, 0));
  const std::size_t before = w.invariants.violations().size();
  w.see(2, commits(10, 1));
  w.invariants.groups().excuse("billing");
  w.see(2, commits(3, 1));
  CHECK(w.invariants.violations().size() == before);
}

TEST_CASE("group-offsets: a partition has one owner in a generation") {
  Watched w;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing");
  w.see(7, fact::PartitionsAssigned{1, 2, "orders-0, orders-1"});
  w.see(8, fact::PartitionsAssigned{1, 1, "orders-2"});
  w.see(8, fact::PartitionsAssigned{2, 1, "orders-0"});
  CHECK(w.first() == "");
  SUBCASE("assigned twice") { w.see(8, fact::PartitionsAssigned{1, 1, "orders-1"}); }
  SUBCASE("kept in the new generation, and assigned to another member") {
    w.see(7, fact::PartitionsAssigned{2, 0, {}});
  }
  SUBCASE("revoked before, and then a second owner") {
    w.see(7, fact::PartitionsRevoked{1, 1, "orders-0"});
    w.see(7, fact::PartitionsAssigned{2, 0, {}});
    CHECK(w.first() == "");
    w.see(7, fact::PartitionsAssigned{2, 1, "orders-2"});
  }
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE(
    "group-offsets: KIP-848: in the newer protocol a partition has one owner at any time, unless the coordinator has removed the other") {
  Watched w;
  for (std::int32_t node : {7, 8, 9}) w.invariants.groups().set_group_of(node, "billing");
  w.invariants.groups().set_newer(7, "c-1");
  w.invariants.groups().set_newer(8, "c-2");  // 9 speaks the classic one
  w.see(1, fact::GroupMemberJoined{1, "billing", "c-1/id"});
  w.see(7, fact::PartitionsAssigned{1, 2, "[orders-0, orders-1]"});
  std::string broken;
  SUBCASE("assigned while the other member still owns it") {
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("revoked before") {
    w.see(7, fact::PartitionsRevoked{1, 1, "[orders-0]"});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
  }
  SUBCASE("removed, and not yet aware of it") {
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-1/id", fact::GroupReason::SessionTimeout, "", ""});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    w.see(7, fact::PartitionsLost{1, 2, "[orders-0, orders-1]"});
    w.see(1, fact::GroupMemberJoined{2, "billing", "c-1/id"});
    CHECK(w.first() == "");
    w.see(7, fact::PartitionsAssigned{3, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("another member was removed, and an earlier process of its own") {
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-10/id", fact::GroupReason::SessionTimeout, "", ""});
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-1/before", fact::GroupReason::SessionTimeout, "", ""});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("between the protocols the generation decides who owns a partition") {
    w.see(9, fact::PartitionsAssigned{2, 1, "[orders-0]"});
  }
  CHECK(w.first() == broken);
}

TEST_CASE("group-offsets: with assign() consumers may share a group.id, and their commits overwrite each other") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing");
  w.see(1, advanced(0, 10, 0));
  w.see(7, fact::PartitionsAssigned{-1, 1, "[orders-0]"});
  std::string broken;
  SUBCASE("both have the partition") { w.see(8, fact::PartitionsAssigned{-1, 1, "[orders-0]"}); }
  SUBCASE("only one has the partition: its commits do not go back") {
    w.see(8, fact::PartitionsAssigned{-1, 1, "[orders-1]"});
    broken = GroupOffsets::kName;
  }
  w.see(2, commits(10, -1));
  w.see(2, commits(4, -1));
  CHECK(w.first() == broken);
}

TEST_CASE("group-offsets: KIP-345: two processes with one group.instance.id count as one owner") {
  Watched w;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing", "till-1");
  w.invariants.groups().set_group_of(9, "billing", "till-2");
  w.see(7, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  w.see(8, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  CHECK(w.first() == "");
  w.see(9, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("idempotent-producer: a log has neither gap nor duplicate") {
  std::int32_t next = 2;
  std::string broken = NoDuplicates::kName.data();
  SUBCASE("in order") { broken = ""; }
  SUBCASE("a gap") { next = 3; }
  SUBCASE("a duplicate") { next = 0; }
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
  w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, next, 2));
  CHECK(w.first() == broken);
}

TEST_CASE(
    "idempotent-producer: a follower may copy a batch that a leader took after it had forgotten the producer, and no other") {
  bool expired = true, too_old = true;
  std::int32_t copied = 0;
  std::string broken;
  SUBCASE("the producer expired in a check of producer.id.expiration.check.interval.ms") {}
  SUBCASE("no check has been made") {
    expired = false;
    broken = NoDuplicates::kName;
  }
  SUBCASE("the check came too early") {
    too_old = false;
    broken = NoDuplicates::kName;
  }
  SUBCASE("the follower's batch is a different one") {
    copied = 4;
    broken = NoDuplicates::kName;
  }
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(2, 40, 0));
  if (!too_old) w.world.skew = sim::Duration{-sim::kEpochMs * 1000};
  if (expired) w.see(1, fact::ProducerExpired{kOrders, 40});
  w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, 0));
  w.append(2, Trace::LogReplicated, 2, 0, batch_of(2, 40, copied));
  CHECK(w.first() == broken);
}

TEST_CASE("idempotent-producer: a start or a truncation forgets no producer whose record is in the log") {
  for (const Trace trace : {Trace::LogRecovered, Trace::LogTruncated}) {
    for (const bool kept : {true, false}) {
      Watched w;
      w.world.skew = sim::Duration{-sim::kEpochMs * 1000};  // nothing is old
      w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
      w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, 2));
      w.world.logs[1].truncate_to(protocol::Offset{kept ? 2 : 0}, {}, 0);
      if (trace == Trace::LogRecovered) w.see(1, recovered(kept ? 2 : 0, 4));
      else w.see(1, cut(kept ? 2 : 0, 4));
      w.append(1, Trace::LogAppended, kept ? 2 : 0, 1, batch_of(2, 40, 4));  // 2 would be next
      CHECK(w.first() == (kept ? NoDuplicates::kName : ""));
    }
  }
}

TEST_CASE("high-watermark-bounds: a broker that joins the ISR is judged by its registered process (KIP-903)") {
  bool ends_short = true;
  Watched w;
  SUBCASE("it has everything") { ends_short = false; }
  SUBCASE("it has lost it") {}
  SUBCASE("its process is gone") { w.world.joined = false; }
  w.registered(1, 0, IdList{1});
  w.everywhere(batch_of(2));
  w.world.logs[1].set_high_watermark(protocol::Offset{2});
  w.see(9, fact::IsrChanged{kOrders, 1, IdList{1}});
  if (ends_short) w.world.logs[2] = {};
  w.see(9, fact::IsrChanged{kOrders, 2, IdList{1, 2}});
  CHECK(w.first() == (ends_short && w.world.joined ? HighWatermarkBounds::kName : ""));
}

TEST_CASE("promised-record-survives: a leader without a committed record that another replica has") {
  Watched w;
  w.everywhere(batch_of(2));
  w.see(1, advanced(0, 2, 0));
  w.registered(3, 1, IdList{2, 3});
  w.world.logs[3] = storage::PartitionLog{};
  SUBCASE("it is a violation") {
    w.see(3, leads(1, 0));
    CHECK(w.first() == PromisedRecordSurvives::kName);
  }
  SUBCASE("it is none while the leader's process has not joined, since it serves no client") {
    w.world.joined = false;
    w.see(3, leads(1, 0));
    CHECK(w.first() == "");
  }
  SUBCASE("it counts as a loss of Kafka's own if no other replica has the record") {
    w.world.logs[2] = storage::PartitionLog{};
    w.see(3, leads(1, 0));
    CHECK(w.first() == "");
    CHECK(w.invariants.promised().lost_by_promise_end() == 2);
  }
  SUBCASE("it does not matter if the record was never committed") {
    Watched other;
    other.everywhere(batch_of(2));
    other.registered(3, 1, IdList{2, 3});
    other.world.logs[3] = storage::PartitionLog{};
    other.see(3, leads(1, 0));
    CHECK(other.first() == "");
    CHECK(other.invariants.promised().lost_by_promise_end() == 0);
  }
}

TEST_CASE("promised-record-survives: a replica that leads as soon as a reassignment ends must have everything") {
  Watched w;
  w.everywhere(batch_of(2));
  w.see(1, advanced(0, 2, 0));
  w.registered(1, 0, IdList{1});
  protocol::PartitionChangeRecord move;
  move.partition = kOrders;
  move.has_replicas = move.has_adding = move.has_removing = true;
  move.replicas = {1, 2};
  move.adding = {2};
  move.removing = {1};
  w.world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, move);
  w.see(1, elected(2, 1, IdList{2}));
  CHECK(w.first() == "");
  bool has_everything = false, goes_on = false, another_begins = false;
  SUBCASE("it has everything") { has_everything = true; }
  SUBCASE("it has not") {}
  SUBCASE("it has everything, while the next reassignment has begun") { has_everything = another_begins = true; }
  SUBCASE("a reassignment under way excuses no unclean election") { has_everything = goes_on = true; }
  if (!goes_on) w.see(1, fact::ReassignmentChanged{kOrders, 1, 0, 0, {}});
  w.registered(2, 1, IdList{2, 3}, IdList{2, 3});
  if (goes_on || another_begins) w.world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, move);
  if (goes_on) w.see(1, fact::ReassignmentChanged{kOrders, 2, 0, 0, {}});  // it ends later
  if (!has_everything) w.world.logs[2] = {};
  w.see(2, leads(1, has_everything ? 2 : 0));
  CHECK(w.first() == (has_everything && !goes_on ? "" : PromisedRecordSurvives::kName));
}

TEST_CASE("promised-record-survives: an unclean election without permission") {
  Watched w;
  w.registered(1, 0, IdList{1, 2});
  std::string broken;
  SUBCASE("the new leader is in the ISR") { w.see(1, elected(2, 1, IdList{1, 2})); }
  SUBCASE("without permission") {
    w.see(1, elected(3, 1, IdList{3}));
    broken = PromisedRecordSurvives::kName;
  }
  SUBCASE("permitted by configuration") {
    w.world.unclean = true;
    w.see(1, elected(3, 1, IdList{3}));
  }
  SUBCASE("ordered by an administrator") {
    w.invariants.promised().on_unclean_asked();
    w.see(1, elected(3, 1, IdList{3}));
  }
  CHECK(w.first() == broken);
}
