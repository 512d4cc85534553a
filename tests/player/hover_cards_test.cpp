// The pointer goes over whole pictures of lessons: the hover card of everything that has one fits, and stays in the window.
#include <cstdlib>
#include <set>

#include "player/helpers.h"
#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

struct Picture {
  const char* lesson;
  std::int64_t at_us;
  ui::Layout layout;
};

constexpr Picture kPictures[] = {
    {"replication/leader-failover", 15'000'000, ui::Layout::Lesson},
    {"producer/idempotence", 9'000'000, ui::Layout::Workbench},
    {"groups/rebalance-cooperative", 6'473'000, ui::Layout::Lesson},
    {"controller/zookeeper-roles", 11'120'000, ui::Layout::Workbench},
    {"replication/rack-loss", 13'649'000, ui::Layout::Workbench},
    {"operations/scale-out", 15'120'000, ui::Layout::Lesson},
    {"partitions/order-scope", 5'289'000, ui::Layout::Lesson},
    {"producer/acks", 27'900'000, ui::Layout::Workbench},
};

/// Rests the pointer on everything of the picture once.
void hover_everywhere(ui::Headless& h, const std::string& where, float width, float height, std::size_t& cards) {
  constexpr float kStep = 14;
  std::set<std::string> seen;
  for (float y = 50; y < height; y += kStep)
    for (float x = 5; x < width; x += kStep) {
      const ui::Id before = h.dashboard.hits().hovered();
      h.move(x, y);
      if (h.dashboard.hits().hovered() != before)
        for (int i = 0; i < 18; ++i) h.frame();
      const ui::Tip& tip = h.dashboard.state().tip;
      const ui::Diagnostics& all = h.dashboard.diagnostics();
      std::string card = tip.title;
      for (const auto& [key, value] : tip.facts) card += key + value;
      for (const auto& piece : all.pieces)
        if (piece.box == "hover card") card += piece.text;
      if (card.empty() || !seen.insert(card).second) continue;
      ++cards;
      for (const std::string& s : all.overflows) CHECK_MESSAGE(false, (where + ": does not fit: " + s));
      for (const std::string& s : ui::overlapping_texts(all)) CHECK_MESSAGE(false, (where + ": texts overlap: " + s));
      for (const auto& piece : all.pieces) {
        if (piece.box != "tip" && piece.box != "hover card") continue;
        CHECK_MESSAGE(piece.text.find("…") == std::string::npos, (where + ": shortened: " + piece.text));
        const bool inside =
            piece.rect.x >= 0 && piece.rect.y >= 0 && piece.rect.right() <= width && piece.rect.bottom() <= height;
        CHECK_MESSAGE(inside, (where + ": outside of the window: " + piece.text));
      }
    }
}

}  // namespace

// Two of the pictures; with KAFKASCOPE_ALL_LOOKS all of them.
TEST_CASE("the hover cards of a lesson's picture fit, in both languages") {
  const bool all = std::getenv("KAFKASCOPE_ALL_LOOKS") != nullptr;
  std::size_t cards = 0, pictures = 0;
  for (const Picture& picture : kPictures) {
    if (!all && pictures == 2) break;
    ++pictures;
    const std::string text = text_of(picture.lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{picture.at_us});
    ui::Headless h;
    h.size(1280, 720);
    h.world = player.snapshot();
    h.lesson = player.lesson();
    h.time = player.time();
    h.log = player.log();
    h.dashboard.set_layout(picture.layout);
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      h.dashboard.set_language(lang);
      h.settle();
      hover_everywhere(h, std::string(picture.lesson) + (lang == ui::Lang::Ko ? ", ko" : ", en"), 1280, 720, cards);
    }
  }
  CHECK(cards > pictures * 20);
}
