// Sentences for controllers' decisions.
#include "observe/words/words_parts.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

namespace {

struct ClusterWords : Told {
  Words operator()(const fact::BrokerRegistered& f) const {
    return both("event.broker.registered"_w, {{"broker", broker_word(f.broker)}, {"epoch", f.epoch}});
  }
  Words operator()(const fact::BrokerFenced& f) const {
    const std::string ms = names.server_setting("broker.session.timeout.ms");
    return both("event.broker.fenced"_w,
                {{"broker", broker_word(f.broker)}, {"why", reason_words(f.reason, {{"ms", ms}})}});
  }
  Words operator()(const fact::BrokerUnfenced& f) const {
    return both("event.broker.unfenced"_w, {{"broker", broker_word(f.broker)}});
  }
  Words operator()(const fact::BrokerShutdownStarted& f) const {
    return both("event.broker.shutdown"_w, {{"broker", broker_word(f.broker)}});
  }
  Words operator()(const fact::BrokerUnregistered& f) const {
    return both("event.broker.unregistered"_w, {{"broker", broker_word(f.broker)}});
  }
  Words operator()(const fact::BrokerDirsOffline& f) const {
    return both("event.broker.dirs"_w, {{"broker", broker_word(f.broker)}, {"left", f.left}});
  }
  Words operator()(const fact::TopicCreated& f) const {
    return both("event.topic.created"_w, {{"topic", f.topic.view()}});
  }
  Words operator()(const fact::TopicDeleted& f) const {
    return both("event.topic.deleted"_w, {{"topic", f.topic.view()}});
  }
  Words operator()(const fact::PartitionAdded& f) const {
    return both("event.partition.added"_w, {{"partition", p}, {"leader", broker_word(f.leader)}});
  }
  Words operator()(const fact::ConfigChanged& f) const {
    return f.removed ? both("event.config.removed"_w, {{"resource", f.resource.view()}, {"key", f.key.view()}})
                     : both("event.config.changed"_w,
                            {{"resource", f.resource.view()}, {"key", f.key.view()}, {"value", f.value.view()}});
  }
  Words operator()(const fact::ReassignmentChanged& f) const {
    return f.adding + f.removing == 0
               ? both("event.reassignment.done"_w, {{"partition", p}, {"state", f.state.text.view()}})
               : both("event.reassignment.moving"_w, {{"partition", p}, {"state", f.state.text.view()}});
  }
  Words operator()(const fact::LeaderElected& f) const {
    if (f.leader < 0) return both("event.leader.none"_w, {{"partition", p}});
    return both("event.leader.elected"_w, {{"leader", broker_word(f.leader)},
                                           {"partition", p},
                                           {"epoch", f.leader_epoch.value},
                                           {"isr", f.isr.text.view()}});
  }
  Words operator()(const fact::IsrChanged& f) const {
    return both("event.isr.committed"_w, {{"partition", p}, {"isr", f.isr.text.view()}});
  }
  Words operator()(const fact::AclChanged& f) const {
    return f.removed ? both("event.acl.removed"_w, {{"entry", f.entry.view()}})
                     : both("event.acl.added"_w, {{"entry", f.entry.view()}});
  }
  Words operator()(const fact::QuotaChanged& f) const {
    return f.removed ? both("event.quota.removed"_w, {{"entity", f.entity.view()}, {"key", f.key.view()}})
                     : both("event.quota.changed"_w,
                            {{"entity", f.entity.view()}, {"key", f.key.view()}, {"value", f.value.view()}});
  }
  Words operator()(const fact::FeatureChanged& f) const {
    return both("event.feature.changed"_w, {{"feature", f.feature.view()}, {"level", f.level}});
  }
};

}  // namespace

std::optional<Words> words_of_cluster(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfCluster>(line, ClusterWords{told});
}

}  // namespace kafkascope::observe
