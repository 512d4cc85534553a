// What the controller panel shows in both worlds: the servers' logs side by side, and what the active controller has before it.
#pragma once
#include <cstdint>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kVoterCardW = 220;
inline constexpr float kTwoLines = 36;  // a row from this height on has a second line

/// A place of the metadata logs: one record, or NoOpRecords in a row, which say nothing but that the leader lives.
struct LogColumn {
  std::int64_t from = 0, to = 0;  // [from, to)
  bool fold = false;
  float x = 0, w = 0;  // from the left edge of the logs
};

/// The newest columns that fit into `room`, oldest first.
std::vector<LogColumn> log_columns(const Snapshot& world, float room, float cell_w);
/// The server's card, and its log beside it.
void draw_voter_row(Ui& ui, const observe::VoterLog& log, const Rect& r, const std::vector<LogColumn>& columns);
/// What filled and hatched records mean.
void draw_log_key(Ui& ui, float x, float y, float max);
/// What it does now and what waits; returns the y below. Nothing is drawn where there is no active controller, or no room.
float draw_controller_work(Ui& ui, const Rect& r);
void draw_heading(Ui& ui, float x, float y, std::string_view words, float max);
void draw_zookeeper(Ui& ui, const Rect& r);

}  // namespace kafkascope::ui
