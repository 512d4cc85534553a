#include "observe/why/subjects.h"

#include <algorithm>
#include <cctype>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

namespace {

/// Whether the dashboard can select something of that name: a node, a partition or a client's group.
bool is_selectable(const Story& story, const std::string& name) {
  const cluster::Cluster& cluster = story.cluster();
  if (name.empty() || cluster.find(name).valid()) return !name.empty();
  if (const auto partition = cluster::parse_partition_name(name))
    if (cluster.committed().partition(cluster.partition(*partition)) != nullptr) return true;
  return std::any_of(cluster.spec().clients.begin(), cluster.spec().clients.end(),
                     [&](const auto& client) { return story.group_of(cluster.find(client.id)) == name; });
}

/// The names in a sentence, in their order: what letters, digits, dots, hyphens and underscores make.
std::vector<std::string> words_in(const std::string& text) {
  std::vector<std::string> all;
  std::string word;
  const auto add = [&] {
    while (!word.empty() && (word.back() == '.' || word.back() == '-')) word.pop_back();
    if (!word.empty()) all.push_back(word);
    word.clear();
  };
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_') word += c;
    else add();
  add();
  return all;
}

/// What the sentence names: only what it does in both languages, because a client may be called "a".
std::string named_in(const Story& story, const Words& sentence) {
  const std::vector<std::string> korean = words_in(sentence.ko);
  for (const std::string& word : words_in(sentence.en))
    if (std::find(korean.begin(), korean.end(), word) != korean.end() && is_selectable(story, word)) return word;
  return {};
}

/// What the question is about: a part of its path, or the client with that transactional.id, or the first partition of that topic.
std::string asked_about(const Story& story, const std::string& path) {
  const std::vector<std::string> parts = split_pointer(path);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (is_selectable(story, parts[i])) return parts[i];
    if (parts[0] == "transactions" && i == 1)
      if (const sim::NodeId client = story.client_with_transactions(parts[1]); client.valid())
        return story.cluster().info(client).name;
    if (const std::string first = parts[i] + "-0"; is_selectable(story, first)) return first;
  }
  return {};
}

/// The node that stands for the cluster: the active controller, else a server of the quorum or ensemble, else a broker.
std::string of_cluster(const Story& story) {
  const cluster::Cluster& cluster = story.cluster();
  sim::NodeId node = cluster.active_controller();
  if (!node.valid()) node = controller_before(story, story.end());
  if (!node.valid() && !cluster.nodes().empty()) return cluster.nodes().front().name;
  return node.valid() ? cluster.info(node).name : std::string();
}

}  // namespace

void give_subjects(const Story& story, Answer& answer) {
  const auto lacks = [](const WhyStep& step) {
    return step.seq == 0 && step.subject.empty() && step.world != WhyStep::World::Both;
  };
  const auto give = [&](WhyStep& step) {
    if (!lacks(step)) return;
    step.subject = named_in(story, step.words);
    if (step.subject.empty()) step.subject = asked_about(story, answer.path);
    for (auto other = answer.steps.rbegin(); other != answer.steps.rend() && step.subject.empty(); ++other)
      step.subject = other->subject;
    if (step.subject.empty()) step.subject = of_cluster(story);
  };
  for (std::vector<WhyStep>* steps : {&answer.steps, &answer.effects, &answer.further})
    for (WhyStep& step : *steps) give(step);
}

}  // namespace kafkascope::observe
