#include <algorithm>
#include <cmath>

#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

/// Rounds to one significant digit, so that the number can be read while it changes.
std::int64_t round_rate(std::int64_t ppm) {
  if (ppm >= 1'000'000) return ppm;
  std::int64_t part = (1'000'000 + ppm / 2) / std::max<std::int64_t>(1, ppm), ten = 1;
  while (part >= ten * 10) ten *= 10;
  part = (part + ten / 2) / ten * ten;
  return std::max<std::int64_t>(1, (1'000'000 + part / 2) / part);
}

/// "auto" and the present rate of time; else the chosen speed.
std::string pace_text(const Ui& ui) {
  if (!ui.time.adapts) return speed_text(ui.st.lang, ui.time.speed_ppm);
  std::string s = ui.tr("ui.speed_auto"_w);
  if (ui.lesson.glide.active) return s + " » " + latency_text(ui.lesson.glide.to_us - ui.lesson.glide.from_us);
  return s + " " + speed_text(ui.st.lang, round_rate(ui.time.rate_ppm));
}

void run_or_pause(Ui& ui) { ui.emit(ui.time.playing ? ActionKind::Pause : ActionKind::Run); }

/// The title of the step at that time; if there are several, of the last one.
std::string title_at(const Ui& ui, std::int64_t us) {
  std::string title;
  bool foreseen = false;
  for (std::size_t i = 0; i < ui.lesson.steps.size(); ++i)
    if (const LessonStep& step = ui.lesson.steps[i]; step.at_us == us || step.foreseen_us == us) {
      title = std::to_string(i + 1) + " " + ui.pick(step.title);
      foreseen = step.foreseen_us == us;
    }
  const std::string waits = foreseen ? " · " + std::string(ui.tr("ui.step_foreseen"_w)) : std::string();
  constexpr std::size_t kMost = 90;
  if (title.size() <= kMost) return title + waits;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0) == 0x80) --end;  // no character is cut in half
  return title.substr(0, end) + "…" + waits;
}

/// The scrubber: drag seeks, steps are diamonds, faults vermilion bars. `now_x` receives the playhead's x.
void scrubber(Ui& ui, const Rect& r, float& now_x) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = r.cy();
  const auto until = static_cast<double>(std::max<std::int64_t>({ui.time.until_us, ui.time.now_us, 1}));
  auto px = [&](std::int64_t us) { return r.x + static_cast<float>(static_cast<double>(us) / until) * r.w; };
  p.fill({r.x, m - 4, r.w, 8}, c.field, 4);
  if (!c.dark) p.stroke({r.x, m - 4, r.w, 8}, c.mid, 1, 4);
  now_x = std::clamp(px(ui.time.now_us), r.x, r.right());
  if (ui.time.known_us > ui.time.now_us) p.fill({now_x, m - 4, px(ui.time.known_us) - now_x, 8}, c.mid, 4);
  p.fill({r.x, m - 4, std::max(8.f, now_x - r.x), 8}, c.accent, 4);
  const bool detour = ui.lesson.detour.active;
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind != MarkKind::Step) continue;
    const float x = px(mark.at_us);
    const bool past = mark.done && mark.at_us <= ui.time.now_us;
    p.diamond(x, m, 9.5f, c.panel);
    p.note({x - 7, m - 7, 14, 14}, past ? "step done" : mark.foreseen ? "step foreseen" : "step to come");
    if (past) {
      p.diamond(x, m, 7, c.accent);
    } else if (mark.foreseen) {
      foreseen_diamond(p, x, m, 7, detour ? c.mid : c.strong, 2);
    } else {
      p.diamond_line(x, m, 7, detour ? c.mid : c.strong, 2);
    }
  }
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind == MarkKind::Fault) p.fill({px(mark.at_us) - 2.5f, m - 17, 5, 34}, c.danger);
  }
  // The mark under the pointer: a fault, else a step.
  constexpr float kNear = 7;
  const TimeMark *under = nullptr, *step = nullptr;
  float nearest = kNear;
  for (const TimeMark& mark : ui.time.marks)
    if (const float far = std::fabs(px(mark.at_us) - ui.in.x); mark.kind == MarkKind::Step && far < nearest)
      step = &mark, nearest = far;
  for (const TimeMark& mark : ui.time.marks)
    if (mark.kind == MarkKind::Fault && std::fabs(px(mark.at_us) - ui.in.x) < kNear) under = &mark;
  p.fill({now_x - 1.5f, m - 20, 3, 40}, c.playhead);
  p.circle(now_x, m, 11, c.panel);
  p.circle(now_x, m, 8, c.playhead);
  const Hit hit = ui.drag(make_id("scrubber"), {r.x - 12, r.y, r.w + 24, r.h});
  if (hit.held || (hit.clicked && !ui.in.down)) {
    Action a;
    a.kind = ActionKind::Seek;
    a.time_us = static_cast<std::int64_t>(std::clamp(static_cast<double>((ui.in.x - r.x) / r.w), 0.0, 1.0) * until);
    // A click on a mark seeks to its exact time: one pixel covers more time than the mark's event takes.
    if (step != nullptr) a.time_us = step->at_us;
    a.flag = hit.held;
    ui.emit(std::move(a));
  }
  if (under != nullptr && hit.right_clicked) open_without(ui, under->at_us);
  if (hit.hovered && !ui.hushed()) {
    const float x = std::clamp(ui.in.x, r.x, r.right());
    const auto us = static_cast<std::int64_t>(static_cast<double>((x - r.x) / r.w) * until);
    const std::string s = under != nullptr  ? ui.pick(under->label) + " · " + ui.tr("ui.twin_without"_w)
                          : step != nullptr ? clock_text(step->at_us) + " · " + title_at(ui, step->at_us)
                                            : clock_text(us);
    const float w = p.width(s, {.em = 13}) + 16;
    p.layer = 2;
    const Rect box{std::clamp(x - w / 2, 4.f, ui.w - w - 4), r.y - 26, w, 24};
    shadow_card(p, box, c.raised, c.mid, 1, 4);
    p.text(box.x + 8, box.cy() + 4.7f, s, {.em = 13});
    p.layer = 0;
  }
}

}  // namespace

void foreseen_diamond(Painter& p, float x, float y, float r, Color color, float width) {
  for (const float side : {-1.f, 1.f}) {
    const float tip = y + side * r, end = y + side * r * .4f;
    p.route({{x - r * .6f, end}, {x, tip}, {x + r * .6f, end}}, color, width);
  }
}

void draw_lesson_transport(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.right(), r.y, c.mid);
  p.push_box(r, "transport");
  ui.hit(make_id("transport"), r);
  const float m = r.cy();
  const bool waits = ui.lesson.question.phase == QuestionPhase::Open;
  const Rect play{20, m - 20, 44, 40};
  const Hit hit = ui.hit(make_id("play"), play);
  p.fill(play, waits ? c.field : hit.hovered ? mix(c.accent, c.primary, .88f) : c.accent, 8);
  p.icon(ui.time.playing ? Icon::Pause : Icon::Play, 33, m - 9, 18, waits ? c.muted : c.accent_ink);
  if (hit.clicked && !waits) run_or_pause(ui);
  const Rect speed{76, m - 16, 116, 32};
  const std::string s = waits                                       ? std::string(ui.tr("ui.paused"_w))
                        : ui.lesson.glide.active && !ui.time.adapts ? std::string(ui.tr("ui.gliding"_w))
                                                                    : pace_text(ui);
  const Hit speed_hit = ui.hit(make_id("speed"), speed);
  p.fill(speed, speed_hit.hovered ? c.hover : c.field, 6);
  p.text(speed.cx(), m + 5.4f, s,
         {.em = p.width(s, {.em = 15, .bold = true}) > 108 ? 13.f : 15.f,
          .bold = true,
          .align = Align::Middle,
          .max = 114});
  if (speed_hit.clicked) {
    Action a;
    a.kind = ActionKind::SetSpeed;
    // A click returns the choice of speed to the lesson, or chooses the next speed.
    a.number = ui.time.adapts ? next_speed(ui.time.speed_ppm, true) : kSpeedAdapts;
    ui.emit(std::move(a));
  }
  const std::string clock = clock_text(ui.time.now_us);
  const float clock_w = p.width(clock, {.em = 24, .bold = true});
  p.text(r.right() - 20, m + 8, clock, {.em = 24, .bold = true, .align = Align::Right});
  float now_x = 0;
  scrubber(ui, {224, r.y + 6, r.right() - 20 - clock_w - (ui.big() ? 90 : 40) - 224, r.h - 12}, now_x);
  p.pop_box();
}

void draw_transport(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.right(), r.y, c.mid);
  p.push_box(r, "transport");
  ui.hit(make_id("transport"), r);
  const float m = r.cy();
  float x = 16;
  const Hit play = ui.hit(make_id("play"), {x, m - 16, 40, 32});
  p.fill({x, m - 16, 40, 32}, play.hovered ? mix(c.accent, c.primary, .88f) : c.accent, 6);
  p.icon(ui.time.playing ? Icon::Pause : Icon::Play, x + 12, m - 8, 16, c.accent_ink);
  if (play.clicked) run_or_pause(ui);
  x += 48;
  for (const bool forward : {false, true}) {
    const Hit hit = ui.hit(make_id(forward ? "step" : "back"), {x, m - 16, 32, 32});
    p.fill({x, m - 16, 32, 32}, hit.hovered ? c.hover : c.field, 6);
    p.icon(forward ? Icon::Step : Icon::Back, x + 8, m - 8, 16, c.primary);
    if (hit.clicked) ui.emit(forward ? ActionKind::StepEvent : ActionKind::StepBack);
    x += 36;
  }
  x += 12;
  const std::string speed = pace_text(ui);
  // Wide enough for any adaptive speed, so that its neighbours do not move.
  const float speed_w = std::max(ui.time.adapts ? 190.f : 96.f, p.width(speed, {.em = 15, .bold = true}) + 60);
  const Rect middle{x + 28, m - 16, speed_w - 56, 32};
  const Hit auto_hit = ui.hit(make_id("speed"), middle);
  p.fill({x, m - 16, speed_w, 32}, c.field, 6);
  if (auto_hit.hovered && !ui.time.adapts) p.fill(middle, c.hover);
  if (auto_hit.clicked) {
    Action a;
    a.kind = ActionKind::SetSpeed;
    a.number = kSpeedAdapts;
    ui.emit(std::move(a));
  }
  p.text(x + speed_w / 2, m + 5.4f, speed, {.em = 15, .bold = true, .align = Align::Middle});
  for (const bool faster : {false, true}) {
    const Rect side{faster ? x + speed_w - 28 : x, m - 16, 28, 32};
    const Hit hit = ui.hit(make_id(faster ? "faster" : "slower"), side);
    p.line(side.cx() - 4, m, side.cx() + 4, m, hit.hovered ? c.primary : c.muted, 1.6f);
    if (faster) p.line(side.cx(), m - 4, side.cx(), m + 4, hit.hovered ? c.primary : c.muted, 1.6f);
    if (!hit.clicked) continue;
    Action a;
    a.kind = ActionKind::SetSpeed;
    a.number = next_speed(ui.time.speed_ppm, faster);
    ui.emit(std::move(a));
  }
  x += speed_w + 20;
  const std::string clock = clock_text(ui.time.now_us);
  const float clock_w = p.width(clock, {.em = 24, .bold = true});
  if (ui.hit(make_id("clock"), {x, m - 16, clock_w + 36, 32}).clicked) ui.st.goto_open = true;
  x += p.text(x, m + 8, clock, {.em = 24, .bold = true}) + 4;
  x += p.text(x, m + 8, micro_text(ui.time.now_us), {.em = 15, .color = c.secondary}) + 24;
  const bool bad = !ui.world.violations.empty();
  const std::string checks = bad ? ui.tr("ui.check_broken"_w, {{"invariant", ui.world.violations.front().name}})
                                 : ui.tr("ui.checks_hold"_w, {{"count", std::to_string(ui.world.invariants_checked)}});
  const TextStyle check_style{
      .em = 15, .color = bad ? c.danger : c.ok, .bold = true, .align = Align::Right, .max = 420, .foreign = true};
  float right = r.right() - 16;
  const float checks_w = p.text(right, m + 5.4f, checks, check_style);
  p.icon(bad ? Icon::Warn : Icon::Check, right - checks_w - 26, m - 8, 16, bad ? c.danger : c.ok, 2.2f);
  const Rect rule{right - checks_w - 26, m - 16, checks_w + 26, 32};
  const Hit asked = ui.hit(make_id(bad ? "violation" : "rules"), rule);
  if (asked.hovered) p.line(right - checks_w, m + 10, right, m + 10, c.accent, 2);
  if (asked.clicked) {
    if (bad) {
      Action a;
      a.kind = ActionKind::Seek;
      a.time_us = ui.world.violations.front().at_us;
      ui.emit(std::move(a));
    }
    ui.st.origin = all_rules(ui);
    if (bad) ui.st.origin.name = ui.world.violations.front().name;
    ui.st.origin.about = p.to_window(rule);
  }
  right -= checks_w + 44;
  const std::string event = ui.tr("ui.event_no"_w, {{"number", count_text(static_cast<std::int64_t>(ui.world.event))}});
  const float event_w = p.width(event, {.em = 13});
  if (x + event_w < right) x += p.text(x, m + 5, event, {.em = 13, .color = c.secondary}) + 24;
  if (ui.world.next.present && x + 160 < right) {
    x += p.text(x, m + 5, ui.tr("ui.next_event"_w), {.em = 13, .color = c.muted}) + 8;
    p.mark(ui.world.next.family, x + 8, m, 5.5f, false, c.panel, false);
    x += 22;
    char ms[24];
    std::snprintf(ms, sizeof ms, "%.2f", static_cast<double>(ui.world.next.in_us) / 1000);
    p.text(x, m + 5, ui.tr("ui.in_ms"_w, {{"what", ui.pick(ui.world.next.words)}, {"ms", ms}}),
           {.em = 13, .color = c.secondary, .max = right - x, .foreign = true});
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
