#include "app/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "app/cli/files.h"
#include "app/cli/report.h"
#include "app/drawing.h"
#include "app/ffmpeg.h"
#include "app/opening.h"
#include "app/other_runs.h"
#include "app/page.h"
#include "app/selection.h"
#include "scenario/variants.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

bool draw_options(const cli::Options& o, DrawOptions& d) {
  int width = 0, height = 0;
  int end = 0;
  if (std::sscanf(o.size.c_str(), "%4dx%4d%n", &width, &height, &end) != 2 ||
      static_cast<std::size_t>(end) != o.size.size() || width < 320 || height < 240 || width > 7680 || height > 4320) {
    std::cerr << "--size " << o.size << cli::tr("cli.not_a_size"_w);
    return false;
  }
  d.width = width;
  d.height = height;
  d.light = o.theme != "dark";
  d.korean = o.korean();
  d.subtitles = o.subtitles;
  d.select = o.select;
  d.tool = o.tool;
  d.layout = o.view == "workbench"   ? ui::Layout::Workbench
             : o.view == "presenter" ? ui::Layout::Presenter
                                     : ui::Layout::Lesson;
  return true;
}

/// "try@2": the second change to try. nullopt: something else is meant.
std::optional<std::int64_t> number_of_try(const std::string& beside) {
  constexpr std::string_view kTry = "try@";
  std::int64_t number = 0;
  const char* end = beside.data() + beside.size();
  if (!beside.starts_with(kTry)) return std::nullopt;
  const auto [stop, error] = std::from_chars(beside.data() + kTry.size(), end, number);
  return error == std::errc{} && stop == end && number > 0 ? std::optional(number) : std::nullopt;
}

/// "without@3": the act of step 3, as `compare --without 3` counts; or a number that no step has. nullopt: a time is
/// meant.
std::optional<std::int64_t> act_of_step(const std::string& beside, const scenario::Scenario& scenario) {
  const std::string which = beside.substr(beside.find('@') + 1);
  int number = -1;
  const auto [stop, error] = std::from_chars(which.data(), which.data() + which.size(), number);
  if (error != std::errc{} || stop != which.data() + which.size()) return std::nullopt;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i)
    if (scenario.steps[i].index == number && scenario.steps[i].command) return number_of_step(i);
  return static_cast<std::int64_t>(scenario.steps.size()) + 1;  // no step has this number
}

/// Opens the world requested with --beside; returns false, after a message, if there is none.
bool put_beside(Player& player, const std::string& beside) {
  if (beside.empty()) return true;
  ui::Action a;
  a.kind = ui::ActionKind::OpenTwin;
  a.verb = "variant";
  a.other = beside;
  if (beside == "seed" || beside == "mode") {
    a.verb = beside;
  } else if (beside.starts_with("without@")) {
    a.verb = "without";
    if (const auto number = act_of_step(beside, player.session().scenario())) {
      a.number = *number;
    } else {
      const auto at = cli::moment(beside.substr(8), "--beside");
      if (!at) return false;
      a.time_us = at->us;
    }
  } else if (const auto number = number_of_try(beside)) {
    a.verb = "try";
    a.number = *number - 1;
  } else if (beside.find('=') != std::string::npos) {
    const auto [path, value] = scenario::split_set(beside);
    a.verb = "path";
    a.target = path;
    a.other = value;
  }
  player.act(a);
  const std::vector<ui::Notice> said = player.take_notices();
  for (const ui::Notice& n : said)
    if (n.bad)
      std::cerr << "--beside " << beside << ": " << ui::pick(cli::language(), n.words)
                << (a.verb == "without" ? cli::acts_there_are(player.session().scenario()) : "") << "\n";
  return std::none_of(said.begin(), said.end(), [](const ui::Notice& n) { return n.bad; });
}

/// What can be selected: nodes, partitions, groups; of many, the first.
std::string names_of(const observe::Snapshot& world) {
  constexpr std::size_t kMost = 24;
  std::vector<std::string> names;
  for (const observe::Node& node : world.nodes) names.push_back(node.name);
  for (const observe::Partition& partition : world.partitions) names.push_back(partition.name);
  for (const observe::Group& group : world.groups) names.push_back(group.id);
  const std::size_t shown = std::min(names.size(), kMost);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return shown < names.size() ? text + ", …" : text;
}

/// Whether --select names an object that exists at this moment; prints a message if not.
bool selects_something(const DrawOptions& d, Player& player) {
  const auto nothing = nothing_called(parse_selection(d.select), player);
  if (nothing)
    std::cerr << "--select: " << (d.korean ? nothing->ko : nothing->en) << "; "
              << cli::tr("remedy.there_are"_w, {{"names", names_of(player.snapshot())}}) << "\n";
  return !nothing;
}

int clip(Player& player, const cli::Options& o, const DrawOptions& d, cli::OutputFile& file) {
  const auto from = cli::moment(o.from, "--from");
  const auto to = cli::moment(o.to, "--to");
  if (!from || !to) return cli::kBadInput;
  if (!cli::can_go_to(player.session().scenario(), *to)) return cli::kBadInput;
  if (*to <= *from) {
    std::cerr << cli::tr("cli.to_before_from"_w);
    return cli::kBadInput;
  }
  const std::string extension = std::filesystem::path(o.out).extension().string();
  const bool gif = extension == ".gif";
  const int rate = gif ? 12 : 30;
  const std::string filter =
      gif ? "-vf \"split[a][b];[a]palettegen=max_colors=200:stats_mode=diff[p];[b][p]paletteuse=dither=none:diff_mode=rectangle\""
          : "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -movflags +faststart";
  FILE* pipe = open_ffmpeg(fmt::format("-y -loglevel error -f rawvideo -pix_fmt rgba -s {}x{} -r {} -i - {}", d.width,
                                       d.height, rate, filter),
                           file.path());
  if (pipe == nullptr) {
    std::cerr << cli::tr("cli.no_ffmpeg"_w);
    return cli::kCannot;
  }
  ui::Dashboard dashboard;
  configure(dashboard, d);
  const float scale = scale_for(d);
  player.seek(*from);
  selects_something(d, player);  // in a clip the object may appear later
  select(parse_selection(d.select), player, dashboard);
  player.play(true);
  int still = 0;
  const Picture made = render_frames(
      [&] { return dashboard.prepare(scale); },
      [&](int frame) {
        if (frame > 0) player.tick(1000000 / rate);
        const ui::LessonModel& lesson = player.lesson();
        // A question stays for two seconds, then the right answer is taken; likewise the learner's turn.
        const bool waits = lesson.question.phase == ui::QuestionPhase::Open || lesson.turn.open;
        still = waits ? still + 1 : 0;
        if (still > 2 * rate) {
          ui::Action a;
          a.kind = lesson.turn.open ? ui::ActionKind::DoItForMe : ui::ActionKind::Answer;
          a.number = lesson.question.answer;
          player.act(a);
        }
        dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(),
                        static_cast<float>(d.width) / scale, static_cast<float>(d.height) / scale);
        for (const ui::Action& a : dashboard.take_actions())
          if (a.kind == ui::ActionKind::Select || a.kind == ui::ActionKind::LookAtSpaceTime ||
              a.kind == ui::ActionKind::AskTool)
            player.act(a);
        return player.now() < *to && frame < 3600 * rate && !player.session().cluster().faulted();
      },
      [&](const unsigned char* rows) {
        const std::size_t size = static_cast<std::size_t>(d.width) * static_cast<std::size_t>(d.height) * 4;
        return std::fwrite(rows, 1, size, pipe) == size;
      },
      d.width, d.height);
  const int closed = close_ffmpeg(pipe);
  if (!cli::print_end(player.session(), o, std::cerr)) return cli::kCannot;
  if (made.ok && closed == 0) return file.keep() ? cli::kOk : cli::kCannot;
  std::cerr << (made.ok ? cli::tr("cli.ffmpeg_failed"_w) : made.error) << "\n";
  return cli::kCannot;
}

}  // namespace

int render(const cli::Options& o) {
  DrawOptions d;
  if (!draw_options(o, d)) return cli::kBadInput;
  const bool is_clip = !o.from.empty() || !o.to.empty();
  if (is_clip == !o.at.empty()) {
    std::cerr << cli::tr("cli.render_needs_at"_w);
    return cli::kBadInput;
  }
  const std::string extension = std::filesystem::path(o.out).extension().string();
  if (is_clip ? extension != ".gif" && extension != ".mp4" : extension != ".png") {
    std::cerr << "--out " << o.out << ": " << (is_clip ? cli::tr("cli.not_a_clip"_w) : cli::tr("cli.not_a_picture"_w))
              << "\n";
    return cli::kBadInput;
  }
  auto file = cli::OutputFile::begin(o.out);
  if (!file) return cli::kBadInput;
  const auto player = open_player(o.files.front(), o);
  if (player == nullptr) return cli::kBadInput;
  if (is_clip) return clip(*player, o, d, *file);
  const auto at = cli::moment(o.at, "--at");
  if (!at) return cli::kBadInput;
  if (!cli::can_go_to(player->session().scenario(), *at)) return cli::kBadInput;
  player->seek(*at);
  if (!cli::print_end(player->session(), o, std::cerr)) return cli::kCannot;
  if (!selects_something(d, *player)) return cli::kBadInput;
  if (!put_beside(*player, o.beside)) return cli::kBadInput;
  const Picture picture = draw_png(*player, d, file->path());
  if (!picture.ok) std::cerr << picture.error << "\n";
  return picture.ok && file->keep() ? cli::kOk : cli::kCannot;
}

int export_page(const cli::Options& o) {
  if (!cli::OutputFile::begin(o.out)) return cli::kBadInput;
  const auto player = open_player(o.files.front(), o);
  if (player == nullptr) return cli::kBadInput;
  player->seek(player->session().until());
  if (!cli::print_end(player->session(), o, std::cerr)) return cli::kCannot;
  std::string error;
  const std::string page = lesson_page(*player, o.korean(), error);
  if (!error.empty()) {
    std::cerr << error << "\n";
    return cli::kCannot;
  }
  return cli::write_file(o.out, page) ? cli::kOk : cli::kCannot;
}

}  // namespace kafkascope::app
