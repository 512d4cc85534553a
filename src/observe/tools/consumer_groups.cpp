// kafka-consumer-groups. Kafka: ConsumerGroupCommand (4.1: org.apache.kafka.tools.consumer.group, 2.5: kafka.admin).
#include <fmt/format.h>

#include <algorithm>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

struct Member {
  std::string id, host, client_id, instance_id;
  std::vector<TopicPartition> assignment, target;
  std::optional<std::int32_t> epoch;
  std::optional<bool> upgraded;
};
/// The answer to DescribeGroups or ConsumerGroupDescribe.
struct Description {
  std::string state, assignor;
  std::vector<Member> members;
  std::optional<std::int32_t> group_epoch, target_epoch;
};

struct Refusal {
  std::string message;
};

std::string text_or_missing(const std::optional<std::int32_t>& number) {
  return number ? std::to_string(*number) : std::string(kMissing);
}

Description describe(const Request& r, const coordinator::ClassicGroup& g) {
  Description d{std::string(coordinator::name(g.state())), "", {}, {}, {}};
  const bool stable = g.state() == coordinator::GroupState::Stable;
  if (stable) d.assignor = g.protocol_name();
  std::vector<std::string> ids;
  for (const auto& [id, ignored] : g.members()) ids.push_back(id);
  for (const std::string& id : as_hashed(std::move(ids))) {
    const coordinator::ClassicGroupMember& m = g.members().find(id)->second;
    d.members.push_back({id,
                         client_host(r.cluster(), m.client_id),
                         m.client_id,
                         m.group_instance_id,
                         stable ? m.assignment : std::vector<TopicPartition>(),
                         {},
                         {},
                         {}});
  }
  return d;
}

Description describe(const Request& r, const coordinator::ConsumerGroup& g,
                     const coordinator::GroupCoordinator& service) {
  Description d{
      std::string(coordinator::name(g.state())), service.assignor_of(g), {}, g.group_epoch(), g.assignment_epoch()};
  if (d.assignor.empty()) d.assignor = "uniform";  // the first of group.consumer.assignors
  for (const auto& [id, m] : g.members())
    d.members.push_back({id, client_host(r.cluster(), m.client_id), m.client_id, m.instance_id, m.assigned,
                         g.target(id), m.member_epoch, !m.speaks_classic()});
  return d;
}

/// Throws Refusal with the message of the admin client's exception.
Description describe(const Request& r, const std::string& group) {
  const broker::Broker* b = r.group_coordinator(group);
  if (b == nullptr)
    throw Refusal{std::string(kTimeoutException) +
                  coordinator_silent(r, group, r.by_2_5() ? "" : "CONSUMER_GROUP_DESCRIBE", "describeConsumerGroups")};
  if (const auto* g = b->coordinator().group(group)) return describe(r, *g);
  if (const auto* g = b->coordinator().consumer_group(group)) return describe(r, *g, b->coordinator());
  if (r.by_2_5()) return {"Dead", "", {}, {}, {}};
  throw Refusal{fmt::format("org.apache.kafka.common.errors.GroupIdNotFoundException: Group {} {}.", group,
                            b->coordinator().share_group(group) != nullptr ? "is not a consumer group" : "not found")};
}

std::string row(std::initializer_list<std::pair<std::string_view, std::size_t>> cells) {
  std::string line;
  for (const auto& [text, width] : cells) line += (line.empty() ? "" : " ") + left(text, width);
  return line;
}

/// False: there are no rows to print. Kafka: shouldPrintMemberState.
bool announce(const std::string& group, const std::string& state, std::size_t rows, Answer& answer) {
  if (state == "Dead") answer.print("\nError: Consumer group '" + group + "' does not exist.\n");
  else if (state == "Empty") answer.complain("\nConsumer group '" + group + "' has no active members.\n");
  else if (state != "Stable") answer.complain("\nWarning: Consumer group '" + group + "' is rebalancing.\n");
  return state != "Dead" && rows > 0;
}

struct OffsetRow {
  TopicPartition partition;
  std::optional<coordinator::CommittedOffset> committed;
  std::optional<std::int64_t> end;
  std::string consumer{kMissing}, host{kMissing}, client{kMissing};
};

/// Sorted by partition number, then in the order of a Java HashMap. Kafka: collectConsumerAssignment,
/// describePartitions.
void add_rows(const Request& r, std::vector<OffsetRow>& rows, std::vector<TopicPartition> partitions,
              const coordinator::OffsetMap* offsets, const Member* member) {
  std::stable_sort(partitions.begin(), partitions.end(),
                   [](TopicPartition a, TopicPartition b) { return a.partition < b.partition; });
  sort_as_hashed(r, partitions);
  for (const TopicPartition tp : partitions) {
    OffsetRow row{tp, {}, {}};
    if (offsets != nullptr)
      if (const auto it = offsets->find(tp); it != offsets->end()) row.committed = it->second;
    const broker::Replica* leader = r.leader_replica(tp);
    if (leader == nullptr)
      throw Refusal{(r.by_2_5() ? std::string(kTimeoutException)
                                : "java.util.concurrent.ExecutionException: " + std::string(kTimeoutException)) +
                    leader_silent(r, tp, kGroupsTimeoutMs)};
    row.end = leader->log.high_watermark().value;  // ListOffsets, read_uncommitted
    if (member != nullptr) row.consumer = member->id, row.host = member->host, row.client = member->client_id;
    rows.push_back(std::move(row));
  }
}

void print_offsets(const Request& r, const std::string& group, Answer& answer) {
  const Description d = describe(r, group);
  const coordinator::OffsetMap* offsets = r.group_coordinator(group)->coordinator().offsets(group);
  std::vector<OffsetRow> rows;
  std::vector<const Member*> members;
  for (const Member& m : d.members)
    if (!m.assignment.empty()) members.push_back(&m);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto* a, const auto* b) { return a->assignment.size() > b->assignment.size(); });
  std::vector<TopicPartition> free;
  for (const Member* m : members) add_rows(r, rows, m->assignment, offsets, m);
  if (offsets != nullptr)
    for (const auto& [tp, ignored] : *offsets)
      if (std::none_of(rows.begin(), rows.end(), [tp = tp](const OffsetRow& row) { return row.partition == tp; }) &&
          r.metadata().partition(tp) != nullptr)
        free.push_back(tp);
  add_rows(r, rows, free, offsets, nullptr);
  if (!announce(group, d.state, rows.size(), answer)) return;
  std::size_t group_width = std::max<std::size_t>(15, group.size()), topic = 15, consumer = 15, host = 15;
  for (const OffsetRow& row : rows) {
    topic = std::max(topic, r.topic_name(row.partition).size());
    consumer = std::max(consumer, row.consumer.size());
    host = std::max(host, row.host.size());
  }
  const bool verbose = r.has("--verbose") && !r.by_2_5();
  const auto line = [&](std::string_view name, std::string_view of, std::string_view number, std::string_view epoch,
                        std::string_view current, std::string_view end, std::string_view lag, std::string_view who,
                        std::string_view where, std::string_view client) {
    std::string text = row({{name, group_width}, {of, topic}, {number, 10}});
    if (verbose) text += " " + left(epoch, 15);
    text += " " + row({{current, 15}, {end, 15}, {lag, 15}, {who, consumer}, {where, host}, {client, 0}});
    answer.print("\n" + text);
  };
  line("GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST",
       "CLIENT-ID");
  for (const OffsetRow& o : rows) {
    const bool known = o.committed.has_value();
    line(group, r.topic_name(o.partition), std::to_string(o.partition.partition),
         known && o.committed->leader_epoch.value >= 0 ? std::to_string(o.committed->leader_epoch.value) : kMissing,
         known ? std::to_string(o.committed->offset.value) : kMissing, o.end ? std::to_string(*o.end) : kMissing,
         known && o.end ? std::to_string(*o.end - o.committed->offset.value) : kMissing, o.consumer, o.host, o.client);
  }
  answer.print("\n");
}

/// 2.5: "orders(0,1), other(2)".
std::string old_assignment_text(const Request& r, const std::vector<TopicPartition>& partitions) {
  std::string text = assignment_text(r, partitions);
  std::string out;
  for (const char c : text) out += c == ':' ? "(" : c == ';' ? "), " : std::string(1, c);
  return out + ")";
}

void print_members(const Request& r, const std::string& group, Answer& answer) {
  const Description d = describe(r, group);
  const bool shown = announce(group, d.state, d.members.size(), answer), verbose = r.has("--verbose");
  if (!shown && r.by_2_5()) return;
  std::size_t group_width = 15, consumer = 15, instance = 17, host = 15, client = 15, current = 20, target = 20;
  bool statics = false, classic = false, newer = false;
  const auto assignment = [&](const std::vector<TopicPartition>& partitions) {
    if (partitions.empty()) return std::string(kMissing);
    return r.by_2_5() ? old_assignment_text(r, partitions) : assignment_text(r, partitions);
  };
  for (const Member& m : d.members) {
    if (!shown) break;
    group_width = std::max(group_width, group.size());
    consumer = std::max(consumer, m.id.size());
    instance = std::max(instance, m.instance_id.size());
    host = std::max(host, m.host.size());
    client = std::max(client, m.client_id.size());
    current = std::max(current, assignment(m.assignment).size());
    target = std::max(target, assignment(m.target).size());
    statics |= !m.instance_id.empty() && !r.by_2_5();
    classic |= m.upgraded.has_value() && !*m.upgraded;
    newer |= m.upgraded.value_or(false);
  }
  const auto line = [&](std::string_view name, std::string_view id, std::string_view static_id, std::string_view where,
                        std::string_view client_id, std::string_view count) {
    std::string text = row({{name, group_width}, {id, consumer}});
    if (statics) text += " " + left(static_id, instance);
    answer.print(text + " " + row({{where, host}, {client_id, client}, {count, 15}}) + " ");
  };
  const auto more = [&](std::string_view epoch, std::string_view now, std::string_view to_epoch, std::string_view to,
                        std::string_view upgraded) {
    if (!verbose) return;
    if (r.by_2_5()) return answer.print(std::string(now));
    answer.print(row({{epoch, 15}, {now, current}, {to_epoch, 15}, {to, target}}));
    if (classic && newer) answer.print(" " + std::string(upgraded));
  };
  answer.print("\n");
  line("GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS");
  more("CURRENT-EPOCH", r.by_2_5() ? "ASSIGNMENT" : "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT",
       "UPGRADED");
  answer.print("\n");
  for (const Member& m : d.members) {
    line(group, m.id, m.instance_id, m.host, m.client_id, std::to_string(m.assignment.size()));
    more(text_or_missing(m.epoch), assignment(m.assignment), text_or_missing(d.target_epoch), assignment(m.target),
         !m.upgraded   ? kMissing
         : *m.upgraded ? "true"
                       : "false");
    answer.print("\n");
  }
}

void print_state(const Request& r, const std::string& group, Answer& answer) {
  const Description d = describe(r, group);
  if (!announce(group, d.state, 1, answer)) return;
  const BrokerId id = r.group_coordinator(group)->id();
  const std::string coordinator = fmt::format("{}{}({})", address_of(r.cluster(), id), r.by_2_5() ? " " : "  ", id);
  const std::string count = std::to_string(d.members.size());
  const std::size_t width = std::max<std::size_t>(25, coordinator.size());
  if (r.by_2_5()) {
    for (const bool head : {true, false})
      answer.print("\n" + row({{head ? "GROUP" : group, width},
                               {head ? "COORDINATOR (ID)" : coordinator, 25},
                               {head ? "ASSIGNMENT-STRATEGY" : d.assignor, 20},
                               {head ? "STATE" : d.state, 15},
                               {head ? "#MEMBERS" : count, 0}}));
  } else {
    const std::size_t group_width = std::max<std::size_t>(15, group.size());
    for (const bool head : {true, false}) {
      std::string line = row({{head ? "GROUP" : group, group_width},
                              {head ? "COORDINATOR (ID)" : coordinator, width},
                              {head                 ? "ASSIGNMENT-STRATEGY"
                               : d.assignor.empty() ? kMissing
                                                    : std::string_view(d.assignor),
                               20},
                              {head ? "STATE" : d.state, 20}});
      if (r.has("--verbose"))
        line += " " + row({{head ? "GROUP-EPOCH" : text_or_missing(d.group_epoch), 15},
                           {head ? "TARGET-ASSIGNMENT-EPOCH" : text_or_missing(d.target_epoch), 25}});
      answer.print("\n" + line + " " + (head ? "#MEMBERS" : count));
    }
  }
  answer.print("\n");
}

struct Listing {
  std::string type, state;
};

/// Asks every live broker, and waits for one that is dead but not fenced yet.
std::map<std::string, Listing> listings(const Request& r) {
  std::map<std::string, Listing> all;
  // Kafka: only ConsumerGroupCommand.listConsumerGroups of 4.x puts the exception into another one.
  const bool wrapped = !r.by_2_5() && (!r.has("--list") || (!r.has("--state") && !r.has("--type")));
  for (const BrokerId id : r.live_brokers()) {
    const broker::Broker* b = r.reach(id);
    if (b == nullptr)
      throw Refusal{(wrapped ? "java.util.concurrent.ExecutionException: " : "") + std::string(kTimeoutException) +
                    groups_not_listed(r, id)};
    for (const auto* g : b->coordinator().groups())
      all[g->group_id()] = {"Classic", std::string(coordinator::name(g->state()))};
    for (const auto* g : b->coordinator().consumer_groups())
      all[g->group_id()] = {"Consumer", std::string(coordinator::name(g->state()))};
  }
  return all;
}

std::vector<std::string> listed(const std::map<std::string, Listing>& all) {
  std::vector<std::string> ids;
  for (const auto& [id, ignored] : all) ids.push_back(id);
  return as_hashed(std::move(ids));
}

/// `wanted`: states as in the option, "Stable,Empty"; empty: every state matches.
bool fits(std::string_view wanted, const std::string& is) { return wanted.empty() || in_list(wanted, is); }

void list(const Request& r, Answer& answer) {
  const auto all = listings(r);
  if (!r.has("--state") && !r.has("--type")) {
    for (const std::string& id : listed(all)) answer.print(id + "\n");
    return;
  }
  std::vector<std::string> ids;
  std::size_t width = 15;
  for (const std::string& id : listed(all))
    if (fits(r.value("--state"), all.at(id).state) && fits(r.value("--type"), all.at(id).type)) ids.push_back(id);
  for (const std::string& id : ids) width = std::max(width, id.size());
  const auto line = [&](std::string_view id, std::string_view type, std::string_view state) {
    std::string text = left(id, width + 10);
    if (r.has("--type")) text += " " + left(type, 20);
    if (r.has("--state")) text += " " + left(state, 20);
    answer.print(text + "\n");
  };
  line("GROUP", "TYPE", "STATE");
  for (const std::string& id : ids) line(id, all.at(id).type, all.at(id).state);
}

}  // namespace

void ask_consumer_groups(const Request& r, Answer& answer) {
  try {
    if (r.asked() == nullptr)
      throw Refusal{std::string(kTimeoutException) +
                    no_node(r, r.has("--list") ? (r.by_2_5() ? "findAllBrokers" : "listGroups") : "findCoordinator",
                            kGroupsTimeoutMs)};
    if (r.has("--list")) return list(r, answer);
    std::vector<std::string> groups = r.has("--all-groups") ? listed(listings(r)) : r.values("--group");
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    for (const std::string& group : groups) {
      if (r.has("--members")) print_members(r, group, answer);
      else if (r.has("--state") && !r.has("--offsets")) print_state(r, group, answer);
      else print_offsets(r, group, answer);
    }
  } catch (const Refusal& refusal) {
    // The tool collects everything before it prints.
    answer.parts.clear();
    answer.print("\nError: Executing consumer group command failed due to " + refusal.message + "\n");
  }
}

}  // namespace kafkascope::observe::tools
