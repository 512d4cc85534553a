#include "golden/apart.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "app/offscreen.h"
#include "golden/no_gl.h"
#include "golden/pixels.h"
#include "ui/crowd.h"
#include "ui/dashboard.h"

namespace kafkascope::ui {

using observe::Snapshot;

namespace {

constexpr int kWide = 1920, kHigh = 1080;

struct Drawn {
  Pixels pixels;
  std::vector<Rect> words;  // in pixels
};

Snapshot usual_world(const Theming& look) {
  return look.twelve_brokers ? crowd::many(12, 40, 2, 10, 0, 3) : fixture::world(fixture::Moment::Before);
}

Scene usual_scene(const Theming& look) {
  Scene scene{usual_world(look), fixture::lesson(fixture::Scene::First), fixture::timeline(fixture::Moment::Before),
              fixture::log(fixture::Moment::Before)};
  if (*look.panel != '\0') scene.lesson.view.panels = {"stage", look.panel};
  if (look.panel == std::string_view("controller")) {  // else the step's partition would be shown
    scene.lesson.view.select.clear();
    scene.lesson.view.point.clear();
  }
  if (look.two_worlds) {
    Twin& twin = scene.lesson.twin;
    twin.open = twin.ready = true;
    twin.here = {"here", "여기"}, twin.there = {"there", "저기"};
    twin.world = std::make_shared<const Snapshot>(scene.world);
  }
  return scene;
}

std::optional<Drawn> draw(const Scene& scene, const Theming& look) {
  Dashboard dashboard;
  dashboard.set_language(Lang::En);
  dashboard.set_theme(look.theme);
  dashboard.set_presenter_dark(look.theme == Theme::Dark);
  dashboard.set_layout(look.layout);
  dashboard.state().coach_seen = true;
  dashboard.diagnostics().on = true;
  if (look.layout == Layout::Workbench) {
    dashboard.state().tab = look.tab;
    dashboard.state().tab_chosen = true;
    dashboard.state().selection = "orders-0";
  }
  int frames = 0;
  std::string rgba;
  const app::Picture made =
      app::render_png([&] { return dashboard.prepare(1); },
                      [&] {
                        dashboard.frame(scene.world, scene.lesson, scene.time, scene.log, kWide, kHigh);
                        return dashboard.wants_another_frame() || ++frames < 3;
                      },
                      kWide, kHigh, "", &rgba);
  if (!made.ok) {
    no_picture(made.error);
    return std::nullopt;
  }
  Drawn drawn{pixels_of(rgba, kWide, kHigh), {}};
  for (const auto& piece : dashboard.diagnostics().pieces) drawn.words.push_back(piece.rect);
  return drawn;
}

void cover(Pixels& p, const std::vector<Rect>& words) {
  for (const Rect& r : words)
    for (int y = std::max(0, static_cast<int>(r.y)); y < std::min(p.height, static_cast<int>(r.y + r.h) + 1); ++y)
      for (int x = std::max(0, static_cast<int>(r.x)); x < std::min(p.width, static_cast<int>(r.x + r.w) + 1); ++x)
        std::fill_n(p.at(x, y), 3, static_cast<unsigned char>(128));
}

/// The part in which the pictures differ, with some of what surrounds it; empty: they are equal.
std::pair<Pixels, Pixels> where_they_differ(const Pixels& a, const Pixels& b) {
  int left = a.width, top = a.height, right = -1, bottom = -1;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x)
      if (!std::equal(a.at(x, y), a.at(x, y) + 3, b.at(x, y))) {
        left = std::min(left, x), right = std::max(right, x);
        top = std::min(top, y), bottom = std::max(bottom, y);
      }
  if (right < 0) return {};
  left = std::max(0, left - 24), top = std::max(0, top - 24);
  Pixels p(std::min(a.width, right + 24) - left, std::min(a.height, bottom + 24) - top), q(p.width, p.height);
  for (int y = 0; y < p.height; ++y) {
    std::copy_n(a.at(left, top + y), p.width * 3, p.at(0, y));
    std::copy_n(b.at(left, top + y), p.width * 3, q.at(0, y));
  }
  return {p, q};
}

int differing(const Pixels& a, const Pixels& b, int apart) {
  int n = 0;
  for (std::size_t i = 0; i < a.rgb.size(); i += 3) {
    int most = 0;
    for (std::size_t c = 0; c < 3; ++c) most = std::max(most, std::abs(a.rgb[i + c] - b.rgb[i + c]));
    n += most > apart ? 1 : 0;
  }
  return n;
}

}  // namespace

Case share_record(const char* name, observe::ShareState state) {
  return {name, [state](Snapshot& w) {
            for (observe::Partition& p : w.partitions) {
              const std::int64_t end = p.high_watermark;
              p.shares = {{"pool", end - 5, end, {{end - 4, end - 2, state, 1, "billing-1"}}}};
            }
          }};
}

void all_apart(const std::vector<Case>& states, const Theming& look, int enough) {
  std::vector<Drawn> pictures;
  for (const Case& s : states) {
    Scene scene = usual_scene(look);
    if (s.set) s.set(scene.world);
    if (s.also) s.also(scene);
    auto drawn = draw(scene, look);
    if (!drawn) return;
    pictures.push_back(std::move(*drawn));
  }
  for (std::size_t i = 0; i < states.size(); ++i)
    for (std::size_t j = i + 1; j < states.size(); ++j) {
      Pixels a = pictures[i].pixels, b = pictures[j].pixels;
      for (const Drawn* of : {&pictures[i], &pictures[j]}) {
        cover(a, of->words);
        cover(b, of->words);
      }
      const auto [one, other] = where_they_differ(a, b);
      for (const Sight& sight : sights()) {
        const Pixels seen = sight.see(one), seen_other = sight.see(other);
        const int rows = one.height == 0 ? 1 : seen.height * 1000 / one.height;  // of the smaller picture
        const int n = one.height == 0 ? 0 : differing(seen, seen_other, sight.apart) * 1000 / rows * 1000 / rows;
        const std::string what = std::string(states[i].name) + " and " + states[j].name + ", " + sight.name;
        CHECK_MESSAGE(n >= enough, what << ": " << n);
      }
    }
}

}  // namespace kafkascope::ui
