// The font atlas is built anew only if the next frame needs a character or a size that it lacks.
#include <doctest/doctest.h>

#include "ui/headless.h"

using namespace kafkascope::ui;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("a language that was shown before is shown again without building the font atlas") {
  Headless h;
  h.size(1280, 720);
  for (const Lang lang : {Lang::En, Lang::Ko, Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.settle();
  }
  h.dashboard.set_language(Lang::En);
  CHECK_FALSE(h.dashboard.prepare(1));
}

TEST_CASE("a time stays on one line with its unit") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.size(1280, 720);
  h.log.why.open = true;
  h.log.why.at_us = h.world.time_us;
  for (std::size_t letters = 40; letters < 120; ++letters) {
    const std::string words = std::string(letters, 'x') + " was last caught up at 16.908 s";
    h.log.why.lines = {{{words, words}, 7, 1, "broker-1"}};
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces) CHECK(piece.text != "s");
  }
}
