#include "app/parting_ahead.h"

#include <algorithm>
#include <utility>

#include "observe/time/divergence.h"
#include "observe/why/why_parting.h"

namespace kafkascope::app {

PartingAhead::PartingAhead(scenario::Session here, scenario::Session there, bool here_is_b,
                           std::optional<observe::Answer> answer)
    : here_is_b_(here_is_b), asked_(here.now()), end_(std::min(here.until(), there.until())) {
  if (answer) {
    answer_ = *std::move(answer);
    fates_ = std::make_unique<FatesAhead>(std::move(here), std::move(there), kMostEventsAhead);
    return;
  }
  answer_ = observe::why_not_parted({here.moment(), there.moment(), here_is_b});
  search_.reset(new Search{here, there, std::move(here), std::move(there)});
}

void PartingAhead::end_search() {
  Search& s = *search_;
  const std::int64_t events = s.both.left();
  const sim::Instant end = s.both.end();
  const bool more = s.both.now() < end;
  observe::FirstDivergence search;
  if (s.here.cluster().spec().metadata != s.there.cluster().spec().metadata) search.between_modes();
  search.look(s.here.observation().trace(), observe::ClusterView(s.here.cluster()), s.there.observation().trace(),
              observe::ClusterView(s.there.cluster()), ~std::size_t{0}, more ? sim::kNever : end);
  const observe::Moment here = s.here.moment(), there = s.there.moment();
  observe::tell_parting_later({here, there, here_is_b_}, search.found(), !more, asked_, answer_);
  fates_ = std::make_unique<FatesAhead>(std::move(s.here_then), std::move(s.there_then), events);
  search_.reset();
}

void PartingAhead::go_on(Deadline deadline) {
  const auto late = [&] { return std::chrono::steady_clock::now() >= deadline; };
  while (search_) {
    if (!search_->both.go_on()) end_search();
    if (late()) return;
  }
  while (fates_ && !fates_->over()) {
    fates_->go_on();
    if (late()) break;
  }
  if (!fates_ || !fates_->over()) return;
  if (const auto later = fates_->found()) observe::tell_fates_now(*later, asked_, here_is_b_, answer_);
  fates_.reset();
}

sim::Instant PartingAhead::reached() const { return search_ ? search_->both.now() : fates_ ? fates_->now() : asked_; }

observe::Answer PartingAhead::answer(bool working) const {
  observe::Answer answer = answer_;
  if (over()) return answer;
  if (working) observe::tell_looking_ahead(asked_, reached(), end_, search_ != nullptr, answer);
  else observe::tell_not_looked_ahead(asked_, answer);
  return answer;
}

}  // namespace kafkascope::app
