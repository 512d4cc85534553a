#include "observe/why/head_of_line.h"

namespace kafkascope::observe {

bool tell_behind_another(Telling& telling, const std::string& client, const std::string& partition,
                         const nlohmann::json& subscription) {
  const std::int64_t own = whole_of(part_of(part_of(subscription, partition), "buffered"));
  std::string first;
  std::int64_t most = own;
  for_each_entry(subscription, [&](const std::string& name, const nlohmann::json& of) {
    const std::int64_t there = whole_of(part_of(of, "buffered"));
    if (name != partition && there > most) first = name, most = there;
  });
  if (own == 0 || first.empty()) return false;
  telling.now("why.lag_behind_another"_w,
              {{"client", client}, {"partition", partition}, {"first", first}, {"records", most}, {"own", own}},
              Weight::Point, client);
  return true;
}

}  // namespace kafkascope::observe
