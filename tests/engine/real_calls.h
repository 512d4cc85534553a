// What each program heard: its transactional calls and its sends, in the order in which they came to an end.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/facts_of_clients.h"
#include "real_runs.h"

namespace kafkascope::real_runs {

class CallLog {
 public:
  /// `file`: the scenario, whose steps say which records a program sends.
  explicit CallLog(const nlohmann::json& file);
  /// After every event. Adds to "calls p": "begin_transaction ok", "send() future a=1 ok orders-0@0", …
  void look(scenario::Session& session, Seen& seen);

 private:
  struct Program {
    std::string name;
    std::vector<std::string> texts;      // of the records that it has sent, by number
    std::vector<std::uint32_t> pending;  // numbers of sends whose futures are not completed
    std::uint64_t returned = 0;          // transactional calls
  };
  void on_line(scenario::Session& session, std::size_t i, Seen& seen);
  void on_sent(Program& program, const fact::RecordSent& sent);
  void on_acked(scenario::Session& session, std::int32_t node, const fact::BatchAcked& acked, Seen& seen);
  void on_failed(scenario::Session& session, std::int32_t node, const fact::BatchFailed& failed, Seen& seen);
  Program& program(scenario::Session& session, std::int32_t node);

  std::map<std::string, std::vector<std::string>> texts_;  // of the records in the file's steps, by program
  std::map<std::string, std::string> values_;              // of these, by key: a transform sends what it reads
  std::map<std::int32_t, Program> programs_;
  std::size_t lines_ = 0;  // of the trace, that have been read
};

}  // namespace kafkascope::real_runs
