#include "ui/panels/question.h"

#include <algorithm>
#include <numeric>

#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

void small_key(Painter& p, const Rect& r, std::string_view s, bool on) {
  p.fill(r, on ? p.c.accent : p.c.raised, 4);
  p.stroke(r, on ? p.c.accent : p.c.strong, 1.25f, 4);
  p.text(r, s, {.em = 15, .color = on ? p.c.accent_ink : p.c.primary, .bold = true, .align = Align::Middle});
}

bool is_decided(const Question& q) { return q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed; }

/// A choice: its key or its mark, its words, its votes.
void choice_row(Telling& told, int i, bool brief) {
  Ui& ui = told.ui;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Question& q = ui.lesson.question;
  const auto index = static_cast<std::size_t>(i);
  const Choice& choice = q.choices[index];
  const bool open = q.phase == QuestionPhase::Open, decided = is_decided(q);
  const bool chosen = i == q.chosen, right = decided && i == q.answer, other = decided && !chosen && !right;
  if (q.phase == QuestionPhase::Predicted && !chosen) return;
  if (other && (brief || q.choices.size() > 3)) return;  // the other choices stay, muted, if there is room
  const TextStyle style{.em = 15, .color = other ? c.muted : c.primary, .bold = chosen || right};
  const auto parts = [&](const Rect& row) {
    return in_row(row, {fixed(open ? 38.f : 34.f), weight(), fixed(q.voting ? 44.f : 8.f)});
  };
  const auto say = [&](Telling& said) {
    said.text(ui.pick(choice.text), style, 22);
    said.subtitle(choice.text, style.em);
  };
  const float said_h = height_of(ui, parts(told.at.rest)[1], say);
  const Rect row = told.at.next(std::max(q.voting ? 42.f : 34.f, said_h + (q.voting ? 22.f : 10.f)));
  const Rect r = row.padded(-6), sign = parts(row)[0], words = parts(row)[1];
  told.at.skip(4);
  if (!told.draw) return;
  const auto votes_of = [&](std::size_t k) { return k < q.votes.size() ? q.votes[k] : 0; };
  const int total = std::max(1, std::accumulate(q.votes.begin(), q.votes.end(), 0));
  if (open) {
    const Hit hit = ui.hit(make_id("choice", index), r);
    const bool lead = q.voting && index < q.votes.size() && total > 1 &&
                      q.votes[index] == *std::max_element(q.votes.begin(), q.votes.end());
    if (hit.hovered || lead) p.fill(r, c.accent_fill, 6);
    const Rect key = q.voting ? Column{sign.padded(0, 9)}.next(26) : sign.middle(26);
    small_key(p, Row{key}.left(26), std::to_string(i + 1), hit.hovered);
    if (hit.clicked) {
      Action a;
      a.kind = q.voting ? ActionKind::Vote : q.pick != PickKind::None ? ActionKind::Pick : ActionKind::Answer;
      a.number = i;
      if (q.pick != PickKind::None && index < q.candidates.size()) a.target = q.candidates[index];
      ui.emit(std::move(a));
    }
  } else {
    const bool good = right && chosen, doubt = chosen && q.phase == QuestionPhase::Differed;
    p.fill(r, good ? c.ok_fill : doubt ? c.caution_fill : right ? c.ok_fill : 0, 6);
    p.stroke(r, good || right ? c.ok : doubt ? c.caution : c.mid, good || doubt || right ? 2 : 1, 6);
    const Rect mark = Row{sign.padded(4)}.left(16);
    if (good || right) p.icon(Icon::Check, mark, c.ok, 2);
    else if (doubt) p.equal_sign(mark.cx(), mark.cy(), c.caution, true);
    else p.icon(Icon::Follower, mark, c.muted, 2);
  }
  Telling said = told.in(q.voting ? words.padded(0, 3) : words.middle(said_h));
  say(said);
  if (!q.voting) return;
  const Rect bar = Column{words.padded(0, 5)}.last(7);
  p.fill(bar, c.field, 3);
  if (const int votes = votes_of(index); votes > 0)
    p.fill(Row{bar}.left(bar.w * static_cast<float>(votes) / static_cast<float>(total)), c.accent, 3);
  p.text(row, count_text(votes_of(index)), {.em = 15, .bold = true, .align = Align::Right});
}

/// Below an open question: how to go on, and the way past it.
void question_foot(Telling& told) {
  Ui& ui = told.ui;
  const Question& q = ui.lesson.question;
  const std::string note =
      q.voting ? ui.tr("ui.votes"_w, {{"votes", count_text(std::accumulate(q.votes.begin(), q.votes.end(), 0))}}) +
                     " · " + ui.tr("ui.enter_reveals"_w)
               : std::string(ui.tr("ui.answer_by_running"_w));
  told.at.skip(4);
  Row foot{told.at.next({28, 18}), 16};
  told.at.skip(6);
  const Line skip = foot.right(ui.p.width(ui.tr("ui.skip"_w), {.em = 15, .bold = true}));
  const Hit hit = told.draw ? ui.hit(make_id("skip"), skip.padded(-8)) : Hit{};
  if (ui.p.width(note, {.em = 13}) < foot.rest.w) told.line(foot.rest, note, {.em = 13, .color = ui.c.secondary});
  told.line(skip, ui.tr("ui.skip"_w),
            {.em = 15, .color = hit.hovered ? ui.c.primary : ui.c.accent, .bold = true, .align = Align::Right});
  if (hit.clicked) ui.emit(ActionKind::SkipQuestion);
}

}  // namespace

void question_card(Telling& column, bool big, bool brief, float* told_y) {
  Ui& ui = column.ui;
  const Palette& c = ui.c;
  const Question& q = ui.lesson.question;
  if (q.phase == QuestionPhase::Closed) return;
  const bool open = q.phase == QuestionPhase::Open,
             passed = q.phase == QuestionPhase::Passed;  // the step's own text is the question
  column.card({c.raised, open ? c.accent : c.mid, open ? 2.f : 1.f}, [&](Telling& told) {
    const auto explain = [&](const Words& words, Color color) {
      if (words.empty()) return;
      told.linked(ui.pick(words), {.em = 15, .color = color}, 23);
      told.subtitle(words, 15);
      told.at.skip(4);
    };
    told.at.skip(14);
    if (!passed) {
      // The narration above may be that of the step before, with that step's number.
      const bool later = open && ui.lesson.told_step >= 0 && ui.lesson.told_step != ui.lesson.step;
      const std::string number = later ? std::to_string(1 + ui.lesson.step) + " · " : std::string();
      told.linked(number + std::string(ui.tr(open ? "ui.world_waits"_w : "ui.you_predicted"_w)),
                  {.em = 13, .color = open ? c.accent : c.muted}, 22);
      told.at.skip(2);
    }
    if (!passed && (q.phase != QuestionPhase::Predicted || !q.question.empty())) {
      const float em = big ? 18.f : 15.f;
      told.linked(ui.pick(q.question), {.em = em, .bold = true}, big ? 26.f : 22.f);
      told.subtitle(q.question, em);
      told.at.skip(8);
    }
    for (std::size_t i = 0; i < q.choices.size(); ++i) choice_row(told, static_cast<int>(i), brief);
    if (open) return question_foot(told);
    told.at.skip(6);
    if (q.phase == QuestionPhase::Predicted) {
      told.linked(q.outcome.empty() ? std::string(ui.tr("ui.we_will_see"_w))
                                    : ui.tr("ui.answer_elsewhere"_w, {{"answer", ui.pick(q.outcome)}}),
                  {.em = 13, .color = c.secondary}, 22);
      told.at.skip(6);
    } else if (is_decided(q)) {
      const bool held = q.phase == QuestionPhase::Held;
      // The actual result is the right choice, which is marked above.
      told.linked(ui.tr(held ? "ui.it_held"_w : "ui.it_was_wrong"_w),
                  {.em = 15, .color = held ? c.ok : c.caution, .bold = true}, 23);
      told.at.skip(4);
      if (told_y != nullptr) *told_y = told.at.rest.y;
      if (q.mistaken && q.chosen >= 0 && q.chosen < static_cast<int>(q.choices.size()))
        explain(q.choices[static_cast<std::size_t>(q.chosen)].because, 0);
      explain(q.why, c.secondary);
      told.at.skip(6);
    }
  });
}

void turn_card(Telling& column) {
  const LearnerTurn& turn = column.ui.lesson.turn;
  if (!turn.open) return;
  Ui& ui = column.ui;
  const Palette& c = ui.c;
  column.card({.fill = c.raised, .edge = c.mid, .pad = 10}, [&](Telling& told) {
    told.at.skip(14);
    told.line(told.at.next({30, 15}), ui.tr("ui.how"_w), {.em = 13, .color = c.secondary, .bold = true});
    if (!turn.key.empty()) {
      constexpr float kCap = 40;
      const TextStyle body{.em = 15};
      Row click{told.at.next({26, 19}), 12};
      told.line(click.left(ui.p.width(ui.tr("ui.how_click_key"_w), body)), ui.tr("ui.how_click_key"_w), body);
      if (click.rest.w > kCap) told.at.skip(10);
      else click = {told.at.next(36)};
      if (told.draw) keycap(ui.p, click.rest.x, click.rest.y, turn.key);
    }
    const std::string menu = ui.tr("ui.how_menu"_w, {{"command", turn.verb == "crash"       ? ui.tr("ui.crash"_w)
                                                                 : turn.verb == "power_off" ? ui.tr("ui.power_off"_w)
                                                                 : turn.verb == "restart"   ? ui.tr("ui.restart"_w)
                                                                 : turn.verb == "pause"     ? ui.tr("ui.pause"_w)
                                                                 : turn.verb == "resume"    ? ui.tr("ui.resume"_w)
                                                                 : turn.verb == "shutdown"  ? ui.tr("ui.shut_down"_w)
                                                                 : turn.verb == "stop"      ? ui.tr("ui.stop"_w)
                                                                 : turn.verb == "start"     ? ui.tr("ui.start"_w)
                                                                 : turn.verb == "kill"      ? ui.tr("ui.kill"_w)
                                                                 : turn.verb == "wipe_disk" ? ui.tr("ui.wipe_disk"_w)
                                                                 : turn.verb == "heal"      ? ui.tr("ui.heal"_w)
                                                                 : turn.verb == "isolate"   ? ui.tr("ui.isolate"_w)
                                                                                            : ui.pick(turn.deed)}});
    told.linked(menu, {.em = 15}, 23);
    told.at.skip(8);
    if (turn.hint && !turn.hint_words.empty()) {
      told.linked(ui.pick(turn.hint_words), {.em = 15, .color = c.accent}, 23);
      told.subtitle(turn.hint_words, 15);
      told.at.skip(8);
    }
    const Question& q = ui.lesson.question;
    if (q.phase == QuestionPhase::Predicted && q.chosen >= 0 && q.chosen < static_cast<int>(q.choices.size())) {
      told.at.skip(2);
      const Rect rule = told.at.next(8);
      if (told.draw) ui.p.line(rule.x, rule.y, rule.right(), rule.y, c.hair);
      told.linked(
          ui.tr("ui.you_predicted_is"_w, {{"choice", ui.pick(q.choices[static_cast<std::size_t>(q.chosen)].text)}}),
          {.em = 13, .color = c.secondary}, 21);
      told.at.skip(6);
    }
    told.at.skip(6);
  });
}

void changed_card(Telling& told) {
  Ui& ui = told.ui;
  if (ui.lesson.changed.empty()) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  told.line(told.at.next({24, 14}), ui.tr("ui.changed"_w), {.em = 13, .color = c.secondary, .bold = true});
  int shown = 0;
  for (const ChangedValue& v : ui.lesson.changed) {
    if (++shown > 4) break;
    constexpr float kGap = 6, kArrow = 12;
    const std::string name = ui.pick(v.name), before = ui.pick(v.before), now = ui.pick(v.now);
    TextStyle named{.em = 13, .color = c.secondary, .foreign = true},
        was{.em = 13, .color = c.muted, .mono = true, .align = Align::Right, .foreign = true},
        is{.em = 15, .bold = true, .mono = true, .align = Align::Right, .foreign = true};
    const float values = p.width(now, is) + (before.empty() ? 0 : p.width(before, was) + kArrow + 2 * kGap);
    Row row{told.at.next({20, 15}), kGap};
    // Values that are too long to stand beside the name have a line of their own, or one each.
    if (p.width(name, named) + kGap + values > row.rest.w) {
      told.line(row.rest, name, named);
      row = {told.at.next({20, 15}), kGap};
    } else if (told.draw) {
      p.text(row, name, named);
    }
    const bool apart = values > row.rest.w && !before.empty();
    if (apart) {
      was.max = row.rest.w;
      if (told.draw) struck(p, row, before, was);
      row = {told.at.next({20, 15}), kGap};
    }
    told.at.skip(5);
    if (!told.draw) continue;
    is.max = row.rest.w;
    p.text(row, now, is);
    if (before.empty()) continue;
    p.icon(Icon::Right, row.right(kArrow), c.muted);
    if (!apart) struck(p, row, before, was);
  }
  told.at.skip(10);
}

namespace {

/// A way to go on at the end; `sub`: what it leads to.
void door(Telling& told, std::string_view label, std::string_view sub, Icon icon, Action action, const char* id) {
  Ui& ui = told.ui;
  const Palette& c = ui.c;
  const TextStyle bold{.em = 15, .bold = true};
  const auto words = [&](const Rect& r) {
    Row in{r.padded(12), 12};
    const Rect sign = in.left(16);
    return std::pair<Rect, Rect>{sign, in.rest};
  };
  constexpr float kLine = 21;
  const std::vector<std::string> wrapped = ui.p.wrap(label, words(told.at.rest).second.w, bold);
  const float lines_h = kLine * static_cast<float>(wrapped.size());
  const Rect r = told.at.next(lines_h + (sub.empty() ? 17.f : 31.f));
  told.at.skip(6);
  if (!told.draw) return;
  const Hit hit = ui.hit(make_id(id), r);
  ui.p.fill(r, hit.hovered ? c.hover : c.field, 6);
  ui.p.stroke(r, hit.hovered ? c.accent : c.mid, 1, 6);
  const auto [sign, beside] = words(r);
  ui.p.icon(icon, sign, c.accent, 1.8f);
  Column lines{sub.empty() ? beside.middle(lines_h) : beside};
  if (!sub.empty()) lines.skip(5);
  for (const std::string& line : wrapped) ui.p.text(lines.next({kLine, 16}), line, bold);
  if (!sub.empty()) ui.p.text(lines.next({26, 15}), sub, {.em = 13, .color = c.secondary, .foreign = true});
  if (hit.clicked) ui.emit(std::move(action));
}

/// An experiment with this lesson's world; it can also be shown beside it.
void try_row(Telling& told, const TryNext& t, int i) {
  Ui& ui = told.ui;
  const Palette& c = ui.c;
  const auto parts = [](const Rect& row) { return in_row(row, {fixed(40), weight(), fixed(42), fixed(6)}); };
  const auto say = [&](Telling& said) {
    said.at.skip(8);
    said.text(ui.pick(t.text), {.em = 15}, 21);
    said.at.skip(8);
  };
  const Rect r = told.at.next(height_of(ui, parts(told.at.rest)[1], say));
  told.at.skip(6);
  if (!told.draw) return;
  const auto [sign, words, side, edge] = parts(r);
  const Hit hit = ui.hit(make_id("try", static_cast<std::uint64_t>(i)), r);
  ui.p.fill(r, hit.hovered ? c.hover : c.field, 6);
  Action open;
  open.kind = ActionKind::OpenTwin;
  open.verb = "try";
  open.number = i;
  beside_button(ui, make_id("try beside", static_cast<std::uint64_t>(i)), side.right(), r.cy(), open);
  ui.p.icon(Icon::Branch, sign.padded(12), c.secondary, 1.8f);
  Telling said = told.in(words);
  say(said);
  if (!hit.clicked) return;
  Action a;
  a.kind = ActionKind::TryNext;
  a.number = i;
  ui.emit(std::move(a));
}

/// The run's result: the failed checks, or the number of successful ones.
void results_of_run(Telling& told, const EndCard& end) {
  Ui& ui = told.ui;
  const Palette& c = ui.c;
  if (end.failed.empty() && end.invariants == 0) return;
  Row row{told.at.rest, 8};
  const Rect sign = Column{row.left(16)}.next(22);
  Telling beside = told.in(row.rest);
  if (!end.failed.empty()) {
    if (told.draw) ui.p.icon(Icon::Warn, sign, c.danger, 1.8f);
    beside.linked(ui.tr("ui.end_failed"_w, {{"count", std::to_string(end.failed.size())}}),
                  {.em = 15, .color = c.danger, .bold = true}, 23);
    beside.at.skip(2);
    for (std::size_t i = 0; i < std::min<std::size_t>(3, end.failed.size()); ++i)
      beside.linked(ui.pick(end.failed[i]), {.em = 13, .color = c.secondary}, 20);
  } else {
    const std::string held = end.expectations > 0
                                 ? ui.tr("ui.end_held"_w, {{"expectations", std::to_string(end.expectations)},
                                                           {"invariants", std::to_string(end.invariants)}})
                                 : ui.tr("ui.end_invariants"_w, {{"count", std::to_string(end.invariants)}});
    if (told.draw) {
      ui.p.icon(Icon::Check, sign, c.ok, 2.2f);
      const Line first = Column{row.rest}.next({22, 15});
      origin_link(ui, first.x, first.base, std::min(first.w, ui.p.width(held, {.em = 13})), all_rules(ui));
    }
    beside.linked(held, {.em = 13, .color = c.ok}, 22);
  }
  told.follow(beside);
  told.at.skip(10);
}

}  // namespace

void end_card(Telling& column, bool big) {
  Ui& ui = column.ui;
  const EndCard& end = ui.lesson.end;
  if (!end.active) return;
  column.card({ui.c.raised, ui.c.accent, 2}, [&](Telling& told) {
    told.at.skip(14);
    told.linked(ui.tr(ui.lesson.told ? "ui.end_title"_w : "ui.end_script_title"_w),
                {.em = big ? 18.f : 15.f, .bold = true}, 26);
    told.at.skip(2);
    told.linked(ui.pick(end.summary), {.em = 15, .color = ui.c.secondary}, 23);
    told.subtitle(end.summary, 15);
    told.at.skip(10);
    results_of_run(told, end);
    const auto to = [](ActionKind kind, const std::string& text = {}) {
      Action a;
      a.kind = kind;
      a.text = text;
      return a;
    };
    if (!end.next_id.empty())
      door(told, ui.tr("ui.next_lesson"_w), ui.pick(end.next_title), Icon::Right,
           to(ActionKind::OpenLesson, end.next_id), "door next");
    door(told, ui.tr("ui.free_play_cluster"_w), {}, Icon::Play, to(ActionKind::FreePlay), "door free");
    if (end.acted)
      door(told, ui.tr("ui.save_what_you_did"_w), {}, Icon::Disk, to(ActionKind::SaveSession), "door save");
    if (!ui.lesson.tries.empty()) {
      told.at.skip(4);
      told.linked(ui.tr("ui.try_next"_w), {.em = 13, .color = ui.c.secondary, .bold = true}, 22);
      told.at.skip(4);
    }
    int i = 0;
    for (const TryNext& t : ui.lesson.tries) try_row(told, t, i++);
    told.at.skip(10);
  });
}

void follow_question(Ui& ui) {
  State& st = ui.st;
  const bool asked = ui.lesson.question.phase == QuestionPhase::Open;
  if (asked && !st.asked) {
    st.asked_wall = ui.wall;
    st.vote_warned = false;
  }
  if (st.vote_warned && (!asked || ui.lesson.question.has_votes())) {
    st.vote_warned = false;
    ui.unsay("ui.nobody_voted"_w);
  }
  st.asked = asked;
  st.waits = asked || ui.lesson.turn.open;
}

}  // namespace kafkascope::ui
