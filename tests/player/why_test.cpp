// "Why?" in the window: W, a button, the card whose sentences jump, and the highlighted nodes.
#include <algorithm>
#include <functional>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;

namespace {

/// The window over a lesson, as a user operates it: keys and clicks go in, and the program carries out the dashboard's
/// actions.
struct Window {
  explicit Window(const std::string& lesson, std::int64_t at_us, float w = 1280, float h = 720)
      : text(text_of(lesson)), player(parse(text), "x", text) {
    player.seek(sim::Instant{at_us});
    drive.size(w, h);
    drive.dashboard.state().lang = ui::Lang::En;
    drive.dashboard.state().layout = ui::Layout::Workbench;
    frames(3);
  }
  void frames(int n) {
    for (int i = 0; i < n; ++i) {
      take_models(drive, player);
      drive.frame();
      for (const ui::Action& a : drive.actions()) player.act(a);
      for (const ui::Notice& notice : player.take_notices()) said = notice.words.en;
    }
  }
  void key(int key) {
    drive.key(key);
    frames(2);
  }
  void select(const std::string& what) {
    drive.dashboard.state().selection = what;
    Action a = action(ActionKind::Select);
    a.target = what;
    player.act(a);
    frames(2);
  }
  const ui::WhyModel& why() { return player.log().why; }

  std::string text;
  Player player;
  ui::Headless drive;
  std::string said;
};

}  // namespace

TEST_CASE(
    "W asks why about the selected partition, a click on a sentence jumps to its moment, and Esc closes the answer") {
  Window window("replication/leader-failover", 15'000'000);
  window.select("orders-0");
  window.key(ui::kKeyW);
  REQUIRE(window.why().open);
  CHECK(window.why().path == "/partitions/orders-0/isr");  // broker-1 is missing in this ISR
  REQUIRE(window.why().lines.size() == 4);
  CHECK(window.why().lines[0].words.en == "broker-1 crashes; its page cache survives");
  CHECK(window.why().lines[0].words.ko.find("broker-1") != std::string::npos);
  // The lines are highlighted like a chain of causes: on the stage, in the timeline, the strips and the log.
  REQUIRE(window.player.log().chain.size() == 3);
  CHECK(window.player.log().chain[0].seq == window.why().lines[0].seq);
  CHECK(window.drive.click(ui::make_id("why line", 0)));
  window.frames(30);
  CHECK(window.player.now().us == 5'000'000);
  CHECK(window.why().open);
  CHECK(window.drive.dashboard.state().selection == "broker-1");
  window.key(ui::kKeyEscape);
  CHECK_FALSE(window.why().open);
  CHECK(window.player.log().chain.empty());
}

TEST_CASE("an answer keeps its moment when time moves on, and W asks again about now") {
  Window window("replication/isr-shrink-expand", 15'000'000);
  Action ask = action(ActionKind::Why);
  ask.text = "/partitions/orders-0/high_watermark";
  window.player.act(ask);
  window.frames(3);
  const auto shown = [&](const std::string& text) {
    const auto& pieces = window.drive.dashboard.diagnostics().pieces;
    return std::any_of(pieces.begin(), pieces.end(),
                       [&](const auto& piece) { return piece.box == "why" && piece.text == text; });
  };
  CHECK(shown("now"));
  CHECK_FALSE(shown("Ask again now"));
  window.player.seek(sim::Instant{25'000'000});
  window.frames(3);
  REQUIRE(window.why().open);
  CHECK_FALSE(shown("now"));
  CHECK(shown("Ask again now"));
  const std::string before = window.why().lines.back().words.en;
  CHECK(window.why().lines.back().time_us == 15'000'000);
  CHECK(window.drive.click(ui::make_id("why line", window.why().lines.size() - 1)));  // back to its moment
  window.frames(30);
  CHECK(window.player.now().us == 15'000'000);
  CHECK(shown("now"));
  window.player.seek(sim::Instant{25'000'000});
  window.frames(3);
  window.key(ui::kKeyW);
  CHECK(window.why().path == "/partitions/orders-0/high_watermark");
  CHECK(window.why().lines.back().words.en != before);
  CHECK(shown("now"));
}

TEST_CASE("a second W asks the next question about the same thing") {
  Window window("replication/leader-failover", 15'000'000);
  window.select("orders-0");
  window.key(ui::kKeyW);
  const std::string first = window.why().path;
  window.key(ui::kKeyW);
  CHECK(window.why().open);
  CHECK(window.why().path != first);
  CHECK(window.why().path.starts_with("/partitions/orders-0/"));
}

TEST_CASE("W asks a question about a selected broker, consumer, producer, group or controller") {
  Window window("replication/leader-failover", 15'000'000);
  for (const char* what : {"broker-1", "billing-1", "shop", "billing"}) {
    CAPTURE(what);
    window.select(what);
    window.key(ui::kKeyEscape);
    window.select(what);
    window.key(ui::kKeyW);
    CHECK(window.why().open);
    CHECK(window.why().path.find(what) != std::string::npos);
    window.key(ui::kKeyEscape);
  }
  window.select("controller-1");
  window.key(ui::kKeyW);
  CHECK(window.why().path == "/cluster/active_controller");
}

TEST_CASE("Why? can be asked on a record's card, on a number of the ledger and on a chain of causes") {
  Window window("producer/acks", 30'000'000);
  Action fate = action(ActionKind::SelectFate);
  fate.text = "lost_acked";
  window.player.act(fate);
  REQUIRE_FALSE(window.player.log().fate_records.empty());
  Action why = action(ActionKind::Why);
  why.text = "/ledger/lost_acked";
  window.player.act(why);
  CHECK(window.why().open);
  CHECK(window.why().lines.size() == 4);
  window.player.act(action(ActionKind::ClearChain));
  Action sent = action(ActionKind::SelectSent, 293);
  sent.target = "acks-0";
  window.player.act(sent);
  window.frames(2);
  REQUIRE(window.player.log().record_open);
  window.key(ui::kKeyW);
  CHECK(window.why().open);
  CHECK(window.why().path == "/sent/acks-0/293");
  window.key(ui::kKeyEscape);
  const auto& entries = window.player.log().entries;
  const auto died =
      std::find_if(entries.begin(), entries.end(), [](const ui::LogEntry& e) { return e.kind == "leader.elected"; });
  REQUIRE(died != entries.end());
  window.player.act(action(ActionKind::SelectEvent, static_cast<std::int64_t>(died->seq)));
  window.frames(2);
  CHECK_FALSE(window.why().open);
  window.key(ui::kKeyW);
  CHECK(window.why().open);
  CHECK(window.why().path == "/events/" + std::to_string(died->seq));
}

TEST_CASE("W on a controller that has resigned asks why it has resigned, not why it runs") {
  Window window("../tests/stories/quorum-split-brain", 7'000'000);
  window.select("controller-1");
  window.key(ui::kKeyW);
  REQUIRE(window.why().open);
  CHECK(window.why().path == "/cluster/quorum/voters/3000/state");
  CHECK(window.why().question.en == "Why is controller-1 Resigned in the quorum?");
  window.key(ui::kKeyEscape);
  window.select("controller-2");  // a follower: first of all it runs
  window.key(ui::kKeyW);
  CHECK(window.why().path == "/nodes/controller-2/state");
}

TEST_CASE("W gives a notice if there is nothing to ask about, and does nothing while a text field is open") {
  Window window("replication/leader-failover", 15'000'000);
  window.key(ui::kKeySlash);
  REQUIRE(window.drive.dashboard.state().palette_open);
  window.key(ui::kKeyW);
  CHECK_FALSE(window.why().open);
  window.key(ui::kKeyEscape);
  Action nothing = action(ActionKind::Why);
  nothing.target = "nobody";
  window.player.act(nothing);
  window.frames(1);
  CHECK_FALSE(window.why().open);
  CHECK(window.said == "No answer here: click a node, a partition, a group or a record, then press W");
}

TEST_CASE("asking why never changes the run") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{15'000'000});
  Action why = action(ActionKind::Why);
  for (const char* target : {"orders-0", "broker-1", "billing", "shop"}) {
    why.target = target;
    player.act(why);
  }
  player.seek(player.session().until());
  CHECK(player.session().trace_hash() == headless_hash(text));
}

TEST_CASE("the answer to Why? fits in every look") {
  Window window("producer/acks", 30'000'000);
  for (const ui::Look& look : ui::every_look()) {
    take_look(window.drive, look);
    for (const char* path :
         {"/ledger/lost_acked", "/partitions/orders-0/isr", "/partitions/orders-0/leader", "/nodes/broker-1/state"}) {
      Action why = action(ActionKind::Why);
      why.text = path;
      window.player.act(why);
      window.frames(4);
      open_banner(window.drive, look);
      ui::clean(window.drive, path + (", " + name_of(look)));
    }
  }
}

TEST_CASE("W on a consumer that stands still although records wait asks about its position") {
  Window window("replication/isr-shrink-expand", 16'000'000);
  window.select("reader");  // the high watermark has stood still since 7 s
  window.key(ui::kKeyW);
  REQUIRE(window.why().open);
  CHECK(window.why().path == "/clients/reader/positions/orders-0");
}

TEST_CASE("W on a consumer that reads asks why it has its partitions") {
  Window window("replication/isr-shrink-expand", 5'000'000);
  window.select("reader");
  window.key(ui::kKeyW);
  REQUIRE(window.why().open);
  CHECK(window.why().path == "/clients/reader/assignment");
}

// The chain of causes of an answer to "why?" in the log strips and in the event log, beside the answer.
namespace {

struct LitWindow {
  Layout layout;
  float w, h;
};

/// Selects the partition and asks W, with that panel open.
void press_why(PlayerWindow& w, const char* panel, const char* partition) {
  w.h.dashboard.bring_forward(panel);
  w.h.dashboard.state().selection = partition;
  w.frames();
  w.key(ui::kKeyW);
  REQUIRE(w.h.log.why.open);
}

}  // namespace

TEST_CASE("an answer of Why? stands beside the strips, the timeline or the event log, which show its numbers") {
  for (const LitWindow& at : {LitWindow{Layout::Workbench, 1280, 720}, {Layout::Lesson, 1600, 900}})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
      for (const char* panel : {"partitions", "timeline", "log"}) {
        CAPTURE(panel);
        CAPTURE(static_cast<int>(at.layout));
        PlayerWindow w("replication/leader-failover", 15'000'000, at.layout, at.w, at.h);
        w.h.dashboard.set_language(lang);
        press_why(w, panel, "orders-0");
        const ui::Rect answer = w.h.dashboard.hits().find(make_id("why"));
        CHECK(answer.w < at.w * .75f);
        const std::string name = panel;
        const ui::Rect beside = w.h.dashboard.hits().find(make_id(name == "partitions" ? "partitions panel" : panel));
        CHECK(beside.x >= answer.right());
        CHECK(beside.w >= 400);
        ui::clean(w.h);
        if (name == "partitions") CHECK(w.marks("chain numbers in strips") >= 2);
      }
}

TEST_CASE("the strips ring the records that an answer says were cut off, and the mark that it says moved") {
  PlayerWindow w("producer/acks", 26'000'000, Layout::Workbench, 1280, 720);
  w.h.dashboard.bring_forward("partitions");
  Action ask_end = action(ActionKind::Why);
  ask_end.text = "/partitions/orders-0/logs/1/log_end_offset";
  w.player.act(ask_end);
  w.frames();
  const auto& links = w.h.log.chain;
  CHECK(std::any_of(links.begin(), links.end(), [](const ui::ChainLink& link) {
    return link.partition == "orders-0" && link.flag == ui::ChainLink::Flag::None && link.from == 744 && link.to == 757;
  }));
  CHECK(w.marks("chain cut") == 1);
  w.h.dashboard.state().selection = "orders-0";
  Action ask_mark = action(ActionKind::Why);
  ask_mark.text = "/partitions/orders-0/high_watermark";
  w.player.act(ask_mark);
  w.frames();
  const auto& chain = w.h.log.chain;
  const bool moved = std::any_of(chain.begin(), chain.end(), [](const ui::ChainLink& link) {
    return link.flag == ui::ChainLink::Flag::Watermark && link.from >= 0;
  });
  REQUIRE(moved);
  CHECK(w.marks("chain flag") >= 1);
  w.key(ui::kKeyEscape);
  CHECK(w.marks("chain flag") == 0);
  CHECK(w.marks("chain numbers in strips") == 0);
}

TEST_CASE("the event log shows the first row of a chain of causes, and follows the newest row again afterwards") {
  PlayerWindow w("replication/leader-failover", 15'000'000, Layout::Workbench, 1600, 900);
  const auto seen = [&](std::uint64_t seq) { return !w.h.dashboard.hits().find(make_id("log row", seq)).empty(); };
  w.h.dashboard.bring_forward("log");
  w.frames();
  const std::uint64_t newest = w.h.log.entries.back().seq;
  CHECK(seen(newest));
  press_why(w, "log", "orders-0");
  const auto& chain = w.h.log.chain;
  const auto row = std::find_if(chain.begin(), chain.end(), [&](const ui::ChainLink& link) {
    return std::any_of(w.h.log.entries.begin(), w.h.log.entries.end(),
                       [&](const ui::LogEntry& entry) { return entry.seq == link.seq; });
  });
  REQUIRE(row != chain.end());
  CHECK(seen(row->seq));
  w.key(ui::kKeyEscape);
  CHECK(seen(newest));
}
