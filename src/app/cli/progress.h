// How far a long run is.
#pragma once
#include <unistd.h>

#include <iostream>
#include <string>

#include "scenario/session.h"

namespace kafkascope::cli {

/// A bar on standard error while a run takes longer than a blink, on a terminal only.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)), on_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) std::cerr << "\r\033[K";
  }
  void show(double part) {
    if (!on_) return;
    shown_ = true;
    const int filled = static_cast<int>(part * 30);
    std::cerr << "\r" << what_ << " [" << std::string(static_cast<std::size_t>(filled), '#')
              << std::string(static_cast<std::size_t>(30 - filled), '.') << "] " << static_cast<int>(part * 100) << "%"
              << std::flush;
  }

 private:
  std::string what_;
  bool on_, shown_ = false;
};

/// Runs on to `to`, which may lie behind the end of the file's run.
inline void run_with_progress(scenario::Session& session, sim::Instant to, const std::string& what) {
  Progress progress(what);
  std::uint64_t n = 0;
  while (session.step(to))
    if (++n % 200000 == 0) progress.show(static_cast<double>(session.now().us) / static_cast<double>(to.us));
}

}  // namespace kafkascope::cli
