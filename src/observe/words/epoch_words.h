// Groups of the newer protocols have epochs, classic ones generations. A fact does not always say of which kind its group is.
#pragma once
#include <string>

#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

/// Whether the name is that of a member of a newer protocol: "k1/7i2B…".
inline bool is_of_newer_protocol(std::string_view member) { return member.find('/') != std::string_view::npos; }

/// A member that leaves because its poll timeout has expired does not report that, except in the classic protocol of a
/// newer release: the reason is that of Kafka's log.
Words rebalance_words(const fact::GroupRebalance& f, bool has_epochs, bool by_poll_timeout, std::string_view limit);
/// The partitions that the rebalance listener is told: in a cooperative rebalance, and in the newer protocol, only the
/// new ones.
Words assigned_words(const fact::PartitionsAssigned& f, const std::string& who, bool has_epochs);

}  // namespace kafkascope::observe
