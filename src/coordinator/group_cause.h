// Why a group's state or epoch has changed.
#pragma once
#include <cstdint>
#include <string>

#include "protocol/reasons.h"

namespace kafkascope::coordinator {

struct GroupCause {
  fact::GroupReason reason{};
  std::string member = {};    // whom it is about; of a static one the group.instance.id
  std::string said = {};      // the client's own words (KIP-800)
  std::int32_t argument = 0;  // how many members; of AssignmentNotStored the error code
  bool member_left = false;   // the member has left, for that reason
  friend bool operator==(const GroupCause&, const GroupCause&) = default;

  /// That the member has left for this reason.
  GroupCause of_leaving(std::string who) const {
    GroupCause left = *this;
    left.member = std::move(who);
    left.member_left = true;
    return left;
  }
};

}  // namespace kafkascope::coordinator
