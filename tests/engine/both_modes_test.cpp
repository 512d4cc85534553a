// One data plane: whatever is not about KRaft itself also holds over ZooKeeper and Kafka 2.5. Every lesson and story runs there in all its
// variants, with the same times and settings. The exceptions are listed below with the reason; they break no invariant either.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "observe/model/state_document.h"
#include "scenario/load.h"
#include "scenario/other_mode.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;

namespace {

/// A file (without folder and extension; "acks/all" is its variant) and a part of the message of its first failure.
struct Difference {
  std::string_view file, what;
};
struct ToldDifferently {
  std::string_view why;
  std::vector<Difference> files;
};
const std::vector<ToldDifferently>& told_differently() {
  static const std::vector<ToldDifferently> all{
#include "engine/both_modes_exempt.inc"
  };
  return all;
}

/// A lesson and a story may have the same name: "lesson disk-full" means only the lesson.
const Difference* difference(const std::string& path, const std::string& variant) {
  const std::string name = std::filesystem::path(path).stem().string() + (variant == "base" ? "" : "/" + variant);
  const std::string lesson = path.starts_with("scenarios/") ? "lesson " + name : name;
  for (const ToldDifferently& group : told_differently())
    for (const Difference& d : group.files)
      if (d.file == name || d.file == lesson) return &d;
  return nullptr;
}

bool says(const protocol::Config& config, std::string_view key) {
  const auto& values = config.explicit_values();
  return std::any_of(values.begin(), values.end(), [&](const auto& v) { return v.first == key; });
}

/// The file over ZooKeeper. Names are replaced by those of that mode; settings whose defaults differ get the value of 4.1.
scenario::Loaded over_zookeeper(const File& file, const std::string& variant) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames{{
      {"controller-1", "zookeeper-1"},  // nodes whose failure does not affect the data plane's brokers
      {"controller-2", "zookeeper-2"},
      {"controller-3", "zookeeper-3"},
      {"controller-4", "zookeeper-4"},
      {"controller-5", "zookeeper-5"},
      {"broker.session.timeout.ms", "zookeeper.session.timeout.ms"},
      {"org.apache.kafka.metadata.authorizer.StandardAuthorizer", "kafka.security.authorizer.AclAuthorizer"},
  }};
  std::string text = file.text;
  for (const auto& [from, to] : kNames)
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);

  const auto kraft = loaded(file.text, variant);
  const cluster::ClusterSpec& spec = kraft->cluster;
  scenario::LoadOptions options{.variant = variant};
  auto& set = options.set;
  set = {{"cluster/controllers", "null"},
         {"cluster/features", "null"},
         {"kafka", "\"2.5\""},
         {"cluster/metadata", "\"zookeeper\""},
         {"cluster/zookeepers", std::to_string(spec.controllers)},
         {"cluster/zookeeper_config", R"({"tickTime": 500})"}};
  if (!says(spec.config, "broker.session.timeout.ms"))
    set.emplace_back("cluster/config/zookeeper.session.timeout.ms", "9000");
  for (const auto& [key, value] : spec.config.explicit_values())
    if (key == "broker.heartbeat.interval.ms" || key.starts_with("controller.quorum."))
      set.emplace_back("cluster/config/" + std::string(key), "null");
  for (const cluster::ClientSpec& client : spec.clients) {
    const std::string config = "clients/" + client.id + "/config/";
    const auto as_in_4_1 = [&](const std::string& key, const std::string& value) {
      if (!says(client.config, key)) set.emplace_back(config + key, value);
    };
    for (const char* key : {"socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.max.ms"})
      if (says(client.config, key)) set.emplace_back(config + key, "null");
    if (client.kind == cluster::ClientKind::Producer || client.kind == cluster::ClientKind::Transform) {
      const std::string acks = client.config.text("acks");
      const bool plain = (acks != "all" && acks != "-1") || client.config.number("retries") == 0;
      as_in_4_1("acks", "\"all\"");
      if (!plain) as_in_4_1("enable.idempotence", "true");
      as_in_4_1("linger.ms", "5");
    }
    if (client.kind == cluster::ClientKind::Consumer || client.kind == cluster::ClientKind::Transform) {
      as_in_4_1("session.timeout.ms", "45000");
      if (says(client.config, "group.id"))
        as_in_4_1(
            "partition.assignment.strategy",
            R"("org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor")");
    }
  }
  return scenario::load(text, options);
}

/// The run's first failure; empty if everything held.
std::string broken(const scenario::Session& session) {
  for (std::size_t i = 0; i < session.step_results().size(); ++i)
    if (const auto& step = session.step_results()[i]; !step.ok)
      return "step " + std::to_string(i) + ": " + scenario::told(step, words::Lang::En);
  for (std::size_t i = 0; i < session.expectation_results().size(); ++i)
    if (const auto& result = session.expectation_results()[i]; result.decided && !result.ok)
      return session.scenario().expect[i].path + ": seen " + words::render(words::Lang::En, result.seen);
  return session.ok() ? "" : "not ok";
}

}  // namespace

TEST_CASE(
    "the expectations of lessons and stories hold over ZooKeeper as over KRaft, except those listed with a reason") {
  int held = 0;
  std::vector<File> files = files_below("scenarios");
  for (File& story : files_below("tests/stories")) files.push_back(std::move(story));
  for (std::size_t i = 0; i < files.size(); i += kSome) {
    const File& file = files[i];
    CAPTURE(file.name);
    for (const std::string& variant : file.variants) {
      CAPTURE(variant);
      if (loaded(file.text, variant)->cluster.metadata == cluster::MetadataKind::ZooKeeper) continue;
      const Difference* known = difference(file.name, variant);
      const auto changed = over_zookeeper(file, variant);
      std::string what;
      if (!changed.ok()) {  // the file uses a feature that 2.5 does not have
        what = scenario::format(changed.problems.front(), file.name);
      } else {
        scenario::Session session(std::make_shared<scenario::Scenario>(*changed.scenario));
        session.run_to_end();
        CHECK_FALSE(session.cluster().faulted());
        for (const auto& violation : session.observation().invariants().violations())
          FAIL_CHECK(violation.name, ": ", words::render(words::Lang::En, violation.told()));
        what = broken(session);
        held += what.empty();
      }
      if (known == nullptr) CHECK_MESSAGE(what.empty(), what);
      else if (what.empty()) FAIL_CHECK("it holds: its reason can go");
      else CHECK_MESSAGE(what.find(known->what) != std::string::npos, what);
    }
  }
  CHECK(held >= static_cast<int>(150 / kSome));
  MESSAGE(held, " variants of lessons and stories hold in both modes");
}

TEST_CASE("with ZooKeeper the broker that writes a rule knows the rule when it answers") {
  // The only broker writes the rule that lets kim read, and kim asks less than 0.1 s after the answer.
  const std::string text = read_text(source_path("scenarios/operations/access-control.json"));
  scenario::Loaded file = scenario::load(text, {.set = scenario::in_mode(text, {}, true)});
  REQUIRE(file.ok());
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*file.scenario)));
  session.run_to_end();
  CHECK(observe::state_at(session.moment(), "/ledger/delivered").value_or(0).get<int>() > 100);
}

TEST_CASE("a lesson whose \"try\" names a controller of KRaft runs with ZooKeeper") {
  for (const char* lesson : {"controller/controller-duties", "replication/one-way-partition"}) {
    CAPTURE(lesson);
    const std::string text = read_text(source_path(std::string("scenarios/") + lesson + ".json"));
    CHECK(scenario::load(text, {.set = scenario::in_mode(text, {}, true)}).ok());
  }
}
