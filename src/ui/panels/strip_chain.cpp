// The chain of causes in the log strips.
#include <algorithm>
#include <iterator>

#include "ui/panels/strip_parts.h"
#include "ui/stage/chain_marks.h"

namespace kafkascope::ui {

using namespace observe;

StripSegment chain_records(const Ui& ui, const Partition& part) {
  StripSegment all{-1, -1};
  for (const ChainLink& link : ui.log.chain) {
    if (link.partition != part.name || link.from < part.log_start_offset || link.from >= part.log_end_offset) continue;
    all.from = all.from < 0 ? link.from : std::min(all.from, link.from);
    all.to = std::max(all.to, link.to < part.log_end_offset ? link.to : link.from);
  }
  return all;
}

namespace {

/// The row of the broker of the link; else, if the link is about records of the partition, the leader's; -1: none.
int row_told(const StripView& view, const ChainLink& link, const Partition& part) {
  const auto row = [&](auto&& is) {
    const auto at = std::find_if(view.rows.begin(), view.rows.end(), [&](const StripRow& r) { return is(*r.log); });
    return at == view.rows.end() ? -1 : static_cast<int>(at - view.rows.begin());
  };
  const int own = row([&](const ReplicaLog& log) { return link.node == "broker-" + std::to_string(log.broker); });
  if (link.flag != ChainLink::Flag::Reader && (own >= 0 || link.partition != part.name || link.from < 0)) return own;
  return row([](const ReplicaLog& log) { return log.role == ReplicaRole::Leader; });
}

/// From the first to the last of the cells that the link is about; empty: none is visible.
Rect around_cells(const Strip& s, const std::vector<StripCell>& cells, const ChainLink& link, float y, float h) {
  float left = 0, right = -1;
  for (const StripCell& cell : cells) {
    if (cell.offset < link.from || cell.offset > link.to) continue;
    const float x = s.gx(cell.offset);
    if (right < 0) left = x;
    right = x + s.cell_w();
  }
  return right < 0 ? Rect{} : Rect{left, y, right - left, h}.grown(3);
}

/// The numbers of links at a ring, at the end of a replica's name or of its row, where they cover no words.
void number_place(const Strip& s, const Rect& at, const std::vector<int>& numbers, bool ring) {
  constexpr float kLeast = 18, kGap = 4;
  Painter& p = s.ui.p;
  const ChainPills pills = chain_pills(p, numbers, std::max(kLeast, std::min(s.style.mark_em * 1.4f, s.style.cell_h)),
                                       s.style.bold_lines ? s.style.mark_em * .97f : 13);
  const float w = pills.wide, h = pills.high, middle = at.cy() - h / 2, lower = at.y - h / 2;
  const Rect around = at.grown(kGap);
  const Rect beside[] = {{at.x, lower, w, h},
                         {around.right(), middle, w, h},
                         {around.x - w, middle, w, h},
                         {at.cx() - w / 2, at.bottom(), w, h}},
             before[] = {Row{at.padded(kGap)}.right(w).middle(h),
                         {at.x - h / 2, lower, w, h},
                         {around.right(), middle, w, h},
                         {s.r.right() - w, middle, w, h}};
  const auto covers_words = [&](const Rect& place) {
    const Rect there = p.to_window(place);
    return place.x < s.r.x - h || place.right() > s.r.right() + .5f ||
           std::any_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(there); });
  };
  const auto *first = ring ? std::begin(beside) : std::begin(before), *end = ring ? std::end(beside) : std::end(before);
  const auto* free = std::find_if(first, end, [&](const Rect& place) { return !covers_words(place); });
  if (free == end) return;
  p.note(*free, "chain numbers in strips");
  draw_pills(p, pills, *free);
}

}  // namespace

void draw_chain_in_strips(const Strip& s, const StripView& view, const FlagPlates& plates) {
  Painter& p = s.ui.p;
  const float width = s.style.bold_lines ? 4.f : 2.5f;
  struct Numbered {
    Rect at;
    bool ring = false;
    std::vector<int> numbers;
  };
  std::vector<Numbered> places;
  int number = 0;
  const auto add = [&](const Rect& at, bool ring) {
    const auto same = std::find_if(places.begin(), places.end(), [&](const Numbered& other) {
      return other.at.x == at.x && other.at.y == at.y && other.ring == ring;
    });
    if (same != places.end()) same->numbers.push_back(number);
    else places.push_back({at, ring, {number}});
  };
  for (const ChainLink& link : s.ui.log.chain) {
    ++number;
    if (!link.partition.empty() && link.partition != s.part.name) continue;
    const int row = row_told(view, link, s.part);
    if (row < 0) continue;
    const StripRow& cells = view.rows[static_cast<std::size_t>(row)];
    const float y = s.row_y(static_cast<std::size_t>(row));
    bool ringed = false;
    const auto ring = [&](const Rect& at, const char* what) {
      if (at.empty()) return;
      p.stroke(at, p.c.accent, width, 4);
      p.note(at, what);
      if (!ringed) add(at, true);
      ringed = true;
    };
    if (link.flag != ChainLink::Flag::None && s.plan.sees(link.from)) {
      if (link.flag == ChainLink::Flag::Watermark && link.from == s.part.high_watermark && !plates.watermark.empty())
        p.stroke(plates.watermark.grown(3), p.c.accent, width, 4);
      ring(Rect{s.gx(link.from), y, 0, s.style.cell_h}.grown(4), "chain flag");
    } else if (link.flag == ChainLink::Flag::None && link.from >= 0) {
      ring(around_cells(s, cells.cut, link, ghosts_y(s.style, y), ghosts_high(s.style)), "chain cut");
      ring(around_cells(s, cells.cells, link, y, s.style.cell_h), "chain cells");
      ring(around_cells(s, cells.deleted, link, y, s.style.cell_h), "chain cells");
    }
    if (!ringed) add({s.r.x, y, s.style.name_w, s.style.cell_h}, false);
  }
  for (const Numbered& place : places) number_place(s, place.at, place.numbers, place.ring);
}

}  // namespace kafkascope::ui
