#include "scenario/templates.h"

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
  "title": {"en": "What this lesson shows", "ko": "이 레슨에서 보는 것"},
  "summary": {"en": "One sentence for the list of lessons.", "ko": "레슨 목록에 나올 한 문장이에요."},
  "track": "replication",
  "minutes": 3,
  "kafka": "4.1",
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3},
  "topics": [
    {"name": "orders", "partitions": 1, "replication_factor": 3, "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2, 3]}}
  ],
  "clients": [{"id": "checkout", "kind": "producer", "topic": "orders", "rate": "5/s", "config": {"acks": "all"}}],
  "steps": [
    {"at": "0s", "id": "before", "say": {"en": "Three replicas, broker 1 leads.", "ko": "복제본이 셋이고 브로커 1이 리더예요."},
     "view": {"panels": ["stage", "partitions"], "select": "orders-0", "hide": ["heartbeat", "metadata"]}},
    {"at": "4s", "ask": {
      "question": {"en": "The leader dies. Who is next?", "ko": "리더가 죽어요. 다음은 누구일까요?"},
      "choices": [
        {"text": {"en": "The next live in-sync replica", "ko": "살아 있는 다음 ISR 멤버"}},
        {"text": {"en": "Whoever has most data", "ko": "데이터가 가장 많은 쪽"}}
      ],
      "answer": 0,
      "why": {"en": "Every in-sync replica has all that was committed.", "ko": "ISR 멤버는 커밋된 것을 모두 가지고 있어요."}}},
    {"at": "5s", "do": "crash", "node": "leader:orders-0", "by": "learner", "hint": {"en": "Broker 1 leads.", "ko": "브로커 1이 리더예요."}},
    {"when": {"path": "/partitions/orders-0/leader", "not": 1}, "timeout": "15s", "id": "after",
     "say": {"en": "Nine seconds of silence, then a new leader.", "ko": "9초 동안 조용하다가 새 리더가 서요."}}
  ],
  "until": "25s",
  "expect": [{"path": "/ledger/lost_acked", "equals": 0}],
  "goal": [{"path": "/partitions/orders-0/leader", "in": [2, 3]}],
  "try": [{"text": {"en": "acks=1: what is lost now?", "ko": "acks=1이면 무엇을 잃을까요?"}, "set": {"clients/checkout/config/acks": "1"}}]
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

constexpr Template kTemplates[] = {
    {"minimal", "the smallest world worth watching", kMinimal},
    {"lesson", "narration in two languages, a question, a learner's step, something to try", kLesson},
    {"incident", "an outage told again: the cluster as it was, the faults in their order", kIncident},
    {"before-after", "one change under the same faults, as two variants", kBeforeAfter},
    {"guard", "what must hold of your settings, for a build pipeline", kGuard},
};

}  // namespace

std::span<const Template> templates() { return kTemplates; }

const Template* find_template(std::string_view name) {
  for (const Template& t : kTemplates) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

}  // namespace kafkascope::scenario
