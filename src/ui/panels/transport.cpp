#include <algorithm>
#include <cmath>
#include <functional>

#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/timeline_view.h"
#include "ui/stage/chain_marks.h"

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

/// "auto" and the present rate of time; else the chosen speed; at the end of the run, that it has ended.
std::string pace_text(const Ui& ui) {
  if (ui.time.ended) return ui.tr("ui.run_ended"_w);
  if (!ui.time.adapts) return speed_text(ui.st.lang, ui.time.speed_ppm);
  std::string s = ui.tr("ui.speed_auto"_w);
  if (ui.lesson.glide.active)
    return s + " » " + latency_text(ui.lesson.glide.to_us - ui.lesson.glide.from_us, ui.st.lang);
  return s + " " + speed_text(ui.st.lang, round_rate(ui.time.rate_ppm));
}

/// Runs or pauses the world, unless it waits for an answer.
void play_key(Ui& ui, const Rect& key, float sign, float radius, bool waits) {
  const Palette& c = ui.c;
  const Hit hit = ui.hit(make_id("play"), key);
  ui.p.fill(key, waits ? c.field : hit.hovered ? mix(c.accent, c.primary, .88f) : c.accent, radius);
  ui.p.icon(ui.time.playing ? Icon::Pause : Icon::Play, key.middle(sign, sign), waits ? c.muted : c.accent_ink);
  ui.p.note(key, ui.time.playing ? "pause sign" : "play sign");
  if (hit.clicked && !waits) ui.emit(ui.time.playing ? ActionKind::Pause : ActionKind::Run);
}

void choose_speed(Ui& ui, std::int64_t speed) {
  Action a;
  a.kind = ActionKind::SetSpeed;
  a.number = speed;
  ui.emit(std::move(a));
}

/// The beginning of a text that is too long for a card of one line.
std::string brief(const std::string& text) {
  constexpr std::size_t kMost = 90;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // no character is cut in half
  return text.substr(0, end) + "…";
}

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
  return brief(title) + waits;
}

/// Links of the shown chain of causes on the scrubber, whose numbers would overlap one by one.
struct LitMoments {
  float from, to;  // of the moments
  Rect place;      // of the numbers
  std::vector<int> numbers;
  const ChainLink* first;  // of the earliest moment
};

/// From left to right, in the order of time. Numbers of moments that are close to one another stand together.
std::vector<LitMoments> lit_moments(Ui& ui, const Rect& r, const std::function<float(std::int64_t)>& px) {
  constexpr float kHigh = 20;
  const auto place = [&](LitMoments& moments) {
    const float wide = chain_pills(ui.p, moments.numbers, kHigh).wide;
    moments.place = Rect{(moments.from + moments.to) / 2, r.cy(), 0, 0}.middle(wide, kHigh);
    moments.place.x = std::clamp(moments.place.x, r.x, std::max(r.x, r.right() - wide));
  };
  std::vector<LitMoments> single, all;
  int number = 0;
  for (const ChainLink& link : ui.log.chain)
    single.push_back({px(link.time_us), px(link.time_us), {}, {++number}, &link});
  std::stable_sort(single.begin(), single.end(),
                   [](const LitMoments& a, const LitMoments& b) { return a.from < b.from; });
  for (LitMoments& next : single) {
    place(next);
    while (!all.empty() && all.back().place.right() >= next.place.x) {
      LitMoments& before = all.back();
      next.from = before.from;
      next.first = before.first;
      next.numbers.insert(next.numbers.begin(), before.numbers.begin(), before.numbers.end());
      place(next);
      all.pop_back();
    }
    all.push_back(std::move(next));
  }
  return all;
}

/// The chain of causes on the scrubber, as in the timeline: its moments' numbers, joined.
void draw_lit_moments(Ui& ui, const std::vector<LitMoments>& all) {
  Painter& p = ui.p;
  if (all.size() > 1) {
    const float y = all.front().place.cy(), from = all.front().from, to = all.back().to;
    p.line(from, y, to, y, p.c.accent_fill, 10);
    p.line(from, y, to, y, p.c.accent, 3);
  }
  for (const LitMoments& moments : all) {
    draw_pills(p, chain_pills(p, moments.numbers, moments.place.h), moments.place);
    p.note(moments.place, "chain on scrubber");
  }
}

/// The first link of the chain whose number is under the pointer: "00:11.0 · 2 broker-1 crashed"; empty: none.
std::string lit_text(const Ui& ui, const std::vector<LitMoments>& all) {
  for (const LitMoments& moments : all)
    if (ui.in.x >= moments.place.x && ui.in.x <= moments.place.right())
      return clock_text(moments.first->time_us) + " · " +
             brief(std::to_string(moments.numbers.front()) + " " + ui.pick(moments.first->words));
  return {};
}

/// The scrubber: drag seeks, steps are diamonds, faults vermilion bars. A chain of causes dims what is not in it.
void scrubber(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = r.cy();
  const auto until = static_cast<double>(std::max<std::int64_t>({ui.time.until_us, ui.time.now_us, 1}));
  auto px = [&](std::int64_t us) { return r.x + static_cast<float>(static_cast<double>(us) / until) * r.w; };
  const auto around = [&](float x, float wide, float high) { return Rect{x, m, 0, 0}.middle(wide, high); };
  const std::vector<LitMoments> lit = lit_moments(ui, r, px);
  if (!lit.empty()) p.alpha = .35f, p.text_alpha = .45f;
  const Rect bar = r.middle(8);
  const float now_x = std::clamp(px(ui.time.now_us), r.x, r.right());
  p.fill(bar, c.field, 4);
  if (!c.dark) p.stroke(bar, c.mid, 1, 4);
  if (ui.time.known_us > ui.time.now_us) p.fill({now_x, bar.y, px(ui.time.known_us) - now_x, bar.h}, c.mid, 4);
  p.fill({bar.x, bar.y, std::max(8.f, now_x - bar.x), bar.h}, c.accent, 4);
  const bool detour = ui.lesson.detour.active;
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind != MarkKind::Step) continue;
    const float x = px(mark.at_us);
    const bool past = mark.done && mark.at_us <= ui.time.now_us;
    p.diamond(x, m, 9.5f, c.panel);
    p.note(around(x, 14, 14), past ? "step done" : mark.foreseen ? "step foreseen" : "step to come");
    step_diamond(p, mark, past, {x, m}, 7, past ? c.accent : detour ? c.mid : c.strong, 2);
  }
  std::vector<const TimeMark*> marks;
  for (const TimeMark& mark : ui.time.marks) marks.push_back(&mark);
  const std::vector<FaultsTogether> all_faults = faults_together(marks, px);
  for (const FaultsTogether& together : all_faults) draw_faults(p, together, m, 5, 34);
  // The marks under the pointer: faults, else a step.
  constexpr float kNear = 7;
  const TimeMark* step = nullptr;
  std::vector<const TimeMark*> faults;
  float nearest = kNear;
  for (const TimeMark& mark : ui.time.marks)
    if (const float far = std::fabs(px(mark.at_us) - ui.in.x); mark.kind == MarkKind::Step && far < nearest)
      step = &mark, nearest = far;
  for (const FaultsTogether& together : all_faults)
    if (ui.in.x > together.from - kNear && ui.in.x < together.to + kNear)
      faults.insert(faults.end(), together.faults.begin(), together.faults.end());
  p.alpha = p.text_alpha = 1;
  p.fill(around(now_x, 3, 40), c.playhead);
  p.circle(now_x, m, 11, c.panel);
  p.circle(now_x, m, 8, c.playhead);
  draw_lit_moments(ui, lit);
  const Rect zone = r.padded(-12);
  const Hit hit = ui.drag(make_id("scrubber"), zone);
  if (hit.held || (hit.clicked && !ui.in.down)) {
    const double part = std::clamp(static_cast<double>((ui.in.x - r.x) / r.w), 0.0, 1.0);
    // A click on a mark seeks to its exact time: one pixel covers more time than the mark's event takes.
    seek_to(ui, step != nullptr ? step->at_us : static_cast<std::int64_t>(part * until), hit.held);
  }
  if (!faults.empty() && hit.right_clicked) open_without(ui, faults);
  if (hit.hovered && !ui.hushed()) {
    const float x = std::clamp(ui.in.x, r.x, r.right());
    const auto us = static_cast<std::int64_t>(static_cast<double>((x - r.x) / r.w) * until);
    const std::string of_chain = lit_text(ui, lit);
    const std::string s = !of_chain.empty() ? of_chain
                          : !faults.empty() ? faults_text(ui, faults)
                          : step != nullptr ? clock_text(step->at_us) + " · " + title_at(ui, step->at_us)
                                            : clock_text(us);
    constexpr float kPad = 8, kEdge = 4;
    const float w = p.width(s, {.em = 13}) + 2 * kPad;
    p.layer = 2;
    const Rect box{std::clamp(x - w / 2, kEdge, ui.w - w - kEdge), r.y - 26, w, 24};
    shadow_card(p, box, c.raised, c.mid, 1, 4);
    p.text(box.padded(kPad), s, {.em = 13});
    p.layer = 0;
  }
}

}  // namespace

void step_diamond(Painter& p, const TimeMark& step, bool past, Point at, float r, Color color, float width) {
  if (past) return p.diamond(at.x, at.y, r, color);
  if (!step.foreseen) return p.diamond_line(at.x, at.y, r, color, width);
  for (const float side : {-r, r})
    p.route({{at.x - r * .6f, at.y + side * .4f}, {at.x, at.y + side}, {at.x + r * .6f, at.y + side * .4f}}, color,
            width);
}

void draw_faults(Painter& p, const FaultsTogether& together, float middle, float wide, float high) {
  const Rect at{(together.from + together.to) / 2, middle, 0, 0};
  if (together.faults.size() == 1) return p.fill(at.middle(wide, high), p.c.danger);
  const TextStyle style{.em = 13, .color = p.c.danger_ink, .bold = true, .align = Align::Middle};
  const std::string count = std::to_string(together.faults.size());
  const Rect box =
      at.middle(std::max(p.width(count, style) + 8, together.to - together.from + wide), std::min(high, 22.f));
  p.fill(box, p.c.danger_solid, 3);
  p.text(box, count, style);
  p.note(box, "faults together");
}

void draw_lesson_transport(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.right(), r.y, c.mid);
  p.push_box(r, "transport");
  ui.hit(make_id("transport"), r);
  Row bar{r.padded(20), 12};
  const bool waits = ui.lesson.question.phase == QuestionPhase::Open;
  play_key(ui, bar.left(44).middle(40), 18, 8, waits);
  const Line speed = bar.left(116).middle(32);
  const std::string s = waits                                       ? std::string(ui.tr("ui.paused"_w))
                        : ui.lesson.glide.active && !ui.time.adapts ? std::string(ui.tr("ui.gliding"_w))
                                                                    : pace_text(ui);
  const Hit speed_hit = ui.hit(make_id("speed"), speed);
  p.fill(speed, speed_hit.hovered ? c.hover : c.field, 6);
  p.text(Line(speed, speed.baseline(15)), s,
         {.em = p.width(s, {.em = 15, .bold = true}) > 108 ? 13.f : 15.f,
          .bold = true,
          .align = Align::Middle,
          .max = 114});
  // A click returns the choice of speed to the lesson, or chooses the next speed.
  if (speed_hit.clicked) choose_speed(ui, ui.time.adapts ? next_speed(ui.time.speed_ppm, true) : kSpeedAdapts);
  bar.skip(20);
  bar.gap = ui.big() ? 90 : 40;
  bar.rest.base = r.cy() + 8;
  p.text(bar, clock_text(ui.time.now_us), {.em = 24, .bold = true, .align = Align::Right});
  const Rect left = bar.rest.padded(0, 6);
  scrubber(ui, left);
  p.pop_box();
}

void draw_transport(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.right(), r.y, c.mid);
  p.push_box(r, "transport");
  ui.hit(make_id("transport"), r);
  constexpr float kSign = 16;
  Row bar{r.padded(16), 8};
  play_key(ui, bar.left(40).middle(32), kSign, 6, false);
  bar.gap = 4;
  for (const bool forward : {false, true}) {
    const Rect key = bar.left(32).middle(32);
    const Hit hit = ui.hit(make_id(forward ? "step" : "back"), key);
    p.fill(key, hit.hovered ? c.hover : c.field, 6);
    p.icon(forward ? Icon::Step : Icon::Back, key.middle(kSign, kSign), c.primary);
    explain(ui, key, hit, ui.tr(forward ? "ui.step_tip"_w : "ui.step_back_tip"_w));
    if (hit.clicked) ui.emit(forward ? ActionKind::StepEvent : ActionKind::StepBack);
  }
  bar.skip(12);
  const std::string speed = pace_text(ui);
  // Wide enough for any adaptive speed, so that its neighbours do not move.
  bar.gap = 20;
  const Rect pace =
      bar.left(std::max(ui.time.adapts ? 190.f : 96.f, p.width(speed, {.em = 15, .bold = true}) + 60)).middle(32);
  const auto [slower, middle, faster] = in_row(pace, {fixed(28), weight(), fixed(28)});
  const Hit auto_hit = ui.hit(make_id("speed"), middle);
  p.fill(pace, c.field, 6);
  if (auto_hit.hovered && !ui.time.adapts) p.fill(middle, c.hover);
  if (auto_hit.clicked) choose_speed(ui, kSpeedAdapts);
  p.text(pace, speed, {.em = 15, .bold = true, .align = Align::Middle});
  for (const Rect* side : {&slower, &faster}) {
    const bool more = side == &faster;
    const Hit hit = ui.hit(make_id(more ? "faster" : "slower"), *side);
    const Color color = hit.hovered ? c.primary : c.muted;
    const Rect plus = side->middle(8, 8);
    p.line(plus.x, plus.cy(), plus.right(), plus.cy(), color, 1.6f);
    if (more) p.line(plus.cx(), plus.y, plus.cx(), plus.bottom(), color, 1.6f);
    if (hit.clicked) choose_speed(ui, next_speed(ui.time.speed_ppm, more));
  }
  const bool bad = !ui.world.violations.empty();
  const std::string checks = bad ? ui.tr("ui.check_broken"_w, {{"invariant", ui.world.violations.front().name}})
                                 : ui.tr("ui.checks_hold"_w, {{"count", std::to_string(ui.world.invariants_checked)}});
  const TextStyle check_style{
      .em = 15, .color = bad ? c.danger : c.ok, .bold = true, .align = Align::Right, .max = 420, .foreign = true};
  const float right = bar.rest.right();
  bar.gap = 10;
  const float checks_w = p.text(bar, checks, check_style);
  bar.gap = 18;
  Rect rule = bar.right(16).middle(32);
  p.icon(bad ? Icon::Warn : Icon::Check, rule, bad ? c.danger : c.ok, 2.2f);
  rule.w = right - rule.x;
  const Hit asked = ui.hit(make_id(bad ? "violation" : "rules"), rule);
  if (asked.hovered) p.line(right - checks_w, r.cy() + 10, right, r.cy() + 10, c.accent, 2);
  if (asked.clicked) {
    if (bad) seek_to(ui, ui.world.violations.front().at_us);
    ui.st.origin = all_rules(ui);
    if (bad) ui.st.origin.name = ui.world.violations.front().name;
    ui.st.origin.about = p.to_window(rule);
  }
  const std::string clock = clock_text(ui.time.now_us);
  const Rect with_micros = Row{bar.rest.middle(32)}.left(p.width(clock, {.em = 24, .bold = true}) + 36);
  if (ui.hit(make_id("clock"), with_micros).clicked) ui.st.goto_open = true;
  bar.rest.base = r.cy() + 8;
  bar.gap = 4;
  p.text(bar, clock, {.em = 24, .bold = true});
  bar.gap = 24;
  p.text(bar, micro_text(ui.time.now_us), {.em = 15, .color = c.secondary});
  bar.rest.base = r.cy() + 5;
  const std::string event = ui.tr("ui.event_no"_w, {{"number", count_text(static_cast<std::int64_t>(ui.world.event))}});
  if (p.width(event, {.em = 13}) < bar.rest.w) p.text(bar, event, {.em = 13, .color = c.secondary});
  if (ui.world.next.present && bar.rest.w > 160) {
    bar.gap = 8;
    p.text(bar, ui.tr("ui.next_event"_w), {.em = 13, .color = c.muted});
    bar.gap = 6;
    const Rect mark = bar.left(16);
    p.mark(ui.world.next.family, mark.cx(), mark.cy(), 5.5f, false, c.panel, false);
    char ms[24];
    std::snprintf(ms, sizeof ms, "%.2f", static_cast<double>(ui.world.next.in_us) / 1000);
    p.text(bar.rest, ui.tr("ui.in_ms"_w, {{"what", ui.pick(ui.world.next.words)}, {"ms", ms}}),
           {.em = 13, .color = c.secondary, .foreign = true});
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
