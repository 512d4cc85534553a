// The terminal's output at the run's moment: what one of Kafka's command-line tools prints, and which parts of that are
// new.
#pragma once
#include <string>
#include <utility>

#include "cluster/cluster.h"
#include "ui/models.h"

namespace kafkascope::app {

/// Fills the model anew if the command, the typed text, or the world have changed.
class Terminal {
 public:
  void show(const cluster::Cluster& cluster, const std::string& command, const std::string& typed);
  const ui::TerminalModel& model() const { return model_; }

 private:
  ui::TerminalModel model_;
  std::pair<std::uint64_t, std::uint64_t> as_of_{~0ULL, 0};  // the number of events executed, their hash
  std::string text_;                                         // as printed
};

}  // namespace kafkascope::app
