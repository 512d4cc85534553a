// What is shown is of the playhead's moment, however far the run has already been.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

void list(std::string& out, const char* of, const std::vector<observe::Metric>& metrics) {
  for (const observe::Metric& m : metrics)
    out += fmt::format("{} {}: {} before {} worse {}\n", of, m.mbean, m.now, m.before, m.worse);
}

/// Whatever the player derives from the trace, in lines.
std::string shown(Player& player) {
  for (int i = 0; i < 4000 && (player.busy() || (player.lesson().twin.open && !player.lesson().twin.searched)); ++i)
    player.tick(0);
  const observe::Snapshot& world = player.snapshot();
  const ui::LessonModel& lesson = player.lesson();
  std::string out = fmt::format("time {} written {} from {} lost {}\n", world.time_us, world.work.written,
                                world.work.written_from, world.lost.size());
  list(out, "own", world.metrics);
  for (const observe::Metric& m : world.metrics)
    for (const float value : m.history) out += fmt::format("{} {}\n", m.mbean, value);
  for (const observe::Partition& p : world.partitions) out += fmt::format("{} {}/s\n", p.name, p.records_per_s);
  for (const observe::Group& group : world.groups)
    for (const observe::GroupPartition& gp : group.partitions) {
      out += fmt::format("{} {} from {} {} {}:", group.id, gp.partition, gp.came_from, gp.interrupted, gp.first_given);
      for (const float lag : gp.lag_history) out += fmt::format(" {}", lag);
      out += '\n';
    }
  for (const ui::ReceivedRecords& r : lesson.view.received) {
    out += r.client + " received";
    for (const std::string& value : r.values) out += ' ' + value;
    out += r.more ? " and more\n" : "\n";
  }
  const ui::Twin& t = lesson.twin;
  if (!t.open) return out;
  out += fmt::format("parted {} {} {} at {}: {} | {}\n", t.parted, t.parted_in_detail, t.parted_in_numbers,
                     t.parted_at_us, t.parted_here.en, t.parted_there.en);
  list(out, "A", t.here_metrics);
  list(out, "B", t.world->metrics);
  out += fmt::format("leaderless {} {}\n", lesson.comparison.original_leaderless_us,
                     lesson.comparison.changed_leaderless_us);
  return out;
}

/// The lines of either that the other does not have.
std::string apart(const std::string& a, const std::string& b) {
  const auto lines = [](const std::string& text) {
    std::istringstream in(text);
    std::multiset<std::string> all;
    for (std::string line; std::getline(in, line);) all.insert(line);
    return all;
  };
  const auto one = lines(a), other = lines(b);
  std::vector<std::string> all;
  std::set_symmetric_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(all));
  return fmt::format("{}", fmt::join(all, "\n"));
}

}  // namespace

namespace {

/// Opens the second world by Find at 7 s. `to_end_first`: after the run has been to its end.
std::string compared(bool to_end_first) {
  PlayerWindow w("replication/isr-shrink-expand", 0);
  if (to_end_first) {
    w.key(ui::kKeyEnd);
    for (int i = 0; i < 4000 && w.player.now() < w.player.session().until(); ++i) w.frames(1);
    REQUIRE(w.player.now() == w.player.session().until());
  }
  w.player.play(false);
  w.player.seek(sim::Instant{7'000'000});
  w.frames();
  w.key(ui::kKeyK, true);
  w.h.type("compare acks");
  w.frames();
  w.h.enter();
  w.frames(3);
  REQUIRE(w.twin().open);
  return shown(w.player);
}

}  // namespace

TEST_CASE("after going back two worlds show the metrics of the playhead's moment in both columns") {
  CHECK(apart(compared(true), compared(false)) == "");
}

TEST_CASE("after going back the second world's metrics are of the playhead's moment, too") {
  const std::string text = text_of("replication/isr-shrink-expand");
  Player far(parse(text), "x", text), fresh(parse(text), "x", text);
  for (Player* player : {&far, &fresh}) {
    player->seek(sim::Instant{9'000'000});
    player->act(open_twin_setting("shop", "acks", "1"));
    shown(*player);
  }
  far.seek(sim::Instant{16'000'000});
  shown(far);
  far.seek(sim::Instant{9'000'000});
  CHECK(apart(shown(far), shown(fresh)) == "");
}

TEST_CASE("after going back everything that comes from the trace is of the playhead's moment") {
  for (const char* lesson : {"replication/min-insync", "groups/rebalance-cooperative", "operations/hot-partition",
                             "controller/kraft-failover", "partitions/order-scope", "delivery/read-committed"}) {
    CAPTURE(lesson);
    const std::string text = text_of(lesson);
    Player far(parse(text), "x", text);
    far.seek(far.session().until());
    shown(far);
    for (const int part : {7, 5, 2}) {
      CAPTURE(part);
      const sim::Instant at{far.session().until().us * part / 10};
      Player fresh(parse(text), "x", text);
      fresh.seek(at);
      far.seek(at);
      CHECK(apart(shown(far), shown(fresh)) == "");
    }
  }
}
