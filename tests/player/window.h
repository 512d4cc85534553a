// A player in a window without graphics, operated by mouse and keys.
#pragma once
#include <algorithm>
#include <string>

#include "player/helpers.h"
#include "ui/headless.h"

namespace kafkascope::app {

using ui::Id;
using ui::Layout;

/// The dashboard's actions are carried out before the next frame.
class PlayerWindow {
 public:
  explicit PlayerWindow(const char* lesson, std::int64_t at_us, Layout layout = Layout::Workbench, float w = 1600,
                        float height = 900)
      : PlayerWindow(text_of(lesson), at_us, layout, w, height) {}
  /// With the text of a file instead of a bundled lesson's name.
  PlayerWindow(std::string text, std::int64_t at_us, Layout layout, float w, float height)
      : text_(std::move(text)), player(parse(text_), "x", text_) {
    player.seek(sim::Instant{at_us});
    h.size(w, height);
    h.dashboard.set_layout(layout);
    frames(4);
  }
  void frames(int n = 2) {
    for (int i = 0; i < n; ++i) {
      take();
      player.tick(0);
      take_models(h, player);
      h.settle();
    }
    take();
  }
  bool click(Id id, bool right = false) {
    const bool there = h.click(id, right);
    frames();
    return there;
  }
  void key(int key, bool ctrl = false) {
    h.key(key, ctrl);
    frames();
  }
  const ui::Twin& twin() { return player.lesson().twin; }
  std::size_t marks(const std::string& what) {
    const auto& all = h.dashboard.diagnostics().marks;
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& mark) { return mark.second == what; }));
  }

  ui::Headless h;

 private:
  void take() {
    for (const Action& a : h.actions()) player.act(a);
  }
  std::string text_;

 public:
  Player player;
};

}  // namespace kafkascope::app
