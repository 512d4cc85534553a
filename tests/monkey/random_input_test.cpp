// Random mouse and key input over real lessons, every second window in Korean. KAFKASCOPE_MONKEY: the number of frames; KAFKASCOPE_MONKEY_SEED: the seed of the first
// window of 1,000 frames, by default 1. scripts/monkey runs 100,000 frames under sanitizers.
#include <imgui.h>

#include <array>
#include <cstdlib>
#include <tuple>

#include "player/window.h"
#include "ui/keys.h"
#include "ui/world_actions.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

std::uint32_t next(std::uint32_t& seed) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

bool covered(const ui::State& st) { return ui::is_covered(st) || st.typing; }

// Of each window, by its seed: both kinds of controllers, transactions, groups of both kinds, many records.
constexpr const char* kLessons[] = {"replication/leader-failover", "delivery/zombie-fencing",
                                    "controller/session-expiry", "groups/share-group", "operations/hot-partition"};

class Monkey {
 public:
  explicit Monkey(std::uint32_t seed)
      : seed_(seed), text_(text_of(kLessons[(seed - 1) % std::size(kLessons)])), player_(parse(text_), "x", text_) {
    h_.size(w_, height_);
    if (seed % 2 == 0) h_.dashboard.set_language(ui::Lang::Ko);
    player_.play(true);
    show();
  }

  void frame() {
    const int pressed = input();
    const std::vector<Action> actions = h_.actions();
    // Enter chooses an offered item. A key that closes what is open does nothing else.
    const bool chooses = pressed == ui::kKeyEnter || pressed == ui::kKeyKpEnter;
    for (const Action& a : actions) {
      if (pressed != 0 && !chooses && !ImGui::GetIO().MouseDown[0] && covered_) {
        CAPTURE(pressed);
        CAPTURE(static_cast<int>(a.kind));
        CHECK_FALSE(ui::reaches_world(a.kind));
      }
      player_.act(a);
      ++acted_[static_cast<std::size_t>(a.kind)];
    }
    player_.tick(16'000 * (1 + next(seed_) % 8));
    show();
  }

  /// Whether the saved session ends in the same state as the player at the same moment.
  bool replays() {
    h_.actions();
    scenario::Session session(parse(player_.runs().saved_session(true)));
    session.run_to_end();
    player_.seek(session.until());
    return session.final_hash() == player_.session().trace_hash();
  }
  std::size_t acts() const { return acted_[static_cast<std::size_t>(ActionKind::Fault)]; }

 private:
  void show() {
    h_.world = player_.snapshot();
    h_.lesson = player_.lesson();
    h_.time = player_.time();
    h_.log = player_.log();
  }

  int press_key(int key, bool ctrl = false, bool shift = false) {
    covered_ = covered(h_.dashboard.state());
    h_.key(key, ctrl, shift);
    return key;
  }

  /// Makes one random input, and draws the frame after it. Returns the key that was pressed; 0: none.
  int input() {
    const auto x = [&] { return static_cast<float>(next(seed_) % static_cast<std::uint32_t>(w_)); };
    const auto y = [&] { return static_cast<float>(next(seed_) % static_cast<std::uint32_t>(height_)); };
    switch (next(seed_) % 16) {
      case 0:
      case 1:
      case 2:
      case 3: h_.move(x(), y()); return 0;
      case 4:
      case 5: h_.press(); return 0;
      case 6:
      case 7: h_.release(); return 0;
      case 8:
        // Most of a window is empty, so a node is often clicked on purpose, with its menu or without.
        if (h_.click(ui::make_id("node", next(seed_) % 12), next(seed_) % 2 == 0)) return 0;
        h_.press(true);
        return 0;
      case 9: h_.release(true); return 0;
      case 10: h_.wheel(next(seed_) % 2 == 0 ? 1.f : -1.f); return 0;
      case 11: {
        constexpr const char* kTexts[] = {"a", "broker-2", "1", " ", "0", "ㅎ", "한글", "-", "10s", "/"};
        h_.type(kTexts[next(seed_) % std::size(kTexts)]);
        return 0;
      }
      case 12:
        if (next(seed_) % 40 == 0) {
          constexpr std::pair<float, float> kSizes[] = {{1024, 768}, {1280, 720}, {1600, 900}, {1920, 1080}};
          std::tie(w_, height_) = kSizes[next(seed_) % std::size(kSizes)];
          h_.size(w_, height_);
        }
        // Most keys at random meet no selected node, so now and then a node is selected and crashed or restarted.
        if (next(seed_) % 4 == 0 && h_.click(ui::make_id("node", next(seed_) % 12))) {
          // What the click has chosen from an open list is not the key's doing.
          return covered(h_.dashboard.state()) ? 0 : press_key(ui::kKeyC);
        }
        h_.frame();
        return 0;
      default: {
        // All keys of ui/keys.h but the modifiers.
        constexpr int kKeys[] = {
            ui::kKeySpace, ui::kKeyComma,     ui::kKeyMinus,    ui::kKeyPeriod, ui::kKeySlash,  ui::kKey0,
            ui::kKey1,     ui::kKey1 + 1,     ui::kKey1 + 3,    ui::kKey9,      ui::kKeyEqual,  ui::kKeyA,
            ui::kKeyB,     ui::kKeyC,         ui::kKeyE,        ui::kKeyF,      ui::kKeyG,      ui::kKeyI,
            ui::kKeyK,     ui::kKeyL,         ui::kKeyM,        ui::kKeyN,      ui::kKeyO,      ui::kKeyP,
            ui::kKeyR,     ui::kKeyS,         ui::kKeyT,        ui::kKeyU,      ui::kKeyV,      ui::kKeyW,
            ui::kKeyX,     ui::kKeyY,         ui::kKeyZ,        ui::kKeyEscape, ui::kKeyEscape, ui::kKeyEnter,
            ui::kKeyTab,   ui::kKeyBackspace, ui::kKeyDelete,   ui::kKeyRight,  ui::kKeyLeft,   ui::kKeyDown,
            ui::kKeyUp,    ui::kKeyPageUp,    ui::kKeyPageDown, ui::kKeyHome,   ui::kKeyEnd,    ui::kKeyF1,
            ui::kKeyF5,    ui::kKeyF11,       ui::kKeyKpEnter};
        const int key = kKeys[next(seed_) % std::size(kKeys)];
        return press_key(key, next(seed_) % 6 == 0, next(seed_) % 6 == 0);
      }
    }
  }

  std::uint32_t seed_;
  bool covered_ = false;  // whether something was open when the last key was pressed
  std::string text_;
  float w_ = 1280, height_ = 720;
  ui::Headless h_;
  Player player_;
  std::array<std::size_t, 128> acted_{};
};

}  // namespace

TEST_CASE(
    "random input causes no crash, no key reaches the world through an open panel, and the saved session replays to the same hash") {
  const char* asked = std::getenv("KAFKASCOPE_MONKEY");
  const int frames = asked != nullptr ? std::atoi(asked) : 5'000;
  const char* first = std::getenv("KAFKASCOPE_MONKEY_SEED");
  const int seed = first != nullptr ? std::atoi(first) : 1;
  constexpr int kEach = 1'000;  // frames of one window
  std::size_t acts = 0;
  for (int i = 0; i * kEach < frames; ++i) {
    CAPTURE(seed + i);
    Monkey monkey(static_cast<std::uint32_t>(seed + i));
    for (int n = 0; n < kEach; ++n) monkey.frame();
    CHECK(monkey.replays());
    acts += monkey.acts();
  }
  MESSAGE(acts, " inputs became acts on the world");
  CHECK(acts > static_cast<std::size_t>(frames / kEach));
}
