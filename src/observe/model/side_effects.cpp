#include "observe/model/side_effects.h"

#include <algorithm>

#include "client/idempotence.h"

namespace kafkascope::observe {

std::vector<Words> side_effects(const cluster::Cluster& here, const cluster::Cluster& there) {
  std::vector<Words> all;
  const auto compare = [&](const cluster::Cluster& plain, const cluster::Cluster& changed) {
    for (const cluster::ClientSpec& spec : changed.spec().clients) {
      const auto& others = plain.spec().clients;
      const auto other = std::find_if(others.begin(), others.end(), [&](const auto& o) { return o.id == spec.id; });
      const bool produces = spec.kind == cluster::ClientKind::Producer || spec.kind == cluster::ClientKind::Transform;
      if (!produces || other == others.end()) continue;
      // acks=all does not switch on what the file has switched off.
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
  return all;
}

}  // namespace kafkascope::observe
