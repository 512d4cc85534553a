// The details of an object, and the acts on it in place: records, ELR, share groups, settings, menus.
#include <doctest/doctest.h>

#include <algorithm>

#include <imgui.h>

#include "app/drawn.h"
#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/strip.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

Headless& workbench(Headless& h) {
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  return h;
}

void add_share_group(Partition& p) {
  ShareStrip share;
  share.group = "workers";
  share.start = p.log_end_offset - 8;
  share.end = p.log_end_offset - 2;
  share.runs = {{share.start, share.start, ShareState::Archived, 5, {}},
                {share.start + 1, share.start + 2, ShareState::Acknowledged, 1, {}},
                {share.start + 3, share.start + 4, ShareState::Acquired, 2, "w-1"},
                {share.start + 5, share.start + 5, ShareState::Available, 1, {}}};
  p.shares = {share};
}

}  // namespace

TEST_CASE("an open record shows its contents, and its close button closes it") {
  Headless h;
  workbench(h);
  h.log.record_open = true;
  h.log.record_title = {"5 of orders-0", "orders-0의 5"};
  h.log.record_verdict = {"outcome: acked", "결과: ack 받음"};
  h.log.record_contents = {{{"key", "키"}, {"\"kim\"", "\"kim\""}}, {{"value", "값"}, {"\"3 pears\"", "\"3 pears\""}}};
  CHECK(says(h, "3 pears"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "값"));
  CHECK(h.click(make_id("close record")));
  CHECK(h.emitted(ActionKind::ClearChain));
}

TEST_CASE(
    "a high watermark that is not the partition's is shown in the table of beliefs, also if its row has no room for it") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const std::int64_t own : {std::int64_t{7}, std::int64_t{12'345'678'901'234'567}}) {
      Headless h;
      workbench(h);
      h.dashboard.set_language(lang);
      h.dashboard.state().selection = "orders-0";
      for (Node& node : h.world.nodes)
        for (Replica& replica : node.replicas)
          if (replica.partition == 0 && replica.role == ReplicaRole::Follower) replica.high_watermark = own;
      CHECK(says(h, "HW " + std::to_string(own)));
      clean(h);
    }
}

TEST_CASE("a record's card opens at its title, even if the inspector was scrolled down") {
  Headless h;
  workbench(h);
  h.dashboard.state().selection = "broker-1";
  h.settle();
  h.dashboard.state().inspector_scroll = 300;
  h.log.record_open = true;
  h.log.record_path = "/records/orders-0/5";
  h.log.record_title = {"5 of orders-0", "orders-0의 5"};
  h.log.record_verdict = {"outcome: acked", "결과: ack 받음"};
  for (int i = 0; i < 60; ++i) h.log.record_contents.push_back({{"key", "키"}, {std::to_string(i), std::to_string(i)}});
  h.settle();
  CHECK(h.dashboard.state().inspector_scroll == 0);
  h.dashboard.state().inspector_scroll = 200;
  h.settle();
  CHECK(h.dashboard.state().inspector_scroll == 200);  // of the same record
  h.log.record_path = "/records/orders-0/6";
  h.settle();
  CHECK(h.dashboard.state().inspector_scroll == 0);
}

TEST_CASE("the inspector's Why? button exists at every scroll position, even outside the window") {
  Headless h;
  workbench(h);
  h.dashboard.state().selection = "broker-1";
  h.settle();
  for (const float scroll : {0.f, 12.f}) {
    h.dashboard.state().inspector_scroll = scroll;
    h.frame();
    CHECK(h.dashboard.hits().find(make_id("why ")).w > 0);
  }
  h.dashboard.state().inspector_scroll = 300;
  h.frame();  // found by the monkey: a negative position must not become part of an id
}

TEST_CASE(
    "a lesson shows the inspector of the node that its view names, beside the partitions or, without a topic, alone") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.size(1280, 720);
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = "broker-1";
  const auto inspector = [&] {
    h.settle();
    return h.dashboard.hits().find(make_id("inspector")).w;
  };
  CHECK(inspector() == 0);
  h.lesson.view.panels = {"stage", "inspector"};
  const float beside = inspector();
  CHECK(beside > 300);
  CHECK(says(h, tr(Lang::En, "ui.partitions"_w)));
  clean(h);
  h.world.partitions.clear();
  CHECK(inspector() > 2 * beside);
  CHECK_FALSE(says(h, tr(Lang::En, "ui.no_partitions"_w)));
}

TEST_CASE("a hover over a record loads its contents, which the card shows") {
  Headless h;
  workbench(h);
  const Rect strip = h.dashboard.hits().find(make_id("strip", 0));
  REQUIRE(strip.w > 0);
  h.move(strip.x + strip.w / 2, strip.cy());
  for (int i = 0; i < 90; ++i) h.frame();
  const Action look = h.take(ActionKind::LookAtRecord);
  REQUIRE(look.kind == ActionKind::LookAtRecord);
  CHECK(look.target == h.world.partitions[0].name);
  h.log.looked_at_partition = look.target;
  h.log.looked_at_offset = look.number;
  h.log.looked_at = {{{"header source", "헤더 source"}, {"web", "web"}, true},
                     {{"batch", "배치"}, {"1 records", "레코드 1개"}}};
  h.frame();
  h.frame();
  CHECK(shows(h, "header source"));
  CHECK_FALSE(shows(h, "1 records"));
}

TEST_CASE("the ELR is shown beside the ISR, on its members' cards and in their rows") {
  Headless h;
  workbench(h);
  Partition& p = h.world.partitions[0];
  const InspectorView before = build_inspector_view(h.world, Lang::En, p.name);
  CHECK(std::none_of(before.fields.begin(), before.fields.end(),
                     [](const Field& f) { return f.name == "ui.field_elr"_w; }));
  CHECK(std::any_of(before.fields.begin(), before.fields.end(), [&](const Field& f) {
    return f.name == "ui.field_min_isr"_w && f.value == std::to_string(p.min_insync_replicas);
  }));
  CHECK_FALSE(says(h, "ELR"));
  const int out = p.isr.back();
  p.isr.pop_back();
  p.elr = {out};
  for (ReplicaLog& log : p.logs)
    if (log.broker == out) log.eligible = true, log.role = ReplicaRole::OutOfIsr;
  for (Node& n : h.world.nodes)
    for (Replica& r : n.replicas)
      if (n.kind == NodeKind::Broker && n.id == out && r.partition == 0)
        r.eligible = true, r.role = ReplicaRole::OutOfIsr;
  CHECK(says(h, "ELR " + set_text(p.elr)));
  h.dashboard.state().filled = true;
  CHECK_FALSE(marks(h, "elr").empty());
  h.dashboard.state().filled = false;
  const InspectorView after = build_inspector_view(h.world, Lang::En, p.name);
  CHECK(std::any_of(after.fields.begin(), after.fields.end(),
                    [&](const Field& f) { return f.name == "ui.field_elr"_w && f.value == set_text(p.elr); }));
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "ELR"));
}

TEST_CASE("a share group's records have their own row, whose start is visible") {
  Headless h;
  workbench(h);
  CHECK(marks(h, "share row").empty());
  Partition& p = h.world.partitions[0];
  add_share_group(p);
  CHECK_FALSE(marks(h, "share row").empty());
  CHECK(says(h, "workers"));
  const ShareStrip& share = p.shares[0];
  REQUIRE(share_run_at(share, share.start + 4) != nullptr);
  CHECK(share_run_at(share, share.start + 4)->member == "w-1");
  CHECK(share_run_at(share, share.start - 1) == nullptr);
  CHECK(share_run_at(share, share.end) == nullptr);
  StripStyle style;
  CHECK(strips_height(style, 3, 1) == doctest::Approx(strips_height(style, 3) + share_row_height(style)));
  Partition far = p;
  far.shares[0].start = p.log_start_offset;
  CHECK(plan_strips(far, 1500, style).sees(far.shares[0].start));
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"partitions"};
  h.lesson.view.select = p.name;
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    CHECK(says(h, tr(lang, "ui.share_acquired"_w)));
    CHECK(says(h, tr(lang, "ui.share_archived"_w)));
    clean(h);
  }
}

TEST_CASE("a group's committed offset outside the strip and a consumer's position have flags") {
  Headless h;
  workbench(h);
  h.dashboard.state().filled = true;  // only the partition
  Partition& p = h.world.partitions[0];
  p.flags = {{"billing", p.log_end_offset - 3, false}, {"billing-1", p.log_end_offset - 1, true}};
  CHECK(says(h, "billing-1 at " + std::to_string(p.log_end_offset - 1)));
  p.flags[1].offset = p.flags[0].offset;  // the same offset: one flag shows both
  CHECK_FALSE(says(h, "billing-1 at "));
  for (ReplicaLog& log : p.logs) log.log_end_offset += 4000, log.high_watermark += 4000;
  p.log_end_offset += 4000;
  p.high_watermark += 4000;
  p.last_stable_offset = p.high_watermark;
  CHECK(says(h, "< billing " + std::to_string(p.flags[0].offset)));
}

TEST_CASE(
    "settings: only an editable value is a field, and a value that needs a restart can be set for the next start") {
  Headless h;
  workbench(h);
  const auto node =
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [](const Node& n) { return n.name == "checkout"; });
  REQUIRE(h.click(make_id("node", static_cast<std::uint64_t>(node - h.world.nodes.begin()))));
  ConfigEntry acks{"acks", "1", "all", ConfigSource::Live, false, {"", ""}, true, true};
  ConfigEntry fixed{"client.id", "checkout", "", ConfigSource::Scenario, false, {"", ""}};
  h.world.inspected.what = "checkout";
  h.world.inspected.config = {acks, fixed};
  const Rect inspector = h.dashboard.hits().find(make_id("inspector"));
  h.move(inspector.cx(), inspector.cy());
  h.wheel(-40);
  h.settle();
  CHECK(says(h, tr(Lang::En, "ui.restart_now"_w)));
  CHECK(h.dashboard.hits().find(make_id("config", 0)).w > 0);
  CHECK(h.dashboard.hits().find(make_id("config", 1)).w == 0);
  CHECK(h.click(make_id("restart client", 0)));
  CHECK(h.take(ActionKind::RestartClient).target == "checkout");
}

TEST_CASE("a long list of settings can be searched by name") {
  Headless h;
  workbench(h);
  const auto node =
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [](const Node& n) { return n.name == "broker-1"; });
  const Rect card = h.dashboard.hits().find(make_id("node", static_cast<std::uint64_t>(node - h.world.nodes.begin())));
  h.click(card.cx(), card.y + 12);
  h.world.inspected.what = "broker-1";
  for (int i = 0; i < 10; ++i)
    h.world.inspected.config.push_back(
        {"some.key." + std::to_string(i), "1", "1", ConfigSource::Default, false, {"", ""}});
  const Rect inspector = h.dashboard.hits().find(make_id("inspector"));
  h.move(inspector.cx(), inspector.cy());
  h.wheel(-60);
  CHECK(says(h, "some.key.9"));
  h.dashboard.state().config_filter = "key.3";
  h.settle();
  CHECK(shows(h, "some.key.3"));
  CHECK_FALSE(shows(h, "some.key.9"));
}

TEST_CASE("a refused act is shown in red above Next, with Kafka's error") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.undo = {
      true, {"broker-2: configuration changed", "broker-2 설정 변경"}, false, {"INVALID_CONFIG", "INVALID_CONFIG"}};
  CHECK(says(h, "refused:"));
  CHECK(says(h, "INVALID_CONFIG"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "거절:"));
  CHECK(says(h, "INVALID_CONFIG"));
}

TEST_CASE("the inspector shows the used space of a broker's disk, and the card shows why the broker stopped") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  auto broker = std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                             [](const Node& n) { return n.kind == NodeKind::Broker; });
  LogDir dir;
  dir.capacity_bytes = 60'000'000;
  dir.used_bytes = 12'000'000;
  broker->dirs = {dir};
  const auto disk = [&] {
    const InspectorView view = build_inspector_view(h.world, Lang::En, broker->name);
    const auto it = std::find_if(view.fields.begin(), view.fields.end(),
                                 [](const Field& f) { return f.name == "ui.field_disk"_w; });
    REQUIRE(it != view.fields.end());
    return *it;
  };
  CHECK(disk().value == "12 MB / 60 MB");
  CHECK_FALSE(disk().bad);
  broker->dirs[0].used_bytes = 60'000'000;
  CHECK(disk().bad);
  broker->dirs.resize(2, dir);  // several directories are numbered by their place in log.dirs, as in a file's "dir"
  broker->dirs[0] = dir;
  broker->dirs[1].online = false;
  broker->dirs[1].failing = true;
  CHECK(disk().value == "directory 0: 12 MB / 60 MB");
  const InspectorView two = build_inspector_view(h.world, Lang::Ko, broker->name);
  CHECK(std::any_of(two.fields.begin(), two.fields.end(),
                    [](const Field& f) { return f.value == "디렉터리 1: 디스크 고장, 12 MB" && f.bad; }));
  broker->dirs[1].failing = false;  // repaired, or full: the broker checks the directory again only at its next start
  const InspectorView repaired = build_inspector_view(h.world, Lang::Ko, broker->name);
  CHECK(std::any_of(repaired.fields.begin(), repaired.fields.end(),
                    [](const Field& f) { return f.value == "디렉터리 1: 재시작할 때까지 오프라인, 12 MB" && f.bad; }));
  broker->dirs.resize(1);
  broker->dirs[0].used_bytes = 60'000'000;
  broker->state = NodeState::Crashed;
  broker->down_reason = {"no space left on the disk", "디스크에 자리가 없어요"};
  CHECK(says(h, tr(Lang::En, "ui.disk_full_word"_w)));
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const InspectorView view = build_inspector_view(h.world, lang, broker->name);
    CHECK(std::any_of(view.fields.begin(), view.fields.end(),
                      [&](const Field& f) { return f.value == pick(lang, broker->down_reason); }));
    h.dashboard.set_layout(Layout::Presenter);
    h.dashboard.set_language(lang);
    CHECK(says(h, tr(lang, "ui.disk_full_word"_w)));
  }
}

TEST_CASE("a window in which nothing changes gives the same draw data, so that it need not be drawn again") {
  Headless h;
  workbench(h);
  h.frame();
  const std::uint64_t before = kafkascope::app::drawn(*ImGui::GetDrawData());
  for (int i = 0; i < 3; ++i) h.frame();
  CHECK(kafkascope::app::drawn(*ImGui::GetDrawData()) == before);
  h.world.nodes[0].name += "0";
  h.frame();
  CHECK(kafkascope::app::drawn(*ImGui::GetDrawData()) != before);
}

TEST_CASE(
    "a producer's details have the row of its latency before the first response, so that no row moves when it comes") {
  Headless h;
  workbench(h);
  Client& client = h.world.clients[0];
  const Node& node = h.world.nodes[static_cast<std::size_t>(client.node)];
  REQUIRE(node.kind == NodeKind::Producer);
  const auto latency = [&] {
    const InspectorView view = build_inspector_view(h.world, Lang::En, node.name);
    const auto row = std::find_if(view.fields.begin(), view.fields.end(),
                                  [](const Field& f) { return f.name == "ui.field_latency"_w; });
    return row == view.fields.end() ? std::string() : row->value;
  };
  client.latency_p50_us = -1;
  CHECK(latency() == "–");
  client.latency_p50_us = 2'000, client.latency_p99_us = 5'000;
  CHECK(latency() == "2, 5 ms");
}

TEST_CASE(
    "the first partition with a differing belief is the first of those about which some node is asked to differ") {
  for (const Moment moment : {Moment::Before, Moment::Waiting, Moment::Elected}) {
    Headless h;
    h.show(moment, Scene::Free);
    Snapshot& world = h.world;
    const auto slow = [&] {
      for (int i = 0; i < static_cast<int>(world.partitions.size()); ++i)
        if (beliefs_differ(world, i)) return i;
      return -1;
    };
    CHECK(first_with_differing_beliefs(world) == slow());
    for (std::size_t last = world.partitions.size(); last > 0; --last) {  // one broker has not heard of it
      for (Node& n : world.nodes)
        if (n.kind == NodeKind::Broker && !n.down()) {
          std::erase_if(n.beliefs, [&](const Belief& b) { return b.partition == static_cast<int>(last) - 1; });
          break;
        }
      CHECK(first_with_differing_beliefs(world) == slow());
    }
    CHECK(first_with_differing_beliefs(world) == 0);
  }
}
