#include "ui/panels/inspector_view.h"

#include <algorithm>

#include "ui/panels/strip.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

std::string broker_name(int id) { return id < 0 ? std::string("–") : "broker-" + std::to_string(id); }

void partition_fields(const Snapshot& world, Lang lang, const Partition& p, InspectorView& view) {
  view.icon = Icon::Crown;
  view.kind = Str::KindPartition;
  view.fields = {{Str::LeaderField, broker_name(p.leader), p.leader < 0},
                 {Str::LeaderEpoch, std::to_string(p.leader_epoch)},
                 {Str::PartitionEpoch, std::to_string(p.partition_epoch)}};
  const std::string waits = watermark_waits(lang, p);
  view.fields.push_back({Str::HighWatermark, std::to_string(p.high_watermark) + (waits.empty() ? "" : ", " + waits),
                         !waits.empty() && watermark_stands(p)});
  view.fields.push_back({Str::LogEnd, std::to_string(p.log_end_offset)});
  if (p.last_stable_offset != p.high_watermark)
    view.fields.push_back({Str::LastStable, std::to_string(p.last_stable_offset)});
  if (p.log_start_offset > 0) view.fields.push_back({Str::LogStart, std::to_string(p.log_start_offset)});
  const int index = static_cast<int>(&p - world.partitions.data());
  view.beliefs.push_back({{}, broker_name(p.leader), p.leader_epoch, false});
  for (const Node& n : world.nodes) {
    for (const Belief& b : n.beliefs) {
      if (b.partition != index || n.state == NodeState::Crashed || n.state == NodeState::PoweredOff) continue;
      const bool differs = b.differs || b.leader != p.leader || b.leader_epoch != p.leader_epoch;
      view.beliefs.push_back({n.name, b.leader < 0 ? std::string{} : broker_name(b.leader), b.leader_epoch, differs});
    }
  }
}

void put_beliefs(const Snapshot& world, const std::vector<Belief>& beliefs, std::vector<BeliefRow>& rows) {
  constexpr std::size_t kMost = 24;
  for (const Belief& b : beliefs) {
    if (b.partition < 0 || b.partition >= static_cast<int>(world.partitions.size()) || rows.size() >= kMost) continue;
    const Partition& p = world.partitions[static_cast<std::size_t>(b.partition)];
    rows.push_back({p.name, b.leader < 0 ? std::string{} : broker_name(b.leader), b.leader_epoch,
                    b.differs || b.leader != p.leader || b.leader_epoch != p.leader_epoch});
  }
}

/// Quotas with their effects; refusals.
void limits(const Client& c, InspectorView& view) {
  const auto rate = [&](Str what, std::int64_t bytes_per_s) {
    if (bytes_per_s >= 0) view.fields.push_back({what, bytes_text(bytes_per_s) + "/s", c.throttled_for_us > 0});
  };
  rate(Str::FieldProduceQuota, c.produce_quota_bytes_per_s);
  rate(Str::FieldFetchQuota, c.fetch_quota_bytes_per_s);
  if (c.throttles > 0)
    view.fields.push_back(
        {Str::FieldThrottled, count_text(c.throttles) + " x, " + seconds_text(c.throttled_us) + " s"});
  if (!c.refused.empty()) view.fields.push_back({Str::FieldRefused, c.refused, true});
}

/// A row for each of its disks; of several each by its directory, and what is wrong with it.
void disk_fields(Lang lang, const Node& n, InspectorView& view) {
  for (std::size_t i = 0; i < n.dirs.size(); ++i) {
    const LogDir& d = n.dirs[i];
    const bool several = n.dirs.size() > 1, full = d.capacity_bytes > 0 && d.used_bytes >= d.capacity_bytes / 10 * 9;
    if (d.capacity_bytes <= 0 && d.used_bytes <= 0 && !several) continue;
    const bool trouble = several && (!d.online || d.failing || d.slow);
    std::string value = bytes_text(d.used_bytes);
    if (d.capacity_bytes > 0 && !trouble) value += " / " + bytes_text(d.capacity_bytes);
    if (trouble)
      value = tr(lang, !d.online   ? (d.failing ? Str::DiskFailedWord : Str::DirUntilRestart)
                       : d.failing ? Str::DiskFailingWord
                                   : Str::DiskSlowWord) +
              (", " + value);
    if (several) value = fill(tr(lang, Str::FieldDirectory), {std::to_string(i)}) + ": " + value;
    view.fields.push_back({Str::FieldDisk, value, !d.online || d.failing || full});
  }
}

void node_fields(const Snapshot& world, Lang lang, const Node& n, InspectorView& view) {
  view.icon = n.active_controller ? Icon::Crown : node_icon(n.kind);
  const NodeLook look = node_look(n);
  view.fields.push_back({Str::FieldState, tr(lang, state_word(n)), !look.quiet});
  if (n.id >= 0) view.fields.push_back({Str::FieldId, std::to_string(n.id)});
  if (!n.rack.empty()) view.fields.push_back({Str::FieldRack, n.rack});
  if (n.incarnation > 1) view.fields.push_back({Str::FieldIncarnation, std::to_string(n.incarnation)});
  if (n.kind == NodeKind::Broker) {
    view.kind = Str::KindBroker;
    int leads = 0, follows = 0;
    for (const Replica& r : n.replicas) {
      leads += r.role == ReplicaRole::Leader ? 1 : 0;
      follows += r.role == ReplicaRole::Follower ? 1 : 0;
    }
    view.fields.push_back({Str::FieldLeads, count_text(leads)});
    view.fields.push_back({Str::FieldFollows, count_text(follows)});
    if (n.session.running)
      view.fields.push_back({Str::FieldSession, fill(tr(lang, Str::Seconds), {seconds_text(n.session.remaining_us)}),
                             n.session.remaining_us <= 0});
    if (n.broker_epoch >= 0) view.fields.push_back({Str::FieldBrokerEpoch, std::to_string(n.broker_epoch)});
    for (const NodeFact& fact : node_facts(lang, n))
      view.fields.push_back({Str::FieldNow, fact.text, fact.tone != NodeFact::Tone::Quiet});
    disk_fields(lang, n, view);
    if (n.disk_unflushed_bytes > 0)
      view.fields.push_back({Str::FieldUnflushed, count_text(n.disk_unflushed_bytes) + " B"});
  } else if (n.kind == NodeKind::Controller || n.kind == NodeKind::ZooKeeper) {
    view.kind = n.kind == NodeKind::Controller ? Str::KindController : Str::KindZooKeeper;
    if (n.epoch >= 0) view.fields.push_back({Str::EpochCol, std::to_string(n.epoch)});
    if (!n.zxid.empty()) view.fields.push_back({Str::LogEnd, n.zxid});
    if (n.metadata_end_offset >= 0) view.fields.push_back({Str::LogEnd, std::to_string(n.metadata_end_offset)});
    if (n.metadata_high_watermark >= 0)
      view.fields.push_back({Str::HighWatermark, std::to_string(n.metadata_high_watermark)});
  } else {
    view.of_client = true;
    view.kind = n.kind == NodeKind::Producer        ? Str::KindProducer
                : n.kind == NodeKind::Consumer      ? Str::KindConsumer
                : n.kind == NodeKind::Transform     ? Str::KindTransform
                : n.kind == NodeKind::Queue         ? Str::KindQueue
                : n.kind == NodeKind::Service       ? Str::KindService
                : n.kind == NodeKind::Admin         ? Str::KindAdmin
                : n.kind == NodeKind::ShareConsumer ? Str::KindShareConsumer
                                                    : Str::KindClient;
    const int index = static_cast<int>(&n - world.nodes.data());
    for (const Client& c : world.clients) {
      if (c.node != index) continue;
      if (n.kind == NodeKind::Producer || n.kind == NodeKind::Transform || n.kind == NodeKind::Service) {
        view.fields.push_back({Str::FieldSent, count_text(c.sent)});
        view.fields.push_back({Str::FieldAcked, count_text(c.acked)});
        view.fields.push_back({Str::FieldFailed, count_text(c.failed), c.failed > 0});
        view.fields.push_back({Str::FieldRecordsOut, count_text(c.in_flight)});
        if (n.kind == NodeKind::Service) view.fields.push_back({Str::FieldWaiting, count_text(c.waiting)});
      }
      if (n.kind == NodeKind::Queue) {
        view.fields.push_back({Str::FieldWaiting, count_text(c.waiting)});
        view.fields.push_back({Str::FieldOut, count_text(c.in_flight)});
      }
      if (n.kind != NodeKind::Producer) {
        if (!c.group.empty()) view.fields.push_back({Str::FieldGroup, c.group});
        view.fields.push_back({Str::FieldReceived, count_text(c.received)});
        view.fields.push_back({Str::FieldProcessed, count_text(c.processed)});
      }
      limits(c, view);
      if (c.latency_p50_us >= 0) {
        view.fields.push_back({Str::FieldLatency, seconds_text(c.latency_p50_us * 1000) + ", " +
                                                      seconds_text(c.latency_p99_us * 1000) + " ms"});
      }
      view.errors = c.errors;
      view.holdings = build_holdings(world, lang, c);
    }
  }
  view.beliefs_by_partition = true;
  view.facts = n.believed;
  put_beliefs(world, n.beliefs, view.beliefs);
  put_beliefs(world, n.as_controller, view.as_controller);
}

}  // namespace

InspectorView build_inspector_view(const Snapshot& world, Lang lang, const std::string& selection) {
  InspectorView view;
  view.name = selection;
  for (const Partition& p : world.partitions) {
    if (p.name != selection) continue;
    view.empty = false;
    partition_fields(world, lang, p, view);
    std::vector<Field> sets = {
        {Str::RoleInSync, set_text(p.isr), static_cast<int>(p.isr.size()) < p.min_insync_replicas}};
    if (!p.elr.empty()) sets.push_back({Str::FieldElr, set_text(p.elr), true});
    sets.push_back({Str::FieldMinIsr, std::to_string(p.min_insync_replicas), false});
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
    view.kind = Str::KindGroup;
    view.fields = {
        {Str::FieldState, g.state, g.state != "Stable" && g.state != "Empty"},
        {g.protocol != "classic" ? Str::FieldGroupEpoch : Str::FieldGeneration, std::to_string(g.generation)},
        {Str::FieldMembers, count_text(static_cast<std::int64_t>(g.members.size()))},
        {Str::FieldAssignor, g.assignor},
        {Str::FieldCoordinator, broker_name(g.coordinator)},
        {Str::FieldLag, g.lag < 0 ? std::string("–") : count_text(g.lag)}};
    return view;
  }
  return view;
}

}  // namespace kafkascope::ui
