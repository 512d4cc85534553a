// "steps": the acts and texts, with their times.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cluster/verbs.h"
#include "scenario/node_json.h"
#include "scenario/reading.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

namespace {

std::optional<Ask> read_ask(Reading& reading, const Node& node, const Path& path) {
  Fields fields(reading, node, path, "problem.thing.question"_w);
  if (!fields.is_object()) return std::nullopt;
  Ask ask;
  fields.need("question", R"("question": {"en": "Who leads next?"})");
  fields.get("question", ask.question);
  fields.get("why", ask.why);
  const Node* choices = fields.take("choices");
  const Node* pick = fields.take("pick");
  if ((choices != nullptr) == (pick != nullptr)) {
    reading.report.error(node, path,
                         choices != nullptr ? "problem.choices_and_pick"_w : "problem.neither_choices_nor_pick"_w,
                         "remedy.one_of_choices_pick"_w);
  }
  const Node* answer =
      fields.need("answer", choices != nullptr ? "remedy.index_of_answer"_w : "remedy.what_to_point_at"_w);
  if (choices != nullptr) {
    const Path list_path = fields.at("choices");
    if (!choices->is_array() || choices->items().size() < 2) {
      reading.report.error(*choices, list_path, "problem.too_few_choices"_w, example(R"([{"text": {"en": "…"}}, …])"));
    } else {
      for (std::size_t i = 0; i < choices->items().size() && !reading.report.full(); ++i) {
        const Path here(list_path, i);
        Fields one(reading, choices->items()[i], here, "problem.thing.choice"_w);
        Choice choice;
        one.need("text", R"("text": {"en": "…"})");
        one.get("text", choice.text);
        one.get("because", choice.because);
        one.get("belief", choice.belief);
        one.finish();
        ask.choices.push_back(std::move(choice));
      }
      if (answer != nullptr && pick == nullptr) {
        if (const auto index = reading.integer(*answer, fields.at("answer"), 0,
                                               static_cast<std::int64_t>(choices->items().size()) - 1))
          ask.answer = static_cast<int>(*index);
      }
    }
  }
  if (pick != nullptr && choices == nullptr) {
    const auto what = reading.word(*pick, fields.at("pick"), {"node", "partition", "offset"});
    if (what) ask.pick = static_cast<Ask::Pick>(*what + 1);
    if (answer != nullptr && what) {
      const Path here = fields.at("answer");
      if (ask.pick == Ask::Pick::Node) {
        if (const auto ref = read_node_ref(reading, *answer, here)) ask.pick_answer = to_text(*ref);
      } else if (ask.pick == Ask::Pick::Partition) {
        if (const auto partition = reading.partition(*answer, here)) ask.pick_answer = partition->text();
      } else if (answer->is_integer()) {
        ask.pick_answer = std::to_string(answer->integer());
      } else if (auto text = reading.string(*answer, here, "remedy.offset"_w)) {
        ask.pick_answer = std::move(*text);
      }
    }
  }
  fields.finish();
  return ask;
}

/// Whether there is, or may be at some time, such a partition; where topics are created automatically, nobody can know.
bool may_have(const Names& names, const cluster::PartitionName& partition) {
  if (names.auto_create) return true;
  const auto topic = names.topics.find(partition.topic);
  if (topic == names.topics.end()) return false;
  return topic->second.partitions < 0 || partition.partition < topic->second.partitions;
}

std::optional<View> read_view(Reading& reading, const Node& node, const Path& path) {
  Fields fields(reading, node, path, "problem.thing.view"_w);
  if (!fields.is_object()) return std::nullopt;
  View view;
  const auto words = [&](std::string_view key, std::span<const std::string_view> known,
                         words::Key what) -> std::optional<std::vector<std::string>> {
    const Node* list = fields.take(key);
    if (list == nullptr) return std::nullopt;
    const Path list_path = fields.at(key);
    auto names = reading.strings(*list, list_path);
    if (!names) return std::nullopt;
    for (std::size_t i = 0; i < list->items().size() && !reading.report.full(); ++i) {
      const Node& item = list->items()[i];
      if (item.is_string() && std::find(known.begin(), known.end(), item.text()) == known.end()) {
        reading.report.error(item, Path(list_path, i), no_such(what, item.text()), suggestion(item.text(), known));
      }
    }
    return names;
  };
  view.panels = words("panels", kPanels, "thing.panel"_w);
  view.hide = words("hide", kHidden, "thing.message"_w);
  fields.get("tool", view.tool);
  std::string beside;
  if (const Node* variant = fields.take("beside"); variant != nullptr && fields.get("beside", beside)) {
    const auto& known = reading.names.variants;
    if (!beside.empty() && std::find(known.begin(), known.end(), beside) == known.end())
      reading.report.error(*variant, fields.at("beside"),
                           Message("problem.no_such_variant"_w, {{"variant", in_quotes(beside)}}),
                           no_variant_but(beside, known));
    view.beside = beside;
  }
  std::string select;
  if (const Node* node_select = fields.take("select"); node_select != nullptr && fields.get("select", select)) {
    const Names& names = reading.names;
    const auto partition = cluster::parse_partition_name(select);
    const bool known = select.empty() || names.has_node(select) || names.clients.contains(select) ||
                       names.topics.contains(select) || names.has_group(select) ||
                       (partition && may_have(names, *partition)) || select.starts_with("__");
    if (!known) {
      std::vector<std::string> all = names.nodes;
      for (const auto& [topic, t] : names.topics) {
        for (int p = 0; p < std::min(t.partitions, 10); ++p) all.push_back(topic + "-" + std::to_string(p));
      }
      for (const auto& [id, c] : names.clients) all.push_back(id);
      for (const auto& group : names.groups) all.push_back(group);
      reading.report.error(*node_select, fields.at("select"),
                           Message("problem.nothing_called"_w, {{"name", in_quotes(select)}}), suggestion(select, all));
    }
    view.select = select;
  }
  if (const Node* point = fields.take("point")) {
    const Path list_path = fields.at("point");
    view.point = reading.strings(*point, list_path, true);
    if (point->is_array()) {
      for (std::size_t i = 0; i < point->items().size() && !reading.report.full(); ++i) {
        if (point->items()[i].is_string())
          check_state_path(reading, point->items()[i], Path(list_path, i), point->items()[i].text());
      }
    } else if (point->is_string()) {
      check_state_path(reading, *point, list_path, point->text());
    }
  }
  if (const Node* speed = fields.take("speed")) {
    if (speed->is_string()) view.speed_ppm = parse_speed(speed->text());
    else if (speed->is_integer() && speed->integer() > 0 && speed->integer() <= 1000000)
      view.speed_ppm = speed->integer() * 1000000;
    if (!view.speed_ppm) reading.report.error(*speed, fields.at("speed"), "problem.not_speed"_w, "remedy.speed"_w);
  }
  fields.finish();
  return view;
}

struct StepReader {
  Reading& reading;
  bool acts_only = false;  // inside "try"
  std::set<std::string> ids;
  std::int64_t previous_us = 0;  // the earliest moment at which the previous step can happen
  int previous = -1;

  void read_trigger(Fields& fields, Step& step) {
    const Node* at = fields.take("at");
    const Node* when = fields.take("when");
    const Node* after = fields.take("after");
    const Node* timeout = fields.take("timeout");
    const int triggers = (at != nullptr) + (when != nullptr) + (after != nullptr);
    if (triggers != 1) {
      reading.report.error(fields.node(), fields.path(),
                           triggers == 0 ? "problem.step_without_time"_w : "problem.step_with_two_times"_w,
                           "remedy.one_of_at_when_after"_w);
    }
    if (timeout != nullptr) {
      step.timeout = reading.duration(*timeout, fields.at("timeout"));
      if (when == nullptr)
        reading.report.error(*timeout, fields.at("timeout"), "problem.timeout_without_when"_w,
                             "remedy.when_or_leave_out"_w);
    }
    std::int64_t earliest = previous_us;
    if (at != nullptr) {
      step.trigger = Step::Trigger::At;
      if (const auto t = reading.instant(*at, fields.at("at"))) step.at = *t;
      earliest = step.at.us;
      check_beyond(*at, fields.at("at"), earliest);
    } else if (when != nullptr || after != nullptr) {
      // A file's first step counts from time 0; a change to try begins at the run's present moment.
      if (previous < 0 && triggers == 1 && acts_only) {
        const std::string_view key = when != nullptr ? "when" : "after";
        reading.report.error(when != nullptr ? *when : *after, fields.at(key),
                             Message("problem.follows_nothing"_w, {{"trigger", in_quotes(key)}}),
                             example("\"at\": \"0s\""));
      }
      step.predecessor = previous;
      // The acts of a change to try are planned before its run, when nobody knows yet when something will happen.
      if (when != nullptr && acts_only && previous >= 0)
        reading.report.error(*when, fields.at("when"), "problem.try_act_awaits_event"_w, "remedy.at_or_after"_w);
      if (when != nullptr) {
        step.trigger = Step::Trigger::When;
        step.when = read_expectation(reading, *when, fields.at("when"), ExpectationPlace::When);
      } else {
        step.trigger = Step::Trigger::After;
        if (const auto d = reading.duration(*after, fields.at("after"))) {
          step.after = *d;
          earliest += d->us;
          check_beyond(*after, fields.at("after"), earliest);
          if (acts_only) step.trigger = Step::Trigger::At, step.at = sim::Instant{earliest}, step.predecessor = -1;
        }
      }
    }
    previous_us = earliest;
  }

  void check_beyond(const Node& node, const Path& path, std::int64_t us) {
    if (!reading.until_known || us <= reading.until.us) return;
    reading.report.error(node, path,
                         Message("problem.step_beyond_until"_w,
                                 {{"at", duration_text({us})}, {"until", duration_text({reading.until.us})}}),
                         "remedy.later_until_or_earlier_step"_w);
  }

  void read_content(Fields& fields, Step& step) {
    const Node* say = fields.take("say");
    const Node* ask = fields.take("ask");
    const Node* act = fields.take("do");
    const Node* expect = fields.take("expect");
    const int main = (ask != nullptr) + (act != nullptr) + (expect != nullptr);
    if (main > 1 || (say != nullptr && ask != nullptr)) {
      reading.report.error(fields.node(), fields.path(), "problem.step_does_two_things"_w,
                           "remedy.one_of_say_ask_do_expect_with_say"_w);
    } else if (main == 0 && say == nullptr) {
      reading.report.error(fields.node(), fields.path(), "problem.step_does_nothing"_w,
                           "remedy.one_of_say_ask_do_expect"_w);
    }
    if (say != nullptr) step.say = reading.text(*say, fields.at("say"));
    if (ask != nullptr) step.ask = read_ask(reading, *ask, fields.at("ask"));
    if (act != nullptr) step.command = read_command(reading, fields, *act);
    if (expect != nullptr) {
      step.expect = read_expectation(reading, *expect, fields.at("expect"), ExpectationPlace::Step);
      if (step.expect && step.expect->within && reading.until_known &&
          previous_us + step.expect->within->us > reading.until.us) {
        const Path here = fields.at("expect");
        reading.report.error(*expect->find("within"), Path(here, "within"),
                             Message("problem.within_beyond_until"_w, {{"until", duration_text({reading.until.us})}}),
                             "remedy.later_until_or_shorter_span"_w);
      }
    }
    if (acts_only && (act == nullptr || ask != nullptr || expect != nullptr)) {
      reading.report.error(fields.node(), fields.path(), "problem.try_consists_of_acts"_w, example("\"do\""));
    }
  }

  void read_medium(Fields& fields, Step& step) {
    const auto verb_has = [&](std::string_view field) {
      return step.command && cluster::info(step.command->verb).find(field) != nullptr;
    };
    if (verb_has("by")) {
      fields.take("by");
    } else if (const Node* by = fields.take("by")) {
      if (reading.word(*by, fields.at("by"), {"learner"})) step.by_learner = true;
      if (!fields.has("do"))
        reading.report.error(*by, fields.at("by"), "problem.learner_step_without_do"_w, "remedy.by_with_do"_w);
    }
    fields.get("hint", step.hint);
    if (const Node* point = fields.take("point")) {
      if (step.say || step.ask) step.point = read_point(reading, *point, fields.at("point")).value_or("");
      else reading.report.error(*point, fields.at("point"), "problem.point_without_say"_w, "remedy.point_with_say"_w);
    }
    if (const Node* view = fields.take("view")) step.view = read_view(reading, *view, fields.at("view"));
    const bool rings = step.view && step.view->point && !step.view->point->empty();
    if (reading.bundled && (step.say || step.ask) && !rings && !fields.has("point"))
      reading.report.error(fields.node(), fields.path(),
                           Message("problem.lesson_needs"_w, {{"field", in_quotes("point")}}), "remedy.point"_w);
    if (verb_has("id")) {
      fields.take("id");
    } else if (const Node* id = fields.take("id"); id != nullptr && fields.get("id", step.id)) {
      if (!ids.insert(step.id).second)
        reading.report.error(*id, fields.at("id"), Message("problem.second_step"_w, {{"step", in_quotes(step.id)}}),
                             "remedy.each_id_once"_w);
    }
    fields.get("notes", step.notes, true);
    fields.get("note", step.note, true);
    fields.get("wait", step.wait);
    if (!fields.has("do")) {
      for (const std::string_view field : {"error", "as"}) {
        if (const Node* value = fields.take(field))
          reading.report.error(*value, fields.at(field),
                               Message("problem.field_without_do"_w, {{"field", in_quotes(field)}}),
                               "remedy.leave_out"_w);
      }
    }
  }

  std::optional<Step> read(const Node& node, const Path& path, std::size_t index) {
    Fields fields(reading, node, path, "problem.thing.step"_w);
    if (!fields.is_object()) return std::nullopt;
    Step step;
    step.index = static_cast<int>(index);
    step.position = node.position();
    step.pointer = path.pointer();
    if (auto only = read_only(reading, fields)) step.only = std::move(*only);
    const bool mine = reading.is_mine(step.only);
    std::optional<Report::Unheard> unheard;
    if (!mine) unheard.emplace(reading.report);
    const std::int64_t before_us = previous_us;
    read_trigger(fields, step);
    read_content(fields, step);
    read_medium(fields, step);
    fields.finish();
    if (!mine) {
      previous_us = before_us;
      return std::nullopt;
    }
    return step;
  }
};

}  // namespace

void read_steps(Reading& reading, const Node& list, const Path& path, std::vector<Step>& steps, bool acts_only) {
  if (!list.is_array()) {
    reading.report.error(list, path, Message("problem.stands_where_steps_belong"_w, {{"found", kind_of(list)}}),
                         "remedy.list_steps"_w);
    return;
  }
  if (!reading.short_enough(list, path, kMostSteps, "problem.file_has_steps"_w)) return;
  steps.reserve(list.items().size());
  StepReader reader{reading, acts_only, {}, 0, -1};
  for (std::size_t i = 0; i < list.items().size() && !reading.report.full(); ++i) {
    auto step = reader.read(list.items()[i], Path(path, i), i);
    if (!step) continue;
    reader.previous = static_cast<int>(steps.size());
    steps.push_back(std::move(*step));
  }
}

void read_lesson(Reading& reading, Fields& file, Scenario& scenario) {
  file.get("title", scenario.title);
  file.get("summary", scenario.summary);
  file.get("track", scenario.track);
  std::int32_t minutes = 0;
  if (file.get("minutes", minutes, 1, 1000)) scenario.minutes = minutes;
  file.get("requires", scenario.requires_lessons);
  file.get("concepts", scenario.concepts);
  file.get("covers", scenario.covers);
  if (file.get("in_other_mode", scenario.in_other_mode)) {
    const std::size_t at = scenario.in_other_mode.find('@');
    const std::string moment = at == std::string::npos ? "0s" : scenario.in_other_mode.substr(at + 1);
    if (!parse_duration(moment))
      reading.report.error(*file.node().find("in_other_mode"), file.at("in_other_mode"),
                           Message("problem.not_duration"_w, {{"found", "\"" + moment + "\""}}), "remedy.duration"_w);
  }
  if (const Node* counterparts = file.take("counterparts")) {
    const Path path = file.at("counterparts");
    Fields nodes(reading, *counterparts, path, "problem.thing.counterparts"_w);
    if (nodes.is_object())
      for (const Member& member : counterparts->members()) {
        const Path here(path, member.key);
        if (!reading.names.has_node(member.key))
          reading.report.error(member.value, here, no_such("thing.node"_w, member.key),
                               suggestion(member.key, reading.names.nodes));
        reading.string(member.value, here);  // a node of the other mode, which only a run there can check
      }
  }
  if (const Node* links = file.take("links")) {
    const Path path = file.at("links");
    if (!links->is_array())
      reading.report.error(*links, path, "problem.links_no_list"_w,
                           Message("remedy.such_as"_w, {{"example", R"(["https://cwiki.apache.org/…"])"}}));
    else
      for (std::size_t i = 0; i < links->items().size() && !reading.report.full(); ++i) {
        const Node& node = links->items()[i];
        const Path here(path, i);
        Link link;
        const Node* url = &node;
        if (node.is_string()) {
          link.url = node.text();
        } else {
          Fields fields(reading, node, here, "problem.thing.link"_w);
          fields.get("text", link.text, true);
          url = fields.need("url", "\"url\": \"https://…\"");
          fields.get("url", link.url);
          fields.finish();
        }
        if (url != nullptr && url->is_string() && !link.url.starts_with("https://") && !link.url.starts_with("http://"))
          reading.report.error(*url, url == &node ? here : Path(here, "url"),
                               Message("problem.not_web_address"_w, {{"url", in_quotes(link.url)}}),
                               "remedy.web_address"_w);
        scenario.links.push_back(std::move(link));
      }
  }
  if (const Node* goal = file.take("goal")) {
    const Path path = file.at("goal");
    if (!reading.short_enough(*goal, path, kMostExpectations, "problem.file_has_expectations_its_goal"_w)) return;
    if (!goal->is_array()) reading.report.error(*goal, path, "problem.goal_not_list"_w, "remedy.list_expectations"_w);
    else
      for (std::size_t i = 0; i < goal->items().size() && !reading.report.full(); ++i) {
        if (auto e = read_expectation(reading, goal->items()[i], Path(path, i), ExpectationPlace::Goal))
          scenario.goal.push_back(std::move(*e));
      }
  }
  if (const Node* tries = file.take("try")) {
    const Path path = file.at("try");
    if (!reading.short_enough(*tries, path, kMostTries, "problem.file_has_changes_try"_w)) return;
    if (!tries->is_array())
      reading.report.error(*tries, path, "problem.tries_no_list"_w, example(R"([{"text": {"en": "…"}, "set": {…}}])"));
    else
      for (std::size_t i = 0; i < tries->items().size() && !reading.report.full(); ++i) {
        const Path here(path, i);
        Fields fields(reading, tries->items()[i], here, "problem.thing.change_try"_w);
        if (!fields.is_object()) continue;
        TryNext next;
        fields.need("text", R"("text": {"en": "…"})");
        fields.get("text", next.text);
        const Node* set = fields.take("set");
        const Node* act = fields.take("do");
        const Node* leaves = fields.take("leaves_script");
        if ((set != nullptr) == (act != nullptr))
          reading.report.error(tries->items()[i], here, "problem.try_sets_or_acts"_w, "remedy.one_of_set_do"_w);
        if (set != nullptr && !set->is_object())
          reading.report.error(*set, fields.at("set"), "problem.set_not_object"_w,
                               Message("remedy.such_as"_w, {{"example", R"({"clients/checkout/config/acks": 1})"}}));
        if (set != nullptr && set->is_object()) {
          for (const Member& member : set->members()) next.set.emplace_back(member.key, to_text(member.value));
        }
        if (act != nullptr) read_steps(reading, *act, fields.at("do"), next.steps, true);
        if (leaves != nullptr)
          next.leaves_script = reading.boolean(*leaves, fields.at("leaves_script")).value_or(false);
        if (leaves != nullptr && act == nullptr)
          reading.report.error(*leaves, fields.at("leaves_script"),
                               Message("problem.field_without_do"_w, {{"field", in_quotes("leaves_script")}}),
                               "remedy.leave_out"_w);
        fields.finish();
        scenario.tries.push_back(std::move(next));
      }
  }
}

}  // namespace kafkascope::scenario
