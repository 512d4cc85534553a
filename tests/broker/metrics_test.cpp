// A broker's metrics. Kafka: ReplicaManager.appendToLocalLog, RequestChannel, AbstractResponse.errorCounts.
#include "broker/metrics.h"

#include <doctest/doctest.h>

#include "protocol/all_messages.h"
#include "support.h"

using namespace kafkascope;
using namespace broker_test;
using broker::BrokerMetrics;

namespace {
std::int64_t errors_of(const BrokerMetrics& m, ApiKey api, ErrorCode error) {
  if (error == ErrorCode::NONE) return m.requests[broker::row_of(api)].fine;
  for (const broker::ErrorStat& e : m.errors)
    if (e.api == api && e.error == error) return e.count;
  return 0;
}
const broker::RequestStat& requests_of(const BrokerMetrics& m, ApiKey api) { return m.requests[broker::row_of(api)]; }
}  // namespace

namespace {
/// Sends an empty request. A broker that answers it must have a metrics row for it.
void ask(const protocol::Body& body) {
  const ApiKey body_api = protocol::Message{{}, body}.api();
  if (body_api >= api::ZkConnect) return;  // APIs of ensembles, queues and services, which no broker answers
  Stage s;
  s.send(Stage::kClient, body);
  s.run_ms(100);
  const auto& inbox = s.client().inbox;
  if (inbox.empty()) return;
  CAPTURE(protocol::name(inbox.back().message.api()));
  CHECK(broker::counts(inbox.back().message.api()));
}
}  // namespace

TEST_CASE("RequestMetrics: every request that a broker answers has a row in kAnswered") {
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) ask(protocol::request{});
#define KAFKASCOPE_MORE(name, place, request, response) ask(protocol::request{});
  KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
}

TEST_CASE(
    "ReplicaManager.appendToLocalLog: errors that clients are expected to cause do not count as failed produce requests") {
  using enum ErrorCode;
  for (const ErrorCode e : {UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, MESSAGE_TOO_LARGE,
                            RECORD_LIST_TOO_LARGE, CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR, INVALID_TOPIC_EXCEPTION,
                            NOT_ENOUGH_REPLICAS, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TIMESTAMP, INVALID_RECORD}) {
    const bool fails =
        e == NOT_ENOUGH_REPLICAS || e == OUT_OF_ORDER_SEQUENCE_NUMBER || e == INVALID_TIMESTAMP || e == INVALID_RECORD;
    BrokerMetrics m;
    m.count_append(*batch(1), e);
    CAPTURE(protocol::name(e));
    CHECK(m.total_produce == 1);
    CHECK(m.failed_produce == (fails ? 1 : 0));
    CHECK(m.bytes_rejected == (e == MESSAGE_TOO_LARGE ? batch(1)->size_bytes : 0));
  }
}

TEST_CASE(
    "LeaveGroupResponse.errorCounts: the answer and its member are both counted; an error of the coordinator is counted once") {
  BrokerMetrics m;
  m.count_errors(api::LeaveGroup, LeaveGroupResponse{});
  CHECK(errors_of(m, api::LeaveGroup, ErrorCode::NONE) == 2);
  LeaveGroupResponse unknown;
  unknown.error = ErrorCode::UNKNOWN_MEMBER_ID;
  m.count_errors(api::LeaveGroup, unknown);
  CHECK(errors_of(m, api::LeaveGroup, ErrorCode::NONE) == 3);
  CHECK(errors_of(m, api::LeaveGroup, ErrorCode::UNKNOWN_MEMBER_ID) == 1);
  LeaveGroupResponse elsewhere;
  elsewhere.error = ErrorCode::NOT_COORDINATOR;
  m.count_errors(api::LeaveGroup, elsewhere);
  CHECK(errors_of(m, api::LeaveGroup, ErrorCode::NONE) == 3);
  CHECK(errors_of(m, api::LeaveGroup, ErrorCode::NOT_COORDINATOR) == 1);
}

TEST_CASE(
    "ConsumerGroupDescribeResponse.errorCounts and ShareGroupDescribeResponse.errorCounts count each group's error") {
  BrokerMetrics m;
  protocol::ConsumerGroupDescribeResponse newer;
  newer.groups.resize(3);
  newer.groups[1].error = ErrorCode::GROUP_ID_NOT_FOUND;
  m.count_errors(api::ConsumerGroupDescribe, newer);
  CHECK(errors_of(m, api::ConsumerGroupDescribe, ErrorCode::NONE) == 2);
  CHECK(errors_of(m, api::ConsumerGroupDescribe, ErrorCode::GROUP_ID_NOT_FOUND) == 1);
  protocol::ShareGroupDescribeResponse shared;
  shared.groups.resize(1);
  shared.groups[0].error = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  m.count_errors(api::ShareGroupDescribe, shared);
  CHECK(errors_of(m, api::ShareGroupDescribe, ErrorCode::NONE) == 0);
  CHECK(errors_of(m, api::ShareGroupDescribe, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) == 1);
}

TEST_CASE("a produce whose client has disconnected stays in the purgatory and is counted when it times out") {
  Stage s;
  s.produce(1, -1, 1500);
  s.run_ms(5);
  s.command([&] { s.world.kill(Stage::kClient, sim::Death::Crash); });
  s.run_ms(1000);
  CHECK(s.broker().produce_purgatory().size() == 1);
  CHECK(requests_of(s.broker().metrics(), api::Produce).count == 0);
  s.run_ms(600);
  CHECK(s.broker().produce_purgatory().size() == 0);
  CHECK(s.broker().metrics().expired_produces == 1);
  CHECK(requests_of(s.broker().metrics(), api::Produce).count == 1);
  CHECK(errors_of(s.broker().metrics(), api::Produce, ErrorCode::REQUEST_TIMED_OUT) == 1);
}

TEST_CASE(
    "RequestChannel.closeConnection: a failed produce with acks=0 and its errors are counted even without an answer") {
  Stage s;
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 0));
  const BrokerMetrics& m = s.broker().metrics();
  CHECK(requests_of(m, api::Produce).count == 1);
  CHECK(errors_of(m, api::Produce, ErrorCode::NONE) == 0);
  s.elect(2, {1, 2, 3});
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 0));
  CHECK(s.client().ended.size() == 1);
  CHECK(requests_of(m, api::Produce).count == 2);
  CHECK(errors_of(m, api::Produce, ErrorCode::NOT_LEADER_OR_FOLLOWER) == 1);
}
