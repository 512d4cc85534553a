// Why an act is done, has failed or waits; why a table outside Kafka has its rows; what readers wrote to it for
// a record ("sink"); whether an invariant has been violated, and by what.
#include <algorithm>

#include "observe/model/acts.h"
#include "observe/why/one_record.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

using nlohmann::json;
using OutsideLine = Story::Line;

std::optional<Answer> why_act(const Asked& asked) {
  const Story& story = asked.story;
  const auto number = whole_number(asked.part(1));
  const auto& taken = story.moment().observation.acts_taken();
  const auto act =
      std::find_if(taken.begin(), taken.end(), [&](const ActTaken& a) { return number && a.number == *number; });
  if (act == taken.end()) return std::nullopt;
  const OutsideLine* line = story.last<fact::Command>(
      story.end(), [&](const fact::Command& f, const OutsideLine&) { return f.number == act->number; });
  if (line == nullptr) return std::nullopt;
  const std::string spelled = as<fact::Command>(*line).spelled();
  Telling telling(story, asked.path, asks("why.q_act"_w, {{"what", spelled}}));
  const std::string subject = act->node.empty() ? subject_of(story, *line) : act->node;
  if (act->step >= 0 || asked.part(2) == "step")
    telling.say(act->step >= 0 ? "why.act_of_script"_w : "why.act_by_hand"_w, {{"act", spelled}}, line, Weight::Point,
                subject);
  telling.trail(line, Weight::Point);
  const ActOutcome outcome = outcome_of(story.moment(), *act);
  const OutsideLine* answered =
      act->call == 0 ? nullptr : story.last<fact::CommandResult>(story.end(), [&](const auto& f, const OutsideLine& l) {
        return l.node == act->by && f.call == act->call;
      });
  telling.fact(answered, Weight::Point);
  if (!act->done) telling.say(act->refused, line, Weight::Point, subject);
  else if (outcome.state == ActState::Failed && answered == nullptr)
    telling.now("why.act_failed"_w, {{"error", outcome.error}}, Weight::Point, subject);
  else if (outcome.state == ActState::Waiting) telling.now("why.act_waits"_w, {}, Weight::Point, subject);
  return telling.done();
}

namespace {

/// The record that has the most rows in the table, if one of them has several.
std::optional<RecordName> repeated_in(const SinkTable& table) {
  std::optional<RecordName> found;
  std::int64_t most = 1;
  for (const auto& [record, rows] : table.seen)
    if (rows > most) found = record, most = rows;
  return found;
}

}  // namespace

std::optional<Answer> why_sink(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& table = asked.part(1);
  std::string writers;
  std::string group;
  bool idempotent = false;
  std::vector<sim::NodeId> nodes;
  for (const cluster::ClientSpec& client : story.cluster().spec().clients) {
    if (!client.sink || client.sink->name != table) continue;
    idempotent = idempotent || client.sink->idempotent;
    nodes.push_back(story.cluster().find(client.id));
    writers += (writers.empty() ? "" : ", ") + client.id;
    if (group.empty()) group = story.group_of(nodes.back());
    if (group.empty()) group = "@" + client.id;  // as the ledger names a consumer without a group
  }
  if (nodes.empty()) return std::nullopt;
  const auto& tables = story.moment().observation.sinks().tables();
  const auto at = tables.find(table);
  const bool of_repeated = asked.part(2) == "repeated" || asked.part(2).empty();
  if (const auto again = at == tables.end() || !of_repeated ? std::nullopt : repeated_in(at->second))
    if (auto answer = why_read(story, asked.path, again->client, again->number, "redelivered", group)) return answer;
  Telling telling(story, asked.path,
                  asks_value(table + (asked.part(2).empty() ? "" : " · ") + asked.part(2), asked.value));
  const OutsideLine* last = story.last<fact::RecordProcessed>(story.end(), [&](const auto&, const OutsideLine& l) {
    return std::find(nodes.begin(), nodes.end(), l.node) != nodes.end();
  });
  telling.trail(last, Weight::Link);
  if (last == nullptr) telling.now("why.sink_empty"_w, {{"who", writers}, {"table", table}}, Weight::Point, table);
  else
    telling.now("why.sink_rows"_w, {{"who", writers}, {"table", table}, {"idempotent", idempotent ? "1" : ""}},
                Weight::Point, story.cluster().info(nodes.front()).name);
  return telling.done();
}

std::optional<Answer> why_invariants(const Asked& asked) {
  const Story& story = asked.story;
  const auto& violations = story.moment().observation.invariants().violations();
  const auto index = whole_number(asked.part(1).empty() ? "0" : asked.part(1));
  if (violations.empty() || !index || *index >= violations.size()) {
    if (!asked.part(1).empty()) return std::nullopt;
    Telling telling(story, asked.path, asks("why.q_invariants"_w));
    telling.now("why.invariants_hold"_w, {}, Weight::Point, "");
    return telling.done();
  }
  const Violation& v = violations[*index];
  Telling telling(story, asked.path, asks("why.q_violated"_w, {{"name", v.name}}));
  const OutsideLine* by = nullptr;  // the last line of that moment about the partition: the check follows the fact
  const TraceStore& trace = story.trace();
  for (std::size_t i = trace.first_at(sim::Instant{v.at_us}); i < trace.size() && trace[i].time.us == v.at_us; ++i)
    if (matters(trace[i]) && (v.topic < 0 || (trace[i].topic == v.topic && trace[i].partition == v.partition)))
      by = &trace[i];
  telling.trail(by, Weight::Link);
  telling.dated(v.told(), sim::Instant{v.at_us}, Weight::Point, v.of);
  return telling.done();
}

namespace {

const cluster::SinkSpec* sink_of(const Story& story, sim::NodeId node) {
  const cluster::ClientSpec* spec = story.declared(node);
  return spec != nullptr && spec->sink ? &*spec->sink : nullptr;
}

}  // namespace

bool tell_written(Telling& telling, const WrittenRecord& r, Weight first) {
  const Story& story = telling.story();
  std::vector<std::string> had;               // tables that have it by then
  bool repeated = false, first_again = true;  // one is enough: its cause matters more than further ones
  std::uint64_t after = r.written;
  while (const Story::Line* line = story.first<fact::RecordProcessed>(after, [&](const auto& f, const auto& l) {
    return f.partition == r.tp && sink_of(story, l.node) != nullptr && handed_at(story, l, r.record).known() &&
           (r.group.empty() || reader_name(story, l.node) == r.group);
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
                line,
                again && first_again ? Weight::Point
                : again              ? Weight::Link
                                     : first);
    first_again = first_again && !again;
    had.push_back(sink.name);
    after = line->seq;
  }
  return repeated;
}

void tell_unwritten(Telling& telling, const WrittenRecord& r) {
  const Story& story = telling.story();
  const auto& clients = story.cluster().spec().clients;
  const auto writes = std::find_if(clients.begin(), clients.end(), [&](const cluster::ClientSpec& client) {
    return client.sink && reader_name(story, story.cluster().find(client.id)) == r.group;
  });
  if (writes == clients.end()) return;
  const auto rows =
      story.moment().observation.sinks().rows_of(r.record, story.cluster().topic_name(r.tp.topic), story.cluster());
  if (const auto of = rows.find(writes->sink->name); of != rows.end() && of->second == 0)
    telling.now("why.unwritten"_w, {{"table", writes->sink->name}}, Weight::Point, writes->id);
}

}  // namespace kafkascope::observe
