#include "observe/time/interest.h"

#include <string_view>

#include "protocol/messages_admin.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::observe {

namespace api = protocol::api;
using protocol::ApiKey;

bool decides(ApiKey api) {
  switch (api) {
    case api::Vote:
    case api::BeginQuorumEpoch:
    case api::EndQuorumEpoch:
    case api::LeaderAndIsr:
    case api::ElectLeaders:
    case api::AlterPartition:
    case api::AddPartitionsToTxn:
    case api::EndTxn:
    case api::WriteTxnMarkers:
    case api::InitProducerId: return true;
    default: return false;
  }
}

bool is_routine(ApiKey api) {
  const std::string_view name = protocol::name(api);
  return name.find("Heartbeat") != std::string_view::npos || name.find("Ping") != std::string_view::npos ||
         name == "ApiVersions" || name == "ListOffsets" || name == "UpdateMetadata" || name == "QuorumFetch" ||
         name.starts_with("Zk");
}

bool of_interest(Family family, ApiKey api, bool response, std::int64_t records, bool refused) {
  // ZooKeeper's refusals are the usual way to lose a race.
  if (refused && family != Family::ZooKeeper) return true;
  if (records > 0 || decides(api)) return true;
  const bool data = family == Family::Produce || family == Family::Consume || family == Family::Replicate;
  if (data && (response || api == api::Fetch || api == api::ShareFetch)) return false;
  return (family == Family::Group && !response) || !is_routine(api);
}

}  // namespace kafkascope::observe
