// The chain of causes of an answer to "why?" in the log strips and in the event log, beside the answer.
#include <algorithm>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;

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
