#include "ui/panels/question.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

#include <algorithm>
#include <numeric>

namespace kafkascope::ui {

namespace {

float text_block(Ui& ui, float x, float y, float w, std::string_view s, const TextStyle& style, float lh, bool draw) {
  const auto lines = ui.p.wrap(s, w, style);
  for (const std::string& line : lines) {
    if (draw) ui.p.text(x, y + lh * 0.72f, line, style), links_in(ui, x, y + lh * 0.72f, line, style);
    y += lh;
  }
  return y;
}

constexpr LineSize kSaid{22, 16};

void small_key(Painter& p, float x, float y, std::string_view s, bool on) {
  const Rect r{x, y, 26, 26};
  p.fill(r, on ? p.c.accent : p.c.raised, 4);
  p.stroke(r, on ? p.c.accent : p.c.strong, 1.25f, 4);
  p.text(Line(r, r.cy() + 5.2f), s,
         {.em = 15, .color = on ? p.c.accent_ink : p.c.primary, .bold = true, .align = Align::Middle});
}

}  // namespace

float subtitle(Ui& ui, float x, float y, float w, const Words& words, float em, bool draw) {
  const float small = em >= 22 ? 18.f : em >= 17 ? 15.f : 13.f;
  return text_block(ui, x, y, w, ui.under(words), {.em = small, .color = ui.c.secondary}, small * 1.45f, draw);
}

float question_card(Ui& ui, float x, float y, float w, bool big, bool draw, bool brief, float* told_y) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Question& q = ui.lesson.question;
  if (q.phase == QuestionPhase::Closed) return y;
  const bool open = q.phase == QuestionPhase::Open;
  const bool decided = q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed;
  const float pad = 16;
  const float em = big ? 18.f : 15.f, lh = big ? 26.f : 22.f;
  // The frame is drawn before its content, so its height is measured first.
  if (draw) {
    const Rect r{x, y, w, question_card(ui, x, y, w, big, false, brief) - y - 12};
    p.fill(r, c.raised, 8);
    p.stroke(r, open ? c.accent : c.mid, open ? 2 : 1, 8);
  }
  y += 14;
  const bool passed = q.phase == QuestionPhase::Passed;  // the step's own text is the question
  const char* head = open ? ui.tr("ui.world_waits"_w) : ui.tr("ui.you_predicted"_w);
  if (!passed)
    y = text_block(ui, x + pad, y, w - 2 * pad, head, {.em = 13, .color = open ? c.accent : c.muted}, 22, draw) + 2;
  if (!passed && (q.phase != QuestionPhase::Predicted || !q.question.empty())) {
    y = text_block(ui, x + pad, y, w - 2 * pad, ui.pick(q.question), {.em = em, .bold = true}, lh, draw);
    y = subtitle(ui, x + pad, y, w - 2 * pad, q.question, em, draw) + 8;
  }
  const int total = std::max(1, std::accumulate(q.votes.begin(), q.votes.end(), 0));
  int i = -1;
  for (const Choice& choice : q.choices) {
    ++i;
    const bool chosen = i == q.chosen, right = decided && i == q.answer;
    if (q.phase == QuestionPhase::Predicted && !chosen) continue;
    if (decided && !chosen && !right) {
      // The other choices stay, muted, if there is room.
      if (brief || q.choices.size() > 3) continue;
    }
    const float text_x = x + pad + (open ? 38 : 34), text_w = x + w - pad - text_x - (q.voting ? 44 : 8);
    const TextStyle style{
        .em = 15, .color = decided && !chosen && !right ? c.muted : c.primary, .bold = chosen || right};
    const auto lines = p.wrap(ui.pick(choice.text), text_w, style);
    const float under_h = subtitle(ui, text_x, 0, text_w, choice.text, style.em, false);
    const float h = std::max(q.voting ? 46.f : 38.f,
                             static_cast<float>(lines.size()) * 22 + under_h + 14 + (q.voting ? 12.f : 0.f));
    const Rect r{x + 10, y, w - 20, h - 4};
    if (draw) {
      if (open) {
        const Hit hit = ui.hit(make_id("choice", static_cast<std::uint64_t>(i)), r);
        const bool lead = q.voting && i < static_cast<int>(q.votes.size()) &&
                          q.votes[static_cast<std::size_t>(i)] == *std::max_element(q.votes.begin(), q.votes.end()) &&
                          total > 1;
        if (hit.hovered || lead) p.fill(r, c.accent_fill, 6);
        small_key(p, r.x + 6, r.y + (q.voting ? 9 : (h - 4) / 2 - 13), std::to_string(i + 1), hit.hovered);
        if (hit.clicked) {
          Action a;
          a.kind = q.voting ? ActionKind::Vote : q.pick != PickKind::None ? ActionKind::Pick : ActionKind::Answer;
          a.number = i;
          if (q.pick != PickKind::None && i < static_cast<int>(q.candidates.size()))
            a.target = q.candidates[static_cast<std::size_t>(i)];
          ui.emit(std::move(a));
        }
      } else {
        const bool good = right && chosen, doubt = chosen && q.phase == QuestionPhase::Differed;
        p.fill(r, good ? c.ok_fill : doubt ? c.caution_fill : right ? c.ok_fill : 0, 6);
        p.stroke(r, good || right ? c.ok : doubt ? c.caution : c.mid, good || doubt || right ? 2 : 1, 6);
        const Rect mark = Row{r.padded(10)}.left(16);
        if (good || right) {
          p.icon(Icon::Check, mark, c.ok, 2);
        } else if (doubt) {
          p.equal_sign(mark.cx(), r.cy(), c.caution, true);
        } else {
          p.icon(Icon::Follower, mark, c.muted, 2);
        }
      }
      const float said_h = static_cast<float>(lines.size()) * kSaid.height + under_h;
      Column said{q.voting ? Rect{text_x, r.y + 3, text_w, said_h} : Rect{text_x, r.y, text_w, r.h}.middle(said_h)};
      for (const std::string& line : lines) p.text(said.next(kSaid), line, style);
      subtitle(ui, text_x, said.rest.y - 1, text_w, choice.text, style.em, true);
      if (q.voting) {
        const int votes = i < static_cast<int>(q.votes.size()) ? q.votes[static_cast<std::size_t>(i)] : 0;
        const Rect bar{text_x, r.bottom() - 12, text_w, 7};
        p.fill(bar, c.field, 3);
        if (votes > 0)
          p.fill(Row{bar}.left(bar.w * static_cast<float>(votes) / static_cast<float>(total)), c.accent, 3);
        p.text(r.padded(8), count_text(votes), {.em = 15, .bold = true, .align = Align::Right});
      }
    }
    y += h;
  }
  y += 6;
  if (open) {
    const std::string note =
        q.voting ? ui.tr("ui.votes"_w, {{"votes", count_text(std::accumulate(q.votes.begin(), q.votes.end(), 0))}}) +
                       " · " + ui.tr("ui.enter_reveals"_w)
                 : std::string(ui.tr("ui.answer_by_running"_w));
    const float skip_w = p.width(ui.tr("ui.skip"_w), {.em = 15, .bold = true});
    const bool fits = p.width(note, {.em = 13}) + skip_w + 3 * pad < w;
    if (draw) {
      Row foot{Column{Rect{x, y - 2, w, 28}.padded(pad)}.next({28, 18})};
      const Line skip = foot.right(skip_w);
      const Hit hit = ui.hit(make_id("skip"), skip.padded(-8));
      if (fits) p.text(foot.rest, note, {.em = 13, .color = c.secondary});
      p.text(Line(skip, skip.base + 1), ui.tr("ui.skip"_w),
             {.em = 15, .color = hit.hovered ? c.primary : c.accent, .bold = true, .align = Align::Right});
      if (hit.clicked) ui.emit(ActionKind::SkipQuestion);
    }
    y += 32;
  } else if (q.phase == QuestionPhase::Predicted) {
    const std::string then = q.outcome.empty() ? std::string(ui.tr("ui.we_will_see"_w))
                                               : ui.tr("ui.answer_elsewhere"_w, {{"answer", ui.pick(q.outcome)}});
    y = text_block(ui, x + pad, y, w - 2 * pad, then, {.em = 13, .color = c.secondary}, 22, draw) + 6;
  } else if (decided) {
    const bool held = q.phase == QuestionPhase::Held;
    // The actual result is the right choice, which is marked above.
    y = text_block(ui, x + pad, y, w - 2 * pad, ui.tr(held ? "ui.it_held"_w : "ui.it_was_wrong"_w),
                   {.em = 15, .color = held ? c.ok : c.caution, .bold = true}, 23, draw) +
        4;
    if (told_y != nullptr) *told_y = y;
    if (q.mistaken && q.chosen >= 0 && q.chosen < static_cast<int>(q.choices.size()) &&
        !q.choices[static_cast<std::size_t>(q.chosen)].because.empty()) {
      const Words& because = q.choices[static_cast<std::size_t>(q.chosen)].because;
      y = text_block(ui, x + pad, y, w - 2 * pad, ui.pick(because), {.em = 15}, 23, draw);
      y = subtitle(ui, x + pad, y, w - 2 * pad, because, 15, draw) + 4;
    }
    if (!q.why.empty()) {
      y = text_block(ui, x + pad, y, w - 2 * pad, ui.pick(q.why), {.em = 15, .color = c.secondary}, 23, draw);
      y = subtitle(ui, x + pad, y, w - 2 * pad, q.why, 15, draw) + 4;
    }
    y += 6;
  }
  return y + 12;
}

float turn_card(Ui& ui, float x, float y, float w, bool big, bool draw) {
  const LearnerTurn& turn = ui.lesson.turn;
  if (!turn.open) return y;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float pad = 18;
  if (draw) {
    const Rect frame{x, y, w, turn_card(ui, x, y, w, big, false) - y - 12};
    p.fill(frame, c.raised, 8);
    p.stroke(frame, c.mid, 1, 8);
  }
  Column in{Rect{x, y, w, 0}.padded(pad)};
  in.skip(14);
  const Line how = in.next({30, 15});
  if (draw) p.text(how, ui.tr("ui.how"_w), {.em = 13, .color = c.secondary, .bold = true});
  y = in.rest.y;
  if (!turn.key.empty()) {
    const TextStyle body{.em = 15};
    const float tw = p.width(ui.tr("ui.how_click_key"_w), body);
    const bool one_line = tw + 12 + 40 < w - 2 * pad;
    Row click{in.next({26, 19}), 12};
    if (draw) p.text(click, ui.tr("ui.how_click_key"_w), body);
    if (!one_line) click = {in.next({36, 19})};
    if (draw) keycap(p, click.rest.x, click.rest.y, turn.key);
    y = in.rest.y + (one_line ? 10 : 0);
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
  y = text_block(ui, x + pad, y, w - 2 * pad, menu, {.em = 15}, 23, draw) + 8;
  if (turn.hint && !turn.hint_words.empty()) {
    y = text_block(ui, x + pad, y, w - 2 * pad, ui.pick(turn.hint_words), {.em = 15, .color = c.accent}, 23, draw);
    y = subtitle(ui, x + pad, y, w - 2 * pad, turn.hint_words, 15, draw) + 8;
  }
  const Question& q = ui.lesson.question;
  if (q.phase == QuestionPhase::Predicted && q.chosen >= 0 && q.chosen < static_cast<int>(q.choices.size())) {
    const Rect rule = Rect{x, y, w, 10}.padded(pad, 2);
    if (draw) p.line(rule.x, rule.y, rule.right(), rule.y, c.hair);
    y += 10;
    const std::string s =
        ui.tr("ui.you_predicted_is"_w, {{"choice", ui.pick(q.choices[static_cast<std::size_t>(q.chosen)].text)}});
    y = text_block(ui, x + pad, y, w - 2 * pad, s, {.em = 13, .color = c.secondary}, 21, draw) + 6;
  }
  return y + 18;
}

float changed_card(Ui& ui, float x, float y, float w, bool draw) {
  if (ui.lesson.changed.empty()) return y;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{{x, y, w, 0}};
  const Line head = in.next({24, 14});
  if (draw) p.text(head, ui.tr("ui.changed"_w), {.em = 13, .color = c.secondary, .bold = true});
  int shown = 0;
  for (const ChangedValue& v : ui.lesson.changed) {
    if (++shown > 4) break;
    Row row{in.next({25, 15}), 10};
    if (!draw) continue;
    p.text(row, ui.pick(v.now),
           {.em = 15, .bold = true, .mono = true, .align = Align::Right, .max = w * 0.3f, .foreign = true});
    if (!v.before.empty()) {
      row.gap = 6;
      const Rect arrow = row.right(8);
      p.icon(Icon::Right, arrow.x, arrow.y + 4, 12, c.muted);
      row.gap = 8;
      const float right = row.rest.right(), through = arrow.y + 10.5f;
      const float bw =
          p.text(row, ui.pick(v.before),
                 {.em = 13, .color = c.muted, .mono = true, .align = Align::Right, .max = w * 0.3f, .foreign = true});
      p.line(right - bw, through, right, through, c.muted, 1.5f);
    }
    p.text(row.rest, ui.pick(v.name), {.em = 13, .color = c.secondary, .foreign = true});
  }
  return in.rest.y + 10;
}

float end_card(Ui& ui, float x, float y, float w, bool big, bool draw) {
  const EndCard& end = ui.lesson.end;
  if (!end.active) return y;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float pad = 16;
  if (draw) {
    const Rect frame{x, y, w, end_card(ui, x, y, w, big, false) - y - 12};
    p.fill(frame, c.raised, 8);
    p.stroke(frame, c.accent, 2, 8);
  }
  y += 14;
  y = text_block(ui, x + pad, y, w - 2 * pad, ui.tr(ui.lesson.told ? "ui.end_title"_w : "ui.end_script_title"_w),
                 {.em = big ? 18.f : 15.f, .bold = true}, 26, draw) +
      2;
  y = text_block(ui, x + pad, y, w - 2 * pad, ui.pick(end.summary), {.em = 15, .color = c.secondary}, 23, draw);
  y = subtitle(ui, x + pad, y, w - 2 * pad, end.summary, 15, draw) + 10;
  // The run's result: the failed checks, or the number of successful ones.
  if (!end.failed.empty()) {
    const std::string head = ui.tr("ui.end_failed"_w, {{"count", std::to_string(end.failed.size())}});
    if (draw) p.icon(Icon::Warn, x + pad, y + 3, 16, c.danger, 1.8f);
    y = text_block(ui, x + pad + 24, y, w - 2 * pad - 24, head, {.em = 15, .color = c.danger, .bold = true}, 23, draw) +
        2;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, end.failed.size()); ++i) {
      const std::string& failed = ui.pick(end.failed[i]);
      y = text_block(ui, x + pad + 24, y, w - 2 * pad - 24, failed, {.em = 13, .color = c.secondary}, 20, draw);
    }
    y += 10;
  } else if (end.invariants > 0) {
    const std::string held = end.expectations > 0
                                 ? ui.tr("ui.end_held"_w, {{"expectations", std::to_string(end.expectations)},
                                                           {"invariants", std::to_string(end.invariants)}})
                                 : ui.tr("ui.end_invariants"_w, {{"count", std::to_string(end.invariants)}});
    if (draw) {
      p.icon(Icon::Check, x + pad, y + 3, 16, c.ok, 2.2f);
      origin_link(ui, x + pad + 24, y + 15, std::min(w - 2 * pad - 24, p.width(held, {.em = 13})), all_rules(ui));
    }
    y = text_block(ui, x + pad + 24, y, w - 2 * pad - 24, held, {.em = 13, .color = c.ok}, 22, draw) + 10;
  }
  auto door = [&](std::string_view label, std::string_view sub, ActionKind kind, Icon icon, const std::string& text,
                  const char* id) {
    const float h = sub.empty() ? 44.f : 58.f;
    if (draw) {
      const Rect r{x + pad, y, w - 2 * pad, h - 6};
      const Hit hit = ui.hit(make_id(id), r);
      p.fill(r, hit.hovered ? c.hover : c.field, 6);
      p.stroke(r, hit.hovered ? c.accent : c.mid, 1, 6);
      Row in{r.padded(12), 12};
      p.icon(icon, in.left(16), c.accent, 1.8f);
      Column lines{in.rest};
      p.text(sub.empty() ? in.rest : lines.next({26, 21}), label, {.em = 15, .bold = true, .max = r.w - 48});
      if (!sub.empty())
        p.text(lines.next({26, 15}), sub, {.em = 13, .color = c.secondary, .max = r.w - 48, .foreign = true});
      if (hit.clicked) {
        Action a;
        a.kind = kind;
        a.text = text;
        ui.emit(std::move(a));
      }
    }
    y += h;
  };
  if (!end.next_id.empty())
    door(ui.tr("ui.next_lesson"_w), ui.pick(end.next_title), ActionKind::OpenLesson, Icon::Right, end.next_id,
         "door next");
  door(ui.tr("ui.free_play_cluster"_w), {}, ActionKind::FreePlay, Icon::Play, {}, "door free");
  door(ui.tr("ui.save_what_you_did"_w), {}, ActionKind::SaveSession, Icon::Disk, {}, "door save");
  int i = 0;
  for (const TryNext& t : ui.lesson.tries) {
    if (i == 0)
      y = text_block(ui, x + pad, y + 4, w - 2 * pad, ui.tr("ui.try_next"_w),
                     {.em = 13, .color = c.secondary, .bold = true}, 22, draw) +
          4;
    const auto lines = p.wrap(ui.pick(t.text), w - 2 * pad - 88, {.em = 15});
    const float h = static_cast<float>(lines.size()) * 21 + 16;
    if (draw) {
      const Rect r{x + pad, y, w - 2 * pad, h};
      const Hit hit = ui.hit(make_id("try", static_cast<std::uint64_t>(i)), r);
      p.fill(r, hit.hovered ? c.hover : c.field, 6);
      Action open;
      open.kind = ActionKind::OpenTwin;
      open.verb = "try";
      open.number = i;
      beside_button(ui, make_id("try beside", static_cast<std::uint64_t>(i)), r.right() - 6, r.cy(), open);
      Row in{r.padded(12), 12};
      p.icon(Icon::Branch, in.left(16), c.secondary, 1.8f);
      Column said{in.rest.padded(0, 6)};
      for (const std::string& line : lines) p.text(said.next({21, 16}), line, {.em = 15});
      if (hit.clicked) {
        Action a;
        a.kind = ActionKind::TryNext;
        a.number = i;
        ui.emit(std::move(a));
      }
    }
    y += h + 6;
    ++i;
  }
  return y + 22;
}

}  // namespace kafkascope::ui
