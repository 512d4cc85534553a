// Each sentence of a bundled lesson names its object, and the picture points at it.
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "player/window.h"
#include "ui/headless.h"
#include "ui/looks.h"

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

struct Ring {
  std::string path, look;
  std::string text() const { return path + ", " + look; }
};

constexpr float kW = 1280, kH = 720;
constexpr std::tuple<ui::Layout, float, float> kViews[] = {
    {ui::Layout::Lesson, kW, kH},
    {ui::Layout::Presenter, kW, kH},
    {ui::Layout::Presenter, ui::kFourToThree.first, ui::kFourToThree.second}};

/// The rings that the sentence asks for and that are not on the screen at the moment.
std::vector<Ring> missing_rings(ui::Headless& h, Player& player, sim::Instant at, const scenario::Step& step) {
  player.seek(at);
  take_models(h, player);
  h.dashboard.forget_place();
  // Without points of its own the sentence leaves those of an earlier one; its object comes first.
  std::size_t own = h.lesson.view.point.size();
  if (!step.view || !step.view->point) own = std::min<std::size_t>(own, 1);
  std::vector<Ring> missing;
  for (const auto& [layout, width, height] : kViews)
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      h.size(width, height);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      h.settle();
      for (const ui::Action& action : h.actions()) {
        if (action.kind != ui::ActionKind::LookAtSpaceTime) continue;
        player.act(action);
        take_models(h, player);
        h.settle();
      }
      for (std::size_t i = 0; i < own; ++i)
        if (const std::string& path = h.lesson.view.point[i].path; rings(h, path, width, height) == 0)
          missing.push_back({path, ui::name_of({layout, width, height, lang})});
    }
  return missing;
}

/// What the sentence is about first has a ring at once, the rest before the next sentence: a record may be on its way.
void check_sentence(ui::Headless& h, Player& player, const scenario::Step& step, sim::Instant at, sim::Instant next) {
  const std::vector<Ring> at_once = missing_rings(h, player, at, step);
  CHECK(!h.lesson.view.point.empty());
  if (at_once.empty() || h.lesson.view.point.empty()) return;
  const std::string first = h.lesson.view.point.front().path;
  const std::vector<Ring> later = missing_rings(h, player, next, step);
  for (const Ring& ring : at_once) {
    const bool never = std::any_of(later.begin(), later.end(), [&](const Ring& r) { return r.text() == ring.text(); });
    CHECK_MESSAGE(!(never || ring.path == first), ring.text());
  }
}

/// Each sentence of every other lesson, from number `half` on, in the lesson and for an audience, in both languages.
void check_subjects(std::size_t half) {
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
      scenario::Session whole(parse(text, variant.id));
      whole.run_until(whole.until());
      std::vector<std::pair<std::size_t, sim::Instant>> said;
      for (std::size_t k = 0; k < scenario.steps.size(); ++k)
        if (points(scenario.steps[k]) && whole.step_results()[k].happened)
          said.push_back({k, whole.step_results()[k].at});
      std::stable_sort(said.begin(), said.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
      for (std::size_t n = 0; n < said.size(); ++n) {
        const auto& [k, at] = said[n];
        const sim::Instant next = n + 1 < said.size() ? said[n + 1].second : whole.until();
        if (next == at) continue;  // of two sentences at the same moment the later one is shown
        const std::string where = name + " (" + variant.id + ") " + scenario.steps[k].pointer;
        CAPTURE(where);
        const sim::Instant seen = std::min(at + sim::milliseconds(50), next - sim::milliseconds(1));
        check_sentence(h, player, scenario.steps[k], seen, std::max(seen, next - sim::milliseconds(1)));
      }
    }
  }
}

}  // namespace

TEST_CASE("each sentence and each question of a bundled lesson names its subject") {
  int said = 0;
  for (const std::string& name : bundled_names()) {
    const ScenarioPtr scenario = parse(text_of(name));
    for (const scenario::Step& step : scenario->steps) {
      if (!step.say && !step.ask) continue;
      CAPTURE(name);
      CAPTURE(step.pointer);
      ++said;
      CHECK(points(step));
    }
  }
  CHECK(said > 700);
}

// Two cases, because they take longer than all others together: tests/CMakeLists.txt runs them side by side.
TEST_CASE("the subject of each sentence is marked on the screen: every other lesson from the first") {
  check_subjects(0);
}
TEST_CASE("the subject of each sentence is marked on the screen: every other lesson from the second") {
  check_subjects(1);
}

TEST_CASE("the inspector scrolls to the error that a lesson points at") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("operations/cluster-setup", 12'050'000, Layout::Lesson, kW, kH);
    w.h.dashboard.set_language(lang);
    w.frames();
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    const auto code = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) {
      return piece.text == "TimeoutException" && piece.rect.x > 900;  // right of the strips
    });
    REQUIRE(code != pieces.end());
    CHECK(code->rect.bottom() < 660);  // above the bar with the time
  }
}
