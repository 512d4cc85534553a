// The times that the lesson has set shorter than Kafka's defaults.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// A clock with text, wrapped; returns the height used (0 if the lesson has shortened nothing). Only measures when `draw` is false.
float draw_clock_badge(Ui& ui, float x, float y, float w, float em, bool draw);

}  // namespace kafkascope::ui
