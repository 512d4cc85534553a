// The report of a finished run: as text, as JSON, as JUnit.
#pragma once
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "observe/why/why.h"
#include "scenario/session.h"

namespace kafkascope::cli {

void print_report(scenario::Session& session, const std::string& file, const Options& o, std::ostream& out);
/// The ledger as a table of the fates that are not zero; produced, acked and delivered are always included.
void print_ledger(scenario::Session& session, const Options& o, std::ostream& out);
/// A moment in seconds, as the window shows it: digits below a millisecond are cut off.
std::string seconds_shown(sim::Instant at);
/// A sentence of an answer with its moment, "   27.836 s  broker-1 crashes"; a sentence about the present has none.
std::string told_at(const observe::WhyStep& step, sim::Instant now, words::Lang lang);
nlohmann::ordered_json json_report(scenario::Session& session, const std::string& file);

struct JunitCase {
  std::string file, variant, failure;  // failure empty: the expectation held
  std::uint64_t seed = 0;
  double simulated_s = 0;
};
JunitCase junit_case(scenario::Session& session, const std::string& file);
std::string junit_xml(const std::vector<JunitCase>& cases);

/// The step's description: "crash leader:orders-0", its narration, or its expectation.
std::string step_text(const scenario::Step& step, const Options& o);
std::string act_text(const cluster::Command& command, const Options& o);
/// "3 (12s)": a step that does something, and when; "3" if it waits for an event, whose time the file does not say.
std::string act_of(const scenario::Step& step, std::optional<sim::Instant> at = {});
/// "; of this file's steps, …": the numbers of those that do something; empty: none does.
std::string acts_there_are(const scenario::Scenario& scenario);
/// "path wanted", and for a failure the actual value.
std::string expectation_text(const scenario::Expectation& e, const scenario::ExpectationResult& r, const Options& o);
/// A failed step for a person: which one, its task and its problem, the last events about its object, and a remedy.
void print_failed_step(scenario::Session& session, std::size_t step, const std::string& file, const Options& o,
                       std::ostream& out);
/// Prints why the run ended early; returns true if it did not.
bool print_end(const scenario::Session& session, const Options& o, std::ostream& out);
/// Why an invariant did not hold, in the language of the options.
std::string violation_text(const observe::Violation& violation, const Options& o);

}  // namespace kafkascope::cli
