#include "controller/kraft/access_control.h"

#include "protocol/config.h"
#include "protocol/kafka_messages.h"

#include <algorithm>
#include <string>
#include <utility>

namespace kafkascope::controller {

using protocol::AccessControlEntry;
using protocol::AclOperation;
using protocol::AdminResult;
using protocol::ErrorCode;
using protocol::ResourceType;

namespace {

struct Allowed {
  const May& may;
  std::vector<AdminResult>& denied;

  ErrorCode cluster(AclOperation operation) const {
    return may(operation, ResourceType::Cluster, protocol::kClusterResource) ? ErrorCode::NONE
                                                                             : ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
  }
  /// Rows about topics; name_of returns the topic's name.
  template <class Rows, class NameOf>
  ErrorCode topics(Rows& rows, AclOperation operation, NameOf name_of) const {
    std::erase_if(rows, [&](const auto& row) {
      if (may(operation, ResourceType::Topic, name_of(row))) return false;
      denied.push_back({std::string(name_of(row)), ErrorCode::TOPIC_AUTHORIZATION_FAILED, ""});
      return true;
    });
    return ErrorCode::NONE;
  }

  ErrorCode operator()(protocol::CreateTopicsRequest& r) const {
    if (cluster(AclOperation::Create) == ErrorCode::NONE) return ErrorCode::NONE;
    return topics(r.topics, AclOperation::Create, [](const auto& t) { return std::string_view(t.name); });
  }
  ErrorCode operator()(protocol::DeleteTopicsRequest& r) const {
    return topics(r.topics, AclOperation::Delete, [](const std::string& t) { return std::string_view(t); });
  }
  ErrorCode operator()(protocol::CreatePartitionsRequest& r) const {
    return topics(r.topics, AclOperation::Alter, [](const auto& t) { return std::string_view(t.topic); });
  }
  ErrorCode operator()(protocol::IncrementalAlterConfigsRequest& r) const {
    std::erase_if(r.configs, [&](const protocol::AlterableConfig& c) {
      const auto named = [&](std::string_view prefix, ResourceType type) {
        return may(AclOperation::AlterConfigs, type, std::string_view(c.resource).substr(prefix.size()));
      };
      bool allowed = false;
      ErrorCode error = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
      if (c.resource.starts_with("topic:")) {
        allowed = named("topic:", ResourceType::Topic);
        error = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
      } else if (c.resource.starts_with("group:")) {
        allowed = named("group:", ResourceType::Group);
        error = ErrorCode::GROUP_AUTHORIZATION_FAILED;
      } else {
        allowed = cluster(AclOperation::AlterConfigs) == ErrorCode::NONE;
      }
      const bool first =
          std::none_of(denied.begin(), denied.end(), [&](const AdminResult& d) { return d.name == c.resource; });
      if (!allowed && first) denied.push_back({c.resource, error, ""});
      return !allowed;
    });
    return ErrorCode::NONE;
  }
  ErrorCode operator()(const protocol::ElectLeadersRequest&) const { return cluster(AclOperation::Alter); }
  ErrorCode operator()(const protocol::AlterPartitionReassignmentsRequest&) const {
    return cluster(AclOperation::Alter);
  }
  ErrorCode operator()(const protocol::UnregisterBrokerRequest&) const { return cluster(AclOperation::Alter); }
  ErrorCode operator()(const protocol::CreateAclsRequest&) const { return cluster(AclOperation::Alter); }
  ErrorCode operator()(const protocol::DeleteAclsRequest&) const { return cluster(AclOperation::Alter); }
  ErrorCode operator()(const protocol::AlterClientQuotasRequest&) const { return cluster(AclOperation::AlterConfigs); }
  ErrorCode operator()(const protocol::UpdateFeaturesRequest&) const { return cluster(AclOperation::Alter); }
  template <class Other>
  ErrorCode operator()(const Other&) const {  // a request between servers
    return ErrorCode::NONE;
  }
};

}  // namespace

ErrorCode keep_allowed(protocol::Body& request, const May& may, std::vector<AdminResult>& denied) {
  return protocol::visit_kafka(Allowed{may, denied}, request);
}

protocol::CreateAclsResponse create_acls(const protocol::MetadataImage& image,
                                         const protocol::CreateAclsRequest& request, protocol::Offset next_offset,
                                         std::vector<protocol::MetadataRecord>& out) {
  protocol::CreateAclsResponse response;
  std::vector<AccessControlEntry> fresh;
  for (const AccessControlEntry& e : request.entries) {
    // The check whether the resource supports the operation exists only in the tool.
    response.results.push_back({e.text(), ErrorCode::NONE, ""});
    const bool known =
        std::any_of(image.acls().begin(), image.acls().end(), [&](const auto& acl) { return acl.second == e; }) ||
        std::find(fresh.begin(), fresh.end(), e) != fresh.end();
    if (known) continue;
    fresh.push_back(e);
    out.emplace_back(
        protocol::AccessControlEntryRecord{(next_offset + static_cast<std::int64_t>(out.size())).value, e});
  }
  return response;
}

protocol::DeleteAclsResponse delete_acls(const protocol::MetadataImage& image,
                                         const protocol::DeleteAclsRequest& request,
                                         std::vector<protocol::MetadataRecord>& out) {
  protocol::DeleteAclsResponse response;
  for (const AccessControlEntry& e : request.entries) {
    response.results.push_back({e.text(), ErrorCode::NONE, ""});
    for (const auto& [id, acl] : image.acls())
      if (acl == e) out.emplace_back(protocol::RemoveAccessControlEntryRecord{id});
  }
  return response;
}

protocol::AlterClientQuotasResponse alter_client_quotas(const protocol::MetadataImage& image,
                                                        const protocol::AlterClientQuotasRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out) {
  constexpr std::string_view kKeys[] = {"producer_byte_rate", "consumer_byte_rate", "request_percentage",
                                        "controller_mutation_rate"};
  protocol::AlterClientQuotasResponse response;
  for (const protocol::AlterableQuota& q : request.quotas) {
    AdminResult& row = response.results.emplace_back();
    row.name = q.entity + " " + q.key;
    const auto refuse = [&](std::string why) {
      row.error = ErrorCode::INVALID_REQUEST;
      row.message = std::move(why);
    };
    if (!q.entity.starts_with("user:") && !q.entity.starts_with("client-id:")) {
      refuse("Unhandled client quota entity " + q.entity);
    } else if (std::find(std::begin(kKeys), std::end(kKeys), q.key) == std::end(kKeys)) {
      refuse("Invalid configuration key " + q.key);
    } else if (!q.remove && q.value_ppm <= 0) {
      refuse("Quota " + q.key + " must be greater than 0");
    } else if (image.quota_ppm(q.entity, q.key) != (q.remove ? std::nullopt : std::optional(q.value_ppm))) {
      out.emplace_back(protocol::ClientQuotaRecord{q.entity, q.key, q.remove ? 0 : q.value_ppm, q.remove});
    }
  }
  return response;
}

std::string limit_text(std::int64_t ppm) {
  std::string limit = std::to_string(ppm / 1'000'000);
  if (ppm % 1'000'000 != 0) limit += "." + std::to_string(1'000'000 + ppm % 1'000'000).substr(1);
  return limit;
}

protocol::UpdateFeaturesResponse update_features(const protocol::MetadataImage& image, const protocol::Config& config,
                                                 const protocol::UpdateFeaturesRequest& request,
                                                 std::vector<protocol::MetadataRecord>& out) {
  constexpr std::pair<std::string_view, std::int16_t> kSupported[] = {
      // Feature and MetadataVersion of 4.1: the highest supported levels
      {"metadata.version", 27},
      {"kraft.version", 1},
      {"transaction.version", 2},
      {"group.version", 1},
      {"eligible.leader.replicas.version", 1},
      {"share.version", 1},
      {"streams.version", 1}};
  constexpr std::int16_t kLeastMetadataVersion = 7;  // 3.3-IV3
  constexpr std::string_view kElr = "eligible.leader.replicas.version", kMinIsr = "min.insync.replicas";
  protocol::UpdateFeaturesResponse response;
  std::vector<protocol::MetadataRecord> records;
  for (const protocol::FeatureUpdate& f : request.features) {
    AdminResult& row = response.results.emplace_back();
    row.name = f.name;
    const auto refuse = [&](const std::string& why) {
      row.error = ErrorCode::INVALID_UPDATE_VERSION;
      row.message = "Invalid update version " + std::to_string(f.level) + " for feature " + f.name + ". " + why;
    };
    const std::int16_t now = image.feature(f.name);
    const auto known =
        std::find_if(std::begin(kSupported), std::end(kSupported), [&](const auto& s) { return s.first == f.name; });
    if (known == std::end(kSupported)) {
      refuse("Local controller does not support this feature.");
    } else if (f.level < (f.name == "metadata.version" ? kLeastMetadataVersion : 0) || f.level > known->second) {
      refuse("Local controller only supports versions up to " + std::to_string(known->second));
    } else if (f.level < now && !f.downgrade) {
      refuse(
          "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.");
    } else if (f.level > now && f.downgrade) {
      refuse("Can't downgrade to a newer version.");
    } else if (f.level != now) {
      // With ELR only the controller decides min ISR: the cluster's default is set, and the values of individual
      // brokers are removed (maybeGenerateElrSafetyRecords).
      if (f.name == kElr && f.level > 0) {
        for (const auto& [id, broker] : image.brokers())
          if (const std::string of = "broker:" + std::to_string(id); image.config(of).contains(std::string(kMinIsr)))
            records.emplace_back(protocol::ConfigRecord{of, std::string(kMinIsr), "", true});
        if (!image.config("broker:").contains(std::string(kMinIsr)))
          records.emplace_back(
              protocol::ConfigRecord{"broker:", std::string(kMinIsr), std::to_string(config.number(kMinIsr)), false});
      }
      records.emplace_back(protocol::FeatureLevelRecord{f.name, f.level});
    }
  }
  const bool good = std::all_of(response.results.begin(), response.results.end(),
                                [](const AdminResult& r) { return r.error == ErrorCode::NONE; });
  if (good) out.insert(out.end(), records.begin(), records.end());
  return response;
}

}  // namespace kafkascope::controller
