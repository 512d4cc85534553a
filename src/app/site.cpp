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
#include "ui/strings.h"
#include "ui/ui.h"

namespace kafkascope::app {
namespace {

namespace fs = std::filesystem;

/// Allows only the site's own files: a lesson's text is untrusted and stays text.
constexpr const char* kPolicy =
    R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'">)";

/// The program's page redirects small screens to these pages, unless the address asks for the program.
constexpr const char* kAnyway = "?anyway";

/// A lesson's entry in the index.
struct Entry {
  std::string id;
  scenario::Text title, summary;
  std::string track;
  std::vector<scenario::Text> questions;
};

const std::string& in(bool korean, const scenario::Text& text) {
  return korean && !text.ko.empty() ? text.ko : text.en;
}

words::Lang lang_of(bool korean) { return korean ? words::Lang::Ko : words::Lang::En; }

class Site {
 public:
  explicit Site(const cli::Options& o) : o_(o), out_(o.out) {}

  int write() {
    std::error_code error;
    for (const char* folder : {"en", "ko", "pictures"})
      if (fs::create_directories(out_ / folder, error); error) {
        std::cerr << o_.out << cli::tr("cli.folder_cannot_be_made"_w) << error.message() << "\n";
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
      R"(nav{display:flex;flex-wrap:wrap;gap:.3em 1.2em;align-items:center;position:sticky;top:0;z-index:1;background:var(--ground);margin:0 -.6em;padding:.4em .6em}
a.live{background:#0a5cb3;color:#fff;padding:.2em .9em;border-radius:8px;text-decoration:none}
a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
dt{font-weight:700;margin-top:.8em}dd{margin:0 0 .2em}li{margin:.5em 0}
section{scroll-margin-top:3.5em}section:target{border-color:var(--accent)}.small{display:none}
@media (max-width:700px){.small{display:block;font-size:.85em;margin:.3em 0}}@media (max-height:480px){nav{position:static}}
)";
  static const char* folder(bool korean) { return korean ? "ko" : "en"; }

  bool put(const std::string& name, const std::string& text) const {
    return cli::write_file((out_ / name).string(), text);
  }

  std::string page(bool korean, const std::string& file, const std::string& title, const std::string& summary,
                   const std::string& body, const std::string& link = "") const {
    const char* other = folder(!korean);
    return fmt::format(
        "<!doctype html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n{1}\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<title>{2} – Kafkascope</title>\n<meta name=\"description\" content=\"{3}\">\n"
        "{9}<link rel=\"stylesheet\" href=\"../site.css\">\n<link rel=\"alternate\" hreflang=\"{4}\" "
        "href=\"../{4}/{5}\">\n</head>\n<body class=\"{0}\">\n<nav><a href=\"index.html\">{6}</a><a lang=\"{4}\" "
        "href=\"../{4}/{5}\">{7}</a><a class=\"live\" href=\"{10}\">{11}</a></nav>\n<main>\n{8}</main>\n</body>\n</html>\n",
        folder(korean), kPolicy, html_escaped(title), html_escaped(summary), other, address_encoded(file),
        words::text(lang_of(korean), "ui.all_lessons"_w), words::text(lang_of(korean), "page.other_language"_w), body,
        icon(), html_escaped(o_.live + kAnyway + link),
        words::text(lang_of(korean), link.empty() ? "page.open_program"_w : "page.run_live"_w));
  }

  /// The program's icon, if it is on the same site, because the policy allows no other.
  std::string icon() const {
    if (o_.live.find("//") != std::string::npos) return {};
    return "<link rel=\"icon\" href=\"" + html_escaped(o_.live) + "icon.svg\">\n";
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
      const auto keep = [&](const std::string& png) {
        const std::string name = fmt::format("pictures/{}-{}-{}.png", entry.id, folder(korean), ++number);
        if (!put(name, png)) error = name;
        return "../" + address_encoded(name);
      };
      Link link;
      link.lesson = entry.id;
      link.lang = folder(korean);
      const std::string body =
          fmt::format("<p class=\"small\">{}</p>\n", words::text(lang_of(korean), "page.wide_screen"_w)) +
          lesson_text(*player, ahead, korean, {keep, true}, error);
      if (!error.empty()) {
        std::cerr << error << "\n";
        return cli::kCannot;
      }
      const std::string name = entry.id + ".html";
      if (!put(folder(korean) + ("/" + name),
               page(korean, name, in(korean, s.title), in(korean, s.summary), body, link_text(link))))
        return cli::kCannot;
    }
    entries_.push_back(std::move(entry));
    return cli::kOk;
  }

  std::string index(bool korean) const {
    const words::Lang lang = lang_of(korean);
    std::string body = std::string("<h1>") + words::text(lang, "page.lessons"_w) + "</h1>\n";
    std::vector<std::string> tracks;
    for (const Entry& e : entries_)
      if (std::find(tracks.begin(), tracks.end(), e.track) == tracks.end()) tracks.push_back(e.track);
    for (const std::string& track : tracks) {
      const words::Key name = ui::track_name(track);
      body += "<h2>" + html_escaped(name == "ui.lesson"_w ? track : ui::tr(lang, name)) + "</h2>\n<dl>\n";
      for (const Entry& e : entries_)
        if (e.track == track)
          body += fmt::format("<dt><a href=\"{}.html\">{}</a></dt><dd>{}</dd>\n", address_encoded(e.id),
                              html_escaped(in(korean, e.title)), html_escaped(in(korean, e.summary)));
      body += "</dl>\n";
    }
    body += std::string("<h2>") + words::text(lang, "page.by_question"_w) + "</h2>\n<ul>\n";
    for (const Entry& e : entries_)
      for (const scenario::Text& question : e.questions)
        body += fmt::format("<li><a href=\"{}.html\">{}</a></li>\n", address_encoded(e.id),
                            html_escaped(in(korean, question)));
    return page(korean, "index.html", words::text(lang, "page.lessons"_w), words::text(lang, "page.lessons_sub"_w),
                body + "</ul>\n");
  }

  static std::string entrance() {
    return std::string("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">") + kPolicy +
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Kafkascope</title><link "
           "rel=\"stylesheet\" href=\"site.css\"></head>\n<body><main><h1>Kafkascope</h1>\n<p><a href=\"en/index.html\" "
           "hreflang=\"en\">" +
           words::text(words::Lang::En, "page.lessons_in_language"_w) +
           "</a></p>\n<p lang=\"ko\"><a href=\"ko/index.html\" hreflang=\"ko\">" +
           words::text(words::Lang::Ko, "page.lessons_in_language"_w) + "</a></p></main></body></html>\n";
  }

  std::string sitemap() const {
    const std::string root = o_.url.ends_with('/') ? o_.url : o_.url + "/";
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
    for (const bool korean : {false, true}) {
      const std::string base = html_escaped(root) + folder(korean) + "/";
      out += "<url><loc>" + base + "index.html</loc></url>\n";
      for (const Entry& e : entries_) out += "<url><loc>" + base + address_encoded(e.id) + ".html</loc></url>\n";
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
