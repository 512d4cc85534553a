#include <fmt/format.h>
#include <cstdlib>
#include <iostream>

#include "app/audience.h"
#include "app/cli/files.h"
#include "app/loopback.h"
#include "app/settings.h"
#include "app/window.h"
#include "ui/dashboard.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

/// The window for the audience: shows the first window's content in the presenter layout, without actions of its own.
class AudienceWindow {
 public:
  explicit AudienceWindow(bool dark) {
    dashboard_.set_presenter_dark(dark);
    dashboard_.state().reduced_motion = reduced_motion();
  }

  int run() {
    dashboard_.set_layout(ui::Layout::Presenter);
    dashboard_.state().coach_seen = true;
    dashboard_.state().key_hints = false;
    stop_on_interrupt();
    WindowCallbacks callbacks;
    callbacks.prepare = [this](float scale) { return dashboard_.prepare(scale); };
    callbacks.frame = [this](const WindowFrame& f) { return frame(f); };
    callbacks.key = [](const WindowKey& k) {
      if (k.key == ui::kKeyF11) toggle_fullscreen();
    };
    callbacks.incomplete = [this] { return dashboard_.wants_another_frame(); };
    WindowOptions options;
    options.title = "Kafkascope: audience";
    const WindowResult result = run_window(options, callbacks);
    if (result.ok) return cli::kOk;
    std::cerr << result.error << "\n";
    return cli::kCannot;
  }

 private:
  bool frame(const WindowFrame& f) {
    wait_ -= f.seconds;
    if (!client_.connected() && wait_ <= 0) {
      wait_ = 1;
      client_.connect(loopback_port());
    }
    for (const std::string& line : client_.lines()) follower_.take(line);
    follower_.tick();
    dashboard_.set_language(follower_.korean() ? ui::Lang::Ko : ui::Lang::En);
    dashboard_.state().subtitles = follower_.subtitles();
    if (Player* player = follower_.player(); player != nullptr) {
      dashboard_.frame(player->snapshot(), player->lesson(), player->time(), player->log(), f.width, f.height);
      if (const char* report = std::getenv("KAFKASCOPE_REPORT"))
        cli::write_file(report, fmt::format("time_us {}\nstep {}\n", player->now().us, player->lesson().step + 1));
    } else {
      dashboard_.frame({}, waiting(), {}, {}, f.width, f.height);
    }
    for (const ui::Action& a : dashboard_.take_actions()) follower_.act(a);
    return !interrupted();
  }

  static const ui::LessonModel& waiting() {
    static const ui::LessonModel model = [] {
      ui::LessonModel m;
      m.present = true;
      m.title = {"Kafkascope", "Kafkascope"};
      m.paragraphs = {ui::both("app.waiting_for_first_window"_w)};
      return m;
    }();
    return model;
  }

  AudienceFollower follower_;
  LineClient client_;
  ui::Dashboard dashboard_;
  double wait_ = 0;
};

}  // namespace

int show_audience(bool dark) { return AudienceWindow(dark).run(); }

}  // namespace kafkascope::app
