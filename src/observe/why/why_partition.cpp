// Why the ISR, the leader, its epoch and the ends of a partition's logs are what they are.
#include <fmt/format.h>

#include "observe/model/watermark_wait.h"
#include "observe/why/fetchers.h"
#include "observe/why/same_id.h"
#include "observe/why/why_parts.h"
#include "observe/why/why_watermark.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_zookeeper.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

std::vector<BrokerId> brokers_in(const json& list) {
  std::vector<BrokerId> ids;
  for (const json& id : list)
    if (id.is_number_integer()) ids.push_back(id.get<BrokerId>());
  return ids;
}

bool has(const std::vector<BrokerId>& ids, BrokerId id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

namespace {

/// The broker that owns the znode /controller but is silent: another one has to take its place first. "": it responds.
std::string silent_controller(const Story& story) {
  const json owner = part_of(part_of(state_of(story, "/zookeeper/controller"), "data"), "brokerid");
  const sim::NodeId node = owner.is_number_integer() ? story.broker_node(owner.get<BrokerId>()) : sim::NodeId{};
  return node.valid() && is_silent(story, node) ? story.cluster().info(node).name : std::string();
}

/// Tells that the leader is silent, and what has to happen before another broker can lead; false: it responds. What silenced it is
/// told, but it is no cause: it led before, too.
bool tell_silent_leader(Telling& telling, const std::string& partition, BrokerId id) {
  const Story& story = telling.story();
  const sim::NodeId leads = story.broker_node(id);
  if (!leads.valid() || !is_silent(story, leads)) return false;
  const std::string& leader = story.cluster().info(leads).name;
  const bool zookeeper = story.cluster().under_zookeeper();
  const std::int64_t ms = broker_session_ms(story, id);
  const Line* silent = story.silence(leads, story.end());
  telling.fact(silent, Weight::Cause);
  if (!can_elect(story)) {
    telling.now("why.leader_stays"_w, {{"leader", leader}}, Weight::Point, partition);
    tell_nobody_elects(telling);
  } else if (zookeeper) {
    telling.now("why.leader_silent_zookeeper"_w,
                {{"leader", leader}, {"id", id}, {"ms", ms}, {"controller", silent_controller(story)}}, Weight::Point,
                partition);
  } else {
    if (silent != nullptr) telling.counted_anew(*silent, nullptr);
    telling.now("why.leader_silent"_w, {{"leader", leader}, {"ms", ms}}, Weight::Point, partition);
  }
  return true;
}

/// Tells how the partition began: by which act, or `formed` with the cluster.
void tell_formed(Telling& telling, const words::Message& formed, const std::string& partition, TopicPartition tp) {
  const Story& story = telling.story();
  const Line* added =
      story.last<fact::PartitionAdded>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  const Line* created = story.last<fact::TopicCreated>(
      story.end(), [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; });
  if (added != nullptr && created == nullptr) telling.trail(added, Weight::Cause);
  else if (created != nullptr && created->time.us > 0) telling.trail(created, Weight::Cause);
  else telling.now(formed, Weight::Cause, partition);
}

/// Replicas that are out of the ISR and left it at the same line. `left` is null: they were never in it.
struct Departure {
  const Line* left = nullptr;
  std::vector<BrokerId> brokers;
};

/// The line at which the partition's leader left its first ISR, of which the trace has no line: it died before it could
/// lead. Null: the first ISR is known, or another broker led.
const Line* left_first_isr(const std::vector<Story::IsrState>& history, BrokerId id) {
  const Line* first = history.empty() ? nullptr : history.front().line;
  const auto elected = first == nullptr ? std::nullopt : fact_if<fact::LeaderElected>(*first);
  return elected && elected->previous == id && !history.front().isr.contains(id) ? first : nullptr;
}

/// Tells why that replica was not in the ISR with which the partition was created in the run; false: it was created with the
/// cluster, or the replica came later.
bool tell_created_without(Telling& telling, const std::string& partition, TopicPartition tp, BrokerId id) {
  const Story& story = telling.story();
  const Line* created = story.last<fact::TopicCreated>(
      story.end(), [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; });
  const Line* moved =
      story.last<fact::ReassignmentChanged>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (created == nullptr || created->time.us == 0 || moved != nullptr) return false;
  const Line* fenced =
      story.last<fact::BrokerFenced>(created->seq, [&](const auto& f, const Line&) { return f.broker == id; });
  telling.trail(fenced != nullptr ? fenced : story.silence(story.broker_node(id), created->seq), Weight::Cause);
  const std::string who = cluster::broker_name(id);
  telling.say("why.created_without"_w, {{"broker", who}, {"partition", partition}}, created, Weight::Point, partition);
  return true;
}

/// Those that left last come first.
std::vector<Departure> departures(const std::vector<BrokerId>& replicas, const std::vector<BrokerId>& isr,
                                  const std::vector<Story::IsrState>& history) {
  std::vector<Departure> all;
  for (const BrokerId id : replicas) {
    if (has(isr, id)) continue;
    const Line* left = left_first_isr(history, id);
    for (std::size_t i = 1; i < history.size(); ++i)
      if (!history[i].isr.contains(id) && history[i - 1].isr.contains(id)) left = history[i].line;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Departure& d) { return d.left == left; });
    if (same != all.end()) same->brokers.push_back(id);
    else all.push_back({left, {id}});
  }
  const auto when = [](const Departure& d) { return d.left == nullptr ? 0 : d.left->seq; };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return when(a) > when(b); });
  return all;
}

/// The sentence that the brokers leave the ISR because they were silent for too long, with the setting that says how long; nullopt: they
/// leave for another reason. `why`: what removed them.
std::optional<words::Message> left_in_silence(const Story& story, const std::string& partition, const Line* why,
                                              const std::vector<BrokerId>& brokers) {
  const auto fenced = why == nullptr ? std::nullopt : fact_if<fact::BrokerFenced>(*why);
  const auto expired = why == nullptr ? std::nullopt : fact_if<fact::ZkSessionExpired>(*why);
  const std::string who = broker_names(brokers);
  if (fenced && fenced->reason == fact::FencingReason::SessionTimeout)
    return words::Message("why.left_isr_fenced"_w,
                          {{"broker", who},
                           {"count", brokers.size()},
                           {"partition", partition},
                           {"ms", story.cluster().spec().config.number("broker.session.timeout.ms")}});
  if (expired)
    return words::Message(
        "why.left_isr_session"_w,
        {{"broker", who}, {"count", brokers.size()}, {"partition", partition}, {"ms", expired->timeout_ms}});
  return std::nullopt;
}

/// Tells why those replicas left, and what keeps them out. `alone`: what removed them has a sentence of its own, for which
/// there is no room beside another departure.
void tell_departure(Telling& telling, const std::string& partition, TopicPartition tp, const Departure& departure,
                    bool alone) {
  const Story& story = telling.story();
  const Line* left = departure.left;
  const BrokerId id = departure.brokers.front();
  if (left == nullptr && tell_created_without(telling, partition, tp, id)) return;
  if (left == nullptr) {  // it was never in the ISR: a reassignment adds it
    bool kept = false;
    for (const BrokerId added : departure.brokers) kept = tell_kept_from_copying(telling, partition, added) || kept;
    telling.trail(story.last<fact::ReassignmentChanged>(story.end(),
                                                        [&](const auto& f, const Line&) { return f.partition == tp; }),
                  kept ? Weight::Link : Weight::Cause);
    return;
  }
  const Line* why = story.back_of_removal(id, *left, story.leader_at(tp, left->seq));
  const bool fenced = why != nullptr && (is<fact::BrokerFenced>(*why) || is<fact::BrokerShutdownStarted>(*why) ||
                                         is<fact::BrokerDirsOffline>(*why));
  // Under ZooKeeper only the leader's own change is traced as a shrink: otherwise the controller removed the replica
  // (KafkaController.onBrokerFailure).
  const bool by_controller = fenced || is<fact::LeaderElected>(*left) || tell_report_of_another(telling, *left, id) ||
                             (story.cluster().under_zookeeper() && !is<fact::IsrShrink>(*left));
  const bool registers = registration_behind(story, id, *left) != nullptr;
  const auto silent = alone || registers ? std::nullopt : left_in_silence(story, partition, why, departure.brokers);
  if (silent) telling.say(*silent, left, Weight::Point, partition);
  else
    telling.say(registers       ? "why.left_isr_registers"_w
                : by_controller ? "why.left_isr"_w
                                : "why.left_isr_slow"_w,
                {{"broker", broker_names(departure.brokers)},
                 {"count", departure.brokers.size()},
                 {"partition", partition},
                 {"ms", leader_config(story, tp, left->seq).number("replica.lag.time.max.ms")}},
                left, Weight::Point, partition);
  // The reason why it left may be over, and something else keeps it out.
  const sim::NodeId out = story.broker_node(id);
  const Line* now = story.hindrance(out, story.end(),
                                    Search{story.broker_node(story.leader_at(tp, story.end()))}.of(traffic::kCopies));
  if (now != nullptr && now->seq > left->seq && story.hindrance(out, left->seq) != now &&
      (why == nullptr || story.trail(*now).front() != story.trail(*why).front()))
    telling.trail(now, Weight::Cause);
  telling.trail(why, silent ? Weight::Aside : alone ? Weight::Cause : Weight::Link);
  if (why != nullptr) tell_late_isr_write(telling, partition, *left, *why);
}

/// Tells what a replica that is out of the ISR lacks now.
void tell_still_out(Telling& telling, BrokerId id, const json& state) {
  const Story& story = telling.story();
  const std::string who = cluster::broker_name(id);
  const sim::NodeId node = story.broker_node(id);
  if (!node.valid() || !story.cluster().alive(node)) {
    telling.now("why.still_down"_w, {{"who", who}}, Weight::Link, who);
    return;
  }
  if (tell_loads_logs(telling, node)) return;
  const json log = part_of(part_of(state, "logs"), std::to_string(id));
  const std::int64_t missing =
      log.is_object() && state["log_end_offset"].is_number()
          ? state["log_end_offset"].get<std::int64_t>() - whole_of(part_of(log, "log_end_offset"))
          : 0;
  if (missing > 0) telling.now("why.still_behind"_w, {{"broker", who}, {"records", missing}}, Weight::Link, who);
}

/// Tells about the replica that came back last.
bool tell_came_back(Telling& telling, const std::string& partition, const std::vector<Story::IsrState>& history) {
  for (std::size_t i = history.size(); i > 1; --i) {
    for (const BrokerId id : history[i - 1].isr) {
      if (history[i - 2].isr.contains(id)) continue;
      const Story& story = telling.story();
      const Line* joined = history[i - 1].line;
      const sim::NodeId node = story.broker_node(id);
      telling.trail(joined, Weight::Aside);
      for (std::size_t k = i - 1; k > 1; --k)
        if (!history[k - 1].isr.contains(id) && history[k - 2].isr.contains(id)) {
          const Line* left = history[k - 1].line;
          const Line* why =
              story.back_of_removal(id, *left, story.leader_at({joined->topic, joined->partition}, left->seq));
          const auto silent = left_in_silence(story, partition, why, {id});
          telling.say(
              silent.value_or(words::Message(
                  "why.left_isr"_w, {{"broker", cluster::broker_name(id)}, {"count", 1}, {"partition", partition}})),
              left, Weight::Cause, partition);
          telling.trail(why, silent ? Weight::Aside : Weight::Cause);
          break;
        }
      const Line* caught = story.last<fact::LogReplicated>(joined->seq, [&](const auto& f, const Line& l) {
        return l.node == node && f.partition == TopicPartition{joined->topic, joined->partition};
      });
      if (caught != nullptr)
        telling.say(
            "why.caught_up"_w,
            {{"broker", cluster::broker_name(id)}, {"offset", as<fact::LogReplicated>(*caught).last_offset.value}},
            caught, Weight::Link, partition);
      const bool again = left_first_isr(history, id) != nullptr ||
                         std::any_of(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(i) - 1,
                                     [id](const Story::IsrState& state) { return state.isr.contains(id); });
      telling.say(again ? "why.joined_isr"_w : "why.entered_isr"_w,
                  {{"broker", cluster::broker_name(id)}, {"partition", partition}}, joined, Weight::Point, partition);
      return true;
    }
  }
  return false;
}

}  // namespace

bool can_elect(const Story& story) {
  return story.cluster().under_zookeeper() ? story.cluster().zookeeper_leader().valid()
                                           : story.cluster().active_controller().valid();
}

void tell_nobody_elects(Telling& telling, Weight rule) {
  if (can_elect(telling.story())) return;
  if (telling.story().cluster().under_zookeeper()) tell_no_ensemble(telling);
  else tell_awaits_quorum(telling, rule);
}

json state_of(const Story& story, const std::string& path) {
  std::optional<json> value = state_at(story.moment(), path);
  return value ? *std::move(value) : json(nullptr);
}

json part_of(const json& value, const std::string& key) {
  if (!value.is_object()) return json(nullptr);
  const auto it = value.find(key);
  return it == value.end() ? json(nullptr) : json(*it);
}

std::int64_t whole_of(const json& value) { return value.is_number_integer() ? value.get<std::int64_t>() : 0; }

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::string plain_value(const json& value) {
  if (value.is_null() || (value.is_structured() && value.empty())) return "-";
  if (value.is_string()) return text_of(value).empty() ? "-" : text_of(value);
  if (!value.is_structured()) return value.dump();
  std::string all;
  for (const auto& [key, part] : value.items()) {
    all += all.empty() ? "" : ", ";
    if (value.is_object()) all += key + "=";
    all += part.is_structured() ? "(" + plain_value(part) + ")" : plain_value(part);
  }
  return all;
}

Question asks_value(const std::string& what, const json& value) {
  const std::string plain = plain_value(value);
  if (plain == "-") return asks("why.q_empty"_w, {{"path", what}});
  return asks("why.q_value"_w, {{"path", what}, {"value", plain}});
}

void for_each_entry(const json& object, const std::function<void(const std::string&, const json&)>& visit) {
  if (!object.is_object()) return;
  for (auto it = object.begin(); it != object.end(); ++it) visit(it.key(), it.value());
}

TopicPartition partition_named(const Story& story, const std::string& name) {
  const auto parsed = cluster::parse_partition_name(name);
  return parsed ? story.cluster().partition(*parsed) : TopicPartition{};
}

std::optional<Answer> why_isr(const Story& story, const std::string& path, const std::string& partition,
                              bool without_adding) {
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return std::nullopt;
  const std::vector<BrokerId> isr = brokers_in(state["isr"]), adding = brokers_in(part_of(state, "adding"));
  std::vector<BrokerId> replicas = brokers_in(state["replicas"]);
  if (without_adding) std::erase_if(replicas, [&](BrokerId id) { return has(adding, id); });
  const auto history = story.isr_history(tp);
  const std::vector<Departure> out = departures(replicas, isr, history);
  std::vector<BrokerId> missing = replicas;
  std::erase_if(missing, [&](BrokerId id) { return has(isr, id); });
  Telling telling(story, path,
                  missing.empty()
                      ? asks("why.q_isr"_w, {{"partition", partition}, {"isr", broker_names(isr)}})
                      : asks("why.q_not_in_isr"_w,
                             {{"broker", broker_names(missing)}, {"count", missing.size()}, {"partition", partition}}));
  // What made a follower give the partition up keeps it out, whatever made it leave before.
  const bool failed = tell_given_up(telling, tp, missing);
  const bool alone = !failed && out.size() == 1;
  for (const Departure& departure : out) tell_departure(telling, partition, tp, departure, alone);
  for (const Departure& departure : out)
    for (const BrokerId id : departure.brokers) tell_still_out(telling, id, state);
  const BrokerId leader = state["leader"].is_number_integer() ? state["leader"].get<BrokerId>() : protocol::kNoBroker;
  if (!missing.empty() || tell_isr_holds(telling, partition, leader, isr)) return telling.done();
  if (!tell_came_back(telling, partition, history)) {
    if (!history.empty() && history.front().line != nullptr)
      tell_formed(telling, {"why.formed"_w, {{"what", partition}}}, partition, tp);
    telling.now("why.isr_whole"_w, {{"partition", partition}}, Weight::Point, partition);
  }
  return telling.done();
}

namespace {

bool is_first(const json& state, BrokerId leader) { return part_of(state, "replicas")[0] == leader; }

/// Tells why that broker leads, if no election has made it the leader: by its place among the replicas, now or before.
void tell_leads_unelected(Telling& telling, const std::string& partition, const json& state) {
  if (is_first(state, state["leader"].get<BrokerId>()))
    telling.now("why.leads_as_preferred"_w, {{"partition", partition}}, Weight::Link, partition);
  else if (!tell_leads_since_move(telling, partition, state))
    (void)tell_created_without(telling, partition, partition_named(telling.story(), partition),
                               state["replicas"][0].get<BrokerId>());
}

/// Whether the controller's timer gave the partition back to its preferred replica: the leader before stays in the ISR.
bool is_balanced(const Story& story, const Line& elected) {
  const auto f = as<fact::LeaderElected>(elected);
  const Line* led = story.back(elected);
  return story.by_timer(elected) && (led == nullptr || (mends(story, *led) && f.isr.ids().contains(f.previous)));
}

}  // namespace

std::optional<Answer> why_leader(const Story& story, const std::string& path, const std::string& partition) {
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return std::nullopt;
  const bool none = state["leader"].is_null();
  Telling telling(story, path,
                  none ? asks("why.q_no_leader"_w, {{"partition", partition}})
                       : asks("why.q_leader"_w, {{"broker", cluster::broker_name(state["leader"].get<BrokerId>())},
                                                 {"partition", partition},
                                                 {"epoch", state["leader_epoch"].get<std::int64_t>()}}));
  const Line* elected =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  const bool of_epoch = elected == nullptr || path.ends_with("/leader_epoch");
  if (!none && of_epoch && tell_begun_epoch(telling, tp, state["leader_epoch"].get<std::int64_t>())) {
    if (elected == nullptr) tell_leads_unelected(telling, partition, state);
    const bool silent = tell_silent_leader(telling, partition, state["leader"].get<BrokerId>());
    if (!silent && path.ends_with("/leader")) tell_takes_none_now(telling, tp);
    return telling.done();
  }
  if (elected == nullptr) {
    if (none) {
      tell_formed(telling, {"why.formed"_w, {{"what", partition}}}, partition, tp);
      return telling.done();
    }
    const auto leader = state["leader"].get<BrokerId>();
    const sim::NodeId leads = story.broker_node(leader);
    // What keeps a silent leader in its place takes all four sentences.
    if ((!leads.valid() || !is_silent(story, leads) || can_elect(story)) && is_first(state, leader))
      tell_formed(telling,
                  {"why.led_from_start"_w, {{"leader", cluster::broker_name(leader)}, {"partition", partition}}},
                  partition, tp);
    tell_leads_unelected(telling, partition, state);
    if (!tell_silent_leader(telling, partition, state["leader"].get<BrokerId>())) tell_takes_none_now(telling, tp);
    return telling.done();
  }
  telling.trail(elected, Weight::Point);
  tell_elected_from_outside(telling, *elected);
  tell_report_of_another(telling, *elected, as<fact::LeaderElected>(*elected).previous);
  if (!none) tell_passed_over(telling, tp, *elected);
  if (!none && !tell_silent_leader(telling, partition, state["leader"].get<BrokerId>()))
    tell_takes_none_now(telling, tp);
  if (none) {
    tell_awaits_leader(telling, partition, state);
  } else if (state["leader"] == state["replicas"][0] && (!telling.has_root() || is_balanced(story, *elected))) {
    telling.say("why.preferred_again"_w, {{"partition", partition}}, elected, Weight::Point, partition);
  }
  return telling.done();
}

namespace {

/// Tells that the follower has all that its leader has, or that it has no leader to copy from; false: neither. `wrote`: the
/// last batch that it copied; null: it has cut its log since.
bool tell_copied(Telling& telling, const std::string& partition, const json& state, BrokerId broker,
                 const Line* wrote) {
  const Story& story = telling.story();
  if (is_silent(story, story.broker_node(broker))) return false;
  const std::string who = cluster::broker_name(broker);
  if (state["leader"].is_null()) {
    const TopicPartition tp = partition_named(story, partition);
    telling.trail(
        story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Cause);
    telling.fact(wrote, Weight::Link);
    telling.now("why.replica_no_leader"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, partition);
    return true;
  }
  const json log = part_of(part_of(state, "logs"), std::to_string(broker));
  const sim::NodeId leads = story.broker_node(state["leader"].get<BrokerId>());
  const bool all = log.is_object() && whole_of(part_of(log, "log_end_offset")) == whole_of(state["log_end_offset"]);
  if (wrote == nullptr || state["leader"] == broker || !all || is_silent(story, leads)) return false;
  telling.fact(wrote, Weight::Link);
  telling.now("why.replica_has_all"_w,
              {{"broker", who}, {"leader", story.cluster().info(leads).name}, {"partition", partition}}, Weight::Point,
              who);
  return true;
}

}  // namespace

std::optional<Answer> why_replica(const Story& story, const std::string& path, const std::string& partition,
                                  BrokerId broker) {
  const TopicPartition tp = partition_named(story, partition);
  const sim::NodeId node = story.broker_node(broker);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object() || !node.valid()) return std::nullopt;
  const std::string who = cluster::broker_name(broker);
  Telling telling(story, path, asks("why.q_replica"_w, {{"broker", who}, {"partition", partition}}));
  const auto here = [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; };
  const Line* cut = story.last<fact::LogTruncated>(story.end(), here);
  const Line* recovered = story.last<fact::LogRecovered>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.lost_from.known(); });
  const Line* wrote =
      latest({story.last<fact::LogReplicated>(story.end(), here), story.last<fact::LogAppended>(story.end(), here)});
  if (cut == nullptr) cut = recovered;
  const json log = part_of(part_of(state, "logs"), std::to_string(broker));
  const std::int64_t missing = whole_of(part_of(state, "log_end_offset")) - whole_of(part_of(log, "log_end_offset"));
  const bool alive = story.cluster().alive(node);
  if (tell_copied(telling, partition, state, broker, latest({cut, wrote}) == cut ? nullptr : wrote))
    return telling.done();
  if (tell_given_up(telling, tp, {broker}) && latest({cut, wrote}) == wrote) cut = nullptr;
  else if (cut != nullptr) telling.trail(cut, Weight::Point);
  else if ((missing > 0 || !alive) && !tell_kept_from_copying(telling, partition, broker))
    telling.trail(story.silence(node, story.end(), Search().of(traffic::kCopies)), Weight::Cause);
  if (wrote != nullptr && (cut == nullptr || wrote->seq > cut->seq)) telling.fact(wrote, Weight::Link);
  if (!alive) telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
  else if (missing > 0) telling.now("why.still_behind"_w, {{"broker", who}, {"records", missing}}, Weight::Point, who);
  if (telling.empty())
    telling.now("why.log_empty"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, partition);
  return telling.done();
}

namespace {

/// Why the partition begins where it does, on that broker.
std::optional<Answer> why_log_start(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const TopicPartition tp = partition_named(story, partition);
  Telling telling(story, asked.path,
                  asks("why.q_log_start"_w, {{"partition", partition}, {"offset", asked.value.dump()}}));
  const auto here = [&](const auto& f, const Line& l) {
    return f.partition == tp && (!node.valid() || l.node == node);
  };
  const Line* moved = story.last<fact::LogStartAdvanced>(story.end(), here);
  const Line* compacted = story.last<fact::LogCompacted>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.records_after < f.records_before; });
  if (moved != nullptr) telling.trail(moved, Weight::Point);
  else if (compacted != nullptr) {
    telling.fact(compacted, Weight::Point);
    telling.now("why.compacted_inside"_w, {{"partition", partition}}, Weight::Point, partition);
  } else telling.now("why.nothing_deleted"_w, {{"partition", partition}}, Weight::Point, partition);
  return telling.done();
}

/// Why the log on that broker has so many segments: a full one is closed, and an old one deleted.
std::optional<Answer> why_segments(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const TopicPartition tp = partition_named(story, partition);
  const std::string& who = story.cluster().info(node).name;
  Telling telling(
      story, asked.path,
      asks("why.q_segments"_w, {{"partition", partition}, {"broker", who}, {"count", whole_of(asked.value)}}));
  const auto here = [&](const auto& f, const Line& l) { return f.partition == tp && l.node == node; };
  const std::int64_t rolled = story.count<fact::SegmentRolled>(story.end(), here);
  telling.fact(story.last<fact::SegmentRolled>(story.end(), here), Weight::Link);
  telling.trail(story.last<fact::SegmentDeleted>(story.end(), here), Weight::Point);
  telling.now("why.segments"_w, {{"rolled", rolled}, {"deleted", story.count<fact::SegmentDeleted>(story.end(), here)}},
              Weight::Point, partition);
  return telling.done();
}

/// Why the partition's leader is marked as recovering (KIP-704), or is not.
std::optional<Answer> why_recovering(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& partition = asked.part(1);
  const TopicPartition tp = partition_named(story, partition);
  const bool recovers = asked.value == true;
  Telling telling(story, asked.path,
                  asks(recovers ? "why.q_recovering"_w : "why.q_not_recovering"_w, {{"partition", partition}}));
  const Line* unclean = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const Line& l) { return f.partition == tp && story.elected_from_outside(l); });
  telling.trail(unclean, Weight::Cause);
  if (recovers && unclean != nullptr)
    telling.now("why.recovering"_w,
                {{"leader", cluster::broker_name(as<fact::LeaderElected>(*unclean).leader)}, {"partition", partition}},
                Weight::Point, partition);
  else if (unclean != nullptr)
    telling.fact(
        story.first<fact::IsrChanged>(unclean->seq, [&](const auto& f, const Line&) { return f.partition == tp; }),
        Weight::Point);
  else telling.now("why.never_unclean"_w, {{"partition", partition}}, Weight::Point, partition);
  return telling.done();
}

/// Why a log of the partition is so: /partitions/orders-0/logs/1/segments.
std::optional<Answer> why_log(const Asked& asked) {
  const std::string &partition = asked.part(1), &field = asked.part(4);
  const auto id = whole_number(asked.part(3));
  const sim::NodeId node = id ? asked.story.broker_node(static_cast<BrokerId>(*id)) : sim::NodeId{};
  if (!node.valid()) return std::nullopt;
  if (field == "log_start_offset") return why_log_start(asked, partition, node);
  if (field == "segments") return why_segments(asked, partition, node);
  if (field == "high_watermark") return why_replicas_watermark(asked, partition, static_cast<BrokerId>(*id));
  if (field == "flushed_offset") return why_flushed(asked, partition, node);
  if (field == "leader_epoch") return why_log_epoch(asked, partition, node);
  if (field == "size_bytes") return why_log_size(asked, partition, node);
  if (field == "offline") return why_log_offline(asked, partition, node);
  if (field == "dir")
    if (auto answer = why_log_dir(asked, partition, node)) return answer;
  return why_replica(asked.story, asked.path, partition, static_cast<BrokerId>(*id));
}

}  // namespace

std::optional<Answer> why_partition(const Asked& asked) {
  const std::string &partition = asked.part(1), &field = asked.part(2);
  const Story& story = asked.story;
  if (field.empty() || field == "leader" || field == "leader_epoch") return why_leader(story, asked.path, partition);
  if (field == "recovering") return why_recovering(asked);
  if (field == "elr") return why_elr(story, asked.path, partition);
  if (field == "isr" || field == "partition_epoch") return why_isr(story, asked.path, partition);
  if (field == "high_watermark") return why_watermark(story, asked.path, partition);
  if (field == "last_stable_offset") return why_stable_offset(story, asked.path, partition);
  if (field == "log_end_offset") return why_log_end(asked);
  if (field == "logs" && asked.parts.size() >= 4) return why_log(asked);
  const TopicPartition tp = partition_named(story, partition);
  if (field == "log_start_offset")
    return why_log_start(asked, partition, story.broker_node(story.leader_at(tp, story.end())));
  if (field == "replicas" || field == "adding" || field == "removing") {
    Telling telling(story, asked.path, asks("why.q_replicas"_w, {{"partition", partition}}));
    const Line* moved = last_move(story, tp, story.end());
    if (moved == nullptr) tell_formed(telling, {"why.replicas_formed"_w, {{"partition", partition}}}, partition, tp);
    telling.trail(moved, Weight::Point);
    tell_move_waits(telling, partition, state_of(story, "/partitions/" + partition));
    return telling.done();
  }
  return std::nullopt;
}

}  // namespace kafkascope::observe
