#include "ui/panels/group_key.h"

#include "ui/ui.h"

namespace kafkascope::ui {

namespace {

void draw_sign_sample(Painter& p, const Rect& r, const GroupSigns& signs, GroupCell cell, float stroke) {
  const Rect sign = r.middle(r.h * .66f, r.h * .66f);
  const float thick = stroke + .5f;
  switch (cell) {
    case GroupCell::LetGo: return draw_let_go_cell(p, r, stroke);
    case GroupCell::Next: draw_next_cell(p, r, {}, 0, stroke); return;
    case GroupCell::Revoked: draw_revoked_cell(p, r, thick); return p.icon(Icon::Pause, sign, p.c.caution);
    case GroupCell::Gone: return draw_dead_cell(p, r, Icon::None, thick);
    case GroupCell::Empty: return draw_idle_cell(p, r, stroke);
    case GroupCell::Own: break;
    case GroupCell::Other: return;
  }
  p.fill(r, p.c.ok_fill, 3);
  p.stroke(r, p.c.ok, stroke, 3);
  p.icon(signs.share ? Icon::Lock : Icon::Play, sign, p.c.ok);
}

}  // namespace

bool GroupSigns::worth_a_line() const {
  return std::any_of(cells.begin(), cells.end(), [](GroupCell cell) { return cell < GroupCell::Empty; });
}

words::Key group_sign_word(const GroupSigns& signs, GroupCell cell) {
  switch (cell) {
    case GroupCell::LetGo: return "ui.key_let_go"_w;
    case GroupCell::Next: return signs.named ? "ui.key_next_from"_w : "ui.key_next"_w;
    case GroupCell::Revoked: return "ui.key_revoked"_w;
    case GroupCell::Gone: return "ui.key_gone"_w;
    case GroupCell::Empty: return "ui.cell_empty"_w;
    default: break;
  }
  return signs.share ? "ui.cell_locks_sub"_w : signs.numbers ? "ui.cell_position_sub"_w : "ui.key_reads"_w;
}

void draw_group_key(Ui& ui, const Line& room, const GroupSigns& signs, Align side, const GroupKeyLook& look) {
  Painter& p = ui.p;
  const float near = look.em * .5f, apart = look.em * 1.4f;
  const TextStyle style{.em = look.em, .color = p.c.secondary};
  const auto width_of = [&](GroupCell cell) {
    return look.wide + near + p.width(ui.tr(group_sign_word(signs, cell)), style);
  };
  std::vector<GroupCell> shown;  // in the order of GroupCell: the most telling ones first
  float taken = -apart;
  for (const GroupCell cell : signs.cells) {
    const float w = width_of(cell) + apart;
    if (taken + w > room.w) continue;
    shown.push_back(cell);
    taken += w;
  }
  Row row{room};
  if (side == Align::Right) row.skip(room.w - std::max(0.f, taken));
  for (const GroupCell cell : shown) {
    Row entry{row.left(width_of(cell)), near};
    note_legend(ui, entry.rest);
    draw_sign_sample(p, entry.left(look.wide).middle(look.high), signs, cell, look.stroke);
    p.text(entry.rest, ui.tr(group_sign_word(signs, cell)), style);
    p.note(entry.rest, cell == GroupCell::Own && signs.numbers ? "meaning of numbers" : "meaning of a sign");
    row.skip(apart);
  }
}

}  // namespace kafkascope::ui
