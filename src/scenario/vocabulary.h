// The words of the format in one place: kinds of clients, verbs, operators, with their fields. The readers, the JSON
// schema's test and the editor's menus read these tables.
#pragma once
#include <array>
#include <iterator>
#include <string_view>

namespace kafkascope::scenario {

/// Is `word` one of a comma separated list?
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
  std::string_view fields;  // besides id, kind, config, start, stop; comma separated
};

/// In the order of cluster::ClientKind.
inline constexpr ClientKindRow kClientKinds[] = {
    {"producer", "topic,rate,keys,value_size,count,send,partitioner,transaction"},
    {"consumer", "topics,assign,work,commit,handoff,sink"},
    {"share_consumer", "topics,work,sink,acknowledge"},
    {"transform", "topics,work,sink,topic,transaction,dead_letter"},
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

struct VerbRow {
  std::string_view required;  // fields that must be there; comma separated
  std::string_view optional;
};

/// In the order of cluster::Verb. Rules between fields ("one of topic, node, group") are in read_command.cpp.
// clang-format off
inline constexpr VerbRow kVerbRows[] = {
    {"node", ""}, {"node", ""}, {"node", "config"}, {"node", ""}, {"node", ""}, {"node", ""},  // crash … resume
    {"from,to", "one_way"},                                                              // partition
    {"node", ""},                                                                        // isolate
    {"", "node,from,to"},                                                                // heal
    {"from,to", "latency,bandwidth,loss,one_way"},                                       // link
    {"from", "to,api,what,count"},                                                       // lose
    {"from", "to,api,what,count"},                                                       // hold
    {"", "from,to,api,what,count"},                                                      // release
    {"node,error", "from,api,count"},                                                    // answer
    {"event", ""},                                                                       // deliver
    {"node", "dir,write,flush,capacity,fail"},                                           // disk
    {"node", "dir"},                                                                     // wipe_disk
    {"node,by", ""},                                                                     // skew_clock
    {"topic", "partitions,replication_factor,config,assignments"},                       // create_topic
    {"topic", ""},                                                                       // delete_topic
    {"partition,before", ""},                                                            // delete_records
    {"topic,partitions", "assignments"},                                                 // add_partitions
    {"config", "topic,node,group"},                                                      // configure
    {"name,level", ""},                                                                  // feature
    {"", "topic,partition,replicas,all,brokers,throttle,cancel"},                        // reassign
    {"", "type,partitions"},                                                             // elect_leaders
    {"id", "rack,host,config"},                                                          // add_broker
    {"id", ""},                                                                          // remove_broker
    {"group,to", "topic,topics,partitions"},                                             // reset_offsets
    {"group", "topic,topics,partitions"},                                                // delete_offsets
    {"group", ""},                                                                       // delete_group
    {"partition", ""},                                                                   // abort_hanging
    {"principal,operation,resource", "allow,pattern,remove"},                            // acl
    {"", "principal,client,producer_byte_rate,consumer_byte_rate,request_percentage,controller_mutation_rate,remove"},  // quota
    {"node", ""}, {"node", ""}, {"node", ""},                                            // start, stop, kill
    {"node", "rate,work,send,commit,handoff,acknowledge,calls,partitioner"},             // behave
    {"node,records", ""},                                                                // produce
    {"node", "offsets"},                                                                 // commit
    {"node,partition", "offset,to"},                                                     // seek
    {"node,topics", ""},                                                                 // subscribe
    {"node", ""},                                                                        // unsubscribe
    {"node,partitions", ""}, {"node,partitions", ""},                                    // pause_partitions, resume_partitions
    {"node", ""}, {"node", ""}, {"node", ""},                                            // begin, commit, abort transaction
    {"node,group", "offsets"},                                                           // send_offsets_to_transaction
    {"client", "to,from_file,offset,bytes"}, {"client", "to"}, {"client", "to"},         // request, connect, disconnect
    {"client", ""},                                                                      // add_client
};
// clang-format on
static_assert(std::size(kVerbRows) == 53);

/// Fields of any step, besides those of its verb.
inline constexpr std::string_view kStepFields =
    "at,when,timeout,after,say,ask,do,expect,by,hint,view,id,notes,note,wait,only,error,as";

inline constexpr std::string_view kPanels[] = {"stage",      "partitions", "groups",    "controller",
                                               "ledger",     "metrics",    "compare",   "timeline",
                                               "space-time", "log",        "inspector", "lesson"};
inline constexpr std::string_view kHidden[] = {"heartbeat", "metadata",    "produce", "consume",  "replicate",
                                               "group",     "transaction", "control", "zookeeper"};

}  // namespace kafkascope::scenario
