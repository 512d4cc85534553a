// The shown chain of causes on the stage: its nodes stand out, its ways are lit, its links have numbers.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// The nodes of the shown chain of causes; all others are dimmed to 30 %.
std::vector<int> chain_nodes(const Ui& ui);
void set_off_chain(Ui& ui, bool off);
/// The routes between the links of the chain. Returns their places in the window.
std::vector<Rect> draw_chain_ways(Ui& ui, const StageView& view);
void draw_chain_numbers(Ui& ui, const StageView& view);
/// In front of people: the nodes at those places are framed, with the numbers beside them.
void draw_large_chain_numbers(Ui& ui, const std::vector<Rect>& at, const Rect& stage, float text, float stroke);
/// Numbers of links of the chain: a disc for each, a pill for a run of numbers.
struct ChainPills {
  std::vector<std::pair<std::string, float>> pills;  // words, width
  float high = 0, wide = 0;
  float least = 13;  // the least type size
};
ChainPills chain_pills(Painter& p, const std::vector<int>& numbers, float high, float least = 13);
/// From the place's upper left corner.
void draw_pills(Painter& p, const ChainPills& all, const Rect& place);

}  // namespace kafkascope::ui
