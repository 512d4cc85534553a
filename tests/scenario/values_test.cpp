#include "scenario/values.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cluster/command.h"
#include "support/places.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

TEST_CASE("durations are parsed and checked") {
  CHECK(parse_duration("250ms")->us == 250000);
  CHECK(parse_duration("7d")->us == 604800000000);
  CHECK(parse_duration("0.4ms")->us == 400);
  CHECK(parse_duration("1.5h")->us == 5400000000);
  CHECK(parse_duration("0s")->us == 0);
  CHECK(parse_duration("-2s")->us == -2000000);
  CHECK(parse_duration("12.3s")->us == 12300000);
  for (const char* bad : {"", "5", "s", "5 s", "5sec", "0.5us", "1e3s", "5s ", " 5s", ".5s", "5.s", "--5s", "+5s",
                          "99999999999999999999999999s", "400000d", "5m30s", "NaNs"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
}

TEST_CASE("a moment is a duration or a time as the window writes it; for another text the nearest moment is known") {
  const std::pair<const char*, std::int64_t> right[] = {
      {"6.4s", 6400000}, {"6400ms", 6400000},     {"00:06.400", 6400000},         {"0:06", 6000000},
      {"1m", 60000000},  {"61:02.5", 3662500000}, {"1:02:03.000001", 3723000001}, {"0s", 0}};
  for (const auto& moment : right) {
    CAPTURE(moment.first);
    REQUIRE(parse_moment(moment.first).has_value());
    CHECK(parse_moment(moment.first)->us == moment.second);
  }
  for (const char* wrong :
       {"", "6", "-1s", ":", "1:", ":06", "0:60", "1:60:00", "1:2:3:4", "0:-1", "0:06s", "0:5m", "soon"})
    CHECK_FALSE_MESSAGE(parse_moment(wrong).has_value(), wrong);
  const std::pair<const char*, const char*> meant[] = {{"6", "6s"},         {"6,4 sec", "6.4s"}, {"400 msec", "400ms"},
                                                       {"2 minutes", "2m"}, {"0:06s", "0:06"},   {"-1s", ""},
                                                       {"soon", ""}};
  for (const auto& pair : meant) CHECK(moment_meant(pair.first) == pair.second);
}

TEST_CASE("a typed moment is read by the rule whose examples the page and the dashboard share") {
  std::ifstream file(source_root() + "/tests/data/moments.json");
  REQUIRE(file.good());
  const auto typed = nlohmann::json::parse(file);
  REQUIRE(typed["moments"].size() > 20);
  REQUIRE(typed["no moments"].size() > 20);
  for (const auto& right : typed["moments"].items()) {
    const std::string text = right.key();
    CAPTURE(text);
    const auto moment = parse_typed_moment(text), strict = parse_moment(text);
    REQUIRE(moment.has_value());
    CHECK(moment->us == right.value().get<std::int64_t>());
    if (strict) CHECK(strict->us == moment->us);  // what an option takes is read alike
  }
  for (const auto& wrong : typed["no moments"]) {
    const auto text = wrong.get<std::string>();
    CAPTURE(text);
    CHECK_FALSE(parse_typed_moment(text).has_value());
    CHECK_FALSE(parse_moment(text).has_value());
  }
}

TEST_CASE("a duration that duration_text writes is read back exactly to the microsecond") {
  for (const std::int64_t us : {0ll, 1ll, 999ll, 1000ll, 1500ll, 250000ll, 999999ll, 1000000ll, 12300000ll, 12345678ll,
                                60000000ll, 90000000ll, 3600000000ll, 86400000000ll, 86400000001ll, -2000000ll, -1ll}) {
    const std::string text = duration_text({us});
    CAPTURE(text);
    REQUIRE(parse_duration(text).has_value());
    CHECK(parse_duration(text)->us == us);
  }
  CHECK(duration_text({250000}) == "250ms");
  CHECK(duration_text({45000000}) == "45s");
  CHECK(duration_text({1500}) == "1.5ms");
}

TEST_CASE("rates are parsed and checked") {
  CHECK(parse_rate("20/s")->millionths_per_second == 20000000);
  CHECK(parse_rate("0.5/s")->millionths_per_second == 500000);
  CHECK(parse_rate("30/m")->millionths_per_second == 500000);
  CHECK(parse_rate("3/s")->due(1).us == 333333);
  CHECK(parse_rate("3/s")->due(3).us == 1000000);
  CHECK(parse_rate("3/s")->due(3000000000ll).us == 1000000000000000);
  for (const char* bad : {"", "20", "0/s", "-1/s", "20/ms", "20 /s", "/s", "20000000/s", "0.0000001/s"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rate(bad).has_value());
  }
}

TEST_CASE("sizes and bandwidths are parsed and checked") {
  CHECK(parse_size("16KB") == 16000);
  CHECK(parse_size("16KiB") == 16384);
  CHECK(parse_size("1.5MB") == 1500000);
  CHECK(parse_size("100B") == 100);
  CHECK(parse_size("10GB") == 10000000000);
  for (const char* bad : {"16", "16kb", "1.5B", "KB", "-1KB", "99999999999TB"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_size(bad).has_value());
  }
  CHECK(parse_bandwidth("1Gbps") == 125000000);
  CHECK(parse_bandwidth("200MB/s") == 200000000);
  CHECK(parse_bandwidth("8Kbps") == 1000);
  CHECK(parse_bandwidth("1KiB/s") == 1024);
  for (const char* bad : {"1Gb", "1gbps", "0Mbps", "200MB", "0B/s"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_bandwidth(bad).has_value());
  }
}

TEST_CASE("latencies, speeds and keys are parsed and checked") {
  CHECK(parse_latency_range("0.4ms..1.2ms")->high.us == 1200);
  CHECK(parse_latency_range("40ms")->low == parse_latency_range("40ms")->high);
  CHECK_FALSE(parse_latency_range("2ms..1ms").has_value());
  CHECK_FALSE(parse_latency_range("1ms..").has_value());
  CHECK_FALSE(parse_latency_range("-1ms..1ms").has_value());
  CHECK(parse_speed("1/200") == 5000);
  CHECK(parse_speed("10") == 10000000);
  CHECK(parse_speed("0.5") == 500000);
  CHECK_FALSE(parse_speed("0").has_value());
  CHECK_FALSE(parse_speed("1/0").has_value());
  CHECK_FALSE(parse_speed("fast").has_value());
  CHECK(parse_keys("none")->kind == cluster::KeySpec::Kind::None);
  CHECK(parse_keys("customer:8")->prefix == "customer");
  CHECK(parse_keys("zipf:1000:1.1")->exponent_ppm == 1100000);
  for (const char* bad :
       {"", "customer", "customer:", "customer:0", "customer:x", ":8", "zipf:10", "zipf:10:x", "zipf:0:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_keys(bad).has_value());
  }
}

TEST_CASE("references to nodes are read and written in the same form") {
  using cluster::parse_node_ref;
  for (const char* text :
       {"broker-1", "controller-2", "shop", "leader:orders-0", "follower:a-b.c-12", "replicas:orders-1", "controller",
        "all-brokers", "coordinator:billing", "transaction-coordinator:tx-1", "host:node-a"}) {
    CAPTURE(text);
    const auto ref = parse_node_ref(text);
    REQUIRE(ref.has_value());
    CHECK(to_text(*ref) == text);
  }
  for (const char* text : {"", "leader:", "leader:orders", "leader:orders-", "leader:orders-x", "leader:orders-01",
                           "coordinator:", "boss:x", "host:"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_node_ref(text).has_value());
  }
}
