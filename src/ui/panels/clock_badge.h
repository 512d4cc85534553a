// The times that the lesson has set shorter than Kafka's defaults.
#pragma once
#include "ui/panels/telling.h"

namespace kafkascope::ui {

/// A clock with text, wrapped; nothing if the lesson has shortened nothing. `wider`: than the column, at its left and its right.
void draw_clock_badge(Telling& told, float em, float wider = 0);

}  // namespace kafkascope::ui
