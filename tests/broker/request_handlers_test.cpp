// Request handler threads, the request queue, and the threads' idle time. Kafka: RequestChannel,
// KafkaRequestHandlerPool.
#include "broker/request_handlers.h"

#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;
using broker::RequestHandlers;

namespace {

sim::Instant at_s(std::int64_t s) { return sim::Instant{} + sim::seconds(s); }

/// One thread, no room in the page cache, and a disk of a hundred bytes a second.
struct OneThread : Stage {
  OneThread() : Stage(setup()) {
    command([&] { broker().change_disk(storage::kNoDir, {100, {}, {}, {}}, now()); });
  }
  static Setup setup() {
    Setup s;
    s.isr = {1};
    s.dirty_bytes = 1;
    s.config = {{"num.io.threads", std::int64_t{1}}};
    return s;
  }
  std::size_t queued() { return broker().connections().handlers.queue().size(); }
};

}  // namespace

TEST_CASE("KafkaRequestHandlerPool: while all threads wait for the disk, every other request waits in the queue") {
  OneThread s;
  s.produce(1, 1);
  s.run_ms(2);
  CHECK(s.queued() == 0);
  const sim::Instant asked = s.now();
  s.send(Stage::kSecond, MetadataRequest{});
  s.send(Stage::kThird, Stage::fetch_request(-1, 0));
  s.run_ms(2);
  CHECK(s.queued() == 2);
  CHECK(s.peer(Stage::kSecond).got<MetadataResponse>().empty());
  s.run_ms(2000);
  CHECK(s.queued() == 0);
  const auto told = s.peer(Stage::kSecond).got<MetadataResponse>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].first - asked > sim::milliseconds(500));  // the record has about seventy bytes
  CHECK(s.peer(Stage::kThird).got<FetchResponse>().size() == 1);
  const broker::RequestStat& produce = s.broker().metrics().requests[broker::row_of(api::Produce)];
  CHECK(produce.queue.total_us == 0);
  CHECK(produce.local.total_us > 500'000);
  CHECK(produce.remote.total_us == 0);
  const broker::RequestStat& metadata = s.broker().metrics().requests[broker::row_of(api::Metadata)];
  CHECK(metadata.queue.total_us > 500'000);
  CHECK(metadata.local.total_us == 0);
  CHECK(metadata.total.total_us == metadata.queue.total_us);
}

TEST_CASE("A queued append is carried out even if its client has disconnected") {
  OneThread s;
  s.produce(1, 1);
  s.run_ms(2);
  s.send(Stage::kSecond, Stage::produce_request(batch(1), 1));
  s.run_ms(2);
  REQUIRE(s.queued() == 1);
  s.command([&] { s.world.kill(Stage::kSecond, sim::Death::Crash); });
  s.run_ms(50);
  CHECK(s.end() == 1);
  s.run_ms(2000);
  CHECK(s.queued() == 0);
  CHECK(s.end() == 2);
}

TEST_CASE("KIP-226: threads that num.io.threads adds take requests from the queue") {
  OneThread s;
  s.produce(1, 1);
  s.run_ms(2);
  s.send(Stage::kSecond, MetadataRequest{});
  s.run_ms(2);
  REQUIRE(s.queued() == 1);
  s.commit({ConfigRecord{"broker:1", "num.io.threads", "2", false}});
  CHECK(s.queued() == 0);
  CHECK(s.peer(Stage::kSecond).got<MetadataResponse>().size() == 1);
}

TEST_CASE("A broker that crashes loses its queued requests") {
  OneThread s;
  s.produce(1, 1);
  s.run_ms(2);
  s.send(Stage::kSecond, MetadataRequest{});
  s.run_ms(2);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  CHECK(s.queued() == 0);
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(1000);
  CHECK(s.broker().connections().handlers.one_is_free());
}

TEST_CASE("RequestHandlerAvgIdlePercent is an exponentially weighted moving average (EWMA)") {
  RequestHandlers h;
  h.start(2, at_s(0));
  CHECK(h.idle_ppm(at_s(4)) == 0);  // no measurement yet
  CHECK(h.idle_ppm(at_s(5)) == 1'000'000);
  h.begin_wait(at_s(6));
  h.begin_wait(at_s(6));
  h.end_wait(at_s(8));
  // Between 5 and 10 s: one second fully idle, two not idle, two half idle: 2 of 5. 1 + 0.0799556 * (0.4 - 1).
  CHECK(h.idle_ppm(at_s(9)) == 1'000'000);
  CHECK(h.idle_ppm(at_s(10)) == 952'027);
  // Half idle for a minute: the excess over one half has shrunk to e^-1 of it.
  CHECK(h.idle_ppm(at_s(70)) == 666'291);
  h.resize(1, at_s(70));  // the waiting thread is the only one left
  CHECK_FALSE(h.one_is_free());
  CHECK(h.idle_ppm(at_s(130)) == 245'115);
  h.end_wait(at_s(130));
  CHECK(h.idle_ppm(at_s(3600)) == 1'000'000);
}
