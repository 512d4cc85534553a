// The sticky assignors of Kafka 2.5.1 if all members subscribe to the same topics: each member keeps its partitions up
// to its quota, in the order in which it lists them. Kafka: AbstractStickyAssignor.constrainedAssign (2.5.1). Two
// members that claim the same partition both keep it, because cooperative members do not send generations before
// KIP-792.
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "client/assignors.h"
#include "client/java_order.h"

namespace kafkascope::client {

using protocol::JoinGroupMember;

namespace {

using Partition = std::pair<std::string_view, std::int32_t>;  // by topic name

struct Subscriber {
  std::string_view id;
  std::vector<Partition> owned, share;
};

class Constrained {
 public:
  explicit Constrained(std::vector<Subscriber> members) : members_(std::move(members)) {}

  std::vector<Subscriber> solve(std::set<Partition> partitions, bool cooperative) {
    free_ = std::move(partitions);
    least_ = free_.size() / members_.size();
    most_ = (free_.size() + members_.size() - 1) / members_.size();
    for (Subscriber& m : members_) keep_owned(m);
    std::sort(unfilled_.begin(), unfilled_.end(),
              [](const Subscriber* a, const Subscriber* b) { return a->id < b->id; });
    fill_in_turn();
    take_from_the_full();
    while (!free_.empty() && !at_least_.empty()) {
      give(*at_least_.front());
      at_least_.pop_front();
    }
    if (cooperative)
      for (const auto& [p, to] : changing_owner_) std::erase(to->share, p);
    return std::move(members_);
  }

 private:
  void keep_owned(Subscriber& m) {
    for (std::size_t i = 0; i < m.owned.size(); ++i) {
      if (i >= most_) {
        revoked_.insert(m.owned[i]);
        continue;
      }
      m.share.push_back(m.owned[i]);
      free_.erase(m.owned[i]);
    }
    if (m.owned.size() < least_) {
      unfilled_.push_back(&m);
      return;
    }
    if (m.share.size() == least_) at_least_.push_back(&m);
    if (m.share.size() == most_) at_most_.push_back(&m);
  }

  void give(Subscriber& m) {
    const Partition p = *free_.begin();
    free_.erase(free_.begin());
    m.share.push_back(p);
    if (revoked_.contains(p)) changing_owner_[p] = &m;
  }

  void fill_in_turn() {
    while (!unfilled_.empty() && !free_.empty())
      for (std::size_t i = 0; i < unfilled_.size() && !free_.empty();) {
        Subscriber& m = *unfilled_[i];
        give(m);
        if (m.share.size() < least_) {
          ++i;
          continue;
        }
        at_least_.push_back(&m);
        unfilled_.erase(unfilled_.begin() + static_cast<std::ptrdiff_t>(i));
      }
  }

  /// No partitions are left to deal out: the first members at the upper quota give up partitions.
  void take_from_the_full() {
    for (Subscriber* m : unfilled_) {
      while (m->share.size() < least_ && !at_most_.empty()) {
        Subscriber& full = *at_most_.front();
        at_most_.pop_front();
        const Partition p = full.share.front();
        full.share.erase(full.share.begin());
        m->share.push_back(p);
        changing_owner_[p] = m;
      }
      at_least_.push_back(m);
    }
  }

  std::vector<Subscriber> members_;
  std::size_t least_ = 0, most_ = 0;
  std::set<Partition> free_, revoked_;
  std::vector<Subscriber*> unfilled_;
  std::deque<Subscriber*> at_least_, at_most_;
  std::map<Partition, Subscriber*> changing_owner_;
};

}  // namespace

Assignments assign_constrained_2_5(const std::vector<JoinGroupMember>& joined, const AssignableTopics& topics,
                                   bool cooperative) {
  std::set<Partition> partitions;
  std::map<protocol::TopicId, std::string_view> names;
  for (const auto& [name, topic] : topics) {
    names[topic.id] = name;
    for (std::int32_t p = 0; p < topic.partitions; ++p) partitions.emplace(name, p);
  }
  std::vector<const JoinGroupMember*> order;
  for (const JoinGroupMember& m : joined) order.push_back(&m);
  sort_as_java(order, kJavaDefaultCapacity, [](const JoinGroupMember* m) { return java_hash(m->member_id); });
  std::int32_t latest = -1;
  for (const JoinGroupMember* m : order) latest = std::max(latest, m->metadata.previous_generation);
  std::vector<Subscriber> members;
  for (const JoinGroupMember* m : order) {
    Subscriber& member = members.emplace_back();
    member.id = m->member_id;
    if (!cooperative && m->metadata.previous_generation < latest) continue;
    for (const protocol::TopicPartition p : cooperative ? m->metadata.owned : m->metadata.previous)
      if (const auto name = names.find(p.topic); name != names.end())
        member.owned.emplace_back(name->second, p.partition);
  }
  Assignments out;
  for (const Subscriber& m : Constrained(std::move(members)).solve(std::move(partitions), cooperative)) {
    protocol::MemberAssignment& a = out.emplace_back();
    a.member_id = m.id;
    for (const Partition& p : m.share) a.partitions.push_back({topics.find(p.first)->second.id, p.second});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.member_id < b.member_id; });
  return out;
}

}  // namespace kafkascope::client
