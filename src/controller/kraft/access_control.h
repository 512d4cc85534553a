// The active controller's decisions about access control entries, client quotas and feature levels; and the
// authorization of requests. Kafka: AclControlManager, ClientQuotaControlManager, FeatureControlManager, ControllerApis
// (4.1).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages_admin.h"
#include "protocol/metadata_image.h"

namespace kafkascope::protocol {
class Body;
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::controller {

/// (operation, type, name): whether the requester may perform the operation.
using May = std::function<bool(protocol::AclOperation, protocol::ResourceType, std::string_view)>;
/// Removes from an administrative request the parts that the requester is not authorized for, adding one row to
/// `denied` for each, as ControllerApis does. Returns the error for the whole request: CLUSTER_AUTHORIZATION_FAILED, or
/// NONE.
protocol::ErrorCode keep_allowed(protocol::Body& request, const May& may, std::vector<protocol::AdminResult>& denied);

/// An existing entry is not written again. An entry's id is the offset of its record.
protocol::CreateAclsResponse create_acls(const protocol::MetadataImage& image,
                                         const protocol::CreateAclsRequest& request, protocol::Offset next_offset,
                                         std::vector<protocol::MetadataRecord>& out);
/// A filter that matches nothing is not an error.
protocol::DeleteAclsResponse delete_acls(const protocol::MetadataImage& image,
                                         const protocol::DeleteAclsRequest& request,
                                         std::vector<protocol::MetadataRecord>& out);
/// Returns INVALID_REQUEST for an entity or key that Kafka does not know, and for a limit that is 0 or less.
protocol::AlterClientQuotasResponse alter_client_quotas(const protocol::MetadataImage& image,
                                                        const protocol::AlterClientQuotasRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out);
/// A quota's value: whole bytes; a percentage may have decimals.
std::string limit_text(std::int64_t ppm);
/// Applies all updates or none (UpdateFeatures v2). INVALID_UPDATE_VERSION: this version does not support the feature
/// or level, or the level is lowered without the downgrade flag.
protocol::UpdateFeaturesResponse update_features(const protocol::MetadataImage& image, const protocol::Config& config,
                                                 const protocol::UpdateFeaturesRequest& request,
                                                 std::vector<protocol::MetadataRecord>& out);

}  // namespace kafkascope::controller
