// The brokers on the presenter's stage: cards with their replicas, and a leader change between two of them.
#pragma once
#include "ui/panels/presenter.h"

namespace kafkascope::ui {

/// The room for a lesson's ring between a row of a card and the words above the row.
inline float ring_room(const PresenterSizes& s) { return s.stroke * 2; }
float presenter_head_height(const PresenterSizes& s);
void draw_presenter_broker(Ui& ui, const observe::Node& n, const Rect& r, const PresenterSizes& s);
/// Row of a partition on its broker's card; empty when it is left out.
Rect presenter_chip(const Ui& ui, const observe::Node& n, const Rect& card, int partition, const PresenterSizes& s);
/// Arrow and badge of a leader change, as wide as a projector needs. `at`: cards by node.
void draw_presenter_handover(Ui& ui, const std::vector<Rect>& at, const PresenterSizes& s);

}  // namespace kafkascope::ui
