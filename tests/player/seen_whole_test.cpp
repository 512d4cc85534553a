// What a window of 1280x720 must not hide or cover: choices, cards, signs, frames, the drawer's last lines.
#include <algorithm>
#include <cmath>
#include <set>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::make_id;
using ui::Rect;

namespace {

const char* const kExactlyOnce = "delivery/exactly-once";

/// The pieces of text inside that box.
std::vector<ui::Diagnostics::Piece> pieces_of(ui::Headless& h, const std::string& box) {
  std::vector<ui::Diagnostics::Piece> found;
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (piece.box == box) found.push_back(piece);
  return found;
}

Rect piece(ui::Headless& h, const std::string& text) {
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (piece.text == text) return piece.rect;
  return {};
}

Rect card(ui::Headless& h, const std::string& name) {
  for (const auto& [rect, what] : h.dashboard.diagnostics().cards)
    if (what == name) return rect;
  return {};
}

bool inside(const Rect& outer, const Rect& r) {
  return r.x >= outer.x && r.right() <= outer.right() && r.y >= outer.y && r.bottom() <= outer.bottom();
}

}  // namespace

TEST_CASE("in a low window all choices of a question are visible, and the last one can be clicked") {
  for (const char* lesson : {kExactlyOnce, "groups/share-group", kFailover})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      CAPTURE(lesson);
      PlayerWindow w(lesson, 0, Layout::Workbench, 1280, 720);
      w.h.dashboard.set_language(lang);
      run_to_question(w.player);
      w.frames(4);
      const auto& question = w.player.lesson().question;
      const Rect next = w.h.dashboard.hits().find(make_id("next"));
      REQUIRE_FALSE(next.empty());
      for (std::size_t i = 0; i < question.choices.size(); ++i) {
        const Rect r = w.h.dashboard.hits().find(make_id("choice", i));
        CHECK(r.h >= 34);
        CHECK(r.bottom() < next.y);
      }
      for (const auto& card : w.h.dashboard.diagnostics().cards) CHECK_MESSAGE(card.first.x > 272, card.second);
      for (int tab = 0; tab < ui::kTabs; ++tab)
        if (w.h.dashboard.hits().find(make_id("tab", static_cast<std::uint64_t>(tab))).empty())
          CHECK_MESSAGE((tab == static_cast<int>(ui::Tab::Transactions) || tab == static_cast<int>(ui::Tab::Compare)),
                        tab);
      ui::clean(w.h);
      const std::size_t last = question.choices.size() - 1;
      REQUIRE(w.click(make_id("choice", last)));
      CHECK(w.player.lesson().question.phase != ui::QuestionPhase::Open);
      if (question.pick == ui::PickKind::None) CHECK(w.player.lesson().question.chosen == static_cast<int>(last));
    }
}

TEST_CASE("the text on a paused share consumer's card fits, and the consumer's questions appear beside the card") {
  for (const Layout layout : {Layout::Workbench, Layout::Lesson})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w("groups/share-group", 15'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      const Rect s2 = card(w.h, "s-2");
      REQUIRE_FALSE(s2.empty());
      int words = 0;
      for (const auto& text : pieces_of(w.h, "client card"))
        if (s2.contains(text.rect.cx(), text.rect.cy())) {
          ++words;
          CHECK_MESSAGE(text.rect.bottom() <= s2.bottom() - 2, text.text);
        }
      CHECK(words >= 4);
      const Rect state = piece(w.h, lang == Lang::En ? "paused" : "일시 정지");
      CHECK(std::abs(state.cy() - piece(w.h, "s-2").cy()) < 5);  // beside the name
      w.h.click(s2.cx(), s2.cy());
      w.frames();
      CHECK(w.h.dashboard.state().selection == "s-2");
      const auto bars = ui::marks(w.h, "selection bar");
      REQUIRE(bars.size() == 1);
      CHECK(std::hypot(bars[0].cx() - s2.cx(), bars[0].cy() - s2.cy()) < 220);
      for (const auto& card : w.h.dashboard.diagnostics().cards)
        CHECK_MESSAGE(!card.first.overlaps(bars[0]), card.second);
      for (const auto& text : pieces_of(w.h, "group frame")) CHECK_MESSAGE(!text.rect.overlaps(bars[0]), text.text);
    }
}

TEST_CASE("with two worlds the sign that it is the learner's turn covers no card") {
  for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
    PlayerWindow w(kExactlyOnce, 0, layout, 1280, 720);
    w.player.play(true);
    w.player.act(action(ActionKind::SetSpeed, 4'000'000));
    for (int i = 0; i < 20000 && !w.player.lesson().turn.open; ++i) {
      if (w.player.lesson().question.phase == ui::QuestionPhase::Open) w.player.act(action(ActionKind::SkipQuestion));
      w.player.tick(16000);
    }
    REQUIRE(w.player.lesson().turn.open);
    w.player.act(open_twin_setting("biller", "max.poll.records", "100"));
    for (int i = 0; i < 2000 && !w.player.lesson().twin.ready; ++i) w.player.tick(0);
    w.frames(4);
    REQUIRE(w.twin().open);
    int signs = 0;
    const auto& cards = w.h.dashboard.diagnostics().cards;
    for (const auto& [sign, label] : cards) {
      if (label != "label") continue;
      ++signs;
      for (const auto& card : cards)
        if (card.second != "label") CHECK_MESSAGE(!card.first.overlaps(sign), card.second);
    }
    CHECK((signs == 2 || layout == Layout::Lesson));  // without room for the sign the ring alone
    CHECK(w.marks("ring") == 2);
  }
}

TEST_CASE("the group of a transform application has a frame with its state and its lag, as a consumer group has") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
      PlayerWindow w(kExactlyOnce, 9'000'000, Layout::Workbench, width, height);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      const Rect biller = card(w.h, "biller"), broker = card(w.h, "broker-1");
      std::vector<std::string> words;
      Rect lag;
      for (const auto& text : pieces_of(w.h, "group frame")) {
        if (text.rect.x > broker.x) continue;
        words.push_back(text.text);
        if (text.rect.y > biller.bottom()) lag = text.rect;
      }
      CHECK(std::find(words.begin(), words.end(), "biller") != words.end());
      CHECK(std::find(words.begin(), words.end(), "Stable") != words.end());
      REQUIRE_FALSE(lag.empty());
      ui::clean(w.h);
      w.h.click(lag.cx(), lag.cy());
      w.frames();
      CHECK(w.h.dashboard.state().selection == "biller");
      // In the very moment of the restart, too.
      w.player.seek(sim::Instant{13'000'000});
      w.frames(4);
      CHECK(std::any_of(w.h.world.clients.begin(), w.h.world.clients.end(),
                        [](const auto& client) { return client.group == "biller"; }));
    }
}

TEST_CASE("the ring around a group's last member does not cover the group's lag") {
  PlayerWindow w(kExactlyOnce, 0, Layout::Workbench, 1280, 720);
  run_to_question(w.player);
  w.frames(4);
  const Rect mail = card(w.h, "mail");
  REQUIRE_FALSE(mail.empty());
  int rings = 0;
  for (const Rect& ring : ui::marks(w.h, "stage ring")) {
    if (!ring.contains(mail.cx(), mail.cy())) continue;
    ++rings;
    CHECK(ring.bottom() - mail.bottom() <=
          6.2f * mail.w / 154);  // in the stage's units; the words begin 11 below the card
  }
  CHECK(rings == 1);
}

TEST_CASE("the drawer's close button covers nothing, and at 1280x720 all beliefs about a leader are visible") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w(kFailover, 12'000'000, Layout::Workbench, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.player.act([] {
      Action a = action(ActionKind::Select);
      a.target = "orders-0";
      return a;
    }());
    w.h.dashboard.state().selection = "orders-0";
    w.frames();
    w.key(ui::kKeyI);
    REQUIRE(w.h.dashboard.state().drawer);
    w.frames(4);
    const Rect out = w.h.dashboard.hits().find(make_id("drawer close"));
    REQUIRE_FALSE(out.empty());
    std::set<std::string> rows;
    for (const auto& text : w.h.dashboard.diagnostics().pieces) {
      if (text.layer != 1) continue;
      if (!inside(out, text.rect)) CHECK_MESSAGE(text.rect.bottom() <= out.y, text.text);
      if (text.rect.x < 40 && text.rect.h > 10) rows.insert(text.text);
    }
    for (const char* name :
         {"broker-2", "broker-3", "controller-1", "controller-2", "controller-3", "shop", "billing-1"})
      CHECK_MESSAGE(rows.contains(name), name);
    CHECK(ui::overlapping_texts(w.h.dashboard.diagnostics()).empty());
    REQUIRE(w.click(make_id("drawer close")));
    CHECK_FALSE(w.h.dashboard.state().drawer);
  }
}

TEST_CASE("in front of people the marks of transactions in the cells are explained") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1024.f, 768.f}, {1920.f, 1080.f}}) {
      PlayerWindow w("delivery/zombie-fencing", 15'400'000, Layout::Presenter, width, height);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      CHECK(w.marks("key of marks") >= 2);
      // Where the words with the signs' descriptions need two lines, the signs are only named, in one line.
      std::set<float> lines;
      for (const auto& [whole, brief] : {std::pair{"ui.key_aborted"_w, "ui.tip_tx_aborted"_w},
                                         {"ui.key_bar"_w, "ui.tip_committed"_w},
                                         {"ui.key_commit_marker"_w, "ui.sign_commit_marker"_w}}) {
        Rect words = piece(w.h, std::string(ui::tr(lang, whole)));
        if (words.empty()) words = piece(w.h, std::string(ui::tr(lang, brief)));
        REQUIRE_FALSE(words.empty());
        CHECK(words.right() <= width);
        CHECK(words.bottom() <= height);
        lines.insert(words.y);
      }
      CHECK(lines.size() == 1);
      ui::clean(w.h);
    }
}

TEST_CASE("the states of a fenced producer's transaction need no scrolling at 1024x768") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const std::int64_t at : {8'100'000, 9'000'000, 12'400'000, 15'400'000}) {
        CAPTURE(at);
        PlayerWindow w("delivery/zombie-fencing", at, layout, 1024, 768);
        w.h.dashboard.set_language(lang);
        w.frames(4);
        CHECK(w.marks("scroll bar") == 0);
      }
}

TEST_CASE("in front of people each broker has a row with a replica where subtitles leave the stage little room") {
  for (const auto& [lesson, at_us] : {std::pair{"delivery/at-least-once", 12'120'000},
                                      {"groups/rebalance-cooperative", 13'200'000},
                                      {"groups/rebalance-cooperative", 16'300'000}})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}})
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        PlayerWindow w(lesson, at_us, Layout::Presenter, width, height);
        w.h.dashboard.set_language(lang);
        w.h.dashboard.state().subtitles = true;
        w.frames(4);
        const std::vector<Rect> rows = ui::marks(w.h, "replica chip");
        for (const auto& node : w.h.world.nodes) {
          if (node.kind != observe::NodeKind::Broker || node.replicas.empty()) continue;
          const Rect broker = card(w.h, node.name);
          CHECK_MESSAGE(std::any_of(rows.begin(), rows.end(), [&](const Rect& row) { return inside(broker, row); }),
                        node.name);
        }
        ui::clean(w.h);
      }
}

TEST_CASE("in front of people a message is named where its numbers stand") {
  int labels = 0;
  for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w("groups/rebalance-cooperative", 15'430'000, Layout::Presenter, width, height);
      w.h.dashboard.set_language(lang);
      w.player.play(true);
      for (int picture = 0; picture < 20; ++picture) {
        for (int i = 0; i < 10; ++i) w.player.tick(16000);
        w.frames(1);
        for (const Rect& label : ui::marks(w.h, "message words")) {
          std::string words;
          for (const auto& text : w.h.dashboard.diagnostics().pieces)
            if (label.contains(text.rect.cx(), text.rect.cy())) words += text.text + " ";
          const auto has = [&](const char* api) { return words.find(api) != std::string::npos; };
          CHECK_MESSAGE((has("Fetch") || has("Produce") || has("Group") || has("Offset")), words);
          ++labels;
        }
      }
    }
  CHECK(labels > 12);
}

TEST_CASE("a group's state before a change is shown whole in the lesson panel") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}})
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        PlayerWindow w("groups/rebalance-cooperative", 0, layout, width, height);
        w.h.dashboard.set_language(lang);
        w.h.lesson.changed = {{{"billing state", "billing 상태"},
                               {"PreparingRebalance", "PreparingRebalance"},
                               {"CompletingRebalance", "CompletingRebalance"}},
                              {{"billing generation", "billing 세대"}, {"1", "1"}, {"2", "2"}}};
        w.h.settle();
        for (const char* state : {"PreparingRebalance", "CompletingRebalance"}) {
          const auto& pieces = w.h.dashboard.diagnostics().pieces;
          CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                                    [&](const auto& text) {
                                      return text.text == state &&
                                             (text.box == "lesson panel" || text.box == "narration");
                                    }),
                        state);
        }
        ui::clean(w.h);
      }
}
