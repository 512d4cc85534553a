// An answer to "why?" as the window shows it, what is highlighted for it, and keys that say why they do nothing.
#include <algorithm>
#include <string_view>

#include "observe/why/why.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/key_list.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::make_id;

namespace {

void ask(PlayerWindow& w, const char* path) {
  Action a = action(ActionKind::Why);
  a.text = path;
  w.player.act(a);
  w.frames(3);
}

bool has_text(PlayerWindow& w, const std::string& text) {
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; });
}

bool has_mark(PlayerWindow& w, const std::string& what) { return w.marks(what) > 0; }

/// The keys of an entry of the list, such as "Right Left" or "0-9".
std::vector<ui::KeyPress> presses_of(std::string_view entry) {
  std::vector<ui::KeyPress> all;
  const auto named = [](std::string_view name) {
    constexpr std::pair<std::string_view, int> kNames[] = {
        {"Space", ui::kKeySpace}, {"Right", ui::kKeyRight}, {"Left", ui::kKeyLeft}, {"PgDn", ui::kKeyPageDown},
        {"PgUp", ui::kKeyPageUp}, {"Up", ui::kKeyUp},       {"Down", ui::kKeyDown}, {"Home", ui::kKeyHome},
        {"End", ui::kKeyEnd},     {"Tab", ui::kKeyTab},     {"F11", ui::kKeyF11},   {"F5", ui::kKeyF5},
        {"Enter", ui::kKeyEnter}, {"Esc", ui::kKeyEscape},  {".", ui::kKeyPeriod},  {",", ui::kKeyComma},
        {"/", ui::kKeySlash},     {"=", ui::kKeyEqual},     {"-", ui::kKeyMinus}};
    const auto* found =
        std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& n) { return n.first == name; });
    if (found != std::end(kNames)) return found->second;
    REQUIRE(name.size() == 1);
    return name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + ui::kKeyA : static_cast<int>(name[0]);
  };
  while (!entry.empty()) {
    const std::size_t space = entry.find(' ');
    std::string_view one = entry.substr(0, space);
    entry.remove_prefix(space == std::string_view::npos ? entry.size() : space + 1);
    ui::KeyPress press{};
    if (one == "?") {
      press.key = ui::kKeySlash, press.shift = true;
      all.push_back(press);
    } else if (one.size() == 3 && one[1] == '-') {  // from digit to digit
      for (char digit = one[0]; digit <= one[2]; ++digit) press.key = digit, all.push_back(press);
    } else {
      if (one.starts_with("Ctrl+")) press.ctrl = true, one.remove_prefix(5);
      else if (one.starts_with("Shift+")) press.shift = true, one.remove_prefix(6);
      press.key = named(one);
      all.push_back(press);
    }
  }
  return all;
}

/// What a key can change in the window, without what time alone changes.
std::string seen_state(const PlayerWindow& w) {
  const ui::State& st = w.h.dashboard.state();
  std::string all;
  for (const bool b :
       {st.filled, st.drawer, st.blank, st.locked, st.palette_open, st.help_open, st.goto_open, st.runs_open,
        st.lessons_open, st.variants_open, st.menu.open, st.subtitles, st.ensemble_open.value_or(false)})
    all += b ? '1' : '0';
  all += std::to_string(static_cast<int>(st.layout)) + (st.tab_chosen ? "t" : "") +
         std::to_string(static_cast<int>(st.tab)) + std::to_string(static_cast<int>(st.lower_tab)) + st.origin.name +
         st.selection + st.beliefs_of + std::to_string(st.zoom.k);
  return all;
}

/// Presses the key in a fresh window. Empty: it acted, or said why not.
std::string silent(const char* lesson, Layout layout, std::int64_t at_us, const ui::KeyPress& press) {
  PlayerWindow w(lesson, at_us, layout, 1280, 720);
  const std::string before = seen_state(w);
  REQUIRE((w.h.world.metadata == "zookeeper") == (lesson != std::string_view(kFailover)));
  w.h.dashboard.key(press);
  w.h.frame();
  const bool emits = !w.h.actions().empty(), said = !w.h.dashboard.state().toasts.empty();
  if (emits || said || seen_state(w) != before || w.h.dashboard.state().tool.typing) return {};
  return std::string(lesson) + ", layout " + std::to_string(static_cast<int>(layout)) + ", key " +
         std::to_string(press.key);
}

}  // namespace

TEST_CASE("an answer of Why? replaces the card about passing time until the answer is closed") {
  PlayerWindow w(kFailover, 5'000'000, Layout::Lesson, 1280, 720);
  w.player.act(action(ActionKind::NextStep));
  for (int i = 0; i < 20000 && !w.player.lesson().glide.active; ++i) w.player.tick(16000);
  REQUIRE(w.player.lesson().glide.active);
  w.frames();
  REQUIRE(w.h.dashboard.hits().find(make_id("glide")).w > 0);
  Action select = action(ActionKind::Select);
  select.target = "shop";
  w.player.act(select);
  w.h.dashboard.state().selection = "shop";
  w.frames();
  w.key(ui::kKeyW);
  REQUIRE(w.player.lesson().glide.active);
  REQUIRE(w.h.log.why.open);
  REQUIRE_FALSE(w.h.log.why.lines.empty());
  CHECK(ui::shows(w.h, w.h.log.why.question.en));
  CHECK_FALSE(w.h.dashboard.hits().find(make_id("glide")).w > 0);
  w.key(ui::kKeyEscape);
  REQUIRE(w.player.lesson().glide.active);
  CHECK(w.h.dashboard.hits().find(make_id("glide")).w > 0);
}

TEST_CASE("time stands while an answer of Why? is read, and goes on when the answer is closed if it went before") {
  for (const bool played : {true, false}) {
    CAPTURE(played);
    PlayerWindow w(kFailover, 2'000'000, Layout::Lesson, 1280, 720);
    w.player.act(action(ActionKind::SetSpeed, 100'000));
    w.player.play(played);
    const auto moves = [&] {
      const sim::Instant before = w.player.now();
      ticks(w.player, 30);
      w.frames();
      return w.player.now() != before;
    };
    REQUIRE(moves() == played);
    w.h.dashboard.state().selection = "orders-0";
    w.key(ui::kKeyW);
    REQUIRE(w.h.log.why.open);
    CHECK_FALSE(moves());
    CHECK(w.h.log.why.at_us == w.h.world.time_us);
    w.key(ui::kKeyW);  // the next question
    CHECK_FALSE(moves());
    w.key(ui::kKeyEscape);
    REQUIRE_FALSE(w.h.log.why.open);
    CHECK(moves() == played);
    // Who plays or stops the world while the answer is open decides for the time after it, too.
    w.key(ui::kKeyW);
    w.key(ui::kKeySpace);
    CHECK(moves());
    w.key(ui::kKeySpace);
    w.key(ui::kKeyEscape);
    CHECK_FALSE(moves());
  }
}

TEST_CASE("time stands behind the list of lessons and goes on when the list is closed") {
  PlayerWindow w(kFailover, 2'000'000, Layout::Lesson, 1280, 720);
  w.player.act(action(ActionKind::SetSpeed, 100'000));
  w.player.play(true);
  const auto moves = [&] {
    const sim::Instant before = w.player.now();
    for (int i = 0; i < 30; ++i) {
      w.frames(1);
      w.player.tick(16000);
    }
    return w.player.now() != before;
  };
  CHECK(moves());
  w.key(ui::kKeyL);
  REQUIRE(w.h.dashboard.state().lessons_open);
  CHECK_FALSE(moves());
  w.key(ui::kKeyEscape);
  CHECK(moves());
}

TEST_CASE("the window shows every effect that Why? names, under its heading") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w(kFailover, 15'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      ask(w, "/partitions/orders-0/leader");
      const ui::WhyModel& why = w.player.log().why;
      REQUIRE(why.effects.size() == 1);
      const std::string heading = ui::tr(lang, "ui.why_effects"_w, {{"time", "5.000"}});
      CHECK_MESSAGE(has_text(w, heading), heading);
      for (const ui::WhyLine& effect : why.effects) {
        const std::string words = ui::pick(lang, effect.words);
        const auto& pieces = w.h.dashboard.diagnostics().pieces;
        CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                                  [&](const auto& piece) {
                                    return piece.box == "why" && piece.text.find(words) != std::string::npos;
                                  }),
                      words);
      }
    }
}

TEST_CASE("an answer that is higher than its card can be scrolled with the wheel to its effects") {
  PlayerWindow w(kFailover, 15'000'000, Layout::Lesson, 1280, 720);
  ask(w, "/partitions/orders-0/leader");
  ui::LogModel log = w.player.log();
  REQUIRE(log.why.effects.size() == 1);
  const std::string line = log.why.lines[0].words.en;
  for (ui::WhyLine& each : log.why.lines)
    for (int i = 0; i < 12; ++i) each.words.en += ". " + line;
  w.h.log = log;
  w.h.settle();
  const auto effect = [&] {
    const ui::Rect at = w.h.dashboard.hits().find(make_id("why pill", 1));
    return !at.empty();
  };
  CHECK_FALSE(effect());
  const ui::Rect card = w.h.dashboard.hits().find(make_id("why"));
  w.h.move(card.cx(), card.cy());
  for (int i = 0; i < 20 && !effect(); ++i) w.h.wheel(-1);
  CHECK(effect());
}

TEST_CASE("a click on the number of further effects shows them all, and a click on one goes to its moment") {
  PlayerWindow w(kFailover, 26'000'000, Layout::Lesson, 1920, 1080);
  ask(w, "/nodes/broker-1/state");
  const auto further = w.h.log.why.further;
  REQUIRE(further.size() == 2);
  const std::string number = "and 2 more events";
  REQUIRE(has_text(w, number));
  const auto shown = [&](const ui::WhyLine& line) {
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    return std::any_of(pieces.begin(), pieces.end(),
                       [&](const auto& piece) { return piece.text.find(line.words.en) != std::string::npos; });
  };
  for (const ui::WhyLine& line : further) CHECK_FALSE(shown(line));
  const auto pills = static_cast<std::uint64_t>(w.h.log.why.has_root) + w.h.log.why.effects.size();
  REQUIRE(w.click(make_id("why pill", pills + 1)));
  w.frames();
  CHECK_FALSE(has_text(w, number));
  for (const ui::WhyLine& line : further) CHECK(shown(line));
  REQUIRE(w.click(make_id("why pill", pills + 2)));
  CHECK(w.player.now().us == further[1].time_us);
  CHECK(w.h.dashboard.state().selection == further[1].target);
  // Another question begins with the first effects again.
  w.h.dashboard.state().selection = "orders-0";
  w.key(ui::kKeyW);
  CHECK_FALSE(w.h.dashboard.state().why_further);
}

TEST_CASE("a click on a znode or a session makes W ask about it") {
  PlayerWindow w("controller/session-expiry", 26'000'000, Layout::Workbench, 1920, 1080);
  w.h.dashboard.state().selection.clear();
  w.h.dashboard.bring_forward("controller");
  w.frames(3);
  const auto asked_by = [&](const ui::Id id) {
    REQUIRE(w.click(id));
    w.frames();
    w.key(ui::kKeyW);
    w.frames();
    REQUIRE(w.h.log.why.open);
    const std::string path = w.h.log.why.path;
    w.key(ui::kKeyEscape);  // the panel is there again
    w.frames();
    return path;
  };
  std::uint64_t row = 0;  // the tree is scrolled to what has just changed
  while (row < 60 && w.h.dashboard.hits().find(make_id("znode", row)).empty()) ++row;
  CHECK(asked_by(make_id("znode", row)).starts_with("/zookeeper/"));
  CHECK(asked_by(make_id("zookeeper session " + w.h.world.sessions.front().owner)) ==
        "/cluster/zookeeper/sessions/" + w.h.world.sessions.front().owner);
  // A server of the ensemble is asked about its role in it.
  Action server = action(ActionKind::Why);
  server.target = "zookeeper-1";
  w.player.act(server);
  w.frames();
  CHECK(w.h.log.why.path == "/nodes/zookeeper-1/zookeeper");
}

TEST_CASE("the arrows of a one-way cut run from the nodes that are not heard to the node that does not hear them") {
  PlayerWindow w("replication/one-way-partition", 14'000'000, Layout::Lesson, 1280, 720);
  ask(w, "/partitions/pay-0/high_watermark");
  REQUIRE(w.player.log().why.open);
  CHECK(has_mark(w, "chain way broker-2 > broker-1"));
  CHECK(has_mark(w, "chain way broker-3 > broker-1"));
  CHECK_FALSE(has_mark(w, "chain way broker-1 > broker-2"));
  CHECK_FALSE(has_mark(w, "chain way broker-1 > broker-3"));
}

TEST_CASE("the buttons beside a chosen card vanish once one of them is used, and cover no highlighted route") {
  PlayerWindow w("replication/one-way-partition", 14'000'000, Layout::Workbench, 1280, 720);
  const auto card = [&](const char* name) {
    const auto& nodes = w.h.world.nodes;
    const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
    REQUIRE(at != nodes.end());
    return make_id("node", static_cast<std::uint64_t>(at - nodes.begin()));
  };
  REQUIRE(w.click(card("broker-2")));
  REQUIRE(w.marks("selection bar") == 1);
  w.key(ui::kKeyW);
  REQUIRE(w.player.log().why.open);
  CHECK(w.marks("selection bar") == 0);
  ask(w, "/partitions/pay-0/high_watermark");
  for (const char* name : {"acks-all", "reader", "acks-1"}) {
    REQUIRE(w.click(card(name)));
    const std::vector<ui::Rect> bars = ui::marks(w.h, "selection bar");
    REQUIRE(bars.size() == 1);
    for (const char* way : {"chain way broker-2 > broker-1", "chain way broker-3 > broker-1"})
      for (const ui::Rect& arrowhead : ui::marks(w.h, way)) CHECK_FALSE(bars[0].overlaps(arrowhead));
  }
}

TEST_CASE("a click on a count of the ledger does not move the counts, so a second click hits the same one") {
  struct Case {
    const char* lesson;
    std::int64_t at_us;
    const char* count;
    ui::Layout layout;
    float w, h;
  };
  for (const Case& at : {Case{"producer/acks", 40'000'000, "lost_acked", Layout::Lesson, 1280, 720},
                         Case{"producer/acks", 40'000'000, "acked", Layout::Workbench, 1280, 720},
                         Case{"producer/acks", 40'000'000, "lost_acked", Layout::Workbench, 1920, 1080}}) {
    PlayerWindow w(at.lesson, at.at_us, at.layout, at.w, at.h);
    w.key('4');
    for (std::uint64_t column = 0; column < 4; ++column) {
      const ui::Rect before = w.h.dashboard.hits().find(make_id(at.count, column));
      REQUIRE_FALSE(before.empty());
      w.click(make_id(at.count, column));
      REQUIRE(w.player.log().fate == at.count);
      const ui::Rect after = w.h.dashboard.hits().find(make_id(at.count, column));
      CHECK(before.x == doctest::Approx(after.x));
      CHECK(before.y == doctest::Approx(after.y));
      CHECK(before.w == doctest::Approx(after.w));
    }
  }
}

TEST_CASE("every listed key acts or says why not, with KRaft and ZooKeeper, in each layout and at the beginning") {
  for (const char* lesson : {"replication/leader-failover", "controller/zookeeper-failover"})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
      for (const std::int64_t at_us : {std::int64_t{0}, std::int64_t{15'000'000}})
        for (const auto& [keys, meaning] : ui::kKeyList)
          for (const ui::KeyPress& press : presses_of(keys)) {
            if (at_us == 0 && layout != Layout::Lesson) continue;
            if (press.key == ui::kKeyEscape) continue;  // there is nothing to close, which is seen
            if (press.key == ui::kKeyZ && !press.ctrl && layout == Layout::Presenter)
              continue;  // acts while it is held
            const std::string what = silent(lesson, layout, at_us, press);
            CHECK_MESSAGE(what.empty(), what);
          }
}

TEST_CASE("E in a KRaft cluster says that there is no ZooKeeper, in both languages") {
  PlayerWindow w(kFailover, 15'000'000, Layout::Lesson, 1280, 720);
  w.key(ui::kKeyE);
  const auto& toasts = w.h.dashboard.state().toasts;
  REQUIRE(toasts.size() == 1);
  CHECK(toasts.front().notice.words.en == ui::tr(Lang::En, "ui.only_zookeeper"_w));
  CHECK(toasts.front().notice.words.ko == ui::tr(Lang::Ko, "ui.only_zookeeper"_w));
}

TEST_CASE("a click in the panel of partitions, or K, opens the table of beliefs, and K closes it") {
  for (const bool by_key : {false, true}) {
    PlayerWindow w(kFailover, 15'000'000, Layout::Lesson, 1280, 720);
    CHECK_FALSE(w.h.dashboard.state().drawer);
    if (by_key) w.key(ui::kKeyK);
    else REQUIRE(w.click(make_id("who believes what")));
    CHECK(w.h.dashboard.state().drawer);
    CHECK(w.h.dashboard.state().selection == "orders-0");
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    const std::string truth(ui::tr(Lang::En, "ui.belief_truth"_w));
    CHECK(std::any_of(pieces.begin(), pieces.end(),
                      [&](const auto& piece) { return piece.box == "inspector" && piece.text == truth; }));
    w.key(ui::kKeyK);
    CHECK_FALSE(w.h.dashboard.state().drawer);
  }
}

TEST_CASE("K shows a partition about which beliefs differ, unless somebody has selected another one") {
  const auto opened = [](std::int64_t at_us, const char* selected) {
    PlayerWindow w("controller/session-expiry", at_us, Layout::Lesson, 1280, 720);
    w.h.dashboard.state().selection = selected;
    w.frames();
    w.key(ui::kKeyK);
    CHECK(w.h.dashboard.state().drawer);
    std::string partition = w.h.dashboard.state().selection;
    w.key(ui::kKeyK);
    CHECK_FALSE(w.h.dashboard.state().drawer);
    return partition;
  };
  CHECK(opened(14'000'000, "") == "audit-0");
  CHECK(opened(14'000'000, "orders-1") == "orders-1");
  CHECK(opened(3'000'000, "") == "orders-0");  // nothing differs
}

TEST_CASE("the first question about a consumer at the last stable offset is why it waits there") {
  PlayerWindow w("delivery/read-committed", 9'000'000, Layout::Lesson, 1280, 720);
  Action why = action(ActionKind::Why);
  why.target = "committed";
  w.player.act(why);
  w.frames(3);
  CHECK(w.player.log().why.path == "/clients/committed/positions/mix-0");
  const auto answer = observe::why(w.player.session().moment(), "/clients/committed");
  REQUIRE(answer);
  CHECK(answer->path == "/clients/committed/positions/mix-0");
  // The other consumer does not wait: what it has been assigned is asked first.
  why.target = "uncommitted";
  w.player.act(why);
  w.frames(3);
  CHECK(w.player.log().why.path == "/clients/uncommitted/assignment");
}

TEST_CASE("the numbers of an answer do not lie under the names of racks") {
  for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
    PlayerWindow w("replication/rack-loss", 25'000'000, Layout::Lesson, width, height);
    ask(w, "/partitions/huddled-0/isr");
    std::vector<ui::Rect> numbers, racks;
    for (const auto& [rect, what] : w.h.dashboard.diagnostics().marks) {
      if (what == "chain numbers") numbers.push_back(rect);
      if (what == "rack") racks.push_back(rect);
    }
    REQUIRE(numbers.size() > 1);
    REQUIRE(racks.size() == 6);
    for (const ui::Rect& number : numbers)
      for (const ui::Rect& rack : racks) CHECK_FALSE(number.overlaps(rack));
  }
}

TEST_CASE("the numbers of an answer lie over the lesson's rings and do not cover the name of a group") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("delivery/exactly-once", 12'000'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    ask(w, "/partitions/invoices-0/last_stable_offset");
    const ui::Diagnostics& seen = w.h.dashboard.diagnostics();
    int numbers = 0, rings = 0;
    for (const auto& mark : seen.marks) {
      if (mark.second == "stage ring") {
        CHECK(numbers == 0);
        ++rings;
      }
      if (mark.second != "chain numbers") continue;
      ++numbers;
      for (const auto& piece : seen.pieces)
        if (piece.text == "biller" || piece.text == "Stable") CHECK_FALSE(piece.rect.overlaps(mark.first));
    }
    CHECK(numbers == 2);
    CHECK(rings > 0);
  }
}

TEST_CASE("a share group's inspector has no commit lag, because a share group commits nothing") {
  PlayerWindow w("groups/share-group", 50'000'000, Layout::Lesson, 1280, 720);
  w.h.dashboard.state().selection = "pool";
  w.h.dashboard.state().drawer = true;
  w.frames(3);
  CHECK_FALSE(ui::shows(w.h, "Commit lag"));
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "Lag"; }));
}

TEST_CASE("presenting: the bar of leaders names the present leader, even if its predecessor led for longer") {
  PlayerWindow w("controller/session-expiry", 28'500'000, Layout::Presenter, 1600, 900);
  CHECK(ui::shows(w.h, "leads: broker-1"));
  CHECK(ui::shows(w.h, "leads: broker-2"));
}

TEST_CASE("records lost with the power stand nearer to their own row than to the next one") {
  PlayerWindow w("replication/rack-loss", 8'000'000, Layout::Lesson, 1280, 720);
  std::vector<float> lost, names;  // the middles of the rows
  for (const auto& [rect, what] : w.h.dashboard.diagnostics().marks)
    if (what == "lost cell") lost.push_back(rect.cy());
  REQUIRE_FALSE(lost.empty());
  CHECK(w.marks("elbow of a cut") == 2);
  std::sort(lost.begin(), lost.end());
  for (const auto& piece : w.h.dashboard.diagnostics().pieces)
    if (piece.rect.y > lost.front() - 60 && piece.rect.x < 440 && piece.text.starts_with("broker-"))
      names.push_back(piece.rect.cy());
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() == 3);
  const float pitch = names[1] - names[0];
  CHECK(lost.front() - names[0] < pitch * .46f);
  CHECK(lost.back() - names[1] < pitch * .46f);
}

TEST_CASE("a record's story is shown only once, even if the details were open before") {
  PlayerWindow w(kFailover, 9'000'000, Layout::Lesson, 1600, 900);
  w.h.dashboard.state().drawer = true;
  Action record = action(ActionKind::SelectRecord);
  record.target = "orders-0";
  record.number = 3;
  w.player.act(record);
  w.frames(3);
  REQUIRE(w.player.log().record_open);
  CHECK(w.h.dashboard.hits().find(make_id("next")).h > 0);  // beside it, the step is told
  w.player.act(action(ActionKind::ClearChain));
  w.frames(3);
  CHECK(w.h.dashboard.hits().find(make_id("next")).empty());  // the details are there again
}

TEST_CASE("a step without a title is not shown as a number alone") {
  PlayerWindow w("delivery/hanging-transaction", 18'000'000, Layout::Lesson, 1280, 720);
  REQUIRE(w.player.lesson().step_title.empty());
  const std::string number = std::to_string(w.player.lesson().step + 1);
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  CHECK(std::none_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
    return piece.text == number && piece.rect.x < 60 && piece.rect.y < 120;
  }));
}

TEST_CASE("W on a partition that has never had a record asks why none comes") {
  PlayerWindow w("partitions/custom-partitioner", 6'000'000, Layout::Workbench);
  REQUIRE(w.h.world.partitions.size() > 1);
  w.h.dashboard.state().selection = "purchases-1";
  w.key(ui::kKeyW);
  REQUIRE(w.h.log.why.open);
  CHECK(w.h.log.why.path == "/partitions/purchases-1/log_end_offset");
  REQUIRE(w.h.log.why.lines.size() == 3);
  CHECK(ui::says(w.h, w.h.log.why.lines[1].words.en.substr(0, 20)));
}

TEST_CASE(
    "while the quorum is lost W leads back to the crash that took the majority, and the stage lights who crashed") {
  for (const auto& [moment, chosen] : {std::pair<std::int64_t, const char*>{7'000'000, ""},
                                       {31'000'000, ""},
                                       {31'000'000, "orders-1"},
                                       {31'000'000, "orders-0"},
                                       {31'000'000, "controller-1"},
                                       {31'000'000, "controller-2"}}) {
    const std::int64_t at = moment;
    const char* const selection = chosen;
    CAPTURE(at);
    CAPTURE(selection);
    PlayerWindow w("controller/kraft-quorum-loss", at, Layout::Workbench);
    w.h.dashboard.state().selection = selection;
    w.key(ui::kKeyW);
    REQUIRE(w.h.log.why.open);
    CAPTURE(w.h.log.why.path);
    const auto& chain = w.h.log.chain;
    CHECK(std::any_of(chain.begin(), chain.end(), [](const ui::ChainLink& link) {
      return link.node == "controller-2" && link.time_us == 4'000'000;
    }));
  }
  PlayerWindow w("controller/kraft-quorum-loss", 31'000'000, Layout::Workbench);
  w.key(ui::kKeyW);
  CHECK(w.h.log.why.path == "/partitions/orders-1/high_watermark");
  CHECK(w.marks("chain numbers") >= 3);  // at controller-2, controller-3 and broker-1
}

TEST_CASE("the numbers of an answer cover no words on the stage, in front of people either") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
      for (const auto& [lesson, at_us, path] :
           {std::tuple{"replication/leader-failover", 14'000'000, "/partitions/orders-0/leader"},
            {"replication/rack-loss", 25'000'000, "/partitions/huddled-0/isr"},
            {"delivery/exactly-once", 12'000'000, "/partitions/invoices-0/last_stable_offset"},
            {"groups/rebalance-eager", 17'000'000, "/groups/billing/state"}}) {
        PlayerWindow w(lesson, at_us, layout, 1280, 720);
        w.h.dashboard.set_language(lang);
        ask(w, path);
        CHECK(has_mark(w, "chain numbers"));
        for (const std::string& words : ui::words_under_numbers(w.h.dashboard.diagnostics()))
          CHECK_MESSAGE(false, (words + ", " + std::to_string(static_cast<int>(layout))));
      }
}
