#include "app/cli/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>

#include "scenario/json_reader.h"
#include "scenario/problem.h"
#include "scenario/values.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

namespace fs = std::filesystem;

namespace {
bool speaks_korean = false, stands_in_page = false;
}  // namespace

void speak_korean(bool korean) { speaks_korean = korean; }
bool korean() { return speaks_korean; }
void stand_in_page() { stands_in_page = true; }
bool in_page() { return stands_in_page; }
words::Lang language() { return speaks_korean ? words::Lang::Ko : words::Lang::En; }
const char* tr(words::Key key) { return words::text(language(), key); }
std::string tr(words::Key key, std::initializer_list<words::Arg> arguments) {
  return words::render(language(), key, arguments);
}

bool complain(const std::string& file, words::Key what) {
  std::cerr << file << ": " << tr(what) << "\n";
  return false;
}

void complain_of_link_circle(const std::string& file) { complain(file, "cli.link_circle"_w); }

namespace {
/// Reports a missing file, and suggests the lesson with the most similar name: by its id, or with its folder if the
/// name has one.
void complain_of_missing(const std::string& file) {
  std::vector<std::string> names;
  const bool with_folder = file.find('/') != std::string::npos, whole = file.ends_with(".json");
  for (const fs::path& lesson : lesson_files()) {
    const std::string id = lesson.stem().string(), full = lesson.parent_path().filename().string() + "/" + id;
    names.push_back(whole ? "scenarios/" + full + ".json" : with_folder ? full : id);
  }
  const std::string near = scenario::nearest(file, names);
  std::cerr << file << ": " << tr("cli.no_such_file"_w);
  if (file.find('#') != std::string::npos) std::cerr << "; " << tr("cli.link_opens_window"_w, {{"link", file}});
  else if (!near.empty()) std::cerr << "; " << tr("remedy.did_you_mean"_w, {{"name", near}});
  std::cerr << "\n";
}
}  // namespace

std::optional<std::string> read_file(const std::string& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    complain(file, "cli.is_folder_of_scenarios"_w);
    return std::nullopt;
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    const bool there = fs::exists(file, error);
    if (error == std::errc::too_many_symbolic_link_levels) complain_of_link_circle(file);
    else if (there) complain(file, "cli.cannot_be_read"_w);
    else if (stands_in_page) complain(file, "cli.no_such_lesson"_w);
    else complain_of_missing(file);
    return std::nullopt;
  }
  // Reading more than the limit is enough to detect an excess, also in an endless file.
  std::string text;
  std::array<char, 1 << 16> block{};
  do {
    in.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  } while (in && text.size() <= scenario::kMaxFileBytes);
  if (in.bad()) {
    complain(file, "cli.cannot_be_read_to_end"_w);
    return std::nullopt;
  }
  return text;
}

namespace {

/// The option that causes a problem: such a problem has no position in the file. Empty: the problem is in the file.
std::string option_of(const scenario::Problem& problem, const Options& o) {
  if (problem.position.line > 0) return {};
  if (problem.message.key() == "problem.no_such_variant"_w && !o.variant.empty()) return "--variant " + o.variant;
  const auto last_name = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  for (const std::string& set : o.sets) {
    const std::string path = set.substr(0, set.find('='));
    if (o.sets.size() == 1 || last_name(path) == last_name(problem.pointer)) return "--set " + set;
  }
  return {};
}

}  // namespace

bool print_problems(const scenario::Loaded& loaded, const std::string& file, std::ostream& out, const Options& o) {
  std::size_t shown = 0;
  for (const scenario::Problem& p : loaded.problems) {
    if (shown++ == 100) break;
    const std::string option = option_of(p, o);
    out << scenario::format(p, option.empty() ? file : option, language()) << "\n";
  }
  const std::size_t all = loaded.problems.size() + loaded.more;
  if (all > 100) out << file << ": " << tr("cli.more_problems"_w, {{"count", std::to_string(all - 100)}}) << "\n";
  return loaded.ok();
}

ScenarioPtr load_one(const std::string& file, const Options& o, const std::string& variant,
                     std::optional<std::uint64_t> seed) {
  const auto text = read_file(file);
  if (!text) return nullptr;
  scenario::LoadOptions options;
  options.variant = variant;
  for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
  options.without = o.left_out;
  if (o.without) options.without.push_back(*o.without);
  if (seed) options.set.emplace_back("seed", std::to_string(*seed));
  // An end later than the file's moves the file's `until`. An earlier one cuts the run short; the file may keep its
  // later steps.
  sim::Instant end{0};
  if (!o.until.empty()) {
    const auto asked = moment(o.until, "--until");
    if (!asked) return nullptr;
    end = *asked;
    if (end.us == 0) options.set.emplace_back("until", "0s");  // refused, as in a file
  }
  scenario::Loaded loaded = scenario::load(*text, options);
  if (loaded.ok() && end > loaded.scenario->cluster.until) {
    options.set.emplace_back("until", scenario::duration_text(end - sim::Instant{0}));
    loaded = scenario::load(*text, options);
  } else if (loaded.ok() && end.us > 0) {
    loaded.scenario->cluster.until = end;
  }
  if (!print_problems(loaded, file, std::cerr, o)) return nullptr;
  return std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario));
}

std::optional<sim::Instant> moment(const std::string& text, const char* option) {
  if (const auto at = scenario::parse_moment(text)) return at;
  if (stands_in_page) option = tr("cli.the_links_moment"_w);
  const std::string meant = scenario::moment_meant(text);
  std::cerr << tr("cli.not_a_moment"_w, {{"option", option}, {"value", text}})
            << (meant.empty() ? std::string() : tr("cli.or_did_you_mean"_w, {{"name", meant}})) << "\n";
  return std::nullopt;
}

bool is_too_far(const scenario::Scenario& s, sim::Instant at) { return at > s.cluster.until + sim::seconds(3600); }

bool can_go_to(const scenario::Scenario& s, sim::Instant at) {
  if (at <= s.cluster.until) return true;
  const std::string until = scenario::duration_text(s.cluster.until - sim::Instant{0}),
                    asked = scenario::duration_text(at - sim::Instant{0});
  const bool far = is_too_far(s, at);
  if (far && stands_in_page) {
    std::cerr << tr("cli.link_too_far"_w, {{"at", asked}, {"until", until}});
    return false;
  }
  if (far) {
    std::cerr << tr("cli.at_too_far"_w, {{"at", asked}, {"until", until}});
    return false;
  }
  std::cerr << tr("cli.left_to_itself"_w, {{"until", until}, {"at", asked}});
  return true;
}

std::vector<std::string> variants_of(const std::string& file, const Options& o) {
  if (!o.variant.empty()) return {o.variant};
  const auto text = read_file(file);
  if (!text) return {};
  scenario::LoadOptions options;
  for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
  const scenario::Loaded loaded = scenario::load(*text, options);
  if (!loaded.ok()) {
    print_problems(loaded, file, std::cerr, o);
    return {};
  }
  std::vector<std::string> ids;
  for (const scenario::Variant& v : loaded.scenario->variants) ids.push_back(v.id);
  if (ids.empty()) ids.push_back("base");
  return ids;
}

const std::string& in(const Options& o, const scenario::Text& text) {
  return o.korean() && !text.ko.empty() ? text.ko : text.en;
}

}  // namespace kafkascope::cli
