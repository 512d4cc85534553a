// ACLs and quotas as Kafka 2.5 stores them in ZooKeeper: ACLs below /kafka-acl and, for prefixes, /kafka-acl-extended;
// quotas below /config/users and /config/clients. Kafka: ZkAclStore, ZkAclChangeStore, AclEntry, ConfigEntityZNode
// (2.5); KIP-290.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "controller/zookeeper/zk_data.h"
#include "protocol/acl.h"
#include "protocol/metadata_image.h"

namespace kafkascope::controller::znode {

/// The resource of one ACL znode: the resource with that name, or all whose names begin with it.
struct AclResource {
  protocol::PatternType pattern = protocol::PatternType::Literal;
  protocol::ResourceType type = protocol::ResourceType::Topic;
  std::string name;
  friend bool operator<(const AclResource& a, const AclResource& b) {
    return std::tie(a.pattern, a.type, a.name) < std::tie(b.pattern, b.type, b.name);
  }
};
AclResource resource_of(const protocol::AccessControlEntry& entry);

inline const std::string kAclChanges = "/kafka-acl-changes", kExtendedAclChanges = "/kafka-acl-extended-changes";
/// /kafka-acl/Topic, /kafka-acl-extended/prefixed/Group, …: each is the parent of one znode per resource with ACLs.
std::vector<std::string> acl_parents();
/// All paths that an authorizer creates when it starts (createAclPaths), parents first.
std::vector<std::string> acl_paths();
std::string acl(const AclResource& resource);
/// Returns nullopt if the path is not an ACL znode.
std::optional<AclResource> acl_resource(std::string_view path);
std::string encode_acls(const std::vector<protocol::AccessControlEntry>& entries);
std::vector<protocol::AccessControlEntry> decode_acls(const AclResource& resource, std::string_view data);
/// The notification that tells every broker which resource's ACLs to read again: its path prefix, and its content.
std::string acl_change_prefix(const AclResource& resource);
std::string encode_acl_change(const AclResource& resource);
std::optional<AclResource> decode_acl_change(std::string_view data);

std::vector<protocol::AccessControlEntry> acls_of(const protocol::MetadataImage& image, const AclResource& resource);
/// The records that give an image exactly these entries for the resource.
std::vector<protocol::MetadataRecord> acl_records(const protocol::MetadataImage& image, const AclResource& resource,
                                                  const std::vector<protocol::AccessControlEntry>& entries);

/// Whether quotas apply to the resource: "user:kim", "client-id:<default>".
inline bool has_quotas(std::string_view resource) {
  return resource.starts_with("user:") || resource.starts_with("client-id:");
}
Configs quota_configs(const protocol::MetadataImage& image, const std::string& entity);
/// The records that give an image exactly these limits for the entity.
std::vector<protocol::MetadataRecord> quota_records(const protocol::MetadataImage& image, const std::string& entity,
                                                    const Configs& limits);

}  // namespace kafkascope::controller::znode
