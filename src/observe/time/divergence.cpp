#include "observe/time/divergence.h"

#include <algorithm>

#include "sim/fact.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

namespace {

// Something still under way in the slower run does not count as a difference yet.
constexpr sim::Duration kInTime = sim::milliseconds(1000);
// The same between the metadata modes, for what a client sent or was told: a failover may take this long there without
// being the difference that matters.
constexpr sim::Duration kClientsInTime = sim::seconds(10);

/// The act that made the node die or start; nullptr: none did, or the line tells something else.
const sim::TraceLine* act_behind(const TraceStore& trace, const sim::TraceLine& line) {
  if (!is<fact::NodeDied>(line) && !is<fact::NodeStarted>(line)) return nullptr;
  const std::vector<const sim::TraceLine*> chain = trace.chain(line.seq);
  const auto act = std::find_if(chain.rbegin(), chain.rend(), [](const auto* l) { return is<fact::Command>(*l); });
  return act == chain.rend() ? nullptr : *act;
}

/// A partition that only one run has differs by its records and readers, not by having a leader.
bool differs_alone(const std::string& subject) { return !subject.starts_with("first leader "); }

bool of_client(const std::string& subject) { return subject.starts_with("client ") || subject.starts_with("log "); }

}  // namespace

const std::string& DivergenceSearch::Names::node(const TraceNames& names, sim::NodeId node) {
  static const std::string kNobody;
  if (!node.valid()) return kNobody;
  const auto i = static_cast<std::size_t>(node.index);
  if (i >= nodes_.size()) nodes_.resize(i + 1);
  if (nodes_[i].empty()) nodes_[i] = names.node(node);
  return nodes_[i];
}

const std::string& DivergenceSearch::Names::topic(const TraceNames& names, std::int32_t topic) {
  static const std::string kNone;
  if (topic < 0) return kNone;
  const auto i = static_cast<std::size_t>(topic);
  if (i >= topics_.size()) topics_.resize(i + 1);
  // A topic whose creation is not committed yet has no name to cache.
  if (topics_[i].empty() || !names.knows_topic(topic)) topics_[i] = names.topic(topic);
  return topics_[i];
}

bool DivergenceSearch::same(const sim::TraceLine& a, const TraceNames& names_a, const sim::TraceLine& b,
                            const TraceNames& names_b) {
  return a.time == b.time && a.partition == b.partition && same_words(a, b) &&
         a_.node(names_a, a.node) == b_.node(names_b, b.node) &&
         a_.topic(names_a, a.topic) == b_.topic(names_b, b.topic);
}

void DivergenceSearch::note(const Point& a, const Point& b, sim::Instant certain) {
  const Found found{
      certain, std::min(a.time, b.time), a.time <= b.time ? a.line : b.line, {a.line, b.line, a.number, b.number}};
  if (!differs_ || found < *differs_) differs_ = found;
}

void DivergenceSearch::add_points(Both run, std::size_t line, bool of_b) {
  const sim::Instant time = (*run.first)[line].time;
  int number = 0;
  for_each_story_point(
      *run.first, line, *run.second,
      [&](const std::string& name, std::string content) {
        Subject& subject = subjects_[name];
        Point point{std::move(content), line, number++, time};
        if (subject.parted) return;
        if (subject.waiting.empty() || subject.of_b == of_b) {
          subject.in_time = likeness_ == Likeness::BetweenModes && of_client(name) ? kClientsInTime : kInTime;
          subject.of_b = of_b;
          subject.waiting.push_back(std::move(point));
          return;
        }
        const Point& other = subject.waiting.front();
        const bool same = other.content == point.content;
        const sim::Instant earlier = std::min(other.time, point.time), later = std::max(other.time, point.time);
        const bool late = later > earlier + subject.in_time;
        if (!same || late)
          note(of_b ? other : point, of_b ? point : other,
               std::min(earlier + subject.in_time, same ? sim::kNever : std::max(later, earlier + kInTime)));
        if (same) subject.waiting.pop_front();
        subject.parted = !same;
      },
      likeness_);
}

bool DivergenceSearch::is_ahead(const std::string& name, const Subject& subject) {
  return !subject.parted && !subject.waiting.empty() && differs_alone(name);
}

DivergenceSearch::Found DivergenceSearch::found(const Subject& subject, sim::Instant certain) {
  const Point& next = subject.waiting.front();
  Found found{certain, next.time, next.line, {}};
  (subject.of_b ? found.at.b : found.at.a) = next.line;
  (subject.of_b ? found.at.point_b : found.at.point_a) = next.number;
  return found;
}

std::optional<DivergenceSearch::Found> DivergenceSearch::in_story() const {
  std::optional<Found> first;
  if (differs_ && differs_->certain <= reached_) first = differs_;
  for (const auto& [name, subject] : subjects_) {
    if (!is_ahead(name, subject)) continue;
    const sim::Instant certain = subject.waiting.front().time + subject.in_time;
    if (const Found next = found(subject, certain); certain <= reached_ && (!first || next < *first)) first = next;
  }
  return first;
}

std::optional<DivergenceSearch::Found> DivergenceSearch::at_end(sim::Instant end) const {
  std::optional<Found> first;
  if (differs_ && differs_->time <= end) first = differs_, first->certain = end;
  for (const auto& [name, subject] : subjects_) {
    if (!is_ahead(name, subject)) continue;
    if (const Found next = found(subject, end); next.time + kInTime <= end && (!first || next < *first)) first = next;
  }
  return first;
}

bool DivergenceSearch::waits(const Parting& at) const {
  return std::any_of(subjects_.begin(), subjects_.end(), [&](const auto& of) {
    const auto& [name, subject] = of;
    return is_ahead(name, subject) && (subject.of_b ? at.b : at.a) == subject.waiting.front().line;
  });
}

std::optional<Parting> DivergenceSearch::in_lines(Both a, Both b) {
  const auto skip = [](std::size_t& i, Both run) {
    while (i < run.first->size() && !is_of_story((*run.first)[i], *run.second)) ++i;
    return i < run.first->size();
  };
  while (!line_) {
    const bool more_a = skip(told_a_, a), more_b = skip(told_b_, b);
    if (!more_a && !more_b) break;
    if (!more_a) return Parting{std::nullopt, told_b_};
    if (!more_b) return Parting{told_a_, std::nullopt};
    if (!same((*a.first)[told_a_], *a.second, (*b.first)[told_b_], *b.second)) line_ = Parting{told_a_, told_b_};
    ++told_a_, ++told_b_;
  }
  return line_;
}

std::optional<std::size_t> DivergenceSearch::instead(Both of, std::size_t line, Both other, bool other_is_b) {
  const sim::TraceLine& own = (*of.first)[line];
  Names &own_names = other_is_b ? a_ : b_, &other_names = other_is_b ? b_ : a_;
  const auto is_same = [&](const sim::TraceLine& x, const sim::TraceLine& of_other) {
    if (is<fact::Command>(x) && is<fact::Command>(of_other))  // the same act may have another number in each run
      return x.time == of_other.time && same_act(x, of_other);
    return other_is_b ? same(x, *of.second, of_other, *other.second) : same(of_other, *other.second, x, *of.second);
  };
  for (std::size_t i = other.first->first_at(own.time); i < other.first->size() && (*other.first)[i].time == own.time;
       ++i) {
    const sim::TraceLine& there = (*other.first)[i];
    if (other_names.node(*other.second, there.node) != own_names.node(*of.second, own.node) ||
        !is_of_story(there, *other.second))
      continue;
    bool both = false;
    for (std::size_t k = of.first->first_at(own.time); k < of.first->size() && (*of.first)[k].time == own.time; ++k)
      both = both || is_same((*of.first)[k], there);
    if (!both) return i;
  }
  return std::nullopt;
}

bool DivergenceSearch::same_act(const sim::TraceLine& a, const sim::TraceLine& b) const {
  return spelling_of(as<fact::Command>(a), likeness_) == spelling_of(as<fact::Command>(b), likeness_);
}

std::optional<std::size_t> DivergenceSearch::of_same_act(Both of, std::size_t line, Both other) const {
  const sim::TraceLine& own = (*of.first)[line];
  const sim::TraceLine* act = act_behind(*of.first, own);
  if (act == nullptr) return std::nullopt;
  const auto has = [&](const Both& run, const std::string& node, std::size_t from) {
    for (std::size_t i = from; i < run.first->size(); ++i)
      if (const sim::TraceLine& l = (*run.first)[i]; l.kind == own.kind && run.second->node(l.node) == node)
        return true;
    return false;
  };
  const std::size_t since = of.first->first_at(act->time), since_other = other.first->first_at(act->time);
  for (std::size_t i = since_other; i < other.first->size(); ++i) {
    const sim::TraceLine& there = (*other.first)[i];
    if (there.kind != own.kind) continue;
    const sim::TraceLine* same = act_behind(*other.first, there);
    if (same == nullptr || same->time != act->time || !same_act(*same, *act)) continue;
    // A node that dies in both runs is no counterpart of one that only this run has.
    if (!has(of, other.second->node(there.node), since)) return i;
  }
  return std::nullopt;
}

bool DivergenceSearch::has_too(Both of, Both other, std::size_t there) {
  const sim::TraceLine& line = (*other.first)[there];
  for (std::size_t i = of.first->first_at(line.time); i < of.first->size() && (*of.first)[i].time == line.time; ++i) {
    const sim::TraceLine& own = (*of.first)[i];
    if (own.kind != line.kind || own.partition != line.partition) continue;
    const bool act = is<fact::Command>(own);
    if (act ? same_act(own, line)
            : same_words(own, line) && of.second->node(own.node) == other.second->node(line.node) &&
                  of.second->topic(own.topic) == other.second->topic(line.topic))
      return true;
  }
  return false;
}

Parting DivergenceSearch::completed(Found story, Both a, Both b) {
  Parting& at = story.at;
  // What one run has only later is no counterpart if the other run has that, too: a script's next act of the same kind.
  if (at.a && at.b) {
    const sim::Instant time_a = (*a.first)[*at.a].time, time_b = (*b.first)[*at.b].time;
    if (time_b > time_a && has_too(a, b, *at.b)) at.b.reset(), at.point_b = 0;
    else if (time_a > time_b && has_too(b, a, *at.a)) at.a.reset(), at.point_a = 0;
  }
  const bool has_a = at.a && (*a.first)[*at.a].time == story.time, has_b = at.b && (*b.first)[*at.b].time == story.time;
  if (has_a && has_b) return at;
  const std::size_t line = has_a ? *at.a : *at.b;
  const Both &of = has_a ? a : b, &other = has_a ? b : a;
  std::optional<std::size_t> counterpart = of_same_act(of, line, other);
  if (!counterpart) counterpart = instead(of, line, other, has_a);
  if (!counterpart) return at;
  if (has_a) at.b = counterpart, at.point_b = 0;
  else at.a = counterpart, at.point_a = 0, at.instead_a = true;
  return at;
}

bool DivergenceSearch::look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b,
                            const TraceNames& names_b, std::size_t most, sim::Instant end) {
  const std::size_t both = std::min(a.size(), b.size());
  for (; !first_ && looked_at_ < both; ++looked_at_, --most) {
    if (most == 0) return false;
    if (!same(a[looked_at_], names_a, b[looked_at_], names_b)) first_ = looked_at_;
  }
  if (!first_ && looked_at_ <= both && a.size() != b.size()) first_ = both;
  if (!first_) return true;
  if (next_a_ + next_b_ == 0) next_a_ = next_b_ = told_a_ = told_b_ = *first_;
  const Both run_a{&a, &names_a}, run_b{&b, &names_b};
  for (const bool of_b : {false, true}) {
    const Both& run = of_b ? run_b : run_a;
    for (std::size_t& next = of_b ? next_b_ : next_a_; next < run.first->size(); ++next, --most) {
      if (most == 0) return false;
      add_points(run, next, of_b);
    }
    if (next_a_ > a.size() || next_b_ > b.size()) return true;  // one run has gone back in time: nothing new
    if (run.first->size() > 0) reached_ = std::max(reached_, (*run.first)[run.first->size() - 1].time);
  }
  reached_ = std::min(reached_, end);
  std::optional<Found> story = in_story();
  if (!story && end != sim::kNever) story = at_end(end);
  if (story) {
    found_ = completed(*story, run_a, run_b);
    return true;
  }
  found_ = in_lines(run_a, run_b);
  if (!found_) {
    found_ = Parting{};
    if (*first_ < a.size()) found_->a = first_;
    if (*first_ < b.size()) found_->b = first_;
  }
  found_->detail = true;
  found_->undecided = (differs_ && differs_->time <= reached_) || waits(*found_);
  return true;
}

void FirstDivergence::between_modes() {
  between_modes_ = true;
  in_what_matters_.compare_as(Likeness::BetweenModes);
}

bool FirstDivergence::look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b,
                           const TraceNames& names_b, std::size_t most, sim::Instant end) {
  const bool all = in_what_matters_.look(a, names_a, b, names_b, most, end);
  return between_modes_ || (in_all_.look(a, names_a, b, names_b, most, end) && all);
}

std::optional<Parting> FirstDivergence::found() const {
  const std::optional<Parting> matters = in_what_matters_.found();
  if (between_modes_ || (matters && !matters->detail)) return matters;
  std::optional<Parting> any = in_all_.found();
  if (any) any->order = !any->detail;
  return any;
}

}  // namespace kafkascope::observe
