// In front of people and with two worlds: cards are whole, and those that the sentence names are shown. Words, buttons and signs that once
// touched one another stand apart.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

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

struct Shown : PlayerWindow {
  Shown(const char* lesson, std::int64_t at_us, Lang lang, std::pair<float, float> size, const char* beside = nullptr,
        Layout layout = Layout::Presenter)
      : PlayerWindow(lesson, at_us, layout, size.first, size.second) {
    h.dashboard.set_language(lang);
    if (beside != nullptr) player.act(open_twin(beside));
    frames(8);
    if (beside != nullptr) REQUIRE(twin().ready);
  }
  std::vector<Rect> cards(const std::string& name) {
    std::vector<Rect> found;
    for (const auto& [rect, of] : h.dashboard.diagnostics().cards)
      if (of == name) found.push_back(rect);
    return found;
  }
  /// Pieces of text that begin with those words and reach below the broker's card in which they begin.
  std::vector<std::string> below_cards(const std::string& words) {
    std::vector<std::string> found;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (!piece.text.starts_with(words)) continue;
      for (const auto& [card, name] : h.dashboard.diagnostics().cards)
        if (name.starts_with("broker-") && piece.rect.x > card.x && piece.rect.right() < card.right() &&
            piece.rect.y > card.y && piece.rect.y < card.bottom() + piece.rect.h && piece.rect.bottom() > card.bottom())
          found.push_back(piece.text);
    }
    return found;
  }
};

constexpr std::pair<float, float> kWide{1280.f, 720.f}, kFourToThree{1024.f, 768.f};

}  // namespace

TEST_CASE("in two worlds all controllers stand within their world, also five") {
  for (const auto& size : {kWide, kFourToThree})
    for (const Layout layout : {Layout::Workbench, Layout::Presenter}) {
      if (layout == Layout::Workbench && size == kFourToThree) continue;
      CAPTURE(size.first);
      Shown w("controller/kraft-quorum-loss", 38'440'000, Lang::En, size, "try", layout);
      const std::vector<Rect> worlds = ui::marks(w.h, "presenter stage");
      REQUIRE(worlds.size() == 2);
      for (const char* last : {"controller-3", "controller-5"})
        for (const Rect& card : w.cards(last))
          CHECK(std::any_of(worlds.begin(), worlds.end(),
                            [&](const Rect& world) { return card.x > world.x && card.right() < world.right() - 10; }));
      CHECK(w.cards("controller-5").size() == 1);
      const auto& pieces = w.h.dashboard.diagnostics().pieces;  // each begins with the name's letter
      for (const char* number : {"1", "2", "3", "4", "5"})
        CHECK(std::none_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
          return piece.text == std::string("…") + number || piece.text == std::string("…-") + number;
        }));
      ui::clean(w.h);
    }
}

TEST_CASE("in two worlds a broker's name and the words below it are within its card, however low the worlds are") {
  struct Low {
    const char* lesson;
    std::int64_t at_us;
    const char* beside;
  };
  for (const Low& low : {Low{"delivery/exactly-once", 9'500'000, "mode"},
                         {"replication/isr-shrink-expand", 20'250'000, "try"},
                         {"operations/hot-partition", 21'600'000, "try"},
                         {"delivery/hanging-transaction", 11'250'000, "try"},
                         {"operations/cluster-setup", 13'500'000, "mode"}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Shown w(low.lesson, low.at_us, lang, kWide, low.beside);
      CAPTURE(low.lesson);
      for (const char* words : {"broker-", "127.0.0.1"}) CHECK(w.below_cards(words) == std::vector<std::string>{});
      ui::clean(w.h);
    }
}

TEST_CASE("in two low worlds a broker's card with its name alone has no sign of numbers that differ") {
  Shown w("delivery/exactly-once", 9'500'000, Lang::En, kWide, "mode");
  w.h.dashboard.state().subtitles = true;
  w.frames();
  CHECK(w.marks("crown") == 0);
  const std::vector<Rect> cards = w.cards("broker-1");
  REQUIRE(cards.size() == 2);
  for (const Rect& sign : ui::marks(w.h, "number differs"))
    for (const Rect& card : cards) CHECK(std::abs(sign.cy() - card.y) > 12);
}

TEST_CASE("in two worlds at 4:3 each of three brokers shows the end of its log, and the sign of what differs") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Shown w("replication/leader-epoch", 11'000'000, lang, kFourToThree, "try");
    CHECK(w.marks("replica chip") == 6);
    CHECK(w.marks("replica differs") == 2);
    const std::vector<Rect> cards = w.cards("broker-1");
    REQUIRE(cards.size() == 2);
    const auto shows = [&](const Rect& card, const char* words) {
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
        return piece.text == words && card.contains(piece.rect.cx(), piece.rect.cy());
      });
    };
    for (const Rect& card : cards) CHECK(shows(card, "broker-1"));
    CHECK(shows(cards[0], "2"));  // broker-1 has cut m2 off in the other world
    CHECK(shows(cards[1], "1"));
    ui::clean(w.h);
  }
}

TEST_CASE("in two low worlds with several clients at a side each broker has a row with a replica") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const std::int64_t at_us : {9'500'000, 11'000'000}) {
      Shown w("delivery/exactly-once", at_us, lang, kWide, "mode");
      CHECK(w.marks("replica chip") == 6);
      CHECK(w.marks("crown") >= 2);
      ui::clean(w.h);
    }
}

TEST_CASE("in two worlds a broker's name on a low card keeps its first letters and its number") {
  for (const auto& [lesson, at_us] : {std::pair{"operations/slow-disk", 12'000'000},
                                      {"partitions/how-many", 28'000'000},
                                      {"replication/leader-epoch", 11'000'000}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Shown w(lesson, at_us, lang, kFourToThree, "mode");
      const std::string shown = lesson;
      CAPTURE(shown);
      for (const char number : {'1', '2', '3'}) {
        const std::vector<Rect> cards = w.cards(std::string("broker-") + number);
        REQUIRE(cards.size() == 2);
        const auto& pieces = w.h.dashboard.diagnostics().pieces;
        for (const Rect& card : cards)
          CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
            return piece.text.starts_with("br") && piece.text.ends_with(std::string("-") + number) &&
                   card.contains(piece.rect.x, piece.rect.cy());
          }));
      }
      ui::clean(w.h);
    }
}

TEST_CASE("in two worlds a producer's name keeps more than three letters beside a number of four digits") {
  for (const auto& [lesson, at_us, name] :
       {std::tuple{"partitions/how-many", 28'000'000, "w-ninety"}, {"partitions/null-key", 29'000'000, "p-adaptive"}}) {
    Shown w(lesson, at_us, Lang::En, kFourToThree, "mode");
    const std::string client = name;
    CAPTURE(client);
    for (const Rect& card : w.cards(name)) {
      std::string longest;
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        if (card.contains(piece.rect.cx(), piece.rect.cy()) && piece.text.size() > longest.size()) longest = piece.text;
      CHECK_MESSAGE(std::count_if(longest.begin(), longest.end(), [](char ch) { return ch >= 'a' && ch <= 'z'; }) > 3,
                    longest);
    }
    ui::clean(w.h);
  }
}

TEST_CASE("in two worlds of many brokers no sign of a difference touches the words of a message") {
  bool told = false;
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const std::int64_t at_us : {23'000'000, 25'000'000, 27'000'000}) {
      Shown w("replication/rack-loss", at_us, lang, kWide, "mode");
      CAPTURE(at_us);
      for (const char* name : {"differs", "number differs"})
        for (const Rect& sign : ui::marks(w.h, name))
          for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
            told = told || piece.text.starts_with("NOT_ENOUGH_REPLICAS");
            CHECK_MESSAGE(!piece.rect.padded(-4, -3).overlaps(sign), piece.text);
          }
    }
  CHECK(told);
}

TEST_CASE("in two low worlds a partition's leader is on its card where the way from the controllers can be shorter") {
  Shown w("operations/hot-partition", 21'600'000, Lang::En, kWide, "try");
  CHECK(w.marks("crown") >= 6);
}

TEST_CASE("in front of people the clients that the sentence names are shown before the others") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    {
      Shown w("delivery/exactly-once", 10'560'000, lang, kFourToThree);
      CHECK(w.cards("biller").size() == 1);
      ui::clean(w.h);
    }
    {
      Shown w("replication/one-way-partition", 24'800'000, lang, kWide, "try");
      for (const char* named : {"acks-all", "acks-1"}) CHECK_MESSAGE(w.cards(named).size() == 2, named);
      ui::clean(w.h);
    }
    Shown w("consumer/consumer-options", 18'600'000, lang, kFourToThree, "try");
    CHECK(w.cards("poll-10").size() == 2);
    ui::clean(w.h);
  }
}

TEST_CASE(
    "in front of people the settings beside a question are not cut, and a leader is visible with subtitles, too") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Shown w("delivery/exactly-once", 10'560'000, lang, kFourToThree);
    w.h.dashboard.state().subtitles = true;
    w.frames(4);
    CHECK(w.marks("crown") >= 1);
    float lowest = 0;
    for (const auto& piece : w.h.dashboard.diagnostics().pieces) lowest = std::max(lowest, piece.rect.bottom());
    CHECK(lowest < kFourToThree.second - 8);
    ui::clean(w.h);
  }
}

TEST_CASE("in front of people a transaction's states are not shown beside a question where they would be cut") {
  for (const auto& size : {kWide, kFourToThree}) {
    Shown w("delivery/exactly-once", 10'560'000, Lang::En, size);
    CHECK_FALSE(ui::shows(w.h, "PrepareCommit"));
    CHECK(w.marks("more transactions") == 0);
    CHECK(w.marks("crown") >= 1);
  }
  Shown w("delivery/exactly-once", 20'000'000, Lang::En, kWide);  // without a question there is room
  for (const char* state : {"PrepareCommit", "PrepareEpochFence", "Dead"}) CHECK_MESSAGE(ui::shows(w.h, state), state);
}

TEST_CASE("in front of people the word of a broker's state is whole or left out") {
  Shown w("operations/scale-in", 12'540'000, Lang::En, kFourToThree);
  CHECK(ui::shows(w.h, "stopped"));
  for (const auto& piece : w.h.dashboard.diagnostics().pieces) CHECK_FALSE(piece.text.starts_with("sto…"));
  ui::clean(w.h);
}

namespace {

/// Twelve brokers and a group of ten with a long name, one of whose members is paused; broker-1 crashes.
std::string many_nodes() {
  std::string clients;
  for (int i = 1; i <= 10; ++i)
    clients += R"(, {"id": "billing-and-invoicing-)" + std::to_string(i) +
               R"(", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing-and-invoicing"}})";
  return R"({"format": 1, "id": "x", "title": {"en": "X", "ko": "X"}, "cluster": {"brokers": 12, "controllers": 3},
    "topics": [{"name": "orders", "partitions": 12, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "50/s"})" +
         clients + R"(],
    "steps": [{"at": "8s", "do": "pause", "node": "billing-and-invoicing-3"},
              {"at": "10s", "do": "crash", "node": "broker-1"}], "until": "30s"})";
}

}  // namespace

TEST_CASE("the word of a client's state is not cut on a low card: the name's middle gives way") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w(many_nodes(), 12'000'000, Layout::Workbench, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames(4);
    const std::string word(ui::tr(lang, "ui.state_paused"_w));
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == word; }));
    for (const auto& piece : pieces) {
      const std::size_t dots = piece.text.find("…");
      CHECK_FALSE((dots != std::string::npos && dots > 2 && word.starts_with(piece.text.substr(0, dots))));
    }
  }
}

TEST_CASE(
    "in front of people who believes what says how many rows there is no room for, and shows wrong beliefs first") {
  for (const auto& size : {kWide, kFourToThree})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w(many_nodes(), 12'000'000, Layout::Presenter, size.first, size.second);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      w.key(ui::kKeyK);
      REQUIRE(w.marks("beliefs") == 1);
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      float lowest = 0, words = 0;
      for (const auto& piece : pieces) {
        lowest = std::max(lowest, piece.rect.bottom());
        if (piece.text.starts_with("+") && piece.rect.y > size.second * .4f) words = piece.rect.y;
      }
      CHECK(words > 0);
      CHECK(lowest < size.second - 6);
      ui::clean(w.h);
    }
}

TEST_CASE("a row of replicas in two low worlds keeps its text off its frame") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("producer/acks", 12'000'000, Layout::Workbench, 1280, 720);
    w.h.dashboard.set_language(lang);
    Action open = open_twin("path");
    open.target = "clients/acks-0/config/acks";
    open.other = "all";
    w.player.act(open);
    w.frames(8);
    REQUIRE(w.twin().ready);
    REQUIRE_FALSE(w.twin().dial.empty());
    ui::clean(w.h);
  }
}

TEST_CASE("in the inspector the buttons of a producer's rate and of its first setting stand apart") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
      PlayerWindow w("why/batching", 9'000'000, Layout::Workbench, width, height);
      w.h.dashboard.set_language(lang);
      w.player.act(open_twin("try"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      Action select = action(ActionKind::Select);
      select.target = "linger-50";
      w.h.dashboard.state().selection = "linger-50";
      w.player.act(select);
      w.frames();
      if (w.h.dashboard.hits().find(make_id("inspector")).empty()) w.key(ui::kKeyI);
      std::size_t both = 0;
      for (int turn = 0; turn < 20; ++turn) {
        const ui::Rect inspector = w.h.dashboard.hits().find(make_id("inspector"));
        REQUIRE_FALSE(inspector.empty());
        w.h.move(inspector.cx(), inspector.cy());
        if (turn > 0) w.h.wheel(-1);
        w.frames();
        both += !w.h.dashboard.hits().find(make_id("rate beside")).empty() && w.marks("beside") > 1;
        CHECK(ui::touching_buttons(w.h.dashboard.diagnostics()).empty());
      }
      CHECK(both > 0);
    }
}

TEST_CASE("the words about two sessions that have run out stand apart") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
      for (const std::int64_t at_us : {13'100'000, 13'400'000, 13'550'000, 13'800'000}) {
        PlayerWindow w("replication/rack-loss", at_us, layout, 1280, 720);
        w.h.dashboard.set_language(lang);
        CAPTURE(at_us);
        w.frames();
        ui::clean(w.h);
      }
}

TEST_CASE("the heads and names of compared counts are whole, however narrow the dividers make their panel") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {kWide, std::pair{1440.f, 900.f}}) {
      Shown w("delivery/at-most-once", 20'000'000, lang, size, "mode", Layout::Workbench);
      w.h.dashboard.state().choose(ui::Tab::Compare);
      for (const float left : {272.f, 420.f, 900.f}) {
        w.h.dashboard.state().splits[static_cast<std::size_t>(ui::Split::Lesson)] = left / size.first;
        w.frames(4);
        CAPTURE(left);
        CHECK(ui::shows(w.h, lang == Lang::En ? "The producer's view" : "프로듀서가 받은 답"));
        for (const std::string& cut : w.h.dashboard.diagnostics().overflows) CHECK_MESSAGE(false, cut);
      }
    }
}

TEST_CASE("in front of people the words of two worlds about their first divergence are whole, or say what differs") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const bool en = lang == Lang::En;
    {
      Shown w("operations/clock-skew", 20'000'000, lang, kWide, "mode");
      CHECK(ui::shows(w.h, ui::pick(lang, w.twin().parted_there)));
      ui::clean(w.h);
    }
    {
      Shown w("replication/rack-loss", 25'000'000, lang, kFourToThree, "mode");
      CHECK(ui::shows(w.h, en ? "… leader epoch 1" : "… 리더 에포크 1"));
      CHECK(ui::shows(w.h, en ? "… leader epoch 2" : "… 리더 에포크 2"));
    }
    {
      Shown w("replication/one-way-partition", 30'000'000, lang, kFourToThree, "mode");
      const std::string record = ui::pick(lang, w.twin().parted_record);
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      CHECK_FALSE(record.empty());
      CHECK(std::none_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
        const std::size_t dots = piece.text.find("…");
        return dots != std::string::npos && dots > 8 && record.starts_with(piece.text.substr(0, dots));
      }));
    }
  }
}

TEST_CASE("in two low worlds brokers have room, and which direction between them is cut is seen") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const std::int64_t at_us : {12'000'000, 20'000'000}) {
      CAPTURE(at_us);
      Shown w("replication/one-way-partition", at_us, lang, kFourToThree, "mode");
      const std::vector<Rect> worlds = ui::marks(w.h, "presenter stage"), cuts = ui::marks(w.h, "one-way cut"),
                              deaf = ui::marks(w.h, "hears nothing");
      REQUIRE(worlds.size() == 2);
      REQUIRE(deaf.size() == 2);  // broker-1 hears nothing of broker-3; between it and broker-2 is a wall
      CHECK(w.marks("sends in vain") == 2);
      CHECK(cuts.size() == 6);
      for (const Rect& world : worlds)
        CHECK(std::count_if(deaf.begin(), deaf.end(),
                            [&](const Rect& r) { return world.contains(r.cx(), r.cy()) && r.cx() < world.cx(); }) == 1);
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      for (const char* broker : {"1", "2", "3"})
        CHECK(std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) {
                return piece.text.ends_with(std::string("-") + broker) && piece.rect.y < worlds[0].bottom() &&
                       piece.rect.y > worlds[0].y;
              }) >= 2);
      ui::clean(w.h);
    }
}

TEST_CASE("the badge of a new leader stands off the plate with its rack's name") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Shown w("replication/rack-loss", 13'600'000, Lang::En, kWide, nullptr, layout);
    const std::vector<Rect> badges = w.cards("badge"), racks = ui::marks(w.h, "rack");
    REQUIRE_FALSE(badges.empty());
    REQUIRE(racks.size() == 6);
    for (const Rect& badge : badges)
      for (const Rect& rack : racks) CHECK_FALSE(badge.grown(1).overlaps(rack));
    ui::clean(w.h);
  }
}

TEST_CASE("in front of people a notice does not lie over the bar of the leaders") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Shown w("replication/rack-loss", 25'000'000, lang, kWide);
    REQUIRE(ui::shows(w.h, lang == Lang::En ? "leads: broker-1" : "broker-1"));
    const Rect leaders = w.h.dashboard.state().latest_row;
    REQUIRE_FALSE(leaders.empty());
    w.h.dashboard.state().toasts.push_back({{{"A notice of some words", "몇 마디 알림"}}, 0});
    w.h.dashboard.state().toasts.back().since = 1e9;
    w.h.frame();
    const Rect notice = w.h.dashboard.hits().find(make_id("toast", 0));
    REQUIRE_FALSE(notice.empty());
    CHECK_FALSE(notice.overlaps(leaders));
  }
}

TEST_CASE("in two low worlds the number of a broker's replicas is not over the words about the broker") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [beside, at_us] : {std::pair{"mode", 30'000'000}, std::pair{"try", 30'000'000}}) {
      Shown w("controller/session-expiry", at_us, lang, kWide, beside);
      CHECK(ui::overlapping_texts(w.h.dashboard.diagnostics()) == std::vector<std::string>{});
    }
}

TEST_CASE("in two low worlds at 4:3 the name of the only broker is within its card") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [lesson, at_us] :
         {std::pair{"consumer/auto-commit", 24'000'000}, std::pair{"groups/static-membership", 20'000'000}}) {
      Shown w(lesson, at_us, lang, kFourToThree, "mode");
      CHECK(w.below_cards("broker-") == std::vector<std::string>{});
      CHECK(ui::words_on_frames(w.h.dashboard.diagnostics()) == std::vector<std::string>{});
    }
}
