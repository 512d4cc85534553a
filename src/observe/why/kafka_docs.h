// The addresses of Kafka's official documentation, derived from the tables: settings, errors, metrics, KIPs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "observe/why/origins.h"
#include "protocol/kafka_version.h"

namespace kafkascope::observe {

/// Where Kafka documents it, for that version; several where servers and topics, or clients, have a row each. Empty if
/// Kafka's documentation of that version has no place for it.
std::vector<std::string> documentation_of(const Origin& origin, protocol::KafkaVersion version);

/// The page of "KIP-98" in Kafka's wiki.
std::string kip_address(std::string_view kip);

/// Whether the address is one that these functions make: only those are ever opened.
bool is_official(std::string_view address);

}  // namespace kafkascope::observe
