#include "app/lesson_flow.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace kafkascope::app {

ui::Words words(const scenario::Text& text) { return {text.en, text.ko.empty() ? text.en : text.ko}; }

namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(by, from)) != std::string::npos; from = at + by.size()) parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

/// The first sentence if it is short and not all there is; it is cut off `text`.
std::string take_title(std::string& text) {
  const std::size_t stop = text.find_first_of(".?!");
  if (stop == std::string::npos || stop + 2 >= text.size() || stop > 60 || (text[stop + 1] != ' ' && text[stop + 1] != '\n')) return {};
  std::string title = text.substr(0, text[stop] == '.' ? stop : stop + 1);
  text = text.substr(text.find_first_not_of(" \n", stop + 1));
  return title;
}

/// What a ring says: the thing's name, and its value where that is a number or a list.
ui::Words point_label(const std::string& path, scenario::Session& session) {
  const auto tokens = observe::split_pointer(path);
  struct Word {
    std::string_view field, en, ko;
  };
  static constexpr std::array<Word, 6> kWords{{{"high_watermark", "high watermark", "하이 워터마크"},
                                               {"log_end_offset", "log end", "로그 끝(LEO)"},
                                               {"leader", "leader", "리더"},
                                               {"isr", "ISR", "ISR"},
                                               {"leader_epoch", "leader epoch", "리더 에포크"},
                                               {"log_start_offset", "log start", "로그 시작"}}};
  if (tokens.empty()) return {};
  for (const Word& w : kWords) {
    if (tokens.back() != w.field || tokens.size() < 2) continue;
    const auto value = observe::state_at(session.moment(), path);
    std::string text = value ? value->dump() : "";
    if (w.field == "leader" && value && value->is_number()) text = "broker-" + text;
    return {std::string(w.en) + " " + text, std::string(w.ko) + " " + text};
  }
  return {tokens.back(), tokens.back()};
}

}  // namespace

void split_narration(const scenario::Text& say, ui::Words& title, std::vector<ui::Words>& paragraphs) {
  std::string en = say.en, ko = say.ko.empty() ? say.en : say.ko;
  title = {take_title(en), {}};
  title.ko = take_title(ko);
  if (title.en.empty() || title.ko.empty()) {  // both or none
    title = {};
    en = say.en;
    ko = say.ko.empty() ? say.en : say.ko;
  }
  const auto english = split(en, "\n\n"), korean = split(ko, "\n\n");
  for (std::size_t i = 0; i < std::max(english.size(), korean.size()); ++i)
    paragraphs.push_back({i < english.size() ? english[i] : "", i < korean.size() ? korean[i] : ""});
}

LessonFlow::LessonFlow(const scenario::Scenario& scenario) : scenario_(scenario) {
  released_.resize(scenario.steps.size());
  seen_.resize(scenario.steps.size());
  answers_.assign(scenario.steps.size(), -1);
  for (std::size_t i = 0; i < scenario.steps.size(); ++i)
    if (scenario.steps[i].say || scenario.steps[i].ask) visible_.push_back(static_cast<int>(i));
}

void LessonFlow::forget_after(sim::Instant t, const scenario::Session& session) {
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (session.step_results()[i].happened && session.step_results()[i].at <= t) continue;
    seen_[i] = released_[i] = false;
  }
  if (question_ >= 0 && !seen_[static_cast<std::size_t>(question_)]) {
    question_ = -1;
    question_open_ = false;
    for (int v : visible_)
      if (scenario_.steps[static_cast<std::size_t>(v)].ask && seen_[static_cast<std::size_t>(v)]) question_ = v;
  }
}

bool LessonFlow::on_progress(const scenario::Session& session) {
  bool stop = false;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i] || !session.step_results()[i].happened) continue;
    seen_[i] = true;
    const scenario::Step& s = scenario_.steps[i];
    if (s.ask) {
      question_ = static_cast<int>(i);
      question_open_ = answers_[i] < 0;
    }
    stop = stop || s.wait;
  }
  // The world stops right at a question; who jumped past it has skipped it.
  if (question_open_ && session.now() > session.step_results()[static_cast<std::size_t>(question_)].at + sim::milliseconds(1)) question_open_ = false;
  return stop || question_open_;
}

void LessonFlow::answer(int choice) {
  if (question_ < 0) return;
  answers_[static_cast<std::size_t>(question_)] = choice;
  question_open_ = false;
}

void LessonFlow::skip_question() { question_open_ = false; }

int LessonFlow::shown_step(const scenario::Session& session) const {
  int shown = 0;
  for (std::size_t k = 0; k < visible_.size(); ++k)
    if (session.step_results()[static_cast<std::size_t>(visible_[k])].happened) shown = static_cast<int>(k);
  return shown;
}

int LessonFlow::next_visible(const scenario::Session& session) const {
  for (int v : visible_)
    if (!session.step_results()[static_cast<std::size_t>(v)].happened) return v;
  return -1;
}

void LessonFlow::fill(ui::LessonModel& m, scenario::Session& session, int turn_step, std::int64_t wait_us) const {
  m.present = !visible_.empty();
  m.id = scenario_.id;
  m.title = words(scenario_.title);
  for (const scenario::Variant& v : scenario_.variants)
    if (v.id == scenario_.variant && v.id != "base") m.variant = v.title.en.empty() ? ui::Words{v.id, v.id} : words(v.title);
  for (int v : visible_) {
    const scenario::Step& s = scenario_.steps[static_cast<std::size_t>(v)];
    ui::LessonStep step;
    step.kind = s.ask ? ui::StepKind::Ask : s.command ? ui::StepKind::Do : ui::StepKind::Say;
    const scenario::StepResult& r = session.step_results()[static_cast<std::size_t>(v)];
    step.done = r.happened;
    step.at_us = r.happened ? r.at.us : s.trigger == scenario::Step::Trigger::At ? s.at.us : -1;
    m.steps.push_back(std::move(step));
  }
  if (visible_.empty()) return;
  m.step = turn_step >= 0 ? static_cast<int>(std::find(visible_.begin(), visible_.end(), turn_step) - visible_.begin()) : shown_step(session);
  m.step = std::min(m.step, static_cast<int>(visible_.size()) - 1);
  const scenario::Step& shown = scenario_.steps[static_cast<std::size_t>(visible_[static_cast<std::size_t>(m.step)])];
  // A question comes with the narration before it.
  const scenario::Text* narration = nullptr;
  for (int k = m.step; k >= 0 && narration == nullptr; --k) {
    const scenario::Step& s = scenario_.steps[static_cast<std::size_t>(visible_[static_cast<std::size_t>(k)])];
    if (s.say && !(turn_step >= 0 && k == m.step)) narration = &*s.say;
  }
  if (narration != nullptr && !(turn_step >= 0)) split_narration(*narration, m.step_title, m.paragraphs);
  if (shown.ask && turn_step < 0) m.step_title = {"A question", "질문"};
  m.notes = words(shown.notes);

  // The view in force: the last word on each member.
  for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
    const scenario::Step& s = scenario_.steps[i];
    if (!s.view || !(session.step_results()[i].happened || static_cast<int>(i) == turn_step)) continue;
    if (s.view->panels) m.view.panels = *s.view->panels;
    if (s.view->select) m.view.select = *s.view->select;
    if (s.view->hide) m.view.hide = *s.view->hide;
    m.view.point.clear();
    if (s.view->point)
      for (const std::string& path : *s.view->point) m.view.point.push_back({path, point_label(path, session)});
  }

  if (turn_step >= 0) {
    m.step_title = {"Now you", "이제 직접"};
    if (!shown.hint.empty()) m.paragraphs.push_back(words(shown.hint));
  }
  if (question_ >= 0) {
    const scenario::Step& s = scenario_.steps[static_cast<std::size_t>(question_)];
    const scenario::Ask& ask = *s.ask;
    const int chosen = answers_[static_cast<std::size_t>(question_)];
    m.question.question = words(ask.question);
    for (const scenario::Choice& c : ask.choices) m.question.choices.push_back({words(c.text), words(c.because)});
    m.question.pick = static_cast<ui::PickKind>(ask.pick);
    m.question.chosen = chosen;
    m.question.answer = ask.answer;
    m.question.why = words(ask.why);
    // Shown to hold or not once the run has come past the next two visible steps.
    int later = 0;
    for (int v : visible_)
      if (v > question_ && session.step_results()[static_cast<std::size_t>(v)].happened) ++later;
    if (question_open_ && turn_step < 0) {
      m.question.phase = ui::QuestionPhase::Open;
    } else if (chosen < 0) {
      m.question.phase = ui::QuestionPhase::Closed;
    } else if (later < 2 && session.now() < session.until()) {
      m.question.phase = ui::QuestionPhase::Predicted;
    } else {
      m.question.phase = chosen == ask.answer ? ui::QuestionPhase::Held : ui::QuestionPhase::Differed;
      if (ask.answer >= 0) m.question.outcome = m.question.choices[static_cast<std::size_t>(ask.answer)].text;
      if (later > 4) m.question.phase = ui::QuestionPhase::Closed;  // read; it makes way
    }
    if (question_open_ && turn_step < 0) {
      m.can_next = false;
      m.owes = {"after your answer", "답한 다음에"};
    }
  }
  if (turn_step >= 0) {
    const scenario::Step& s = scenario_.steps[static_cast<std::size_t>(turn_step)];
    m.turn.open = true;
    m.turn.verb = std::string(cluster::to_string(s.command->verb));
    const auto nodes = s.command->node ? session.cluster().resolve(*s.command->node) : std::vector<sim::NodeId>{};
    if (!nodes.empty()) m.turn.node = session.cluster().info(nodes.front()).name;
    struct Deed {
      cluster::Verb verb;
      const char *en, *ko, *key;
    };
    static constexpr std::array<Deed, 6> kDeeds{{{cluster::Verb::Crash, "crash {}", "{} 크래시", "C"},
                                                 {cluster::Verb::PowerOff, "power off {}", "{} 전원 끄기", ""},
                                                 {cluster::Verb::Restart, "restart {}", "{} 재시작", "C"},
                                                 {cluster::Verb::Shutdown, "shut {} down", "{} 종료", ""},
                                                 {cluster::Verb::Stop, "stop {}", "{} 멈춤", ""},
                                                 {cluster::Verb::Pause, "pause {}", "{} 일시 정지", ""}}};
    m.turn.deed = {cluster::to_text(*s.command), cluster::to_text(*s.command)};
    for (const Deed& d : kDeeds) {
      if (d.verb != s.command->verb) continue;
      m.turn.deed = {fmt::format(fmt::runtime(d.en), m.turn.node), fmt::format(fmt::runtime(d.ko), m.turn.node)};
      m.turn.key = d.key;
    }
    m.turn.after = {"after your deed", "직접 한 다음에"};
    m.turn.hint = wait_us > 20000000;
    m.turn.hint_words = words(s.hint);
    m.can_next = false;
    m.owes = m.turn.after;
  }
  for (const scenario::TryNext& t : scenario_.tries) m.tries.push_back({words(t.text)});
  const bool over = session.now() >= session.until();
  m.end.active = over;
  if (over) m.end.summary = words(scenario_.summary);
}

}  // namespace kafkascope::app
