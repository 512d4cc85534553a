#include "broker/client_quotas.h"

#include <algorithm>
#include <limits>

#include "sim/mutant.h"
#include "sim/random.h"

namespace kafkascope::broker {

ClientQuotas::ClientQuotas(const protocol::Config& config)
    : old_(config.version() == protocol::KafkaVersion::V2_5),
      samples_(config.number("quota.window.num")),
      length_(sim::seconds(config.number("quota.window.size.seconds"))) {}

std::string_view ClientQuotas::key_of(Kind kind) {
  return kind == Kind::Produce ? "producer_byte_rate" : "consumer_byte_rate";
}

std::array<std::string, 4> ClientQuotas::entities_of(std::string_view client) {
  const std::string user = "user:", id = "client-id:";
  return {user + std::string(client), user + std::string(protocol::kDefaultEntity), id + std::string(client),
          id + std::string(protocol::kDefaultEntity)};
}

std::optional<std::int64_t> ClientQuotas::bound_ppm(const protocol::MetadataImage& image, Kind kind,
                                                    std::string_view client) {
  if (image.quotas().empty()) return std::nullopt;
  for (const std::string& entity : entities_of(client))
    if (const auto bound = image.quota_ppm(entity, key_of(kind))) return bound;
  return std::nullopt;
}

bool ClientQuotas::enabled(const protocol::MetadataImage& image, Kind kind) {
  bool& on = enabled_[static_cast<std::size_t>(kind)];
  for (auto it = image.quotas().begin(); !on && it != image.quotas().end(); ++it)
    on = old_ || it->second.contains(key_of(kind));
  return on;
}

SampledSum& ClientQuotas::used_by(Kind kind, const std::string& client) {
  return by_client_.try_emplace({kind, client}, samples_, length_, old_).first->second;
}

/// (rate - bound) / bound * window, which is bytes / bound - window (QuotaUtils.throttleTime). A window that is not
/// full yet counts as a full one (Rate.windowSize).
sim::Duration ClientQuotas::record(Kind kind, const std::string& client, std::optional<std::int64_t> bound_ppm,
                                   std::int64_t bytes, sim::Instant now) {
  SampledSum& used = used_by(kind, client);
  used.add(bytes, now);
  const std::int64_t sum = std::max<std::int64_t>(0, used.sum(now));
  if (!bound_ppm || sim::mutant("client-quota-ignored")) return {};
  const std::int64_t length = length_.us / 1000, elapsed = used.elapsed(now).us / 1000;
  const std::int64_t window_ms = elapsed + std::max<std::int64_t>(0, samples_ - 1 - elapsed / length) * length;
  const auto bound = static_cast<sim::Wide>(*bound_ppm);
  const auto due_ms = static_cast<std::int64_t>((static_cast<sim::Wide>(sum) * 1'000'000'000u + bound / 2) / bound);
  return sim::milliseconds(std::max<std::int64_t>(0, due_ms - std::max<std::int64_t>(1, window_ms)));
}

void ClientQuotas::take_back(Kind kind, const std::string& client, std::int64_t bytes, sim::Instant now) {
  used_by(kind, client).add(-bytes, now);
}

std::int64_t ClientQuotas::most_at_once(std::int64_t bound_ppm) const {
  const auto most = static_cast<sim::Wide>(bound_ppm) *
                    static_cast<sim::Wide>((samples_ - 1) * (length_.us / 1'000'000)) / 1'000'000u;
  return static_cast<std::int64_t>(
      std::min<sim::Wide>(most, static_cast<sim::Wide>(std::numeric_limits<std::int32_t>::max())));
}

}  // namespace kafkascope::broker
