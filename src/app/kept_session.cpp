#include "app/kept_session.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kafkascope::app {

using nlohmann::json;

namespace {

constexpr std::size_t kMostRuns = 1000;

json json_of(const KeptRun& run) {
  json acts = json::array();
  for (const KeptAct& act : run.acts)
    acts.push_back({{"at_us", act.at_us}, {"step", act.step}, {"leaves_script", act.leaves_script}});
  return {{"id", run.id},
          {"kind", static_cast<int>(run.kind)},
          {"parent", run.parent},
          {"origin", run.origin},
          {"setting", run.setting},
          {"free", run.free},
          {"past_end", run.past_end},
          {"name", {run.name.en, run.name.ko}},
          {"from_us", run.from_us},
          {"stood_at_us", run.stood_at_us},
          {"variant", run.variant},
          {"set", run.set},
          {"without", run.without},
          {"acts", std::move(acts)}};
}

/// The text may come from a stranger: 1e300 is a valid JSON number, but fits no integer type.
template <class Int = std::int64_t>
Int integer(const json& j) {
  const auto value = j.is_number_integer() ? j.get<std::int64_t>() : -1;
  if (!j.is_number_integer() || static_cast<Int>(value) != value) throw json::type_error::create(302, "an integer", &j);
  return static_cast<Int>(value);
}

/// Throws nlohmann::json::exception when something is missing or of another type.
KeptRun run_of(const json& j) {
  KeptRun run;
  run.id = integer<int>(j.at("id"));
  const int kind = integer<int>(j.at("kind"));
  if (kind >= 0 && kind <= static_cast<int>(ui::RunKind::Variant)) run.kind = static_cast<ui::RunKind>(kind);
  run.parent = integer<int>(j.at("parent"));
  run.origin = integer<int>(j.at("origin"));
  run.setting = j.at("setting");
  run.free = j.at("free");
  run.past_end = j.at("past_end");
  run.name = {j.at("name").at(0), j.at("name").at(1)};
  run.from_us = integer(j.at("from_us"));
  run.stood_at_us = integer(j.at("stood_at_us"));
  run.variant = j.at("variant");
  run.set = j.at("set").get<decltype(run.set)>();
  for (const json& place : j.value("without", json::array())) run.without.push_back(integer<int>(place));
  for (const json& act : j.at("acts"))
    run.acts.push_back(
        {integer(act.at("at_us")), act.at("step").get<std::string>(), act.at("leaves_script").get<bool>()});
  return run;
}

}  // namespace

std::size_t acts_in(const KeptSession& kept) {
  std::size_t acts = 0;
  for (const KeptRun& run : kept.runs) acts += run.acts.size();
  return acts;
}

std::string kept_text(const KeptSession& kept) {
  json runs = json::array();
  for (const KeptRun& run : kept.runs) runs.push_back(json_of(run));
  const json all = {{"file", kept.file},
                    {"title", {{"en", kept.title.en}, {"ko", kept.title.ko}}},
                    {"document", kept.document},
                    {"runs", std::move(runs)}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool holds_runs_text(std::string_view text) {
  const json j = json::parse(text, nullptr, false);
  return j.is_object() && j.contains("document") && j.contains("runs");
}

std::optional<KeptSession> read_kept(std::string_view text) {
  const json j = json::parse(text, nullptr, false);
  if (!j.is_object() || !j.contains("document") || !j.contains("runs")) return std::nullopt;
  try {
    KeptSession kept;
    kept.file = j.at("file");
    kept.title = {j.at("title").at("en"), j.at("title").at("ko")};
    kept.document = j.at("document");
    for (const json& run : j.at("runs")) kept.runs.push_back(run_of(run));
    if (kept.runs.empty() || kept.runs.size() > kMostRuns) return std::nullopt;
    for (const KeptRun& run : kept.runs) {
      const auto before = [](const KeptAct& a, const KeptAct& b) { return a.at_us < b.at_us; };
      if (run.from_us < 0 || run.stood_at_us < 0 || (!run.acts.empty() && run.acts.front().at_us < 0) ||
          !std::is_sorted(run.acts.begin(), run.acts.end(), before))
        return std::nullopt;
    }
    return kept;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace kafkascope::app
