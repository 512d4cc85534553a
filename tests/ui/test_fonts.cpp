// The font atlas is built anew only if the next frame needs a character or a size that it lacks.
#include <doctest/doctest.h>

#include "ui/headless.h"

using namespace kafkascope::ui;

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
