// One replica's log: the cost of appending, reading, compacting and recovering a record, its memory, and the cost of a checkpoint of many logs.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "storage/cleaner_manager.h"
#include "storage/partition_log.h"

namespace {

using namespace kafkascope;
using storage::LeaderEpoch;
using storage::Offset;
using storage::PartitionLog;

constexpr int kPerBatch = 10;

protocol::BatchRef batch(int first_key, int keys) {
  protocol::RecordBatch b;
  for (int i = 0; i < kPerBatch; ++i) {
    protocol::Record r;
    r.key = "key-" + std::to_string((first_key + i) % keys);
    r.filler = 100;
    r.value = "";
    r.timestamp_ms = sim::kEpochMs;
    b.records.push_back(std::move(r));
  }
  return protocol::seal(std::move(b));
}

storage::LogOptions options() {
  storage::LogOptions o;
  o.segment_bytes = 1048576;
  o.cleanup_compact = true;
  o.retention_ms = -1;
  return o;
}

PartitionLog filled(int batches, int keys) {
  PartitionLog log(options());
  log.on_start({}, 0, {{}, {}});
  for (int i = 0; i < batches; ++i) log.append_as_leader(batch(i * kPerBatch, keys), LeaderEpoch{0}, {});
  log.set_high_watermark(log.log_end_offset(), {});
  return log;
}

void per_record(benchmark::State& state, std::int64_t records) {
  state.counters["s_per_record"] =
      benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void append(benchmark::State& state) {
  const auto shared = batch(0, 1000);
  std::int64_t records = 0;
  for (auto _ : state) {
    PartitionLog log(options());
    for (int i = 0; i < 10000; ++i) log.append_as_leader(shared, LeaderEpoch{0}, {i});
    benchmark::DoNotOptimize(log.log_end_offset());
    records += 10000 * kPerBatch;
  }
  per_record(state, records);
}
BENCHMARK(append)->Unit(benchmark::kMillisecond);

void fetch(benchmark::State& state) {
  const PartitionLog log = filled(10000, 1000);
  std::int64_t records = 0;
  for (auto _ : state)
    for (Offset at{0}; at < log.log_end_offset();) {
      const auto found = log.read(at, log.log_end_offset(), 1048576, true);
      for (const auto& b : found) records += b.data->count();
      at = found.back().next_offset();
    }
  per_record(state, records);
}
BENCHMARK(fetch)->Unit(benchmark::kMillisecond);

void compaction(benchmark::State& state) {
  const PartitionLog full = filled(10000, 1000);
  std::int64_t records = 0;
  for (auto _ : state) {
    PartitionLog log = full;
    const storage::LogToClean dirty = storage::describe_for_cleaning(log, 0);
    records += log.clean(dirty.first_dirty, dirty.first_uncleanable, 1 << 20, {}, 0).records_read;
  }
  per_record(state, records);
}
BENCHMARK(compaction)->Unit(benchmark::kMillisecond);

void recovery(benchmark::State& state) {
  const PartitionLog full = filled(10000, 1000);
  std::int64_t records = 0;
  for (auto _ : state) {
    PartitionLog log = full;
    log.on_death(sim::Death::PowerOff, {1});
    log.on_start({2}, 0, {{2}, {2}});
    benchmark::DoNotOptimize(log.recovery().bytes_scanned);
    records += 10000 * kPerBatch;
  }
  per_record(state, records);
}
BENCHMARK(recovery)->Unit(benchmark::kMillisecond);

/// Bytes a stored record takes: alone, and in each further replica that shares the batches.
void weight(benchmark::State& state) {
  for (auto _ : state) {
    const auto in_use = [] { return static_cast<double>(mallinfo2().uordblks); };
    const double before = in_use();
    PartitionLog leader(options());
    for (int i = 0; i < 10000; ++i) leader.append_as_leader(batch(i, 1000), LeaderEpoch{0}, {});
    const double one = in_use();
    PartitionLog follower(options());
    for (const auto& b : leader.batches()) follower.append_as_follower(b, {});
    state.counters["leader_bytes_per_record"] = (one - before) / (10000 * kPerBatch);
    state.counters["follower_bytes_per_record"] = (in_use() - one) / (10000 * kPerBatch);
  }
}
BENCHMARK(weight)->Iterations(1);

/// 10 brokers × 1,000 replicas × 100 batches.
void checkpoint(benchmark::State& state) {
  const auto shared = batch(0, 1000);
  std::vector<PartitionLog> logs(10000);
  for (PartitionLog& log : logs)
    for (int i = 0; i < 100; ++i) log.append_as_leader(shared, LeaderEpoch{0}, {});
  double bytes = 0;
  for (auto _ : state) {
    const double before = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
    std::vector<PartitionLog> copy = logs;
    benchmark::DoNotOptimize(copy.data());
    bytes = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd) - before;
  }
  state.counters["bytes"] = bytes;
}
BENCHMARK(checkpoint)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
