// The progress of a long run.
#pragma once
#include <unistd.h>

#include <cstdio>
#include <string>

#include "scenario/plain_text.h"
#include "scenario/session.h"

namespace kafkascope::cli {

/// A bar on standard error while a run takes noticeable time, on a terminal only. It moves the cursor, bypassing PlainOutput.
class Progress {
 public:
  explicit Progress(const std::string& what) : what_(scenario::plain(what)), on_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  void show(double part) {
    if (!on_) return;
    shown_ = true;
    const int filled = static_cast<int>(part * 30);
    const std::string bar =
        std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(30 - filled), '.');
    std::fprintf(stderr, "\r%s [%s] %d%%", what_.c_str(), bar.c_str(), static_cast<int>(part * 100));
  }

 private:
  std::string what_;
  bool on_, shown_ = false;
};

/// Continues the run to `to`, which may be after the end of the file's run.
inline void run_with_progress(scenario::Session& session, sim::Instant to, const std::string& what) {
  Progress progress(what);
  std::uint64_t n = 0;
  while (session.step(to))
    if (++n % 200000 == 0) progress.show(static_cast<double>(session.now().us) / static_cast<double>(to.us));
}

}  // namespace kafkascope::cli
