// kafkascope why.
#include "observe/why/why.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "cluster/command.h"
#include "protocol/trace_kinds.h"
#include "scenario/problem.h"
#include "scenario/session.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;

namespace {

ordered_json step_json(const observe::WhyStep& step, const observe::TraceStore& trace) {
  const sim::TraceLine* line = step.seq == 0 ? nullptr : trace.find(step.seq);
  ordered_json out = {{"time_us", step.at.us},
                      {"seq", step.seq == 0 ? ordered_json() : ordered_json(step.seq)},
                      {"kind", line == nullptr ? "state" : std::string(protocol::trace_kind_info(line->kind).name)},
                      {"subject", step.subject},
                      {"text", {{"en", step.words.en}, {"ko", step.words.ko.empty() ? step.words.en : step.words.ko}}}};
  return out;
}

ordered_json answer_json(const observe::Answer& answer, const observe::TraceStore& trace) {
  ordered_json out = {{"path", answer.path},
                      {"question", {{"en", answer.question.en}, {"ko", answer.question.ko}}},
                      {"steps", ordered_json::array()},
                      {"root_kind", std::string(observe::to_string(answer.root_kind))},
                      {"root", answer.root ? step_json(*answer.root, trace) : ordered_json()},
                      {"effects", ordered_json::array()},
                      {"more_effects", answer.further.size()},
                      {"further", ordered_json::array()},
                      {"chain", answer.chain}};
  for (const observe::WhyStep& step : answer.steps) out["steps"].push_back(step_json(step, trace));
  for (const observe::WhyStep& step : answer.effects) out["effects"].push_back(step_json(step, trace));
  for (const observe::WhyStep& step : answer.further) out["further"].push_back(step_json(step, trace));
  return out;
}

void print_answer(const observe::Answer& answer, sim::Instant now) {
  std::cout << observe::pick(language(), answer.question) << "\n";
  for (const observe::WhyStep& step : answer.steps) std::cout << told_at(step, now, language()) << "\n";
  const auto told = [&](const observe::WhyStep& step) {
    for (const observe::WhyStep& other : answer.steps)
      if (other.seq == step.seq || (step.key == "why.act"_w && other.at == step.at)) return true;
    return false;
  };
  const auto line = [now](const observe::WhyStep& step) { return told_at(step, now, language()); };
  if (answer.root && !told(*answer.root)) std::cout << tr("cli.why_root"_w, {{"what", line(*answer.root)}});
  // Effects belong to the root cause, and may precede the sentences above.
  if (!answer.effects.empty()) std::cout << tr("cli.why_effects"_w, {{"time", seconds_shown(answer.root->at)}});
  for (const observe::WhyStep& step : answer.effects) std::cout << "  " << line(step) << "\n";
  if (!answer.further.empty()) std::cout << tr("cli.why_more"_w, {{"count", std::to_string(answer.further.size())}});
}

/// "orders-0/126" or "shop/7" as a path. A place that is no partition's name is a client's.
std::string path_of_record(const std::string& record, const cluster::Cluster& cluster) {
  const std::size_t slash = record.rfind('/');
  const std::string place = record.substr(0, slash),
                    number = slash == std::string::npos ? std::string() : record.substr(slash + 1);
  const bool partition = !cluster.find(place).valid() && cluster::parse_partition_name(place);
  return (partition ? "/records/" : "/sent/") + place + "/" + number;
}

/// Says why there is no answer: what exists instead of what was asked about, or what can be asked nearby.
void print_no_answer(scenario::Session& session, const Options& o, const std::string& path) {
  std::cerr << (o.record.empty() ? "--path " + o.path : "--record " + o.record) << ": ";
  const observe::Absence absence = observe::why_absent(session.moment(), path);
  if (!absence.words.en.empty()) {
    std::cerr << observe::pick(language(), absence.words);
    const std::string near = absence.name.empty() ? std::string() : scenario::nearest(absence.name, absence.names);
    if (!near.empty() && absence.names.size() > 1) std::cerr << "; " << tr("remedy.did_you_mean"_w, {{"name", near}});
    std::cerr << "\n";
    return;
  }
  std::cerr << tr("cli.no_why"_w)
            << tr("cli.why_near"_w,
                  {{"paths", fmt::format("{}", fmt::join(observe::paths_with_why(session.moment(), path), ", "))}});
}

}  // namespace

int why(const Options& o) {
  const auto at = moment(o.at, "--at");
  if (!at) return kBadInput;
  if (o.path.empty() == o.record.empty()) {
    std::cerr << tr("cli.why_of_what"_w);
    return kBadInput;
  }
  if (!o.path.empty() && o.path.front() != '/') {
    std::cerr << "--path " << o.path << tr("cli.not_a_json_pointer"_w);
    return kBadInput;
  }
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr) return kBadInput;
  if (!can_go_to(*scenario, *at)) return kBadInput;
  scenario::Session session(scenario, true);
  run_with_progress(session, *at, o.files.front());
  session.run_until(*at);
  const std::string path = o.record.empty() ? o.path : path_of_record(o.record, session.cluster());
  const auto answer = observe::why(session.moment(), path);
  if (!answer) {
    print_no_answer(session, o, path);
    return kBadInput;
  }
  if (o.json)
    std::cout << answer_json(*answer, session.observation().trace())
                     .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  else print_answer(*answer, session.cluster().now());
  return print_end(session, o, std::cerr) ? kOk : kCannot;
}

}  // namespace kafkascope::cli
