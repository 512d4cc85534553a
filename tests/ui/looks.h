// Checks of a frame: which words and marks it shows, and that none is cut or overlaps another.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ui/headless.h"

namespace kafkascope::ui {

/// In the current frame.
inline bool shows(Headless& h, std::string_view text) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const auto& piece) { return piece.text.find(text) != std::string::npos; });
}

/// After the picture has settled.
inline bool says(Headless& h, std::string_view text) {
  h.settle();
  return shows(h, text);
}

/// After the picture has settled: the places of drawn marks that have no text (Diagnostics::marks).
inline std::vector<Rect> marks(Headless& h, std::string_view name) {
  h.settle();
  std::vector<Rect> found;
  for (const auto& [rect, what] : h.dashboard.diagnostics().marks)
    if (what == name) found.push_back(rect);
  return found;
}

/// Checks that everything fits, no texts or cards overlap, no words of a line cover anything or stand on another line, no ring is drawn
/// over words, and no list's edge cuts a row.
inline void clean(Headless& h) {
  h.settle();
  for (const std::string& s : flaws(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
}

/// How the dashboard is looked at; `banner`: while the banner of a detour is open; `subtitles`: with the lesson's words in both languages.
struct Look {
  Layout layout;
  float w, h;
  Lang lang;
  bool banner = false;
  bool subtitles = false;
};

/// The sizes of windows at which nothing may be cut off or covered, in every layout.
inline constexpr std::pair<float, float> kWindowSizes[] = {
    {1280, 720}, {1280, 800}, {1600, 900}, {1920, 1080}, {3840, 2160}};
/// A projector's, in front of people.
inline constexpr std::pair<float, float> kFourToThree = {1024, 768};
/// In which the banner of a detour is open, too; and in front of people with subtitles, which leave the stage the least room.
inline constexpr std::pair<float, float> kWithBanner = {1600, 900};

/// Every look, or those of one layout.
inline std::vector<Look> every_look(std::optional<Layout> only = std::nullopt) {
  std::vector<Look> looks;
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
      if (only && layout != *only) continue;
      for (const auto& [w, h] : kWindowSizes) looks.push_back({layout, w, h, lang});
      if (layout == Layout::Presenter) {
        looks.push_back({layout, kFourToThree.first, kFourToThree.second, lang});
        looks.push_back({layout, kWithBanner.first, kWithBanner.second, lang, false, true});
      }
      looks.push_back({layout, kWithBanner.first, kWithBanner.second, lang, true});
    }
  return looks;
}

inline std::string name_of(const Look& look) {
  constexpr const char* kLayouts[] = {"lesson", "workbench", "presenter"};
  return std::string(kLayouts[static_cast<std::size_t>(look.layout)]) + " " + std::to_string(static_cast<int>(look.w)) +
         "x" + std::to_string(static_cast<int>(look.h)) + (look.banner ? " with a banner" : "") +
         (look.subtitles ? " with subtitles" : "") + (look.lang == Lang::Ko ? ", ko" : ", en");
}

/// Takes the look as if the dashboard had just been opened: at the end of a detour it would take the layout that it had before. The banner
/// belongs to the lesson, which a caller may replace: `open_banner` comes after that.
inline void take_look(Headless& h, const Look& look) {
  h.dashboard.forget_place();
  h.size(look.w, look.h);
  h.dashboard.set_language(look.lang);
  h.dashboard.set_layout(look.layout);
  h.dashboard.state().subtitles = look.subtitles;
}
inline void open_banner(Headless& h, const Look& look) {
  if (look.banner) h.lesson.detour = fixture::lesson(fixture::Scene::Detour).detour;
}

/// Checks the picture, and says which one it is.
inline void clean(Headless& h, const std::string& what) {
  h.settle();
  for (const std::string& s : flaws(h.dashboard.diagnostics())) CHECK_MESSAGE(false, (what + ": " + s));
  CHECK(h.dashboard.diagnostics().pieces.size() > 5);
}

}  // namespace kafkascope::ui
