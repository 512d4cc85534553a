// kafkascope site: pages that stand alone, whatever a scenario says.
#include "app/program.h"

TEST_CASE("site: what a scenario says stays text, and a page asks nobody but its own folder for anything") {
  const TemporaryFile file("hostile.json", R"({"format": 1, "id": "hostile",
    "title": {"en": "<script>alert(1)</script>", "ko": "\"><img src=http://example.org/x>"},
    "summary": {"en": "a & b", "ko": "가"}, "concepts": ["leader", "<b>"],
    "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 1},
    "steps": [{"at": "0s", "say": {"en": "<iframe src='http://example.org'>", "ko": "<b onclick=x>"}}],
    "until": "100ms"})");
  const std::filesystem::path out = temporary("site");
  const Ran r =
      run("site " + file.path.string() + " --out " + out.string() + " --url https://example.org/lessons 2>&1");
  if (r.out.find("built without the dashboard") != std::string::npos) return;
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
