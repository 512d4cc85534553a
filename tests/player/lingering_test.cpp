// At a speed that somebody has chosen, messages are drawn for as long as the eye needs, and what was refused or lost stays as
// long as a word takes to read.
#include <map>
#include <tuple>

#include "player/helpers.h"
#include "player/window.h"

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

/// For how many frames in a row each message of that API is drawn, and its least and greatest place on its way.
struct Drawn {
  int frames = 0;
  float first = 1, last = 0;
};

}  // namespace

TEST_CASE("at a chosen speed a message of interest is on its way for at least 0.4 s of the viewer's time") {
  for (const std::int64_t ppm : {std::int64_t{100'000}, std::int64_t{1'000'000}, std::int64_t{10'000'000}}) {
    CAPTURE(ppm);
    const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"}, "seed": 1, "kafka": "4.1",
      "cluster": {"brokers": 3, "controllers": 1}, "topics": [{"name": "orders", "partitions": 3, "replication_factor": 3}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
        {"id": "reader", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g"}}], "until": "90s"})";
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{8'000'000});
    run_at(player, ppm);
    std::map<std::tuple<int, int, std::int64_t>, Drawn> drawn;
    constexpr int kFrames = 300;
    for (int i = 0; i < kFrames; ++i) {
      player.tick(kFrameUs);
      for (const observe::Message& m : player.snapshot().messages) {
        if (m.api != "Produce" || m.response) continue;
        Drawn& of = drawn[{m.from, m.to, m.sent_us}];
        if (m.lingers) ++of.frames;
        of.first = std::min(of.first, m.fraction), of.last = std::max(of.last, m.fraction);
        CHECK(m.fraction <= 1);
      }
    }
    std::erase_if(drawn, [](const auto& one) { return one.second.frames == 0; });
    REQUIRE(drawn.size() >= 3);
    int whole = 0;
    for (const auto& [key, of] : drawn)
      if (of.frames * kFrameUs >= 380'000 && of.first < .1f && of.last > .9f) ++whole;
    CHECK(whole >= static_cast<int>(drawn.size()) - 2);  // the first and the last one may be cut off
    Action pause = action(ActionKind::Pause);
    player.act(pause);
    player.tick(0);
    for (const observe::Message& m : player.snapshot().messages) CHECK_FALSE(m.lingers);
  }
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

TEST_CASE("at ten times real time a refused request stays as long as a word takes to read") {
  const std::string text = text_of("replication/min-insync");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{20'000'000});
  run_at(player, 10'000'000);
  std::map<std::pair<int, std::int64_t>, int> frames;
  for (int i = 0; i < 120; ++i) {
    player.tick(kFrameUs);
    for (const observe::Refused& r : player.snapshot().refused) ++frames[{r.to, r.at_us}];
  }
  REQUIRE_FALSE(frames.empty());
  int most = 0;
  for (const auto& [key, n] : frames) most = std::max(most, n);
  CHECK(most * kFrameUs >= 1'000'000);
}
