// The words of the format in one place: kinds of clients, operators, fields of a step (verbs: cluster/verbs.h). The readers, the JSON
// schema's test and the editor's menus read these tables.
#pragma once
#include <array>
#include <iterator>
#include <string_view>

namespace kafkascope::scenario {

/// Whether `word` is in a comma separated list.
constexpr bool contains_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

struct ClientKindRow {
  std::string_view name;
  std::string_view fields;  // in addition to id, kind, config, start, stop; comma separated
};

/// In the order of cluster::ClientKind.
inline constexpr ClientKindRow kClientKinds[] = {
    {"producer", "topic,rate,keys,value_size,count,send,partitioner,transaction"},
    {"consumer", "topics,assign,work,commit,handoff,sink"},
    {"share_consumer", "topics,work,sink,acknowledge"},
    {"transform", "topics,work,commit,sink,topic,transaction,dead_letter"},
    {"console_producer", "topic,lines,properties"},
    {"console_consumer", "topic,properties,from_beginning,group"},
    {"queue", "redeliver,fanout"},
    {"service", "calls,rate,work,timeout,slots"},
    {"streams", ""},
    {"connector", ""},
    {"admin", ""},
};

/// In the order of cluster::PartitionerKind.
inline constexpr std::string_view kPartitionerNames[] = {"default",    "round_robin", "sticky",
                                                         "key_prefix", "crc32",       "fnv1a"};

/// In the order of Operator.
inline constexpr std::string_view kOperatorNames[] = {"equals",  "not",       "in",          "at_least", "at_most",
                                                      "size",    "contains",  "matches",     "same_as",  "differs_from",
                                                      "changed", "unchanged", "increased_by"};

/// Fields of any step, besides those of its verb.
inline constexpr std::string_view kStepFields =
    "at,when,timeout,after,say,ask,do,expect,by,hint,point,view,id,notes,note,wait,only,error,as";

inline constexpr std::string_view kPanels[] = {"stage",   "partitions",   "groups",  "controller", "ledger",
                                               "metrics", "transactions", "compare", "timeline",   "space-time",
                                               "log",     "inspector",    "lesson",  "terminal"};
inline constexpr std::string_view kHidden[] = {"heartbeat", "metadata",    "produce", "consume",  "replicate",
                                               "group",     "transaction", "control", "zookeeper"};

}  // namespace kafkascope::scenario
