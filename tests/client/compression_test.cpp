// A producer's compression.type: its effect on batches, and its cost.
#include <doctest/doctest.h>

#include "client/rig.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;
using protocol::Compression;

namespace {

ProducerOptions compressing(const char* codec) {
  ProducerOptions o = producer_options();
  o.config.set("compression.type", std::string(codec));
  o.config.set("linger.ms", std::int64_t{1000});
  o.config.set("batch.size", std::int64_t{4096});
  return o;
}

std::vector<OutgoingRecord> of_size(int n, std::int32_t bytes) {
  std::vector<OutgoingRecord> out;
  for (int i = 0; i < n; ++i) {
    OutgoingRecord r = record("k", "");
    r.filler = bytes;
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace

TEST_CASE(
    "CompressionRatioEstimator: the estimated ratio improves by 0.5 % per batch, so the next batch holds more records") {
  Rig rig;
  const NodeId n = rig.add(compressing("gzip"));
  rig.run_ms(100);
  rig.produce(n, of_size(2000, 100));
  rig.run_ms(1500);
  const auto& log = rig.broker().logs[orders(0)];
  REQUIRE(log.size() > 20);
  for (const auto& b : log) CHECK(b.data->compression == Compression::Gzip);
  CHECK(log[0].data->size_bytes < 1400);  // 4096 bytes of records, because the compression ratio was not known yet
  CHECK(log[0].data->uncompressed_bytes() <= 4096);
  CHECK(log[20].data->count() > log[0].data->count());
  const Accumulator& accumulator = rig.producer(n).accumulator();
  CHECK(accumulator.expected_ratio_ppm(0) == 1000000 - 5000 * static_cast<std::int64_t>(log.size()));
  CHECK(accumulator.free_memory() == 33554432);
  CHECK(rig.producer(n).stats().acked == 2000);
}

TEST_CASE("a batch that compresses worse than the estimate raises the estimate at once") {
  Rig rig;
  const NodeId n = rig.add(compressing("lz4"));
  rig.run_ms(100);
  rig.produce(n, of_size(1000, 100));
  rig.run_ms(1500);
  const std::int64_t before = rig.producer(n).accumulator().expected_ratio_ppm(0);
  CHECK(before < 950000);
  rig.produce(n, of_size(1, 20));  // alone in its batch, where lz4 makes it larger
  rig.run_ms(3000);
  CHECK(rig.broker().logs[orders(0)].back().data->size_bytes >
        61 + rig.broker().logs[orders(0)].back().data->uncompressed_bytes());
  CHECK(rig.producer(n).accumulator().expected_ratio_ppm(0) > 1000000);
}

TEST_CASE("compression takes time of the application thread, depending on the codec") {
  const auto between = [](const char* codec) {
    Rig rig;
    const NodeId n = rig.add(compressing(codec));
    rig.run_ms(100);
    rig.produce(n, of_size(3, 50000));
    rig.run_ms(2000);
    const auto sent = rig.watch.of(Trace::RecordSent);
    REQUIRE(sent.size() == 3);
    CHECK(rig.producer(n).stats().acked == 3);
    return (sent[2].line.time - sent[1].line.time).us;
  };
  CHECK(between("none") == 0);
  CHECK(between("gzip") >= 4000);  // 50 KB at 80 ns a byte
  CHECK(between("gzip") <= 4100);
  CHECK(between("zstd") >= 550);
  CHECK(between("lz4") >= 50);
  CHECK(between("lz4") < 60);
}
