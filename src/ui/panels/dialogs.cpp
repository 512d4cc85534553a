// All keys; go to a time.
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>

#include "ui/panels/go_to.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

bool parse_time(std::string_view s, std::int64_t& us) {
  double total = 0, part = 0, unit = 0;
  bool digits = false, fraction = false;
  for (const char ch : s) {
    if (ch >= '0' && ch <= '9') {
      digits = true;
      if (fraction) {
        part += (ch - '0') * unit;
        unit /= 10;
      } else {
        part = part * 10 + (ch - '0');
      }
    } else if (ch == ':' && digits && !fraction) {
      total = (total + part) * 60;
      part = 0;
      digits = false;
    } else if (ch == '.' && !fraction) {
      fraction = true;
      unit = 0.1;
    } else if (ch == ' ' || ch == 's') {
      continue;
    } else {
      return false;
    }
  }
  if (!digits && !fraction) return false;
  us = static_cast<std::int64_t>((total + part) * 1e6 + 0.5);
  return true;
}

void draw_help(Ui& ui) {
  if (!ui.st.help_open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr std::pair<const char*, Str> kKeys[] = {
      {"Space", Str::KeyRun}, {". ,", Str::KeyStepEvent}, {"Left Right", Str::KeyChange}, {"n p", Str::KeyLessonStep},
      {"Up Down", Str::KeySpeed}, {"Home End", Str::KeyHomeEnd}, {"g", Str::KeyGoTo}, {"/ Ctrl+K", Str::KeyFind},
      {"c", Str::KeyCrash}, {"x", Str::KeyCut}, {"r", Str::KeyReturn}, {"Ctrl+Z", Str::KeyUndo},
      {"Ctrl+S", Str::KeySave}, {"Ctrl+L", Str::KeyLink}, {"Ctrl+P", Str::KeyPicture}, {"Ctrl+R", Str::KeyNextSeed},
      {"Tab", Str::KeyTab}, {"1-8", Str::KeyPanels}, {"f", Str::KeyFill}, {"i", Str::KeyInspector},
      {"Shift+P", Str::KeyPresent}, {"?", Str::KeyHelp}};
  const int count = static_cast<int>(std::size(kKeys)), rows = (count + 1) / 2;
  const float w = std::min(860.f, ui.w - 40), h = 64 + 36 * static_cast<float>(rows) + 12;
  const Rect r{(ui.w - w) / 2, std::max(54.f, (ui.h - h) / 2), w, h};
  p.fill({0, 0, ui.w, ui.h}, with_alpha(c.scrim, .45f));
  if (ui.hit(make_id("help outside"), {0, 0, ui.w, ui.h}).clicked) ui.st.help_open = false;
  ui.hit(make_id("help card"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f, 12);
  p.push_box(r, "help");
  p.text(r.x + 24, r.y + 38, ui.tr(Str::AllKeys), {.em = 18, .bold = true});
  for (int i = 0; i < count; ++i) {
    const float x = r.x + 24 + static_cast<float>(i / rows) * (w - 24) / 2, y = r.y + 60 + 36 * static_cast<float>(i % rows);
    float kx = x;
    std::string_view keys = kKeys[i].first;
    while (!keys.empty()) {
      const std::size_t space = keys.find(' ');
      kx += keycap(p, kx, y, keys.substr(0, space)) + 6;
      keys = space == std::string_view::npos ? std::string_view{} : keys.substr(space + 1);
    }
    const float text_x = std::max(x + 130, kx + 8);
    p.text(text_x, y + 19.5f, ui.tr(kKeys[i].second), {.em = 15, .color = c.secondary, .max = x + (w - 24) / 2 - 16 - text_x});
  }
  p.pop_box();
}

void draw_goto(Ui& ui) {
  State& st = ui.st;
  static thread_local bool was_open = false;
  if (!st.goto_open) {
    was_open = false;
    return;
  }
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float w = 380, h = 76;
  const Rect r{(ui.w - w) / 2, ui.h * 0.3f, w, h};
  const Hit outside = ui.hit(make_id("goto outside"), {0, 0, ui.w, ui.h});
  ui.hit(make_id("goto"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f, 12);
  p.icon(Icon::Clock, r.x + 20, r.cy() - 9, 18, c.secondary);
  const float s = p.scale();
  ImGui::SetCursorScreenPos({(r.x + 52) * s, (r.cy() - 16) * s});
  ImGui::SetNextItemWidth((w - 72) * s);
  if (!was_open) ImGui::SetKeyboardFocusHere();
  was_open = true;
  if (ImGui::InputTextWithHint("##goto", ui.tr(Str::GoTo), &st.goto_text, ImGuiInputTextFlags_EnterReturnsTrue)) {
    Action a;
    a.kind = ActionKind::Seek;
    if (parse_time(st.goto_text, a.time_us)) {
      ui.emit(std::move(a));
      st.goto_open = false;
    }
  } else if (outside.clicked) {
    st.goto_open = false;
  }
}

}  // namespace kafkascope::ui
