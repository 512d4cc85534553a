// kafkascope site: its pages work without anything else, whatever texts a scenario contains.
#include <cstdlib>

#include "app/base64.h"
#include "app/program.h"

namespace {

/// The text between two marks in a page.
std::string between(const std::string& page, const std::string& begin, const std::string& end) {
  const std::size_t from = page.find(begin);
  REQUIRE(from != std::string::npos);
  const std::size_t to = page.find(end, from + begin.size());
  REQUIRE(to != std::string::npos);
  return page.substr(from + begin.size(), to - from - begin.size());
}

/// The hash by which a policy names a text, computed by another program.
std::string named_by_policy(const std::string& text) {
  const TemporaryFile file("hashed", text);
  FILE* pipe = popen(("cmake -E sha256sum " + file.name()).c_str(), "r");
  REQUIRE(pipe != nullptr);
  char hex[65] = {};
  REQUIRE(std::fread(hex, 1, 64, pipe) == 64);
  pclose(pipe);
  std::string bytes;
  for (int i = 0; i < 64; i += 2) bytes += static_cast<char>(std::strtol(std::string(hex + i, 2).c_str(), nullptr, 16));
  return "'sha256-" + kafkascope::app::base64(bytes) + "'";
}

bool without_dashboard(const Ran& r) { return r.out.find("built without the dashboard") != std::string::npos; }

}  // namespace

TEST_CASE("site: the words of a scenario are escaped, and a page loads nothing from outside its folder") {
  const TemporaryFile file("hostile.json", R"({"format": 1, "id": "hostile",
    "title": {"en": "<script>alert(1)</script>", "ko": "\"><img src=http://example.org/x>"},
    "summary": {"en": "a & b", "ko": "가"}, "concepts": ["leader", "<b>"],
    "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 1},
    "steps": [{"at": "0s", "say": {"en": "<iframe src='http://example.org'>", "ko": "<b onclick=x>"}}],
    "until": "100ms"})");
  const std::filesystem::path out = temporary("site");
  const Ran r =
      run("site " + file.path.string() + " --out " + out.string() + " --url https://example.org/lessons 2>&1");
  if (without_dashboard(r)) return;
  REQUIRE(r.status == 0);
  const std::string id = file.path.stem().string();
  for (const char* language : {"en", "ko"}) {
    for (const std::string& name : {id, std::string("index")}) {
      CAPTURE(language);
      CAPTURE(name);
      const std::string page = read(out / language / (name + ".html"));
      CHECK(page.find(std::string("<html lang=\"") + language + "\">") != std::string::npos);
      CHECK(page.find("Content-Security-Policy") != std::string::npos);
      for (const char* markup : {"<script", "<iframe", "<b ", "<img src=http", "src=\"http", "href=\"http"})
        CHECK(page.find(markup) == std::string::npos);
    }
    CHECK(read(out / language / (id + ".html")).find("../../?anyway#" + id + "&amp;lang=" + language) !=
          std::string::npos);
    CHECK(read(out / language / (id + ".html"))
              .find(language == std::string("en") ? "<dt>leader</dt><dd>The replica" : "<dt>리더</dt><dd>") !=
          std::string::npos);
    CHECK(std::filesystem::exists(out / "pictures" / (id + "-" + language + "-1.png")));
  }
  CHECK(read(out / "sitemap.xml").find("https://example.org/lessons/ko/" + id + ".html") != std::string::npos);
  std::filesystem::remove_all(out);
}

TEST_CASE("site: a file's name is escaped in addresses") {
  const std::string id = "50% of #1? 첫 번째&'";
  const std::filesystem::path folder = temporary("names"), out = temporary("site-names");
  std::filesystem::create_directories(folder);
  std::ofstream(folder / (id + ".json")) << small_scenario(
      R"(, "steps": [{"at": "0s", "say": {"en": "x", "ko": "가"}}, {"at": "1s", "ask": {"question": {"en": "Why?", "ko": "왜요?"},
        "choices": [{"text": {"en": "a", "ko": "가"}}, {"text": {"en": "b", "ko": "나"}}], "answer": 0, "why": {"en": "a", "ko": "가"}}}])");
  const Ran r = run("site \"" + (folder / (id + ".json")).string() + "\" --out " + out.string() +
                    " --url https://example.org/ 2>&1");
  if (without_dashboard(r)) return;
  CAPTURE(r.out);
  REQUIRE(r.status == 0);
  const std::string address = "50%25%20of%20%231%3F%20%EC%B2%AB%20%EB%B2%88%EC%A7%B8%26%27";
  for (const char* language : {"en", "ko"}) {
    CAPTURE(language);
    const std::string other = language == std::string("en") ? "ko" : "en", index = read(out / language / "index.html"),
                      page = read(out / language / (id + ".html"));
    const std::string link = "<a href=\"" + address + ".html\">";
    CHECK(index.find(link) != index.rfind(link));  // by track and by question
    CHECK(page.find("<a lang=\"" + other + "\" href=\"../" + other + "/" + address + ".html\">") != std::string::npos);
    CHECK(page.find("hreflang=\"" + other + "\" href=\"../" + other + "/" + address + ".html\"") != std::string::npos);
    CHECK(page.find("src=\"../pictures/" + address + "-" + language + "-1.png\"") != std::string::npos);
    CHECK(page.find("../../?anyway#" + address + "&amp;lang=") != std::string::npos);
    CHECK(std::filesystem::exists(out / "pictures" / (id + "-" + language + "-1.png")));
    CHECK(page.find(language == std::string("en") ? "<time>1.000 s</time>" : "<time>1.000초</time>") !=
          std::string::npos);
  }
  CHECK(read(out / "sitemap.xml").find("<loc>https://example.org/en/" + address + ".html</loc>") != std::string::npos);
  std::filesystem::remove_all(folder);
  std::filesystem::remove_all(out);
}

TEST_CASE("export: a page's policy allows its own style, script and pictures, and nothing else") {
  const TemporaryFile file("exported.json",
                           small_scenario(R"(, "steps": [{"at": "0s", "say": {"en": "<b onclick=x>", "ko": "가"}}])")),
      out("exported.html", "");
  const Ran r = run("export " + file.name() + " --format html --out " + out.name() + " 2>&1");
  if (without_dashboard(r)) return;
  REQUIRE(r.status == 0);
  const std::string page = read(out.path);
  const std::string style = between(page, "<style>", "</style>"), script = between(page, "<script>", "</script>");
  CHECK(between(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">") ==
        "default-src 'none'; img-src data:; style-src " + named_by_policy(style) + "; script-src " +
            named_by_policy(script) + "; base-uri 'none'; form-action 'none'");
  CHECK(page.find("Content-Security-Policy") < page.find("<style>"));
  std::string rest = page;
  rest.erase(rest.find(style), style.size());
  rest.erase(rest.find(script), script.size());
  CHECK(rest.find("<style") == rest.rfind("<style"));
  CHECK(rest.find("<script") == rest.rfind("<script"));
  for (const char* inside : {" style=", " onclick=", " onload=", "javascript:", "src=\"http", "<link"}) {
    CAPTURE(inside);
    std::string tags;  // the text between < and >, since a lesson's words may be anything
    for (std::size_t at = 0; (at = rest.find('<', at)) != std::string::npos; ++at)
      tags += rest.substr(at, rest.find('>', at) - at);
    CHECK(tags.find(inside) == std::string::npos);
  }
}
