// What a coordinator gives an assignor of the newer protocol. Kafka: TargetAssignmentBuilder (4.1).
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include "coordinator/server_assignor.h"
#include "protocol/metadata_image.h"

namespace kafkascope::coordinator {

/// The group's members, subscriptions and targets, and the partitions of their topics, for an assignor.
template <class Group>
AssignorSpec assignor_spec(const Group& group, const protocol::MetadataImage& image) {
  AssignorSpec spec;
  spec.homogeneous = group.homogeneous();
  for (const auto& [member_id, m] : group.members()) {
    AssignorSpec::Member& one = spec.members[member_id];
    if constexpr (requires { &Group::Member::instance_id; }) one.instance_id = m.instance_id;
    one.target = group.target(member_id);
    for (const std::string& topic : group.topics_of(m)) {
      const protocol::TopicImage* t = image.topic(image.topic_id(topic));
      if (t == nullptr) continue;  // the topic may be created later
      one.topics.push_back(t->id);
      spec.partition_counts[t->id] = static_cast<std::int32_t>(t->partitions.size());
    }
    std::sort(one.topics.begin(), one.topics.end());
  }
  return spec;
}

}  // namespace kafkascope::coordinator
