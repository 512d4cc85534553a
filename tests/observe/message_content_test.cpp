// What a message in flight carries: the numbers that the stage writes beside it.
#include <doctest/doctest.h>

#include "observe/time/message_facts.h"
#include "observe/time/message_subject.h"
#include "protocol/message.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_transaction.h"
#include "protocol/records.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using namespace kafkascope::protocol;

namespace {

const TopicPartition kShown{0, 0}, kHidden{9, 0};

MessageContent content(Body body) {
  Message m;
  m.body = std::move(body);
  return content_of(m, [](TopicPartition tp) { return tp == kShown; });
}

BatchRef batch(std::int32_t sequence) {
  RecordBatch b;
  b.producer_id = 7, b.producer_epoch = 2, b.base_sequence = sequence;
  b.records.push_back({});
  return seal(std::move(b));
}

}  // namespace

TEST_CASE("a Fetch request carries the fetch offset and the leader epoch of its first shown partition") {
  FetchRequest r;
  FetchPartition hidden, orders;
  hidden.partition = kHidden, hidden.fetch_offset = {99};
  orders.partition = kShown, orders.fetch_offset = {10}, orders.current_leader_epoch = {3};
  r.partitions = {hidden, orders};
  const MessageContent c = content(r);
  CHECK(c.offset == 10);
  CHECK(c.leader_epoch == 3);
  CHECK(c.partitions == 2);
  CHECK(c.sequence == -1);
}

TEST_CASE("a Produce request carries sequence, producer id and epoch if its producer is idempotent") {
  ProduceRequest r;
  r.partitions = {{kShown, batch(5)}};
  const MessageContent c = content(r);
  CHECK(c.sequence == 5);
  CHECK(c.producer_id == 7);
  CHECK(c.producer_epoch == 2);
  CHECK(c.offset == -1);
  r.partitions = {{kShown, batch(-1)}};
  CHECK(content(r).sequence == -1);
  CHECK(content(r).producer_id == -1);
}

TEST_CASE("responses carry the offset at which their records begin") {
  FetchResponse f;
  FetchPartitionResponse p;
  p.partition = kShown;
  f.partitions = {p};
  CHECK(content(f).offset == -1);
  f.partitions[0].batches = {{{20}, {4}, batch(0)}};
  CHECK(content(f).offset == 20);
  CHECK(content(f).leader_epoch == 4);
  ProduceResponse r;
  PartitionProduceResponse q;
  q.partition = kShown, q.base_offset = {31};
  r.partitions = {q};
  CHECK(content(r).offset == 31);
  r.partitions[0].error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  CHECK(content(r).offset == -1);
}

TEST_CASE("a Fetch response carries bytes and records of one partition, with the part of a batch that fills them up") {
  FetchPartitionResponse hidden, empty, orders;
  hidden.partition = kHidden, hidden.batches = {{{0}, {1}, batch(0)}, {{1}, {1}, batch(1)}};
  empty.partition = {0, 1};
  orders.partition = kShown, orders.batches = {{{20}, {4}, batch(0)}}, orders.cut_bytes = 30;
  FetchResponse f;
  f.partitions = {empty, hidden, orders};
  Message m;
  m.body = f;
  const MessageContent c = content_of(m, [](TopicPartition tp) { return tp.topic == kShown.topic; });
  CHECK(c.partitions == 3);
  CHECK(c.offset == 20);
  CHECK(c.records == 1);
  CHECK(c.bytes == orders.batches[0].data->size_bytes + 30);
}

TEST_CASE("OffsetForLeaderEpoch carries the epoch, its answer also the end offset, and a commit its offset") {
  OffsetForLeaderEpochRequest ask;
  ask.partitions = {{kShown, {5}, {4}}};
  CHECK(content(ask).leader_epoch == 4);
  OffsetForLeaderEpochResponse told;
  told.partitions = {{kShown, ErrorCode::NONE, {4}, {12}}};
  CHECK(content(told).leader_epoch == 4);
  CHECK(content(told).offset == 12);
  OffsetCommitRequest commit;
  OffsetCommitPartition p;
  p.partition = kShown, p.offset = {8};
  commit.partitions = {p};
  CHECK(content(commit).offset == 8);
}

TEST_CASE("requests and responses of a transaction belong to its family, and an error in them is a refusal") {
  const auto facts = [](Body body) {
    Message m;
    m.body = std::move(body);
    return facts_of(m, [](TopicPartition) { return true; });
  };
  CHECK(facts(AddPartitionsToTxnRequest{}).family == Family::Transaction);
  CHECK(facts(AddOffsetsToTxnRequest{}).family == Family::Transaction);
  CHECK(facts(EndTxnRequest{}).family == Family::Transaction);
  CHECK(facts(WriteTxnMarkersRequest{}).family == Family::Transaction);
  CHECK(facts(TxnOffsetCommitRequest{}).family == Family::Transaction);
  EndTxnResponse refused;
  refused.error = ErrorCode::INVALID_TXN_STATE;
  CHECK(facts(refused).family == Family::Transaction);
  CHECK(facts(refused).refused);
  CHECK_FALSE(facts(EndTxnResponse{}).refused);
}

TEST_CASE("a message's subject is a group, a transactional id, a coordinator, a topic or an outcome") {
  const auto subject = [](Body body) {
    Message m;
    m.body = std::move(body);
    return subject_of(m);
  };
  OffsetCommitRequest commit;
  commit.group_id = "handoff";
  CHECK(subject(commit) == "handoff");
  FindCoordinatorRequest find;
  find.key = "tx-1";
  CHECK(subject(find) == "tx-1");
  FindCoordinatorResponse found;
  CHECK(subject(found).empty());
  found.node_id = 2;
  CHECK(subject(found) == "broker-2");
  EndTxnRequest end;
  end.transactional_id = "tx-1";
  CHECK(subject(end) == "tx-1 ABORT");
  end.committed = true;
  CHECK(subject(end) == "tx-1 COMMIT");
  WriteTxnMarkersRequest markers;
  CHECK(subject(markers).empty());
  markers.markers.push_back({7, 0, true, {kShown}});
  CHECK(subject(markers) == "COMMIT");
  AddPartitionsToTxnRequest add;
  AddPartitionsToTxnTransaction transaction;
  transaction.transactional_id = "tx-1";
  add.transactions = {transaction};
  CHECK(subject(add) == "tx-1");
  MetadataRequest metadata;
  metadata.topics = {"orders", "payments", "audit"};
  CHECK(subject(metadata) == "orders, payments, …");
  CHECK(subject(OffsetCommitResponse{}).empty());
  CHECK(subject(ProduceRequest{}).empty());
}

TEST_CASE("the answers about offsets carry the first shown partition's offset") {
  OffsetFetchResponse committed;
  OffsetFetchResult of;
  of.partition = kShown, of.committed_offset = {84};
  committed.partitions = {of};
  CHECK(content(committed).offset == 84);
  ListOffsetsResponse listed;
  ListOffsetsPartitionResponse end;
  end.partition = kShown, end.offset = {12};
  listed.partitions = {end};
  CHECK(content(listed).offset == 12);
  TxnOffsetCommitRequest in_transaction;
  OffsetCommitPartition row;
  row.partition = kShown, row.offset = {30};
  in_transaction.partitions = {row};
  CHECK(content(in_transaction).offset == 30);
}
