// Why what the stage shows between and beside nodes is so: a timer that runs (/timers/<node>/<setting>), and whether two nodes reach each
// other (/links/<node>/<node>). Neither is a part of the state document.
#include <algorithm>

#include "observe/model/snapshot_builder.h"
#include "observe/why/why_parts.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using StageLine = Story::Line;

namespace {

Snapshot picture_of(const Story& story, const std::string& node) {
  SnapshotOptions options;
  options.selected = node;
  options.now = story.cluster().now();
  return snapshot(story.moment(), options);
}

/// The running timer of the node with that setting: its session, one of its requests, or its own work. nullopt: none.
std::optional<Timer> timer_of(const Story& story, const std::string& name, const std::string& key) {
  const int index = story.cluster().find(name).index;
  const Snapshot all = picture_of(story, name);
  std::vector<Timer> its{all.nodes[static_cast<std::size_t>(index)].session};
  for (const Group& group : all.groups)
    for (const GroupMember& member : group.members)
      if (member.node == index) its.insert(its.end(), {member.session, member.awaited});
  for (const Client& client : all.clients)
    if (client.node == index) its.insert(its.end(), client.timers.begin(), client.timers.end());
  its.insert(its.end(), all.inspected.timers.begin(), all.inspected.timers.end());
  const auto found = std::find_if(its.begin(), its.end(), [&](const Timer& t) { return t.running && t.key == key; });
  return found == its.end() ? std::nullopt : std::optional(*found);
}

/// What the timer is about: whether its broker is fenced, its client a member, or what its client waits for. "": its own work alone.
std::string path_behind(const Story& story, sim::NodeId node, const std::string& key) {
  const cluster::NodeInfo& info = story.cluster().info(node);
  const bool session = key.find("session.timeout.ms") != std::string::npos;
  if (info.client < 0)
    return session && info.kind == cluster::NodeKind::Broker ? "/nodes/" + info.name + "/fenced" : "";
  if (session || key == "max.poll.interval.ms") {
    const std::string group = story.group_of(node);
    return group.empty() ? "" : "/groups/" + group + "/members/" + info.name;
  }
  for (const char* of_batches : {"delivery.timeout.ms", "request.timeout.ms", "retry.backoff.ms", "max.block.ms"})
    if (key == of_batches && info.kind == cluster::NodeKind::Producer) return "/clients/" + info.name + "/waiting";
  return {};
}

/// The answer with another question and one more sentence at its end, for which the least important one makes place.
Answer with_last(Answer answer, Answer own) {
  while (answer.steps.size() >= kMostWhySteps) {
    const auto least = std::min_element(answer.steps.begin(), answer.steps.end(),
                                        [](const WhyStep& a, const WhyStep& b) { return a.weight < b.weight; });
    answer.steps.erase(least);
  }
  answer.path = std::move(own.path);
  answer.question = std::move(own.question);
  answer.question_key = own.question_key;
  answer.steps.push_back(std::move(own.steps.back()));
  return answer;
}

}  // namespace

std::optional<Answer> why_timer(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &name = asked.part(1), &key = asked.part(2);
  const sim::NodeId node = story.cluster().find(name);
  if (asked.parts.size() != 3 || !node.valid()) return std::nullopt;
  const auto timer = timer_of(story, name, key);
  if (!timer) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_timer"_w, {{"node", name}, {"key", key}}));
  telling.now("why.timer_runs"_w,
              {{"node", name},
               {"key", key},
               {"value", timer->value},
               {"left", lasting(std::max<std::int64_t>(timer->remaining_us, 0))},
               {"end", timer_end(*timer)}},
              Weight::Point, name);
  const std::string behind = path_behind(story, node, key);
  if (behind.empty()) return telling.done();
  const auto parts = split_pointer(behind);
  const Asked of{story, behind, parts, state_of(story, behind)};
  auto answer = parts[0] == "nodes" ? why_node(of) : parts[0] == "groups" ? why_group(of) : why_client(of);
  return answer ? with_last(*std::move(answer), telling.done()) : telling.done();
}

std::optional<Answer> why_link(const Asked& asked) {
  const Story& story = asked.story;
  const sim::NodeId a = story.cluster().find(asked.part(1)), b = story.cluster().find(asked.part(2));
  if (asked.parts.size() != 3 || !a.valid() || !b.valid() || a == b) return std::nullopt;
  const std::string &from = asked.part(1), &to = asked.part(2);
  Telling telling(story, asked.path, asks("why.q_link"_w, {{"a", from}, {"b", to}}));
  const StageLine* hindered =
      latest({story.hindrance(a, story.end(), Search{b}), story.hindrance(b, story.end(), Search{a})});
  const bool there = !story.cluster().is_cut(a, b), back = !story.cluster().is_cut(b, a);
  const StageLine* last = last_message(story, story.end(), 0, [&](const fact::MessageDelivered& f, const StageLine& l) {
    return (f.from == a && l.node == b) || (f.from == b && l.node == a);
  });
  const std::string through = last == nullptr ? std::string() : in_seconds(last->time.us);
  telling.trail(hindered, Weight::Cause);
  for (const sim::NodeId end : {a, b})
    if (is_silent(story, end)) {
      telling.now("why.link_end_silent"_w, {{"who", story.cluster().info(end).name}}, Weight::Point,
                  story.cluster().info(end).name);
      return telling.done();
    }
  const words::Key reach = there && back   ? (hindered == nullptr ? "why.link_open"_w : "why.link_hindered"_w)
                           : there || back ? "why.link_cut_one_way"_w
                                           : "why.link_cut"_w;
  const bool turned = there && !back;  // the sentence begins with the direction in which nothing passes
  telling.now(reach, {{"a", turned ? to : from}, {"b", turned ? from : to}, {"last", through}}, Weight::Point, from);
  return telling.done();
}

}  // namespace kafkascope::observe
