// The oracle of transactions must be able to fail: what is taken away from a run that holds is missed.
#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/transaction_oracle.h"
#include "protocol/facts_of_transactions.h"
#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

namespace {

/// Ten transactions in one epoch. The answer to the marker of one is lost, so that its coordinator sends it again.
constexpr const char* kRepeatedMarker = R"({
  "format": 1,
  "id": "repeated-marker",
  "seed": 1,
  "kafka": "4.1",
  "cluster": {"controllers": 1, "brokers": 3, "features": {"transaction.version": 1}, "config": {"request.timeout.ms": 2000, "transaction.state.log.num.partitions": 1}},
  "topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
  "clients": [
    {"id": "bank", "kind": "producer", "topic": "pay", "rate": "5/s", "count": 20, "transaction": {"records": 2}, "config": {"transactional.id": "bank"}}
  ],
  "steps": [
    {"at": "2.5s", "do": "lose", "from": "leader:pay-0", "to": "transaction-coordinator:bank", "api": "WriteTxnMarkers", "what": "response", "count": 1}
  ],
  "until": "25s"
}
)";

std::vector<test::MarkerAt> markers_of_pay(const scenario::Session& session) {
  std::vector<test::MarkerAt> markers;
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (const auto m = fact_if<fact::TransactionMarkerAppended>(trace[i]))
      markers.push_back({m->partition, m->offset, m->producer_id, m->coordinator_epoch});
  return markers;
}

}  // namespace

TEST_CASE("a missing marker is reported even if another marker was written twice") {
  scenario::Loaded loaded = scenario::load(kRepeatedMarker);
  REQUIRE_MESSAGE(loaded.ok(), (loaded.problems.empty() ? "" : scenario::format(loaded.problems.front(), "repeated")));
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*loaded.scenario)), true);
  session.run_to_end();
  const auto differs = [&](const std::set<test::MarkerAt>& without) {
    return test::differs_from_decisions(session.cluster(), session.observation().trace(), {"pay"}, {}, without);
  };
  CHECK(differs({}) == "");
  const std::vector<test::MarkerAt> markers = markers_of_pay(session);
  CHECK(markers.size() == 11);
  int not_missed = 0;
  for (const test::MarkerAt& marker : markers) not_missed += differs({marker}).empty();
  CHECK(not_missed == 2);  // the repeated one and its repetition
  // Each without the other would be missed.
  std::set<test::MarkerAt> both;
  for (const test::MarkerAt& marker : markers)
    if (differs({marker}).empty()) both.insert(marker);
  CHECK(differs(both) != "");
}
