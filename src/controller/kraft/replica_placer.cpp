#include "controller/kraft/replica_placer.h"

#include <algorithm>
#include <map>
#include <utility>

namespace kafkascope::controller {

using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::IdList;
using protocol::kNoBroker;

namespace {

/// java.util.Collections.shuffle.
template <class T>
void shuffle(std::vector<T>& list, sim::Random& random) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random.below(i)]);
}

/// The brokers of one rack that are all fenced or all unfenced. An epoch of the iteration is one partition: each broker
/// is used at most once per epoch.
class BrokerList {
 public:
  void add(BrokerId id) { brokers_.push_back(id); }
  void initialize(sim::Random& random) {
    if (brokers_.empty()) return;
    std::sort(brokers_.begin(), brokers_.end());
    offset_ = static_cast<std::size_t>(random.below(brokers_.size()));
  }
  void shuffle_brokers(sim::Random& random) { shuffle(brokers_, random); }
  /// The next broker; kNoBroker if no broker is left in this epoch.
  BrokerId next(int epoch) {
    if (brokers_.empty()) return kNoBroker;
    if (epoch_ != epoch) {
      epoch_ = epoch;
      index_ = 0;
      offset_ = (offset_ + 1) % brokers_.size();
    }
    if (index_ >= brokers_.size()) return kNoBroker;
    return brokers_[(index_++ + offset_) % brokers_.size()];
  }

 private:
  std::vector<BrokerId> brokers_;
  std::size_t index_ = 0, offset_ = 0;
  int epoch_ = 0;
};

struct Rack {
  BrokerList fenced, unfenced;
  BrokerId next(int epoch) {
    const BrokerId id = unfenced.next(epoch);
    return id >= 0 ? id : fenced.next(epoch);
  }
};

class RackList {
 public:
  RackList(const std::vector<UsableBroker>& brokers, sim::Random& random) : random_(random) {
    std::map<std::string, Rack> by_name;
    for (const UsableBroker& b : brokers) {
      Rack& rack = by_name[b.rack];
      (b.fenced ? rack.fenced : rack.unfenced).add(b.id);
      if (!b.fenced) ++unfenced_;
    }
    for (auto& [name, rack] : by_name) {
      rack.fenced.initialize(random);
      rack.unfenced.initialize(random);
      racks_.push_back(std::move(rack));
    }
    offset_ = racks_.empty() ? 0 : static_cast<std::size_t>(random.below(racks_.size()));
  }

  int unfenced() const { return unfenced_; }

  IdList place(int replication_factor) {
    // After as many partitions as there are unfenced brokers, the same replica lists would repeat.
    if (epoch_ == unfenced_ && unfenced_ > 1) {
      shuffle(racks_, random_);
      for (Rack& rack : racks_) {
        rack.fenced.shuffle_brokers(random_);
        rack.unfenced.shuffle_brokers(random_);
      }
      epoch_ = 0;
    }
    if (offset_ == racks_.size()) offset_ = 0;
    IdList out;
    std::size_t leader_rack = offset_;
    for (;;) {  // terminates because there is an unfenced broker
      const BrokerId id = racks_[leader_rack].unfenced.next(epoch_);
      if (id >= 0) {
        out.push_back(id);
        break;
      }
      leader_rack = (leader_rack + 1) % racks_.size();
    }
    bool leader_rack_skipped = false;
    std::size_t rack = offset_;
    while (out.size() < replication_factor) {
      BrokerId id = kNoBroker;
      do {
        if (!leader_rack_skipped && rack == leader_rack) {
          leader_rack_skipped = true;  // the rack has already provided the leader in this turn
        } else {
          id = racks_[rack].next(epoch_);
        }
        rack = (rack + 1) % racks_.size();
      } while (id < 0);
      out.push_back(id);
    }
    ++epoch_;
    ++offset_;
    return out;
  }

 private:
  sim::Random& random_;
  std::vector<Rack> racks_;  // sorted by name at first, with "" before all others
  int unfenced_ = 0;
  int epoch_ = 0;
  std::size_t offset_ = 0;
};

Placement refused(std::string message) { return {ErrorCode::INVALID_REPLICATION_FACTOR, std::move(message), {}}; }

}  // namespace

Placement place_replicas(const std::vector<UsableBroker>& brokers, int partitions, int replication_factor,
                         sim::Random& random) {
  if (replication_factor <= 0)
    return refused("Invalid replication factor " + std::to_string(replication_factor) +
                   ": the replication factor must be positive.");
  RackList racks(brokers, random);
  if (racks.unfenced() == 0) return refused("All brokers are currently fenced.");
  if (replication_factor > static_cast<int>(brokers.size()))
    return refused("The target replication factor of " + std::to_string(replication_factor) +
                   " cannot be reached because only " + std::to_string(brokers.size()) + " broker(s) are registered.");
  if (replication_factor > IdList::kMax)
    return refused("The simulator keeps at most " + std::to_string(IdList::kMax) + " replicas of a partition.");
  Placement out;
  out.partitions.reserve(static_cast<std::size_t>(partitions));
  for (int p = 0; p < partitions; ++p) out.partitions.push_back(racks.place(replication_factor));
  return out;
}

}  // namespace kafkascope::controller
