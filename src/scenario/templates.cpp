#include "scenario/templates.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "words/message.h"

namespace kafkascope::scenario {

namespace {

constexpr std::string_view kMinimal = R"json({
  "format": 1,
  "id": "minimal",
  "title": {"en": "One topic, one producer, one consumer"},
  "kafka": "4.1",
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
  "topics": [{"name": "orders", "partitions": 3, "replication_factor": 3}],
  "clients": [
    {"id": "checkout", "kind": "producer", "topic": "orders", "rate": "10/s", "keys": "customer:8"},
    {"id": "billing", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}
  ],
  "steps": [{"at": "10s", "do": "crash", "node": "leader:orders-0"}],
  "until": "40s",
  "expect": [{"path": "/ledger/lost_acked", "equals": 0}]
}
)json";

constexpr std::string_view kLesson = R"json({
  "format": 1,
  "id": "my-lesson",
  "title": "@title",
  "summary": "@summary",
  "track": "replication",
  "minutes": 3,
  "kafka": "4.1",
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
  "topics": [
    {"name": "orders", "partitions": 1, "replication_factor": 3, "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2, 3]}}
  ],
  "clients": [{"id": "checkout", "kind": "producer", "topic": "orders", "rate": "5/s", "config": {"acks": "all"}}],
  "steps": [
    {"at": "0s", "id": "before", "point": "leader:orders-0", "say": "@say_before",
     "view": {"panels": ["stage", "partitions"], "select": "orders-0", "hide": ["heartbeat", "metadata"]}},
    {"at": "4s", "point": "orders-0", "ask": {
      "question": "@question",
      "choices": [
        {"text": "@choice_isr"},
        {"text": "@choice_data"}
      ],
      "answer": 0,
      "why": "@why"}},
    {"at": "5s", "do": "crash", "node": "leader:orders-0", "by": "learner", "hint": "@hint"},
    {"when": {"path": "/partitions/orders-0/leader", "not": 1}, "timeout": "15s", "id": "after", "point": "leader:orders-0",
     "say": "@say_after"}
  ],
  "until": "25s",
  "expect": [{"path": "/ledger/lost_acked", "equals": 0}],
  "goal": [{"path": "/partitions/orders-0/leader", "in": [2, 3]}],
  "try": [{"text": "@try", "set": {"clients/checkout/config/acks": "1"}}]
}
)json";

constexpr std::string_view kIncident = R"json({
  "format": 1,
  "id": "incident",
  "title": {"en": "What happened that night"},
  "summary": {"en": "The cluster as it was, the faults in their order, what was seen. Change it until it shows what you saw."},
  "kafka": "4.1",
  "cluster": {
    "metadata": "kraft",
    "controllers": 3,
    "brokers": [{"id": 1, "rack": "a"}, {"id": 2, "rack": "b"}, {"id": 3, "rack": "c"}],
    "network": {"latency": "0.3ms..0.9ms", "bandwidth": "1Gbps"}
  },
  "topics": [{"name": "payments", "partitions": 6, "replication_factor": 3, "config": {"min.insync.replicas": 2}}],
  "clients": [
    {"id": "api", "kind": "producer", "topic": "payments", "rate": "50/s", "keys": "account:100"},
    {"id": "ledger-1", "kind": "consumer", "topics": ["payments"], "work": "4ms", "commit": "sync_after", "config": {"group.id": "ledger"}},
    {"id": "ledger-2", "kind": "consumer", "topics": ["payments"], "work": "4ms", "commit": "sync_after", "config": {"group.id": "ledger"}}
  ],
  "steps": [
    {"at": "10s", "do": "link", "from": ["broker-1"], "to": ["broker-2", "broker-3"], "latency": "80ms..120ms", "note": "02:14 the link between the racks degrades"},
    {"at": "20s", "do": "pause", "node": "broker-1", "note": "02:15 a long collection on broker 1"},
    {"at": "35s", "do": "resume", "node": "broker-1"},
    {"at": "40s", "do": "heal"}
  ],
  "until": "90s",
  "expect": [
    {"path": "/ledger/lost_acked", "equals": 0, "message": "we promised these to customers"},
    {"path": "/partitions/payments-0/isr", "size": 3, "within": "30s"}
  ]
}
)json";

constexpr std::string_view kBeforeAfter = R"json({
  "format": 1,
  "id": "before-after",
  "title": {"en": "One change, the same faults"},
  "kafka": "4.1",
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
  "topics": [
    {"name": "orders", "partitions": 1, "replication_factor": 3, "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2, 3]}}
  ],
  "clients": [
    {"id": "checkout", "kind": "producer", "topic": "orders", "rate": "50/s", "config": {"acks": "1", "enable.idempotence": false}}
  ],
  "steps": [
    {"at": "1s", "do": "link", "from": ["broker-1"], "to": ["broker-2", "broker-3"], "latency": "100ms..150ms"},
    {"at": "10s", "do": "crash", "node": "leader:orders-0"},
    {"at": "25s", "do": "restart", "node": "broker-1"}
  ],
  "until": "60s",
  "variants": [
    {"id": "after", "title": {"en": "acks=all"}, "set": {"clients/checkout/config/acks": "all", "clients/checkout/config/enable.idempotence": null}}
  ],
  "expect": [
    {"path": "/ledger/lost_acked", "at_least": 1, "only": ["base"]},
    {"path": "/ledger/lost_acked", "equals": 0, "only": ["after"]}
  ]
}
)json";

constexpr std::string_view kGuard = R"json({
  "format": 1,
  "id": "guard",
  "title": {"en": "Our settings survive one broker"},
  "summary": {"en": "For a pipeline: put your own settings here, run it with many seeds, let it fail the build."},
  "kafka": "4.1",
  "cluster": {
    "metadata": "kraft",
    "controllers": 3,
    "brokers": 3,
    "config": {"min.insync.replicas": 2, "unclean.leader.election.enable": false}
  },
  "topics": [{"name": "orders", "partitions": 6, "replication_factor": 3}],
  "clients": [
    {"id": "shop", "kind": "producer", "topic": "orders", "rate": "40/s", "keys": "customer:50", "config": {"delivery.timeout.ms": 120000}},
    {"id": "billing", "kind": "consumer", "topics": ["orders"], "commit": "sync_after", "config": {"group.id": "billing", "auto.offset.reset": "earliest"}}
  ],
  "steps": [
    {"at": "10s", "do": "power_off", "node": "leader:orders-0"},
    {"at": "40s", "do": "restart", "node": "broker-1"},
    {"at": "40s", "do": "restart", "node": "broker-2"},
    {"at": "40s", "do": "restart", "node": "broker-3"}
  ],
  "until": "90s",
  "expect": [
    {"path": "/ledger/lost_acked", "equals": 0},
    {"path": "/clients/shop/failed", "equals": 0},
    {"path": "/ledger/skipped", "equals": 0},
    {"path": "/invariants", "size": 0},
    {"path": "/groups/billing/state", "equals": "Stable", "within": "30s"}
  ]
}
)json";

constexpr std::string_view kEmpty = R"json({
  "format": 1,
  "id": "new-cluster",
  "title": "@empty_title",
  "kafka": "4.1",
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
  "steps": [{"at": "0s", "say": "@say_empty", "view": {"panels": ["stage", "partitions", "timeline"]}}],
  "until": "10m"
}
)json";

constexpr Template kTemplates[] = {
    {"minimal", "the smallest world worth watching", kMinimal},
    {"lesson", "narration in two languages, a question, a learner's step, something to try", kLesson},
    {"incident", "an outage told again: the cluster as it was, the faults in their order", kIncident},
    {"before-after", "one change under the same faults, as two variants", kBeforeAfter},
    {"guard", "what must hold of your settings, for a build pipeline", kGuard},
    {"empty", "brokers alone, to build a cluster by hand", kEmpty},
};

constexpr std::pair<std::string_view, words::Key> kTexts[] = {{"\"@title\"", "template.title"_w},
                                                              {"\"@summary\"", "template.summary"_w},
                                                              {"\"@say_before\"", "template.say_before"_w},
                                                              {"\"@question\"", "template.question"_w},
                                                              {"\"@choice_isr\"", "template.choice_isr"_w},
                                                              {"\"@choice_data\"", "template.choice_data"_w},
                                                              {"\"@why\"", "template.why"_w},
                                                              {"\"@hint\"", "template.hint"_w},
                                                              {"\"@say_after\"", "template.say_after"_w},
                                                              {"\"@try\"", "template.try"_w},
                                                              {"\"@empty_title\"", "ui.empty_cluster"_w},
                                                              {"\"@say_empty\"", "template.say_empty"_w}};

}  // namespace

std::span<const Template> templates() { return kTemplates; }

const Template* find_template(std::string_view name) {
  for (const Template& t : kTemplates) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

std::string text_of(const Template& one) {
  std::string text(one.text);
  for (const auto& [mark, key] : kTexts)
    if (const std::size_t at = text.find(mark); at != std::string::npos)
      text.replace(at, mark.size(),
                   fmt::format(R"({{"en": "{}", "ko": "{}"}})", words::text(words::Lang::En, key),
                               words::text(words::Lang::Ko, key)));
  return text;
}

std::string empty_cluster(std::string_view chosen) {
  auto file = nlohmann::ordered_json::parse(text_of(*find_template("empty")));
  file.update(nlohmann::ordered_json::parse(chosen));
  return file.dump(2) + "\n";
}

}  // namespace kafkascope::scenario
