// The words of messages on the presenter's stage.
#pragma once
#include <vector>

#include "ui/panels/presenter.h"

namespace kafkascope::ui {

/// A message on its line.
struct PresenterDot {
  const observe::Message* message;
  Point at;
};

/// What a message carries and, if it is shown slowly, its true time; where that does not fit, only its error and its time.
/// `dots`: all messages' marks, which no words cover. `cards`: by node, empty: not drawn.
void draw_message_words(Ui& ui, const PresenterDot& dot, const std::vector<PresenterDot>& dots, const Rect& stage,
                        const std::vector<Rect>& cards, const PresenterSizes& s);

}  // namespace kafkascope::ui
