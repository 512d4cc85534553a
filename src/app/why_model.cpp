// The "why?" questions about an object on the screen, and the answer as the card shows it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/log_links.h"
#include "app/log_model.h"
#include "client/producer.h"
#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "sim/facts_of_kernel.h"
#include "ui/strings.h"

namespace kafkascope::app {

using nlohmann::json;

namespace {

json value_at(scenario::Session& session, const std::string& path) {
  std::optional<json> value = observe::state_at(session.moment(), path);
  return value ? *std::move(value) : json(nullptr);
}

std::int64_t number_at(scenario::Session& session, const std::string& path) {
  const json value = value_at(session, path);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

/// The object in a path: "orders-0" of /partitions/orders-0/isr.
std::string thing_of(const std::string& path) {
  const auto parts = observe::split_pointer(path);
  constexpr std::string_view kWithNames[] = {"partitions", "groups", "clients", "nodes"};
  if (parts.size() < 2 || std::find(std::begin(kWithNames), std::end(kWithNames), parts[0]) == std::end(kWithNames))
    return {};
  return parts[1];
}

/// What is selected for a sentence: of a topic its first partition.
std::string target_of(const std::string& subject, scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  const auto first = cluster::parse_partition_name(subject + "-0");
  const bool topic = !subject.empty() && first && cluster.committed().partition(cluster.partition(*first)) != nullptr;
  const bool other = cluster.find(subject).valid() || !value_at(session, "/groups/" + subject).is_null();
  return topic && !other ? subject + "-0" : subject;
}

ui::WhyLine line_of(const observe::WhyStep& step, scenario::Session& session) {
  const bool own = step.world == observe::WhyStep::World::This;
  // The present begins at the last event.
  const bool present = own && step.seq == 0 && step.at == session.cluster().now();
  return {step.words, own ? step.seq : 0, present ? session.now().us : step.at.us, target_of(step.subject, session),
          static_cast<ui::WhyLine::World>(step.world)};
}

/// Resolves a metric of any node (/metrics/mbeans/*/<name>): the node with the greatest value. <client> stands for the
/// node's own name. If no node is the active controller, the one that died reports nothing: the cluster itself is asked about.
std::string with_a_node(const std::string& path, scenario::Session& session) {
  constexpr std::string_view kAny = "/metrics/mbeans/*/";
  if (!path.starts_with(kAny)) return path;
  std::string greatest;
  double most = 0;
  for (const auto& node : session.cluster().nodes()) {
    std::string own = "/metrics/mbeans/" + node.name + "/" + path.substr(kAny.size());
    constexpr std::string_view kClient = "<client>";
    if (const std::size_t at = own.find(kClient); at != std::string::npos) own.replace(at, kClient.size(), node.name);
    const json value = value_at(session, own);
    if (!value.is_number() || (!greatest.empty() && value.get<double>() <= most)) continue;
    greatest = own;
    most = value.get<double>();
  }
  if (most == 0 && path.ends_with("name=ActiveControllerCount")) return "/cluster/active_controller";
  return greatest.empty() ? path : greatest;
}

/// The partition of a consumer that has got nothing from it for a while, although records follow its position there; "":
/// none.
std::string stands_still_in(sim::NodeId consumer, const json& positions, scenario::Session& session) {
  constexpr std::int64_t kWhile = 2'000'000;
  const std::int64_t from = session.now().us - kWhile;
  const observe::TraceStore& trace = session.observation().trace();
  for (auto it = positions.begin(); from > 0 && it != positions.end(); ++it) {
    const auto name = cluster::parse_partition_name(it.key());
    if (!name || !it->is_number_integer()) continue;
    const protocol::TopicPartition tp = session.cluster().partition(*name);
    const json end = value_at(session, "/partitions/" + it.key() + "/log_end_offset");
    const std::int64_t position = it->get<std::int64_t>();
    bool moves = end.is_number_integer() && end.get<std::int64_t>() <= position;
    for (std::size_t i = trace.size(); !moves && i > 0 && trace[i - 1].time.us > from; --i) {
      const sim::TraceLine& l = trace[i - 1];
      if (l.topic != tp.topic || l.partition != tp.partition) continue;
      const bool own = l.node == consumer &&
                       (is<fact::RecordDelivered>(l) || is<fact::RecordProcessed>(l) || is<fact::PositionSet>(l));
      const auto appended = fact_if<fact::LogAppended>(l);  // what follows has not been there for long
      moves = own || (appended && appended->base_offset.value <= position);
    }
    if (!moves) return it.key();
  }
  return {};
}

/// The questions about a node, partition or group; the one that is most useful now comes first.
std::vector<ui::WhyOther> questions_about(const std::string& target, scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  std::vector<std::pair<int, ui::WhyOther>> all;  // the smaller the number, the more useful the question
  const auto add = [&](int after, ui::Words label, const std::string& path) {
    all.push_back({after, {std::move(label), path}});
  };
  const sim::NodeId node = cluster.find(target);
  const auto partition = cluster::parse_partition_name(target);
  if (node.valid()) {
    const auto kind = cluster.info(node).kind;
    const bool client = cluster.info(node).client >= 0;
    const std::string at = (client ? "/clients/" : "/nodes/") + target;
    add(cluster.alive(node) && cluster.state(node) != sim::NodeState::Paused ? 5 : 0, ui::both("ui.tip_state"_w),
        at + "/state");
    if (client && observe::stopped_by_exception(session.moment(), target))
      add(-1, ui::both("app.why_exception"_w), at + "/exception");
    if (client && kind == cluster::NodeKind::Producer) {
      add(number_at(session, at + "/waiting") > 0 ? 1 : 6, ui::both("app.why_waiting"_w), at + "/waiting");
      add(number_at(session, at + "/failed") > 0 ? 2 : 7, ui::both("app.why_failed"_w), at + "/failed");
      const auto* producer = cluster.role<client::Producer>(node);
      const std::string id = producer == nullptr ? "" : producer->transactions().options().transactional_id;
      if (!id.empty() && !value_at(session, "/transactions/" + id).is_null())
        add(3, ui::both("ui.tip_transaction"_w), "/transactions/" + id);
    } else if (client) {
      add(1, ui::both("app.why_assignment"_w), at + "/assignment");
      const json positions = value_at(session, at + "/positions");
      std::string held = observe::held_at_stable(value_at(session, at));
      if (held.empty() && positions.is_object()) held = stands_still_in(node, positions, session);
      if (positions.is_object() && !positions.empty())
        add(held.empty() ? 4 : 0, ui::both("app.why_position"_w),
            at + "/positions/" + (held.empty() ? positions.begin().key() : held));
    }
    if (kind == cluster::NodeKind::Broker && !cluster.under_zookeeper())
      add(value_at(session, at + "/fenced") == true ? 1 : 6, ui::both("app.why_fenced"_w), at + "/fenced");
    if (kind == cluster::NodeKind::Controller || (kind == cluster::NodeKind::Broker && cluster.under_zookeeper()))
      add(cluster.active_controller() == node ? 2 : 6, ui::both("app.point_active_controller"_w),
          "/cluster/active_controller");
    if (kind == cluster::NodeKind::ZooKeeper) add(1, ui::both("app.why_server"_w), at + "/zookeeper");
    if (kind == cluster::NodeKind::Controller && !cluster.under_zookeeper()) {
      const std::string voter = "/cluster/quorum/voters/" + std::to_string(cluster.info(node).id) + "/state";
      const json state = value_at(session, voter);
      add(state == "Leader" || state == "Follower" ? 7 : 1, ui::both("app.why_voter"_w), voter);
    }
  } else if (partition && !value_at(session, "/partitions/" + target).is_null()) {
    const std::string at = "/partitions/" + target;
    const json state = value_at(session, at);
    const bool short_isr = state["isr"].size() < state["replicas"].size();
    const bool held = state["high_watermark"].is_number() && state["high_watermark"] < state["log_end_offset"];
    add(state["leader"].is_null() ? 0 : 4, ui::both("ui.role_leader"_w), at + "/leader");
    // Without a controller nobody can take a dead broker out of the ISR, and everything waits for that.
    const bool frozen = !cluster.active_controller().valid() &&
                        std::any_of(state["isr"].begin(), state["isr"].end(), [&](const json& id) {
                          return !cluster.alive(cluster.broker_node(id.get<protocol::BrokerId>()));
                        });
    add(frozen ? -1 : short_isr ? 1 : 5, {"ISR", "ISR"}, at + "/isr");
    add(held ? 2 : 6, ui::both("app.point_high_watermark"_w), at + "/high_watermark");
    // Of a partition that is led, and has never had a record, one asks why none comes.
    add(number_at(session, at + "/log_end_offset") == 0 && !state["leader"].is_null() ? 3 : 9,
        ui::both("app.point_log_end_offset"_w), at + "/log_end_offset");
    add(number_at(session, at + "/last_stable_offset") < number_at(session, at + "/high_watermark") ? 1 : 8,
        ui::both("app.point_last_stable_offset"_w), at + "/last_stable_offset");
    add(number_at(session, at + "/log_start_offset") > 0 ? 7 : 9, ui::both("app.point_log_start_offset"_w),
        at + "/log_start_offset");
  } else if (const json state = value_at(session, "/groups/" + target); state.is_object()) {
    const std::string at = "/groups/" + target;
    add(state.value("state", "") == "Stable" ? 3 : 0, ui::both("ui.tip_state"_w), at + "/state");
    std::string most;
    std::int64_t lag = -1;
    const json lags = value_at(session, at + "/lag");
    if (lags.is_object())
      for (auto it = lags.begin(); it != lags.end(); ++it)
        if (it->is_number_integer() && it->get<std::int64_t>() > lag) most = it.key(), lag = it->get<std::int64_t>();
    if (!most.empty()) add(lag > 0 ? 2 : 6, ui::both("app.why_lag"_w, {{"partition", most}}), at + "/lag/" + most);
    add(5, ui::both("glossary.rebalance"_w), at + "/generation");
    const std::string skipped = "/ledger/by_group/" + target + "/skipped";
    if (number_at(session, skipped) > 0) add(4, ui::both("fate.skipped"_w), skipped);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ui::WhyOther> questions;
  for (auto& [after, question] : all) questions.push_back(std::move(question));
  return questions;
}

/// The broker that led the line's partition at that time, according to the next election, or the present metadata.
std::string leader_then(const sim::TraceLine& line, scenario::Session& session) {
  const protocol::TopicPartition tp{line.topic, line.partition};
  const observe::TraceStore& trace = session.observation().trace();
  const protocol::PartitionRegistration* now = session.cluster().committed().partition(tp);
  std::int64_t leader = now == nullptr ? -1 : now->leader;
  for (std::size_t i = trace.size(); i > 0 && trace[i - 1].seq > line.seq; --i)
    if (const auto elected = fact_if<fact::LeaderElected>(trace[i - 1]); elected && elected->partition == tp)
      leader = elected->previous;
  return leader < 0 ? std::string() : cluster::broker_name(static_cast<protocol::BrokerId>(leader));
}

}  // namespace

bool LogBuilder::ask(std::string path, const std::string& target, scenario::Session& session, const ui::Words& there) {
  if (path.empty())
    if (const auto questions = questions_about(target, session); !questions.empty()) path = questions.front().path;
  path = with_a_node(path, session);
  auto answer = observe::why(session.moment(), path);
  if (!answer) return false;
  if (!there.empty()) {
    using World = observe::WhyStep::World;
    answer->question = ui::both("app.why_in_world"_w, {{"question", answer->question}, {"where", there}});
    for (observe::WhyStep& step : answer->steps) step.world = World::Other;
    for (observe::WhyStep& step : answer->effects) step.world = World::Other;
    for (observe::WhyStep& step : answer->further) step.world = World::Other;
    if (answer->root) answer->root->world = World::Other;
  }
  show(*answer, thing_of(path), session);
  model_.why.there = !there.empty();
  return true;
}

void LogBuilder::show(const observe::Answer& answer, const std::string& target, scenario::Session& session) {
  ui::WhyModel why;
  why.open = true;
  why.at_us = session.now().us;
  why.path = answer.path;
  why.question = answer.question;
  model_.chain.clear();
  model_.chain_title = answer.question;
  const observe::TraceStore& trace = session.observation().trace();
  for (const observe::WhyStep& step : answer.steps) {
    why.lines.push_back(line_of(step, session));
    const bool own = step.seq != 0 && step.world == observe::WhyStep::World::This;
    if (const sim::TraceLine* line = own ? trace.find(step.seq) : nullptr) {
      model_.chain.push_back(link(*line, session));
      ui::ChainLink& lit = model_.chain.back();
      lit.words = step.words;
      lit.also = step.also;
      if (is<fact::Command>(*line)) lit.node = step.subject;
      // The controller decides the election; the broker that leads is highlighted.
      const auto elected = fact_if<fact::LeaderElected>(*line);
      if (elected && elected->leader >= 0) lit.node = cluster::broker_name(elected->leader);
      // The leader requests the new ISR, and the controller records it: the leader is highlighted.
      if (is<fact::IsrChanged>(*line)) lit.node = leader_then(*line, session);
    }
  }
  const bool told =
      answer.root && std::any_of(answer.steps.begin(), answer.steps.end(), [&](const observe::WhyStep& step) {
        return step.seq == answer.root->seq ||
               (answer.root_kind == observe::RootKind::Act && step.at == answer.root->at);
      });
  if (answer.root) why.root = line_of(*answer.root, session), why.has_root = !told;
  for (const observe::WhyStep& step : answer.effects) why.effects.push_back(line_of(step, session));
  for (const observe::WhyStep& step : answer.further) why.further.push_back(line_of(step, session));
  for (ui::WhyOther& other : questions_about(target, session))
    if (other.path != answer.path) why.others.push_back(std::move(other));
  model_.why = std::move(why);
}

}  // namespace kafkascope::app
