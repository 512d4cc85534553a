// The space-time diagram's data: every arrow is a message of the recorded run, with its true times.
#include <algorithm>
#include <set>
#include <tuple>

#include "player/helpers.h"
#include "player/window.h"
#include "protocol/api_key.h"
#include "protocol/facts_of_clients.h"
#include "ui/looks.h"
#include "ui/panels/space_time_view.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Flight;
using ui::FlightEnd;
using ui::SpaceTime;

namespace {

Action look_at(std::int64_t end_us = -1) {
  Action a = action(ActionKind::LookAtSpaceTime);
  a.time_us = end_us;
  return a;
}

const SpaceTime& space(Player& player, std::int64_t end_us = -1) {
  player.act(look_at(end_us));
  const auto& shown = player.time().space;
  REQUIRE(shown != nullptr);
  return *shown;
}

constexpr const char* kStory = R"({
  "format": 1, "id": "crossing", "title": {"en": "crossing"}, "seed": 7,
  "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 2},
  "topics": [{"name": "orders", "partitions": 1, "replication_factor": 2}],
  "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"}],
  "steps": [
    {"at": "2s", "do": "lose", "from": "shop", "to": "leader:orders-0", "api": "Produce", "what": "request"},
    {"at": "3s", "do": "hold", "from": "leader:orders-0", "to": "shop", "api": "Produce", "what": "response"},
    {"at": "4s", "do": "release", "from": "leader:orders-0", "to": "shop", "api": "Produce", "what": "response"}
  ],
  "until": "6s"})";

using Key = std::tuple<std::int32_t, std::int32_t, std::uint16_t, std::int64_t>;  // from, to, code, sent

std::multiset<Key> pending(const scenario::Session& session) {
  std::multiset<Key> all;
  session.cluster().for_each_pending(
      [&](const sim::PendingPacket& p, const protocol::Message&) {
        all.insert({p.from.index, p.to.index, p.code, p.sent_at.us});
      },
      [](const sim::PendingTimer&) {});
  return all;
}

}  // namespace

TEST_CASE("every message that has ended has its true times, under KRaft and under ZooKeeper") {
  for (const char* name : {"replication/leader-failover", "controller/zookeeper-failover"}) {
    CAPTURE(name);
    scenario::Session session(parse(text_of(name)), true);
    const observe::Crossings& crossings = session.observation().crossings();
    std::size_t looked_at = 0;
    std::multiset<Key> before = pending(session);
    for (int i = 0; i < 40'000 && session.step(session.until()); ++i) {
      if (crossings.size() == looked_at) {
        before = pending(session);
        continue;
      }
      const std::multiset<Key> after = pending(session);
      for (; looked_at < crossings.size(); ++looked_at) {
        const observe::Crossing& c = crossings[looked_at];
        const Key key{c.from.index, c.to.index, c.code, c.sent_us};
        // Sent before this event, or sent in it and lost immediately.
        const bool known = before.count(key) > 0 || (c.lost && c.sent_us == c.ended_us);
        if (!known) CHECK_MESSAGE(false, protocol::name(static_cast<protocol::ApiKey>(c.code / 2)), " ", c.sent_us);
        if (const auto it = before.find(key); it != before.end()) before.erase(it);
        const sim::TraceLine* line = session.observation().trace().find(c.line);
        REQUIRE(line != nullptr);
        CHECK(line->time.us == c.ended_us);
        CHECK((line->kind == sim::trace_kind::kMessageLost) == c.lost);
      }
      before = after;
    }
    CHECK(looked_at > 1000);
  }
}

TEST_CASE("the arrows of the diagram are the messages of the trace: arrived, lost, held and under way") {
  Player player(parse(kStory), "x", kStory);
  const auto of = [](const SpaceTime& m, std::string_view api, bool response) {
    std::vector<const Flight*> found;
    for (const Flight& f : m.flights)
      if (f.message.api == api && f.message.response == response) found.push_back(&f);
    return found;
  };
  player.seek(sim::Instant{2'200'000});
  {
    const SpaceTime& m = space(player);
    CHECK(m.end_us == player.now().us);
    const auto produce = of(m, "Produce", false);
    const auto lost =
        std::find_if(produce.begin(), produce.end(), [](const Flight* f) { return f->end == FlightEnd::Lost; });
    REQUIRE(lost != produce.end());
    CHECK((*lost)->message.records > 0);
    CHECK((*lost)->message.partition >= 0);
    CHECK((*lost)->message.sent_us < (*lost)->message.arrives_us);
    CHECK_FALSE((*lost)->routine);
    for (const Flight& f : m.flights) {
      CHECK(f.message.sent_us <= m.end_us);
      if (f.end != FlightEnd::UnderWay) CHECK(f.line > f.sent_line);
    }
    CHECK(std::is_sorted(m.flights.begin(), m.flights.end(), [](const Flight& a, const Flight& b) {
      const auto rank = [](const Flight& f) { return f.line == 0 ? ~std::uint64_t{0} : f.line; };
      return rank(a) < rank(b);
    }));
  }
  player.seek(sim::Instant{3'600'000});
  {
    const auto answers = of(space(player), "Produce", true);
    CHECK(std::any_of(answers.begin(), answers.end(),
                      [](const Flight* f) { return f->end == FlightEnd::UnderWay && f->message.held; }));
  }
  player.seek(sim::Instant{4'500'000});
  {
    const auto answers = of(space(player), "Produce", true);
    CHECK(std::any_of(answers.begin(), answers.end(), [](const Flight* f) {
      return f->end == FlightEnd::Arrived && f->delayed && f->message.arrives_us - f->message.sent_us > 400'000;
    }));
  }
}

TEST_CASE("a crash interrupts a node's lifeline, and the node's acts are marked on it") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  const SpaceTime& m = space(player);
  const auto broken =
      std::count_if(m.lives.begin(), m.lives.end(), [](const ui::Lifeline& l) { return !l.breaks.empty(); });
  CHECK(broken >= 1);
  // The moment of the election.
  const auto& changes = player.session().observation().leader_changes();
  REQUIRE_FALSE(changes.empty());
  player.seek(changes.front().at + sim::milliseconds(50));
  const SpaceTime& then = space(player);
  const auto has = [&](ui::LifeMarkKind kind) {
    return std::any_of(then.marks.begin(), then.marks.end(),
                       [&](const ui::LifeMark& mark) { return mark.kind == kind; });
  };
  CHECK(has(ui::LifeMarkKind::TimeOut));
  CHECK(has(ui::LifeMarkKind::Elects));
  CHECK(has(ui::LifeMarkKind::Leads));
  for (const ui::LifeMark& mark : then.marks) CHECK(mark.at_us <= then.end_us);
}

TEST_CASE("the diagram of an earlier moment has the messages that were under way then, and no later ones") {
  Player player(parse(kStory), "x", kStory);
  player.seek(sim::Instant{4'500'000});
  const SpaceTime m = space(player, 3'600'000);
  CHECK(m.end_us == 3'600'000);
  const auto later = std::count_if(m.flights.begin(), m.flights.end(), [](const Flight& f) {
    return f.end == FlightEnd::Arrived && f.message.arrives_us > 3'600'000 && f.message.api == "Produce";
  });
  CHECK(later >= 1);  // the response that was held
  for (const Flight& f : m.flights) CHECK(f.message.sent_us <= m.end_us);
}

TEST_CASE("the diagram leaves out messages that the lesson hides, and bounds the length of a run") {
  std::string text = kStory;
  text.replace(
      text.find("\"steps\": ["), 10,
      R"("steps": [{"at": "0s", "say": {"en": "x", "ko": "x"}, "view": {"hide": ["heartbeat", "replicate"]}},)");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'500'000});
  const SpaceTime& m = space(player);
  CHECK(m.flights.size() > 50);
  for (const Flight& f : m.flights) {
    CHECK(f.message.family != observe::Family::Replicate);
    CHECK(f.message.api.find("Heartbeat") == std::string::npos);
  }
  const std::string long_one = text_of(kFailover);
  Player other(parse(long_one), "x", long_one);
  other.seek(other.session().until());
  const SpaceTime& bounded = space(other);
  CHECK(bounded.flights.size() < 2000);
  CHECK(bounded.older);
  CHECK(bounded.from_us > 0);
}

TEST_CASE("the diagram is built only while it is shown, and once for each moment") {
  Player player(parse(kStory), "x", kStory);
  player.seek(sim::Instant{2'200'000});
  player.play(false);
  CHECK(player.time().space == nullptr);
  player.act(look_at());
  const auto first = player.time().space;
  REQUIRE(first != nullptr);
  CHECK(player.time().space == first);
  player.tick(0);
  CHECK(player.time().space != nullptr);
  player.tick(0);  // not requested in this frame
  CHECK(player.time().space == nullptr);
}

TEST_CASE("the messages of a chain of causes are highlighted in the diagram") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  const observe::TraceStore& trace = player.session().observation().trace();
  std::uint64_t acked = 0;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (is<fact::BatchAcked>(trace[i])) acked = trace[i].seq;
  REQUIRE(acked != 0);
  player.act(action(ActionKind::SelectEvent, static_cast<std::int64_t>(acked)));
  ui::Headless h;
  h.dashboard.set_layout(ui::Layout::Workbench);
  h.size(1920, 1080);
  h.dashboard.state().lower_tab = ui::Tab::SpaceTime;
  for (int i = 0; i < 4; ++i) {
    take_models(h, player);
    h.settle();
    for (const Action& a : h.dashboard.take_actions())
      if (a.kind == ActionKind::LookAtSpaceTime) player.act(a);
  }
  REQUIRE(h.log.chain.size() > 2);
  CHECK_FALSE(ui::marks(h, "lit arrow").empty());
  ui::clean(h);
}

TEST_CASE("after a folded stretch the ruler says the time of what comes next") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      PlayerWindow picture("delivery/hanging-transaction", 14'500'000, layout, 1280, 720);
      picture.h.dashboard.set_language(lang);
      if (layout == Layout::Workbench) picture.h.dashboard.state().lower_tab = ui::Tab::SpaceTime;
      picture.frames(4);
      REQUIRE(picture.h.time.space != nullptr);
      int said = 0;
      for (const std::int64_t us : ui::space_points(*picture.h.time.space, {}, picture.h.world))
        said += std::any_of(picture.h.dashboard.diagnostics().pieces.begin(),
                            picture.h.dashboard.diagnostics().pieces.end(),
                            [&](const auto& piece) { return piece.text == ui::short_time(us); })
                    ? 1
                    : 0;
      CHECK(said >= 3);
      CHECK(ui::overlapping_texts(picture.h.dashboard.diagnostics()).empty());
    }
}
