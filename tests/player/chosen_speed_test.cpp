// How long things are drawn at a speed that somebody has chosen, also where only the machine knows how fast that is.
#include <algorithm>
#include <map>
#include <tuple>

#include "app/passed.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/stage/labels.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

constexpr std::int64_t kFrameUs = 16'667;

void run_at(Player& player, std::int64_t ppm) {
  Action speed = action(ActionKind::SetSpeed);
  speed.number = ppm;
  player.act(speed);
  player.act(action(ActionKind::Run));
}

constexpr std::int64_t kAsFastAsPossible = -1;  // 0.5 s of the run in each frame here, so always equally fast
constexpr std::int64_t kSpeeds[] = {100'000, 1'000'000, 10'000'000, 100'000'000, kAsFastAsPossible};

/// For how many frames a message is drawn, and its least and greatest place on its way.
struct Drawn {
  int frames = 0, last_frame = 0;
  float first = 1, last = 0;
};

/// The messages of that API that linger in so many frames, by sender, receiver, whether it is a response, and time.
std::map<std::tuple<int, int, bool, std::int64_t>, Drawn> lingering(Player& player, const std::string& api,
                                                                    int frames) {
  std::map<std::tuple<int, int, bool, std::int64_t>, Drawn> drawn;
  for (int i = 0; i < frames; ++i) {
    player.tick(kFrameUs);
    for (const observe::Message& m : player.snapshot().messages) {
      if (m.api != api || !m.lingers) continue;
      Drawn& of = drawn[{m.from, m.to, m.response, m.sent_us}];
      ++of.frames;
      of.last_frame = i;
      CHECK(m.fraction >= of.last);
      of.first = std::min(of.first, m.fraction), of.last = std::max(of.last, m.fraction);
      CHECK(m.fraction <= 1);
    }
  }
  return drawn;
}

/// How many of them were seen on their whole way; each but those that the last frame cuts off must have been.
int seen_whole(const std::map<std::tuple<int, int, bool, std::int64_t>, Drawn>& drawn, int frames) {
  int whole = 0;
  for (const auto& [key, of] : drawn) {
    if (of.last_frame == frames - 1) continue;
    CHECK(of.frames * kFrameUs >= 380'000);
    CHECK(of.first < .1f);
    CHECK(of.last > .9f);
    ++whole;
  }
  return whole;
}

}  // namespace

TEST_CASE(
    "at every speed that somebody chooses a message of interest is on its way for at least 0.4 s of the viewer's time") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"}, "seed": 1, "kafka": "4.1",
    "cluster": {"brokers": 3, "controllers": 1}, "topics": [{"name": "orders", "partitions": 3, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
      {"id": "reader", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}}], "until": "900s"})";
  for (const std::int64_t ppm : kSpeeds) {
    CAPTURE(ppm);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{8'000'000});
    run_at(player, ppm);
    ticks(player, 24);  // what was sent before time ran has passed
    constexpr int kFrames = 200;
    auto drawn = lingering(player, "Produce", kFrames);
    std::erase_if(drawn, [](const auto& one) { return one.second.first > .1f; });  // the first ones are cut off
    CHECK(seen_whole(drawn, kFrames) >= 3);
    player.act(action(ActionKind::Pause));
    player.tick(0);
    for (const observe::Message& m : player.snapshot().messages) CHECK_FALSE(m.lingers);
  }
}

TEST_CASE(
    "at every speed votes, elections, changes of the ISR and transactions are on their way for as long as the eye needs") {
  struct Case {
    const char* api;
    std::int64_t from_us, until_us;  // in between such messages are sent
    const char* text;
  };
  constexpr const char* kKraft = R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"}, "seed": 1, "kafka": "4.1",
    "cluster": {"brokers": 3, "controllers": 3}, "topics": [{"name": "orders", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s",
      "config": {"transactional.id": "till"}, "transaction": {"records": 10}}], "until": "900s",
    "steps": [{"at": "20s", "do": "crash", "node": "controller"}, {"at": "40s", "do": "crash", "node": "broker-2"},
      {"at": "52s", "do": "restart", "node": "broker-2"}, {"at": "70s", "do": "elect_leaders"}]})";
  constexpr const char* kZooKeeper =
      R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"}, "seed": 1, "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 3}, "until": "900s",
    "topics": [{"name": "orders", "partitions": 2, "replication_factor": 3}],
    "steps": [{"at": "20s", "do": "crash", "node": "broker-2"}]})";
  for (const Case& of :
       {Case{"Vote", 19'900'000, 26'000'000, kKraft}, Case{"AlterPartition", 52'000'000, 62'000'000, kKraft},
        Case{"ElectLeaders", 69'900'000, 72'000'000, kKraft}, Case{"EndTxn", 10'000'000, 12'000'000, kKraft},
        Case{"LeaderAndIsr", 19'900'000, 45'000'000, kZooKeeper}}) {
    const std::string api = of.api;
    CAPTURE(api);
    for (const std::int64_t ppm : kSpeeds) {
      CAPTURE(ppm);
      if (ppm < 1'000'000 && of.until_us - of.from_us > 2'000'000) continue;  // a test of minutes
      const std::string text = of.text;
      Player player(parse(text), "x", text);
      player.seek(sim::Instant{of.from_us});
      run_at(player, ppm);
      const std::int64_t per_frame = ppm > 0 ? ppm * kFrameUs / 1'000'000 : 500'000;
      const int frames = static_cast<int>((of.until_us - of.from_us) / per_frame) + 50;
      auto drawn = lingering(player, api, frames);
      std::erase_if(drawn, [&](const auto& one) { return std::get<3>(one.first) < of.from_us; });
      CHECK(seen_whole(drawn, frames) >= 1);
    }
  }
}

TEST_CASE("how much of the run has passed is measured in the viewer's time, and forgotten when the run moves") {
  Passed passed;
  CHECK(passed.passing().seen_us == 0);
  CHECK(passed.rate_ppm() == 0);
  sim::Instant now{0};
  const auto run = [&](int frames, std::int64_t us) {
    for (int i = 0; i < frames; ++i)
      passed.add(10'000, now, now + sim::microseconds(us)), now = now + sim::microseconds(us);
  };
  run(200, 1'000);
  CHECK(passed.passing().seen_us == 40'000);
  CHECK(passed.passing().read_us == 150'000);
  CHECK(passed.rate_ppm() == 100'000);
  run(20, 3'000);  // faster: what is seen was sent longer ago, in the run's time
  CHECK(passed.passing().seen_us == 80'000);
  CHECK(passed.passing().read_us == 190'000);
  CHECK(passed.passing().stretch_us <= now.us);
  CHECK(passed.passing().before_us <= now.us - passed.passing().seen_us);
  now = sim::Instant{5};
  run(2, 1'000);
  CHECK(passed.passing().seen_us == 40'000);
  CHECK(passed.passing().before_us == 5);
}

TEST_CASE("a message that is drawn for longer tells how long it really took") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PlayerWindow w("replication/leader-follower", 2'000'000, layout, 1920, 1080);
    run_at(w.player, 1'000'000);
    bool told = false;
    for (int i = 0; i < 60 && !told; ++i) {
      w.player.tick(kFrameUs);
      take_models(w.h, w.player);
      w.h.frame();
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        told = told || (piece.text.find(" ms") != std::string::npos && piece.text.find(" · ") != std::string::npos);
    }
    CHECK(told);
  }
}

TEST_CASE("at every speed a refused request stays as long as a word takes to read, and is drawn") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"}, "seed": 1, "kafka": "4.1",
    "cluster": {"brokers": 3}, "until": "900s",
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3, "config": {"min.insync.replicas": 3}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "60/h",
      "config": {"acks": "all", "retries": 0, "enable.idempotence": false}}],
    "steps": [{"at": "20s", "do": "crash", "node": "broker-3"}]})";
  for (const std::int64_t ppm : {std::int64_t{10'000'000}, std::int64_t{100'000'000}, kAsFastAsPossible}) {
    CAPTURE(ppm);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{60'000'000});
    run_at(player, ppm);
    ui::Headless h;
    h.size(1280, 720);
    std::map<std::int64_t, int> frames;
    int drawn = 0;
    for (int i = 0; i < 400; ++i) {
      player.tick(kFrameUs);
      for (const observe::Refused& r : player.snapshot().refused) ++frames[r.at_us];
      take_models(h, player);
      h.frame();
      const auto& pieces = h.dashboard.diagnostics().pieces;
      drawn += std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) {
        return piece.text.find("NOT_ENOUGH_REPLICAS") != std::string::npos;
      });
    }
    int most = 0;
    for (const auto& [at, n] : frames) most = std::max(most, n);
    CHECK(most * kFrameUs >= 1'400'000);
    CHECK(most * kFrameUs <= 1'700'000);
    CHECK(drawn * kFrameUs >= 1'400'000);
  }
}
