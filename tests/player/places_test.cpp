// Names from outside: the last position in a lesson, the target of a link or --select.
#include <nlohmann/json.hpp>

#include "app/places.h"
#include "app/selection.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("the moment at which a lesson was left is kept, and offered when the lesson is opened again") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  Places places;
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  CHECK(places.empty());  // nothing to continue at the first step
  player.seek(sim::Instant{11000000});
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  const Places again = read_places(places_text(places));
  const ui::ResumeOffer offer = offer_of(again, "/a/b.json");
  CHECK(offer.active);
  CHECK(offer.step == 5);
  CHECK(offer.steps == 10);
  CHECK(offer.at_us == 11000000);
  CHECK_FALSE(offer_of(again, "/a/c.json").active);
  // A detour does not change the position in the lesson, not even at the detour's end.
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{30000000});
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  CHECK(places["/a/b.json"].at_us == 11000000);
  player.act(action(ActionKind::ReturnFromDetour));
  player.seek(player.session().until());
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  CHECK_FALSE(offer_of(read_places(places_text(places)), "/a/b.json").active);
  CHECK(read_places(places_text(places))["/a/b.json"].done);
  // A finished lesson stays finished when it is started again.
  player.seek(sim::Instant{0});
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  CHECK(places["/a/b.json"].done);
  player.seek(sim::Instant{11000000});
  note_place(places, "/a/b.json", player.lesson(), player.now().us);
  CHECK(offer_of(places, "/a/b.json").step == 5);
  CHECK(read_places(places_text(places))["/a/b.json"].done);
}

TEST_CASE("a lesson opened at its beginning and closed there still continues where it was left before") {
  const std::string text = text_of(kFailover);
  Places places;
  const auto offered = [&] { return offer_of(read_places(places_text(places)), "/a/b.json"); };
  Player left(parse(text), "x", text);
  left.seek(sim::Instant{11'000'000});
  note_place(places, "/a/b.json", left.lesson(), left.now().us);
  REQUIRE(offered().step == 5);
  Player again(parse(text), "x", text);
  again.offer_resume(offered());
  note_place(places, "/a/b.json", again.lesson(), again.now().us);
  CHECK(offered().step == 5);
  // Nor is the place lost while the lesson plays towards it and still offers it.
  again.seek(sim::Instant{6'000'000});
  REQUIRE(again.lesson().resume.active);
  REQUIRE(again.lesson().step > 0);
  note_place(places, "/a/b.json", again.lesson(), again.now().us);
  CHECK(offered().step == 5);
  Player third(parse(text), "x", text);
  third.offer_resume(offered());
  third.resume();
  for (int n = 0; n < 1000 && third.busy(); ++n) third.tick(0);
  CHECK(third.now().us == 11'000'000);
  CHECK_FALSE(third.playing());
  CHECK_FALSE(third.lesson().resume.active);
  // Who declines the offer is where he is from then on.
  again.act(action(ActionKind::DismissResume));
  note_place(places, "/a/b.json", again.lesson(), again.now().us);
  CHECK(offered().step == again.lesson().step);
}

TEST_CASE("the list opens a lesson where it was left, as its row says, and a variant at its beginning") {
  PlayerWindow w(kFailover, 1'000'000);
  ui::LessonEntry entry{"acks", "producer", {"acks", "acks"}};
  entry.variants = {{"before", {"before", "before"}}};
  w.h.dashboard.set_lessons({entry});
  for (const bool variant : {false, true}) {
    w.key(ui::kKeyL);
    if (variant) w.key(ui::kKeyDown);
    w.key(ui::kKeyEnter);
    const auto wish = w.player.wants_lesson();
    REQUIRE(wish);
    CHECK(wish->id == "acks");
    CHECK(wish->variant.empty() != variant);
    CHECK(wish->continues != variant);
  }
}

TEST_CASE("the chosen language is kept, and a malformed value leaves the system's language") {
  CHECK(read_language(language_text("ko"), "en") == "ko");
  CHECK(read_language(language_text("en"), "ko") == "en");
  for (const char* text : {"", "de\n", "ko", "kofi\n"}) CHECK(read_language(text, "en") == "en");
}

TEST_CASE("a malformed file of places counts as empty") {
  for (const char* text : {"", "null", "[1]", "{", "{\"/a\": 3}", "{\"/a\": {\"step\": \"x\"}}",
                           "{\"/a\": {\"step\": 9, \"steps\": 3, \"at_us\": 5}}"}) {
    CAPTURE(text);
    CHECK(read_places(text).empty());
  }
}

TEST_CASE("a selection names a node, a partition, a group or a client") {
  CHECK(parse_selection("broker-1").thing == "broker-1");
  CHECK(parse_selection("/nodes/broker-1/state").thing == "broker-1");
  CHECK(parse_selection("/partitions/orders-0/isr").thing == "orders-0");
  CHECK(parse_selection("/partitions/orders-0/isr").panel == "partitions");
  CHECK(parse_selection("/groups/billing/state").panel == "groups");
  CHECK(parse_selection("/clients/shop/acked").thing == "shop");
  CHECK(parse_selection("/transactions").panel == "transactions");
  CHECK(parse_selection("/transactions/bank").thing.empty());
  CHECK(parse_selection("/nonsense").thing == "nonsense");
  for (const char* text : {"/ledger/lost_acked", "lost_acked"}) {
    CAPTURE(text);
    CHECK(parse_selection(text).panel == "ledger");
    CHECK(parse_selection(text).fate == "lost_acked");
    CHECK(parse_selection(text).thing.empty());
  }
  CHECK(parse_selection("/ledger/by_client/acks-1/lost_acked").thing == "acks-1");
  CHECK(parse_selection("/ledger/by_client/acks-1/lost_acked").fate == "lost_acked");
  CHECK(parse_selection("/records/orders-0/17/fate").offset == 17);
  CHECK(parse_selection("/cluster/quorum/leader").panel == "controller");
  CHECK(parse_selection("/").thing.empty());
}

TEST_CASE("a selection of something unknown is reported, and a topic is shown by its first partition") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  for (const char* name : {"broker-1", "acks-1", "orders-0", "orders", ""})
    CHECK_FALSE(nothing_called(parse_selection(name), player));
  const auto told = nothing_called(parse_selection("broker-9"), player);
  REQUIRE(told);
  CHECK(told->en == "There is nothing called broker-9 at this moment");
  CHECK(told->ko == "지금은 broker-9라는 이름이 없어요");
  ui::Dashboard dashboard;
  select(parse_selection("orders"), player, dashboard);
  CHECK(dashboard.state().selection == "orders-0");
}

TEST_CASE("a ledger path opens the ledger and lists its records") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  ui::Dashboard dashboard;
  select(parse_selection("/ledger/lost_acked"), player, dashboard);
  CHECK(dashboard.state().tab == ui::Tab::Ledger);
  CHECK(dashboard.state().tab_chosen);
  CHECK(player.log().fate == "lost_acked");
  CHECK_FALSE(player.log().fate_records.empty());
}

TEST_CASE("a failed ledger expectation is explained with the events that count records") {
  nlohmann::ordered_json document = nlohmann::ordered_json::parse(text_of("producer/acks"));
  document["expect"] = {{{"path", "/ledger/lost_acked"}, {"equals", 0}}};
  scenario::Session session(parse(document.dump()), true);
  session.run_to_end();
  REQUIRE_FALSE(session.expectation_results()[0].ok);
  const auto& touched = session.expectation_results()[0].touched;
  REQUIRE_FALSE(touched.empty());
  for (const scenario::Touched& event : touched) {
    const std::string& line = event.words.en;
    CAPTURE(line);
    CHECK(line.find("eartbeat") == std::string::npos);
    CHECK(line.find("metadata") == std::string::npos);
  }
}

TEST_CASE("the places of dragged nodes are remembered for each file") {
  Arrangements all;
  all["/a/b.json"]["broker-1"] = {.25f, .5f};
  all["/a/c.json"]["가게"] = {1, 0};
  const Arrangements again = read_arrangements(arrangements_text(all));
  REQUIRE(again.size() == 2);
  CHECK(again.at("/a/b.json").at("broker-1").x == doctest::Approx(.25f));
  CHECK(again.at("/a/c.json").at("가게").x == 1);
  CHECK(read_arrangements("nonsense").empty());
  CHECK(read_arrangements(R"({"/a": {"broker-1": [7, "x"], "broker-2": 3, "broker-3": [-4, 9]}})")
            .at("/a")
            .at("broker-3")
            .y == 1);
}
