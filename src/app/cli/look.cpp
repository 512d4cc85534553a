// kafkascope inspect, check, list, new.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/courses.h"
#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "observe/model/state_document.h"
#include "scenario/problem.h"
#include "scenario/session.h"
#include "scenario/templates.h"
#include "scenario/values.h"
#include "scenario/variants.h"
#include "words/catalogue.h"
#include "words/lower_case.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;

namespace {

/// The longest part of the path that exists, extended by the existing name most similar to the next part. If none is similar, the first
/// few existing paths; "" if there are none.
std::string nearest_path(const observe::Moment& moment, const std::string& path) {
  for (std::size_t from = 0; from != std::string::npos && from < path.size();) {
    const std::size_t next = path.find('/', from + 1);
    if (!observe::state_at(moment, path.substr(0, next))) {
      const auto around = observe::state_at(moment, path.substr(0, from));
      std::vector<std::string> names;
      if (around && around->is_object())
        for (const auto& [name, ignored] : around->items()) names.push_back(name);
      const std::string near = scenario::nearest(path.substr(from + 1, next - from - 1), names);
      if (!near.empty()) return path.substr(0, from + 1) + near;
      if (from == 0) return {};
      constexpr std::size_t kMost = 4;
      std::string all;
      for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
        all += (all.empty() ? "" : ", ") + path.substr(0, from + 1) + names[i];
      return all;
    }
    from = next;
  }
  return {};
}

}  // namespace

int inspect(const Options& o) {
  const auto at = moment(o.at, "--at");
  if (!at) return kBadInput;
  if (!o.path.empty() && o.path.front() != '/') {
    std::cerr << "--path " << o.path << tr("cli.not_a_json_pointer"_w);
    return kBadInput;
  }
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr) return kBadInput;
  if (!can_go_to(*scenario, *at)) return kBadInput;
  scenario::Session session(scenario);
  run_with_progress(session, *at, o.files.front());
  session.run_until(*at);
  // The state document's time is that of the last event; the question's is `at_us`, which only this command adds.
  std::optional<nlohmann::json> value =
      o.path == "/at_us" ? nlohmann::json(at->us) : observe::state_at(session.moment(), o.path);
  if (value && o.path.empty()) (*value)["at_us"] = at->us;
  if (!value) {
    std::cerr << "--path " << o.path << ": " << tr("cli.nothing_at"_w, {{"at", o.at}});
    if (const std::string near = nearest_path(session.moment(), o.path); !near.empty())
      std::cerr << tr("remedy.did_you_mean"_w, {{"name", near}});
    else std::cerr << tr("cli.inspect_without_path"_w);
    std::cerr << "\n";
    return kBadInput;
  }
  std::cout << value->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return print_end(session, o, std::cerr) ? kOk : kCannot;
}

namespace {

/// Printed on standard error, because standard output has one line per problem.
void praise(const std::string& file, const scenario::Scenario& s) {
  const std::string until = scenario::duration_text(s.cluster.until - sim::Instant{0});
  std::cerr << tr("cli.checked"_w, {{"file", file},
                                    {"steps", std::to_string(s.steps.size())},
                                    {"expectations", std::to_string(s.expect.size())},
                                    {"variants", s.variants.size() < 2 ? "" : std::to_string(s.variants.size())},
                                    {"until", until}});
}

}  // namespace

int check(const Options& o) {
  bool ok = true;
  for (const std::string& file : o.files) {
    const auto text = read_file(file);
    if (!text) {
      ok = false;
      continue;
    }
    if (is_course(*text)) {
      ok = check_course(file, *text) && ok;
      continue;
    }
    scenario::LoadOptions options;
    options.bundled = is_bundled(file);
    if (!o.variant.empty()) options.variant = o.variant;
    for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
    const scenario::Loaded checked = scenario::check(*text, options);
    if (print_problems(checked, file, std::cout)) {
      praise(file, *checked.scenario);
    } else {
      ok = false;
    }
  }
  return ok ? kOk : kBadInput;
}

namespace {

/// Whether each word stands in the lesson's id, track, title, summary or concepts, in either language.
bool has_words(const scenario::Scenario& s, const std::vector<std::string>& words) {
  std::string all = s.id + ' ' + s.track;
  for (const scenario::Text* text : {&s.title, &s.summary}) all += ' ' + text->en + ' ' + text->ko;
  for (const std::string& concept_id : s.concepts) {
    all += ' ' + concept_id;
    for (const words::Lang lang : {words::Lang::En, words::Lang::Ko})
      if (const char* name = words::catalogue(lang).find(words::Key("glossary." + concept_id)); name != nullptr)
        all += ' ' + std::string(name);
  }
  all = words::lower_case(all);
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return all.find(words::lower_case(word)) != std::string::npos; });
}

}  // namespace

int list(const Options& o) {
  const std::string words = fmt::format("{}", fmt::join(o.command, " "));
  if (o.courses && !words.empty()) {
    std::cerr << tr("cli.courses_take_no_words"_w, {{"words", words}});
    return kBadInput;
  }
  if (o.courses) return list_courses(o);
  std::vector<std::string> names;  // of lessons and tracks
  ordered_json lessons = ordered_json::array();
  std::vector<std::pair<std::string, std::string>> tracks;  // name and lines, in the curriculum's order
  for (const auto& path : lesson_files()) {
    const auto text = read_file(path.string());
    if (!text) continue;
    const scenario::Loaded loaded = scenario::load(*text);
    if (!loaded.ok()) {
      print_problems(loaded, path.string(), std::cerr);
      continue;
    }
    const scenario::Scenario& s = *loaded.scenario;
    names.push_back(s.id);
    names.push_back(s.track);
    if (!has_words(s, o.command)) continue;
    const auto both = [](const scenario::Text& t) {
      return ordered_json{{"en", t.en}, {"ko", t.ko.empty() ? t.en : t.ko}};
    };
    lessons.push_back({{"id", s.id},
                       {"file", path.string()},
                       {"track", s.track},
                       {"title", both(s.title)},
                       {"summary", both(s.summary)},
                       {"minutes", s.minutes},
                       {"until_us", s.cluster.until.us}});
    auto track = std::find_if(tracks.begin(), tracks.end(), [&](const auto& t) { return t.first == s.track; });
    if (track == tracks.end()) track = tracks.insert(track, {s.track, {}});
    track->second += fmt::format("  {:26} {}  {}\n", s.id,
                                 tr("cli.minutes"_w, {{"minutes", fmt::format("{:>3}", s.minutes)}}), in(o, s.title));
  }
  if (o.json) std::cout << lessons.dump(2) << "\n";
  else
    for (const auto& [name, lines] : tracks) std::cout << name << "\n" << lines;
  if (names.empty()) {
    std::cerr << tr("cli.no_lessons_found"_w);
    return kCannot;
  }
  if (!lessons.empty()) return kOk;
  std::cerr << words << ": " << tr("cli.no_lesson_has"_w);
  if (const std::string near = scenario::nearest(words, names); !near.empty())
    std::cerr << tr("cli.or_did_you_mean"_w, {{"name", near}});
  else std::cerr << tr("cli.list_without_words"_w);
  std::cerr << "\n";
  return kBadInput;
}

int new_file(const Options& o) {
  const scenario::Template* found = scenario::find_template(o.template_name);
  if (found == nullptr) {
    std::cerr << o.template_name << tr("cli.no_such_template"_w);
    return kBadInput;
  }
  std::error_code error;
  if (std::filesystem::exists(o.out, error)) {
    std::cerr << o.out << tr("cli.exists_already"_w);
    return kBadInput;
  }
  if (!OutputFile::begin(o.out)) return kBadInput;
  if (!write_file(o.out, std::string(scenario::text_of(*found)))) return kCannot;
  std::cout << o.out << tr("cli.written_next"_w) << o.out << "\n";
  return kOk;
}

}  // namespace kafkascope::cli
