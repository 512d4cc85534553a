#include "observe/member_lines.h"

#include <algorithm>

#include "client/consumer.h"
#include "client/share_consumer.h"
#include "cluster/cluster.h"
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

}  // namespace

void MemberLines::on_trace(const sim::TraceLine& line, const cluster::Cluster& cluster) {
  if (is<fact::PartitionsAssigned>(line)) {
    const auto* consumer = cluster.role<client::Consumer>(line.node);
    if (consumer != nullptr ? consumer->group().options().newer
                            : cluster.role<client::ShareConsumer>(line.node) != nullptr)
      with_epochs_.push_back(line.seq);
  } else if (const auto left = fact_if<fact::GroupMemberLeft>(line)) {
    if (left->reason != fact::GroupReason::Left || !left->said.empty() ||
        !polls_no_more(cluster, left->member.view(), line.time))
      return;
    by_poll_timeout_.push_back(line.seq);
    left_by_poll_timeout_.push_back(left->member.str());
  } else if (const auto r = fact_if<fact::GroupRebalance>(line)) {
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
