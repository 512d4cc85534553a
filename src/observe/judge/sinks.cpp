#include "observe/judge/sinks.h"

#include <algorithm>
#include <charconv>

#include "protocol/facts_of_clients.h"
#include "protocol/record_list.h"
#include "protocol/records.h"
#include "protocol/serdes.h"

namespace kafkascope::observe {

namespace {

std::int64_t amount_in(const std::optional<std::string_view>& value, const protocol::Config& config) {
  if (!value) return 0;
  const auto serde = protocol::serde_of_class(config.text("value.deserializer"));
  if (serde == protocol::Serde::Long) return protocol::can_read(*serde, value) ? protocol::read_long(*value) : 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  return error == std::errc{} && end == value->data() + value->size() ? number : 0;
}

}  // namespace

void Sinks::note_processed(const sim::TraceLine& line, const protocol::TraceSubject& subject,
                           const cluster::Cluster& cluster) {
  const cluster::NodeInfo& info = cluster.info(line.node);
  if (info.client < 0) return;
  const cluster::ClientSpec& client = cluster.spec().clients[static_cast<std::size_t>(info.client)];
  if (!client.sink) return;
  const std::optional<protocol::RecordView> record =
      subject.batch->at(as<fact::RecordProcessed>(line).offset - subject.base_offset);
  if (!record) return;
  SinkTable& table = tables_[client.sink->name];
  std::int64_t& rows = table.seen[{subject.batch->client, record->number}];
  if (rows > 0 && client.sink->idempotent) return;
  ++rows;
  ++table.rows;
  table.sum += amount_in(record->value, client.config);
}

std::map<std::string, std::int64_t> Sinks::rows_of(RecordName record, std::string_view topic,
                                                   const cluster::Cluster& cluster) const {
  std::map<std::string, std::int64_t> rows;
  for (const cluster::ClientSpec& client : cluster.spec().clients) {
    const bool reads =
        std::find(client.topics.begin(), client.topics.end(), topic) != client.topics.end() ||
        std::any_of(client.assign.begin(), client.assign.end(), [&](const auto& p) { return p.topic == topic; });
    if (!client.sink || !reads) continue;
    const auto table = tables_.find(client.sink->name);
    const bool known = table != tables_.end() && table->second.seen.contains(record);
    rows[client.sink->name] = known ? table->second.seen.at(record) : 0;
  }
  return rows;
}

}  // namespace kafkascope::observe
