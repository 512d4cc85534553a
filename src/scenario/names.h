// The names that an act may use: those declared in a file, and those that exist in a running world.
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

/// The names that an act may use. Filled while a file's cluster, topics and clients are read; add_world adds those of a
/// running world.
struct Names {
  struct Topic {
    std::int32_t partitions = 0;  // the largest number it ever has; -1: unknown
    bool declared = false;        // in "topics"; otherwise by a create_topic step
  };
  struct Client {
    cluster::ClientKind kind = cluster::ClientKind::Producer;
    bool has_topic = false;  // a producer that knows where its records go
    bool added = false;      // by a step, during the run
  };
  std::vector<std::string> nodes;                 // brokers, controllers, ZooKeeper servers
  std::set<std::string, std::less<>> node_index;  // the same, for lookups
  std::vector<std::int32_t> broker_ids;
  std::vector<std::string> hosts;
  std::vector<std::string> groups;
  std::vector<std::string> sinks;
  std::map<std::string, Topic, std::less<>> topics;
  std::map<std::string, Client, std::less<>> clients;
  std::set<std::string, std::less<>> transactional_ids;
  std::set<std::string, std::less<>>
      transactional;                  // clients with a transactional.id, from their first or a later start on
  std::vector<std::string> variants;  // with "base"
  std::int32_t log_dirs = 1;          // of every broker
  bool brokers_unknown = false;       // "brokers" is faulty: no broker name can be checked
  std::set<std::string, std::less<>> automatic;  // topics that nothing declares or creates: they are auto-created
  bool auto_create = false;                      // the file itself enables auto-creation

  std::vector<std::string> client_ids() const;
  std::vector<std::string> topic_names() const;
  void add_node(std::string name);
  bool has_node(std::string_view name) const;
  bool has_group(std::string_view name) const { return std::binary_search(groups.begin(), groups.end(), name); }
  bool has_sink(std::string_view name) const { return std::binary_search(sinks.begin(), sinks.end(), name); }
  bool has_host(std::string_view name) const { return std::binary_search(hosts.begin(), hosts.end(), name); }
  /// Call before groups, sinks and hosts are looked up.
  void sort();
};

/// Notes the client's transactional.id, if it has one.
void note_transactional(Names& names, const cluster::ClientSpec& client);
/// Adds what exists in the cluster now, even if no file declares it: auto-created topics, brokers, clients.
void add_world(Names& names, const cluster::Cluster& cluster);

}  // namespace kafkascope::scenario
