// A newcomer's first minutes in the window: keys do what they promise, and texts do not overlap.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/strip.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("Esc neither skips an open question nor lets the world run on") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Scene scene : {Scene::Ask, Scene::Votes}) {
      Headless h;
      h.dashboard.set_layout(layout);
      h.show(Moment::Before, scene);
      h.settle();
      h.key(kKeyF1);
      REQUIRE(h.dashboard.state().help_open);
      h.key(kKeyEscape);
      CHECK_FALSE(h.dashboard.state().help_open);  // the topmost layer closes first
      h.key(kKeyEscape);
      h.key(kKeyEscape);
      CHECK_FALSE(h.emitted(ActionKind::SkipQuestion));
      h.dashboard.state().help_open = true;
      CHECK(says(h, "questions stay"));
      clean(h);
      h.dashboard.set_language(Lang::Ko);
      CHECK(says(h, "질문은 그대로"));
      clean(h);
    }
}

TEST_CASE("the presenter's question has its step's title") {
  for (const Scene scene : {Scene::Ask, Scene::Votes})
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}, {1024.f, 768.f}})
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        Headless h;
        h.dashboard.set_layout(Layout::Presenter);
        h.dashboard.set_language(lang);
        h.size(w, height);
        h.show(Moment::Before, scene);
        CHECK(says(h, lang == Lang::En ? "Before it happens" : "일어나기 전에"));
        CHECK(shows(h, lang == Lang::En ? "Point at the broker" : "다음 리더가 될"));
        clean(h);
      }
}

TEST_CASE("after a detour C acts on the node that is still framed") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  h.dashboard.state().selection = "broker-2";
  h.lesson.detour.active = true;
  h.settle();
  h.lesson.detour.active = false;
  h.settle();
  REQUIRE(h.dashboard.state().selection == "broker-2");
  h.actions();
  h.key(kKeyC);
  const Action crash = h.take(ActionKind::Fault);
  CHECK(crash.kind == ActionKind::Fault);
  CHECK(crash.target == "broker-2");
  h.settle();
  CHECK_FALSE(shows(h, "Click a node first"));
}

TEST_CASE("C does not act on a node that was selected more than ten seconds ago, and a notice says so") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  h.dashboard.state().selection = "broker-2";
  h.dashboard.state().selected_wall = -1e9;
  h.key(kKeyC);
  h.settle();
  CHECK(shows(h, "the keys act on it for 10 s"));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  clean(h);
}

TEST_CASE(
    "the timeline's lane of a partition with a long topic name shows the partition's number and the lane's meaning") {
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}}) {
    Headless h;
    h.dashboard.set_layout(Layout::Workbench);
    h.size(w, height);
    h.show(Moment::Elected, Scene::Held);
    h.time.watermark_partition = "com.example.shop.checkout.payments-11";
    h.dashboard.state().tab = h.dashboard.state().lower_tab = Tab::Timeline;
    h.dashboard.state().tab_chosen = true;
    CHECK(says(h, "HW, LEO"));
    CHECK(shows(h, "…-11"));
    clean(h);
    h.time.watermark_partition = "orders-0";
    for (auto& client : h.world.clients) client.assigned.clear();  // cards shorten names, too
    CHECK(says(h, "HW, LEO"));
    CHECK_FALSE(shows(h, "…-0"));  // the full name has room
    clean(h);
  }
}

TEST_CASE("a group's lag is not drawn over the number of its dead members") {
  for (const std::int64_t lag : {12, 1234567})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.size(1920, 1080);
      h.show(Moment::Before, Scene::First);
      Group& g = h.world.groups[0];
      g.lag = lag;
      for (const GroupMember& m : g.members) {
        h.world.nodes[static_cast<std::size_t>(m.node)].state = NodeState::Killed;
        break;
      }
      CHECK(says(h, lang == Lang::En ? "1 dead" : "죽음 1"));
      if (lag == 12) CHECK(shows(h, lang == Lang::En ? "commit lag 12" : "lag 12"));
      clean(h);
      h.size(1280, 720);
      clean(h);
    }
}

TEST_CASE("during a detour no text says that an open prediction waits for its answer") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.show(Moment::Elected, Scene::Differed);
    h.lesson.question.phase = QuestionPhase::Predicted;
    CHECK(says(h, lang == Lang::En ? "You took another path." : "다른 길로 왔어요."));
    h.lesson.question.outcome = {};
    CHECK(says(h, lang == Lang::En ? "We will see." : "곧 알게 돼요."));
    clean(h);
  }
}

TEST_CASE("offset 0 is visible in every window if the cells of the whole log fit") {
  Partition part;
  part.name = "orders-0";
  part.high_watermark = part.log_end_offset = 8;
  ReplicaLog log;
  log.broker = 1;
  log.log_end_offset = log.high_watermark = 8;
  part.logs.push_back(log);
  for (float room = 700; room < 1200; room += 1) {
    StripStyle style;
    style.tail_cells = 7;
    style.cell_w = room / static_cast<float>(8 + style.tail_cells) - 2;
    const StripPlan plan = plan_strips(part, room - static_cast<float>(style.tail_cells) * (style.cell_w + 2), style);
    CAPTURE(room);
    REQUIRE(plan.segments.size() == 1);
    CHECK(plan.segments[0].from == 0);
  }
}
