#include "app/session_window.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>

#include "app/cli/files.h"
#include "app/window.h"
#include "ui/dashboard.h"

namespace kafkascope::app {

namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t interrupted = 0;
void on_signal(int) { interrupted = 1; }

/// A name that is free: session-1.json, session-2.json … beside where the program was started.
std::string free_name(const std::string& stem, const std::string& extension) {
  for (int n = 1;; ++n) {
    const std::string name = fmt::format("{}-{}{}", stem, n, extension);
    std::error_code error;
    if (!fs::exists(name, error)) return name;
  }
}

/// Exists once the hints of the first launch have been dismissed.
fs::path seen_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base = config != nullptr && *config != '\0' ? fs::path(config) : fs::path(home == nullptr ? "." : home) / ".config";
  return base / "kafkascope" / "hints-seen";
}

class SessionWindow {
 public:
  SessionWindow(std::unique_ptr<Player> player, const cli::Options& o) : o_(o), player_(std::move(player)) {
    dashboard_.set_language(o.korean() ? ui::Lang::Ko : ui::Lang::En);
    dashboard_.set_theme(o.theme == "dark" ? ui::Theme::Dark : ui::Theme::Light);
    if (o.present) {
      dashboard_.set_layout(ui::Layout::Presenter);
      dashboard_.set_theme(ui::Theme::PresenterLight);
    }
    if (!o.select.empty()) dashboard_.state().selection = o.select;
  }

  int run() {
    if (!fs::exists(seen_file())) player_->show_coach_marks();
    std::signal(SIGINT, on_signal);
    WindowCallbacks callbacks;
    callbacks.prepare = [this](float scale) { return dashboard_.prepare_fonts(scale); };
    callbacks.frame = [this](const WindowFrame& f) { return frame(f); };
    callbacks.key = [this](const WindowKey& k) { dashboard_.key({k.key, k.ctrl, k.shift, k.alt, k.repeat}); };
    callbacks.incomplete = [this] { return dashboard_.wants_another_frame(); };
    callbacks.idle = [this] { return !player_->playing() && !dashboard_.wants_another_frame(); };
    const WindowResult result = run_window({}, callbacks);
    if (!result.ok) {
      std::cerr << result.error << " (kafkascope tell shows the lesson as text, kafkascope render draws pictures)\n";
      return cli::kCannot;
    }
    autosave();
    return cli::kOk;
  }

 private:
  bool frame(const WindowFrame& f) {
    player_->tick(static_cast<std::int64_t>(std::min(f.seconds, 0.1) * 1e6));
    dashboard_.frame(player_->snapshot(), player_->lesson(), player_->time(), player_->log(), f.width, f.height);
    for (const ui::Action& a : dashboard_.take_actions()) act(a);
    if (const auto lesson = player_->wants_lesson()) open(*lesson);
    if (report_ != nullptr) report();
    return interrupted == 0;
  }

  /// What the window shows, in one line, for tests that drive it from outside.
  void report() {
    std::string line = fmt::format("time_us {}\n", player_->now().us);
    for (const observe::Partition& p : player_->snapshot().partitions) line += fmt::format("leader {} {}\n", p.name, p.leader);
    for (const observe::Node& n : player_->snapshot().nodes) line += fmt::format("state {} {}\n", n.name, static_cast<int>(n.state));
    if (line != reported_) cli::write_file(report_, line);
    reported_ = line;
  }

  void act(const ui::Action& a) {
    switch (a.kind) {
      case ui::ActionKind::SaveSession: save(free_name("session", ".json")); break;
      case ui::ActionKind::CopyLink: set_clipboard(player_->link()); break;
      case ui::ActionKind::Picture: save_window_picture(free_name("kafkascope", ".png")); break;
      case ui::ActionKind::CoachMarksSeen: {
        std::error_code error;
        fs::create_directories(seen_file().parent_path(), error);
        if (!error) cli::write_file(seen_file().string(), "");
        player_->act(a);
        break;
      }
      case ui::ActionKind::ToggleFullscreen: toggle_fullscreen(); break;
      default: player_->act(a); break;
    }
  }

  void save(const std::string& name) {
    if (cli::write_file(name, player_->saved_session())) std::cout << "saved: " << name << std::endl;
  }

  /// Nothing a person did is lost: what was done by hand is written on exit.
  void autosave() {
    if (!player_->session().hand_commands().empty()) save("kafkascope-autosave.json");
  }

  void open(const std::string& id) {
    for (const auto& path : cli::lesson_files()) {
      if (path.stem() != id) continue;
      const auto text = cli::read_file(path.string());
      const auto scenario = text ? cli::load_one(path.string(), o_, "base") : nullptr;
      if (scenario == nullptr) return;
      player_ = std::make_unique<Player>(scenario, path.string(), *text);
      return;
    }
  }

  cli::Options o_;
  std::unique_ptr<Player> player_;
  ui::Dashboard dashboard_;
  const char* report_ = std::getenv("KAFKASCOPE_REPORT");  // a file to keep up to date with what is shown
  std::string reported_;
};

}  // namespace

int show(std::unique_ptr<Player> player, const cli::Options& o) { return SessionWindow(std::move(player), o).run(); }

}  // namespace kafkascope::app
