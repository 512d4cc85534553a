// A lesson in two languages at once: the second, smaller, under the first.
#include <doctest/doctest.h>

#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// The piece of text that begins with that; empty: there is none.
Diagnostics::Piece piece(Headless& h, std::string_view text) {
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (piece.text.find(text) != std::string::npos) return piece;
  return {};
}

}  // namespace

TEST_CASE("T shows a lesson's words in both languages, with the second one smaller and below; another T hides it") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      h.show(Moment::Before, Scene::First);
      h.lesson.paragraphs = {{"The leader takes the record.", "리더가 레코드를 받아요."}};
      h.settle();
      const std::string first = lang == Lang::En ? "The leader takes" : "리더가 레코드를";
      const std::string second = lang == Lang::En ? "리더가 레코드를" : "The leader takes";
      REQUIRE(shows(h, first));
      CHECK_FALSE(shows(h, second));
      h.actions();
      h.key(kKeyT);
      h.settle();
      CHECK(h.emitted(ActionKind::KeepSubtitles));
      CHECK(h.dashboard.state().subtitles);
      const Rect above = piece(h, first).rect, below = piece(h, second).rect;
      CHECK(below.y > above.y);
      CHECK(below.h < above.h);
      clean(h);
      h.key(kKeyT);
      h.settle();
      CHECK_FALSE(shows(h, second));
    }
}

TEST_CASE("subtitles are switched on from Find or by a button beside the languages") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.settle();
  h.click(make_id("subtitles"));
  CHECK(h.dashboard.state().subtitles);
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();
  h.type("subtitles");
  h.settle();
  h.enter();
  CHECK_FALSE(h.dashboard.state().subtitles);
  clean(h);
}

TEST_CASE("motion is reduced, and shown again, from Find, and the choice is kept") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.settle();
  for (const auto& [typed, reduced] : {std::pair{"reduce motion", true}, std::pair{"animation", false}}) {
    h.actions();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(typed);
    h.settle();
    h.enter();
    CHECK(h.dashboard.state().reduced_motion == reduced);
    CHECK(h.emitted(ActionKind::KeepMotion));
  }
}

TEST_CASE("questions, votes, outcomes and a detour's banner do not overlap in two languages at once") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const Scene scene : {Scene::First, Scene::Ask, Scene::Votes, Scene::Held, Scene::Differed, Scene::Turn,
                                Scene::Detour, Scene::Glide})
        for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
          CAPTURE(static_cast<int>(layout));
          CAPTURE(static_cast<int>(scene));
          const auto width = w;  // clang 14 cannot capture a structured binding
          CAPTURE(width);
          Headless h;
          h.size(w, height);
          h.dashboard.set_layout(layout);
          h.dashboard.set_language(lang);
          h.dashboard.state().subtitles = true;
          h.show(scene == Scene::Turn ? Moment::Before : Moment::Elected, scene);
          h.settle();
          clean(h);
        }
}

TEST_CASE("choices and the title have subtitles as well") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_layout(layout);
    h.dashboard.state().subtitles = true;
    h.show(Moment::Before, Scene::Votes);
    h.lesson.question.choices.front().text = {"One replica", "복제본 하나"};
    h.settle();
    const Rect above = piece(h, "One replica").rect, below = piece(h, "복제본 하나").rect;
    CHECK(below.y > above.y);
    CHECK(below.x == doctest::Approx(above.x).epsilon(.01));
    clean(h);
  }
}
