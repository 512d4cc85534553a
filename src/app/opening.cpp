#include "app/opening.h"

#include <filesystem>
#include <iostream>

#include "app/audience.h"
#include "app/cli/files.h"
#include "app/kept_session.h"
#include "app/packed.h"
#include "app/places.h"
#include "app/session_window.h"
#include "app/window.h"
#include "scenario/values.h"
#include "scenario/variants.h"
#include "ui/strings.h"

namespace kafkascope::app {

std::unique_ptr<Player> open_player(const std::string& file, const cli::Options& o) {
  if (holds_runs(file)) {
    ui::Words problem;
    auto again = open_runs(file, problem);
    if (again == nullptr) std::cerr << ui::pick(cli::language(), problem) << '\n';
    return again;
  }
  const auto text = cli::read_file(file);
  if (!text) return nullptr;
  const cli::ScenarioPtr scenario = cli::load_one(file, o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr) return nullptr;
  if (const auto why = too_large(*scenario, bounds())) {
    std::cerr << ui::pick(cli::language(), *why) << '\n';
    return nullptr;
  }
  scenario::LoadOptions options;
  for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
  if (o.seed) options.set.emplace_back("seed", std::to_string(*o.seed));
  if (!o.until.empty()) options.set.emplace_back("until", o.until);
  auto player = std::make_unique<Player>(scenario, file, *text, std::move(options));
  player->play(false);
  return player;
}

std::string kept_file() {
  return page_address().empty() ? (settings_folder() / "kept.json").string() : "/kept/mine.json";
}

bool is_kept(const std::string& file) {
  const std::filesystem::path newest = kept_file(), path = file;
  return path == newest || (path.parent_path() == newest.parent_path() && path.extension() == newest.extension() &&
                            path.stem().string().starts_with(newest.stem().string() + "-"));
}

bool holds_runs(const std::string& file) {
  if (is_kept(file)) return true;
  const auto text = file == file_from_link().string() ? cli::read_file(file) : std::nullopt;
  return text && holds_runs_text(*text);
}

namespace {

/// A link names a bundled lesson by its id alone, because its path differs between machines.
std::string file_of_runs(const std::string& file, const KeptSession& kept) {
  if (is_kept(file)) return kept.file;
  for (const auto& lesson : cli::lesson_files())
    if (lesson.stem() == kept.file && cli::read_file(lesson.string()) == kept.document) return lesson.string();
  return file;
}

}  // namespace

std::unique_ptr<Player> open_runs(const std::string& file, ui::Words& problem) {
  problem = is_kept(file) ? ui::both("app.kept_work_is_unreadable"_w) : ui::both("app.runs_of_link_are_unreadable"_w);
  const auto text = cli::read_file(file);
  auto kept = text ? read_kept(*text) : std::nullopt;
  if (!kept) return nullptr;
  const bool own = is_kept(file);
  if (!own) {  // runs from a stranger's link
    if (kept->runs.size() > kMostLinkedRuns || kept->document.size() > kMostLinkedDocument) return nullptr;
    kept->runs.back().stood_at_us = 0;  // the link names the moment
  }
  scenario::Loaded loaded = scenario::load(kept->document);
  if (!loaded.ok()) return nullptr;
  if (auto why = too_large(*loaded.scenario, bounds())) {
    problem = std::move(*why);
    return nullptr;
  }
  auto player = std::make_unique<Player>(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)),
                                         file_of_runs(file, *kept), kept->document);
  player->play(false);
  // A visitor's own work in this page was already within bounds.
  return player->take_back(*kept, own ? Bounds{} : bounds(), &problem) ? std::move(player) : nullptr;
}

std::filesystem::path file_from_link() { return settings_folder() / "from-a-link.json"; }

std::optional<std::string> file_of(const Link& link, ui::Words& problem) {
  if (link.scenario.empty()) return cli::lesson_or_file(link.lesson);
  const auto text = unpacked(link.scenario);
  if (!text) {
    problem = ui::both("app.broken_link"_w);
    return std::nullopt;
  }
  std::error_code error;
  std::filesystem::create_directories(settings_folder(), error);
  const std::string file = file_from_link().string();
  if (!error && cli::write_file(file, *text)) return file;
  problem = ui::both("app.could_not_be_written"_w, {{"file", file}});
  return std::nullopt;
}

namespace {

/// A link's parameters override the options. Returns false if it leads nowhere, after printing a message.
bool take_link(cli::Options& o, std::string& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return true;
  const auto link = parse_link(file);
  if (!link) return true;
  ui::Words problem;
  const auto found = file_of(*link, problem);
  if (!found) {
    std::cerr << ui::pick(cli::language(), problem) << '\n';
    return false;
  }
  file = *found;
  if (!link->at.empty()) {
    const auto typed = scenario::parse_typed_moment(link->at);
    o.at = typed ? scenario::duration_text(*typed - sim::Instant{0}) : link->at;
  }
  if (!link->select.empty()) o.select = link->select;
  if (!link->lang.empty()) o.lang = link->lang, o.lang_asked = true;
  if (!link->layout.empty()) o.view = link->layout;
  return true;
}

}  // namespace

int dashboard(const cli::Options& o) {
  if (o.audience) return show_audience(o.theme == "dark");
  cli::Options opened = o;
  std::string file = o.files.empty() ? "" : o.files.front();
  if (!take_link(opened, file)) return cli::kBadInput;
  if (file.empty()) {
    const auto first = cli::first_lesson();
    if (!first) {
      std::cerr << cli::tr("cli.no_lesson_found"_w);
      return cli::kBadInput;
    }
    file = *first;
  }
  auto player = open_player(file, opened);
  if (player == nullptr) return cli::kBadInput;
  player->set_slice(kSlice);  // so that the window appears at once, and a long seek can be cancelled
  if (opened.at.empty()) {
    player->play(true);
    player->go_where_it_stood();
  } else {
    const auto at = cli::moment(opened.at, "--at");
    const scenario::Scenario& scenario = player->session().scenario();
    // For a visitor's own run the end of the file's script is no limit, unless a stranger's link goes far beyond it.
    const bool whenever = is_kept(file) || (player->runs().shown.is_own() && at && !cli::is_too_far(scenario, *at));
    const bool there = at && (whenever || cli::can_go_to(scenario, *at));
    // In a page the lesson is still valid: it opens at its beginning, beside the message.
    if (!there && !cli::in_page()) return cli::kBadInput;
    if (there) player->travel(*at);
  }
  return show(std::move(player), opened);
}

}  // namespace kafkascope::app
