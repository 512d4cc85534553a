// The scenarios of tests/oracle/transactions as they stand there: what a file of the simulator may not say, requests that were sent by hand and
// commands of kafka-transactions, is done beside the run.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "protocol/message.h"
#include "real_runs.h"

namespace kafkascope::real_runs {

class RequestsByHand : public ByHand {
 public:
  /// `file`: the scenario; loses its acts by hand, and gets the topic of the transactions' states as that cluster had it.
  explicit RequestsByHand(nlohmann::json& file);
  sim::Instant due() const override;
  void act(scenario::Session& session, Seen& seen) override;
  void look(const scenario::Session& session, Seen& seen) override;

 private:
  struct Act {
    sim::Instant at;
    nlohmann::json step;
  };
  void send(scenario::Session& session, const nlohmann::json& step);

  std::vector<Act> acts_;
  std::size_t next_ = 0;
  std::int32_t correlation_ = 0;
  std::string awaited_;  // the request that has no answer yet
};

/// Lines of kafka-transactions: cells parted by one space, and what differs from run to run (ids that are given out, coordinators that are
/// chosen, times) as a letter. Rows go by their text.
Lines comparable(const Lines& printed);

}  // namespace kafkascope::real_runs
