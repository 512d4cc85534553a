#include "observe/judge/sinks.h"

#include <charconv>

#include "protocol/facts_of_clients.h"
#include "protocol/record_list.h"
#include "protocol/records.h"

namespace kafkascope::observe {

namespace {

std::int64_t whole_number(const std::optional<std::string_view>& value, const protocol::Config& config) {
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
  const bool fresh = table.seen.emplace(subject.batch->client, record->number).second;
  if (!fresh && client.sink->idempotent) return;
  ++table.rows;
  table.sum += whole_number(record->value, client.config);
}

}  // namespace kafkascope::observe
