#include "scenario/answer_order.h"

#include <algorithm>

#include "sim/hasher.h"

namespace kafkascope::scenario {

namespace {

struct Lot {
  std::uint64_t drawn;
  int index;  // in the file
};

}  // namespace

void draw_order(Ask& ask, std::uint64_t seed) {
  std::vector<Lot> lots;
  for (std::size_t i = 0; i < ask.choices.size(); ++i) {
    sim::Hasher hash;
    hash.put(seed);
    hash.put(ask.question.en);
    hash.put(ask.choices[i].text.en);
    lots.push_back({hash.digest(), static_cast<int>(i)});
  }
  std::stable_sort(lots.begin(), lots.end(), [](const Lot& a, const Lot& b) { return a.drawn < b.drawn; });
  std::vector<Choice> shown;
  int answer = ask.answer;
  for (const Lot& lot : lots) {
    if (lot.index == ask.answer) answer = static_cast<int>(shown.size());
    shown.push_back(std::move(ask.choices[static_cast<std::size_t>(lot.index)]));
  }
  ask.choices = std::move(shown);
  ask.answer = answer;
}

}  // namespace kafkascope::scenario
