// What people who used the dashboard stumbled over: a count without records that W did not know, a lesson that its own subject did not find.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/lesson_told.h"
#include "observe/why/why.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/lessons_list.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::make_id;

TEST_CASE("a count of a table outside Kafka can be clicked: W, the button and the command line answer the same") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("delivery/at-least-once", 20'000'000, layout, 1600, 1000);
    if (layout == Layout::Workbench) w.h.dashboard.state().choose(ui::Tab::Ledger);
    w.frames(2);
    w.key(ui::kKeyW);  // the step's ring is around it
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
    w.key(ui::kKeyEscape);
    w.click(make_id("node", 1));  // chosen before
    REQUIRE(w.click(make_id("sink /sinks/plain/repeated")));
    ui::clean(w.h);
    w.key(ui::kKeyW);
    REQUIRE(w.player.log().why.open);
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
    const auto answer = observe::why(w.player.session().moment(), "/sinks/plain/repeated");
    REQUIRE(answer);
    CHECK(w.player.log().why.question.en == answer->question.en);
    w.key(ui::kKeyEscape);
    REQUIRE(w.click(make_id("why /sinks/plain/repeated")));
    CHECK(w.player.log().why.path == "/sinks/plain/repeated");
  }
}

namespace {

ui::LessonEntry entry_of(const char* name) {
  const auto document = nlohmann::json::parse(text_of(name));
  const auto words = [&](const char* key) {
    return ui::Words{document[key].value("en", std::string()), document[key].value("ko", std::string())};
  };
  ui::LessonEntry entry{document.value("id", std::string()), document.value("track", std::string()), words("title"),
                        words("summary"), document.value("concepts", std::vector<std::string>())};
  tell(entry, document);
  return entry;
}

}  // namespace

TEST_CASE("the list of lessons finds a lesson by what it tells, in either language, and shows the line that tells it") {
  for (const auto& [query, korean] : {std::pair{"unclean", false}, std::pair{"언클린", true}}) {
    const std::string typed = query;
    CAPTURE(typed);
    ui::Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(korean ? Lang::Ko : Lang::En);
    h.dashboard.set_lessons({entry_of("replication/leader-failover"), entry_of("replication/all-brokers-down")});
    h.settle();
    h.key(ui::kKeyL);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(query);
    h.settle();
    const std::vector<ui::LessonRow> rows = ui::lesson_rows(h.dashboard.state());
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [](const ui::LessonRow& row) { return row.lesson->id == "all-brokers-down"; });
    REQUIRE(found != rows.end());
    CHECK(found->said.find(korean ? "언클린" : "nclean") != std::string::npos);
    ui::clean(h);
  }
}
