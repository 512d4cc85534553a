// Positions on the stage, in lessons whose applications also communicate without Kafka.
#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"
#include "ui/stage/cards.h"
#include "ui/stage/stage_view.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

/// How many points of routes between applications are inside brokers' cards.
int behind_brokers(const observe::Snapshot& world, const ui::StageView& view) {
  const auto broker = [&](int n) { return world.nodes[static_cast<std::size_t>(n)].kind == observe::NodeKind::Broker; };
  int hidden = 0;
  for (const ui::StageWay& w : view.ways) {
    if (broker(w.a) || broker(w.b)) continue;
    for (int i = 0; i <= 200; ++i) {
      const ui::Point at = ui::along(w.route, static_cast<float>(i) / 200);
      for (const ui::StageCard& card : view.cards)
        hidden += broker(card.node) && card.rect.contains(at.x, at.y) ? 1 : 0;
    }
  }
  return hidden;
}

ui::Headless& drawn(ui::Headless& h, const std::string& lesson, std::int64_t at_us,
                    ui::Layout layout = ui::Layout::Lesson) {
  const std::string text = text_of(lesson);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{at_us});
  take_models(h, player);
  h.dashboard.forget_place();
  h.dashboard.set_layout(layout);
  h.settle();
  return h;
}

int pieces(ui::Headless& h, std::string_view text) {
  const auto& all = h.dashboard.diagnostics().pieces;
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& piece) { return piece.text == text; }));
}

}  // namespace

TEST_CASE("no line between applications crosses a broker") {
  for (const char* name : {"why/point-to-point", "why/hub", "why/pub-sub", "why/decoupling"}) {
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    for (const std::int64_t at : {4'000'000, 8'000'000, 12'000'000}) {
      player.seek(sim::Instant{at});
      CAPTURE(name);
      CAPTURE(at);
      CHECK(behind_brokers(player.snapshot(), ui::build_stage_view(player.snapshot())) == 0);
    }
  }
}

TEST_CASE("an unused broker is drawn at the edge of the stage until there is a topic") {
  const std::string text = text_of("why/point-to-point");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  observe::Snapshot world = player.snapshot();
  REQUIRE(world.partitions.empty());
  const auto broker = static_cast<int>(std::find_if(world.nodes.begin(), world.nodes.end(),
                                                    [](const auto& n) { return n.kind == observe::NodeKind::Broker; }) -
                                       world.nodes.begin());
  CHECK(ui::build_stage_view(world).rect(broker)->bottom() < 80);
  world.partitions.emplace_back();
  CHECK(ui::build_stage_view(world).rect(broker)->y > 150);
}

TEST_CASE("each of many groups and other readers has a column, and none is left out or too small") {
  const std::string text = text_of("why/pub-sub");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  const ui::StageView view = ui::build_stage_view(player.snapshot());
  CHECK(view.hidden_clients == 0);
  for (const ui::StageCard& card : view.cards) CHECK(card.rect.h >= 40);
}

TEST_CASE("all members of four groups of three are on the stage") {
  const std::string text = text_of("groups/assignors");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{11'000'000});
  const ui::StageView view = ui::build_stage_view(player.snapshot());
  CHECK(view.hidden_clients == 0);
  CHECK(view.groups.size() == 4);
}

TEST_CASE("a consumer's card is dashed and says that it is not a member yet until its coordinator counts it") {
  // At 0.1 s the group has no coordinator, at 0.3 s no members; later it has three, and c-4 has not started.
  for (const auto layout : {ui::Layout::Lesson, ui::Layout::Presenter})
    for (const auto& at : {std::pair{100'000, 3}, std::pair{300'000, 3}, std::pair{600'000, 0}}) {
      CAPTURE(at.first);
      ui::Headless h;
      h.size(1280, 720);
      drawn(h, "groups/rebalance-eager", at.first, layout);
      CHECK(pieces(h, "not a member yet") == at.second);
      CHECK(pieces(h, "no partition") == 3 - at.second);
      CHECK(pieces(h, "not started yet") == 1);
      const auto& nodes = h.world.nodes;
      CHECK(std::count_if(nodes.begin(), nodes.end(), [](const observe::Node& n) {
              return n.kind == observe::NodeKind::Consumer && ui::node_look(n).dashed;
            }) == at.second + 1);
      ui::clean(h);
    }
}

TEST_CASE("a consumer that assigns itself its partitions is no member and never waits to be one") {
  ui::Headless h;
  h.size(1280, 720);
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "X", "ko": "X"}, "cluster": {"brokers": 1},
    "topics": [{"name": "views", "partitions": 1}],
    "clients": [{"id": "own", "kind": "consumer", "assign": ["views-0"], "config": {"group.id": "viewers"}}],
    "until": "5s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  take_models(h, player);
  h.settle();
  CHECK(pieces(h, "not a member yet") == 0);
  for (const observe::Node& n : h.world.nodes) CHECK_FALSE(n.outside_group);
}

TEST_CASE("brokers of one machine share a frame") {
  ui::Headless h;
  h.size(1280, 720);
  drawn(h, "operations/many-brokers-one-host", 3'000'000);
  CHECK(ui::marks(h, "machine").size() == 1);
}

TEST_CASE("the operator is on the stage once, with the explanation that it is an admin client") {
  ui::Headless h;
  h.size(1280, 720);
  drawn(h, "operations/access-control", 14'000'000);
  CHECK(pieces(h, "operator") == 1);
  CHECK(pieces(h, "admin client") == 1);
}

TEST_CASE("the strip shows values as bytes, and a consumer that cannot read one shows its offset") {
  ui::Headless h;
  h.size(1920, 1080);
  drawn(h, "log/serializers", 4'500'000);
  CHECK(pieces(h, "00 00 00 00 00 00 05 dc") == 1);
  CHECK(pieces(h, "00 00 00 00 00 00 05 dd") == 1);
  drawn(h, "log/serializers", 18'000'000);
  CHECK(pieces(h, "fifteen hundred") == 1);
  CHECK(pieces(h, "stuck at offset 0") == 1);
}

TEST_CASE("the presenter shows metrics in its normal text size and without overlaps") {
  ui::Headless h;
  for (const auto lang : {ui::Lang::En, ui::Lang::Ko}) {
    h.dashboard.set_language(lang);
    for (const auto& [w, high] : {std::pair{1024.f, 768.f}, std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.size(w, high);
      drawn(h, "operations/what-the-graphs-show", 20'000'000, ui::Layout::Presenter);
      const ui::Diagnostics& seen = h.dashboard.diagnostics();
      CHECK(ui::overlapping_texts(seen).empty());
      CHECK(seen.overflows.empty());
      for (const auto& piece : seen.pieces) {
        CAPTURE(piece.text);
        CHECK(piece.rect.h / 0.98f >= high * 0.0245f);
      }
    }
  }
}

TEST_CASE("if a group's partitions do not all fit, those with the largest lag have rows") {
  ui::Headless h;
  h.size(1920, 1080);
  drawn(h, "operations/hot-partition", 25'000'000, ui::Layout::Workbench);
  const observe::Group& group = h.world.groups.at(0);
  const auto most = std::max_element(group.partitions.begin(), group.partitions.end(),
                                     [](const auto& a, const auto& b) { return a.lag < b.lag; });
  CHECK(most->lag == 1003);
  CHECK(pieces(h, "1,003") == 1);
}

TEST_CASE("assignors are compared only in frames that ask for the comparison") {
  const std::string text = text_of("groups/assignors");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{18'000'000});
  const auto compared = [&] {
    int n = 0;
    for (const observe::Group& g : player.snapshot().groups) n += g.assignors.empty() ? 0 : 1;
    return n;
  };
  CHECK(compared() == 0);
  ui::Action ask;
  ask.kind = ui::ActionKind::CompareAssignors;
  player.act(ask);
  CHECK(compared() == 4);  // at once, in the same moment
  player.act(ask);
  player.seek(sim::Instant{19'000'000});
  CHECK(compared() == 4);
  player.seek(sim::Instant{19'500'000});
  CHECK(compared() == 0);
}

TEST_CASE("in a group of the newer protocol the coordinator's two assignors are compared") {
  const std::string text = text_of("groups/new-protocol");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  ui::Action ask;
  ask.kind = ui::ActionKind::CompareAssignors;
  player.act(ask);
  int compared = 0;
  for (const observe::Group& g : player.snapshot().groups) {
    if (g.protocol != "consumer" || g.members.empty()) continue;
    ++compared;
    REQUIRE(g.assignors.size() == 2);
    CHECK(g.assignors[0].name == "uniform");
    CHECK(g.assignors[1].name == "range");
    CHECK(g.assignors[0].used == (g.assignor == "uniform"));
    CHECK(g.assignors[0].used != g.assignors[1].used);
    for (const observe::AssignorPreview& a : g.assignors) {
      std::size_t given = 0;
      for (const std::vector<int>& of : a.partitions) given += of.size();
      CHECK(given == g.partitions.size());  // each partition has one member
      if (a.used) CHECK(a.moves == 0);      // in a stable group the target stays
    }
  }
  CHECK(compared > 0);
}

TEST_CASE("only the assignors that the coordinator is configured with are compared") {
  const std::string text = R"({"format": 1, "id": "ranged", "kafka": "4.1", "seed": 3,
    "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1, "group.consumer.assignors": "range"}},
    "topics": [{"name": "orders", "partitions": 4}],
    "clients": [{"id": "a", "kind": "consumer", "topics": ["orders"],
      "config": {"group.id": "g", "group.protocol": "consumer"}}], "steps": [], "until": "20s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{10'000'000});
  ui::Action ask;
  ask.kind = ui::ActionKind::CompareAssignors;
  player.act(ask);
  REQUIRE(player.snapshot().groups.size() == 1);
  const auto& compared = player.snapshot().groups[0].assignors;
  REQUIRE(compared.size() == 1);
  CHECK(compared[0].name == "range");
  CHECK(compared[0].used);
}

TEST_CASE(
    "while partitions move in a group of the newer protocol, as many are counted as have not reached their member") {
  const std::string text = text_of("groups/new-protocol");
  Player player(parse(text), "x", text);
  ui::Action ask;
  ask.kind = ui::ActionKind::CompareAssignors;
  int moving = 0;
  for (std::int64_t at = 14'000'000; at < 26'000'000; at += 250'000) {
    player.seek(sim::Instant{at});
    player.act(ask);
    for (const observe::Group& g : player.snapshot().groups)
      for (const observe::AssignorPreview& a : g.assignors) {
        int arrows = 0;
        for (std::size_t m = 0; m < g.members.size(); ++m)
          for (const int p : a.partitions[m]) {
            const std::vector<int>& owned = g.members[m].partitions;
            arrows += std::find(owned.begin(), owned.end(), p) == owned.end();
          }
        CHECK(a.moves == arrows);
        moving += a.used && a.moves > 0;
      }
  }
  CHECK(moving > 0);
}

TEST_CASE("at 4:3 in front of people all consumers are shown: of a share group, and beside twelve brokers") {
  struct Shown {
    const char *lesson, *first;
    std::int64_t at_us;
    int count;
  };
  for (const Shown& shown :
       {Shown{"groups/share-group", "s-", 40'000'000, 4}, {"../tests/data/twelve-brokers", "billing-", 6'000'000, 10}})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      PlayerWindow w(shown.lesson, shown.at_us, Layout::Presenter, 1024, 768);
      w.h.dashboard.set_language(lang);
      w.frames();
      ui::clean(w.h);
      const auto& cards = w.h.dashboard.diagnostics().cards;
      for (int i = 1; i <= shown.count; ++i) {
        const std::string name = shown.first + std::to_string(i);
        CHECK_MESSAGE(std::any_of(cards.begin(), cards.end(), [&](const auto& card) { return card.second == name; }),
                      name);
      }
    }
}
