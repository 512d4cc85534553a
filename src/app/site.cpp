#include "app/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <vector>

#include "app/cli/files.h"
#include "app/link.h"
#include "app/opening.h"
#include "app/page.h"
#include "ui/ui.h"

namespace kafkascope::app {
namespace {

namespace fs = std::filesystem;

/// Nothing but the site's own files: a lesson's text is somebody's, and stays text.
constexpr const char* kPolicy =
    R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'">)";

/// What the index tells of a lesson.
struct Entry {
  std::string id;
  scenario::Text title, summary;
  std::string track;
  std::vector<scenario::Text> questions;
};

const std::string& in(bool korean, const scenario::Text& text) {
  return korean && !text.ko.empty() ? text.ko : text.en;
}

class Site {
 public:
  explicit Site(const cli::Options& o) : o_(o), out_(o.out) {}

  int write() {
    std::error_code error;
    for (const char* folder : {"en", "ko", "pictures"})
      if (fs::create_directories(out_ / folder, error); error) {
        std::cerr << o_.out << cli::tr(": the folder cannot be made: ", ": 폴더를 만들 수 없어요: ") << error.message()
                  << "\n";
        return cli::kBadInput;
      }
    if (!put("site.css", std::string(page_style()) + kMore)) return cli::kCannot;
    std::vector<std::string> files = o_.files;
    if (files.empty())
      for (const fs::path& file : cli::lesson_files()) files.push_back(file.string());
    for (const std::string& file : files)
      if (const int status = lesson(file); status != cli::kOk) return status;
    for (const bool korean : {false, true})
      if (!put(std::string(folder(korean)) + "/index.html", index(korean))) return cli::kCannot;
    if (!put("index.html", entrance()) || (!o_.url.empty() && !put("sitemap.xml", sitemap()))) return cli::kCannot;
    std::cout << o_.out << "/index.html\n";
    return cli::kOk;
  }

 private:
  static constexpr const char* kMore =
      "nav a{margin-right:1em}img{height:auto}a{color:#0a5cb3}a.live{display:inline-block;background:#0a5cb3;color:#fff;"
      "padding:.4em 1.1em;border-radius:8px;text-decoration:none}\n";
  static const char* folder(bool korean) { return korean ? "ko" : "en"; }

  bool put(const std::string& name, const std::string& text) const {
    return cli::write_file((out_ / name).string(), text);
  }

  std::string page(bool korean, const std::string& file, const std::string& title, const std::string& summary,
                   const std::string& body) const {
    const char* other = folder(!korean);
    return fmt::format(
        "<!doctype html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n{1}\n<meta name=\"viewport\" "
        "content=\"width=device-width\">\n<title>{2} – Kafkascope</title>\n<meta name=\"description\" content=\"{3}\">\n"
        "<link rel=\"stylesheet\" href=\"../site.css\">\n<link rel=\"alternate\" hreflang=\"{4}\" "
        "href=\"../{4}/{5}\">\n</head>\n<body class=\"{0}\">\n<nav><a href=\"index.html\">{6}</a><a lang=\"{4}\" "
        "href=\"../{4}/{5}\">{7}</a></nav>\n<main>\n{8}</main>\n</body>\n</html>\n",
        folder(korean), kPolicy, html_escaped(title), html_escaped(summary), other, file,
        korean ? "모든 레슨" : "All lessons", korean ? "English" : "한국어", body);
  }

  int lesson(const std::string& file) {
    cli::Options plain;
    plain.lang = o_.lang;
    const auto player = open_player(file, plain);
    if (player == nullptr) return cli::kBadInput;
    const scenario::Scenario& s = player->session().scenario();
    Entry entry{fs::path(file).stem().string(), s.title, s.summary, s.track, {}};
    for (const scenario::Step& step : s.steps)
      if (step.ask) entry.questions.push_back(step.ask->question);
    scenario::Session ahead(player->session().scenario_ptr());
    ahead.run_to_end();
    for (const bool korean : {false, true}) {
      int number = 0;
      std::string error;
      const KeepPicture keep = [&](const std::string& png) {
        const std::string name = fmt::format("pictures/{}-{}-{}.png", entry.id, folder(korean), ++number);
        if (!put(name, png)) error = name;
        return "../" + name;
      };
      Link link;
      link.lesson = entry.id;
      link.lang = folder(korean);
      const std::string body =
          fmt::format("<p><a class=\"live\" href=\"{}\">{}</a></p>\n", html_escaped(o_.live + link_text(link)),
                      korean ? "직접 실행하기" : "Run it live") +
          lesson_text(*player, ahead, korean, keep, error);
      if (!error.empty()) {
        std::cerr << error << "\n";
        return cli::kCannot;
      }
      const std::string name = entry.id + ".html";
      if (!put(folder(korean) + ("/" + name), page(korean, name, in(korean, s.title), in(korean, s.summary), body)))
        return cli::kCannot;
    }
    entries_.push_back(std::move(entry));
    return cli::kOk;
  }

  std::string index(bool korean) const {
    std::string body = korean ? "<h1>레슨</h1>\n" : "<h1>Lessons</h1>\n";
    std::vector<std::string> tracks;
    for (const Entry& e : entries_)
      if (std::find(tracks.begin(), tracks.end(), e.track) == tracks.end()) tracks.push_back(e.track);
    for (const std::string& track : tracks) {
      const ui::Str name = ui::track_name(track);
      body += "<h2>" +
              html_escaped(name == ui::Str::Lesson ? track : ui::tr(korean ? ui::Lang::Ko : ui::Lang::En, name)) +
              "</h2>\n<dl>\n";
      for (const Entry& e : entries_)
        if (e.track == track)
          body += fmt::format("<dt><a href=\"{}.html\">{}</a></dt><dd>{}</dd>\n", html_escaped(e.id),
                              html_escaped(in(korean, e.title)), html_escaped(in(korean, e.summary)));
      body += "</dl>\n";
    }
    body += korean ? "<h1>질문으로 찾기</h1>\n<ul>\n" : "<h1>By question</h1>\n<ul>\n";
    for (const Entry& e : entries_)
      for (const scenario::Text& question : e.questions)
        body += fmt::format("<li><a href=\"{}.html\">{}</a></li>\n", html_escaped(e.id),
                            html_escaped(in(korean, question)));
    return page(korean, "index.html", korean ? "레슨" : "Lessons",
                korean ? "Apache Kafka를 보여 주는 레슨들" : "Lessons that show how Apache Kafka works",
                body + "</ul>\n");
  }

  static std::string entrance() {
    return std::string("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">") + kPolicy +
           "<title>Kafkascope</title><link rel=\"stylesheet\" href=\"site.css\"></head>\n<body><h1>Kafkascope</h1>\n<p><a "
           "href=\"en/index.html\">Lessons in English</a></p>\n<p lang=\"ko\"><a href=\"ko/index.html\">한국어 "
           "레슨</a></p></body></html>\n";
  }

  std::string sitemap() const {
    const std::string root = o_.url.ends_with('/') ? o_.url : o_.url + "/";
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
    for (const bool korean : {false, true}) {
      const std::string base = html_escaped(root) + folder(korean) + "/";
      out += "<url><loc>" + base + "index.html</loc></url>\n";
      for (const Entry& e : entries_) out += "<url><loc>" + base + html_escaped(e.id) + ".html</loc></url>\n";
    }
    return out + "</urlset>\n";
  }

  const cli::Options& o_;
  fs::path out_;
  std::vector<Entry> entries_;
};

}  // namespace

int site(const cli::Options& o) { return Site(o).write(); }

}  // namespace kafkascope::app
