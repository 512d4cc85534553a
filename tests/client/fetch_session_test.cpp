// Fetch sessions (KIP-227) on the consumer's side, and the order of partitions in a fetch.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "client/fetch_session_handler.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {

using Numbers = std::vector<std::int32_t>;

FetchPartition at(std::int32_t partition, std::int64_t offset) {
  FetchPartition p;
  p.partition = orders(partition);
  p.fetch_offset = Offset{offset};
  return p;
}
FetchRequest asked(FetchSessionHandler& session, std::vector<FetchPartition> wanted) {
  FetchRequest request;
  session.ask(std::move(wanted), request);
  return request;
}
FetchResponse answer(std::int32_t id, const Numbers& partitions, ErrorCode error = ErrorCode::NONE) {
  FetchResponse r;
  r.session_id = id;
  r.error = error;
  for (const std::int32_t p : partitions) r.partitions.emplace_back().partition = orders(p);
  return r;
}
Numbers named(const FetchRequest& request) {
  Numbers out;
  for (const FetchPartition& p : request.partitions) out.push_back(p.partition.partition);
  return out;
}
std::vector<FetchRequest> fetches(Rig& rig, int broker = 1) {
  std::vector<FetchRequest> out;
  for (const FakeBroker::Seen& s : rig.broker(broker).of(api::Fetch))
    out.push_back(protocol::get<FetchRequest>(s.body));
  return out;
}
ConsumerOptions reader_of(std::vector<std::int32_t> partitions, KafkaVersion version = KafkaVersion::V4_1) {
  ConsumerOptions o = assigned();
  if (version == KafkaVersion::V2_5) {
    o.config = Config(config_scope::kConsumer, version);
    o.config.set("auto.offset.reset", std::string("earliest"));
  }
  o.assign.clear();
  for (const std::int32_t p : partitions) o.assign.push_back({"orders", p});
  return o;
}

}  // namespace

TEST_CASE(
    "FetchSessionHandler: the first request names all partitions, later ones only those added, changed or removed") {
  FetchSessionHandler session;
  const FetchRequest first = asked(session, {at(0, 0), at(1, 0), at(2, 0)});
  CHECK(first.session_id == 0);
  CHECK(first.session_epoch == 0);
  CHECK(named(first) == Numbers{0, 1, 2});
  REQUIRE(session.on_response(answer(7, {0, 1, 2})));

  const FetchRequest second = asked(session, {at(3, 0), at(2, 5), at(0, 0)});
  CHECK(second.session_id == 7);
  CHECK(second.session_epoch == 1);
  CHECK(named(second) == Numbers{3, 2});
  CHECK(second.forgotten == std::vector<TopicPartition>{orders(1)});
  REQUIRE(session.on_response(answer(7, {})));
  REQUIRE(session.find(orders(2)) != nullptr);
  CHECK(session.find(orders(2))->fetch_offset.value == 5);
  CHECK(session.find(orders(1)) == nullptr);

  const FetchRequest same = asked(session, {at(0, 0), at(2, 5), at(3, 0)});
  CHECK(same.session_epoch == 2);
  CHECK(same.partitions.empty());
  CHECK(same.forgotten.empty());
}

TEST_CASE(
    "FetchSessionHandler: after an error, a lost answer or one with wrong partitions, a new session asks for all partitions") {
  const auto in_session = [] {
    FetchSessionHandler session;
    asked(session, {at(0, 0), at(1, 0)});
    CHECK(session.on_response(answer(7, {0, 1})));
    asked(session, {at(0, 0), at(1, 0)});
    return session;
  };
  FetchSessionHandler unknown = in_session();
  CHECK_FALSE(unknown.on_response(answer(0, {}, ErrorCode::FETCH_SESSION_ID_NOT_FOUND)));
  CHECK(asked(unknown, {at(0, 0)}).session_id == 0);

  FetchSessionHandler outdated = in_session();
  CHECK_FALSE(outdated.on_response(answer(0, {}, ErrorCode::INVALID_FETCH_SESSION_EPOCH)));
  const FetchRequest anew = asked(outdated, {at(0, 0), at(1, 0)});
  CHECK(anew.session_id == 7);  // the session to close
  CHECK(anew.session_epoch == 0);
  CHECK(named(anew) == Numbers{0, 1});

  FetchSessionHandler lost = in_session();
  lost.on_lost();
  CHECK(asked(lost, {at(0, 0)}).session_epoch == 0);

  FetchSessionHandler strange = in_session();
  CHECK_FALSE(strange.on_response(answer(7, {5})));
  CHECK(asked(strange, {at(0, 0)}).session_epoch == 0);
}

TEST_CASE(
    "FetchSessionHandler: no session begins if the broker gives no id or answers incompletely; the broker may end one") {
  FetchSessionHandler session;
  asked(session, {at(0, 0), at(1, 0)});
  CHECK(session.on_response(answer(0, {0, 1})));
  CHECK(named(asked(session, {at(0, 0), at(1, 0)})) == Numbers{0, 1});
  CHECK_FALSE(session.on_response(answer(9, {})));  // a throttled answer (KIP-219)
  const FetchRequest again = asked(session, {at(0, 0), at(1, 0)});
  CHECK(again.session_id == 0);
  CHECK(again.session_epoch == 0);
  CHECK(session.on_response(answer(9, {0, 1})));
  asked(session, {at(0, 0)});
  CHECK(session.on_response(answer(0, {})));
  CHECK(asked(session, {at(0, 0)}).session_epoch == 0);
}

TEST_CASE("KIP-227: a consumer names its partitions once, then only those whose position has changed") {
  Rig rig(1, 3);
  rig.broker().sessions = true;
  const NodeId n = rig.add(reader_of({0, 1, 2}));
  rig.run_ms(2000);
  fill(rig, 1, 4);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).stats().received == 4);
  CHECK(rig.consumer(n).in_flight() == 1);
  const auto sent = fetches(rig);
  REQUIRE(sent.size() > 4);
  CHECK(named(sent[0]) == Numbers{0, 1, 2});
  CHECK(sent[0].session_epoch == 0);
  int changes = 0;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    CHECK(sent[i].session_id == FakeBroker::kSession);
    CHECK(sent[i].session_epoch == static_cast<std::int32_t>(i));
    if (sent[i].partitions.empty()) continue;
    ++changes;
    CHECK(named(sent[i]) == Numbers{1});
    CHECK(sent[i].partitions[0].fetch_offset.value == 4);
  }
  CHECK(changes == 1);
}

TEST_CASE("KIP-227: a paused partition leaves the session and returns when it is resumed") {
  Rig rig(1, 2);
  rig.broker().sessions = true;
  const NodeId n = rig.add(reader_of({0, 1}));
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 1, true); });
  fill(rig, 1, 3);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 0);
  auto sent = fetches(rig);
  CHECK(std::count_if(sent.begin(), sent.end(), [](const FetchRequest& r) {
          return r.forgotten == std::vector<TopicPartition>{orders(1)};
        }) == 1);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 1, false); });
  rig.run_ms(5000);
  CHECK(rig.consumer(n).stats().received == 3);
  sent = fetches(rig);
  CHECK(std::count_if(sent.begin(), sent.end(), [](const FetchRequest& r) { return r.session_epoch == 0; }) == 1);
}

TEST_CASE("KIP-227: a session unknown to the broker is replaced at once, and no record is lost or read twice") {
  for (const ErrorCode error : {ErrorCode::FETCH_SESSION_ID_NOT_FOUND, ErrorCode::INVALID_FETCH_SESSION_EPOCH}) {
    CAPTURE(static_cast<int>(error));
    Rig rig(1, 2);
    rig.broker().sessions = true;
    fill(rig, 0, 5);
    const NodeId n = rig.add(reader_of({0, 1}));
    rig.run_ms(1000);
    rig.broker().session_errors = {error};
    fill(rig, 1, 5);
    rig.run_ms(3000);
    CHECK(rig.consumer(n).stats().received == 10);
    CHECK(rig.consumer(n).stats().errors.at(std::string(name(error))) == 1);
    const auto seen = rig.broker().of(api::Fetch);
    for (std::size_t i = 1; i < seen.size(); ++i) {
      const auto& r = protocol::get<FetchRequest>(seen[i].body);
      if (r.session_epoch != 0) continue;
      CHECK(r.session_id == (error == ErrorCode::INVALID_FETCH_SESSION_EPOCH ? FakeBroker::kSession : 0));
      CHECK(named(r) == Numbers{0, 1});
      CHECK((seen[i].at - seen[i - 1].at).us < 20'000);
    }
  }
}

TEST_CASE(
    "a fetch whose answer is lost may have reached the broker, so the next one ends that session and names all partitions") {
  Rig rig(1, 2);
  rig.broker().sessions = true;
  rig.add(reader_of({0, 1}));
  rig.run_ms(1200);
  rig.kill(NodeId{0});
  rig.run_ms(1500);
  const std::size_t before = fetches(rig).size();
  rig.restart(NodeId{0});
  rig.run_ms(5000);
  const auto sent = fetches(rig);
  REQUIRE(sent.size() > before);
  CHECK(sent[before].session_id == FakeBroker::kSession);
  CHECK(sent[before].session_epoch == 0);
  CHECK(named(sent[before]) == Numbers{0, 1});
}

TEST_CASE("each node has its own fetch session, including a follower from which the consumer reads (KIP-392)") {
  Rig rig(2, 2);
  for (const int b : {1, 2}) rig.broker(b).sessions = true;
  rig.broker(1).preferred = 2;
  rig.broker(2).follower = true;
  ConsumerOptions o = reader_of({0, 1});
  o.config.set("client.rack", std::string("b"));
  rig.add(o);
  rig.run_ms(3000);
  CHECK(named(fetches(rig, 1).front()) == Numbers{0});
  const auto second = fetches(rig, 2);
  REQUIRE(second.size() > 2);
  CHECK(second.front().session_epoch == 0);
  const auto joined =
      std::find_if(second.begin(), second.end(), [](const FetchRequest& r) { return named(r) == Numbers{0}; });
  REQUIRE(joined != second.end());
  CHECK(joined->session_epoch > 0);
  CHECK(fetches(rig, 1).size() == 1);  // no partition is fetched from broker 1 any more
}

TEST_CASE("KAFKA-7109: a closing consumer ends its fetch sessions; in 2.5 it does not") {
  for (const KafkaVersion version : {KafkaVersion::V4_1, KafkaVersion::V2_5}) {
    Rig rig(2, 2);
    for (const int b : {1, 2}) rig.broker(b).sessions = true;
    const NodeId n = rig.add(reader_of({0, 1}, version));
    rig.run_ms(1200);
    rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
    rig.run_ms(3000);
    CHECK(rig.consumer(n).activity() == Consumer::Activity::Down);
    for (const int b : {1, 2}) {
      const FetchRequest last = fetches(rig, b).back();
      CHECK((last.session_epoch == -1) == (version == KafkaVersion::V4_1));
      CHECK(last.session_id == FakeBroker::kSession);
      CHECK(last.partitions.empty());
    }
  }
}

TEST_CASE(
    "2.5: a partition that had records or an error is named last in the next request (movePartitionToEnd); newer clients leave the order to the broker") {
  for (const KafkaVersion version : {KafkaVersion::V2_5, KafkaVersion::V4_1}) {
    const bool old = version == KafkaVersion::V2_5;
    CAPTURE(old);
    Rig rig(1, 3);
    fill(rig, 0, 3);
    rig.add(reader_of({0, 1, 2}, version));
    rig.run_ms(2000);
    CHECK(named(fetches(rig).front()) == Numbers{0, 1, 2});
    CHECK(named(fetches(rig).back()) == (old ? Numbers{1, 2, 0} : Numbers{0, 1, 2}));
    rig.broker().fetch_errors = {ErrorCode::UNKNOWN_SERVER_ERROR};  // for the first partition in the answer
    rig.run_ms(6000);
    CHECK(named(fetches(rig).back()) == (old ? Numbers{2, 0, 1} : Numbers{0, 1, 2}));
  }
}

TEST_CASE("every Fetch and ListOffsets carries the isolation level") {
  for (const bool committed : {false, true}) {
    Rig rig;
    ConsumerOptions o = assigned();
    if (committed) o.config.set("isolation.level", std::string("read_committed"));
    rig.add(o);
    rig.run_ms(2000);
    REQUIRE(fetches(rig).size() > 1);
    for (const FetchRequest& r : fetches(rig)) CHECK(r.read_committed == committed);
    CHECK(protocol::get<ListOffsetsRequest>(rig.broker().of(api::ListOffsets).front().body).read_committed ==
          committed);
  }
}
