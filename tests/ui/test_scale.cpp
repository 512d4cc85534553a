// Clusters of many brokers and long names: shortening, grouping, magnifying, dragging; and everything stays legible.
#include <random>
#include <set>

#include "ui/looks.h"
#include "ui/shorten.h"
#include "ui/stage/broker_grid.h"
#include "ui/stage/stage_view.h"

namespace {

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

/// Hangul is twice as wide as Latin.
float columns_of_text(std::string_view s) {
  float n = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto ch = static_cast<unsigned char>(s[i]);
    if ((ch & 0xC0) != 0x80) n += ch < 0x80 || s.substr(i).starts_with("…") ? 1.f : 2.f;
  }
  return n;
}

bool is_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto ch = static_cast<unsigned char>(s[i]);
    const std::size_t n = ch < 0x80 ? 1 : (ch >> 5) == 6 ? 2 : (ch >> 4) == 14 ? 3 : (ch >> 3) == 30 ? 4 : 0;
    if (n == 0 || i + n > s.size()) return false;
    for (std::size_t k = 1; k < n; ++k)
      if ((static_cast<unsigned char>(s[i + k]) & 0xC0) != 0x80) return false;
    i += n;
  }
  return true;
}

std::string number_of(std::string_view s) {
  const std::size_t at = s.find_last_not_of("0123456789");
  return std::string(at == std::string_view::npos ? std::string_view{} : s.substr(at + 1));
}

/// 60 characters and a number.
std::string long_name(int number) {
  const std::string end = "-" + std::to_string(number);
  return std::string("inventory-service-of-the-northern-warehouse-and-its-suppliers").substr(0, 60 - end.size()) + end;
}

Snapshot many(int brokers, int partitions, int producers, int consumers, int messages, int racks) {
  Snapshot world = fixture::large_world(brokers, partitions, producers, consumers, messages);
  for (Node& n : world.nodes)
    if (n.kind == NodeKind::Broker && racks > 0) n.rack = std::string(1, static_cast<char>('a' + (n.id - 1) % racks));
  return world;
}

void name_at_length(Snapshot& world) {
  for (Partition& p : world.partitions) {
    p.topic = "inventory-service-of-the-northern-warehouse-and-its-suppli";
    p.name = long_name(p.index);
  }
  int number = 0;
  for (Node& n : world.nodes)
    if (is_client(n.kind)) n.name = long_name(++number);
  for (Group& g : world.groups) g.id = "inventory-service-of-the-northern-warehouse-and-its-supplie";
  for (Client& c : world.clients)
    if (!c.group.empty()) c.group = "inventory-service-of-the-northern-warehouse-and-its-supplie";
}

constexpr std::pair<float, float> kScaleSizes[] = {{1280, 720}, {1600, 900}, {1920, 1080}};

void show(Headless& h, Layout layout, Snapshot world) {
  h.dashboard.set_layout(layout);
  h.show(Moment::Before, Scene::First);
  h.lesson.view = {};
  h.log = {};
  h.time.lanes.clear();
  h.world = std::move(world);
  h.settle();
}

/// Something of long names for each panel: a group's owners and lags, metrics, a transaction, lines of the log, lanes.
void fill_panels(Headless& h) {
  Snapshot& world = h.world;
  Group& group = world.groups.front();
  for (GroupMember& m : group.members) m.client = world.nodes[static_cast<std::size_t>(m.node)].name;
  Transaction t;
  t.id = long_name(1);
  t.state = "Ongoing";
  t.previous_state = "Empty";
  t.coordinator = 2;
  t.producer_id = 4000, t.producer_epoch = 3;
  t.timeout = {true, 7'000'000, 60'000'000, "transaction.timeout.ms", "60000", ConfigSource::Default};
  for (const Partition& p : world.partitions) {
    GroupPartition of;
    of.partition = p.index;
    of.committed = 1000, of.position = 1003, of.lag = 3;
    group.partitions.push_back(of);
    group.members[static_cast<std::size_t>(p.index) % group.members.size()].partitions.push_back(p.index);
    if (p.index < 8) t.parts.push_back({p.name, p.index, 1000, 3, p.index % 2 == 1});
  }
  world.metrics.clear();
  std::uint64_t seq = 0;
  for (const Node& n : world.nodes) {
    Metric m;
    m.name = {"records in of " + n.name, n.name + "에 들어온 레코드"};
    m.mbean = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec,topic=" + n.name;
    m.before = 12'000, m.now = 1'234'567;
    m.history = {0, 5, 3, 9};
    world.metrics.push_back(std::move(m));
    if (n.kind == NodeKind::Producer) t.producers.push_back(n.name);
    LogEntry line;
    line.seq = ++seq;
    line.time_us = 1'000'000 + static_cast<std::int64_t>(seq);
    line.node = n.name;
    line.kind = "message.delivered";
    line.words = {n.name + " receives Produce request 280 from " + long_name(77) + ".",
                  n.name + "이 " + long_name(77) + "의 Produce 요청 280을 받았어요."};
    h.log.entries.push_back(std::move(line));
    h.time.lanes.push_back({n.name, is_client(n.kind) ? LaneKind::Client : LaneKind::Broker, {}});
  }
  h.log.total = seq;
  world.transactions = {t};
  h.settle();
}

Rect card_of(Headless& h, const std::string& name) {
  h.settle();
  for (const auto& [rect, what] : h.dashboard.diagnostics().cards)
    if (what == name) return rect;
  return {};
}

/// A point on the stage outside all cards.
Point ground(Headless& h) {
  const auto& cards = h.dashboard.diagnostics().cards;
  Rect all = cards.front().first;
  for (const auto& [r, name] : cards) {
    const float right = std::max(all.right(), r.right()), bottom = std::max(all.bottom(), r.bottom());
    all.x = std::min(all.x, r.x), all.y = std::min(all.y, r.y);
    all.w = right - all.x, all.h = bottom - all.y;
  }
  Point best{all.x, all.y};
  float most = -1;
  for (float x = all.x + 10; x < all.right(); x += 10)
    for (float y = all.y + 10; y < all.bottom(); y += 10) {
      float away = 1e9f;
      for (const auto& [r, name] : cards)
        away = std::min(away, std::max({r.x - x, x - r.right(), r.y - y, y - r.bottom()}));
      if (away > most) best = {x, y}, most = away;
    }
  return best;
}

void drag(Headless& h, Point from, Point to) {
  h.move(from.x, from.y);
  h.frame();
  h.press();
  h.frame();
  for (int i = 1; i <= 4; ++i) {
    const float u = static_cast<float>(i) / 4;
    h.move(from.x + (to.x - from.x) * u, from.y + (to.y - from.y) * u);
    h.frame();
  }
  h.release();
  h.settle();
}

}  // namespace

TEST_CASE("a name that is too long is shortened in the middle and keeps its number") {
  CHECK(shorten("inventory-service-12", 16, columns_of_text) == "inventory-se…-12");
  CHECK(shorten("inventory-service-12", 20, columns_of_text) == "inventory-service-12");
  CHECK(shorten("inventory-service-12", 4, columns_of_text) == "…-12");
  CHECK(shorten("inventory-service-12", 3, columns_of_text) == "…12");
  CHECK(shorten("inventory-service-12", 2, columns_of_text) == "12");
  CHECK(shorten("inventory-service-12", 1, columns_of_text) == "…");
  CHECK(shorten("아주-긴-주문-토픽-7", 10, columns_of_text) == "아주-긴…-7");
  CHECK(shorten("checkout-of-the-shop", 12, columns_of_text) == "checkout…hop");
  CHECK(shorten("waits for 3 brokers", 10, columns_of_text) == "waits for…");
  CHECK(shorten("leads: broker-17 since 3 s", 14, columns_of_text) == "leads: bro…-17");
  CHECK(shorten("leads: broker-17", 14, columns_of_text) == "leads: bro…-17");
  CHECK(shorten("leads: broker-17 since 3 s", 20, columns_of_text) == "leads: broker-17 si…");
  CHECK(shorten("waits for broker-2, broker-31", 22, columns_of_text) == "waits for broker-2…-31");
  CHECK(shorten("아직 broker-17에 요청", 8, columns_of_text) == "아직…-17");
  CHECK(shorten("leads: broker-17 since", 3, columns_of_text) == "…17");
  CHECK(keeps_number("leads: broker-17", "leads: bro…-17"));
  CHECK_FALSE(keeps_number("leads: broker-17", "leads: broker…"));
  CHECK(keeps_number("waits for 3 brokers", "waits…"));
}

TEST_CASE("a sentence that is too long has its long names shortened in the middle, and keeps its words") {
  const std::string sentence = long_name(1) + " receives Produce req 280 to " + long_name(7) + ".";
  const std::string cut = shorten_names(sentence, 90, columns_of_text);
  CAPTURE(cut);
  CHECK(columns_of_text(cut) <= 90);
  CHECK(cut.find("…-1 receives Produce req 280 to ") != std::string::npos);
  CHECK(cut.ends_with("-7."));
  CHECK(shorten_names(sentence, 200, columns_of_text) == sentence);
  CHECK(shorten_names("UNKNOWN_TOPIC_OR_PARTITION of a, b", 20, columns_of_text) ==
        "UNKNOWN_TOPIC_OR_PARTITION of a, b");
}

TEST_CASE("every shortened name fits, is valid UTF-8 and keeps its number; a name that fits is not changed") {
  std::mt19937 random(7);
  const std::vector<std::string> letters = {"a", "w", "-", "_", ".", "7", "0", "가", "힣", "é", "🙂"};
  for (int i = 0; i < 20'000; ++i) {
    std::string name;
    for (unsigned n = random() % 70; n > 0; --n) name += letters[random() % letters.size()];
    if (random() % 2 == 0) name += "-" + std::to_string(random() % 2000);
    const auto room = static_cast<float>(random() % 40);
    const std::string s = shorten(name, room, columns_of_text);
    CAPTURE(name);
    CAPTURE(room);
    CAPTURE(s);
    CHECK(columns_of_text(s) <= room);
    CHECK(is_utf8(s));
    if (columns_of_text(name) <= room) CHECK(s == name);
    const std::string number = number_of(name);
    if (!number.empty() && columns_of_text(number) <= room) CHECK((s == number || number_of(s) == number));
  }
}

TEST_CASE(
    "with 12 brokers, 40 partitions, 10 consumers and names of 60 characters no text is cut off or overlaps another") {
  Headless h;
  for (const auto& [w, height] : kScaleSizes)
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
        for (const int racks : {0, 3}) {
          h.size(w, height);
          h.dashboard.set_language(lang);
          Snapshot world = many(12, 40, 2, 10, 60, racks);
          name_at_length(world);
          show(h, layout, std::move(world));
          const int layout_number = static_cast<int>(layout);
          CAPTURE(layout_number);
          const float width = w;
          CAPTURE(width);
          CAPTURE(racks);
          clean(h);
          for (int broker = 1; broker <= 12; ++broker) CHECK(!card_of(h, "broker-" + std::to_string(broker)).empty());
          for (const auto& piece : h.dashboard.diagnostics().pieces)  // "…" alone identifies nothing
            CHECK(piece.text != "…");
        }
}

TEST_CASE("a partition's name of 60 characters is shown in full if its panel has room, also when presenting") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    h.size(1280, 720);
    Snapshot world = many(12, 40, 2, 10, 60, 0);
    name_at_length(world);
    show(h, layout, std::move(world));
    h.lesson.view.panels = {"stage", "partitions"};
    h.settle();
    const int layout_number = static_cast<int>(layout);
    CAPTURE(layout_number);
    CHECK(shows(h, h.world.partitions.front().name));
    clean(h);
  }
}

TEST_CASE("each panel of the workbench has room for names of 60 characters") {
  Headless h;
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : kScaleSizes)
      for (int tab = 0; tab < kTabs; ++tab) {
        h.size(w, height);
        h.dashboard.set_language(lang);
        Snapshot world = many(12, 40, 2, 10, 60, 3);
        name_at_length(world);
        show(h, Layout::Workbench, std::move(world));
        fill_panels(h);
        h.dashboard.state().tab = static_cast<Tab>(tab);
        h.dashboard.state().tab_chosen = true;
        CAPTURE(tab);
        const float width = w;
        CAPTURE(width);
        clean(h);
      }
}

TEST_CASE("each panel that a lesson may show has room for names of 60 characters, at 4:3 in front of people, too") {
  Headless h;
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [layout, w, height] : {std::tuple{Layout::Lesson, 1280.f, 720.f},
                                            {Layout::Presenter, 1280.f, 720.f},
                                            {Layout::Presenter, 1024.f, 768.f}})
      for (const char* panel : {"partitions", "groups", "controller", "ledger", "metrics", "transactions", "timeline",
                                "log", "space-time"}) {
        h.size(w, height);
        h.dashboard.set_language(lang);
        Snapshot world = many(12, 40, 2, 10, 60, 3);
        name_at_length(world);
        show(h, layout, std::move(world));
        h.dashboard.state().tab_chosen = false;
        h.lesson.view.panels = {"stage", panel};
        fill_panels(h);
        CAPTURE(panel);
        const float width = w;
        CAPTURE(width);
        clean(h);
      }
}

TEST_CASE("the heads of a group's 40 columns stand apart, in front of people") {
  Headless h;
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1024.f, 768.f}}) {
    h.size(w, height);
    Snapshot world = many(12, 40, 2, 10, 60, 3);
    name_at_length(world);
    show(h, Layout::Presenter, std::move(world));
    h.lesson.view.panels = {"stage", "groups"};
    h.lesson.view.select = h.world.groups.front().id;
    fill_panels(h);
    const auto& pieces = h.dashboard.diagnostics().pieces;
    // The group's state, in the line of the heads.
    const auto state =
        std::find_if(pieces.rbegin(), pieces.rend(), [](const auto& piece) { return piece.text == "Stable"; });
    REQUIRE(state != pieces.rend());
    CHECK(shows(h, "commit lag 3"));
    int heads = 0;
    float end = 0;
    for (const auto& piece : pieces) {
      if (std::abs(piece.rect.cy() - state->rect.cy()) > 4 || piece.rect.x < state->rect.right() ||
          piece.text.find_first_not_of("0123456789") != std::string::npos)
        continue;
      ++heads;
      CHECK_MESSAGE(piece.rect.x > end + 3, piece.text);
      end = piece.rect.right();
    }
    CHECK(heads >= 10);
  }
}

TEST_CASE("metrics have a chip for as many nodes as fit, and say how many others there are") {
  Headless h;
  h.size(1280, 720);
  Snapshot world = many(12, 40, 2, 10, 60, 3);
  name_at_length(world);
  show(h, Layout::Workbench, std::move(world));
  fill_panels(h);
  h.dashboard.state().choose(Tab::Metrics);
  h.settle();
  std::size_t chips = 0;
  for (std::size_t key = 0; key <= h.world.nodes.size() + h.world.groups.size(); ++key)
    if (!h.dashboard.hits().find(make_id("metrics of", key)).empty()) ++chips;
  const std::size_t all = 1 + h.world.groups.size() + h.world.nodes.size();
  REQUIRE(chips < all);
  CHECK(chips > 3);
  CHECK(shows(h, "+" + std::to_string(all - chips) + " more"));
  clean(h);
}

TEST_CASE("the event log's sentences with two names of 60 characters keep their words and the names' numbers") {
  Headless h;
  h.size(1280, 720);
  Snapshot world = many(12, 40, 2, 10, 60, 3);
  name_at_length(world);
  show(h, Layout::Workbench, std::move(world));
  fill_panels(h);
  h.dashboard.state().choose(Tab::Log);
  h.settle();
  CHECK(shows(h, " receives Produce request 280 from "));
  CHECK(shows(h, "-77."));
  clean(h);
}

TEST_CASE("many brokers are drawn in rows by rack, and every card shows what its size allows") {
  Headless h;
  for (const auto& [w, height] : kScaleSizes)
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
      h.size(w, height);
      show(h, layout, many(50, 1000, 8, 8, 10'000, 5));
      const int layout_number = static_cast<int>(layout);
      CAPTURE(layout_number);
      const float width = w;
      CAPTURE(width);
      clean(h);
      CHECK(marks(h, "rack").size() == 5);
      std::set<int> rows;
      for (int broker = 1; broker <= 50; ++broker) {
        const Rect r = card_of(h, "broker-" + std::to_string(broker));
        REQUIRE(!r.empty());
        rows.insert(static_cast<int>(r.y));
        CHECK(static_cast<int>(r.y) ==
              static_cast<int>(card_of(h, "broker-" + std::to_string((broker - 1) % 5 + 1)).y));
      }
      CHECK(rows.size() == 5);
    }
}

TEST_CASE("many brokers are presented without overlaps at 4:3 or beside a second world") {
  Headless h;
  for (const int brokers : {7, 12, 50}) {
    CAPTURE(brokers);
    for (const int racks : {0, 3}) {
      h.size(1024, 768);
      show(h, Layout::Presenter, many(brokers, brokers * 4, 8, 10, 100, racks));
      clean(h);
      for (const auto& [w, height] : kScaleSizes)
        for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
          h.size(w, height);
          show(h, layout, many(brokers, brokers * 4, 8, 10, 100, racks));
          auto other = std::make_shared<Snapshot>(h.world);
          other->nodes[4].state = NodeState::Crashed;
          h.lesson.twin.open = h.lesson.twin.ready = true;
          h.lesson.twin.here = {"here", "여기"};
          h.lesson.twin.there = {"there", "저기"};
          h.lesson.twin.world = std::move(other);
          const int layout_number = static_cast<int>(layout);
          CAPTURE(layout_number);
          const float width = w;
          CAPTURE(width);
          clean(h);
          CHECK(marks(h, "differs").size() == 2);
        }
    }
  }
}

TEST_CASE("without racks brokers are grouped by machine") {
  Headless h;
  Snapshot world = many(12, 40, 2, 2, 0, 0);
  for (Node& n : world.nodes)
    if (n.kind == NodeKind::Broker) n.host = "node-" + std::to_string((n.id - 1) / 3 + 1);
  show(h, Layout::Lesson, std::move(world));
  clean(h);
  CHECK(marks(h, "machine").size() == 4);
  CHECK(shows(h, "node-4"));
}

TEST_CASE("the wheel and keys magnify the stage until each replica is named, and Esc shows all brokers again") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    Headless h;
    h.size(1600, 900);
    show(h, layout, many(50, 1000, 8, 8, 200, 5));
    const Rect before = card_of(h, "broker-23");
    REQUIRE(!before.empty());
    h.move(before.cx(), before.cy());
    h.frame();
    for (int i = 0; i < 6; ++i) h.wheel(1);
    h.settle();
    const Rect after = card_of(h, "broker-23");
    CHECK(h.dashboard.state().zoom.k > 3);
    CHECK(after.w > before.w * 1.5f);
    CHECK(after.grown(4).contains(before.cx(), before.cy()));  // the point under the pointer stays in place
    CHECK(card_of(h, "broker-1").empty());                     // not visible
    CHECK(marks(h, "zoom").size() == 1);
    clean(h);
    h.key(kKeyEscape);
    h.settle();
    CHECK(h.dashboard.state().zoom.k == 1);
    CHECK(card_of(h, "broker-23").w == doctest::Approx(before.w));
    CHECK(h.dashboard.state().layout == layout);
    h.key(kKeyEqual);
    CHECK(h.dashboard.state().zoom.k > 1);
    h.key(kKeyMinus);
    CHECK(h.dashboard.state().zoom.k == 1);
  }
}

TEST_CASE("a magnified card lists as many replicas as fit, and a rack counts brokers that were dragged out of it") {
  const Snapshot world = many(12, 40, 2, 2, 0, 3);
  std::vector<StageChip> chips;
  const Node& broker = world.nodes[3];
  REQUIRE(broker.replicas.size() == 10);
  build_chips(broker, {0, 0, 236, 168}, {}, chips);
  CHECK(chips.size() == 4);
  build_chips(broker, {0, 0, 300, 400}, {}, chips);
  CHECK(chips.size() == 10);
  CHECK(chips.back().rect.bottom() <= 400);

  Headless h;
  h.size(1600, 900);
  h.dashboard.state().moved["broker-2"] = {.1f, .2f};
  show(h, Layout::Workbench, world);
  // Racks b and c lead 13 partitions each, including broker-2's; partition 13 itself is on two cards in the grid.
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::count_if(pieces.begin(), pieces.end(),
                      [](const auto& piece) { return piece.text == "13" && piece.box == "brokers"; }) == 4);
  clean(h);
}

TEST_CASE("a click on a rack's name magnifies it") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(50, 1000, 8, 8, 0, 5));
  REQUIRE(h.click(make_id("grid group", 4)));
  h.settle();
  CHECK(h.dashboard.state().zoom.k >= 1.5f);
  CHECK(!card_of(h, "broker-5").empty());
  CHECK(card_of(h, "broker-1").empty());
  clean(h);
}

TEST_CASE("in a cluster of 12 brokers a partition that the lesson points at is marked on its leader's card") {
  Headless h;
  h.size(1920, 1080);
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    show(h, layout, many(12, 40, 2, 10, 0, 3));
    PointAt point;
    point.path = "/partitions/orders-7/leader";
    h.lesson.view.point.push_back(point);
    const std::vector<Rect> at = marks(h, "pointed /partitions/orders-7/leader");
    REQUIRE(at.size() == 1);
    CHECK(card_of(h, "broker-8").grown(2).contains(at[0].cx(), at[0].cy()));
  }
}

TEST_CASE("a dragged node stays where it was dropped, in every view, until it is put back") {
  for (const int brokers : {3, 12})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
      Headless h;
      h.size(1600, 900);
      show(h, layout, many(brokers, 12, 2, 2, 20, 0));
      const int layout_number = static_cast<int>(layout);
      CAPTURE(layout_number);
      CAPTURE(brokers);
      for (const std::string& name : {std::string("shop-1"), std::string("broker-2")}) {
        const Rect before = card_of(h, name);
        REQUIRE(!before.empty());
        h.actions();
        const Point to = ground(h);
        CAPTURE(to.x);
        CAPTURE(to.y);
        CAPTURE(before.x);
        CAPTURE(before.y);
        drag(h, {before.cx(), before.cy()}, to);
        CHECK(h.emitted(ActionKind::KeepMoved));
        REQUIRE(h.dashboard.state().moved.contains(name));
        const Rect after = card_of(h, name);
        CHECK(std::abs(after.cx() - before.cx()) + std::abs(after.cy() - before.cy()) > 20);
        for (int i = 0; i < 5; ++i) h.frame();
        CHECK(card_of(h, name).x == after.x);
        for (const std::string& s : overlapping_cards(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
      }
      CHECK(!h.dashboard.state().moved.empty());
    }
}

TEST_CASE("messages follow a node that was dragged elsewhere, and a double click puts it back") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(3, 6, 1, 1, 0, 0));
  const int shop = 6, broker = 3;
  REQUIRE(h.world.nodes[shop].name == "shop-1");
  const MovedNodes moved = {{"shop-1", {.1f, .9f}}};
  const StageView view = build_stage_view(h.world, {.moved = &moved});
  Message m;
  m.from = shop;
  m.to = broker;
  m.family = Family::Produce;
  m.fraction = 0;
  const Point start = view.point_of(m);
  CHECK(view.rect(shop)->grown(2).contains(start.x, start.y));
  m.fraction = 1;
  const Point end = view.point_of(m);
  CHECK(view.rect(broker)->grown(2).contains(end.x, end.y));

  const Rect before = card_of(h, "shop-1");
  drag(h, {before.cx(), before.cy()}, {before.cx(), before.bottom() + before.h * 1.5f});
  const Rect there = card_of(h, "shop-1");
  REQUIRE(there.y > before.y + 10);
  for (int i = 0; i < 2; ++i) h.click(there.cx(), there.cy());
  h.settle();
  CHECK(h.dashboard.state().moved.empty());
  CHECK(card_of(h, "shop-1").y == before.y);
}

TEST_CASE("Find offers to put all nodes back while a node is away from its place") {
  Headless h;
  h.size(1280, 720);
  show(h, Layout::Lesson, many(3, 6, 1, 1, 0, 0));
  const auto find = [&] {
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type("nodes back");
    h.settle();
    h.enter();
    h.settle();
  };
  h.dashboard.state().moved["shop-1"] = {.2f, .8f};
  find();
  CHECK(h.dashboard.state().moved.empty());
  CHECK(h.emitted(ActionKind::KeepMoved));
}

TEST_CASE("a drag onto another node opens the menu of their link and moves nothing") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(12, 12, 2, 2, 0, 3));
  const Rect a = card_of(h, "broker-1"), b = card_of(h, "broker-3");
  drag(h, {a.cx(), a.cy()}, {b.cx(), b.cy()});
  CHECK(h.dashboard.state().menu.open);
  CHECK(h.dashboard.state().menu.other == "broker-3");
  CHECK(h.dashboard.state().moved.empty());
}

TEST_CASE("among many brokers few messages lie on no partition's number and say what they carry, and so do lost ones") {
  using namespace kafkascope::ui;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Snapshot world = many(12, 40, 2, 2, 0, 3);
    const auto send = [&](int from, int to, float fraction) {
      Message m;
      m.id = world.messages.size() + 1;
      m.from = from, m.to = to, m.fraction = fraction, m.arrives_us = world.time_us;
      m.family = Family::Replicate, m.api = "Fetch";
      world.messages.push_back(m);
    };
    send(3, 8, 1), send(4, 12, .5f), send(10, 5, 0), send(3, 4, .4f);
    LostMessage lost;
    lost.from = 11, lost.to = 9, lost.lost_us = world.time_us, lost.fraction = 1;
    lost.family = Family::Replicate, lost.api = "Fetch";
    world.lost = {lost};
    Headless h;
    show(h, layout, world);
    const auto beads = marks(h, "grid bead");
    CHECK(beads.size() == 4);
    const auto number = [](const std::string& text) {
      return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      CAPTURE(piece.text);
      for (const Rect& bead : beads) CHECK_FALSE((number(piece.text) && piece.rect.overlaps(bead.grown(-2))));
    }
    CHECK(marks(h, "lost message").size() == 1);
    CHECK(marks(h, "grid label").size() >= 2);
    CHECK(shows(h, "Fetch"));
    clean(h);
  }
}

TEST_CASE("among many brokers the session of a crashed one runs down on its card") {
  using namespace kafkascope::ui;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    Snapshot world = many(12, 12, 2, 2, 0, 0);
    for (Node& n : world.nodes)
      if (n.state == NodeState::Crashed) n.session.remaining_us = 3'000'000;
    show(h, layout, world);
    CHECK(marks(h, "session in the grid").size() == 1);
    CHECK(says(h, "3 s left"));
    clean(h);
  }
}
