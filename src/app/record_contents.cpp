#include "app/record_contents.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "client/partitioner.h"
#include "client/producer.h"
#include "coordinator/readable_records.h"
#include "observe/words/bytes.h"
#include "storage/partition_log.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

ui::Words bytes_words(const std::optional<std::string_view>& bytes, std::int32_t filler = 0) {
  if (!bytes && filler > 0) return ui::both("app.bytes"_w, {{"count", std::to_string(filler)}});
  if (!bytes) return {"null", "null"};
  if (observe::is_text(*bytes)) return {fmt::format("\"{}\"", *bytes), fmt::format("\"{}\"", *bytes)};
  const std::string hex = observe::in_hex(*bytes);
  return ui::both("app.hex_bytes"_w, {{"hex", hex}, {"count", std::to_string(bytes->size())}});
}

/// How a partitioner turns the key into a partition.
struct Choice {
  ui::Words whole;
  ui::Words brief, least;    // the arithmetic alone; without the key
  std::int32_t chosen = -1;  // -1: the key does not count
};

/// The choice of the producer's partitioner, with the present number of partitions.
Choice choice_by_key(std::string_view key, const client::ProducerOptions& producer, std::int32_t partitions) {
  using client::PartitionerKind;
  const PartitionerKind kind = producer.partitioner.kind;
  const protocol::Config& config = producer.config;
  if (kind == PartitionerKind::RoundRobin ||
      (kind == PartitionerKind::Default && config.text("partitioner.class").find("RoundRobin") != std::string::npos))
    return {ui::both("app.partitions_take_turns"_w), {}, {}};
  if (kind == PartitionerKind::Sticky ||
      (config.version() != protocol::KafkaVersion::V2_5 && config.flag("partitioner.ignore.keys")))
    return {ui::both("app.key_is_ignored"_w), {}, {}};
  const std::string count = std::to_string(partitions);
  if (kind == PartitionerKind::Crc32 || kind == PartitionerKind::Fnv1a) {
    const bool crc = kind == PartitionerKind::Crc32;
    const std::int32_t chosen =
        crc ? client::crc32_partition(key, partitions) : client::fnv1a_partition(key, partitions);
    const ui::Words words = ui::both(crc ? "app.crc32_mod"_w : "app.fnv1a_mod"_w,
                                     {{"partitions", count}, {"partition", std::to_string(chosen)}});
    return {words, words, words, chosen};
  }
  const std::string& separator = producer.partitioner.separator;
  if (kind == PartitionerKind::KeyPrefix && !separator.empty()) key = key.substr(0, key.find(separator));
  const std::int32_t chosen = client::partition_for_key(key, partitions);
  const auto hash = static_cast<std::uint32_t>(protocol::murmur2(key));
  const std::string text = observe::is_text(key) ? std::string(key) : observe::in_hex(key),
                    positive = std::to_string(hash & 0x7fffffffu), partition = std::to_string(chosen);
  const bool negative = hash > 0x7fffffffu;
  return {ui::both("app.murmur2_mod"_w, {{"key", text},
                                         {"hash", fmt::format("0x{:08x}", hash)},
                                         {"positive", positive},
                                         {"partitions", count},
                                         {"partition", partition}}),
          ui::both(negative ? "app.murmur2_masked"_w : "app.murmur2_brief"_w,
                   {{"key", text}, {"positive", positive}, {"partitions", count}, {"partition", partition}}),
          ui::both("app.murmur2_least"_w, {{"positive", positive}, {"partitions", count}, {"partition", partition}}),
          chosen};
}

/// nullopt: the record has no key, belongs to a coordinator, or its producer is not known here.
std::optional<Choice> choice_of(const protocol::RecordView& record, const protocol::RecordBatch& data,
                                protocol::TopicPartition place, const cluster::Cluster& cluster) {
  const protocol::TopicImage* topic = cluster.committed().topic(place.topic);
  const auto* producer = data.client < 0 ? nullptr : cluster.role<client::Producer>(sim::NodeId{data.client});
  if (!record.key || topic == nullptr || producer == nullptr ||
      coordinator::readable(topic->name, record, cluster.committed()))
    return std::nullopt;
  return choice_by_key(*record.key, producer->options(), static_cast<std::int32_t>(topic->partitions.size()));
}

}  // namespace

std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset, protocol::TopicPartition place,
                                             const cluster::Cluster& cluster) {
  const protocol::RecordBatch& data = *batch.data;
  std::vector<ui::RecordField> fields;
  const auto same = [](std::string s) { return ui::Words{s, s}; };
  const protocol::TopicImage* topic = cluster.committed().topic(place.topic);
  const auto readable =
      topic == nullptr ? std::nullopt : coordinator::readable(topic->name, record, cluster.committed());
  fields.push_back({ui::both("ui.tip_key"_w), readable ? same(readable->key) : bytes_words(record.key)});
  fields.push_back({ui::both("ui.tip_value"_w),
                    readable ? same(readable->value.value_or("null")) : bytes_words(record.value, record.filler)});
  if (const auto choice = choice_of(record, data, place, cluster)) {
    fields.push_back({ui::both("app.partition_by_key"_w), choice->whole});
    if (choice->chosen >= 0 && choice->chosen != place.partition)
      fields.push_back({ui::both("app.partition_in_fact"_w),
                        ui::both("app.chosen_otherwise"_w, {{"partition", std::to_string(place.partition)}})});
  }
  const std::time_t seconds = static_cast<std::time_t>(record.timestamp_ms / 1000);
  fields.push_back(
      {ui::both("app.timestamp"_w),
       same(fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(seconds), record.timestamp_ms % 1000)), true});
  for (const auto& [key, value] : protocol::unpack_headers(record.headers))
    fields.push_back({ui::both("app.header"_w, {{"key", key}}), bytes_words(std::string_view(value)), true});
  fields.push_back({ui::both("app.leader_epoch"_w), same(std::to_string(batch.leader_epoch.value))});
  if (data.base_sequence >= 0) {
    const std::int64_t sequence =
        (data.base_sequence + (offset - batch.base_offset.value)) & 0x7fffffff;  // wraps as in DefaultRecordBatch
    fields.push_back({ui::both("app.producer_id_epoch_sequence"_w),
                      same(fmt::format("{}, {}, {}", data.producer_id, data.producer_epoch, sequence))});
  }
  if (!readable && record.value && record.filler == 0 && !record.value->empty() && observe::is_text(*record.value))
    fields.push_back({ui::both("app.value_bytes_in_hex"_w), same(observe::in_hex(*record.value))});
  fields.push_back({ui::both("app.batch"_w),
                    ui::both("app.batch_size"_w,
                             {{"records", std::to_string(data.count())}, {"bytes", std::to_string(data.size_bytes)}})});
  return fields;
}

std::optional<ui::RecordField> key_arithmetic(const protocol::RecordView& record, const protocol::RecordBatch& batch,
                                              protocol::TopicPartition place, const cluster::Cluster& cluster,
                                              bool least) {
  const auto choice = choice_of(record, batch, place, cluster);
  if (!choice || choice->chosen != place.partition) return std::nullopt;
  return ui::RecordField{ui::both("app.partition_by_key"_w), least ? choice->least : choice->brief, true};
}

RecordPlace place_at(protocol::TopicPartition tp, std::int64_t offset, const cluster::Cluster& cluster) {
  RecordPlace place{tp, nullptr, std::nullopt};
  if (const storage::PartitionLog* log = cluster.leader_log(tp)) place.batch = log->batch_at(protocol::Offset{offset});
  if (place.batch != nullptr) place.record = place.batch->data->at(offset - place.batch->base_offset.value);
  return place;
}

std::optional<RecordPlace> place_at(const std::string& partition, std::int64_t offset,
                                    const cluster::Cluster& cluster) {
  const auto name = cluster::parse_partition_name(partition);
  if (!name) return std::nullopt;
  return place_at(cluster.partition(*name), offset, cluster);
}

}  // namespace kafkascope::app
