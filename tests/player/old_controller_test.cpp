// How a broker that only believes to be the controller is shown, and the znodes that its session has lost.
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("in front of people a broker that only believes to be the controller says so, or that it is the old one") {
  PlayerWindow w("controller/session-expiry", 29'200'000, Layout::Presenter, 1280, 720);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    w.h.dashboard.set_language(lang);
    w.frames();
    const bool en = lang == ui::Lang::En;
    CHECK((ui::shows(w.h, en ? "believes it is the controller" : "컨트롤러라고 믿음") ||
           ui::shows(w.h, en ? "old controller" : "옛 컨트롤러")));
    ui::clean(w.h);
  }
}

TEST_CASE("a deleted znode is shown with its whole path") {
  PlayerWindow w("controller/session-expiry", 24'600'000, Layout::Lesson, 1280, 720);
  CHECK(ui::shows(w.h, "/brokers/ids/1"));
}
