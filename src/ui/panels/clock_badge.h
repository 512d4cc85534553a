// Which times the lesson has set shorter than Kafka's defaults.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// A clock and the words beside it, wrapped; returns the height used (0 when the lesson has shortened nothing). Measures when `draw` is false.
float draw_clock_badge(Ui& ui, float x, float y, float w, float em, bool draw);

}  // namespace kafkascope::ui
