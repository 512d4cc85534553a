// How much of a broker a client may use, and for how long it has to wait when it has used more. Kafka: ClientQuotaManager, QuotaUtils,
// Rate. Source: KIP-13 (bytes per second, by user and client id), KIP-219 (answered at once, read from again later).
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/sampled_sum.h"
#include "protocol/config.h"
#include "protocol/metadata_image.h"
#include "sim/time.h"

namespace kafkascope::broker {

class ClientQuotas {
 public:
  enum class Kind : std::uint8_t { Produce, Fetch };

  ClientQuotas() = default;
  explicit ClientQuotas(const protocol::Config& config);

  /// Bytes per second, in millionths; nothing: no limit. The client's own quota before that of all, the user's before the client id's
  /// (DefaultQuotaCallback). Simplified: a client id and its user are one, so no quota is of a pair.
  static std::optional<std::int64_t> bound_ppm(const protocol::MetadataImage& image, Kind kind,
                                               std::string_view client);

  /// Everybody's bytes count once there is a quota of that kind, anybody's, until the broker restarts: one set later finds what was used
  /// before (ClientQuotaManager.quotasEnabled). In 2.5 a quota of either kind turns on both (QuotaConfigHandler).
  bool enabled(const protocol::MetadataImage& image, Kind kind);

  /// Counts the bytes; how long the client has to wait now: not at all without a bound. Whole milliseconds, as Kafka rounds them.
  sim::Duration record(Kind kind, const std::string& client, std::optional<std::int64_t> bound_ppm, std::int64_t bytes,
                       sim::Instant now);
  /// The bytes were not sent after all: an answer to a client that is throttled is empty.
  void take_back(Kind kind, const std::string& client, std::int64_t bytes, sim::Instant now);
  /// More than this no single answer may carry: it could never be paid off within the window (getMaxValueInQuotaWindow).
  std::int64_t most_at_once(std::int64_t bound_ppm) const;

 private:
  SampledSum& used_by(Kind kind, const std::string& client);

  bool old_ = false;                        // 2.5
  std::array<bool, 2> enabled_{};           // by kind
  std::int64_t samples_ = 11;               // quota.window.num
  sim::Duration length_ = sim::seconds(1);  // quota.window.size.seconds
  std::map<std::pair<Kind, std::string>, SampledSum> by_client_;
};

}  // namespace kafkascope::broker
