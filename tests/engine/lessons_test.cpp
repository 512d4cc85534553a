// Every lesson and every story: they hold, and one (file, seed) is one run, even if it is watched, interrupted or replayed.
#include <doctest/doctest.h>

#include "observe/model/snapshot_builder.h"
#include "observe/time/timeline.h"
#include "scenario/write.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::HandCommand;
using scenario::Session;
using Timeline = observe::Timeline<Session, std::vector<HandCommand>>;

namespace {

std::string why_not(const Session& session) {
  std::string out;
  for (std::size_t i = 0; i < session.step_results().size(); ++i)
    if (const auto& step = session.step_results()[i]; !step.ok)
      out += "\n  step " + std::to_string(i) + ": " + scenario::told(step, words::Lang::En);
  for (std::size_t i = 0; i < session.expectation_results().size(); ++i) {
    const auto& result = session.expectation_results()[i];
    if (result.decided && !result.ok)
      out += "\n  " + session.scenario().expect[i].path + ": seen " + words::render(words::Lang::En, result.seen);
  }
  for (const auto& violation : session.observation().invariants().violations())
    out += "\n  " + violation.name + ": " + words::render(words::Lang::En, violation.told());
  if (session.cluster().faulted()) out += "\n  engine fault";
  return out;
}

void crash_or_restart(Session& session, cluster::Verb verb, const std::string& node) {
  cluster::Command command;
  command.verb = verb;
  command.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, node, {}};
  session.command(command);
}

/// Runs to the end, and builds the dashboard's data at some moments on the way.
void run_watched(Session& session) {
  constexpr int kMoments = 12;
  for (int i = 1; i <= kMoments; ++i) {
    session.run_until(sim::Instant{session.until().us / kMoments * i});
    observe::SnapshotOptions options;
    options.selected = session.cluster().nodes().back().name;
    const observe::Snapshot shown = observe::snapshot(session.moment(), options);
    for (const observe::Partition& p : shown.partitions) CHECK(p.logs.size() == p.replicas.size());
  }
  session.run_to_end();
}

std::string some_broker(const Session& session) {
  return cluster::broker_name(session.scenario().cluster.brokers.front().id);
}

}  // namespace

TEST_CASE("the expectations of every lesson hold in all its variants, and no invariant is broken") {
  for_each_lesson(
      [](const File&, auto scenario, const std::string&) {
        Session session(scenario);
        run_watched(session);
        CHECK_MESSAGE(session.ok(), why_not(session));
        CHECK(session.observation().invariants().violations().empty());
      },
      kThird);
}

TEST_CASE("the expectations of every story hold") {
  // tests/stories: failures of Kafka, before and after its fixes, and the smallest cases of failures that the swarm has
  // found.
  const std::vector<File> files = files_below("tests/stories");
  for (std::size_t i = 0; i < files.size(); i += kThird)
    for (const std::string& variant : files[i].variants) {
      CAPTURE(files[i].name);
      CAPTURE(variant);
      Session session(loaded(files[i].text, variant));
      run_watched(session);
      CHECK_MESSAGE(session.ok(), why_not(session));
    }
}

TEST_CASE("a run has the same hash when it is repeated, with a stored trace or without, in steps or at once") {
  for_each_lesson(
      [](const File&, auto scenario, const std::string&) {
        Session once(scenario), again(scenario), stored(scenario, true), stepped(scenario);
        once.run_to_end();
        again.run_to_end();
        stored.run_to_end();
        for (sim::Instant t{0}; t < stepped.until(); t = t + sim::microseconds(123'457)) {
          stepped.run_until(t);
          if (t.us % 7 == 0) Session(stepped).run_until(t + sim::milliseconds(300));  // a copy continues independently
        }
        stepped.run_to_end();
        CHECK_FALSE(once.final_hash().empty());
        CHECK(again.final_hash() == once.final_hash());
        CHECK(stored.final_hash() == once.final_hash());
        CHECK(stepped.final_hash() == once.final_hash());
        CHECK(stepped.events() == once.events());
      },
      kSome);
}

TEST_CASE("after undo a run has the same hash as if the command had never been given") {
  for_each_lesson(
      [](const File&, auto scenario, const std::string&) {
        const std::int64_t until = scenario->cluster.until.us;
        Session straight(scenario);
        straight.run_until({until / 3});
        Timeline timeline{Session(scenario)};
        timeline.seek({until / 3});
        timeline.branch();
        crash_or_restart(timeline.run(), cluster::Verb::Crash, some_broker(straight));
        const std::int64_t at = timeline.run().hand_commands().back().at.us;
        timeline.seek({until / 2});
        CHECK(timeline.undo());
        CHECK(timeline.run().now().us == at - 1);
        CHECK(timeline.commands().empty());
        Session before(scenario);
        before.run_until({at - 1});
        CHECK(timeline.run().trace_hash() == before.trace_hash());
        CHECK(state(timeline.run()) == state(before));
        timeline.seek({until});
        straight.run_until({until});
        CHECK(timeline.run().trace_hash() == straight.trace_hash());
        CHECK_FALSE(timeline.undo());
      },
      kSome);
}

TEST_CASE("a saved session has the same hash when it is run again") {
  for_each_lesson(
      [](const File& file, auto scenario, const std::string& variant) {
        const std::int64_t until = scenario->cluster.until.us;
        Session session(scenario);
        const std::string broker = some_broker(session);
        session.run_until({until / 5 + 1234});
        crash_or_restart(session, cluster::Verb::Crash, broker);
        session.run_until({until / 5 + 701'777});
        crash_or_restart(session, cluster::Verb::Restart, broker);
        session.run_until({until / 2 + 17});
        crash_or_restart(session, cluster::Verb::Pause, broker);
        crash_or_restart(session, cluster::Verb::Resume, broker);
        crash_or_restart(session, cluster::Verb::PowerOff, broker);
        session.run_until({until / 2 + 3'000'001});
        crash_or_restart(session, cluster::Verb::Restart, broker);
        session.run_to_end();

        scenario::SavedSession saved;
        saved.variant = variant;
        for (const HandCommand& hand : session.hand_commands()) saved.acts.emplace_back(hand.at, hand.command);
        const auto text = scenario::to_json(file.text, saved);
        REQUIRE(text.has_value());
        Session replayed(loaded(*text));
        replayed.run_to_end();
        CHECK(replayed.final_hash() == session.final_hash());
      },
      kSome);
}

TEST_CASE("the example in the description of the format runs and meets its expectations") {
  const std::string document = read_text(source_path("docs/scenario-format.md"));
  const std::size_t begin = document.find("```json\n") + 8;
  Session session(loaded(document.substr(begin, document.find("```", begin) - begin)));
  session.run_to_end();
  CHECK_MESSAGE(session.ok(), why_not(session));
}

TEST_CASE("what a sentence says about a session or an epoch is true as long as the sentence is shown") {
  Session zookeeper(loaded(read_text(source_path("scenarios/controller/zookeeper-vs-kraft.json")), "zk"));
  zookeeper.run_to_end();
  const auto& steps = zookeeper.scenario().steps;
  const auto said = [&](const char* words) {
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const scenario::Step& s) {
      return s.say && s.say->en.find(words) != std::string::npos;
    });
    REQUIRE(step != steps.end());
    return zookeeper.step_results()[static_cast<std::size_t>(step - steps.begin())].at;
  };
  const sim::Instant ends = said("session has ended");
  CHECK(said("session still runs") < ends);
  for (const auto& [at, there] : {std::pair(ends.us - 2, true), {ends.us, false}}) {  // a step follows its condition
    Session run(zookeeper.scenario_ptr());
    run.run_until({at});
    CHECK(observe::state_at(run.moment(), "/zookeeper/brokers/ids/2").has_value() == there);
  }
  // The epoch rises with every transaction, so a sentence about it has no number.
  const auto once = loaded(read_text(source_path("scenarios/delivery/exactly-once.json")));
  for (const scenario::Step& step : once->steps)
    if (step.say && step.say->en.find("epoch") != std::string::npos)
      CHECK(step.say->en.find_first_of("0123456789") == std::string::npos);
}
