#include "app/log_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "app/acts.h"
#include "app/log_links.h"
#include "app/record_contents.h"
#include "client/consumer.h"
#include "observe/model/fates.h"
#include "observe/why/causes.h"
#include "observe/words/bytes.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/serdes.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"
#include "ui/strings.h"

namespace kafkascope::app {

using protocol::Trace;

namespace {

constexpr std::size_t kMostRows = 20'000;  // a minute or two of a lesson

bool shown(const sim::TraceLine& l) {
  if (l.kind >= sim::trace_kind::kFirstFree) {
    switch (static_cast<Trace>(l.kind)) {
      case Trace::RecordProcessed:
      case Trace::QuorumHighWatermark:
      case Trace::MetadataAppended:
        return false;  // one line per record or no-op would be too many; chains still have them
      default: return true;
    }
  }
  return l.kind == sim::trace_kind::kMessageDelivered || l.kind == sim::trace_kind::kMessageLost || observe::matters(l);
}

/// Whether the line concerns the offset: written, replicated, committed, read or truncated there.
bool of_place(const sim::TraceLine& l, protocol::TopicPartition tp, protocol::Offset offset) {
  if (l.topic != tp.topic || l.partition != tp.partition || l.kind < sim::trace_kind::kFirstFree) return false;
  switch (static_cast<Trace>(l.kind)) {
    case Trace::LogAppended:
    case Trace::LogReplicated: {
      const auto f = fact::written_in(l);
      return f->base_offset <= offset && offset <= f->last_offset;
    }
    case Trace::RecordDelivered: {
      const auto f = as<fact::RecordDelivered>(l);
      return f.first_offset <= offset && offset <= f.last_offset;
    }
    case Trace::RecordProcessed: return as<fact::RecordProcessed>(l).offset == offset;
    case Trace::LogDeleted: return offset < as<fact::LogDeleted>(l).log_end_offset;
    case Trace::HighWatermarkAdvanced: {
      const auto f = as<fact::HighWatermarkAdvanced>(l);
      return f.from <= offset && offset < f.to;
    }
    case Trace::LogTruncated: {
      const auto f = as<fact::LogTruncated>(l);
      return f.to <= offset && offset < f.from;
    }
    default: return false;
  }
}

ui::LogEntry entry(const sim::TraceLine& l, const scenario::Session& session) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  ui::LogEntry e;
  e.seq = l.seq;
  e.cause = l.cause;
  e.time_us = l.time.us;
  e.node = names.node(l.node);
  e.kind = std::string(protocol::trace_kind_info(l.kind).name);
  if (l.topic >= 0)
    e.partition = l.partition >= 0 ? session.cluster().name({l.topic, l.partition}) : names.topic(l.topic);
  e.words = observe::sentence(l, names);
  if (const auto command = fact_if<fact::Command>(l))
    e.deed = act_kind(std::string(command->verb.view())) == ui::MarkKind::Fault ? ui::Deed::Fault : ui::Deed::Done;
  if (const auto answer = fact_if<fact::CommandResult>(l); answer && answer->error != protocol::ErrorCode::NONE)
    e.deed = ui::Deed::Refused;
  return e;
}

char tone(const sim::TraceLine& l) {
  if (l.kind == sim::trace_kind::kNodeDied || l.kind == sim::trace_kind::kMessageLost) return 'd';
  switch (static_cast<Trace>(l.kind)) {
    case Trace::LeaderElected:
    case Trace::BecameLeader:
    case Trace::ZkElected:
    case Trace::QuorumElected: return 'l';
    case Trace::LogTruncated:
    case Trace::BatchFailed:
    case Trace::ZkSessionExpired:
    case Trace::BrokerFenced: return 'd';
    case Trace::BatchAcked:
    case Trace::RecordDelivered: return 'o';
    default: return 0;
  }
}

/// Appended to a reader's name: its group.
std::string group_of(sim::NodeId node, const cluster::Cluster& cluster) {
  const std::int32_t client = cluster.info(node).client;
  const std::string group =
      client < 0 ? "" : cluster.spec().clients[static_cast<std::size_t>(client)].config.text("group.id");
  return group.empty() ? "" : " · " + group;
}

/// Adds the value as deserialized by each consumer with its own deserializer; the broker does not interpret it.
void add_readings(const protocol::RecordView& r, protocol::TopicPartition tp, const cluster::Cluster& cluster,
                  std::vector<ui::RecordField>& fields) {
  if (r.filler > 0 || !r.value) return;
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i) {
    const auto* consumer = cluster.role<client::Consumer>({static_cast<std::int32_t>(i)});
    if (consumer == nullptr) continue;
    const std::vector<protocol::TopicPartition> assigned = consumer->assignment();
    const cluster::NodeInfo& info = cluster.nodes()[i];
    const protocol::Config& config = cluster.spec().clients[static_cast<std::size_t>(info.client)].config;
    const auto serde = protocol::serde_of_class(config.text("value.deserializer"));
    if (!serde || !config.explicitly("value.deserializer") ||
        std::find(assigned.begin(), assigned.end(), tp) == assigned.end())
      continue;
    const std::string made = protocol::can_read(*serde, r.value) ? observe::printed(protocol::decoded(*serde, *r.value))
                                                                 : "RecordDeserializationException";
    fields.push_back({ui::both("app.makes_of_it"_w, {{"client", info.name}}), {made, made}});
  }
}

/// The link's place in the log strips.
void place_in_strips(const sim::TraceLine& l, ui::ChainLink& c) {
  using Flag = ui::ChainLink::Flag;
  const auto records = [&](protocol::Offset from, protocol::Offset to) {
    if (from.value >= 0 && to >= from) c.from = from.value, c.to = to.value;
  };
  const auto mark = [&](protocol::Offset offset, ui::ChainLink::Flag flag) {
    if (offset.value >= 0) c.from = c.to = offset.value, c.flag = flag;
  };
  if (const auto written = fact::written_in(l)) records(written->base_offset, written->last_offset);
  if (const auto f = fact_if<fact::LogTruncated>(l)) records(f->to, f->from - 1);
  if (const auto f = fact_if<fact::LogRecovered>(l)) records(f->log_end_offset, f->lost_from - 1);
  if (const auto f = fact_if<fact::LogStartAdvanced>(l)) records(f->from, f->to - 1);
  if (const auto f = fact_if<fact::SegmentDeleted>(l)) records(f->base_offset, f->next_base_offset - 1);
  if (const auto f = fact_if<fact::BatchAcked>(l)) records(f->base_offset, f->base_offset + f->count - 1);
  if (const auto f = fact_if<fact::RecordDelivered>(l)) records(f->first_offset, f->last_offset);
  if (const auto f = fact_if<fact::RecordProcessed>(l)) records(f->offset, f->offset);
  if (const auto f = fact_if<fact::HighWatermarkAdvanced>(l)) mark(f->to, Flag::Watermark);
  if (const auto f = fact_if<fact::FollowerHighWatermark>(l)) mark(f->to, Flag::Watermark);
  if (const auto f = fact_if<fact::OffsetCommitted>(l)) mark(f->offset, Flag::Reader);
  if (const auto f = fact_if<fact::PositionSet>(l)) mark(f->offset, Flag::Reader);
}

}  // namespace

ui::ChainLink link(const sim::TraceLine& l, const scenario::Session& session) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  ui::ChainLink c;
  c.seq = l.seq;
  c.time_us = l.time.us;
  c.node = names.node(l.node);
  c.words = observe::sentence(l, names);
  c.tone = tone(l);
  if (l.partition >= 0) c.partition = session.cluster().name({l.topic, l.partition}), place_in_strips(l, c);
  if (const auto f = fact_if<fact::Command>(l))
    if (auto cut = observe::one_way_cut(f->spelled())) c.cut_from = std::move(cut->from), c.cut_to = std::move(cut->to);
  return c;
}

void LogBuilder::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  const std::uint64_t last = trace.size() == 0 ? 0 : trace[trace.size() - 1].seq;
  std::size_t from = trace.first_from(std::min(seen_, last) + 1);
  while (!model_.entries.empty() && model_.entries.back().seq > last)
    model_.entries.pop_back();  // the session went back in time
  // Back to a time whose rows have been dropped.
  if (last < seen_ && older_dropped_ && model_.entries.size() < kMostRows / 4) {
    model_.entries.clear();
    for (std::size_t rows = 0; from > 0 && rows < kMostRows; --from) rows += shown(trace[from - 1]) ? 1 : 0;
    older_dropped_ = from > 0;
  }
  for (; from < trace.size(); ++from)
    if (shown(trace[from])) model_.entries.push_back(entry(trace[from], session));
  if (model_.entries.size() > 2 * kMostRows) {
    model_.entries.erase(model_.entries.begin(), model_.entries.end() - kMostRows);
    older_dropped_ = true;
  }
  seen_ = last;
  model_.total = last;
}

void LogBuilder::select(std::uint64_t seq, scenario::Session& session) {
  model_.chain.clear();
  model_.why = {};
  const observe::Moment moment = session.moment();
  const auto chain = observe::causes(observe::Story(moment), seq);
  for (const sim::TraceLine* l : chain) {
    // A message's chain alternates between sends and arrivals; mere timers are left out, except at the ends.
    if (l != chain.front() && l != chain.back() && l->kind == sim::trace_kind::kTimerFired) continue;
    model_.chain.push_back(link(*l, session));
  }
  if (model_.chain.size() > 12) model_.chain.erase(model_.chain.begin(), model_.chain.end() - 12);
  if (!model_.chain.empty()) model_.chain_title = model_.chain.back().words;
}

void LogBuilder::look_at(const std::string& partition, std::int64_t offset, const scenario::Session& session) {
  model_.looked_at_partition = partition;
  model_.looked_at_offset = offset;
  model_.looked_at.clear();
  const std::optional<RecordPlace> place = place_at(partition, offset, session.cluster());
  if (!place || !place->record) return;
  model_.looked_at = record_contents(*place->record, *place->batch, offset, place->tp, session.cluster());
  if (const auto choice = key_arithmetic(*place->record, *place->batch->data, place->tp, session.cluster()))
    model_.looked_at.push_back(*choice);
}

void LogBuilder::close_record() {
  model_.record_path.clear();
  model_.record_partition.clear();
  model_.record_offset = -1;
  model_.record_open = false;
  model_.record_story.clear();
  model_.record_contents.clear();
}

void LogBuilder::forget_from(sim::Instant at) {
  const bool reaches = std::any_of(model_.chain.begin(), model_.chain.end(),
                                   [&](const ui::ChainLink& link) { return link.time_us >= at.us; });
  if (!reaches && !(model_.why.open && model_.why.at_us >= at.us)) return;
  close_answer();
  model_.chain.clear();
  model_.chain_title = {};
}

void LogBuilder::close_topmost(bool record) {
  const bool answer = model_.why.open;
  if (record || !answer) close_record();
  if (record && answer) return;
  close_answer();
  model_.chain.clear();
  model_.chain_title = {};
}

void LogBuilder::select_record(const std::string& partition, std::int64_t offset, scenario::Session& session) {
  const std::optional<RecordPlace> place = place_at(partition, offset, session.cluster());
  if (!place) return;
  const auto& [tp, batch, found] = *place;
  close_record();
  model_.record_partition = partition;
  model_.record_offset = offset;
  model_.record_path = "/records/" + partition + "/" + std::to_string(offset);
  model_.record_open = found.has_value();
  const observe::TraceStore& trace = session.observation().trace();
  if (!found) return tell_of_lost(partition, tp, offset, session);
  const protocol::RecordView& r = *found;
  model_.record_contents = record_contents(r, *batch, offset, tp, session.cluster());
  if (!batch->data->control) add_readings(r, tp, session.cluster(), model_.record_contents);
  const std::int32_t client = batch->data->client;
  const std::string who = client >= 0 ? session.cluster().info({client}).name : "the cluster";
  model_.record_title = ui::both("app.record_at"_w, {{"partition", partition},
                                                     {"offset", std::to_string(offset)},
                                                     {"number", std::to_string(r.number)},
                                                     {"client", who}});
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    const auto kind = l.kind < sim::trace_kind::kFirstFree ? Trace::End : static_cast<Trace>(l.kind);
    const auto sent = fact_if<fact::RecordSent>(l);
    const auto acked = fact_if<fact::BatchAcked>(l);
    const bool its_sending = sent && l.node.index == client && sent->number == r.number;
    const bool its_ack = acked && l.node.index == client && acked->partition == tp && acked->base_offset.known() &&
                         acked->base_offset.value <= offset && offset < acked->base_offset.value + acked->count;
    if (!its_sending && !its_ack && !of_place(l, tp, protocol::Offset{offset})) continue;
    model_.record_story.push_back(link(l, session));
    if (kind == Trace::RecordDelivered || kind == Trace::RecordProcessed)
      model_.record_story.back().node += group_of(l.node, session.cluster());
  }
  if (client >= 0) {
    std::vector<std::string> readers = session.observation().ledger().delivered_to(client, r.number);
    for (std::string& reader : readers) reader.erase(0, reader.starts_with('@') ? 1 : 0);  // a consumer without a group
    const std::string list = readers.empty() ? "–" : fmt::format("{}", fmt::join(readers, ", "));
    model_.record_contents.push_back({ui::both("app.read_by"_w), {list, list}});
  }
  const observe::RecordState* state = session.observation().ledger().record(client, r.number);
  const std::string fate(state == nullptr ? "unknown" : observe::RecordLedger::fate_in_log(*state));
  ui::Words told = state == nullptr ? ui::both("ui.unknown"_w) : ui::Words{fate, fate};
  for (const observe::FateRow& row : observe::fate_rows())
    if (row.word == fate) told = ui::both(row.name);
  model_.record_verdict = ui::both("app.fate"_w, {{"fate", told}});
  model_.record_bad = false;
  // A record of a list of what consumers did says that first.
  const bool listed =
      std::any_of(model_.fate_records.begin(), model_.fate_records.end(),
                  [&](const ui::RecordLine& line) { return line.client == who && line.number == r.number; });
  for (const observe::FateRow& row : observe::fate_rows()) {
    if (!listed || !row.reading || row.word != model_.fate) continue;
    const ui::Words said = ui::both(row.name);
    model_.record_verdict =
        model_.fate_group.empty()
            ? ui::both("app.fate_of_list"_w, {{"fate", said}, {"also", told}})
            : ui::both("app.fate_in_group"_w, {{"fate", said}, {"group", model_.fate_group}, {"also", told}});
    model_.record_bad = row.word == "skipped" || row.word == "duplicated";
  }
  if (r.key && is_null(r)) {
    const ui::Words tombstone = ui::both("app.tombstone"_w);
    model_.record_verdict.en += tombstone.en;
    model_.record_verdict.ko += tombstone.ko;
  }
}

void LogBuilder::tell_of_lost(const std::string& partition, protocol::TopicPartition tp, std::int64_t offset,
                              const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  ui::Words why;
  bool appended = false, cut = false;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    if (l.topic != tp.topic || l.partition != tp.partition || l.kind < sim::trace_kind::kFirstFree) continue;
    bool mine = of_place(l, tp, protocol::Offset{offset});
    switch (static_cast<Trace>(l.kind)) {
      case Trace::LogAppended: appended = appended || mine; break;
      case Trace::LogTruncated:
        if (!mine) break;
        why = ui::both("app.cut_off"_w);
        cut = true;
        break;
      case Trace::LogDeleted:
        if (mine && why.empty()) why = ui::both("app.deleted_with_this_replica"_w);
        break;
      case Trace::LogStartAdvanced: {
        const auto f = as<fact::LogStartAdvanced>(l);
        mine = f.from.value <= offset && offset < f.to.value;
        if (!mine) break;
        why = ui::both("app.deleted_before_log_start"_w);
        cut = false;
        break;
      }
      case Trace::LogCompacted:
        mine = offset < as<fact::LogCompacted>(l).clean_until.value;
        if (mine && why.empty()) why = ui::both("app.compacted_away"_w);
        break;
      default: break;
    }
    if (mine) model_.record_story.push_back(link(l, session));
  }
  model_.record_open = appended && !why.empty();
  if (!model_.record_open) return;
  model_.record_title =
      ui::both("app.no_longer_in_log"_w, {{"offset", std::to_string(offset)}, {"partition", partition}});
  model_.record_verdict = why;
  model_.record_bad = cut;
}

void LogBuilder::select_fate(const std::string& fate, const std::string& client, const std::string& group,
                             scenario::Session& session) {
  model_.fate = fate;
  model_.fate_client = client;
  model_.fate_group = group;
  model_.fate_records.clear();
  const observe::ClusterView world(session.cluster());
  const auto chosen = session.observation().ledger().with_fate(fate, world, 200, {client, group});
  std::map<protocol::TopicPartition, std::map<std::pair<std::int32_t, std::uint32_t>, std::size_t>>
      wanted;  // rows by partition and record
  for (const auto& [node, number] : chosen) {
    const observe::RecordState* state = session.observation().ledger().record(node, number);
    if (state->partition.partition >= 0) wanted[state->partition][{node, number}] = model_.fate_records.size();
    ui::RecordLine line;
    line.client = session.cluster().info({node}).name;
    line.number = number;
    line.partition = state->partition.partition >= 0 ? session.cluster().name(state->partition) : "";
    line.fate = fate;
    line.words =
        ui::both("app.sent_at"_w, {{"seconds", fmt::format("{:.3f}", static_cast<double>(state->sent_us) / 1e6)}});
    model_.fate_records.push_back(std::move(line));
  }
  for (const auto& [tp, rows] : wanted) {
    const storage::PartitionLog* log = session.cluster().leader_log(tp);
    if (log == nullptr) continue;
    for (const protocol::StoredBatch& batch : log->batches()) {
      const protocol::RecordBatch& data = *batch.data;
      for (int i = 0; data.client >= 0 && i < data.count(); ++i) {
        const protocol::RecordView r = data.records[static_cast<std::size_t>(i)];
        const auto row = rows.find({data.client, r.number});
        if (row == rows.end()) continue;
        ui::RecordLine& line = model_.fate_records[row->second];
        line.offset = batch.base_offset.value + data.offset_delta(i);
        line.key = r.key ? std::string(*r.key) : std::string();
      }
    }
  }
}

}  // namespace kafkascope::app
