// Access control entries and the authorization rule. The rule does not depend on where the entries are stored: KRaft
// keeps them as metadata records, ZooKeeper mode under /kafka-acl. Kafka: StandardAuthorizerData, AclAuthorizer (2.5,
// the same decisions), AclBinding. Source: KIP-11, KIP-290 (prefixes), KIP-679.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fields.h"

namespace kafkascope::protocol {

class Config;

/// Kafka's codes (AclOperation, ResourceType, PatternType, AclPermissionType).
enum class AclOperation : std::int8_t {
  All = 2,
  Read = 3,
  Write = 4,
  Create = 5,
  Delete = 6,
  Alter = 7,
  Describe = 8,
  ClusterAction = 9,
  DescribeConfigs = 10,
  AlterConfigs = 11,
  IdempotentWrite = 12
};
enum class ResourceType : std::int8_t { Topic = 2, Group = 3, Cluster = 4, TransactionalId = 5 };
enum class PatternType : std::int8_t { Literal = 3, Prefixed = 4 };

/// The names that kafka-acls accepts: "Read", "IdempotentWrite"; "topic", "transactional-id".
std::string_view name(AclOperation operation);
std::string_view name(ResourceType type);
std::optional<AclOperation> parse_acl_operation(std::string_view name);
/// Whether an entry for a resource of this type may name the operation. Kafka: AclEntry.supportedOperations.
bool fits(AclOperation operation, ResourceType type);

inline constexpr std::string_view kClusterResource = "kafka-cluster";  // Resource.CLUSTER_NAME
inline constexpr std::string_view kAnyPrincipal = "User:*", kAnyHost = "*", kAnyResource = "*";

struct AccessControlEntry {
  ResourceType resource_type = ResourceType::Topic;
  std::string resource_name;
  PatternType pattern = PatternType::Literal;
  std::string principal;  // "User:kim", "User:*"
  std::string host = std::string(kAnyHost);
  AclOperation operation = AclOperation::Read;
  bool allow = true;
  KAFKASCOPE_FIELDS(resource_type, resource_name, pattern, principal, host, operation, allow)
  bool matches(ResourceType type, std::string_view name) const;
  /// "User:kim Read topic:salary allow"; a prefix name is followed by *.
  std::string text() const;
};
/// Keyed by the entry's id.
using Acls = std::map<std::int64_t, AccessControlEntry>;

class Authorizer {
 public:
  Authorizer() = default;
  /// Reads `authorizer.class.name`, `super.users` and `allow.everyone.if.no.acl.found`. `operators`: further super
  /// users.
  Authorizer(const Config& config, const std::vector<std::string>& operators);

  /// If false, everything is allowed without a check, and requests to change ACLs fail with SECURITY_DISABLED.
  bool enabled() const { return enabled_; }
  bool allows(const Acls& acls, std::string_view principal, std::string_view host, AclOperation operation,
              ResourceType type, std::string_view name) const;
  /// Whether the operation is allowed on at least one resource of the type. Kafka: Authorizer.authorizeByResourceType
  /// (KIP-679).
  bool allows_any(const Acls& acls, std::string_view principal, std::string_view host, AclOperation operation,
                  ResourceType type) const;

 private:
  bool enabled_ = false, allow_without_acl_ = false;
  std::vector<std::string> super_users_;
};

/// The principal of the client with that name.
inline std::string principal_of(std::string_view client) { return "User:" + std::string(client); }

}  // namespace kafkascope::protocol
