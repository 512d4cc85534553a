#include "app/owner_history.h"

#include <algorithm>
#include <set>

#include "coordinator/group_cause.h"
#include "observe/member_limits.h"
#include "observe/words/both.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::app {

namespace {

constexpr std::int64_t kRecentUs = 6'000'000;  // how long a former member is named

/// Why the member has left; if its session has ended, how long the member was silent.
observe::Words why_out(const fact::GroupMemberLeft& left, const observe::MemberLimit& limit) {
  if (left.reason == fact::GroupReason::SessionTimeout && !limit.ms.empty())
    return observe::both("ui.member_silent"_w, {{"span", observe::span(std::stoll(limit.ms) * 1000)}});
  return observe::both(
      "ui.member_out"_w,
      {{"why",
        observe::group_words({.reason = left.reason, .member = left.replaced_by, .said = left.said}, limit.text())}});
}

}  // namespace

void OwnerHistory::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    seen_ = l.seq;
    if (const auto f = fact_if<fact::PartitionsAssigned>(l))
      for (const std::string& name : f->partitions.names()) given_[name].push_back({l.time.us, l.node.index});
    if (const auto f = fact_if<fact::GroupRebalance>(l)) rebalances_[f->group.str()].push_back(l.time.us);
    if (const auto f = fact_if<fact::GroupMemberLeft>(l)) {
      const std::string client = observe::without_member_uuids(f->member.view());
      leavings_[f->group.str()].push_back(
          {l.time.us, {client, why_out(*f, session.observation().member_lines().limit_at(l.seq))}});
    }
  }
}

void OwnerHistory::fill_former(observe::Group& group, std::int64_t now_us) const {
  const auto leavings = leavings_.find(group.id);
  if (leavings == leavings_.end()) return;
  const auto named = [](const auto& list, const std::string& client) {
    return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.client == client; });
  };
  for (auto it = leavings->second.rbegin(); it != leavings->second.rend() && it->us > now_us - kRecentUs; ++it)
    if (it->us <= now_us && !named(group.members, it->member.client) && !named(group.former, it->member.client))
      group.former.push_back(it->member);
}

void OwnerHistory::fill(observe::Snapshot& snapshot) const {
  for (observe::Group& group : snapshot.groups) {
    fill_former(group, snapshot.time_us);
    fill_owners(snapshot, group);
  }
}

void OwnerHistory::fill_owners(const observe::Snapshot& snapshot, observe::Group& group) const {
  const auto rebalances = rebalances_.find(group.id);
  if (rebalances == rebalances_.end()) return;
  const auto& times = rebalances->second;
  const auto after = std::upper_bound(times.begin(), times.end(), snapshot.time_us);
  if (after == times.begin()) return;
  const std::int64_t began = *std::prev(after);
  std::set<int> readers;  // also those that have left
  for (const observe::Client& client : snapshot.clients)
    if (client.group == group.id) readers.insert(client.node);
  std::set<int> owned;
  for (const observe::GroupMember& member : group.members)
    owned.insert(member.partitions.begin(), member.partitions.end());
  for (observe::GroupPartition& gp : group.partitions) {
    const auto given = given_.find(snapshot.partitions[static_cast<std::size_t>(gp.partition)].name);
    if (given == given_.end()) continue;
    const Given *last = nullptr, *before = nullptr;
    for (const Given& one : given->second) {
      if (one.us > snapshot.time_us || !readers.contains(one.node)) continue;
      before = last;
      last = &one;
    }
    if (last == nullptr) continue;
    const auto name_of = [&](const Given& one) { return snapshot.nodes[static_cast<std::size_t>(one.node)].name; };
    if (!owned.contains(gp.partition)) gp.came_from = name_of(*last);
    else if (last->us < began) continue;
    else if (before == nullptr) gp.first_given = true;
    else if (last->node == before->node) gp.interrupted = true;
    else gp.came_from = name_of(*before);
  }
}

}  // namespace kafkascope::app
