#include "observe/why/head_of_line.h"

namespace kafkascope::observe {

namespace {

/// The other partition of which the client has fetched most records, and their number, if they are more than of this one; "": none.
struct Fetched {
  std::string partition;
  std::int64_t records = 0;
};
Fetched most_fetched(const nlohmann::json& subscription, const std::string& partition) {
  Fetched most{{}, whole_of(part_of(part_of(subscription, partition), "buffered"))};
  for_each_entry(subscription, [&](const std::string& name, const nlohmann::json& of) {
    const std::int64_t there = whole_of(part_of(of, "buffered"));
    if (name != partition && there > most.records) most = {name, there};
  });
  return most;
}

}  // namespace

bool tell_behind_another(Telling& telling, const std::string& client, const std::string& partition,
                         const nlohmann::json& subscription) {
  const std::int64_t own = whole_of(part_of(part_of(subscription, partition), "buffered"));
  const Fetched most = most_fetched(subscription, partition);
  if (own == 0 || most.partition.empty()) return false;
  telling.now("why.lag_behind_another"_w,
              {{"client", client},
               {"partition", partition},
               {"first", most.partition},
               {"records", most.records},
               {"own", own}},
              Weight::Point, client);
  return true;
}

bool tell_reads_another(Telling& telling, const std::string& client, const std::string& partition,
                        const nlohmann::json& subscription, const ReadLately& lately) {
  const Fetched most = most_fetched(subscription, partition);
  if (lately.read >= lately.came || lately.all_read <= lately.all_came || most.partition.empty()) return false;
  telling.now("why.lag_reads_another"_w,
              {{"client", client},
               {"partition", partition},
               {"first", most.partition},
               {"records", most.records},
               {"seconds", lately.seconds},
               {"read", lately.read},
               {"came", lately.came},
               {"all", lately.all_read}},
              Weight::Point, client);
  return true;
}

}  // namespace kafkascope::observe
