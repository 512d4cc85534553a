// kafka-get-offsets, kafka-log-dirs. Kafka: GetOffsetShell, LogDirsCommand.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "broker/internal_topics.h"
#include "observe/tools/request.h"
#include "storage/timestamp_lookup.h"

namespace kafkascope::observe::tools {

namespace {

/// A rule such as "0,2-4,7-"; the upper end of a range is exclusive.
bool partition_matches(std::string_view rule, std::int32_t partition) {
  while (!rule.empty()) {
    const std::size_t comma = rule.find(',');
    const std::string_view part = rule.substr(0, comma);
    rule = comma == std::string_view::npos ? std::string_view() : rule.substr(comma + 1);
    const std::size_t dash = part.find('-');
    const auto number = [&](std::string_view text, std::int64_t otherwise) {
      return text.empty() ? otherwise : protocol::parse_whole_number(text).value_or(-1);
    };
    if (dash == std::string_view::npos ? number(part, -1) == partition
                                       : partition >= number(part.substr(0, dash), 0) &&
                                             partition < number(part.substr(dash + 1), std::int64_t{1} << 40))
      return true;
  }
  return false;
}

/// Whether any of the rules matches: "orders:0-3,other,:1".
bool any_matches(std::string_view rules, const std::string& topic, std::int32_t partition) {
  while (!rules.empty()) {
    const std::size_t comma = rules.find(',');
    const std::string_view rule = rules.substr(0, comma);
    rules = comma == std::string_view::npos ? std::string_view() : rules.substr(comma + 1);
    const std::size_t colon = rule.find(':');
    const std::string_view name = rule.substr(0, colon),
                           number = colon == std::string_view::npos ? std::string_view() : rule.substr(colon + 1);
    if ((name.empty() || topic_allowed(name, topic)) && (number.empty() || partition_matches(number, partition)))
      return true;
  }
  return false;
}

/// The ids of "1,2,9" that no broker has, in the order of numbers: "9".
std::string unknown_ids(std::string_view list, const std::vector<BrokerId>& brokers) {
  std::set<std::int64_t> unknown;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const auto id = protocol::parse_whole_number(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (id && std::find(brokers.begin(), brokers.end(), *id) == brokers.end()) unknown.insert(*id);
  }
  return fmt::format("{}", fmt::join(unknown, ","));
}

}  // namespace

void ask_offsets(const Request& r, Answer& answer) {
  const auto fail = [&](const std::string& message) {
    answer.complain("Error occurred: " + message + "\n");
    answer.status = 1;
  };
  if (r.has("--topic-partitions") && (r.has("--topic") || r.has("--partitions")))
    return fail("--topic-partitions cannot be used with --topic or --partitions");
  if (r.asked() == nullptr) return fail(std::string(kTimeoutException) + no_node(r, "listTopics", kApiTimeoutMs));
  const std::string time = r.value("--time");
  const bool earliest = time == "earliest" || time == "-2" || time == "earliest-local" || time == "-4";
  const bool latest = time.empty() || time == "latest" || time == "-1" || time == "latest-tiered" || time == "-5";
  const bool latest_record = time == "max-timestamp" || time == "-3";
  const auto timestamp =
      earliest || latest || latest_record ? std::optional<std::int64_t>() : protocol::parse_whole_number(time);
  if (!earliest && !latest && !latest_record && !timestamp)
    return fail(
        fmt::format("Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / "
                    "-4 or earliest-local / -5 or latest-tiered, or a specified long format timestamp",
                    time));
  std::vector<std::pair<std::string, TopicPartition>> all;
  for (const auto* t : r.topics(!r.has("--exclude-internal-topics")))
    for (std::int32_t p = 0; p < static_cast<std::int32_t>(t->partitions.size()); ++p) {
      const bool wanted = r.has("--topic-partitions")
                              ? any_matches(r.value("--topic-partitions"), t->name, p)
                              : (!r.has("--topic") || topic_allowed(r.value("--topic"), t->name)) &&
                                    (!r.has("--partitions") || partition_matches(r.value("--partitions"), p));
      if (wanted) all.emplace_back(fmt::format("{}-{}", t->name, p), TopicPartition{t->id, p});
    }
  if (all.empty()) return fail("Could not match any topic-partitions with the specified filters");
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, tp] : all) {
    const broker::Replica* leader = r.leader_replica(tp);
    if (leader == nullptr) {
      answer.complain(fmt::format("Skip getting offsets for topic-partition {} due to error: {}{}\n", name,
                                  kTimeoutException, leader_silent(r, tp, kApiTimeoutMs)));
      continue;
    }
    const Offset end = leader->log.high_watermark();  // read_uncommitted
    Offset offset = earliest ? leader->log.log_start_offset() : end;
    if (latest_record || timestamp) {
      const auto found = latest_record ? storage::offset_of_max_timestamp(leader->log)
                                       : storage::offset_for_timestamp(leader->log, *timestamp, end);
      if (!found) continue;  // ListOffsetsResponse.UNKNOWN_OFFSET
      offset = found->offset;
    }
    answer.print(fmt::format("{}:{}:{}\n", r.topic_name(tp), tp.partition, offset.value));
  }
}

void ask_log_dirs(const Request& r, Answer& answer) {
  if (r.asked() == nullptr) {
    answer.complain(std::string(kTimeoutException) +
                    no_node(r, r.by_2_5() ? "listNodes" : "describeCluster", kApiTimeoutMs) + "\n");
    answer.status = 1;
    return;
  }
  std::vector<BrokerId> brokers = r.live_brokers();
  if (r.has("--broker-list")) {
    const std::string list = r.value("--broker-list");
    if (const std::string unknown = unknown_ids(list, brokers); !unknown.empty() && !r.by_2_5()) {
      answer.complain(
          fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}\n",
                      unknown, fmt::join(brokers, ",")));
      answer.status = 1;
      return;
    }
    std::erase_if(brokers,
                  [&](BrokerId id) { return ("," + list + ",").find(fmt::format(",{},", id)) == std::string::npos; });
  }
  answer.print("Querying brokers for log directories information\n");
  const std::string topics = r.value("--topic-list");
  std::vector<std::string> parts;
  for (const BrokerId id : brokers) {
    const broker::Broker* b = r.reach(id);
    if (b == nullptr) {
      answer.complain(std::string(kTimeoutException) + timed_out(r, id, "describeLogDirs", kApiTimeoutMs) + "\n");
      answer.status = 1;
      return;
    }
    std::vector<std::string> dirs;
    for (std::int32_t dir = 0; dir < b->log_dirs().size(); ++dir) {
      std::vector<std::pair<std::string, std::string>> rows;
      for (const broker::Replica& replica : b->replicas()) {
        const std::string topic = r.topic_name(replica.tp);
        if (replica.dir != dir || replica.offline ||
            (!topics.empty() && ("," + topics + ",").find("," + topic + ",") == std::string::npos))
          continue;
        rows.emplace_back(
            fmt::format("{}-{}", topic, replica.tp.partition),
            fmt::format(R"({{"partition":"{}-{}","size":{},"offsetLag":{},"isFuture":false}})", topic,
                        replica.tp.partition, replica.log.size_bytes(),
                        std::max<std::int64_t>(0, replica.log.high_watermark() - replica.log.log_end_offset())));
      }
      std::sort(rows.begin(), rows.end());
      std::vector<std::string> texts;
      for (const auto& [ignored, text] : rows) texts.push_back(text);
      const bool online = b->log_dirs().online(dir);
      dirs.push_back(fmt::format(R"({{"partitions":[{}],"error":{},"logDir":"{}"}})",
                                 online ? fmt::format("{}", fmt::join(texts, ",")) : "",
                                 online ? "null" : R"("KafkaStorageException")", path_of_dir(dir)));
    }
    parts.push_back(fmt::format(R"({{"broker":{},"logDirs":[{}]}})", id, fmt::join(dirs, ",")));
  }
  answer.print(fmt::format("Received log directory information from brokers {}\n", fmt::join(brokers, ",")));
  answer.print(fmt::format(R"({{"brokers":[{}],"version":1}})"
                           "\n",
                           fmt::join(parts, ",")));
}

}  // namespace kafkascope::observe::tools
