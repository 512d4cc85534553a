#include "ui/panels/presenter.h"
#include "ui/panels/two_worlds.h"

#include <algorithm>

#include "ui/panels/clock_badge.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/space_time_panel.h"
#include "ui/stage/overlay.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

/// Draws the sign that this is not the lesson's own run, with what was done, in full if there is room. Returns its
/// width.
float detour_sign(Ui& ui, float x, float bar_h, float room, const Sizes& s) {
  const Detour& d = ui.lesson.detour;
  if (!d.active) return 0;
  Painter& p = ui.p;
  const TextStyle style{.em = s.text, .bold = true};
  const float icon = s.text * 1.1f, pad = s.text * .5f, around = icon + 3 * pad;
  const words::Key form = d.kind == RunKind::Variant ? "ui.away_variant"_w
                          : d.kind == RunKind::Seed  ? "ui.away_seed"_w
                          : d.kind == RunKind::Try   ? "ui.away_try"_w
                          : d.kind == RunKind::Free  ? "ui.free_play"_w
                                                     : "ui.detour_is"_w;
  std::string words = ui.tr(form, {{"what", ui.pick(d.what)}});
  if (d.kind == RunKind::Detour && p.width(words, style) + around > room) words = ui.tr("ui.detour_word"_w);
  const float w = std::min(p.width(words, style), std::max(room - around, s.text)) + around;
  const Rect r{x, bar_h / 2 - s.text, w, s.text * 2};
  p.fill(r, ui.c.accent_fill, s.text * .5f);
  p.stroke(r, ui.c.accent, s.stroke * .7f, s.text * .5f);
  p.icon(Icon::Branch, x + pad, bar_h / 2 - icon / 2, icon, ui.c.accent, 2);
  p.text(x + icon + 2 * pad, bar_h / 2 + s.text * .36f, words,
         {.em = s.text, .bold = true, .max = w - around + 1, .foreign = true});
  p.note(r, "detour sign");
  return w + s.margin * .8f;
}

void top_bar(Ui& ui, float bar_h, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill({0, 0, s.w, bar_h}, c.panel);
  p.line(0, bar_h, s.w, bar_h, c.mid, s.stroke * .7f);
  const float m = bar_h / 2 + s.title * .36f;
  float right = s.w - s.margin;
  right -=
      p.text(right, m, clock_text(ui.time.now_us), {.em = s.title, .bold = true, .align = Align::Right}) + s.margin;
  if (ui.time.ended)
    right -= p.text(right, m, ui.tr("ui.run_ended"_w),
                    {.em = s.text, .color = c.secondary, .bold = true, .align = Align::Right}) +
             s.margin;
  float x = s.margin;
  const std::string title = ui.lesson.title.empty() ? std::string(ui.tr("ui.free_play"_w)) : ui.pick(ui.lesson.title);
  x += p.text(x, m, title, {.em = s.title, .bold = true, .max = s.w * .4f, .foreign = true}) + s.margin;
  x += detour_sign(ui, x, bar_h, right - x - s.margin, s);
  const int n = static_cast<int>(ui.lesson.steps.size());
  const bool waits = ui.lesson.detour.active && !has_own_steps(ui.lesson.detour.kind);  // the script's steps
  if (ui.lesson.present && n > 0 && !waits) {
    const std::string step =
        ui.tr("ui.step_of"_w, {{"step", std::to_string(ui.lesson.step + 1)}, {"steps", std::to_string(n)}});
    const float step_w = p.width(step, {.em = s.text}), dot = s.h * .0125f,
                dots_w = static_cast<float>(n) * dot * 1.7f + dot * 2;
    if (x + dots_w + step_w + s.margin < right) {
      for (int i = 0; i < n; ++i) {
        const float w = i == ui.lesson.step ? dot * 2.4f : dot;
        p.fill({x, bar_h / 2 - dot * .4f, w, dot * .8f}, i <= ui.lesson.step ? c.accent : c.mid, dot * .4f);
        x += w + dot * .7f;
      }
      x += s.margin * .6f;
    }
    if (x + step_w < right) x += p.text(x, m, step, {.em = s.text, .color = c.secondary}) + s.margin * .8f;
  }
  if (!ui.lesson.variant.empty() && ui.lesson.detour.kind != RunKind::Variant) {
    const std::string variant = ui.tr("ui.variant_is"_w, {{"variant", ui.pick(ui.lesson.variant)}});
    if (x + p.width(variant, {.em = s.text, .bold = true}) < right)
      x += p.text(x, m, variant, {.em = s.text, .color = c.accent, .bold = true}) + s.margin * .8f;
  }
  if (ui.lesson.quiet_until_us >= 0) {  // why nothing moves, and until when; if there is little room, until when
    const std::string at = clock_text(ui.lesson.quiet_until_us);
    const TextStyle style{.em = s.text, .color = c.secondary, .align = Align::Right};
    const bool offers = !ui.time.adapts;  // a click goes there
    for (const std::string& words : {quiet_words(ui) + (offers ? " »" : ""), "» " + at}) {
      const float w = p.width(words, style);
      if (x + w > right) continue;
      const Hit hit =
          offers ? ui.hit(make_id("pass silence"), {right - w, m - s.text * 1.1f, w, s.text * 1.5f}) : Hit{};
      if (hit.clicked) ui.emit(ActionKind::PassSilence);
      TextStyle shown = style;
      if (offers) shown.color = hit.hovered ? c.primary : c.accent;
      p.text(right, m, words, shown);
      break;
    }
  }
}

/// The text to read aloud: the open question, else the glide, else the step with its title as the first sentence.
std::vector<std::string> narration(const Ui& ui, Lang lang) {
  const LessonModel& lesson = ui.lesson;
  const auto pick = [&](const Words& words) { return ui::pick(lang, words); };
  if (lesson.question.phase == QuestionPhase::Open) return {pick(lesson.question.question)};
  if (lesson.glide.active) return {pick(lesson.glide.headline) + ".", pick(lesson.glide.why)};
  std::vector<std::string> out;
  if (!lesson.turn.open)  // the title already names the act
    for (const Words& paragraph : lesson.paragraphs) out.push_back(pick(paragraph));
  if (lesson.turn.open && lesson.turn.hint && !lesson.turn.hint_words.empty())
    out.push_back(pick(lesson.turn.hint_words));
  std::string title = pick(lesson.step_title);
  if (lesson.turn.open) title = tr(lang, "ui.now_you_deed"_w, {{"deed", pick(lesson.turn.deed)}});
  if (!lesson.present) out.insert(out.begin(), tr(lang, "ui.free_play_text"_w));
  if (title.empty() || !lesson.present) return out;
  if (title.back() != '?' && title.back() != '!' && title.back() != '.') title += '.';
  if (out.empty()) return {title};
  out.front() = title + " " + out.front();
  return out;
}

/// The narration's lines, from the top down: each paragraph, and its subtitle under it.
struct Told {
  std::string line;
  TextStyle style;
  float y;  // of the baseline, from the top
};

/// Returns the height of all lines.
float tell(Ui& ui, float width, const TextStyle& style, const TextStyle& under, std::vector<Told>& told) {
  const std::vector<std::string> own = narration(ui, ui.p.lang);
  const std::vector<std::string> other =
      ui.st.subtitles ? narration(ui, ui.other_language()) : std::vector<std::string>{};
  float y = 0;
  const auto add = [&](const std::string& words, const TextStyle& as) {
    for (std::string& line : ui.p.wrap(words, width, as)) {
      told.push_back({std::move(line), as, y + as.em * .95f});
      y += as.em * 1.36f;
    }
  };
  for (std::size_t i = 0; i < own.size(); ++i) {
    add(own[i], style);
    if (i >= other.size() || other[i] == own[i]) continue;
    add(other[i], under);
    if (i + 1 < own.size()) y += under.em * .4f;
  }
  return std::max(y, style.em * 1.36f);
}

/// Whether the space-time diagram replaces the stage. Not while the learner needs the stage, to answer a question or to
/// act.
bool shows_space_time(const Ui& ui) {
  const std::vector<std::string>& panels = ui.lesson.view.panels;
  const bool needs_stage = ui.lesson.question.phase == QuestionPhase::Open || ui.lesson.turn.open;
  return std::find(panels.begin(), panels.end(), "space-time") != panels.end() && (ui.stage_hidden() || !needs_stage);
}

/// Whether the terminal replaces the stage: somebody has opened it, or the step is about its output.
bool shows_terminal(const Ui& ui) {
  if (ui.st.tab_chosen && ui.st.tab == Tab::Terminal) return true;
  const std::vector<std::string>& panels = ui.lesson.view.panels;
  const bool needs_stage = ui.lesson.question.phase == QuestionPhase::Open || ui.lesson.turn.open;
  // The objects that the step points at must stay visible: on the stage, or in the strips below the narration.
  const int index = ui.selected_partition();
  const bool seen = ui.lesson.view.point.empty() ||
                    (index >= 0 && points_into_log(ui, ui.world.partitions[static_cast<std::size_t>(index)]));
  return !needs_stage && seen && !ui.lesson.view.tool.empty() &&
         std::find(panels.begin(), panels.end(), "terminal") != panels.end();
}

void draw_large_terminal(Ui& ui, const Rect& r, const Sizes& s) {
  constexpr float kSmallest = 13;  // of the panel's own type
  const float k = s.text / kSmallest;
  ui.p.note(r, "terminal");
  ui.p.push(r.x, r.y, k);
  draw_terminal_panel(ui, {0, 0, r.w / k, r.h / k});
  ui.p.pop();
}

/// The keys with which the presenter continues a paused lesson.
std::string waiting_keys(const Ui& ui) {
  const LessonModel& lesson = ui.lesson;
  if (!ui.st.key_hints) return {};
  if (lesson.turn.open) {
    if (lesson.turn.key.empty() || lesson.turn.node.empty()) return ui.tr("ui.foot_turn"_w);
    return ui.tr(ui.st.locked ? "ui.foot_turn_key"_w : "ui.foot_turn_free"_w,
                 {{"node", lesson.turn.node}, {"key", lesson.turn.key}});
  }
  if (lesson.question.phase != QuestionPhase::Open)
    return lesson.detour.active && !has_own_steps(lesson.detour.kind) ? ui.tr("ui.foot_detour"_w) : std::string();
  const std::size_t choices = std::min<std::size_t>(4, lesson.question.choices.size());
  return ui.tr(lesson.question.voting ? "ui.foot_vote"_w : "ui.foot_answer"_w,
               {{"keys", choices > 1 ? "1–" + std::to_string(choices) : "1"}});
}

}  // namespace

PresenterSizes presenter_sizes(float w, float h) {
  return {h, w, h * .0262f, h * .029f, h * .0415f, std::max(3.f, h * .0038f), h * .03f, h * .03f, w / h < 1.5f};
}

void draw_presenter(Ui& ui) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Sizes s = presenter_sizes(ui.w, ui.h);
  const float h = s.h, w = s.w;
  ui.hit(make_id("presenter"), {0, 0, w, h});
  if (!ui.lesson.twin.open) update_hot_changes(ui);  // two worlds do it themselves
  if (ui.st.blank) {
    p.fill({0, 0, w, h}, c.scrim);
    return;
  }
  const float bar_h = h * .068f;
  const Question& q = ui.lesson.question;
  const bool open = q.phase == QuestionPhase::Open,
             outcome = q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed;
  const float side_w = open ? w * (s.narrow ? .5f : .46f) : outcome && !s.narrow ? w * .31f : 0;
  // Beside another world, the narration begins with the letter of the world that it tells of.
  const bool two = ui.lesson.twin.open;
  const float letter = two ? s.narration * 1.5f : 0;
  const float text_x = s.margin + h * .025f + letter,
              text_w = w - s.margin - text_x - (side_w > 0 ? side_w + s.margin : 0);
  // Narration is never clipped: the stage shrinks first, then the panel.
  const TextStyle style{.em = s.narration, .bold = open};
  const TextStyle under{.em = s.text, .color = c.secondary};
  // Above the question, the subject of its step, unless that speaks of what the question hides.
  const TextStyle head_style{.em = s.text, .color = c.secondary, .bold = true};
  const std::vector<std::string> head = open && !question_hides_panel(ui)
                                            ? p.wrap(ui.pick(ui.lesson.step_title), text_w, head_style)
                                            : std::vector<std::string>{};
  const float head_line = s.text * 1.4f, head_h = head_line * static_cast<float>(head.size());
  std::vector<Told> lines;
  const float lines_h = tell(ui, text_w, style, under, lines);
  const Rect side{w - s.margin - side_w, 0, side_w, h * .4f};
  const float told_h = head_h + lines_h,
              words_h = std::max(told_h, side_w > 0 ? draw_presenter_question(ui, side, s, false) : 0);
  PresenterPanel panel = presenter_panel(ui);
  const float panel_h = two ? s.text * 2.4f : presenter_panel_height(ui, panel, s), pad = h * .024f;
  const std::string keys = waiting_keys(ui);
  const float keys_h = keys.empty() ? 0 : s.text * 1.7f;
  const float badge_em = s.text, badge_h = draw_clock_badge(ui, text_x, 0, text_w, badge_em, false),
              badge_room = badge_h > 0 ? badge_h + pad * .5f : 0;
  // Cards of records, and rows of received ones, need more room than strips alone.
  const float most = ui.lesson.view.records.empty() && ui.lesson.view.received.empty() ? .5f : .58f;
  const float bottom_h = std::clamp(words_h + badge_room + panel_h + (panel_h > 0 ? 3 : 2) * pad + keys_h,
                                    h * (two ? .2f : .335f), h * (ui.st.subtitles ? .6f : most));
  const Rect stage{0, bar_h, w, h - bar_h - bottom_h};
  p.fill({0, stage.bottom(), w, bottom_h}, c.panel);
  if (ui.lesson.twin.open) {
    draw_two_worlds(ui, stage, s.text);
  } else if (shows_terminal(ui)) {
    draw_large_terminal(ui, stage, s);
  } else if (shows_space_time(ui)) {
    draw_space_time(
        ui, stage,
        {.em = s.text, .stroke = s.stroke, .mark = s.text * .36f, .names = s.text * 9.5f, .controls = false});
  } else if (ui.stage_hidden()) {
    const auto& panels = ui.lesson.view.panels;
    if (std::find(panels.begin(), panels.end(), "transactions") != panels.end())
      draw_transactions_panel(ui, stage, s.text);
    else draw_presenter_metrics(ui, stage, s);
  } else {
    draw_presenter_stage(ui, stage, s);
  }
  p.line(0, stage.bottom(), w, stage.bottom(), c.mid, s.stroke * .7f);
  top_bar(ui, bar_h, s);
  if (ui.log.why.open) {  // replaces the narration and the panel; the stage with its highlights stays
    draw_why(ui, {s.margin * .5f, stage.bottom() + h * .012f, w - s.margin, h - stage.bottom() - h * .024f}, s.text);
    return;
  }
  const float top = stage.bottom() + pad;
  float y = top + s.text;
  for (const std::string& line : head) {
    p.text(text_x, y, line, head_style);
    y += head_line;
  }
  for (const Told& told : lines) {
    p.text(text_x, top + head_h + told.y, told.line, told.style);
    links_in(ui, text_x, top + head_h + told.y, told.line, told.style);
  }
  p.fill({s.margin, top, h * .007f, told_h}, c.accent, 2);
  if (two && !lines.empty()) {
    const Rect sign{text_x - letter, top + head_h, s.narration, s.narration * 1.2f};
    draw_world_disc(p, sign.cx(), sign.cy(), s.narration * .5f, ui.lesson.twin.shown_is_b);
    p.note(sign, "world that is told");
  }
  if (side_w > 0) draw_presenter_question(ui, {side.x, top, side.w, h - top - pad - keys_h}, s);
  if (!keys.empty()) p.text(text_x, h - s.text * .75f, keys, {.em = s.text, .color = c.secondary, .max = text_w});
  draw_clock_badge(ui, text_x, top + words_h + pad * .5f, text_w, badge_em, true);
  const float panel_y = top + words_h + badge_room + pad, room = h - pad * .6f - panel_y - keys_h;
  if (two) {
    ui.emit(ActionKind::Compare);
    draw_ledger_differences(ui, {s.margin, panel_y, w - 2 * s.margin, room}, s.text);
  } else if (panel != PresenterPanel::None && room > h * .1f)
    draw_presenter_panel(ui, panel, {s.margin, panel_y, w - 2 * s.margin, room}, s);
}

}  // namespace kafkascope::ui
