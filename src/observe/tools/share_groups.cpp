// kafka-share-groups (4.1). Kafka: ShareGroupCommand.
#include <fmt/format.h>

#include <algorithm>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

void fail_share(Answer& answer, const std::string& message) {
  answer.parts.clear();
  answer.print("\nError: Executing share group command failed due to " + message + "\n");
}

const coordinator::ShareGroup* find(const Request& r, const std::string& group, Answer& answer) {
  const broker::Broker* b = r.group_coordinator(group);
  if (b == nullptr) {
    fail_share(answer, std::string(kTimeoutException) +
                           coordinator_silent(r, group, "SHARE_GROUP_DESCRIBE", "describeShareGroups"));
    return nullptr;
  }
  const auto* g = b->coordinator().share_group(group);
  if (g == nullptr) {
    const bool another = b->coordinator().group(group) != nullptr || b->coordinator().consumer_group(group) != nullptr;
    fail_share(answer, fmt::format("org.apache.kafka.common.errors.GroupIdNotFoundException: Group {} {}.", group,
                                   another ? "is not a share group" : "not found"));
  }
  return g;
}

/// What the share coordinator has stored; -1: nothing yet.
const coordinator::StoredShareState* stored(const Request& r, const std::string& group, TopicPartition tp) {
  for (const BrokerId id : r.live_brokers())
    if (const broker::Broker* b = r.reach(id))
      if (const auto* state = b->share_coordinator().state({group, tp})) return state;
  return nullptr;
}

void print_offsets(const Request& r, const coordinator::ShareGroup& g, Answer& answer) {
  std::vector<TopicPartition> partitions(g.initialized().begin(), g.initialized().end());
  std::sort(partitions.begin(), partitions.end(), [&](TopicPartition a, TopicPartition b) {
    return std::pair(r.topic_name(a), a.partition) < std::pair(r.topic_name(b), b.partition);
  });
  const std::size_t group = std::max<std::size_t>(15, g.group_id().size());
  std::size_t topic = 15;
  for (const TopicPartition tp : partitions) topic = std::max(topic, r.topic_name(tp).size());
  const auto line = [&](std::string_view id, std::string_view name, std::string_view partition, std::string_view epoch,
                        std::string_view start) {
    answer.print(fmt::format("\n{} {} {}{} {}", left(id, group), left(name, topic), left(partition, 10),
                             r.has("--verbose") ? " " + left(epoch, 13) : "", start));
  };
  line("GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "START-OFFSET");
  for (const TopicPartition tp : partitions) {
    const auto* state = stored(r, g.group_id(), tp);
    const bool known = state != nullptr && state->start_offset.known();
    line(g.group_id(), r.topic_name(tp), std::to_string(tp.partition),
         known ? std::to_string(state->leader_epoch.value) : kMissing,
         known ? std::to_string(state->start_offset.value) : kMissing);
  }
  answer.print("\n");
}

void print_members(const Request& r, const coordinator::ShareGroup& g, Answer& answer) {
  if (g.empty()) return answer.complain("\nShare group '" + g.group_id() + "' has no active members.\n");
  const std::size_t group = std::max<std::size_t>(15, g.group_id().size());
  std::size_t consumer = 15, host = 15, client = 15;
  for (const auto& [id, m] : g.members()) {
    consumer = std::max(consumer, id.size());
    host = std::max(host, client_host(r.cluster(), m.client_id).size());
    client = std::max(client, m.client_id.size());
  }
  const auto line = [&](std::string_view name, std::string_view id, std::string_view where, std::string_view who,
                        std::string_view count, std::string_view epoch, std::string_view assignment) {
    answer.print(fmt::format("\n{} {} {} {} {}{} {}", left(name, group), left(id, consumer), left(where, host),
                             left(who, client), left(count, 12), r.has("--verbose") ? " " + left(epoch, 13) : "",
                             assignment));
  };
  line("GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "MEMBER-EPOCH", "ASSIGNMENT");
  for (const auto& [id, m] : g.members())
    line(g.group_id(), id, client_host(r.cluster(), m.client_id), m.client_id, std::to_string(m.assigned.size()),
         std::to_string(m.member_epoch), assignment_text(r, m.assigned));
  answer.print("\n");
}

void print_state(const Request& r, const coordinator::ShareGroup& g, Answer& answer) {
  if (g.empty()) answer.complain("\nShare group '" + g.group_id() + "' has no active members.\n");
  const BrokerId id = r.group_coordinator(g.group_id())->id();
  const std::string coordinator = fmt::format("{}  ({})", address_of(r.cluster(), id), id);
  const std::size_t group = std::max<std::size_t>(15, g.group_id().size()),
                    width = std::max<std::size_t>(25, coordinator.size());
  const auto line = [&](std::string_view name, std::string_view where, std::string_view state, std::string_view epoch,
                        std::string_view assignment_epoch, std::string_view count) {
    answer.print(fmt::format("\n{} {} {}{} {}", left(name, group), left(where, width), left(state, 15),
                             r.has("--verbose") ? " " + left(epoch, 12) + " " + left(assignment_epoch, 17) : "",
                             count));
  };
  line("GROUP", "COORDINATOR (ID)", "STATE", "GROUP-EPOCH", "ASSIGNMENT-EPOCH", "#MEMBERS");
  line(g.group_id(), coordinator, coordinator::name(g.state()), std::to_string(g.group_epoch()),
       std::to_string(g.assignment_epoch()), std::to_string(g.members().size()));
  answer.print("\n");
}

/// Id and state of every group; returns a broker that does not answer, kNoBroker: they all do.
BrokerId collect(const Request& r, std::map<std::string, std::string>& all) {
  for (const BrokerId id : r.live_brokers()) {
    const broker::Broker* b = r.reach(id);
    if (b == nullptr) return id;
    for (const auto* g : b->coordinator().share_groups()) all[g->group_id()] = coordinator::name(g->state());
  }
  return kNoBroker;
}

}  // namespace

void ask_share_groups(const Request& r, Answer& answer) {
  if (r.asked() == nullptr)
    return fail_share(answer, std::string(kTimeoutException) +
                                  no_node(r, r.has("--list") ? "listGroups" : "findCoordinator", kGroupsTimeoutMs));
  std::map<std::string, std::string> all;
  if (r.has("--list") || r.has("--all-groups"))
    if (const BrokerId silent = collect(r, all); silent != kNoBroker)
      return fail_share(answer, "java.util.concurrent.ExecutionException: " + std::string(kTimeoutException) +
                                    groups_not_listed(r, silent));
  std::vector<std::string> ids;
  for (const auto& [id, ignored] : all) ids.push_back(id);
  if (r.has("--list")) {
    if (const std::string states = r.value("--state"); !states.empty())
      std::erase_if(ids, [&](const std::string& id) { return !in_list(states, all[id]); });
    std::size_t width = 15;
    for (const std::string& id : ids) width = std::max(width, id.size());
    if (r.has("--state")) answer.print(left("GROUP", width) + " STATE\n");
    for (const std::string& id : as_hashed(ids))
      answer.print(r.has("--state") ? left(id, width) + " " + all[id] + "\n" : id + "\n");
    return;
  }
  if (!r.has("--all-groups")) ids = r.values("--group");
  std::sort(ids.begin(), ids.end());
  for (const std::string& id : ids) {
    const auto* g = find(r, id, answer);
    if (g == nullptr) return;
    if (r.has("--members")) print_members(r, *g, answer);
    else if (r.has("--state")) print_state(r, *g, answer);
    else print_offsets(r, *g, answer);
  }
}

}  // namespace kafkascope::observe::tools
