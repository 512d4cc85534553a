// Byte-rate quotas of clients, and the throttle time of a client that exceeds its quota. Kafka: ClientQuotaManager,
// QuotaUtils, Rate. Source: KIP-13 (bytes per second, by user and client id), KIP-219 (a throttled request is answered
// at once; the broker reads the client's next one later).
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

  /// The quota's key: "producer_byte_rate" or "consumer_byte_rate".
  static std::string_view key_of(Kind kind);
  /// The entities whose quotas apply to the client, in the order of their precedence: the user's over the client id's,
  /// and its own over the default. Simplified: a client id and its user are the same, so there are no quotas for a
  /// pair. Kafka: DefaultQuotaCallback.
  static std::array<std::string, 4> entities_of(std::string_view client);

  /// Bytes per second, in millionths; nullopt: no limit.
  static std::optional<std::int64_t> bound_ppm(const protocol::MetadataImage& image, Kind kind,
                                               std::string_view client);

  /// Once any quota of that kind exists, the bytes of all clients are counted until the broker restarts, so a quota
  /// that is set later also applies to earlier bytes (ClientQuotaManager.quotasEnabled). In 2.5 a quota of either kind
  /// enables both (QuotaConfigHandler).
  bool enabled(const protocol::MetadataImage& image, Kind kind);

  /// Counts the bytes; returns how long the client has to wait: zero without a bound. Whole milliseconds, as Kafka
  /// rounds them.
  sim::Duration record(Kind kind, const std::string& client, std::optional<std::int64_t> bound_ppm, std::int64_t bytes,
                       sim::Instant now);
  /// Uncounts bytes that were not sent: the response to a throttled client is empty.
  void take_back(Kind kind, const std::string& client, std::int64_t bytes, sim::Instant now);
  /// The most bytes that one response may carry: the throttle time for more would exceed the window
  /// (getMaxValueInQuotaWindow).
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
