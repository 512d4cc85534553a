// The warnings of `check` about uses of clients and groups that a file can hardly intend.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "scenario/load.h"
#include "scenario/problem.h"

using namespace kafkascope::scenario;

namespace {

std::string file(const std::string& clients, const std::string& steps, const std::string& head = "",
                 const std::string& cluster = R"("brokers": 3)") {
  return R"({"format": 1, "id": "x", )" + head + R"("cluster": {)" + cluster +
         R"(}, "topics": [{"name": "orders", "partitions": 2}, {"name": "out"}], "clients": [)" + clients +
         R"(], "steps": [)" + steps + R"(], "until": "9s"})";
}

std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> out;
  for (const Problem& p : check(text).problems) out.push_back(format(p, "f"));
  return out;
}

bool only(const std::string& text, const std::string& words) {
  const auto found = problems(text);
  CAPTURE(words);
  for (const std::string& one : found) CAPTURE(one);
  CHECK(found.size() == 1);
  return found.size() == 1 && found[0].find(words) != std::string::npos;
}

const std::string kShop =
    R"({"id": "shop", "kind": "producer", "topic": "orders", "config": {"transactional.id": "tx"}})";
std::string act(const char* at, const std::string& verb, const std::string& rest = "") {
  return R"({"at": ")" + std::string(at) + R"(", "do": ")" + verb + R"(", "node": "shop")" + rest + "}";
}

}  // namespace

TEST_CASE("check warns of a record for a partition that its producer's topic never has") {
  const std::string plain = R"({"id": "shop", "kind": "producer", "topic": "orders"})";
  const std::string nine = act("1s", "produce", R"(, "records": [{"value": "v", "partition": 9}])");
  CHECK(only(file(plain, nine), "/steps/0/records/0/partition: warning: \"orders\" never has a partition 9"));
  CHECK(problems(file(plain, act("1s", "produce", R"(, "records": [{"value": "v", "partition": 1}])"))).empty());
  CHECK(problems(file(plain, nine + R"(, {"at": "2s", "expect": {"path": "/clients/shop/exception", "equals": null}})"))
            .empty());
}

TEST_CASE("check warns of a second begin_transaction, and of offsets that are sent without a transaction") {
  CHECK(only(file(kShop, act("1s", "begin_transaction") + ", " + act("2s", "begin_transaction")),
             "/steps/1: warning: \"shop\" already has a transaction open here: beginTransaction() throws "
             "IllegalStateException; a commit_transaction or an abort_transaction step before it"));
  const std::string offsets = R"(, "group": "g", "offsets": {"orders-0": 1})",
                    reader = R"(, {"id": "r", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}})";
  CHECK(only(file(kShop + reader, act("1s", "send_offsets_to_transaction", offsets)),
             "/steps/0: warning: \"shop\" has no transaction open here: sendOffsetsToTransaction() throws"));
  CHECK(problems(file(kShop + reader,
                      act("1s", "begin_transaction") + ", " + act("2s", "send_offsets_to_transaction", offsets)))
            .empty());
}

TEST_CASE("check refuses to change a feature level of Kafka 2.5") {
  const std::string change = R"({"at": "1s", "do": "feature", "name": "transaction.version", "level": 1})";
  CHECK(only(file("", change, R"("kafka": "2.5", )", R"("metadata": "zookeeper", "brokers": 3)"),
             "/steps/0/do: Kafka 2.5 has no feature levels"));
}

TEST_CASE("check warns of one group.id in a share group and in another group") {
  const std::string share =
                        R"({"id": "s", "kind": "share_consumer", "topics": ["orders"], "config": {"group.id": "g"}})",
                    other = R"({"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}})",
                    cluster = R"("brokers": 3, "features": {"share.version": 1})";
  CHECK(only(file(share + ", " + other, "", "", cluster),
             "/clients/1/config/group.id: warning: \"s\" and \"c\" use the group.id \"g\""));
  CHECK(problems(file(share, "", "", cluster)).empty());
}

TEST_CASE("check warns of a transform that reads its own output, or uncommitted records of others' transactions") {
  const auto transform = [](const std::string& topic, const std::string& more) {
    return R"({"id": "t", "kind": "transform", "topics": ["orders"], "topic": ")" + topic +
           R"(", "config": {"group.id": "g")" + more + "}}";
  };
  CHECK(only(file(transform("orders", ""), ""), "/clients/0/topic: warning: \"t\" writes to \"orders\""));
  CHECK(problems(file(transform("out", ""), "")).empty());
  const std::string writer = R"({"id": "p", "kind": "producer", "topic": "orders", "rate": "5/s",)"
                             R"( "transaction": {"records": 5}, "config": {"transactional.id": "x"}}, )",
                    id = R"(, "transactional.id": "y")";
  CHECK(
      only(file(writer + transform("out", id), ""), "/clients/1: warning: \"t\" commits its outputs in transactions"));
  CHECK(problems(file(writer + transform("out", id + R"(, "isolation.level": "read_committed")"), "")).empty());
  CHECK(problems(file(writer + transform("out", ""), "")).empty());
}

TEST_CASE("check warns of a rate on a producer whose transactions are begun by steps") {
  const std::string rate =
      R"({"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s", "config": {"transactional.id": "tx"}})";
  CHECK(only(file(rate, act("1s", "begin_transaction")), "/clients/0/rate: warning: \"shop\" also sends by"));
}

TEST_CASE("a misspelt verb is the only problem that check reports") {
  CHECK(only(
      file(kShop, act("1s", "begin_transactoin") + ", " + act("2s", "produce", R"(, "records": [{"value": "v"}])") +
                      ", " + act("3s", "commit_transaction")),
      "/steps/0/do: no verb is called \"begin_transactoin\""));
}
