// A player and a dashboard together, drawn offscreen.
#pragma once
#include <string>
#include <vector>

#include "app/offscreen.h"
#include "app/player.h"
#include "ui/dashboard.h"

namespace kafkascope::app {

struct DrawOptions {
  int width = 1920, height = 1080;
  bool light = true;
  bool korean = false;
  ui::Layout layout = ui::Layout::Lesson;
  std::string select;
  std::string tool;        // if not empty: the terminal is shown with this command
  bool subtitles = false;  // the lesson's words also in the other language
};

void configure(ui::Dashboard& dashboard, const DrawOptions& options);
/// 3840×2160 uses the layout of 1920×1080 at scale 2; pictures smaller than 1280×720 are drawn smaller.
float scale_for(const DrawOptions& options);
/// Draws the player's present moment as a PNG. `pixels`, if given, receives RGBA rows from the top; without a path no file is written.
Picture draw_png(Player& player, const DrawOptions& options, const std::string& path, std::string* pixels = nullptr);

}  // namespace kafkascope::app
