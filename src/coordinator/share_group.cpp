#include "coordinator/share_group.h"

#include <algorithm>

namespace kafkascope::coordinator {

std::string_view name(ShareGroupState state) {
  switch (state) {
    case ShareGroupState::Empty: return "Empty";
    case ShareGroupState::Stable: return "Stable";
    case ShareGroupState::Dead: return "Dead";
  }
  return "?";
}

bool ShareGroup::homogeneous() const {
  return std::all_of(members().begin(), members().end(), [&](const auto& m) {
    return m.second.subscribed_topic_names == members().begin()->second.subscribed_topic_names;
  });
}

ShareGroupStatePartitionMetadataValue ShareGroup::state_partitions() const {
  return {{initializing_.begin(), initializing_.end()},
          {initialized_.begin(), initialized_.end()},
          {deleting_.begin(), deleting_.end()}};
}

void ShareGroup::set_state_partitions(const ShareGroupStatePartitionMetadataValue& all) {
  initializing_ = {all.initializing.begin(), all.initializing.end()};
  initialized_ = {all.initialized.begin(), all.initialized.end()};
  deleting_ = {all.deleting.begin(), all.deleting.end()};
}

}  // namespace kafkascope::coordinator
