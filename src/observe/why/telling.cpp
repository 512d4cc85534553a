#include "observe/why/telling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "cluster/verbs.h"
#include "observe/why/errors.h"
#include "observe/why/waits_led_to.h"
#include "observe/words/epoch_words.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

namespace {

/// At most this many lines after the root are examined as possible effects.
constexpr int kMostAsked = 200;

bool is_life(const sim::TraceLine& l) {
  return l.kind == sim::trace_kind::kNodeDied || l.kind == sim::trace_kind::kNodePaused ||
         l.kind == sim::trace_kind::kNodeResumed || l.kind == sim::trace_kind::kNodeStarted;
}

struct Worded {
  Words words;
  words::Key key;  // empty: the fact's own sentence
};

struct Losses {
  sim::Instant first, last;
};
/// When the messages that this act loses were lost; nullopt: none has been lost yet.
std::optional<Losses> losses_of(const Story& story, const sim::TraceLine& l, const cluster::act::Messages& m) {
  const auto meant = loses_message(story, l);
  std::optional<Losses> losses;
  std::int64_t left = m.count.value_or(1);  // without a count, the first loss shows when the act took effect
  for (const sim::TraceLine* lost = &l; left > 0; --left) {
    lost = story.first<fact::MessageLost>(lost->seq,
                                          [&](const auto& f, const sim::TraceLine& x) { return meant(f, x.node); });
    if (lost == nullptr) break;
    if (!losses) losses = Losses{lost->time, lost->time};
    losses->last = lost->time;
  }
  return losses;
}

/// An act as a sentence; for an act that loses messages, also when they were lost.
Worded act_in_words(const Story& story, const sim::TraceLine& l) {
  const NumberedCommand* whole = story.command_of(l);  // with what the trace's spelling leaves out: how slow, how many
  const std::string spelling = as<fact::Command>(l).spelled();
  const Words spelled = act_as_sentence(spelling, whole == nullptr ? nullptr : &whole->command, names_at(story, l));
  const auto* messages = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::Messages>();
  if (messages != nullptr && whole->command.verb == cluster::Verb::Lose)
    if (const auto losses = losses_of(story, l, *messages)) {
      const auto seconds = [](sim::Instant at) { return fmt::format("{:.3f}", static_cast<double>(at.us) / 1e6); };
      const std::string first = seconds(losses->first), last = seconds(losses->last);
      if (!messages->count) return {both("why.act_loses"_w, {{"what", spelled}, {"first", first}}), "why.act"_w};
      return {both("why.act_lost"_w, {{"what", spelled}, {"first", first}, {"last", last == first ? "" : last}}),
              "why.act"_w};
    }
  return {spelled, "why.act"_w};
}

/// The words for a member that left because it did not call poll(); nullopt: the fact's own words say enough.
std::optional<Worded> left_in_words(const Story& story, const sim::TraceLine& left) {
  const auto f = as<fact::GroupMemberLeft>(left);
  const sim::NodeId node = story.client_of_member(f.member.view());
  if (!node.valid() || story.declared(node) == nullptr || !by_poll_timeout(story, left)) return std::nullopt;
  return Worded{both("why.poll_timeout"_w, {{"client", story.cluster().info(node).name},
                                            {"group", f.group.view()},
                                            {"ms", setting_of(story, node, "max.poll.interval.ms", left.seq)}}),
                "why.poll_timeout"_w};
}

/// Whether the group of the line, or of its client, uses a newer protocol, judged by the last member that joined before
/// that line.
bool has_epochs(const Story& story, const sim::TraceLine& l) {
  const auto r = fact_if<fact::GroupRebalance>(l);
  const sim::TraceLine* joined =
      story.last<fact::GroupMemberJoined>(l.seq + 1, [&](const auto& f, const sim::TraceLine&) {
        return r ? f.group == r->group.view() : story.client_of_member(f.member.view()) == l.node;
      });
  return joined != nullptr && is_of_newer_protocol(as<fact::GroupMemberJoined>(*joined).member.view());
}

/// Whether the line refuses a batch of a producer with acks=0: no response tells of the error (Kafka: KafkaApis closes
/// the connection instead).
bool refused_unanswered(const Story& story, const sim::TraceLine& l) {
  const auto f = fact_if<fact::RequestRefused>(l);
  return f && f->api == protocol::api::Produce && f->partition.topic >= 0 && story.declared(f->client) != nullptr &&
         setting_of(story, f->client, "acks", l.seq) == "0";
}

/// The words for a broker that ended by itself because its last log directory had failed; nullopt: it ended for another reason.
std::optional<Worded> died_in_words(const Story& story, const sim::TraceLine& died) {
  const sim::TraceLine* led = story.back(died);
  const auto f = led == nullptr ? std::nullopt : fact_if<fact::LogDirOffline>(*led);
  if (!f) return std::nullopt;
  return Worded{both("why.dies_of_directory"_w,
                     {{"who", story.cluster().info(died.node).name}, {"why", reason_words(f->reason)}}),
                "why.dies_of_directory"_w};
}

/// The line in words: the fact's own sentence, except for acts, ISRs, members that were too slow and full disks.
Worded in_words(const Story& story, const sim::TraceLine& l) {
  if (l.kind == sim::trace_kind::kNodeDied)
    if (std::optional<Worded> words = died_in_words(story, l)) return *std::move(words);
  if (is<fact::GroupMemberLeft>(l))
    if (std::optional<Worded> words = left_in_words(story, l)) return *std::move(words);
  if (is<fact::Command>(l)) return act_in_words(story, l);
  if (waited_for_memory(story, l)) {
    const auto f = as<fact::RecordFailed>(l);
    return {both("why.memory_in_vain"_w, {{"client", story.cluster().info(l.node).name},
                                          {"number", f.number},
                                          {"exception", f.exception.view()},
                                          {"ms", setting_of(story, l.node, "max.block.ms", l.seq)},
                                          {"bytes", setting_of(story, l.node, "buffer.memory", l.seq)}}),
            "why.memory_in_vain"_w};
  }
  if (const std::optional<bool> unheard = waited_for_added(story, l)) {
    const auto f = as<fact::RecordFailed>(l);
    return {both("why.block_in_vain"_w, {{"client", story.cluster().info(l.node).name},
                                         {"number", f.number},
                                         {"exception", f.exception.view()},
                                         {"ms", setting_of(story, l.node, "max.block.ms", l.seq)},
                                         {"partition", *unheard ? story.cluster().name(f.partition) : std::string()}}),
            "why.block_in_vain"_w};
  }
  if (refused_unanswered(story, l))
    return {
        both("why.refused_unanswered"_w, {{"who", story.cluster().info(l.node).name},
                                          {"partition", story.cluster().name(as<fact::RequestRefused>(l).partition)},
                                          {"error", protocol::name(as<fact::RequestRefused>(l).error)}}),
        "why.refused_unanswered"_w};
  if (const auto f = fact_if<fact::GroupRebalance>(l))
    return {rebalance_words(*f, has_epochs(story, l), story.names().by_poll_timeout(l), story.names().limit_behind(l)),
            {}};
  if (const auto f = fact_if<fact::PartitionsAssigned>(l))
    return {assigned_words(*f, story.cluster().info(l.node).name, has_epochs(story, l)), {}};
  if (const auto f = fact_if<fact::ZkSessionExpired>(l)) {  // whose session it is says more than its id
    const sim::TraceLine* held = story.last<fact::ZkClientState>(
        l.seq, [&](const auto& s, const sim::TraceLine&) { return s.session == f->session; });
    if (held != nullptr)
      return {both("why.session_expired"_w, {{"who", story.cluster().info(held->node).name}, {"ms", f->timeout_ms}}),
              "why.session_expired"_w};
  }
  if (const auto f = fact_if<fact::IsrChanged>(l); f && f->isr.ids().empty())
    return {both("why.isr_empty"_w, {{"partition", story.cluster().name(f->partition)}}), "why.isr_empty"_w};
  if (const auto f = fact_if<fact::IsrChanged>(l); f && heard_of(story, l) != nullptr)
    return {both("why.isr_heard"_w, {{"controller", story.cluster().info(l.node).name},
                                     {"partition", story.cluster().name(f->partition)},
                                     {"isr", f->isr.text.view()}}),
            "why.isr_heard"_w};
  if (const auto f = fact_if<fact::IsrChanged>(l))
    return {both("why.isr_now"_w, {{"partition", story.cluster().name(f->partition)}, {"isr", f->isr.text.view()}}),
            "why.isr_now"_w};
  return {sentence(l, story.names()), {}};
}

bool is_effect(const sim::TraceLine& l) {
  return is<fact::LeaderElected>(l) || is<fact::BrokerFenced>(l) || is<fact::IsrShrink>(l) || is<fact::IsrChanged>(l) ||
         is<fact::GroupRebalance>(l) || is<fact::LogTruncated>(l) || is<fact::BatchFailed>(l) ||
         is<fact::ControllerActive>(l);
}

/// What the deletion of a topic leads to besides: it is gone, its clients are refused, and its readers lose partitions.
bool is_effect_of_deletion(const sim::TraceLine& l) {
  const auto error = fact_if<fact::ClientError>(l);
  return is<fact::TopicDeleted>(l) || is<fact::PartitionsAssigned>(l) ||
         (error && (error->error == protocol::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION ||
                    error->error == protocol::ErrorCode::UNKNOWN_TOPIC_ID));
}

/// A change of an ISR: the controller decides it, and the leader hears of it in a line of its own.
using IsrVersion = std::pair<protocol::TopicPartition, protocol::PartitionEpoch>;

std::optional<IsrVersion> isr_version(const sim::TraceLine& l) {
  if (const auto shrink = fact_if<fact::IsrShrink>(l)) return IsrVersion{shrink->partition, shrink->partition_epoch};
  if (const auto grown = fact_if<fact::IsrExpand>(l)) return IsrVersion{grown->partition, grown->partition_epoch};
  if (const auto change = fact_if<fact::IsrChanged>(l)) return IsrVersion{change->partition, change->partition_epoch};
  return std::nullopt;
}

}  // namespace

std::string subject_of(const Story& story, const sim::TraceLine& l) {
  if (l.topic >= 0 && l.partition >= 0) {
    const std::string name = story.cluster().name({l.topic, l.partition});
    if (!name.starts_with("__")) return name;
  }
  if (const auto broker = fact::broker_in(l)) return cluster::broker_name(*broker);
  std::string group;
  fact::FactsOfGroups::visit(l, [&](const auto& f) {
    if constexpr (requires { f.group; }) group = f.group.str();
  });
  if (!group.empty()) return group;
  if (is<fact::Command>(l)) {
    const auto nodes = story.nodes_of(l);
    return nodes.empty() ? std::string() : story.cluster().info(nodes.front()).name;
  }
  return l.node.valid() ? story.cluster().info(l.node).name : std::string();
}

std::string in_seconds(std::int64_t us) {
  const std::int64_t ms = (us + 500) / 1000;
  std::string thousandths = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + thousandths;
}

std::string lasting(std::int64_t us) {
  const std::string seconds = in_seconds(us);
  return seconds.ends_with(".000") ? seconds.substr(0, seconds.size() - 4) : seconds;
}

std::string broker_names(const std::vector<protocol::BrokerId>& ids) {
  std::string out;
  for (const protocol::BrokerId id : ids) out += (out.empty() ? "" : ", ") + cluster::broker_name(id);
  return out;
}

Question asks(words::Key key, std::initializer_list<BothArg> arguments) { return {key, both(key, arguments)}; }

Words after_a_colon(Words sentence) {
  for (const std::string_view first : {"The ", "An ", "All ", "Another ", "Everything ", "Messages "})
    if (sentence.en.starts_with(first))
      sentence.en.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence.en.front())));
  return sentence;
}

Words act_told(const Story& story, const Story::Line& l) {
  const NumberedCommand* whole = story.command_of(l);
  return act_as_sentence(as<fact::Command>(l).spelled(), whole == nullptr ? nullptr : &whole->command,
                         names_at(story, l));
}

Telling::Telling(const Story& story, std::string path, Question question) : story_(story) {
  answer_.path = std::move(path);
  answer_.question = std::move(question.words);
  answer_.question_key = question.key;
}

void Telling::add(Words words, words::Key key, const Line* line, Weight weight, std::string subject) {
  const std::uint64_t seq = line == nullptr ? 0 : line->seq;
  for (WhyStep& told : answer_.steps)
    if (seq != 0 && told.seq == seq) {  // one line, one sentence: the one with more weight
      if (weight > told.weight || (!key.empty() && told.key.empty() && weight >= told.weight))
        told.words = std::move(words), told.key = key;
      told.weight = std::max(told.weight, weight);
      return;
    }
  answer_.steps.push_back({std::move(words), key, seq, line == nullptr ? story_.cluster().now() : line->time,
                           subject.empty() && line != nullptr ? subject_of(story_, *line) : std::move(subject),
                           WhyStep::World::This, weight});
  if (seq != 0) answer_.chain.push_back(seq);
}

void Telling::fact(const Line* line, Weight weight) {
  if (line == nullptr) return;
  const auto [words, key] = in_words(story_, *line);
  add(words, key, line, weight, {});
}

void Telling::say(words::Key key, std::initializer_list<BothArg> arguments, const Line* line, Weight weight,
                  std::string subject) {
  if (line != nullptr) add(both(key, arguments), key, line, weight, std::move(subject));
}

void Telling::say(const words::Message& message, const Line* line, Weight weight, std::string subject) {
  if (line != nullptr) add(both(message), message.key(), line, weight, std::move(subject));
}

void Telling::now(words::Key key, std::initializer_list<BothArg> arguments, Weight weight, std::string subject) {
  add(both(key, arguments), key, nullptr, weight, std::move(subject));
}

void Telling::now(const words::Message& message, Weight weight, std::string subject) {
  add(both(message), message.key(), nullptr, weight, std::move(subject));
}

void Telling::dated(words::Key key, std::initializer_list<BothArg> arguments, sim::Instant at, Weight weight,
                    std::string subject) {
  add(both(key, arguments), key, nullptr, weight, std::move(subject));
  answer_.steps.back().at = at;
}

void Telling::dated(const words::Message& message, sim::Instant at, Weight weight, std::string subject) {
  now(message, weight, std::move(subject));
  answer_.steps.back().at = at;
}

void Telling::set_root(const std::vector<const Line*>& lines) {
  const Line& first = *lines.front();
  chain_of(lines);
  if (answer_.root) return;
  if (first.kind == sim::trace_kind::kCommand) answer_.root_kind = RootKind::Act;
  else if (first.kind == sim::trace_kind::kNodeStarted) answer_.root_kind = RootKind::Beginning;
  else if (first.kind == sim::trace_kind::kNodeDied || is<fact::LogDirOffline>(first))
    answer_.root_kind = RootKind::Fault;
  else if (story_.by_timer(first, 0)) answer_.root_kind = RootKind::Timer;
  else return;
  root_at(first);
}

void Telling::root_at(const Line& line) {
  const auto [words, key] = in_words(story_, line);
  answer_.root = WhyStep{words, key, line.seq, line.time, subject_of(story_, line)};
}

void Telling::link(const Line* line) {
  if (line != nullptr) chain_of(story_.trail(*line));
}

void Telling::chain_of(const std::vector<const Line*>& lines) {
  for (const Line* l : lines)
    if (std::find(answer_.chain.begin(), answer_.chain.end(), l->seq) == answer_.chain.end())
      answer_.chain.push_back(l->seq);
}

void Telling::trail(const Line* line, Weight first) {
  if (line == nullptr) return;
  const std::vector<const Line*> lines = story_.trail(*line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& l = *lines[i];
    const bool itself = i + 1 == lines.size();
    if (itself && first == Weight::Aside) continue;
    // An act and its immediate effect form one sentence.
    if (l.kind == sim::trace_kind::kCommand && !itself && is_life(*lines[i + 1])) continue;
    // The end of a broker names the failed directory.
    const bool of_directory = i > 0 && l.kind == sim::trace_kind::kNodeDied && is<fact::LogDirOffline>(*lines[i - 1]);
    if (i > 0 && !itself && is<fact::LogDirOffline>(l) && lines[i + 1]->kind == sim::trace_kind::kNodeDied) continue;
    const bool root =
        i == 0 || (i == (of_directory ? 2 : 1) && lines[0]->kind == sim::trace_kind::kCommand && is_life(l));
    if (const auto fenced = fact_if<fact::BrokerFenced>(l);
        i > 0 && fenced && fenced->reason == fact::FencingReason::SessionTimeout)
      counted_anew(*lines[i - 1], &l);
    fact(&l, itself ? first : root ? Weight::Cause : Weight::Link);
  }
  set_root(lines);
}

void Telling::counted_anew(const Line& silent, const Line* until) {
  const cluster::Cluster& cluster = story_.cluster();
  const sim::Instant then = until == nullptr ? cluster.now() : until->time;
  constexpr std::int64_t kUsuallyUs =
      1'000'000;  // tolerance: the broker's last heartbeat may come a little later, and so may the check
  if (cluster.under_zookeeper()) return;
  const std::int64_t ms = cluster.spec().config.number("broker.session.timeout.ms");
  if ((then - silent.time).us <= ms * 1000 + kUsuallyUs) return;
  const Line* active = story_.last<fact::ControllerActive>(until == nullptr ? story_.end() : until->seq,
                                                           [](const auto&, const Line&) { return true; });
  if (active != nullptr && active->seq > silent.seq)
    say("why.session_anew"_w, {{"controller", cluster.info(active->node).name}, {"ms", ms}}, active, Weight::Cause);
}

namespace {

/// Whether the sentence is about a broker's new state: a controller traces it after the elections that follow from it.
bool is_broker_state(const Story& story, const WhyStep& told) {
  const sim::TraceLine* line = told.seq == 0 ? nullptr : story.trace().find(told.seq);
  return line != nullptr && (is<fact::BrokerFenced>(*line) || is<fact::BrokerUnfenced>(*line) ||
                             is<fact::BrokerDirsOffline>(*line) || is<fact::BrokerShutdownStarted>(*line));
}

/// The order in which sentences are told: by time, what is so now last; of one moment a broker's new state first.
bool told_before(const Story& story, const WhyStep& a, const WhyStep& b) {
  const auto present = [&](const WhyStep& told) { return told.seq == 0 && told.at == story.cluster().now(); };
  if (present(a) != present(b)) return present(b);
  if (a.at != b.at) return a.at < b.at;
  if ((a.seq == 0) != (b.seq == 0)) return b.seq == 0;
  if (const bool first = is_broker_state(story, a); first != is_broker_state(story, b)) return first;
  return a.seq < b.seq;
}

}  // namespace

void add_effects(const Story& story, Answer& answer, std::size_t most) {
  using Line = Story::Line;
  if (!answer.root || answer.root_kind == RootKind::Timer) return;
  std::vector<WhyStep> waits = waits_led_to(story, answer);
  const std::size_t most_lines = most - std::min(waits.size(), most - 1);
  const TraceStore& trace = story.trace();
  int asked = 0;
  std::vector<sim::TraceKind> kinds;
  std::vector<IsrVersion> told;
  const auto tells = [&](std::uint64_t seq) {
    const Line* line = seq == 0 ? nullptr : trace.find(seq);
    if (const auto version = line == nullptr ? std::nullopt : isr_version(*line)) told.push_back(*version);
  };
  for (const std::uint64_t seq : answer.chain) tells(seq);
  for (const WhyStep& step : answer.steps) tells(step.seq);
  const auto act = fact_if<fact::Command>(*trace.find(answer.root->seq));
  const bool deletes = act && act->verb == "delete_topic";
  std::size_t asked_of_deletion = 0;
  std::vector<std::pair<sim::TraceKind, sim::NodeId>> told_of_client;  // a client that is refused tries again and again
  for (std::size_t i = trace.first_from(answer.root->seq + 1); i < trace.size() && asked < kMostAsked; ++i) {
    const Line& l = trace[i];
    const bool of_deletion = deletes && is_effect_of_deletion(l);
    if (!is_effect(l) && !of_deletion) continue;
    if (of_deletion &&
        std::find(told_of_client.begin(), told_of_client.end(), std::pair(l.kind, l.node)) != told_of_client.end())
      continue;
    if (l.topic >= 0 && story.cluster().name({l.topic, l.partition}).starts_with("__")) continue;
    if (std::find(answer.chain.begin(), answer.chain.end(), l.seq) != answer.chain.end()) continue;
    const bool said = std::any_of(answer.steps.begin(), answer.steps.end(), [&](const WhyStep& step) {
      return is<fact::IsrChanged>(l) && step.at == l.time && step.subject == subject_of(story, l);
    });
    const auto version = isr_version(l);
    if (said || (version && std::find(told.begin(), told.end(), *version) != told.end())) continue;
    // Clients that ask for a topic that never was try again and again: they may not use up the other lines' number.
    if (is_effect(l)) ++asked;
    else if (++asked_of_deletion > kMostAsked) continue;
    if (story.trail(l).front()->seq != answer.root->seq) continue;
    tells(l.seq);
    if (of_deletion) told_of_client.emplace_back(l.kind, l.node);
    const bool new_kind = std::find(kinds.begin(), kinds.end(), l.kind) == kinds.end();
    // What failed at a client matters more than what the cluster did about it.
    if (new_kind && answer.effects.size() == most_lines && is<fact::BatchFailed>(l)) {
      answer.further.push_back(std::move(answer.effects.back()));
      answer.effects.pop_back();
    }
    const bool first = new_kind && answer.effects.size() < most_lines;
    if (first) kinds.push_back(l.kind);
    const auto [words, key] = in_words(story, l);
    (first ? answer.effects : answer.further).push_back({words, key, l.seq, l.time, subject_of(story, l)});
  }
  for (WhyStep& wait : waits)
    (answer.effects.size() < most ? answer.effects : answer.further).push_back(std::move(wait));
  for (std::vector<WhyStep>* effects : {&answer.effects, &answer.further})
    std::stable_sort(effects->begin(), effects->end(),
                     [&](const WhyStep& a, const WhyStep& b) { return told_before(story, a, b); });
}

Answer Telling::done() {
  std::vector<WhyStep>& steps = answer_.steps;
  std::stable_sort(steps.begin(), steps.end(),
                   [&](const WhyStep& a, const WhyStep& b) { return told_before(story_, a, b); });
  while (steps.size() > kMostWhySteps) {
    // Among equal weights a middle sentence is dropped first: the beginning and the end stay.
    std::size_t least = 1;
    for (std::size_t i = 1; i + 1 < steps.size(); ++i)
      if (steps[i].weight < steps[least].weight) least = i;
    if (steps.front().weight < steps[least].weight) least = 0;
    if (steps.back().weight < steps[least].weight) least = steps.size() - 1;
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(least));
  }
  std::sort(answer_.chain.begin(), answer_.chain.end());
  if (!answer_.root && timer_ != nullptr) answer_.root_kind = RootKind::Timer, root_at(*timer_);
  return std::move(answer_);
}

}  // namespace kafkascope::observe
