// The glossary (assets/glossary.json): it covers every displayed name, and everything that its entries refer to exists.
#include "observe/why/origins.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "observe/why/kafka_docs.h"
#include "observe/why/said_of_term.h"
#include "protocol/messages_zookeeper.h"
#include "support/places.h"
#include "words/catalogue.h"
#include "words/glossary.h"
#include "words/message.h"

using namespace kafkascope;
using words::listed;

namespace {

namespace fs = std::filesystem;

std::set<std::string> all_keys() {
  std::set<std::string> keys;
  for (const words::GlossaryEntry& entry : words::glossary()) keys.insert(entry.key);
  return keys;
}

bool in_catalogues(const std::string& key) {
  return words::built_in(words::Lang::En).find(words::Key(key)) != nullptr &&
         words::built_in(words::Lang::Ko).find(words::Key(key)) != nullptr;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<observe::OriginKind> kinds_of(std::string_view name) {
  std::vector<observe::OriginKind> kinds;
  for (const observe::Origin& origin : observe::origins_of(name)) kinds.push_back(origin.kind);
  return kinds;
}

}  // namespace

TEST_CASE("the glossary knows each configuration key, error, metric, invariant and term") {
  CHECK(observe::names_without_origin() == std::vector<std::string>{});
  std::map<observe::OriginKind, int> counts;
  for (const observe::Origin& origin : observe::all_origins()) ++counts[origin.kind];
  CHECK(counts[observe::OriginKind::Config] >= 270);
  CHECK(counts[observe::OriginKind::Error] >= 100);
  CHECK(counts[observe::OriginKind::Metric] >= 180);
  CHECK(counts[observe::OriginKind::Invariant] == 7);
  const std::set<std::string> keys = all_keys();
  for (const words::Row& row : words::built_in(words::Lang::En).rows()) {
    const std::string key = row.key;
    for (const std::string family : {"config.", "error.", "metric.", "invariant.", "glossary."})
      if (key.starts_with(family) && !key.ends_with(".meaning")) CHECK_MESSAGE(keys.contains(key), key);
  }
}

TEST_CASE("each fate of a record is found as a term by its word, its key and its name in the ledger") {
  for (const char* name :
       {"read_committed", "hanging transaction", "in doubt", "in_doubt", "skipped", "aborted", "aborted, not lost",
        "duplicated", "reordered", "redelivered", "lost though acked", "lost, though acked", "lost_acked"}) {
    const auto kinds = kinds_of(name);
    CHECK_MESSAGE(std::find(kinds.begin(), kinds.end(), observe::OriginKind::Term) != kinds.end(), name);
  }
}

TEST_CASE(
    "the words used for transactions are terms, in the spelling of the tools and the configuration and in spoken Korean") {
  for (const char* name :
       {"transaction.version", "find-hanging", "kafka-transactions", "kafka-transactions find-hanging",
        "aborted_visible", "hanging transaction", "fencing", "zombie", "last stable offset", "LSO", "control batch",
        "transactional.id expiry", "\xED\x8E\x9C\xEC\x8B\xB1" /* fencing */, "\xEC\xA2\x80\xEB\xB9\x84" /* zombie */,
        "\xED\x96\x89\xEC\x9E\x89 \xED\x8A\xB8\xEB\x9E\x9C\xEC\x9E\xAD\xEC\x85\x98" /* hanging transaction */}) {
    const auto kinds = kinds_of(name);
    CHECK_MESSAGE(std::find(kinds.begin(), kinds.end(), observe::OriginKind::Term) != kinds.end(), name);
  }
  const auto fencing = observe::origins_of("fencing");
  REQUIRE(!fencing.empty());
  CHECK(std::find(fencing.front().kips.begin(), fencing.front().kips.end(), "KIP-98") != fencing.front().kips.end());
}

TEST_CASE("each entry of the glossary is unique and has a sentence in both languages") {
  const std::set<std::string> keys = all_keys();
  CHECK(keys.size() == words::glossary().size());
  const std::set<std::string> families{"config", "error", "metric", "invariant"};
  for (const std::string& key : keys) {
    if (families.contains(key)) continue;
    CHECK_MESSAGE(in_catalogues(key), key);
    if (key.starts_with("glossary.")) CHECK_MESSAGE(in_catalogues(key + ".meaning"), key);
  }
}

TEST_CASE("the tests, the rows of docs/fidelity.md and the terms that an entry of the glossary names exist") {
  const std::set<std::string> keys = all_keys();
  const fs::path root = source_root();
  const std::string fidelity = text_of(root / "docs/fidelity.md");
  std::set<std::string> used;
  for (const words::GlossaryEntry& entry : words::glossary()) {
    CAPTURE(entry.key);
    for (const int kip : listed(entry.kip)) CHECK((kip > 0 && kip < 2000));
    for (const char* file : listed(entry.tests)) CHECK_MESSAGE(fs::exists(root / file), file);
    for (const char* term : listed(entry.see))
      CHECK_MESSAGE((std::string_view(term).starts_with("glossary.") && keys.contains(term)), term);
    for (const char* row : listed(entry.fidelity)) {
      used.insert(row);
      CHECK_MESSAGE(fidelity.find("\n| <a id=\"" + std::string(row) + "\"></a>") != std::string::npos, row);
    }
  }
  std::set<std::string> anchors;
  const std::string_view begin = "<a id=\"";
  for (std::size_t at = fidelity.find(begin); at != std::string::npos; at = fidelity.find(begin, at + 1)) {
    const std::size_t from = at + begin.size();
    const std::string anchor = fidelity.substr(from, fidelity.find('"', from) - from);
    CHECK_MESSAGE(anchors.insert(anchor).second, anchor);
    CHECK_MESSAGE(used.contains(anchor), anchor);
  }
}

TEST_CASE(
    "each entry of the glossary has an origin, except general terms of data processing, which refer to other terms") {
  const std::set<std::string> general{"glossary.data-lake", "glossary.batch-speed-serving-layer",
                                      "glossary.single-source-of-truth"};
  for (const words::GlossaryEntry& entry : words::glossary()) {
    CAPTURE(entry.key);
    const bool has = !listed(entry.kip).empty() || !listed(entry.classes).empty() || !listed(entry.tests).empty() ||
                     !listed(entry.fidelity).empty();
    CHECK(has != general.contains(entry.key));
    CHECK((has || !listed(entry.see).empty()));
  }
}

TEST_CASE("each class that the glossary names is declared in Kafka's source, and no other class is listed") {
  std::map<std::string, std::string> files;  // by class
  std::ifstream list(source_root() + "/tests/observe/kafka-classes.txt");
  std::string last;
  for (std::string line; std::getline(list, line);) {
    if (line.starts_with("#")) continue;
    std::string name, file, commit;
    std::istringstream(line) >> name >> file >> commit;
    CHECK_MESSAGE(last < name, name, ": the list is sorted");
    CHECK_MESSAGE((file.ends_with(".java") || file.ends_with(".scala")), line);
    CHECK_MESSAGE((file.find("/src/main/") != std::string::npos && commit.size() >= 5), line);
    // What the API throws is in its package.
    if (name.ends_with("Exception"))
      CHECK_MESSAGE(file.starts_with("clients/src/main/java/org/apache/kafka/common/"), line);
    files[last = name] = file;
  }
  std::set<std::string> named;
  for (const words::GlossaryEntry& entry : words::glossary())
    for (const char* name : listed(entry.classes)) named.insert(name);
  CHECK(named.size() > 200);
  for (const std::string& name : named)
    CHECK_MESSAGE(files.contains(name), name, " is in no file of Kafka that we know");
  for (const auto& file : files) CHECK_MESSAGE(named.contains(file.first), file.first, " is named nowhere");
}

TEST_CASE("an origin is found by the names that people use") {
  using Kind = observe::OriginKind;
  CHECK(kinds_of("acks") == std::vector{Kind::Config, Kind::Term});
  CHECK(kinds_of("Not_Coordinator") == std::vector{Kind::Error});
  CHECK(kinds_of("NotCoordinatorException") == std::vector{Kind::Error});
  CHECK(kinds_of("UnderReplicatedPartitions") == std::vector{Kind::Metric});
  CHECK(kinds_of("kafka.log:type=Log,name=Size,topic=orders,partition=1") == std::vector{Kind::Metric});
  CHECK(kinds_of("records-lag-max") == std::vector{Kind::Metric});
  CHECK(kinds_of("one-leader-per-epoch") == std::vector{Kind::Invariant});
  CHECK(kinds_of("high watermark") == std::vector{Kind::Term});
  CHECK(kinds_of("HW") == std::vector{Kind::Term});
  CHECK(kinds_of("no such thing").empty());
  CHECK(kinds_of("").empty());
  // Brokers have a key with this name, and so do consumers.
  const auto two = observe::origins_of("fetch.max.bytes");
  REQUIRE(two.size() == 2);
  CHECK(two[0].meaning.en != two[1].meaning.en);
}

TEST_CASE("words of the panels and of Kafka's tools are terms") {
  for (const char* name : {"group epoch", "member epoch", "observer", "consumer lag", "static member"})
    CHECK_MESSAGE(kinds_of(name) == std::vector{observe::OriginKind::Term}, name);
}

TEST_CASE("a metric of the replica manager names ReplicaManager, which makes its MBean") {
  int looked_at = 0;
  for (const observe::Origin& origin : observe::all_origins()) {
    if (origin.kind != observe::OriginKind::Metric || !origin.name.en.starts_with("kafka.server:type=ReplicaManager,"))
      continue;
    CHECK_MESSAGE(std::find(origin.classes.begin(), origin.classes.end(), "ReplicaManager") != origin.classes.end(),
                  origin.name.en);
    ++looked_at;
  }
  CHECK(looked_at > 8);
}

TEST_CASE(
    "a term is found by what the window shows of it: a count of the comparison, a broker's fact, a group's state") {
  struct Shown {
    const char *name, *key;
  };
  const Shown all[] = {{"ms leaderless", "glossary.leader-election"},
                       {"ms leaderless, summed", "glossary.leader-election"},
                       {"under min ISR", "glossary.min-insync-replicas"},
                       {"PreparingRebalance", "glossary.group-state"},
                       {"CompletingRebalance", "glossary.group-state"},
                       {"Stable", "glossary.group-state"},
                       {"Empty", "glossary.group-state"},
                       {"Dead", "glossary.group-state"},
                       {"Assigning", "glossary.group-state"},
                       {"Reconciling", "glossary.group-state"}};
  for (const Shown& shown : all) {
    const auto found = observe::origins_of(shown.name);
    CAPTURE(shown.name);
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == shown.key);
  }
  for (const words::Key key : {"ui.without_leader"_w, "ui.hw_waits_for_min_isr"_w})
    CHECK(observe::origins_of(words::text(words::Lang::Ko, key)).size() == 1);
}

TEST_CASE("each word that is said of a term leads to that term alone, whose meaning says the word") {
  REQUIRE(observe::said_of_terms().size() >= 3);
  for (const observe::SaidOfTerm& said : observe::said_of_terms()) {
    const std::string word(said.word);
    CAPTURE(word);
    const auto found = observe::origins_of(word);
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == said.key);
    CHECK_MESSAGE(found[0].meaning.en.find(word) != std::string::npos, found[0].meaning.en);
  }
  CHECK(observe::origins_of("expired").front().key == "glossary.session-timeout");
  CHECK(observe::origins_of("leaderless").front().key == "glossary.leader-election");
}

TEST_CASE("two settings of one name, a client's and Connect's or the admin client's, name different tests") {
  for (const char* name : {"session.timeout.ms", "retries"}) {
    const auto two = observe::origins_of(name);
    REQUIRE(two.size() == 2);
    const auto& of_first = two[0].tests;
    for (const std::string& test : two[1].tests)
      if (test != "tests/protocol/kafka_configs_test.cpp")  // all settings'
        CHECK_MESSAGE(std::find(of_first.begin(), of_first.end(), test) == of_first.end(), name, ": ", test);
  }
}

TEST_CASE("an origin also has the KIPs, classes, tests and rows of its family") {
  const auto found = observe::origins_of("enable.idempotence");
  REQUIRE(found.size() == 1);
  CHECK(found[0].kips == std::vector<std::string>{"KIP-98", "KIP-679"});
  CHECK(found[0].classes == std::vector<std::string>{"ProducerConfig"});
  CHECK(found[0].tests.back() == "tests/protocol/kafka_configs_test.cpp");
  CHECK(found[0].fidelity.back() == "docs/fidelity.md#types-defaults-limits-all-keys-both");
}

namespace {

using protocol::KafkaVersion;

std::vector<std::string> documented(const observe::Origin& origin, KafkaVersion version = KafkaVersion::V4_1) {
  return observe::documentation_of(origin, version);
}

bool has_anchor(const std::vector<std::string>& addresses, const std::string& anchor) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& one) { return one.ends_with("-configs/#" + anchor); });
}

}  // namespace

TEST_CASE("each address of the documentation is official, and each setting's is in the table of its class in Kafka") {
  // Which class has the key was read in Kafka's source when the glossary was written; the addresses come from our table
  // of settings. The prefixes are those that the classes' main() hands to ConfigDef.toHtml.
  const std::map<std::string, std::string> tables{{"ProducerConfig", "producerconfigs_"},
                                                  {"ConsumerConfig", "consumerconfigs_"},
                                                  {"AdminClientConfig", "adminclientconfigs_"},
                                                  {"TopicConfig", "topicconfigs_"},
                                                  {"StreamsConfig", "streamsconfigs_"},
                                                  {"GroupConfig", "groupconfigs_"},
                                                  {"DistributedConfig", "connectconfigs_"},
                                                  {"WorkerConfig", "connectconfigs_"},
                                                  {"SourceConnectorConfig", "sourceconnectorconfigs_"},
                                                  {"ReplicationConfigs", "brokerconfigs_"},
                                                  {"KRaftConfigs", "brokerconfigs_"},
                                                  {"ServerConfigs", "brokerconfigs_"},
                                                  {"GroupCoordinatorConfig", "brokerconfigs_"}};
  const std::set<std::string> internal{"producer.id.expiration.check.interval.ms",
                                       "unclean.leader.election.interval.ms"};
  int compared = 0;
  for (const observe::Origin& origin : observe::all_origins()) {
    CAPTURE(origin.key);
    const auto now = documented(origin), old = documented(origin, KafkaVersion::V2_5);
    for (const std::string& address : now) CHECK_MESSAGE(observe::is_official(address), address);
    for (const std::string& address : old) CHECK_MESSAGE(observe::is_official(address), address);
    for (const std::string& kip : origin.kips) CHECK(observe::is_official(observe::kip_address(kip)));
    if (origin.kind == observe::OriginKind::Invariant) CHECK(now.empty());
    if (origin.kind == observe::OriginKind::Error || origin.kind == observe::OriginKind::Metric) CHECK(now.size() == 1);
    if (origin.kind != observe::OriginKind::Config) continue;
    CHECK((!now.empty() || !old.empty() || internal.contains(origin.name.en)));
    for (const std::string& one : now) CHECK_MESSAGE(one.ends_with("configs_" + origin.name.en), one);
    for (const std::string& one : old) {
      CHECK_MESSAGE(one.find("/25/configuration/") != std::string::npos, one);
      CHECK_MESSAGE(one.ends_with("-configs/#" + origin.name.en), one);
    }
    if (now.empty()) continue;
    for (const std::string& name : origin.classes)
      if (const auto table = tables.find(name); table != tables.end()) {
        CHECK_MESSAGE(has_anchor(now, table->second + origin.name.en), name);
        ++compared;
      }
  }
  CHECK(compared >= 190);
}

TEST_CASE("settings, errors, metrics and KIPs are documented at Kafka's addresses") {
  using List = std::vector<std::string>;
  const auto first = [](const char* name) { return observe::origins_of(name).front(); };
  CHECK(documented(first("linger.ms")) ==
        List{"https://kafka.apache.org/41/configuration/producer-configs/#producerconfigs_linger.ms"});
  CHECK(documented(first("min.insync.replicas")) ==
        List{"https://kafka.apache.org/41/configuration/broker-configs/#brokerconfigs_min.insync.replicas",
             "https://kafka.apache.org/41/configuration/topic-configs/#topicconfigs_min.insync.replicas"});
  CHECK(documented(first("share.isolation.level")) ==
        List{"https://kafka.apache.org/41/configuration/group-configs/#groupconfigs_share.isolation.level"});
  CHECK(documented(first("zookeeper.session.timeout.ms")).empty());
  CHECK(documented(first("zookeeper.session.timeout.ms"), KafkaVersion::V2_5) ==
        List{"https://kafka.apache.org/25/configuration/broker-configs/#zookeeper.session.timeout.ms"});
  CHECK(documented(first("share.isolation.level"), KafkaVersion::V2_5).empty());
  CHECK(documented(first("NOT_ENOUGH_REPLICAS")) ==
        List{"https://kafka.apache.org/41/design/protocol/#protocol_error_codes"});
  CHECK(documented(first("UnderReplicatedPartitions")) == List{"https://kafka.apache.org/41/operations/monitoring/"});
  CHECK(documented(first("record-send-rate")) == List{"https://kafka.apache.org/41/operations/monitoring/"});
  CHECK(documented(first("FencedBrokerCount")) == List{"https://kafka.apache.org/41/operations/monitoring/"});
  CHECK(observe::kip_address("KIP-98") == "https://cwiki.apache.org/confluence/display/KAFKA/KIP-98");
}

TEST_CASE("addresses other than Kafka's are not opened") {
  for (const char* other : {"https://kafka.apache.org.evil.example/", "http://kafka.apache.org/", "file:///etc/passwd",
                            "https://kafka.apache.org/`id`", "https://kafka.apache.org/ --help", ""})
    CHECK_FALSE_MESSAGE(observe::is_official(other), other);
}

TEST_CASE("explain prints where Kafka documents a thing, and an error's code; nothing refers to itself") {
  const auto plain = [](const char* name) {
    return observe::plain_text(observe::origins_of(name).front(), words::Lang::En);
  };
  CHECK(plain("linger.ms").find("documented at: https://kafka.apache.org/41/") != std::string::npos);
  CHECK(plain("zookeeper.session.timeout.ms").find("documented at: https://kafka.apache.org/25/") != std::string::npos);
  CHECK(plain("NOT_ENOUGH_REPLICAS").find("code 19; retriable") != std::string::npos);
  CHECK(plain("INVALID_TXN_STATE").find("code 48; not retriable") != std::string::npos);
  for (const observe::Origin& origin : observe::all_origins())
    for (const observe::Origin::Term& term : origin.see)
      CHECK_MESSAGE(term.name.en != origin.name.en, origin.key, " refers to its own name");
}

TEST_CASE("every exception that a lesson speaks of or a client throws, and every error of ZooKeeper, has an origin") {
  const std::string root = source_root();
  std::set<std::string> names;
  const auto read = [&](const fs::path& folder, const std::string& extension, const std::regex& exception) {
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      if (file.path().extension() != extension) continue;
      const std::string text = text_of(file.path());
      for (std::sregex_iterator it(text.begin(), text.end(), exception), end; it != end; ++it)
        names.insert((*it)[1].str());
    }
  };
  read(root + "/scenarios", ".json", std::regex("\\b([A-Z][A-Za-z]+Exception)\\b"));
  // What clients throw stands in their code as a text of its own. One is only the end of others' names.
  read(root + "/src/client", ".cpp", std::regex("\"([A-Z][A-Za-z]+Exception)\""));
  names.erase("AuthorizationException");
  CHECK(names.size() > 20);
  using protocol::ZkError;
  for (const ZkError error : {ZkError::RUNTIMEINCONSISTENCY, ZkError::CONNECTIONLOSS, ZkError::BADARGUMENTS,
                              ZkError::NONODE, ZkError::BADVERSION, ZkError::NOCHILDRENFOREPHEMERALS,
                              ZkError::NODEEXISTS, ZkError::NOTEMPTY, ZkError::SESSIONEXPIRED, ZkError::SESSIONMOVED})
    names.insert(std::string(protocol::name(error)));
  for (const std::string& name : names) CHECK_MESSAGE(!observe::origins_of(name).empty(), name);
}

TEST_CASE("assignors, and the words for what became of a broker, a partition and a shared record, are terms") {
  for (const char* name : {"RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor",
                           "EXPIRED", "fenced", "leaderless", "delivery count"}) {
    const auto kinds = kinds_of(name);
    CHECK_MESSAGE(std::find(kinds.begin(), kinds.end(), observe::OriginKind::Term) != kinds.end(), name);
  }
}
