// What the panels say of a group's members that have nothing to read or have just been removed, and of a message that is held on its way.
#include <algorithm>

#include "player/window.h"
#include "ui/looks.h"
#include "ui/panels/group_cells.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;

namespace {

const observe::Group& group(const observe::Snapshot& world, const std::string& id) {
  const auto it =
      std::find_if(world.groups.begin(), world.groups.end(), [&](const observe::Group& g) { return g.id == id; });
  REQUIRE(it != world.groups.end());
  return *it;
}

}  // namespace

TEST_CASE("a member whose partitions have no record has pale cells, and the group's head counts such members") {
  const char* lesson = "groups/queue-vs-partitions";
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PlayerWindow picture(lesson, 12'500'000, layout);
    const observe::Snapshot& world = picture.player.snapshot();
    int empty = 0;
    for (const observe::Partition& p : world.partitions) empty += p.log_end_offset == 0 ? 1 : 0;
    REQUIRE(empty == 4);
    CHECK(ui::members_with_nothing_to_read(world, group(world, "pool")) == empty);
    CHECK(picture.marks("nothing to read") == (layout == Layout::Lesson ? 4 : 3));  // those on the screen
    if (layout == Layout::Lesson) CHECK(ui::shows(picture.h, "4 with nothing to read"));
  }
  PlayerWindow busy("groups/static-membership", 9'000'000, Layout::Lesson);
  CHECK(busy.marks("nothing to read") == 0);
  CHECK_FALSE(ui::shows(busy.h, "with nothing to read"));
}

TEST_CASE("before the first record is written no member is marked as having nothing to read") {
  PlayerWindow picture("groups/queue-vs-partitions", 7'500'000, Layout::Lesson);
  const observe::Snapshot& world = picture.player.snapshot();
  CHECK(ui::members_with_nothing_to_read(world, group(world, "pool")) == 0);
}

TEST_CASE("a member that the coordinator has removed is named with its silence for six seconds") {
  PlayerWindow picture("groups/static-membership", 48'500'000, Layout::Lesson);
  const auto former = [&] { return group(picture.player.snapshot(), "static-app").former; };
  REQUIRE(former().size() == 1);
  CHECK(former()[0].client == "s-2");
  CHECK(former()[0].why.en == "silent for 20 s: out");
  CHECK(ui::shows(picture.h, "silent for 20 s: out"));
  picture.player.seek(sim::Instant{40'000'000});  // not yet removed
  CHECK(former().empty());
  picture.player.seek(sim::Instant{20'000'000});  // it came back under its name
  CHECK(former().empty());
  picture.player.seek(sim::Instant{51'900'000});
  CHECK(former().size() == 1);
}

TEST_CASE("a member that left by itself is named with its reason, until it joins again") {
  PlayerWindow picture("groups/static-membership", 12'000'000, Layout::Lesson);
  const auto former = [&] { return group(picture.player.snapshot(), "dynamic-app").former; };
  REQUIRE(former().size() == 1);
  CHECK(former()[0].client == "d-2");
  CHECK(former()[0].why.en.starts_with("out: "));
  picture.player.seek(sim::Instant{17'000'000});
  CHECK(former().empty());
}

TEST_CASE("a held message is marked as held, in the lesson and when presenting") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const std::int64_t at_us : {4'500'000, 5'400'000}) {  // the hold begins at 5 s
      PlayerWindow picture("delivery/hanging-transaction", at_us, layout);
      const auto& messages = picture.player.snapshot().messages;
      const bool held = std::any_of(messages.begin(), messages.end(), [](const observe::Message& m) { return m.held; });
      CHECK(held == (at_us > 5'000'000));
      CHECK(ui::shows(picture.h, "held: ") == held);
    }
}
