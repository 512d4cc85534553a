// Long names: how they are shortened, and that every panel has room for them.
#include <random>

#include "ui/crowd.h"
#include "ui/looks.h"
#include "ui/shorten.h"

namespace {

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::ui::crowd;

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

/// Twelve brokers, forty partitions and ten consumers.
Snapshot long_named(int racks, int messages) {
  Snapshot world = many(12, 40, 2, 10, messages, racks);
  name_at_length(world);
  return world;
}
void show_long_named(Headless& h, Layout layout, int racks = 3) { show(h, layout, long_named(racks, 60)); }
void show_long_named(Headless& h, const Look& look, int racks = 3, int messages = 60) {
  show(h, look, long_named(racks, messages));
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

}  // namespace

TEST_CASE("a name that is too long is shortened in the middle and keeps its number") {
  CHECK(shorten("inventory-service-12", 16, columns_of_text) == "inventory-se…-12");
  CHECK(shorten("inventory-service-12", 20, columns_of_text) == "inventory-service-12");
  CHECK(shorten("inventory-service-12", 4, columns_of_text) == "…-12");
  CHECK(shorten("inventory-service-12", 3, columns_of_text) == "…12");
  CHECK(shorten("broker-17", 3.5f, [](std::string_view text) {  // of a narrow letter there is room
          return columns_of_text(text) - (text.find('-') == std::string_view::npos ? .5f : 0);
        }) == "b…17");
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

TEST_CASE("the name of a numbered node keeps two letters and its number, or its initial and its number") {
  CHECK(short_node_name("broker-12", 9, columns_of_text) == "broker-12");
  CHECK(short_node_name("broker-12", 8, columns_of_text) == "brok…-12");
  CHECK(short_node_name("broker-12", 6, columns_of_text) == "br…-12");
  CHECK(short_node_name("broker-12", 5, columns_of_text) == "b12");
  CHECK(short_node_name("broker-12", 3, columns_of_text) == "b12");
  CHECK(short_node_name("broker-12", 2, columns_of_text).empty());
  CHECK(short_node_name("브로커-3", 4, columns_of_text) == "브3");
  CHECK(short_node_name("east", 2, columns_of_text).empty());
  CHECK(initial_and_number("12").empty());
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

TEST_CASE("a list that does not fit loses its first parts and keeps its last one") {
  CHECK(last_parts("acks=all, 1000/s", 16, columns_of_text) == "acks=all, 1000/s");
  CHECK(last_parts("acks=all, 1000/s", 15, columns_of_text) == "1000/s");
  CHECK(last_parts("a, b, c", 4, columns_of_text) == "b, c");
  CHECK(last_parts("a, whole", 2, columns_of_text) == "whole");
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
  for (const Look& look : every_look())
    for (const int racks : {0, 3})
      for (const int messages : {0, 4, 60}) {
        show_long_named(h, look, racks, messages);
        const std::string name = name_of(look);
        CAPTURE(name);
        CAPTURE(racks);
        CAPTURE(messages);
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
    show_long_named(h, layout, 0);
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
  for (const Look& look : every_look(Layout::Workbench))
    for (int tab = 0; tab < kTabs; ++tab) {
      show_long_named(h, look);
      fill_panels(h);
      h.dashboard.state().tab = static_cast<Tab>(tab);
      h.dashboard.state().tab_chosen = true;
      const std::string name = name_of(look);
      CAPTURE(name);
      CAPTURE(tab);
      clean(h);
    }
}

TEST_CASE("each panel that a lesson may show has room for names of 60 characters, in front of people, too") {
  Headless h;
  for (const Look& look : every_look()) {
    if (look.layout == Layout::Workbench) continue;
    for (const char* panel :
         {"partitions", "groups", "controller", "ledger", "metrics", "transactions", "timeline", "log", "space-time"}) {
      show_long_named(h, look);
      h.dashboard.state().tab_chosen = false;
      h.lesson.view.panels = {"stage", panel};
      fill_panels(h);
      const std::string name = name_of(look);
      CAPTURE(name);
      CAPTURE(panel);
      clean(h);
    }
  }
}

TEST_CASE("the heads of a group's 40 columns stand apart, in front of people") {
  Headless h;
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1024.f, 768.f}}) {
    h.size(w, height);
    show_long_named(h, Layout::Presenter);
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
  show_long_named(h, Layout::Workbench);
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
  show_long_named(h, Layout::Workbench);
  fill_panels(h);
  h.dashboard.state().choose(Tab::Log);
  h.settle();
  CHECK(shows(h, " receives Produce request 280 from "));
  CHECK(shows(h, "-77."));
  clean(h);
}

TEST_CASE("a partition's row names its leader before the words around the name, and never by one letter") {
  int whole = 0, bare = 0;  // sentences about leaders, and names alone
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const float w : {1280.f, 1366.f, 1440.f, 1600.f, 1920.f})
      for (const char* topic : {"orders", "inventory-events", "inventory-service-events"}) {
        Headless h;
        h.size(w, 720);
        h.dashboard.set_layout(Layout::Workbench);
        h.dashboard.set_language(lang);
        h.show(fixture::Moment::Before, fixture::Scene::Free);
        h.lesson.view.panels = {"stage", "partitions"};
        for (auto& part : h.world.partitions) {
          part.topic = topic;
          part.name = part.topic + "-" + std::to_string(part.index);
          part.isr = {part.leader};
          part.min_insync_replicas = 2;
        }
        h.settle();
        for (const auto& piece : h.dashboard.diagnostics().pieces) {
          const auto dots = piece.text.find("…-");
          if (piece.box != "partitions" || piece.text.find("broker") == std::string::npos) {
            if (dots != std::string::npos) CHECK_MESSAGE(piece.text.find(" b") == std::string::npos, piece.text);
            continue;
          }
          ++(piece.text == "broker-1" ? bare : whole);
        }
      }
  CHECK(whole > 0);
  CHECK(bare > 0);
}

TEST_CASE("a text is cut beyond reading by its letters, not by their bytes") {
  const auto found = [](const char* text, const char* box) {
    Diagnostics of;
    of.pieces.push_back({{}, text, 0, box});
    return !cut_beyond_reading(of).empty();
  };
  CHECK(found("s…", "card"));
  CHECK(found("대…", "card"));  // one syllable has three bytes
  CHECK_FALSE(found("대기열…", "card"));
  CHECK_FALSE(found("0x10…3f", "card"));
  CHECK(found("0x12… bytes of 40…", "card"));
  CHECK_FALSE(found("{\"version\":5…", "znodes"));
  CHECK_FALSE(found("[1, 2…", "znodes"));
  CHECK(found("br…", "znodes"));
  CHECK(found("take 8 ms instead of 2…", "card"));
  CHECK_FALSE(found("or…-12", "card"));
}

TEST_CASE(
    "a client's belief about a leader that has no room on its card is told by the broker alone, whatever its words") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(fixture::Moment::Elected, fixture::Scene::First);
    for (Client& client : h.world.clients) {
      if (client.believed_leader < 0) continue;
      client.fact = {"sends its records to the one that led before", "앞서 리더였던 쪽에 레코드를 계속 보내는 중"};
      h.world.nodes[static_cast<std::size_t>(client.node)].belief_note = client.fact;
    }
    h.settle();
    CHECK(shows(h, lang == Lang::En ? "leader: broker-1?" : "리더 broker-1?"));
  }
}

TEST_CASE(
    "a setting's name that is wider than its column is not broken before its last word alone, if two words fit there") {
  Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Workbench);
  h.lesson.question = {};
  // Each of a width of its own, so that one or another is a little wider than the column.
  std::vector<std::string> names;
  for (std::size_t wide = 10; wide < 40; ++wide) names.push_back(std::string(wide, 'x') + ".leader.rebalance.enable");
  int broken = 0;
  for (const std::string& name : names) {
    h.lesson.paragraphs = {{name, name}};
    h.settle();
    bool whole = false, alone = false, pair = false;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      whole = whole || piece.text == name;
      alone = alone || piece.text == "enable";
      pair = pair || piece.text == "rebalance.enable";
    }
    CAPTURE(name);
    CHECK_FALSE(alone);
    broken += pair ? 1 : 0;
  }
  CHECK(broken > 0);
}
