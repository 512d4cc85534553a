#include "app/lesson_flow.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "app/acts.h"
#include "observe/model/acts.h"
#include "scenario/shortened_clocks.h"
#include "ui/strings.h"

namespace kafkascope::app {

ui::Words words(const scenario::Text& text) { return {text.en, text.ko.empty() ? text.en : text.ko}; }

namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(by, from)) != std::string::npos; from = at + by.size())
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

/// The width in columns: a Korean letter takes two.
std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text)
    n += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 0 : static_cast<unsigned char>(c) < 0xE0 ? 1 : 2;
  return n;
}

/// Removes the first sentence from `text` and returns it if it is short and not the whole text. A dot within a key or
/// number ends no sentence.
std::string take_title(std::string& text) {
  constexpr std::size_t kLongest = 60;
  std::size_t stop = 0;
  do stop = text.find_first_of(".?!", stop + 1);
  while (stop != std::string::npos && stop + 1 < text.size() && text[stop + 1] != ' ' && text[stop + 1] != '\n');
  if (stop == std::string::npos || stop + 2 >= text.size() || columns(text.substr(0, stop)) > kLongest) return {};
  std::string title = text.substr(0, text[stop] == '.' ? stop : stop + 1);
  text = text.substr(text.find_first_not_of(" \n", stop + 1));
  return title;
}

/// The label of a ring: the object's name, and its value if it is a number or a list.
ui::Words point_label(const std::string& path, scenario::Session& session) {
  const auto tokens = observe::split_pointer(path);
  struct Word {
    std::string_view field;
    words::Key name;
  };
  static constexpr std::array<Word, 9> kWords{{{"active_controller", "app.point_active_controller"_w},
                                               {"high_watermark", "app.point_high_watermark"_w},
                                               {"last_stable_offset", "app.point_last_stable_offset"_w},
                                               {"log_end_offset", "app.point_log_end_offset"_w},
                                               {"leader", "ui.role_leader"_w},
                                               {"isr", "app.point_isr"_w},
                                               {"leader_epoch", "app.leader_epoch"_w},
                                               {"broker_epoch", "ui.field_broker_epoch"_w},
                                               {"log_start_offset", "app.point_log_start_offset"_w}}};
  if (tokens.empty() || tokens.back() == "belief") return {};  // the inspector names the belief
  for (const Word& w : kWords) {
    if (tokens.back() != w.field) continue;
    const auto value = observe::state_at(session.moment(), path);
    std::string text = value ? value->dump() : "";
    if (w.field == "leader" && value && value->is_number()) text = "broker-" + text;
    if (w.field == "active_controller" && value && value->is_number())
      for (const cluster::NodeInfo& node : session.cluster().nodes())
        if (node.id == value->get<int>() &&
            (node.kind == cluster::NodeKind::Controller || node.kind == cluster::NodeKind::Broker)) {
          // A controller's name says what the node is.
          if (node.kind == cluster::NodeKind::Controller) return ui::both("app.point_active"_w, {{"node", node.name}});
          text = node.name;
        }
    if (value && value->is_null()) text = "-";
    return {ui::tr(ui::Lang::En, w.name) + (" " + text), ui::tr(ui::Lang::Ko, w.name) + (" " + text)};
  }
  if (tokens.size() > 1 && tokens[tokens.size() - 2] == "errors") {  // how often the client got the error
    const auto count = observe::state_at(session.moment(), path);
    const std::string text = fmt::format("{} × {}", count && count->is_number() ? count->dump() : "0", tokens.back());
    return {text, text};
  }
  if (constexpr std::string_view kTree = "/zookeeper/"; path.starts_with(kTree)) {  // a znode by its path there
    const std::string znode = path.substr(kTree.size() - 1);
    return {znode, znode};
  }
  std::string plain = tokens.back();
  std::replace(plain.begin(), plain.end(), '_', ' ');
  return {plain, plain};
}

/// The state path that a step's `point` resolves to at this moment; empty: none.
std::string point_path(const std::string& point, const scenario::Session& session) {
  if (point.empty() || point == "none") return {};
  if (point.starts_with('/')) return point;
  if (point.starts_with("group:")) return "/groups/" + point.substr(6);
  const cluster::Cluster& cluster = session.cluster();
  const auto of_node = [&](const std::string& name) -> std::string {
    const auto ref = cluster::parse_node_ref(name);
    const auto found = ref ? cluster.resolve(*ref) : std::vector<sim::NodeId>{};
    return found.empty() ? std::string() : cluster.info(found.front()).name;
  };
  if (const std::size_t at = point.find('@'); at != std::string::npos) {
    const sim::NodeId node = cluster.find(of_node(point.substr(at + 1)));
    return node.valid() ? fmt::format("/partitions/{}/logs/{}", point.substr(0, at), cluster.info(node).id) : "";
  }
  if (!cluster.find(point).valid() && point.find(':') == std::string::npos && cluster::parse_partition_name(point))
    return "/partitions/" + point;
  const std::string name = of_node(point);
  return name.empty() ? name : "/nodes/" + name;
}

}  // namespace

void split_narration(const scenario::Text& say, ui::Words& title, std::vector<ui::Words>& paragraphs) {
  std::string en = say.en, ko = say.ko.empty() ? say.en : say.ko;
  title = {take_title(en), {}};
  title.ko = take_title(ko);
  if (title.en.empty() || title.ko.empty()) {  // a title needs both languages
    title = {};
    en = say.en;
    ko = say.ko.empty() ? say.en : say.ko;
  }
  const auto english = split(en, "\n\n"), korean = split(ko, "\n\n");
  for (std::size_t i = 0; i < std::max(english.size(), korean.size()); ++i)
    paragraphs.push_back({i < english.size() ? english[i] : "", i < korean.size() ? korean[i] : ""});
}

LessonFlow::LessonFlow(const scenario::Scenario& scenario)
    : scenario_(&scenario), clocks_(words(scenario::clock_badge(scenario::shortened_clocks(scenario)))) {
  released_.resize(scenario.steps.size());
  seen_.resize(scenario.steps.size());
  answers_.assign(scenario.steps.size(), -1);
  for (std::size_t i = 0; i < scenario.steps.size(); ++i)
    if (scenario.steps[i].say || scenario.steps[i].ask) visible_.push_back(static_cast<int>(i));
  told_ = !visible_.empty();
  for (std::size_t i = 0; !told_ && i < scenario.steps.size(); ++i)
    if (scenario.steps[i].command) visible_.push_back(static_cast<int>(i));
}

void LessonFlow::forget_answers() {
  answers_.assign(answers_.size(), -1);
  released_.assign(released_.size(), false);
  seen_.assign(seen_.size(), false);
  question_ = -1;
  question_open_ = false;
}

void LessonFlow::forget_after(sim::Instant t, const scenario::Session& session) {
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (session.step_results()[i].happened && session.step_results()[i].at <= t) continue;
    seen_[i] = released_[i] = false;
    if (presenting_) answers_[i] = -1;  // the audience will vote again
  }
  if (question_ >= 0 && !seen_[static_cast<std::size_t>(question_)]) {
    question_ = -1;
    for (int v : visible_)
      if (scenario_->steps[static_cast<std::size_t>(v)].ask && seen_[static_cast<std::size_t>(v)])
        open_question(v, session);
    question_open_ = false;
  }
  // A learner who returns to an unanswered question is asked again; when presenting, every question is asked again,
  // with the votes so far.
  if (question_ < 0 || unattended_ || session.step_results()[static_cast<std::size_t>(question_)].at < t) return;
  int& answer = answers_[static_cast<std::size_t>(question_)];
  if (answer >= 0 && !presenting_) return;
  answer = -1;
  std::vector<int> votes = votes_;
  open_question(question_, session);
  if (presenting_ && votes.size() == votes_.size()) votes_ = std::move(votes);
}

void LessonFlow::open_question(int step, const scenario::Session& session) {
  const scenario::Ask& ask = *scenario_->steps[static_cast<std::size_t>(step)].ask;
  question_ = step;
  question_open_ = answers_[static_cast<std::size_t>(step)] < 0;
  right_ = ask.answer;
  votes_.assign(ask.choices.size(), 0);
  candidates_.clear();
  std::string right = ask.pick_answer;
  switch (ask.pick) {
    case scenario::Ask::Pick::None: return;
    case scenario::Ask::Pick::Node: {
      sim::NodeId node;
      if (const auto ref = cluster::parse_node_ref(right))
        if (const auto found = session.cluster().resolve(*ref); !found.empty()) node = found.front();
      // The possible candidates: all nodes of the same kind as the right answer.
      for (const cluster::NodeInfo& info : session.cluster().nodes())
        if (node.valid() ? info.kind == session.cluster().info(node).kind : info.kind == cluster::NodeKind::Broker)
          candidates_.push_back(info.name);
      right = node.valid() ? session.cluster().info(node).name : right;
      break;
    }
    case scenario::Ask::Pick::Partition:
      for (const protocol::TopicImage& topic : session.cluster().committed().topics())
        for (std::size_t p = 0; p < topic.partitions.size() && !topic.name.starts_with("__"); ++p)
          candidates_.push_back(fmt::format("{}-{}", topic.name, p));
      break;
    case scenario::Ask::Pick::Offset: candidates_.push_back(right); break;
  }
  const auto it = std::find(candidates_.begin(), candidates_.end(), right);
  right_ = it == candidates_.end() ? -1 : static_cast<int>(it - candidates_.begin());
  votes_.assign(candidates_.size(), 0);
}

bool LessonFlow::on_progress(const scenario::Session& session) {
  bool stop = false;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i] || !session.step_results()[i].happened) continue;
    seen_[i] = true;
    const scenario::Step& s = scenario_->steps[i];
    if (s.ask && !unattended_) open_question(static_cast<int>(i), session);
    stop = stop || (!unattended_ && (s.wait || (presenting_ && s.say && session.step_results()[i].at.us > 0)));
  }
  // The world stops right at a question; if the position has jumped past it, the question is skipped.
  if (question_open_ &&
      session.now() > session.step_results()[static_cast<std::size_t>(question_)].at + sim::milliseconds(1))
    question_open_ = false;
  return stop || question_open_;
}

void LessonFlow::answer(int choice) {
  if (question_ < 0) return;
  answers_[static_cast<std::size_t>(question_)] = choice;
  question_open_ = false;
}

void LessonFlow::pick(const std::string& what) {
  if (!question_open_) return;
  auto it = std::find(candidates_.begin(), candidates_.end(), what);
  // An offset may be given with or without its partition.
  if (it == candidates_.end() &&
      scenario_->steps[static_cast<std::size_t>(question_)].ask->pick == scenario::Ask::Pick::Offset) {
    if (const std::string number = what.substr(what.find('/') + 1);
        !candidates_.empty() && candidates_.front() == number) {
      it = candidates_.begin();
    } else {
      it = candidates_.insert(candidates_.end(), what);
    }
  }
  if (it != candidates_.end()) answer(static_cast<int>(it - candidates_.begin()));
}

void LessonFlow::vote(int choice) {
  if (question_open_ && choice >= 0 && choice < static_cast<int>(votes_.size()))
    ++votes_[static_cast<std::size_t>(choice)];
}

void LessonFlow::reveal() {
  if (!question_open_) return;
  const auto most = std::max_element(votes_.begin(), votes_.end());
  if (most == votes_.end() || *most == 0) return skip_question();
  answer(static_cast<int>(most - votes_.begin()));
}

void LessonFlow::skip_question() { question_open_ = false; }

QuestionState LessonFlow::question_state() const {
  if (question_ < 0) return {};
  return {question_, question_open_, answers_[static_cast<std::size_t>(question_)], votes_};
}

void LessonFlow::follow_question(const QuestionState& state, const scenario::Session& session) {
  if (state.step < 0 || state.step >= static_cast<int>(answers_.size()) ||
      !scenario_->steps[static_cast<std::size_t>(state.step)].ask) {
    question_ = -1;
    question_open_ = false;
    return;
  }
  if (question_ != state.step) open_question(state.step, session);
  answers_[static_cast<std::size_t>(state.step)] = state.chosen;
  question_open_ = state.open;
  if (state.votes.size() == votes_.size()) votes_ = state.votes;
}

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

std::size_t LessonFlow::reveal_index(int question) const {
  // A question is about the act after it. The result is shown by a step that waits for a change (`when`), else by the
  // last narration before the next act or question.
  const auto first =
      static_cast<std::size_t>(std::find(visible_.begin(), visible_.end(), question) - visible_.begin()) + 1;
  std::size_t last = first;
  for (std::size_t k = first; k < visible_.size(); ++k) {
    const scenario::Step& s = scenario_->steps[static_cast<std::size_t>(visible_[k])];
    if (s.ask || (s.command && k > first)) break;
    last = k;
    if (s.trigger == scenario::Step::Trigger::When) break;
  }
  return last;
}

void LessonFlow::fill(ui::LessonModel& m, scenario::Session& session, int turn_step, std::int64_t wait_us) const {
  m.present = !visible_.empty();
  m.told = told_ || visible_.empty();
  m.id = scenario_->id;
  m.title = words(scenario_->title);
  m.clocks = clocks_;
  m.about_commits =
      std::any_of(scenario_->concepts.begin(), scenario_->concepts.end(), [](const std::string& explained) {
        return explained == "committed-offset" || explained == "auto-commit" || explained == "manual-commit";
      });
  for (const scenario::Variant& v : scenario_->variants)
    if (v.id == scenario_->variant && v.id != "base")
      m.variant = v.title.en.empty() ? ui::Words{v.id, v.id} : words(v.title);
  for (int v : visible_) {
    const scenario::Step& s = scenario_->steps[static_cast<std::size_t>(v)];
    ui::LessonStep step;
    std::vector<ui::Words> rest;
    if (s.say) split_narration(*s.say, step.title, rest);
    if (s.ask) step.title = words(s.ask->question);
    if (!told_) step.title = script_words(*s.command, session);
    step.kind = s.ask ? ui::StepKind::Ask : s.command ? ui::StepKind::Do : ui::StepKind::Say;
    const scenario::StepResult& r = session.step_results()[static_cast<std::size_t>(v)];
    step.done = r.happened;
    if (const observe::ActTaken* act = observe::act_of_step(session.observation(), v); act != nullptr && r.happened) {
      const observe::ActOutcome outcome = observe::outcome_of(session.moment(), *act);
      const std::string why = scenario::told(r, words::Lang::En);
      if (outcome.state == observe::ActState::Failed) {
        step.mark = ui::ActMark::Failed;
        const ui::Words error =
            why.empty() ? ui::Words{outcome.error, outcome.error} : ui::Words{why, scenario::told(r, words::Lang::Ko)};
        step.outcome = ui::both("ui.act_failed"_w, {{"error", error}});
      } else if (outcome.state == observe::ActState::Waiting) {
        step.mark = ui::ActMark::Waits;
        step.outcome = ui::both("ui.act_waits"_w);
      }
    }
    step.at_us = r.happened ? r.at.us : s.trigger == scenario::Step::Trigger::At ? s.at.us : -1;
    m.steps.push_back(std::move(step));
  }
  for (const scenario::TryNext& t : scenario_->tries) m.tries.push_back({words(t.text)});
  m.variant_id = scenario_->variant;
  for (std::size_t i = 0; i < scenario_->variants.size() && scenario_->variants.size() > 1; ++i) {
    const scenario::Variant& v = scenario_->variants[i];
    const ui::Words title = i == 0 ? m.title : words(v.title);
    m.variants.push_back({v.id, title.empty() ? ui::Words{v.id, v.id} : title});
  }
  if (visible_.empty()) return;
  m.step = turn_step >= 0 ? static_cast<int>(std::find(visible_.begin(), visible_.end(), turn_step) - visible_.begin())
                          : shown_step(session);
  m.step = std::min(m.step, static_cast<int>(visible_.size()) - 1);
  const scenario::Step& shown = scenario_->steps[static_cast<std::size_t>(visible_[static_cast<std::size_t>(m.step)])];
  // A question is shown with the narration before it. When presenting, it is read from a distance and therefore shown
  // alone.
  const scenario::Text* narration = nullptr;
  m.told_step = m.step;
  for (int k = m.step; k >= 0 && narration == nullptr; --k) {
    const scenario::Step& s = scenario_->steps[static_cast<std::size_t>(visible_[static_cast<std::size_t>(k)])];
    if (!s.say || (turn_step >= 0 && k == m.step)) continue;
    narration = &*s.say;
    m.told_step = k;
  }
  if (narration != nullptr && turn_step < 0) split_narration(*narration, m.step_title, m.paragraphs);
  if (!told_) m.step_title = m.steps[static_cast<std::size_t>(m.step)].title;
  if (shown.ask && turn_step < 0) {
    // The question was not answered: it is shown without an answer, and the run continues to the result.
    const bool passed =
        !question_open_ && answers_[static_cast<std::size_t>(visible_[static_cast<std::size_t>(m.step)])] < 0;
    if (passed) m.step_title = {};
    if (passed || (presenting_ && question_open_)) m.paragraphs = {words(shown.ask->question)};
    // Otherwise the preceding narration keeps its title, which its text refers to.
    if (m.step_title.empty()) m.told_step = m.step;
    if (m.step_title.empty() && !presenting_)
      m.step_title = question_open_ ? ui::both("app.what_do_you_think"_w) : ui::both("app.a_question"_w);
  }
  m.notes = words(shown.notes);
  fill_view(m, session, turn_step);
  if (turn_step >= 0) {
    m.told_step = m.step;
    m.step_title = ui::both("app.now_you"_w);
    // The act is shown immediately; the hint appears later, in the card that explains how to do it.
    m.paragraphs.push_back(order_words(*shown.command, session));
  }
  if (question_ >= 0) fill_question(m, session, turn_step >= 0);
  if (turn_step >= 0) {
    if (const ui::Words held = held_words(*shown.command, session); held.empty()) {
      fill_turn(m, session, turn_step, wait_us);
    } else {  // the learner has done it by hand already, and owes nothing
      m.paragraphs.push_back(ui::both("app.already_done"_w, {{"deed", held}}));
    }
  }
  m.end.active = session.now() >= session.until();
  if (m.end.active) m.end.summary = words(scenario_->summary);
}

std::string LessonFlow::view_select(const scenario::Session& session, int turn_step) const {
  std::string select;
  for (std::size_t i = 0; i < scenario_->steps.size(); ++i) {
    const scenario::Step& s = scenario_->steps[i];
    if (s.view && s.view->select && (session.step_results()[i].happened || static_cast<int>(i) == turn_step))
      select = *s.view->select;
  }
  return select;
}

std::string LessonFlow::view_beside(const scenario::Session& session) const {
  std::string beside;
  for (std::size_t i = 0; i < scenario_->steps.size(); ++i) {
    const scenario::Step& s = scenario_->steps[i];
    if (s.view && s.view->beside && session.step_results()[i].happened) beside = *s.view->beside;
  }
  return beside;
}

void LessonFlow::fill_view(ui::LessonModel& m, scenario::Session& session, int turn_step) const {
  // The view in force: the latest value of each member.
  m.view.select = view_select(session, turn_step);
  for (std::size_t i = 0; i < scenario_->steps.size(); ++i) {
    const scenario::Step& s = scenario_->steps[i];
    if (!s.view || !(session.step_results()[i].happened || static_cast<int>(i) == turn_step)) continue;
    if (s.view->panels) m.view.panels = *s.view->panels;
    if (s.view->hide) m.view.hide = *s.view->hide;
    m.view.tool = s.view->tool;
    m.view.point.clear();
    if (s.view->point)
      for (const std::string& path : *s.view->point) m.view.point.push_back({path, point_label(path, session)});
  }
  // The object of the shown sentence comes first, so that the picture always points at it.
  if (m.step < 0 || m.step >= static_cast<int>(visible_.size())) return;
  const scenario::Step& shown = scenario_->steps[static_cast<std::size_t>(visible_[static_cast<std::size_t>(m.step)])];
  const std::string path = point_path(shown.point, session);
  if (path.empty() ||
      std::any_of(m.view.point.begin(), m.view.point.end(), [&](const auto& at) { return at.path == path; }))
    return;
  m.view.point.insert(m.view.point.begin(), {path, path == shown.point ? point_label(path, session) : ui::Words{}});
}

void LessonFlow::fill_question(ui::LessonModel& m, const scenario::Session& session, bool turn) const {
  const scenario::Ask& ask = *scenario_->steps[static_cast<std::size_t>(question_)].ask;
  const int chosen = answers_[static_cast<std::size_t>(question_)];
  ui::Question& q = m.question;
  q.question = words(ask.question);
  for (const scenario::Choice& c : ask.choices) q.choices.push_back({words(c.text), words(c.because)});
  q.pick = static_cast<ui::PickKind>(ask.pick);
  const bool open = question_open_ && !turn;
  if (ask.pick != scenario::Ask::Pick::None) {
    q.choices.clear();
    // The list of candidates must not reveal which record is right.
    for (const std::string& name : candidates_)
      if (!open || ask.pick != scenario::Ask::Pick::Offset) q.choices.push_back({{name, name}, {}});
    if (ask.pick != scenario::Ask::Pick::Offset) q.candidates = candidates_;
  }
  q.chosen = chosen;
  q.answer = right_;
  q.why = words(ask.why);
  q.voting = presenting_;
  q.votes = votes_;
  if (open) {
    q.phase = ui::QuestionPhase::Open;
    m.can_next = false;
    m.owes = ui::both("app.after_your_answer"_w);
    return;
  }
  if (chosen < 0) {
    const bool shown = !turn && question_ == visible_[static_cast<std::size_t>(m.step)];
    if (shown) q.phase = ui::QuestionPhase::Passed;
    return;
  }
  const std::size_t reveal = reveal_index(question_);
  const auto happened = [&](std::size_t k) {
    return k < visible_.size() && session.step_results()[static_cast<std::size_t>(visible_[k])].happened;
  };
  if (!happened(reveal) && (session.script_suspended() || session.now() < session.until())) {
    q.phase = ui::QuestionPhase::Predicted;
    // In a detour the script is suspended, so the run will not show the answer.
    if (session.script_suspended() && right_ >= 0) q.outcome = q.choices[static_cast<std::size_t>(right_)].text;
  } else if (happened(reveal + 2)) {
    q.phase = ui::QuestionPhase::Closed;  // hidden once the verdict has been read
  } else {
    q.mistaken = chosen != right_;
    q.phase = q.mistaken ? ui::QuestionPhase::Differed : ui::QuestionPhase::Held;
    if (right_ >= 0) q.outcome = q.choices[static_cast<std::size_t>(right_)].text;
  }
}

void LessonFlow::fill_turn(ui::LessonModel& m, scenario::Session& session, int turn_step, std::int64_t wait_us) const {
  const scenario::Step& s = scenario_->steps[static_cast<std::size_t>(turn_step)];
  m.turn.open = true;
  m.turn.verb = std::string(cluster::to_string(s.command->verb));
  const auto nodes = s.command->node ? session.cluster().resolve(*s.command->node) : std::vector<sim::NodeId>{};
  if (!nodes.empty()) m.turn.node = session.cluster().info(nodes.front()).name;
  m.turn.deed = act_words(*s.command, session).deed;
  const bool client = !nodes.empty() && session.cluster().info(nodes.front()).kind != cluster::NodeKind::Broker &&
                      session.cluster().info(nodes.front()).kind != cluster::NodeKind::Controller;
  switch (s.command->verb) {
    case cluster::Verb::Crash:
    case cluster::Verb::Restart: m.turn.key = "C"; break;
    case cluster::Verb::Start:
    case cluster::Verb::Kill: m.turn.key = client ? "C" : ""; break;
    case cluster::Verb::Isolate: m.turn.key = "X"; break;
    default: break;
  }
  m.turn.after = ui::both("app.once_you_have_done_it"_w);
  m.turn.hint = wait_us > 20000000;
  m.turn.hint_words = words(s.hint);
  m.can_next = false;
  m.owes = m.turn.after;
}

}  // namespace kafkascope::app
