// Pictures of every bundled lesson at some of its steps and shortly after, in the three layouts:
// none of our texts is cut or leaves its box, no texts overlap, no cards of the stage overlap.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "player/helpers.h"
#include "support/places.h"
#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> lessons() {
  const fs::path root = source_root() + "/scenarios";
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".json")
      found.push_back(fs::relative(entry.path(), root).replace_extension().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Different moments: just after a few of the lesson's steps, and between steps. All within the first 16 s.
std::vector<std::int64_t> moments(Player& player) {
  constexpr std::int64_t kLast = 16'000'000;
  std::vector<std::int64_t> out{600'000, 5'600'000};
  player.seek(sim::Instant{kLast});
  std::vector<std::int64_t> steps;
  for (const ui::LessonStep& s : player.lesson().steps) {
    if (s.at_us > 0 && s.at_us < kLast) steps.push_back(s.at_us + 120'000);
  }
  // First, middle, last.
  for (const std::size_t i : {std::size_t{0}, steps.size() / 2, steps.size() - 1}) {
    if (i < steps.size()) out.push_back(steps[i]);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Layout, size and language; and whether the banner of a detour is open.
struct Look {
  ui::Layout layout;
  float w, h;
  ui::Lang lang;
  bool banner = false;
};

std::vector<Look> every_look() {
  using enum ui::Layout;
  std::vector<Look> looks;
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    for (const auto& [w, h] :
         {std::pair{1280.f, 720.f}, {1280.f, 800.f}, {1600.f, 900.f}, {1920.f, 1080.f}, {3840.f, 2160.f}})
      for (const ui::Layout layout : {Lesson, Workbench, Presenter}) looks.push_back({layout, w, h, lang});
    looks.push_back({Presenter, 1024, 768, lang});
    looks.push_back({Workbench, 1600, 900, lang, true});
  }
  return looks;
}

std::string name_of(const Look& look) {
  constexpr const char* kLayouts[] = {"lesson", "workbench", "presenter"};
  return std::string(kLayouts[static_cast<std::size_t>(look.layout)]) + " " + std::to_string(static_cast<int>(look.w)) +
         "x" + std::to_string(static_cast<int>(look.h)) + (look.banner ? " with a banner" : "") +
         (look.lang == ui::Lang::Ko ? ", ko" : ", en");
}

}  // namespace

// Each moment has three of the looks, the next moment the following ones. With KAFKASCOPE_ALL_LOOKS=1 each moment has all looks
// (about four minutes), with KAFKASCOPE_ALL_LOOKS=replication/ those of the lessons whose names contain that.
TEST_CASE(
    "every lesson is drawn at several moments, in every layout, size and language, with nothing cut or overlapping") {
  const char* env = std::getenv("KAFKASCOPE_ALL_LOOKS");
  const std::string all = env == nullptr ? "" : env, part = all == "1" ? "" : all;
  const std::vector<Look> looks = every_look();
  const std::size_t some = all.empty() ? 3 : looks.size();
  const ui::Detour detour = ui::fixture::lesson(ui::fixture::Scene::Detour).detour;
  ui::Headless h;
  std::size_t picture = 0;
  for (const std::string& name : lessons()) {
    if (name.find(part) == std::string::npos) continue;
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    for (const std::int64_t at : moments(player)) {
      player.seek(sim::Instant{at});
      h.world = player.snapshot();
      h.lesson = player.lesson();
      h.time = player.time();
      h.log = player.log();
      h.dashboard.forget_place();
      for (std::size_t i = 0; i < some; ++i) {
        const Look& look = looks[picture++ % looks.size()];
        h.size(look.w, look.h);
        h.dashboard.set_language(look.lang);
        h.dashboard.set_layout(look.layout);
        h.lesson.detour = look.banner ? detour : ui::Detour{};
        h.settle();
        const ui::Diagnostics& seen = h.dashboard.diagnostics();
        const std::string where = name + " at " + std::to_string(at / 1000) + " ms, " + name_of(look);
        for (const std::string& s : seen.overflows) CHECK_MESSAGE(false, (where + ": does not fit: " + s));
        for (const std::string& s : ui::overlapping_texts(seen))
          CHECK_MESSAGE(false, (where + ": texts overlap: " + s));
        for (const std::string& s : ui::overlapping_cards(seen))
          CHECK_MESSAGE(false, (where + ": cards overlap: " + s));
        CHECK(seen.pieces.size() > 5);
      }
    }
  }
  CHECK(picture > looks.size());
}
