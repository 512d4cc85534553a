#include "app/cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <sstream>

#include "app/cli/files.h"
#include "observe/model/acts.h"
#include "observe/model/fates.h"
#include "observe/model/state_document.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"
#include "scenario/evaluate.h"
#include "scenario/values.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;
using scenario::ExpectationResult;
using scenario::Session;

namespace {

/// Right-aligned; a Korean syllable takes two columns of a terminal.
std::string padded_left(const std::string& text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;
    columns += byte >= 0xE1 ? 2 : 1;
  }
  return std::string(width > columns ? width - columns : 0, ' ') + text;
}

std::string short_seconds(sim::Instant t) { return fmt::format("{}.{:03d}s", t.us / 1000000, t.us / 1000 % 1000); }

std::string what(const scenario::Step& s) {
  if (s.command) return "do";
  if (s.expect) return "expect";
  return s.ask ? "ask" : "say";
}

/// Joins the paragraphs of a narration into one line.
std::string one_line(std::string text) {
  for (std::size_t at; (at = text.find('\n')) != std::string::npos;)
    text.replace(at, text.find_first_not_of('\n', at) - at, " ");
  return text;
}

/// The command line that opens the moment of a failure.
std::string open_command(const Session& session, const std::string& file, sim::Instant at, const std::string& path) {
  std::string text = fmt::format("kafkascope {} --at {}", file, scenario::duration_text(at - sim::Instant{0}));
  const auto tokens = observe::split_pointer(path);
  // The object of the path, if it can be selected.
  if (tokens.size() > 1 &&
      (tokens[0] == "partitions" || tokens[0] == "nodes" || tokens[0] == "clients" || tokens[0] == "topics"))
    text += " --select " + tokens[1];
  if (tokens.size() > 2 && tokens[0] == "ledger" && tokens[1] == "by_client") text += " --select " + tokens[2];
  if (session.scenario().variant != "base") text += " --variant " + session.scenario().variant;
  return text;
}

}  // namespace

std::string act_text(const cluster::Command& command, const Options& o) {
  const observe::Words words = observe::act(command);
  return o.korean() ? words.ko : words.en;
}

std::string act_of(const scenario::Step& step, std::optional<sim::Instant> at) {
  if (!at && step.trigger == scenario::Step::Trigger::At) at = step.at;
  const std::string number = std::to_string(step.index);
  return at ? number + " (" + scenario::duration_text(*at - sim::Instant{0}) + ")" : number;
}

std::string acts_there_are(const scenario::Scenario& scenario) {
  std::string acts;
  for (const scenario::Step& step : scenario.steps)
    if (step.command) acts += (acts.empty() ? "" : ", ") + act_of(step);
  return acts.empty() ? std::string() : tr("cli.acts_there_are"_w, {{"acts", acts}});
}

std::string violation_text(const observe::Violation& violation, const Options& o) {
  return words::render(o.language(), violation.told());
}

std::string step_text(const scenario::Step& s, const Options& o) {
  if (s.command) return act_text(*s.command, o);
  if (s.expect)
    return fmt::format("{} {} {}", words::text(o.language(), "cli.expectation"_w), s.expect->path,
                       scenario::wanted_text(*s.expect));
  if (s.ask) return words::render(o.language(), "cli.asked"_w, {{"question", in(o, s.ask->question)}});
  return s.say ? in(o, *s.say) : "";
}

namespace {

void print_failure(const std::vector<scenario::Touched>& touched, bool instead, const std::string& remedy,
                   const std::string& open, const Options& o, std::ostream& out) {
  const auto line = [&](const std::string& text) { out << "              " << text << "\n"; };
  if (!touched.empty() && instead) line(words::text(o.language(), "cli.happened_instead"_w));
  else if (!touched.empty()) line(words::text(o.language(), "cli.last_events"_w));
  for (const scenario::Touched& t : touched)
    out << fmt::format("                {:>9}  {}\n", short_seconds(t.at), o.korean() ? t.words.ko : t.words.en);
  if (!remedy.empty()) line(words::render(o.language(), "cli.remedy"_w, {{"remedy", remedy}}));
  line(words::render(o.language(), "cli.open_with"_w, {{"command", open}}));
}

/// The remedy for a `when` that did not become true in time.
std::string remedy_of(const Session& session, const scenario::Step& s, const scenario::StepResult& r,
                      const std::string& file, const Options& o) {
  if (r.happened || s.trigger != scenario::Step::Trigger::When || r.touched.empty()) return {};
  const bool timed = s.timeout && r.at < session.until();
  std::string look = fmt::format("kafkascope inspect {} --at {} --path {}", file,
                                 scenario::duration_text(r.at - sim::Instant{0}), s.when->path);
  if (session.scenario().variant != "base") look += " --variant " + session.scenario().variant;
  return words::render(o.language(), "cli.remedy_of_when"_w,
                       {{"field", timed ? "timeout" : "until"}, {"command", look}});
}

}  // namespace

void print_failed_step(Session& session, std::size_t step, const std::string& file, const Options& o,
                       std::ostream& out) {
  const scenario::Step& s = session.scenario().steps[step];
  const scenario::StepResult& r = session.step_results()[step];
  const std::string why = scenario::told(r, o.language());
  std::string line = s.expect && r.happened ? why : fmt::format("{} ({})", one_line(step_text(s, o)), why);
  // The step's text was never shown, so the step's index in the file identifies it.
  if (!r.happened) line = fmt::format("/steps/{}: {}", s.index, s.command || s.expect ? line : why);
  if (s.expect && !s.expect->message.empty()) line += " (" + in(o, s.expect->message) + ")";
  out << fmt::format("  {:>10}  {:4}  {}\n", short_seconds(r.at), "FAIL", line);
  const bool late = s.when && s.timeout && r.said.key() == "run.timed_out"_w;
  if (late && r.happened)
    out << "              " << words::render(o.language(), "run.came_later"_w, {{"at", short_seconds(r.at)}}) << "\n";
  if (late && !r.happened && r.at < session.until() && session.now() >= session.until())
    out << "              "
        << words::render(o.language(),
                         words::Message("run.at_the_end"_w, {{"until", short_seconds(session.until())},
                                                             {"path", s.when->path},
                                                             {"seen", scenario::seen(*s.when, session.moment())}}))
        << "\n";
  const std::string path = s.expect && r.happened ? s.expect->path : s.when ? s.when->path : "";
  const bool cut_short = !session.ended_by().empty() && !r.happened;
  print_failure(cut_short ? std::vector<scenario::Touched>{} : r.touched, !r.happened,
                cut_short ? "" : remedy_of(session, s, r, file, o), open_command(session, file, r.at, path), o, out);
}

namespace {

/// One block of the ledger: a row per fate, a column for all and one per producer or group when there are several.
void print_fates(const observe::FateCounts& all, const std::vector<std::pair<std::string, observe::FateCounts>>& parts,
                 bool reading, bool unasked, words::Lang lang, std::ostream& out) {
  constexpr std::size_t kMostColumns = 8;
  const std::size_t columns = parts.size() < 2 ? 0 : std::min(parts.size(), kMostColumns);
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns; ++i) widths.push_back(std::max<std::size_t>(9, parts[i].first.size()));
  if (columns > 0) {
    out << padded_left(words::text(lang, "page.total"_w), 12);
    for (std::size_t i = 0; i < columns; ++i) out << "  " << padded_left(parts[i].first, widths[i]);
    if (parts.size() > columns)
      out << words::render(lang, "cli.more_columns"_w, {{"count", std::to_string(parts.size() - columns)}});
    out << "\n";
  }
  for (const observe::FateRow& row : observe::fate_rows()) {
    if (row.reading != reading || (all.*row.count == 0 && !row.always)) continue;
    out << fmt::format("  {:>10}", all.*row.count);
    for (std::size_t i = 0; i < columns; ++i) out << fmt::format("  {:>{}}", parts[i].second.*row.count, widths[i]);
    out << "  " << words::text(lang, observe::fate_name(row.name, unasked)) << "\n";
  }
}

}  // namespace

std::string seconds_shown(sim::Instant at) { return fmt::format("{}.{:03d}", at.us / 1000000, at.us / 1000 % 1000); }

std::string told_at(const observe::WhyStep& step, sim::Instant now, words::Lang lang) {
  const std::string when = step.seq == 0 && step.at == now ? padded_left(words::text(lang, "ui.now"_w), 11)
                                                           : fmt::format("{:>9} s", seconds_shown(step.at));
  return when + "  " + observe::pick(lang, step.words);
}

void print_ledger(Session& session, const Options& o, std::ostream& out) {
  const observe::Ledger ledger = observe::ledger_of(session.moment());
  const bool unasked = observe::has_unasked(session.cluster());
  out << words::text(o.language(), "cli.ledger"_w) << "\n";
  print_fates(ledger.all, ledger.by_client, false, unasked, o.language(), out);
  if (ledger.all.delivered > 0 || !ledger.by_group.empty())
    print_fates(ledger.all, observe::counts_by_reader(session.moment()), true, unasked, o.language(), out);
}

namespace {

/// " (failed: TimeoutException)", for an act that ended later than its step.
std::string act_outcome_text(Session& session, std::size_t step, const Options& o) {
  const observe::ActTaken* act = observe::act_of_step(session.observation(), static_cast<int>(step));
  if (act == nullptr) return {};
  const observe::ActOutcome outcome = observe::outcome_of(session.moment(), *act);
  if (outcome.state == observe::ActState::Done) return {};
  if (outcome.state == observe::ActState::Waiting)
    return fmt::format(" ({})", words::text(o.language(), "ui.act_waits"_w));
  return " (" + words::render(o.language(), "ui.act_failed"_w, {{"error", outcome.error}}) + ")";
}

}  // namespace

bool print_end(const Session& session, const Options& o, std::ostream& out) {
  const observe::Words why = session.ended_by();
  if (!why.empty())
    out << words::render(o.language(), "cli.stopped"_w, {{"why", o.korean() ? why.ko : why.en}}) << "\n";
  return why.empty();
}

void print_report(Session& session, const std::string& file, const Options& o, std::ostream& out) {
  const scenario::Scenario& s = session.scenario();
  out << words::render(o.language(), "cli.report_head"_w,
                       {{"file", file}, {"variant", s.variant}, {"seed", std::to_string(s.cluster.seed)}});
  print_end(session, o, out);  // printed first, because the failures below are its consequences
  const auto row = [&](sim::Instant at, bool ok, bool checked, const std::string& text) {
    out << fmt::format("  {:>10}  {:4}  {}\n", short_seconds(at), ok ? (checked ? "ok" : "") : "FAIL", text);
  };
  std::vector<std::size_t> order(s.steps.size());  // in execution order; the file may list a step late
  std::iota(order.begin(), order.end(), 0);
  const auto& results = session.step_results();
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return results[a].at < results[b].at; });
  for (const std::size_t i : order) {
    const scenario::StepResult& r = session.step_results()[i];
    if (s.steps[i].ask || (!r.happened && r.ok))
      continue;  // headless runs skip questions; a run cut short skips later steps
    if (r.happened && s.steps[i].say && (s.steps[i].command || s.steps[i].expect))
      row(r.at, true, false, one_line(in(o, *s.steps[i].say)));
    if (!r.ok) {
      print_failed_step(session, i, file, o, out);
      continue;
    }
    std::string line = one_line(step_text(s.steps[i], o));
    if (line.empty()) continue;
    // A role is shown with the node that it was resolved to.
    if (s.steps[i].command && s.steps[i].command->node &&
        s.steps[i].command->node->kind != cluster::NodeRef::Kind::Name && !r.nodes.empty()) {
      line += " ->";
      for (const std::string& n : r.nodes) line += " " + n;
    }
    if (!r.silent()) line += " (" + scenario::told(r, o.language()) + ")";
    else line += act_outcome_text(session, i, o);
    row(r.at, true, s.steps[i].expect.has_value(), line);
  }
  for (std::size_t i = 0; i < s.expect.size(); ++i) {
    const ExpectationResult& r = session.expectation_results()[i];
    if (!r.decided || (r.ok && r.seen.empty())) continue;
    row(r.at, r.ok, true, expectation_text(s.expect[i], r, o));
    if (!r.ok) print_failure(r.touched, false, {}, open_command(session, file, r.at, s.expect[i].path), o, out);
  }
  for (const observe::Violation& v : session.observation().invariants().violations()) {
    out << fmt::format("  {:>10}  FAIL  {} {}: {}\n", short_seconds({v.at_us}),
                       words::text(o.language(), "cli.invariant"_w), v.name, violation_text(v, o));
    print_failure({}, false, {}, open_command(session, file, {v.at_us}, ""), o, out);
  }
  print_ledger(session, o, out);
  out << words::render(o.language(), "cli.report_foot"_w,
                       {{"events", std::to_string(session.events())}, {"hash", session.final_hash()}});
}

std::string expectation_text(const scenario::Expectation& e, const ExpectationResult& r, const Options& o) {
  const std::string text = fmt::format("{} {}", e.path, scenario::wanted_text(e));
  if (r.ok) return text;
  return words::render(o.language(), scenario::seen_instead(e, r.seen)) +
         (e.message.empty() ? "" : " (" + in(o, e.message) + ")");
}

ordered_json json_report(Session& session, const std::string& file) {
  const scenario::Scenario& s = session.scenario();
  ordered_json j;
  j["file"] = file;
  j["variant"] = s.variant;
  j["seed"] = s.cluster.seed;
  j["ok"] = session.ok();
  j["trace_hash"] = session.final_hash();
  j["until_us"] = s.cluster.until.us;
  j["steps"] = ordered_json::array();
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    const scenario::StepResult& r = session.step_results()[i];
    if (s.steps[i].ask) continue;
    ordered_json step;
    step["index"] = s.steps[i].index;
    step["at_us"] = r.happened ? ordered_json(r.at.us) : ordered_json(nullptr);
    step["what"] = what(s.steps[i]);
    std::string nodes;
    for (const std::string& n : r.nodes) nodes += (nodes.empty() ? "" : ",") + n;
    step["node"] = nodes;
    step["ok"] = r.ok;
    step["error"] = r.ok ? ordered_json(nullptr) : ordered_json(scenario::told(r, words::Lang::En));
    step["message"] = scenario::told(r, words::Lang::En);
    if (const observe::ActTaken* act = observe::act_of_step(session.observation(), static_cast<int>(i))) {
      const observe::ActOutcome outcome = observe::outcome_of(session.moment(), *act);
      step["state"] = observe::to_string(outcome.state);
      step["exception"] = outcome.error.empty() ? ordered_json(nullptr) : ordered_json(outcome.error);
    }
    j["steps"].push_back(std::move(step));
  }
  j["expectations"] = ordered_json::array();
  const auto add = [&](const scenario::Expectation& e, bool ok, const words::Message& seen, sim::Instant at) {
    j["expectations"].push_back({{"path", e.path},
                                 {"ok", ok},
                                 {"wanted", scenario::wanted_text(e)},
                                 {"seen", words::render(words::Lang::En, seen)},
                                 {"at_us", at.us}});
  };
  for (std::size_t i = 0; i < s.expect.size(); ++i) {
    const ExpectationResult& r = session.expectation_results()[i];
    if (r.decided && !(r.ok && r.seen.empty())) add(s.expect[i], r.ok, r.seen, r.at);
  }
  j["violations"] = ordered_json::array();
  for (const observe::Violation& v : session.observation().invariants().violations())
    j["violations"].push_back(
        {{"name", v.name}, {"at_us", v.at_us}, {"detail", words::render(words::Lang::En, v.told())}});
  j["ledger"] = *observe::state_at(session.moment(), "/ledger");
  if (session.cluster().faulted()) j["error"] = session.cluster().fault_text();
  return j;
}

JunitCase junit_case(Session& session, const std::string& file) {
  JunitCase c;
  c.file = file;
  c.variant = session.scenario().variant;
  c.seed = session.scenario().cluster.seed;
  c.simulated_s = static_cast<double>(session.until().us) / 1e6;
  if (!session.ok()) {
    Options plain;
    std::ostringstream text;
    print_report(session, file, plain, text);
    c.failure = text.str();
  }
  return c;
}

std::string junit_xml(const std::vector<JunitCase>& cases) {
  const auto escape = [](const std::string& text) {
    std::string out;
    for (char c : text) {
      switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') ? ' ' : c;
      }
    }
    return out;
  };
  std::size_t failures = 0;
  for (const JunitCase& c : cases) failures += !c.failure.empty();
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuite name=\"kafkascope\" tests=\"{}\" failures=\"{}\">\n", cases.size(), failures);
  for (const JunitCase& c : cases) {
    xml += fmt::format("  <testcase classname=\"{}\" name=\"{} seed {}\" time=\"{}\"", escape(c.file),
                       escape(c.variant), c.seed, c.simulated_s);
    xml += c.failure.empty() ? "/>\n"
                             : fmt::format(">\n    <failure message=\"did not hold\">{}</failure>\n  </testcase>\n",
                                           escape(c.failure));
  }
  return xml + "</testsuite>\n";
}

}  // namespace kafkascope::cli
