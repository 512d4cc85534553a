// Typing faster than frames are drawn: no key is lost, and each goes to the right field.
#include <doctest/doctest.h>

#include "app/drawn.h"
#include "ui/headless.h"

using namespace kafkascope::ui;

namespace {

/// Like a keyboard: a key goes down and types a character before any frame is drawn.
void tap(Headless& h, int key, const char* writes = "") {
  h.dashboard.key({key, false, false, false, false});
  for (; *writes != '\0'; ++writes) h.dashboard.text(static_cast<unsigned char>(*writes));
}

void frames(Headless& h, int n) {
  for (int i = 0; i < n; ++i) h.frame();
}

}  // namespace

TEST_CASE("G, a time and Enter within one frame seek to that time, and the next key is not typed into the field") {
  Headless h;
  h.settle();
  h.actions();
  tap(h, kKeyG, "g");
  tap(h, kKey1, "1");
  tap(h, kKey1, "1");
  tap(h, kKeyPeriod, ".");
  tap(h, kKey1 + 4, "5");
  tap(h, kKeyEnter);
  tap(h, kKeyN, "n");
  frames(h, 8);
  const auto actions = h.actions();
  REQUIRE(actions.size() == 2);
  CHECK(actions[0].kind == ActionKind::Seek);
  CHECK(actions[0].time_us == 11'500'000);
  CHECK(actions[1].kind == ActionKind::NextStep);
  CHECK_FALSE(h.dashboard.state().goto_open);
  CHECK_FALSE(h.dashboard.typing_ahead());
}

TEST_CASE("the caret of a text field stands still: frames without input show the same picture") {
  Headless h;
  h.settle();
  h.key(kKeyK, true);
  frames(h, 4);
  h.type("broker");
  h.settle();
  frames(h, 120);  // what had begun to move has come to rest
  const std::uint64_t picture = kafkascope::app::drawn(*ImGui::GetDrawData());
  for (int i = 0; i < 120; ++i) {
    h.frame();
    CHECK(kafkascope::app::drawn(*ImGui::GetDrawData()) == picture);
  }
}

TEST_CASE("typed characters and editing keys keep their order") {
  Headless h;
  h.settle();
  tap(h, kKeySlash, "/");
  tap(h, kKeyB, "b");
  tap(h, kKeyX, "x");
  tap(h, kKeyBackspace);
  tap(h, kKeyBackspace);
  tap(h, kKeyC, "c");
  tap(h, kKeyR, "r");
  frames(h, 12);
  CHECK(h.dashboard.state().palette_text == "cr");
  CHECK(h.dashboard.state().palette_open);
  tap(h, kKeyEscape);
  tap(h, kKeySpace, " ");
  h.actions();
  frames(h, 4);
  CHECK_FALSE(h.dashboard.state().palette_open);
  CHECK(h.emitted(ActionKind::Pause));
}

TEST_CASE("text from an input method is typed without key events") {
  Headless h;
  h.settle();
  tap(h, kKeySlash, "/");
  for (const unsigned c : {0xB9ACu, 0xB354u}) h.dashboard.text(c);
  frames(h, 4);
  CHECK(h.dashboard.state().palette_text == "리더");
}

TEST_CASE("a repeating key acts at most once per frame") {
  Headless h;
  h.settle();
  h.actions();
  for (int i = 0; i < 30; ++i) h.dashboard.key({kKeyPeriod, false, false, false, i > 0});
  h.frame();
  CHECK(h.actions().size() == 1);
  frames(h, 3);
  CHECK(h.actions().empty());
}

TEST_CASE("all keys type into a focused filter, and Esc leaves only the field") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.settle();
  h.key(kKey1 + 7);
  h.frame();
  h.dashboard.state().selection = "broker-1";
  h.actions();
  CHECK(h.click(make_id("log filter")));
  h.actions();
  tap(h, kKeyC, "c");
  tap(h, kKeyN, "n");
  frames(h, 3);
  CHECK(h.dashboard.state().log_filter == "cn");
  tap(h, kKeyEscape);
  frames(h, 3);
  CHECK(h.dashboard.state().selection == "broker-1");
  CHECK(h.actions().empty());
  tap(h, kKeyN, "n");
  frames(h, 2);
  CHECK(h.emitted(ActionKind::NextStep));
}
