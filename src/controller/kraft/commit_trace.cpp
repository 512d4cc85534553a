// Emits the facts of each decision when the decision is committed, because an uncommitted decision can be undone.
#include "controller/kraft/access_control.h"
#include "controller/kraft/controller_node.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::controller {

using protocol::BrokerRegistration;
using protocol::kNoBroker;
using protocol::PartitionRegistration;

/// `record` is about to be applied to the committed image. The cause of its trace line is the line that led to the
/// decision, not the commit.
void ControllerNode::tell_commit(Ctx& ctx, Offset offset, const MetadataRecord& record) {
  while (!decisions_.empty() && decisions_.front().last < offset) decisions_.pop_front();
  if (decisions_.empty()) return;  // the record is the LeaderChange, which no decision wrote
  Decision& decision = decisions_.front();
  const std::uint64_t here = ctx.cause();
  const auto tell = [&](auto fact) {
    ctx.set_cause(decision.cause);
    ctx.trace(std::move(fact));
    ctx.set_cause(here);
  };

  if (const auto* r = std::get_if<protocol::RegisterBrokerRecord>(&record)) {
    const BrokerRegistration* before = committed_.image.broker(r->broker_id);
    if (!before || before->epoch != r->broker_epoch) tell(fact::BrokerRegistered{r->broker_id, r->broker_epoch});
  } else if (const auto* change = std::get_if<protocol::BrokerRegistrationChangeRecord>(&record)) {
    const BrokerRegistration* before = committed_.image.broker(change->broker_id);
    if (!before) return;
    if (change->fenced > 0 && !before->fenced)
      tell(fact::BrokerFenced{change->broker_id, change->broker_epoch, decision.reason});
    if (change->fenced < 0 && before->fenced) tell(fact::BrokerUnfenced{change->broker_id, change->broker_epoch});
    if (change->in_controlled_shutdown > 0 && !before->in_controlled_shutdown)
      tell(fact::BrokerShutdownStarted{change->broker_id, change->broker_epoch});
    if (!change->log_dirs.empty())
      tell(fact::BrokerDirsOffline{change->broker_id, change->broker_epoch,
                                   static_cast<std::int32_t>(change->log_dirs.size())});
  } else if (const auto* topic = std::get_if<protocol::TopicRecord>(&record)) {
    // The topic's partitions follow in the same batch.
    decision.created = topic->topic_id;
    int partitions = 0, replication_factor = 0;
    for (Offset o = offset + 1; o <= decision.last; o = o + 1) {
      const auto* p = std::get_if<protocol::PartitionRecord>(&raft_.log().entry(o).record);
      if (!p || p->partition.topic != topic->topic_id) continue;
      ++partitions;
      replication_factor = p->replicas.size();
    }
    tell(fact::TopicCreated{.partition = {topic->topic_id, -1},
                            .partitions = partitions,
                            .replication_factor = replication_factor,
                            .topic = topic->name});
  } else if (const auto* removed = std::get_if<protocol::RemoveTopicRecord>(&record)) {
    const protocol::TopicImage* gone = committed_.image.topic(removed->topic_id);
    if (gone)
      tell(fact::TopicDeleted{{removed->topic_id, -1}, static_cast<std::int32_t>(gone->partitions.size()), gone->name});
  } else if (const auto* added = std::get_if<protocol::PartitionRecord>(&record)) {
    if (added->partition.topic != decision.created)
      tell(fact::PartitionAdded{added->partition, added->leader, added->leader_epoch, added->isr});
  } else if (const auto* config = std::get_if<protocol::ConfigRecord>(&record)) {
    const protocol::TopicImage* created = committed_.image.topic(decision.created);
    if (created && config->resource == "topic:" + created->name) return;
    tell(fact::ConfigChanged{config->deleted, config->resource, config->name, config->value});
  } else if (const auto* acl = std::get_if<protocol::AccessControlEntryRecord>(&record)) {
    tell(fact::AclChanged{.removed = false, .entry = acl->entry.text()});
  } else if (const auto* revoked = std::get_if<protocol::RemoveAccessControlEntryRecord>(&record)) {
    const auto& acls = committed_.image.acls();
    if (const auto it = acls.find(revoked->id); it != acls.end())
      tell(fact::AclChanged{.removed = true, .entry = it->second.text()});
  } else if (const auto* quota = std::get_if<protocol::ClientQuotaRecord>(&record)) {
    tell(fact::QuotaChanged{quota->remove, quota->entity, quota->key,
                            quota->remove ? std::string() : limit_text(quota->value_ppm)});
  } else if (const auto* feature = std::get_if<protocol::FeatureLevelRecord>(&record)) {
    tell(fact::FeatureChanged{feature->level, feature->name});
  } else if (const auto* gone = std::get_if<protocol::UnregisterBrokerRecord>(&record)) {
    tell(fact::BrokerUnregistered{gone->broker_id, gone->broker_epoch});
  } else if (const auto* p = std::get_if<protocol::PartitionChangeRecord>(&record)) {
    const PartitionRegistration* before = committed_.image.partition(p->partition);
    if (!before) return;
    const PartitionRegistration after = merge(*before, *p);
    if (p->has_leader)
      tell(fact::LeaderElected{.partition = p->partition,
                               .leader = after.leader,
                               .leader_epoch = after.leader_epoch,
                               .previous = before->leader,
                               .isr = after.isr});
    if (!(after.adding == before->adding) || !(after.removing == before->removing))
      tell(fact::ReassignmentChanged{.partition = p->partition,
                                     .partition_epoch = after.partition_epoch,
                                     .adding = after.adding.size(),
                                     .removing = after.removing.size(),
                                     .state = {before->replicas, after.replicas}});
    if (!(after.isr == before->isr)) tell(fact::IsrChanged{p->partition, after.partition_epoch, after.isr});
  }
}

}  // namespace kafkascope::controller
