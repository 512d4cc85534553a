// All that a lesson points at is marked: several nodes, a partition among many, counts of the ledger that are zero or a single group's, members of a
// group that has more than fit.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "ui/looks.h"
#include "ui/panels/ledger_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

void point_at(Headless& h, const std::vector<std::string>& paths) {
  h.lesson.view.point.clear();
  for (const std::string& path : paths) h.lesson.view.point.push_back({path, {}});
}

bool says_whole(Headless& h, std::string_view text) {
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; });
}

}  // namespace

TEST_CASE("each of several nodes that the lesson points at has a ring") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    const std::string& client = h.world.nodes[static_cast<std::size_t>(h.world.clients.front().node)].name;
    const std::vector<std::string> paths{"/nodes/broker-1", "/nodes/broker-2", "/nodes/broker-3", "/clients/" + client};
    point_at(h, paths);
    for (const std::string& path : paths) CHECK_MESSAGE(marks(h, "pointed " + path).size() >= 1, path);
  }
}

TEST_CASE("the ring of a partition is around its own row, even if another partition is selected") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world = fixture::large_world(3, 24, 1, 1, 0);
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().selection = h.world.partitions[0].name;
  for (const std::size_t i : {13, 17, 20}) {
    const std::string& name = h.world.partitions[i].name;
    point_at(h, {"/partitions/" + name + "/leader"});
    const std::vector<Rect> rings = marks(h, "pointed /partitions/" + name + "/leader");
    REQUIRE(rings.size() >= 1);
    const auto& pieces = h.dashboard.diagnostics().pieces;
    CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                              [&](const auto& piece) { return piece.text == name && piece.rect.overlaps(rings[0]); }),
                  name);
  }
}

TEST_CASE("a count of the ledger that the lesson points at has a ring, even if it is zero or of the only group") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const bool zero : {true, false}) {
      h.show(Moment::Before, Scene::First);
      h.dashboard.set_layout(layout);
      h.lesson.view.panels = {"stage", "ledger"};
      FateCounts counts = h.world.ledger.all;
      counts.redelivered = zero ? 0 : 3;
      h.world.ledger.all = counts;
      h.world.ledger.by_group = {{"billing", counts}};
      for (const char* path : {"/ledger/by_group/billing/redelivered", "/ledger/redelivered", "/ledger/skipped"}) {
        point_at(h, {path});
        CHECK_MESSAGE(marks(h, std::string("pointed ") + path).size() == 1, path);
      }
    }
  // Of few rows it is one.
  const LedgerTable table = build_ledger_table(h.world, 5, 3, true, {"skipped"});
  const std::vector<LedgerRow>& came = table.columns[0].rows.came;
  CHECK(std::any_of(table.came.begin(), table.came.end(), [&](std::size_t i) { return came[i].word == "skipped"; }));
}

TEST_CASE("in a group with more members than fit, those pointed at, awaited or just removed are visible") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    h.show(Moment::Before, Scene::First);
    h.size(1280, 720);
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage", "groups"};
    Group& g = h.world.groups[0];
    h.lesson.view.select = g.id;
    GroupMember member = g.members[0];
    g.members.clear();
    for (int i = 1; i <= 24; ++i) {
      member.client = "member-" + std::to_string(i);
      member.node = -1;
      member.leader = false;
      member.joined = i != 22;
      g.members.push_back(member);
    }
    g.former = {{"left-1", {"has left", "나갔어요"}}};
    point_at(h, {"/clients/member-20"});
    for (const char* name : {"member-20", "member-22", "left-1"}) CHECK_MESSAGE(says_whole(h, name), name);
    CHECK_FALSE(says_whole(h, "member-19"));
    clean(h);
    // Where all fit they keep their order.
    g.members.resize(3);
    point_at(h, {"/clients/member-3"});
    h.settle();
    float y[2] = {};
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (piece.text == "member-1") y[0] = piece.rect.y;
      if (piece.text == "member-3") y[1] = piece.rect.y;
    }
    CHECK(y[0] > 0);
    CHECK(y[0] < y[1]);
  }
}

TEST_CASE("the cross of a lost message says what was lost, and how many messages it stands for") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      const bool en = lang == Lang::En;
      h.show(Moment::Before, Scene::First);
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(layout);
      h.time.playing = false;
      h.world.messages.clear();
      LostMessage lost;
      lost.from = 4;
      lost.to = 3;
      lost.family = Family::Replicate;
      lost.api = "Fetch";
      lost.lost_us = h.world.time_us;
      h.world.lost = {lost};
      CHECK(says_whole(h, en ? "lost: Fetch" : "유실: Fetch"));
      CHECK(marks(h, "lost message").size() == 1);
      clean(h);
      h.world.lost = {lost, lost, lost};
      CHECK(says_whole(h, en ? "lost: 3 × Fetch" : "유실: 3 × Fetch"));
      h.world.lost[1].response = true;
      CHECK(says_whole(h, en ? "lost: 2 × Fetch, Fetch response" : "유실: 2 × Fetch, Fetch 응답"));
      CHECK(marks(h, "lost message").size() == 1);
      clean(h);
      h.lesson.view.hide = {"Fetch"};
      CHECK(marks(h, "lost message").empty());
      h.lesson.view.hide.clear();
      h.time.playing = true;
      h.time.adapts = false;
      h.time.speed_ppm = 1'000'000;
      for (LostMessage& l : h.world.lost) l.lost_us = h.world.time_us - 1'000'000;
      CHECK(marks(h, "lost label").size() == 1);
      for (LostMessage& l : h.world.lost) l.lost_us = h.world.time_us - 2'000'000;
      CHECK(marks(h, "lost label").empty());
    }
}

TEST_CASE("in the low frames of several groups the names stay distinguishable") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Workbench);
  const Group group = h.world.groups[0];
  const std::vector<Client> clients = h.world.clients;
  std::vector<Client> members;
  for (const Client& client : clients)
    if (client.group == group.id) members.push_back(client);
  REQUIRE(members.size() >= 2);
  h.world.groups.clear();
  const std::vector<std::string> names{"payments-sync", "payments-async", "payments-first", "payments-never"};
  for (const std::string& name : names) {
    h.world.groups.push_back(group);
    h.world.groups.back().id = name;
    h.world.groups.back().members.clear();
    h.world.groups.back().lag = 12;
    Node node = h.world.nodes[static_cast<std::size_t>(members[0].node)];
    node.name = name + "-1";
    h.world.nodes.push_back(node);
    h.world.clients.push_back(members[0]);
    h.world.clients.back().node = static_cast<int>(h.world.nodes.size()) - 1;
    h.world.clients.back().group = name;
  }
  h.settle();
  for (const std::string& name : names) {
    const std::string own = name.substr(name.find('-') + 1);
    const auto& pieces = h.dashboard.diagnostics().pieces;
    CHECK_MESSAGE(std::any_of(pieces.begin(), pieces.end(),
                              [&](const auto& piece) {
                                return piece.box == std::string_view("group frame") && piece.text.ends_with(own);
                              }),
                  name);
  }
}
