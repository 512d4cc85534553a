// Somebody new: two worlds whose numbers differ, acts that are kept, an empty cluster, a lesson taken up again.
#include <algorithm>

#include "app/places.h"
#include "observe/model/producer_metrics.h"
#include "player/helpers.h"
#include "player/window.h"
#include "protocol/facts_of_clients.h"
#include "scenario/templates.h"
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("a difference between KRaft and ZooKeeper that has not lasted yet is shown as a difference in detail") {
  const std::string text = text_of("replication/min-insync");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  player.act(open_twin("mode"));
  for (int i = 0; i < 2000 && (player.busy() || !player.lesson().twin.searched); ++i) player.tick(0);
  const ui::Twin& twin = player.lesson().twin;
  REQUIRE(twin.ready);
  REQUIRE(twin.searched);
  CHECK((twin.parted || twin.parted_in_detail));
  player.seek(sim::Instant{16'000'000});
  for (int i = 0; i < 2000 && (player.busy() || !player.lesson().twin.searched); ++i) player.tick(0);
  CHECK(player.lesson().twin.parted);
  CHECK_FALSE(player.lesson().twin.parted_in_detail);
}

TEST_CASE("two worlds with different linger.ms show the records per request, the batch size and the batches' wait") {
  const std::string text = text_of("why/batching");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  player.act(open_twin_setting("linger-50", "linger.ms", "2"));
  for (int i = 0; i < 2000 && (player.busy() || !player.lesson().twin.ready); ++i) player.tick(0);
  const ui::Twin& twin = player.lesson().twin;
  REQUIRE(twin.ready);
  CHECK(twin.parted_in_numbers);
  REQUIRE_FALSE(twin.here_metrics.empty());
  // Of a producer that has ended, too: it has sent fewer and larger batches.
  const auto value = [](const std::vector<observe::Metric>& of, const char* which) {
    for (const observe::Metric& m : of)
      if (m.name.en == std::string("linger-50: ") + which) return m.now;
    return -1.0;
  };
  double batches = 0, records = 0;
  const observe::TraceStore& trace = player.session().observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (const auto sent = fact_if<fact::BatchSent>(trace[i]);
        sent && player.session().cluster().info(trace[i].node).name == "linger-50")
      ++batches, records += sent->count;
  REQUIRE(batches > 10);
  CHECK(value(twin.here_metrics, "batches sent") == batches);
  CHECK(value(twin.here_metrics, "records per batch") == records / batches);
  CHECK(value(twin.world->metrics, "batches sent") > 2 * batches);
  CHECK(value(twin.world->metrics, "records per batch") < records / batches / 2);
  CHECK(twin.here_metrics.size() > 2);
  // Producers whose requests are the same are not listed.
  for (const observe::Metric& m : twin.here_metrics) CHECK(m.name.en.find("linger-0:") == std::string::npos);
}

TEST_CASE("Continue with my action says that the act is kept") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", "broker-2"));
  player.take_notices();
  player.act(action(ActionKind::KeepScript));
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].words.en.find("Kept: crash broker-2") != std::string::npos);
  CHECK(notices[0].words.en.find("00:03.00") != std::string::npos);
}

TEST_CASE("a change that is tried twice appears in the lesson's text without the number of its copy") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  player.act(action(ActionKind::TryNext, 0));
  const std::string once = player.lesson().paragraphs.front().en;
  player.act(action(ActionKind::ReturnFromDetour));
  player.act(action(ActionKind::TryNext, 0));
  CHECK(player.lesson().detour.what.en.ends_with("(2)"));
  CHECK(player.lesson().paragraphs.front().en == once);
}

TEST_CASE("in a cluster without a lesson R keeps what was made and says that there is nothing to return to") {
  const std::string text = R"({"format": 1, "id": "empty", "kafka": "4.1", "cluster": {"brokers": 3}, )"
                           R"("topics": [{"name": "pay"}], "until": "60s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", "broker-2"));
  player.seek(sim::Instant{5'000'000});
  player.take_notices();
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.now().us == 5'000'000);
  CHECK(player.session().hand_commands().size() == 1);
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].words.en.find("no lesson to return to") != std::string::npos);
}

TEST_CASE("Return from a cluster built by hand says that it is kept and how to go on with it") {
  const std::string text = scenario::text_of(*scenario::find_template("empty"));
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::FreePlay));
  CHECK(player.lesson().detour.back.en == "the cluster as it began");
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", "broker-2"));
  const int built = player.runs().shown.id;
  player.take_notices();
  player.act(action(ActionKind::ReturnFromDetour));
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].words.en.find("Kept: free play with this cluster") != std::string::npos);
  player.act(action(ActionKind::OpenBranch, built));
  CHECK(player.session().hand_commands().size() == 1);
}

TEST_CASE("the order of the list of lessons and the last lesson are kept") {
  const LessonList again = read_lesson_list(lesson_list_text({true, "hub"}));
  CHECK(again.by_meeting);
  CHECK(again.last == "hub");
  for (const char* broken : {"", "[]", "{\"by_meeting\": 3, \"last\": 4}", "{"}) {
    CHECK_FALSE(read_lesson_list(broken).by_meeting);
    CHECK(read_lesson_list(broken).last.empty());
  }
}

TEST_CASE("before its first act a detour says when it begins, not that the lesson's words are about another world") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
      PlayerWindow w(kFailover, 16'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.player.act(fault("crash", "broker-2"));
      w.player.play(false);
      w.frames();
      REQUIRE(w.player.lesson().detour.active);
      const auto comes = [&] {
        return ui::shows(w.h, ui::clock_text(16'000'000) + (lang == ui::Lang::Ko ? "에 시작해요" : ": you crashed"));
      };
      const std::string whole = ui::tr(lang, "ui.about_lesson"_w), first = whole.substr(0, whole.find(' ', 12));
      const auto about = [&] { return ui::shows(w.h, first); };
      CHECK_FALSE(comes());
      CHECK(about());
      w.player.seek(sim::Instant{14'000'000});
      w.frames();
      CHECK(comes());
      CHECK_FALSE(about());
      ui::clean(w.h);
      // An act before the first one is the new beginning.
      w.player.act(fault("crash", "broker-3"));
      w.player.play(false);
      w.frames();
      CHECK_FALSE(comes());
      CHECK(about());
    }
}
