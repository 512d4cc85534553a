// The answer to "why?": the question, at most four sentences that jump to their moments, the root cause and the effects.
#include <algorithm>

#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

/// Whether the sentence has a moment other than the present: in this world, or in the one beside it, which has the same
/// playhead. What was so when the question was asked becomes the past as the playhead moves.
bool timed(const Ui& ui, const WhyLine& line) {
  if (line.world == WhyLine::World::Both) return false;
  return line.seq != 0 || line.world == WhyLine::World::Other || line.time_us != ui.world.time_us;
}

/// Goes to the sentence's moment, and selects its subject.
void jump(Ui& ui, const WhyLine& line) {
  if (!line.target.empty() && line.world != WhyLine::World::Both) ui.select(line.target);
  if (!timed(ui, line)) return;
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = line.time_us;
  ui.emit(std::move(a));
}

struct Laid {
  std::vector<std::string> lines;
  float h = 0;
};

}  // namespace

float why_button(Ui& ui, float right, float y, const std::string& path) {
  const std::string words = ui.tr("ui.why"_w);
  const float w = ui.p.width(words, {.em = 13, .bold = true}) + 20;
  const Rect r{right - w, y, w, 26};
  const Hit hit = ui.hit(make_id("why " + path), r);
  ui.p.fill(r, hit.hovered ? ui.c.hover : ui.c.accent_fill, 6);
  ui.p.stroke(r, ui.c.accent, hit.hovered ? 2 : 1.25f, 6);
  ui.p.text(r.cx(), r.cy() + 4.7f, words, {.em = 13, .color = ui.c.primary, .bold = true, .align = Align::Middle});
  if (hit.clicked) ui.ask_why(path);
  return w;
}

void draw_why(Ui& ui, const Rect& r, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const WhyModel& why = ui.log.why;
  const bool large = em > 18;
  const float k = em / 15, pad = 20 * k;
  p.fill(r, c.panel);
  if (large) p.stroke(r, c.accent, 3, 8);
  ui.hit(make_id("why"), r);
  p.push_box(r, "why");
  // The question, and the button to close the answer.
  const float head = 40 * k;
  p.circle(r.x + pad + 11 * k, r.y + head * .55f, 12 * k, c.accent);
  p.text(r.x + pad + 11 * k, r.y + head * .55f + 5.6f * k, "?",
         {.em = 16 * k, .color = c.accent_ink, .bold = true, .align = Align::Middle});
  const Rect close{r.right() - pad - 18 * k, r.y + head * .55f - 14 * k, 28 * k, 28 * k};
  const Hit closing = ui.hit(make_id("why close"), close);
  p.fill(close, closing.hovered ? c.hover : c.field, 6);
  p.text(close.cx(), close.cy() + 6 * k, "×", {.em = 18 * k, .color = c.primary, .align = Align::Middle});
  if (closing.clicked) ui.emit(ActionKind::ClearChain);
  float right = close.x - 12 * k;
  if (!large) {
    const std::string leave = std::string(ui.tr("ui.why_click"_w)) + " · " + ui.tr("ui.esc_ends"_w);
    const float w = p.width(leave, {.em = 13}), question_w = p.width(ui.pick(why.question), {.em = 18, .bold = true});
    if (r.x + 56 + question_w + w + 24 < right) {
      p.text(right, r.y + head * .55f + 5, leave, {.em = 13, .color = c.muted, .align = Align::Right});
      right -= w + 16;
    }
  }
  const float question_em = (r.w < 760 && !large ? 16.f : 18.f) * k, question_x = r.x + pad + 34 * k;
  const auto question = p.wrap(ui.pick(why.question), right - question_x, {.em = question_em, .bold = true});
  float y = r.y + head * .55f + 6 * k;
  for (const std::string& line : question) {
    p.text(question_x, y, line, {.em = question_em, .bold = true});
    y += question_em * 1.3f;
  }
  y += 10 * k - question_em * .3f;
  // The sentences. The last line shows the effects, if there is room.
  const float number_x = r.x + pad + 11 * k, time_x = number_x + 24 * k;
  float time_w = p.width(ui.tr("ui.now"_w), {.em = em, .bold = true});
  for (const WhyLine& line : why.lines)
    if (timed(ui, line))
      time_w = std::max(time_w, p.width(short_time(line.time_us) + " " + micro_text(line.time_us), {.em = em}));
  const float words_x = time_x + time_w + 18 * k, words_w = r.right() - pad - words_x;
  std::vector<Laid> rows;
  float all = 0;
  const float line_h = em * 1.36f;
  for (const WhyLine& line : why.lines) {
    Laid row{p.wrap(ui.pick(line.words), words_w, {.em = em}), 0};
    row.h = line_h * static_cast<float>(row.lines.size());
    all += row.h;
    rows.push_back(std::move(row));
  }
  const float foot = em * 1.9f, count = static_cast<float>(std::max<std::size_t>(1, rows.size()));
  const bool old = why.at_us != ui.world.time_us;
  const bool has_foot = old || why.has_root || !why.effects.empty() || !why.others.empty();
  float room = r.bottom() - y - 6 * k;
  const bool with_foot = has_foot && room - foot >= all + count * 4 * k;
  if (with_foot) room -= foot;
  const float gap = std::clamp((room - all) / count, 3 * k, 15 * k);
  int number = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const WhyLine& line = why.lines[i];
    const Rect row{r.x + pad * .5f, y, r.w - pad, rows[i].h + gap};
    const bool link = timed(ui, line) || (!line.target.empty() && line.world != WhyLine::World::Both);
    const Hit hit = ui.hit(make_id("why line", i), row);
    if (hit.hovered && link) {
      p.fill(row, c.hover, 6);
      p.stroke(row, c.accent, 1.25f, 6);
    }
    const float base = row.y + gap / 2 + em * 1.02f;
    if (i + 1 < rows.size())
      p.line(number_x, base - em * .3f, number_x, base - em * .3f + row.h, c.mid, std::max(2.f, 2 * k));
    if (line.world == WhyLine::World::Both) {  // what differs has no moment
      p.circle(number_x, base - em * .34f, 10.5f * k, c.caution_fill);
      p.circle_line(number_x, base - em * .34f, 10.5f * k, c.difference, std::max(1.6f, 1.6f * k));
      p.equal_sign(number_x, base - em * .34f, c.difference, true);
    } else if (line.world == WhyLine::World::Other) {  // of the other world: it has no highlight in this one
      p.circle(number_x, base - em * .34f, 6 * k, c.panel);
      p.circle_line(number_x, base - em * .34f, 6 * k, c.accent, std::max(2.f, 2 * k));
      p.text(time_x, base, short_time(line.time_us) + " " + micro_text(line.time_us), {.em = em, .color = c.accent});
    } else if (line.seq != 0) {
      ++number;
      p.circle(number_x, base - em * .34f, 10.5f * k, c.accent);
      p.text(number_x, base - em * .34f + 4.6f * k, std::to_string(number),
             {.em = 13 * k, .color = c.accent_ink, .bold = true, .align = Align::Middle});
      p.text(time_x, base, short_time(line.time_us) + " " + micro_text(line.time_us), {.em = em, .color = c.accent});
    } else {
      p.circle(number_x, base - em * .34f, 6 * k, c.panel);
      p.circle_line(number_x, base - em * .34f, 6 * k, c.accent, std::max(2.f, 2 * k));
      if (timed(ui, line))
        p.text(time_x, base, short_time(line.time_us) + " " + micro_text(line.time_us), {.em = em, .color = c.accent});
      else p.text(time_x, base, ui.tr("ui.now"_w), {.em = em, .color = c.secondary, .bold = true});
    }
    float ty = base;
    for (const std::string& text : rows[i].lines) {
      p.text(words_x, ty, text, {.em = em});
      links_in(ui, words_x, ty, text, {.em = em});
      ty += line_h;
    }
    if (hit.clicked && link) jump(ui, line);
    y += row.h;
  }
  if (with_foot) {
    float x = r.x + pad;
    const float small = large ? em : 13, base = r.bottom() - foot * .5f + small * .36f;
    int id = 0;
    const auto pill = [&](const std::string& words, bool plain) {
      const float w = p.width(words, {.em = small}) + 20 * k;
      if (x + w > r.right() - pad) return Hit{};
      const Rect box{x, r.bottom() - foot * .5f - small * .95f, w, small * 1.9f};
      const Hit hit = ui.hit(make_id("why pill", static_cast<std::uint64_t>(++id)), box);
      p.fill(box, hit.hovered ? c.hover : c.field, 6);
      if (!plain) p.stroke(box, hit.hovered ? c.accent : c.mid, 1.25f, 6);
      p.text(box.x + 10 * k, base, words, {.em = small, .color = c.primary});
      x += w + 8 * k;
      return hit;
    };
    const auto label = [&](const std::string& words) {
      const float w = p.width(words, {.em = small, .bold = true});
      if (x + w + 80 * k > r.right() - pad) return false;
      p.text(x, base, words, {.em = small, .color = c.secondary, .bold = true});
      x += w + 8 * k;
      return true;
    };
    if (old && pill(ui.tr("ui.why_again"_w), false).clicked) ui.ask_why(why.path);
    if (why.has_root && label(ui.tr("ui.why_root"_w)))
      if (pill(ui.pick(why.root.words), false).clicked) jump(ui, why.root);
    if (!why.others.empty()) x += 4 * k;
    if (!why.others.empty() && label(ui.tr("ui.why_also"_w)))
      for (const WhyOther& other : why.others)
        if (pill(ui.pick(other.label), false).clicked) ui.ask_why(other.path);
    if (!why.effects.empty()) x += 8 * k;
    if (!why.effects.empty() && label(ui.tr("ui.why_effects"_w, {{"time", short_time(why.root.time_us)}})))
      for (const WhyLine& effect : why.effects)
        if (pill(short_time(effect.time_us) + " · " + ui.pick(effect.words), true).clicked) jump(ui, effect);
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
