#include "ui/panels/dividers.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace kafkascope::ui {

namespace {

constexpr float kReach = 3;        // logical px on each side of the line
constexpr float kSmallest = .01f;  // 0 would mean the designed size

float& size_of(Ui& ui, Split split) { return ui.st.splits[static_cast<std::size_t>(split)]; }

}  // namespace

void draw_dividers(Ui& ui, const std::vector<Divider>& all) {
  for (const Divider& d : all) {
    Rect zone = d.line;
    if (d.upright) zone.x -= kReach, zone.w += 2 * kReach;
    else zone.y -= kReach, zone.h += 2 * kReach;
    const Hit hit = ui.drag(make_id("divider", static_cast<std::uint64_t>(d.split)), zone);
    float& size = size_of(ui, d.split);
    if (hit.hovered || hit.held) {
      ui.p.fill(d.upright ? Rect{d.line.x - 1, d.line.y, 3, d.line.h} : Rect{d.line.x, d.line.y - 1, d.line.w, 3},
                ui.c.accent);
      ImGui::SetMouseCursor(d.upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    }
    if (hit.hovered && ui.in.double_clicked) {
      size = 0;
      ui.emit(ActionKind::KeepSplits);
    } else if (hit.held && !hit.pressed) {
      const float at = d.upright ? ui.in.x : ui.in.y;
      // A click alone changes nothing: the designed size stays until the line has moved.
      const float line = d.upright ? d.line.x : d.line.y;
      if (size > 0 || std::abs(at - line) > kReach)
        size = std::max(kSmallest, (d.from_end ? d.from - at : at - d.from) / d.whole);
    }
    if (ui.in.released && ui.hits.held() == make_id("divider", static_cast<std::uint64_t>(d.split)) && size > 0)
      ui.emit(ActionKind::KeepSplits);
  }
}

void enlarge_panel(Ui& ui, float by) {
  const bool lesson = ui.st.layout == Layout::Lesson;
  const bool detour = ui.lesson.detour.active;
  const float h = lesson ? lesson_rects(ui.w, ui.h, detour, ui.lesson.twin.open, ui.st.splits).panel.h
                         : workbench_rects(ui.w, ui.h, detour, ui.st.drawer, ui.st.splits).stage.h;
  size_of(ui, lesson ? Split::LessonPanel : Split::Stage) = std::max(kSmallest, h / ui.h + (lesson ? by : -by));
  ui.emit(ActionKind::KeepSplits);
}

void reset_splits(Ui& ui) {
  ui.st.splits = {};
  ui.emit(ActionKind::KeepSplits);
}

}  // namespace kafkascope::ui
