// What the delivery stories show: the effects of a root with their moments, a variant's name in a narrow header,
// what a log has lost, inside its frame and clear of the watermark's marks.
#include "ui/looks.h"
#include "ui/panels/panels.h"

using namespace kafkascope::ui;
using namespace kafkascope::ui::fixture;
using kafkascope::observe::LogRun;
using kafkascope::observe::Partition;

namespace {

void lose_the_last(Partition& part, std::int64_t count) {
  for (kafkascope::observe::ReplicaLog& log : part.logs) {
    LogRun run;
    run.base_offset = log.log_end_offset;
    run.last_offset = log.log_end_offset + count - 1;
    run.leader_epoch = -1;
    run.truncated = run.lost = true;
    log.runs.push_back(run);
    log.note = {"lost 3, never flushed", "플러시 전에 3개 잃음"};
  }
}

}  // namespace

TEST_CASE("the card of Why? says which event's effects it lists, and when each of them happened") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.size(1920, 1080);
    WhyModel& why = h.log.why;
    why = {};
    why.open = true;
    why.question = {"Why?", "왜?"};
    why.lines.push_back({{"one", "하나"}, 5, 6'000'000, "", {}});
    why.root = {{"root", "처음"}, 4, 5'000'000, "", {}};
    why.effects.push_back({{"a record failed", "레코드 하나 실패"}, 6, 7'000'000, "", {}});
    h.settle();
    CHECK(shows(h, lang == Lang::En ? "what happened at 5.000 also led to" : "5.000의 일로 생긴 다른 일"));
    CHECK(shows(h, lang == Lang::En ? "7.000 · a record failed" : "7.000 · 레코드 하나 실패"));
    clean(h);
  }
}

TEST_CASE("a variant's long name is shortened in the header of a lesson, not left out") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.state().layout = Layout::Lesson;
  h.size(1280, 720);
  h.lesson.title = {"A transaction that stays open for ever", "끝나지 않는 트랜잭션"};
  h.lesson.variant = {"before Kafka 4.0: nobody asks the coordinator", "Kafka 4.0 이전: 코디네이터에 묻지 않아요"};
  h.settle();
  CHECK_FALSE(h.dashboard.hits().find(make_id("variant chip")).empty());
  CHECK(shows(h, "before"));
  clean(h);
}

TEST_CASE("records that the last replica has lost are drawn inside the partition's frame") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.state().layout = Layout::Workbench;
  h.size(1280, 720);
  h.world.partitions.resize(1);
  lose_the_last(h.world.partitions[0], 3);
  const auto lost = marks(h, "lost cell");
  REQUIRE(lost.size() >= 3);
  const Rect frame = h.dashboard.hits().find(make_id("partition", 0));
  REQUIRE_FALSE(frame.empty());
  for (const Rect& cell : lost) CHECK(cell.bottom() <= frame.bottom() - 1);
}
