#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "app/cli/options.h"

namespace {

using kafkascope::cli::Options;

struct Program {
  CLI::App app{"Kafkascope: Apache Kafka's brokers, controllers and clients as deterministic simulated nodes.\n"
               "Without a command it opens the dashboard, on the first lesson when no file is named."};
  Options o;
  int (*chosen)(const Options&) = nullptr;

  CLI::App* command(const char* name, const char* what, const char* examples, int (*act)(const Options&)) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->footer(std::string("Examples:\n") + examples);
    sub->callback([this, act] { chosen = act; });
    return sub;
  }
  void file(CLI::App* sub) { sub->add_option("FILE", o.files, "scenario file")->required()->expected(1); }
  void world(CLI::App* sub) {
    sub->add_option("--set", o.sets, "change a value before the run: PATH=VALUE (repeatable)")->allow_extra_args(false);
    sub->add_option("--variant", o.variant, "one variant of the file");
    sub->add_option("--seed", o.seed, "another seed");
  }

  Program() {
    app.footer("Examples:\n  kafkascope scenarios/replication/leader-failover.json --at 14s\n  kafkascope run scenarios/producer/acks.json\n"
               "  kafkascope COMMAND --help");
    app.set_version_flag("--version", KAFKASCOPE_VERSION);
    app.add_option("--lang", o.lang, "en or ko (default: the environment)")->check(CLI::IsMember({"en", "ko"}));
    app.fallthrough();
    app.add_option("FILE", o.files, "scenario file")->expected(0, 1);
    app.add_option("--at", o.at, "open at this moment, e.g. 12.3s");
    app.add_option("--select", o.select, "select a node, topic or partition");
    app.add_flag("--present", o.present, "begin in presenter mode");
    app.add_option("--theme", o.theme, "light or dark")->check(CLI::IsMember({"light", "dark"}));
    app.require_subcommand(0, 1);

    auto* run = command("run", "run scenarios headless, as fast as possible",
                        "  kafkascope run scenarios/replication/*.json\n  kafkascope run my.json --seeds 100 --json", kafkascope::cli::run);
    run->add_option("FILE", o.files, "scenario files")->required();
    world(run);
    run->add_option("--seeds", o.seeds, "so many seeds, from the file's (or --seed) on")->check(CLI::Range(1, 1000000));
    run->add_option("--until", o.until, "another end, e.g. 90s");
    run->add_flag("--json", o.json, "results as JSON");
    run->add_option("--junit", o.junit, "also write a JUnit report to this file");
    run->add_option("--trace", o.trace, "also write the trace to this file (JSON Lines)");

    auto* tell = command("tell", "tell the lesson as text", "  kafkascope tell scenarios/producer/acks.json --lang ko", kafkascope::cli::tell);
    file(tell);
    world(tell);

    auto* inspect = command("inspect", "print the state at a moment", "  kafkascope inspect my.json --at 12s --path /partitions/orders-0", kafkascope::cli::inspect);
    file(inspect);
    world(inspect);
    inspect->add_option("--at", o.at, "the moment, e.g. 12.3s")->required();
    inspect->add_option("--path", o.path, "JSON pointer into the state");

    auto* check = command("check", "validate scenario files without running them", "  kafkascope check scenarios/*/*.json", kafkascope::cli::check);
    check->add_option("FILE", o.files, "scenario files")->required();
    world(check);

    auto* list = command("list", "the bundled lessons", "  kafkascope list --json", kafkascope::cli::list);
    list->add_flag("--json", o.json, "as JSON");

    auto* render = command("render", "draw a moment, or a clip, without a display",
                           "  kafkascope render my.json --at 14s --out x.png --theme dark\n  kafkascope render my.json --from 4s --to 20s --out x.gif",
                           kafkascope::cli::render);
    file(render);
    world(render);
    render->add_option("--at", o.at, "the moment");
    render->add_option("--from", o.from, "clip: begins here");
    render->add_option("--to", o.to, "clip: ends here");
    render->add_option("--out", o.out, "x.png, x.mp4 or x.gif")->required();
    render->add_option("--size", o.size, "WIDTHxHEIGHT");
    render->add_option("--theme", o.theme, "light or dark")->check(CLI::IsMember({"light", "dark"}));
    render->add_option("--view", o.view, "lesson, workbench or presenter")->check(CLI::IsMember({"lesson", "workbench", "presenter"}));

    auto* page = command("export", "write a page of the lesson", "  kafkascope export my.json --format html --out lesson.html", kafkascope::cli::export_page);
    file(page);
    world(page);
    page->add_option("--format", o.format, "html")->required()->check(CLI::IsMember({"html"}));
    page->add_option("--out", o.out, "the file to write")->required();

    for (const char* later : {"explore", "compare", "why", "grade", "drill", "tool", "serve"}) {
      CLI::App* sub = app.add_subcommand(later, "not there yet");
      sub->allow_extras();
      sub->fallthrough(false);
      sub->callback([this, later] {
        std::cerr << later << ": not there yet; kafkascope run, tell, inspect, check, list, render, export and new are\n";
        chosen = [](const Options&) -> int { return kafkascope::cli::kBadInput; };
      });
    }

    auto* fresh = command("new", "write a scenario to start from", "  kafkascope new lesson --out mine.json", kafkascope::cli::new_file);
    fresh->add_option("TEMPLATE", o.template_name, "minimal, lesson, incident, before-after or guard");
    fresh->add_option("--out", o.out, "the file to write")->required();
  }
};

}  // namespace

int main(int argc, char** argv) {
  Program program;
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return program.app.exit(e);
  } catch (const CLI::ParseError& e) {
    program.app.exit(e);
    return kafkascope::cli::kBadInput;
  }
  if (program.o.lang.empty()) program.o.lang = kafkascope::cli::language_of_environment();
  try {
    return (program.chosen != nullptr ? program.chosen : kafkascope::cli::dashboard)(program.o);
  } catch (const std::exception& e) {
    std::cerr << "kafkascope: " << e.what() << "\n";
    return kafkascope::cli::kCannot;
  }
}
