// The answer to "why?": the question, at most four sentences that jump to their moments, the root cause and the
// effects.
#include <algorithm>
#include <array>
#include <optional>

#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

/// Whether the sentence has a moment other than the present, in this world or in the other one, which has the same
/// playhead. When the playhead moves, the moment of the question becomes the past.
bool timed(const Ui& ui, const WhyLine& line) {
  if (line.world == WhyLine::World::Both) return false;
  return line.seq != 0 || line.world == WhyLine::World::Other || line.time_us != ui.world.time_us;
}

/// Goes to the sentence's moment, and selects its subject.
void jump(Ui& ui, const WhyLine& line) {
  if (!line.target.empty() && line.world != WhyLine::World::Both) {
    ui.select(line.target);
    ui.st.selected_there = line.world == WhyLine::World::Other;
    ui.st.why_wall = ui.wall;  // W goes on with the answer
  }
  if (!timed(ui, line)) return;
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = line.time_us;
  ui.emit(std::move(a));
}

/// The sign before a sentence: ≠ for a difference between two worlds, which has no moment; a number for a moment of
/// this world; an empty disc for a moment of the other world, which is not highlighted here.
void draw_sign(Ui& ui, const WhyLine& line, const Rect& at, int number, float k) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float large = 10.5f * k, x = at.cx(), y = at.cy();
  if (line.world == WhyLine::World::Both) {
    p.circle(x, y, large, c.caution_fill);
    p.circle_line(x, y, large, c.difference, std::max(1.6f, 1.6f * k));
    p.equal_sign(x, y, c.difference, true);
  } else if (number > 0) {
    p.circle(x, y, large, c.accent);
    const float em = (ui.st.layout == Layout::Presenter ? 14.6f : 13.f) * k;
    p.text(at, std::to_string(number), {.em = em, .color = c.accent_ink, .bold = true, .align = Align::Middle});
  } else {
    p.circle(x, y, 6 * k, c.panel);
    p.circle_line(x, y, 6 * k, c.accent, std::max(2.f, 2 * k));
  }
}

/// A part of the card's foot: a label, or a button.
struct FootPart {
  enum class What : std::uint8_t { Label, Again, Root, Effect, More, Further, Other };
  What what = What::Label;
  std::size_t index = 0;  // of the effect, of the further one, or of the other question
  std::string words;
  Rect at;  // from the foot's upper left corner
};

/// The root cause, effects and other questions, each kind with its label, if there are any.
std::vector<FootPart> foot_parts(const Ui& ui) {
  using What = FootPart::What;
  const WhyModel& why = ui.log.why;
  std::vector<FootPart> parts;
  const auto add = [&](What what, std::string words, std::size_t index = 0) {
    parts.push_back({what, index, std::move(words), {}});
  };
  if (why.at_us != ui.world.time_us) add(What::Again, ui.tr("ui.why_again"_w));
  if (why.has_root) {
    add(What::Label, ui.tr("ui.why_root"_w));
    add(What::Root, ui.pick(why.root.words));
  }
  if (!why.effects.empty()) add(What::Label, ui.tr("ui.why_effects"_w, {{"time", short_time(why.root.time_us)}}));
  const auto add_effects = [&](What what, const std::vector<WhyLine>& effects) {
    for (std::size_t i = 0; i < effects.size(); ++i)
      add(what, short_time(effects[i].time_us) + " · " + ui.pick(effects[i].words), i);
  };
  add_effects(What::Effect, why.effects);
  if (ui.st.why_further) add_effects(What::Further, why.further);
  else if (!why.further.empty())
    add(What::More, ui.tr("ui.why_more"_w, {{"count", std::to_string(why.further.size())}}));
  if (!why.others.empty()) add(What::Label, ui.tr("ui.why_also"_w));
  for (std::size_t i = 0; i < why.others.size(); ++i) add(What::Other, ui.pick(why.others[i].label), i);
  return parts;
}

constexpr float kPillPads = 1.4f;  // at both sides of a button's words, in units of the type's size

/// Gives each part its place, on as many lines as are needed; a label is on the same line as the part after it. Returns
/// the height.
float place_foot(Painter& p, std::vector<FootPart>& parts, float room, float em) {
  const float line = em * 1.9f, gap = em * .55f;
  const auto width = [&](const FootPart& part) {
    const bool label = part.what == FootPart::What::Label;
    return std::min(room, p.width(part.words, {.em = em, .bold = label}) + (label ? 0 : kPillPads * em));
  };
  float x = 0, y = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool label = parts[i].what == FootPart::What::Label;
    const float w = width(parts[i]), next = label && i + 1 < parts.size() ? gap + width(parts[i + 1]) : 0;
    const float before = x == 0 ? 0 : label ? 2 * gap : gap;
    if (x > 0 && x + before + w + next > room) x = 0, y += line + gap / 2;
    else x += before;
    parts[i].at = {x, y, w, line};
    x += w;
  }
  return y + line;
}

void draw_foot(Ui& ui, const std::vector<FootPart>& parts, const Rect& foot, float em) {
  using What = FootPart::What;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const WhyModel& why = ui.log.why;
  std::uint64_t id = 0;
  for (const FootPart& part : parts) {
    const Rect box{foot.x + part.at.x, foot.y + part.at.y, part.at.w, part.at.h};
    if (part.what == What::Label) {
      p.text(Line(box), part.words, {.em = em, .color = c.secondary, .bold = true});
      continue;
    }
    ++id;
    if (!p.in_sight(box)) continue;
    const Hit hit = ui.hit(make_id("why pill", id), box);
    p.fill(box, hit.hovered ? c.hover : c.field, 6);
    if (part.what != What::Effect && part.what != What::Further)
      p.stroke(box, hit.hovered ? c.accent : c.mid, 1.25f, 6);
    p.text(box, part.words, {.em = em, .align = Align::Middle, .max = box.w - em, .foreign = true});
    if (!hit.clicked) continue;
    if (part.what == What::Again) ui.ask_why_there(why.path);
    if (part.what == What::Root) jump(ui, why.root);
    if (part.what == What::Effect) jump(ui, why.effects[part.index]);
    if (part.what == What::Further) jump(ui, why.further[part.index]);
    if (part.what == What::More) ui.st.why_further = true;
    if (part.what == What::Other) ui.ask_why_there(why.others[part.index].path);
  }
}

/// The sizes of a card. Beside a panel it is narrow, and its parts are closer together.
struct WhySizes {
  WhySizes(float w, float em)
      : k(em / 15),
        large(em > 18),
        narrow(w < 900 && !large),
        line(em * (narrow ? 1.3f : 1.36f)),
        pad((narrow ? 10 : 20) * k),
        above((narrow ? 4 : 10) * k),
        below((narrow ? 7 : 20) * k),
        foot((narrow ? 2 : 6) * k) {}
  float k;
  bool large, narrow;
  float line, pad, above, below, foot;  // above and below the question; below the foot
  TextStyle question() const { return {.em = (narrow ? 16.f : 18.f) * k, .bold = true}; }
};
constexpr float kWhySign = 22, kWhyClose = 28, kWhyGap = 12;

/// The question, and the button to close the answer.
void draw_question(Ui& ui, Column& in, const WhySizes& sizes) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float k = sizes.k;
  const std::string& words = ui.pick(ui.log.why.question);
  Row row{Column{in}.next(44 * k), kWhyGap * k};
  if (sizes.narrow) row.rest.h = 30 * k;
  const Rect sign = row.left(kWhySign * k), close = row.right(kWhyClose * k).middle(kWhyClose * k);
  p.circle(sign.cx(), sign.cy(), 12 * k, c.accent);
  p.text(sign, "?", {.em = 16 * k, .color = c.accent_ink, .bold = true, .align = Align::Middle});
  const Hit closing = ui.hit(make_id("why close"), close);
  p.fill(close, closing.hovered ? c.hover : c.field, 6);
  p.text(close, "×", {.em = 18 * k, .align = Align::Middle});
  if (closing.clicked) ui.emit(ActionKind::ClearChain);
  const TextStyle style = sizes.question();
  const std::string leave = std::string(ui.tr("ui.why_click"_w)) + " · " + ui.tr("ui.esc_ends"_w);
  if (!sizes.large && p.width(words, style) + row.gap + p.width(leave, {.em = 13}) < row.rest.w)
    p.text(row, leave, {.em = 13, .color = c.muted, .align = Align::Right});
  Column said{row.rest};
  said.skip(sizes.above);
  p.paragraph(said, words, style, {style.em * 1.3f, style.em});
  in.skip(said.rest.y - in.rest.y + sizes.below);
}

std::string moment_words(const WhyLine& line) { return short_time(line.time_us) + " " + micro_text(line.time_us); }

/// A sentence's sign, time and words.
std::array<Rect, 3> sentence_cells(Ui& ui, const Rect& row, float em) {
  float time_w = ui.p.width(ui.tr("ui.now"_w), {.em = em, .bold = true});
  for (const WhyLine& line : ui.log.why.lines)
    if (timed(ui, line)) time_w = std::max(time_w, ui.p.width(moment_words(line), {.em = em}));
  const float k = em / 15;
  return in_row(row, {fixed(kWhySign * k), fixed(time_w), weight()}, 14 * k);
}

constexpr float kWhyFootEm = 13, kWhyBetween = 3;  // between two sentences, at least

/// The height of a card of that width in which nothing has to be scrolled or shortened; nullopt: something has to be
/// shortened.
std::optional<float> why_height(Ui& ui, float w, float em) {
  Painter& p = ui.p;
  const WhyModel& why = ui.log.why;
  const WhySizes sizes(w, em);
  const float inner = w - 2 * sizes.pad, k = sizes.k;
  const TextStyle question = sizes.question();
  const float asked = inner - (kWhySign + kWhyGap + kWhyGap + kWhyClose) * k;
  float h = 2 * sizes.pad + sizes.foot + sizes.above + sizes.below +
            question.em * 1.3f * static_cast<float>(p.wrap(ui.pick(why.question), asked, question).size());
  const float words = sentence_cells(ui, {0, 0, inner, 0}, em)[2].w;
  for (const WhyLine& line : why.lines)
    h += kWhyBetween * k + sizes.line * static_cast<float>(p.wrap(ui.pick(line.words), words, {.em = em}).size());
  std::vector<FootPart> parts = foot_parts(ui);
  if (parts.empty()) return h;
  for (const FootPart& part : parts)
    if (p.width(part.words, {.em = kWhyFootEm}) + kPillPads * kWhyFootEm > inner) return std::nullopt;
  return h + place_foot(p, parts, inner, kWhyFootEm);
}

/// The least width at which the open answer fits in the box, without scrolling; 0: it does not fit.
float why_width(Ui& ui, const Rect& r) {
  constexpr float kLeast = 380, kStep = 60, kEm = 15;
  for (float w = kLeast; w < r.w + kStep; w += kStep)
    if (const auto h = why_height(ui, std::min(w, r.w), kEm); h && *h <= r.h) return std::min(w, r.w);
  return 0;
}

/// The width that a panel needs beside an answer; 0: the panel shows nothing of the chain of causes.
float least_beside_answer(Tab tab) {
  switch (tab) {
    case Tab::Partitions: return 400;
    case Tab::Timeline:
    case Tab::SpaceTime: return 480;
    case Tab::Log: return 600;
    default: return 0;
  }
}

}  // namespace

float why_button(Ui& ui, float right, float y, const std::string& path) {
  const std::string words = ui.tr("ui.why"_w);
  const float w = ui.p.width(words, {.em = 13, .bold = true}) + 20;
  const Rect r{right - w, y, w, 26};
  const Hit hit = ui.hit(make_id("why " + path), r);
  ui.p.fill(r, hit.hovered ? ui.c.hover : ui.c.accent_fill, 6);
  ui.p.stroke(r, ui.c.accent, hit.hovered ? 2 : 1.25f, 6);
  ui.p.text(r, words, {.em = 13, .color = ui.c.primary, .bold = true, .align = Align::Middle});
  if (hit.clicked) ui.ask_why(path);
  return w;
}

bool why_spot(Ui& ui, Id id, const Rect& place, const SpotFrame& frame, const std::string& title,
              const std::string& path) {
  const Hit hit = ui.hit(id, place);
  if (hit.hovered) ui.p.stroke(place.grown(frame.outside), ui.c.accent, frame.width, frame.radius);
  if (hit.hovered && ui.may_tip()) ui.st.tip = {ui.p.to_window(place), title, {}, ui.tr("ui.why_isr"_w)};
  if (hit.clicked) {
    ui.ask_why(path);
    ui.st.asked_by_click = true;
  }
  return hit.clicked;
}

bool is_chosen_value(const Ui& ui, const std::string& path) {
  return !path.empty() && ui.st.number_path == path &&
         ui.st.number_wall >= std::max(ui.st.fate_wall, ui.st.selected_wall);
}

Hit value_row(Ui& ui, Id id, const Rect& row, const std::string& path) {
  const Hit hit = ui.hit(id, row);
  if (hit.clicked) {
    ui.st.number_path = path;
    ui.st.number_wall = ui.wall;
  }
  if (is_chosen_value(ui, path)) ui.p.stroke(row, ui.c.accent, 1.5f, 4);
  return hit;
}

void draw_why(Ui& ui, const Rect& r, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const WhyModel& why = ui.log.why;
  const WhySizes sizes(r.w, em);
  const bool large = sizes.large;
  const float k = sizes.k, pad = sizes.pad, line_h = sizes.line;
  p.fill(r, c.panel);
  if (large) p.stroke(r, c.accent, 3, 8);
  ui.hit(make_id("why"), r);
  p.push_box(r, "why");
  Column in{r.padded(pad)};
  in.last(sizes.foot);
  draw_question(ui, in, sizes);
  std::vector<std::vector<std::string>> rows;
  float all = 0;
  for (const WhyLine& line : why.lines) {
    rows.push_back(p.wrap(ui.pick(line.words), sentence_cells(ui, in.rest, em)[2].w, {.em = em}));
    all += line_h * static_cast<float>(rows.back().size());
  }
  // The foot is at the lower edge. An answer higher than the card is scrolled; nothing is left out.
  std::vector<FootPart> parts = foot_parts(ui);
  const float foot_em = large ? em : kWhyFootEm, count = static_cast<float>(std::max<std::size_t>(1, rows.size()));
  const float foot = parts.empty() ? 0 : place_foot(p, parts, in.rest.w, foot_em);
  const Rect body = in.rest;
  const float content = std::max(body.h, all + count * kWhyBetween * k + foot);
  const bool scrolls = content > body.h + 1;
  scroll(ui, body, content, ui.st.why_scroll);
  if (scrolls) p.push_box(body.padded(-pad / 2, 0), "why", true);
  in.rest.h = content;
  in.rest.y -= ui.st.why_scroll;
  if (!parts.empty()) draw_foot(ui, parts, in.last(foot), foot_em);
  const float gap = std::clamp((in.rest.h - all) / count, kWhyBetween * k, 15 * k);
  int number = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const WhyLine& line = why.lines[i];
    Column words{in.next(line_h * static_cast<float>(rows[i].size()) + gap)};
    const Rect row = words.rest.padded(-pad / 2);
    const bool link = timed(ui, line) || (!line.target.empty() && line.world != WhyLine::World::Both);
    const Hit hit = p.in_sight(row) ? ui.hit(make_id("why line", i), row) : Hit{};
    if (hit.hovered && link) {
      p.fill(row, c.hover, 6);
      p.stroke(row, c.accent, 1.25f, 6);
    }
    words.skip(gap / 2);
    const auto cells = sentence_cells(ui, Column{words}.next(line_h), em);
    if (i + 1 < rows.size())
      p.line(cells[0].cx(), cells[0].cy(), cells[0].cx(), cells[0].cy() + row.h, c.mid, std::max(2.f, 2 * k));
    const bool numbered = line.world != WhyLine::World::Other && line.world != WhyLine::World::Both && line.seq != 0;
    draw_sign(ui, line, cells[0], numbered ? ++number : 0, k);
    if (timed(ui, line)) p.text(cells[1], moment_words(line), {.em = em, .color = c.accent});
    else if (line.world != WhyLine::World::Both)
      p.text(cells[1], ui.tr("ui.now"_w), {.em = em, .color = c.secondary, .bold = true});
    words.rest.x = cells[2].x;
    words.rest.w = cells[2].w;
    for (const std::string& text : rows[i]) {
      const Line at = words.next({line_h, em * 1.02f});
      p.text(at, text, {.em = em});
      links_in(ui, at.x, at.base, text, {.em = em});
    }
    if (hit.clicked && link) jump(ui, line);
  }
  if (scrolls) p.pop_box();
  if (scrolls) scroll_bar(ui, body.padded(-pad, 0), content, ui.st.why_scroll);
  p.pop_box();
}

bool draw_causes(Ui& ui, Tab tab, const Rect& r) {
  const bool why = ui.log.why.open;
  if (!why && (ui.log.chain.empty() || tab == Tab::SpaceTime)) return false;
  const bool aside = ui.answer_is_aside();
  if (!why) {
    if (!aside) draw_chain(ui, r);
    return !aside;
  }
  constexpr float kScrolled = 420;  // of an answer beside the diagram that is higher than its card
  const float least = least_beside_answer(tab), room = r.w - least;
  float words = least > 0 && room > 0 ? why_width(ui, {r.x, r.y, room, r.h}) : 0;
  if (words <= 0 && tab == Tab::SpaceTime && r.w >= kScrolled + least) words = kScrolled;
  if (words <= 0 && aside) {
    if (ui.st.aside_told != ui.st.aside) ui.say("ui.answer_aside"_w);
    ui.st.aside_told = ui.st.aside;
    return false;
  }
  if (words <= 0) {
    draw_why(ui, r);
    return true;
  }
  Row row{r, 1};
  const Rect answer = row.left(words);
  draw_why(ui, answer);
  draw_tab(ui, tab, row.rest, true);
  ui.p.line(answer.right(), r.y, answer.right(), r.bottom(), ui.c.hair);
  return true;
}

}  // namespace kafkascope::ui
