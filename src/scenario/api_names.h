// Kafka's names of APIs and errors, as files use them.
#pragma once
#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "protocol/api_key.h"
#include "protocol/errors.h"

namespace kafkascope::scenario {

// clang-format off
inline constexpr std::string_view kApiNames[] = {
#define KAFKASCOPE_ROW(name, number, request, response, newer, older) #name,
#define KAFKASCOPE_MORE(name, request, response)
    KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
    // Kafka has these; the engine does not yet.
    "DescribeGroups", "ListGroups", "DescribeAcls", "DescribeConfigs", "AlterConfigs", "ListPartitionReassignments", "DescribeClientQuotas",
    "DescribeQuorum", "DescribeCluster", "ControllerRegistration",
    "DescribeTopicPartitions"};

inline bool is_api_name(std::string_view name) { return std::find(std::begin(kApiNames), std::end(kApiNames), name) != std::end(kApiNames); }

/// Every error code by its name: those the engine has (protocol/errors.h), and those only administrative acts can get.
inline const std::vector<std::string_view>& error_names() {
  static const std::vector<std::string_view> names = {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) #name,
      KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
      "POLICY_VIOLATION", "REASSIGNMENT_IN_PROGRESS", "INVALID_TRANSACTION_TIMEOUT", "TRANSACTION_COORDINATOR_FENCED", "GROUP_SUBSCRIBED_TO_TOPIC", "RESOURCE_NOT_FOUND",
      "TRANSACTION_ABORTABLE", "UNRELEASED_INSTANCE_ID", "UNSUPPORTED_ASSIGNOR", "STALE_MEMBER_EPOCH", "NOT_LEADER_FOR_PARTITION"};
  return names;
}
// clang-format on
inline bool is_error_name(std::string_view name) {
  const auto& names = error_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace kafkascope::scenario
