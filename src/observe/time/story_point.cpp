#include "observe/time/story_point.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_transactions.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

namespace {

using protocol::Trace;

bool of_own_topic(const sim::TraceLine& line, const TraceNames& names) {
  return line.topic >= 0 && names.topic(line.topic).starts_with("__");
}

/// Whether a process that existed before starts again; the scenario file makes it start the first time.
bool is_restart(const sim::TraceLine& line) {
  const auto f = fact_if<fact::NodeStarted>(line);
  return f && f->incarnation > 1;
}

std::string place_in(const sim::TraceLine& line, const TraceNames& names) {
  return fmt::format("{}-{}", names.topic(line.topic), line.partition);
}

/// Whether the line is that of a partition's first leader: the file's partitions have a leader when the cluster is
/// formed, without an election.
bool is_first_leader(const sim::TraceLine& line) { return is<fact::BecameLeader>(line) && line.time.us == 0; }

/// Whether the act names the two ends of connections, and not a node that it strikes.
bool is_between_nodes(std::string_view verb) {
  constexpr std::string_view kVerbs[] = {"link", "partition", "heal", "lose", "hold", "release"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), verb) != std::end(kVerbs);
}

/// Visits what a leader appended, record by record, with the producer of each.
void visit_appended(const TraceStore& trace, const sim::TraceLine& line, const TraceNames& names,
                    const StoryPointVisit& visit, Likeness likeness) {
  const protocol::RecordBatch* batch = trace.batch_at(line.seq);
  if (batch == nullptr || batch->control) return;  // a marker has a line of its own
  const std::string place = "log " + place_in(line, names), client = names.node({batch->client});
  const std::string subject = likeness != Likeness::OfOneMode ? place + " " + client : place;
  for (const protocol::RecordView record : batch->records) visit(subject, fmt::format("{}/{}", client, record.number));
}

}  // namespace

void for_each_story_point(const TraceStore& trace, std::size_t index, const TraceNames& names,
                          const StoryPointVisit& visit, Likeness likeness) {
  const bool between_modes = likeness == Likeness::BetweenModes;
  const sim::TraceLine& line = trace[index];
  if (of_own_topic(line, names)) return;
  const auto who = [&] { return names.node(line.node); };
  const auto there = [&] { return place_in(line, names); };
  if (const auto f = fact_if<fact::BatchAcked>(line)) {
    for (std::int32_t i = 0; i < f->count; ++i) {
      // With acks=0 the offset is unknown: -1 for every record (RecordMetadata.offset). Any other depends on how the clients'
      // records mix.
      const bool unknown = f->base_offset.value < 0;
      const bool mixed = between_modes || (likeness == Likeness::OfRecords && !unknown);
      visit("client " + who() + " " + there(),
            mixed ? "acked" : fmt::format("acked {}", unknown ? -1 : f->base_offset.value + i));
    }
  } else if (const auto failed = fact_if<fact::BatchFailed>(line)) {
    for (std::int32_t i = 0; i < failed->count; ++i)
      visit("client " + who() + " " + there(), "failed " + failed->exception.str());
  } else if (const auto unsent = fact_if<fact::RecordFailed>(line)) {
    visit("client " + who() + " " + there(), "failed " + unsent->exception.str());
  } else if (const auto processed = fact_if<fact::RecordProcessed>(line)) {
    visit("client " + who() + " " + there(), fmt::format("processed {}", processed->offset.value));
  } else if (const auto answered = fact_if<fact::CallAnswered>(line)) {
    visit(fmt::format("call {} {}", who(), answered->number), "answered");
  } else if (const auto lost = fact_if<fact::CallFailed>(line)) {
    visit(fmt::format("call {} {}", who(), lost->number), "failed");
  } else if (const auto result = fact_if<fact::CommandResult>(line)) {
    visit(fmt::format("result {} {} {}", who(), result->call, result->name.view()),
          fmt::format("{} {}", static_cast<int>(result->error), result->offset.value));
  } else if (is<fact::LogAppended>(line)) {
    visit_appended(trace, line, names, visit, likeness);
  } else if (const auto marker = fact_if<fact::TransactionMarkerAppended>(line)) {
    visit("log " + there(), fmt::format("marker {}", static_cast<int>(marker->result)));
  } else if (const auto cut = fact_if<fact::LogTruncated>(line)) {
    visit("cut " + who() + " " + there(), fmt::format("{}", cut->to.value));
  } else if (const auto found = fact_if<fact::LogRecovered>(line)) {
    if (found->lost_from.known() && !between_modes)
      visit("lost " + who() + " " + there(), fmt::format("{}", found->lost_from - found->log_end_offset));
  } else if (const auto elected = fact_if<fact::LeaderElected>(line)) {
    if (between_modes && elected->leader < 0) return;
    visit("leader " + there(), fmt::format("{}", elected->leader));
  } else if (is_first_leader(line)) {
    if (between_modes) return;  // each version places replicas in its own way
    visit("first leader " + there(), who());
  } else if (const auto isr = fact_if<fact::IsrChanged>(line)) {
    visit("isr " + there(), isr->isr.text.str());
  } else if (const auto act = fact_if<fact::Command>(line)) {
    visit("act " + spelling_of(*act, likeness), {});
  } else if (const auto died = fact_if<fact::NodeDied>(line)) {
    visit("life " + who(), fmt::format("died {}", static_cast<int>(died->how)));
  } else if (is_restart(line)) {
    visit("life " + who(), "started");
  }
}

std::string spelling_of(const fact::Command& act, Likeness likeness) {
  std::string spelled = act.spelled();
  if (likeness != Likeness::BetweenModes || !is_between_nodes(act.verb.view())) return spelled;
  constexpr std::string_view kServer = " zookeeper-", kController = " controller-";
  for (std::size_t at = spelled.find(kServer); at != std::string::npos; at = spelled.find(kServer, at))
    spelled.replace(at, kServer.size(), kController);
  return spelled;
}

bool is_of_story(const sim::TraceLine& line, const TraceNames& names) {
  if (line.kind == sim::trace_kind::kCommand) return true;
  if (is_restart(line) || is<fact::NodeDied>(line) || is<fact::NodePaused>(line) || is<fact::NodeResumed>(line))
    return true;
  if (line.kind < protocol::kind(Trace::BrokerRegistered)) return false;
  switch (static_cast<Trace>(line.kind)) {
    case Trace::BecameLeader:
    case Trace::BecameFollower:
    case Trace::LogFlushed:
    case Trace::LogsLoading:
    case Trace::SegmentRolled:
    case Trace::HighWatermarkAdvanced:
    case Trace::FollowerHighWatermark:
    case Trace::ClientMetadata:
    case Trace::ClientBootstrapped:
    case Trace::GroupLoaded:
    case Trace::FeatureChanged:
    case Trace::QuorumSnapshot:
    case Trace::QuorumSnapshotLoaded:
    case Trace::QuorumLogStart:
    case Trace::ZkServerStateChanged:
    case Trace::ZkVoted:
    case Trace::ZkElected:
    case Trace::ZkFollowerSynced:
    case Trace::ZkLogTruncated:
    case Trace::ZnodeChanged:
    case Trace::ZkWriteRefused:
    case Trace::ZkSessionOpened:
    case Trace::ZkSessionExpired:
    case Trace::ZkSessionClosed:
    case Trace::ZkSessionMoved:
    case Trace::ZkWatchFired:
    case Trace::ZkClientState:
    case Trace::ProducerExpired:
    case Trace::TransactionsLoaded: return false;
    case Trace::RequestRefused:
    case Trace::ClientError:
      return line.topic >= 0 && !of_own_topic(line, names);  // an error from a coordinator: the request is retried
    default: return !of_own_topic(line, names);
  }
}

}  // namespace kafkascope::observe
