// What the picture says beside a lesson: badges, members without a partition, and nothing that answers an open question.
#include <doctest/doctest.h>

#include "ui/looks.h"
#include "ui/panels/group_words.h"
#include "ui/stage/node_facts.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("a cooperative member that waits for its partitions was called a spare") {
  Group group;
  group.assignor = "cooperative-sticky";
  group.members.resize(4);
  group.partitions.resize(12);
  CHECK(no_partition_word(group) == Str::NoPartitionYet);
  group.partitions.resize(3);  // fewer than members: one of them stays without
  CHECK(no_partition_word(group) == Str::NoPartitionForIt);
  group.assignor = "range";
  group.partitions.resize(12);
  CHECK(no_partition_word(group) == Str::NoPartitionForIt);
}

TEST_CASE("a card named the missing permission while the question asked for it") {
  Node node;
  Client client;
  client.refused = "GROUP_AUTHORIZATION_FAILED";
  CHECK(client_limit(Lang::En, node, &client, true).text == "not allowed");
  CHECK(client_limit(Lang::Ko, node, &client, true).text == "권한 없음");
  CHECK(client_limit(Lang::En, node, &client, false).text == "not allowed: group");
}

TEST_CASE("shortened clocks carried no badge in the lesson panel and the presenter") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  const std::string words = "session.timeout.ms: 6 s here";
  h.lesson.clocks = {words, "session.timeout.ms: 여기서는 6초"};
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    CHECK(says(h, words));
    clean(h);
  }
}

TEST_CASE("strip and banner told of the dead leader where only graphs were to be read") {
  Headless h;
  h.show(Moment::Waiting, Scene::First);
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage", "metrics"};
    h.dashboard.state().tab = Tab::Metrics;
    CHECK(says(h, "dead"));
    h.lesson.view.panels = {"metrics"};
    CHECK_FALSE(says(h, "A leader is dead"));
    CHECK_FALSE(says(h, "is dead"));
  }
}
