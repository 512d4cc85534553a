#include "observe/words/words.h"

#include <fmt/format.h>

#include "observe/words/message_acts.h"
#include "observe/words/own_words.h"
#include "observe/words/words_parts.h"
#include "protocol/api_key.h"
#include "protocol/facts_of_logs.h"
#include "protocol/own_facts.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

std::string api_name(std::uint16_t code) {
  return std::string(protocol::name(protocol::api_of(code))) + (protocol::is_response(code) ? " response" : "");
}

/// The position of "-" and a UUID, which the coordinator appends to a client's id to name a member; npos: there is
/// none.
std::size_t find_uuid(std::string_view text) {
  constexpr std::string_view kForm = "-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  for (std::size_t at = text.find('-'); at != std::string_view::npos && at + kForm.size() <= text.size();
       at = text.find('-', at + 1)) {
    bool fits = true;
    for (std::size_t i = 0; i < kForm.size() && fits; ++i)
      fits = kForm[i] == '-' ? text[at + i] == '-'
                             : std::string_view("0123456789abcdef").find(text[at + i]) != std::string_view::npos;
    if (fits) return at;
  }
  return std::string_view::npos;
}

/// The position of "/" and a member id of the consumer protocol, 22 characters of URL-safe base64 after a client's id; npos: there is none.
std::size_t find_member_id(std::string_view text) {
  constexpr std::size_t kLength = 22;
  const auto letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  for (std::size_t at = text.find('/'); at != std::string_view::npos && at + 1 + kLength <= text.size();
       at = text.find('/', at + 1)) {
    std::size_t n = 0;
    while (at + 1 + n < text.size() && letter(text[at + 1 + n])) ++n;
    if (n == kLength) return at;
  }
  return std::string_view::npos;
}

struct KernelWords : Told {
  Words operator()(const fact::MessageDelivered& f) const {
    return both("event.message.delivered"_w, {{"who", who}, {"from", names.node(f.from)}, {"api", api_name(f.api)}});
  }
  Words operator()(const fact::MessageLost& f) const {
    return both("event.message.lost"_w, {{"who", who}, {"from", names.node(f.from)}, {"api", api_name(f.api)}});
  }
  Words operator()(const fact::TimerFired&) const { return both("event.timer.fired"_w, {{"who", who}}); }
  Words operator()(const fact::DiskDone&) const { return both("event.disk.done"_w, {{"who", who}}); }
  Words operator()(const fact::ConnectionOpened& f) const {
    return both("event.connection.opened"_w, {{"who", who}, {"peer", names.node(f.peer)}});
  }
  Words operator()(const fact::ConnectionLost& f) const {
    return both("event.connection.lost"_w, {{"who", who}, {"peer", names.node(f.peer)}});
  }
  Words operator()(const fact::NodeStarted&) const { return both("event.node.started"_w, {{"who", who}}); }
  Words operator()(const fact::NodeDied& f) const {
    if (f.how == sim::Death::PowerOff) return both("event.node.lost_power"_w, {{"who", who}});
    if (f.how != sim::Death::Crash) return both("event.node.stopped"_w, {{"who", who}});
    if (who.starts_with("broker-")) return both("event.node.crashed_broker"_w, {{"who", who}});
    // Clients are killed; nodes of the quorum and of the ensemble crash.
    if (!who.starts_with("controller-") && !who.starts_with("zookeeper-"))
      return both("event.node.killed"_w, {{"who", who}});
    return both("event.node.crashed"_w, {{"who", who}});
  }
  Words operator()(const fact::NodePaused&) const { return both("event.node.paused"_w, {{"who", who}}); }
  Words operator()(const fact::NodeResumed&) const { return both("event.node.resumed"_w, {{"who", who}}); }
  Words operator()(const fact::Command& f) const { return act_as_spelled(f.spelled()); }
  Words operator()(const fact::EngineFault& f) const { return both("event.engine.fault"_w, {{"what", f.what.view()}}); }
};

}  // namespace

std::string without_member_uuids(std::string_view text) {
  std::string out;
  for (std::size_t at; (at = find_uuid(text)) != std::string_view::npos; text.remove_prefix(at + 37))
    out += text.substr(0, at);
  out += text;
  for (std::size_t at; (at = find_member_id(out)) != std::string::npos;) out.erase(at, 23);
  return out;
}

bool matters(const sim::TraceLine& line) {
  switch (line.kind) {
    case sim::trace_kind::kNodeDied:
    case sim::trace_kind::kNodePaused:
    case sim::trace_kind::kNodeResumed:
    case sim::trace_kind::kCommand:
    case sim::trace_kind::kEngineFault: return true;
    case sim::trace_kind::kNodeStarted: return line.time.us > 0;
    default: break;
  }
  switch (static_cast<Trace>(line.kind)) {
    case Trace::QuorumElected:
    case Trace::ControllerActive:
    case Trace::ControllerResigned:
    case Trace::BrokerFenced:
    case Trace::BrokerUnfenced:
    case Trace::BrokerShutdownStarted:
    case Trace::TopicCreated:
    case Trace::TopicDeleted:
    case Trace::PartitionAdded:
    case Trace::ConfigChanged:
    case Trace::ReassignmentChanged:
    case Trace::BrokerUnregistered:
    case Trace::BrokerDirsOffline:
    case Trace::LogDirOffline:
    case Trace::LogsLoading:
    case Trace::ReadReplicaChosen:
    case Trace::SegmentDeleted:
    case Trace::LogCompacted:
    case Trace::LeaderElected:
    case Trace::LogTruncated:
    case Trace::LogDeleted:
    case Trace::ReplicaFailed:
    case Trace::IsrShrink:
    case Trace::IsrExpand:
    case Trace::GroupRebalance:
    case Trace::BatchFailed:
    case Trace::RecordFailed:
    case Trace::OffsetsReset:
    case Trace::QuorumSnapshotLoaded:
    case Trace::AclChanged:
    case Trace::QuotaChanged:
    case Trace::FeatureChanged:
    case Trace::ZkSessionExpired:
    case Trace::CommandResult: return true;
    case Trace::ZkElected: return line.time.us > 0;
    case Trace::LogRecovered: return as<fact::LogRecovered>(line).lost_from.known();
    default: return false;
  }
}

Words sentence_with_records(const TraceStore& trace, std::size_t index, const TraceNames& names) {
  Words words = sentence(trace[index], names);
  const protocol::RecordBatch* batch = is<fact::LogAppended>(trace[index]) ? trace.batch_at(trace[index].seq) : nullptr;
  if (batch == nullptr || batch->client < 0 || batch->control || batch->records.size() == 0) return words;
  const std::string client = names.node({batch->client});
  const std::uint32_t first = batch->records.number(0), last = batch->records.number(batch->records.size() - 1);
  const std::string records =
      first == last ? fmt::format(" ({}/{})", client, first) : fmt::format(" ({0}/{1} … {0}/{2})", client, first, last);
  return {words.en + records, words.ko + records};
}

Words sentence(const sim::TraceLine& l, const TraceNames& names) {
  const std::string who = l.node.valid() ? names.node(l.node) : "cluster";
  const std::string p =
      l.topic >= 0 ? names.topic(l.topic) + (l.partition >= 0 ? "-" + std::to_string(l.partition) : std::string())
                   : std::string();
  const Told told{who, p, names, names.has_epochs(l), names.by_poll_timeout(l), names.limit_behind(l)};
  if (l.kind < sim::trace_kind::kFirstFree)
    return words_of<fact::FactsOfKernel>(l, KernelWords{told}).value_or(Words{});
  for (const auto of : {words_of_logs, words_of_clients, words_of_groups, words_of_cluster, words_of_quorum,
                        words_of_zookeeper, words_of_queues, words_of_transactions})
    if (std::optional<Words> words = of(l, told)) return *std::move(words);
  Words words;
  fact::OwnFacts::visit(l, [&]<class F>(const F& fact) {
    words = words_of_own(words::Key("fact." + std::string(F::kName)), fact, told);
  });
  return words;
}

}  // namespace kafkascope::observe
