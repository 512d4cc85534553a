#include "controller/zookeeper/zk_security.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "controller/kraft/access_control.h"

namespace kafkascope::controller::znode {
namespace {

using Json = nlohmann::ordered_json;
using protocol::AccessControlEntry;
using protocol::MetadataImage;
using protocol::MetadataRecord;
using protocol::PatternType;
using protocol::ResourceType;

const std::string kLiteral = "/kafka-acl", kExtended = "/kafka-acl-extended", kPrefixed = kExtended + "/prefixed";
/// The resource types as spelled by SecurityUtils.resourceTypeName and AclResourceType.
constexpr std::tuple<ResourceType, std::string_view, std::string_view> kTypes[] = {
    {ResourceType::Topic, "Topic", "TOPIC"},
    {ResourceType::Group, "Group", "GROUP"},
    {ResourceType::Cluster, "Cluster", "CLUSTER"},
    {ResourceType::TransactionalId, "TransactionalId", "TRANSACTIONAL_ID"}};

std::string_view type_name(ResourceType type, bool enumerator = false) {
  for (const auto& [known, name, constant] : kTypes)
    if (known == type) return enumerator ? constant : name;
  return "";
}
std::optional<ResourceType> parse_type(std::string_view text) {
  for (const auto& [known, name, constant] : kTypes)
    if (text == name || text == constant) return known;
  return std::nullopt;
}

/// Parses "12.5" into millionths; text that is not a number counts as 0.
std::int64_t parse_ppm(std::string_view text) {
  std::int64_t ppm = 0, unit = 1'000'000;
  bool fraction = false;
  for (char c : text) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    if (!fraction) ppm = ppm * 10 + (c - '0') * unit;
    else ppm += (c - '0') * (unit /= 10);
  }
  return ppm;
}

}  // namespace

AclResource resource_of(const AccessControlEntry& entry) {
  return {entry.pattern, entry.resource_type, entry.resource_name};
}

std::vector<std::string> acl_parents() {
  std::vector<std::string> out;
  for (const std::string& store : {kLiteral, kPrefixed})
    for (const auto& type : kTypes) out.push_back(store + "/" + std::string(std::get<1>(type)));
  return out;
}

std::vector<std::string> acl_paths() {
  std::vector<std::string> out = {kLiteral, kExtended, kPrefixed, kAclChanges, kExtendedAclChanges};
  for (std::string& path : acl_parents()) out.push_back(std::move(path));
  return out;
}

std::string acl(const AclResource& r) {
  return (r.pattern == PatternType::Literal ? kLiteral : kPrefixed) + "/" + std::string(type_name(r.type)) + "/" +
         r.name;
}

std::optional<AclResource> acl_resource(std::string_view path) {
  AclResource resource;
  if (path.starts_with(kPrefixed + "/")) {
    resource.pattern = PatternType::Prefixed;
    path.remove_prefix(kPrefixed.size() + 1);
  } else if (path.starts_with(kLiteral + "/")) {
    path.remove_prefix(kLiteral.size() + 1);
  } else {
    return std::nullopt;
  }
  const std::size_t slash = path.find('/');
  const auto type = parse_type(path.substr(0, slash));
  if (!type || slash == std::string_view::npos) return std::nullopt;
  resource.type = *type;
  resource.name = path.substr(slash + 1);
  return resource;
}

std::string encode_acls(const std::vector<AccessControlEntry>& entries) {
  Json list = Json::array();
  for (const AccessControlEntry& e : entries)
    list.push_back({{"principal", e.principal},
                    {"permissionType", e.allow ? "Allow" : "Deny"},
                    {"operation", protocol::name(e.operation)},
                    {"host", e.host}});
  return Json{{"version", 1}, {"acls", std::move(list)}}.dump();
}

std::vector<AccessControlEntry> decode_acls(const AclResource& resource, std::string_view data) {
  std::vector<AccessControlEntry> out;
  const Json json = Json::parse(data, nullptr, false);
  if (!json.is_object() || !json.contains("acls")) return out;
  for (const Json& row : json["acls"]) {
    const auto operation = protocol::parse_acl_operation(row.value("operation", ""));
    if (!operation) continue;
    out.push_back({resource.type, resource.name, resource.pattern, row.value("principal", ""), row.value("host", "*"),
                   *operation, row.value("permissionType", "") == "Allow"});
  }
  return out;
}

std::string acl_change_prefix(const AclResource& resource) {
  return (resource.pattern == PatternType::Literal ? kAclChanges : kExtendedAclChanges) + "/acl_changes_";
}

std::string encode_acl_change(const AclResource& r) {
  if (r.pattern == PatternType::Literal) return std::string(type_name(r.type)) + ":" + r.name;
  return Json{{"version", 1}, {"resourceType", type_name(r.type, true)}, {"name", r.name}, {"patternType", "PREFIXED"}}
      .dump();
}

std::optional<AclResource> decode_acl_change(std::string_view data) {
  if (const Json json = Json::parse(data, nullptr, false); json.is_object()) {
    const auto type = parse_type(json.value("resourceType", ""));
    return type ? std::optional(AclResource{PatternType::Prefixed, *type, json.value("name", "")}) : std::nullopt;
  }
  const std::size_t colon = data.find(':');
  const auto type = parse_type(data.substr(0, colon));
  if (!type || colon == std::string_view::npos) return std::nullopt;
  return AclResource{PatternType::Literal, *type, std::string(data.substr(colon + 1))};
}

std::vector<AccessControlEntry> acls_of(const MetadataImage& image, const AclResource& resource) {
  std::vector<AccessControlEntry> out;
  for (const auto& [id, entry] : image.acls())
    if (entry.pattern == resource.pattern && entry.resource_type == resource.type &&
        entry.resource_name == resource.name)
      out.push_back(entry);
  return out;
}

std::vector<MetadataRecord> acl_records(const MetadataImage& image, const AclResource& resource,
                                        const std::vector<AccessControlEntry>& entries) {
  std::vector<MetadataRecord> out;
  const auto among = [](const auto& list, const AccessControlEntry& e) {
    return std::find(list.begin(), list.end(), e) != list.end();
  };
  std::int64_t next = 0;
  for (const auto& [id, entry] : image.acls()) {
    next = id + 1;
    const bool about_it = entry.pattern == resource.pattern && entry.resource_type == resource.type &&
                          entry.resource_name == resource.name;
    if (about_it && !among(entries, entry)) out.emplace_back(protocol::RemoveAccessControlEntryRecord{id});
  }
  const auto before = acls_of(image, resource);
  for (const AccessControlEntry& e : entries)
    if (!among(before, e)) out.emplace_back(protocol::AccessControlEntryRecord{next++, e});
  return out;
}

Configs quota_configs(const MetadataImage& image, const std::string& entity) {
  Configs out;
  if (const auto of = image.quotas().find(entity); of != image.quotas().end())
    for (const auto& [key, ppm] : of->second) out[key] = limit_text(ppm);
  return out;
}

std::vector<MetadataRecord> quota_records(const MetadataImage& image, const std::string& entity,
                                          const Configs& limits) {
  std::vector<MetadataRecord> out;
  for (const auto& [key, text] : quota_configs(image, entity))
    if (!limits.contains(key)) out.emplace_back(protocol::ClientQuotaRecord{entity, key, 0, true});
  for (const auto& [key, text] : limits)
    if (const std::int64_t ppm = parse_ppm(text); image.quota_ppm(entity, key) != ppm)
      out.emplace_back(protocol::ClientQuotaRecord{entity, key, ppm, false});
  return out;
}

}  // namespace kafkascope::controller::znode
