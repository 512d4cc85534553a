// The time-outs that end a membership, with their values: the trace lines have only the reason.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/reasons.h"
#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// The client of the member that lines name so: "billing-1-0e6f…", "k1/7i2B…", or by its group.instance.id; not valid: none.
sim::NodeId client_named(const cluster::Cluster& cluster, std::string_view member);

struct MemberLimit {
  std::string key, ms;  // both empty: no time-out is the reason, or it is not known whose it was
  /// "session.timeout.ms=45000"
  std::string text() const { return ms.empty() ? std::string() : key + "=" + ms; }
};
/// The time-out that is over just now for that reason. `ms`: the length of the coordinator's timer.
MemberLimit limit_behind(const cluster::Cluster& cluster, fact::GroupReason reason, std::string_view group,
                         std::string_view member, std::int64_t ms);

}  // namespace kafkascope::observe
