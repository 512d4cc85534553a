#include "observe/why/why.h"

#include <algorithm>

#include "observe/model/fates.h"
#include "observe/why/subjects.h"
#include "observe/why/telling.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

namespace {

struct Kind {
  std::string_view section;
  std::optional<Answer> (*answer)(const Asked&);
  bool may_be_absent = false;  // a record that is gone, a member that left: the question is about their absence
};
constexpr Kind kKinds[] = {{"partitions", why_partition},
                           {"groups", why_group, true},
                           {"clients", why_client},
                           {"nodes", why_node},
                           {"cluster", why_cluster},
                           {"topics", why_topic},
                           {"ledger", why_ledger, true},
                           {"records", why_record_at, true},
                           {"metrics", why_metric},
                           {"events", why_event, true},
                           {"transactions", why_transaction, true},
                           {"zookeeper", why_znode, true},
                           {"acts", why_act},
                           {"sinks", why_sink},
                           {"invariants", why_invariants},
                           {"timers", why_timer, true},
                           {"links", why_link, true}};

std::optional<Answer> answer_to(const Story& story, std::string_view path) {
  const Moment& moment = story.moment();
  const auto parts = split_pointer(path);
  if (parts.empty()) return std::nullopt;
  Asked asked{story, std::string(path), parts, {}};
  if (parts[0] == "sent" && parts.size() == 3) {  // a record by its producer
    const sim::NodeId node = moment.cluster.find(parts[1]);
    if (!node.valid() || parts[2].empty() || parts[2].size() > 9 ||
        parts[2].find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    return why_fate(story, asked.path, node.index, static_cast<std::uint32_t>(std::stoul(parts[2])), "", "");
  }
  const auto kind =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.section == parts[0]; });
  if (kind == std::end(kKinds)) return std::nullopt;
  const auto value = state_at(moment, path);
  const bool belief = asked.part(2) == "belief" && asked.part(3) == "partitions";  // a node may not know the partition
  if (!value && !kind->may_be_absent && !belief) return std::nullopt;
  if (!value && parts[0] == "groups" && (parts.size() < 4 || !state_at(moment, "/groups/" + parts[1])))
    return parts.size() > 1 && !state_at(moment, "/groups/" + parts[1]) ? why_group_unknown(asked) : std::nullopt;
  // A classic group's member has no target, a share group's no protocol: the row does not contain them.
  if (!value && parts[0] == "groups" && parts.size() > 4 && parts[2] == "members" &&
      state_at(moment, "/groups/" + parts[1] + "/members/" + parts[3]))
    return std::nullopt;
  if (value) asked.value = *value;
  return kind->answer(asked);
}

}  // namespace

std::string_view to_string(RootKind kind) {
  constexpr std::string_view kNames[] = {"none", "act", "fault", "timer", "beginning"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<Answer> why(const Moment& moment, std::string_view path) {
  const Story story(moment);
  std::optional<Answer> answer = answer_to(story, path);
  if (!answer) return answer;
  const bool forwards = answer->question_key == "why.q_effects"_w;
  add_effects(story, *answer, forwards ? kMostWhySteps - answer->steps.size() + kMostEffects : kMostEffects);
  for (std::vector<WhyStep>& effects = answer->effects; forwards && !effects.empty();) {
    if (answer->steps.size() == kMostWhySteps) break;
    answer->steps.push_back(std::move(effects.front()));
    effects.erase(effects.begin());
  }
  if (forwards && answer->steps.size() == 1)
    answer->steps.push_back({both("why.no_effects"_w), "why.no_effects"_w, 0, moment.cluster.now(), {}});
  give_subjects(story, *answer);
  return answer;
}

std::vector<std::string> paths_with_why(const Moment& moment, std::string_view like) {
  std::vector<std::string> all{"/cluster/active_controller", "/metrics/elections", "/metrics/isr_shrinks",
                               "/metrics/rebalances"};
  const auto each = [&](const std::string& section, auto&& take) {
    const auto found = state_at(moment, "/" + section);
    if (!found) return;
    for_each_entry(*found, [&](const std::string& name, const nlohmann::json& value) {
      if (!name.starts_with("__")) take("/" + section + "/" + name, value);
    });
  };
  each("partitions", [&](const std::string& at, const nlohmann::json&) {
    for (const char* field :
         {"/isr", "/leader", "/leader_epoch", "/high_watermark", "/last_stable_offset", "/log_start_offset"})
      all.push_back(at + field);
  });
  each("groups", [&](const std::string& at, const nlohmann::json& group) {
    all.push_back(at + "/state");
    for (const char* of : {"lag", "members"})
      for_each_entry(part_of(group, of), [&](const std::string& name, const nlohmann::json&) {
        all.push_back(at + "/" + of + "/" + name);
      });
  });
  each("nodes", [&](const std::string& at, const nlohmann::json&) {
    all.push_back(at + "/state");
    if (can_be_fenced(moment.cluster, at.substr(at.rfind('/') + 1))) all.push_back(at + "/fenced");
  });
  each("clients", [&](const std::string& at, const nlohmann::json&) {
    for (const char* field : {"/state", "/waiting", "/failed"}) all.push_back(at + field);
  });
  each("transactions", [&](const std::string& at, const nlohmann::json&) { all.push_back(at + "/state"); });
  for (const FateRow& row : fate_rows()) all.push_back("/ledger/" + std::string(row.word));
  // Ordered by the length of the common prefix, otherwise as they are.
  const auto common = [&](const std::string& path) {
    std::size_t n = 0;
    while (n < path.size() && n < like.size() && path[n] == like[n]) ++n;
    return n;
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return common(a) > common(b); });
  if (all.size() > 4) all.resize(4);
  return all;
}

}  // namespace kafkascope::observe
