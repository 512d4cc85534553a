// Hand-made metadata images for tests of the controller's decisions: brokers and topics.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "controller/kraft/control_state.h"
#include "controller/kraft/replication_control.h"
#include "protocol/config.h"

namespace kafkascope::controller {

struct Cluster {
  ControlState state;
  protocol::Config config{protocol::config_scope::kServer};

  /// Brokers 1 … n are registered and unfenced, without racks; ELR is enabled as given.
  explicit Cluster(int brokers, bool elr = true) {
    apply(protocol::FeatureLevelRecord{"metadata.version", 27});
    if (elr) apply(protocol::FeatureLevelRecord{"eligible.leader.replicas.version", 1});
    for (BrokerId id = 1; id <= brokers; ++id) {
      apply(protocol::RegisterBrokerRecord{id, 100 + id, state.last_offset().value + 1, id, "", true, false});
      unfence(id);
    }
  }
  const protocol::MetadataImage& image() const { return state.image; }
  ReplicationControl replication() const { return {state.image, config}; }
  BrokerEpoch epoch(BrokerId id) const { return image().broker(id)->epoch; }
  const PartitionRegistration& partition(TopicPartition p) const { return *image().partition(p); }

  void apply(const protocol::MetadataRecord& record) {
    state.apply(state.last_offset() + 1, protocol::LeaderEpoch{1}, record);
  }
  void apply(const Records& records) {
    for (const auto& r : records) apply(r);
  }
  void fence(BrokerId id) { apply(protocol::BrokerRegistrationChangeRecord{id, epoch(id), 1, 0}); }
  void unfence(BrokerId id) { apply(protocol::BrokerRegistrationChangeRecord{id, epoch(id), -1, 0}); }
  void start_shutdown(BrokerId id) { apply(protocol::BrokerRegistrationChangeRecord{id, epoch(id), 0, 1}); }
  void set(const std::string& resource, const std::string& key, const std::string& value) {
    apply(protocol::ConfigRecord{resource, key, value, false});
  }
  /// One partition per list of replicas, each with a full ISR; the first replica leads.
  protocol::TopicId topic(const std::string& name, std::initializer_list<IdList> replicas, int min_isr = 1) {
    const protocol::TopicId id = image().next_topic_id();
    apply(protocol::TopicRecord{name, id});
    set("topic:" + name, "min.insync.replicas", std::to_string(min_isr));
    std::int32_t index = 0;
    for (const IdList& list : replicas) {
      protocol::PartitionRecord r;
      r.partition = {id, index++};
      r.replicas = r.isr = list;
      r.leader = list[0];
      apply(r);
    }
    return id;
  }
  void put(TopicPartition p, const PartitionRegistration& r) {
    apply(protocol::PartitionRecord{p, r.replicas, r.isr, r.adding, r.removing, r.elr, r.last_known_elr, r.leader,
                                    r.recovery_state, r.leader_epoch, r.partition_epoch});
  }
  void set_isr(TopicPartition p, IdList isr) {
    PartitionRegistration r = partition(p);
    r.isr = std::move(isr);
    put(p, r);
  }
};

template <class Record>
std::vector<Record> only(const Records& records) {
  std::vector<Record> out;
  for (const auto& r : records)
    if (const auto* one = std::get_if<Record>(&r)) out.push_back(*one);
  return out;
}

}  // namespace kafkascope::controller
