// The network's faults: cuts, and the orders that apply to selected messages. Their rules: the `do` table of
// docs/scenario-format.md.
#include <algorithm>
#include <utility>

#include "sim/connections.h"

namespace kafkascope::sim {

using Phase = Connection::Phase;

// ---- the directions that use a link

void Connections::join_link(std::uint32_t d, std::uint32_t link) {
  ways_[d] = link;
  next_way_[d] = std::exchange(links_[link].first_way, d);
}

void Connections::leave_link(std::uint32_t d) {
  std::uint32_t* at = &links_[ways_[d]].first_way;  // a short list: two nodes have few connections
  while (*at != d) at = &next_way_[*at];
  *at = next_way_[d];
}

/// The directions over a link, in ascending order.
std::vector<std::uint32_t> Connections::ways_over(std::uint32_t link) const {
  std::vector<std::uint32_t> ways;
  for (std::uint32_t d = links_[link].first_way; d != kNone; d = next_way_[d]) {
    if (connections_[d >> 1].phase != Phase::Free) ways.push_back(d);
  }
  std::sort(ways.begin(), ways.end());
  return ways;
}

// ---- cuts

void Connections::cut(NodeId from, NodeId to) { cut_link(links_.find(from, to)); }
void Connections::heal(NodeId from, NodeId to) { heal_link(links_.find(from, to)); }
void Connections::heal_all() {
  for (std::uint32_t l = 0; l < links_.size(); ++l) heal_link(l);
}
void Connections::heal_node(NodeId n) {
  for (std::uint32_t l = 0; l < links_.size(); ++l) {
    if (links_[l].from == n || links_[l].to == n) heal_link(l);
  }
}

void Connections::cut_link(std::uint32_t link) {
  if (links_[link].cut) return;
  links_[link].cut = 1;
  for (const std::uint32_t d : ways_over(link)) {
    Connection& x = connections_[d >> 1];
    if (x.phase == Phase::Connecting) {
      extra_[d >> 1].handshake_order = 0;
      continue;
    }
    for (std::uint32_t p = direction(d).head; p != kNone; p = packets_[p].next) {
      Packet& k = packets_[p];
      if (k.held || k.arrives_at < now_.us)
        continue;  // the packet has arrived: it waits in the socket buffer behind the held one
      k.blocked = true;
      k.arrives_at = kNever.us;
    }
    direction(d).last_arrival = now_.us;
  }
}

void Connections::heal_link(std::uint32_t link) {
  if (!links_[link].cut) return;
  links_[link].cut = 0;
  for (const std::uint32_t d : ways_over(link)) {
    Connection& x = connections_[d >> 1];
    if (x.phase == Phase::Connecting) {
      if (extra_[d >> 1].handshake_order == 0 && pulse(x.nodes[1]).powered) start_handshake(d >> 1, kRetransmit);
      continue;
    }
    for (std::uint32_t p = direction(d).head; p != kNone; p = packets_[p].next) {
      if (!packets_[p].blocked) continue;
      packets_[p].order = next_order(EventClass::Deliver, receiver(d));  // disowns the packet's old event, if any
      transmit(d, p, kRetransmit);
    }
  }
}

// ---- faults that apply to selected messages

/// Decides which fault order, if any, applies to an arriving message, and counts that order down.
Connections::Verdict Connections::judge(std::uint32_t p) {
  if (packets_[p].gave_up) return Verdict::Lose;
  if (packets_[p].released) return Verdict::Pass;
  const std::uint32_t d = packets_[p].direction;
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const FaultRule& r) {
    return r.filter.matches(sender(d), receiver(d), packets_[p].code);
  });
  if (rule == rules_.end()) return Verdict::Pass;
  const Verdict verdict = rule->act == FaultRule::Act::Lose ? Verdict::Lose : Verdict::Hold;
  if (watched_) observe_stop(rule->order);
  if (rule->left != kAll && --rule->left == 0) rules_.erase(rule);
  return verdict;
}

/// Holds the message at the head of its stream, or loses it and breaks its connection.
void Connections::stop(std::uint32_t p, Verdict verdict, Work& work) {
  const std::uint32_t d = packets_[p].direction;
  cause_ = packets_[p].cause;
  if (verdict == Verdict::Hold) {
    packets_[p].held = packets_[p].released = direction(d).held = true;
    return;
  }
  work.line = seq_ + 1;     // seq that the message's message.lost line will get
  drop_messages(d, false);  // this message and all later ones, because TCP leaves no gaps
  break_connection(d >> 1);
}

void Connections::add_rule(FaultRule rule) {
  if (rule.left == 0) return;
  rule.order = cause_;
  rules_.push_back(std::move(rule));
}

/// Resumes a stream whose head was held.
void Connections::unhold(std::uint32_t d) {
  Direction& x = direction(d);
  if (!x.held) return;
  x.held = false;
  Packet& k = packets_[x.head];
  k.held = false;
  k.arrives_at = now_.us;
  k.order = next_order(EventClass::Deliver, receiver(d));
  arm(d);
}

void Connections::release(const MessageFilter& filter, std::uint64_t count) {
  if (count == kAll)
    std::erase_if(rules_, [&](const FaultRule& r) { return r.act == FaultRule::Act::Hold && filter.covers(r.filter); });
  for (std::uint32_t d = 0; d < 2 * connections_.size() && count != 0; ++d) {
    if (connections_[d >> 1].phase == Phase::Free || !direction(d).held) continue;
    if (!filter.matches(sender(d), receiver(d), packets_[direction(d).head].code)) continue;
    unhold(d);
    if (count != kAll) --count;
  }
}

/// Delivers the packets of a stream up to `last` at once, whatever blocked them.
void Connections::hasten(std::uint32_t d, std::uint32_t last) {
  direction(d).held = false;
  for (std::uint32_t p = direction(d).head; p != kNone; p = packets_[p].next) {
    Packet& k = packets_[p];
    k.held = k.blocked = k.gave_up = false;
    k.released = true;
    k.arrives_at = now_.us;
    k.order = next_order(EventClass::Backlog, receiver(d));
    if (p == last) break;
  }
  arm(d);
}

}  // namespace kafkascope::sim
