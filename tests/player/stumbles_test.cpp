// What people who used the dashboard stumbled over: a count without records that W did not know, a lesson that its own subject did not find.
#include <algorithm>

#include "observe/why/why.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::make_id;

TEST_CASE("a count of a table outside Kafka can be clicked: W, the button and the command line answer the same") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("delivery/at-least-once", 20'000'000, layout, 1600, 1000);
    if (layout == Layout::Workbench) w.h.dashboard.state().choose(ui::Tab::Ledger);
    w.frames(2);
    w.key(ui::kKeyW);  // the step's ring is around it
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
    w.key(ui::kKeyEscape);
    w.click(make_id("node", 1));  // chosen before
    REQUIRE(w.click(make_id("sink /sinks/plain/repeated")));
    ui::clean(w.h);
    w.key(ui::kKeyW);
    REQUIRE(w.player.log().why.open);
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
    const auto answer = observe::why(w.player.session().moment(), "/sinks/plain/repeated");
    REQUIRE(answer);
    CHECK(w.player.log().why.question.en == answer->question.en);
    w.key(ui::kKeyEscape);
    REQUIRE(w.click(make_id("why /sinks/plain/repeated")));
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
  }
}
