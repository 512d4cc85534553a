// kafka-metadata-quorum (4.1). Kafka: MetadataQuorumCommand; LeaderState.describeQuorum.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

struct Row {
  raft::ReplicaProgress progress;
  std::string_view status;
  std::string directory;  // KRaft with a static quorum: unknown for voters
};

constexpr std::string_view kNoDirectory = "AAAAAAAAAAAAAAAAAAAAAA";  // Uuid.ZERO_UUID

/// The leader, then the other voters, then observers, each in id order.
std::vector<Row> rows_of(const raft::QuorumNode& leader, sim::Instant now) {
  std::vector<Row> rows;
  const auto voter = [&](BrokerId id) {
    const auto& voters = leader.options().voters;
    return std::any_of(voters.begin(), voters.end(), [id](const raft::Voter& v) { return v.id == id; });
  };
  for (raft::ReplicaProgress p : leader.replicas()) {
    if (p.id == leader.options().id) p.end_offset = leader.log().end_offset(), p.last_fetch = p.last_caught_up = now;
    const bool votes = voter(p.id);
    rows.push_back({p,
                    p.id == leader.options().id ? "Leader"
                    : votes                     ? "Follower"
                                                : "Observer",
                    votes ? std::string(kNoDirectory) : uuid_of(2, static_cast<std::uint64_t>(p.id))});
  }
  const auto rank = [](const Row& r) { return r.status == "Leader" ? 0 : r.status == "Follower" ? 1 : 2; };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return rank(a) < rank(b); });
  return rows;
}

void print_table(const std::vector<std::vector<std::string>>& table, Answer& answer) {
  std::vector<std::size_t> widths(table.front().size(), 0);
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += left(row[i], widths[i]) + "\t";
    answer.print(line + "\n");
  }
}

void print_replication(const Request& r, const std::vector<Row>& rows, Answer& answer) {
  std::vector<std::vector<std::string>> table = {
      {"NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp", "LastCaughtUpTimestamp", "Status"}};
  const auto when = [&](sim::Instant at) {
    if (at.us < 0) return std::string("-1");
    const std::int64_t ms = sim::kEpochMs + at.us / 1000;
    return r.has("--human-readable") ? fmt::format("{} ms ago", r.wall_clock_ms() - ms) : std::to_string(ms);
  };
  const std::int64_t end = rows.front().progress.end_offset.value;
  for (const Row& row : rows) {
    const auto& p = row.progress;
    table.push_back({std::to_string(p.id), row.directory, std::to_string(p.end_offset.value),
                     std::to_string(end - p.end_offset.value), when(p.last_fetch), when(p.last_caught_up),
                     std::string(row.status)});
  }
  print_table(table, answer);
}

void print_status(const Request& r, const raft::QuorumNode& leader, const std::vector<Row>& rows, Answer& answer) {
  std::vector<std::string> voters, observers;
  const Row* furthest = nullptr;  // the voter with the shortest log
  for (const Row& row : rows) {
    const BrokerId id = row.progress.id;
    if (row.status == "Observer") {
      observers.push_back(fmt::format(R"({{"id": {}, "directoryId": "{}"}})", id, row.directory));
      continue;
    }
    if (furthest == nullptr || row.progress.end_offset < furthest->progress.end_offset) furthest = &row;
    const std::string name = cluster::controller_name(id - cluster::kFirstControllerId);
    voters.push_back(fmt::format(R"({{"id": {}, "endpoints": ["CONTROLLER://{}:{}"]}})", id, name, kControllerPort));
  }
  std::sort(voters.begin(), voters.end());
  const std::int64_t lag = rows.front().progress.end_offset - furthest->progress.end_offset;
  const std::int64_t lag_ms = furthest == &rows.front() ? 0
                              : furthest->progress.last_caught_up.us < 0
                                  ? -1
                                  : (r.cluster().now() - furthest->progress.last_caught_up).us / 1000;
  answer.print(
      fmt::format("ClusterId:              {}\n"
                  "LeaderId:               {}\n"
                  "LeaderEpoch:            {}\n"
                  "HighWatermark:          {}\n"
                  "MaxFollowerLag:         {}\n"
                  "MaxFollowerLagTimeMs:   {}\n"
                  "CurrentVoters:          [{}]\n"
                  "CurrentObservers:       [{}]\n",
                  cluster_uuid(), leader.leader(), leader.epoch().value, leader.reported_high_watermark().value, lag,
                  lag_ms, fmt::join(voters, ", "), fmt::join(observers, ", ")));
}

}  // namespace

void ask_quorum(const Request& r, Answer& answer) {
  const auto fail = [&](const std::string& message) {
    answer.complain(message + "\n");
    answer.status = 1;
  };
  if (r.has("--status") && r.has("--replication"))
    return fail("Only one of --status or --replication should be specified with describe sub-command");
  if (r.has("--status") && r.has("--human-readable"))
    return fail("The option --human-readable is only supported along with --replication");
  if (!r.has("--status") && !r.has("--replication"))
    return fail("One of --status or --replication must be specified with describe sub-command");
  if (r.asked() == nullptr && !r.has("--bootstrap-controller"))
    return fail(std::string(kTimeoutException) +
                no_node(r, r.has("--status") ? "describeCluster" : "describeMetadataQuorum", kApiTimeoutMs));
  // A broker forwards the request to the controller that it knows: one that leads answers, with or without a majority.
  const sim::NodeId active = answering_controller(r.cluster());
  if (!active.valid() || !can_reach(r.cluster(), active))
    return fail(std::string(kTimeoutException) + "The request timed out.");
  const raft::QuorumNode& leader = r.cluster().voter(active);
  const std::vector<Row> rows = rows_of(leader, r.cluster().now());
  if (rows.empty()) return fail(std::string(kTimeoutException) + "The request timed out.");
  if (r.has("--replication")) print_replication(r, rows, answer);
  else print_status(r, leader, rows, answer);
}

}  // namespace kafkascope::observe::tools
