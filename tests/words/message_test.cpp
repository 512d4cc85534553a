// Patterns, messages, particles.
#include "words/message.h"

#include <cstdint>
#include <string>
#include <vector>

#include "support.h"
#include "words/pattern.h"

using namespace kafkascope::words;

TEST_CASE("arguments are inserted by name, in each language's own order") {
  CHECK(render(Lang::En, "ui.step_of"_w, {{"step", "2"}, {"steps", "7"}}) == "step 2 of 7");
  CHECK(render(Lang::Ko, "ui.step_of"_w, {{"step", "2"}, {"steps", "7"}}) == "7단계 중 2단계");
  const Message m("ui.step_of"_w, {{"steps", 7}, {"step", std::int64_t{2}}});
  CHECK(render(Lang::En, m) == "step 2 of 7");
  CHECK(render(Lang::Ko, m) == "7단계 중 2단계");
  CHECK(render(Lang::En, "ui.step_of"_w, {{"step", "2"}}) == "step 2 of {steps}");
  CHECK(std::string(text(Lang::Ko, "ui.undo"_w)) == "되돌리기");
  CHECK(std::string(text(Lang::En, Key())) == "");
  CHECK(std::string(text(Lang::En, Key(std::string_view("no.such")))) == "?");
}

TEST_CASE("a message may contain another message, and Korean particles follow the word before them") {
  const Message inner("ui.step_of"_w, {{"step", 1}, {"steps", 3}});
  CHECK(render(Lang::En, Message("ui.back_to"_w, {{"what", inner}})) == "Back to step 1 of 3");
  CHECK(render(Lang::Ko, Message("ui.back_to"_w, {{"what", inner}})) == "3단계 중 1단계로 돌아가기");
  CHECK(render(Lang::Ko, "ui.back_to"_w, {{"what", "broker-3"}}) == "broker-3으로 돌아가기");
  CHECK(render(Lang::Ko, "ui.back_to"_w, {{"what", "broker-1"}}) == "broker-1로 돌아가기");
  CHECK(render(Lang::En, "ui.now_you_deed"_w, {{"deed", "a <이/가> b"}}) == "Your turn: a <이/가> b");
}

TEST_CASE("patterns may have singular and plural forms, optional parts and braces") {
  const auto said = [](std::string_view pattern, std::initializer_list<Arg> arguments) {
    return render_pattern(Lang::En, pattern, arguments);
  };
  CHECK(said("{n} {n:record|records}", {{"n", "1"}}) == "1 record");
  CHECK(said("{n} {n:record|records}", {{"n", "12"}}) == "12 records");
  CHECK(said("stopped{why?: {why}}", {{"why", "no disk"}}) == "stopped: no disk");
  CHECK(said("stopped{why?: {why}}", {{"why", ""}}) == "stopped");
  CHECK(said("stopped{why?: {why} ({n} {n:time|times})}.", {{"why", "x"}, {"n", "2"}}) == "stopped: x (2 times).");
  CHECK(said("{{\"at\": {at}}}", {{"at", "1"}}) == "{\"at\": 1}");
}

TEST_CASE("check() and the renderer do not crash for any pattern") {
  std::uint64_t state = 7;
  const std::string alphabet = "{}{}:|?<>/ab\"\\ ";
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern;
    for (int n = 0; n < 12; ++n) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      pattern += alphabet[(state >> 33) % alphabet.size()];
    }
    CAPTURE(pattern);
    const Checked checked = check(pattern);
    CHECK(checked.at <= pattern.size());
    const std::string out = render_pattern(Lang::Ko, pattern, {{"a", "x"}, {"b", "1"}});
    CHECK(out.size() <= pattern.size() + 12);
    std::vector<std::string> store;
    read_catalogue("{\"ui.a\": \"" + pattern + "\"}", "x.json", store);
    read_catalogue(pattern, "x.json", store);
  }
}

TEST_CASE("a key is a dotted name in lower case, and the literal suffix makes the same key") {
  CHECK("ui.undo"_w == Key(std::string_view("ui.undo")));
  CHECK(is_key("config.linger.ms"));
  CHECK_FALSE(is_key("undo"));
  CHECK_FALSE(is_key("ui.Undo"));
  CHECK_FALSE(is_key(".ui"));
  CHECK_FALSE(is_key("ui."));
}
