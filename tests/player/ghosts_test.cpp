// Ghosts in the log's strips: what a group skipped, and what compaction removed; and records that stand there twice.
#include <algorithm>
#include <set>

#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;

TEST_CASE("records that a group has skipped are ghosts in the leader's strip, as many as the ledger counts") {
  for (const char* lesson : {"consumer/auto-commit"}) {
    const std::string text = text_of(lesson);
    CAPTURE(lesson);
    Player player(parse(text), "x", text);
    player.seek(player.session().until());
    const observe::Snapshot& world = player.snapshot();
    std::size_t ghosts = 0;
    for (const observe::Partition& p : world.partitions) {
      ghosts += p.skipped.size();
      CHECK(std::is_sorted(p.skipped.begin(), p.skipped.end()));
      for (const std::int64_t offset : p.skipped) CHECK(offset < p.high_watermark);
    }
    REQUIRE(world.ledger.all.skipped > 0);
    CHECK(static_cast<std::int64_t>(ghosts) <= world.ledger.all.skipped);
    CHECK(ghosts > 0);
    PlayerWindow w(lesson, player.session().until().us, Layout::Workbench);
    w.h.dashboard.diagnostics().on = true;
    w.h.dashboard.bring_forward("partitions");
    w.frames(3);
    CHECK(w.marks("skipped cell") > 0);
  }
}

TEST_CASE("records that compaction removed are ghosts in the strip of each replica") {
  const std::string text = text_of("log/compaction");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  PlayerWindow w("log/compaction", player.session().until().us, Layout::Workbench);
  w.h.dashboard.diagnostics().on = true;
  w.h.dashboard.bring_forward("partitions");
  w.frames(3);
  CHECK(w.marks("compacted cell") > 0);
}

TEST_CASE("a record that stands twice in a log is marked on its second copy, as often as the ledger counts it") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("delivery/at-least-once", 11'600'000, Layout::Workbench);
    const observe::Snapshot world = w.player.snapshot();  // a copy: frames replace it
    REQUIRE(world.ledger.all.duplicated == 1);
    const observe::Partition& pay = world.partitions.front();
    REQUIRE(pay.repeated.size() == 1);
    const observe::RepeatedRecord again = pay.repeated.front();
    CHECK(again.copy == 2);
    CHECK(again.copy_of >= 0);
    CHECK(again.copy_of < again.offset);
    w.h.dashboard.set_language(lang);
    w.h.dashboard.bring_forward("partitions");
    w.frames(3);
    CHECK(w.marks("repeated cell") == pay.logs.size());  // each replica has it
    // The card of the copy names the first one, and Why? says how it came there.
    const auto& marks = w.h.dashboard.diagnostics().marks;
    const auto mark =
        std::find_if(marks.begin(), marks.end(), [](const auto& m) { return m.second == "repeated cell"; });
    REQUIRE(mark != marks.end());
    w.h.move(mark->first.cx(), mark->first.cy());
    for (int i = 0; i < 20; ++i) w.frames(1);
    const auto& facts = w.h.dashboard.state().tip.facts;
    const std::string first = (lang == ui::Lang::En ? "offset " : "오프셋 ") + std::to_string(again.copy_of);
    CHECK(std::any_of(facts.begin(), facts.end(), [&](const auto& fact) { return fact.second == first; }));
    Action why = action(ActionKind::Why);
    why.text = "/records/" + pay.name + "/" + std::to_string(again.offset);
    w.player.act(why);
    w.frames();
    REQUIRE(w.h.log.why.open);
    const std::string told = (lang == ui::Lang::En ? "at offset " : "오프셋 ") + std::to_string(again.offset);
    CHECK(std::any_of(w.h.log.why.lines.begin(), w.h.log.why.lines.end(), [&](const ui::WhyLine& line) {
      return ui::pick(lang, line.words).find(told) != std::string::npos;
    }));
  }
}

TEST_CASE("with idempotence no record is marked as repeated") {
  Player once(parse(text_of("producer/idempotence")), "x", text_of("producer/idempotence"));
  once.seek(once.session().until());
  for (const observe::Partition& p : once.snapshot().partitions) CHECK(p.repeated.empty() == (p.topic != "twice"));
}

TEST_CASE("in front of people the strips show the records that a step says are gone, or are still there") {
  struct Told {
    const char* lesson;
    std::int64_t at_us;
    const char* shown;
  };
  for (const Told& told : {Told{"why/page-cache", 31'500'000, "lost cell"},  // the leader is dead
                           Told{"replication/leader-epoch", 18'900'000, "pointed /partitions/m-0/log_end_offset"}}) {
    CAPTURE(told.lesson);
    PlayerWindow w(told.lesson, told.at_us, Layout::Presenter, 1280, 720);
    CHECK(w.marks(told.shown) > 0);
    CHECK(ui::shows(w.h, "HW "));  // a flag of the strips
  }
}
