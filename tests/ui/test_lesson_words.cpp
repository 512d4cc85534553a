// The words beside a lesson: badges, members without a partition, and nothing that gives away the answer to an open
// question.
#include <doctest/doctest.h>

#include "ui/looks.h"
#include "ui/panels/group_words.h"
#include "ui/stage/node_facts.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("a cooperative member that waits for its partitions is not called a spare") {
  Group group;
  group.assignor = "cooperative-sticky";
  group.members.resize(4);
  group.partitions.resize(12);
  CHECK(no_partition_word(group) == "ui.no_partition_yet"_w);
  group.partitions.resize(3);  // fewer than members: one member has none
  CHECK(no_partition_word(group) == "ui.no_partition_for_it"_w);
  group.assignor = "range";
  group.partitions.resize(12);
  CHECK(no_partition_word(group) == "ui.no_partition_for_it"_w);
}

TEST_CASE("the groups panel and the presenter do not call a waiting cooperative member a spare") {
  for (const Layout layout : {Layout::Workbench, Layout::Presenter}) {
    Headless h;
    h.size(1920, 1080);
    h.dashboard.set_layout(layout);
    h.dashboard.state().tab = Tab::Groups;
    h.dashboard.state().tab_chosen = true;
    h.lesson.view.panels = {"stage", "groups"};
    REQUIRE_FALSE(h.world.groups.empty());
    Group& group = h.world.groups[0];
    group.state = "Stable";
    REQUIRE(group.assignor == "cooperative-sticky");
    REQUIRE(group.partitions.size() >= group.members.size());
    GroupMember& waits = group.members.back();
    waits.joined = true;
    waits.partitions.clear();
    waits.pending.clear();
    waits.revoking.clear();
    CHECK(says(h, "no partition yet"));
    CHECK_FALSE(says(h, tr(Lang::En, "ui.no_partition_for_it"_w)));
  }
}

TEST_CASE("a card on the stage does not answer an open question about permissions") {
  Headless h;
  h.size(1920, 1080);
  const auto refused_in = [&](Scene scene) {
    h.show(Moment::Before, scene);
    for (Client& client : h.world.clients)
      if (h.world.nodes[static_cast<std::size_t>(client.node)].name == "billing-1")
        client.refused = "GROUP_AUTHORIZATION_FAILED";
  };
  refused_in(Scene::First);
  CHECK(says(h, "not allowed: group"));
  refused_in(Scene::Ask);
  REQUIRE(h.lesson.question.phase == QuestionPhase::Open);
  CHECK(says(h, "not allowed"));
  CHECK_FALSE(says(h, "not allowed: group"));
}

TEST_CASE("a card does not name the missing permission while the question asks for it") {
  Node node;
  Client client;
  client.refused = "GROUP_AUTHORIZATION_FAILED";
  CHECK(client_limit(Lang::En, node, &client, true).text == "not allowed");
  CHECK(client_limit(Lang::Ko, node, &client, true).text == "권한 없음");
  CHECK(client_limit(Lang::En, node, &client, false).text == "not allowed: group");
}

TEST_CASE("shortened clocks have a badge in the lesson panel and the presenter") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  const std::string words = "session.timeout.ms: 6 s here";
  h.lesson.clocks = {words, "session.timeout.ms: 여기서는 6초"};
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    CHECK(says(h, words));
    // The setting's origin is one click away.
    h.settle();
    CAPTURE(static_cast<int>(layout));
    REQUIRE(h.click(make_id("origin session.timeout.ms")));
    h.settle();
    CHECK_FALSE(h.dashboard.hits().find(make_id("origin card")).empty());
    h.key(kKeyEscape);
    h.settle();
    clean(h);
  }
}

TEST_CASE("the strip and the banner do not mention the dead leader while the lesson shows only graphs") {
  Headless h;
  h.show(Moment::Waiting, Scene::First);
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage", "metrics"};
    h.dashboard.state().tab = Tab::Metrics;
    CHECK(says(h, "dead"));
    h.dashboard.state().selection = h.world.partitions[0].name;
    h.lesson.view.panels = {"metrics"};
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      CHECK_MESSAGE(piece.text.find(h.world.partitions[0].name) == std::string::npos, piece.text);
    CHECK_FALSE(says(h, "A leader is dead"));
    CHECK_FALSE(says(h, "is dead"));
  }
}

TEST_CASE("in the workbench neither a question nor its verdict hides the sentence of its step") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Scene scene : {Scene::Ask, Scene::Held})
      for (const auto& size : {std::pair{1600.f, 900.f}, std::pair{1920.f, 1080.f}}) {
        Headless h;
        h.size(size.first, size.second);
        h.dashboard.set_language(lang);
        h.dashboard.set_layout(Layout::Workbench);
        h.show(Moment::Before, scene);
        const std::string said =
            "Sentence. Two members read one partition each; the only member of the other group reads both.";
        h.lesson.paragraphs = {{said, said}};
        CAPTURE(size.second);
        CHECK(says(h, "Sentence. "));
        for (const Choice& choice : h.lesson.question.choices)
          if (scene == Scene::Ask) CHECK(shows(h, pick(lang, choice.text).substr(0, 8)));
        clean(h);
      }
}
