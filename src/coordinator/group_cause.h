// The reason why a group's state or epoch has changed.
#pragma once
#include <cstdint>
#include <string>

#include "protocol/reasons.h"

namespace kafkascope::coordinator {

struct GroupCause {
  fact::GroupReason reason{};
  std::string member = {};    // the member concerned; for a static member its group.instance.id
  std::string said = {};      // the reason that the client gave (KIP-800)
  std::int32_t argument = 0;  // the number of members; for AssignmentNotStored the error code
  bool member_left = false;   // the member has left for that reason
  friend bool operator==(const GroupCause&, const GroupCause&) = default;

  /// The same reason as the cause for which member `who` leaves.
  GroupCause of_leaving(std::string who) const {
    GroupCause left = *this;
    left.member = std::move(who);
    left.member_left = true;
    return left;
  }
};

}  // namespace kafkascope::coordinator
