// Links to a moment: their parts, and that a written link reads back the same.
#include "app/link.h"
#include "app/kept_session.h"

#include <doctest/doctest.h>

#include <cstdint>

#include "app/packed.h"

using namespace kafkascope::app;

TEST_CASE("a fragment such as #acks@6.2s, alone or at the end of an address, opens a bundled lesson at that moment") {
  for (const char* text :
       {"#acks@6.2s", "https://example.org/kafkascope/#acks@6.2s", "http://127.0.0.1:8080/#acks@6.2s"}) {
    CAPTURE(text);
    const auto link = parse_link(text);
    REQUIRE(link);
    CHECK(link->lesson == "acks");
    CHECK(link->at == "6.2s");
  }
  CHECK(parse_link("#acks")->lesson == "acks");
  CHECK(parse_link("#acks")->at.empty());
  CHECK(parse_link("#")->lesson.empty());
  CHECK(parse_link("https://example.org/")->lesson.empty());
}

TEST_CASE("a link to a file has the form file@time#selection; a plain name is not a link") {
  const auto link = parse_link("/tmp/a@b/mine.json@12s#broker-1");
  REQUIRE(link);
  CHECK(link->lesson == "/tmp/a@b/mine.json");
  CHECK(link->at == "12s");
  CHECK(link->select == "broker-1");
  CHECK_FALSE(parse_link("mine.json"));
  CHECK_FALSE(parse_link(""));
}

TEST_CASE("a link keeps the selection, the language and the layout, with any characters in them") {
  const Link link{"my lesson & more#1", "", "6.2s", "/groups/결제/state", "ko", "workbench"};
  const std::string text = link_text(link);
  CHECK(text.find_first_of(" \"<>") == std::string::npos);
  CHECK(text.rfind('#') == 0);
  const auto again = parse_link(text);
  REQUIRE(again);
  CHECK(again->lesson == link.lesson);
  CHECK(again->at == link.at);
  CHECK(again->select == link.select);
  CHECK(again->lang == link.lang);
  CHECK(again->layout == link.layout);
  CHECK(link_text(Link{"acks", "", "6.2s", "", "", ""}) == "#acks@6.2s");
}

TEST_CASE("a link with an empty scenario is reported as broken") {
  for (const char* text : {"#=", "#=@6.2s", "#=&lang=ko"}) {
    CAPTURE(text);
    const auto link = parse_link(text);
    REQUIRE(link);
    CHECK_FALSE(link->scenario.empty());
    CHECK_FALSE(unpacked(link->scenario));
  }
  CHECK(parse_link("#=@6.2s")->at == "6.2s");
}

TEST_CASE("the readable fields of a broken link are used") {
  const auto link = parse_link("#acks@6.2s&lang=fr&layout=none&select=a%2&&x&=&%zz=1");
  REQUIRE(link);
  CHECK(link->lesson == "acks");
  CHECK(link->lang.empty());
  CHECK(link->layout.empty());
  CHECK(link->select == "a%2");
}

TEST_CASE("a link can carry a whole scenario, which is read back unchanged") {
  const std::string text = R"({"format": 1, "id": "mine", "title": "내 실험", "steps": []})" + std::string(5000, ' ');
  const Link link{"", packed(text), "6.2s", "broker-1", "ko", ""};
  const std::string written = link_text(link);
  CHECK(written.starts_with("#="));
  CHECK(written.size() < 300);
  const auto again = parse_link("https://example.org/#" + written.substr(1));
  REQUIRE(again);
  CHECK(again->lesson.empty());
  CHECK(again->at == "6.2s");
  CHECK(again->select == "broker-1");
  CHECK(unpacked(again->scenario) == text);
  CHECK(unpacked(parse_link("#=" + packed(text))->scenario) == text);
}

TEST_CASE("a link that is truncated, altered or crafted to decompress to gigabytes is refused") {
  const std::string whole =
      packed(R"({"format": 1, "title": "a run", "clients": [{"id": "shop", "kind": "producer"}]})");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK_FALSE(unpacked(whole.substr(0, n)));
    std::string other = whole;
    other[n] = other[n] == 'A' ? 'B' : 'A';
    if (const auto text = unpacked(other)) CHECK(*text == *unpacked(whole));  // the last character has bits to spare
  }
  CHECK_FALSE(unpacked("not base64!"));
  CHECK_FALSE(unpacked(packed(std::string(kMostUnpacked + 1, 'x'))));
  CHECK(unpacked(packed(std::string(kMostUnpacked, 'x'))));
  std::uint32_t random = 1;
  for (int i = 0; i < 2000; ++i) {
    std::string noise;
    for (int n = 0; n < 40; ++n) noise += whole[(random = random * 1664525 + 1013904223) >> 8 & 31];
    CHECK_FALSE(unpacked("eNq" + noise));
  }
}

TEST_CASE(
    "runs in a link with a changed byte or a missing end are either refused or read, and those that are read are written back unchanged") {
  KeptSession good{"acks", {"Acks", "응답"}, R"({"format": 1})", {}};
  KeptRun run;
  run.id = 3;
  run.set = {{"seed", "7"}};
  run.acts = {{1, R"({"do": "crash", "node": "broker-1"})", true}, {2, R"({"do": "heal"})", false}};
  good.runs = {run, run};
  const std::string text = kept_text(good);
  REQUIRE(read_kept(text));
  CHECK(kept_text(*read_kept(text)) == text);
  for (const char* number : {"1e300", "-1e300", "3.5", "99999999999999999999", "4294967296", "null"}) {
    CAPTURE(number);
    std::string changed = text;
    changed.replace(changed.find("\"id\":3") + 5, 1, number);
    CHECK_FALSE(read_kept(changed));
  }
  const std::string deep(2'000'000, '['), out(2'000'000, ']');
  CHECK_FALSE(read_kept(deep));
  CHECK_FALSE(read_kept(deep + out));
  int read = 0, refused = 0;
  const auto give = [&](const std::string& changed) {
    const auto kept = read_kept(changed);
    ++(kept ? read : refused);
    if (!kept) return;
    const std::string written = kept_text(*kept);
    REQUIRE(read_kept(written));
    CHECK(kept_text(*read_kept(written)) == written);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    give(text.substr(0, i));
    for (const char c : {'0', '-', '"', '}', ',', 'e', '\xff', '\0'}) {
      std::string changed = text;
      changed[i] = c;
      give(changed);
    }
  }
  CHECK(read > 100);
  CHECK(refused > 100);
}
