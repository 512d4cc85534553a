// What a finished run says: for people, as JSON, as JUnit.
#pragma once
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "scenario/session.h"

namespace kafkascope::cli {

void print_report(scenario::Session& session, const std::string& file, const Options& o, std::ostream& out);
/// The ledger as a table of the fates that are not zero; always produced and acked, delivered.
void print_ledger(scenario::Session& session, const Options& o, std::ostream& out);
nlohmann::ordered_json json_report(scenario::Session& session, const std::string& file);

struct JunitCase {
  std::string file, variant, failure;  // failure empty: it held
  std::uint64_t seed = 0;
  double simulated_s = 0;
};
JunitCase junit_case(scenario::Session& session, const std::string& file);
std::string junit_xml(const std::vector<JunitCase>& cases);

/// What the step is: "crash leader:orders-0", its narration, or its expectation.
std::string step_text(const scenario::Step& step, const Options& o);
std::string act_text(const cluster::Command& command, const Options& o);
/// "path wanted", and of a failure what was seen instead.
std::string expectation_text(const scenario::Expectation& e, const scenario::ExpectationResult& r, const Options& o);
/// A step that failed, for a person: which, what it was to do and what is wrong with it, the last events about that, what could be done.
void print_failed_step(scenario::Session& session, std::size_t step, const std::string& file, const Options& o,
                       std::ostream& out);
/// Says why the run was ended before its time; true: it was not.
bool print_end(const scenario::Session& session, const Options& o, std::ostream& out);
/// What a session or an answer says, in the language of the options.
std::string said_text(const std::string& english, const Options& o);

}  // namespace kafkascope::cli
