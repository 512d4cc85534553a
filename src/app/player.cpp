#include "app/player.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/acts.h"
#include "observe/model/assignor_previews.h"
#include "observe/model/setting_here.h"
#include "ui/strings.h"

namespace kafkascope::app {

using ui::ActionKind;

namespace {

constexpr std::int64_t kHintAfterUs = 20000000;

/// Whether the learner has already done by hand what the step `turn` asks for; -1: no step is due.
bool turn_holds(const Run& run, int turn) {
  return turn >= 0 && !run.flow.question_open() &&
         !held_words(*run.scenario->steps[static_cast<std::size_t>(turn)].command, run.session()).empty();
}

}  // namespace

Player::Player(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options)
    : runs_(std::move(scenario), std::move(file), std::move(document), std::move(options)) {
  runs_.follow();
  settle();
}

std::string Player::subject() const {
  return selected_.empty() && !run_.free ? run_.flow.view_select(run_.session(), turn_step(run_)) : selected_;
}

void Player::settle() {
  if (std::exchange(settled_at_, runs_.revision()) == runs_.revision()) return;
  hear_answer();
  if (head_.on_its_way()) return;
  const std::optional<int> twin = runs_.twin;
  second_.follow_view();
  if (runs_.twin && runs_.twin != twin) second_.follow(head_.deadline());
}

void Player::seek(sim::Instant t) {
  head_.seek(t);
  settle();
}

void Player::travel(sim::Instant t) {
  head_.set_out(t);
  settle();
}

void Player::tick(std::int64_t wall_us) {
  const bool compared = std::exchange(compare_asked_, false);  // requested again while the comparison is shown
  space_look_.next_frame();
  run_on(wall_us);
  settle();
  // A record's card always shows the present state.
  if (card_ && card_open_ && !run_.log.model().record_open) card_.reset();  // the user has closed the card
  if (card_ && !head_.on_its_way() && !playing() && card_at_ != now()) show_card(*card_);
  if (second_.turn_on()) {
    runs_.change();
    second_.follow(head_.deadline());
  }
  work_on_answer();
  // Moves the other world to the present moment, because both are shown while this run plays.
  if ((compared || runs_.twin) && !head_.on_its_way()) second_.follow(head_.deadline());
}

void Player::run_on(std::int64_t wall_us) {
  const bool waits = std::exchange(waits_, false);
  if (pill_us_ > 0) {
    pill_us_ -= wall_us;
    runs_.change();
  }
  if (turn_step(run_) >= 0) {
    turn_wait_us_ += wall_us;
    if (turn_wait_us_ > kHintAfterUs) runs_.change();
  } else {
    turn_wait_us_ = 0;
  }
  start_again();
  if (head_.on_its_way()) {
    head_.go_on();
    return;
  }
  // One playhead: neither world runs ahead of the other.
  if (runs_.twin && second_.late() && !second_.follow(head_.deadline())) return;
  head_.run_on(wall_us, subject(), waits);
}

void Player::show_card(ui::Action record) {
  scenario::Session& session = run_.session();
  if (record.kind == ActionKind::SelectSent)
    run_.log.select_sent(record.target, static_cast<std::uint32_t>(record.number), session);
  else if (record.other.empty()) run_.log.select_record(record.target, record.number, session);
  else run_.log.select_cut(record.target, record.number, record.other, session);
  card_ = std::move(record);
  card_at_ = now();
  card_open_ = run_.log.model().record_open;
  runs_.change();
}

// ---- user actions

void Player::resume() {
  if (!std::exchange(resume_.active, false)) return;
  runs_.change();
  head_.play(false);
  head_.set_out(sim::Instant{resume_.at_us});
}

namespace {

/// After these actions the coach marks would cover the window's content.
bool ends_coach_marks(ActionKind kind) {
  switch (kind) {
    case ActionKind::NextStep:
    case ActionKind::PreviousStep:
    case ActionKind::NextChange:
    case ActionKind::PreviousChange:
    case ActionKind::Seek:
    case ActionKind::Fault:
    case ActionKind::Why:
    case ActionKind::SelectFate:
    case ActionKind::SelectRecord:
    case ActionKind::OpenTwin:
    case ActionKind::OpenVariant: return true;
    default: return false;
  }
}

}  // namespace

void Player::act(const ui::Action& a) {
  if (a.kind == ActionKind::Compare) {
    compare_asked_ = true;
    return;
  }
  if (a.kind == ActionKind::Wait) {
    waits_ = true;
    return;
  }
  if (a.kind == ActionKind::LookAtSpaceTime) return space_look_.ask(a.time_us);
  if (a.kind == ActionKind::CompareAssignors) {
    compares_assignors_ = true;
    if (snapshot_at_ == runs_.revision()) observe::add_assignors(run_.session().cluster(), snapshot_);
    return;
  }
  if (a.kind == ActionKind::LookUpSetting) {
    setting_ = a.text;
    if (snapshot_at_ == runs_.revision() && snapshot_.setting.key != setting_)
      snapshot_.setting = observe::setting_here(run_.session().cluster(), setting_);
    return;
  }
  if (a.kind == ActionKind::LookAtRecord)
    return run_.log.look_at(a.target, a.number, run_.session());  // only the card changes
  if (a.kind == ActionKind::AskTool) {
    terminal_.show(run_.session().moment().cluster, a.text, a.other);
    return run_.log.show_terminal(terminal_.model());
  }
  runs_.change();
  coach_marks_ = coach_marks_ && !ends_coach_marks(a.kind);
  switch (a.kind) {
    case ActionKind::NextStep:
      resume_.active = false;
      // A step that the learner has done by hand already is not done again.
      if (turn_holds(run_, turn_step(run_))) {
        head_.let_go();
        do_turn();
      } else {
        head_.act(a);
      }
      break;
    case ActionKind::FromStart:
    case ActionKind::Seek:
      resume_.active = false;
      head_.act(a);
      break;
    case ActionKind::Resume: resume(); break;
    case ActionKind::DismissResume: resume_.active = false; break;
    case ActionKind::SetLayout:
      presenting_ = a.text == "presenter";
      run_.flow.present(presenting_);
      break;
    case ActionKind::Fault: fault(a); break;
    case ActionKind::DoStep: do_step(a.text); break;
    case ActionKind::Select:
      selected_ = a.target;
      run_.log.close_record();
      break;
    case ActionKind::SelectEvent:
      run_.log.close_record();  // W asks about the event now
      run_.log.select(static_cast<std::uint64_t>(a.number), run_.session());
      break;
    case ActionKind::SelectRecord:
      if (run_.flow.question_open()) run_.flow.pick(a.target + "/" + std::to_string(a.number));
      [[fallthrough]];
    case ActionKind::SelectSent:
      run_.log.close_answer();  // W asks about this record now
      show_card(a);
      break;
    case ActionKind::SelectFate: run_.log.select_fate(a.text, a.target, a.other, run_.session()); break;
    case ActionKind::Why:
      if (a.text == ui::kWhyParting) {
        explain_parting();
        break;
      }
      ask(a);
      runs_.change();
      break;
    case ActionKind::ClearChain: run_.log.close_topmost(a.flag); break;
    case ActionKind::Answer:
      run_.flow.answer(static_cast<int>(a.number));
      head_.play(true);
      break;
    case ActionKind::Pick:
      run_.flow.pick(a.target);
      head_.play(true);
      break;
    case ActionKind::Vote: run_.flow.vote(static_cast<int>(a.number)); break;
    case ActionKind::Reveal:
      run_.flow.reveal();
      head_.play(true);
      break;
    case ActionKind::SkipQuestion:
      run_.flow.skip_question();
      head_.play(true);
      break;
    case ActionKind::DoItForMe: do_turn(); break;
    case ActionKind::Undo: undo(); break;
    case ActionKind::Redo: redo(); break;
    case ActionKind::ReturnFromDetour:
      // A run that began in an empty cluster has nothing to return to.
      if (!ui::has_return(lesson())) {
        notices_.say(ui::both("app.nothing_waits"_w), true);
        break;
      }
      if (run_.free && !run_.timeline.commands().empty())
        notices_.say(ui::both("app.free_play_is_kept"_w, {{"what", runs_.name_of(run_)}}), false);
      go_to(run_.parent);
      break;
    case ActionKind::OpenBranch: go_to(static_cast<int>(a.number)); break;
    case ActionKind::KeepScript: keep_script(); break;
    case ActionKind::NextSeed:
    case ActionKind::TryNext:
    case ActionKind::OpenVariant: open_other(a); break;
    case ActionKind::OpenTwin:
      if (!second_.open(a)) break;
      resume_.active = false;
      second_.follow(head_.deadline());
      break;
    case ActionKind::CloseTwin: second_.close(); break;
    case ActionKind::TurnTwin:
      second_.turn(a.number);
      second_.follow(head_.deadline());
      break;
    case ActionKind::FreePlay: free_play(); break;
    case ActionKind::CoachMarksSeen: coach_marks_ = false; break;
    case ActionKind::OpenLesson:
      wants_lesson_ = LessonWish{a.text, a.other, a.number > 0, sim::Instant{a.time_us}};
      break;
    case ActionKind::SetConfig: set_config(a); break;
    case ActionKind::RestartClient: restart_client(a.target); break;
    default: head_.act(a); break;
  }
  if (!run_.log.model().why.open) head_.read_on();
  else if (a.kind == ActionKind::Why) head_.read();
  settle();
}

}  // namespace kafkascope::app
