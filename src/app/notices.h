// Messages to show once: a refusal, a missing feature.
#pragma once
#include <utility>
#include <vector>

#include "ui/models.h"

namespace kafkascope::app {

struct Notices {
  std::vector<ui::Notice> list;

  void say(ui::Words words, bool bad, ui::NoticeOf of = ui::NoticeOf::Anything) {
    list.push_back({std::move(words), bad, of});
  }
};

}  // namespace kafkascope::app
