// The warnings of `check` about transactions that a file can hardly intend, and about names that refer to something
// else.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "scenario/files.h"
#include "scenario/load.h"

using namespace kafkascope::scenario;

namespace {

struct FileOfParts {
  std::string cluster = R"("brokers": 3)", clients, steps, kafka = "4.1";
  std::string text() const {
    return R"({"format": 1, "id": "x", "kafka": ")" + kafka + R"(", "cluster": {)" + cluster +
           R"(}, "topics": [{"name": "orders"}], "clients": [)" + clients + R"(], "steps": [)" + steps +
           R"(], "until": "9s"})";
  }
};

std::string client(const std::string& id, const std::string& config, const std::string& rest = R"(, "rate": "5/s")") {
  return R"({"id": ")" + id + R"(", "kind": "producer", "topic": "orders", "config": {)" + config + "}" + rest + "}";
}

std::vector<std::string> warnings(const FileOfParts& file) {
  const Loaded result = check(file.text());
  CHECK(result.ok());
  std::vector<std::string> out;
  for (const Problem& p : result.problems) out.push_back(format(p, "f"));
  return out;
}

bool has(const std::vector<std::string>& found, const std::string& words) {
  return std::any_of(found.begin(), found.end(),
                     [&](const std::string& one) { return one.find(words) != std::string::npos; });
}

bool refuses(const FileOfParts& file, const std::string& words) {
  const Loaded result = check(file.text());
  CHECK_FALSE(result.ok());
  std::vector<std::string> out;
  for (const Problem& p : result.problems) out.push_back(format(p, "f"));
  return has(out, words);
}

const std::string kId = R"("transactional.id": "tx")",
                  kTransaction = R"(, "rate": "5/s", "transaction": {"records": 5})";

}  // namespace

TEST_CASE("a producer that has a transactional.id and sends without beginning a transaction gets a warning") {
  const std::string place = "/clients/0/config/transactional.id: warning: \"shop\"", words = "IllegalStateException";
  FileOfParts file;
  file.clients = client("shop", kId);
  const auto found = warnings(file);
  REQUIRE(found.size() == 1);
  CHECK(has(found, place));
  CHECK(has(found, words));
  CHECK(has(found, "begin_transaction"));
  file.clients = client("shop", kId, kTransaction);
  CHECK(warnings(file).empty());
  file.clients = client("shop", kId, "");  // the client sends nothing
  CHECK(warnings(file).empty());
  const std::string produce =
      R"({"at": "2s", "do": "produce", "node": "shop", "records": [{"key": "k", "value": "v"}]})";
  file.steps = produce;
  CHECK(has(warnings(file), place));
  file.steps = R"({"at": "1s", "do": "begin_transaction", "node": "shop"}, )" + produce;
  CHECK(warnings(file).empty());
}

TEST_CASE(
    "a send, a commit or an abort while no transaction is open gets a warning at its step, unless the file expects this") {
  const auto step = [](const char* at, const std::string& verb, const std::string& rest = "") {
    return R"({"at": ")" + std::string(at) + R"(", "do": ")" + verb + R"(", "node": "shop")" + rest + "}";
  };
  const std::string records = R"(, "records": [{"key": "k", "value": "v"}])";
  FileOfParts file;
  file.clients = client("shop", kId, "");
  file.steps = step("1s", "produce", records) + ", " + step("2s", "begin_transaction") + ", " +
               step("3s", "produce", records) + ", " + step("4s", "commit_transaction") + ", " +
               step("5s", "produce", records);
  auto found = warnings(file);
  REQUIRE(found.size() == 2);
  CHECK(has(found,
            "/steps/0: warning: \"shop\" has no transaction open here: send() throws IllegalStateException; a "
            "begin_transaction step before it"));
  CHECK(has(found, "/steps/4: warning: "));
  file.steps = step("1s", "commit_transaction");
  CHECK(has(warnings(file), "/steps/0: warning: \"shop\" has no transaction open here: commitTransaction() throws"));
  file.steps = step("1s", "abort_transaction");
  CHECK(has(warnings(file), "abortTransaction() throws"));
  // A commit may have failed: then an abort follows. What comes after the death of the process is another producer's.
  file.steps = step("1s", "begin_transaction") + ", " + step("2s", "commit_transaction") + ", " +
               step("3s", "abort_transaction");
  CHECK(warnings(file).empty());
  // A call that timed out is repeated (KafkaProducer.commitTransaction, abortTransaction).
  file.steps = step("1s", "begin_transaction") + ", " + step("2s", "commit_transaction") + ", " +
               step("3s", "commit_transaction");
  CHECK(warnings(file).empty());
  file.steps =
      step("1s", "begin_transaction") + ", " + step("2s", "abort_transaction") + ", " + step("3s", "abort_transaction");
  CHECK(warnings(file).empty());
  file.steps += ", " + step("4s", "commit_transaction");
  CHECK(has(warnings(file), "/steps/3: warning: "));
  // The steps count in the order of their times, not of the file.
  file.steps = step("6s", "produce", records) + ", " + step("5s", "begin_transaction");
  CHECK(warnings(file).empty());
  // In 2.5 only send() throws IllegalStateException.
  file.kafka = "2.5";
  file.cluster = R"("metadata": "zookeeper", "brokers": 3)";
  file.steps = step("1s", "commit_transaction");
  CHECK(has(warnings(file), "commitTransaction() throws KafkaException"));
  file.kafka = FileOfParts{}.kafka;
  file.cluster = FileOfParts{}.cluster;
  file.steps = step("1s", "begin_transaction") + ", " + step("2s", "kill") + ", " + step("3s", "start") + ", " +
               step("4s", "commit_transaction");
  CHECK(has(warnings(file), "/steps/3: warning: "));
  file.steps = step("1s", "commit_transaction") + R"(, {"at": "2s", "expect": )" +
               R"({"path": "/clients/shop/errors/IllegalStateException", "equals": 1}})";
  CHECK(warnings(file).empty());
}

TEST_CASE("a cluster that cannot keep __transaction_state gets one warning, with the keys that fix it") {
  const std::string two =
      client("shop", kId, kTransaction) + ", " + client("bank", R"("transactional.id": "b")", kTransaction);
  FileOfParts file{R"("brokers": 1)", two, ""};
  auto found = warnings(file);
  REQUIRE(found.size() == 1);
  CHECK(has(
      found,
      "/clients/0/config/transactional.id: warning: no transaction can begin: transaction.state.log.replication.factor is 3 and there is 1 broker"));
  CHECK(has(found, R"(; "transaction.state.log.replication.factor": 1 in the cluster's config)"));
  file.cluster = R"("brokers": 1, "config": {"transaction.state.log.replication.factor": 1})";
  CHECK(warnings(file).empty());
  // 2.5 requires the configured number of in-sync replicas, even if there are fewer replicas.
  file.kafka = "2.5";
  file.cluster = R"("metadata": "zookeeper", "brokers": 1)";
  CHECK(has(warnings(file), R"("transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1 in)"));
  file.cluster = R"("metadata": "zookeeper", "brokers": 1, "config": {"transaction.state.log.replication.factor": 1})";
  found = warnings(file);
  REQUIRE(found.size() == 1);
  CHECK(has(found, "transaction.state.log.min.isr is 2, and __transaction_state has 1 replica a partition"));
  file.cluster = R"("metadata": "zookeeper", "brokers": 1, )"
                 R"("config": {"transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1})";
  CHECK(warnings(file).empty());
  CHECK(warnings({R"("brokers": 1)", client("shop", ""), ""}).empty());
}

TEST_CASE("the acts of kafka-transactions get a warning in Kafka 2.5, which has no such tool") {
  FileOfParts file{R"("metadata": "zookeeper", "brokers": 3)", client("shop", kId, kTransaction),
                   R"({"at": "2s", "do": "abort_hanging", "partition": "orders-0"})", "2.5"};
  CHECK(has(warnings(file), "/steps/0/do: warning: \"abort_hanging\": Kafka 2.5 has no such tool"));
  file.steps = R"({"at": "2s", "do": "terminate_transaction", "transactional_id": "tx"})";
  CHECK(has(warnings(file), "KIP-664"));
  file.kafka = "4.1", file.cluster = R"("brokers": 3)";
  CHECK(warnings(file).empty());
}

TEST_CASE("two producers that start together with the same transactional.id get a warning; a later one does not") {
  const auto pair = [](const std::string& rest) {
    return client("shop", kId, kTransaction) + ", " + client("bank", kId, kTransaction + rest);
  };
  FileOfParts file;
  file.clients = pair("");
  const auto found = warnings(file);
  REQUIRE(found.size() == 1);
  CHECK(has(found, "/clients/1/config/transactional.id: warning: \"shop\" and \"bank\" start together"));
  file.clients = pair(R"(, "start": "0s")");
  CHECK(warnings(file).size() == 1);
  file.clients = pair(R"(, "start": "2s")");
  CHECK(warnings(file).empty());
}

TEST_CASE("a configuration key outside config is refused with a hint to config, on clients, topics and the cluster") {
  FileOfParts file;
  file.clients = R"({"id": "shop", "kind": "producer", "topic": "orders", "transactional.id": "tx"})";
  CHECK(refuses(file, R"(; "config": {"transactional.id": …})"));
  file = {R"("brokers": 3, "transaction.state.log.min.isr": 1)", "", ""};
  CHECK(refuses(file, R"(; "config": {"transaction.state.log.min.isr": …})"));
  file = {R"("brokers": 3, "broker": 1)", "", ""};
  CHECK(refuses(file, "did you mean \"brokers\"?"));
}

TEST_CASE("verbs such as begin, rollback and end are refused with a hint to the verbs of a transaction") {
  FileOfParts file;
  file.clients = client("shop", kId, "") + R"(, {"id": "reader", "kind": "consumer", "assign": ["orders-0"]})";
  const auto step = [](const std::string& verb, const std::string& node) {
    return R"({"at": "1s", "do": ")" + verb + R"(", "node": ")" + node + R"("})";
  };
  for (const auto& [called, verb] : {std::pair<std::string, std::string>{"begin", "begin_transaction"},
                                     {"abort", "abort_transaction"},
                                     {"rollback", "abort_transaction"},
                                     {"end", "commit_transaction"}}) {
    file.steps = step(called, "shop");
    CHECK(refuses(file, "no verb is called \"" + called + "\"; did you mean \"" + verb + "\"?"));
  }
  file.steps = step("commit", "shop");
  CHECK(refuses(file, "a producer commits its transaction with \"commit_transaction\""));
  file.steps = step("commit_transaction", "reader");
  CHECK(refuses(file, "a consumer commits its offsets with \"commit\""));
  for (const std::string verb : {"begin_transaction", "abort_transaction"}) {
    file.steps = step(verb, "reader");
    CHECK(refuses(file, "cannot " + verb + "; a producer with transactional.id"));
  }
}
