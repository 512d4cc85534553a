// An answer to "why?" is lit in every panel that shows its moments or nodes, in the same frame: in the models and in the picture.
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <functional>
#include <set>

#include "app/offscreen.h"
#include "golden/no_gl.h"
#include "golden/pixels.h"
#include "player/helpers.h"
#include "ui/keys.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;
using ui::Rect;

namespace {

constexpr int kWide = 1920, kHigh = 1080;

/// A window that is drawn, and worked with mouse and keys.
struct Window {
  Player& player;
  ui::Dashboard dashboard;
  Pixels seen;  // after the last act
  int clicking = 0;

  Window(Player& of, Layout layout, ui::Lang lang) : player(of) {
    dashboard.set_language(lang);
    dashboard.set_theme(ui::Theme::Light);
    dashboard.set_layout(layout);
    dashboard.state().coach_seen = true;
    dashboard.diagnostics().on = true;
  }
  void frame() {
    player.tick(0);
    dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(), kWide, kHigh);
    for (const ui::Action& a : dashboard.take_actions()) player.act(a);
    if (clicking > 0) ImGui::GetIO().MouseDown[0] = --clicking == 1;
  }
  /// Does one act after the other, each once the window has come to rest.
  Picture work(const std::vector<std::function<void(Window&)>>& acts) {
    constexpr std::size_t kRest = 8;
    std::size_t frames = 0;
    const auto draw = [&](int) {
      frame();
      return frames < kRest * acts.size();
    };
    const auto look = [&](const unsigned char* rows) {
      if (++frames % kRest != 0) return true;
      seen = pixels_of(std::string(rows, rows + std::size_t{kWide} * kHigh * 4), kWide, kHigh);
      acts[frames / kRest - 1](*this);
      return true;
    };
    return render_frames([&] { return dashboard.prepare(1); }, draw, look, kWide, kHigh);
  }
  void key(int key) { dashboard.key({key, false, false, false, false}); }
  void type(const std::string& text) {
    for (const char* at = text.c_str(); *at != '\0';) {
      unsigned codepoint = 0;
      at += ImTextCharFromUtf8(&codepoint, at, nullptr);
      dashboard.text(codepoint);
    }
  }
  /// The pointer arrives; in the next frames the button goes down and up.
  void click(const Rect& at) {
    REQUIRE_FALSE(at.empty());
    ImGui::GetIO().MousePos = {at.cx(), at.cy()};
    clicking = 2;
  }
  std::vector<Rect> marks(std::string_view what) {
    std::vector<Rect> found;
    for (const auto& [rect, name] : dashboard.diagnostics().marks)
      if (name == what) found.push_back(rect);
    return found;
  }
  /// The part of a place that has nearly this colour, 0 to 1.
  double part_in(ui::Color color, const Rect& at) const {
    int lit = 0, all = 0;
    for (int y = std::max(0, static_cast<int>(at.y)); y < std::min(kHigh, static_cast<int>(at.bottom())); ++y)
      for (int x = std::max(0, static_cast<int>(at.x)); x < std::min(kWide, static_cast<int>(at.right())); ++x, ++all) {
        const unsigned char* pixel = seen.at(x, y);
        int apart = 0;
        for (unsigned i = 0; i < 3; ++i) apart += std::abs(pixel[i] - static_cast<int>(color >> (8 * i) & 255));
        lit += apart < 60 ? 1 : 0;
      }
    return all > 0 ? static_cast<double>(lit) / all : 0;
  }
  /// Whether much of the place has the colour of what is lit, as a disc has.
  bool shines(const Rect& at) const { return part_in(ui::palette(ui::Theme::Light).accent, at) > .25; }
  /// Each of these discs is lit, and its number is not covered.
  void check_discs(std::string_view what, std::size_t least) {
    check_lit(what, least);
    for (const Rect& r : marks(what)) {
      const Rect number = r.padded(r.w * .25f, r.h * .25f);
      const double ink = part_in(ui::palette(ui::Theme::Light).accent_ink, number);
      CHECK_MESSAGE(ink > .06, what << " at " << r.x);
      CHECK_MESSAGE(ink < .18, what << " at " << r.x);  // a line's light edge would be over the disc
    }
  }
  void check_lit(std::string_view what, std::size_t least) {
    const std::vector<Rect> at = marks(what);
    CHECK_MESSAGE(at.size() >= least, what << ": " << at.size() << " of " << least);
    for (const Rect& r : at) CHECK_MESSAGE(shines(r), what << " at " << r.x << ", " << r.y);
  }
};

Rect chip_of(Window& w, const char* broker, int partition) {
  const auto& nodes = w.player.snapshot().nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t k = 0; k < nodes[i].replicas.size(); ++k)
      if (nodes[i].name == broker && nodes[i].replicas[k].partition == partition)
        return w.dashboard.hits().find(make_id("chip", i * 4096 + k));
  return {};
}

}  // namespace

TEST_CASE("an answer asked for with W lights the same moments on stage, scrubber, strips, timeline, diagram and log") {
  const std::string text = text_of(kFailover);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{15'000'000});
    player.play(false);
    Window window(player, Layout::Lesson, lang);
    std::vector<Rect> before;
    const auto chain = [&]() -> const std::vector<ui::ChainLink>& { return player.log().chain; };
    // Nodes of the answer that the stage shows, each with its numbers.
    const auto nodes = [&] {
      std::set<std::string> all;
      for (const ui::ChainLink& link : chain())
        if (std::any_of(player.snapshot().nodes.begin(), player.snapshot().nodes.end(),
                        [&](const observe::Node& n) { return n.name == link.node; }))
          all.insert(link.node);
      return all.size();
    };
    const auto stage_and_scrubber = [&](Window& w) {
      REQUIRE(player.log().why.open);
      w.check_lit("chain numbers", nodes());
      w.check_lit("chain on scrubber", 1);
      // The first and the last moment are where the scrubber has them.
      const Rect bar = w.dashboard.hits().find(make_id("scrubber"));
      const auto x_of = [&](std::int64_t us) {
        const float part = static_cast<float>(us) / static_cast<float>(player.time().until_us);
        return bar.x + 12 + (bar.w - 24) * part;
      };
      const std::vector<Rect> lit = w.marks("chain on scrubber");
      CHECK(lit.front().grown(6).contains(x_of(chain().front().time_us), lit.front().cy()));
      CHECK(lit.back().grown(6).contains(x_of(chain().back().time_us), lit.back().cy()));
    };
    const Picture made = window.work({
        [&](Window& w) { w.click(chip_of(w, "broker-2", 0)); },
        [&](Window& w) {
          REQUIRE(w.dashboard.state().selection == "orders-0");
          REQUIRE_FALSE(player.log().why.open);
          for (const char* what : {"chain numbers", "chain on scrubber", "chain numbers in strips", "chain in timeline",
                                   "chain in diagram", "chain in log"})
            CHECK(w.marks(what).empty());
          w.key(ui::kKeyW);
        },
        [&](Window& w) {
          stage_and_scrubber(w);
          CHECK(chain().size() >= 3);
          w.key(ui::kKey0 + ui::digit_of(ui::Tab::Partitions));
        },
        [&](Window& w) {
          stage_and_scrubber(w);
          w.check_lit("chain numbers in strips", 1);
          w.key(ui::kKey0 + ui::digit_of(ui::Tab::Timeline));
        },
        [&](Window& w) {
          stage_and_scrubber(w);
          w.check_discs("chain in timeline", 3);
          w.key(ui::kKeySlash);  // no digit opens the diagram: Find does
        },
        [&](Window& w) { w.type(ui::tr(lang, "ui.space_time"_w)); },
        [](Window& w) { w.click(w.dashboard.hits().find(make_id("palette row", 0))); },
        [&](Window& w) {
          stage_and_scrubber(w);
          w.check_discs("chain in diagram", 3);
          w.key(ui::kKey0 + ui::digit_of(ui::Tab::Log));
        },
        [&](Window& w) {
          stage_and_scrubber(w);
          w.check_lit("chain in log", 1);  // the first row is scrolled into sight
          before = w.marks("chain on scrubber");
          w.key(ui::kKeyEscape);
        },
        [&](Window& w) {  // dark again
          CHECK_FALSE(player.log().why.open);
          CHECK(w.marks("chain on scrubber").empty());
          CHECK(w.marks("chain numbers").empty());
          CHECK(std::any_of(before.begin(), before.end(), [&](const Rect& at) { return !w.shines(at); }));
        },
    });
    if (!made.ok) return no_picture(made.error);
  }
}
