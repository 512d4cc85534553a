// The cards under the narration: a question with its keys or votes, its outcome, the learner's turn, the end.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// Each draws at y (or only measures, when `draw` is false) and returns the y below.
/// `brief`: shows only the chosen and the right choice of a verdict. `told_y`: receives the y below the verdict, above
/// its explanation.
float question_card(Ui& ui, float x, float y, float w, bool big, bool draw, bool brief = false,
                    float* told_y = nullptr);
float turn_card(Ui& ui, float x, float y, float w, bool big, bool draw);
float end_card(Ui& ui, float x, float y, float w, bool big, bool draw);
/// The subtitle under words of size `em`: the same text in the other language, smaller; draws nothing if there are no
/// subtitles.
float subtitle(Ui& ui, float x, float y, float w, const Words& words, float em, bool draw);
float changed_card(Ui& ui, float x, float y, float w, bool draw);

}  // namespace kafkascope::ui
