// The pointer goes over whole pictures of lessons: the hover card of everything that has one fits, and stays in the window.
#include <imgui.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "app/offscreen.h"
#include "app/offscreen_pixels.h"
#include "player/helpers.h"
#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

struct Place {
  const char* lesson;
  std::int64_t at_us;
  ui::Layout layout;
};

constexpr Place kPictures[] = {
    {"replication/leader-failover", 15'000'000, ui::Layout::Lesson},
    {"producer/idempotence", 9'000'000, ui::Layout::Workbench},
    {"groups/rebalance-cooperative", 6'473'000, ui::Layout::Lesson},
    {"controller/zookeeper-roles", 11'120'000, ui::Layout::Workbench},
    {"replication/rack-loss", 13'649'000, ui::Layout::Workbench},
    {"operations/scale-out", 15'120'000, ui::Layout::Lesson},
    {"partitions/order-scope", 5'289'000, ui::Layout::Lesson},
    {"producer/acks", 27'900'000, ui::Layout::Workbench},
    {"delivery/at-least-once", 11'600'000, ui::Layout::Lesson},
    {"delivery/hanging-transaction", 14'000'000, ui::Layout::Workbench},
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

/// The text of the card that is shown, without its digits: cards that differ in their numbers alone look alike.
std::string kind_of_card(const ui::Tip& tip, const ui::Diagnostics& all) {
  std::string card = tip.title;
  for (const auto& fact : tip.facts) card += "|" + fact.first;
  for (const auto& piece : all.pieces)
    if (piece.box == "hover card") card += "|" + piece.text;
  std::erase_if(card, [](char c) { return c >= '0' && c <= '9'; });
  return card;
}

/// Where cards appear that are not alike, with a name for each.
std::vector<ui::Point> places_of_cards(Player& player, ui::Layout layout) {
  ui::Headless h;
  h.size(1280, 720);
  take_models(h, player);
  h.dashboard.set_layout(layout);
  h.settle();
  std::map<std::string, ui::Point> found;
  for (float y = 50; y < 720; y += 14)
    for (float x = 5; x < 1280; x += 14) {
      const ui::Id before = h.dashboard.hits().hovered();
      h.move(x, y);
      if (h.dashboard.hits().hovered() != before)
        for (int i = 0; i < 18; ++i) h.frame();
      const std::string card = kind_of_card(h.dashboard.state().tip, h.dashboard.diagnostics());
      if (!card.empty()) found.try_emplace(card, ui::Point{x, y});
    }
  std::vector<ui::Point> places;
  for (const auto& entry : found) places.push_back(entry.second);
  return places;
}

/// A picture of each of these places with its card, in the given language and theme.
void draw_cards(Player& player, const Place& picture, ui::Lang lang, ui::Theme theme,
                const std::vector<ui::Point>& places, const std::string& out) {
  constexpr int kFrames = 20, kW = 1280, kH = 720;
  ui::Dashboard dashboard;
  dashboard.state().coach_seen = true;
  dashboard.set_layout(picture.layout);
  dashboard.set_language(lang);
  dashboard.set_theme(theme);
  std::size_t at = 0;
  int frame = 0;
  const Place* const of = &picture;
  const auto made = render_frames(
      [&] {
        if (at < places.size()) ImGui::GetIO().MousePos = {places[at].x, places[at].y};
        return dashboard.prepare(1);
      },
      [&](int) {
        if (at == places.size()) return false;
        dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(), kW, kH);
        for (const Action& a : dashboard.take_actions())
          if (a.kind == ActionKind::LookAtRecord) player.act(a);
        return true;
      },
      [&](const unsigned char* rows) {
        if (++frame % kFrames != 0) return true;
        std::string name = of->lesson;
        std::replace(name.begin(), name.end(), '/', '-');
        const std::vector<unsigned char> pixels(rows, rows + std::size_t{4} * kW * kH);
        name += "-" + std::to_string(at++) + (lang == ui::Lang::Ko ? "-ko" : "-en") +
                (theme == ui::Theme::Light ? "-light" : "-dark");
        return write_png(out + "/" + name + ".png", kW, kH, pixels);
      },
      kW, kH);
  CHECK_MESSAGE(made.ok, made.error);
}

}  // namespace

TEST_CASE("the legend is drawn into pictures" * doctest::skip(std::getenv("KAFKASCOPE_CARD_PICTURES") == nullptr)) {
  const char* asked = std::getenv("KAFKASCOPE_CARD_PICTURES");
  const std::string out = asked == nullptr ? "" : asked;
  Player player(parse(text_of(kFailover)), "x", text_of(kFailover));
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const ui::Theme theme : {ui::Theme::Light, ui::Theme::Dark}) {
      ui::Dashboard dashboard;
      dashboard.set_language(lang);
      dashboard.set_theme(theme);
      dashboard.state().coach_seen = dashboard.state().help_open = dashboard.state().help_cards = true;
      int frames = 0;
      const std::string name = std::string("/legend-") + (lang == ui::Lang::Ko ? "ko" : "en") +
                               (theme == ui::Theme::Light ? "-light" : "-dark") + ".png";
      const auto made =
          render_png([&] { return dashboard.prepare(1); },
                     [&] {
                       dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(), 1280, 720);
                       return ++frames < 5;
                     },
                     1280, 720, out + name);
      CHECK_MESSAGE(made.ok, made.error);
    }
}

// For a person to look at: KAFKASCOPE_CARD_PICTURES names the folder, KAFKASCOPE_CARD_LESSON a part of the lessons' names.
TEST_CASE("the hover cards are drawn into pictures" *
          doctest::skip(std::getenv("KAFKASCOPE_CARD_PICTURES") == nullptr)) {
  const char* asked = std::getenv("KAFKASCOPE_CARD_PICTURES");
  const std::string out = asked == nullptr ? "" : asked;
  const char* only = std::getenv("KAFKASCOPE_CARD_LESSON");
  for (const Place& picture : kPictures) {
    if (only != nullptr && std::string(picture.lesson).find(only) == std::string::npos) continue;
    const std::string text = text_of(picture.lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{picture.at_us});
    const std::vector<ui::Point> places = places_of_cards(player, picture.layout);
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
      for (const ui::Theme theme : {ui::Theme::Light, ui::Theme::Dark})
        draw_cards(player, picture, lang, theme, places, out);
  }
}

// Each picture in one language, the next one in the other; with KAFKASCOPE_ALL_LOOKS each in both.
TEST_CASE("the hover cards of a lesson's picture fit, in both languages") {
  const bool all = std::getenv("KAFKASCOPE_ALL_LOOKS") != nullptr;
  std::size_t cards = 0, pictures = 0, looks = 0;
  for (const Place& picture : kPictures) {
    ++pictures;
    const std::string text = text_of(picture.lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{picture.at_us});
    ui::Headless h;
    h.size(1280, 720);
    take_models(h, player);
    h.dashboard.set_layout(picture.layout);
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      if (!all && (pictures % 2 == 0) != (lang == ui::Lang::Ko)) continue;
      ++looks;
      h.dashboard.set_language(lang);
      h.settle();
      hover_everywhere(h, std::string(picture.lesson) + (lang == ui::Lang::Ko ? ", ko" : ", en"), 1280, 720, cards);
    }
  }
  CHECK(pictures == std::size(kPictures));
  CHECK(cards > looks * 10);
}
