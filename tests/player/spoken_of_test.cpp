// What a lesson speaks of is on the screen in front of people, what a card says is named, and nothing of it is cut.
#include <algorithm>

#include "observe/why/origins.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::shows;

namespace {

constexpr std::pair<float, float> kSizes[] = {{1280.f, 720.f}, {1600.f, 900.f}};

struct InFront : PlayerWindow {
  InFront(const char* lesson, std::int64_t at_us, Lang lang, std::pair<float, float> size)
      : PlayerWindow(lesson, at_us, Layout::Presenter, size.first, size.second) {
    h.dashboard.set_language(lang);
    frames(3);
  }
};

}  // namespace

TEST_CASE("presenting: a question about a log leaves the log on the screen") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {kSizes[0], kSizes[1], {1920.f, 1080.f}, {1024.f, 768.f}}) {
      InFront w("log/compaction", 14'000'000, lang, size);
      CAPTURE(static_cast<int>(lang));
      CAPTURE(size.first);
      REQUIRE(w.player.lesson().question.phase == ui::QuestionPhase::Open);
      CHECK(shows(w.h, "HW "));
      CHECK(shows(w.h, "kim"));
      CHECK(shows(w.h, "log.cleaner.backoff.ms"));
      ui::clean(w.h);
    }
}

TEST_CASE("presenting: a question that was passed over keeps its choices as long as its words are shown") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const bool voting : {false, true}) {
      InFront w("groups/rebalance-eager", 13'000'000, lang, kSizes[0]);
      if (voting) {
        Action present = action(ActionKind::SetLayout);
        present.text = "presenter";
        w.player.act(present);
      }
      w.player.act(action(ActionKind::SkipQuestion));
      w.player.seek(sim::Instant{14'000'000});
      w.frames(3);
      const ui::Question& q = w.player.lesson().question;
      REQUIRE(q.phase == ui::QuestionPhase::Passed);
      REQUIRE(q.choices.size() == 3);
      for (const ui::Choice& choice : q.choices) CHECK(shows(w.h, ui::pick(lang, choice.text)));
      CHECK(shows(w.h, "billing"));  // the group that the step shows
      ui::clean(w.h);
      // They can be read, not clicked.
      CHECK(w.h.dashboard.hits().find(ui::make_id("choice", 0)).empty());
      w.player.seek(sim::Instant{16'000'000});
      w.frames(3);
      for (const ui::Choice& choice : q.choices) CHECK_FALSE(shows(w.h, ui::pick(lang, choice.text)));
    }
}

TEST_CASE("presenting: the ISR that a step mentions is written beside the partition") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    InFront w("replication/min-insync", 12'000'000, lang, kSizes[0]);
    CHECK(shows(w.h, "ISR 1, 3"));
    CHECK(shows(w.h, "HW "));
    ui::clean(w.h);
  }
}

TEST_CASE("presenting: a write that the leader refuses is on the screen while the step mentions it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const std::int64_t at : {14'000'000, 15'000'000}) {
      InFront w("delivery/hanging-transaction", at, lang, kSizes[0]);
      CHECK(shows(w.h, "INVALID_PRODUCER_EPOCH"));
      ui::clean(w.h);
    }
    for (const std::int64_t at : {21'000'000, 27'500'000})
      for (const std::pair<float, float>& size : {kSizes[0], kSizes[1], ui::kFourToThree}) {
        CAPTURE(at);
        CAPTURE(size.first);
        InFront w("replication/rack-loss", at, lang, size);
        const auto& pieces = w.h.dashboard.diagnostics().pieces;
        CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) {  // on the stage, not in the narration
          return piece.text == "NOT_ENOUGH_REPLICAS" || piece.text.starts_with("NOT_ENOUGH_REPLICAS, ");
        }));
        ui::clean(w.h);
      }
  }
}

TEST_CASE("the cards of records name their producers if there are several") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : kSizes) {
      InFront w("why/many-to-many", 10'000'000, lang, size);
      const auto& records = w.player.lesson().view.records;
      REQUIRE(records.size() == 3);
      std::vector<std::string> writers;
      for (const auto& record : records) writers.push_back(record.fields.front().value.en);
      CHECK(std::count(writers.begin(), writers.end(), "till") == 1);
      CHECK(ui::marks(w.h, "record card").size() == 3);
      CHECK(shows(w.h, ui::tr(lang, "app.written_by"_w)));
      ui::clean(w.h);
    }
  // One program's records do not need it.
  InFront one("log/compaction", 13'500'000, Lang::En, kSizes[0]);
  CHECK_FALSE(shows(one.h, ui::tr(Lang::En, "app.written_by"_w)));
}

TEST_CASE("an admin client's card says that its call waits") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PlayerWindow w("controller/kraft-quorum-loss", 14'500'000, layout, 1280, 720);
    CHECK(shows(w.h, "1 call waits"));
    w.h.dashboard.set_language(Lang::Ko);
    w.frames(2);
    CHECK(shows(w.h, "응답 없는 호출 1건"));
  }
  PlayerWindow before("controller/kraft-quorum-loss", 2'000'000, Layout::Lesson, 1280, 720);
  CHECK_FALSE(shows(before.h, "call waits"));
}

TEST_CASE("the rate on a producer's line names the producer if there are several") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("operations/slow-disk", 31'101'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames(2);
    int rates = 0;
    for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
      if (piece.text.find(lang == Lang::En ? "requests/s" : "요청 초당") == std::string::npos) continue;
      ++rates;
      CHECK_MESSAGE(piece.text.starts_with("bulk: "), piece.text);
    }
    CHECK(rates > 0);
  }
}

TEST_CASE("a setting's card says Kafka's default in the version that runs, and the selected object's value") {
  struct Row {
    const char *selected, *key, *english, *korean, *here;
  };
  for (const Row& row :
       {Row{"broker-1", "replica.lag.time.max.ms", "default in Kafka 4.1: 30000", "Kafka 4.1의 기본값: 30000",
            "30000 (broker-1)"},
        Row{"pay-0", "min.insync.replicas", "default in Kafka 4.1: 1", "Kafka 4.1의 기본값: 1", "2 (pay-0)"},
        Row{"acks-1", "acks", "default in Kafka 4.1: all", "Kafka 4.1의 기본값: all", "1 (acks-1)"}}) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w("replication/min-insync", 2'000'000, Layout::Lesson, 1280, 720);
      Action select = action(ActionKind::Select);
      select.target = row.selected;
      w.player.act(select);
      w.h.dashboard.set_language(lang);
      w.h.dashboard.state().origin = ui::OriginOf{observe::OriginKind::Config, row.key, {}, ui::Rect{400, 100, 0, 0}};
      w.frames(3);
      CAPTURE(row.key);
      CHECK(shows(w.h, lang == Lang::En ? row.english : row.korean));
      CHECK(shows(w.h, row.here));
      ui::clean(w.h);
    }
  }
}

TEST_CASE("the ledger's columns share their room, so that a long name is not cut while others have room to spare") {
  PlayerWindow w("replication/leader-failover", 20'000'000, Layout::Workbench, 1280, 720);
  w.h.dashboard.set_language(Lang::Ko);
  w.h.dashboard.state().choose(ui::Tab::Ledger);
  w.frames(2);
  w.h.world.ledger.all.before_group = 32;
  w.h.world.ledger.by_group.clear();
  w.h.world.ledger.by_client.clear();
  w.h.settle();
  CHECK(shows(w.h, ui::tr(Lang::Ko, "fate.before_group"_w)));
  ui::clean(w.h);
}

TEST_CASE("presenting: a producer's tray does not touch the edge of a low card") {
  InFront w("operations/hot-partition", 12'000'000, Lang::Ko, kSizes[0]);
  const std::vector<ui::Rect> trays = ui::marks(w.h, "accumulator");
  REQUIRE_FALSE(trays.empty());
  const auto& nodes = w.h.world.nodes;
  const auto fans = std::find_if(nodes.begin(), nodes.end(), [](const auto& n) { return n.name == "fans"; });
  const ui::Rect card =
      w.h.dashboard.hits().find(ui::make_id("node", static_cast<std::uint64_t>(fans - nodes.begin())));
  for (const ui::Rect& tray : trays)
    if (!card.empty() && card.contains(tray.cx(), tray.cy())) CHECK(tray.bottom() < card.bottom() - 3);
  CHECK_FALSE(card.empty());
}

TEST_CASE("presenting two worlds: the sign of a new leader leaves the controller's line free") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    InFront w("controller/zookeeper-vs-kraft", 13'000'000, lang, kSizes[0]);
    for (int i = 0; i < 400 && w.h.dashboard.state().hot.empty(); ++i) {
      w.player.act(seek_to(13'000'000 + i * 20'000));
      w.frames(1);
    }
    REQUIRE_FALSE(w.h.dashboard.state().hot.empty());
    bool signs = false;
    for (const auto& [rect, what] : w.h.dashboard.diagnostics().cards) {
      if (what != "badge") continue;
      signs = true;
      CHECK(rect.w < 170);
    }
    CHECK(signs);
  }
}

namespace {

/// A world with each kind of holder: brokers of which one has another value, topics of the file and of an act, clients.
std::string world_of_values(const char* more_steps = "") {
  return std::string(
             R"({"format": 1, "id": "values", "title": {"en": "Values", "ko": "값"}, "summary": {"en": "Values.", "ko": "값."}, "seed": 1,
  "cluster": {"brokers": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4, "config": {"num.replica.fetchers": 2}}],
              "config": {"replica.lag.time.max.ms": 10000}},
  "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3}],
  "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "2/s", "config": {"acks": 1}},
              {"id": "checkout", "kind": "producer", "topic": "orders", "rate": "2/s"},
              {"id": "admin", "kind": "admin"}],
  "steps": [{"at": "1s", "do": "create_topic", "as": "admin", "topic": "short", "partitions": 1, "replication_factor": 3,
             "config": {"retention.ms": 60000, "min.insync.replicas": 2}})") +
         more_steps + R"(], "until": "6s"})";
}

struct SettingCard {
  ui::Headless h;
  Player player;
  explicit SettingCard(const std::string& text, std::int64_t at_us = 5'000'000) : player(parse(text), "x", text) {
    player.seek(sim::Instant{at_us});
    h.size(1280, 720);
  }
  bool says(const char* setting, const std::string& words, ui::Lang lang = ui::Lang::En) {
    h.dashboard.set_language(lang);
    h.dashboard.state().origin = {observe::OriginKind::Config, setting, {}, {300, 100, 60, 14}};
    for (int i = 0; i < 3; ++i) {
      player.tick(0);
      take_models(h, player);
      h.settle();
      for (const ui::Action& a : h.actions()) player.act(a);
    }
    if (ui::shows(h, words)) return true;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text.starts_with("here:")) MESSAGE(setting << ": " << piece.text);
    return false;
  }
};

}  // namespace

TEST_CASE("with nothing selected a setting's card lists its values and the nodes that have them") {
  SettingCard card(world_of_values());
  CHECK(card.says("replica.lag.time.max.ms", "here: 10000 (broker-1..4)"));
  CHECK(card.says("num.replica.fetchers", "here: 1 (broker-1..3), 2 (broker-4)"));
  CHECK(card.says("acks", "here: 1 (shop), all (checkout)"));
  CHECK(card.says("linger.ms", "here: the default"));
  CHECK(card.says("replica.fetch.wait.max.ms", "here: the default"));
  CHECK(card.says("replica.lag.time.max.ms", "여기서는: 10000 (broker-1..4)", ui::Lang::Ko));
  CHECK(card.says("linger.ms", "여기서는: 기본값", ui::Lang::Ko));
}

TEST_CASE("a setting's card lists values that acts gave to a new topic or changed on a running broker") {
  SettingCard card(world_of_values(
      R"(, {"at": "2s", "do": "configure", "as": "admin", "node": "broker-3", "config": {"num.replica.fetchers": 2}})"));
  CHECK(card.says("retention.ms", "60000 (short)"));
  CHECK(card.says("min.insync.replicas", "here: 1 (broker-1..4), 2 (short)"));
  CHECK(card.says("num.replica.fetchers", "here: 1 (broker-1, broker-2), 2 (broker-3, broker-4)"));
}

TEST_CASE("the card of a setting that no node here uses shows no value") {
  SettingCard card(world_of_values());
  CHECK_FALSE(card.says("session.timeout.ms", "here:"));
}
