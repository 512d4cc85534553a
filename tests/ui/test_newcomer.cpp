// What a new user looks for: clients' memory on a projector, members without room, settings, acts done and refused, the
// meaning of numbers, topics in the palette.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/card_legend.h"
#include "ui/panels/inspector_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

int noted(Headless& h, std::string_view name) {
  h.settle();
  const auto& notes = h.dashboard.diagnostics().marks;
  return static_cast<int>(
      std::count_if(notes.begin(), notes.end(), [&](const auto& note) { return note.second == name; }));
}

/// How often a text is shown.
int times(Headless& h, std::string_view text) {
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return static_cast<int>(std::count_if(pieces.begin(), pieces.end(),
                                        [&](const auto& piece) { return piece.text.find(text) != std::string::npos; }));
}

Client& client_named(Headless& h, const char* name) {
  return *std::find_if(h.world.clients.begin(), h.world.clients.end(),
                       [&](const Client& c) { return h.world.nodes[static_cast<std::size_t>(c.node)].name == name; });
}

/// The y of a text; far below if it is not shown.
float height_of(Headless& h, std::string_view text) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto found = std::find_if(pieces.begin(), pieces.end(),
                                  [&](const auto& piece) { return piece.text == text && piece.box == "inspector"; });
  return found == pieces.end() ? 1e6f : found->rect.y;
}

void add_members(Headless& h, int all) {
  Group& g = h.world.groups[0];
  while (static_cast<int>(g.members.size()) < all) {
    g.members.push_back(g.members[0]);
    g.members.back().client = "extra-" + std::to_string(g.members.size());
    g.members.back().node = -1;
    g.members.back().leader = false;
  }
}

constexpr std::pair<float, float> kWindows[] = {{1280, 720}, {1920, 1080}};

}  // namespace

TEST_CASE("presenting: waiting batches, positions and lag are large enough to read from the last row") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : kWindows) {
      h.dashboard.set_language(lang);
      h.size(w, height);
      h.show(Moment::Before, Scene::First);
      CHECK(noted(h, "accumulator") == 2);
      CHECK(noted(h, "records that wait") == 2);
      CHECK(noted(h, "in flight") == 2);
      CHECK(noted(h, "position line") == 3);
      CHECK(noted(h, "records in hand") == 1);
      CHECK(says(h, lang == Lang::En ? "3 to read" : "3개 남음"));
      CHECK(says(h, std::to_string(client_named(h, "billing-1").assigned[0].position)));
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        CHECK((piece.text == "0" || piece.rect.h / 0.98f >= height * 0.0245f));
      clean(h);
      Accumulator& a = client_named(h, "checkout").accumulator;
      a.buffer_used = a.buffer_total;
      a.blocked_us = 1'200'000;
      a.for_memory = true;
      CHECK(noted(h, "full accumulator") == 1);
      CHECK(says(h, lang == Lang::En ? "send() waits 1.2 s" : "send() 1.2초째 대기"));
      clean(h);
    }
}

TEST_CASE(
    "presenting: if there are more partitions than lines, the last line has the sum of their lags; at 4:3 a single line has it") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1920, 1080);
  h.show(Moment::Before, Scene::First);
  Client& c = client_named(h, "billing-1");
  while (c.assigned.size() < 5) c.assigned.push_back(c.assigned[1]);
  CHECK(says(h, "12 to read"));
  clean(h);
  h.size(1024, 768);
  CHECK(says(h, "15 to read"));
  clean(h);
  c.assigned[0].fetch_state.clear();  // a share consumer
  c.assigned[0].acquired = 6;
  c.assigned.resize(1);
  h.size(1920, 1080);
  CHECK(says(h, "6 locked"));
  clean(h);
}

TEST_CASE("presenting a group: its lag and the position in each cell are shown") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [w, height] : kWindows) {
    h.size(w, height);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "groups"};
    Group& g = h.world.groups[0];
    g.lag = 4711;
    for (GroupPartition& gp : g.partitions) gp.position = 90'123;
    CHECK(says(h, "lag 4,711"));
    CHECK(times(h, "90123") == 3);
    clean(h);
  }
}

TEST_CASE("members that do not fit are counted, and can be reached with the wheel or a click") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::Held);
    add_members(h, 14);
    h.dashboard.state().tab = Tab::Groups;
    h.dashboard.state().tab_chosen = true;
    h.dashboard.state().groups_scroll = 0;
    CHECK(says(h, lang == Lang::En ? "more: scroll" : "개 더: 휠"));
    CHECK_FALSE(shows(h, "extra-14"));
    clean(h);
    const Rect panel = h.dashboard.hits().find(make_id("groups"));
    h.move(panel.cx(), panel.cy());
    h.wheel(-40);
    CHECK(says(h, "extra-14"));
    CHECK_FALSE(shows(h, lang == Lang::En ? "more: scroll" : "개 더: 휠"));
    clean(h);
    h.wheel(40);
    h.settle();
    for (int i = 0; i < 20 && h.click(make_id("more of groups")); ++i) h.settle();
    CHECK(says(h, "extra-14"));
  }
}

TEST_CASE("a group's matrix with very many partitions says how many columns it leaves out") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.show(Moment::Before, Scene::Held);
  h.dashboard.state().tab = Tab::Groups;
  h.dashboard.state().tab_chosen = true;
  Group& g = h.world.groups[0];
  while (g.partitions.size() < 40) {
    g.partitions.push_back(g.partitions[0]);
    g.partitions.back().partition = static_cast<int>(h.world.partitions.size());
    h.world.partitions.push_back(h.world.partitions[0]);
    h.world.partitions.back().index = g.partitions.back().partition;
  }
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::any_of(pieces.begin(), pieces.end(),
                    [](const auto& p) { return p.box == "groups" && p.text.size() == 3 && p.text[0] == '+'; }));
  clean(h);
}

TEST_CASE("the inspector shows a client's settings above its beliefs, and sections fold and unfold") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Before, Scene::Held);
  const auto inspect = [&](const char* name) {
    const auto node =
        std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [&](const Node& n) { return n.name == name; });
    node->beliefs = {{0, 1, 2, {}, false}};
    h.dashboard.state().selection = name;
    h.world.inspected.what = name;
    h.world.inspected.config = {{"some.key", "1", "1", ConfigSource::Scenario, false, {"", ""}}};
    h.settle();
  };
  inspect("checkout");
  CHECK(height_of(h, "Configuration") < height_of(h, "What it believes"));
  CHECK(height_of(h, "some.key") < height_of(h, "What it believes"));
  CHECK(h.click(make_id("section", "ui.configuration"_w.hash)));
  CHECK_FALSE(says(h, "some.key"));
  CHECK(says(h, "Configuration"));
  CHECK(says(h, "What it believes"));
  clean(h);
  h.dashboard.set_language(Lang::Ko);
  clean(h);
  h.dashboard.set_language(Lang::En);
  h.settle();
  CHECK(h.click(make_id("section", "ui.configuration"_w.hash)));
  CHECK(says(h, "some.key"));
  CHECK(h.click(make_id("section", "ui.hold_accumulator"_w.hash)));
  CHECK_FALSE(says(h, "buffer.memory"));
  inspect("broker-2");
  CHECK(height_of(h, "What it believes") < height_of(h, "Configuration"));  // a broker has many settings
}

TEST_CASE("a fault and a refused act look different above Next, on the timeline, in the event log and on a detour") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::First);
  h.lesson.undo = {true, {"broker-1 crashed", "broker-1 크래시"}, true, {}};
  CHECK(noted(h, "deed: fault") == 1);
  CHECK(noted(h, "deed: refused") == 0);
  h.lesson.undo.refused = {"INVALID_CONFIG", "INVALID_CONFIG"};
  CHECK(noted(h, "deed: fault") == 0);
  CHECK(noted(h, "deed: refused") == 1);
  h.lesson.undo = {};
  h.dashboard.set_layout(Layout::Workbench);
  const int before = noted(h, "deed: refused");
  h.time.marks.push_back(
      {h.time.now_us - 1'000'000, MarkKind::Refused, -1, {"refused with INVALID_CONFIG", "거절 INVALID_CONFIG"}, {}});
  CHECK(noted(h, "deed: refused") == before + 1);
  h.dashboard.state().lower_tab = Tab::Log;
  h.dashboard.state().tab = Tab::Log;
  h.dashboard.state().tab_chosen = true;
  LogEntry entry = h.log.entries.back();
  for (const Deed deed : {Deed::Fault, Deed::Refused, Deed::Done}) {
    entry.seq += 1;
    entry.deed = deed;
    h.log.entries.push_back(entry);
  }
  CHECK(noted(h, "deed: fault") == 1);
  CHECK(noted(h, "deed: done") == 1);
  CHECK(noted(h, "deed: refused") >= 1);
  clean(h);
  // In a detour: the act that left the lesson.
  h.dashboard.state().tab_chosen = false;
  h.dashboard.set_layout(Layout::Lesson);
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.undo = {};
  h.time.marks.clear();
  h.time.marks.push_back(
      {h.lesson.detour.left_us + 1, MarkKind::Command, -1, {"configure broker-2", "broker-2 설정 변경"}, "configure"});
  CHECK(noted(h, "deed: done") == 1);
  h.time.marks.push_back({h.lesson.detour.left_us + 900,
                          MarkKind::Refused,
                          -1,
                          {"refused with INVALID_CONFIG", "거절 INVALID_CONFIG"},
                          {}});
  CHECK(noted(h, "deed: refused") == 1);
}

TEST_CASE("an act on a topic is in the palette once, with the topic's name") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  for (const auto& [lang, query, found] : {std::tuple{Lang::En, "add one partition", "Add one partition: orders"},
                                           std::tuple{Lang::Ko, "파티션 하나 더", "orders 파티션 하나 더"}}) {
    h.dashboard.set_language(lang);
    h.dashboard.state().palette_open = true;
    h.dashboard.state().palette_text = query;
    h.settle();
    std::string all;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.box == "palette") all += piece.text;
    CHECK(all.find(found) != std::string::npos);
    CHECK(all.find(std::string(found).substr(0, 6), all.find(found) + 6) == std::string::npos);  // only once
    CHECK(all.find("orders-0") == std::string::npos);
    REQUIRE(h.click(make_id("palette row", 0)));
    const Action a = h.take(ActionKind::Fault);
    CHECK(a.verb == "add_partitions");
    CHECK(a.target == "orders");
  }
}

TEST_CASE("a click, a key and the palette open the help about the marks and numbers of the cards") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  for (const auto& [w, height] : kWindows)
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const Theme theme : {Theme::Dark, Theme::Light}) {
        h.size(w, height);
        h.dashboard.set_language(lang);
        h.dashboard.set_theme(theme);
        h.dashboard.state().help_open = true;
        CHECK(noted(h, "legend") == 0);
        REQUIRE(h.click(make_id("help page", 1)));
        CHECK(noted(h, "legend") == 32);
        CHECK(says(h, lang == Lang::En ? "the next offset that it reads" : "다음에 읽을 오프셋"));
        clean(h);
        const Rect help = h.dashboard.hits().find(make_id("help card"));
        CHECK(help.bottom() <= height);
        h.key(kKeyTab);
        CHECK(noted(h, "legend") == 0);
        h.key(kKeyTab);
        CHECK(noted(h, "legend") == 32);
        h.key(kKeyEscape);
        CHECK(noted(h, "legend") == 0);
      }
  h.dashboard.set_language(Lang::En);
  h.dashboard.state().palette_open = true;
  h.dashboard.state().palette_text = "what the cards show";
  h.settle();
  REQUIRE(h.click(make_id("palette row", 0)));
  CHECK(noted(h, "legend") == 32);
}

TEST_CASE("the help explains every sign on the cards of the stage") {
  // Words with the lines under them, and frames around several cards, need no explanation.
  const std::vector<std::string_view> words = {"broker fact", "controller line", "link line", "rack", "machine", "cut",
                                               "wall"};
  Headless h;
  h.size(1920, 1080);
  std::vector<std::string> seen;
  for (const ReplicaRole role :
       {ReplicaRole::Leader, ReplicaRole::Follower, ReplicaRole::OutOfIsr, ReplicaRole::Offline, ReplicaRole::Zombie,
        ReplicaRole::Joining, ReplicaRole::Leaving}) {
    h.show(Moment::Before, Scene::First);
    for (Node& n : h.world.nodes)
      for (Replica& r : n.replicas) r.role = role;
    Client &shop = client_named(h, "checkout"), &reader = client_named(h, "billing-1");
    shop.accumulator.queues[0].attempts = 1;
    shop.accumulator.queues[0].batches = 3;
    shop.accumulator.queues[0].open = role != ReplicaRole::Leader;
    if (role == ReplicaRole::Follower)
      shop.accumulator.blocked_us = 1'200'000, shop.accumulator.for_memory = true,
      reader.refused = "GROUP_AUTHORIZATION_FAILED";
    if (role == ReplicaRole::OutOfIsr) reader.thrown = "RecordDeserializationException";
    if (role == ReplicaRole::Offline) reader.assigned[0].paused = true;
    if (role == ReplicaRole::Zombie) {
      h.world.nodes[4].zombie_controller = true;
      for (AssignedPartition& a : reader.assigned) a.fetch_state.clear(), a.acquired = 6, a.to_acknowledge = 2;
    }
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      h.dashboard.set_layout(layout);
      h.settle();
      const auto& d = h.dashboard.diagnostics();
      for (const auto& [rect, name] : d.marks) {
        const bool on_card = std::any_of(d.cards.begin(), d.cards.end(), [&, at = rect](const auto& card) {
          return card.first.contains(at.cx(), at.cy());
        });
        if (on_card && std::find(words.begin(), words.end(), name) == words.end()) seen.emplace_back(name);
      }
    }
  }
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (const std::string& sign : seen) CHECK_MESSAGE(legend_explains(sign), sign);
  for (const char* sign : {"leader replica", "replica out", "zombie replica", "joining replica", "closed batches",
                           "refused", "held back", "locked", "paused partition", "session ring"})
    CHECK_MESSAGE(std::find(seen.begin(), seen.end(), sign) != seen.end(), std::string(sign));
}

TEST_CASE("presenting a share group: its lag is shown once, since it is the group's") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [w, height] : kWindows) {
    h.size(w, height);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "groups"};
    Group& g = h.world.groups[0];
    g.protocol = "share";
    std::int64_t all = 0;
    for (GroupPartition& gp : g.partitions) gp.lag = 70, all += 70;
    g.lag = all;
    for (GroupMember& m : g.members) {
      m.partitions.clear();
      for (const GroupPartition& gp : g.partitions) m.partitions.push_back(gp.partition);
    }
    CHECK(times(h, "lag ") == 1);
    CHECK(says(h, "lag " + std::to_string(all)));
    clean(h);
  }
}

TEST_CASE(
    "presenting: all rows of consumers have the same form, and the last row names the partitions that it sums up") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [w, height] : kWindows) {
    h.size(w, height);
    h.show(Moment::Before, Scene::First);
    Client &one = client_named(h, "billing-1"), &two = client_named(h, "billing-2");
    one.assigned.resize(1), two.assigned.resize(1);
    one.assigned[0].lag = two.assigned[0].lag = 3;
    one.assigned[0].position = 7, two.assigned[0].position = 1'000'000'000'000;  // no room for words there
    one.assigned[0].buffered = two.assigned[0].buffered = 0;
    h.settle();
    CHECK(times(h, "to read") != 1);
    CHECK(times(h, "orders-") % 2 == 0);
    clean(h);
    one.assigned.resize(6, one.assigned[0]);
    h.world.partitions.resize(6, h.world.partitions[0]);
    for (int i = 0; i < 6; ++i) {
      h.world.partitions[static_cast<std::size_t>(i)].index = i;
      one.assigned[static_cast<std::size_t>(i)].partition = i;
    }
    CHECK(says(h, " to 5"));
    clean(h);
  }
}

TEST_CASE(
    "a commit briefly highlights the group's frame; a commit of the same offset, or a jump to another moment, does not") {
  Headless h;
  h.settle();
  h.time.playing = true;
  const auto later = [&](std::int64_t us) {
    h.world.time_us += us;
    h.frame();
  };
  const auto shown = [&] {
    const auto& notes = h.dashboard.diagnostics().marks;
    return std::any_of(notes.begin(), notes.end(), [](const auto& note) { return note.second == "committed"; });
  };
  later(1'000);
  CHECK_FALSE(shown());
  h.world.groups[0].partitions[0].committed += 1;
  later(1'000);
  CHECK(shown());
  for (int i = 0; i < 60; ++i) later(1'000);
  CHECK_FALSE(shown());
  later(1'000);  // committed again, the same
  CHECK_FALSE(shown());
  h.world.groups[0].partitions[0].committed += 1;
  later(30'000'000);  // somewhere else in the run
  CHECK_FALSE(shown());
  h.world.groups[0].coordinator += 1;  // another broker has loaded the group
  h.world.groups[0].partitions[0].committed += 1;
  later(1'000);
  CHECK_FALSE(shown());
  h.world.groups[0].partitions[0].committed += 1;
  h.time.playing = false;
  later(1'000);
  CHECK_FALSE(shown());
}

TEST_CASE("who believes what: a broker whose high watermark is behind is marked, although it knows the leader") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    Partition& part = h.world.partitions[0];
    for (Node& node : h.world.nodes)
      for (Replica& r : node.replicas)
        if (r.partition == 0) r.high_watermark = part.high_watermark - (node.name == "broker-2" ? 3 : 0);
    const InspectorView view = build_inspector_view(h.world, lang, part.name);
    int behind = 0;
    for (const BeliefRow& row : view.beliefs) {
      behind += row.behind ? 1 : 0;
      CHECK(row.behind == (row.who == "broker-2"));
      if (row.who.empty()) CHECK(row.high_watermark == part.high_watermark);
    }
    CHECK(behind == 1);
    h.dashboard.state().selection = part.name;
    h.key(kKeyK);
    h.settle();
    CHECK(shows(h, "HW " + std::to_string(part.high_watermark - 3)));
    clean(h);
  }
}

TEST_CASE("a lesson that has been finished is not offered to be continued") {
  Headless h;
  h.size(1280, 720);
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  h.dashboard.state().continue_here = "acks";
  for (const bool done : {false, true}) {
    h.dashboard.set_progress({{"acks", {0, 6, done}}});
    h.dashboard.state().lessons_open = true;
    h.settle();
    CHECK(shows(h, "Continue: Acks under a crash") == !done);
  }
}

TEST_CASE("the same sentence stands on the screen once, however often it is said") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  for (int i = 0; i < 3; ++i) {
    h.dashboard.notify({{"The detour ends here.", "옆길은 여기까지예요."}, false});
    h.settle();
  }
  CHECK(times(h, "The detour ends here.") == 1);
}

TEST_CASE("of a lesson that the other metadata mode cannot run, the list of variants names the lesson that shows it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.dashboard.set_lessons(
        {{"zookeeper-failover", "controller", {"A new controller loads everything", "전부 읽어요"}},
         {"roles", "controller", {"Znodes", "지노드"}, {}, {}, {{"down", {"all down", "모두 꺼지면"}}}}});
    h.show(Moment::Before, Scene::First);
    h.lesson.variants.clear();
    h.lesson.runs_in_other_mode = false;
    h.lesson.in_other_mode = "zookeeper-failover";
    h.key(kKeyV);
    h.settle();
    CHECK(shows(
        h, lang == Lang::En ? "not with ZooKeeper; see the lesson \"A new controller" : "대신 볼 레슨: ‘전부 읽어요’"));
    CHECK_FALSE(shows(h, lang == Lang::En ? "the same with ZooKeeper" : "ZooKeeper로 똑같이"));
    clean(h);
    h.actions();
    h.key(kKey1);
    h.settle();
    CHECK(h.take(ActionKind::OpenLesson).text == "zookeeper-failover");
    h.key(kKeyV);
    h.settle();
    h.actions();
    h.key(kKey1 + 1);
    h.settle();
    CHECK(h.take(ActionKind::OpenTwin).verb == "seed");
    h.lesson.in_other_mode = "roles/down";
    h.key(kKeyV);
    h.settle();
    CHECK(shows(h, lang == Lang::En ? "see the lesson \"Znodes: all down\"" : "대신 볼 레슨: ‘지노드: 모두 꺼지면’"));
    h.actions();
    h.key(kKey1);
    h.settle();
    const Action open = h.take(ActionKind::OpenLesson);
    CHECK(open.text == "roles");
    CHECK(open.other == "down");
  }
}
