// The five first lessons as they are drawn: at each step, in every layout and both languages, no text of ours is cut, lies over
// another or leaves its box, and no card or label lies over a card.
#include <doctest/doctest.h>
#include <imgui.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "app/player.h"
#include "scenario/load.h"
#include "ui/dashboard.h"
#include "ui/headless.h"

using namespace kafkascope;
using app::Player;

namespace {

std::string text_of(const std::string& name) {
  std::ifstream in(std::string(KAFKASCOPE_SOURCE_DIR) + "/scenarios/" + name + ".json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What is wrong with the picture of this moment.
std::set<std::string> faults(ui::Headless& h, Player& player) {
  h.world = player.snapshot();
  h.lesson = player.lesson();
  h.time = player.time();
  h.log = player.log();
  h.settle();
  const ui::Diagnostics& d = h.dashboard.diagnostics();
  std::set<std::string> found(d.overflows.begin(), d.overflows.end());
  for (const std::string& s : ui::overlapping_texts(d)) found.insert("texts: " + s);
  for (const std::string& s : ui::overlapping_cards(d)) found.insert("cards: " + s);
  return found;
}

}  // namespace

TEST_CASE("every step of the first lessons is drawn clean") {
  ui::Headless h;
  for (const char* name : {"replication/leader-failover", "replication/leader-follower", "producer/acks", "groups/one-to-many", "partitions/key-hash"}) {
    const std::string text = text_of(name);
    scenario::Loaded loaded = scenario::load(text);
    REQUIRE(loaded.ok());
    Player player(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)), name, text);
    // Half a second into each stretch, and just before its end.
    std::set<std::int64_t> moments;
    for (const ui::LessonStep& step : player.lesson().steps) {
      if (step.at_us < 0) continue;
      moments.insert(step.at_us + 20'000);
      moments.insert(step.at_us + 600'000);
    }
    for (const std::int64_t at : moments) {
      player.seek(sim::Instant{at});
      for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Workbench, ui::Layout::Presenter}) {
        for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
          h.dashboard.set_layout(layout);
          h.dashboard.set_language(lang);
          h.size(layout == ui::Layout::Presenter ? 1024.f : 1280.f, layout == ui::Layout::Presenter ? 768.f : 720.f);
          h.dashboard.state().last_view_select = player.lesson().view.select;
          for (const std::string& s : faults(h, player)) {
            const int layout_number = static_cast<int>(layout);
            INFO(name << " at " << at << " µs, layout " << layout_number << (lang == ui::Lang::Ko ? ", ko: " : ", en: ") << s);
            CHECK_MESSAGE(false, "not clean");
          }
        }
      }
    }
  }
}
