// The cards under the narration: a question with its keys or votes, its outcome, the learner's turn, the end.
#pragma once
#include "ui/panels/telling.h"

namespace kafkascope::ui {

/// `brief`: shows only the chosen and the right choice of a verdict. `told_y`: receives the y below the verdict, above
/// its explanation.
void question_card(Telling& told, bool big, bool brief = false, float* told_y = nullptr);
void turn_card(Telling& told);
void end_card(Telling& told, bool big);
void changed_card(Telling& told);
/// Before a frame: notes whether a question is open, and takes back the notice that nobody has voted once somebody has,
/// or the vote is over.
void follow_question(Ui& ui);

}  // namespace kafkascope::ui
