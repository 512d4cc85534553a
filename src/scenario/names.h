// What an act may name: what a file declares, and what there is in the world that runs.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/spec.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::scenario {

/// What an act may name. Filled while a file's cluster, topics and clients are read; add_world adds what there is in a world that runs.
struct Names {
  struct Topic {
    std::int32_t partitions = 0;  // the largest number it ever has; -1 = not known
    bool declared = false;        // in "topics", else by a create_topic step
  };
  struct Client {
    cluster::ClientKind kind = cluster::ClientKind::Producer;
    bool has_topic = false;  // a producer that knows where its records go
    bool added = false;      // by a step, while it runs
  };
  std::vector<std::string> nodes;                 // brokers, controllers, ZooKeeper servers
  std::set<std::string, std::less<>> node_index;  // the same, for looking up
  std::vector<std::int32_t> broker_ids;
  std::vector<std::string> hosts;
  std::vector<std::string> groups;
  std::vector<std::string> sinks;
  std::map<std::string, Topic, std::less<>> topics;
  std::map<std::string, Client, std::less<>> clients;
  std::set<std::string, std::less<>> transactional_ids;
  std::set<std::string, std::less<>> transactional;  // clients that have one, from the start or from a later one on
  std::vector<std::string> variants;                 // with "base"
  std::int32_t log_dirs = 1;                         // of every broker
  bool brokers_unknown = false;                      // "brokers" is faulty: no name of a broker can be judged
  std::set<std::string, std::less<>> automatic;      // topics that nobody declares or creates: they are made on the fly
  bool auto_create = false;                          // the file itself asks for topics to be made on the fly

  std::vector<std::string> client_ids() const;
  std::vector<std::string> topic_names() const;
  void add_node(std::string name);
  bool has_node(std::string_view name) const;
  bool has_group(std::string_view name) const { return std::binary_search(groups.begin(), groups.end(), name); }
  bool has_sink(std::string_view name) const { return std::binary_search(sinks.begin(), sinks.end(), name); }
  bool has_host(std::string_view name) const { return std::binary_search(hosts.begin(), hosts.end(), name); }
  /// Groups, sinks and hosts are looked up only after this.
  void sort();
};

/// What it writes its transactions as, if it does.
void note_transactional(Names& names, const cluster::ClientSpec& client);
/// What is there now, also if no file says so: topics that were made by themselves, brokers, clients.
void add_world(Names& names, const cluster::Cluster& cluster);

}  // namespace kafkascope::scenario
