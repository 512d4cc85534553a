// The inspector's content for the selected object: rows prepared from the snapshot, in one language.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/holdings.h"

namespace kafkascope::ui {

struct Field {
  words::Key name;
  std::string value;
  bool bad = false;
};

struct BeliefRow {
  std::string who;     // the node with this belief; empty: the actual state
  std::string leader;  // broker name, empty: unknown
  std::int64_t epoch = -1;
  bool differs = false;  // anything
  bool leader_differs = false;
  std::string isr = {};              // a wrong ISR, beside the actual one; empty: it is right, or unknown to the node
  std::int64_t high_watermark = -1;  // of a partition: the node's own; -1: it has no replica
  bool behind = false;               // that high watermark is not the partition's
  std::string path = {};             // of the belief in the state; empty: Why? has no answer about it
};

struct InspectorView {
  bool empty = true;
  bool of_client = false;
  std::string name;
  Icon icon = Icon::None;
  words::Key kind = "thing.broker"_w;
  std::vector<Field> fields;
  std::vector<BeliefRow> beliefs;  // of a partition: each node's belief; of a node: its belief per partition
  bool beliefs_by_partition = false;
  std::vector<observe::BelievedFact> facts;  // beliefs besides leaders
  std::vector<BeliefRow> as_controller;      // ZooKeeper: the view of the controller hosted by this broker
  std::vector<std::pair<std::string, std::int64_t>> errors;
  std::vector<HoldingsView> holdings;  // filled for a client
};

/// Whether a live node's belief about the partition is not the actual state, or a live broker has not heard of it.
bool beliefs_differ(const observe::Snapshot& world, int partition);
/// The first partition about which some node believes something else than is so; -1: none. One pass over all beliefs.
int first_with_differing_beliefs(const observe::Snapshot& world);
InspectorView build_inspector_view(const Snapshot& world, Lang lang, const std::string& selection);

}  // namespace kafkascope::ui
