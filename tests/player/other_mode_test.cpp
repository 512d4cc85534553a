// The other metadata mode: what a lesson offers runs there, and where nothing can be offered another lesson is named.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "player/helpers.h"
#include "player/window.h"
#include "scenario/other_mode.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

using cluster::MetadataKind;

std::vector<std::string> all_lessons() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(source_root() + "/scenarios"))
    if (file.path().extension() == ".json")
      names.push_back(file.path().parent_path().filename().string() + "/" + file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

scenario::Loaded load_in_mode(const std::string& text, bool zookeeper) {
  return scenario::load(text, {.set = scenario::in_mode(text, {}, zookeeper)});
}

/// The file of the lesson with that id.
std::string file_of(const std::vector<std::string>& lessons, const std::string& id) {
  for (const std::string& name : lessons)
    if (name.ends_with("/" + id)) return name;
  return {};
}

}  // namespace

TEST_CASE(
    "each lesson runs in the other metadata mode, or a variant of it or another lesson shows what happens there") {
  const std::vector<std::string> lessons = all_lessons();
  REQUIRE(lessons.size() > 80);
  int run = 0;
  for (const std::string& name : lessons) {
    CAPTURE(name);
    const std::string text = text_of(name);
    const ScenarioPtr lesson = parse(text);
    const bool to_zookeeper = lesson->cluster.metadata != MetadataKind::ZooKeeper;
    Player player(lesson, "x", text);
    player.tick(0);
    const ui::LessonModel& model = player.lesson();
    REQUIRE(model.twin_offers != nullptr);
    const bool offered = std::any_of(model.twin_offers->begin(), model.twin_offers->end(),
                                     [](const ui::TwinOffer& offer) { return offer.door == "mode"; });
    CHECK(offered == model.runs_in_other_mode);
    // The same as on the command line, unless the file names another lesson.
    CHECK(offered == (lesson->in_other_mode.empty() && load_in_mode(text, to_zookeeper).ok()));
    if (offered) {
      player.act(open_twin("mode"));
      CHECK(player.lesson().twin.open);
      ++run;
      continue;
    }
    const bool variant =
        std::any_of(lesson->variants.begin(), lesson->variants.end(), [&](const scenario::Variant& one) {
          return parse(text, one.id)->cluster.metadata != lesson->cluster.metadata;
        });
    if (variant) continue;
    const std::size_t slash = model.in_other_mode.find('/');
    const std::string other = file_of(lessons, model.in_other_mode.substr(0, slash));
    REQUIRE_FALSE(other.empty());
    const std::string shows = text_of(other);
    CHECK(model.in_other_mode_us >= 0);
    CHECK(model.in_other_mode_us < scenario::Session(parse(shows)).until().us);
    if (slash != std::string::npos) {
      const ScenarioPtr of_variant = parse(shows, model.in_other_mode.substr(slash + 1));
      REQUIRE(of_variant != nullptr);
      CHECK(of_variant->cluster.metadata != lesson->cluster.metadata);
      continue;
    }
    CHECK((parse(shows)->cluster.metadata != lesson->cluster.metadata || load_in_mode(shows, to_zookeeper).ok()));
  }
  CHECK(run > 70);
}

TEST_CASE(
    "what is not part of the run does not keep a file from the other mode, and a setting has its counterpart there") {
  const std::string text = R"({"format": 1, "until": "9s", "kafka": "4.1",
    "cluster": {"metadata": "kraft", "controllers": 3, "brokers": 3, "config": {"broker.session.timeout.ms": 6000,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users": "User:admin"}},
    "topics": [{"name": "orders"}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "1/s",
                 "config": {"socket.connection.setup.timeout.ms": 5000}}],
    "steps": [
      {"at": "1s", "view": {"point": ["controller-2", "broker-1"], "panels": ["stage"]}, "point": "controller-1",
       "say": {"en": "Look."}},
      {"at": "2s", "do": "partition", "from": ["broker-1"], "to": ["broker-2", "controller-1", "controller-3"]}],
    "expect": [{"path": "/cluster/quorum/voters/3000/state", "equals": "Leader"}],
    "try": [{"text": {"en": "Crash controller-1"}, "do": [{"at": "3s", "do": "crash", "node": "controller-1"}]}]})";
  const scenario::Loaded loaded = load_in_mode(text, true);
  for (const scenario::Problem& p : loaded.problems) MESSAGE(scenario::format(p, "file"));
  REQUIRE(loaded.ok());
  const cluster::ClusterSpec& spec = loaded.scenario->cluster;
  CHECK(spec.metadata == MetadataKind::ZooKeeper);
  CHECK(spec.config.number("zookeeper.session.timeout.ms") == 6000);
  CHECK(spec.config.text("authorizer.class.name") == "kafka.security.authorizer.AclAuthorizer");
  REQUIRE(loaded.scenario->steps.size() == 2);
  CHECK(loaded.scenario->steps[0].view->panels == std::vector<std::string>{"stage"});
  // A step about a controller is part of the run.
  const std::string crash = R"({"format": 1, "until": "9s", "cluster": {"metadata": "kraft", "brokers": 3},
    "steps": [{"at": "1s", "do": "crash", "node": "controller-1"}]})";
  CHECK_FALSE(load_in_mode(crash, true).ok());
  // As many servers as the file has in its own mode: a node cut off from the only controller is cut off from all of ZooKeeper.
  const std::string cut =
      R"({"format": 1, "until": "9s", "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 2},
    "steps": [{"at": "1s", "do": "partition", "from": ["broker-2"], "to": ["controller-1"]}]})";
  const scenario::Loaded alone = load_in_mode(cut, true);
  REQUIRE(alone.ok());
  CHECK(alone.scenario->cluster.zookeepers == 1);
}

TEST_CASE("in the other mode the counterparts that a file names take the part of nodes that the mode lacks") {
  const auto load_with = [](const std::string& counterparts, bool zookeeper) {
    return load_in_mode(R"({"format": 1, "until": "20s",
      "cluster": {"metadata": "kraft", "controllers": 5, "brokers": 3}, "counterparts": )" +
                            counterparts + R"(,
      "steps": [{"at": "1s", "do": "crash", "node": "controller-1"},
        {"when": {"path": "/cluster/quorum/voters/3000/state", "not": "Leader"}, "timeout": "6s", "say": {"en": "Gone."}},
        {"at": "9s", "do": "restart", "node": "controller-1"}]})",
                        zookeeper);
  };
  const scenario::Loaded servers = load_with(R"({"controller-1": "zookeeper-1"})", true);
  for (const scenario::Problem& p : servers.problems) MESSAGE(scenario::format(p, "file"));
  REQUIRE(servers.ok());
  CHECK(servers.scenario->cluster.zookeepers == 5);
  scenario::Session session(std::make_shared<const scenario::Scenario>(*servers.scenario));
  session.run_until(sim::Instant{8'000'000});
  CHECK(session.cluster().alive(session.cluster().find("zookeeper-2")));
  CHECK_FALSE(session.cluster().alive(session.cluster().find("zookeeper-1")));
  // A condition on what the mode lacks is not asked there: the step comes when its time is up, 6 s after the act.
  CHECK(session.step_results()[1].happened);
  CHECK(session.step_results()[1].at.us == 7'000'000);
  session.run_until(sim::Instant{10'000'000});
  CHECK(session.cluster().alive(session.cluster().find("zookeeper-1")));
  CHECK(load_with(R"({"controller-1": "broker-2"})", true).ok());
  CHECK_FALSE(load_with(R"({"controller-2": "broker-2"})", true).ok());
  CHECK_FALSE(load_with(R"({"controller-1": "broker-9"})", true).ok());
}

TEST_CASE("the failures of controllers are shown beside ZooKeeper, where their counterparts fail") {
  struct Lesson {
    const char* name;
    const char* counterpart;
    std::int64_t at_us;
  };
  for (const Lesson& lesson : {Lesson{"controller/kraft-failover", "broker-1", 6'000'000},
                               {"controller/kraft-quorum-loss", "zookeeper-2", 5'000'000},
                               {"controller/kraft-quorum-loss", "zookeeper-3", 5'000'000},
                               {"operations/what-the-graphs-show", "controller", 131'000'000}}) {
    CAPTURE(lesson.name);
    const std::string text = text_of(lesson.name);
    const scenario::Loaded other = load_in_mode(text, true);
    REQUIRE(other.ok());
    scenario::Session session(std::make_shared<const scenario::Scenario>(*other.scenario));
    session.run_until(sim::Instant{lesson.at_us});
    const cluster::Cluster& c = session.cluster();
    const std::string counterpart = lesson.counterpart;
    const auto fails = [&](const auto& node) {
      const bool is_it =
          counterpart == "controller" ? node.kind == cluster::NodeKind::Broker : node.name == counterpart;
      return is_it && !c.alive(c.find(node.name));
    };
    CHECK(std::any_of(c.nodes().begin(), c.nodes().end(), fails));
  }
}

TEST_CASE("of a lesson about share groups V and a digit say why it has no other mode, and the lesson stays open") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("groups/share-group", 2'000'000, ui::Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.h.dashboard.set_lessons({{"one-to-many", "basics", {"One topic, many readers", "한 토픽, 여러 독자"}}});
    w.frames();
    const std::string why =
        lang == ui::Lang::En ? "share groups need KRaft (KIP-932)" : "셰어 그룹은 KRaft에서만 쓸 수 있어요(KIP-932)";
    w.h.key(ui::kKeyV);
    CHECK(ui::says(w.h, why));
    CHECK(ui::shows(w.h, lang == ui::Lang::En ? "One topic, many readers" : "한 토픽, 여러 독자"));
    ui::clean(w.h);
    w.h.actions();
    const int row = static_cast<int>(w.player.lesson().variants.size());
    w.h.key(ui::kKey1 + row);
    w.h.settle();
    const std::vector<Action> done = w.h.actions();
    for (const Action& a : done) {
      CHECK(a.kind != ActionKind::OpenLesson);
      w.player.act(a);
    }
    const auto notices = w.player.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(ui::pick(lang, notices[0].words).find(why) != std::string::npos);
    CHECK_FALSE(w.twin().open);
    // The lesson that shows more has a row of its own.
    w.h.key(ui::kKeyV);
    w.h.settle();
    w.h.key(ui::kKey1 + row + 1);
    w.h.settle();
    CHECK(w.h.take(ActionKind::OpenLesson).text == "one-to-many");
  }
}
