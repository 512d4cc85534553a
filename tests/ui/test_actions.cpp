// A user's mouse and key input through the real dashboard: the output is actions.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/origin_card.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

Id node_id(const Headless& h, const char* name) {
  for (std::size_t i = 0; i < h.world.nodes.size(); ++i) {
    if (h.world.nodes[i].name == name) return make_id("node", i);
  }
  return 0;
}

/// Clicks the head of a card, because chips cover the rest.
void click_head(Headless& h, const char* name, bool right) {
  const Rect r = h.dashboard.hits().find(node_id(h, name));
  h.click(r.x + r.w / 2, r.y + 12, right);
}

}  // namespace

TEST_CASE("Next needs one click, and does nothing while the learner has a question to answer") {
  Headless h;
  h.settle();
  CHECK(h.click(make_id("next")));
  CHECK(h.emitted(ActionKind::NextStep));
  h.show(Moment::Before, Scene::Ask);
  h.frame();
  CHECK(h.click(make_id("next")));
  CHECK_FALSE(h.emitted(ActionKind::NextStep));
  h.key(kKeyN);
  CHECK_FALSE(h.emitted(ActionKind::NextStep));
}

TEST_CASE("a right click on a broker offers a crash, and a click on it crashes the broker") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  click_head(h, "broker-1", true);
  CHECK(h.dashboard.state().menu.open);
  h.frame();
  CHECK(h.click(make_id("menu item", "ui.crash"_w.hash)));
  const Action a = h.take(ActionKind::Fault);
  CHECK(a.verb == "crash");
  CHECK(a.target == "broker-1");
  CHECK_FALSE(h.dashboard.state().menu.open);
}

TEST_CASE("a broker with two disks has menu rows for each disk, and one click does one act") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  const auto broker =
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [](const auto& n) { return n.name == "broker-1"; });
  REQUIRE(broker != h.world.nodes.end());
  broker->dirs.assign(2, {});
  h.settle();
  click_head(h, "broker-1", true);
  h.frame();
  for (const char* name : {"Fail the disk of directory 0", "Fail the disk of directory 1"})
    CHECK(shows(h, name));  // numbered as in a file's "dir"
  CHECK_FALSE(shows(h, "directory 2"));
  h.actions();
  const auto row = [](std::uint64_t which) { return make_id("menu item", "ui.disk_fails_one"_w.hash + (which << 32)); };
  REQUIRE(h.click(row(1)));
  const auto done = h.actions();
  CHECK(std::count_if(done.begin(), done.end(), [](const Action& a) { return a.kind == ActionKind::Fault; }) == 1);
  const auto a = std::find_if(done.begin(), done.end(), [](const Action& x) { return x.kind == ActionKind::Fault; });
  REQUIRE(a != done.end());
  CHECK(a->verb == "disk");
  CHECK(a->text == "fail");
  CHECK(a->dir == 1);
}

TEST_CASE(
    "a menu works with keys only: M opens it for the selection, arrows choose without changing the speed, and Enter acts") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  click_head(h, "broker-2", false);
  h.key(kKeyM);
  REQUIRE(h.dashboard.state().menu.open);
  h.key(kKeyDown);
  h.key(kKeyDown);
  h.key(kKeyDown);
  h.key(kKeyUp);
  h.key(kKeyEnter);
  const Action a = h.take(ActionKind::Fault);
  CHECK(a.verb == "pause");
  CHECK(a.target == "broker-2");
  CHECK_FALSE(h.dashboard.state().menu.open);
  CHECK_FALSE(h.emitted(ActionKind::SetSpeed));
}

TEST_CASE("menus: destructive acts are listed last and say what survives") {
  const auto world = fixture::world(Moment::Before);
  for (const char* target : {"broker-1", "checkout", "controller-2", "orders-0"}) {
    bool destructive = false;
    for (const MenuItem& item : build_menu(world, target, {})) {
      CHECK_FALSE((destructive && !item.destructive));
      destructive |= item.destructive;
      if (item.destructive) CHECK_FALSE(item.sub.empty());
    }
  }
  const auto dead = build_menu(fixture::world(Moment::Waiting), "broker-1", {});
  CHECK(std::any_of(dead.begin(), dead.end(), [](const MenuItem& m) { return m.action.verb == "restart"; }));
  const auto way = build_menu(world, "broker-1", "broker-2");
  CHECK(way.back().action.verb == "partition");
  CHECK(way.back().action.other == "broker-2");
}

TEST_CASE("a menu offers to release held messages in the direction of the hold") {
  auto world = fixture::world(Moment::Before);
  const auto releases = [&] {
    std::vector<MenuItem> items = build_menu(world, "broker-1", "broker-2");
    std::erase_if(items, [](const MenuItem& m) { return m.action.verb != "release"; });
    return items;
  };
  CHECK(releases().empty());
  const auto index = [&](const char* name) {
    const auto it = std::find_if(world.nodes.begin(), world.nodes.end(), [&](const auto& n) { return n.name == name; });
    REQUIRE(it != world.nodes.end());
    return static_cast<int>(it - world.nodes.begin());
  };
  kafkascope::observe::Message held;
  held.from = index("broker-2");
  held.to = index("broker-1");
  held.held = true;
  world.messages.push_back(held);
  REQUIRE(releases().size() == 1);
  CHECK(releases()[0].action.target == "broker-2");
  CHECK(releases()[0].action.other == "broker-1");
}

TEST_CASE("menus of partitions and groups have their acts, and DeleteRecords deletes records below a clicked record") {
  const auto world = fixture::world(Moment::Before);
  const auto verb = [](const std::vector<MenuItem>& items, std::string_view name) {
    const auto it = std::find_if(items.begin(), items.end(), [&](const MenuItem& m) { return m.action.verb == name; });
    REQUIRE(it != items.end());
    return *it;
  };
  const auto partition = build_menu(world, "orders-0", {});
  CHECK(verb(partition, "delete_records").action.number == -1);
  CHECK(verb(partition, "add_partitions").action.target == "orders");
  CHECK(verb(partition, "delete_topic").destructive);
  CHECK(verb(build_menu(world, "orders-0", {}, {}, world.partitions[0].log_start_offset + 2), "delete_records")
            .action.number == world.partitions[0].log_start_offset + 2);
  REQUIRE(!world.groups.empty());
  const auto group = build_menu(world, world.groups[0].id, {});
  CHECK(group.back().action.verb == "delete_group");
  CHECK(verb(group, "reset_offsets").action.text == "earliest");
  // While the group has members Kafka refuses the deletion, and the item shows that.
  CHECK(verb(group, "delete_group").refused);
  auto left = world;
  left.groups[0].members.clear();
  CHECK_FALSE(verb(build_menu(left, left.groups[0].id, {}), "delete_group").refused);
}

TEST_CASE("the menu of a partition in which a transaction hangs offers to abort it from its first offset") {
  auto world = fixture::world(Moment::Before);
  const auto aborts = [&](const char* partition, const char* replica = "") {
    std::vector<MenuItem> items = build_menu(world, partition, replica);
    std::erase_if(items, [](const MenuItem& m) { return m.action.verb != "abort_hanging"; });
    return items;
  };
  CHECK(aborts("orders-0").empty());
  kafkascope::observe::Transaction open;
  open.parts.push_back({"orders-0", 0, 17, 1, false});
  world.transactions.push_back(open);
  CHECK(aborts("orders-0").empty());
  world.transactions.back().hanging = true;
  REQUIRE(aborts("orders-0").size() == 1);
  CHECK(aborts("orders-0")[0].action.target == "orders-0");
  CHECK(aborts("orders-0")[0].action.number == 17);
  CHECK(aborts("orders-0")[0].destructive);
  CHECK(aborts("orders-1").empty());
  // The stage shows replicas: the menu of each has it, too.
  REQUIRE(aborts("orders-0", "broker-1").size() == 1);
  CHECK(aborts("orders-0", "broker-1")[0].action.number == 17);
}

TEST_CASE("dragging the scrubber seeks, and each seek is marked as part of a drag until the button is released") {
  Headless h;
  h.settle();
  const Rect r = h.dashboard.hits().find(make_id("scrubber"));
  REQUIRE_FALSE(r.empty());
  h.move(r.x + 12 + (r.w - 24) * 0.25f, r.cy());
  h.frame();
  h.press();
  h.actions();
  h.move(r.x + 12 + (r.w - 24) * 0.5f, r.cy());
  const Action drag = h.take(ActionKind::Seek);
  CHECK(drag.kind == ActionKind::Seek);
  CHECK(drag.flag);
  CHECK(drag.time_us > 19'000'000);
  CHECK(drag.time_us < 21'000'000);
  h.release();
  const Action end = h.take(ActionKind::Seek);
  CHECK(end.kind == ActionKind::Seek);
  CHECK_FALSE(end.flag);
}

TEST_CASE("while a question is open the keys 1 to 4 answer it") {
  Headless h;
  h.show(Moment::Before, Scene::Ask);
  h.settle();
  h.key(kKey1 + 1);
  const Action pick = h.take(ActionKind::Pick);
  CHECK(pick.number == 1);
  CHECK(pick.target == "broker-2");
  h.lesson.question.pick = PickKind::None;
  h.key(kKey1);
  CHECK(h.take(ActionKind::Answer).number == 0);
  h.lesson.question.voting = true;
  h.lesson.question.votes = {0, 0, 0, 0};
  h.key(kKey1 + 2);
  CHECK(h.take(ActionKind::Vote).number == 2);
  h.key(kKeyEnter);
  CHECK(h.emitted(ActionKind::Reveal));
  h.settle();
  CHECK(h.click(make_id("skip")));
  CHECK(h.emitted(ActionKind::SkipQuestion));
}

TEST_CASE("the learner can answer with a click on the stage") {
  Headless h;
  h.show(Moment::Before, Scene::Ask);
  h.settle();
  CHECK(h.click(make_id("candidate", 3)));
  CHECK(h.take(ActionKind::Pick).target == "broker-3");
}

TEST_CASE("the learner's task can be done with a key after a click on the node, or with its button") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  h.settle();
  h.key(kKeyC);
  CHECK_FALSE(h.emitted(ActionKind::Fault));  // nothing is selected
  click_head(h, "broker-1", false);
  CHECK(h.take(ActionKind::Select).target == "broker-1");
  h.key(kKeyC);
  const Action a = h.take(ActionKind::Fault);
  CHECK(a.verb == "crash");
  CHECK(a.target == "broker-1");
  CHECK(h.click(make_id("do it")));
  CHECK(h.emitted(ActionKind::DoItForMe));
}

TEST_CASE("after a click on the empty stage no key acts on the node that was selected before") {
  Headless h;
  h.size(1280, 800);
  h.settle();
  const Rect stage = h.dashboard.hits().find(make_id("stage"));
  REQUIRE_FALSE(stage.empty());
  for (const bool empty : {false, true}) {
    CAPTURE(empty);
    click_head(h, "broker-2", false);
    if (empty) h.click(stage.x + 6, stage.bottom() - 6);
    h.actions();
    h.key(kKeyC);
    h.frame();
    CHECK(h.emitted(ActionKind::Fault) == !empty);
  }
}

TEST_CASE("destructive keys act only on a node that was selected in the last 10 s") {
  Headless h;
  h.settle();
  click_head(h, "broker-2", false);
  for (int i = 0; i < 11 * 60; ++i) h.frame();
  h.actions();
  h.key(kKeyC);
  CHECK_FALSE(h.emitted(ActionKind::Fault));
}

TEST_CASE("the language of the whole window can be switched at run time") {
  Headless h;
  h.settle();
  CHECK(h.click(make_id("lang ko")));
  CHECK(h.take(ActionKind::SetLanguage).text == "ko");
  h.settle();
  bool korean = false, english = false;
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    korean |= piece.text == "다음";
    english |= piece.text == "Next";
  }
  CHECK(korean);
  CHECK_FALSE(english);
}

TEST_CASE("keys pause, run and step the world, undo acts, save, copy a link and switch layouts") {
  Headless h;
  h.settle();
  h.key(kKeySpace);
  CHECK(h.emitted(ActionKind::Pause));
  h.time.playing = false;
  h.key(kKeySpace);
  CHECK(h.emitted(ActionKind::Run));
  h.key(kKeyPeriod);
  CHECK(h.emitted(ActionKind::StepEvent));
  h.key(kKeyComma);
  CHECK(h.emitted(ActionKind::StepBack));
  h.key(kKeyUp);
  CHECK(h.take(ActionKind::SetSpeed).number == 200'000);  // 1, 2, 5
  h.key(kKeyZ, true);
  CHECK(h.emitted(ActionKind::Undo));
  h.key(kKeyS, true);
  CHECK(h.emitted(ActionKind::SaveSession));
  h.key(kKeyL, true);
  CHECK(h.emitted(ActionKind::CopyLink));
  h.key(kKeyTab);
  CHECK(h.dashboard.state().layout == Layout::Workbench);
  h.key(kKeyP, false, true);
  CHECK(h.dashboard.state().layout == Layout::Presenter);
  h.key(kKeyPeriod);
  CHECK(h.dashboard.state().blank);
  h.key(kKeyEscape);
  h.key(kKeyEscape);
  CHECK(h.dashboard.state().layout == Layout::Lesson);
}

TEST_CASE("the Return button, R and Next leave a detour") {
  Headless h;
  h.show(Moment::Elected, Scene::Detour);
  h.settle();
  CHECK(h.click(make_id("return")));
  CHECK(h.emitted(ActionKind::ReturnFromDetour));
  h.key(kKeyR);
  CHECK(h.emitted(ActionKind::ReturnFromDetour));
  CHECK(h.click(make_id("next")));
  CHECK(h.emitted(ActionKind::ReturnFromDetour));
  CHECK(h.click(make_id("keep")));
  CHECK(h.emitted(ActionKind::KeepScript));
  CHECK(h.click(make_id("undo")));
  CHECK(h.emitted(ActionKind::Undo));
}

TEST_CASE("a click on a record, a fate or an event opens its details") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  CHECK(h.click(make_id("strip", 0)));
  const Action record = h.take(ActionKind::SelectRecord);
  CHECK(record.target == "orders-0");
  CHECK(record.number > 1000);
  h.key(kKey1 + 3);
  CHECK(h.dashboard.state().tab == Tab::Ledger);
  CHECK(h.click(make_id("lost_acked")));
  CHECK(h.take(ActionKind::SelectFate).text == "lost_acked");
  h.dashboard.state().lower_tab = Tab::Log;
  h.settle();
  CHECK(h.click(make_id("log row", 118)));
  CHECK(h.take(ActionKind::SelectEvent).number == 118);
}

TEST_CASE("where the inspector is behind a button, a click on a record opens it, and the record is marked") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.settle();
  h.key(kKey1);
  h.settle();
  REQUIRE_FALSE(h.dashboard.state().drawer);
  REQUIRE(h.click(make_id("strip", 0)));
  CHECK(h.dashboard.state().drawer);
  const std::int64_t offset = h.take(ActionKind::SelectRecord).number;
  const auto marked = [&] {
    const auto& marks = h.dashboard.diagnostics().marks;
    return std::count_if(marks.begin(), marks.end(), [](const auto& mark) { return mark.second == "open record"; });
  };
  h.move(2, 2);
  h.settle();
  CHECK(marked() == 0);
  h.log.record_open = true;
  h.log.record_partition = "orders-0";
  h.log.record_offset = offset;
  h.settle();
  CHECK(marked() == 1);
}

TEST_CASE("the palette finds acts by their words and does them on Enter") {
  Headless h;
  h.settle();
  h.key(kKeyK, true);
  CHECK(h.dashboard.state().palette_open);
  h.frame();
  h.type("crash broker-3");
  h.frame();
  CHECK(h.click(make_id("palette row", 0)));
  const Action a = h.take(ActionKind::Fault);
  CHECK(a.verb == "crash");
  CHECK(a.target == "broker-3");
  CHECK_FALSE(h.dashboard.state().palette_open);
}

TEST_CASE("dragging from one node to another opens a menu for the path between them") {
  Headless h;
  h.settle();
  const Rect a = h.dashboard.hits().find(node_id(h, "broker-1")), b = h.dashboard.hits().find(node_id(h, "broker-2"));
  h.move(a.cx(), a.y + 12);
  h.frame();
  h.press();
  h.move(b.cx(), b.y + 12);
  h.release();
  CHECK(h.dashboard.state().menu.open);
  CHECK(h.dashboard.state().menu.target == "broker-1");
  CHECK(h.dashboard.state().menu.other == "broker-2");
}

TEST_CASE("Esc removes the hints of the first start, which are then reported as seen") {
  Headless h;
  h.dashboard.state().coach_seen = false;
  h.settle();
  h.key(kKeyEscape);
  CHECK(h.dashboard.state().coach_seen);
  CHECK(h.emitted(ActionKind::CoachMarksSeen));
}

TEST_CASE("what the terminal and a setting's card request in every frame does not count as an act of the user") {
  Headless h;
  h.lesson.view.panels = {"stage", "terminal"};
  h.lesson.view.tool = h.log.terminal.command = "kafka-transactions list";
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().tab = Tab::Terminal;
  h.dashboard.state().origin.kind = kafkascope::observe::OriginKind::Config;
  h.dashboard.state().origin.name = "broker.session.timeout.ms";
  h.settle();
  h.actions();
  h.frame();
  bool asked = false, looked_up = false;
  for (const Action& a : h.actions()) {
    CAPTURE(static_cast<int>(a.kind));
    CHECK(comes_by_itself(a.kind));
    asked = asked || a.kind == ActionKind::AskTool;
    looked_up = looked_up || a.kind == ActionKind::LookUpSetting;
  }
  CHECK(asked);
  CHECK(looked_up);
}

TEST_CASE("a replica and the stage have their own menus, and a long menu fits in a low window") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.settle();
  // The chip of orders-0 on broker-1: chips are numbered by broker and partition.
  const auto& nodes = h.world.nodes;
  const auto broker =
      std::find_if(nodes.begin(), nodes.end(), [](const auto& n) { return n.name == "broker-1"; }) - nodes.begin();
  REQUIRE(h.click(make_id("chip", static_cast<std::uint64_t>(broker) * 4096), true));
  CHECK(h.dashboard.state().menu.target == h.world.partitions[0].name);
  CHECK(h.dashboard.state().menu.other == "broker-1");
  h.settle();
  h.dashboard.state().menu = {};
  h.settle();
  const Rect stage = h.dashboard.hits().find(make_id("stage"));
  h.click(stage.x + 3, stage.y + 3, true);
  CHECK(h.dashboard.state().menu.target == kMenuOfStage);
  h.settle();
  CHECK_FALSE(h.dashboard.hits().find(make_id("menu item", "ui.add_broker"_w.hash)).empty());
  for (auto& node : h.world.nodes)
    if (node.kind == kafkascope::observe::NodeKind::Broker) node.dirs.assign(3, {});
  h.dashboard.state().menu = {true, 600, 300, "broker-1", {}, -1};
  h.settle();
  const Rect menu = h.dashboard.hits().find(make_id("menu"));
  CHECK(menu.y >= 0);
  CHECK(menu.bottom() <= 720);
  CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
}

TEST_CASE("the last act is shown with its full text and with Undo") {
  Headless h;
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.undo = {true,
                   {"Produce at broker-1 will be refused (NOT_ENOUGH_REPLICAS, the next one)",
                    "Produce · broker-1 거절 (NOT_ENOUGH_REPLICAS, 다음 하나)"},
                   true};
  h.size(1280, 720);
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    h.dashboard.set_layout(layout);
    h.settle();
    std::string all;
    for (const auto& piece : h.dashboard.diagnostics().pieces) all += piece.text + " ";
    CHECK(all.find("next one)") != std::string::npos);
    CHECK_FALSE(h.dashboard.hits().find(make_id("undo")).empty());
    CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
  }
}

TEST_CASE("the label of a fault on the timeline does not overlap the marks beside it") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Returned, Scene::Held);
  const auto fault = std::find_if(h.time.marks.begin(), h.time.marks.end(),
                                  [](const TimeMark& m) { return m.kind == MarkKind::Fault; });
  REQUIRE(fault != h.time.marks.end());
  TimeMark repair = *fault;
  repair.kind = MarkKind::Repair;
  repair.at_us += 600'000;
  h.time.marks.push_back(repair);
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto word = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) {
    return piece.text == "crash broker-1" && piece.box == std::string_view("lanes");
  });
  for (std::size_t i = 0; i < h.time.marks.size() && word != pieces.end(); ++i) {
    const Rect mark = h.dashboard.hits().find(make_id("mark", i));
    CHECK_FALSE((!mark.empty() && mark.grown(-4).overlaps(word->rect)));
  }
}

TEST_CASE(
    "in a web page the help, the palette and the explanations name Alt, since the browser uses Ctrl+R, Ctrl+L and Ctrl+P") {
  Headless h;
  h.size(1920, 1080);
  h.dashboard.set_layout(Layout::Workbench);
  for (const char* chord : {"Ctrl", "Alt"}) {
    CAPTURE(chord);
    h.dashboard.state().chord = chord;
    std::string all;
    const auto read = [&] {
      h.settle();
      for (const auto& piece : h.dashboard.diagnostics().pieces) all += piece.text + "\n";
    };
    h.dashboard.state().help_open = true;
    read();
    h.dashboard.state().help_open = false;
    h.dashboard.state().palette_open = true;
    read();
    h.dashboard.state().palette_open = false;
    h.dashboard.state().runs_open = true;
    read();
    h.dashboard.state().runs_open = false;
    for (const char* key : {"+R", "+L", "+P"}) CHECK(all.find(chord + std::string(key)) != std::string::npos);
    const bool page = chord[0] == 'A';
    for (const char* key : {"Ctrl+R", "Ctrl+L", "Ctrl+P"}) CHECK((all.find(key) == std::string::npos) == page);
    CHECK(all.find("Ctrl+Z") != std::string::npos);
  }
}

TEST_CASE("the chosen row of Find is shown whole in a small window, with its hint, in either language") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const char* query : {"isr", "lag", "min.insync.replicas", "kip-890", "marker"}) {
      CAPTURE(query);
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      h.settle();
      h.key(kKeyK, true);
      h.frame();
      h.type(query);
      h.frame();
      h.settle();
      int rows = 0, cut = 0, whole = 0;
      for (; rows < 20; ++rows) {
        const Rect row = h.dashboard.hits().find(make_id("palette row", static_cast<std::uint64_t>(rows)));
        if (row.empty()) break;
        h.dashboard.state().palette_row = rows;
        h.settle();
        const Rect chosen = h.dashboard.hits().find(make_id("palette row", static_cast<std::uint64_t>(rows)));
        CHECK(chosen.bottom() < 720);
        for (const auto& piece : h.dashboard.diagnostics().pieces) {
          if (piece.box != std::string_view("palette")) continue;
          const bool ends = piece.text.ends_with("…");
          ++(ends ? cut : whole);
          if (chosen.overlaps(piece.rect)) CHECK_MESSAGE(!ends, piece.text);
        }
      }
      CHECK(rows > 0);
      CHECK(cut * 5 < whole);
      clean(h);
    }
}
