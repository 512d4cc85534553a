// Korean from the catalogue: particles, matching phrases, reasons, commands.
#include <doctest/doctest.h>

#include <set>

#include "cluster/verbs.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"
#include "protocol/config.h"
#include "support/phrases.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using protocol::Trace;

TEST_CASE("Korean particles fit the last sound of the word before them") {
  CHECK(with_particles("broker-1<이/가> broker-2<은/는> broker-3<을/를>") == "broker-1이 broker-2는 broker-3을");
  CHECK(with_particles("orders-0<과/와> 파티션<과/와> 리더<과/와>") == "orders-0과 파티션과 리더와");
  CHECK(with_particles("7<으로/로> 6<으로/로> 서울<으로/로> 부산<으로/로> 4<으로/로>") ==
        "7로 6으로 서울로 부산으로 4로");
  CHECK(with_particles("\"acks\"<이라는/라는> 말, \"broker-1\"<이라는/라는> 말") ==
        "\"acks\"라는 말, \"broker-1\"이라는 말");
  CHECK(with_particles("sync<이/가> billing<이/가> none<이/가> rr<은/는> late-b<이/가>") ==
        "sync가 billing이 none이 rr은 late-b가");
  CHECK(with_particles("topic<이/가> offset<이/가> client<이/가> table<으로/로> ISR<으로/로> \"lost\"<은/는>") ==
        "topic이 offset이 client가 table로 ISR로 \"lost\"는");
  CHECK(with_particles("a<b> <모름/모름>") == "a<b> <모름/모름>");  // an unknown particle stays unchanged
}

TEST_CASE("a phrase must match a whole text, and names in its blanks stay unchanged") {
  constexpr Phrase kPhrases[] = {
      {"a node", "노드"}, {"{} is no {}", "{0}<은/는> [1]<이/가> 아니에요"}, {"so {}", "그래서 {0}"}};
  const Phrasebook book(kPhrases);
  CHECK(book.korean("x-1 is no a node") == "x-1은 노드가 아니에요");
  CHECK(book.korean("\"this is no joke\" is no a node") ==
        "\"this is no joke\"는 노드가 아니에요");  // quoted words of a user are not part of the sentence
  CHECK(book.korean("so a node") == "그래서 a node");
  CHECK_FALSE(book.korean("x-1 is a node").has_value());
  CHECK_FALSE(book.korean("so ").has_value());
}

TEST_CASE("no reason's pattern matches the text of a later reason") {
  for (const Phrase& phrase : reasons().phrases()) {
    CAPTURE(phrase.en);
    const auto [english, wanted] = kafkascope::test::filled(phrase, "");
    CHECK(reasons().korean(english).value_or("") == with_particles(wanted));
  }
}

TEST_CASE("a text of Kafka is translated, also behind a name; a name alone stays as it is") {
  CHECK(reason_in_korean("orders: Topic 'orders' already exists.") == "orders: 'orders' 토픽이 이미 있어요.");
  CHECK(reason_in_korean("TimeoutException") == "TimeoutException");
  CHECK(reason_in_korean("") == "");
}

TEST_CASE("group members are named by their client, without the coordinator's suffix") {
  CHECK(without_member_uuids("billing billing-1-0e6fae30-1b2c-4d5e-8f90-0123456789ab: session timeout") ==
        "billing billing-1: session timeout");
  CHECK(without_member_uuids("a-0e6fae30-1b2c-4d5e-8f90-0123456789ab left: b-0e6fae30-1b2c-4d5e-8f90-0123456789ab") ==
        "a left: b");
  CHECK(without_member_uuids("no-uuid-here") == "no-uuid-here");
}

TEST_CASE("commands are written as in files, with their main numbers") {
  namespace cluster = kafkascope::cluster;
  cluster::Command c;
  c.verb = cluster::Verb::Link;
  auto& link = c.edit<cluster::act::Link>();
  link.from = {*cluster::parse_node_ref("broker-1")};
  link.to = {*cluster::parse_node_ref("broker-2")};
  link.one_way = true;
  link.latency = cluster::LatencySpec{cluster::LatencySpec::Kind::Uniform,
                                      kafkascope::sim::milliseconds(150),
                                      kafkascope::sim::milliseconds(150),
                                      {},
                                      {}};
  CHECK(act(c).en == "link broker-1 | broker-2 one way (latency 150 ms)");
  CHECK(act(c).ko == "링크 변경: broker-1 | broker-2 한 방향 (지연 150 ms)");
  CHECK(act_in_korean("crash leader:orders-0") == "크래시: leader:orders-0");
  CHECK(act_in_korean("create_topic carts partitions 6 replication_factor 2 as ops") ==
        "토픽 생성: carts 파티션 수 6 복제 계수 2 (ops)");
  CHECK(act_in_korean("reassign orders all to 1,2,3") == "파티션 재할당: orders 모두 → 1,2,3");
  std::set<std::string> korean;
  for (const std::string_view verb : cluster::verb_names()) {
    const std::string ko = act_in_korean(verb);
    CHECK(ko != verb);
    if (verb != "link") korean.insert(ko);
  }
  CHECK(korean.size() >= cluster::verb_names().size() - 2);
}

TEST_CASE("only the answer to an administrative request is read as an error") {
  struct Names final : TraceNames {
    std::string node(sim::NodeId) const override { return "broker-1"; }
    std::string topic(protocol::TopicId) const override { return "orders"; }
    bool knows_topic(protocol::TopicId) const override { return true; }
  } names;
  for (auto kind = sim::trace_kind::kFirstFree; protocol::trace_kind_info(kind).name != "unknown"; ++kind)
    for (const std::int64_t error : {0, 1}) {
      sim::TraceLine line;  // tries the line as every kind; only one kind reads this number as an error
      line.kind = kind;
      line.topic = line.partition = 0;
      sim::LineParts::set_number<0>(line, error);
      sim::LineParts::set_text(line, "g m: why");
      line.node = sim::NodeId{1};
      const Words told = sentence(line, names);
      CAPTURE(told.en);
      CHECK((told.en.starts_with("refused with") || told.en.starts_with("done:")) ==
            (static_cast<Trace>(kind) == Trace::CommandResult));
    }
}
