// Why a broker's disk is as it is, how much is on it and how much of that is only in memory; why a log is so large, or its directory is
// offline.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "cluster/acts.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using DiskLine = Story::Line;

namespace {

/// How much fits on the broker's disk: what the file says, or an act that has changed it.
Answer why_disk_capacity(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& name = asked.part(1);
  Telling telling(story, asked.path, asks_value(name + " · disk/capacity_bytes", asked.value));
  const DiskLine* changed = story.last<fact::Command>(story.end(), [&](const fact::Command& f, const DiskLine& l) {
    const NumberedCommand* act = f.verb == "disk" && story.involves(l, node) ? story.command_of(l) : nullptr;
    const auto* disk = act == nullptr ? nullptr : act->command.get_if<cluster::act::Disk>();
    return disk != nullptr && disk->capacity_bytes.has_value();
  });
  telling.trail(changed, Weight::Point);
  if (changed == nullptr)
    telling.now("why.disk_capacity"_w,
                {{"broker", name}, {"dirs", part_of(state_of(story, "/nodes/" + name + "/disk"), "dirs").size()}},
                Weight::Point, name);
  return telling.done();
}

/// The largest of these numbers of bytes, with the names: "orders-0 (1200), orders-1 (800), …". The internal topics' count, too.
std::string largest_of(std::vector<std::pair<std::int64_t, std::string>> all) {
  constexpr std::size_t kMost = 3;
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < kMost; ++i)
    out += (i == 0 ? "" : ", ") + all[i].second + " (" + std::to_string(all[i].first) + ")";
  return all.size() > kMost ? out + ", …" : out;
}

/// The line at which the broker last wrote to that log.
const DiskLine* last_written(const Story& story, sim::NodeId node, TopicPartition tp) {
  const auto here = [&](const auto& f, const DiskLine& l) { return l.node == node && f.partition == tp; };
  return latest({story.last<fact::LogReplicated>(story.end(), here), story.last<fact::LogAppended>(story.end(), here)});
}

/// log.segment.delete.delay.ms as it was when the delay after which that deleted log is gone began: with the deletion, or with the
/// broker's start. Nullopt: not known.
std::optional<std::int64_t> delay_until(const Story& story, sim::NodeId node, sim::Instant gone_at) {
  std::optional<std::int64_t> delay;
  const auto began = [&](const auto&, const DiskLine& l) {
    if (l.node != node) return false;
    const std::int64_t ms = config_before(story, node, l.seq).number("log.segment.delete.delay.ms");
    if (l.time + sim::milliseconds(ms) == gone_at) delay = ms;
    return delay.has_value();
  };
  if (story.last<fact::LogDeleted>(story.end(), began) == nullptr)
    (void)story.last<fact::NodeStarted>(story.end(), began);
  return delay;
}

/// Tells what becomes of the logs that the broker serves no longer. Kafka: LogManager.asyncDelete, which renames the log's directory;
/// deleteLogs removes what ends in -delete when log.segment.delete.delay.ms has passed, and nothing removes what ends in -stray.
void tell_removed(Telling& telling, sim::NodeId node, const RemovedLogs& removed) {
  const Story& story = telling.story();
  const std::string& name = story.cluster().info(node).name;
  if (removed.deleted > 0) {
    std::set<std::optional<std::int64_t>> delays;
    for (const sim::Instant gone_at : removed.gone_at) delays.insert(delay_until(story, node, gone_at));
    const bool one = delays.size() == 1 && *delays.begin(), runs = story.cluster().alive(node);
    telling.now("why.disk_deleted"_w,
                {{"broker", name},
                 {"bytes", removed.deleted},
                 {"runs", runs ? "1" : ""},
                 {"dead", runs ? "" : "1"},
                 {"ms", one && runs ? std::to_string(**delays.begin()) : std::string()},
                 {"until", is_silent(story, node) ? std::string() : in_seconds(removed.gone_at.rbegin()->us)}},
                Weight::Point, name);
  }
  if (removed.stray > 0)
    telling.now("why.disk_stray"_w, {{"broker", name}, {"bytes", removed.stray}}, Weight::Point, name);
}

/// Only brokers have logs.
Answer why_no_logs(const Asked& asked) {
  const std::string& name = asked.part(1);
  Telling telling(asked.story, asked.path, asks_value(name + " · disk/" + asked.part(3), asked.value));
  telling.now("why.disk_of_no_broker"_w, {{"who", name}}, Weight::Point, name);
  return telling.done();
}

/// Where the broker's log ended, by its lines before that one.
protocol::Offset end_before(const Story& story, sim::NodeId node, TopicPartition tp, std::uint64_t before) {
  const auto here = [&](const auto& f, const DiskLine& l) { return l.node == node && f.partition == tp; };
  const DiskLine *wrote = latest(
                     {story.last<fact::LogReplicated>(before, here), story.last<fact::LogAppended>(before, here)}),
                 *cut = story.last<fact::LogTruncated>(before, here),
                 *recovered = story.last<fact::LogRecovered>(before, here),
                 *last = latest({wrote, cut, recovered, story.last<fact::LogDeleted>(before, here)});
  if (last == nullptr) return protocol::Offset{0};
  if (last == wrote) return fact::written_in(*wrote)->last_offset + 1;
  if (last == cut) return as<fact::LogTruncated>(*cut).to;
  return last == recovered ? as<fact::LogRecovered>(*recovered).log_end_offset : protocol::Offset{0};
}

/// The partitions of which the broker wrote records before that line.
std::set<TopicPartition> written_before(const Story& story, sim::NodeId node, std::uint64_t before) {
  std::set<TopicPartition> all;
  const auto note = [&](const auto& f, const DiskLine& l) {
    if (l.node == node) all.insert(f.partition);
    return false;
  };
  (void)story.last<fact::LogReplicated>(before, note);
  (void)story.last<fact::LogAppended>(before, note);
  return all;
}

/// What took records from the broker's logs that it does not have again: its disk was wiped, or it lost its power. Null: nothing did.
const DiskLine* emptied_by(const Story& story, sim::NodeId node) {
  const DiskLine* lost = latest(
      {replaced_disk(story, node, 0), story.last<fact::NodeDied>(story.end(), [&](const auto& f, const DiskLine& l) {
         return l.node == node && f.how == sim::Death::PowerOff;
       })});
  if (lost == nullptr) return nullptr;
  const std::set<TopicPartition> written = written_before(story, node, lost->seq);
  const bool lacks = std::any_of(written.begin(), written.end(), [&](TopicPartition tp) {
    const storage::PartitionLog* log = story.cluster().log(story.cluster().info(node).id, tp);
    return existed(story, tp, story.end()) &&
           (log == nullptr ? protocol::Offset{0} : log->log_end_offset()) < end_before(story, node, tp, lost->seq);
  });
  return lacks ? lost : nullptr;
}

/// What takes space on the disk.
Answer why_used(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& name = asked.part(1);
  Telling telling(story, asked.path, asks_value(name + " · disk/used_bytes", asked.value));
  std::vector<std::pair<std::int64_t, std::string>> sizes;
  for_each_log(story, node, [&](TopicPartition tp, const storage::PartitionLog& log) {
    if (log.disk_bytes(story.cluster().now()) > 0)
      sizes.emplace_back(log.disk_bytes(story.cluster().now()), story.cluster().name(tp));
  });
  const RemovedLogs removed = removed_logs(story, node);
  const auto own = [&](const auto&, const DiskLine& l) { return l.node == node; };
  telling.trail(
      latest({story.last<fact::SegmentDeleted>(story.end(), own), story.last<fact::LogDeleted>(story.end(), own),
              story.last<fact::LogTruncated>(story.end(), own)}),
      Weight::Link);
  const DiskLine* wrote =
      latest({story.last<fact::LogReplicated>(story.end(), own), story.last<fact::LogAppended>(story.end(), own)});
  telling.fact(wrote, Weight::Link);
  telling.trail(emptied_by(story, node), Weight::Cause);
  if (!sizes.empty())
    telling.now("why.disk_used"_w, {{"broker", name}, {"logs", sizes.size()}, {"sizes", largest_of(std::move(sizes))}},
                Weight::Point, name);
  else if (removed.deleted + removed.stray > 0)
    telling.now("why.disk_only_removed"_w, {{"broker", name}}, Weight::Link, name);
  else
    telling.now(wrote == nullptr ? "why.disk_empty"_w : "why.disk_emptied"_w, {{"broker", name}}, Weight::Point, name);
  tell_removed(telling, node, removed);
  return telling.done();
}

/// What of the logs is only in the page cache.
Answer why_unflushed(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& name = asked.part(1);
  Telling telling(story, asked.path, asks_value(name + " · disk/unflushed_bytes", asked.value));
  std::vector<std::pair<std::int64_t, std::string>> sizes;
  TopicPartition most{-1, -1};
  std::int64_t bytes = 0;
  for_each_log(story, node, [&](TopicPartition tp, const storage::PartitionLog& log) {
    const std::int64_t own = log.bytes_between(log.flushed_offset(story.cluster().now()), log.log_end_offset());
    if (own > 0) sizes.emplace_back(own, story.cluster().name(tp));
    if (own > bytes) bytes = own, most = tp;
  });
  const auto own = [&](const auto&, const DiskLine& l) { return l.node == node; };
  telling.fact(story.last<fact::LogFlushed>(story.end(), own), Weight::Link);
  if (sizes.empty()) {
    telling.now("why.disk_all_flushed"_w, {{"broker", name}}, Weight::Point, name);
    return telling.done();
  }
  telling.fact(last_written(story, node, most), Weight::Link);
  const storage::PartitionLog* log = story.cluster().log(story.cluster().info(node).id, most);
  const FlushLimits limits = flush_limits(story, node, log->options());
  telling.now("why.disk_unflushed"_w,
              {{"broker", name},
               {"sizes", largest_of(std::move(sizes))},
               {"partition", story.cluster().name(most)},
               {"messages", limits.messages},
               {"ms", limits.ms},
               {"interval", limits.interval},
               {"once", limits.once},
               {"seconds", lasting(log->options().write_back.us)}},
              Weight::Point, name);
  return telling.done();
}

}  // namespace

FlushLimits flush_limits(const Story& story, sim::NodeId node, const storage::LogOptions& options) {
  const auto limit = [](std::int64_t value) {
    return value >= storage::kForEverMs ? std::string() : std::to_string(value);
  };
  const std::string interval = limit(config_before(story, node, story.end()).number("log.flush.scheduler.interval.ms")),
                    ms = limit(options.flush_ms);
  return {limit(options.flush_messages), interval.empty() ? "" : ms, interval, interval.empty() ? ms : ""};
}

Answer why_disk(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &name = asked.part(1), &field = asked.part(3);
  if (field == "capacity_bytes") return why_disk_capacity(asked, node);
  const bool counted = field == "used_bytes" || field == "unflushed_bytes";
  if (counted && story.cluster().info(node).kind != cluster::NodeKind::Broker) return why_no_logs(asked);
  if (field == "used_bytes") return why_used(asked, node);
  if (field == "unflushed_bytes") return why_unflushed(asked, node);
  Telling telling(story, asked.path, asks("why.q_disk"_w, {{"broker", name}}));
  // A directory that works again since the broker's start is no answer.
  const json dirs = part_of(state_of(story, "/nodes/" + name + "/disk"), "offline_dirs");
  const DiskLine* offline = story.last<fact::LogDirOffline>(story.end(), [&](const auto& f, const DiskLine& l) {
    return l.node == node && std::find(dirs.begin(), dirs.end(), json(f.directory)) != dirs.end();
  });
  const DiskLine* act = story.bad_disk(node, story.end());
  if (offline != nullptr) telling.trail(offline, Weight::Point);
  else if (act != nullptr) telling.trail(act, Weight::Point);
  else telling.now("why.disk_well"_w, {{"broker", name}}, Weight::Point, name);
  return telling.done();
}

Answer why_log_size(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const TopicPartition tp = partition_named(story, partition);
  Telling telling(story, asked.path, asks_value(who + " · " + partition + " · size_bytes", asked.value));
  const storage::PartitionLog* log = story.cluster().log(story.cluster().info(node).id, tp);
  const auto here = [&](const auto& f, const DiskLine& l) { return l.node == node && f.partition == tp; };
  const DiskLine *wrote = last_written(story, node, tp),
                 *shrank = latest({story.last<fact::SegmentDeleted>(story.end(), here),
                                   story.last<fact::LogTruncated>(story.end(), here),
                                   story.last<fact::LogCompacted>(story.end(), here)});
  telling.fact(wrote, Weight::Link);
  telling.trail(shrank, Weight::Cause);
  if (log == nullptr || log->size_bytes() == 0) {
    telling.now(wrote == nullptr ? "why.log_empty"_w : "why.log_emptied"_w, {{"broker", who}, {"partition", partition}},
                Weight::Point, partition);
    return telling.done();
  }
  const std::int64_t base = log->segments().front().base_offset.value, end = log->log_end_offset().value;
  std::int64_t records = 0;
  for (const protocol::StoredBatch& batch : log->batches()) records += batch.data->count();
  const bool whole = records >= end - base;
  telling.now(whole ? "why.log_size"_w : "why.log_size_compacted"_w,
              {{"broker", who},
               {"partition", partition},
               {"segments", log->segments().size()},
               {"base", base},
               {"last", end - 1},
               {"records", records},
               {"offsets", end - base}},
              Weight::Point, partition);
  return telling.done();
}

Answer why_log_offline(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  Telling telling(story, asked.path, asks_value(who + " · " + partition + " · offline", asked.value));
  const json dir = state_of(story, asked.path.substr(0, asked.path.rfind('/')) + "/dir");
  const bool offline = asked.value == true;
  const DiskLine* failed = story.last<fact::LogDirOffline>(story.end(), [&](const auto& f, const DiskLine& l) {
    return l.node == node && (whole_of(dir) < 0 || f.directory == dir);
  });
  if (offline) telling.trail(failed, Weight::Point);
  telling.now(offline ? "why.log_offline"_w : "why.log_online"_w,
              {{"broker", who},
               {"partition", partition},
               {"dir", whole_of(dir) < 0 ? std::string() : std::to_string(whole_of(dir))},
               {"unknown", whole_of(dir) < 0 ? "1" : ""}},
              Weight::Point, who);
  return telling.done();
}

}  // namespace kafkascope::observe
