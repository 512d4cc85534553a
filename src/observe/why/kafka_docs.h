// The addresses of Kafka's official documentation, derived from the tables: settings, errors, metrics, KIPs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "observe/why/origins.h"
#include "protocol/kafka_version.h"

namespace kafkascope::observe {

/// The addresses at which Kafka's documentation of that version describes the origin; several where servers and topics,
/// or clients, have separate rows. Empty if that documentation does not describe it.
std::vector<std::string> documentation_of(const Origin& origin, protocol::KafkaVersion version);

/// The page of "KIP-98" in Kafka's wiki.
std::string kip_address(std::string_view kip);

/// Whether these functions make such an address; no other address is ever opened.
bool is_official(std::string_view address);

}  // namespace kafkascope::observe
