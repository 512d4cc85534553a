// No key reaches the world while a list, a form or a text field is open. All of them that exist are opened here, as a person does.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "support/places.h"
#include "ui/headless.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"
#include "ui/world_actions.h"

using namespace kafkascope;
using namespace kafkascope::ui;

namespace {

struct Cover {
  const char* name;
  std::string field;  // the text field's id in src/ui/panels; empty: a list without one
  std::function<void(Headless&)> open;
  std::function<bool(const State&)> is_open;
  bool aside = false;  // the stage stays in sight
};

bool types(const State& st) { return st.typing; }

void bring(Headless& h, Tab tab) {
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().tab = tab;
  h.dashboard.state().tab_chosen = true;
  h.settle();
}

void focus(Headless& h, Id id) {
  REQUIRE(h.click(id));
  h.settle();
}

std::vector<Cover> covers() {
  const auto key = [](int k, bool ctrl = false) {
    return [=](Headless& h) {
      h.key(k, ctrl);
      h.settle();
    };
  };
  return {
      {"Find", "##palette", key(kKeyK, true), [](const State& st) { return st.palette_open && st.typing; }},
      {"go to a time", "##goto", key(kKeyG), [](const State& st) { return st.goto_open && st.typing; }, true},
      {"the list of lessons", "##lessons", key(kKeyL), [](const State& st) { return st.lessons_open && st.typing; }},
      {"the list of runs", "", key(kKeyB), [](const State& st) { return st.runs_open; }},
      {"the list of variants", "", key(kKeyV), [](const State& st) { return st.variants_open; }},
      {"a node's menu", "", key(kKeyM), [](const State& st) { return st.menu.open && !st.menu.more; }},
      {"the second page of a menu", "",
       [](Headless& h) {
         h.key(kKeyM);
         h.dashboard.state().menu.more = true;
         h.settle();
       },
       [](const State& st) { return st.menu.open && st.menu.more; }},
      {"the stage's menu", "",
       [](Headless& h) {
         h.dashboard.state().menu = {true, 600, 300, kMenuOfStage, {}, -1};
         h.settle();
       },
       [](const State& st) { return st.menu.open; }},
      {"the form for a new cluster", "",
       [](Headless& h) {
         h.dashboard.state().new_cluster.open = true;
         h.settle();
       },
       [](const State& st) { return st.new_cluster.open; }},
      {"the list of keys", "", key(kKeyF1), [](const State& st) { return st.help_open; }},
      {"the card of an origin", "", key(kKeyO), [](const State& st) { return !st.origin.name.empty(); }},
      {"a filter of lanes", "##lanes",
       [](Headless& h) {
         bring(h, Tab::Timeline);
         focus(h, make_id("lane filter"));
       },
       types, true},
      {"a filter of the log", "##filter",
       [](Headless& h) {
         bring(h, Tab::Log);
         focus(h, make_id("log filter"));
       },
       types, true},
      {"a filter of metrics", "##metrics",
       [](Headless& h) {
         bring(h, Tab::Metrics);
         focus(h, make_id("metrics filter"));
       },
       types, true},
      {"the terminal", "id.c_str()",
       [](Headless& h) {
         bring(h, Tab::Terminal);
         focus(h, make_id("tool field"));
       },
       types, true},
      {"a filter of settings", "##config filter",
       [](Headless& h) {
         h.dashboard.set_layout(Layout::Workbench);
         h.settle();
         focus(h, make_id("config filter"));
       },
       types, true},
      {"a setting's value", "##value",
       [](Headless& h) {
         h.dashboard.set_layout(Layout::Workbench);
         h.settle();
         focus(h, make_id("config", 0));
       },
       types, true},
  };
}

/// A lesson that runs, has another run and another variant, with a broker that was selected just now.
void set_up(Headless& h) {
  h.size(1920, 1080);
  h.time.playing = true;
  h.time.branches = fixture::three_runs();
  h.lesson.variants = {{"base", {"the lesson", "레슨"}}, {"before", {"no epochs", "에포크 없음"}}};
  if (h.world.metrics.empty()) h.world.metrics.emplace_back();
  h.world.inspected.what = "broker-1";
  h.world.inspected.config.clear();
  for (int i = 0; i < 12; ++i) {
    observe::ConfigEntry e;
    e.key = "key." + std::to_string(i);
    e.value = "1";
    e.dynamic = true;
    h.world.inspected.config.push_back(e);
  }
  h.dashboard.set_lessons({{"acks", "producer", {"acks", "acks"}}});
  h.dashboard.state().selection = "broker-1";
  h.dashboard.state().selected_wall = 0;
  h.dashboard.state().drawer = true;
  h.settle();
  h.actions();
}

/// All keys with a meaning of their own, but for Enter, which takes what is offered, and Esc, which closes.
constexpr int kKeys[] = {kKeySpace, kKeyPeriod, kKeyComma,  kKeyRight, kKeyLeft, kKeyN,     kKeyPageDown, kKeyP,
                         kKeyC,     kKeyX,      kKeyPageUp, kKeyR,     kKeyHome, kKeyEnd,   kKeyUp,       kKeyDown,
                         kKeyA,     kKeyE,      kKeyF,      kKeyI,     kKeyM,    kKeyO,     kKeyT,        kKeyU,
                         kKeyW,     kKeyTab,    kKeyF5,     kKeyMinus, kKeyZ,    kKeySlash, kKeyB,        kKeyV,
                         kKey9,     kKeyG,      kKeyL,      kKeyEqual, kKeyS};

void press_all(Headless& h, const std::function<void()>& open, const std::function<bool(const State&)>& is_open) {
  for (const bool ctrl : {false, true})
    for (const int key : kKeys) {
      if (ctrl && key != kKeyZ && key != kKeyR && key != kKeyS) continue;
      CAPTURE(key);
      CAPTURE(ctrl);
      if (!is_open(h.dashboard.state())) open();
      REQUIRE(is_open(h.dashboard.state()));
      h.actions();
      h.key(key, ctrl);
      h.frame();
      h.frame();
      for (const Action& a : h.actions()) {
        CAPTURE(static_cast<int>(a.kind));
        CHECK_FALSE(reaches_world(a.kind));
      }
    }
}

}  // namespace

TEST_CASE("no key reaches the world while a list or a text field is open") {
  for (const Cover& cover : covers()) {
    const std::string name = cover.name;
    CAPTURE(name);
    Headless h;
    set_up(h);
    press_all(
        h, [&] { cover.open(h); }, cover.is_open);
  }
}

TEST_CASE("the world waits while anything is open over it, and not for a text field beside the stage") {
  for (const Cover& cover : covers()) {
    const std::string name = cover.name;
    CAPTURE(name);
    Headless h;
    set_up(h);
    h.frame();
    CHECK_FALSE(h.emitted(ActionKind::Wait));
    cover.open(h);
    REQUIRE(cover.is_open(h.dashboard.state()));
    h.actions();
    h.frame();
    CHECK(h.emitted(ActionKind::Wait) == !cover.aside);
    h.key(kKeyEscape);
    h.frame();
    h.actions();
    h.frame();
    CHECK_FALSE(h.emitted(ActionKind::Wait));
  }
}

TEST_CASE("no key reaches the world while a form is open, whichever it is") {
  for (std::size_t i = 0; i < act_forms().size(); ++i) {
    CAPTURE(i);
    Headless h;
    set_up(h);
    const auto open = [&] {
      State& st = h.dashboard.state();
      st.form = {true, static_cast<int>(i), std::vector<std::string>(act_forms()[i].fields.size()), 0, true, false, 0,
                 {}};
      h.settle();
    };
    press_all(h, open, [](const State& st) { return st.form.open; });
  }
}

TEST_CASE("the tests of keys typed into text fields cover every text field of the dashboard") {
  std::set<std::string> tried = {"id.c_str()"};  // of a form: one for each value
  for (const Cover& cover : covers())
    if (!cover.field.empty()) tried.insert(cover.field);
  const std::regex call(R"re(text_field\(ui, (?:"([^"]+)"|([a-z_.()]+)),)re");
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_root() + "/src/ui")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    std::ostringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator it(source.begin(), source.end(), call), end; it != end; ++it)
      found.insert((*it)[1].matched ? (*it)[1].str() : (*it)[2].str());
  }
  CHECK(found == tried);
}
