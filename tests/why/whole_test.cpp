// Every value of the state document that has a Why?, in runs with each kind of cluster, group and client: question and answer are whole
// sentences, without a gap where a name should be.
#include "why/whole.h"

#include <nlohmann/json.hpp>

#include "observe/model/mbeans.h"
#include "support/lessons.h"
#include "words/key.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

/// The part of a path that means this key.
std::string escaped(const std::string& key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// Asks about the value and about all that it holds, to that depth; returns the number of answers.
int ask_below(Session& session, const std::string& path, const json& value, int depth) {
  int answers = whole_why(session.moment(), path).has_value() ? 1 : 0;
  if (depth == 0 || !value.is_object()) return answers;
  for (const auto& [key, inner] : value.items())
    if (!key.starts_with("__")) answers += ask_below(session, path + "/" + escaped(key), inner, depth - 1);
  return answers;
}

/// Asks about the metrics of all nodes; returns the number of answers. `formed`: the same run when the cluster had just been
/// formed.
int ask_metrics(Session& session, Session& formed) {
  std::vector<std::string> paths;
  const cluster::Cluster& c = session.cluster();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    observe::for_each_mbean_of_node(c, node, [&](std::string_view name, const observe::MBeanKind&, double) {
      if (observe::has_why(name))
        paths.push_back("/metrics/mbeans/" + c.info(node).name + "/" + escaped(std::string(name)));
    });
  }
  int answers = 0;
  for (const std::string& path : paths) {
    const auto answer = whole_why(session.moment(), path);
    if (!answer) continue;
    ++answers;
    // Only a value of 0 counts nothing.
    const json value = observe::state_at(session.moment(), path).value_or(json(0));
    for (const observe::WhyStep& step : answer->steps)
      if (step.key == "why.metric_none"_w || step.key == "why.never_happened"_w)
        CHECK_MESSAGE(value == 0, path, " = ", value.dump(), ": ", step.words.en);
    // What has changed is not as it was formed.
    const auto then = observe::state_at(formed.moment(), path);
    for (const observe::WhyStep& step : answer->steps)
      if (step.key == "why.formed"_w && then)
        CHECK_MESSAGE(value == *then, path, " = ", value.dump(), ", then ", then->dump(), ": ", step.words.en);
  }
  return answers;
}

}  // namespace

TEST_CASE("every answer of Why? consists of whole sentences") {
  for (const auto& [lesson, at_s] : {std::pair{"controller/zookeeper-roles", 5},
                                     {"controller/zookeeper-failover", 4},
                                     {"controller/zookeeper-failover", 15},
                                     {"controller/session-expiry", 3},
                                     {"controller/kraft-quorum-loss", 15},
                                     {"replication/leader-failover", 9},
                                     {"replication/all-brokers-down", 50},
                                     {"log/topic-identity", 14},
                                     {"groups/new-protocol", 12},
                                     {"groups/share-group", 12},
                                     {"groups/static-membership", 20},
                                     {"delivery/hanging-transaction", 18}}) {
    const std::string name = lesson;  // clang 14 captures no structured binding
    CAPTURE(name);
    Session session(loaded(read_text(source_path("scenarios/" + std::string(lesson) + ".json"))), true);
    session.run_until(sim::Instant{} + sim::seconds(at_s));
    int answers = 0;
    for (const char* section : {"cluster", "topics", "partitions", "groups", "clients", "nodes", "transactions"}) {
      const std::string path = std::string("/") + section;
      if (const auto value = observe::state_at(session.moment(), path))
        for (const auto& [name, inner] : value->items())
          if (!name.starts_with("__")) answers += ask_below(session, path + "/" + escaped(name), inner, 2);
    }
    CHECK(answers > 30);
    Session formed(loaded(read_text(source_path("scenarios/" + std::string(lesson) + ".json"))), true);
    formed.run_until(sim::Instant{} + sim::milliseconds(100));
    CHECK(ask_metrics(session, formed) > 10);
  }
}
