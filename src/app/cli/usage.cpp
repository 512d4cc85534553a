#include "app/cli/usage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "app/cli/describe.h"
#include "app/cli/files.h"
#include "cluster/verbs.h"
#include "system/system.h"
#include "words/message.h"

namespace kafkascope::cli {

namespace {

/// CLI11's messages about wrong arguments. CLI11 has them only as sentences, so their variable parts are parsed out.
struct Complaint {
  std::string_view spelled;  // {} is a variable part
  words::Key words;
  std::array<const char*, 4> names{};  // of the variable parts
};
constexpr Complaint kComplaints[] = {
    {"The following argument was not expected: {}", "cli.complaint_unknown_argument"_w, {"arguments"}},
    {"The following arguments were not expected: {}", "cli.complaint_unknown_arguments"_w, {"arguments"}},
    {"{} is required", "cli.complaint_required"_w, {"option"}},
    {"{}: {} not in range {}", "cli.complaint_out_of_range"_w, {"option", "value", "range"}},
    {"{}: Value {} not in range {} to {}", "cli.complaint_not_between"_w, {"option", "value", "least", "most"}},
    {"{}: {} not in {}", "cli.complaint_not_among"_w, {"option", "value", "values"}},
    {"Could not convert: {} = {}", "cli.complaint_unusable_value"_w, {"option", "value"}},
    {"{}: {} required {} missing", "cli.complaint_value_missing"_w, {"option", "count", "type"}},
    {"{} requires exactly {} arguments, but received {}", "cli.complaint_exactly"_w, {"option", "count", "received"}},
    {"{}: Only {} {} allowed per command line, but {} were given",
     "cli.complaint_only_once"_w,
     {"option", "count", "type", "given"}},
    {"{} requires at least {} arguments", "cli.complaint_at_least"_w, {"option", "count"}},
    {"{}: At Most {} required but received {}", "cli.complaint_at_most"_w, {"option", "count", "received"}},
};

/// The parts of the message in the places of {}; nullopt: another message.
std::optional<std::vector<std::string>> parts_of(std::string_view message, std::string_view spelled) {
  std::vector<std::string> parts;
  while (!spelled.empty()) {
    const std::size_t slot = spelled.find("{}");
    if (message.substr(0, slot) != spelled.substr(0, slot)) return std::nullopt;
    if (slot == std::string_view::npos) return parts;
    message.remove_prefix(slot);
    spelled.remove_prefix(slot + 2);
    const std::size_t end = spelled.empty() ? message.size() : message.find(spelled.substr(0, spelled.find("{}")), 1);
    if (message.empty() || end == std::string_view::npos) return std::nullopt;
    parts.emplace_back(message.substr(0, end));
    message.remove_prefix(end);
  }
  return message.empty() ? std::optional(std::move(parts)) : std::nullopt;
}

bool is_mismatch(const CLI::ParseError& error) { return dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr; }

/// The first word spelled as an option that neither the command nor the program has; empty: there is none.
std::string unknown_option(const CLI::App& program, const CLI::App& command, int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string word(argv[i]), name = word.substr(0, word.find('='));
    if (name.starts_with("--") && command.get_option_no_throw(name) == nullptr &&
        program.get_option_no_throw(name) == nullptr)
      return name;
  }
  return {};
}

std::string not_expected(const std::string& argument) {
  words::Message message("cli.complaint_unknown_argument"_w);
  message.add("arguments", argument);
  return words::render(korean() ? words::Lang::Ko : words::Lang::En, message);
}

std::string path_and_value(const std::string& text) {
  if (text.find('=') != std::string::npos && text.front() != '=') return {};
  return text + tr("cli.not_path_and_value"_w);
}

std::string seed_number(const std::string& text) {
  std::int64_t seed = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && seed >= 0) return {};
  return text + tr("cli.not_a_seed"_w);
}

bool is_separator(const char* argument) { return std::string_view(argument) == "--"; }

/// The first argument that is not an option; "" if there is none.
std::string first_word(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '-') return argv[i];
    if (std::string_view(argv[i]) == "--lang") ++i;  // the only option before a command
  }
  return {};
}

}  // namespace

std::string language_of(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == "--lang" && i + 1 < argc) return argv[i + 1];
    if (word.starts_with("--lang=")) return std::string(word.substr(7));
  }
  return sys::language();
}

CLI::App* Usage::command(const char* name, const char* what, const char* examples, int (*act)(const Options&)) {
  CLI::App* sub = app_.add_subcommand(name, what);
  sub->footer(std::string(tr("cli.examples"_w)) + examples);
  sub->group(tr("cli.subcommands"_w));
  sub->set_help_flag("-h,--help", tr("cli.help_help"_w));  // listed among the command's other options
  lang(sub);
  sub->callback([this, act] { chosen_ = act; });
  return sub;
}

void Usage::lang(CLI::App* of) {
  of->add_option("--lang", o_.lang, tr("cli.help_lang"_w))->check(CLI::IsMember({"en", "ko"}));
}

void Usage::file(CLI::App* sub) { sub->add_option("FILE", o_.files, tr("cli.help_file"_w))->required()->expected(1); }

void Usage::world(CLI::App* sub) {
  sub->add_option("--set", o_.sets, tr("cli.help_set"_w))->allow_extra_args(false)->check(path_and_value, "");
  sub->add_option("--variant", o_.variant, tr("cli.help_variant"_w));
  sub->add_option("--seed", o_.seed, tr("cli.help_seed"_w))->check(seed_number, "");
}

Usage::Usage() : app_(tr("cli.about"_w), "kafkascope") {
  const auto labels = app_.get_formatter();
  constexpr std::pair<const char*, words::Key> kLabels[] = {{"Usage", "cli.label_usage"_w},
                                                            {"OPTIONS", "cli.label_options"_w},
                                                            {"SUBCOMMAND", "cli.label_subcommand"_w},
                                                            {"SUBCOMMANDS", "cli.label_subcommands"_w},
                                                            {"Positionals", "cli.label_positionals"_w},
                                                            {"REQUIRED", "cli.label_required"_w}};
  for (const auto& [label, key] : kLabels) labels->label(label, tr(key));
  app_.option_defaults()->group(tr("cli.options"_w));
  app_.set_help_flag("-h,--help", tr("cli.help_help"_w));
  app_.footer(
      std::string(tr("cli.examples"_w)) +
      "  kafkascope scenarios/replication/leader-failover.json --at 14s\n  kafkascope run scenarios/producer/acks.json\n  kafkascope COMMAND --help");
  app_.set_version_flag("--version", KAFKASCOPE_VERSION, tr("cli.help_version"_w));
  lang(&app_);
  app_.fallthrough();
  app_.add_option("FILE", o_.files, tr("cli.help_file"_w))->expected(0, 1);
  app_.add_option("--at", o_.at, tr("cli.help_open_at"_w));
  app_.add_option("--select", o_.select, tr("cli.help_select"_w));
  app_.add_flag("--present", o_.present, tr("cli.help_present"_w));
  app_.add_flag("--audience", o_.audience, tr("cli.help_audience"_w));
  app_.add_option("--theme", o_.theme, tr("cli.help_theme"_w))->check(CLI::IsMember({"light", "dark"}));
  app_.require_subcommand(0, 1);
  app_.allow_windows_style_options(false);  // a /name is a file, also on Windows
  add_runs();
  add_looks();
  add_pictures();
  auto* describe = app_.add_subcommand("describe", "this command line as man, bash, zsh or fish has it");
  describe->group("");  // for packagers
  describe->add_option("FORM", form_)->required()->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
  describe->callback([this] {
    std::cout << described(app_, form_);
    chosen_ = [](const Options&) -> int { return kOk; };
  });
}

void Usage::add_runs() {
  auto* run =
      command("run", tr("cli.help_run"_w),
              "  kafkascope run scenarios/replication/*.json\n  kafkascope run my.json --seeds 100 --json", cli::run);
  run->add_option("FILE", o_.files, tr("cli.help_files"_w))->required();
  world(run);
  run->add_option("--seeds", o_.seeds, tr("cli.help_seeds"_w))->check(CLI::Range(1, 1000000));
  run->add_option("--until", o_.until, tr("cli.help_until"_w));
  run->add_flag("--json", o_.json, tr("cli.help_results_json"_w));
  run->add_option("--junit", o_.junit, tr("cli.help_junit"_w));
  run->add_option("--trace", o_.trace, tr("cli.help_trace"_w));

  auto* tell =
      command("tell", tr("cli.help_tell"_w), "  kafkascope tell scenarios/producer/acks.json --lang ko", cli::tell);
  file(tell);
  world(tell);

  auto* compare = command(
      "compare", tr("cli.help_compare"_w),
      "  kafkascope compare scenarios/producer/acks.json --set clients/acks-1/config/acks=all\n  kafkascope compare mine.json --with yours.json",
      cli::compare);
  file(compare);
  compare->add_option("--set", o_.sets, tr("cli.help_compare_set"_w))
      ->allow_extra_args(false)
      ->check(path_and_value, "");
  compare->add_option("--with", o_.with, tr("cli.help_compare_with"_w));
  compare->add_option("--variant", o_.variant, tr("cli.help_compare_variant"_w));
  compare->add_option("--seed", o_.seed, tr("cli.help_compare_seed"_w))->check(seed_number, "");
  compare->add_option("--without", o_.without_act, tr("cli.help_compare_without"_w));
  compare->add_option("--try", o_.try_next, tr("cli.help_compare_try"_w))->check(CLI::Range(1, 1'000'000));
  compare->add_flag("--zookeeper", o_.zookeeper, tr("cli.help_compare_zookeeper"_w));
  compare->add_flag("--kraft", o_.kraft, tr("cli.help_compare_kraft"_w));
  compare->add_flag("--json", o_.json, tr("cli.help_json"_w));

  for (const char* later : {"explore", "grade", "drill", "serve"}) {
    CLI::App* sub = app_.add_subcommand(later, tr("cli.not_there_yet"_w));
    sub->group("");  // hidden from the help
    sub->allow_extras();
    sub->fallthrough(false);
    sub->callback([this, later] {
      std::cerr << later << tr("cli.not_there_yet_but"_w);
      chosen_ = [](const Options&) -> int { return kBadInput; };
    });
  }
}

void Usage::add_looks() {
  auto* inspect = command("inspect", tr("cli.help_inspect"_w),
                          "  kafkascope inspect my.json --at 12s --path /partitions/orders-0", cli::inspect);
  file(inspect);
  world(inspect);
  inspect->add_option("--at", o_.at, tr("cli.help_inspect_at"_w))->required();
  inspect->add_option("--path", o_.path, tr("cli.help_path"_w));

  auto* why = command(
      "why", tr("cli.help_why"_w),
      "  kafkascope why scenarios/replication/leader-failover.json --at 14s --path /partitions/orders-0/leader\n"
      "  kafkascope why my.json --at 30s --path /ledger/lost_acked --json\n"
      "  kafkascope why my.json --at 30s --record orders-0/126",
      cli::why);
  file(why);
  world(why);
  why->add_option("--at", o_.at, tr("cli.help_inspect_at"_w))->required();
  why->add_option("--path", o_.path, tr("cli.help_why_path"_w));
  why->add_option("--record", o_.record, tr("cli.help_why_record"_w));
  why->add_flag("--json", o_.json, tr("cli.help_results_json"_w));

  auto* explain = command("explain", tr("cli.help_explain"_w),
                          "  kafkascope explain replica.lag.time.max.ms\n"
                          "  kafkascope explain NOT_ENOUGH_REPLICAS --json\n"
                          "  kafkascope explain UnderReplicatedPartitions",
                          cli::explain);
  explain->add_option("NAME", o_.command, tr("cli.help_explain_name"_w))->required();
  explain->add_flag("--json", o_.json, tr("cli.help_results_json"_w));

  auto* verbs =
      command("verbs", tr("cli.help_verbs"_w), "  kafkascope verbs\n  kafkascope verbs crash slow_disk", cli::verbs);
  verbs->add_option("NAME", o_.command, tr("cli.help_verbs_name"_w));
  verbs->add_flag("--json", o_.json, tr("cli.help_results_json"_w));

  auto* ledger = command("ledger", tr("cli.help_ledger"_w),
                         "  kafkascope ledger scenarios/producer/acks.json\n"
                         "  kafkascope ledger my.json --at 30s --fate lost_acked --json",
                         cli::ledger);
  file(ledger);
  world(ledger);
  ledger->add_option("--at", o_.at, tr("cli.help_ledger_at"_w));
  ledger->add_option("--fate", o_.fate, tr("cli.help_ledger_fate"_w));
  ledger->add_option("--most", o_.most, tr("cli.help_ledger_most"_w))->check(CLI::Range(1, 1'000'000));
  ledger->add_flag("--json", o_.json, tr("cli.help_results_json"_w));

  auto* tool = command(
      "tool", tr("cli.help_tool"_w),
      "  kafkascope tool my.json --at 12s -- kafka-topics --describe --under-replicated-partitions\n  kafkascope tool my.json --at 12s -- kafka-consumer-groups --describe --all-groups\n  kafkascope tool my.json --at 12s -- kafka-metadata-quorum describe --replication",
      cli::ask_tool);
  tool->add_option("FILE", o_.files, tr("cli.help_file"_w))->required()->expected(1)->allow_extra_args(false);
  world(tool);
  tool->add_option("--at", o_.at, tr("cli.help_inspect_at"_w))->required();
  tool->add_option("COMMAND", o_.command, tr("cli.help_tool_command"_w))->required();

  auto* check = command("check", tr("cli.help_check"_w), "  kafkascope check scenarios/*/*.json", cli::check);
  check->add_option("FILE", o_.files, tr("cli.help_files"_w))->required();
  world(check);

  auto* list =
      command("list", tr("cli.help_list"_w), "  kafkascope list replication\n  kafkascope list --courses", cli::list);
  list->add_option("WORD", o_.command, tr("cli.help_list_word"_w));
  list->add_flag("--json", o_.json, tr("cli.help_json"_w));
  list->add_flag("--courses", o_.courses, tr("cli.help_courses"_w));

  auto* fresh = command("new", tr("cli.help_new"_w), "  kafkascope new lesson --out mine.json", cli::new_file);
  fresh->add_option("TEMPLATE", o_.template_name, tr("cli.help_template"_w));
  fresh->add_option("--out", o_.out, tr("cli.help_out"_w))->required();
}

void Usage::add_pictures() {
  auto* render = command(
      "render", tr("cli.help_render"_w),
      "  kafkascope render my.json --at 14s --out x.png --theme dark\n  kafkascope render my.json --from 4s --to 20s --out x.gif",
      cli::render);
  file(render);
  world(render);
  render->add_option("--at", o_.at, tr("cli.help_at"_w));
  render->add_option("--from", o_.from, tr("cli.help_from"_w));
  render->add_option("--to", o_.to, tr("cli.help_to"_w));
  render->add_option("--out", o_.out, tr("cli.help_picture_out"_w))->required();
  render->add_option("--size", o_.size, "WIDTHxHEIGHT");
  render->add_option("--select", o_.select, tr("cli.help_select"_w));
  render->add_option("--theme", o_.theme, tr("cli.help_theme"_w))->check(CLI::IsMember({"light", "dark"}));
  render->add_option("--tool", o_.tool, tr("cli.help_render_tool"_w));
  render->add_option("--view", o_.view, tr("cli.help_view"_w))
      ->check(CLI::IsMember({"lesson", "workbench", "presenter"}));
  render->add_flag("--subtitles", o_.subtitles, tr("cli.help_subtitles"_w));
  render->add_option("--beside", o_.beside, tr("cli.help_beside"_w));

  auto* page = command("export", tr("cli.help_export"_w), "  kafkascope export my.json --format html --out lesson.html",
                       cli::export_page);
  file(page);
  world(page);
  page->add_option("--format", o_.format, "html")->required()->check(CLI::IsMember({"html"}));
  page->add_option("--out", o_.out, tr("cli.help_out"_w))->required();

  auto* site = command("site", tr("cli.help_site"_w),
                       "  kafkascope site --out build/site/lessons\n  kafkascope site acks isr-shrink-expand --out try",
                       cli::site);
  site->add_option("FILE", o_.files, tr("cli.help_site_files"_w));
  site->add_option("--out", o_.out, tr("cli.help_site_out"_w))->required();
  site->add_option("--live", o_.live, tr("cli.help_site_live"_w));
  site->add_option("--url", o_.url, tr("cli.help_site_url"_w));
}

/// A word that is not a file may be a misspelt command; returns false, without a message, if it cannot be either.
bool Usage::complain_of_word(const std::string& word) const {
  std::error_code ignored;
  if (word.empty() || word.find_first_of("./@#") != std::string::npos || std::filesystem::exists(word, ignored))
    return false;
  std::vector<std::string> names;
  const auto there = [](const CLI::App* sub) { return !sub->get_group().empty(); };
  for (const CLI::App* sub : app_.get_subcommands(there)) names.push_back(sub->get_name());
  const std::string near = scenario::nearest(word, names);
  std::cerr << word << ": " << tr("cli.neither_a_command_nor_a_file"_w);
  if (!near.empty()) std::cerr << tr("cli.or_did_you_mean"_w, {{"name", near}});
  else std::cerr << tr("cli.see_help"_w);
  std::cerr << "\n";
  return true;
}

std::string Usage::complaint(const CLI::ParseError& error) const {
  const std::string said = error.what();
  for (const Complaint& complaint : kComplaints) {
    const auto parts = parts_of(said, complaint.spelled);
    if (!parts) continue;
    words::Message message(complaint.words);
    for (std::size_t i = 0; i < parts->size(); ++i) message.add(complaint.names[i], (*parts)[i]);
    return words::render(korean() ? words::Lang::Ko : words::Lang::En, message);
  }
  return said;
}

Usage::Parsed Usage::parse(int argc, char** argv) {
  try {
    // `help` and `help run` work as in other programs, `help crash` and `help verbs` print what `verbs` prints. CLI11 takes its arguments from the
    // last to the first.
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (const auto help = std::find(arguments.begin(), arguments.end(), first_word(argc, argv));
        help != arguments.end() && *help == "help") {
      const std::string topic = std::next(help) != arguments.end() ? *std::next(help) : "";
      const auto acts = cluster::verb_names();
      if (topic != "verbs" && std::find(acts.begin(), acts.end(), topic) != acts.end()) {
        *help = "verbs";
      } else {
        arguments.erase(help);
        if (topic != "verbs") arguments.emplace_back("--help");
      }
    }
    std::reverse(arguments.begin(), arguments.end());
    app_.parse(std::move(arguments));
    // An option or a file of the window that a command does not have would fall through to the window, and go unnoticed.
    if (!app_.get_subcommands().empty()) {
      for (const char* of_window : {"--at", "--select", "--present", "--audience", "--theme"})
        if (app_.count(of_window) > 0) throw CLI::ExtrasError(std::vector<std::string>{of_window});
      if (app_.count("FILE") > 0) throw CLI::ExtrasError(o_.files);
    }
  } catch (const CLI::Success& e) {
    return {nullptr, app_.exit(e)};
  } catch (const CLI::ParseError& e) {
    const auto subs = app_.get_subcommands();
    const std::string_view what = e.what();
    const bool of_option =
        what.find(": -") != std::string_view::npos || what.starts_with("--");  // unknown, or its value is refused
    if (subs.empty() && !of_option && complain_of_word(first_word(argc, argv))) return {nullptr, kBadInput};
    const std::string name = subs.empty() ? "kafkascope" : "kafkascope " + subs.front()->get_name();
    const std::string unknown = subs.empty() ? std::string() : unknown_option(app_, *subs.front(), argc, argv);
    // The value of an unknown option is one word too many, which CLI11 complains of instead.
    std::cerr << name << ": " << (is_mismatch(e) && !unknown.empty() ? not_expected(unknown) : complaint(e));
    // CLI11 takes the tool's own options for options of this program.
    if (name == "kafkascope tool" && of_option && std::none_of(argv, argv + argc, is_separator))
      std::cerr << tr("cli.tool_after_dashes"_w);
    std::cerr << tr("cli.see_help_of"_w) << name << " --help\n";
    return {nullptr, kBadInput};
  }
  o_.lang_asked = !o_.lang.empty();
  if (!o_.lang_asked) o_.lang = sys::language();
  for (std::string& file : o_.files) file = lesson_or_file(file);
  if (chosen_ != nullptr) return {chosen_, 0};
  if (!o_.files.empty() && complain_of_word(o_.files.front())) return {nullptr, kBadInput};
  return {cli::dashboard, 0};
}

}  // namespace kafkascope::cli
