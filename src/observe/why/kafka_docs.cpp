#include "observe/why/kafka_docs.h"

#include <algorithm>

#include "protocol/config.h"

namespace kafkascope::observe {

using protocol::ConfigDefinition;
using protocol::ConfigScopes;
using protocol::KafkaVersion;

namespace {

constexpr std::string_view kSite = "https://kafka.apache.org/", kWiki = "https://cwiki.apache.org/confluence/";

/// The one place that knows how an address in the documentation is built.
std::string address(KafkaVersion version, std::string_view page) {
  return std::string(kSite) + (version == KafkaVersion::V4_1 ? "41/" : "25/") + std::string(page);
}

/// The page with a table of settings, and the prefix of a key's anchor: ConfigDef.toHtml gets the prefix from the
/// main() of each configuration class.
struct Table {
  ConfigScopes scopes;
  std::string_view page, prefix;
};
constexpr std::string_view kConnectPage = "kafka-connect";
constexpr Table kTables[] = {
    {protocol::config_scope::kServer, "broker", "brokerconfigs_"},
    {protocol::config_scope::kTopic, "topic", "topicconfigs_"},
    {protocol::config_scope::kGroup, "group", "groupconfigs_"},
    {protocol::config_scope::kProducer, "producer", "producerconfigs_"},
    {protocol::config_scope::kConsumer, "consumer", "consumerconfigs_"},
    {protocol::config_scope::kAdmin, "admin", "adminclientconfigs_"},
    {protocol::config_scope::kConnect, kConnectPage, "connectconfigs_"},
    {protocol::config_scope::kStreams, "kafka-streams", "streamsconfigs_"},
};

/// defineInternal: Kafka has the key, its documentation does not.
constexpr std::string_view kInternal[] = {"producer.id.expiration.check.interval.ms",
                                          "unclean.leader.election.interval.ms"};
/// Keys of connectors, documented in the tables of source and sink connectors instead of the workers' table.
constexpr std::string_view kOfConnectors[] = {"errors.tolerance", "tasks.max"};

bool among(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_row(const ConfigDefinition& row, KafkaVersion version, std::vector<std::string>& out) {
  if (!row.known_in(version) || among(kInternal, row.name)) return;
  const auto add = [&](std::string_view page, std::string_view prefix) {
    const std::string_view before = version == KafkaVersion::V4_1 ? prefix : "";  // in 2.5 the anchor is the bare name
    std::string one = address(
        version, "configuration/" + std::string(page) + "-configs/#" + std::string(before) + std::string(row.name));
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  };
  if (among(kOfConnectors, row.name)) {
    add(kConnectPage, "sourceconnectorconfigs_");
    add(kConnectPage, "sinkconnectorconfigs_");
    return;
  }
  for (const Table& table : kTables)
    if ((row.scopes & table.scopes) != 0) add(table.page, table.prefix);
}

}  // namespace

std::vector<std::string> documentation_of(const Origin& origin, KafkaVersion version) {
  std::vector<std::string> out;
  switch (origin.kind) {
    case OriginKind::Config:
    case OriginKind::Term:  // "acks" is a setting, too
      for (const ConfigDefinition& row : protocol::config_definitions())
        if (origin.kind == OriginKind::Term ? row.name == origin.name.en : row.words() == words::Key(origin.key))
          add_row(row, version, out);
      break;
    case OriginKind::Error: out.push_back(address(version, "design/protocol/#protocol_error_codes")); break;
    case OriginKind::Metric: out.push_back(address(version, "operations/monitoring/")); break;
    case OriginKind::Invariant: break;  // this project's
  }
  return out;
}

std::string kip_address(std::string_view kip) { return std::string(kWiki) + "display/KAFKA/" + std::string(kip); }

bool is_official(std::string_view address) {
  // Only characters that neither a shell nor a browser interprets.
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(":/.#_-").find(c) != std::string_view::npos;
  };
  return (address.starts_with(kSite) || address.starts_with(kWiki)) &&
         std::all_of(address.begin(), address.end(), plain);
}

}  // namespace kafkascope::observe
