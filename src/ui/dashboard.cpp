#include "ui/dashboard.h"

#include <imgui.h>

#include <algorithm>
#include <utility>

#include "ui/imgui_versions.h"
#include "ui/keyboard.h"
#include "ui/layout.h"
#include "ui/panels/dividers.h"
#include "ui/panels/new_cluster.h"
#include "ui/panels/panels.h"
#include "ui/panels/question.h"
#include "ui/panels/space_time_panel.h"
#include "ui/panels/two_worlds.h"
#include "ui/stage/stage.h"
#include "ui/tab_rows.h"

namespace kafkascope::ui {

namespace {

Tab tab_of_name(std::string_view name, bool& found) {
  constexpr std::pair<std::string_view, Tab> kNames[] = {
      {"partitions", Tab::Partitions},     {"groups", Tab::Groups},   {"controller", Tab::Controller},
      {"zookeeper", Tab::Controller},      {"ledger", Tab::Ledger},   {"metrics", Tab::Metrics},
      {"transactions", Tab::Transactions}, {"compare", Tab::Compare}, {"timeline", Tab::Timeline},
      {"space-time", Tab::SpaceTime},      {"log", Tab::Log},         {"events", Tab::Log},
      {"terminal", Tab::Terminal}};
  for (const auto& [n, tab] : kNames) {
    if (n == name) {
      found = true;
      return tab;
    }
  }
  found = false;
  return Tab::Partitions;
}

/// Applies the lesson's `view`: a new step overrides the user's choices, and Return restores the view from before the
/// detour.
void follow_view(Ui& ui) {
  State& st = ui.st;
  const bool away = ui.lesson.detour.active;
  if (away && !st.was_away) st.before_away = {st.layout, st.tab, st.lower_tab, st.tab_chosen, st.filled, st.selection};
  if (!away && st.was_away) {
    const SavedLayout& b = st.before_away;
    st.tab = b.tab;
    st.lower_tab = b.lower_tab;
    st.tab_chosen = b.tab_chosen;
    st.filled = b.filled;
    if (st.layout != b.layout) {
      st.layout = b.layout;
      ui.emit_text(ActionKind::SetLayout, b.layout == Layout::Lesson      ? "lesson"
                                          : b.layout == Layout::Workbench ? "workbench"
                                                                          : "presenter");
    }
    ui.select(b.selection);  // select() also sets the time from which keys act on the node, as its frame shows
  }
  const bool new_step = ui.lesson.present && (st.last_step != ui.lesson.step || st.last_lesson != ui.lesson.id);
  if (new_step) {
    const bool follows = !away || has_own_steps(ui.lesson.detour.kind);
    if (st.last_step >= 0) st.kept = {};  // the user has moved on without restoring the earlier work
    if (st.last_step >= 0 && follows && away == st.was_away) {
      // The user has opened the terminal for a question of their own, so it stays open from step to step.
      st.tab_chosen = st.tab_chosen && st.tab == Tab::Terminal && st.layout == Layout::Workbench;
      // When the lesson's view selects another object, the inspector follows, unless the user has just clicked one.
      const bool turns = !ui.lesson.view.select.empty() && ui.lesson.view.select != st.last_view_select;
      if (turns && !st.selection.empty() && ui.wall - st.selected_wall > 10) ui.select({});
    }
    if (st.ensemble_open == false)
      st.ensemble_open.reset();  // a box closed by hand may be opened again by the new step
    st.last_step = ui.lesson.step;
    st.last_lesson = ui.lesson.id;
    st.narration_scroll = 0;
  }
  if (ui.lesson.twin.open != st.had_twin) {
    st.had_twin = ui.lesson.twin.open;
    st.twin_wall = ui.wall;
    st.tab_chosen = st.filled = false;  // a second world chooses the panel anew, because two worlds show both ledgers
    st.twin_hot.clear();
    st.twin_cooled.clear();
  }
  st.was_away = away;
  st.last_view_select = ui.lesson.view.select;
}

Tab lesson_tab(const Ui& ui) {
  if (ui.st.tab_chosen && ui.has(ui.st.tab)) return ui.st.tab;
  if (ui.lesson.twin.open) return Tab::Compare;
  for (const std::string& name : ui.lesson.view.panels) {
    bool found = false;
    const Tab tab = tab_of_name(name, found);
    if (found && ui.has(tab)) return tab;
  }
  return Tab::Partitions;
}

/// The drawer covers the narration, never the stage, so that leaders and dead nodes stay visible.
void draw_drawer(Ui& ui, const Rect& r) {
  constexpr float kFoot = 40;  // the button that closes the drawer has a row of its own, below the last line
  ui.p.layer = 1;
  draw_inspector(ui, {r.x, r.y, r.w, r.h - kFoot});
  const Rect foot{r.x, r.bottom() - kFoot, r.w, kFoot};
  ui.p.fill(foot, ui.c.panel);
  ui.hit(make_id("drawer foot"), foot);
  ui.p.line(foot.x, foot.y, foot.right(), foot.y, ui.c.hair);
  ui.p.line(r.right(), r.y, r.right(), r.bottom(), ui.c.accent, 2);
  const std::string words = ui.tr("ui.inspector_close"_w);
  const float w = ui.p.width(words, {.em = 13}) + 24;
  const Rect zone{r.right() - w - 6, r.bottom() - 34, w, 28};
  const Hit hit = ui.hit(make_id("drawer close"), zone);
  ui.p.fill(zone, hit.hovered ? ui.c.hover : ui.c.field, 6);
  ui.p.text(zone.x + 12, zone.cy() + 4.7f, words, {.em = 13, .color = ui.c.secondary});
  if (hit.clicked) ui.st.drawer = false;
  ui.p.layer = 0;
}

/// Whether the inspector is the panel that the lesson names.
bool lesson_inspects(const Ui& ui) {
  if (ui.st.tab_chosen || ui.lesson.twin.open) return false;
  for (const std::string& name : ui.lesson.view.panels) {
    bool is_tab = false;
    tab_of_name(name, is_tab);
    if (is_tab || name == "inspector") return !is_tab;
  }
  return false;
}

/// The inspector beside the partitions; without a topic, the inspector alone.
void draw_inspected(Ui& ui, const Rect& r) {
  const float side = ui.world.partitions.empty() ? r.w : std::min(400.f, r.w * .4f);
  if (side < r.w) draw_partition_panel(ui, {r.x, r.y, r.w - side, r.h});
  draw_inspector(ui, {r.right() - side, r.y, side, r.h});
}

void draw_lesson_layout(Ui& ui) {
  const bool two = ui.lesson.twin.open;
  LessonRects r = lesson_rects(ui.w, ui.h, ui.lesson.detour.active, two, ui.st.splits);
  const bool no_stage = ui.stage_hidden() && !two;
  bool can_fill = false;
  if (no_stage) r.panel = {r.panel.x, r.stage.y, r.panel.w, r.panel.bottom() - r.stage.y};
  if (ui.st.drawer && !ui.log.record_open) {  // a record's story is shown beside the partitions
    draw_drawer(ui, r.narration);
  } else {
    draw_lesson_panel(ui, r.narration, ui.big());
  }
  if (two) draw_two_worlds(ui, r.stage, ui.big() ? 15.f : 13.f);
  else if (!no_stage) draw_stage(ui, r.stage, {ui.lesson.view.labels, false});
  ui.p.line(r.panel.x, r.panel.y, r.panel.right(), r.panel.y, ui.c.mid);
  // An open answer and a record's card take precedence over the picture of a glide.
  if (draw_causes(ui, lesson_tab(ui), r.panel)) {
  } else if (ui.lesson.glide.active && !ui.log.record_open) {
    draw_glide(ui, r.panel);
  } else if (ui.log.record_open || lesson_inspects(ui)) {
    draw_inspected(ui, r.panel);
  } else {
    const Tab tab = lesson_tab(ui);
    can_fill = !two;
    if (tab == Tab::Timeline && ui.lesson.detour.active && !has_own_steps(ui.lesson.detour.kind)) {
      draw_detour_timeline(ui, r.panel);
    } else if (tab == Tab::Partitions) {
      draw_partition_panel(ui, r.panel);
    } else {
      draw_tab(ui, tab, r.panel, true);
    }
  }
  draw_lesson_transport(ui, r.transport);
  draw_title_bar(ui, r.title);
  if (ui.lesson.detour.active) draw_detour_bar(ui, r.detour);
  draw_dividers(ui, dividers(r, ui.w, ui.h));
  // On the panel's upper edge, because the panels' heads differ and are full.
  if (can_fill && !no_stage) draw_fill_button(ui, {r.panel.x, r.panel.y - kFillHeight, r.panel.w, kFillHeight});
  if (two && !ui.log.record_open && !ui.lesson.glide.active)
    draw_panel_letter(ui, lesson_tab(ui), {r.panel.x, r.panel.y - kFillHeight, r.panel.w, kFillHeight});
  draw_coach_marks(ui, no_stage ? Rect{} : r.stage, r.panel, r.transport,
                   lesson_tab(ui) == Tab::Partitions && !ui.lesson.glide.active);
  draw_progress(ui, {0, r.title.bottom(), ui.w, 4});
}

void draw_workbench_layout(Ui& ui) {
  WorkbenchRects r = workbench_rects(ui.w, ui.h, ui.lesson.detour.active, ui.st.drawer, ui.st.splits);
  State& st = ui.st;
  if (lengthens_lesson(r, st)) lengthen_lesson(r);
  if (!st.tab_chosen || !ui.has(st.tab)) {
    st.tab = lesson_tab(ui);
    if (r.two_rows && st.tab == Tab::Timeline) st.tab = Tab::Partitions;
  }
  if (r.two_rows && is_lower(st.tab)) {
    st.lower_tab = st.tab;
    st.tab = Tab::Partitions;
  }
  if (ui.lesson.twin.open) draw_two_worlds(ui, r.stage, ui.w >= 1800 ? 15.f : 13.f);
  else draw_stage(ui, r.stage, {true, true, r.drawer ? ui.p.width(ui.tr("ui.inspector_key"_w), {.em = 13}) + 24 : 0.f});
  draw_lesson_panel(ui, r.lesson, false);
  if (!r.inspector.empty() && !r.drawer) draw_inspector(ui, r.inspector);
  draw_tab_row(ui, r.tabs, !r.two_rows);
  if (!draw_causes(ui, st.tab, r.middle)) draw_tab(ui, st.tab, r.middle, false);
  if (r.two_rows) {
    ui.p.line(0, r.lower.y, ui.w, r.lower.y, ui.c.mid);
    draw_tab(ui, st.lower_tab, r.lower, false);
    draw_lower_tabs(ui, r.lower);
  }
  draw_transport(ui, r.transport);
  draw_title_bar(ui, r.title);
  if (ui.lesson.detour.active) draw_detour_bar(ui, r.detour);
  if (r.drawer && !r.inspector.empty()) {
    draw_drawer(ui, r.inspector);
  } else if (r.drawer && !ui.lesson.twin.open) {  // the I key also opens it
    const std::string words = ui.tr("ui.inspector_key"_w);
    const float w = ui.p.width(words, {.em = 13});
    const Rect zone{r.stage.right() - w - 24, r.stage.bottom() - 30, w + 16, 26};
    const Hit hit = ui.hit(make_id("drawer"), zone);
    ui.p.text(zone.x + 8, zone.cy() + 4.7f, words, {.em = 13, .color = hit.hovered ? ui.c.primary : ui.c.muted});
    if (hit.clicked) st.drawer = true;
  }
  draw_dividers(ui, dividers(r, ui.w, ui.h));
  draw_progress(ui, {0, r.title.bottom(), ui.w, 4});
}

void draw_filled(Ui& ui) {
  const bool lesson = ui.st.layout == Layout::Lesson;
  const float transport = lesson ? (ui.big() ? 64.f : 56.f) : 48.f;
  const Rect r{0, 49, ui.w, ui.h - 49 - transport};
  const Tab tab = lesson ? lesson_tab(ui) : ui.st.tab;
  const float tabs = lesson ? 32.f : 38.f;
  const Rect head{0, 49, ui.w, tabs};
  if (lesson) {
    ui.p.fill(head, ui.c.panel);
    draw_fill_button(ui, head);
  } else {
    draw_tab_row(ui, head, true);
  }
  const Rect body{0, r.y + tabs, ui.w, r.h - tabs};
  if (tab == Tab::Partitions) {
    const float side = ui.log.record_open ? std::min(440.f, body.w * .32f) : 0.f;
    draw_partition_detail(ui, {body.x, body.y, body.w - side, body.h});
    if (side > 0) draw_inspector(ui, {body.right() - side, body.y, side, body.h});
  } else {
    draw_tab(ui, tab, body, true);
  }
  if (lesson) {
    draw_lesson_transport(ui, {0, ui.h - transport, ui.w, transport});
  } else {
    draw_transport(ui, {0, ui.h - transport, ui.w, transport});
  }
  draw_title_bar(ui, {0, 0, ui.w, 48});
}

}  // namespace

void draw_tab(Ui& ui, Tab tab, const Rect& r, bool) {
  switch (tab) {
    case Tab::Partitions: draw_partitions_panel(ui, r); break;
    case Tab::Groups: draw_groups_panel(ui, r); break;
    case Tab::Controller: draw_controller_panel(ui, r); break;
    case Tab::Ledger: draw_ledger_panel(ui, r); break;
    case Tab::Metrics: draw_metrics_panel(ui, r); break;
    case Tab::Transactions: draw_transactions_panel(ui, r); break;
    case Tab::Compare: draw_compare_panel(ui, r); break;
    case Tab::Timeline: draw_timeline_panel(ui, r); break;
    case Tab::Log: draw_log_panel(ui, r); break;
    case Tab::Terminal: draw_terminal_panel(ui, r); break;
    case Tab::SpaceTime: draw_space_time(ui, r, {.names = ui.big() ? 184.f : 140.f}); break;
  }
}

void apply_imgui_style(const Palette& c, float scale) {
  ImGuiStyle style;
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.FramePadding = {10, 7};
  style.FrameRounding = 6;
  style.FrameBorderSize = 1;
  style.WindowRounding = 0;
  auto set = [&](ImGuiCol which, Color color) { style.Colors[which] = ImGui::ColorConvertU32ToFloat4(color); };
  set(ImGuiCol_WindowBg, 0);
  set(ImGuiCol_Text, c.primary);
  set(ImGuiCol_TextDisabled, c.muted);
  set(ImGuiCol_FrameBg, c.field);
  set(ImGuiCol_FrameBgHovered, c.field);
  set(ImGuiCol_FrameBgActive, c.field);
  set(ImGuiCol_Border, c.mid);
  set(ImGuiCol_TextSelectedBg, with_alpha(c.accent, 0.35f));
  set(ImGuiCol_NavHighlight, c.accent);
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

namespace {

constexpr float kMagnify = 2.2f;

/// Shortens a notice, which may quote a file or a link of any length.
void shorten(std::string& words) {
  constexpr std::size_t kMost = 600;
  if (words.size() <= kMost) return;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;  // do not cut a character in half
  words.replace(end, std::string::npos, "…");
}

}  // namespace

Dashboard::Dashboard() = default;

void Dashboard::bring_forward(std::string_view panel) {
  bool found = false;
  const Tab tab = tab_of_name(panel, found);
  if (!found) return;
  state_.tab = tab;
  state_.tab_chosen = true;
}

void Dashboard::forget_place() {
  state_.selection.clear();
  state_.last_step = -1;
  state_.tab_chosen = state_.filled = state_.was_away = false;
  state_.time_from_us = state_.time_to_us = state_.measure_from_us = state_.measure_to_us = -1;
  state_.space = {};
  state_.zoom = {};
  state_.layout = state_.layout == Layout::Presenter ? Layout::Presenter : Layout::Lesson;
}

bool Dashboard::prepare(float scale) {
  keep_input_together();
  typing_.begin_frame(state_.typing           ? Typing::Field::Here
                      : is_field_open(state_) ? Typing::Field::Coming
                                              : Typing::Field::None);
  scale_ = scale > 0 ? scale : 1;
  return fonts_.rebuild(scale_, state_.lang);
}

std::vector<Action> Dashboard::take_actions() {
  std::vector<Action> out;
  out.swap(actions_);
  return out;
}

void Dashboard::frame(const Snapshot& world, const LessonModel& lesson, const TimelineModel& time, const LogModel& log,
                      float w, float h) {
  ImGuiIO& io = ImGui::GetIO();
  io.ConfigInputTextCursorBlink = false;  // a waiting window draws no frames, so nothing blinks
  const Palette& colors = palette(state_.layout != Layout::Presenter ? state_.theme
                                  : state_.presenter_dark            ? Theme::PresenterDark
                                                                     : Theme::PresenterLight);
  apply_imgui_style(colors, scale_);
  wall_ += static_cast<double>(io.DeltaTime);
  Pointer in;
  in.x = io.MousePos.x / scale_;
  in.y = io.MousePos.y / scale_;
  in.down = io.MouseDown[0];
  in.right_down = io.MouseDown[1];
  in.pressed = in.down && !last_.down;
  in.released = !in.down && last_.down;
  in.right_pressed = in.right_down && !last_.right_down;
  in.right_released = !in.right_down && last_.right_down;
  in.double_clicked = io.MouseDoubleClicked[0];
  in.ctrl = typing_.ctrl();
  in.shift = typing_.shift();
  const Fingers fingers = std::exchange(fingers_, {});
  in.wheel = io.MouseWheel + fingers.pan_y / kScrollStep;
  in.pan_x = fingers.pan_x;
  in.zoom = fingers.zoom;
  if (io.MouseWheel != 0 && !in.shift) in.zoom *= io.MouseWheel > 0 ? 1.25f : 0.8f;
  in.fingers = fingers.pan_x != 0 || fingers.pan_y != 0 || fingers.zoom != 1;
  last_ = in;
  hits_.set_wall(wall_);
  hits_.begin_frame(in);
  diagnostics_.clear();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({w * scale_, h * scale_});
  ImGui::Begin("kafkascope", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoBackground |
                   ImGuiWindowFlags_NoScrollWithMouse);
  Painter painter(ImGui::GetWindowDrawList(), fonts_, colors, state_.lang, scale_, diagnostics_);
  Ui ui{painter, colors, hits_, in, state_, world, lesson, time, log, actions_, w, h, wall_, io.DeltaTime};
  for (Notice& n : notices_) {
    for (std::string* words : {&n.words.en, &n.words.ko}) shorten(*words);
    std::erase_if(state_.toasts, [&](const Toast& t) {  // the same sentence again stands there once
      return (n.of != NoticeOf::Anything && t.notice.of == n.of) || t.notice.words.en == n.words.en;
    });
    state_.toasts.push_back({std::move(n), wall_});
  }
  notices_.clear();
  state_.tip = {};
  state_.on_stage.clear();
  state_.legends.clear();
  if (hits_.hovered() != state_.hushed_on) state_.hushed_on = 0;
  if (in.pressed || in.right_pressed) {
    ui.hush();
    state_.hushed_on = hits_.hovered();
  }
  painter.pointer = {in.x, in.y};
  follow_view(ui);
  follow_question(ui);
  const std::vector<KeyPress> presses = typing_.take();
  typing_.give_back(handle_keyboard(ui, presses));
  state_.origin_here = {};
  state_.selection_drawn = state_.latest_row = {};
  state_.why_here = {};
  state_.red_count.clear();
  state_.typing = false;
  painter.lang = state_.lang;
  // While Z is held, the presenter's picture is magnified around the pointer for the audience.
  const bool magnify = state_.layout == Layout::Presenter && magnify_held_;
  if (magnify) painter.push(in.x * (1 - kMagnify), in.y * (1 - kMagnify), kMagnify);
  draw(ui);
  if (magnify) painter.pop();
  ImGui::End();
}

namespace {
/// A notice belongs to the panels over which it appeared: it goes when the user turns to others.
void drop_notices_of_before(Ui& ui) {
  const State& st = ui.st;
  const ShownPanels now{st.layout, st.tab_chosen ? st.tab : Tab::Partitions, st.lower_tab, st.tab_chosen, st.filled};
  if (now != st.shown) std::erase_if(ui.st.toasts, [&](const Toast& toast) { return toast.since < ui.wall; });
  ui.st.shown = now;
}
}  // namespace

void Dashboard::draw(Ui& ui) {
  ui.p.fill({0, 0, ui.w, ui.h}, ui.c.canvas);
  if (state_.layout == Layout::Presenter) {
    draw_presenter(ui);
  } else if (state_.filled) {
    draw_filled(ui);
  } else if (state_.layout == Layout::Lesson) {
    draw_lesson_layout(ui);
  } else {
    draw_workbench_layout(ui);
  }
  drop_notices_of_before(ui);
  ui.p.layer = 5;
  // The field for a time to go to leaves the stage in sight.
  if (is_covered(state_) && !state_.goto_open) ui.emit(ActionKind::Wait);
  draw_toasts(ui);  // menus and forms cover notices
  draw_menu(ui);
  draw_act_form(ui);
  draw_new_cluster(ui);
  draw_origin(ui);  // covers a form, because the form's settings have origins
  draw_help(ui);
  draw_goto(ui);
  draw_palette(ui);
  draw_runs(ui);
  draw_lessons(ui);
  draw_variants(ui);
  ui.p.layer = 6;
  draw_tip(ui);  // also of what a list offers
  if (state_.layout == Layout::Presenter && !state_.blank && ui.in.x >= 0) {
    // A pointer that can be seen from the back row.
    ui.p.circle(ui.in.x, ui.in.y, ui.h * .022f, with_alpha(ui.c.accent, .22f));
    ui.p.circle_line(ui.in.x, ui.in.y, ui.h * .022f, ui.c.accent, 4);
  }
}

}  // namespace kafkascope::ui
