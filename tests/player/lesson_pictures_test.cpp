// Pictures of every bundled lesson at 1280×720, at some of its steps and shortly after, in the lesson layout and in the workbench:
// none of our texts is cut or leaves its box, no texts overlap, no cards of the stage overlap.
#include <algorithm>
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

}  // namespace

TEST_CASE("every lesson is drawn at several moments at 1280x720 with nothing cut or overlapping") {
  ui::Headless h;
  h.size(1280, 720);
  std::size_t picture = 0;
  for (const std::string& name : lessons()) {
    CAPTURE(name);
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    for (const std::int64_t at : moments(player)) {
      player.seek(sim::Instant{at});
      h.world = player.snapshot();
      h.lesson = player.lesson();
      h.time = player.time();
      h.log = player.log();
      h.dashboard.forget_place();
      for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Workbench}) {
        const ui::Lang lang = ++picture % 3 == 0 ? ui::Lang::Ko : ui::Lang::En;
        h.dashboard.set_language(lang);
        h.dashboard.set_layout(layout);
        h.settle();
        const ui::Diagnostics& seen = h.dashboard.diagnostics();
        const std::string where = name + " at " + std::to_string(at / 1000) + " ms, " +
                                  (layout == ui::Layout::Lesson ? "lesson" : "workbench") +
                                  (lang == ui::Lang::Ko ? ", ko" : ", en");
        for (const std::string& s : seen.overflows) CHECK_MESSAGE(false, (where + ": does not fit: " + s));
        for (const std::string& s : ui::overlapping_texts(seen))
          CHECK_MESSAGE(false, (where + ": texts overlap: " + s));
        for (const std::string& s : ui::overlapping_cards(seen))
          CHECK_MESSAGE(false, (where + ": cards overlap: " + s));
        CHECK(seen.pieces.size() > 5);
      }
    }
  }
  CHECK(picture > 100);
}
