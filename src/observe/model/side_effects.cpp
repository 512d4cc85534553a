#include "observe/model/side_effects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "client/idempotence.h"
#include "cluster/client_kinds.h"

namespace kafkascope::observe {

namespace {

/// Settings that decide the fate of records, for how long a batch waits (KIP-1030), or when a member counts as dead.
constexpr std::string_view kToldDefaults[] = {"acks", "enable.idempotence", "linger.ms", "session.timeout.ms"};

std::string in_effect(const protocol::Config& config, std::string_view key) {
  if (key == "acks") return client::acks_in_effect(config);
  return key == "enable.idempotence" ? fmt::format("{}", client::idempotent(config)) : config.text(key);
}

/// The differing defaults of these keys, for a client that sets them in neither world: "acks=all" and "acks=1".
std::pair<std::string, std::string> differing_defaults(const protocol::Config& here, const protocol::Config& there) {
  std::vector<std::string> a, b;
  for (const std::string_view key : kToldDefaults) {
    const auto known = [&](const protocol::Config& c) {
      return protocol::find_config(key, c.scopes(), c.version()) != nullptr && !c.explicitly(key);
    };
    if (!known(here) || !known(there) || in_effect(here, key) == in_effect(there, key)) continue;
    a.push_back(fmt::format("{}={}", key, in_effect(here, key)));
    b.push_back(fmt::format("{}={}", key, in_effect(there, key)));
  }
  return {fmt::format("{}", fmt::join(a, ", ")), fmt::format("{}", fmt::join(b, ", "))};
}

void add_defaults(const cluster::ClusterSpec& here, const cluster::ClusterSpec& there, std::vector<Words>& all) {
  if (here.kafka == there.kafka) return;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> clients;  // by the differing defaults
  for (const cluster::ClientSpec& spec : here.clients) {
    const auto other =
        std::find_if(there.clients.begin(), there.clients.end(), [&](const auto& o) { return o.id == spec.id; });
    if (other == there.clients.end()) continue;
    auto differs = differing_defaults(spec.config, other->config);
    if (!differs.first.empty()) clients[std::move(differs)].push_back(spec.id);
  }
  for (const auto& [differs, ids] : clients)
    all.push_back(both("why.defaults_differ"_w, {{"clients", fmt::format("{}", fmt::join(ids, ", "))},
                                                 {"here", "Kafka " + std::string(to_string(here.kafka))},
                                                 {"a", differs.first},
                                                 {"there", "Kafka " + std::string(to_string(there.kafka))},
                                                 {"b", differs.second}}));
}

}  // namespace

std::vector<Words> side_effects(const cluster::Cluster& here, const cluster::Cluster& there) {
  std::vector<Words> all;
  const auto compare = [&](const cluster::Cluster& plain, const cluster::Cluster& changed) {
    for (const cluster::ClientSpec& spec : changed.spec().clients) {
      const auto& others = plain.spec().clients;
      const auto other = std::find_if(others.begin(), others.end(), [&](const auto& o) { return o.id == spec.id; });
      if (!cluster::produces(spec.kind) || other == others.end()) continue;
      // acks=all does not switch on idempotence if the file has switched it off.
      if (spec.config.text("acks") == "all" && other->config.text("acks") != "all" &&
          spec.config.text("enable.idempotence") == "false")
        all.push_back(both("why.idempotence_stays_off"_w, {{"client", spec.id}}));
      if (!client::idempotent(other->config)) continue;
      if (const std::string setting = client::idempotence_conflict(spec.config); !setting.empty())
        all.push_back(both("why.idempotence_off"_w, {{"client", spec.id}, {"setting", setting}}));
    }
  };
  compare(here, there);
  compare(there, here);
  add_defaults(here.spec(), there.spec(), all);
  return all;
}

}  // namespace kafkascope::observe
