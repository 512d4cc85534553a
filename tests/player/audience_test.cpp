// The second window runs the same session at the same moment as the first one.
#include "app/audience.h"

#include "app/loopback.h"
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

void follow(AudienceTeller& teller, Player& first, AudienceFollower& second, bool anew = false) {
  for (const auto& line : teller.tell(first, true, true, anew)) second.take(line.text);
  for (int i = 0; i < 10000; ++i) {
    second.tick();
    if (second.player() != nullptr && !second.player()->busy() && second.player()->now() == first.now()) break;
  }
}

}  // namespace

TEST_CASE(
    "an audience window shows the same events at the same moment as the presenter's, also after seeks, detours and other seeds") {
  const std::string text = text_of(kFailover);
  Player first(parse(text), "x", text);
  AudienceTeller teller;
  AudienceFollower second;
  first.seek(sim::Instant{3000000});
  follow(teller, first, second, true);
  REQUIRE(second.player() != nullptr);
  CHECK(second.korean());
  CHECK(second.subtitles());
  const auto same = [&] {
    CHECK(second.player()->now() == first.now());
    CHECK(second.player()->session().trace_hash() == first.session().trace_hash());
  };
  same();
  first.seek(sim::Instant{1500000});
  follow(teller, first, second);
  same();
  first.seek(sim::Instant{3000000});
  first.act(fault("crash", "broker-3"));
  first.seek(sim::Instant{9000000});
  follow(teller, first, second);
  same();
  first.act(action(ActionKind::ReturnFromDetour));
  follow(teller, first, second);
  same();
  first.act(action(ActionKind::NextSeed));
  first.seek(sim::Instant{5000000});
  follow(teller, first, second);
  same();
  CHECK(teller.tell(first, true, true, false).empty());  // nothing has changed, so nothing is sent
}

TEST_CASE("votes are shown in both windows") {
  const std::string text = text_of(kFailover);
  Player first(parse(text), "x", text);
  Action present = action(ActionKind::SetLayout);
  present.text = "presenter";
  first.act(present);
  first.act(action(ActionKind::SetSpeed, 4000000));
  for (int i = 0; i < 2000 && first.lesson().question.phase != ui::QuestionPhase::Open; ++i) {
    if (!first.playing()) first.act(action(ActionKind::NextStep));
    first.tick(16000);
  }
  REQUIRE(first.lesson().question.phase == ui::QuestionPhase::Open);
  first.act(action(ActionKind::Vote, 1));
  AudienceTeller teller;
  AudienceFollower second;
  follow(teller, first, second, true);
  CHECK(second.player()->lesson().question.phase == ui::QuestionPhase::Open);
  CHECK(second.player()->lesson().question.votes[1] == 1);
  first.act(action(ActionKind::Vote, 1));
  follow(teller, first, second);
  CHECK(second.player()->lesson().question.votes[1] == 2);
  first.act(action(ActionKind::Reveal));
  follow(teller, first, second);
  CHECK(second.player()->lesson().question.phase == ui::QuestionPhase::Predicted);
  CHECK(second.player()->lesson().question.chosen == 1);
}

TEST_CASE("an audience window ignores lines that are not from the program") {
  AudienceFollower second;
  for (const char* line :
       {"", "null", "{", "[]", "{\"session\": 3}", "{\"session\": \"{}\"}", "{\"now_us\": 5}", "{\"now_us\": \"x\"}"})
    second.take(line);
  CHECK(second.player() == nullptr);
  second.tick();
}

TEST_CASE("lines arrive complete and in order over the loopback, and a closed connection is dropped") {
  LineServer server;
  REQUIRE(server.listen(0));
  LineServer other;
  CHECK_FALSE(other.listen(server.port()));
  LineClient client;
  REQUIRE(client.connect(server.port()));
  for (int i = 0; i < 1000 && server.readers() == 0; ++i) server.poll();
  REQUIRE(server.readers() == 1);
  const std::string large(3000000, 'x');
  server.send("one", true);
  server.send(large, true);
  server.send("left out while it is behind", false);
  std::vector<std::string> lines;
  for (int i = 0; i < 100000 && lines.size() < 2; ++i) {
    server.poll();
    for (std::string& line : client.lines()) lines.push_back(std::move(line));
  }
  REQUIRE(lines.size() >= 2);
  CHECK(lines[0] == "one");
  CHECK(lines[1] == large);
  {
    LineClient gone;
    REQUIRE(gone.connect(server.port()));
    for (int i = 0; i < 1000 && server.readers() < 2; ++i) server.poll();
    CHECK(server.readers() == 2);
  }
  for (int i = 0; i < 1000 && server.readers() > 1; ++i) server.poll();
  CHECK(server.readers() == 1);
}
