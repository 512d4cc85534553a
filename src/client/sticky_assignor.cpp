// StickyAssignor and CooperativeStickyAssignor: as balanced as possible with as few moves as possible. Kafka:
// AbstractStickyAssignor (KIP-54, KIP-429). For equal subscriptions they use quotas (Quotas); otherwise partitions move
// one by one while the balance improves (Balance).
//
// Simplified: no rack matching (KIP-881). Where Kafka depends on a hash table's order, member ids decide here.
#include <algorithm>
#include <compare>
#include <cstdlib>
#include <deque>
#include <set>
#include <utility>

#include "client/assignors.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::JoinGroupMember;

namespace {

/// A partition by its topic's index among the names, so that it sorts as in Kafka: by name, then by number.
struct Slot {
  int topic = 0;
  std::int32_t partition = 0;
  friend auto operator<=>(const Slot&, const Slot&) = default;
};
using Slots = std::vector<Slot>;

struct Member {
  std::vector<int> topics;  // subscribed and known, ascending
  Slots claimed;            // partitions that the member claims to have owned
  Slots owned;              // the claims that are accepted
  std::int32_t generation = -1;
  bool subscribes(int topic) const { return std::binary_search(topics.begin(), topics.end(), topic); }
};

struct Problem {
  std::vector<Member> members;           // sorted by member id
  std::vector<std::int32_t> partitions;  // number of partitions of each topic
  bool same_subscriptions = true;
  std::set<Slot> claimed_twice;  // claimed by two members in the same generation: no member keeps them
};

struct Solution {
  std::vector<Slots> shares;           // the partitions assigned to each member
  std::map<Slot, int> changing_owner;  // partitions that another member still owns -> their next owner
};

/// If two members claim a partition, the one with the later generation keeps it
/// (AbstractStickyAssignor.allSubscriptionsEqual).
void settle_claims(Problem& problem) {
  std::map<Slot, int> owner;
  for (int m = 0; m < static_cast<int>(problem.members.size()); ++m) {
    Member& member = problem.members[static_cast<std::size_t>(m)];
    for (const Slot slot : member.claimed) {
      const auto [entry, first] = owner.try_emplace(slot, m);
      if (!first) {
        Member& other = problem.members[static_cast<std::size_t>(entry->second)];
        if (member.generation < other.generation) continue;
        std::erase(other.owned, slot);
        entry->second = m;
        if (member.generation == other.generation) {
          problem.claimed_twice.insert(slot);
          continue;
        }
      }
      member.owned.push_back(slot);
    }
  }
}

// ---- equal subscriptions (ConstrainedAssignmentBuilder)

class Quotas {
 public:
  explicit Quotas(const Problem& problem) : problem_(problem) {}

  Solution solve() {
    const int members = static_cast<int>(problem_.members.size());
    int total = 0;
    for (const std::int32_t count : problem_.partitions) total += count;
    least_ = total / members;
    most_ = (total + members - 1) / members;
    above_ = total % members;
    out_.shares.resize(problem_.members.size());
    for (int m = 0; m < members; ++m) keep_owned(m);
    deal(unassigned());
    return std::move(out_);
  }

 private:
  Slots& share(int m) { return out_.shares[static_cast<std::size_t>(m)]; }

  void keep(int m, const Slots& owned, int count) {
    share(m).assign(owned.begin(), owned.begin() + count);
    for (auto it = owned.begin() + count; it != owned.end(); ++it) given_up_[*it] = m;
  }

  void keep_owned(int m) {
    Slots owned = problem_.members[static_cast<std::size_t>(m)].owned;
    std::sort(owned.begin(), owned.end(),
              [](Slot a, Slot b) { return std::pair(a.partition, a.topic) < std::pair(b.partition, b.topic); });
    std::erase_if(owned, [&](Slot s) { return problem_.claimed_twice.contains(s); });
    const int have = static_cast<int>(owned.size());
    if (have < least_) {
      keep(m, owned, have);
      below_least_.push_back(m);
    } else if (have >= most_ && at_most_ < above_) {
      keep(m, owned, most_);
      if (++at_most_ == above_) at_least_.clear();
    } else {
      keep(m, owned, least_);
      if (at_most_ < above_) at_least_.push_back(m);
    }
  }

  Slots unassigned() const {
    std::set<Slot> taken;
    for (const Slots& share : out_.shares) taken.insert(share.begin(), share.end());
    Slots free;
    for (int t = 0; t < static_cast<int>(problem_.partitions.size()); ++t)
      for (std::int32_t p = 0; p < problem_.partitions[static_cast<std::size_t>(t)]; ++p)
        if (!taken.contains({t, p})) free.push_back({t, p});
    return free;
  }

  /// Deals the partitions in turn to the members below the minimum, then one to each member that may have one more.
  void deal(const Slots& free) {
    std::size_t at = 0;
    for (const Slot slot : free) {
      int m;
      if (below_least_.empty()) {
        m = at_least_.front();
        at_least_.pop_front();
      } else {
        if (at >= below_least_.size()) at = 0;
        m = below_least_[at];
      }
      share(m).push_back(slot);
      const auto former = given_up_.find(slot);
      if ((former != given_up_.end() && former->second != m) || problem_.claimed_twice.contains(slot))
        out_.changing_owner[slot] = m;
      if (below_least_.empty()) continue;
      if (static_cast<int>(share(m).size()) == least_) {
        below_least_.erase(below_least_.begin() + static_cast<std::ptrdiff_t>(at));
        at_least_.push_back(m);
      } else {
        ++at;
      }
    }
  }

  const Problem& problem_;
  Solution out_;
  int least_ = 0, most_ = 0;
  int above_ = 0;    // number of members that may get one more than the minimum
  int at_most_ = 0;  // number of members that already have one more
  std::map<Slot, int> given_up_;
  std::vector<int> below_least_;
  std::deque<int> at_least_;
};

// ---- different subscriptions (GeneralAssignmentBuilder)

/// Records moves between members, so that no two partitions of one topic move in opposite directions between the same
/// members.
class Movements {
 public:
  void move(Slot slot, int from, int to) {
    if (const auto it = by_slot_.find(slot); it != by_slot_.end()) {
      from = it->second.first;
      auto& pairs = by_topic_[slot.topic];
      pairs[it->second].erase(slot);
      if (pairs[it->second].empty()) pairs.erase(it->second);
      by_slot_.erase(it);
      if (from == to) return;  // the partition is back at its origin
    }
    by_slot_[slot] = {from, to};
    by_topic_[slot.topic][{from, to}].insert(slot);
  }

  /// Returns the partition to move: if another partition was moved in the opposite direction, that one is moved back
  /// instead.
  Slot instead_of(Slot slot, int from, int to) const {
    const auto topic = by_topic_.find(slot.topic);
    if (topic == by_topic_.end()) return slot;
    if (const auto it = by_slot_.find(slot); it != by_slot_.end()) from = it->second.first;
    const auto reverse = topic->second.find({to, from});
    return reverse == topic->second.end() ? slot : *reverse->second.begin();
  }

 private:
  using Pair = std::pair<int, int>;
  std::map<Slot, Pair> by_slot_;
  std::map<int, std::map<Pair, std::set<Slot>>> by_topic_;
};

class Balance {
 public:
  explicit Balance(const Problem& problem)
      : problem_(problem), subscribers_(problem.partitions.size()), shares_(problem.members.size()) {
    for (int m = 0; m < static_cast<int>(problem.members.size()); ++m)
      for (const int t : member(m).topics) subscribers_[static_cast<std::size_t>(t)].push_back(m);
    std::vector<int> topics;
    for (int t = 0; t < static_cast<int>(problem.partitions.size()); ++t) topics.push_back(t);
    std::stable_sort(topics.begin(), topics.end(), [&](int a, int b) { return choices(a) < choices(b); });
    for (const int t : topics)
      for (std::int32_t p = 0; p < problem.partitions[static_cast<std::size_t>(t)]; ++p) all_.push_back({t, p});
  }

  std::vector<Slots> solve() {
    remember_older_owners();
    bool had_to_give_up = false, beginning = true;
    for (int m = 0; m < static_cast<int>(shares_.size()); ++m)
      for (const Slot slot : member(m).owned) {
        if (!member(m).subscribes(slot.topic)) {
          had_to_give_up = true;
          continue;
        }
        share(m).push_back(slot);
        owner_[slot] = m;
        beginning = false;
      }
    for (int m = 0; m < static_cast<int>(shares_.size()); ++m) order_.insert({load(m), m});
    Slots fresh;
    for (const Slot slot : all_)
      if (!owner_.contains(slot)) fresh.push_back(slot);
    for (const Slot slot : fresh) give_to_least_loaded(slot);

    const auto fixed = [&](Slot s) { return choices(s.topic) < 2; };
    std::erase_if(all_, fixed);
    std::erase_if(fresh, fixed);
    for (int m = 0; m < static_cast<int>(shares_.size()); ++m)
      if (!can_take_part(m)) order_.erase({load(m), m});

    const std::vector<Slots> before = shares_;
    const std::int64_t before_score = score();
    if (!had_to_give_up) improve(fresh);  // new partitions move first
    const bool moved = improve(all_);
    if (!beginning && moved && score() >= before_score) return before;
    return shares_;
  }

 private:
  const Member& member(int m) const { return problem_.members[static_cast<std::size_t>(m)]; }
  Slots& share(int m) { return shares_[static_cast<std::size_t>(m)]; }
  int load(int m) const { return static_cast<int>(shares_[static_cast<std::size_t>(m)].size()); }
  std::size_t choices(int topic) const { return subscribers_[static_cast<std::size_t>(topic)].size(); }

  /// For each partition, records the latest owner among the members of older generations.
  void remember_older_owners() {
    std::int32_t latest = -1;
    for (const Member& m : problem_.members) latest = std::max(latest, m.generation);
    for (int m = 0; m < static_cast<int>(shares_.size()); ++m) {
      if (member(m).generation >= latest) continue;
      for (const Slot slot : member(m).claimed) {
        const auto [it, first] = older_owner_.try_emplace(slot, m);
        if (!first && member(m).generation > member(it->second).generation) it->second = m;
      }
    }
  }

  int least_loaded(int topic) const {
    for (const auto& [load, m] : order_)
      if (member(m).subscribes(topic)) return m;
    return -1;
  }

  void give_to_least_loaded(Slot slot) {
    const int m = least_loaded(slot.topic);
    if (m < 0) return;
    order_.erase({load(m), m});
    share(m).push_back(slot);
    owner_[slot] = m;
    order_.insert({load(m), m});
  }

  std::int64_t most_possible(int m) const {
    std::int64_t sum = 0;
    for (const int t : member(m).topics) sum += problem_.partitions[static_cast<std::size_t>(t)];
    return sum;
  }

  bool can_take_part(int m) {
    if (load(m) < most_possible(m)) return true;
    return std::any_of(share(m).begin(), share(m).end(), [&](Slot s) { return choices(s.topic) >= 2; });
  }

  bool balanced() const {
    if (order_.begin()->first >= order_.rbegin()->first - 1) return true;
    for (const auto& [size, m] : order_) {
      if (size == most_possible(m)) continue;
      for (const int t : member(m).topics)
        for (std::int32_t p = 0; p < problem_.partitions[static_cast<std::size_t>(t)]; ++p)
          if (const int other = owner_.at({t, p}); other != m && size + 1 < load(other)) return false;
    }
    return true;
  }

  /// The sum of the differences in load between all pairs of members; 0: perfectly balanced.
  std::int64_t score() const {
    std::int64_t sum = 0;
    for (auto a = order_.begin(); a != order_.end(); ++a)
      for (auto b = std::next(a); b != order_.end(); ++b) sum += std::abs(a->first - b->first);
    return sum;
  }

  bool improve(const Slots& movable) {
    bool any = false;
    for (bool again = true; again;) {
      again = false;
      for (const Slot slot : movable) {
        if (balanced()) break;
        const int owner = owner_.at(slot);
        const auto lighter = [&](int m) { return load(owner) > load(m) + 1; };
        const auto older = older_owner_.find(slot);
        if (older != older_owner_.end() && member(older->second).subscribes(slot.topic) && lighter(older->second)) {
          reassign(slot, older->second);
        } else {
          const auto& subscribers = subscribers_[static_cast<std::size_t>(slot.topic)];
          if (std::none_of(subscribers.begin(), subscribers.end(), lighter)) continue;
          reassign(slot, least_loaded(slot.topic));
        }
        any = again = true;
      }
    }
    return any;
  }

  void reassign(Slot slot, int to) {
    slot = movements_.instead_of(slot, owner_.at(slot), to);
    const int from = owner_.at(slot);
    order_.erase({load(from), from});
    order_.erase({load(to), to});
    movements_.move(slot, from, to);
    std::erase(share(from), slot);
    share(to).push_back(slot);
    owner_[slot] = to;
    order_.insert({load(from), from});
    order_.insert({load(to), to});
  }

  const Problem& problem_;
  std::vector<std::vector<int>> subscribers_;  // subscribers of each topic
  std::vector<Slots> shares_;                  // partitions of each member
  std::map<Slot, int> owner_, older_owner_;
  Slots all_;                            // all partitions, those of topics with the fewest subscribers first
  std::set<std::pair<int, int>> order_;  // (load, member) of the members that can give or take partitions
  Movements movements_;
};

/// Partitions that are new to their member and belonged to another one. Claims of older generations also count, because
/// their members may still read the partitions.
std::map<Slot, int> changes_of_owner(const Problem& problem, const std::vector<Slots>& shares) {
  std::set<Slot> given_up;
  std::map<Slot, int> added;
  for (std::size_t m = 0; m < shares.size(); ++m) {
    const std::set<Slot> claimed(problem.members[m].claimed.begin(), problem.members[m].claimed.end());
    const std::set<Slot> share(shares[m].begin(), shares[m].end());
    for (const Slot s : share)
      if (!claimed.contains(s)) added[s] = static_cast<int>(m);
    for (const Slot s : claimed)
      if (!share.contains(s)) given_up.insert(s);
  }
  std::erase_if(added, [&](const auto& a) { return !given_up.contains(a.first); });
  return added;
}

Assignments assign_sticky(const std::vector<JoinGroupMember>& members, const AssignableTopics& topics,
                          bool cooperative) {
  Problem problem;
  std::map<protocol::TopicId, int> rank_by_id;
  std::map<std::string_view, int> rank_by_name;
  std::vector<protocol::TopicId> ids;
  std::set<std::string_view> wanted;
  for (const JoinGroupMember& m : members) wanted.insert(m.metadata.topics.begin(), m.metadata.topics.end());
  for (const auto& [name, topic] : topics) {
    if (!wanted.contains(name)) continue;  // (AbstractPartitionAssignor.assign)
    const int rank = static_cast<int>(ids.size());
    rank_by_name[name] = rank_by_id[topic.id] = rank;
    ids.push_back(topic.id);
    problem.partitions.push_back(topic.partitions);
  }
  std::map<std::string_view, const JoinGroupMember*> by_id;
  for (const JoinGroupMember& m : members) by_id[m.member_id] = &m;
  const auto subscription = [](const JoinGroupMember& m) {
    return std::set<std::string_view>(m.metadata.topics.begin(), m.metadata.topics.end());
  };
  for (const auto& [id, m] : by_id) {
    Member member;
    const std::set<std::string_view> names = subscription(*m);
    for (const std::string_view name : names)
      if (const auto rank = rank_by_name.find(name); rank != rank_by_name.end()) member.topics.push_back(rank->second);
    problem.same_subscriptions = problem.same_subscriptions && names == subscription(*by_id.begin()->second);
    // An eager member gave up all partitions before it joined, but its user data lists them.
    member.generation = cooperative ? m->metadata.generation : m->metadata.previous_generation;
    for (const auto& p : cooperative ? m->metadata.owned : m->metadata.previous)
      if (const auto rank = rank_by_id.find(p.topic);
          rank != rank_by_id.end() && p.partition < problem.partitions[static_cast<std::size_t>(rank->second)])
        member.claimed.push_back({rank->second, p.partition});
    problem.members.push_back(std::move(member));
  }
  if (!sim::mutant("sticky-forgets")) settle_claims(problem);

  Solution solution;
  if (problem.same_subscriptions) {
    solution = Quotas(problem).solve();
  } else {
    solution.shares = Balance(problem).solve();
    solution.changing_owner = changes_of_owner(problem, solution.shares);
  }
  // Cooperative: a partition that another member still owns is withheld until that member has revoked it and all
  // members join again.
  if (cooperative && !sim::mutant("cooperative-gives-at-once"))
    for (const auto& [slot, m] : solution.changing_owner)
      std::erase(solution.shares[static_cast<std::size_t>(m)], slot);

  Assignments out;
  auto share = solution.shares.begin();
  for (const auto& [id, m] : by_id) {
    protocol::MemberAssignment a{m->member_id, {}};
    for (const Slot s : *share) a.partitions.push_back({ids[static_cast<std::size_t>(s.topic)], s.partition});
    out.push_back(std::move(a));
    ++share;
  }
  return out;
}

}  // namespace

Assignments assign_sticky(const std::vector<JoinGroupMember>& members, const AssignableTopics& topics) {
  return assign_sticky(members, topics, false);
}
Assignments assign_cooperative_sticky(const std::vector<JoinGroupMember>& members, const AssignableTopics& topics) {
  return assign_sticky(members, topics, true);
}

}  // namespace kafkascope::client
