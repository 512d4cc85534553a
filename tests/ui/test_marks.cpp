// The marks in the picture besides words: cuts and their direction, walls, racks, files of a log, records not on disk, gaps
// from compaction; and the same words for them everywhere.
#include <doctest/doctest.h>
#include <imgui.h>

#include <algorithm>
#include <string>

#include "ui/layout.h"
#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/strip.h"
#include "ui/stage/messages.h"
#include "ui/stage/stage.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// broker-1 (node 3) is cut from broker-2 and broker-3 (nodes 4, 5).
void cut_off_first(Headless& h, bool one_way) {
  h.world.links.clear();
  for (const int other : {4, 5}) {
    Link l;
    l.a = other;
    l.b = 3;
    l.cut = l.wall = true;
    l.one_way = one_way;
    h.world.links.push_back(l);
  }
}

/// The draw data of one frame, byte by byte.
std::string drawn(Headless& h) {
  h.frame();
  const ImDrawData* data = ImGui::GetDrawData();
  std::string all;
  for (int i = 0; i < data->CmdListsCount; ++i) {
    const ImVector<ImDrawVert>& vertices = data->CmdLists[i]->VtxBuffer;
    all.append(reinterpret_cast<const char*>(vertices.Data), static_cast<std::size_t>(vertices.size_in_bytes()));
  }
  return all;
}

constexpr Layout kLayouts[] = {Layout::Lesson, Layout::Workbench, Layout::Presenter};

}  // namespace

TEST_CASE("a network partition is drawn as a wall between the two sides, in every layout") {
  Headless h;
  for (const Layout layout : kLayouts) {
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    CHECK(marks(h, "wall").empty());
    CHECK(marks(h, "cut").empty());
    cut_off_first(h, false);
    REQUIRE(marks(h, "wall").size() == 1);
    const Rect wall = marks(h, "wall").front(), first = h.dashboard.hits().find(make_id("node", 3)),
               second = h.dashboard.hits().find(make_id("node", 4));
    CHECK(wall.x >= first.right());
    CHECK(wall.right() <= second.x);
    CHECK(marks(h, "cut").size() >= 2);
    CHECK(marks(h, "one-way cut").empty());
    clean(h);
  }
}

TEST_CASE("a lost message falls while time runs; with reduced motion it stays in place, crossed out") {
  Headless h;
  h.time.playing = true;
  h.time.speed_ppm = 1'000'000;
  const auto after = [&](int milliseconds) {
    LostMessage lost;
    lost.from = 3;
    lost.to = 4;
    lost.family = Family::Produce;
    lost.lost_us = h.world.time_us - milliseconds * 1000;
    h.world.lost = {lost};
    return drawn(h);
  };
  h.settle();
  CHECK(after(100) == after(100));
  CHECK(after(100) != after(300));
  h.dashboard.state().reduced_motion = true;
  const std::string still = after(100);
  CHECK(still == after(300));
  h.world.lost.clear();
  CHECK(still != drawn(h));
}

TEST_CASE("a loss that has been shown is not shown again because time passes faster after it") {
  Headless h;
  h.time.playing = h.time.adapts = true;
  h.time.speed_ppm = 1'000'000;
  LostMessage lost;
  lost.from = 3, lost.to = 4, lost.lost_us = h.world.time_us;
  const auto shown = [&](int microseconds, int rate_ppm) {
    h.world.time_us = lost.lost_us + microseconds;
    h.time.rate_ppm = rate_ppm;
    h.world.lost = {lost};
    const std::string with = drawn(h);
    h.world.lost.clear();
    return with != drawn(h);
  };
  h.settle();
  CHECK(shown(100, 1000));
  CHECK_FALSE(shown(2000, 1000));  // two seconds for the viewer
  CHECK_FALSE(shown(2100, 100'000));
  CHECK(shown(100, 1000));  // back at that moment
}

TEST_CASE("lost requests say how many records were in them, if there were more than requests") {
  Headless h;
  h.size(1280, 720);
  const auto lose = [&](int records) {
    LostMessage lost;
    lost.from = 3;
    lost.to = 4;
    lost.family = Family::Produce;
    lost.api = "Produce";
    lost.lost_us = h.world.time_us;
    lost.records = records;
    h.world.lost = {lost, lost, lost};
    h.settle();
  };
  lose(2);
  CHECK(says(h, "lost: 3 × Produce, 6 records"));
  lose(1);
  CHECK(says(h, "lost: 3 × Produce"));
  CHECK_FALSE(says(h, "3 records"));
}

TEST_CASE("a one-way network partition shows its blocked direction in every layout") {
  Headless h;
  for (const Layout layout : kLayouts) {
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    cut_off_first(h, true);
    CHECK(marks(h, "one-way cut").size() >= 2);
    CHECK(marks(h, "one-way wall").size() == 1);
    CHECK(marks(h, "wall").empty());
    // Also between a controller and a broker.
    Link l;
    l.a = 3;
    l.b = 1;
    l.cut = l.wall = l.one_way = true;
    const std::size_t before = marks(h, "one-way cut").size();
    h.world.links.push_back(l);
    CHECK(marks(h, "one-way cut").size() == before + 1);
    clean(h);
  }
}

TEST_CASE("two brokers that are cut from each other are not divided by a wall while another broker reaches both") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.links.clear();
  Link l;
  l.a = 3;
  l.b = 5;  // broker-2 stands between them and reaches both
  l.cut = l.wall = true;
  h.world.links.push_back(l);
  for (const Layout layout : kLayouts) {
    h.dashboard.set_layout(layout);
    CHECK(marks(h, "wall").empty());
    CHECK(marks(h, "cut").size() >= 1);
  }
}

TEST_CASE("a network partition whose sides are not next to each other has no wall, and each cut link is drawn") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.links.clear();
  for (const int other : {3, 5}) {  // broker-2 alone, between the others
    Link l;
    l.a = 4;
    l.b = other;
    l.cut = l.wall = true;
    h.world.links.push_back(l);
  }
  for (const Layout layout : kLayouts) {
    h.dashboard.set_layout(layout);
    CHECK(marks(h, "wall").empty());
    CHECK(marks(h, "cut").size() >= 2);
  }
}

TEST_CASE("a ring around a broker is under the name of its rack") {
  Headless h;
  h.dashboard.set_layout(Layout::Lesson);
  for (std::size_t i = 0; i < h.world.nodes.size(); ++i)
    if (h.world.nodes[i].kind == NodeKind::Broker) h.world.nodes[i].rack = "r" + std::to_string(i);
  h.lesson.view.point = {{"/nodes/broker-2", {}}};
  h.settle();
  const auto& all = h.dashboard.diagnostics().marks;
  const auto at = [&](std::string_view name) {
    return std::find_if(all.begin(), all.end(), [&](const auto& mark) { return mark.second == name; }) - all.begin();
  };
  REQUIRE(marks(h, "stage ring").size() == 1);
  REQUIRE_FALSE(marks(h, "rack").empty());
  CHECK(at("stage ring") < at("rack"));
}

TEST_CASE("if there are several racks, each broker's card names its rack") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  CHECK(marks(h, "rack").size() == 3);
  CHECK(says(h, "rack b"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "구역 b"));
  for (Node& n : h.world.nodes) n.rack = "a";
  CHECK(marks(h, "rack").empty());
}

TEST_CASE(
    "a failing disk, a wrong clock and a throttle are shown on the card, in the inspector and, in one word, in the presenter") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  CHECK(marks(h, "broker fact").empty());
  auto broker = std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                             [](const Node& n) { return n.kind == NodeKind::Broker; });
  const std::string name = broker->name;
  LogDir slow;
  slow.slow = true;
  slow.behind_us = 8'400'000;
  LogDir full;
  full.capacity_bytes = 1000;
  full.used_bytes = 999;
  LogDir lost;
  lost.online = false;
  struct {
    LogDir dir;
    std::int64_t throttle, skew_us;
    const char *text, *korean, *word;
  } rows[] = {{{}, -1, 600'000'000, "clock 10 min ahead", "시계 10분 빠름", "clock off"},
              {{}, -1, -5'400'000'000, "clock 1.5 h behind", "시계 1.5시간 느림", "clock off"},
              {slow, -1, 0, "disk slow, writes wait 8 s", "디스크 느림, 쓰기 8초 대기", "disk slow"},
              {full, -1, 0, "disk 99 % full", "디스크 99 % 참", "disk full"},
              {lost, -1, 0, "disk failed", "디스크 고장", "disk failed"},
              {{}, 100'000, 0, "throttled to 100 KB/s", "스로틀 100 KB/초", "throttled"},
              {{}, 1'500'000, 0, "throttled to 1.5 MB/s", "스로틀 1.5 MB/초", "throttled"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    broker->dirs = {row.dir};
    broker->offline_dirs = row.dir.online ? 0 : 1;
    broker->throttle_bytes_per_s = row.throttle;
    broker->clock_skew_us = row.skew_us;
    h.dashboard.set_language(Lang::En);
    h.dashboard.set_layout(Layout::Lesson);
    CHECK(marks(h, "broker fact").size() == 1);
    CHECK(says(h, row.text));
    const InspectorView view = build_inspector_view(h.world, Lang::En, name);
    CHECK(std::any_of(view.fields.begin(), view.fields.end(), [&](const auto& f) { return f.value == row.text; }));
    h.dashboard.set_layout(Layout::Presenter);
    CHECK(says(h, row.word));
    h.dashboard.set_layout(Layout::Lesson);
    h.dashboard.set_language(Lang::Ko);
    CHECK(says(h, row.korean));
  }
  // A rate that is set but throttles nothing is shown in a quiet colour.
  broker->throttle_bytes_per_s = -1;
  broker->throttle_set_bytes_per_s = 20'000;
  broker->throttle_listed = true;
  h.dashboard.set_language(Lang::En);
  const auto inspected = [&](const char* words) {
    const InspectorView view = build_inspector_view(h.world, Lang::En, name);
    return std::any_of(view.fields.begin(), view.fields.end(),
                       [&](const auto& f) { return f.value == words && !f.bad; });
  };
  CHECK(inspected("rate 20 KB/s set, replicas in sync"));
  CHECK_FALSE(says(h, "throttled"));
  broker->throttle_listed = false;
  CHECK(inspected("rate 20 KB/s set, no replica listed"));
  broker->state = NodeState::Crashed;
  CHECK(marks(h, "broker fact").empty());
}

TEST_CASE("presenting: even a narrow, full card shows a failed disk, and says so if it is one of two disks") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}, std::pair{1024.f, 768.f}})
      for (const int brokers : {3, 4, 5}) {
        CAPTURE(brokers);
        const auto screen_width = width;  // clang 14 cannot capture a structured binding
        CAPTURE(screen_width);
        h.dashboard.set_language(lang);
        h.size(width, height);
        h.world = fixture::large_world(brokers, 6, 2, 2, 10);
        Node& broker = *std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                                     [](const Node& n) { return n.kind == NodeKind::Broker; });
        broker.dirs.resize(2);
        broker.dirs[1].online = false;
        broker.offline_dirs = 1;
        const auto told = [&] {  // in one line or two
          h.settle();
          std::string all;
          for (const auto& piece : h.dashboard.diagnostics().pieces) all += piece.text + " ";
          return all.find(lang == Lang::En ? "1 of 2 disks failed" : "디스크 2개 중 1개 고장") != std::string::npos ||
                 all.find(lang == Lang::En ? "1/2 disks failed" : "디스크 1/2 고장") != std::string::npos;
        };
        CHECK(told());
        clean(h);
        broker.fenced = true;
        CHECK(told());
        clean(h);
        broker.fenced = false;
        broker.state = NodeState::Crashed;
        broker.down_reason = {"the disk with its metadata log fails", "메타데이터 로그가 있는 디스크가 고장"};
        broker.dirs[0].failing = true;
        CHECK((says(h, tr(lang, "ui.disk_failed_word"_w)) || shows(h, lang == Lang::En ? "the disk" : "메타데이터")));
        clean(h);
      }
}

TEST_CASE("the legend of the stage lists only kinds of messages that can appear") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  CHECK(says(h, "consumer Fetch"));
  CHECK_FALSE(says(h, "transaction"));
  CHECK_FALSE(can_be_seen(h.world, Family::ZooKeeper));
  h.world.clients.front().transactional_id = "shop-tx";
  CHECK(says(h, "transaction"));
  h.world = fixture::empty_world();
  CHECK_FALSE(can_be_seen(h.world, Family::Produce));
  CHECK_FALSE(can_be_seen(h.world, Family::Group));
}

TEST_CASE(
    "strips and presenter call a leader dead until it is fenced, and then say that there is no leader, in the same words") {
  Headless h;
  for (const Layout layout : kLayouts) {
    h.show(Moment::Waiting, Scene::First);
    h.dashboard.set_layout(layout);
    CHECK(says(h, "leader dead: broker-1"));
    if (layout != Layout::Presenter) CHECK_FALSE(says(h, "leads: broker-1"));  // the presenter's bar shows the past
  }
  h.dashboard.set_layout(Layout::Workbench);
  h.world.partitions[0].leader = -1;
  CHECK(says(h, "no leader"));
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "no leader"));
}

TEST_CASE("the groups panel begins with the group of the step or of the selection") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.groups.push_back(h.world.groups.front());
  h.world.groups.back().id = "search";
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.dashboard.state().tab = Tab::Groups;
  h.dashboard.state().tab_chosen = true;
  const auto first_head = [&] {
    h.settle();
    float y = 1e9f;
    std::string name;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if ((piece.text == "billing" || piece.text == "search") && piece.box == "groups" && piece.rect.y < y)
        y = piece.rect.y, name = piece.text;
    }
    return name;
  };
  CHECK(first_head() == "billing");
  h.lesson.view.select = "search";
  CHECK(first_head() == "search");
  h.dashboard.state().selection = "billing";
  CHECK(first_head() == "billing");
}

TEST_CASE("segments of a log are drawn as brackets, records that are not flushed have dots; the legend explains both") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.size(1920, 1080);
  h.lesson.view.panels = {"stage", "partitions"};
  CHECK(marks(h, "segment").empty());
  CHECK_FALSE(says(h, "bracket: one file"));
  const auto flush_all = [&](bool flushed) {
    for (ReplicaLog& log : h.world.partitions[0].logs)
      for (LogRun& run : log.runs) run.flushed = flushed;
  };
  flush_all(true);
  CHECK(marks(h, "unflushed").empty());
  CHECK_FALSE(says(h, "dotted: not flushed"));
  flush_all(false);
  h.world.partitions[0].logs[1].runs.front().flushed = true;
  CHECK(says(h, "dotted: not flushed"));
  const auto dots = marks(h, "unflushed");
  REQUIRE(dots.size() >= 2);
  CHECK(dots[0].w >= dots[1].w);
  for (ReplicaLog& log : h.world.partitions[0].logs) log.segments = {0, log.log_end_offset - 6, log.log_end_offset - 2};
  CHECK(marks(h, "segment").size() == 9);
  CHECK(says(h, "bracket: one file"));
  clean(h);
  h.dashboard.set_layout(Layout::Presenter);
  CHECK_FALSE(marks(h, "unflushed").empty());
  clean(h);
}

TEST_CASE(
    "compacted records leave gaps, tombstones are marked, and an epoch's number is on its first remaining record") {
  Partition part;
  part.name = "users-0";
  part.topic = "users";
  part.leader = 1;
  part.replicas = part.isr = {1};
  part.high_watermark = part.log_end_offset = 8;
  ReplicaLog log;
  log.broker = 1;
  log.role = ReplicaRole::Leader;
  log.log_end_offset = log.high_watermark = 8;
  const auto run = [&](std::int64_t from, std::int64_t to, std::int64_t epoch) {
    LogRun r;
    r.base_offset = from;
    r.last_offset = to;
    r.leader_epoch = epoch;
    for (std::int64_t o = from; o <= to; ++o) r.keys.push_back("k" + std::to_string(o));
    return r;
  };
  log.runs = {run(0, 1, 0), run(2, 4, 1), run(5, 5, 1), run(6, 7, 1)};
  log.runs[1].compacted = true;
  log.runs[2].tombstone = true;
  part.logs = {log};
  const StripView view = build_strip_view(part, 20);
  REQUIRE(view.rows.size() == 1);
  const auto& cells = view.rows[0].cells;
  REQUIRE(cells.size() == 8);
  CHECK(cells[2].kind == CellKind::Gap);
  CHECK_FALSE(cells[2].first_of_run);
  CHECK(cells[5].tombstone);
  CHECK(cells[5].run_start);  // the epoch's number is in its first remaining record
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.size(1920, 1080);
  h.lesson.view.panels = {"stage", "partitions"};
  h.world.partitions = {part};
  for (Node& n : h.world.nodes) n.replicas.clear(), n.beliefs.clear();
  for (Client& c : h.world.clients) c.topics_partitions.clear();
  for (Group& g : h.world.groups) {
    g.partitions.clear();
    for (GroupMember& m : g.members) m.partitions.clear(), m.pending.clear(), m.revoking.clear();
  }
  h.world.messages.clear();
  h.world.leader_changes.clear();
  CHECK(says(h, "tombstone"));
  CHECK(says(h, "dashed, with a line: compacted away"));
}

TEST_CASE("the words after a row do not cover the line of the high watermark") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Workbench);
  Partition& part = h.world.partitions[0];
  part.logs[1].log_end_offset = part.high_watermark - 1;  // one behind: the number at its end would touch the line
  part.logs[1].role = ReplicaRole::OutOfIsr;
  for (LogRun& run : part.logs[1].runs) run.last_offset = std::min(run.last_offset, part.high_watermark - 2);
  h.settle();
  float line = -1;
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    if (piece.text == "HW " + std::to_string(part.high_watermark)) line = piece.rect.x - 6;
  }
  REQUIRE(line > 0);
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    if (piece.text.rfind(std::to_string(part.high_watermark - 1), 0) != 0) continue;
    CHECK((piece.rect.x > line || piece.rect.right() < line));
  }
}

TEST_CASE("consecutive NoOpRecords are drawn as one narrow cell in the metadata logs") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().tab = Tab::Controller;
  h.dashboard.state().tab_chosen = true;
  h.world.quorum_high_watermark = 230;
  for (VoterLog& log : h.world.voters) {
    log.tail.clear();
    for (std::int64_t o = 200; o < 231; ++o) {
      QuorumRecord q;
      q.offset = o;
      q.epoch = 9;
      q.type = o == 203 ? "PartitionChangeRecord" : "NoOpRecord";
      q.words = {o == 203 ? "orders-0: leader 2" : "NoOpRecord", ""};
      log.tail.push_back(q);
    }
    log.log_end_offset = 231;
    log.high_watermark = 230;
  }
  for (const float width : {1280.f, 1920.f}) {
    h.size(width, width * 9 / 16);
    CHECK(says(h, "orders-0: leader 2"));
    CHECK(says(h, "26 NoOp"));
    CHECK(says(h, "1 NoOp"));
    clean(h);
  }
}

TEST_CASE("a window below 1280x720 is scaled down, except in the presenter") {
  CHECK(fitting_scale(1, 1920, 1080, Layout::Lesson) == 1);
  CHECK(fitting_scale(1, 1024, 768, Layout::Lesson) == doctest::Approx(0.8));
  CHECK(fitting_scale(1, 1280, 640, Layout::Workbench) == doctest::Approx(640.0 / 720));
  CHECK(fitting_scale(1, 1024, 768, Layout::Presenter) == 1);
  CHECK(fitting_scale(2, 3840, 2160, Layout::Lesson) == 2);
}

TEST_CASE("presenting in the dark theme: the background is dark and all text is large enough") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.dashboard.set_presenter_dark(true);
  for (const Moment moment : {Moment::Before, Moment::Waiting, Moment::Elected}) {
    h.show(moment, Scene::First);
    h.size(1024, 768);
    clean(h);
  }
}

TEST_CASE("labels of messages do not overlap other words") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  for (const Moment moment : {Moment::Before, Moment::Waiting, Moment::Elected, Moment::Returned}) {
    for (float fraction = 0; fraction < 1; fraction += .11f) {
      h.show(moment, Scene::First);
      for (Message& m : h.world.messages) {
        m.fraction = fraction;
        m.error = m.response ? "NOT_LEADER_OR_FOLLOWER" : "";
      }
      clean(h);
    }
  }
}

TEST_CASE("a log whose first records are deleted shows its start offset") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.size(1920, 1080);
  h.settle();
  CHECK_FALSE(shows(h, "from 1020"));
  for (Partition& p : h.world.partitions) {
    p.log_start_offset = 1020;
    for (ReplicaLog& log : p.logs) log.log_start_offset = 1020;
  }
  CHECK(says(h, "from 1020"));
  clean(h);
  h.size(1280, 720);
  clean(h);
}

TEST_CASE("the ring around the ISR is around the words that say where a log begins, not over them") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = "orders-0";
  h.lesson.view.point = {{"/partitions/orders-0/isr", {"ISR", "ISR"}}};
  for (Partition& p : h.world.partitions) {
    p.log_start_offset = 1020;
    for (ReplicaLog& log : p.logs) log.log_start_offset = 1020;
  }
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
    h.size(w, height);
    CHECK_FALSE(marks(h, "isr").empty());
    clean(h);
  }
  CHECK(shows(h, "from 1020"));
}

TEST_CASE("a ring over words is noticed, one around them or under them is not") {
  Diagnostics seen;
  seen.pieces = {{{10, 10, 60, 14}, "drawn before", 0, ""}, {{10, 40, 60, 14}, "drawn after", 0, ""}};
  seen.rings = {{{40, 0, 100, 100}, 3, 0, 1}};
  CHECK(words_under_rings(seen).size() == 1);
  seen.rings = {{{0, 0, 100, 100}, 3, 0, 2}};
  CHECK(words_under_rings(seen).empty());
}

TEST_CASE("the last word of an access rule, allow or deny, is never cut off") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.authorizer = true;
  h.world.acls = {"User:hr Write topic:salary allow", "User:accounting-of-the-company Write topic:salary deny"};
  h.dashboard.state().tab = Tab::Controller;
  h.dashboard.state().tab_chosen = true;
  h.size(1280, 720);
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage", "controller"};
    h.settle();
    for (const std::string_view word : {"allow", "deny"})
      CHECK(std::any_of(
          h.dashboard.diagnostics().pieces.begin(), h.dashboard.diagnostics().pieces.end(),
          [&](const auto& piece) { return piece.text.starts_with("User:") && piece.text.ends_with(word); }));
    clean(h);
  }
}

TEST_CASE("the number of an epoch stands clear of the dots of a record that is only in memory, in low cells too") {
  constexpr float kDots = 5, kAbove = .78f, kHeight = .98f;  // of an em: a text's rectangle
  for (const float height : {620.f, 660.f, 720.f, 900.f}) {
    CAPTURE(height);
    Headless h;
    h.show(Moment::Waiting, Scene::Held);
    for (auto& partition : h.world.partitions)
      for (auto& log : partition.logs)
        for (auto& run : log.runs) run.flushed = false;
    h.dashboard.set_layout(Layout::Workbench);
    h.size(1280, height);
    h.settle();
    const auto dotted = marks(h, "unflushed");
    int numbers = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (piece.text.size() != 2 || piece.text[0] != 'e') continue;
      for (const Rect& dots : dotted) {
        if (piece.rect.cx() < dots.x || piece.rect.cx() > dots.right() || std::abs(piece.rect.cy() - dots.cy()) > 30)
          continue;
        const float line = piece.rect.y + kAbove * piece.rect.h / kHeight;
        if (line > dots.bottom()) continue;  // the row below
        CHECK(line < dots.bottom() - kDots);
        ++numbers;
      }
    }
    CHECK(numbers > 0);
  }
}
