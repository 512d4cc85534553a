// Controls as a person uses them, by the pointer at their places or by keys: the state that each makes, and what the next frame shows of
// it. A last test finds controls that no test uses.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/act_forms.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;

namespace {
namespace controls {

using ui::Lang;
using ui::Layout;
using ui::make_id;
using ui::Rect;
using ui::Tab;
using ui::tr;

constexpr std::int64_t kMoment = 3'500'000;  // between two steps of leader-failover, before its first question

ui::State& state(PlayerWindow& w) { return w.h.dashboard.state(); }
bool says(PlayerWindow& w, const std::string& whole) {
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == whole; });
}
/// The first text of a box; empty: the box is not drawn.
std::string first_in(PlayerWindow& w, std::string_view box) {
  for (const auto& piece : w.h.dashboard.diagnostics().pieces)
    if (piece.box == box) return piece.text;
  return {};
}
/// The name of what the inspector shows: its largest text.
std::string inspected(PlayerWindow& w) {
  float largest = 0;
  std::string name;
  for (const auto& piece : w.h.dashboard.diagnostics().pieces)
    if (piece.box == "inspector" && piece.rect.h > largest) largest = piece.rect.h, name = piece.text;
  return name;
}
Rect place(PlayerWindow& w, ui::Id id) { return w.h.dashboard.hits().find(id); }
bool moved(PlayerWindow& w) { return w.player.now().us != kMoment; }
bool earlier(PlayerWindow& w) { return w.player.now().us < kMoment; }
bool later(PlayerWindow& w) { return w.player.now().us > kMoment; }
/// The transport shows another moment than the first one, to the microsecond.
bool shows_moment(PlayerWindow& w) {
  const std::int64_t now = w.player.now().us;
  return now != kMoment && says(w, ui::clock_text(now)) && says(w, ui::micro_text(now));
}

ui::Id node(PlayerWindow& w, std::string_view name) {
  for (std::size_t i = 0; i < w.h.world.nodes.size(); ++i)
    if (w.h.world.nodes[i].name == name) return make_id("node", i);
  return 0;
}
const observe::Node& broker_2(PlayerWindow& w) {
  return *std::find_if(w.h.world.nodes.begin(), w.h.world.nodes.end(),
                       [](const observe::Node& n) { return n.name == "broker-2"; });
}
/// At the head of its card, because chips cover the rest.
bool click_card(PlayerWindow& w, std::string_view name, bool right = false) {
  const Rect card = place(w, node(w, name));
  if (card.empty()) return false;
  w.h.click(card.cx(), card.y + 12, right);
  w.frames();
  return true;
}
bool click_beside(PlayerWindow& w, const Rect& card) {
  if (card.empty()) return false;
  w.h.click(card.x > 60 ? card.x - 30 : card.right() + 30, card.cy());
  w.frames();
  return true;
}
bool drag(PlayerWindow& w, ui::Point from, ui::Point to) {
  w.h.move(from.x, from.y);
  w.h.frame();
  w.h.press();
  w.h.move((from.x + to.x) / 2, (from.y + to.y) / 2);
  w.h.move(to.x, to.y);
  w.h.release();
  w.frames();
  return true;
}

using Use = std::function<bool(PlayerWindow&)>;
using Prepare = std::function<void(PlayerWindow&)>;

struct Control {
  const char* name;
  Prepare before;  // null: nothing to do
  Use use;         // false: the control is not there
  Use made;        // the state that it makes
  Use seen;        // what the next frame shows of it
  Layout layout = Layout::Workbench;
  float w = 1920, h = 1080;
  const char* lesson = kFailover;
  std::int64_t at_us = kMoment;
};

Use clicks(const char* id, std::uint64_t n = 0) {
  return [=](PlayerWindow& w) { return w.click(make_id(id, n)); };
}
Use presses(int key, bool shift = false) {
  return [=](PlayerWindow& w) {
    w.h.key(key, false, shift);
    w.frames();
    return true;
  };
}
Use text(const std::string& whole) {
  return [=](PlayerWindow& w) { return says(w, whole); };
}
Use mark(const char* name) {
  return [=](PlayerWindow& w) { return w.marks(name) > 0; };
}
Use box(const char* name) {
  return [=](PlayerWindow& w) { return !first_in(w, name).empty(); };
}
Use no(const Use& what) {
  return [=](PlayerWindow& w) { return !what(w); };
}
Prepare lower(Tab tab) {
  return [=](PlayerWindow& w) {
    w.click(make_id("lower", static_cast<std::uint64_t>(tab)));
    w.frames(4);
  };
}
Prepare speed(std::int64_t ppm) {
  return [=](PlayerWindow& w) { w.player.act(action(ActionKind::SetSpeed, ppm)); };
}
Prepare key_first(int key) {
  return [=](PlayerWindow& w) { w.key(key); };
}
Prepare find(const char* words) {
  return [=](PlayerWindow& w) {
    w.key(ui::kKeySlash);
    w.h.type(words);
    w.frames();
  };
}
void offer(PlayerWindow& w) { w.player.offer_resume({true, 5, 10, 11'000'000}); }
void open_form(PlayerWindow& w) {
  state(w).form = {true, 0, std::vector<std::string>(ui::act_forms()[0].fields.size()), 0, true, false, 0, {}};
}
void select_broker(PlayerWindow& w) { click_card(w, "broker-2"); }
void open_origin(PlayerWindow& w) {
  select_broker(w);
  w.key(ui::kKeyO);
}

const Use kAdapts = [](PlayerWindow& w) { return w.player.time().adapts; };
const Use kSaysAuto = [](PlayerWindow& w) {
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  const std::string begins = tr(Lang::En, "ui.speed_auto"_w) + std::string(" ");
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text.starts_with(begins); });
};
Use at_speed(std::int64_t ppm) {
  return [=](PlayerWindow& w) { return !w.player.time().adapts && w.player.time().speed_ppm == ppm; };
}

std::vector<Control> transport() {
  const Use playing = [](PlayerWindow& w) { return w.player.playing(); };
  const Use goes_to = [](PlayerWindow& w) { return state(w).goto_open; };
  return {
      {"play", {}, clicks("play"), playing, mark("pause sign")},
      {"pause", [](PlayerWindow& w) { w.player.play(true); }, clicks("play"), no(playing), mark("play sign")},
      {"the speed's box", speed(1'000'000), clicks("speed"), kAdapts, kSaysAuto},
      {"+", speed(1'000'000), clicks("faster"), at_speed(2'000'000), text("2×")},
      {"-", speed(1'000'000), clicks("slower"), at_speed(500'000), text("1/2×")},
      {"step", {}, clicks("step"), later, shows_moment},
      {"back", {}, clicks("back"), earlier, shows_moment},
      {"the clock", {}, clicks("clock"), goes_to, mark("go to a time")},
      {"beside the time to go to", key_first(ui::kKeyG),
       [](PlayerWindow& w) { return click_beside(w, place(w, make_id("goto"))); }, no(goes_to),
       no(mark("go to a time"))},
      {"A", speed(1'000'000), presses(ui::kKeyA), kAdapts, kSaysAuto},
      {"right", {}, presses(ui::kKeyRight), later, shows_moment},
      {"left", {}, presses(ui::kKeyLeft), earlier, shows_moment},
      {"Page Up", {}, presses(ui::kKeyPageUp), earlier, shows_moment},
      {"Home", {}, presses(ui::kKeyHome), earlier, shows_moment},
      {"End", {}, presses(ui::kKeyEnd), later, shows_moment},
      {"the timeline's ruler", {}, clicks("ruler"), moved, shows_moment},
      {"a drag along the ruler",
       {},
       [](PlayerWindow& w) {
         const Rect r = place(w, make_id("ruler"));
         return !r.empty() && drag(w, {r.cx(), r.cy()}, {r.cx() + 100, r.cy()});
       },
       moved,
       shows_moment},
      {"the timeline's lanes", {}, clicks("lanes"), moved, shows_moment},
      {"the ruler of the space-time diagram", lower(Tab::SpaceTime), clicks("space-time ruler"), moved, shows_moment},
      {"Cancel of a long way",
       [](PlayerWindow& w) {
         w.player.set_slice(std::chrono::microseconds(1));
         w.player.act(seek_to(40'000'000));
         ticks(w.player, 10);  // a short way has no such button
       },
       clicks("cancel"), [](PlayerWindow& w) { return !w.player.busy(); }, no(text(tr(Lang::En, "ui.cancel"_w)))},
  };
}

std::vector<Control> title_and_lesson() {
  return {
      {"Find", {}, clicks("find"), [](PlayerWindow& w) { return state(w).palette_open; }, box("palette")},
      {"Find in the lesson's layout",
       {},
       clicks("find"),
       [](PlayerWindow& w) { return state(w).palette_open; },
       box("palette"),
       Layout::Lesson},
      {"Find in the workbench of a small window",
       {},
       clicks("find"),
       [](PlayerWindow& w) { return state(w).palette_open; },
       box("palette"),
       Layout::Workbench,
       1280,
       720},
      {"the next visible change, from Find", find("visible change"), clicks("palette row", 0), later, shows_moment},
      {"the one before, from Find", find("previous visible change"), clicks("palette row", 0), earlier, shows_moment},
      {"EN", [](PlayerWindow& w) { w.h.dashboard.set_language(Lang::Ko); }, clicks("lang en"),
       [](PlayerWindow& w) { return state(w).lang == Lang::En; }, text(tr(Lang::En, "ui.find_or_do"_w))},
      {"Back", {}, clicks("back step"), earlier, shows_moment},
      {"From the start", offer, clicks("from start"), [](PlayerWindow& w) { return !w.player.lesson().resume.active; },
       no(text(tr(Lang::En, "ui.from_start"_w)))},
      {"Continue", offer, clicks("resume"), [](PlayerWindow& w) { return w.player.now().us == 11'000'000; },
       shows_moment},
      {"Tab",
       {},
       presses(ui::kKeyTab),
       [](PlayerWindow& w) { return state(w).layout == Layout::Lesson; },
       text(tr(Lang::En, "ui.workbench"_w))},
      {"Shift+P",
       {},
       presses(ui::kKeyP, true),
       [](PlayerWindow& w) { return state(w).layout == Layout::Presenter; },
       no(box("title bar"))},
      {".",
       {},
       presses(ui::kKeyPeriod),
       [](PlayerWindow& w) { return state(w).blank; },
       [](PlayerWindow& w) { return w.h.dashboard.diagnostics().pieces.empty(); },
       Layout::Presenter},
      {"B",
       {},
       presses(ui::kKeyB),
       [](PlayerWindow& w) { return state(w).blank; },
       [](PlayerWindow& w) { return w.h.dashboard.diagnostics().pieces.empty(); },
       Layout::Presenter},
      {"F", {}, presses(ui::kKeyF), [](PlayerWindow& w) { return state(w).filled; }, no(text("controller-1"))},
  };
}

std::vector<Control> panels() {
  constexpr const char* kRepeated = "/sinks/plain/repeated";
  const Use follows = [](PlayerWindow& w) { return state(w).log_follow; };
  const Use isolated = [](PlayerWindow& w) { return broker_2(w).isolated; };
  const Use link = [](PlayerWindow& w) {
    return state(w).menu.open && state(w).menu.target == "broker-1" && state(w).menu.other == "broker-2";
  };
  const auto before = [](std::int64_t us) { return [=](PlayerWindow& w) { return w.player.now().us < us; }; };
  const auto says_now = [=](std::int64_t us) {
    return [=](PlayerWindow& w) { return before(us)(w) && says(w, ui::clock_text(w.player.now().us)); };
  };
  const auto chosen = [](const char* name) { return [=](PlayerWindow& w) { return state(w).selection == name; }; };
  const auto inspects = [](const char* name) { return [=](PlayerWindow& w) { return inspected(w) == name; }; };
  return {
      {"Follow", lower(Tab::Log), clicks("follow"), no(follows), no(mark("log follows"))},
      {"a record of the ledger's list",
       [](PlayerWindow& w) {
         w.key(ui::kKey1 + 3);
         w.click(make_id("lost_acked"));
       },
       clicks("record", 0), [](PlayerWindow& w) { return w.player.log().record_open; }, box("record"),
       Layout::Workbench, 1920, 1080, "producer/acks", 40'000'000},
      {"a moment of a record's story",
       [](PlayerWindow& w) {
         w.key(ui::kKey1 + 3);
         w.click(make_id("lost_acked"));
         w.click(make_id("record", 0));
       },
       clicks("story", 1), before(40'000'000), says_now(40'000'000), Layout::Workbench, 1920, 1080, "producer/acks",
       40'000'000},
      {"a moment of how a partition's ISR came to be so",
       [](PlayerWindow& w) {
         Action select = action(ActionKind::Select);
         select.target = "orders-0";
         w.player.act(select);
         w.frames();
       },
       clicks("came", 1), before(30'000'000), says_now(30'000'000), Layout::Workbench, 1920, 1600, kFailover,
       30'000'000},
      {"an error beside a client",
       {},
       [](PlayerWindow& w) {
         for (std::size_t to = 0; to < w.h.world.nodes.size(); ++to)
           if (w.click(make_id("error " + std::string("NOT_ENOUGH_REPLICAS"), to))) return true;
         return false;
       },
       [](PlayerWindow& w) {
         return state(w).origin.name == "NOT_ENOUGH_REPLICAS" && state(w).selection == "acks-all";
       },
       box("origin"),
       Layout::Lesson,
       1920,
       1080,
       "replication/min-insync",
       20'000'000},
      {"a count of a table outside Kafka", key_first(ui::kKey0 + ui::digit_of(Tab::Ledger)),
       [](PlayerWindow& w) { return w.click(make_id("sink " + std::string(kRepeated))); },
       [](PlayerWindow& w) { return state(w).number_path == kRepeated; },
       [](PlayerWindow& w) { return !place(w, make_id("why " + std::string(kRepeated))).empty(); }, Layout::Workbench,
       1920, 1080, "delivery/at-least-once", 14'000'000},
      {"a member of one of two groups that are compared", key_first(ui::kKey0 + ui::digit_of(Tab::Groups)),
       [](PlayerWindow& w) { return w.click(make_id("compared member " + w.h.world.groups.front().id, 0)); },
       [](PlayerWindow& w) { return state(w).selection == w.h.world.groups.front().members.front().client; },
       [](PlayerWindow& w) { return inspected(w) == w.h.world.groups.front().members.front().client; },
       Layout::Workbench, 1920, 1080, "groups/two-groups", 9'000'000},
      {"a change to try on the end card",
       {},
       clicks("try", 0),
       [](PlayerWindow& w) { return w.player.lesson().detour.kind == ui::RunKind::Try; },
       box("detour bar"),
       Layout::Lesson,
       1920,
       1080,
       kFailover,
       40'000'000},
      {"a setting's value",
       [](PlayerWindow& w) {
         click_card(w, "shop");
         w.frames();
       },
       [](PlayerWindow& w) {
         const auto& config = w.h.world.inspected.config;
         const auto linger = std::find_if(config.begin(), config.end(),
                                          [](const observe::ConfigEntry& e) { return e.key == "linger.ms"; });
         if (linger == config.end()) return false;
         const ui::Id field = make_id("config", static_cast<std::uint64_t>(linger - config.begin()));
         const Rect inspector = place(w, make_id("inspector"));
         w.h.move(inspector.cx(), inspector.cy());
         for (int turn = 0; turn < 60 && place(w, field).empty(); ++turn) {
           w.h.wheel(-1);
           w.frames();
         }
         if (!w.click(field)) return false;
         w.h.type("7");
         w.frames();
         w.h.enter();
         w.frames();
         return true;
       },
       [](PlayerWindow& w) {
         const auto& config = w.player.snapshot().inspected.config;
         return std::any_of(config.begin(), config.end(), [](const observe::ConfigEntry& e) {
           return e.key == "linger.ms" && e.value.find('7') != std::string::npos;
         });
       },
       [](PlayerWindow& w) { return ui::shows(w.h, "linger.ms="); }},
      {"a node's name in the space-time diagram", lower(Tab::SpaceTime),
       [](PlayerWindow& w) {
         const auto at = &broker_2(w) - w.h.world.nodes.data();
         return w.click(make_id("life", static_cast<std::uint64_t>(at)));
       },
       chosen("broker-2"), inspects("broker-2")},
      {"a member's name", key_first(ui::kKey1 + 1), clicks("member", 0), chosen("c-1"), inspects("c-1"),
       Layout::Workbench, 1920, 1080, "groups/rebalance-eager", 12'000'000},
      {"the sign of the inspector",
       {},
       clicks("drawer"),
       [](PlayerWindow& w) { return state(w).drawer; },
       box("inspector"),
       Layout::Workbench,
       1280,
       720},
      {"X on a chosen node", select_broker, presses(ui::kKeyX), isolated,
       [](PlayerWindow& w) { return ui::shows(w.h, tr(Lang::En, "ui.state_isolated"_w)); }},
      {"a drag from node to node",
       {},
       [](PlayerWindow& w) {
         const Rect a = place(w, node(w, "broker-1")), b = place(w, node(w, "broker-2"));
         return drag(w, {a.cx(), a.y + 12}, {b.cx(), b.y + 12});
       },
       link,
       box("menu")},
      {"Crash in a node's menu", [](PlayerWindow& w) { click_card(w, "broker-2", true); },
       clicks("menu item", "ui.crash"_w.hash), [](PlayerWindow& w) { return broker_2(w).down(); },
       [](PlayerWindow& w) { return ui::shows(w.h, tr(Lang::En, "ui.state_crashed"_w)); }},
      {"a word that the terminal offers",
       [](PlayerWindow& w) {
         w.key(ui::kKey0);
         w.click(make_id("tool field"));
         w.h.type("kafka-topics --des");
         w.frames(3);
       },
       clicks("tool word", 0), [](PlayerWindow& w) { return state(w).tool.text == "kafka-topics --describe "; },
       [](PlayerWindow& w) {
         const auto& words = w.h.log.terminal.completions;
         return !words.empty() && words.front() != "--describe" && says(w, words.front());
       }},
      {"another detour that was kept",
       [](PlayerWindow& w) {
         w.player.act(fault("crash", "broker-3"));
         w.player.act(action(ActionKind::ReturnFromDetour));
         w.player.act(fault("crash", "broker-2"));
         w.frames();
         state(w).choose(Tab::Timeline);
         w.frames();
       },
       [](PlayerWindow& w) {
         const auto& kept = w.player.lesson().detour.kept;
         for (std::size_t i = 0; i < kept.size(); ++i)
           if (!kept[i].current) return w.click(make_id("kept", i));
         return false;
       },
       [](PlayerWindow& w) { return w.player.lesson().detour.what.en.find("broker-3") != std::string::npos; },
       [](PlayerWindow& w) {
         const auto& pieces = w.h.dashboard.diagnostics().pieces;
         return std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) {
           return piece.box == "detour bar" && piece.text.find("broker-3") != std::string::npos;
         });
       },
       Layout::Lesson, 1920, 1600},
  };
}

std::vector<Control> closing() {
  const Use answer = [](PlayerWindow& w) { return w.player.log().why.open; };
  const Use two = [](PlayerWindow& w) { return w.player.lesson().twin.open; };
  const Use origin = [](PlayerWindow& w) { return !state(w).origin.name.empty(); };
  const Use form = [](PlayerWindow& w) { return state(w).form.open; };
  const Use menu = [](PlayerWindow& w) { return state(w).menu.open; };
  const auto beside = [](const char* card) {
    return [=](PlayerWindow& w) { return click_beside(w, place(w, make_id(card))); };
  };
  return {
      {"× of Why?",
       [](PlayerWindow& w) {
         select_broker(w);
         w.key(ui::kKeyW);
       },
       clicks("why close"), no(answer), no(box("why"))},
      {"× of two worlds",
       [](PlayerWindow& w) {
         w.player.act(open_twin_setting("shop", "acks", "1"));
         w.frames(4);
       },
       clicks("close twin"), no(two), no(box("two worlds"))},
      {"two panes beside a lesson's variants",
       {},
       clicks("lesson beside"),
       two,
       box("two worlds"),
       Layout::Lesson,
       1280,
       720,
       "replication/leader-epoch",
       14'000'000},
      {"× of an origin's card", open_origin, clicks("origin close"), no(origin), no(box("origin"))},
      {"beside an origin's card", open_origin, beside("origin card"), no(origin), no(box("origin"))},
      {"Cancel of a form", open_form, clicks("form cancel"), no(form), no(box("act form"))},
      {"beside a form", open_form, beside("act form card"), no(form), no(box("act form"))},
      {"beside a menu",
       [](PlayerWindow& w) {
         select_broker(w);
         w.key(ui::kKeyM);
       },
       beside("menu"), no(menu), no(box("menu"))},
  };
}

/// Ids of src/ui that no test names, each with the reason.
const std::set<std::string> kNotUsed = {
    // The ground of a panel, a card or a bar, which only keeps the pointer from what is behind it.
    "compare", "controller", "detour timeline", "drawer foot", "ledger", "metrics", "partition detail",
    "partition panel", "presenter", "terminal", "transport",
    // Covered everywhere but for the card in its middle, which the tests click beside.
    "goto outside", "menu outside", "origin outside",
    // Only a hover card, whose words tests of the models check.
    "group cell", "parted words", "replica differs", "transaction timer", "world name"};

std::set<std::string> ids_in(const std::string& folder) {
  std::set<std::string> found;
  const std::regex id("make_id\\(\"([^\"]+)\"|clicks\\(\"([^\"]+)\"|beside\\(\"([^\"]+)\"");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_root() + "/" + folder)) {
    if (const auto kind = entry.path().extension(); kind != ".cpp" && kind != ".h") continue;
    std::ifstream in(entry.path());
    const std::string source{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator it(source.begin(), source.end(), id), end; it != end; ++it)
      for (const std::size_t group : {1, 2, 3})
        if ((*it)[group].matched) found.insert((*it)[group].str());
  }
  return found;
}

}  // namespace controls
}  // namespace

TEST_CASE("each control does its act at a click or a key, and the next frame shows it") {
  for (const auto& part :
       {controls::transport(), controls::title_and_lesson(), controls::panels(), controls::closing()})
    for (const controls::Control& control : part) {
      const std::string name = control.name;
      CAPTURE(name);
      PlayerWindow w(control.lesson, control.at_us, control.layout, control.w, control.h);
      w.player.play(false);
      w.frames();
      if (control.before) control.before(w);
      w.frames();
      CHECK_FALSE(control.made(w));
      CHECK_FALSE(control.seen(w));
      CHECK(control.use(w));
      CHECK(control.made(w));
      CHECK(control.seen(w));
    }
}

TEST_CASE("Restore and F11 are acts of the program, which the dashboard asks for") {
  PlayerWindow w(kFailover, controls::kMoment, Layout::Lesson, 1920, 1080);
  w.player.play(false);
  controls::state(w).kept = {2, {"A leader dies", "리더가 죽으면"}};
  w.frames();
  CHECK(w.h.click(ui::make_id("restore")));
  CHECK(w.h.emitted(ActionKind::RestoreKept));
  w.h.key(ui::kKeyF11);
  CHECK(w.h.emitted(ActionKind::ToggleFullscreen));
}

TEST_CASE("every place of the window that the pointer can use is used by a test, or listed with the reason") {
  const std::set<std::string> there = controls::ids_in("src/ui"), used = controls::ids_in("tests");
  REQUIRE(there.size() > 120);
  for (const std::string& id : there) {
    const bool listed = controls::kNotUsed.contains(id);
    CHECK_MESSAGE((used.contains(id) || listed), id << ": no test clicks it");
    CHECK_FALSE_MESSAGE((used.contains(id) && listed), id << ": a test clicks it, so it need not be listed");
  }
  for (const std::string& id : controls::kNotUsed) CHECK_MESSAGE(there.contains(id), id << ": no longer in src/ui");
}
