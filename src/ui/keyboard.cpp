#include "ui/keyboard.h"

#include <algorithm>

#include "ui/panel_at.h"
#include "ui/panels/lessons_list.h"
#include "ui/panels/new_cluster.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"
#include "ui/stage/ensemble.h"
#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

using namespace observe;

bool may_act_on_selection(const Ui& ui) {
  return !ui.st.selection.empty() && ui.wall - ui.st.selected_wall <= 10.0 && ui.node_of(ui.st.selection) >= 0;
}

namespace {

void set_layout(Ui& ui, Layout layout) {
  ui.st.layout = layout;
  ui.st.filled = false;
  ui.st.beliefs_of.clear();
  ui.emit_text(ActionKind::SetLayout, layout == Layout::Lesson      ? "lesson"
                                      : layout == Layout::Workbench ? "workbench"
                                                                    : "presenter");
}

void set_speed(Ui& ui, bool faster) {
  Action a;
  a.kind = ActionKind::SetSpeed;
  a.number = next_speed(ui.time.speed_ppm, faster);
  ui.emit(std::move(a));
}

void adapt(Ui& ui) {
  Action a;
  a.kind = ActionKind::SetSpeed;
  a.number = kSpeedAdapts;
  ui.emit(std::move(a));
}

void seek(Ui& ui, std::int64_t us) {
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = us;
  ui.emit(std::move(a));
}

void fault(Ui& ui, const char* verb, const std::string& target) {
  Action a;
  a.kind = ActionKind::Fault;
  a.verb = verb;
  a.target = target;
  ui.emit(std::move(a));
}

/// Esc closes the topmost item. It never closes an open question, which must be answered or skipped with its button.
void escape(Ui& ui) {
  State& st = ui.st;
  if (!st.origin.name.empty()) {  // the card of an origin also covers a form
    st.origin = {};
  } else if (st.palette_open) {
    st.palette_open = false;
  } else if (st.form.open) {
    ui.close_form();
  } else if (st.new_cluster.open) {
    st.new_cluster.open = false;
  } else if (st.goto_open) {
    st.goto_open = false;
  } else if (st.help_open) {
    st.help_open = false;
  } else if (st.runs_open) {
    st.runs_open = false;
  } else if (st.lessons_open) {
    st.lessons_open = false;
  } else if (st.variants_open) {
    st.variants_open = false;
  } else if (st.menu.open) {
    st.menu.open = false;
  } else if (ui.time.busy) {
    ui.emit(ActionKind::CancelProgress);
  } else if (!ui.log.chain.empty() || ui.log.why.open || ui.log.record_open) {
    ui.emit(ActionKind::ClearChain);
  } else if (st.measure_from_us >= 0) {
    st.measure_from_us = st.measure_to_us = -1;
  } else if (ui.lesson.twin.open && is_chosen_value(ui, st.number_path)) {
    st.number_path.clear();  // the comparison stays
  } else if (ui.lesson.coach_marks && !st.coach_seen) {
    st.coach_seen = true;
    ui.emit(ActionKind::CoachMarksSeen);
  } else if (ui.lesson.twin.open && !st.blank && !st.filled) {
    ui.emit(ActionKind::CloseTwin);
  } else if (st.blank) {
    st.blank = false;
  } else if (st.filled) {
    st.filled = false;
  } else if (st.zoom.k > 1) {
    st.zoom = {};
  } else if (st.layout == Layout::Presenter && st.tab_chosen && st.tab == Tab::Terminal) {
    st.tab_chosen = false;  // back to the stage
  } else if (st.layout == Layout::Presenter && !st.beliefs_of.empty()) {
    st.beliefs_of.clear();
  } else if (st.layout == Layout::Presenter) {
    set_layout(ui, Layout::Lesson);
  } else if (st.drawer) {
    st.drawer = false;
  } else if (!st.selection.empty()) {
    ui.select({});
  }
}

/// An open question takes 1–4 (and Enter when voting) first. Returns true when it took the key.
bool question_key(Ui& ui, int key) {
  const Question& q = ui.lesson.question;
  if (q.phase != QuestionPhase::Open) return false;
  if (key >= kKey1 && key < kKey1 + std::min<int>(4, static_cast<int>(q.choices.size()))) {
    Action a;
    a.number = key - kKey1;
    a.kind = q.voting ? ActionKind::Vote : q.pick != PickKind::None ? ActionKind::Pick : ActionKind::Answer;
    if (q.pick != PickKind::None && a.number < static_cast<std::int64_t>(q.candidates.size())) {
      a.target = q.candidates[static_cast<std::size_t>(a.number)];
    }
    ui.emit(std::move(a));
    return true;
  }
  if (q.voting && (key == kKeyEnter || key == kKeyKpEnter)) {
    ui.emit(ActionKind::Reveal);
    return true;
  }
  return false;
}

/// A key press that was meant for the question must not close it: without votes, closing takes two presses, the second
/// after a pause.
void close_vote(Ui& ui) {
  constexpr double kTooSoon = 1;
  State& st = ui.st;
  if (ui.lesson.question.has_votes() || (st.vote_warned && ui.wall - st.asked_wall > kTooSoon))
    return ui.emit(ActionKind::Reveal);
  st.vote_warned = true;
  ui.say("ui.nobody_voted"_w);
}

bool presenter_key(Ui& ui, const KeyPress& k) {
  if (ui.st.layout != Layout::Presenter) return false;
  switch (k.key) {
    case kKeyPeriod:
    case kKeyB: ui.st.blank = !ui.st.blank; return true;
    case kKeyF5:
      ui.emit(ActionKind::FromStart);
      if (ui.world.time_us <= 0) ui.say("ui.at_beginning"_w);
      return true;
    case kKeyN:
    case kKeyPageDown:
      // A clicker has only this key, so it also closes the vote and carries out the learner's act.
      if (ui.lesson.turn.open) {
        ui.emit(ActionKind::DoItForMe);
      } else if (ui.lesson.question.phase == QuestionPhase::Open && ui.lesson.question.voting) {
        close_vote(ui);
      } else {
        return false;
      }
      return true;
    case kKeyU:
      ui.st.locked = !ui.st.locked;
      ui.say(ui.st.locked ? "ui.locked_again"_w : "ui.unlocked"_w);
      return true;
    case kKeyZ: return true;  // while held: magnifies
    default: return false;
  }
}

/// No other key acts on the world behind the menu.
void menu_key(Ui& ui, const KeyPress& k) {
  MenuState& menu = ui.st.menu;
  if (k.key == kKeyDown || k.key == kKeyUp) menu.row = std::max(0, menu.row + (k.key == kKeyDown ? 1 : -1));
  if ((k.key == kKeyEnter || k.key == kKeyKpEnter) && menu.row >= 0) menu.take = true;
}

bool runs_key(Ui& ui, const KeyPress& k) {
  State& st = ui.st;
  const int count = static_cast<int>(ui.time.branches.size());
  int open = -1;
  if (k.key == kKeyDown) {
    st.runs_row = std::min(st.runs_row + 1, std::max(0, count - 1));
  } else if (k.key == kKeyUp) {
    st.runs_row = std::max(0, st.runs_row - 1);
  } else if (k.key == kKeyEnter || k.key == kKeyKpEnter) {
    open = st.runs_row;
  } else if (k.key >= kKey1 && k.key < kKey1 + std::min(9, count)) {
    open = k.key - kKey1;
  } else {
    return k.key != kKeyB;  // B closes the list; no other key acts on the world behind it
  }
  if (open >= 0 && open < count) {
    const Branch& run = ui.time.branches[static_cast<std::size_t>(open)];
    const bool beside = k.shift && !run.current && (k.key == kKeyEnter || k.key == kKeyKpEnter);
    Action a;
    a.kind = beside ? ActionKind::OpenTwin : ActionKind::OpenBranch;
    if (beside) a.verb = "run";
    a.number = run.id;
    ui.emit(std::move(a));
    st.runs_open = false;
  }
  return true;
}

/// All other keys are typed into the list's filter; none acts on the world.
void lessons_key(Ui& ui, const KeyPress& k) {
  State& st = ui.st;
  if (k.key == kKeyTab) return turn_lessons(ui);
  const bool enters = k.key == kKeyEnter || k.key == kKeyKpEnter;
  if (enters && names_file(st)) return open_typed_file(ui);
  const std::vector<LessonRow> rows = lesson_rows(st);
  if (rows.empty()) return;
  st.lessons_row = std::clamp(st.lessons_row + (k.key == kKeyDown ? 1
                                                : k.key == kKeyUp ? -1
                                                                  : 0),
                              0, static_cast<int>(rows.size()) - 1);
  if (enters) open_lesson(ui, rows[static_cast<std::size_t>(st.lessons_row)]);
}

void variants_key(Ui& ui, const KeyPress& k) {
  State& st = ui.st;
  const int count = static_cast<int>(variant_rows(ui));
  if (k.key == kKeyDown || k.key == kKeyUp) {
    st.variants_row = std::clamp(st.variants_row + (k.key == kKeyDown ? 1 : -1), 0, std::max(0, count - 1));
  } else if (k.key == kKeyEnter || k.key == kKeyKpEnter) {
    const auto row = static_cast<std::size_t>(st.variants_row);
    const std::optional<Action> beside = k.shift ? beside_of_variant(ui, row) : std::nullopt;
    if (!beside) return open_variant(ui, row);
    st.variants_open = false;
    ui.emit(*beside);
  } else if (k.key >= kKey1 && k.key < kKey1 + std::min(9, count)) {
    open_variant(ui, static_cast<std::size_t>(k.key - kKey1));
  } else if (k.key == kKeyV) {
    st.variants_open = false;
  }
}

/// Takes a picture of the panel under the pointer; of everything if there is none.
void picture_of_panel(Ui& ui) {
  const NamedRect panel = panel_at(ui.st, ui.w, ui.h, ui.lesson.detour.active, ui.in.x, ui.in.y);
  Action a;
  a.kind = ActionKind::Picture;
  a.text = panel.name;
  a.x = panel.rect.x;
  a.y = panel.rect.y;
  a.w = panel.rect.w;
  a.h = panel.rect.h;
  ui.emit(std::move(a));
}

bool ctrl_key(Ui& ui, const KeyPress& k) {
  if (!k.ctrl) return false;
  switch (k.key) {
    case kKeyZ: ui.emit(k.shift ? ActionKind::Redo : ActionKind::Undo); return true;
    case kKeyY: ui.emit(ActionKind::Redo); return true;
    case kKeyS: ui.emit(ActionKind::SaveSession); return true;
    case kKeyL: ui.emit(ActionKind::CopyLink); return true;
    case kKeyP: picture_of_panel(ui); return true;
    case kKeyR: ui.emit(ActionKind::NextSeed); return true;
    case kKeyK:
      ui.st.palette_open = true;
      ui.st.palette_row = 0;
      return true;
    default: return true;
  }
}

/// Destructive keys: not while presenting, and only on a recently clicked node. Reports why nothing happens.
bool may_act(Ui& ui) {
  if (ui.st.layout == Layout::Presenter && ui.st.locked) {
    ui.say("ui.locked"_w, true);
    return false;
  }
  if (may_act_on_selection(ui)) return true;
  ui.say("ui.select_first"_w, true);
  return false;
}

void crash_or_restart(Ui& ui) {
  if (!may_act(ui)) return;
  const Node& n = ui.world.nodes[static_cast<std::size_t>(ui.node_of(ui.st.selection))];
  const bool down = n.down();
  if (is_client(n.kind)) {
    fault(ui, down ? "start" : "kill", n.name);
  } else {
    fault(ui, down ? "restart" : "crash", n.name);
  }
}

void cut_links(Ui& ui) {
  if (!may_act(ui)) return;
  const Node& n = ui.world.nodes[static_cast<std::size_t>(ui.node_of(ui.st.selection))];
  fault(ui, n.isolated ? "heal" : "isolate", n.name);
}

/// The reason why there is no next step now.
words::Key no_next_step(const Ui& ui) {
  if (ui.lesson.question.phase == QuestionPhase::Open) return "ui.answer_first"_w;
  return ui.lesson.turn.open ? "ui.act_first"_w : "ui.no_next_step"_w;
}

/// Whether Enter restores the offered work: with a second world or a detour open it would replace what is on screen.
bool may_restore(const Ui& ui) { return ui.st.kept.acts > 0 && !ui.lesson.twin.open && !ui.lesson.detour.active; }

/// The reason why the key has no effect now; empty: the key has an effect.
words::Key refusal(const Ui& ui, const KeyPress& k) {
  const State& st = ui.st;
  const bool presenting = st.layout == Layout::Presenter;
  switch (k.key) {
    case kKeyComma:
    case kKeyLeft:
    case kKeyHome:
    case kKeyPageUp: return ui.world.time_us <= 0 ? "ui.at_beginning"_w : words::Key();
    case kKeyP: return ui.world.time_us <= 0 && !k.shift ? "ui.at_beginning"_w : words::Key();
    case kKeyEnd:
      return ui.world.time_us >= std::max(ui.time.known_us, ui.time.until_us) ? "ui.at_end"_w : words::Key();
    case kKeyA: return ui.time.adapts ? "ui.adapts_already"_w : words::Key();
    case kKeyEnter:
    case kKeyKpEnter: return may_restore(ui) || ui.lesson.resume.active ? words::Key() : "ui.nothing_to_confirm"_w;
    case kKeyR: return ui.lesson.detour.active ? words::Key() : "ui.no_detour"_w;
    case kKeyI:
    case kKeyF: return presenting ? "ui.not_presenting"_w : words::Key();
    case kKeyF5:
    case kKeyU:
    case kKeyZ: return "ui.only_presenting"_w;
    case kKeyE: return ui.world.metadata == "zookeeper" ? words::Key() : "ui.only_zookeeper"_w;
    case kKeyEqual:
    case kKeyMinus: return has_many_brokers(ui.world) ? words::Key() : "ui.only_many_brokers"_w;
    case kKeyTab: return st.layout == Layout::Workbench && !ui.lesson.present ? "ui.no_lesson_here"_w : words::Key();
    default: return {};
  }
}

/// A digit brings a panel to the front. While presenting only the terminal can be chosen: the lesson chooses the
/// others.
void choose_panel(Ui& ui, Tab tab) {
  State& st = ui.st;
  if (st.layout == Layout::Presenter && tab != Tab::Terminal) {
    if (st.tab_chosen && st.tab == Tab::Terminal) st.tab_chosen = false;  // back to the stage
    else if (const Question& q = ui.lesson.question; (q.phase == QuestionPhase::Passed || shows_votes(ui)) &&
                                                     digit_of(tab) > 0 &&
                                                     digit_of(tab) <= static_cast<int>(q.choices.size()))
      ui.say("ui.vote_is_over"_w, true);  // its choices still stand there
    else ui.say("ui.panels_of_lesson"_w, true);
  } else if (ui.has(tab)) {
    ui.choose(tab);
  } else {
    ui.say(tab == Tab::Compare        ? "ui.no_compare_sub"_w
           : tab == Tab::Transactions ? "ui.no_transaction_yet_sub"_w
                                      : "ui.no_metrics_sub"_w,
           true, {{"chord", st.chord}});
  }
}

void plain_key(Ui& ui, const KeyPress& k) {
  State& st = ui.st;
  if (const words::Key why = refusal(ui, k); !why.empty()) {
    if (!k.repeat) ui.say(why, true);
    return;
  }
  switch (k.key) {
    case kKeySpace: ui.emit(ui.time.playing ? ActionKind::Pause : ActionKind::Run); break;
    case kKeyPeriod: ui.emit(ActionKind::StepEvent); break;
    case kKeyComma: ui.emit(ActionKind::StepBack); break;
    case kKeyRight: ui.emit(ActionKind::NextChange); break;
    case kKeyLeft: ui.emit(ActionKind::PreviousChange); break;
    case kKeyN:
    case kKeyPageDown:
      // Same as the big button.
      if (ui.lesson.detour.active &&
          (ui.lesson.detour.kind == RunKind::Detour || ui.lesson.detour.kind == RunKind::Try)) {
        ui.emit(ActionKind::ReturnFromDetour);
      } else if (ui.lesson.can_next || !ui.lesson.present) {
        st.tab_chosen = false;  // back to the step's own view
        ui.emit(ActionKind::NextStep);
      } else {
        ui.say(no_next_step(ui), true);
      }
      break;
    case kKeyP:
    case kKeyPageUp:
      if (k.shift && k.key == kKeyP) {
        set_layout(ui, st.layout == Layout::Presenter ? Layout::Lesson : Layout::Presenter);
      } else {
        ui.emit(ActionKind::PreviousStep);
      }
      break;
    case kKeyEnter:
    case kKeyKpEnter:
      if (may_restore(ui)) ui.emit_text(ActionKind::RestoreKept, st.kept.file);
      else if (ui.lesson.resume.active) ui.emit(ActionKind::Resume);
      break;
    case kKeyUp: set_speed(ui, true); break;
    case kKeyDown: set_speed(ui, false); break;
    case kKeyA: adapt(ui); break;
    case kKeyHome: seek(ui, 0); break;
    case kKeyEnd: seek(ui, std::max(ui.time.known_us, ui.time.until_us)); break;
    case kKeyB:
      st.runs_open = !st.runs_open;
      st.runs_row = 0;
      break;
    case kKeyG: st.goto_open = true, st.goto_text.clear(); break;
    case kKeySlash:
      if (k.shift) {
        st.help_open = !st.help_open;
      } else {
        st.palette_open = true, st.palette_row = 0;
      }
      break;
    case kKeyF1: st.help_open = !st.help_open; break;
    case kKeyC: crash_or_restart(ui); break;
    case kKeyX: cut_links(ui); break;
    case kKeyR: ui.emit(ActionKind::ReturnFromDetour); break;
    case kKeyI:
      if (st.drawer && !st.filled) {
        st.drawer = false;
      } else {
        ui.inspect();
      }
      break;
    case kKeyK: show_beliefs_of_selection(ui); break;
    case kKeyL: ui.show_lessons(); break;
    case kKeyW: ui.ask_why(); break;
    case kKeyO:
      st.origin = st.origin_here.name.empty() ? origin_of_selected(ui) : st.origin_here;
      if (st.origin.name.empty()) ui.say("ui.origin_of_what"_w, true);
      break;
    case kKeyT: ui.turn_subtitles(); break;
    case kKeyV: ui.show_variants(); break;
    case kKeyM:
      if (st.selection.empty()) {
        ui.say("ui.select_first"_w, true);
      } else {
        st.menu = {true, ui.w * 0.4f, ui.h * 0.25f, st.selection, {}, -1, 0};
        st.menu.about = st.selection_drawn;
      }
      break;
    case kKeyE: toggle_ensemble(ui); break;
    case kKeyEqual:
    case kKeyMinus: zoom_grid(st.zoom, k.key == kKeyEqual ? 1.25f : .8f); break;
    case kKeyF: st.filled = !st.filled; break;
    case kKeyF11: ui.emit(ActionKind::ToggleFullscreen); break;
    case kKeyTab:
      set_layout(ui, st.layout == Layout::Workbench && ui.lesson.present ? Layout::Lesson : Layout::Workbench);
      break;
    default:
      if (k.key >= kKey0 && k.key <= kKey9) choose_panel(ui, tab_of_digit(k.key - kKey0));
      break;
  }
}

}  // namespace

std::size_t handle_keyboard(Ui& ui, const std::vector<KeyPress>& presses) {
  if (!presses.empty()) ui.st.key_wall = ui.wall;
  const bool was_finding = is_field_open(ui.st);
  for (std::size_t i = 0; i < presses.size(); ++i) {
    const KeyPress& k = presses[i];
    const bool finding = is_field_open(ui.st);
    if (finding && !was_finding) return i;  // the previous key opened the field: the remaining keys are typed into it
    if (ui.st.typing && !finding) {         // a text field for a filter or a value takes all keys
      if (ui.st.tool.typing) take_tool_key(ui.st, k.key, ui.log.terminal.completions);
      continue;
    }
    if (k.key == kKeyEscape) {
      escape(ui);
      continue;
    }
    if (ui.st.palette_open) {
      if (k.key == kKeyDown) ++ui.st.palette_row;
      if (k.key == kKeyUp) ui.st.palette_row = std::max(0, ui.st.palette_row - 1);
      continue;  // typing; the palette handles Enter itself
    }
    if (ui.st.goto_open || form_key(ui, k)) continue;
    if (ui.st.new_cluster.open) {
      new_cluster_key(ui, k);
      continue;
    }
    if (ui.st.help_open) {  // the help covers everything
      if (k.key == kKeyTab || k.key == kKeyLeft || k.key == kKeyRight) ui.st.help_cards = !ui.st.help_cards;
      else if (k.key == kKeyF1 || (k.key == kKeySlash && k.shift)) ui.st.help_open = false;
      continue;
    }
    if (ui.st.menu.open) {
      menu_key(ui, k);
      continue;
    }
    if (!ui.st.origin.name.empty()) {  // like a click outside the card
      ui.st.origin = {};
      if (k.ctrl ? k.key != kKeyK : k.key != kKeyW) continue;  // W asks about the thing on which the card was opened
    }
    if (ui.st.runs_open && runs_key(ui, k)) continue;
    if (ui.st.lessons_open) {
      lessons_key(ui, k);
      continue;
    }
    if (ui.st.variants_open) {
      variants_key(ui, k);
      continue;
    }
    // Auto-repeat applies only to keys that move time or speed.
    const bool moves = k.key == kKeyRight || k.key == kKeyLeft || k.key == kKeyPeriod || k.key == kKeyComma ||
                       k.key == kKeyUp || k.key == kKeyDown;
    if (k.repeat && !moves) continue;
    if (ctrl_key(ui, k) || question_key(ui, k.key) || presenter_key(ui, k)) continue;
    plain_key(ui, k);
  }
  return presses.size();
}

}  // namespace kafkascope::ui
