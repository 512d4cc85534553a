// An empty cluster, and the work from before the program last ended.
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::ui;

TEST_CASE("an empty cluster opens from the list of lessons and from Find") {
  Headless h;
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  h.settle();
  h.key(kKeyL);
  h.settle();
  CHECK(h.click(make_id("empty cluster")));
  CHECK(h.emitted(ActionKind::NewCluster));
  CHECK_FALSE(h.dashboard.state().lessons_open);
  h.actions();
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
  h.type("empty cluster");
  h.settle();
  h.enter();
  CHECK(h.emitted(ActionKind::NewCluster));
}

TEST_CASE("the session from before the program ended is offered once, and can be declined") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.state().kept = {3, {"A leader dies", "리더가 죽으면"}};
    h.settle();
    CHECK(shows(h, tr(lang, "ui.restore"_w)));
    clean(h);
    h.actions();
    h.key(kKeyEnter);
    CHECK(h.emitted(ActionKind::RestoreKept));
    h.actions();
    CHECK(h.click(make_id("not now")));
    h.settle();
    CHECK_FALSE(shows(h, tr(lang, "ui.restore"_w)));
    h.key(kKeyEnter);
    CHECK_FALSE(h.emitted(ActionKind::RestoreKept));
  }
}
