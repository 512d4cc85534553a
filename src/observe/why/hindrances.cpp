// What makes a node silent, slow or unreachable, and when that ends: the node runs again, or an act reverses it.
#include <algorithm>

#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "observe/why/story.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using cluster::Command;
using cluster::Verb;
using Line = Story::Line;

namespace {

/// A hindrance may have effects this long after its end: the time-out of a session, a fetch or a request.
constexpr std::int64_t kEchoUs = 45'000'000;

/// What a command changes, a bit for each.
enum Change : unsigned {
  kLatency = 1,
  kBandwidth = 2,
  kLoss = 4,
  kWrite = 8,
  kFlush = 16,
  kRoom = 32,
  kFailure = 64,
  kWork = 128,
  kHabit = 256
};

std::int64_t longest(const cluster::LatencySpec& latency) {
  return latency.kind == cluster::LatencySpec::Kind::Uniform ? latency.high.us
                                                             : std::max(latency.median.us, latency.p99.us);
}

unsigned changes(const Command& c) {
  unsigned all = 0;
  const auto add = [&](bool set, Change change) { all |= set ? change : 0u; };
  switch (c.verb) {
    case Verb::Link: {
      const auto& link = c.get<cluster::act::Link>();
      add(link.latency.has_value(), kLatency);
      add(link.bandwidth_bytes_per_s.has_value(), kBandwidth);
      add(link.loss_ppm.has_value(), kLoss);
      break;
    }
    case Verb::Disk: {
      const auto& disk = c.get<cluster::act::Disk>();
      add(disk.write_bytes_per_s.has_value(), kWrite);
      add(disk.flush.has_value(), kFlush);
      add(disk.capacity_bytes.has_value(), kRoom);
      add(disk.fail.has_value(), kFailure);
      break;
    }
    case Verb::Behave: {
      const auto& behave = c.get<cluster::act::Behave>();
      add(behave.work.has_value(), kWork);
      add(behave.commit || behave.handoff_threads || behave.calls || behave.acknowledge || behave.send, kHabit);
      break;
    }
    default: break;
  }
  return all;
}

/// The changes that make things worse: slower than in the file, less space, a failure.
unsigned changes_for_worse(const Command& c, const cluster::ClusterSpec& spec, const cluster::ClientSpec* client) {
  unsigned worse = changes(c);
  const auto drop = [&](bool harmless, Change change) {
    if (harmless) worse &= ~static_cast<unsigned>(change);
  };
  if (const auto* link = c.get_if<cluster::act::Link>()) {
    if (link->latency) drop(longest(*link->latency) <= longest(spec.network.latency), kLatency);
    if (link->bandwidth_bytes_per_s)
      drop(*link->bandwidth_bytes_per_s >= spec.network.bandwidth_bytes_per_s, kBandwidth);
    drop(link->loss_ppm.value_or(0) == 0, kLoss);
  }
  if (const auto* disk = c.get_if<cluster::act::Disk>()) {
    if (disk->write_bytes_per_s) drop(*disk->write_bytes_per_s >= spec.disk.write_bytes_per_s, kWrite);
    if (disk->flush) drop(*disk->flush <= spec.disk.flush, kFlush);
    if (disk->capacity_bytes) drop(*disk->capacity_bytes >= spec.disk.capacity_bytes, kRoom);
    drop(!disk->fail.value_or(false), kFailure);
  }
  const auto* behave = c.get_if<cluster::act::Behave>();
  const bool accepts =
      behave != nullptr && behave->acknowledge && behave->acknowledge->kind == cluster::AcknowledgeSpec::Kind::Accept;
  if (accepts && !behave->commit && !behave->handoff_threads && !behave->calls && !behave->send) drop(true, kHabit);
  if (behave != nullptr && behave->work && client != nullptr)
    drop(behave->work->each <= client->work.each && behave->work->by_key == client->work.by_key, kWork);
  return worse;
}

bool share(const std::vector<sim::NodeId>& a, const std::vector<sim::NodeId>& b, std::ptrdiff_t at_least = 1) {
  return std::count_if(a.begin(), a.end(),
                       [&](sim::NodeId n) { return std::find(b.begin(), b.end(), n) != b.end(); }) >= at_least;
}

}  // namespace

const NumberedCommand* Story::command_of(const Line& command) const {
  return observe::command_of(m_.observation, command);
}

const NumberedCommand* command_of(const Observation& observation, const Line& command) {
  if (command.kind != sim::trace_kind::kCommand) return nullptr;
  const auto& acts = observation.commands();
  const std::uint64_t number = as<fact::Command>(command).number;
  for (std::size_t i = acts.size(); i > 0 && acts[i - 1]->number >= number; --i)
    if (acts[i - 1]->number == number) return acts[i - 1].get();
  return nullptr;
}

unsigned Story::worse_by(const Line& command, sim::NodeId node) const {
  const NumberedCommand* act = command_of(command);
  if (act == nullptr) return ~0u;
  const auto* disk = act->command.get_if<cluster::act::Disk>();
  if (disk != nullptr && disk->capacity_bytes) {  // more room than before
    const auto disk_of = [this](const Line& l) {
      const NumberedCommand* other = command_of(l);
      return other == nullptr ? nullptr : other->command.get_if<cluster::act::Disk>();
    };
    const Line* before = last<fact::Command>(command.seq, [&](const fact::Command& f, const Line& l) {
      const cluster::act::Disk* other = f.verb == "disk" && involves(l, node) ? disk_of(l) : nullptr;
      return other != nullptr && other->capacity_bytes &&
             (!disk->dir || !other->dir || other->dir.value_or(0) == disk->dir.value_or(0));
    });
    if (before != nullptr && *disk_of(*before)->capacity_bytes <= *disk->capacity_bytes) return 0;
  }
  return changes_for_worse(act->command, cluster().spec(), declared(node));
}

bool Story::hinders(const Line& command, sim::NodeId node) const {
  const auto verb = cluster::parse_verb(as<fact::Command>(command).verb.view());
  if (!verb) return false;
  switch (*verb) {
    case Verb::Partition:
    case Verb::Isolate:
    case Verb::Lose:
    case Verb::Hold:
    case Verb::Answer: return true;
    case Verb::Link:
    case Verb::Disk:
    case Verb::Behave: return worse_by(command, node) != 0;
    default: return false;
  }
}

std::vector<std::uint64_t> stopped_by_act(const Story& story, const Line& command) {
  std::vector<std::uint64_t> seqs;
  for (const StoppedMessage& stopped : story.moment().observation.stopped_messages())
    if (stopped.order == command.seq) seqs.push_back(stopped.seq);
  return seqs;
}

const Line* Story::end_of_act(const Line& command, sim::NodeId node) const {
  const Verb verb = *cluster::parse_verb(as<fact::Command>(command).verb.view());
  const std::vector<sim::NodeId> nodes = nodes_of(command);
  const NumberedCommand* act = command_of(command);
  const auto next = [&](auto&& ends) {
    return first<fact::Command>(command.seq, [&](const fact::Command& f, const Line& l) {
      const auto other = cluster::parse_verb(f.verb.view());
      return other && ends(*other, l);
    });
  };
  const auto changed_again = [&](Verb by, std::ptrdiff_t shared) {
    return next([&](Verb other, const Line& l) {
      if (other != by || !share(nodes, nodes_of(l), shared)) return false;
      const NumberedCommand* later = command_of(l);
      return act == nullptr || later == nullptr || (changes(later->command) & worse_by(command, node)) != 0;
    });
  };
  const auto opened = [&](Verb by) {
    return next([&](Verb other, const Line& l) {
      if (other != by) return false;
      const auto healed = nodes_of(l);
      return healed.empty() || share(nodes, healed);
    });
  };
  // An act on a number of messages or responses ends with the last of them.
  const auto* messages = act == nullptr ? nullptr : act->command.get_if<cluster::act::Messages>();
  const auto* answer = act == nullptr ? nullptr : act->command.get_if<cluster::act::Answer>();
  const std::int64_t count = messages != nullptr ? messages->count.value_or(-1)
                             : answer != nullptr ? answer->count.value_or(-1)
                                                 : 1;
  std::int64_t left = count;
  switch (verb) {
    case Verb::Partition:
    case Verb::Isolate: return opened(Verb::Heal);
    case Verb::Hold: return opened(Verb::Release);
    case Verb::Link: return changed_again(Verb::Link, 2);
    case Verb::Disk: return changed_again(Verb::Disk, 1);
    case Verb::Behave: return changed_again(Verb::Behave, 1);
    case Verb::Lose: {
      const std::vector<std::uint64_t> lost = stopped_by_act(*this, command);
      return count <= 0 || std::cmp_less(lost.size(), count) ? nullptr : trace_.find(lost.back() + 1);
    }
    case Verb::Answer: {
      const Line* end = nullptr;
      const auto meant = answers_request(*this, command);
      (void)first<fact::RequestRefused>(command.seq, [&](const auto& f, const Line& l) {
        if (!share(nodes, {l.node}) || (answer != nullptr && protocol::name(f.error) != answer->error) ||
            !meant(f, l.node))
          return false;
        const Line* before = trace_.find(l.cause);
        const bool same_response = before != nullptr && is<fact::RequestRefused>(*before);  // for another partition
        if (!same_response && left-- <= 0) return true;
        end = &l;
        return false;
      });
      return count < 0 || left > 0 ? nullptr : end;
    }
    default: return nullptr;
  }
}

bool is_cut(const Line& line) {
  const auto act = fact_if<fact::Command>(line);
  return act && (act->verb == "partition" || act->verb == "isolate");
}

bool stops_copies(const Line& hindrance) {
  const auto act = fact_if<fact::Command>(hindrance);
  return is<fact::NodeDied>(hindrance) || is<fact::NodePaused>(hindrance) || is_cut(hindrance) ||
         (act && act->verb == "hold");
}

bool mends(const Story& story, const Line& line) {
  if (is<fact::NodeStarted>(line) || is<fact::NodeResumed>(line)) return line.time.us > 0;
  const auto act = fact_if<fact::Command>(line);
  const auto verb = act ? cluster::parse_verb(act->verb.view()) : std::nullopt;
  if (!verb) return false;
  if (cluster::info(*verb).is(cluster::kRepair)) return true;
  // The same verb slows a link or a disk and restores its speed.
  if (*verb != Verb::Link && *verb != Verb::Disk) return false;
  const std::vector<sim::NodeId> nodes = story.nodes_of(line);
  return std::none_of(nodes.begin(), nodes.end(), [&](sim::NodeId node) { return story.hinders(line, node); });
}

const Line* Story::bad_disk(sim::NodeId node, std::uint64_t before) const {
  return last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
    return f.verb == "disk" && involves(l, node) && hinders(l, node) && end_of_act(l, node) == nullptr;
  });
}

namespace {

/// The hindrances of one node, each from its first line to the one that ended it.
class Hindrances {
 public:
  Hindrances(const Story& story, std::uint64_t before, const Search& search)
      : before_(before), timeout_us_(search.timeout_us), between_us_(search.between_us) {
    const std::size_t at = story.trace().first_from(before);
    now_ = at < story.trace().size() ? story.trace()[at].time : story.cluster().now();
  }

  /// Whether the line came later than what was under way could arrive.
  bool is_long_after(const Line& line) const { return line.time - now_ > sim::Duration{kUnderWayUs}; }
  /// `whole`: nothing of what the search is for comes through.
  void take(const Line* begin, const Line* end, bool whole) {
    if (begin == nullptr || !is_old_enough(*begin)) return;
    if (end != nullptr && end->seq < before_) {
      // One that was over before the time began to run out is none of the time-out's.
      if (timeout_us_ > 0 && (now_ - end->time).us > timeout_us_) return;
      if (ended_ == nullptr || end->seq > end_of_ended_->seq) ended_ = begin, end_of_ended_ = end;
      return;
    }
    if (lasts_ == nullptr || begin->seq > lasts_->seq) lasts_ = begin;
    if (whole && began_to_run_out(*begin) && (first_ == nullptr || begin->seq < first_->seq)) first_ = begin;
  }
  /// What lasts: of several the newest, but the first of those with which a time-out began.
  const Line* lasting() const { return first_ != nullptr ? first_ : lasts_; }
  const Line* over() const {
    return ended_ != nullptr && (now_ - end_of_ended_->time).us <= kEchoUs ? ended_ : nullptr;
  }

 private:
  bool is_old_enough(const Line& begin) const {
    return timeout_us_ == 0 || (now_ - begin.time).us + between_us_ + kUnderWayUs >= timeout_us_;
  }
  bool began_to_run_out(const Line& begin) const {
    // Whoever waits looks at the clock now and then, half a time-out apart at most.
    return timeout_us_ > 0 && (now_ - begin.time).us <= timeout_us_ * 3 / 2 + between_us_ + kUnderWayUs;
  }

  static constexpr std::int64_t kUnderWayUs = 500'000;  // a message may still be under way as the hindrance begins

  std::uint64_t before_;
  std::int64_t timeout_us_, between_us_;
  sim::Instant now_;
  const Line *lasts_ = nullptr, *first_ = nullptr, *ended_ = nullptr, *end_of_ended_ = nullptr;
};

/// Whether nothing comes through as long as that act lasts: it is no matter of speed, nor of a number of messages.
bool stops_all(const Story& story, const Line& command) {
  if (is_cut(command)) return true;
  const NumberedCommand* act = story.command_of(command);
  if (act == nullptr) return false;
  const auto* messages = act->command.get_if<cluster::act::Messages>();
  const auto* answer = act->command.get_if<cluster::act::Answer>();
  return (messages != nullptr && !messages->count) || (answer != nullptr && !answer->count);
}

}  // namespace

const Line* Story::hindrance(sim::NodeId node, std::uint64_t before, const Search& search, const Line** over) const {
  if (!node.valid()) return nullptr;
  Hindrances found(*this, before, search);
  const auto of_node = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* dead = nullptr;
  if (const Line* died = last<fact::NodeDied>(before, of_node)) {
    const Line* started = first<fact::NodeStarted>(died->seq, of_node);
    if (started == nullptr || started->seq >= before) dead = died;  // acts on a dead node hinder nothing
    if (dead != nullptr && search.timeout_us == 0) return died;
    found.take(died, started, true);
  }
  if (const Line* paused = last<fact::NodePaused>(before, of_node)) {
    const Line* end = first<fact::NodeResumed>(paused->seq, of_node);
    const Line *died = first<fact::NodeDied>(paused->seq, of_node),
               *started = first<fact::NodeStarted>(paused->seq, of_node);
    // A process that is killed while it is paused stays silent until it starts again.
    if (search.timeout_us > 0 && died != nullptr && (end == nullptr || died->seq < end->seq)) end = started;
    else
      for (const Line* l : {died, started})
        if (l != nullptr && (end == nullptr || l->seq < end->seq)) end = l;
    found.take(paused, end, true);
  }
  if (const Line* offline = last<fact::LogDirOffline>(before, of_node))
    found.take(offline, first<fact::NodeStarted>(offline->seq, of_node), false);
  const auto concerned = [&](const Line& l) {
    if (dead != nullptr && l.seq > dead->seq) return false;
    const std::vector<sim::NodeId> nodes = nodes_of(l);
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end() && concerns(*this, l, node, search);
  };
  (void)last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
    if (!hinders(l, node) || !concerned(l)) return false;
    if (f.verb == "lose" || f.verb == "hold") {
      const std::vector<std::uint64_t> stopped = stopped_by_act(*this, l);
      const Line* met = stopped.empty() ? nullptr : trace_.find(stopped.front());
      if (met == nullptr || found.is_long_after(*met)) return false;  // no message had met the order yet
    }
    const bool whole = stops_all(*this, l);
    // Who gets an error has an answer, and asks again: nobody's time runs out by that.
    const bool asks_again = f.verb == "answer" && !whole && search.between_us > 0;
    if (!asks_again) found.take(&l, end_of_act(l, node), whole);
    return false;  // all of them
  });
  const Line* lasts = found.lasting();
  if (over != nullptr && found.over() != nullptr) *over = found.over();
  if (lasts != nullptr || search.timeout_us == 0 || (over != nullptr && *over != nullptr)) return lasts;
  Search any = search;  // the time-out is another one than the file's settings say
  any.timeout_us = 0;
  return hindrance(node, before, any, over);
}

const Line* Story::silence(sim::NodeId node, std::uint64_t before, const Search& search) const {
  const Line* over = nullptr;
  const Line* lasts = hindrance(node, before, search, &over);
  return lasts != nullptr ? lasts : over;
}

}  // namespace kafkascope::observe
