#include "coordinator/group_records.h"

#include <doctest/doctest.h>

#include <utility>

#include "coordinator/readable_records.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/timer_table.h"
#include "harness.h"

using namespace coordinator_test;
using namespace kafkascope::coordinator;

namespace {

/// The topics orders (1) and payments (2): the names in the real records from which the sizes were taken.
const MetadataImage& topics() {
  static const MetadataImage image = [] {
    MetadataImage i = make_image();
    i.apply(i.last_offset() + 1, {1}, TopicRecord{"payments", 2});
    return i;
  }();
  return image;
}

template <class Variant>
Variant there_and_back(const Variant& r) {
  protocol::RecordList list;
  list.push_back(encode_record(r, topics(), 77));
  CHECK(list[0].timestamp_ms == 77);
  const auto back = decode_record<Variant>(list[0]);
  REQUIRE(back);
  CHECK(back->index() == r.index());
  std::visit(
      [&](const auto& was) {
        const auto& is = std::get<std::remove_cvref_t<decltype(was)>>(*back);
        CHECK(is.key() == was.key());
        CHECK(is.value == was.value);
      },
      r);
  return *back;
}

/// The sizes of key and value in bytes; -1: a tombstone.
template <class Variant>
std::pair<int, int> sizes(const Variant& r) {
  const Record out = encode_record(r, topics(), 0);
  return {static_cast<int>(out.key->size()), out.value ? static_cast<int>(out.value->size()) : -1};
}
std::pair<int, int> size_of(const CoordinatorRecord& r) {
  there_and_back(r);
  return sizes(r);
}
std::pair<int, int> size_of(const ShareStateRecord& r) {
  there_and_back(r);
  return sizes(r);
}
using Sizes = std::pair<int, int>;

GroupMetadataRecord one_member(std::string protocol, std::string instance, Subscription subscription) {
  GroupMetadataValue v;
  v.protocol_type = "consumer";
  v.protocol = std::move(protocol);
  v.leader = "c-1-0000";
  v.generation = 9;
  v.state_timestamp_ms = 1704067201000;
  v.members.push_back({"c-1-0000", std::move(instance), "c-1", 300000, 45000, std::move(subscription), {{1, 2}}});
  return {{"billing"}, std::move(v)};
}

}  // namespace

// The sizes that GroupCoordinatorRecordSerde and ShareCoordinatorRecordSerde of the 4.1.0 jars give for the same contents; client host
// "/127.0.0.1".
TEST_CASE("coordinator records: key and value are as long as Kafka's") {
  const Partitions both = {{1, 0}, {1, 1}};
  CHECK(size_of(OffsetCommitRecord{{{"billing", "orders", {1, 0}}, {{{42}, {1}, "", 1704067201000}}}}) ==
        Sizes{23, 24});
  CHECK(size_of(OffsetCommitRecord{{{"billing", "orders", {1, 0}}, {{{42}, {1}, "a note", 1704067201000}}}}) ==
        Sizes{23, 30});
  CHECK(size_of(OffsetCommitRecord{{{"billing", "orders", {1, 0}}, std::nullopt}}) == Sizes{23, -1});
  CHECK(size_of(one_member("range", "", {{"orders"}, both, 8})) == Sizes{11, 164});
  CHECK(size_of(one_member("cooperative-sticky", "inst-1", {{"orders"}, both, 8})) == Sizes{11, 187});
  CHECK(size_of(one_member("sticky", "inst-1", {{"orders"}, {}, 8, both, 8})) == Sizes{11, 179});
  GroupMetadataValue empty;
  empty.state_timestamp_ms = 1704067201000;
  CHECK(size_of(GroupMetadataRecord{{"billing"}, empty}) == Sizes{11, 24});

  CHECK(size_of(ConsumerGroupMetadataRecord{{"g"}, {{3, 0}}}) == Sizes{5, 7});
  CHECK(size_of(ConsumerGroupMetadataRecord{{"g"}, {{3, 18446744073709551611ull}}}) == Sizes{5, 17});
  ConsumerGroupMemberMetadataValue member;
  member.client_id = "c-1";
  member.subscribed_topic_names = {"orders", "payments"};
  member.rebalance_timeout_ms = 300000;
  CHECK(size_of(ConsumerGroupMemberMetadataRecord{{"g", "m1"}, member}) == Sizes{9, 46});
  member.server_assignor = "uniform";
  member.instance_id = "i";
  member.rack_id = "r1";
  member.subscribed_topic_regex = "or.*";
  CHECK(size_of(ConsumerGroupMemberMetadataRecord{{"g", "m1"}, member}) == Sizes{9, 60});
  member.classic = ConsumerGroupMember::Classic{45000, {"range", "roundrobin"}};
  CHECK(size_of(ConsumerGroupMemberMetadataRecord{{"g", "m1"}, member}) == Sizes{9, 163});
  CHECK(size_of(ConsumerGroupTargetAssignmentMetadataRecord{{"g"}, {{3}}}) == Sizes{5, 7});
  CHECK(size_of(ConsumerGroupTargetAssignmentMemberRecord{{"g", "m1"}, {{{{1, 0}, {1, 1}, {2, 2}}}}}) == Sizes{9, 52});
  CHECK(size_of(ConsumerGroupCurrentMemberAssignmentRecord{
            {"g", "m1"}, {{7, 6, MemberState::UnrevokedPartitions, {{1, 0}, {1, 2}}, {}}}}) == Sizes{9, 40});
  CHECK(size_of(ConsumerGroupRegularExpressionRecord{{"g", "or.*"}, {{{"orders"}, 5, 1704067201000}}}) ==
        Sizes{11, 27});

  CHECK(size_of(ShareGroupMetadataRecord{{"pool"}, {{4, 0}}}) == Sizes{8, 15});
  CHECK(size_of(ShareGroupMemberMetadataRecord{{"pool", "m1"}, {{"s-1", {"orders"}}}}) == Sizes{12, 27});
  CHECK(size_of(ShareGroupTargetAssignmentMetadataRecord{{"pool"}, {{4}}}) == Sizes{8, 7});
  CHECK(size_of(ShareGroupTargetAssignmentMemberRecord{{"pool", "m1"}, ModernGroupTargetAssignmentMemberValue{}}) ==
        Sizes{12, 4});
  CHECK(size_of(ShareGroupCurrentMemberAssignmentRecord{{"pool", "m1"}, {{4, 3, both}}}) == Sizes{12, 39});
  CHECK(size_of(ShareGroupStatePartitionMetadataRecord{{"pool"}, {{{}, both, {2}}}}) == Sizes{8, 65});

  CHECK(size_of(ShareSnapshotRecord{{{"pool", {1, 0}}}, {{1, 2, {5}, {7}, {{{7}, {9}, 2, 1}}}}}) == Sizes{28, 60});
  CHECK(size_of(ShareUpdateRecord{{{"pool", {1, 0}}}, {{1, {6}, {8}, {{{12}, {12}, 0, 3}, {{13}, {13}, 0, 3}}}}}) ==
        Sizes{28, 60});
}

TEST_CASE("coordinator records: random records decode to the same values and are as long as Kafka's") {
  sim::Random random(7, sim::Stream::Swarm);
  const auto upto = [&](std::uint64_t n) { return static_cast<std::int32_t>(random.next() % n); };
  const auto text = [&] {
    std::string s(static_cast<std::size_t>(upto(upto(4) == 0 ? 200 : 12)), ' ');
    for (char& c : s) c = static_cast<char>(upto(256));
    return s;
  };
  const auto texts = [&] {
    std::vector<std::string> list(static_cast<std::size_t>(upto(4)));
    for (std::string& s : list) s = text();
    return list;
  };
  const auto partitions = [&] {
    Partitions list;
    for (int left = upto(20); left > 0; --left) list.push_back({upto(400), upto(2000)});
    std::sort(list.begin(), list.end());
    return list;
  };
  const auto longs = [&] { return static_cast<std::int64_t>(random.next() % (1ull << 42)); };
  const auto batches = [&] {
    std::vector<ShareStateBatch> list;
    for (int left = upto(5); left > 0; --left)
      list.push_back(
          {{longs()}, {upto(1 << 30)}, static_cast<std::int8_t>(upto(5)), static_cast<std::int16_t>(upto(6))});
    return list;
  };
  const auto ints = [&] { return upto(5) == 0 ? -1 : upto(1 << 26); };
  const auto check = [&](const auto& record) {
    there_and_back(record);
    std::visit(
        [&](const auto& r) {
          using R = std::remove_cvref_t<decltype(r)>;
          const Record out = encode_record(r, topics(), 0);
          CHECK(static_cast<std::int64_t>(out.key->size()) ==
                2 + record_codec::kafka_size(r.key(), KafkaLayout{topics(), false}));
          if (r.value)
            CHECK(static_cast<std::int64_t>(out.value->size()) ==
                  2 + record_codec::kafka_size(*r.value, KafkaLayout{topics(), R::Value::kFlexible}));
        },
        record);
  };
  for (int i = 0; i < 300; ++i) {
    const std::string g = text(), m = text();
    check(CoordinatorRecord(
        OffsetCommitRecord{{{g, text(), {upto(400), upto(2000)}}, {{{longs()}, {ints()}, text(), longs()}}}}));
    GroupMetadataRecord group = one_member(text(), text(), {texts(), partitions(), ints(), partitions(), ints()});
    group.value->members.push_back({text(), text(), text(), ints(), ints(), {}, partitions()});
    check(CoordinatorRecord(group));
    check(CoordinatorRecord(ConsumerGroupMetadataRecord{{g}, {{ints(), upto(2) == 0 ? 0 : random.next()}}}));
    ConsumerGroupMemberMetadataValue member{text(), text(), text(), ints(), texts(), text(), text(), {}};
    if (upto(2) == 0) member.classic = ConsumerGroupMember::Classic{ints(), texts()};
    check(CoordinatorRecord(ConsumerGroupMemberMetadataRecord{{g, m}, member}));
    check(CoordinatorRecord(ConsumerGroupTargetAssignmentMemberRecord{{g, m}, {{partitions()}}}));
    check(CoordinatorRecord(ConsumerGroupCurrentMemberAssignmentRecord{
        {g, m}, {{ints(), ints(), MemberState::UnreleasedPartitions, partitions(), partitions()}}}));
    check(CoordinatorRecord(ConsumerGroupRegularExpressionRecord{{g, m}, {{texts(), longs(), longs()}}}));
    check(CoordinatorRecord(ShareGroupMetadataRecord{{g}, {{upto(1 << 20), random.next()}}}));
    check(CoordinatorRecord(ShareGroupMemberMetadataRecord{{g, m}, {{text(), texts()}}}));
    check(CoordinatorRecord(ShareGroupCurrentMemberAssignmentRecord{{g, m}, {{ints(), ints(), partitions()}}}));
    check(CoordinatorRecord(
        ShareGroupStatePartitionMetadataRecord{{g}, {{partitions(), partitions(), {upto(400), upto(400)}}}}));
    check(ShareStateRecord(
        ShareSnapshotRecord{{{g, {upto(400), upto(2000)}}}, {{ints(), ints(), {ints()}, {longs()}, batches()}}}));
    check(ShareStateRecord(
        ShareUpdateRecord{{{g, {upto(400), upto(2000)}}}, {{ints(), {ints()}, {longs()}, batches()}}}));
  }
}

TEST_CASE("coordinator records: random bytes are either refused or decoded") {
  sim::Random random(11, sim::Stream::Swarm);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    Record r;
    r.key.emplace(random.next() % 24, ' ');
    for (char& c : *r.key) c = static_cast<char>(random.next() % (i % 2 == 0 ? 256 : 18));
    r.value.emplace(random.next() % 24, ' ');
    for (char& c : *r.value) c = static_cast<char>(random.next() % (i % 2 == 0 ? 256 : 5));
    if (decode_record<CoordinatorRecord>(r)) ++read;
    if (decode_record<ShareStateRecord>(r)) ++read;
  }
  CHECK(read > 0);
  CHECK(read < 20000);
  CHECK_FALSE(decode_record<CoordinatorRecord>(Record{}));
  Record strange;  // StreamsGroupMetadata, which is not simulated
  strange.key = std::string(1, char{17}) + "\2x";
  CHECK_FALSE(decode_record<CoordinatorRecord>(strange));
}

TEST_CASE("coordinator records: their readable form has Kafka's names and the topics' names") {
  const auto read = [&](const CoordinatorRecord& r) {
    return *readable(kOffsetsTopic, encode_record(r, topics(), 0), topics());
  };
  const ReadableRecord commit = read(OffsetCommitRecord{{{"billing", "orders", {1, 0}}, {{{42}, {1}, "note", 5}}}});
  CHECK(commit.key == "OffsetCommit group=billing topic=orders partition=orders-0");
  CHECK(commit.value == "offset=42 leader_epoch=1 metadata=note commit_timestamp_ms=5");
  const ReadableRecord current = read(ConsumerGroupCurrentMemberAssignmentRecord{
      {"g", "m"}, {{7, 6, MemberState::UnrevokedPartitions, {{1, 0}, {9, 2}}, {}}}});
  CHECK(current.key == "ConsumerGroupCurrentMemberAssignment group=g member=m");
  CHECK(current.value ==
        "member_epoch=7 previous_member_epoch=6 state=UNREVOKED_PARTITIONS assigned=orders-0,9-2 pending_revocation=");
  CHECK_FALSE(read(GroupMetadataRecord{{"g"}, std::nullopt}).value);
  const ShareStateRecord update = ShareUpdateRecord{{{"pool", {1, 0}}}, {{1, {6}, {8}, {{{12}, {13}, 0, 3}}}}};
  CHECK(readable(kShareStateTopic, encode_record(update, topics(), 0), topics())->value ==
        "snapshot_epoch=1 leader_epoch=6 start_offset=8 batches=(first=12 last=13 state=0 delivery_count=3)");
  CHECK_FALSE(readable("orders", encode_record(update, topics(), 0), topics()));
}

TEST_CASE(
    "__consumer_offsets: every commit of a group and partition has the same key, so compaction keeps the last one") {
  const auto at = [](const MetadataImage& image, std::optional<OffsetCommitValue> value) {
    return encode_record(OffsetCommitRecord{{{"g", "orders", {1, 0}}, std::move(value)}}, image, 9);
  };
  const auto a = at(topics(), OffsetCommitValue{{1}, {1}, "", 5}),
             b = at(topics(), OffsetCommitValue{{2}, {2}, "x", 6});
  const auto tombstone = at(MetadataImage{}, std::nullopt);  // the topic no longer exists
  CHECK(a.key == b.key);
  CHECK(a.key == tombstone.key);
  CHECK_FALSE(tombstone.value);
}

TEST_CASE("__consumer_offsets: an empty target assignment is not a tombstone") {
  const auto target = [](const CoordinatorRecord& r) {
    return std::get<ConsumerGroupTargetAssignmentMemberRecord>(there_and_back(r)).value;
  };
  CHECK(target(ConsumerGroupTargetAssignmentMemberRecord{{"g", "m"}, ModernGroupTargetAssignmentMemberValue{}}));
  CHECK_FALSE(target(ConsumerGroupTargetAssignmentMemberRecord{{"g", "m"}, std::nullopt}));
}

TEST_CASE("ClassicGroupState: the transitions are Kafka's valid previous states") {
  using S = GroupState;
  const std::pair<S, S> legal[] = {{S::Empty, S::PreparingRebalance},
                                   {S::Stable, S::PreparingRebalance},
                                   {S::CompletingRebalance, S::PreparingRebalance},
                                   {S::PreparingRebalance, S::CompletingRebalance},
                                   {S::CompletingRebalance, S::Stable},
                                   {S::PreparingRebalance, S::Empty},
                                   {S::Empty, S::Dead},
                                   {S::PreparingRebalance, S::Dead},
                                   {S::CompletingRebalance, S::Dead},
                                   {S::Stable, S::Dead}};
  for (int from = 0; from < kGroupStates; ++from) {
    for (int to = 0; to < kGroupStates; ++to) {
      const std::pair<S, S> arrow{static_cast<S>(from), static_cast<S>(to)};
      const bool expected = std::find(std::begin(legal), std::end(legal), arrow) != std::end(legal);
      CHECK((find_arrow(arrow.first, arrow.second) != nullptr) == expected);
    }
  }
  for (const auto& a : kGroupArrows) CHECK_FALSE(a.sentence.empty());
  CHECK(name(S::CompletingRebalance) == "CompletingRebalance");
}

namespace {
ClassicGroup group_of(const std::vector<std::vector<std::string>>& preferences) {
  ClassicGroup g("g", {});
  int i = 0;
  for (const auto& names : preferences) {
    ClassicGroupMember m;
    m.member_id = "m" + std::to_string(i++);
    m.protocol_type = "consumer";
    for (const auto& n : names) m.protocols.push_back({n, {}});
    g.add(m);
  }
  g.set_state(GroupState::PreparingRebalance, {}, {});
  return g;
}
}  // namespace

TEST_CASE(
    "ClassicGroup.selectProtocol: of the protocols common to all members, the one with the most votes is chosen") {
  CHECK(group_of({{"range", "cooperative-sticky"}, {"cooperative-sticky", "range"}, {"cooperative-sticky", "range"}})
            .select_protocol() == "cooperative-sticky");
  CHECK(group_of({{"sticky", "range"}, {"sticky", "range"}, {"range"}}).select_protocol() ==
        "range");  // not all members have "sticky"
}

TEST_CASE(
    "ClassicGroup.supportsProtocols: the type must match, and at least one protocol must be common to all members") {
  const auto g = group_of({{"range", "sticky"}, {"range"}});
  CHECK(g.supports("consumer", {{"range", {}}}));
  CHECK_FALSE(g.supports("consumer", {{"sticky", {}}}));
  CHECK_FALSE(g.supports("connect", {{"range", {}}}));
  const ClassicGroup empty("g", {});
  CHECK(empty.supports("connect", {{"sessioned", {}}}));
  CHECK_FALSE(empty.supports("", {{"range", {}}}));
  CHECK_FALSE(empty.supports("consumer", {}));
}

TEST_CASE("the coordinator's timers: a cancelled timer does not fire for a later timer in the same slot") {
  Bench b;
  b.act([&](CoordinatorNode&, Context& ctx) {
    TimerTable table(300);
    const TimerKey first{GroupTimer::Session, 0, "g", "a", 0}, second{GroupTimer::Session, 0, "g", "b", 0};
    table.schedule(ctx, first, sim::seconds(100));
    table.cancel(ctx, first);
    table.schedule(ctx, second, sim::seconds(100));  // the same slot, generation 1
    CHECK_FALSE(table.take(300, 0));
    CHECK(table.find(second));
    CHECK_FALSE(table.take(301, std::uint64_t{1} << 32));
    const auto fired = table.take(300, std::uint64_t{1} << 32);
    REQUIRE(fired);
    CHECK(fired->member == "b");
    CHECK_FALSE(table.find(second));
  });
}
