#include "observe/time/divergence.h"

#include <algorithm>

#include "sim/fact.h"

namespace kafkascope::observe {

namespace {

// Something still under way in the slower run does not count as a difference yet.
constexpr sim::Duration kInTime = sim::milliseconds(1000);
// Between the modes, what a client sent or was told; a failover there may take this long without being what matters.
constexpr sim::Duration kClientsInTime = sim::seconds(10);

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

std::optional<DivergenceSearch::Found> DivergenceSearch::in_story() const {
  std::optional<Found> first = differs_;
  for (const auto& [name, subject] : subjects_) {
    if (subject.parted || subject.waiting.empty()) continue;
    const Point& next = subject.waiting.front();
    const sim::Instant certain = next.time + subject.in_time;
    const Found found{certain, next.time, next.line, {}};
    if (certain > reached_ || (first && !(found < *first))) continue;
    first = found;
    (subject.of_b ? first->at.b : first->at.a) = next.line;
    (subject.of_b ? first->at.point_b : first->at.point_a) = next.number;
  }
  return first;
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

bool DivergenceSearch::look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b,
                            const TraceNames& names_b, std::size_t most) {
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
  if (std::optional<Found> story = in_story()) {
    Parting& at = story->at;
    if (at.a && a[*at.a].time == story->time) {
      if (!at.b || b[*at.b].time > story->time)
        if (const auto other = instead(run_a, *at.a, run_b, true)) at.b = other, at.point_b = 0;
    } else if (!at.a || a[*at.a].time > story->time) {
      if (const auto other = instead(run_b, *at.b, run_a, false)) at.a = other, at.point_a = 0, at.instead_a = true;
    }
    found_ = at;
    return true;
  }
  found_ = in_lines(run_a, run_b);
  if (!found_) {
    found_ = Parting{};
    if (*first_ < a.size()) found_->a = first_;
    if (*first_ < b.size()) found_->b = first_;
  }
  found_->detail = true;
  return true;
}

}  // namespace kafkascope::observe
