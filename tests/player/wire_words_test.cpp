// The words on lines and messages in the lessons: what was lost, what a request carries, which batch was refused, which line is slow.
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

constexpr Layout kStages[] = {Layout::Lesson, Layout::Workbench, Layout::Presenter};

struct Said {
  const char* lesson;
  std::int64_t at_us;
  const char* en;
  const char* ko;
  bool presented = true;  // also in front of people
};

const Said kSaid[] = {
    {"producer/retries-reorder", 8'080'000, "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 2",
     "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 2", false},
    {"producer/retries-reorder", 8'080'000, "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4",
     "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4", false},
    {"producer/retries-reorder", 8'309'000, "seq 3–4", "seq 3–4"},
    {"partitions/null-key", 22'000'000, "1000 ms", "1000 ms"},
    {"controller/session-expiry", 29'200'000, "believes it is the controller", "컨트롤러라고 믿음", false},
};

}  // namespace

TEST_CASE(
    "words on the stage say which sequence was refused or waits, what is slow, and which broker only believes to be the controller") {
  for (const Said& said : kSaid)
    for (const Layout layout : kStages) {
      if (layout == Layout::Presenter && !said.presented) continue;
      const bool large = layout == Layout::Workbench;  // its stage is only a part of the window
      PlayerWindow w(said.lesson, said.at_us, layout, large ? 1920.f : 1280.f, large ? 1080.f : 720.f);
      for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
        w.h.dashboard.set_language(lang);
        w.frames();
        const char* words = lang == ui::Lang::En ? said.en : said.ko;
        CHECK_MESSAGE(ui::shows(w.h, words), said.lesson, " ", static_cast<int>(layout), " ", words);
        ui::clean(w.h);
      }
    }
}
