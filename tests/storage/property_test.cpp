// Random operations on a log, compared with a plain list of records: reads, counts, and copies that do not change.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "sim/random.h"
#include "storage/cleaner_manager.h"
#include "storage/support.h"

using namespace kafkascope::storage;
using kafkascope::sim::Random;

namespace {

struct Row {
  std::int64_t offset;
  std::string key;
  bool value;
};

/// A log as a plain list.
struct Model {
  std::vector<Row> rows;
  std::int64_t start = 0, end = 0;

  void truncate(std::int64_t to) {
    std::erase_if(rows, [&](const Row& r) { return r.offset >= to; });
    end = to;
    start = std::min(start, to);
  }
};

void check_whole(const PartitionLog& log, const Model& model) {
  std::int64_t bytes = 0, at = -1;
  std::size_t count = 0;
  for (const StoredBatch& b : log.batches()) {
    REQUIRE(b.base_offset.value > at);
    at = b.last_offset().value;
    bytes += b.data->size_bytes;
    ++count;
  }
  REQUIRE(at < log.log_end_offset().value);
  REQUIRE(bytes == log.size_bytes());
  REQUIRE(count == log.batches().size());
  REQUIRE(log.log_end_offset().value == model.end);
  REQUIRE(log.log_start_offset().value == model.start);
  // Every record from the log start on is there, in order, and no other.
  std::vector<Row> seen;
  for (Offset from = log.log_start_offset(); from < log.log_end_offset();) {
    const auto found = log.read(from, log.log_end_offset(), 1 << 30, true);
    if (found.empty()) break;
    for (const StoredBatch& b : found)
      for (int i = 0; i < b.data->count(); ++i) {
        const auto& r = b.data->records[static_cast<std::size_t>(i)];
        const std::int64_t offset = b.base_offset.value + b.data->offset_delta(i);
        if (offset >= model.start) seen.push_back({offset, std::string(*r.key), r.value.has_value()});
      }
    from = found.back().next_offset();
  }
  std::vector<Row> wanted;
  for (const Row& r : model.rows)
    if (r.offset >= model.start) wanted.push_back(r);
  REQUIRE(seen.size() == wanted.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    REQUIRE(seen[i].offset == wanted[i].offset);
    REQUIRE(seen[i].key == wanted[i].key);
  }
}

/// The last record of each key in the cleaned part [0, end) stays; tombstones only until their horizon.
void clean_model(Model& model, const PartitionLog& before, std::int64_t end, std::int64_t now_ms) {
  std::map<std::string, std::int64_t> last;
  for (const Row& r : model.rows)
    if (r.offset < end) last[r.key] = r.offset;
  std::erase_if(model.rows, [&](const Row& r) {
    if (r.offset >= end) return false;
    if (r.offset < last[r.key]) return true;
    if (r.value) return false;
    const std::int64_t horizon = before.batch_at(Offset{r.offset}) == nullptr
                                     ? -1
                                     : before.batch_at(Offset{r.offset})->data->delete_horizon_ms();
    return horizon >= 0 && now_ms >= horizon;
  });
}

}  // namespace

TEST_CASE("storage: random operations agree with a list, and copies do not change") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random(seed, kafkascope::sim::Stream::Placement);
    LogOptions options;
    options.segment_bytes = 600;
    options.cleanup_compact = true;
    options.delete_retention_ms = 40;
    options.retention_ms = -1;
    PartitionLog log(options);
    start_at(log, at_s(0));
    Model model;
    std::vector<std::pair<PartitionLog, Model>> checkpoints;
    for (int step = 0; step < 150; ++step) {
      const auto now = at_s(step);
      const std::int64_t now_ms = step;
      const auto dice = random.below(100);
      if (dice < 70) {
        std::vector<Keyed> records;
        for (std::uint64_t i = 0; i <= random.below(4); ++i) {
          const bool tombstone = random.below(5) == 0;
          records.push_back({"k" + std::to_string(random.below(8)),
                             tombstone ? std::nullopt : std::optional<std::string>("v"), step});
          model.rows.push_back({model.end++, records.back().key, !tombstone});
        }
        log.append_as_leader(keyed(records), LeaderEpoch{step / 30}, now);
      } else if (dice < 78) {
        log.set_high_watermark(log.log_end_offset(), now);
      } else if (dice < 84 && log.log_end_offset() > log.high_watermark()) {
        const StoredBatch* cut = log.batch_at(log.high_watermark());
        const Offset to = cut == nullptr ? log.high_watermark() : cut->base_offset;
        if (to >= log.log_start_offset()) {
          truncate_log(log, to, now);
          model.truncate(to.value);
        }
      } else if (dice < 92) {
        const PartitionLog* logs[] = {&log};
        if (const auto dirty = filthiest_log(logs, now_ms)) {
          const PartitionLog before = log;
          const auto done = log.clean(dirty->first_dirty, dirty->first_uncleanable, 1000, now, now_ms);
          clean_model(model, before, done.end.value, now_ms);
        }
      } else if (dice < 95) {
        const std::int64_t to = model.start + static_cast<std::int64_t>(random.below(6));
        if (log.maybe_increment_log_start_offset(Offset{to}, now)) model.start = to;
        log.delete_old_segments(now, now_ms);
      } else if (dice < 97) {
        log.on_death(kafkascope::sim::Death::Crash, now);
        start_at(log, now);
        model.start = log.log_start_offset().value;
        log.flush(now);
      } else {
        checkpoints.emplace_back(log, model);
      }
      // Records before the log start may still exist physically; the model keeps only readable ones.
      std::erase_if(model.rows, [&](const Row& r) { return r.offset < log.segment_list().base_offset().value; });
      check_whole(log, model);
    }
    for (const auto& [copy, then] : checkpoints) check_whole(copy, then);
  }
}
