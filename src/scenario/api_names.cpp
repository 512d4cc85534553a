#include "scenario/api_names.h"

#include <algorithm>

#include "protocol/all_messages.h"
#include "protocol/errors.h"

namespace kafkascope::scenario {

namespace {
bool is_in(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
}  // namespace

// clang-format off
const std::vector<std::string_view>& api_names() {
  static const std::vector<std::string_view> names = {
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) #name,
#define KAFKASCOPE_MORE(name, place, request, response)
    KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
    // APIs of Kafka that the engine does not have yet.
    "DescribeGroups", "ListGroups", "DescribeAcls", "DescribeConfigs", "AlterConfigs", "ListPartitionReassignments", "DescribeClientQuotas",
    "DescribeQuorum", "DescribeCluster", "ControllerRegistration",
    "DescribeTopicPartitions"};
  return names;
}

const std::vector<std::string_view>& error_names() {
  static const std::vector<std::string_view> names = {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) #name,
      KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
      "POLICY_VIOLATION", "REASSIGNMENT_IN_PROGRESS", "INVALID_TRANSACTION_TIMEOUT", "TRANSACTION_COORDINATOR_FENCED", "GROUP_SUBSCRIBED_TO_TOPIC", "RESOURCE_NOT_FOUND",
      "TRANSACTION_ABORTABLE", "UNRELEASED_INSTANCE_ID", "UNSUPPORTED_ASSIGNOR", "STALE_MEMBER_EPOCH", "NOT_LEADER_FOR_PARTITION"};
  return names;
}
// clang-format on

bool is_api_name(std::string_view name) { return is_in(api_names(), name); }
bool is_error_name(std::string_view name) { return is_in(error_names(), name); }

}  // namespace kafkascope::scenario
