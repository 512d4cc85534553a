#include "app/recent_trace.h"

#include <algorithm>
#include <optional>
#include <string>

#include "app/record_contents.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "observe/model/snapshot_builder.h"
#include "observe/model/state_document.h"
#include "observe/words/bytes.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/message.h"
#include "protocol/messages_data.h"
#include "protocol/serdes.h"
#include "storage/partition_log.h"
#include "ui/strings.h"

namespace kafkascope::app {

using protocol::TopicPartition;

namespace {

constexpr std::size_t kMostReceived = 24;  // no panel has room for more

/// The record's value as text; nothing if it has none, or if only its size is simulated.
std::optional<std::string> value_text(const protocol::RecordView& record) {
  if (!record.value || record.filler > 0) return std::nullopt;
  return observe::shown(*record.value);
}

/// The object whose bytes the value is, as the class that this key sets reads it: "1500"; nothing if it is these bytes,
/// or cannot be read.
std::optional<std::string> object_of(const protocol::RecordView& record, const protocol::Config& config,
                                     const char* key) {
  const auto serde = protocol::serde_of_class(config.text(key));
  if (!serde || !config.explicitly(key) || *serde == protocol::Serde::ByteArray ||
      *serde == protocol::Serde::ByteBuffer || !record.value || record.filler > 0 ||
      !protocol::can_read(*serde, record.value))
    return std::nullopt;
  const std::string text = observe::printed(protocol::decoded(*serde, *record.value));
  return text == *record.value ? std::nullopt : std::optional(text);
}

/// "1500 → " before the bytes that the producer's serializer has made of the object.
std::string serialized_from(const protocol::RecordView& record, const protocol::RecordBatch& batch,
                            const cluster::Cluster& cluster) {
  const auto* producer = batch.client < 0 ? nullptr : cluster.role<client::Producer>(sim::NodeId{batch.client});
  const auto object =
      producer == nullptr ? std::nullopt : object_of(record, producer->options().config, "value.serializer");
  return object ? *object + " → " : std::string();
}

/// Adds the values of one delivery, the newest first, until there are enough; false if a record has no text, or is no
/// longer in the log. The bytes that the consumer's deserializer turns into an object stand before it.
bool add_newest_first(const std::vector<observe::TraceStore::Handed>& handed, TopicPartition tp,
                      const cluster::Cluster& cluster, sim::NodeId reader, std::vector<std::string>& values,
                      bool& more) {
  const auto* consumer = cluster.role<client::Consumer>(reader);
  for (auto at = handed.rbegin(); at != handed.rend(); ++at) {
    const RecordPlace place = place_at(tp, at->offset.value, cluster);
    const auto& record = place.record;
    // Another record may have this offset now.
    if (!record || record->number != at->number || place.batch->data->client != at->client) return false;
    const auto text = is_null(*record) ? "null" : value_text(*record);
    if (!text) return false;
    more = values.size() == kMostReceived;
    if (more) break;
    const auto object =
        consumer == nullptr ? std::nullopt : object_of(*record, consumer->options().config, "value.deserializer");
    values.push_back(object ? *text + " → " + *object : *text);
  }
  return true;
}

/// "kim: 3 pears"; a key alone if the value has no text.
ui::Words brief_of(const protocol::RecordView& record, std::int64_t offset, const std::string& object) {
  const std::string key = record.key ? observe::shown(*record.key) : std::string();
  if (record.key && is_null(record)) {
    const ui::Words tombstone = ui::both("ui.key_tombstone"_w);
    return {key + ": " + tombstone.en, key + ": " + tombstone.ko};
  }
  const std::string value = object + value_text(record).value_or("");
  const std::string both = key.empty() ? value : value.empty() ? key : key + ": " + value;
  return both.empty() ? ui::Words{std::to_string(offset), std::to_string(offset)} : ui::Words{both, both};
}

}  // namespace

void RecentTrace::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    seen_ = l.seq;
    if (fact_if<fact::RecordDelivered>(l)) delivered_[l.node.index].push_back({l.time.us, l.seq});
    if (const auto f = fact_if<fact::MetadataAppended>(l)) {
      const bool same = !writes_.empty() && writes_.back().us == l.time.us &&
                        writes_.back().from + writes_.back().records == f->offset.value;
      if (same) ++writes_.back().records;
      else writes_.push_back({l.time.us, f->offset.value, 1});
    }
  }
}

void RecentTrace::fill(observe::Snapshot& snapshot, const scenario::Session& session) const {
  const std::int64_t now = session.now().us;
  const auto later = [](std::int64_t us, const MetadataWrite& write) { return us < write.us; };
  const auto next = std::upper_bound(writes_.begin(), writes_.end(), now, later);
  if (next == writes_.begin()) return;
  snapshot.work.written_from = std::prev(next)->from;
  snapshot.work.written = std::prev(next)->records;
}

void RecentTrace::fill(ui::LessonView& view, const scenario::Session& session) const {
  const observe::TraceStore& trace = session.observation().trace();
  const std::int64_t now = session.now().us;
  for (const ui::PointAt& point : view.point) {
    const auto tokens = observe::split_pointer(point.path);
    if (tokens.size() != 2 || (tokens[0] != "clients" && tokens[0] != "nodes")) continue;
    const sim::NodeId node = session.cluster().find(tokens[1]);
    const auto known = node.valid() ? delivered_.find(node.index) : delivered_.end();
    if (known == delivered_.end()) continue;
    ui::ReceivedRecords received;
    received.client = tokens[1];
    bool readable = true;
    for (auto at = known->second.rbegin(); readable && !received.more && at != known->second.rend(); ++at) {
      const sim::TraceLine* line = at->us > now ? nullptr : trace.find(at->seq);
      const auto f = line == nullptr ? std::nullopt : fact_if<fact::RecordDelivered>(*line);
      if (!f) continue;
      const std::string topic = session.cluster().topic_name(f->partition.topic);
      if (received.topic.empty()) received.topic = topic;
      if (topic != received.topic) continue;  // the row stands below one topic's partitions
      readable = session.cluster().leader_log(f->partition) != nullptr &&
                 add_newest_first(trace.handed_at(at->seq), f->partition, session.cluster(), node, received.values,
                                  received.more);
    }
    if (!readable || received.values.empty()) continue;
    std::reverse(received.values.begin(), received.values.end());
    view.received.push_back(std::move(received));
  }
}

namespace {

constexpr const char* kNoWriter = "–";  // not known, as of a deleted record

/// Adds the writer as the first part of each record, if one partition's records have different writers.
void add_writers(ui::LessonView& view, const std::vector<std::string>& writers) {
  for (std::size_t i = 0; i < view.records.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (view.records[i].partition == view.records[k].partition && writers[i] != writers[k] &&
          writers[i] != kNoWriter && writers[k] != kNoWriter) {
        for (std::size_t n = 0; n < writers.size(); ++n)
          view.records[n].fields.insert(view.records[n].fields.begin(),
                                        {ui::both("app.written_by"_w), {writers[n], writers[n]}, true});
        return;
      }
}

/// Fills LessonView::keys with the requests that carry the record which will have that offset.
void add_on_the_way(ui::LessonView& view, protocol::TopicPartition tp, std::int64_t offset,
                    const cluster::Cluster& cluster) {
  const storage::PartitionLog* log = cluster.leader_log(tp);
  if (log == nullptr) return;
  const std::int64_t index = offset - log->log_end_offset().value;
  cluster.for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message& message) {
        const auto* produce = protocol::get_if<protocol::ProduceRequest>(&message.body);
        if (produce == nullptr) return;
        for (const protocol::PartitionProduceData& data : produce->partitions) {
          const auto record = data.partition == tp ? data.batch->at(index) : std::nullopt;
          if (!record) continue;
          if (const auto field = key_arithmetic(*record, *data.batch, tp, cluster))
            view.keys.push_back({observe::message_id(packet), field->value});
        }
      },
      [](const sim::PendingTimer&) {});
}

}  // namespace

void fill_pointed_records(ui::LessonView& view, const scenario::Session& session) {
  std::vector<std::string> writers;
  const cluster::Cluster& cluster = session.cluster();
  for (ui::PointAt& point : view.point) {
    const auto tokens = observe::split_pointer(point.path);
    const bool by_key = tokens.size() == 4 && tokens[3] == "key";
    if ((tokens.size() != 3 && !by_key) || tokens[0] != "records") continue;
    const bool digits = tokens[2].find_first_not_of("0123456789") == std::string::npos;
    const auto offset = digits ? protocol::parse_whole_number(tokens[2]) : std::nullopt;
    const auto place = offset ? place_at(tokens[1], *offset, cluster) : std::nullopt;
    if (place && place->batch == nullptr)
      if (const storage::PartitionLog* log = cluster.leader_log(place->tp);
          log != nullptr && *offset < log->log_start_offset().value) {
        const ui::Words gone =
            ui::both("app.record_deleted"_w, {{"offset", std::to_string(log->log_start_offset().value)}});
        const std::string at = tokens[1] + " " + tokens[2];
        point.label = gone;
        view.records.push_back({tokens[1], *offset, {{{at, at}, gone}}, gone});
        writers.emplace_back(kNoWriter);
      }
    if (place && !place->record && by_key) add_on_the_way(view, place->tp, *offset, cluster);
    if (!place || !place->record) continue;
    const protocol::RecordView& record = *place->record;
    const std::string object = serialized_from(record, *place->batch->data, cluster);
    ui::PointedRecord pointed{tokens[1], *offset, {}, brief_of(record, *offset, object)};
    const std::vector<ui::RecordField> all = record_contents(record, *place->batch, *offset, place->tp, cluster);
    for (std::size_t i = 0; i < all.size(); ++i)  // key and value come first; an object with its bytes needs the room
      if (i < 2 || (all[i].in_card && object.empty())) pointed.fields.push_back(all[i]);
    pointed.fields[1].value = {object + pointed.fields[1].value.en, object + pointed.fields[1].value.ko};
    if (record.key && is_null(record)) {
      const ui::Words tombstone = ui::both("ui.key_tombstone"_w);
      pointed.fields[1].value.en += ": " + tombstone.en;
      pointed.fields[1].value.ko += ": " + tombstone.ko;
    }
    if (const auto choice = by_key ? key_arithmetic(record, *place->batch->data, place->tp, cluster) : std::nullopt) {
      pointed.by_key = true;
      pointed.brief = choice->value;
      pointed.briefer = key_arithmetic(record, *place->batch->data, place->tp, cluster, true)->value;
      pointed.fields.push_back(*choice);
    }
    point.label = pointed.brief;
    view.records.push_back(std::move(pointed));
    const std::int32_t client = place->batch->data->client;
    writers.push_back(client < 0 ? std::string(kNoWriter) : cluster.info(sim::NodeId{client}).name);
  }
  add_writers(view, writers);
}

}  // namespace kafkascope::app
