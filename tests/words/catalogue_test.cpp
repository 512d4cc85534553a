// The two catalogues are complete, parallel and fully used; and the messages about an invalid catalogue.
#include "words/catalogue.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "support.h"
#include "words/message.h"
#include "words/pattern.h"

using namespace kafkascope::words;

namespace {

/// Families whose keys are composed of a prefix and a Kafka name or an id, so that the program has no literal for each
/// key.
constexpr std::string_view kFamilies[] = {"glossary.", "config.", "error.", "fact.", "field.",
                                          "mbean.",    "reason.", "said.",  "verb."};

bool in_family(std::string_view key) {
  return std::any_of(std::begin(kFamilies), std::end(kFamilies),
                     [&](std::string_view f) { return key.starts_with(f); });
}

std::set<std::string> keys(Lang lang) {
  std::set<std::string> all;
  for (const Row& row : built_in(lang).rows()) all.insert(row.key);
  return all;
}

/// A use of a key in the sources, with the names of its arguments.
struct Use {
  std::string key, file;
  bool has_arguments = false;
  std::vector<std::string_view> names;
};

std::vector<Use> uses_in(const std::string& text, const std::string& file) {
  std::vector<Use> all;
  if (file.ends_with(".js") || file.ends_with(".html")) {  // say('web.ok'), @en.web.no_script@
    static const std::regex named("(?:'|@(?:en|ko)\\.)((?:web|ui)\\.[a-z_]+)['@]");
    for (std::sregex_iterator use(text.begin(), text.end(), named); use != std::sregex_iterator(); ++use)
      all.push_back({(*use)[1], file, false, {}});
    return all;
  }
  for (std::size_t at = text.find("\"_w"); at != std::string::npos; at = text.find("\"_w", at + 1)) {
    const std::size_t open = text.rfind('"', at - 1);
    Use use{text.substr(open + 1, at - open - 1), file, false, {}};
    std::size_t i = at + 3;
    const auto skip = [&] { i = std::min(text.find_first_not_of(" \n", i), text.size()); };
    skip();
    if (i < text.size() && text[i] == ',') {
      ++i;
      skip();
      if (text.compare(i, 3, "{{\"") == 0) {
        use.has_arguments = true;
        int depth = 0;
        for (; i < text.size(); ++i) {
          if (text[i] == '{' || text[i] == '(') {
            ++depth;
            if (depth == 2 && text[i] == '{' && text[i + 1] == '"')
              use.names.push_back(std::string_view(text).substr(i + 2, text.find('"', i + 2) - i - 2));
          }
          if ((text[i] == '}' || text[i] == ')') && --depth == 0) break;
        }
        std::sort(use.names.begin(), use.names.end());
      }
    }
    all.push_back(std::move(use));
  }
  return all;
}

std::string first_problem(std::string_view text) {
  std::vector<std::string> store;
  const Read read = read_catalogue(text, "ko.json", store);
  return read.problems.empty() ? "" : to_text(read.problems.front(), Lang::En);
}

}  // namespace

TEST_CASE("both catalogues have the same keys in the same order, with the same arguments") {
  const auto en = built_in(Lang::En).rows(), ko = built_in(Lang::Ko).rows();
  REQUIRE(en.size() == ko.size());
  for (std::size_t i = 0; i < en.size(); ++i) {
    CAPTURE(en[i].key);
    CHECK(std::string_view(en[i].key) == ko[i].key);
    const Checked a = check(en[i].text), b = check(ko[i].text);
    CHECK(a.fault == Fault::None);
    CHECK(b.fault == Fault::None);
    CHECK(a.names == b.names);
    CHECK(is_key(en[i].key));
  }
}

TEST_CASE("the compiled-in catalogues equal their files") {
  for (const Lang lang : kLangs) {
    std::vector<std::string> store;
    const std::string name = std::string(code(lang)) + ".json";
    const Read read = read_catalogue(words_read(words_source("assets/words/" + name)), name, store);
    for (const Problem& p : read.problems) FAIL_CHECK(to_text(p, Lang::En));
    CHECK(compare_with_built_in(read.rows, name).empty());
    REQUIRE(read.rows.size() == built_in(lang).rows().size());
    for (std::size_t i = 0; i < read.rows.size(); ++i) {
      CHECK(std::string_view(read.rows[i].key) == built_in(lang).rows()[i].key);
      CHECK(std::string_view(read.rows[i].text) == built_in(lang).rows()[i].text);
      CHECK(built_in(lang).find(Key(std::string_view(read.rows[i].key))) == built_in(lang).rows()[i].text);
    }
  }
  CHECK(built_in(Lang::En).find(Key(std::string_view("no.such_key"))) == nullptr);
}

TEST_CASE("the sources use exactly the keys that the catalogues have") {
  const std::set<std::string> known = keys(Lang::En);
  std::set<std::string> used;
  for (const auto& file : words_sources()) {
    const std::string text = words_read(file);
    for (const Use& use : uses_in(text, file.filename().string())) {
      if (use.file == "key.h" || use.file == "message.h" || use.file == "strings.h") continue;  // examples in comments
      CAPTURE(use.file);
      CAPTURE(use.key);
      CHECK(known.contains(use.key));
      used.insert(use.key);
      if (!use.has_arguments) continue;
      const char* english = built_in(Lang::En).find(Key(std::string_view(use.key)));
      if (english != nullptr) CHECK(check(english).names == use.names);
    }
  }
  for (const std::string& key : known) {
    CAPTURE(key);
    CHECK((used.contains(key) || in_family(key)));
  }
}

TEST_CASE("no two keys have the same text in both languages") {
  std::map<std::pair<std::string, std::string>, std::string> seen;
  for (const Row& row : built_in(Lang::En).rows()) {
    if (in_family(row.key)) continue;
    const auto stood =
        seen.emplace(std::pair(row.text, built_in(Lang::Ko).find(Key(std::string_view(row.key)))), row.key);
    const std::string& first = stood.first->second;
    CAPTURE(row.key);
    CAPTURE(first);
    CHECK(stood.second);
  }
}

TEST_CASE("no file in src/ has Korean text") {
  std::string names;
  for (const auto& file : words_sources()) {
    const std::string text = words_read(file);
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
      const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[i + n]); };
      const unsigned code = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
      if ((byte(0) & 0xF0) == 0xE0 && code >= 0xAC00 && code <= 0xD7A3) {
        names += file.string() + "\n";
        break;
      }
    }
  }
  CAPTURE(names);
  CHECK(names.empty());
}

TEST_CASE("only the writer of --trace reads a line's numbers and text by their positions") {
  std::string names;
  for (const auto& file : words_sources()) {
    const std::string name = file.generic_string();
    const bool of_facts = name.find("/src/sim/") != std::string::npos || name.ends_with("/trace_writer.cpp");
    if (!of_facts && words_read(file).find("LineParts") != std::string::npos) names += name + "\n";
  }
  CHECK(names.empty());
}

TEST_CASE("the number of places that search the free text of a fact does not grow") {
  // The facts with free text (tests/protocol/facts_test.cpp). Story::act_of has an act's fields.
  constexpr int kPlaces = 8;  // lower it when a place is removed
  int places = 0;
  std::string names;
  for (const auto& file : words_sources()) {
    const std::string text = words_read(file);
    for (const std::string_view use : {"arguments.view()", "said.view()"})
      for (std::size_t at = text.find(use); at != std::string::npos; at = text.find(use, at + use.size())) {
        ++places;
        names += file.string() + ": " + std::string(use) + "\n";
      }
  }
  CAPTURE(names);
  CHECK(places == kPlaces);
}

TEST_CASE("the window's sources have only symbols for which its font has a glyph") {
  const std::string_view drawn = "\u2190\u2192\u2260\u2264\u2265";  // of U+2190 to U+2BFF
  for (const auto& file : words_sources()) {
    if (file.string().find("/src/ui/") == std::string::npos && file.string().find("/src/observe/") == std::string::npos)
      continue;
    const std::string text = words_read(file);
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
      const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[i + n]); };
      const unsigned code = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
      if ((byte(0) & 0xF0) != 0xE0 || code < 0x2190 || code > 0x2BFF) continue;
      if (text.rfind("//", i) != std::string::npos && text.rfind("//", i) > text.rfind('\n', i)) continue;  // a comment
      CAPTURE(file.string());
      CHECK_MESSAGE(drawn.find(text.substr(i, 3)) != std::string_view::npos, text.substr(i, 3));
    }
  }
}

TEST_CASE("a malformed catalogue is refused, and the error names the problem and its place") {
  CHECK(first_problem("") == "ko.json:1:1: a catalogue is one JSON object: it begins with '{'");
  CHECK(first_problem("{\n  \"ui.a\" \"b\"}") == "ko.json:2:10: a ':' belongs between key and pattern");
  CHECK(first_problem("{\n  \"ui.a\": 3}") == "ko.json:2:11: a string in double quotes belongs here");
  CHECK(first_problem("{\n  \"ui.a\": \"b\"\n  \"ui.c\": \"d\"}") ==
        "ko.json:3:3: a ',' or the closing '}' belongs here");
  CHECK(first_problem("{\"ui.a\": \"b\n\"}") ==
        "ko.json:1:12: the string does not end on its line; write a line break as \\n");
  CHECK(first_problem("{\"ui.a\": \"\\u0041\"}") ==
        "ko.json:1:11: only \\\", \\\\, \\/, \\n and \\t can be escaped; write other characters as they are");
  CHECK(first_problem("{\"ui.a\": \"b\"} x") == "ko.json:1:15: nothing may follow the closing '}'");
  CHECK(first_problem("{\"Ui\": \"b\"}") ==
        "ko.json:1:2: \"Ui\" is not a key: keys are lower-case words with dots between");
  CHECK(first_problem("{\"ui.a\": \"b\",\n\"ui.a\": \"c\"}") ==
        "ko.json:2:1: \"ui.a\" appears a second time; the first is on line 1");
  CHECK(first_problem("{\"ui.a\": \"b {c\"}") == "ko.json:1:13: this '{' is never closed; write a literal brace twice");
  CHECK(first_problem("{\"ui.a\": \"b }\"}") == "ko.json:1:13: this '}' closes nothing; write a literal brace twice");
  CHECK(first_problem("{\"ui.a\": \"b {0}\"}") ==
        "ko.json:1:14: an argument's name belongs here, in lower case: {broker}");
  CHECK(first_problem("{\"ui.a\": \"{n:one}\"}") ==
        "ko.json:1:13: two forms separated by '|' belong here, without braces: {count:record|records}");
  CHECK(first_problem("{\"ui.a\": \"{n}<이/은>\"}").starts_with("ko.json:1:14: no such particle"));
  CHECK(first_problem("{\"ui.a\": \"{n}<이/가> <b> a/b\"}") == "");
}

TEST_CASE("a catalogue with unknown keys or arguments is reported") {
  std::vector<std::string> store;
  const Read read = read_catalogue("{\n\"ui.undo\": \"Back {far}\",\n\"ui.step_of\": \"{step}\",\n\"ui.no\": \"x\"}",
                                   "en.json", store);
  REQUIRE(read.problems.empty());
  std::vector<std::string> said;
  for (const Problem& p : compare_with_built_in(read.rows, "en.json")) said.push_back(to_text(p, Lang::En));
  REQUIRE(said.size() > 4);
  CHECK(said[0] == "en.json:2:13: \"ui.undo\" takes no arguments, but the pattern names {far}");
  CHECK(said[1] == "en.json:3:16: \"ui.step_of\" takes the arguments {step}, {steps}, but the pattern names {step}");
  CHECK(said[2] == "en.json:4:11: \"ui.no\" is unknown to this program; remove the line or correct the key");
  CHECK(said[3].find("is missing") != std::string::npos);
}

TEST_CASE("a folder of catalogues replaces the compiled-in ones; if it is faulty nothing changes") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "kafkascope-words-test";
  fs::create_directories(folder);
  fs::remove(folder / "en.json");
  fs::remove(folder / "ko.json");
  REQUIRE(use_folder(folder.string()).size() == 1);
  std::string ko = words_read(words_source("assets/words/ko.json"));
  const std::string line = "\"ui.undo\": \"되돌리기\"";
  REQUIRE(ko.find(line) != std::string::npos);
  ko.replace(ko.find(line), line.size(), "\"ui.undo\": \"무르기\"");
  std::ofstream(folder / "ko.json") << ko;
  CHECK(use_folder(folder.string()).empty());
  CHECK(std::string(text(Lang::Ko, "ui.undo"_w)) == "무르기");
  CHECK(std::string(text(Lang::En, "ui.undo"_w)) == "Undo");
  std::ofstream(folder / "ko.json") << "{}";
  CHECK(use_folder(folder.string()).size() == built_in(Lang::Ko).rows().size());
  CHECK(std::string(text(Lang::Ko, "ui.undo"_w)) == "무르기");
  CHECK(use_folder(words_source("assets/words").string()).empty());
  CHECK(std::string(text(Lang::Ko, "ui.undo"_w)) == "되돌리기");
  fs::remove_all(folder);
}
