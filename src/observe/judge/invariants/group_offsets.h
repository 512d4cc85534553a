// No consumer gets a record above every leader's high watermark. A group's committed offset never exceeds the highest
// HW that any leader has exposed, and does not decrease by itself. No two members of one generation own the same
// partition, newly assigned or kept; in the consumer protocol no two members do at any time, whatever their epochs,
// unless the coordinator has removed one of them (KIP-848). The offset may decrease after a consumer's reset (its
// offset is out of range), and after a loss of committed records, perhaps the group's commits, that Kafka allows. A
// topic created again under a deleted one's name counts as the same topic for its readers.
#pragma once
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class GroupOffsets {
 public:
  static constexpr std::string_view kName = "group-offsets";
  static constexpr words::Key kWords = "invariant.group_offsets"_w;

  void set_group_of(std::int32_t node, std::string group, std::string instance = {}) {
    group_of_[node] = std::move(group);
    instance_of_[node] = std::move(instance);
  }
  /// The client uses the consumer protocol, with this client.id.
  void set_newer(std::int32_t node, std::string client_id) { newer_[node] = std::move(client_id); }
  /// A person moved the group's offsets (commit, seek, reset): the next ones may go backwards.
  void excuse(const std::string& group) { excused_[group] = true; }
  /// Committed records were lost (PromisedRecordSurvives): perhaps the group's commits, perhaps records it had read.
  void on_loss() {
    committed_.clear();
    for (auto& [node, owned] : owned_) owned.removed = true;  // the owners may no longer be known
  }
  /// The log of the groups' partition was lost: the coordinator knows none of its groups, and counts their generations from 1 again.
  void on_groups_lost(std::int32_t partition, std::int32_t partitions);
  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);

 private:
  protocol::PerPartition<std::int64_t> exposed_;  // highest HW
  std::map<std::pair<std::string, TopicPartition>, std::int64_t> committed_;
  std::set<std::pair<std::string, TopicPartition>> reset_;  // offsets that may go back once more
  std::map<std::string, bool> excused_;
  std::map<protocol::TopicId, std::string> names_;                      // also of deleted topics, which 2.5 forgets
  std::map<std::int32_t, std::string> group_of_, instance_of_, newer_;  // group.id, group.instance.id, client.id
  /// Empty if the topic was deleted before its name was needed.
  const std::string& name_of(protocol::TopicId topic, const WorldView& world);
  /// The topic itself, and those deleted before it under its name.
  std::vector<protocol::TopicId> namesakes(protocol::TopicId topic, const WorldView& world);
  /// Kafka's consumers identify topics by name (SubscriptionState; OffsetCommit by name, up to version 9): a position
  /// outlives its topic and is committed to the recreated one until a fetch finds it out of range. The node that
  /// reports a deletion may be dead when the deletion is committed, so the check does not wait for the report.
  /// Considers the namesakes in which the group has had a position or a commit.
  std::int64_t exposed_under_its_name(const std::string& group, TopicPartition tp, const WorldView& world);
  std::set<std::pair<std::string, TopicPartition>> used_;  // those that ever had a position or a commit
  /// The partitions that a member believes it owns, and since which generation; by its node.
  static constexpr std::int64_t kForgotten = -2;  // a generation from before the coordinator lost the group
  struct Owned {
    std::int64_t generation = -1;
    std::string member;    // as it last joined in the consumer protocol
    bool removed = false;  // by the coordinator, without a later join
    std::set<std::string> partitions;
  };
  /// The coordinator reports that the member, "client.id/member", has joined or left.
  void on_member(std::string_view group, std::string_view member, bool left);
  /// The partitions that the line's member has been assigned.
  void on_assigned(const sim::TraceLine& line, std::int32_t generation, const std::vector<std::string>& partitions,
                   const std::string& group, Violations& out);
  void on_given_up(std::int32_t node, const std::vector<std::string>& partitions);
  std::map<std::int32_t, Owned> owned_;
  std::set<std::tuple<std::string, std::int32_t, std::int32_t>> told_;  // reported cases: two owners of a partition, by
                                                                        // node
};

}  // namespace kafkascope::observe
