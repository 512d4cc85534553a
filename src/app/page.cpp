#include "app/page.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/base64.h"
#include "app/drawing.h"
#include "app/sha256.h"
#include "observe/model/fates.h"
#include "observe/model/snapshot_builder.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"
#include "scenario/plain_text.h"
#include "scenario/shortened_clocks.h"
#include "ui/glossary.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

std::string paragraphs(const std::string& text) {
  std::string out = "<p>" + html_escaped(text) + "</p>";
  for (std::size_t at = 0; (at = out.find("\n\n", at)) != std::string::npos;) out.replace(at, 2, "</p><p>");
  return out;
}

constexpr const char* kStyle =
    R"(:root{color-scheme:light dark;--text:#121b2a;--ground:#f2f5fa;--card:#fff;--edge:#d6deea;--accent:#0a5cb3;--right:#006b4b;--bad:#b3261e;--quiet:#e6ecf4}
@media (prefers-color-scheme:dark){:root{--text:#e6edf7;--ground:#0b1220;--card:#131d2e;--edge:#2c3a52;--accent:#7db8ff;--right:#5fd3a4;--bad:#ff9a90;--quiet:#1d2a40}img{filter:brightness(.86)}}
body{font:17px/1.6 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:var(--text);background:var(--ground);overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
:lang(ko){word-break:keep-all}dt{font-weight:700}dd{margin:0 0 .6em}a{color:var(--accent)}h1,h2{line-height:1.25}section{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:1em 1.4em;margin:1.2em 0}
.shot{display:block;overflow:hidden;border:1px solid var(--edge);border-radius:6px}img{display:block;width:100%;height:auto}time{color:var(--accent);font-variant-numeric:tabular-nums}code{font-size:.92em}
.ask{border-left:4px solid var(--accent)}.right{color:var(--right);font-weight:700}.bad{color:var(--bad);font-weight:700}.check{margin:.3em 0}.clocks{font-size:.85em;background:var(--quiet);border-radius:6px;padding:.4em .8em}
details{border:1px solid var(--edge);border-radius:6px;margin:.5em 0}summary{padding:.5em .8em;cursor:pointer}details p{margin:.2em .8em .7em}.why summary{font-weight:700;color:var(--accent)}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.15em 1em .15em 0;text-align:right;font-variant-numeric:tabular-nums}td,thead th{overflow-wrap:normal}th[scope=row]{text-align:left;font-weight:400}
body.en div[lang=ko],body.ko div[lang=en]{display:none}button{font:inherit;padding:.3em .9em;margin-right:.4em}
@media (max-width:700px){body{margin:1em auto}section{padding:.7em .9em;margin:1em -.4em}.shot{margin:0 -.9em -.7em;border-width:1px 0 0;border-radius:0 0 8px 8px;aspect-ratio:967/615}.shot img{width:132.4%;max-width:none;margin:-5.1% 0 0 -32.4%}})";

/// For a stand-alone page: its buttons switch the language, and a browser that prefers Korean starts in it.
constexpr const char* kSpeak =
    R"(function speak(l){var b=document.body;b.className=document.documentElement.lang=l;document.title=b.dataset[l]+' – Kafkascope'}
document.querySelectorAll('button').forEach(function(b){b.onclick=function(){speak(b.lang)}})
if(navigator.language.indexOf('ko')===0)speak('ko'))";

/// Allows only the page's own style, script and pictures: a lesson's text is untrusted and stays text.
std::string policy(std::string_view style, std::string_view script) {
  return fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'sha256-{}'; "
      "script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">",
      base64(sha256(style)), base64(sha256(script)));
}

/// One language of the page.
class PageWriter {
 public:
  PageWriter(Player& player, scenario::Session& ahead, bool korean, const Pictures& keep, std::ostream& out)
      : player_(player), ahead_(ahead), korean_(korean), keep_(keep), out_(out) {}

  bool write(std::string& error) {
    const scenario::Scenario& s = ahead_.scenario();
    out_ << "<div lang=\"" << (korean_ ? "ko" : "en") << "\"><h1>" << html_escaped(text(s.title)) << "</h1>"
         << paragraphs(text(s.summary));
    if (const scenario::Text clocks = scenario::clock_badge(scenario::shortened_clocks(s)); !clocks.empty())
      out_ << "<p class=\"clocks\">⏱ " << html_escaped(text(clocks)) << "</p>";
    for (std::size_t i = 0; i < s.steps.size(); ++i)
      if (!step(s.steps[i], ahead_.step_results()[i], error)) return false;
    outcome();
    key_facts();
    out_ << "</div>\n";
    return true;
  }

 private:
  words::Lang lang() const { return korean_ ? words::Lang::Ko : words::Lang::En; }
  const char* tr(words::Key key) const { return words::text(lang(), key); }
  const std::string& text(const scenario::Text& t) const { return korean_ && !t.ko.empty() ? t.ko : t.en; }
  std::string seconds(sim::Instant t) const {
    return words::render(lang(), "ui.seconds"_w, {{"seconds", fmt::format("{:.3f}", static_cast<double>(t.us) / 1e6)}});
  }

  bool step(const scenario::Step& s, const scenario::StepResult& r, std::string& error) {
    if (!r.happened && r.ok) return true;
    if (s.expect && !s.say) {
      out_ << "<p class=\"check\"><time>" << seconds(r.at) << "</time> ";
      verdict(r.ok, r.ok ? s.expect->path + " " + scenario::wanted_text(*s.expect) : scenario::told(r, lang()),
              s.expect->message);
      out_ << "</p>";
      return true;
    }
    // The target of a link to a moment: the section by its milliseconds.
    out_ << "<section" << (s.ask ? " class=\"ask\"" : "");
    if (const std::int64_t at = r.at.us / 1000; keep_.links && at != last_id_)
      out_ << " id=\"t" << (last_id_ = at) << "\"";
    out_ << "><time>" << seconds(r.at) << "</time>";
    if (s.ask) {
      ask(*s.ask);
      out_ << "</section>";
      return true;
    }
    if (s.say) out_ << paragraphs(text(*s.say));
    if (s.command) {
      const observe::Words act = observe::act(*s.command);
      out_ << "<p><code>" << html_escaped(korean_ ? act.ko : act.en);
      if (s.command->node && s.command->node->kind != cluster::NodeRef::Kind::Name)
        for (const std::string& node : r.nodes) out_ << " → " << html_escaped(node);
      out_ << "</code>";
      if (!r.silent())
        out_ << " <span" << (r.ok ? "" : " class=\"bad\"") << ">" << html_escaped(scenario::told(r, lang()))
             << "</span>";
      out_ << "</p>";
    } else if (!r.ok) {
      out_ << "<p class=\"bad\">" << html_escaped(scenario::told(r, lang())) << "</p>";
    }
    // The picture shows a moment after the step, when the effects of its act are visible.
    const bool drawn =
        !r.happened ||
        picture(std::min(r.at + (s.command ? sim::milliseconds(400) : sim::microseconds(0)), ahead_.until()), error);
    out_ << "</section>";
    return drawn;
  }

  void ask(const scenario::Ask& q) {
    out_ << "<h2>" << html_escaped(text(q.question)) << "</h2>";
    for (std::size_t c = 0; c < q.choices.size(); ++c) {
      const bool right = static_cast<int>(c) == q.answer;
      out_ << "<details><summary>" << html_escaped(text(q.choices[c].text)) << "</summary><p>"
           << "<span class=\"" << (right ? "right" : "bad") << "\">" << tr(right ? "page.right"_w : "page.wrong"_w)
           << "</span>";
      if (!q.choices[c].because.empty()) out_ << " " << html_escaped(text(q.choices[c].because));
      out_ << "</p></details>";
    }
    out_ << "<details class=\"why\"><summary>" << tr("page.the_answer"_w) << "</summary><p class=\"right\">";
    if (q.choices.empty()) out_ << html_escaped(q.pick_answer);
    else if (q.answer >= 0 && q.answer < static_cast<int>(q.choices.size()))
      out_ << html_escaped(text(q.choices[static_cast<std::size_t>(q.answer)].text));
    out_ << "</p>" << paragraphs(text(q.why)) << "</details>";
  }

  bool picture(sim::Instant at, std::string& error) {
    namespace fs = std::filesystem;
    player_.seek(at);
    const fs::path file = fs::temp_directory_path() / fmt::format("kafkascope-{}-{}.png", getpid(), pictures_++);
    DrawOptions d;
    d.width = 1280;
    d.height = 720;
    d.korean = korean_;
    const Picture drawn = draw_png(player_, d, file.string());
    if (!drawn.ok) {
      error = drawn.error;
      return false;
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    std::error_code ignored;
    fs::remove(file, ignored);
    const std::string place = html_escaped(keep_.keep(bytes.str()));
    out_ << (keep_.links ? "<a class=\"shot\" href=\"" + place + "\">" : "<span class=\"shot\">") << "<img alt=\""
         << html_escaped(described(at)) << "\" width=\"1280\" height=\"720\" loading=\"lazy\" src=\"" << place << "\">"
         << (keep_.links ? "</a>" : "</span>");
    return true;
  }

  /// A text alternative for the picture: time, dead nodes, leaders.
  std::string described(sim::Instant at) {
    constexpr int kMostPartitions = 8;
    const observe::Snapshot& now = player_.snapshot();
    std::string words = words::render(lang(), "page.cluster_at"_w, {{"at", seconds(at)}});
    for (const observe::Node& n : now.nodes) {
      if (n.state == observe::NodeState::Running) continue;
      const bool paused = n.state == observe::NodeState::Paused, starting = n.state == observe::NodeState::Starting;
      words += fmt::format(" {} {}.", n.name,
                           paused     ? tr("page.is_paused"_w)
                           : starting ? tr("page.is_starting"_w)
                                      : tr("page.is_down"_w));
    }
    int shown = 0;
    for (const observe::Partition& p : now.partitions) {
      if (p.topic.starts_with("__") || shown++ == kMostPartitions) continue;
      if (p.leader < 0) words += words::render(lang(), "page.no_leader"_w, {{"partition", p.name}});
      else
        words += words::render(lang(), "page.led_by"_w,
                               {{"partition", p.name}, {"broker", "broker-" + std::to_string(p.leader)}});
    }
    return words;
  }

  void verdict(bool ok, const std::string& what, const scenario::Text& message) {
    out_ << "<span class=\"" << (ok ? "right\">✓" : "bad\">✗") << "</span> <code>" << html_escaped(what) << "</code>";
    if (!ok && !message.empty()) out_ << " " << html_escaped(text(message));
  }

  void outcome() {
    const scenario::Scenario& s = ahead_.scenario();
    out_ << "<section><h2>" << tr("page.what_came_of_it"_w) << "</h2>";
    for (std::size_t i = 0; i < s.expect.size(); ++i) {
      const scenario::ExpectationResult& r = ahead_.expectation_results()[i];
      if (!r.decided || (r.ok && r.seen.empty())) continue;
      const std::string wanted = s.expect[i].path + " " + scenario::wanted_text(s.expect[i]);
      out_ << "<p class=\"check\">";
      verdict(r.ok, r.ok ? wanted : words::render(lang(), scenario::seen_instead(s.expect[i], r.seen)),
              s.expect[i].message);
      out_ << "</p>";
    }
    for (const observe::Violation& v : ahead_.observation().invariants().violations())
      out_ << "<p class=\"check bad\">✗ " << seconds({v.at_us}) << " " << html_escaped(v.name) << ": "
           << html_escaped(words::render(korean_ ? words::Lang::Ko : words::Lang::En, v.told())) << "</p>";
    const observe::Ledger ledger = observe::ledger_of(ahead_.moment());
    out_ << "<h2>" << tr("page.every_record"_w) << "</h2>";
    table(ledger.all, ledger.by_client, false);
    table(ledger.all, ledger.by_group, true);
    out_ << "<small>" << words::render(lang(), "page.trace_hash"_w, {{"hash", ahead_.final_hash()}})
         << "</small></section>";
  }

  /// The definitions of the lesson's terms, in its order.
  void key_facts() {
    std::string rows;
    for (const std::string& id : ahead_.scenario().concepts)
      for (const ui::Term& term : ui::glossary())
        if (id == term.id)
          rows += fmt::format("<dt>{}</dt><dd>{}</dd>", html_escaped(words::text(lang(), term.name)),
                              html_escaped(words::text(lang(), term.meaning)));
    if (!rows.empty()) out_ << "<section><h2>" << tr("page.key_facts"_w) << "</h2><dl>" << rows << "</dl></section>";
  }

  void table(const observe::FateCounts& all, const std::vector<std::pair<std::string, observe::FateCounts>>& parts,
             bool reading) {
    if (reading && all.delivered == 0) return;
    const bool columns = parts.size() > 1, unasked = observe::has_unasked(ahead_.cluster());
    out_ << "<div class=\"wide\"><table><thead><tr><td></td><th scope=\"col\">" << tr("page.total"_w) << "</th>";
    if (columns)
      for (const auto& [name, counts] : parts) out_ << "<th scope=\"col\">" << html_escaped(name) << "</th>";
    out_ << "</tr></thead>";
    for (const observe::FateRow& row : observe::fate_rows()) {
      const bool told = row.always || row.word == "pending" || all.*row.count != 0;
      if (row.reading != reading || !told) continue;
      out_ << "<tr><th scope=\"row\">" << words::text(lang(), observe::fate_name(row.name, unasked)) << "</th><td>"
           << all.*row.count << "</td>";
      if (columns)
        for (const auto& [name, counts] : parts) out_ << "<td>" << counts.*row.count << "</td>";
      out_ << "</tr>";
    }
    out_ << "</table></div>";
  }

  Player& player_;
  scenario::Session& ahead_;
  bool korean_;
  const Pictures& keep_;
  std::ostream& out_;
  int pictures_ = 0;
  std::int64_t last_id_ = -1;
};

}  // namespace

std::string html_escaped(const std::string& text) {
  std::string out;
  for (char c : scenario::plain(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

const char* page_style() { return kStyle; }

std::string lesson_text(Player& player, scenario::Session& ahead, bool korean, const Pictures& keep,
                        std::string& error) {
  std::ostringstream text;
  PageWriter(player, ahead, korean, keep, text).write(error);
  return text.str();
}

std::string lesson_page(Player& player, bool korean, std::string& error) {
  const scenario::Scenario& s = player.session().scenario();
  const std::string title = s.title.en.empty() ? (s.id.empty() ? "Kafkascope" : s.id) : s.title.en;
  const std::string title_ko = s.title.ko.empty() ? title : s.title.ko;
  const char* first = korean ? "ko" : "en";
  scenario::Session ahead(player.session().scenario_ptr());
  ahead.run_to_end();
  std::ostringstream page;
  page << "<!doctype html><html lang=\"" << first << "\"><head><meta charset=\"utf-8\">" << policy(kStyle, kSpeak)
       << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>"
       << html_escaped(korean ? title_ko : title) << " – Kafkascope</title>\n<style>" << kStyle
       << "</style></head>\n<body class=\"" << first << "\" data-en=\"" << html_escaped(title) << "\" data-ko=\""
       << html_escaped(title_ko) << "\">\n<nav><button lang=\"en\">English</button><button lang=\"ko\">"
       << words::text(words::Lang::En, "page.other_language"_w) << "</button></nav><script>" << kSpeak
       << "</script>\n<main>\n";
  const Pictures inside{[](const std::string& png) { return "data:image/png;base64," + base64(png); }, false};
  for (const bool in_korean : {false, true}) page << lesson_text(player, ahead, in_korean, inside, error);
  if (!error.empty()) return {};
  page << "</main></body></html>\n";
  return page.str();
}

}  // namespace kafkascope::app
