// The kinds of requests. Each header messages_*.h names its own in api::, so that a new kind changes no header that all
// roles include.
#pragma once
#include <cstdint>
#include <string_view>

namespace kafkascope::protocol {

/// Kafka's API keys (ApiKeys). Those from 100 on are for ZooKeeper's messages and the contrast systems, which have
/// none.
enum class ApiKey : std::int16_t {};
std::string_view name(ApiKey api);

namespace api {}  // namespace api

}  // namespace kafkascope::protocol
