#include "app/cli/usage.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <utility>
#include <vector>

#include "app/cli/describe.h"
#include "app/cli/files.h"
#include "observe/korean.h"
#include "system/system.h"

namespace kafkascope::cli {

namespace {

/// CLI11's messages about wrong arguments.
constexpr observe::Phrase kComplaints[] = {
    {"The following argument was not expected: {}", "모르는 인자예요: {0}"},
    {"The following arguments were not expected: {}", "모르는 인자예요: {0}"},
    {"{} is required", "{0}<이/가> 있어야 해요"},
    {"{}: {} not in range {}", "{0}: {1} 범위를 벗어나요({2})"},
    {"{}: Value {} not in range {} to {}", "{0}: {1}<은/는> {2}부터 {3}까지가 아니에요"},
    {"{}: {} not in {}", "{0}: {1}<은/는> {2} 중에 없어요"},
    {"Could not convert: {} = {}", "{0}에 쓸 수 없는 값이에요: {1}"},
    {"{}: {} required {} missing", "{0}: 값이 {1}개 있어야 해요({2})"},
    {"{} requires exactly {} arguments, but received {}", "{0}에는 값이 {1}개 있어야 하는데 {2}개예요"},
    {"{}: Only {} {} allowed per command line, but {} were given", "{0}: 한 번에 {1}개만 쓸 수 있어요"},
    {"{} requires at least {} arguments", "{0}에는 값이 {1}개 이상 있어야 해요"},
    {"{}: At Most {} required but received {}", "{0}: {1}개까지인데 {2}개예요"},
};

std::string path_and_value(const std::string& text) {
  if (text.find('=') != std::string::npos && text.front() != '=') return {};
  return text + tr(": expected PATH=VALUE, such as clients/shop/config/acks=1",
                   ": PATH=VALUE로 적어 주세요. 예: clients/shop/config/acks=1");
}

std::string seed_number(const std::string& text) {
  std::int64_t seed = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size() && seed >= 0) return {};
  return text + tr(": a seed is a whole number from 0 to 9223372036854775807",
                   ": 시드는 0부터 9223372036854775807까지의 정수예요");
}

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
  sub->footer(std::string(tr("Examples:\n", "예:\n")) + examples);
  sub->group(tr("Subcommands", "명령"));
  sub->set_help_flag("-h,--help", tr("Print this help message and exit",
                                     "이 도움말을 보여 주고 끝냄"));  // in the group of its other options
  sub->callback([this, act] { chosen_ = act; });
  return sub;
}

void Usage::file(CLI::App* sub) {
  sub->add_option("FILE", o_.files, tr("scenario file", "시나리오 파일"))->required()->expected(1);
}

void Usage::world(CLI::App* sub) {
  sub->add_option(
         "--set", o_.sets,
         tr("change a value before the run: PATH=VALUE (repeatable)", "실행 전에 값을 바꿈: PATH=VALUE(여러 번 가능)"))
      ->allow_extra_args(false)
      ->check(path_and_value, "");
  sub->add_option("--variant", o_.variant, tr("one variant of the file", "파일의 변형 하나"));
  sub->add_option("--seed", o_.seed, tr("another seed", "다른 시드"))->check(seed_number, "");
}

Usage::Usage()
    : app_(tr("Kafkascope: Apache Kafka's brokers, controllers and clients as deterministic simulated nodes.\n"
              "Without a command it opens the dashboard, on the first lesson when no file is named.",
              "Kafkascope: Apache Kafka의 브로커, 컨트롤러, 클라이언트를 결정론적으로 시뮬레이션해요.\n"
              "명령 없이 실행하면 대시보드가 열려요. 파일을 적지 않으면 첫 레슨이 열려요."),
           "kafkascope") {
  const auto labels = app_.get_formatter();
  for (const auto& [en, ko] : std::initializer_list<std::pair<const char*, const char*>>{{"Usage", "사용법"},
                                                                                         {"OPTIONS", "옵션"},
                                                                                         {"SUBCOMMAND", "명령"},
                                                                                         {"SUBCOMMANDS", "명령"},
                                                                                         {"Positionals", "인자"},
                                                                                         {"REQUIRED", "필수"}})
    labels->label(en, tr(en, ko));
  app_.option_defaults()->group(tr("Options", "옵션"));
  app_.set_help_flag("-h,--help", tr("Print this help message and exit", "이 도움말을 보여 주고 끝냄"));
  app_.footer(
      std::string(tr("Examples:\n", "예:\n")) +
      "  kafkascope scenarios/replication/leader-failover.json --at 14s\n  kafkascope run scenarios/producer/acks.json\n  kafkascope COMMAND --help");
  app_.set_version_flag("--version", KAFKASCOPE_VERSION, tr("Print the version and exit", "버전을 보여 주고 끝냄"));
  app_.add_option("--lang", o_.lang, tr("en or ko (default: the environment)", "en 또는 ko(기본값: 환경 변수)"))
      ->check(CLI::IsMember({"en", "ko"}));
  app_.fallthrough();
  app_.add_option("FILE", o_.files, tr("scenario file", "시나리오 파일"))->expected(0, 1);
  app_.add_option("--at", o_.at, tr("open at this moment, e.g. 12.3s", "이 순간에서 열기, 예: 12.3s"));
  app_.add_option("--select", o_.select, tr("select a node, topic or partition", "노드, 토픽, 파티션 선택"));
  app_.add_flag("--present", o_.present, tr("begin in presenter mode", "발표 모드로 시작"));
  app_.add_flag(
      "--audience", o_.audience,
      tr("a second window that follows the first one on this machine", "같은 컴퓨터의 첫 창을 따라가는 둘째 창"));
  app_.add_option("--theme", o_.theme, tr("light or dark", "light 또는 dark"))->check(CLI::IsMember({"light", "dark"}));
  app_.require_subcommand(0, 1);
  app_.allow_windows_style_options(false);  // on Windows, too, /name is a file
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
      command("run", tr("run scenarios headless, as fast as possible", "화면 없이 되도록 빠르게 실행"),
              "  kafkascope run scenarios/replication/*.json\n  kafkascope run my.json --seeds 100 --json", cli::run);
  run->add_option("FILE", o_.files, tr("scenario files", "시나리오 파일들"))->required();
  world(run);
  run->add_option("--seeds", o_.seeds,
                  tr("so many seeds, from the file's (or --seed) on", "파일의 시드(또는 --seed)부터 이만큼"))
      ->check(CLI::Range(1, 1000000));
  run->add_option("--until", o_.until, tr("another end, e.g. 90s", "다른 끝 시각, 예: 90s"));
  run->add_flag("--json", o_.json, tr("results as JSON", "결과를 JSON으로"));
  run->add_option("--junit", o_.junit, tr("also write a JUnit report to this file", "JUnit 보고서도 이 파일에 씀"));
  run->add_option("--trace", o_.trace,
                  tr("also write the trace to this file (JSON Lines)", "트레이스도 이 파일에 씀(JSON Lines)"));

  auto* tell = command("tell", tr("tell the lesson as text", "레슨을 글로 들려줌"),
                       "  kafkascope tell scenarios/producer/acks.json --lang ko", cli::tell);
  file(tell);
  world(tell);

  auto* compare = command(
      "compare",
      tr("two worlds, same seed and faults: where they part, and both ledgers",
         "시드와 장애가 같은 두 세계: 갈라지는 곳과 두 레코드 결과"),
      "  kafkascope compare scenarios/producer/acks.json --set clients/acks-1/config/acks=all\n  kafkascope compare mine.json --with yours.json",
      cli::compare);
  file(compare);
  compare
      ->add_option(
          "--set", o_.sets,
          tr("the other world has this value: PATH=VALUE (repeatable)", "다른 세계의 값: PATH=VALUE(여러 번 가능)"))
      ->allow_extra_args(false)
      ->check(path_and_value, "");
  compare->add_option("--with", o_.with, tr("the other world is this file", "다른 세계의 파일"));
  compare->add_option("--variant", o_.variant,
                      tr("the other world is this variant of the file", "다른 세계로 쓸 변형"));
  compare->add_option("--seed", o_.seed, tr("another seed, for both", "두 세계의 다른 시드"))->check(seed_number, "");
  compare->add_flag("--json", o_.json, tr("as JSON", "JSON으로"));

  for (const char* later : {"explore", "why", "grade", "drill", "tool", "serve"}) {
    CLI::App* sub = app_.add_subcommand(later, tr("not there yet", "아직 없음"));
    sub->group("");  // not in the help
    sub->allow_extras();
    sub->fallthrough(false);
    sub->callback([this, later] {
      std::cerr
          << later
          << tr(": not there yet; kafkascope run, tell, compare, inspect, check, list, render, export and new are\n",
                ": 아직 없어요. kafkascope run, tell, compare, inspect, check, list, render, export, new는 있어요\n");
      chosen_ = [](const Options&) -> int { return kBadInput; };
    });
  }
}

void Usage::add_looks() {
  auto* inspect = command("inspect", tr("print the state at a moment", "한 순간의 상태를 보여 줌"),
                          "  kafkascope inspect my.json --at 12s --path /partitions/orders-0", cli::inspect);
  file(inspect);
  world(inspect);
  inspect->add_option("--at", o_.at, tr("the moment, e.g. 12.3s", "순간, 예: 12.3s"))->required();
  inspect->add_option("--path", o_.path, tr("JSON pointer into the state", "상태 안의 JSON 포인터"));

  auto* check =
      command("check", tr("validate scenario files without running them", "시나리오 파일을 실행하지 않고 검사"),
              "  kafkascope check scenarios/*/*.json", cli::check);
  check->add_option("FILE", o_.files, tr("scenario files", "시나리오 파일들"))->required();
  world(check);

  auto* list = command("list", tr("the bundled lessons", "들어 있는 레슨 목록"), "  kafkascope list --json", cli::list);
  list->add_flag("--json", o_.json, tr("as JSON", "JSON으로"));

  auto* fresh = command("new", tr("write a scenario to start from", "시작할 시나리오를 만듦"),
                        "  kafkascope new lesson --out mine.json", cli::new_file);
  fresh->add_option(
      "TEMPLATE", o_.template_name,
      tr("minimal, lesson, incident, before-after or guard", "minimal, lesson, incident, before-after, guard"));
  fresh->add_option("--out", o_.out, tr("the file to write", "만들 파일"))->required();
}

void Usage::add_pictures() {
  auto* render = command(
      "render", tr("draw a moment, or a clip, without a display", "화면 없이 한 순간이나 짧은 영상을 그림"),
      "  kafkascope render my.json --at 14s --out x.png --theme dark\n  kafkascope render my.json --from 4s --to 20s --out x.gif",
      cli::render);
  file(render);
  world(render);
  render->add_option("--at", o_.at, tr("the moment", "순간"));
  render->add_option("--from", o_.from, tr("clip: begins here", "영상의 시작"));
  render->add_option("--to", o_.to, tr("clip: ends here", "영상의 끝"));
  render->add_option("--out", o_.out, tr("x.png, x.mp4 or x.gif", "x.png, x.mp4, x.gif"))->required();
  render->add_option("--size", o_.size, "WIDTHxHEIGHT");
  render->add_option("--select", o_.select, tr("select a node, topic or partition", "노드, 토픽, 파티션 선택"));
  render->add_option("--theme", o_.theme, tr("light or dark", "light 또는 dark"))
      ->check(CLI::IsMember({"light", "dark"}));
  render->add_option("--view", o_.view, tr("lesson, workbench or presenter", "lesson, workbench, presenter"))
      ->check(CLI::IsMember({"lesson", "workbench", "presenter"}));

  auto* page = command("export", tr("write a page of the lesson", "레슨을 페이지로 씀"),
                       "  kafkascope export my.json --format html --out lesson.html", cli::export_page);
  file(page);
  world(page);
  page->add_option("--format", o_.format, "html")->required()->check(CLI::IsMember({"html"}));
  page->add_option("--out", o_.out, tr("the file to write", "만들 파일"))->required();

  auto* site = command(
      "site", tr("write a page for every lesson, in both languages", "모든 레슨을 두 언어의 페이지로 씀"),
      "  kafkascope site --out build/site/lessons\n  kafkascope site acks isr-shrink-expand --out try", cli::site);
  site->add_option("FILE", o_.files, tr("these lessons only", "이 레슨들만"));
  site->add_option("--out", o_.out, tr("the folder to write to", "만들 폴더"))->required();
  site->add_option("--live", o_.live,
                   tr("where the program's page is, from a lesson's page (default: ../../)",
                      "레슨 페이지에서 본 프로그램 페이지의 위치(기본값: ../../)"));
  site->add_option(
      "--url", o_.url,
      tr("address of that folder; with it a sitemap is written", "그 폴더의 주소. 있으면 사이트맵도 만듦"));
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
  std::cerr << word << ": " << tr("neither a command nor a file", "명령도 파일도 아니에요");
  if (!near.empty()) std::cerr << (korean() ? ". 혹시 " + near + "인가요?" : "; did you mean " + near + "?");
  else std::cerr << tr("; see kafkascope --help", ". 도움말: kafkascope --help");
  std::cerr << "\n";
  return true;
}

std::string Usage::complaint(const CLI::ParseError& error) const {
  const std::string english = error.what();
  return korean() ? observe::Phrasebook(kComplaints).korean(english).value_or(english) : english;
}

Usage::Parsed Usage::parse(int argc, char** argv) {
  try {
    // `help` and `help run` work as in other programs. CLI11 takes its arguments from the last to the first.
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (const auto help = std::find(arguments.begin(), arguments.end(), first_word(argc, argv));
        help != arguments.end() && *help == "help") {
      arguments.erase(help);
      arguments.emplace_back("--help");
    }
    std::reverse(arguments.begin(), arguments.end());
    app_.parse(std::move(arguments));
  } catch (const CLI::Success& e) {
    return {nullptr, app_.exit(e)};
  } catch (const CLI::ParseError& e) {
    const auto subs = app_.get_subcommands();
    const bool of_option = std::string_view(e.what()).find(": -") !=
                           std::string_view::npos;  // e.g. an unknown one; its value is not a command
    if (subs.empty() && !of_option && complain_of_word(first_word(argc, argv))) return {nullptr, kBadInput};
    const std::string name = subs.empty() ? "kafkascope" : "kafkascope " + subs.front()->get_name();
    std::cerr << name << ": " << complaint(e) << tr("; see ", ". 도움말: ") << name << " --help\n";
    return {nullptr, kBadInput};
  }
  if (o_.lang.empty()) o_.lang = sys::language();
  for (std::string& file : o_.files) file = lesson_or_file(file);
  if (chosen_ != nullptr) return {chosen_, 0};
  if (!o_.files.empty() && complain_of_word(o_.files.front())) return {nullptr, kBadInput};
  return {cli::dashboard, 0};
}

}  // namespace kafkascope::cli
