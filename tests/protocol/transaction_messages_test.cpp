#include <doctest/doctest.h>

#include "protocol/message.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::protocol {
namespace {

std::uint64_t hash_of(Body body) {
  sim::Hasher hasher;
  hash_payload(hasher, request(1, std::move(body)));
  return hasher.digest();
}
std::uint32_t size_of(Body body) { return wire_size(request(1, std::move(body))) - 16; }

}  // namespace

TEST_CASE("requests about transactions have Kafka's keys and names, and their kinds come after all others") {
  CHECK(kKind<AddPartitionsToTxnRequest> == kKind<ApiVersionsResponse> + 1);
  const auto is = [](Body body, ApiKey key, int number, std::string_view text) {
    const Message message = request(1, std::move(body));
    return message.api() == key && static_cast<int>(key) == number && name(key) == text && !message.is_response();
  };
  CHECK(is(AddPartitionsToTxnRequest{}, api::AddPartitionsToTxn, 24, "AddPartitionsToTxn"));
  CHECK(is(AddOffsetsToTxnRequest{}, api::AddOffsetsToTxn, 25, "AddOffsetsToTxn"));
  CHECK(is(EndTxnRequest{}, api::EndTxn, 26, "EndTxn"));
  CHECK(is(WriteTxnMarkersRequest{}, api::WriteTxnMarkers, 27, "WriteTxnMarkers"));
  CHECK(is(TxnOffsetCommitRequest{}, api::TxnOffsetCommit, 28, "TxnOffsetCommit"));
  CHECK(is(DescribeProducersRequest{}, api::DescribeProducers, 61, "DescribeProducers"));
  CHECK(is(DescribeTransactionsRequest{}, api::DescribeTransactions, 65, "DescribeTransactions"));
  CHECK(is(ListTransactionsRequest{}, api::ListTransactions, 66, "ListTransactions"));
  CHECK(request(1, EndTxnResponse{}).is_response());
}

TEST_CASE(
    "without a transactional id InitProducerId and Produce have the same size and hash as those of idempotent producers") {
  InitProducerIdRequest init;
  init.transaction_timeout_ms = 5;
  CHECK(size_of(init) == 8 + 2);
  CHECK(hash_of(init) == hash_of(InitProducerIdRequest{}));
  ProduceRequest produce;
  produce.transaction_version = TransactionVersion::TV2;
  CHECK(size_of(produce) == 2 + 4 + 4);
  CHECK(hash_of(produce) == hash_of(ProduceRequest{}));

  init.transactional_id = "tx-1";
  produce.transactional_id = "tx-1";
  CHECK(size_of(init) == 8 + 2 + (2 + 4) + 4);
  CHECK(size_of(produce) == 2 + 4 + 4 + (2 + 4));
  CHECK(hash_of(init) != hash_of(InitProducerIdRequest{}));
  ProduceRequest older = produce;
  older.transaction_version = TransactionVersion::TV0;
  CHECK(hash_of(produce) != hash_of(older));
  CHECK(size_of(produce) == size_of(older));  // the version of the request, not a field in it
}

}  // namespace kafkascope::protocol
