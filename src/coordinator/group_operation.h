// One operation on the groups of a partition: a request, a timer that has fired, or records that are committed or have
// failed. GroupCoordinator makes it, and passes it to the class that knows the kind of group (ClassicGroups ...). It
// gives these classes what they need of the coordinator: the partition's shard, the host, the configuration, timers,
// and the writing of records. It lasts for one call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/group_store.h"

namespace kafkascope::coordinator {

class GroupOperation {
 public:
  using Shard = GroupCoordinatorShard;
  using Records = std::vector<CoordinatorRecord>;

  GroupOperation(GroupStore& store, Host& host, Shard& shard) : store_(store), host_(host), shard_(shard) {}
  GroupOperation(const GroupOperation&) = delete;
  GroupOperation& operator=(const GroupOperation&) = delete;

  Host& host() { return host_; }
  Shard& shard() { return shard_; }
  Ctx& ctx() { return host_.ctx(); }
  const protocol::MetadataImage& metadata() { return host_.metadata(); }
  const GroupCoordinatorConfig& config() const { return store_.config_; }
  GroupStore::Counters& counters() { return store_.counters_; }
  /// Whether this broker still coordinates the partition: while it resigns, nothing can be written.
  bool active() const { return store_.state(shard_.partition) == CoordinatorState::Active; }
  void reply(RequestHandle request, protocol::Body body) { host_.reply(request, std::move(body)); }

  // ---- lookup; nullptr: no such group

  ClassicGroup* classic_group(std::string_view id);
  ConsumerGroup* consumer_group(std::string_view id);
  ShareGroup* share_group(std::string_view id);
  /// The committed state of the group.
  const ConsumerGroup* committed_consumer_group(const std::string& id) const;
  const ShareGroup* committed_share_group(const std::string& id) const;
  /// A new classic group, without members.
  ClassicGroup& create_classic_group(const std::string& id);
  /// The group's own value of the setting, or the broker's.
  std::int64_t group_setting(const std::string& group, const std::string& key, std::int64_t otherwise);
  /// See GroupStore::count_if_due.
  void count_if_due() { store_.count_if_due(host_.ctx().now()); }

  // ---- timers of a group, or of one of its members

  /// Starts or restarts the timer.
  void schedule(TimerKind kind, const std::string& group, const std::string& member, std::int64_t in_ms,
                sim::Duration retry_backoff = {}) {
    store_.timers().schedule(host_.ctx(), key(kind, group, member), sim::milliseconds(in_ms), retry_backoff);
  }
  void cancel(TimerKind kind, const std::string& group, const std::string& member = {}) {
    store_.timers().cancel(host_.ctx(), key(kind, group, member));
  }
  bool runs(TimerKind kind, const std::string& group, const std::string& member) const {
    return store_.timers().find(key(kind, group, member)) != nullptr;
  }

  // ---- records

  /// Applies a newer group's record, and adds it to records().
  template <class OfGroup>
  void apply(OfGroup record);
  /// The records that the operation has applied and not written yet.
  Records& records() { return records_; }
  /// Gathers records(); `event`, if there is one, is completed when they are committed. Without records, it is
  /// completed when the last pending records are.
  void write(std::optional<GroupEvent> event) { write(std::exchange(records_, {}), std::move(event)); }
  /// The same for `records`, which the operation has applied already.
  void write(Records records, std::optional<GroupEvent> event);
  /// In 2.5 the response does not wait for other writes.
  void reply_after_writes(Answer answer) {
    if (config().v4) write(Records{}, std::move(answer));
    else coordinator::reply(host_, std::move(answer), protocol::ErrorCode::NONE);
  }
  /// Calls f(const GroupDelta&) for every batch that is not committed, oldest first.
  template <class F>
  void for_each_uncommitted(F&& f) const {
    store_.for_each_uncommitted(shard_, std::forward<F>(f));
  }
  /// Appends these records, which have been applied, or a marker, in a separate batch.
  void append_in_transaction(const TransactionalBatch& of, const Records& records, GroupDelta delta, GroupEvent event) {
    store_.append_in_transaction(host_, shard_, of, records, std::move(delta), std::move(event));
  }
  /// Ends the open batch.
  void flush() { store_.flush_now(host_, shard_.partition); }
  /// Notes groups whose tombstones are in the open batch.
  void note_deleted(std::vector<ClassicGroup> deleted);

 private:
  TimerKey key(TimerKind kind, const std::string& group, const std::string& member) const {
    return {kind, shard_.partition, group, member, 0};
  }

  GroupStore& store_;
  Host& host_;
  Shard& shard_;
  Records records_;
};

/// The open batch keeps the group as it was, in case the batch cannot be appended.
template <class OfGroup>
void GroupOperation::apply(OfGroup record) {
  using Group = typename OfGroup::Key::Group;
  const auto& groups = shard_.template groups_of<Group>();
  GroupDelta& changed = store_.delta(host_, shard_);
  const std::string& id = record.group;
  if (auto& undo = changed.undo<Group>(); !undo.keeps(id)) {
    const auto group = groups.find(id);
    const bool was = group != groups.end() && (group->second.group_epoch() > 0 || !group->second.empty());
    undo.keep(id, was ? std::optional<Group>(group->second) : std::nullopt);
  }
  shard_.replay(host_.ctx(), records_.emplace_back(std::move(record)), &changed);
}

}  // namespace kafkascope::coordinator
