// The form for an act's values, typed or chosen; below them the scenario step that they produce.
#include <imgui.h>

#include <algorithm>
#include <utility>

#include "observe/why/origins.h"
#include "ui/keyboard.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

constexpr float kRow = 42, kLabel = 188, kField = 270;

/// The first setting or error that a typed value names: "min.insync.replicas" of "min.insync.replicas=2".
OriginOf setting_in(std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find_first_of(" ,=:", at), value.size());
    for (const auto kind : {observe::OriginKind::Config, observe::OriginKind::Error})
      if (OriginOf of{kind, std::string(value.substr(at, end - at)), {}, {}}; end > at && has_origin(of)) return of;
    at = end + 1;
  }
  return {};
}

/// A button that opens the origin of a setting; returns the width that it takes.
float origin_button(Ui& ui, Id id, const Rect& r, OriginOf of) {
  if (of.name.empty()) return 0;
  const Hit hit = ui.hit(id, r);
  ui.p.fill(r, hit.hovered ? ui.c.hover : ui.c.field, 5);
  ui.p.stroke(r, hit.hovered ? ui.c.accent : ui.c.mid, 1.25f, 5);
  ui.p.icon(Icon::Help, r.cx() - 8, r.cy() - 8, 16, ui.c.accent, 1.8f);
  ui.p.note(r, "form origin");
  if (hit.clicked) {
    of.about = ui.p.to_window(r);
    ui.st.origin = std::move(of);
  }
  return r.w + 8;
}

/// Values to click instead of typing them, as many as fit.
void draw_choices(Ui& ui, const ActForm& form, std::size_t index, float x, float y, float right) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::string& value = ui.st.form.values[index];
  std::uint64_t number = index << 8;
  for (const std::string& choice : form_choices(ui.world, form, index, value)) {
    const float w = p.width(choice, {.em = 13, .mono = true}) + 18;
    if (x + w > right) return;
    const Rect r{x, y, w, 26};
    const Hit hit = ui.hit(make_id("form choice", number++), r);
    const bool on = has_choice(form.fields[index], value, choice);
    p.fill(r, on ? c.accent_fill : hit.hovered ? c.hover : c.field, 5);
    if (on) p.stroke(r, c.accent, 1.5f, 5);
    p.text(r.x + 9, r.cy() + 4.7f, choice,
           {.em = 13, .color = on ? c.primary : c.secondary, .mono = true, .foreign = true});
    if (hit.clicked) {
      value = with_choice(form.fields[index], value, choice);
      ui.st.form.field = static_cast<int>(index);
      ui.st.form.grab = true;
    }
    x += w + 6;
  }
}

void send(Ui& ui, const ActForm& form) {
  FormState& st = ui.st.form;
  ui.emit_text(ActionKind::DoStep, form_step(form, st.values));
  st.sent = true;
  st.before = ui.lesson.hand.taken;
  st.problem = {};
}

/// Takes the result of the act: closes the form, or shows the problem.
void hear(Ui& ui) {
  FormState& st = ui.st.form;
  if (!st.sent || ui.lesson.hand.taken == st.before) return;
  st.sent = false;
  st.problem = ui.lesson.hand.problem;
  st.grab = true;
  if (st.problem.empty()) st.open = false;
}

}  // namespace

bool form_key(Ui& ui, const KeyPress& k) {
  FormState& st = ui.st.form;
  if (!st.open) return false;
  // the key is typed; the field handles Enter itself
  if (k.key != kKeyTab && k.key != kKeyDown && k.key != kKeyUp) return true;
  const auto& fields = act_forms()[static_cast<std::size_t>(st.form)].fields;
  const int count = static_cast<int>(fields.size()),
            step = k.key == kKeyUp || (k.key == kKeyTab && k.shift) ? count - 1 : 1;
  do st.field = (st.field + step) % count;
  while (fields[static_cast<std::size_t>(st.field)].fixed);
  st.grab = true;
  return true;
}

void draw_act_form(Ui& ui) {
  FormState& st = ui.st.form;
  hear(ui);
  if (!st.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const ActForm& form = act_forms()[static_cast<std::size_t>(st.form)];
  const auto shown = static_cast<float>(
      std::count_if(form.fields.begin(), form.fields.end(), [](const FormField& f) { return !f.fixed; }));
  const float w = std::min(960.f, ui.w - 40);
  const std::string step = form_step(form, st.values);
  const std::vector<std::string> lines = p.wrap(step, w - 72, {.em = 13, .mono = true});
  const std::vector<std::string> wrong =
      st.problem.empty() ? std::vector<std::string>{} : p.wrap(ui.pick(st.problem), w - 84, {.em = 15});
  const float file_h = 34 + 19 * static_cast<float>(lines.size()),
              wrong_h = wrong.empty() ? 0 : 18 + 21 * static_cast<float>(wrong.size());
  const std::vector<std::string> notes = p.wrap(form_note(ui.world, ui.st.lang, form, st.values), w - 78, {.em = 13});
  const float head = 78 + 19 * static_cast<float>(notes.size());
  const float h = head + kRow * shown + file_h + 12 + wrong_h + 62;
  const Rect r{(ui.w - w) / 2, std::max(8.f, std::min(ui.h * .16f, (ui.h - h) / 2)), w, h};
  const Hit outside = dialog(ui, "act form", r);
  p.icon(form.icon, r.x + 24, r.y + 22, 18, c.accent, 2);
  p.text(r.x + 54, r.y + 36, ui.tr(form.name, {{"title", ui.pick(form.title)}}),
         {.em = 18, .bold = true, .max = w - 200});
  p.text(r.right() - 24, r.y + 36, form.verb, {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
  if (!form.sub.empty()) p.text(r.x + 54, r.y + 58, ui.tr(form.sub), {.em = 13, .color = c.secondary, .max = w - 78});
  for (std::size_t i = 0; i < notes.size(); ++i)
    p.text(r.x + 54, r.y + 79 + 19 * static_cast<float>(i), notes[i], {.em = 13, .foreign = true});
  float y = r.y + head;
  bool enter = false;
  const int wanted = std::exchange(st.grab, false) ? st.field : -1;
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const FormField& field = form.fields[i];
    if (field.fixed) continue;
    std::string_view label = field.path;
    label.remove_prefix(label.rfind('/') == std::string_view::npos ? 0 : label.rfind('/') + 1);
    p.text(r.x + 24, y + 24, label,
           {.em = 13,
            .color = c.secondary,
            .bold = st.field == static_cast<int>(i),
            .mono = true,
            .max = kLabel - 32,
            .foreign = true});
    const std::string example = form_example(ui.world, form, i, st.values);
    const std::string id = "##form " + std::to_string(i);
    enter |= text_field(ui, id.c_str(), {r.x + kLabel, y + 4, kField, 32}, st.values[i], example.c_str(),
                        ImGuiInputTextFlags_AutoSelectAll, wanted == static_cast<int>(i));
    if (wanted < 0 && ImGui::IsItemActivated()) st.field = static_cast<int>(i);  // the field was clicked
    OriginOf of = setting_in(st.values[i]);
    if (of.name.empty()) of = setting_in(label);
    const float beside = r.x + kLabel + kField + 12;
    const float used = origin_button(ui, make_id("form origin", i), {beside, y + 7, 26, 26}, std::move(of));
    draw_choices(ui, form, i, beside + used, y + 7, r.right() - 20);
    y += kRow;
  }
  y += 6;
  p.fill({r.x + 24, y, w - 48, file_h}, c.field, 6);
  p.text(r.x + 36, y + 18, ui.tr("ui.form_as_file"_w), {.em = 13, .color = c.muted});
  for (std::size_t i = 0; i < lines.size(); ++i)
    p.text(r.x + 36, y + 38 + 19 * static_cast<float>(i), lines[i], {.em = 13, .mono = true, .foreign = true});
  y += file_h + 6;
  if (!wrong.empty()) {
    p.fill({r.x + 24, y, w - 48, wrong_h - 4}, c.caution_fill, 6);
    p.icon(Icon::Warn, r.x + 36, y + 8, 16, c.caution, 2);
    for (std::size_t i = 0; i < wrong.size(); ++i)
      p.text(r.x + 62, y + 21 + 21 * static_cast<float>(i), wrong[i], {.em = 15, .foreign = true});
    y += wrong_h;
  }
  const bool may = ui.can(form.verb);
  if (button(ui, make_id("form do"), {r.x + 24, y + 8, 150, 36}, ui.tr("ui.form_do"_w), true, Icon::None, "Enter") ||
      enter) {
    if (may) send(ui, form);
    else ui.say("ui.not_there_yet"_w, true);
    st.grab = true;
  }
  const bool cancel =
      button(ui, make_id("form cancel"), {r.x + 186, y + 8, 130, 36}, ui.tr("ui.cancel"_w), false, Icon::None, "Esc");
  const float kx = r.x + 340;
  p.text(kx + keycap(p, kx, y + 14, "Tab") + 8, y + 31, ui.tr("ui.form_next"_w), {.em = 13, .color = c.muted});
  p.pop_box();
  if (cancel || outside.clicked) st.open = false;
}

}  // namespace kafkascope::ui
