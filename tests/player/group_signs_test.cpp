// What the panels say of a group's members that have nothing to read or have just been removed, and of a message that is held on its way.
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>

#include "player/window.h"
#include "ui/looks.h"
#include "ui/panels/group_cells.h"
#include "ui/panels/group_lag.h"
#include "ui/stage/cards.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;
using namespace kafkascope::words::literals;

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
    if (layout == Layout::Lesson) CHECK(picture.marks("nothing to read") == 4);
    if (layout == Layout::Lesson) CHECK(ui::shows(picture.h, "4 with nothing to read"));
  }
  PlayerWindow busy("groups/static-membership", 9'000'000, Layout::Lesson);
  CHECK(busy.marks("nothing to read") == 0);
  CHECK_FALSE(ui::shows(busy.h, "with nothing to read"));
}

TEST_CASE("in front of an audience the members with records come first, and the others are summed up") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow picture("groups/queue-vs-partitions", 12'500'000, Layout::Presenter, 1280, 720);
    picture.h.dashboard.set_language(lang);
    picture.frames();
    const observe::Snapshot& world = picture.player.snapshot();
    const auto& pieces = picture.h.dashboard.diagnostics().pieces;
    int busy = 0;
    for (const observe::GroupMember& m : group(world, "pool").members) {
      if (ui::nothing_to_read(world, m)) continue;
      ++busy;
      CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                                [&](const auto& piece) { return piece.text == m.client && piece.rect.y > 500; }),
                    m.client);
    }
    CHECK(busy == 4);
    const std::size_t left_out = 4 - picture.marks("nothing to read");
    CHECK(left_out > 0);
    CHECK(ui::shows(picture.h, ui::tr(lang, "ui.more_idle"_w, {{"count", std::to_string(left_out)}})));
    CHECK(picture.marks("hidden owner") == left_out);  // each has one partition
    ui::clean(picture.h);
  }
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

TEST_CASE(
    "the brackets of held messages cover neither one another nor a replica's row nor words, however full the stage is") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      PlayerWindow picture("producer/options", 8'251'000, layout, 1280.f, 720.f);
      picture.h.dashboard.set_language(lang);
      picture.frames();
      std::ptrdiff_t held = 0;
      const std::vector<ui::Rect> beads = ui::marks(picture.h, layout == Layout::Presenter ? "message mark" : "bead");
      for (const ui::Rect& bracket : ui::marks(picture.h, "held bracket"))
        held += std::count_if(beads.begin(), beads.end(),
                              [&](const ui::Rect& bead) { return bracket.contains(bead.cx(), bead.cy()); });
      CHECK(held >= 5);
      for (const std::string& over : ui::covering_marks(picture.h.dashboard.diagnostics())) CHECK_MESSAGE(false, over);
    }
}

namespace {

constexpr std::array kLayouts{Layout::Lesson, Layout::Workbench, Layout::Presenter};

/// The lesson's groups at that time, in one layout and language.
std::unique_ptr<PlayerWindow> groups_at(const char* lesson, std::int64_t at_us, Layout layout, ui::Lang lang) {
  auto picture = std::make_unique<PlayerWindow>(lesson, at_us, layout, 1280.f, 720.f);
  picture->h.dashboard.set_language(lang);
  picture->h.dashboard.state().tab = ui::Tab::Groups;
  picture->h.dashboard.state().tab_chosen = true;
  picture->frames();
  return picture;
}

}  // namespace

TEST_CASE(
    "while a cooperative rebalance runs, a partition that nobody has is marked in the row of the member that gave it up") {
  for (const Layout layout : kLayouts)
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      const auto picture = groups_at("groups/rebalance-cooperative", 15'575'000, layout, lang);
      const observe::Group& billing = group(picture->player.snapshot(), "billing");
      std::set<std::string> from;
      for (const observe::GroupPartition& gp : billing.partitions) from.insert(ui::let_go_by(billing, gp.partition));
      from.erase("");
      CHECK(from == std::set<std::string>{"c-1", "c-2", "c-3"});
      CHECK(picture->marks("partition let go") == 3);
      CHECK(ui::shows(picture->h, ui::tr(lang, "ui.key_let_go"_w)));
      ui::clean(picture->h);
      picture->player.seek(sim::Instant{13'000'000});  // each has four, c-4 is not there yet
      picture->frames();
      CHECK(picture->marks("partition let go") == 0);
      CHECK_FALSE(ui::shows(picture->h, ui::tr(lang, "ui.key_let_go"_w)));
    }
}

TEST_CASE("a partition that a member gets next names the member that it comes from, and the legend says so") {
  for (const Layout layout : kLayouts)
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      const auto picture = groups_at("groups/new-protocol", 15'593'000, layout, lang);
      const std::vector<ui::Rect> next = ui::marks(picture->h, "partition comes next");
      CHECK(next.size() == 3);
      const auto& pieces = picture->h.dashboard.diagnostics().pieces;
      for (const ui::Rect& cell : next)
        CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
          return piece.text.starts_with("c-") && cell.contains(piece.rect.cx(), piece.rect.cy());
        }));
      CHECK(ui::shows(picture->h, ui::tr(lang, "ui.key_next_from"_w)));
      ui::clean(picture->h);
      picture->player.seek(sim::Instant{13'000'000});
      picture->frames();
      CHECK_FALSE(ui::shows(picture->h, ui::tr(lang, "ui.key_next_from"_w)));
    }
}

TEST_CASE("what is said of a member that has not joined, or waits for others, is whole or brief, but not cut") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const auto& [lesson, at_us] :
         {std::pair{"groups/rebalance-cooperative", 15'575'000}, {"groups/new-protocol", 15'593'000}}) {
      const auto picture = groups_at(lesson, at_us, Layout::Lesson, lang);
      for (const auto& piece : picture->h.dashboard.diagnostics().pieces)
        if (piece.box == "groups") CHECK_MESSAGE(piece.text.find("…") == std::string::npos, piece.text);
    }
}

TEST_CASE(
    "the numbers in a share group's cells are explained where there are such, and hatching only where records are not committed") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    const auto deliveries = [&](int count) {
      return ui::tr(lang, "ui.share_delivered"_w, {{"count", std::to_string(count)}});
    };
    PlayerWindow picture("groups/share-group", 42'802'000, Layout::Lesson, 1280, 720);
    picture.h.dashboard.set_language(lang);
    picture.frames();
    CHECK(ui::shows(picture.h, "s-1, " + deliveries(2)));
    CHECK(ui::shows(picture.h, ui::tr(lang, "ui.key_deliveries"_w)));
    CHECK_FALSE(ui::shows(picture.h, ui::tr(lang, "ui.key_hatched"_w)));
    ui::clean(picture.h);
    picture.player.seek(sim::Instant{12'600'000});  // each record is delivered for the first time
    picture.frames();
    CHECK_FALSE(ui::shows(picture.h, ui::tr(lang, "ui.key_deliveries"_w)));
  }
  PlayerWindow large("groups/share-group", 42'802'000, Layout::Presenter);
  CHECK(ui::shows(large.h, "s-1, deliveries: 2"));
}

TEST_CASE("why a member has left its group is said in several lines where one is too short") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow picture("consumer/max-poll-interval", 20'000'000, Layout::Lesson, 1280, 720);
    picture.h.dashboard.set_language(lang);
    picture.frames();
    const auto& former = group(picture.player.snapshot(), "workers").former;
    REQUIRE(former.size() == 1);
    const std::string why = ui::pick(lang, former[0].why);
    std::string said;
    for (const auto& piece : picture.h.dashboard.diagnostics().pieces)
      if (piece.box == "groups" && why.find(piece.text) != std::string::npos) said += piece.text + " ";
    CAPTURE(why);
    CAPTURE(said);
    CHECK(said.find(why.substr(why.find_last_of(' ') + 1)) != std::string::npos);
    ui::clean(picture.h);
  }
}

TEST_CASE("in front of people a group's cells are high enough for what stands in them, and the key gives way first") {
  struct Moment {
    const char* lesson;
    std::int64_t ms;
  };
  const Moment moments[] = {{"operations/what-the-graphs-show", 19'500},
                            {"consumer/max-poll-interval", 28'600},
                            {"groups/rebalance-eager", 33'500}};
  for (const Moment& moment : moments) {
    CAPTURE(moment.lesson);
    const std::string text = text_of(moment.lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{moment.ms * 1000});
    ui::Headless h;
    h.dashboard.set_layout(ui::Layout::Presenter);
    take_models(h, player);
    const auto cells = ui::marks(h, "large cell");
    REQUIRE_FALSE(cells.empty());
    constexpr float kText = 18;  // 2.5 % of the height
    for (const ui::Rect& cell : cells) CHECK(cell.h > kText * 1.2f);
  }
}

TEST_CASE(
    "what a group's lag consists of adds up to it: what is to read, what is read but not committed, what nobody reads") {
  const auto part_of = [](const std::vector<ui::LagPart>& parts, words::Key name) {
    const auto at =
        std::find_if(parts.begin(), parts.end(), [&](const ui::LagPart& part) { return part.name == name; });
    return at == parts.end() ? std::int64_t{0} : at->records;
  };
  int uncommitted = 0, unread = 0;
  for (const char* lesson : {"why/traffic-surge", "groups/rebalance-eager", "groups/two-groups", "consumer/auto-commit",
                             "delivery/read-committed", "consumer/max-poll-interval"}) {
    CAPTURE(lesson);
    LessonPlayer player(lesson, 0);
    for (std::int64_t at = 2'500'000; at <= player.session().until().us; at += 1'700'000) {
      player.seek(sim::Instant{at});
      CAPTURE(at);
      for (const observe::Group& group : player.snapshot().groups) {
        const std::vector<ui::LagPart> parts = ui::lag_parts(player.snapshot(), group);
        if (parts.empty()) continue;
        std::int64_t sum = -part_of(parts, "ui.lag_without_commit"_w);
        for (const ui::LagPart& part : parts) sum += part.records;
        CHECK(sum == group.lag);
        uncommitted += part_of(parts, "ui.lag_read_uncommitted"_w) > 0;
        unread += part_of(parts, "ui.lag_without_reader"_w) > 0;
      }
    }
  }
  CHECK(uncommitted > 0);
  CHECK(unread > 0);
}

TEST_CASE("the inspector tells the parts of a group's lag, and so does the group's frame under the pointer") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("why/traffic-surge", 14'000'000, Layout::Workbench, 1600, 900);
    w.h.dashboard.set_language(lang);
    Action select = action(ActionKind::Select);
    select.target = "monitor";
    w.player.act(select);
    w.h.dashboard.state().selection = "monitor";
    w.frames(4);
    CHECK(ui::says(w.h, ui::tr(lang, "ui.lag_to_read"_w)));
    CHECK(ui::says(w.h, ui::tr(lang, "ui.lag_read_uncommitted"_w)));
    ui::clean(w.h);
    const ui::Rect frame = w.h.dashboard.hits().find(make_id("group", 0));
    REQUIRE_FALSE(frame.empty());
    w.h.move(frame.x + 5, frame.y + 5);
    for (int i = 0; i < 60; ++i) w.h.frame();
    const auto& facts = w.h.dashboard.state().tip.facts;
    const std::string uncommitted = ui::tr(lang, "ui.lag_read_uncommitted"_w);
    CHECK(std::any_of(facts.begin(), facts.end(),
                      [&](const std::pair<std::string, std::string>& fact) { return fact.first == uncommitted; }));
  }
}

TEST_CASE("the frame of a stable group has the number of its lag, however long its name: in every lesson") {
  namespace fs = std::filesystem;
  constexpr std::int64_t kEachUs = 10'000'000, kLastUs = 40'000'000;
  const fs::path root = source_root() + "/scenarios";
  int seen = 0;
  ui::Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Lesson);
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = fs::relative(entry.path(), root).replace_extension().string(), text = text_of(name);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{kLastUs});
    if (player.snapshot().groups.empty()) continue;
    for (std::int64_t at = kEachUs; at <= kLastUs; at += kEachUs)
      for (const bool long_names : {false, true}) {
        player.seek(sim::Instant{at});
        take_models(h, player);
        if (long_names)
          for (observe::Group& g : h.world.groups)
            g.id += std::string(60 - std::min<std::size_t>(g.id.size(), 59), 'x');
        h.dashboard.set_language(at % (2 * kEachUs) == 0 ? ui::Lang::Ko : ui::Lang::En);
        h.settle();
        const auto& pieces = h.dashboard.diagnostics().pieces;
        const auto in_frame = [](const auto& piece) { return piece.box == "group frame"; };
        if (std::none_of(pieces.begin(), pieces.end(), in_frame)) continue;  // many nodes: without frames
        for (const observe::Group& g : h.world.groups) {
          const bool dead = std::any_of(g.members.begin(), g.members.end(), [&](const observe::GroupMember& m) {
            return m.node < 0 || ui::node_look(h.world.nodes[static_cast<std::size_t>(m.node)]).dead;
          });
          if (g.state != "Stable" || g.lag < 0 || dead) continue;
          CAPTURE(name);
          CAPTURE(at);
          const std::string number = " " + ui::count_text(g.lag);
          CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                                    [&](const auto& piece) { return in_frame(piece) && piece.text.ends_with(number); }),
                        g.id);
          ++seen;
        }
      }
  }
  CHECK(seen > 50);
}
