#include "observe/member_lines.h"

#include <algorithm>
#include <optional>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/share_consumer.h"
#include "cluster/cluster.h"
#include "observe/words/epoch_words.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

namespace {

/// Whether the member's application has not called poll() for max.poll.interval.ms.
bool polls_no_more(const cluster::Cluster& cluster, std::string_view member, sim::Instant now) {
  const sim::NodeId node = cluster.find(without_member_uuids(member));
  const auto waits = [&](const client::ClientStats& stats, sim::Duration most) {
    const sim::Instant polled = stats.metrics.consumer.last_poll;
    return polled != sim::kNever && now - polled >= most;
  };
  if (const auto* consumer = node.valid() ? cluster.role<client::Consumer>(node) : nullptr)
    return waits(consumer->stats(), consumer->group().options().max_poll_interval);
  const auto* sharer = node.valid() ? cluster.role<client::ShareConsumer>(node) : nullptr;
  return sharer != nullptr && waits(sharer->stats(), sharer->membership().max_poll_interval());
}

/// The length of the coordinator's timer that makes the member leave for that reason at that line; nullopt: no timer does.
std::optional<std::int64_t> fired(const cluster::Cluster& cluster, const sim::TraceLine& left) {
  const auto* broker = cluster.role<broker::Broker>(left.node);
  if (broker == nullptr || !broker->coordinator().due_timer()) return std::nullopt;
  return broker->coordinator().due_timer()->timeout.us / 1000;
}

}  // namespace

void MemberLines::note_limit(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (const auto left = fact_if<fact::GroupMemberLeft>(line)) {
    const std::optional<std::int64_t> ms = fired(cluster, line);
    if (!ms) return;
    MemberLimit limit = limit_behind(cluster, left->reason, left->group.view(), left->member.view(), *ms);
    if (limit.ms.empty()) return;
    limits_.push_back({line.seq, left->reason, left->group.str(), left->member.str(), std::move(limit)});
  } else if (const auto r = fact_if<fact::GroupRebalance>(line)) {
    MemberLimit limit = last_limit(r->group.view(), r->reason, r->member.view());
    if (!limit.ms.empty()) limits_.push_back({line.seq, r->reason, {}, {}, std::move(limit)});
  }
}

MemberLimit MemberLines::limit_at(std::uint64_t seq) const {
  for (std::size_t i = limits_.size(); i > 0 && limits_[i - 1].seq >= seq; --i)
    if (limits_[i - 1].seq == seq) return limits_[i - 1].value;
  return {};
}

MemberLimit MemberLines::last_limit(std::string_view group, fact::GroupReason reason, std::string_view member) const {
  using enum fact::GroupReason;
  if (reason == NoSyncFromSome) reason = NoSyncInTime, member = {};  // the group's reason names none of them
  for (std::size_t i = limits_.size(); i > 0; --i)
    if (const Limit& l = limits_[i - 1];
        l.group == group && l.reason == reason && (member.empty() || l.member == member))
      return l.value;
  return {};
}

void MemberLines::note_epochs(const sim::TraceLine& rebalance, std::string_view group, std::string_view member) {
  const auto known = std::find(groups_with_epochs_.begin(), groups_with_epochs_.end(), group);
  if (member.empty()) {
    if (known != groups_with_epochs_.end()) with_epochs_.push_back(rebalance.seq);
  } else if (!is_of_newer_protocol(member)) {
    if (known != groups_with_epochs_.end()) groups_with_epochs_.erase(known);
  } else if (known == groups_with_epochs_.end()) {
    groups_with_epochs_.emplace_back(group);
  }
}

void MemberLines::on_trace(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (is<fact::PartitionsAssigned>(line)) {
    const auto* consumer = cluster.role<client::Consumer>(line.node);
    if (consumer != nullptr ? consumer->group().options().newer
                            : cluster.role<client::ShareConsumer>(line.node) != nullptr)
      with_epochs_.push_back(line.seq);
    return;
  }
  note_limit(line, cluster);
  if (const auto left = fact_if<fact::GroupMemberLeft>(line)) {
    if (left->reason != fact::GroupReason::Left || !left->said.empty() ||
        !polls_no_more(cluster, left->member.view(), line.time))
      return;
    by_poll_timeout_.push_back(line.seq);
    left_by_poll_timeout_.push_back(left->member.str());
  } else if (const auto r = fact_if<fact::GroupRebalance>(line)) {
    note_epochs(line, r->group.view(), r->member.view());
    if (r->member_left && std::erase(left_by_poll_timeout_, r->member.str()) > 0) by_poll_timeout_.push_back(line.seq);
  }
}

bool MemberLines::contains(const Seqs& seqs, std::uint64_t seq) {
  std::size_t low = 0;
  for (std::size_t high = seqs.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (seqs[middle] < seq) low = middle + 1;
    else high = middle;
  }
  return low < seqs.size() && seqs[low] == seq;
}

}  // namespace kafkascope::observe
