#include "protocol/acl.h"

#include <algorithm>
#include <utility>

#include "protocol/config.h"
#include "sim/mutant.h"

namespace kafkascope::protocol {

namespace {

// clang-format off
constexpr std::pair<AclOperation, std::string_view> kOperations[] = {
    {AclOperation::All, "All"}, {AclOperation::Read, "Read"}, {AclOperation::Write, "Write"}, {AclOperation::Create, "Create"},
    {AclOperation::Delete, "Delete"}, {AclOperation::Alter, "Alter"}, {AclOperation::Describe, "Describe"},
    {AclOperation::ClusterAction, "ClusterAction"}, {AclOperation::DescribeConfigs, "DescribeConfigs"},
    {AclOperation::AlterConfigs, "AlterConfigs"}, {AclOperation::IdempotentWrite, "IdempotentWrite"}};

/// Read, Write, Delete or Alter imply Describe; AlterConfigs implies DescribeConfigs. For allowing entries only: a
/// denied Read does not deny Describe (StandardAuthorizerData.findResult).
bool covers(const AccessControlEntry& e, AclOperation asked) {
  if (e.operation == AclOperation::All || e.operation == asked) return true;
  if (!e.allow) return false;
  if (asked == AclOperation::Describe)
    return e.operation == AclOperation::Read || e.operation == AclOperation::Write || e.operation == AclOperation::Delete || e.operation == AclOperation::Alter;
  return asked == AclOperation::DescribeConfigs && e.operation == AclOperation::AlterConfigs;
}
// clang-format on

bool is_of(const AccessControlEntry& e, std::string_view principal, std::string_view host) {
  return (e.principal == principal || e.principal == kAnyPrincipal) && (e.host == kAnyHost || e.host == host);
}

}  // namespace

std::string_view name(AclOperation operation) {
  const auto it =
      std::find_if(std::begin(kOperations), std::end(kOperations), [&](const auto& o) { return o.first == operation; });
  return it == std::end(kOperations) ? "?" : it->second;
}
std::optional<AclOperation> parse_acl_operation(std::string_view name) {
  const auto it =
      std::find_if(std::begin(kOperations), std::end(kOperations), [&](const auto& o) { return o.second == name; });
  return it == std::end(kOperations) ? std::nullopt : std::optional(it->first);
}
std::string_view name(ResourceType type) {
  switch (type) {
    case ResourceType::Topic: return "topic";
    case ResourceType::Group: return "group";
    case ResourceType::Cluster: return "cluster";
    case ResourceType::TransactionalId: return "transactional-id";
  }
  return "?";
}

bool fits(AclOperation operation, ResourceType type) {
  using Op = AclOperation;
  const auto one_of = [&](std::initializer_list<Op> list) {
    return std::find(list.begin(), list.end(), operation) != list.end();
  };
  switch (type) {
    case ResourceType::Topic:
      return one_of({Op::All, Op::Read, Op::Write, Op::Create, Op::Describe, Op::Delete, Op::Alter, Op::DescribeConfigs,
                     Op::AlterConfigs});
    case ResourceType::Group:
      return one_of({Op::All, Op::Read, Op::Describe, Op::Delete, Op::DescribeConfigs, Op::AlterConfigs});
    case ResourceType::Cluster:
      return one_of({Op::All, Op::Create, Op::ClusterAction, Op::DescribeConfigs, Op::AlterConfigs, Op::IdempotentWrite,
                     Op::Alter, Op::Describe});
    case ResourceType::TransactionalId: return one_of({Op::All, Op::Describe, Op::Write});
  }
  return false;
}

bool AccessControlEntry::matches(ResourceType type, std::string_view asked) const {
  if (type != resource_type) return false;
  if (pattern == PatternType::Prefixed) return asked.starts_with(resource_name);
  return resource_name == asked || resource_name == kAnyResource;
}

std::string AccessControlEntry::text() const {
  std::string out = principal + " " + std::string(name(operation)) + " " + std::string(name(resource_type));
  if (resource_type != ResourceType::Cluster)
    out += ":" + resource_name + (pattern == PatternType::Prefixed ? "*" : "");
  if (host != kAnyHost) out += " from " + host;
  return out + (allow ? " allow" : " deny");
}

Authorizer::Authorizer(const Config& config, const std::vector<std::string>& operators)
    : enabled_(!config.text("authorizer.class.name").empty()),
      allow_without_acl_(config.flag("allow.everyone.if.no.acl.found")),
      super_users_(operators) {
  // The list is separated by semicolons, because a name may contain a comma (an X.500 one).
  std::string rest = config.text("super.users");
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    std::string user = rest.substr(0, end);
    rest = end == std::string::npos ? std::string() : rest.substr(end + 1);
    user.erase(0, user.find_first_not_of(' '));
    user.erase(user.find_last_not_of(' ') + 1);
    if (!user.empty()) super_users_.push_back(std::move(user));
  }
}

bool Authorizer::allows(const Acls& acls, std::string_view principal, std::string_view host, AclOperation operation,
                        ResourceType type, std::string_view resource) const {
  if (!enabled_ || std::find(super_users_.begin(), super_users_.end(), principal) != super_users_.end()) return true;
  bool any = false, allowed = false;
  for (const auto& [id, e] : acls) {
    if (!e.matches(type, resource)) continue;
    any = true;  // the resource has an ACL for some principal
    if (!is_of(e, principal, host) || !covers(e, operation)) continue;
    if (!e.allow && !sim::mutant("allow-over-deny")) return false;  // one denying entry overrides all allowing entries
    allowed |= e.allow;
  }
  return allowed || (!any && allow_without_acl_);
}

bool Authorizer::allows_any(const Acls& acls, std::string_view principal, std::string_view host, AclOperation operation,
                            ResourceType type) const {
  // A resource without entries is open to super users only, unless the configuration opens it to everyone.
  if (allows(acls, principal, host, operation, type, "hardcode")) return true;
  std::vector<const AccessControlEntry*> denied, allowed;
  for (const auto& [id, e] : acls)
    if (e.resource_type == type && is_of(e, principal, host) &&
        (e.operation == operation || e.operation == AclOperation::All))
      (e.allow ? allowed : denied).push_back(&e);
  // An allowing entry counts unless a denying entry covers all of it: the same literal name, or a prefix of the name.
  return std::any_of(allowed.begin(), allowed.end(), [&](const AccessControlEntry* a) {
    return std::none_of(denied.begin(), denied.end(), [&](const AccessControlEntry* d) {
      if (d->pattern == PatternType::Literal && d->resource_name == kAnyResource) return true;
      if (d->pattern == PatternType::Prefixed)
        return a->resource_name != kAnyResource && a->resource_name.starts_with(d->resource_name);
      return a->pattern == PatternType::Literal && a->resource_name == d->resource_name;
    });
  });
}

}  // namespace kafkascope::protocol
