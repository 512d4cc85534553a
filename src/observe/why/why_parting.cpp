#include "observe/why/why_parting.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/idempotence.h"
#include "cluster/client_kinds.h"
#include "cluster/verbs.h"
#include "observe/model/fates.h"
#include "observe/why/min_isr.h"
#include "observe/why/telling.h"
#include "observe/why/why_parts.h"
#include "observe/why/why_turn.h"
#include "observe/words/both.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"

namespace kafkascope::observe {

namespace {

using Line = sim::TraceLine;
using protocol::Offset;
using protocol::RecordBatch;

/// Finds the record that a line of one trace is about.
class Namer {
 public:
  Namer(const TraceStore& trace, const Line& line, const TraceNames& names)
      : trace_(trace), line_(line), names_(names) {}

  std::optional<NamedRecord> of_point(int point) const {
    const auto k = static_cast<std::size_t>(point);
    if (is<fact::LogAppended>(line_))
      return in_batch(trace_.batch_at(line_.seq), k, fact::written_in(line_)->base_offset);
    if (const auto acked = fact_if<fact::BatchAcked>(line_))
      return acked->base_offset.value < 0 ? std::nullopt : written_at(acked->base_offset + point, {}, line_.node);
    if (const auto sent = fact_if<fact::RecordSent>(line_)) return named(line_.node, sent->number, -1);
    if (const auto failed = fact_if<fact::RecordFailed>(line_)) return named(line_.node, failed->number, -1);
    if (is<fact::RecordProcessed>(line_) || is<fact::RecordDelivered>(line_)) {
      const std::vector<TraceStore::Handed> handed = trace_.handed_at(line_.seq);
      if (k < handed.size()) return named({handed[k].client}, handed[k].number, handed[k].offset.value);
    }
    if (const auto cut = fact_if<fact::LogTruncated>(line_); cut && cut->to < cut->from)
      return written_at(cut->to, line_.node, {});
    return std::nullopt;
  }

 private:
  NamedRecord named(sim::NodeId client, std::uint32_t number, std::int64_t offset) const {
    const bool placed = line_.topic >= 0 && line_.partition >= 0;
    return {names_.node(client), number,
            placed ? names_.topic(line_.topic) + "-" + std::to_string(line_.partition) : std::string(), offset};
  }
  std::optional<NamedRecord> in_batch(const RecordBatch* batch, std::size_t k, Offset base) const {
    if (batch == nullptr || batch->client < 0 || batch->control || k >= batch->records.size()) return std::nullopt;
    const std::int64_t offset = base.value < 0 ? -1 : base.value + batch->offset_delta(static_cast<int>(k));
    return named({batch->client}, batch->records.number(k), offset);
  }
  /// The record that this replica had at the offset before the line; without a replica, the record that the last leader
  /// wrote there. If a producer is given, only its records count: a later leader may have written another producer's
  /// record there before the line.
  std::optional<NamedRecord> written_at(Offset offset, std::optional<sim::NodeId> node,
                                        std::optional<sim::NodeId> producer) const {
    for (std::size_t i = trace_.written().size(); i > 0; --i) {
      const WrittenBatch& written = trace_.written()[i - 1];
      const Line* l = written.seq < line_.seq ? trace_.find(written.seq) : nullptr;
      if (l == nullptr || l->topic != line_.topic || l->partition != line_.partition) continue;
      if (node ? l->node != *node : !is<fact::LogAppended>(*l)) continue;
      if (producer && written.batch->client != producer->index) continue;
      const auto f = *fact::written_in(*l);
      if (offset < f.base_offset || offset > f.last_offset) continue;
      const int index = written.batch->index_of(offset - f.base_offset);
      if (index < 0) return std::nullopt;
      return in_batch(written.batch.get(), static_cast<std::size_t>(index), f.base_offset);
    }
    return std::nullopt;
  }

  const TraceStore& trace_;
  const Line& line_;
  const TraceNames& names_;
};

}  // namespace

Words sentence_of_parting(const Moment& world, std::size_t line) {
  const TraceStore& trace = world.observation.trace();
  if (!is<fact::Command>(trace[line]))
    return sentence_with_records(trace, line, ClusterView(world.cluster, &world.observation));
  return after_a_colon(act_told(Story(world), trace[line]));
}

std::optional<NamedRecord> record_of_line(const TraceStore& trace, std::size_t line, int point,
                                          const TraceNames& names) {
  if (line >= trace.size()) return std::nullopt;
  const bool of_kafka = trace[line].topic >= 0 && names.topic(trace[line].topic).starts_with("__");
  if (of_kafka) return std::nullopt;
  return Namer(trace, trace[line], names).of_point(point);
}

namespace {
/// Whether both lines elect the same leader of the same partition, with the same ISR, and only the leader epoch differs.
bool differ_in_leader_epoch(const Moment& here, const Line& mine, const Moment& there, const Line& theirs) {
  const auto a = fact_if<fact::LeaderElected>(mine), b = fact_if<fact::LeaderElected>(theirs);
  const bool modes =
      here.cluster.spec().metadata != there.cluster.spec().metadata;  // else another election lies between
  return modes && a && b && a->leader >= 0 && a->leader == b->leader && a->leader_epoch != b->leader_epoch &&
         a->isr.text.view() == b->isr.text.view() &&
         here.cluster.name(a->partition) == there.cluster.name(b->partition);
}
}  // namespace

bool is_same_event(const Moment& here, const Moment& there, const Parting& at) {
  const TraceStore &mine = here.observation.trace(), &theirs = there.observation.trace();
  if (!at.a || !at.b || *at.a >= mine.size() || *at.b >= theirs.size() || at.instead_a) return false;
  const Line &a = mine[*at.a], &b = theirs[*at.b];
  if (in_seconds(a.time.us) == in_seconds(b.time.us)) return false;
  if (differ_in_leader_epoch(here, a, there, b)) return true;
  if (sentence_of_parting(here, *at.a).en != sentence_of_parting(there, *at.b).en) return false;
  const auto of_a = record_of_line(mine, *at.a, at.point_a, ClusterView(here.cluster)),
             of_b = record_of_line(theirs, *at.b, at.point_b, ClusterView(there.cluster));
  return of_a.has_value() == of_b.has_value() &&
         (!of_a || (of_a->client == of_b->client && of_a->number == of_b->number));
}

Words sentence_of_both(const Moment& here, const Moment& there, const Parting& at, bool here_is_b) {
  const Line &mine = here.observation.trace()[*at.a], &theirs = there.observation.trace()[*at.b];
  if (!differ_in_leader_epoch(here, mine, there, theirs)) return sentence_of_parting(here, *at.a);
  const auto f = as<fact::LeaderElected>(mine);
  const std::int64_t epoch = f.leader_epoch.value, other = as<fact::LeaderElected>(theirs).leader_epoch.value;
  return both("why.parting_elected"_w, {{"leader", cluster::broker_name(f.leader)},
                                        {"partition", here.cluster.name(f.partition)},
                                        {"a", here_is_b ? other : epoch},
                                        {"b", here_is_b ? epoch : other},
                                        {"isr", f.isr.text.view()}});
}

Words words_of(const NamedRecord& record) {
  return both("words.record_at"_w, {{"client", record.client},
                                    {"number", record.number},
                                    {"partition", record.partition},
                                    {"offset", record.offset < 0 ? "" : std::to_string(record.offset)}});
}

namespace {
/// Whether both lines report the end of a batch of the same client for the same partition. A failed batch names no
/// record, but its acknowledgement in the other run does. Any other line of the other run is just the next line there,
/// about another event.
bool end_of_same_batch(const Line& a, const TraceNames& names_a, const Line& b, const TraceNames& names_b) {
  const auto ends = [](const Line& l) { return is<fact::BatchFailed>(l) || is<fact::BatchAcked>(l); };
  return ends(a) && ends(b) && a.partition == b.partition && names_a.node(a.node) == names_b.node(b.node) &&
         names_a.topic(a.topic) == names_b.topic(b.topic);
}
}  // namespace

std::optional<PartedRecord> parted_record(const Parting& at, const TraceStore& a, const TraceNames& names_a,
                                          const TraceStore& b, const TraceNames& names_b) {
  const auto time = [](const TraceStore& trace, std::optional<std::size_t> line) {
    return line && *line < trace.size() ? trace[*line].time : sim::kNever;
  };
  const bool b_first = at.instead_a || time(b, at.b) < time(a, at.a);
  for (const bool of_b : {b_first, !b_first}) {
    const std::optional<std::size_t>& line = of_b ? at.b : at.a;
    if (!line) continue;
    if (const auto record =
            record_of_line(of_b ? b : a, *line, of_b ? at.point_b : at.point_a, of_b ? names_b : names_a))
      return PartedRecord{*record, of_b, *line};
    const bool same =
        at.a && at.b && *at.a < a.size() && *at.b < b.size() && end_of_same_batch(a[*at.a], names_a, b[*at.b], names_b);
    if (!same) break;
  }
  return std::nullopt;
}

namespace {
/// "acks=all, enable.idempotence=true", as they are in effect; "" for a client that does not produce.
std::string promises_of(const cluster::ClusterSpec& spec, const std::string& client) {
  for (const cluster::ClientSpec& c : spec.clients)
    if (c.id == client && produces(c.kind))
      return fmt::format("acks={}, enable.idempotence={}", client::acks_in_effect(c.config),
                         client::idempotent(c.config));
  return {};
}

/// The active controller just before that moment, or the last one there was; not valid: there was none.
sim::NodeId controller_at(const Moment& world, sim::Instant at) {
  const Story story(world);
  const std::size_t then = story.trace().first_at(at);
  return controller_before(story, then < story.trace().size() ? story.trace()[then].seq : story.end());
}

/// Which node is the active controller in each world, and that the broker which has that part under ZooKeeper is missed as a broker,
/// too, if it is what stops there.
Words which_controllers(const Moment& a, const Moment& b, sim::Instant at) {
  const sim::NodeId of_a = controller_at(a, at), of_b = controller_at(b, at);
  const auto is_up = [](const Moment& world, sim::NodeId node) { return node.valid() && world.cluster.alive(node); };
  const auto stops = [&](const Moment& world, sim::NodeId node) {
    return node.valid() && Story(world).first<fact::NodeDied>(0, [&](const auto&, const Line& l) {
      return l.node == node && l.time == at;
    }) != nullptr;
  };
  const bool stops_a = stops(a, of_a), stops_b = stops(b, of_b);
  // A controller that had died before is not the active one; and a difference about another node is not about the controller.
  if ((!stops_a && !stops_b) || (!stops_a && !is_up(a, of_a)) || (!stops_b && !is_up(b, of_b)))
    return both("why.parting_mode_controllers"_w);
  const Moment& zookeeper = a.cluster.under_zookeeper() ? a : b;
  const sim::NodeId broker = a.cluster.under_zookeeper() ? of_a : of_b;
  const bool dies = a.cluster.under_zookeeper() ? stops_a : stops_b;
  return both("why.parting_active_controllers"_w, {{"a", a.cluster.info(of_a).name},
                                                   {"b", b.cluster.info(of_b).name},
                                                   {"broker", dies ? zookeeper.cluster.info(broker).name : ""}});
}

/// What the other metadata mode, and so the other version of Kafka, means for that first difference. `of_broker`:
/// it is at a broker. `client`: the client that differs; "": none.
Words what_mode_means(const Line& first, bool of_broker, const std::string& client, const Moment& world_a,
                      const Moment& world_b) {
  const cluster::ClusterSpec &a = world_a.cluster.spec(), &b = world_b.cluster.spec();
  const auto in_either = [&](std::string_view key) {  // the version of the other mode has no such setting
    const std::string value = setting_or_none(a.config, key);
    return value.empty() ? setting_or_none(b.config, key) : value;
  };
  if (is<fact::LeaderElected>(first) || is<fact::IsrChanged>(first))
    return both("why.parting_mode_means"_w, {{"kraft", in_either("broker.session.timeout.ms")},
                                             {"zookeeper", in_either("zookeeper.session.timeout.ms")}});
  const auto died = fact_if<fact::NodeDied>(first);
  if (of_broker && died && died->how == sim::Death::Stop)
    return both("why.parting_mode_stop"_w, {{"interval", in_either("broker.heartbeat.interval.ms")}});
  if (is<fact::Command>(first) || is<fact::NodeDied>(first) || is<fact::NodeStarted>(first) ||
      is<fact::ControllerActive>(first) || is<fact::ControllerResigned>(first))
    return which_controllers(world_a, world_b, first.time);
  const std::string of_a = promises_of(a, client), of_b = promises_of(b, client);
  if (of_a == of_b) return both("why.parting_mode_versions"_w);
  return both("why.parting_mode_defaults"_w, {{"client", client}, {"a", of_a}, {"b", of_b}});
}
/// What delayed the record in the world that did not have it first.
std::optional<WhyStep> wait_elsewhere(const Moment& world, const NamedRecord& record) {
  const Story story(world);
  const sim::NodeId client = world.cluster.find(record.client);
  if (!client.valid()) return std::nullopt;
  return turn_of_record(story, {client.index, record.number}, partition_named(story, record.partition));
}

/// What kept the record from the reader in that world: its high watermark passed the record later than `at`, when the
/// reader in the other world got the record.
std::optional<WhyStep> watermark_elsewhere(const Moment& world, const NamedRecord& record, sim::Instant at) {
  const Story story(world);
  const protocol::TopicPartition tp = partition_named(story, record.partition);
  const protocol::Offset offset{record.offset};
  const auto here = [&](const auto& f, const Line&) { return f.partition == tp; };
  const Line* written = story.first<fact::LogAppended>(0, [&](const auto& f, const Line&) {
    return f.partition == tp && f.base_offset <= offset && offset <= f.last_offset;
  });
  const Line* passed = story.first<fact::HighWatermarkAdvanced>(
      0, [&](const auto& f, const Line&) { return f.partition == tp && f.from <= offset && offset < f.to; });
  if (written == nullptr || written->time > at || (passed != nullptr && passed->time <= at)) return std::nullopt;
  const std::size_t then = world.observation.trace().first_at(at);
  const std::uint64_t seq = then < story.trace().size() ? story.trace()[then].seq : story.end();
  const auto isr = story.isr_before(tp, seq);
  const int least = world.cluster.effective_min_isr(tp);
  const bool few = isr && static_cast<int>(isr->isr.size()) < least &&
                   story.setting_of(tp, "min.insync.replicas", story.end()) == nullptr;
  const Line* before = story.last<fact::HighWatermarkAdvanced>(seq, here);
  const Line* line = before == nullptr ? written : before;
  return WhyStep{
      both("why.parting_watermark"_w, {{"partition", record.partition},
                                       {"offset", record.offset},
                                       {"until", passed == nullptr ? std::string() : in_seconds(passed->time.us)},
                                       {"isr", few ? std::to_string(isr->isr.size()) : std::string()},
                                       {"least", min_isr_told(story, tp, seq)}}),
      "why.parting_watermark"_w,
      line->seq,
      at,
      record.partition,
      WhyStep::World::This};
}

bool is_handed_out(const Line& l) { return is<fact::RecordProcessed>(l) || is<fact::RecordDelivered>(l); }
}  // namespace

std::optional<Answer> why_parting(const TwoWorlds& w, const Parting& at, std::vector<Otherwise> differences) {
  const TraceStore &trace_here = w.here.observation.trace(), &trace_there = w.there.observation.trace();
  const auto there_yet = [](const TraceStore& trace, const std::optional<std::size_t>& line) {
    return !line || *line < trace.size();
  };
  if (!there_yet(trace_here, at.a) || !there_yet(trace_there, at.b) || (!at.a && !at.b)) return std::nullopt;
  const Line *here = at.a ? &trace_here[*at.a] : nullptr, *there = at.b ? &trace_there[*at.b] : nullptr;
  // The later of the two lines is only what that world does instead, at another moment.
  const bool of_here = here != nullptr && (there == nullptr || here->time <= there->time);
  const Moment& leading = of_here ? w.here : w.there;
  const Line& first = of_here ? *here : *there;
  const Story story(leading);
  Telling telling(story, "/parting", asks("why.q_parting"_w));
  telling.trail(&first, Weight::Point);
  Answer answer = telling.done();
  add_effects(story, answer);
  const Line* root_line = answer.root ? leading.observation.trace().find(answer.root->seq) : nullptr;
  const bool root_is_act = root_line != nullptr && is<fact::Command>(*root_line);
  if (root_is_act) answer.root->words = after_a_colon(act_told(story, *root_line));  // after "goes back to"
  const std::string letters[] = {w.here_is_b ? "B" : "A", w.here_is_b ? "A" : "B"};
  const auto world_of = [](bool is_here) { return is_here ? WhyStep::World::This : WhyStep::World::Other; };

  // Differences that belong to the first one come first: the act that led to it, a setting of its client or topic.
  const std::vector<std::uint64_t> trail = answer.chain;
  const auto rank = [&](const Otherwise& o) {
    const auto& line = of_here ? o.line_here : o.line_there;
    const auto& act = o.line_here ? o.line_here : o.line_there;
    const TraceStore& of_act = o.line_here ? trace_here : trace_there;
    if (act && of_act[*act].time > first.time) return 3;  // done later, so not a cause
    if (line && std::find(trail.begin(), trail.end(), leading.observation.trace()[*line].seq) != trail.end()) return 0;
    if (o.path == "cluster/metadata") return 1;
    const bool own = first.node.valid() && story.cluster().info(first.node).name == o.who;
    const bool topic = first.topic >= 0 && story.cluster().topic_name(first.topic) == o.who;
    return !o.who.empty() && (own || topic) ? 1 : 2;
  };
  std::stable_sort(differences.begin(), differences.end(),
                   [&](const Otherwise& a, const Otherwise& b) { return rank(a) < rank(b); });

  const std::optional<PartedRecord> record =
      parted_record(at, trace_here, ClusterView(w.here.cluster), trace_there, ClusterView(w.there.cluster));
  std::vector<WhyStep> steps;
  std::optional<std::uint64_t> act;  // the line of the act that only the leading world has
  if (!differences.empty() && rank(differences.front()) < 3) {
    const Otherwise& cause = differences.front();
    WhyStep step{cause.words, "why.parting_setting"_w, 0, leading.cluster.now(), cause.who, WhyStep::World::Both};
    for (const bool is_here : {true, false})
      if (const auto& line = is_here ? cause.line_here : cause.line_there) {
        const Line& l = (is_here ? trace_here : trace_there)[*line];
        step.seq = l.seq, step.at = l.time, step.world = world_of(is_here);
        if (step.subject.empty()) step.subject = subject_of(Story(is_here ? w.here : w.there), l);
        if (is_here == of_here) act = l.seq;
      }
    steps.push_back(std::move(step));
    const cluster::ClusterSpec& spec_here = w.here.cluster.spec();
    const bool of_broker = first.node.valid() && story.cluster().info(first.node).kind == cluster::NodeKind::Broker;
    const std::string node = first.node.valid() ? story.cluster().info(first.node).name : std::string();
    const bool of_client = std::any_of(spec_here.clients.begin(), spec_here.clients.end(),
                                       [&](const cluster::ClientSpec& c) { return c.id == node; });
    const std::string client = of_client || !record ? node : record->record.client;  // a broker's line: the producer
    const Words meaning = cause.path != "cluster/metadata" ? cause.meaning
                          : w.here_is_b                    ? what_mode_means(first, of_broker, client, w.there, w.here)
                                                           : what_mode_means(first, of_broker, client, w.here, w.there);
    if (!meaning.empty())
      steps.push_back({meaning, "why.parting_meaning"_w, 0, leading.cluster.now(), "", WhyStep::World::Both});
  }
  // What the later world does next may be what the first one does then, too: that is no difference.
  const auto both_do = [&](const Moment& m, const Line& l, bool is_here) {
    if (is_here == of_here) return false;
    const TraceStore& trace = leading.observation.trace();
    const Words words = sentence(l, ClusterView(m.cluster, &m.observation));
    for (std::size_t i = of_here ? *at.a : *at.b; i < trace.size() && trace[i].time <= l.time; ++i)
      if (trace[i].time == l.time && trace[i].kind == l.kind &&
          sentence(trace[i], ClusterView(leading.cluster, &leading.observation)).en == words.en)
        return true;
    return false;
  };
  const auto tell = [&](const Moment& m, const std::optional<std::size_t>& line, bool is_here) {
    const std::string& letter = letters[is_here ? 0 : 1];
    if (!line || both_do(m, m.observation.trace()[*line], is_here))
      return steps.push_back({both("why.parting_nothing"_w, {{"world", letter}}), "why.parting_nothing"_w, 0,
                              first.time, "", world_of(is_here)});
    const Line& l = m.observation.trace()[*line];
    const Words what =
        record && is_here != record->of_b && record->record.offset >= 0
            ? both("why.parting_record"_w, {{"what", sentence(l, ClusterView(m.cluster, &m.observation))},
                                            {"record", words_of(record->record)}})
            : sentence_of_parting(m, *line);
    steps.push_back({both("why.parting_line"_w, {{"world", letter}, {"what", what}}), "why.parting_line"_w, l.seq,
                     l.time, subject_of(of_here == is_here ? story : Story(m), l), world_of(is_here)});
  };
  // The act or fault without which there would be no difference, if it happened in both worlds.
  if (answer.root && answer.root->seq != first.seq && (!act || *act != answer.root->seq) && steps.size() < 2) {
    WhyStep root = *answer.root;
    if (root_is_act) root.words = both("why.parting_both"_w, {{"what", root.words}});
    root.world = world_of(of_here);
    steps.push_back(std::move(root));
  }
  const bool act_is_first = act && *act == first.seq;
  std::optional<WhyStep> effect;
  const bool once = !act_is_first && is_same_event(w.here, w.there, at);  // told once, at its first time
  if (once) {
    const auto then = [&](bool is_here) {
      return in_seconds(is_here ? trace_here[*at.a].time.us : trace_there[*at.b].time.us);
    };
    Words what = sentence_of_both(w.here, w.there, at, w.here_is_b);
    if (record && record->record.offset >= 0)
      what = both("why.parting_record"_w, {{"what", what}, {"record", words_of(record->record)}});
    const words::Key key = "why.parting_in_both"_w;
    steps.push_back({both(key, {{"what", what}, {"a", then(!w.here_is_b)}, {"b", then(w.here_is_b)}}), key, first.seq,
                     first.time, subject_of(story, first), world_of(of_here)});
  }
  for (const bool is_here : {!w.here_is_b, w.here_is_b}) {
    if (once) break;
    if (act_is_first && is_here == of_here) {  // already stated: its effect says more
      if (answer.effects.empty()) continue;
      const auto earliest = std::min_element(answer.effects.begin(), answer.effects.end(),
                                             [](const WhyStep& a, const WhyStep& b) { return a.seq < b.seq; });
      effect = *earliest;
      answer.effects.erase(earliest);
      effect->words = both("why.parting_line"_w, {{"world", letters[is_here ? 0 : 1]}, {"what", effect->words}});
      effect->world = world_of(of_here);
      continue;
    }
    tell(is_here ? w.here : w.there, is_here ? at.a : at.b, is_here);
  }
  if (effect) {  // usually later than what the other world does instead
    const bool last = steps.empty() || steps.back().at <= effect->at;
    steps.insert(last ? steps.end() : steps.end() - 1, *std::move(effect));
  }
  if (record && record->record.offset >= 0) {
    const Moment& later = record->of_b ? w.here : w.there;
    auto wait = is_handed_out(first) ? watermark_elsewhere(later, record->record, first.time) : std::nullopt;
    if (!wait) wait = wait_elsewhere(later, record->record);
    if (wait) {
      if (steps.size() > 3)  // what the setting does in this case says more than what it does in general
        std::erase_if(steps, [](const WhyStep& step) { return step.key == "why.parting_meaning"_w; });
      wait->words = both("why.parting_line"_w, {{"world", letters[record->of_b ? 0 : 1]}, {"what", wait->words}});
      wait->world = world_of(record->of_b);
      if (steps.size() < 4) steps.push_back(std::move(*wait));
    }
  }
  if (!of_here) {  // the lines of the other world are not links in this one
    answer.chain.clear();
    if (answer.root) answer.root->world = WhyStep::World::Other;
    for (WhyStep& step : answer.effects) step.world = WhyStep::World::Other;
    for (WhyStep& step : answer.further) step.world = WhyStep::World::Other;
  }
  answer.steps = std::move(steps);
  return answer;
}

Answer why_not_parted(const TwoWorlds& now) {
  Answer answer;
  answer.path = "/parting";
  answer.question = both("why.q_not_parted"_w);
  answer.question_key = "why.q_not_parted"_w;
  const bool modes = now.here.cluster.spec().metadata != now.there.cluster.spec().metadata;
  answer.steps.push_back({both("why.not_parted"_w, {{"modes", modes ? "1" : ""}}), "why.not_parted"_w, 0,
                          now.here.cluster.now(), "", WhyStep::World::Both});
  const Ledger mine = ledger_of(now.here), theirs = ledger_of(now.there);
  if (const Words counts =
          differing_fates(now.here_is_b ? theirs.all : mine.all, now.here_is_b ? mine.all : theirs.all);
      !counts.en.empty())
    answer.steps.push_back({both("why.not_parted_records"_w, {{"counts", counts}}), "why.not_parted_records"_w, 0,
                            now.here.cluster.now(), "", WhyStep::World::Both});
  return answer;
}

void tell_parting_later(const TwoWorlds& later, const std::optional<Parting>& at, bool to_the_end, sim::Instant asked,
                        Answer& answer) {
  const bool modes = later.here.cluster.spec().metadata != later.there.cluster.spec().metadata;
  sim::Instant first = sim::kNever;
  const auto told = [&](const Moment& m, const std::optional<std::size_t>& line) {
    const TraceStore& trace = m.observation.trace();
    if (!line || *line >= trace.size()) return Words{};
    first = std::min(first, trace[*line].time);
    return sentence_of_parting(m, *line);
  };
  // Between two modes details always differ: only a difference in the story counts.
  const bool parts = at && !(modes && at->detail);
  const Words here = parts ? told(later.here, at->a) : Words{}, there = parts ? told(later.there, at->b) : Words{};
  // A difference of the past that was found only now has not lasted.
  if (first != sim::kNever && first <= asked) return;
  if (first != sim::kNever)
    answer.steps.push_back({both("why.parts_at"_w, {{"at", in_seconds(first.us)},
                                                    {"a", later.here_is_b ? there : here},
                                                    {"b", later.here_is_b ? here : there}}),
                            "why.parts_at"_w, 0, first, "", WhyStep::World::This});
  else
    answer.steps.push_back(
        {both(to_the_end ? "why.never_parts"_w : "why.parts_later"_w,
              {{"at", in_seconds(std::min(later.here.cluster.now(), later.there.cluster.now()).us)}}),
         to_the_end ? "why.never_parts"_w : "why.parts_later"_w, 0, asked, "", WhyStep::World::Both});
}

namespace {

/// What the setting means in general says less than what comes later, and so does what kept the first record waiting.
void make_room(Answer& answer) {
  if (answer.steps.size() >= kMostWhySteps)
    std::erase_if(answer.steps, [](const WhyStep& step) { return step.key == "why.parting_meaning"_w; });
  if (answer.steps.size() >= kMostWhySteps) answer.steps.pop_back();
}

}  // namespace

void tell_looking_ahead(sim::Instant asked, sim::Instant reached, sim::Instant end, bool for_parting, Answer& answer) {
  make_room(answer);
  constexpr words::Key key = "why.looking_ahead"_w;
  const auto seconds = [](sim::Instant t) { return std::to_string(t.us / 1'000'000); };
  answer.steps.push_back({both(key, {{"at", seconds(reached)},
                                     {"end", seconds(end)},
                                     {"parting", for_parting ? "1" : ""},
                                     {"fates", for_parting ? "" : "1"}}),
                          key, 0, asked, "", WhyStep::World::Both});
}

void tell_not_looked_ahead(sim::Instant asked, Answer& answer) {
  make_room(answer);
  constexpr words::Key key = "why.not_looked_ahead"_w;
  answer.steps.push_back({both(key), key, 0, asked, "", WhyStep::World::Both});
}

void tell_fates_now(const FatesLater& later, sim::Instant asked, bool here_is_b, Answer& answer) {
  const auto counts = [&](const FateCounts& here, const FateCounts& there) {
    return here_is_b ? first_differing_fates(there, here) : first_differing_fates(here, there);
  };
  const Words now = counts(later.asked_here, later.asked_there);
  const bool same = later.same(), passing = !same && differ_in_passing(later.here, later.there);
  const words::Key key = same ? "why.fates_pass"_w : "why.fates_differ"_w;
  const Words words = same ? both(key, {{"now", now},
                                        {"at", lasting(later.at.us)},
                                        {"open", later.is_end ? std::string() : lasting(later.until.us)}})
                           : both(key, {{"now", now},
                                        {"at", lasting(later.at.us)},
                                        {"end", later.is_end ? "1" : ""},
                                        {"open", later.is_end ? "" : "1"},
                                        {"way", passing ? "1" : ""},
                                        {"then", passing ? Words{} : counts(later.here, later.there)}});
  make_room(answer);
  answer.steps.push_back({words, key, 0, asked, "", WhyStep::World::Both});
}

}  // namespace kafkascope::observe
