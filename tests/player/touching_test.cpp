// Words, buttons and signs that once touched one another.
#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::make_id;

TEST_CASE("a row of replicas in two low worlds keeps its text off its frame") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("producer/acks", 12'000'000, Layout::Workbench, 1280, 720);
    w.h.dashboard.set_language(lang);
    Action open = open_twin("path");
    open.target = "clients/acks-0/config/acks";
    open.other = "all";
    w.player.act(open);
    w.frames(8);
    REQUIRE(w.twin().ready);
    REQUIRE_FALSE(w.twin().dial.empty());
    ui::clean(w.h);
  }
}

TEST_CASE("in the inspector the buttons of a producer's rate and of its first setting stand apart") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
      PlayerWindow w("why/batching", 9'000'000, Layout::Workbench, width, height);
      w.h.dashboard.set_language(lang);
      w.player.act(open_twin("try"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      Action select = action(ActionKind::Select);
      select.target = "linger-50";
      w.h.dashboard.state().selection = "linger-50";
      w.player.act(select);
      w.frames();
      if (w.h.dashboard.hits().find(make_id("inspector")).empty()) w.key(ui::kKeyI);
      std::size_t both = 0;
      for (int turn = 0; turn < 20; ++turn) {
        const ui::Rect inspector = w.h.dashboard.hits().find(make_id("inspector"));
        REQUIRE_FALSE(inspector.empty());
        w.h.move(inspector.cx(), inspector.cy());
        if (turn > 0) w.h.wheel(-1);
        w.frames();
        both += !w.h.dashboard.hits().find(make_id("rate beside")).empty() && w.marks("beside") > 1;
        CHECK(ui::touching_buttons(w.h.dashboard.diagnostics()).empty());
      }
      CHECK(both > 0);
    }
}

TEST_CASE("the words about two sessions that have run out stand apart, and a badge covers no rack's name") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
      for (const std::int64_t at_us : {13'100'000, 13'400'000, 13'550'000, 13'800'000}) {
        PlayerWindow w("replication/rack-loss", at_us, layout, 1280, 720);
        w.h.dashboard.set_language(lang);
        CAPTURE(at_us);
        w.frames();
        ui::clean(w.h);
      }
}
