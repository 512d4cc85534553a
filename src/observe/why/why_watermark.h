// Why a replica has its high watermark, which may be another one than the partition's.
#pragma once
#include <optional>
#include <string>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// Why that replica has this high watermark. A follower learns the leader's with a Fetch response: it is one fetch behind.
std::optional<Answer> why_replicas_watermark(const Asked& asked, const std::string& partition,
                                             protocol::BrokerId broker);

}  // namespace kafkascope::observe
