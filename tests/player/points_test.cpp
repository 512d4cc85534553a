// Each sentence of a bundled lesson names its object, and the picture points at it.
#include <algorithm>
#include <filesystem>

#include "player/helpers.h"
#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> bundled_names() {
  const fs::path root = source_root() + "/scenarios";
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".json")
      found.push_back(fs::relative(entry.path(), root).replace_extension().string());
  std::sort(found.begin(), found.end());
  return found;
}

bool points(const scenario::Step& step) {
  return (!step.point.empty() && step.point != "none") || (step.view && step.view->point && !step.view->point->empty());
}

/// The number of marks that point to the path (its znode, or a folded ancestor) and are completely within the window.
int rings(ui::Headless& h, const std::string& path, float w, float height) {
  const auto& marks = h.dashboard.diagnostics().marks;
  return static_cast<int>(std::count_if(marks.begin(), marks.end(), [&](const auto& mark) {
    const ui::Rect& r = mark.first;
    constexpr std::string_view kPointed = "pointed ";
    if (!mark.second.starts_with(kPointed)) return false;
    const std::string_view to = std::string_view(mark.second).substr(kPointed.size());
    // Of the path's parts the mark has the first ones whole: that of broker-1 is not that of broker-10.
    const bool own = path.starts_with(to) && (path.size() == to.size() || path[to.size()] == '/' || to.ends_with('/'));
    return own && r.w > 4 && r.h > 4 && r.x >= 0 && r.y >= 0 && r.right() <= w && r.bottom() <= height;
  }));
}

/// Each sentence of every other lesson, from number `half` on, in the lesson and for an audience, in both languages.
void check_subjects(std::size_t half) {
  constexpr float kW = 1280, kH = 720;
  ui::Headless h;
  h.size(kW, kH);
  const std::vector<std::string> lessons = bundled_names();
  for (std::size_t i = half; i < lessons.size(); i += 2) {
    const std::string& name = lessons[i];
    CAPTURE(name);
    const std::string text = text_of(name);
    const scenario::Loaded file = scenario::load(text, {});
    for (const scenario::Variant& variant : file.scenario->variants) {
      Player player(parse(text, variant.id), "x", text, {.variant = variant.id});
      const scenario::Scenario& scenario = player.session().scenario();
      std::vector<std::size_t> order;
      {
        scenario::Session whole(parse(text, variant.id));
        whole.run_until(whole.until());
        for (std::size_t k = 0; k < scenario.steps.size(); ++k)
          if (points(scenario.steps[k]) && whole.step_results()[k].happened) order.push_back(k);
        for (const std::size_t k : order) {
          const scenario::Step& step = scenario.steps[k];
          player.seek(whole.step_results()[k].at + sim::milliseconds(50));
          const auto& visible = player.lesson().steps;
          const auto shown = static_cast<std::size_t>(player.lesson().step);
          // Of two sentences at the same moment the later one is shown.
          if (shown < visible.size() && visible[shown].at_us > whole.step_results()[k].at.us) continue;
          take_models(h, player);
          h.dashboard.forget_place();
          // The object of the sentence itself comes first.
          const std::string path = h.lesson.view.point.empty() ? "" : h.lesson.view.point.front().path;
          for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Presenter})
            for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
              h.dashboard.set_layout(layout);
              h.dashboard.set_language(lang);
              h.settle();
              for (const ui::Action& action : h.actions()) {
                if (action.kind != ui::ActionKind::LookAtSpaceTime) continue;
                player.act(action);
                take_models(h, player);
                h.settle();
              }
              const std::string where = name + " (" + variant.id + ") " + step.pointer + " " + step.point +
                                        (layout == ui::Layout::Lesson ? ", lesson" : ", presenter") +
                                        (lang == ui::Lang::Ko ? ", ko" : ", en");
              CHECK_MESSAGE(!path.empty(), where);
              CHECK_MESSAGE(rings(h, path, kW, kH) > 0, where);
            }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("each sentence of a bundled lesson names its subject, and more than nine tenths have one on the screen") {
  int said = 0, about_nothing = 0;
  for (const std::string& name : bundled_names()) {
    const ScenarioPtr scenario = parse(text_of(name));
    for (const scenario::Step& step : scenario->steps) {
      if (!step.say && !step.ask) continue;
      CAPTURE(name);
      CAPTURE(step.pointer);
      ++said;
      CHECK((points(step) || step.point == "none"));
      about_nothing += step.point == "none" ? 1 : 0;
    }
  }
  CHECK(about_nothing * 10 < said);
}

// Two cases, because they take longer than all others together: tests/CMakeLists.txt runs them side by side.
TEST_CASE("the subject of each sentence is marked on the screen: every other lesson from the first") {
  check_subjects(0);
}
TEST_CASE("the subject of each sentence is marked on the screen: every other lesson from the second") {
  check_subjects(1);
}
