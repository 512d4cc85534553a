// Courses in the list of lessons, how far the user came, an empty cluster, and what was done before the program last ended.
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::ui;

namespace {

void fill(Headless& h) {
  std::vector<LessonEntry> lessons = {
      {"acks", "producer", {"Acks under a crash", "크래시와 acks"}, {"What acks=1 loses.", "acks=1이 잃는 것."}},
      {"compaction", "log", {"The last value", "마지막 값"}},
      {"segments", "log", {"Segments", "세그먼트"}}};
  for (std::size_t i = 0; i < lessons.size(); ++i) lessons[i].minutes = static_cast<int>(4 + i);
  lessons[0].progress = {4, 9, true};
  lessons[1].progress.finished = true;
  h.dashboard.set_lessons(lessons);
  h.dashboard.state().courses = {
      {{"Two meetings", "두 번의 모임"},
       {{{"What a log keeps", "로그가 남기는 것"}, {"segments", "compaction"}}, {{"Producers", "프로듀서"}, {"acks"}}},
       {}}};
}

}  // namespace

TEST_CASE("the list of lessons follows a course's meetings, says how much is done, and where to continue") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    fill(h);
    h.settle();
    h.key(kKeyL);
    h.settle();
    CHECK(shows(h, tr(lang, "ui.track_producer"_w)));
    CHECK(h.click(make_id("course", 1)));
    h.settle();
    CHECK(shows(h, lang == Lang::Ko ? "1. 로그가 남기는 것" : "1. What a log keeps"));
    CHECK(shows(h, tr(lang, "ui.meeting_note"_w, {{"minutes", "11"}, {"finished", "1"}, {"count", "2"}})));
    CHECK(shows(h, tr(lang, "ui.at_step"_w, {{"step", "5"}, {"steps", "9"}})));
    CHECK(shows(h, tr(lang, "ui.finished"_w)));
    clean(h);
    h.actions();
    h.key(kKeyEnter);
    CHECK(h.take(ActionKind::OpenLesson).text == "segments");  // the meeting's order, not the track's
  }
}

TEST_CASE("Tab turns through the courses; the filter leaves a meeting's count as it is") {
  Headless h;
  fill(h);
  h.settle();
  h.key(kKeyL);
  h.settle();
  h.key(kKeyTab);
  CHECK(h.dashboard.state().course == 0);
  h.type("last");
  h.settle();
  CHECK(shows(h, "11 min · 1 of 2 finished"));
  CHECK_FALSE(shows(h, "2. Producers"));
  h.key(kKeyTab);
  CHECK(h.dashboard.state().course == -1);
  CHECK(h.dashboard.state().lessons_open);
}

TEST_CASE("an empty cluster opens from the list of lessons and from Find") {
  Headless h;
  fill(h);
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

TEST_CASE("what was done before the program ended is offered once, and can be declined") {
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
