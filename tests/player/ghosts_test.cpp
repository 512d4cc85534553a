// Ghosts in the log's strips: what a group skipped, and what compaction removed.
#include <algorithm>
#include <set>

#include "player/window.h"

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
