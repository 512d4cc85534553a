// The story of a record that is in no leader's log, or that one replica has had to drop: where it was written and replicated, the response
// to its producer, the deaths, the election of a leader without it, the truncation.
#include "app/log_links.h"
#include "app/log_model.h"
#include "app/record_contents.h"
#include "observe/model/fates.h"
#include "observe/why/copies.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

/// The path for "Why?" about a record's fate, as `why --record` asks.
std::string sent_path(const std::string& client, std::uint32_t number) {
  return "/sent/" + client + "/" + std::to_string(number);
}

}  // namespace

void LogBuilder::tell_way(std::int32_t client, std::uint32_t number, scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  const observe::RecordState* state = session.observation().ledger().record(client, number);
  if (state == nullptr) return;
  const std::vector<observe::Copy> copies = observe::copies_of(trace, client, number);
  const sim::TraceLine* without = observe::led_without(trace, session.cluster(), copies);
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    const bool own = l.kind >= sim::trace_kind::kFirstFree && l.node.index == client;
    const bool sent = own && is<fact::RecordSent>(l) && as<fact::RecordSent>(l).number == number;
    const bool acked = own && is<fact::BatchAcked>(l) && l.time.us == state->acked_us &&
                       l.topic == state->partition.topic && l.partition == state->partition.partition;
    const bool later_election = is<fact::LeaderElected>(l) && without != nullptr && l.seq > without->seq;
    if (sent || acked || (!later_election && observe::tells_of(l, copies)))
      model_.record_story.push_back(link(l, session));
  }
}

void LogBuilder::select_sent(const std::string& client, std::uint32_t number, scenario::Session& session) {
  const sim::NodeId node = session.cluster().find(client);
  const observe::RecordState* state =
      node.valid() ? session.observation().ledger().record(node.index, number) : nullptr;
  close_record();
  model_.record_open = state != nullptr;
  if (state == nullptr) return;
  model_.record_title = ui::both("app.record_of"_w, {{"number", std::to_string(number)}, {"client", client}});
  model_.record_verdict = ui::both("app.in_no_leaders_log"_w);
  model_.record_bad = state->outcome == observe::Outcome::Acked;
  model_.record_path = sent_path(client, number);
  tell_way(node.index, number, session);
}

void LogBuilder::select_cut(const std::string& partition, std::int64_t offset, const std::string& broker,
                            scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  const auto name = cluster::parse_partition_name(partition);
  const sim::NodeId node = cluster.find(broker);
  if (!name || !node.valid()) return;
  const protocol::TopicPartition tp = cluster.partition(*name);
  // The copy still exists if another leader has a different record at that offset; otherwise it existed until the last
  // truncation.
  const storage::PartitionLog *log = cluster.log(cluster.info(node).id, tp), *leader = cluster.leader_log(tp);
  const auto batch_at = [&](const storage::PartitionLog* of) {
    const protocol::StoredBatch* batch = of == nullptr ? nullptr : of->batch_at(protocol::Offset{offset});
    return batch == nullptr ? nullptr : batch->data.get();
  };
  const bool still = batch_at(log) != nullptr && batch_at(log) != batch_at(leader);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t end = still ? observe::kStillThere : 0;
  for (std::size_t i = trace.size(); i > 0 && end == 0; --i)
    if (observe::takes_away(trace[i - 1], {node, tp, protocol::Offset{offset}})) end = trace[i - 1].seq;
  protocol::BatchRef batch;
  const sim::TraceLine* wrote = observe::written_at(trace, node, tp, protocol::Offset{offset}, end, batch);
  if (wrote == nullptr) return;
  close_record();
  model_.record_open = true;
  const auto [base, last, epoch] = *fact::written_in(*wrote);
  const protocol::StoredBatch stored{base, epoch, batch};
  const auto record = batch->at(protocol::Offset{offset} - base);
  if (record) model_.record_contents = record_contents(*record, stored, offset, tp, cluster);
  const std::uint32_t number = record ? record->number : 0;
  const std::string who = batch->client < 0 ? "the cluster" : cluster.info({batch->client}).name;
  model_.record_title = ui::both("app.cut_record"_w, {{"partition", partition},
                                                      {"offset", std::to_string(offset)},
                                                      {"broker", broker},
                                                      {"number", std::to_string(number)},
                                                      {"client", who}});
  observe::ledger_of(session.moment());  // updates the ledger's record locations
  const observe::RecordState* state = session.observation().ledger().record(batch->client, number);
  const bool kept = state != nullptr && state->copies > 0;
  const sim::NodeId leads_at = cluster.broker_node(cluster.last_leader(tp));
  const bool leads = leads_at.valid() && cluster.alive(leads_at);
  model_.record_bad = !kept || !leads;
  // A record that no leader's log has is asked about itself, any other about this replica's log.
  const std::string log_path = "/partitions/" + partition + "/logs/" + std::to_string(cluster.info(node).id);
  model_.record_path = kept || batch->client < 0 ? log_path : sent_path(who, number);
  const sim::TraceLine* removed = still ? nullptr : trace.find(end);
  const bool acked = state != nullptr && state->outcome == observe::Outcome::Acked;
  if (removed != nullptr && is<fact::LogRecovered>(*removed))
    model_.record_verdict = ui::both(
        "app.lost_with_power"_w,
        {{"down", kept && !leads ? "1" : ""}, {"has", kept && leads ? "1" : ""}, {"acked", !kept && acked ? "1" : ""}});
  else if (kept && !leads) model_.record_verdict = ui::both("app.cut_off_leader_is_down"_w);
  else if (kept) model_.record_verdict = ui::both("app.cut_off_leader_has_it"_w);
  else if (still) model_.record_verdict = ui::both("app.will_be_cut_off"_w);
  else if (acked) model_.record_verdict = ui::both("app.cut_off_though_acked"_w);
  else model_.record_verdict = ui::both("app.cut_off"_w);
  if (batch->client >= 0) return tell_way(batch->client, number, session);
  model_.record_story.push_back(link(*wrote, session));
}

}  // namespace kafkascope::app
