// In front of people: what the sentence speaks of is in the picture, whole, beside one world or two.
#include <algorithm>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::Rect;
using ui::shows;

namespace {

constexpr std::pair<float, float> kSizes[] = {{1280.f, 720.f}, {1600.f, 900.f}, {1024.f, 768.f}};

struct InFront : PlayerWindow {
  InFront(const char* lesson, std::int64_t at_us, Lang lang, std::pair<float, float> size)
      : PlayerWindow(lesson, at_us, Layout::Presenter, size.first, size.second) {
    h.dashboard.set_language(lang);
    frames(3);
  }
};

std::ptrdiff_t cards(ui::Headless& h, const std::string& name) {
  const auto& all = h.dashboard.diagnostics().cards;
  return std::count_if(all.begin(), all.end(), [&](const auto& card) { return card.second == name; });
}

}  // namespace

TEST_CASE("presenting: in a lesson about commits the committed offset is at the log and on the consumer's card") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : kSizes) {
      CAPTURE(size.first);
      {
        InFront w("consumer/auto-commit", 8'600'000, lang, size);
        CHECK(shows(w.h, ui::tr(lang, "ui.committed_at"_w, {{"group", "handoff, one-thread"}, {"offset", "84"}})));
        CHECK(shows(w.h, ui::tr(lang, "ui.hold_committed"_w, {{"offset", "84"}})));
        ui::clean(w.h);
      }
      InFront w("consumer/poll-and-offset", 9'000'000, lang, size);
      CHECK(shows(w.h, ui::tr(lang, "ui.committed_at"_w, {{"group", "reader"}, {"offset", "12"}})));
      ui::clean(w.h);
    }
}

TEST_CASE("presenting: a question about several producers keeps all of them beside a second world") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {kSizes[0], kSizes[1]}) {
      CAPTURE(size.first);
      InFront w("producer/acks", 5'000'000, lang, size);
      REQUIRE(w.player.lesson().question.phase == ui::QuestionPhase::Open);
      w.player.act(open_twin("try"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      for (const char* producer : {"acks-0", "acks-1", "acks-all"}) CHECK_MESSAGE(cards(w.h, producer) == 2, producer);
      ui::clean(w.h);
    }
}

TEST_CASE("presenting: the sentence that names a second world is not cut in its middle") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {kSizes[0], kSizes[1]}) {
      InFront w("producer/acks", 20'000'000, lang, size);
      w.player.act(open_twin("try"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      std::string said;
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        if (piece.rect.y < size.second * .16f && piece.rect.x > size.first / 2) said += piece.text + " ";
      CHECK(said.find("…") == std::string::npos);
      const std::string name = ui::pick(lang, w.twin().there);
      for (const std::string& part : {name.substr(0, name.find(' ')), name.substr(name.rfind(' ') + 1)})
        CHECK_MESSAGE(said.find(part) != std::string::npos, said);
      ui::clean(w.h);
    }
}

TEST_CASE("presenting: beside a second world a leader keeps its crown next to the sign of a difference") {
  for (const auto& [lesson, at_us] : {std::pair{"replication/leader-epoch", 20'000'000}, {"log/placement", 20'000'000}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      InFront w(lesson, at_us, lang, kSizes[0]);
      w.player.act(open_twin("mode"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      const std::vector<ui::Rect> crowns = ui::marks(w.h, "crown"), differs = ui::marks(w.h, "replica differs");
      CHECK_FALSE(crowns.empty());
      for (const ui::Rect& crown : crowns)
        CHECK(std::any_of(differs.begin(), differs.end(), [&](const ui::Rect& sign) {
          return std::abs(sign.cy() - crown.cy()) < crown.h && std::abs(sign.cx() - crown.cx()) < 12 * crown.w;
        }));
      ui::clean(w.h);
    }
}

TEST_CASE("presenting: the top bar names the timer that the step is about, with a time in words") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    InFront w("consumer/auto-commit", 8'600'000, lang, kSizes[0]);
    CHECK(shows(w.h, lang == Lang::En ? "auto.commit.interval.ms = 5 s" : "auto.commit.interval.ms = 5초"));
    CHECK(ui::setting_time(lang, "metadata.max.age.ms", "300000") == (lang == Lang::En ? "5 min" : "5분"));
    CHECK(ui::setting_time(lang, "leader.imbalance.check.interval.seconds", "300") ==
          (lang == Lang::En ? "5 min" : "5분"));
  }
  CHECK(ui::setting_time(Lang::En, "linger.ms", "5") == "5 ms");
  CHECK(ui::setting_time(Lang::En, "max.block.ms", "9223372036854775807") == "9223372036854775807");
  CHECK(ui::setting_time(Lang::En, "acks", "1") == "1");
  // A timer of a node that the step points at comes before one that ends sooner.
  InFront w("controller/kraft-quorum-loss", 9'000'000, Lang::En, kSizes[0]);
  REQUIRE(shows(w.h, "controller.quorum.election.timeout.ms = 1 s"));
  w.h.lesson.view.point = {ui::PointAt{"/clients/shop", {}}};
  for (observe::Client& client : w.h.world.clients)
    if (w.h.world.nodes[static_cast<std::size_t>(client.node)].name == "shop")
      client.timers = {{true, 20'000'000, 30'000'000, "request.timeout.ms", "30000"}};
  w.h.settle();
  CHECK(shows(w.h, "request.timeout.ms = 30 s"));
  CHECK_FALSE(shows(w.h, "controller.quorum.election.timeout.ms"));
}

TEST_CASE("presenting: K shows who believes what instead of the narration, until K, Esc or another step") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : kSizes) {
      CAPTURE(size.first);
      InFront w(kFailover, 8'500'000, lang, size);
      CHECK(w.marks("beliefs") == 0);
      for (const int close : {ui::kKeyK, ui::kKeyEscape}) {
        w.key(ui::kKeyK);
        CHECK(w.marks("beliefs") == 1);
        for (const char* who : {"broker-1", "broker-2", "shop"}) {
          const auto& pieces = w.h.dashboard.diagnostics().pieces;
          CHECK_MESSAGE(
              std::any_of(pieces.begin(), pieces.end(),
                          [&](const auto& piece) { return piece.text == who && piece.rect.y > size.second * .4f; }),
              who);
        }
        CHECK(shows(w.h, ui::tr(lang, "ui.truth"_w)));
        ui::clean(w.h);
        w.key(close);
        CHECK(w.marks("beliefs") == 0);
        CHECK(w.h.dashboard.state().layout == Layout::Presenter);
      }
      w.key(ui::kKeyK);
      w.player.seek(sim::Instant{16'000'000});
      w.frames(4);
      CHECK(w.marks("beliefs") == 0);
    }
}

TEST_CASE("a question is whole in a detour from it") {
  for (const auto& [lesson, at_us] : {std::pair{"operations/cluster-setup", 7'000'000},
                                      {"replication/leader-epoch", 8'000'000},
                                      {"delivery/exactly-once", 10'000'000}})
    for (const Layout layout : {Layout::Lesson, Layout::Presenter})
      for (const Lang lang : {Lang::En, Lang::Ko})
        for (const auto& size : {kSizes[0], kSizes[1]}) {
          CAPTURE(static_cast<int>(layout));
          CAPTURE(size.first);
          PlayerWindow w(lesson, at_us, layout, size.first, size.second);
          w.h.dashboard.set_language(lang);
          w.frames(2);
          REQUIRE(w.player.lesson().question.phase == ui::QuestionPhase::Open);
          w.player.act(fault("crash", "broker-1"));
          w.frames(4);
          REQUIRE(w.player.lesson().detour.active);
          const ui::Question& q = w.player.lesson().question;
          const std::string words = ui::pick(lang, q.question);
          std::string said;
          for (const auto& piece : w.h.dashboard.diagnostics().pieces) said += piece.text + " ";
          const std::string tail = words.substr(words.rfind(' ') + 1);
          CHECK_MESSAGE(said.find(tail) != std::string::npos, tail);
          for (const ui::Choice& choice : q.choices) {
            const std::string text = ui::pick(lang, choice.text);
            CHECK_MESSAGE(said.find(text.substr(text.rfind(' ') + 1)) != std::string::npos, text);
          }
          ui::clean(w.h);
        }
}
