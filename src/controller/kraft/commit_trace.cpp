// Tells each decision when it is committed: before that it may still be undone.
#include "controller/kraft/access_control.h"
#include "controller/kraft/controller_node.h"

namespace kafkascope::controller {

using protocol::BrokerRegistration;
using protocol::kNoBroker;
using protocol::line;
using protocol::PartitionRegistration;
using protocol::Trace;

/// `record` is the next one to be applied to the committed image. The line's cause is what led to the decision, not the commit.
void ControllerNode::tell_commit(Ctx& ctx, Offset offset, const MetadataRecord& record) {
  while (!decisions_.empty() && decisions_.front().last < offset) decisions_.pop_front();
  if (decisions_.empty()) return;  // the LeaderChange
  Decision& decision = decisions_.front();
  const std::uint64_t here = ctx.cause();
  const auto tell = [&](sim::TraceLine l) {
    ctx.set_cause(decision.cause);
    ctx.trace(std::move(l));
    ctx.set_cause(here);
  };

  if (const auto* r = std::get_if<protocol::RegisterBrokerRecord>(&record)) {
    const BrokerRegistration* before = committed_.image.broker(r->broker_id);
    if (!before || before->epoch != r->broker_epoch)
      tell(line(Trace::BrokerRegistered, {}, r->broker_id, r->broker_epoch));
  } else if (const auto* change = std::get_if<protocol::BrokerRegistrationChangeRecord>(&record)) {
    const BrokerRegistration* before = committed_.image.broker(change->broker_id);
    if (!before) return;
    if (change->fenced > 0 && !before->fenced)
      tell(line(Trace::BrokerFenced, {}, change->broker_id, change->broker_epoch, 0, decision.reason));
    if (change->fenced < 0 && before->fenced)
      tell(line(Trace::BrokerUnfenced, {}, change->broker_id, change->broker_epoch));
    if (change->in_controlled_shutdown > 0 && !before->in_controlled_shutdown)
      tell(line(Trace::BrokerShutdownStarted, {}, change->broker_id, change->broker_epoch));
    if (!change->log_dirs.empty())
      tell(line(Trace::BrokerDirsOffline, {}, change->broker_id, change->broker_epoch,
                static_cast<std::int64_t>(change->log_dirs.size())));
  } else if (const auto* topic = std::get_if<protocol::TopicRecord>(&record)) {
    // Its partitions follow in the same batch.
    decision.created = topic->topic_id;
    int partitions = 0, replication_factor = 0;
    for (Offset o = offset + 1; o <= decision.last; o = o + 1) {
      const auto* p = std::get_if<protocol::PartitionRecord>(&raft_.entry(o).record);
      if (!p || p->partition.topic != topic->topic_id) continue;
      ++partitions;
      replication_factor = p->replicas.size();
    }
    tell(line(Trace::TopicCreated, {topic->topic_id, -1}, partitions, replication_factor, 0, topic->name));
  } else if (const auto* removed = std::get_if<protocol::RemoveTopicRecord>(&record)) {
    const protocol::TopicImage* gone = committed_.image.topic(removed->topic_id);
    if (gone)
      tell(line(Trace::TopicDeleted, {removed->topic_id, -1}, static_cast<std::int64_t>(gone->partitions.size()), 0, 0,
                gone->name));
  } else if (const auto* added = std::get_if<protocol::PartitionRecord>(&record)) {
    if (added->partition.topic != decision.created)
      tell(line(Trace::PartitionAdded, added->partition, added->leader, added->leader_epoch.value, 0,
                added->isr.text()));
  } else if (const auto* config = std::get_if<protocol::ConfigRecord>(&record)) {
    const protocol::TopicImage* created = committed_.image.topic(decision.created);
    if (created && config->resource == "topic:" + created->name) return;
    tell(
        line(Trace::ConfigChanged, {}, 0, 0, 0,
             config->resource + " " + config->name + (config->deleted ? " back to its default" : "=" + config->value)));
  } else if (const auto* acl = std::get_if<protocol::AccessControlEntryRecord>(&record)) {
    tell(line(Trace::AclChanged, {}, 0, 0, 0, acl->entry.text()));
  } else if (const auto* revoked = std::get_if<protocol::RemoveAccessControlEntryRecord>(&record)) {
    const auto& acls = committed_.image.acls();
    if (const auto it = acls.find(revoked->id); it != acls.end())
      tell(line(Trace::AclChanged, {}, 1, 0, 0, it->second.text()));
  } else if (const auto* quota = std::get_if<protocol::ClientQuotaRecord>(&record)) {
    tell(line(Trace::QuotaChanged, {}, 0, 0, 0,
              quota->entity + " " + quota->key +
                  (quota->remove ? " back to its default" : "=" + limit_text(quota->value_ppm))));
  } else if (const auto* feature = std::get_if<protocol::FeatureLevelRecord>(&record)) {
    tell(line(Trace::FeatureChanged, {}, feature->level, 0, 0, feature->name));
  } else if (const auto* gone = std::get_if<protocol::UnregisterBrokerRecord>(&record)) {
    tell(line(Trace::BrokerUnregistered, {}, gone->broker_id, gone->broker_epoch));
  } else if (const auto* p = std::get_if<protocol::PartitionChangeRecord>(&record)) {
    const PartitionRegistration* before = committed_.image.partition(p->partition);
    if (!before) return;
    const PartitionRegistration after = merge(*before, *p);
    if (p->has_leader)
      tell(line(Trace::LeaderElected, p->partition, after.leader, after.leader_epoch.value, before->leader,
                after.isr.text()));
    if (!(after.adding == before->adding) || !(after.removing == before->removing))
      tell(line(Trace::ReassignmentChanged, p->partition, after.partition_epoch, after.adding.size(),
                after.removing.size(), before->replicas.text() + " -> " + after.replicas.text()));
    if (!(after.isr == before->isr))
      tell(line(Trace::IsrChanged, p->partition, after.partition_epoch, 0, 0, after.isr.text()));
  }
}

}  // namespace kafkascope::controller
