#include "ui/panels/presenter.h"
#include "ui/panels/two_worlds.h"

#include <algorithm>
#include <cctype>

#include "ui/panels/clock_badge.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/space_time_panel.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/messages.h"
#include "ui/stage/overlay.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

/// The sign of a run that is not the lesson's own, with the user's acts, in full if there is room.
void detour_sign(Ui& ui, Row& bar, const Sizes& s) {
  const Detour& d = ui.lesson.detour;
  if (!d.active) return;
  Painter& p = ui.p;
  const float room = bar.rest.w - s.margin;
  const TextStyle style{.em = s.text, .bold = true};
  const float icon = s.text * 1.1f, pad = s.text * .5f, around = icon + 3 * pad;
  const std::int64_t comes = own_act_to_come(ui);
  const words::Key form = d.kind == RunKind::Variant ? "ui.away_variant"_w
                          : d.kind == RunKind::Seed  ? "ui.away_seed"_w
                          : d.kind == RunKind::Try   ? "ui.away_try"_w
                          : d.kind == RunKind::Free  ? "ui.free_play"_w
                          : comes >= 0               ? "ui.detour_to_come"_w
                                                     : "ui.detour_is"_w;
  std::string words = ui.tr(form, {{"what", ui.pick(d.what)}, {"at", clock_text(comes)}});
  if (d.kind == RunKind::Detour && p.width(words, style) + around > room)
    words = comes >= 0 ? ui.tr("ui.detour_from"_w, {{"at", clock_text(comes)}}) : ui.tr("ui.detour_word"_w);
  const float w = std::min(p.width(words, style), std::max(room - around, s.text)) + around;
  const Rect r = bar.left(w).middle(s.text * 2);
  p.fill(r, ui.c.accent_fill, s.text * .5f);
  p.stroke(r, ui.c.accent, s.stroke * .7f, s.text * .5f);
  Row in{r.padded(pad), pad};
  p.icon(Icon::Branch, in.left(icon), ui.c.accent, 2);
  p.text(in.rest, words, {.em = s.text, .bold = true, .foreign = true});
  p.note(r, "detour sign");
}

/// Whether the step is about the timer: its words name the setting, or it points at a node or a group that has it.
bool step_about(const Ui& ui, const Timer& timer) {
  const auto& told = ui.lesson.paragraphs;
  const std::string_view key = timer.key;
  const auto names = [&](const Words& words) {  // not as the end of another setting's name
    for (std::size_t at = words.en.find(key); at != std::string::npos; at = words.en.find(key, at + 1))
      if (at == 0 || (words.en[at - 1] != '.' && std::isalpha(static_cast<unsigned char>(words.en[at - 1])) == 0))
        return true;
    return false;
  };
  if (std::any_of(told.begin(), told.end(), names)) return true;
  const auto& points = ui.lesson.view.point;
  const auto of_step = [&](const Node& node) {
    return ui.is_selected(node.name) ||
           std::any_of(points.begin(), points.end(), [&](const PointAt& at) { return means_node(at, node); });
  };
  const auto is_it = [&](const Timer& of) { return &of == &timer; };
  for (const Node& node : ui.world.nodes)
    if (is_it(node.session) ||
        std::any_of(node.lagging.begin(), node.lagging.end(), [&](const auto& lag) { return is_it(lag.second); }))
      return of_step(node);
  for (const Client& client : ui.world.clients)
    if (std::any_of(client.timers.begin(), client.timers.end(), is_it)) return is_meant(ui, client);
  for (const Group& group : ui.world.groups) {
    if (is_it(group.initial_delay)) return ui.points_at("/groups/" + group.id);
    for (const GroupMember& m : group.members)
      if (is_it(m.session) || is_it(m.awaited) || is_it(m.lock))
        return ui.points_at("/groups/" + group.id) ||
               (m.node >= 0 && of_step(ui.world.nodes[static_cast<std::size_t>(m.node)]));
  }
  return false;
}

/// Of the arcs that run down in this frame those that the step is about, else the one that ends first and not as
/// planned: a sample and their settings, as many as fit beside the step.
void draw_key_of_arcs(Ui& ui, Row& bar, const Sizes& s, float step) {
  Painter& p = ui.p;
  auto& arcs = ui.st.arcs;
  const auto about =
      std::stable_partition(arcs.begin(), arcs.end(), [&](const Timer* t) { return step_about(ui, *t); });
  if (about != arcs.begin()) {
    arcs.erase(about, arcs.end());
  } else if (!arcs.empty()) {
    const auto rank = [](const Timer* t) { return std::pair{t->routine, t->remaining_us}; };
    arcs = {
        *std::min_element(arcs.begin(), arcs.end(), [&](const Timer* a, const Timer* b) { return rank(a) < rank(b); })};
  }
  const TextStyle style{.em = s.text, .color = ui.c.secondary, .align = Align::Right, .foreign = true};
  const float sign = s.text;
  Row words_place = bar;  // without the step and the sample
  words_place.right(step);
  words_place.right(sign);
  const auto joined = [&](std::size_t most, bool values) {
    std::string words;
    for (std::size_t i = 0; i < most; ++i)
      words += (i > 0 ? ", " : "") + arcs[i]->key +
               (values ? " = " + setting_time(ui.st.lang, arcs[i]->key, arcs[i]->value) : std::string());
    return words;
  };
  for (std::size_t most = arcs.size(); most > 0; --most)
    for (const bool values : {true, false}) {
      const std::string words = joined(most, values);
      if (p.width(words, style) > words_place.rest.w) continue;
      const Line place = bar.rest;
      p.text(bar, words, style);
      Timer sample;
      sample.running = true;
      sample.total_us = 3, sample.remaining_us = 2;
      const Rect ring = bar.right(sign).middle(sign);
      timer_ring(ui, ring.cx(), ring.cy(), ring.w * .45f, sample, s.stroke * 1.2f);
      p.note(ring, "key of arcs");
      for (std::size_t i = 0; i < most; ++i) {
        const float before = p.width(joined(i, values) + (i > 0 ? ", " : ""), style);
        setting_link(ui, place.right() - p.width(words, style) + before, place.baseline(style.em), arcs[i]->key, style);
      }
      return;
    }
}

void top_bar(Ui& ui, const Rect& bar, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(bar, c.panel);
  p.line(bar.x, bar.bottom(), bar.right(), bar.bottom(), c.mid, s.stroke * .7f);
  const TextStyle plain{.em = s.text, .color = c.secondary}, loud{.em = s.text, .color = c.accent, .bold = true};
  Row in{Line(bar.padded(s.margin), Line(bar).baseline(s.title)), s.margin};
  p.text(in, clock_text(ui.time.now_us), {.em = s.title, .bold = true, .align = Align::Right});
  if (ui.time.ended)
    p.text(in, ui.tr("ui.run_ended"_w), {.em = s.text, .color = c.secondary, .bold = true, .align = Align::Right});
  const std::string title = ui.lesson.title.empty() ? std::string(ui.tr("ui.free_play"_w)) : ui.pick(ui.lesson.title);
  p.text(in, title, {.em = s.title, .bold = true, .max = s.w * .4f, .foreign = true});
  in.gap = s.margin * .8f;
  detour_sign(ui, in, s);
  const int n = static_cast<int>(ui.lesson.steps.size());
  const bool waits = ui.lesson.detour.active && !has_own_steps(ui.lesson.detour.kind);  // the script's steps
  const bool steps = ui.lesson.present && n > 0 && !waits;
  const std::string step =
      ui.tr("ui.step_of"_w, {{"step", std::to_string(ui.lesson.step + 1)}, {"steps", std::to_string(n)}});
  const float step_w = steps ? p.width(step, plain) + s.margin : 0;
  const bool quiet = ui.lesson.quiet_until_us >= 0;
  const std::string until = quiet ? "» " + clock_text(ui.lesson.quiet_until_us) : "";
  if (!ui.lesson.variant.empty() && ui.lesson.detour.kind != RunKind::Variant) {
    // Without the variant's name the room takes its world for the lesson's own.
    const float room = in.rest.w - step_w - s.margin - (quiet ? p.width(until, plain) + s.margin : 0);
    const std::string whole = ui.tr("ui.variant_is"_w, {{"variant", ui.pick(ui.lesson.variant)}});
    const std::string variant = p.width(whole, loud) < room ? whole : ui.pick(ui.lesson.variant);
    if (room > s.text * 5)
      p.text(in, variant, {.em = s.text, .color = c.accent, .bold = true, .max = room, .foreign = true});
  }
  draw_key_of_arcs(ui, in, s, step_w);
  if (steps) {
    const float dot = s.h * .0125f, dots_w = dot * (static_cast<float>(n) * 1.7f + 2);
    if (dots_w + step_w < in.rest.w) {
      Row dots{in.rest, dot * .7f};
      for (int i = 0; i < n; ++i)
        p.fill(dots.left(i == ui.lesson.step ? dot * 2.4f : dot).middle(dot * .8f),
               i <= ui.lesson.step ? c.accent : c.mid, dot * .4f);
      dots.skip(s.margin * .6f);
      in.rest = dots.rest;
    }
    if (step_w - s.margin < in.rest.w) p.text(in, step, plain);
  }
  if (!quiet) return;
  // Why nothing moves, and until when; with little room only until when.
  const bool offers = !ui.time.adapts;  // a click goes there
  for (const std::string& words : {quiet_words(ui) + (offers ? " »" : ""), until}) {
    const float w = p.width(words, plain);
    if (w > in.rest.w) continue;
    const Line place = in.right(w);
    const Hit hit = offers ? ui.hit(make_id("pass silence"), place.middle(s.text * 1.5f)) : Hit{};
    if (hit.clicked) ui.emit(ActionKind::PassSilence);
    p.text(place, words, {.em = s.text, .color = !offers ? c.secondary : hit.hovered ? c.primary : c.accent});
    break;
  }
}

/// The text to read aloud: the open question, else the glide, else the step with its title as the first sentence.
std::vector<std::string> narration(const Ui& ui, Lang lang) {
  const LessonModel& lesson = ui.lesson;
  const auto pick = [&](const Words& words) { return ui::pick(lang, words); };
  if (question_stands(ui)) return {pick(lesson.question.question)};
  if (lesson.glide.active) return {pick(lesson.glide.headline) + ".", pick(lesson.glide.why)};
  std::vector<std::string> out;
  if (!lesson.turn.open)  // the title already names the act
    for (const Words& paragraph : lesson.paragraphs) out.push_back(pick(paragraph));
  if (lesson.turn.open && lesson.turn.hint && !lesson.turn.hint_words.empty())
    out.push_back(pick(lesson.turn.hint_words));
  std::string title = pick(lesson.step_title);
  if (lesson.turn.open) title = tr(lang, "ui.now_you_deed"_w, {{"deed", pick(lesson.turn.deed)}});
  if (!lesson.present) out.insert(out.begin(), tr(lang, "ui.free_play_text"_w));
  if (!title.empty() && lesson.present) {
    if (title.back() != '?' && title.back() != '!' && title.back() != '.') title += '.';
    if (out.empty()) return {title};
    out.front() = title + " " + out.front();
  }
  if (tells_lesson_only(ui)) out.insert(out.begin(), tr(lang, "ui.about_lesson"_w));
  return out;
}

/// Whether the space-time diagram replaces the stage. Not while the learner needs the stage, to answer a question or to
/// act.
bool shows_space_time(const Ui& ui) {
  const bool needs_stage = ui.lesson.question.phase == QuestionPhase::Open || ui.lesson.turn.open;
  return ui.lesson.view.shows("space-time") && (ui.stage_hidden() || !needs_stage);
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

/// With two worlds, the narration begins with the letter of the world that it describes.
float letter_width(const Ui& ui, const Sizes& s) { return ui.lesson.twin.open ? s.narration * 1.5f : 0; }

/// Above a question the subject of its step; the narration, each paragraph with its subtitle under it. Returns its
/// height; below it is the badge of shortened times, beside a question's choices.
float narrate(Telling& told, const Sizes& s, bool badge) {
  Ui& ui = told.ui;
  const bool open = ui.lesson.question.phase == QuestionPhase::Open;
  const float top = told.at.rest.y;
  // The subject is left out if it may speak of the panel that the question hides.
  if (open && !question_hides_panel(ui))
    told.text(ui.pick(ui.lesson.step_title), {.em = s.text, .color = ui.c.secondary, .bold = true},
              {s.text * 1.4f, s.text});
  const std::vector<std::string> own = narration(ui, ui.p.lang);
  const std::vector<std::string> other =
      ui.st.subtitles ? narration(ui, ui.other_language()) : std::vector<std::string>{};
  if (told.draw && ui.lesson.twin.open && !own.empty()) {
    const Rect sign{told.at.rest.x - letter_width(ui, s), told.at.rest.y, s.narration, s.narration * 1.2f};
    draw_world_disc(ui, sign.cx(), sign.cy(), s.narration * .5f, ui.lesson.twin.shown_is_b);
    ui.p.note(sign, "world that is told");
  }
  const float from = told.at.rest.y;
  const auto say = [&](const std::string& words, const TextStyle& style) {
    told.text(words, style, {style.em * 1.36f, style.em * .95f}, true);
  };
  for (std::size_t i = 0; i < own.size(); ++i) {
    say(own[i], {.em = s.narration, .bold = open});
    if (i >= other.size() || other[i] == own[i]) continue;
    say(other[i], {.em = s.text, .color = ui.c.secondary});
    if (i + 1 < own.size()) told.at.skip(s.text * .4f);
  }
  if (told.at.rest.y <= from) told.at.skip(s.narration * 1.36f);
  const float h = told.at.rest.y - top;
  if (badge && !ui.lesson.clocks.empty()) {
    told.at.skip(s.h * .012f);
    draw_clock_badge(told, s.text);
  }
  return h;
}

/// Where the badge of shortened times is: below the narration, or below a question's choices if these are shorter.
enum class Badge { UnderWords, UnderChoices, None };

/// The part under the stage: words; at their right a question's choices or its outcome; below them a panel, and keys.
struct Lower {
  Sizes sizes;
  float text_x = 0, text_w = 0, side_w = 0, pad = 0;
  std::string keys;
  PresenterPanel panel = PresenterPanel::None;
  Badge badge = Badge::UnderWords;
  float words_h = 0, keys_h = 0;
  float h = 0;  // of all
};

/// What is left out or made narrower to make room for the log that a question is about.
struct Division {
  float side_w = 0;
  PresenterPanel panel = PresenterPanel::None;
  Badge badge = Badge::UnderWords;
  bool cards = true, keys = true;
};

/// The choices or the outcome, and the badge if it is below them. Returns their height.
float draw_side(Ui& ui, const Rect& side, const Sizes& s, Badge badge, bool draw) {
  const float h = draw_presenter_question(ui, side, s, draw);
  if (badge != Badge::UnderChoices || ui.lesson.clocks.empty()) return h;
  Column in{side, s.text * .4f};
  in.next(h);
  Telling told{ui, {in.rest}, draw};
  draw_clock_badge(told, s.text);
  return told.at.rest.y - side.y;
}

Lower divided(Ui& ui, const Sizes& s, const Division& by) {
  Lower low;
  low.sizes = s;
  low.side_w = by.side_w;
  low.panel = by.panel;
  low.pad = s.h * .024f;
  low.text_x = s.margin + s.h * .025f + letter_width(ui, s);
  low.text_w = s.w - s.margin - low.text_x - (by.side_w > 0 ? by.side_w + s.margin : 0);
  low.badge = by.badge;
  Telling told{ui, {{0, 0, low.text_w, 0}}, false};
  narrate(told, s, by.badge == Badge::UnderWords);
  const Rect side{0, 0, by.side_w, s.h * .4f};
  const float side_h = by.side_w > 0 ? draw_side(ui, side, s, by.badge, false) : 0;
  low.words_h = std::max(told.at.rest.y, side_h);
  if (by.keys) low.keys = waiting_keys(ui);
  low.keys_h = low.keys.empty() ? 0 : s.text * 1.7f;
  // What differs between two worlds in the end is not beside a question: it may be the answer.
  const float panel_h = ui.lesson.twin.open ? (question_stands(ui) ? 0 : s.text * 2.4f)
                                            : presenter_panel_height(ui, by.panel, s, by.cards);
  low.h = low.words_h + panel_h + (panel_h > 0 ? 3 : 2) * low.pad + low.keys_h;
  return low;
}

/// The part under the stage. Narration is never clipped: the stage shrinks first, then the panel. Choices stay as long
/// as their question; to make room for the panel, the choices get narrower, then cards of records are left out, then
/// the badge goes below the choices or is left out, last the row of keys.
Lower lower_part(Ui& ui, const Sizes& s) {
  const QuestionPhase phase = ui.lesson.question.phase;
  const bool open = phase == QuestionPhase::Open, asks = question_stands(ui),
             outcome = phase == QuestionPhase::Held || phase == QuestionPhase::Differed;
  const bool two = ui.lesson.twin.open;
  const PresenterPanel panel = presenter_panel(ui);
  // Cards of records, rows of received ones, choices, and the states of a transaction need more room than strips alone.
  const bool only_strips =
      ui.lesson.view.records.empty() && ui.lesson.view.received.empty() && panel != PresenterPanel::Transactions;
  // At 4:3 clients are below the brokers, and the stage has room for one row of each.
  const float most = s.h * (ui.st.subtitles || open ? .6f
                            : asks                  ? .56f
                            : only_strips           ? .5f
                            : s.narrow              ? .574f
                                                    : .58f),
              least = s.h * (two ? .2f : .335f);
  const auto clamped = [&](Lower low) {
    if (low.h > most && !asks && low.panel != PresenterPanel::None) {  // the keys give way to the panel
      low.h -= low.keys_h;
      low.keys.clear();
      low.keys_h = 0;
    }
    low.h = std::clamp(low.h, least, most);
    return low;
  };
  if (!asks) {
    Division by{outcome && !s.narrow ? s.w * .31f : 0, panel};
    // On a narrow screen a long narration is set smaller where the panel would lack room.
    Sizes brief = s;
    brief.narration *= .88f;
    Lower low = divided(ui, s, by);
    const bool smaller = s.narrow && low.h > most && panel != PresenterPanel::None;
    if (smaller) low = divided(ui, brief, by);
    const bool rows = panel == PresenterPanel::Transactions || panel == PresenterPanel::Metrics;
    if (low.h <= most || (!rows && low.words_h + 2 * low.pad <= most)) return clamped(std::move(low));
    by.badge = Badge::None;  // a cut sentence or graph would say nothing
    return clamped(divided(ui, smaller ? brief : s, by));
  }
  const float side_w = s.w * (s.narrow ? .5f : .46f);
  if (panel != PresenterPanel::None)
    for (const bool keys : {true, false})
      for (const Badge badge : {Badge::UnderWords, Badge::UnderChoices, Badge::None})
        for (const bool cards : {true, false})
          for (const float narrower : {0.f, .04f, .08f})
            if (Lower low = divided(ui, s, {side_w - s.w * narrower, panel, badge, cards, keys}); low.h <= most)
              return clamped(std::move(low));
  // If the panel does not fit: while people read a question, or on a narrow screen, the stage gets all the room; once
  // the run goes on, the panel gets what is left. Half of a transaction's states would say nothing.
  const bool without = open || s.narrow || panel == PresenterPanel::Transactions;
  Division by{side_w, without ? PresenterPanel::None : panel};
  // The badge leaves the stage room for a row of replicas, so that leaders are visible.
  const auto words_fit = [&](const Lower& of) {
    return of.words_h + 2 * of.pad + of.keys_h <= std::min(most, s.h * .56f);
  };
  Lower low = divided(ui, s, by);
  for (const Badge badge : {Badge::UnderChoices, Badge::None})
    if (!words_fit(low)) by.badge = badge, low = divided(ui, s, by);
  return clamped(std::move(low));
}

/// Words, a question's choices or its outcome, the keys, the panel.
void draw_lower(Ui& ui, const Rect& lower, const Lower& low) {
  const Sizes& s = low.sizes;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{lower.padded(s.margin)};
  in.skip(low.pad);
  const Line keys = in.last({low.keys_h, s.text * .95f});
  in.last(low.pad * .6f);
  if (low.side_w > 0) draw_side(ui, Row{in.rest}.right(low.side_w), s, low.badge, true);
  const Rect words = in.next(low.words_h);
  Telling told{ui, {{low.text_x, words.y, low.text_w, words.h}}, true};
  const float told_h = narrate(told, s, low.badge == Badge::UnderWords);
  p.fill({words.x, words.y, s.h * .007f, told_h}, c.accent, 2);
  if (!low.keys.empty())
    p.text(low.text_x, keys.base, low.keys, {.em = s.text, .color = c.secondary, .max = low.text_w});
  in.skip(low.pad);
  if (ui.lesson.twin.open) {
    ui.emit(ActionKind::Compare);
    if (!question_stands(ui)) draw_ledger_differences(ui, in.rest, s.text);
  } else if (low.panel != PresenterPanel::None && in.rest.h > s.h * .1f)
    draw_presenter_panel(ui, low.panel, in.rest, s);
}

}  // namespace

bool terminal_on_stage(const Ui& ui) {
  if (ui.st.tab_chosen && ui.st.tab == Tab::Terminal) return true;
  const bool needs_stage = ui.lesson.question.phase == QuestionPhase::Open || ui.lesson.turn.open;
  // The objects that the step points at must stay visible: on the stage, or in the strips below the narration.
  const int index = ui.selected_partition();
  const bool seen = ui.lesson.view.point.empty() ||
                    (index >= 0 && points_into_log(ui, ui.world.partitions[static_cast<std::size_t>(index)]));
  return !needs_stage && seen && !ui.lesson.view.tool.empty() && ui.lesson.view.shows("terminal");
}

void draw_large_terminal(Ui& ui, const Rect& r, const PresenterSizes& s) {
  constexpr float kSmallest = 13;  // of the panel's own type
  const float k = s.text / kSmallest;
  ui.p.note(r, "terminal");
  ui.p.push(r.x, r.y, k);
  draw_terminal_panel(ui, {0, 0, r.w / k, r.h / k});
  ui.p.pop();
}

PresenterSizes presenter_sizes(float w, float h) {
  return {h, w, h * .0262f, h * .029f, h * .0415f, std::max(3.f, h * .0038f), h * .03f, h * .03f, w / h < 1.5f};
}

void draw_presenter(Ui& ui) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kRounding = .05f;
  const Sizes s = presenter_sizes(ui.w, ui.h);
  const float h = s.h, w = s.w;
  ui.hit(make_id("presenter"), {0, 0, w, h});
  p.diagnostics().in_front = h;
  p.least_line = s.stroke;
  if (!ui.lesson.twin.open) update_hot_changes(ui);  // draw_two_worlds does it for each world
  ui.st.arcs.clear();
  if (ui.st.blank) {
    p.fill({0, 0, w, h}, c.scrim);
    return;
  }
  const Lower low = lower_part(ui, s);
  const bool beliefs = !ui.log.why.open && shows_beliefs(ui);
  const float lower_h = beliefs ? std::clamp(presenter_beliefs_height(ui, s), h * .335f, h * .6f) : low.h;
  const auto [bar, stage, lower] = in_column({0, 0, w, h}, {fixed(h * .068f), weight(), fixed(lower_h)});
  p.fill(lower, c.panel);
  if (ui.lesson.twin.open) {
    draw_two_worlds(ui, stage, s.text);
  } else if (terminal_on_stage(ui)) {
    draw_large_terminal(ui, stage, s);
  } else if (shows_space_time(ui)) {
    draw_space_time(
        ui, stage,
        {.em = s.text, .stroke = s.stroke, .mark = s.text * .36f, .names = s.text * 9.5f, .controls = false});
  } else if (ui.stage_hidden() && ui.lesson.view.shows("transactions")) {
    draw_transactions_panel(ui, stage, s.text);
  } else if (ui.stage_hidden() && (ui.lesson.view.shows("metrics") ||
                                   !(ui.lesson.view.shows("partitions") || ui.lesson.view.shows("groups")))) {
    draw_presenter_metrics(ui, stage, s);
  } else {  // the stage has partitions and groups at this size
    draw_presenter_stage(ui, stage, s);
  }
  p.line(0, stage.bottom(), w, stage.bottom(), c.mid, s.stroke * .7f);
  if (ui.log.why.open)  // replaces the narration and the panel; the stage with its highlights stays
    draw_why(ui, lower.padded(s.margin * .5f, h * .012f), s.text);
  else if (beliefs) draw_presenter_beliefs(ui, lower, s);
  else draw_lower(ui, lower, low);
  top_bar(ui, bar, s);  // last: it names what the others have drawn
  p.least_line = 0;
  // For tests: of all that has been drawn for the audience, before menus and forms.
  if (p.diagnostics().on)
    for (const auto& [rect, width] : p.diagnostics().strokes)
      if (width < 3 - kRounding) p.diagnostics().marks.emplace_back(rect, "thin line");
}

}  // namespace kafkascope::ui
