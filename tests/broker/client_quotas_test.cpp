// How long a quota makes a client wait. Source: ClientQuotaManager and its test, QuotaUtils, Rate; KIP-13, KIP-219.
#include <doctest/doctest.h>

#include "broker/client_quotas.h"

using namespace kafkascope;
using namespace kafkascope::broker;

namespace {
constexpr auto kProduce = ClientQuotas::Kind::Produce;
constexpr auto kFetch = ClientQuotas::Kind::Fetch;
sim::Instant at(std::int64_t ms) { return sim::Instant{} + sim::milliseconds(ms); }
constexpr std::int64_t per_second(std::int64_t bytes) { return bytes * 1'000'000; }

protocol::MetadataImage with(const std::vector<protocol::ClientQuotaRecord>& records) {
  protocol::MetadataImage image;
  for (const auto& r : records) image.apply(image.last_offset() + 1, protocol::LeaderEpoch{1}, r);
  return image;
}
}  // namespace

TEST_CASE(
    "A client that stays below its quota for ten seconds is not throttled; the spike after that is (ClientQuotaManagerTest)") {
  ClientQuotas quotas;
  for (int second = 0; second < 10; ++second)
    CHECK(quotas.record(kProduce, "c", per_second(500), 400, at(second * 1000)).us == 0);
  // (6300 / 10.5 s - 500) / 500 * 10.5 s
  CHECK(quotas.record(kProduce, "c", per_second(500), 2300, at(10500)) == sim::milliseconds(2100));
}

TEST_CASE("A client quota: a client may send in one burst the bytes that it left unused in the window") {
  ClientQuotas quotas;
  CHECK(quotas.record(kProduce, "c", per_second(1000), 10'000, at(0)).us == 0);  // a window of ten seconds
  CHECK(quotas.record(kProduce, "c", per_second(1000), 1000, at(0)) == sim::milliseconds(1000));
  CHECK(quotas.record(kProduce, "other", per_second(1000), 10'000, at(0)).us == 0);   // each client counts separately
  CHECK(quotas.record(kFetch, "c", per_second(1000), 10'000, at(0)).us == 0);         // produce and fetch separately
  CHECK(quotas.record(kProduce, "c", per_second(1000), 10'000, at(12'000)).us == 0);  // the first sample has expired
}

TEST_CASE("A client quota: bytes that are counted but not sent are subtracted again") {
  ClientQuotas quotas;
  CHECK(quotas.record(kFetch, "c", per_second(1000), 15'000, at(0)) == sim::milliseconds(5000));
  quotas.take_back(kFetch, "c", 15'000, at(0));
  CHECK(quotas.record(kFetch, "c", per_second(1000), 10'000, at(0)).us == 0);
  CHECK(quotas.most_at_once(per_second(1000)) == 10'000);
}

TEST_CASE("quota.window.num and quota.window.size.seconds set the window of a client quota") {
  protocol::Config config;
  config.set("quota.window.num", std::int64_t{3});
  config.set("quota.window.size.seconds", std::int64_t{2});
  ClientQuotas quotas(config);
  CHECK(quotas.most_at_once(per_second(1000)) == 4000);
  CHECK(quotas.record(kProduce, "c", per_second(1000), 5000, at(0)) == sim::milliseconds(1000));
}

TEST_CASE(
    "The most specific quota applies: the user's own, then that of all users, then the client id's own, then that of all client ids") {
  using R = protocol::ClientQuotaRecord;
  const R everybody{"client-id:<default>", "producer_byte_rate", per_second(1), false},
      id{"client-id:kim", "producer_byte_rate", per_second(2), false},
      users{"user:<default>", "producer_byte_rate", per_second(3), false},
      user{"user:kim", "producer_byte_rate", per_second(4), false};
  CHECK_FALSE(ClientQuotas::bound_ppm(with({}), kProduce, "kim").has_value());
  CHECK(ClientQuotas::bound_ppm(with({everybody}), kProduce, "kim") == per_second(1));
  CHECK(ClientQuotas::bound_ppm(with({everybody, id}), kProduce, "kim") == per_second(2));
  CHECK(ClientQuotas::bound_ppm(with({everybody, id, users}), kProduce, "kim") == per_second(3));
  CHECK(ClientQuotas::bound_ppm(with({everybody, id, users, user}), kProduce, "kim") == per_second(4));
  CHECK(ClientQuotas::bound_ppm(with({everybody, id}), kProduce, "lee") == per_second(1));
  CHECK_FALSE(ClientQuotas::bound_ppm(with({everybody, id}), kFetch, "kim").has_value());
  R gone = user;
  gone.remove = true;
  CHECK_FALSE(ClientQuotas::bound_ppm(with({user, gone}), kProduce, "kim").has_value());
}

TEST_CASE(
    "Once a quota exists, the bytes of every client are counted; in 2.5 a quota of any kind turns this on, in 4.1 only one of the same kind") {
  using R = protocol::ClientQuotaRecord;
  const R of_another{"user:kim", "producer_byte_rate", per_second(1), false};
  R gone = of_another;
  gone.remove = true;
  ClientQuotas quotas;
  CHECK_FALSE(quotas.enabled(with({}), kProduce));
  CHECK(quotas.enabled(with({of_another}), kProduce));
  CHECK_FALSE(quotas.enabled(with({of_another}), kFetch));
  CHECK(quotas.enabled(with({of_another, gone}), kProduce));  // until the broker restarts
  CHECK(quotas.record(kProduce, "lee", std::nullopt, 15'000, at(0)).us == 0);
  CHECK(quotas.record(kProduce, "lee", per_second(1000), 0, at(0)) == sim::milliseconds(5000));
  ClientQuotas old(protocol::Config(protocol::config_scope::kServer, protocol::KafkaVersion::V2_5));
  CHECK(old.enabled(with({of_another}), kFetch));
}
