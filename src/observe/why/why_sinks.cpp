// What the readers of a record wrote of it outside Kafka (a client's "sink").
#include <algorithm>
#include <vector>

#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

namespace {

const cluster::SinkSpec* sink_of(const Story& story, sim::NodeId node) {
  const std::int32_t client = story.cluster().info(node).client;
  if (client < 0) return nullptr;
  const auto& sink = story.cluster().spec().clients[static_cast<std::size_t>(client)].sink;
  return sink ? &*sink : nullptr;
}

}  // namespace

bool tell_written(Telling& telling, const WrittenRecord& r, Weight first) {
  const Story& story = telling.story();
  std::vector<std::string> had;  // tables that have it by then
  bool repeated = false;
  std::uint64_t after = r.written;
  while (const Story::Line* line = story.first<fact::RecordProcessed>(after, [&](const auto& f, const auto& l) {
    return f.partition == r.tp && std::find(r.offsets.begin(), r.offsets.end(), f.offset) != r.offsets.end() &&
           sink_of(story, l.node) != nullptr && (r.group.empty() || story.group_of(l.node) == r.group);
  })) {
    const cluster::SinkSpec& sink = *sink_of(story, line->node);
    const bool again = std::find(had.begin(), had.end(), sink.name) != had.end();
    const bool ignored = again && sink.idempotent;
    repeated = repeated || again;
    telling.say(ignored ? "why.written_ignored"_w
                : again ? "why.written_again"_w
                        : "why.written"_w,
                {{"who", story.cluster().info(line->node).name},
                 {"offset", as<fact::RecordProcessed>(*line).offset.value},
                 {"table", sink.name}},
                line, again ? Weight::Point : first);
    had.push_back(sink.name);
    after = line->seq;
  }
  return repeated;
}

void tell_unwritten(Telling& telling, const WrittenRecord& r) {
  const Story& story = telling.story();
  const auto& clients = story.cluster().spec().clients;
  const auto writes = std::find_if(clients.begin(), clients.end(), [&](const cluster::ClientSpec& client) {
    return client.sink && story.group_of(story.cluster().find(client.id)) == r.group;
  });
  if (writes == clients.end()) return;
  const auto rows =
      story.moment().observation.sinks().rows_of(r.record, story.cluster().topic_name(r.tp.topic), story.cluster());
  if (const auto of = rows.find(writes->sink->name); of != rows.end() && of->second == 0)
    telling.now("why.unwritten"_w, {{"table", writes->sink->name}}, Weight::Point, writes->id);
}

}  // namespace kafkascope::observe
