// The terminal as a user operates it: by keys and pointer, over a running world.
#include "player/helpers.h"
#include "ui/looks.h"
#include "ui/panels/panels.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;

namespace {

/// The window's loop: the player carries out the actions that the frame requests.
void loop(ui::Headless& h, Player& player, int frames = 3) {
  for (int i = 0; i < frames; ++i) {
    take_models(h, player);
    h.frame();
    for (const Action& a : h.actions()) player.act(a);
  }
  h.log = player.log();
}

void type_command(ui::Headless& h, Player& player, const char* command) {
  REQUIRE(h.click(make_id("tool field")));
  loop(h, player);
  h.type(command);
  loop(h, player);
  h.enter();
  loop(h, player, 5);
}

bool any_changed(const ui::TerminalModel& model) {
  for (const auto& line : model.lines)
    for (const auto& cell : line.cells)
      if (cell.changed) return true;
  return false;
}

std::string printed(const ui::TerminalModel& model) {
  std::string text;
  for (const auto& line : model.lines) {
    for (const auto& cell : line.cells) text += cell.text;
    text += '\n';
  }
  return text;
}

struct Opened {
  explicit Opened(const char* name = kFailover) : text(text_of(name)), player(parse(text), "x", text) {
    h.size(1280, 720);
    h.dashboard.set_layout(Layout::Workbench);
    player.play(false);
    player.seek(sim::Instant{2'000'000});
    loop(h, player);
    h.settle();
    h.key(ui::kKey0);
    loop(h, player);
  }
  std::string text;
  Player player;
  ui::Headless h;
};

}  // namespace

TEST_CASE("the terminal: the output of a typed command follows the playhead, and changed values are marked") {
  Opened o;
  CHECK(ui::shows(o.h, "What would Kafka's own tools say now?"));
  type_command(o.h, o.player, "kafka-topics --describe --topic orders");
  CHECK(printed(o.h.log.terminal).find("Partition: 0    Leader: 1") != std::string::npos);
  CHECK_FALSE(any_changed(o.h.log.terminal));
  o.player.seek(sim::Instant{20'000'000});
  loop(o.h, o.player);
  CHECK(printed(o.h.log.terminal).find("Partition: 0    Leader: 2") != std::string::npos);
  CHECK(any_changed(o.h.log.terminal));
  CHECK(!ui::marks(o.h, "changed cell").empty());
  o.player.seek(sim::Instant{2'000'000});
  loop(o.h, o.player);
  CHECK(printed(o.h.log.terminal).find("Partition: 0    Leader: 1") != std::string::npos);
}

TEST_CASE("the terminal: no key reaches the world while its field has the focus, not even between command and answer") {
  Opened o;
  o.h.dashboard.state().selection = "broker-1";
  o.h.dashboard.state().selected_wall = 1e9;
  const auto before = o.player.session().cluster().digest();
  REQUIRE(o.h.click(make_id("tool field")));
  loop(o.h, o.player);
  struct {
    int key;
    const char* text;
  } const keys[] = {{ui::kKeyC, "c"}, {ui::kKeyX, "x"},   {ui::kKeySpace, " "}, {ui::kKeyEnter, ""},
                    {ui::kKeyC, "c"}, {ui::kKeyUp, ""},   {ui::kKeyN, "n"},     {ui::kKeyTab, ""},
                    {ui::kKeyX, "x"}, {ui::kKeyDown, ""}, {ui::kKeyC, "c"}};
  for (const auto& k : keys) {
    o.h.key(k.key);
    o.h.type(k.text);
    o.h.frame();
    for (const Action& a : o.h.actions()) {
      CHECK(a.kind == ActionKind::AskTool);
      o.player.act(a);
    }
  }
  loop(o.h, o.player);
  CHECK(o.player.session().cluster().digest() == before);
  CHECK(o.h.dashboard.state().layout == Layout::Workbench);
}

TEST_CASE("the terminal takes the keys as soon as its tab is chosen, by key or by click") {
  for (const bool by_click : {false, true}) {
    CAPTURE(by_click);
    Opened o;
    if (by_click) {
      o.h.key(ui::kKeyEscape);
      loop(o.h, o.player);
      o.h.dashboard.state().choose(ui::Tab::Partitions);
      loop(o.h, o.player);
      REQUIRE(o.h.click(make_id("tab", static_cast<std::uint64_t>(ui::Tab::Terminal))));
      loop(o.h, o.player, 4);
    }
    const std::uint64_t events = o.player.session().events();
    o.h.type("kafka-topics --list");
    loop(o.h, o.player);
    o.h.enter();
    loop(o.h, o.player, 5);
    CHECK(printed(o.h.log.terminal).find("orders") != std::string::npos);
    CHECK(o.h.dashboard.state().tab == ui::Tab::Terminal);
    CHECK(o.player.session().events() == events);
    // Escape gives the keys back to the window.
    o.h.key(ui::kKeyEscape);
    loop(o.h, o.player);
    o.h.key(ui::kKey1);
    loop(o.h, o.player);
    CHECK(o.h.dashboard.state().tab != ui::Tab::Terminal);
  }
}

TEST_CASE("the terminal: Tab completes names of this world, Up recalls a command, and a click runs a suggestion") {
  Opened o;
  REQUIRE(o.h.click(make_id("tool suggestion", 0)));
  loop(o.h, o.player, 5);
  const std::string first = o.h.log.terminal.command;
  CHECK(first.starts_with("kafka-topics"));
  CHECK_FALSE(o.h.log.terminal.lines.empty());
  auto& tool = o.h.dashboard.state().tool;
  tool.text.clear(), ++tool.generation, tool.grab = true;
  loop(o.h, o.player, 4);
  o.h.type("kafka-topics --describe --topic ord");
  loop(o.h, o.player);
  CHECK(o.h.log.terminal.completions == std::vector<std::string>{"orders"});
  o.h.key(ui::kKeyTab);
  loop(o.h, o.player, 4);
  CHECK(tool.text == "kafka-topics --describe --topic orders ");
  o.h.enter();
  loop(o.h, o.player, 5);
  CHECK(o.h.log.terminal.command == "kafka-topics --describe --topic orders");
  o.h.key(ui::kKeyUp);
  o.h.frame();
  o.h.key(ui::kKeyUp);
  loop(o.h, o.player, 4);
  CHECK(tool.text == first);
}

TEST_CASE(
    "the terminal: unsupported commands are refused in the reader's language, and Copy copies the command and its output") {
  Opened o;
  type_command(o.h, o.player, "kafka-topics --describe --nonsense");
  o.h.dashboard.set_language(ui::Lang::Ko);
  loop(o.h, o.player);
  CHECK(ui::shows(o.h, "지원하지 않아요"));
  auto& tool = o.h.dashboard.state().tool;
  tool.command = "kafka-topics --list";
  loop(o.h, o.player);
  REQUIRE(o.h.click(make_id("tool copy")));
  o.h.frame();
  const Action copied = o.h.take(ActionKind::CopyText);
  CHECK(copied.text.find("$ kafka-topics --list\n") == 0);
  CHECK(copied.text.find("\norders\n") != std::string::npos);
}

TEST_CASE("the terminal is drawn in both languages and several sizes with nothing cut or overlapping") {
  Opened o;
  for (const char* command :
       {"", "kafka-topics --describe --topic orders", "kafka-metadata-quorum describe --replication",
        "kafka-topics --describe --unavailable-partitions", "kafka-topics --oops"})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
      for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}, std::pair{1024.f, 768.f}}) {
        CAPTURE(command);
        const float across = w;  // clang 14 captures no structured binding
        CAPTURE(across);
        o.h.dashboard.set_language(lang);
        o.h.size(w, height);
        o.h.dashboard.state().tool.command = o.h.dashboard.state().tool.text = command;
        loop(o.h, o.player);
        ui::clean(o.h);
      }
}

TEST_CASE("the terminal: where lines go on to the right, a bar says so, and it moves with them") {
  Opened o;
  const auto bars = [&](const char* command) {
    o.h.dashboard.state().tool.command = o.h.dashboard.state().tool.text = command;
    loop(o.h, o.player, 5);
    return ui::marks(o.h, "scroll bar across");
  };
  CHECK(bars("kafka-topics --list").empty());
  const std::vector<ui::Rect> at_first = bars("kafka-topics --describe");
  REQUIRE(at_first.size() == 1);
  o.h.dashboard.state().tool.scroll_x = 1e6f;
  const std::vector<ui::Rect> at_end = ui::marks(o.h, "scroll bar across");
  REQUIRE(at_end.size() == 1);
  CHECK(at_end[0].x > at_first[0].x);
  CHECK(at_end[0].right() <= 1280);
}

TEST_CASE("the terminal: a lesson enters its command without taking the focus, and does not replace a typed command") {
  Opened o("delivery/hanging-transaction");
  CHECK(o.h.log.terminal.command.empty());
  o.player.seek(sim::Instant{20'000'000});
  loop(o.h, o.player, 5);
  CHECK(o.player.lesson().view.tool == "kafka-transactions find-hanging --topic pay --max-transaction-timeout 0");
  CHECK(o.h.log.terminal.command == o.player.lesson().view.tool);
  CHECK(printed(o.h.log.terminal).find("StartOffset") != std::string::npos);
  CHECK_FALSE(o.h.dashboard.state().tool.typing);
  o.h.dashboard.state().tool.text.clear();
  ++o.h.dashboard.state().tool.generation;
  type_command(o.h, o.player, "kafka-topics --list");
  CHECK(o.h.log.terminal.command == "kafka-topics --list");
}
