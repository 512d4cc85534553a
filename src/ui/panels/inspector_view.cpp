#include "ui/panels/inspector_view.h"

#include <algorithm>

#include "ui/panels/group_lag.h"
#include "ui/panels/strip.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

std::string broker_name(int id) { return id < 0 ? std::string("–") : "broker-" + std::to_string(id); }

/// A belief of a node about the partition, and what of it is wrong. An ISR is a set: its order does not matter.
BeliefRow belief_row(Lang lang, std::string who, const Belief& b, const Partition& truth) {
  BeliefRow row{std::move(who), b.leader < 0 ? std::string{} : broker_name(b.leader), b.leader_epoch};
  row.leader_differs = b.leader != truth.leader;
  row.differs = row.leader_differs || b.leader_epoch != truth.leader_epoch;
  if (b.differs && !b.isr.empty() &&
      !std::is_permutation(b.isr.begin(), b.isr.end(), truth.isr.begin(), truth.isr.end())) {
    row.differs = true;
    row.isr = tr(lang, "ui.isr_believed"_w,
                 {{"isr", set_text({b.isr.begin(), b.isr.end()})}, {"truth", set_text(truth.isr)}});
  }
  return row;
}

/// The path of the node's belief about a partition; empty: the node keeps none in the state.
std::string belief_path(const Node& n, const std::string& partition) {
  const std::string_view section = n.kind == NodeKind::Broker ? "/nodes/" : is_client(n.kind) ? "/clients/" : "";
  return section.empty() ? std::string() : std::string(section) + n.name + "/belief/partitions/" + partition;
}

/// The belief of a broker that has not heard of the partition.
Belief not_heard_of(int partition) {
  Belief none;
  none.partition = partition;
  none.differs = true;
  return none;
}

/// Calls visit(belief) for the node's belief about the partition; that of a broker which has not heard of it is empty.
template <class Visit>
void for_belief(const Node& n, int partition, const Visit& visit) {
  if (n.down() || n.removed) return;
  const auto own =
      std::find_if(n.beliefs.begin(), n.beliefs.end(), [&](const Belief& b) { return b.partition == partition; });
  if (own != n.beliefs.end()) return visit(*own);
  if (n.kind == NodeKind::Broker) visit(not_heard_of(partition));
}

void partition_fields(const Snapshot& world, Lang lang, const Partition& p, InspectorView& view) {
  view.icon = Icon::Crown;
  view.kind = "ui.kind_partition"_w;
  view.fields = {{"ui.leader_field"_w, broker_name(p.leader), p.leader < 0},
                 {"ui.leader_epoch"_w, std::to_string(p.leader_epoch)},
                 {"ui.partition_epoch"_w, std::to_string(p.partition_epoch)}};
  const std::string waits = watermark_waits(lang, p);
  view.fields.push_back({"ui.high_watermark"_w, std::to_string(p.high_watermark) + (waits.empty() ? "" : ", " + waits),
                         !waits.empty() && watermark_stands(p)});
  view.fields.push_back({"ui.log_end"_w, std::to_string(p.log_end_offset)});
  if (p.last_stable_offset != p.high_watermark)
    view.fields.push_back({"ui.last_stable"_w, std::to_string(p.last_stable_offset)});
  if (p.log_start_offset > 0) view.fields.push_back({"ui.log_start"_w, std::to_string(p.log_start_offset)});
  const int index = static_cast<int>(&p - world.partitions.data());
  view.beliefs.push_back({{}, broker_name(p.leader), p.leader_epoch});
  view.beliefs.back().high_watermark = p.high_watermark;
  for (const Node& n : world.nodes)
    for_belief(n, index, [&](const Belief& b) {
      view.beliefs.push_back(belief_row(lang, n.name, b, p));
      BeliefRow& row = view.beliefs.back();
      row.path = belief_path(n, p.name);
      for (const Replica& r : n.replicas)
        if (r.partition == index) row.high_watermark = r.high_watermark;
      row.behind = row.high_watermark >= 0 && row.high_watermark != p.high_watermark;
      // The row asks about what is marked in it.
      if (row.behind && !row.differs)
        row.path = "/partitions/" + p.name + "/logs/" + std::to_string(n.id) + "/high_watermark";
    });
}

void put_beliefs(const Snapshot& world, Lang lang, const std::vector<Belief>& beliefs, std::vector<BeliefRow>& rows,
                 const Node* of = nullptr) {
  constexpr std::size_t kMost = 24;
  for (const Belief& b : beliefs) {
    if (b.partition < 0 || b.partition >= static_cast<int>(world.partitions.size()) || rows.size() >= kMost) continue;
    const Partition& p = world.partitions[static_cast<std::size_t>(b.partition)];
    rows.push_back(belief_row(lang, p.name, b, p));
    if (of != nullptr) rows.back().path = belief_path(*of, p.name);
  }
}

/// Quotas with their effects; refusals.
void limits(Lang lang, const Client& c, InspectorView& view) {
  const auto rate = [&](words::Key what, std::int64_t bytes_per_s) {
    if (bytes_per_s >= 0) view.fields.push_back({what, bytes_text(bytes_per_s) + "/s", c.throttled_for_us > 0});
  };
  rate("ui.field_produce_quota"_w, c.produce_quota_bytes_per_s);
  rate("ui.field_fetch_quota"_w, c.fetch_quota_bytes_per_s);
  if (c.throttles > 0)
    view.fields.push_back(
        {"ui.field_throttled"_w,
         count_text(c.throttles) + " x, " + tr(lang, "ui.seconds"_w, {{"seconds", seconds_text(c.throttled_us)}})});
  if (!c.refused.empty()) view.fields.push_back({"ui.field_refused"_w, c.refused, true});
}

/// A producer's transaction: its state, as Kafka names it, and its partitions.
void transaction_fields(const Snapshot& world, const Client& c, InspectorView& view) {
  if (c.transactional_id.empty()) return;
  std::string partitions;
  for (const int p : c.transaction_partitions)
    if (p < static_cast<int>(world.partitions.size()))
      partitions += (partitions.empty() ? ": " : ", ") + world.partitions[static_cast<std::size_t>(p)].name;
  view.fields.push_back({"ui.field_transactional_id"_w, c.transactional_id});
  view.fields.push_back(
      {"ui.field_transaction"_w, c.transaction_state + partitions, c.transaction_state.ends_with("_ERROR")});
}

/// A row for each disk; with several disks, each with its directory and its problem.
void disk_fields(Lang lang, const Node& n, InspectorView& view) {
  for (std::size_t i = 0; i < n.dirs.size(); ++i) {
    const LogDir& d = n.dirs[i];
    const bool several = n.dirs.size() > 1, full = d.capacity_bytes > 0 && d.used_bytes >= d.capacity_bytes / 10 * 9;
    if (d.capacity_bytes <= 0 && d.used_bytes <= 0 && !several) continue;
    const bool trouble = several && (!d.online || d.failing || d.slow);
    std::string value = bytes_text(d.used_bytes);
    if (d.capacity_bytes > 0 && !trouble) value += " / " + bytes_text(d.capacity_bytes);
    if (trouble)
      value = tr(lang, !d.online   ? (d.failing ? "ui.disk_failed_word"_w : "ui.dir_until_restart"_w)
                       : d.failing ? "ui.disk_failing_word"_w
                                   : "ui.disk_slow_word"_w) +
              (", " + value);
    if (several) value = tr(lang, "ui.field_directory"_w, {{"directory", std::to_string(i)}}) + ": " + value;
    view.fields.push_back({"ui.field_disk"_w, value, !d.online || d.failing || full});
  }
}

void node_fields(const Snapshot& world, Lang lang, const Node& n, InspectorView& view) {
  view.icon = n.active_controller ? Icon::Crown : node_icon(n.kind);
  const NodeLook look = node_look(n);
  // The process of a producer with a fatal error still runs, but its producer never sends again.
  const bool fatal =
      look.quiet && std::any_of(world.clients.begin(), world.clients.end(), [&](const Client& c) {
        return c.node == static_cast<int>(&n - world.nodes.data()) && c.transaction_state == "FATAL_ERROR";
      });
  view.fields.push_back(
      {"ui.field_state"_w, tr(lang, fatal ? "ui.state_fatal"_w : state_word(n)), fatal || !look.quiet});
  if (n.id >= 0) view.fields.push_back({"ui.field_id"_w, std::to_string(n.id)});
  if (!n.rack.empty()) view.fields.push_back({"ui.field_rack"_w, n.rack});
  if (n.incarnation > 1) view.fields.push_back({"ui.field_incarnation"_w, std::to_string(n.incarnation)});
  if (n.kind == NodeKind::Broker) {
    view.kind = "thing.broker"_w;
    int leads = 0, follows = 0;
    for (const Replica& r : n.replicas) {
      leads += r.role == ReplicaRole::Leader ? 1 : 0;
      follows += r.role == ReplicaRole::Follower ? 1 : 0;
    }
    view.fields.push_back({"ui.field_leads"_w, count_text(leads)});
    view.fields.push_back({"ui.field_follows"_w, count_text(follows)});
    if (n.session.running)
      view.fields.push_back({"ui.field_session"_w,
                             tr(lang, "ui.seconds"_w, {{"seconds", seconds_text(n.session.remaining_us)}}) + ", " +
                                 pick(lang, timer_end(n.session)),
                             n.session.remaining_us <= 0});
    if (n.broker_epoch >= 0) view.fields.push_back({"ui.field_broker_epoch"_w, std::to_string(n.broker_epoch)});
    for (const NodeFact& fact : node_facts(lang, n))
      view.fields.push_back({"ui.field_now"_w, fact.text, fact.tone != NodeFact::Tone::Quiet});
    disk_fields(lang, n, view);
    if (n.disk_unflushed_bytes > 0)
      view.fields.push_back({"ui.field_unflushed"_w, count_text(n.disk_unflushed_bytes) + " B"});
  } else if (n.kind == NodeKind::Controller || n.kind == NodeKind::ZooKeeper) {
    view.kind = n.kind == NodeKind::Controller ? "ui.kind_controller"_w : "ui.kind_zookeeper"_w;
    if (n.epoch >= 0) view.fields.push_back({"ui.epoch_col"_w, std::to_string(n.epoch)});
    if (!n.zxid.empty()) view.fields.push_back({"ui.log_end"_w, n.zxid});
    if (n.metadata_end_offset >= 0) view.fields.push_back({"ui.log_end"_w, std::to_string(n.metadata_end_offset)});
    if (n.metadata_high_watermark >= 0)
      view.fields.push_back({"ui.high_watermark"_w, std::to_string(n.metadata_high_watermark)});
  } else {
    view.of_client = true;
    view.kind = n.kind == NodeKind::Producer        ? "ui.kind_producer"_w
                : n.kind == NodeKind::Consumer      ? "ui.kind_consumer"_w
                : n.kind == NodeKind::Transform     ? "ui.kind_transform"_w
                : n.kind == NodeKind::Queue         ? "ui.kind_queue"_w
                : n.kind == NodeKind::Service       ? "ui.kind_service"_w
                : n.kind == NodeKind::Admin         ? "ui.kind_admin"_w
                : n.kind == NodeKind::ShareConsumer ? "ui.kind_share_consumer"_w
                                                    : "thing.client"_w;
    const int index = static_cast<int>(&n - world.nodes.data());
    for (const Client& c : world.clients) {
      if (c.node != index) continue;
      const bool calls = n.kind == NodeKind::Service;
      const bool sends = n.kind == NodeKind::Producer || n.kind == NodeKind::Transform || calls;
      if (sends) {
        view.fields.push_back({"ui.field_sent"_w, count_text(c.sent)});
        view.fields.push_back({calls ? "ui.field_answered"_w : "ui.field_acked"_w, count_text(c.acked)});
        view.fields.push_back({"ui.field_failed"_w, count_text(c.failed), c.failed > 0});
        view.fields.push_back({calls ? "ui.field_calls_out"_w : "ui.field_records_out"_w, count_text(c.in_flight)});
        if (calls) view.fields.push_back({"ui.field_waiting_for_slot"_w, count_text(c.waiting)});
      }
      if (n.kind == NodeKind::Queue) {
        view.fields.push_back({"ui.field_waiting"_w, count_text(c.waiting)});
        view.fields.push_back({"ui.field_out"_w, count_text(c.in_flight)});
      }
      if (n.kind != NodeKind::Producer) {
        if (!c.group.empty()) view.fields.push_back({"ui.field_group"_w, c.group});
        view.fields.push_back({"ui.field_received"_w, count_text(c.received)});
        view.fields.push_back({"ui.field_processed"_w, count_text(c.processed)});
      }
      transaction_fields(world, c, view);
      limits(lang, c, view);
      const bool measured = c.latency_p50_us >= 0;  // before the first response the row keeps its place
      if (measured || sends)
        view.fields.push_back({"ui.field_latency"_w, measured ? seconds_text(c.latency_p50_us * 1000) + ", " +
                                                                    seconds_text(c.latency_p99_us * 1000) + " ms"
                                                              : std::string("–")});
      view.errors = c.errors;
      view.holdings = build_holdings(world, lang, c);
    }
  }
  view.beliefs_by_partition = true;
  view.facts = n.believed;
  put_beliefs(world, lang, n.beliefs, view.beliefs, &n);
  put_beliefs(world, lang, n.as_controller, view.as_controller);
}

}  // namespace

bool beliefs_differ(const Snapshot& world, int partition) {
  const Partition& truth = world.partitions[static_cast<std::size_t>(partition)];
  bool differs = false;
  for (const Node& n : world.nodes)
    for_belief(n, partition,
               [&](const Belief& b) { differs |= b.differs && belief_row(Lang::En, {}, b, truth).differs; });
  return differs;
}

int first_with_differing_beliefs(const Snapshot& world) {
  std::vector<bool> differs(world.partitions.size());
  std::vector<const Node*> known(world.partitions.size());  // the last node that has a belief about the partition
  const auto look = [&](const Belief& b, std::size_t partition) {
    if (b.differs && !differs[partition])
      differs[partition] = belief_row(Lang::En, {}, b, world.partitions[partition]).differs;
  };
  for (const Node& n : world.nodes) {
    if (n.down() || n.removed) continue;
    for (const Belief& b : n.beliefs) {
      const auto partition = static_cast<std::size_t>(b.partition);
      if (b.partition < 0 || partition >= known.size() || known[partition] == &n) continue;
      known[partition] = &n;
      look(b, partition);
    }
    if (n.kind != NodeKind::Broker) continue;
    for (std::size_t i = 0; i < known.size(); ++i)
      if (known[i] != &n) look(not_heard_of(static_cast<int>(i)), i);
  }
  const auto first = std::find(differs.begin(), differs.end(), true);
  return first == differs.end() ? -1 : static_cast<int>(first - differs.begin());
}

InspectorView build_inspector_view(const Snapshot& world, Lang lang, const std::string& selection) {
  InspectorView view;
  view.name = selection;
  for (const Partition& p : world.partitions) {
    if (p.name != selection) continue;
    view.empty = false;
    partition_fields(world, lang, p, view);
    const Standing standing = world.standing_now(static_cast<int>(&p - world.partitions.data()));
    std::vector<Field> sets = {{"ui.role_in_sync"_w, set_text(p.isr), standing.under_min_isr()}};
    if (!p.elr.empty()) sets.push_back({"ui.field_elr"_w, set_text(p.elr), true});
    sets.push_back({"ui.field_min_isr"_w, std::to_string(p.min_insync_replicas), false});
    view.fields.insert(view.fields.begin() + 2, sets.begin(), sets.end());
    return view;
  }
  for (const Node& n : world.nodes) {
    if (n.name != selection || n.removed) continue;
    view.empty = false;
    node_fields(world, lang, n, view);
    return view;
  }
  for (const Group& g : world.groups) {
    if (g.id != selection) continue;
    view.empty = false;
    view.icon = Icon::Group;
    view.kind = "thing.group"_w;
    view.fields = {
        {"ui.field_state"_w, g.state, g.state != "Stable" && g.state != "Empty"},
        {g.protocol != "classic" ? "ui.field_group_epoch"_w : "ui.field_generation"_w, std::to_string(g.generation)},
        {"ui.field_members"_w, count_text(static_cast<std::int64_t>(g.members.size()))},
        {"ui.field_assignor"_w, g.assignor},
        {"ui.field_coordinator"_w, broker_name(g.coordinator)},
        // A share group commits no offsets: its lag is from the start offset.
        {g.protocol == "share" ? "ui.field_share_lag"_w : "ui.field_lag"_w,
         g.lag < 0 ? std::string("–") : count_text(g.lag)}};
    for (const LagPart& part : lag_parts(world, g)) view.fields.push_back({part.name, count_text(part.records)});
    return view;
  }
  return view;
}

}  // namespace kafkascope::ui
